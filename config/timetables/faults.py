"""What cannot work in a published timetable: with its pattern, in its rows, in its days.

The rule that lives here: what is wrong has one cause and is told once, at its place.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from config.checks.limit import limit_shape_problems
from config.council import Event
from config.council_files import Row
from config.dates import WEEKDAYS, long_date, planning_window
from config.governance import MODELS
from config.law import NATIONS
from config.problems import ProblemList, known
from config.rhythm import parse_rhythm
from config.rules import StepRule, step_rule_problems
from config.timetables import words
from config.timetables.files import HEAD, MEETINGS, ROWS
from config.timetables.model import NO_DAY, Head, KnownMeeting, Pattern, PublishedRow

PATTERNS = "patterns"
MOST_DAYS = 60
SUNDAY = 6
NOON = "12:00"  # when a body meets by its rhythm; no hour is published
Meetings = Sequence[tuple[KnownMeeting, Row]]
Rows = Sequence[tuple[PublishedRow, Row]]
Events = Sequence[tuple[Event, Row]]


def pattern_faults(place: str, head: Head, pattern: Pattern) -> Iterable[tuple[str, str]]:
    """What cannot work between a timetable and its pattern."""
    file = f"{PATTERNS}/{pattern.key}.toml"
    roles = {body.role for body in head.bodies.values()}
    yield from known(f"{place}:nation", "nation", head.nation, NATIONS)
    yield from known(f"{place}:governance", "governance model", head.governance, MODELS)
    if head.decision:
        yield from known(f"{place}:decision", "decision", head.decision, words.DECISIONS)
    for body in head.bodies.values():
        try:
            parse_rhythm(body.weekday, NOON, body.rhythm)
        except ValueError as problem:
            yield f"{place}:bodies.{body.key}.rhythm", str(problem)
    for key, sentence in step_rule_problems(pattern.steps):
        yield f"{file}:steps.{key}", sentence
    yield from _limit_faults(file, pattern)
    for rule in pattern.steps:
        where = f"{file}:steps.{rule.key}"
        if rule.plan_type:
            yield from known(f"{where}.plan_type", "plan", rule.plan_type, pattern.plans)
        if rule.anchor_kind == "meeting":
            yield from known(f"{where}.anchor", f"body in {place}", rule.anchor, roles)


def _limit_faults(file: str, pattern: Pattern) -> Iterable[tuple[str, str]]:
    keys = {rule.key for rule in pattern.steps}
    for limit in pattern.limits.values():
        for where, sentence in limit_shape_problems(limit):
            yield where.replace("governance.toml", file), sentence
        for step in limit.steps:
            yield from known(f"{file}:limits.{limit.key}.steps", "step", step, keys)


def check_rows(
    head: Head,
    pattern: Pattern,
    steps: Sequence[StepRule],
    found: tuple[Meetings, Rows, Events],
    noted: ProblemList,
) -> None:
    """Note what the rows name that there is not, and days that cannot be."""
    meetings, rows, events = found
    keys = {rule.key for rule in steps}
    kinds = {rule.anchor for rule in pattern.steps if rule.anchor_kind == "event"}
    for limit in pattern.limits.values():
        kinds |= {limit.from_event, limit.until_event}
    named: list[tuple[str, str, set[str], Row]] = []
    named += [("step", each.step, keys, row) for each, row in rows]
    named += [("body", each.body, set(head.bodies), row) for each, row in rows if each.body]
    named += [("body", each.body, set(head.bodies), row) for each, row in meetings]
    named += [("event", each.key, kinds - {""}, row) for each, row in events]
    for what, key, all_keys, row in named:
        for _place, sentence in known("", what, key, all_keys):
            row.problem(what, sentence)
    _check_days(head, meetings, rows, noted)


def head_faults(
    head: Head, steps: Sequence[StepRule], others: Sequence[str], meetings: Meetings
) -> Iterable[tuple[str, str]]:
    """What the head says that cannot be."""
    place = f"{head.key}/{HEAD}"
    at_meetings = {rule.key for rule in steps if (rule.anchor_kind, rule.offset) == ("meeting", 0)}
    for step in head.to_follow:
        yield from known(f"{place}:to_follow", "step at a meeting", step, at_meetings)
    if not 0 <= head.supplement_days <= MOST_DAYS:
        yield f"{place}:supplement_days", f"Give a number of working days from 0 to {MOST_DAYS}."
    if head.replaces:
        yield from known(f"{place}:replaces", "timetable", head.replaces, others)
    if head.by_rhythm and meetings:
        yield f"{place}:by_rhythm", f"Meetings are published in {MEETINGS}, so leave this out."


def _check_days(head: Head, meetings: Meetings, rows: Rows, noted: ProblemList) -> None:
    """A wrong year is one fault; else each day outside the planning year, or on a Sunday, is."""
    held = [(each, row) for each, row in meetings if each.held]
    rows = [(each, row) for each, row in rows if each.manner != NO_DAY]
    first = min(
        [*(each.first_on for each, _ in held), *(each.first_on for each, _ in rows)], default=None
    )
    begins = date(head.year, 4, 1)
    if first is not None and not begins <= first < begins.replace(year=head.year + 1):
        year = first.year if first.month >= 4 else first.year - 1
        noted.add(
            f"{head.key}/{HEAD}:year",
            f"The first day in {MEETINGS} and {ROWS} is {long_date(first)}, so planning begins in "
            f"{year} and not in {head.year}. Write {year}, or mend that day.",
        )
        return
    starts, ends = planning_window(head.year)
    days = [(each.first_on, each.last_on, row, "date") for each, row in held]
    days += [(each.first_on, each.last_on, row, "on") for each, row in rows]
    days += [(on, on, row, "on") for each, row in rows for on in each.days]
    for first_on, last_on, row, name in days:
        if not (starts <= first_on and last_on <= ends):
            row.problem(
                name,
                f"This is outside the planning year, {long_date(starts)} to {long_date(ends)}. "
                "Check the day.",
            )
        elif first_on == last_on and first_on.weekday() == SUNDAY:
            row.problem(name, f"{long_date(first_on)} is a {WEEKDAYS[SUNDAY]}. Check the day.")
