"""Timetables that councils have published, as patterns of steps over a calendar of meetings.

The rule that lives here: what is published is data and never a day that nobody has published. A row
says the day, or the month, or from which month to which; the pattern says how such a day comes
about. ``patterns/<key>.toml`` is shared; ``<key>/`` holds one published timetable: what it is, its
bodies (``timetable.toml``), the meetings whose days are known (``meetings.csv``: ``no`` in the
column ``held`` says that a body does not meet on a day, or in a month, and ``instead_of`` the day
that a moved meeting had) and what was published
(``rows.csv``). ``cycle.schedule.published`` works the days out again.
"""

import tomllib
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from config.checks.limit import limit_shape_problems
from config.choices import steps_that_apply
from config.council_files import Row, read_csv, read_text
from config.dates import parse_date, shortened
from config.framework_reading import MISSING_VALUE, Reader
from config.governance import MODELS, Limit
from config.law import NATIONS
from config.problems import ProblemList, Problems, known
from config.rhythm import parse_rhythm
from config.rules import StepRule, step_rule_problems
from config.year_choices import merged

PUBLISHED = Path(__file__).parent / "published"
PATTERNS = "patterns"
DECISIONS = ("new", "refresh", "as_is")
Made = TypeVar("Made")
NOON = "12:00"  # when a body meets by its rhythm; no hour is published


@dataclass(frozen=True)
class PlanPart:
    """What a step is for: a plan or a part of one. ``branch``: made only if it is decided so."""

    key: str
    title: str
    branch: bool = False


@dataclass(frozen=True)
class Pattern:
    """The steps of a timetable without its days, and what the law fixes about them."""

    key: str
    title: str
    steps: tuple[StepRule, ...]
    plans: Mapping[str, PlanPart]
    extends: str = ""
    without: tuple[str, ...] = ()
    source: str = ""
    limits: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedBody:
    """A body under its published name; ``stands_for`` is the pattern's word for such bodies.

    By ``weekday`` and ``rhythm`` it meets in the months for which no meeting is published.
    """

    key: str
    title: str
    weekday: str
    rhythm: str
    stands_for: str = ""

    @property
    def role(self) -> str:
        """The pattern's word for it."""
        return self.stands_for or self.key


@dataclass(frozen=True)
class PublishedRow:
    """One line of the published timetable; both ends count. ``words`` are how it was printed."""

    step: str
    body: str  # of several that a step asks; empty for all of them
    first_on: date
    last_on: date
    who: str
    decides: str
    words: str

    @property
    def is_day(self) -> bool:
        """Whether the very day was published."""
        return self.first_on == self.last_on


@dataclass(frozen=True)
class KnownMeeting:
    """A day on which a body meets or, not ``held``, days on which it does not; both ends count."""

    body: str
    first_on: date
    last_on: date
    held: bool = True
    was_on: date | None = None  # the day that a moved meeting had


@dataclass(frozen=True)
class Head:
    """``timetable.toml``: whose it is, when it begins (in May of ``year``), and who is asked.

    ``clear_days``: between the publication of an agenda and the meeting.
    """

    key: str
    title: str
    council: str
    source: str
    pattern: str
    year: int
    nation: str
    governance: str
    clear_days: int
    bodies: Mapping[str, PublishedBody]
    decision: str = ""


@dataclass(frozen=True)
class PublishedTimetable:
    """One published timetable with the pattern that it follows.

    ``absent``: the spans of days, both ends included, in which a body is known not to meet.
    ``new_days``: those of the meetings that are the new day of one that is absent.
    """

    head: Head
    pattern: Pattern
    meetings: tuple[tuple[str, date], ...]
    rows: tuple[PublishedRow, ...]
    steps: tuple[StepRule, ...] = field(default=())
    absent: tuple[tuple[str, date, date], ...] = ()
    new_days: tuple[tuple[str, date], ...] = ()


def published_keys(folder: Path = PUBLISHED) -> list[str]:
    """The keys of all published timetables, in order."""
    return sorted(each.parent.name for each in folder.glob("*/timetable.toml"))


def load_published(key: str, folder: Path = PUBLISHED) -> PublishedTimetable:
    """One published timetable. Raises Problems, each as ``file:key`` or ``row, column``."""
    noted = ProblemList()
    if key not in published_keys(folder):
        listed = ", ".join(published_keys(folder))
        raise Problems([f"{shortened(key)}: There is no such timetable. Known are: {listed}."])
    reader = Reader(noted)
    place = f"{key}/timetable.toml"
    head = reader.table(Head, _toml(folder / key / "timetable.toml", place, noted), place, "", key)
    patterns = _patterns(folder, reader, noted)
    meetings = _rows(folder / key / "meetings.csv", key, _meeting, noted, needed=False)
    rows = _rows(folder / key / "rows.csv", key, _row, noted)
    noted.raise_any()
    pattern = patterns.get(head.pattern)
    for problem in known(f"{place}:pattern", "pattern", head.pattern, patterns):
        noted.add(*problem)
    if pattern is not None:
        for problem in _faults(place, head, pattern):
            noted.add(*problem)
        steps = _made(head, pattern)
        _check_rows(head, steps, meetings, rows, noted)
    noted.raise_any()
    assert pattern is not None  # noqa: S101  told above
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
    )


