"""The timetable as a plan: its dates drawn up from the year's steps, and what was issued (A5, H16).

The rules that live here: nobody types the dates of a timetable; each issue seals them with its
version and passes the gate ``baseline``, which makes that version a baseline; a new issue comes
with a reason, and every older one stays as it was.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.dates import long_date, parse_date
from config.framework import Framework
from cycle import access
from cycle.models import Plan, PlanningYear
from cycle.record import canonical
from workflows.core.facts import fact
from workflows.framework import applicable

GATE = "baseline"
DATES = "dates"  # the kind of section that holds them
THE_YEAR = "The planning year"

_STEPS = f"""
SELECT step.key, step.rule, step.title, step.due_on, plan.plan_type, subject.title AS plan,
       coalesce({access.EXEMPT}, false) AS withheld
FROM step LEFT JOIN plan ON plan.id = step.plan_id LEFT JOIN subject ON subject.id = step.plan_id
WHERE step.planning_year_id = {{year}} ORDER BY step.due_on, step.rule, step.key
"""  # noqa: S608
_OF_YEAR = text(_STEPS.format(year=":year"))
_WRITE = text("UPDATE section SET body = :body WHERE plan_id = :plan AND kind = 'dates'")
# A text belongs to a version whose manifest names its digest, in whichever format.
_ISSUED = """
SELECT plan_version.id, plan_version.number, milestone.at, sealed_section.body,
       coalesce(person.name, '') AS who, coalesce(sign_off.note, '') AS why, subject.ref
FROM milestone
JOIN plan ON plan.id = milestone.plan_id AND plan.planning_year_id = {year}
JOIN subject ON subject.id = plan.id
JOIN plan_version ON plan_version.id = milestone.version_id
JOIN section ON section.plan_id = plan.id AND section.kind = 'dates'
JOIN sealed_section ON sealed_section.plan_id = plan.id
  AND sealed_section.section_key = section.key
  AND position(sealed_section.sha256 IN plan_version.manifest) > 0
LEFT JOIN LATERAL (
  SELECT person_id, note FROM sign_off AS mine
  WHERE mine.version_id = plan_version.id AND mine.at = milestone.at LIMIT 1) AS sign_off ON true
LEFT JOIN person ON person.id = sign_off.person_id
WHERE milestone.gate = 'baseline' ORDER BY {order}
"""
_BASELINES = text(_ISSUED.format(year=":year", order="milestone.at, milestone.id"))
_NEWEST = _ISSUED.format(
    year="own.planning_year_id", order="milestone.at DESC, milestone.id DESC LIMIT 1"
)
# Each date of the timetable's year by the key of its step, as they stand today, and the text of
# those that were issued last.
DATED = fact(
    "dated",
    f"""SELECT jsonb_build_object(
  'today', (SELECT jsonb_object_agg(written.key, written.due_on)
            FROM ({_STEPS.format(year="own.planning_year_id")}) AS written
            WHERE NOT written.withheld),
  'issued', (SELECT newest.body FROM ({_NEWEST}) AS newest))
FROM plan AS own WHERE own.id = subject.id""",  # noqa: S608
)
# What the body is shown: the dates in the very version that the report carries.
_CARRIED = text("""
SELECT subject.title, sealed_section.body
FROM item_plan JOIN subject ON subject.id = item_plan.plan_id
JOIN section ON section.plan_id = item_plan.plan_id AND section.kind = 'dates'
JOIN plan_version ON plan_version.id = item_plan.version_id
JOIN sealed_section ON sealed_section.plan_id = item_plan.plan_id
  AND sealed_section.section_key = section.key
  AND position(sealed_section.sha256 IN plan_version.manifest) > 0
WHERE item_plan.item_id = :item ORDER BY subject.title
""")


@dataclass(frozen=True)
class Baseline:
    """What was issued once: the timetable's reference and version, when (UTC), by whom, why, and
    each step's date by its key."""

    number: int
    ref: str
    version: int
    at: datetime
    who: str
    why: str
    dates: dict[str, date]


def all_of(session: Session, year_id: int) -> list[Baseline]:
    """Every baseline of a planning year, the oldest first."""
    return [
        Baseline(number, row.ref, row.number, row.at, row.who, row.why, dates_in(row.body))
        for number, row in enumerate(session.execute(_BASELINES, {"year": year_id}), start=1)
    ]


def of_year(session: Session, year_id: int) -> dict[str, date]:
    """The dates of the newest baseline by step key; none before the first issue."""
    issued = all_of(session, year_id)
    return issued[-1].dates if issued else {}


def carried(session: Session, item_id: int) -> list[tuple[str, str]]:
    """The timetables that a report carries: their titles and their dates as sealed texts."""
    rows = session.execute(_CARRIED, {"item": item_id})
    return [(row.title, row.body) for row in rows]


def dates_in(body: str) -> dict[str, date]:
    """The dates by step key in the text of a timetable's dates."""
    return {
        key: parse_date(entry["due_on"])
        for entry in json.loads(body or "[]")
        for key in entry["keys"]
    }


def drawn_up(session: Session, year: PlanningYear, framework: Framework) -> str:
    """The dates of a year as the text that is sealed: one entry for each step and day, as people
    read it, with the keys of the steps that it stands for."""
    roles = {rule.key: (rule.role, rule.plan_type) for rule in applicable.pattern_of(year).steps}
    entries: dict[tuple[date, str], dict[str, Any]] = {}
    plans: dict[tuple[date, str], list[str]] = {}
    for row in session.execute(_OF_YEAR, {"year": year.id}):
        if row.withheld:
            continue
        at = (row.due_on, row.rule)
        if at not in entries:
            entries[at] = {
                "due_on": row.due_on.isoformat(),
                "fields": {
                    "on": long_date(row.due_on),
                    "step": row.title,
                    "for": THE_YEAR,
                    "who": _who(framework, *roles.get(row.rule, ("", ""))),
                },
                "keys": [],
            }
        entries[at]["keys"].append(row.key)
        if row.plan:
            plans.setdefault(at, []).append(row.plan)
    for at, names in plans.items():
        entries[at]["fields"]["for"] = names[0] if len(names) == 1 else f"{len(names)} plans"
    return canonical.dumps(list(entries.values()))


def _who(framework: Framework, role: str, plan_type: str) -> str:
    key = framework.role_at(role, plan_type)
    return framework.roles[key].title if key in framework.roles else ""


def rows_of(body: str) -> Iterable[dict[str, str]]:
    """The dates as rows of a table: on, step, for, who."""
    return [entry["fields"] for entry in json.loads(body or "[]")]


def draw(session: Session, plan: Plan, framework: Framework) -> None:
    """Draw the dates of a timetable up as they stand today."""
    session.execute(_WRITE, {"body": today(session, plan, framework), "plan": plan.id})


def today(session: Session, plan: Plan, framework: Framework) -> str:
    """The dates that a timetable would have if it were drawn up today."""
    year = session.get(PlanningYear, plan.planning_year_id)
    return drawn_up(session, year, framework) if year else "[]"


def have_moved(read: Mapping[str, Any]) -> bool:
    """Whether the dates differ from those that were issued last, as the fact ``DATED`` has them."""
    today = {key: parse_date(due_on) for key, due_on in (read["today"] or {}).items()}
    return today != dates_in(read["issued"] or "")
