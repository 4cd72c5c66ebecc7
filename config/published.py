"""Timetables that councils have published, as patterns of steps over a calendar of meetings.

The rule that lives here: what is published is data and never a day that nobody has published. A row
says the day, or the month, or from when to when; the pattern says how such a day comes about.
``patterns/<key>.toml`` is shared; ``<key>/`` holds one published timetable: what it is, its bodies
(``timetable.toml``), the meetings whose days are known (``meetings.csv``: ``no`` in the column
``held`` says that a body does not meet on a day, or in a month, and ``instead_of`` the day that a
moved meeting had), outside events (``events.csv``) and what was published (``rows.csv``).
``cycle.schedule.published`` works the days out again.
"""

from dataclasses import replace
from pathlib import Path

from config.choices import steps_that_apply
from config.dates import shortened
from config.framework_reading import MISSING_VALUE, Reader
from config.problems import ProblemList, Problems, known
from config.rules import TO_FOLLOW, StepRule
from config.timetables.faults import (
    NOON,
    PATTERNS,
    Events,
    Meetings,
    Rows,
    check_rows,
    head_faults,
    pattern_faults,
)
from config.timetables.files import EVENTS, HEAD, MEETINGS, ROWS, toml_of, unknown_files
from config.timetables.model import (
    Head,
    KnownMeeting,
    Pattern,
    PlanPart,
    PublishedBody,
    PublishedRow,
    PublishedTimetable,
)
from config.timetables.rows import event, meeting, published_row, rows_of
from config.year_choices import merged

__all__ = [
    "NOON", "Head", "KnownMeeting", "Pattern", "PlanPart", "PublishedBody", "PublishedRow",
    "PublishedTimetable", "load_published", "published_keys",
]  # fmt: skip

PUBLISHED = Path(__file__).parent / "published"


def published_keys(folder: Path = PUBLISHED) -> list[str]:
    """The keys of all published timetables, in order: every folder but the patterns."""
    return sorted(
        each.name
        for each in folder.iterdir()
        if each.is_dir() and each.name != PATTERNS and not each.name.startswith((".", "_"))
    )


def load_published(key: str, folder: Path = PUBLISHED) -> PublishedTimetable:
    """One published timetable. Raises Problems, each as ``file:key`` or ``row, column``."""
    noted = ProblemList()
    keys = published_keys(folder)
    if key not in keys:
        raise Problems(
            [f"{shortened(key)}: There is no such timetable. Known are: {', '.join(keys)}."]
        )
    reader, place = Reader(noted), f"{key}/{HEAD}"
    for problem in unknown_files(folder / key):
        noted.add(*problem)
    written = toml_of(folder / key / HEAD, place, noted)
    head = reader.table(Head, written, place, "", key) if written is not None else None
    patterns = _patterns(folder, reader, noted)
    meetings = rows_of(folder / key / MEETINGS, f"{key}/{MEETINGS}", meeting, noted, needed=False)
    events = rows_of(folder / key / EVENTS, f"{key}/{EVENTS}", event, noted, needed=False)
    rows = rows_of(folder / key / ROWS, f"{key}/{ROWS}", published_row, noted)
    noted.raise_any()
    assert isinstance(head, Head)  # noqa: S101  what is wrong with it was told
    pattern = patterns.get(head.pattern)
    if pattern is None:
        for problem in known(f"{place}:pattern", "pattern", head.pattern, patterns):
            noted.add(*problem)
        raise Problems(noted.problems)
    for problem in pattern_faults(place, head, pattern):
        noted.add(*problem)
    steps = _made(head, pattern)
    for problem in head_faults(head, steps, keys, meetings):
        noted.add(*problem)
    check_rows(head, pattern, steps, (meetings, rows, events), noted)
    noted.raise_any()
    return _timetable(head, pattern, steps, (meetings, rows, events))


def _timetable(
    head: Head,
    pattern: Pattern,
    steps: tuple[StepRule, ...],
    found: tuple[Meetings, Rows, Events],
) -> PublishedTimetable:
    meetings, rows, events = found
    stated = [value for value, _ in meetings]
    gone = [(each.body, each.first_on, each.last_on) for each in stated if not each.held]
    gone += [(each.body, each.was_on, each.was_on) for each in stated if each.was_on]
    return PublishedTimetable(
        head,
        pattern,
        tuple((each.body, each.first_on) for each in stated if each.held),
        tuple(value for value, _ in rows),
        steps,
        tuple(gone),
        tuple((each.body, each.first_on) for each in stated if each.was_on),
        tuple(value for value, _ in events),
    )


def _made(head: Head, pattern: Pattern) -> tuple[StepRule, ...]:
    """The steps that exist under this council's model and after this year's decision."""
    left_out = {key for key, part in pattern.plans.items() if part.branch}
    chosen = [
        replace(rule, papers=TO_FOLLOW) if rule.key in head.to_follow else rule
        for rule in pattern.steps
        if head.decision != "as_is" or rule.plan_type not in left_out
    ]
    return tuple(steps_that_apply(chosen, {}, head.governance))


def _patterns(folder: Path, reader: Reader, noted: ProblemList) -> dict[str, Pattern]:
    files = sorted((folder / PATTERNS).iterdir())
    for file in files:
        if file.suffix != ".toml" and not file.name.startswith("."):
            noted.add(f"{PATTERNS}/{file.name}", "Nothing reads this file. Patterns end in .toml.")
    read = {
        file.stem: toml_of(file, f"{PATTERNS}/{file.name}", noted)
        for file in files
        if file.suffix == ".toml"
    }
    tables = {name: table for name, table in read.items() if table is not None}
    found = {
        name: reader.table(Pattern, table, f"{PATTERNS}/{name}.toml", "", name)
        for name, table in merged(tables, noted, PATTERNS).items()
    }
    return {name: each for name, each in found.items() if each is not MISSING_VALUE}
