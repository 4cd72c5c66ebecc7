"""Why not, and what else changes, for changes of dates: the rules that their lifecycles name.

The rules that live here: nobody approves what they proposed; what is applied is exactly what was
saved, or nothing; a step that has moved since is not moved back; each moved step of an issued
timetable gets its line in the ledger, and each person is told once.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import permissions
from config.dates import parse_date
from cycle import access, clock, council_facts, people
from cycle.models import PlanningYear, StepChange
from cycle.record import canonical
from notifications import notices
from notifications.notices import Notice
from workflows.core import audit
from workflows.core.attempt import Attempt, condition, effect, guard, own_work, scopes_of
from workflows.core.facts import reads
from workflows.framework import applicable
from workflows.timetable import baselines, rescheduling
from workflows.timetable.rescheduling import Move

_PLANS = text("""
SELECT plan.id, plan.plan_type, subject.unit_id FROM plan JOIN subject ON subject.id = plan.id
WHERE plan.id = ANY(:plans)
""")


@condition
def below_the_floor(attempt: Attempt) -> bool:
    """Only whoever issues the timetable may grant this request."""
    return attempt.change.above


@condition
def within_the_floor(attempt: Attempt) -> bool:
    """The reviewer of the plan may grant this request."""
    return not attempt.change.above


@guard
def days_in_hand_allow(attempt: Attempt) -> str | None:
    """Enough working days stay in hand for the reviewer to grant it."""
    if not attempt.change.above:
        return None
    return "Too few days in hand would be left, so whoever issues the timetable answers this."


@own_work
@guard
def not_the_proposer(attempt: Attempt) -> str | None:
    """Four eyes, whoever they act for (INV-22)."""
    if attempt.change.proposed_by_id in attempt.actor.persons():
        return "You proposed these dates, so someone else must approve them."
    return None


@guard
@reads(rescheduling.WRITTEN)
def change_still_holds(attempt: Attempt) -> str | None:
    """What is agreed to is what still follows from the facts, which are worked out anew."""
    change, session = attempt.change, attempt.session
    if change.about == "more_time":
        (wanted,) = rescheduling.read(change.moves)
        if (attempt.fact(rescheduling.WRITTEN) or {}).get(wanted.key) == wanted.before:
            return None
        return "This date has moved since more time was asked for. Ask again from the new date."
    year = session.get_one(PlanningYear, change.planning_year_id)
    if rescheduling.as_text(rescheduling.of_facts(session, year)) == change.moves:
        return None
    return (
        "Something else has moved since these dates were saved, so they no longer fit. Withdraw "
        "them and save new ones."
    )


@guard
@reads(rescheduling.WRITTEN)
def dates_stand_as_applied(attempt: Attempt) -> str | None:
    """Nothing has moved these steps since."""
    change = attempt.change
    current = attempt.fact(rescheduling.WRITTEN) or {}
    for each in rescheduling.read(change.moves):
        if current.get(each.key) != each.after:
            known = access.known_plans(attempt.session, attempt.actor, change.planning_year_id)
            is_known = known.has(each.after["plan_id"])
            which = f"“{each.title}”" if is_known else "A date of a plan that is not open to you"
            return f"{which} has moved again since, so these dates cannot be taken back."
    return None


@effect
def apply_dates(attempt: Attempt) -> None:
    """The saved dates become the council's own, all together."""
    change, session = attempt.change, attempt.session
    year = session.get_one(PlanningYear, change.planning_year_id)
    wanted = rescheduling.read(change.moves)
    rescheduling.apply(session, year, wanted)
    papers = (
        rescheduling.move_papers(session, year, attempt.actor) if change.about == "facts" else []
    )
    change.done = canonical.dumps(papers)
    _tell(attempt, year, wanted, change.reason, "")
    attempt.act.details["papers"] = papers