def _made(head: Head, pattern: Pattern) -> tuple[StepRule, ...]:
    """The steps that exist under this council's model and after this year's decision."""
    left_out = {key for key, part in pattern.plans.items() if part.branch}
    chosen = [
        rule for rule in pattern.steps if head.decision != "as_is" or rule.plan_type not in left_out
    ]
    return tuple(steps_that_apply(chosen, {}, head.governance))


def _patterns(folder: Path, reader: Reader, noted: ProblemList) -> dict[str, Pattern]:
    tables = {
        file.stem: _toml(file, f"{PATTERNS}/{file.name}", noted)
        for file in sorted((folder / PATTERNS).glob("*.toml"))
    }
    found = {
        name: reader.table(Pattern, table, f"{PATTERNS}/{name}.toml", "", name)
        for name, table in merged(tables, noted, PATTERNS).items()
    }
    return {name: each for name, each in found.items() if each is not MISSING_VALUE}


def _faults(place: str, head: Head, pattern: Pattern) -> Iterable[tuple[str, str]]:
    """What cannot work between a timetable and its pattern."""
    file = f"{PATTERNS}/{pattern.key}.toml"
    roles = {body.role for body in head.bodies.values()}
    yield from known(f"{place}:nation", "nation", head.nation, NATIONS)
    yield from known(f"{place}:governance", "governance model", head.governance, MODELS)
    if head.decision:
        yield from known(f"{place}:decision", "decision", head.decision, DECISIONS)
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


def _check_rows(
    head: Head,
    steps: Iterable[StepRule],
    meetings: Iterable[tuple[KnownMeeting, Row]],
    rows: Iterable[tuple[PublishedRow, Row]],
    noted: ProblemList,
) -> None:
    keys = {rule.key for rule in steps}
    named = [("step", each.step, keys, row) for each, row in rows]
    named += [("body", each.body, set(head.bodies), row) for each, row in rows if each.body]
    named += [("body", each.body, set(head.bodies), row) for each, row in meetings]
    for what, key, all_keys, row in named:
        for _place, sentence in known("", what, key, all_keys):
            row.problem(what, sentence)


def _toml(file: Path, place: str, noted: ProblemList) -> dict[str, Any]:
    text = read_text(file, noted)
    try:
        return tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as problem:
        noted.add(place, f"This is not TOML: {shortened(str(problem), 120)}.")
        return {}


def _rows(
    file: Path,
    key: str,
    make: Callable[[Row], Made | None],
    noted: ProblemList,
    needed: bool = True,
) -> list[tuple[Made, Row]]:
    if not needed and not file.is_file():
        return []
    text = read_text(file, noted)
    written = read_csv(f"{key}/{file.name}", text, noted) if text is not None else []
    made = [(make(row), row) for row in written]
    for row in written:
        row.check_names()
    return [(each, row) for each, row in made if each is not None]


def _meeting(row: Row) -> KnownMeeting | None:
    body = row.text("body", needed=True)
    held = row.word("held", ("yes", "no"), "yes") == "yes"
    was_on = row.day("instead_of")
    if held:
        on = row.day("date", needed=True)
        return KnownMeeting(body, on, on, was_on=was_on) if on is not None else None
    try:
        return KnownMeeting(body, *_span(row.text("date", needed=True)), held=False)
    except ValueError as problem:
        row.problem("date", str(problem))
        return None


def _row(row: Row) -> PublishedRow | None:
    step, on = row.text("step", needed=True), row.text("on", needed=True)
    texts = {name: row.text(name) for name in ("body", "who", "decides", "published")}
    try:
        first_on, last_on = _span(on)
    except ValueError as problem:
        row.problem("on", str(problem))
        return None
    return PublishedRow(
        step, texts["body"], first_on, last_on, texts["who"], texts["decides"], texts["published"]
    )


def _span(words: str) -> tuple[date, date]:
    """The days of ``2018-06-27``, ``2018-06`` or ``2019-01/2019-03``. Raises ValueError."""
    if words.count("-") == 2 and "/" not in words:
        return (day := parse_date(words)), day
    first, _, last = words.partition("/")
    begins, ends = (parse_date(f"{each}-01") for each in (first, last or first))
    if ends < begins:
        raise ValueError(
            f"“{shortened(words)}” ends before it begins. Write the first month first."
        )
    return begins, ends.replace(day=monthrange(ends.year, ends.month)[1])
