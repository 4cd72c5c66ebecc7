"""What the page of one step shows: its dates with their reasons, what it needs, what needs it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from config.rules import StepRule, parse_which
from cycle import access, council_facts
from cycle.errors import NotFound
from cycle.people import Actor
from workflows.timetable import timetable
from workflows.timetable.reading import year_of
from workflows.timetable.reading_rows import Choice, Row, rows


@dataclass(frozen=True)
class Neighbour:
    """A step that this one needs, or that needs it."""

    rule: str
    title: str
    due_on: date | None


@dataclass
class StepPage:
    """One step of a year on all its days."""

    ref: str
    year: str
    title: str
    rows: list[Row]
    provisional: list[int]
    predecessors: list[Neighbour]
    needed_by: list[Neighbour]
    withheld: bool


def step_page(session: Session, actor: Actor, ref: str, rule: str) -> StepPage:
    """One step. Raises NotFound, also when this person may know of none of its plans."""
    year = year_of(session, ref)
    rules = timetable.forecast(session, year).rules
    every, _steps = rows(session, actor, year, Choice(), rules)
    mine = [row for row in every if row.rule == rule]
    if not mine:
        raise NotFound(access.GONE)
    days = [day for row in mine for day in (row.due_on, row.meeting_on) if day]
    first: dict[str, date] = {}
    for row in every:
        first.setdefault(row.rule, row.due_on)

    before = {a for a, b in _order(rules.values()) if b == rule}
    after = {b for a, b in _order(rules.values()) if a == rule}
    hidden = timetable.hidden_rules(rules, access.known_plans(session, actor, year.id))

    def neighbours(keys: set[str]) -> list[Neighbour]:
        visible = (keys & rules.keys()) - hidden
        found = [Neighbour(key, rules[key].title, first.get(key)) for key in visible]
        return sorted(found, key=lambda each: (each.due_on or date.max, each.title))

    return StepPage(
        ref=ref,
        year=year.title,
        title=mine[0].title,
        rows=mine,
        provisional=council_facts.calendar(session).provisional_years(*days),
        predecessors=neighbours(before),
        needed_by=neighbours(after),
        withheld=bool(hidden & (before | after)),
    )


def _order(rules: Iterable[StepRule]) -> set[tuple[str, str]]:
    """Which step comes before which: by what it needs, and by what its date is counted from."""
    found = set()
    for rule in rules:
        found |= {(predecessor, rule.key) for predecessor in rule.predecessors}
        if rule.anchor_kind == "step":
            earlier = (rule.key, rule.anchor) if rule.offset < 0 else (rule.anchor, rule.key)
            found.add(earlier)
        for each in parse_which(rule.which):
            if not each.is_day:
                before = each.word == "last_before"
                found.add((rule.key, each.when) if before else (each.when, rule.key))
    return found