@effect
def take_dates_back(attempt: Attempt) -> None:
    """What stood before stands again, to the same bytes."""
    change, session = attempt.change, attempt.session
    year = session.get_one(PlanningYear, change.planning_year_id)
    applied = rescheduling.read(change.moves)
    rescheduling.revert(session, year, applied)
    rescheduling.papers_back(session, json.loads(change.done or "[]"))
    back = [Move(each.key, each.after, each.before) for each in applied if each.before]
    _tell(attempt, year, back, attempt.evidence.reason, ":back")


def _tell(
    attempt: Attempt, year: PlanningYear, moved: Sequence[Move], why: str, again: str
) -> None:
    """The record, the ledger, and one notice for each person whose dates these are."""
    redated = [each for each in moved if each.is_redated]
    attempt.act.details["moved"] = [
        {"step": each.title, "key": each.key, "from": each.from_on, "to": each.to_on}
        for each in redated
    ]
    _enter(attempt, year, redated, why)
    counts = Counter(
        person for holders in _whose(attempt, year, redated).values() for person in holders
    )
    wanted = [
        Notice(
            f"dates:{attempt.change.id}:{person}{again}",
            "moved",
            person,
            f"{count} of your dates {'has' if count == 1 else 'have'} moved",
            attempt.change.ref,
        )
        for person, count in sorted(counts.items())
    ]
    notices.add(attempt.session, *wanted)


def _enter(attempt: Attempt, year: PlanningYear, redated: Iterable[Move], why: str) -> None:
    """A line of the ledger for each step that has left the date it had, once one was issued."""
    planned = baselines.of_year(attempt.session, year.id)
    if not planned:
        return
    calendar = council_facts.calendar(attempt.session)
    rows = [
        {
            "planning_year_id": year.id,
            "change_id": attempt.change.id,
            "step_key": each.key,
            "title": each.title,
            "planned_on": planned.get(each.key),
            "from_on": each.from_on,
            "to_on": each.to_on,
            "in_hand": calendar.in_hand(each.to_on, parse_date(each.after["latest_on"])),
            "person_id": attempt.actor.person_id,
            "why": why,
            "at": attempt.at,
        }
        for each in redated
        if each.from_on is not None
    ]
    audit.seal_many(attempt.session, attempt.act, StepChange, rows)


def _whose(attempt: Attempt, year: PlanningYear, redated: Sequence[Move]) -> dict[str, set[int]]:
    """Who does each moved step today (persons by step key), by role and place."""
    session, framework = attempt.session, attempt.framework
    plan_ids = [each.after["plan_id"] for each in redated if each.after["plan_id"]]
    plans = {row.id: row for row in session.execute(_PLANS, {"plans": plan_ids})}
    rules = {rule.key: rule for rule in applicable.pattern_of(year).steps}
    scopes = scopes_of(framework)
    wanted: dict[int | None, dict[str, set[str]]] = {}
    for each in redated:
        rule, plan = rules.get(each.after["rule"]), plans.get(each.after["plan_id"])
        if rule is None or rule.role in ("", permissions.BY_ITSELF):
            continue
        role = framework.role_at(rule.role, plan.plan_type if plan else "")
        unit = plan.unit_id if plan else None
        wanted.setdefault(unit, {}).setdefault(role, set()).add(each.key)
    return _held(session, wanted, scopes)


def _held(
    session: Session, wanted: dict[int | None, dict[str, set[str]]], scopes: dict[str, str]
) -> dict[str, set[int]]:
    keys: dict[int, set[str]] = {}
    for unit, roles in wanted.items():
        found = people.queues_for(session, list(roles), people.Place(unit), scopes)
        for role, queues in found.items():
            for queue in queues:
                keys.setdefault(queue, set()).update(roles[role])
    held: dict[str, set[int]] = {}
    rows: list[Any] = people.holders(session, sorted(keys), clock.today())
    for row in rows:
        for key in keys[row.queue_id]:
            held.setdefault(key, set()).add(row.person_id)
    return held
