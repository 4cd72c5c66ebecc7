"""From rows to a checked ``Council``: ``load_council``.

The rule that lives here: which values a unit, post, person, body, meeting ... has and how they are
written. Every problem is told at once, as Problems.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, time
from pathlib import Path
from typing import TypeVar

from config.checks.council import Placed, check
from config.council import (
    BODY_KINDS,
    MEETING_KINDS,
    Appointment,
    Body,
    Closure,
    Council,
    Cover,
    Event,
    Meeting,
    PapersRule,
    Person,
    Post,
    Unit,
)
from config.council_files import Row, Written, read_files
from config.dates import parse_date, parse_time, shortened
from config.governance import MODELS, Governed
from config.law import NATIONS
from config.problems import ProblemList
from config.rhythm import Rhythm, parse_rhythm
from config.written_days import read_time

Made = TypeVar("Made")

MIDNIGHT = time(0, 0)

_APPOINTMENT = re.compile(r"(\S+)(?:\s+from\s+(\S+))?(?:\s+until\s+(\S+))?")
_PAPERS = re.compile(r"(\d{1,3}) (working|clear|calendar)(?: (\d{1,2}:\d{2}))?", re.ASCII)
EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def load_council(path: Path) -> Council:
    """The council of a TOML file, a folder of TOML files or a folder of CSV files.

    Raises Problems naming file and key, or row and column, for everything that is wrong.
    """
    noted = ProblemList()
    written = read_files(path, noted)
    if not any(written.tables.values()) and not written.council.values:
        noted.raise_any()  # that everything else is missing as well would tell nobody anything
    placed = Placed()
    council = _council(written, placed)
    for rows in written.tables.values():
        for row in rows:
            row.check_names()
    check(council, placed)
    noted.raise_any()
    return council


def _council(written: Written, placed: Placed) -> Council:
    row = written.council
    tables = written.tables
    settings = row.values.get("settings", {})
    council = Council(
        key=row.key("key", needed=True) or "",
        name=row.text("name", needed=True),
        nation=row.word("nation", tuple(NATIONS), "england"),
        cycles=_years(row),
        settings=settings if isinstance(settings, dict) else {},
        units=_by_key("units", tables["units"], _unit, placed),
        posts=_by_key("posts", tables["posts"], _post, placed),
        people=_by_key("people", tables["people"], _person, placed),
        bodies=_by_key("bodies", tables["bodies"], _body, placed),
        meetings=tuple(placed.listed("meetings", tables["meetings"], _meeting)),
        closures=tuple(placed.listed("closures", tables["closures"], _closure)),
        recesses=tuple(placed.listed("recesses", tables["recesses"], _closure)),
        extra_holidays=dict(placed.listed("holidays", tables["holidays"], _holiday)),
        covers=tuple(placed.listed("covers", tables["covers"], _cover)),
        events=tuple(placed.listed("events", tables["events"], _event)),
        governance=tuple(placed.listed("governance", tables["governance"], _governed)),
    )
    row.check_names(more=("settings",))
    return council


def _years(row: Row) -> tuple[int, ...]:
    row.seen.add("cycles")
    given = row.values.get("cycles", "")
    parts = given if isinstance(given, list) else str(given).split(";")
    words = [str(part).strip() for part in parts if str(part).strip()]
    if not all(re.fullmatch(r"(19|20|21)\d\d", part, re.ASCII) for part in words):
        row.problem("cycles", "These should be the years in which cycles begin, such as 2027.")
        return ()
    return tuple(int(part) for part in words)


def _by_key(
    table: str, rows: Iterable[Row], make: Callable[[Row], Made], placed: Placed
) -> dict[str, Made]:
    found: dict[str, Made] = {}
    for row in rows:
        key = row.key("key", needed=True)
        made = make(row)
        if key is None:
            continue
        if key in found:
            row.problem("key", f"The key “{key}” is used twice in {table}. Choose another.")
            continue
        found[key] = made
        placed.rows[table, key] = row
    return found


def _unit(row: Row) -> Unit:
    return Unit(
        key=row.text("key"),
        name=row.text("name", needed=True),
        level=row.key("level", needed=True) or "",
        parent=row.key("parent"),
        from_on=row.day("from"),
        until_on=row.day("until"),
    )


def _post(row: Row) -> Post:
    return Post(
        key=row.text("key"),
        title=row.text("title", needed=True),
        role=row.key("role", needed=True) or "",
        unit=row.key("unit"),
        body=row.key("body"),
        line=row.key("line"),
        from_on=row.day("from"),
        until_on=row.day("until"),
    )


def _person(row: Row) -> Person:
    email = row.text("email", needed=True)
    if email and not EMAIL.fullmatch(email):
        row.problem("email", f"“{shortened(email)}” is not an e-mail address. Check it.")
    return Person(
        key=row.text("key"),
        name=row.text("name", needed=True),
        email=email,
        posts=tuple(held for each in row.listed("posts") if (held := _appointment(row, each))),
        active=row.truth("active", True),
        is_member=row.truth("member", False),
    )


def _appointment(row: Row, words: str) -> Appointment | None:
    found = _APPOINTMENT.fullmatch(words)
    if found is None:
        row.problem(
            "posts",
            f"“{shortened(words)}” is not an appointment. Write the post's key, then from and "
            "until with dates if there are any.",
        )
        return None
    try:
        from_on, until_on = (parse_date(part) if part else None for part in found.groups()[1:])
    except ValueError as problem:
        row.problem("posts", str(problem))
        return None
    return Appointment(post=found[1], from_on=from_on, until_on=until_on)


def _body(row: Row) -> Body:
    return Body(
        key=row.text("key"),
        name=row.text("name", needed=True),
        short_name=row.text("short_name", default=row.text("name")),
        framework_key=row.key("framework_body", needed=True) or "",
        kind=row.word("kind", BODY_KINDS),
        public=row.truth("public", True),
        size=row.number("size"),
        quorum=row.number("quorum"),
        considers=tuple(row.listed("considers")),
        rhythm=_rhythm(row),
        agenda=_papers(row, "agenda"),
        final_report=_papers(row, "final_report"),
        briefing=_papers(row, "briefing"),
        secretary=row.key("secretary"),
        chair=row.key("chair"),
        from_on=row.day("from"),
        until_on=row.day("until"),
    )


def _rhythm(row: Row) -> Rhythm | None:
    weekday, at, pattern = (row.text(name) for name in ("weekday", "time", "rhythm"))
    keeps_recess = row.truth("keeps_recess", True)
    if not pattern:
        return None
    try:
        return parse_rhythm(weekday, at, pattern, keeps_recess)
    except ValueError as problem:
        row.problem("rhythm", str(problem))
        return None


def _papers(row: Row, name: str) -> PapersRule | None:
    words = row.text(name)
    if not words:
        return None
    found = _PAPERS.fullmatch(words)
    if found is None:
        row.problem(name, f"“{shortened(words)}” is not a papers rule. Write 7 working 10:00.")
        return None
    try:
        return PapersRule(int(found[1]), found[2], parse_time(found[3]) if found[3] else None)
    except ValueError as problem:
        row.problem(name, str(problem))
        return None


def _meeting(row: Row) -> Meeting | None:
    return meeting(row, row.key("body", needed=True))


def meeting(row: Row, body: str | None) -> Meeting | None:
    """The meeting of this body that a row says; its day, time or kind is noted when not right."""
    on = row.day("date", needed=True)
    kind = row.word("kind", MEETING_KINDS, "ordinary")
    words = row.text("time", needed=True)
    try:
        at = read_time(words) if words else MIDNIGHT
    except ValueError as problem:
        row.problem("time", str(problem))
        return None
    return Meeting(body, on, at, kind) if body and on else None


def _closure(row: Row) -> Closure | None:
    first, last = row.day("first", needed=True), row.day("last", needed=True)
    why = row.text("why")
    if first and last and last < first:
        row.problem("last", "This ends before it begins. Give its first day, then its last.")
        return None
    return Closure(first, last, why) if first and last else None


def _holiday(row: Row) -> tuple[date, str] | None:
    on, name = row.day("date", needed=True), row.text("name", needed=True)
    return (on, name) if on and name else None


def _cover(row: Row) -> Cover | None:
    person, covered_by = row.key("person", needed=True), row.key("covered_by", needed=True)
    from_on, until_on = row.day("from", needed=True), row.day("until", needed=True)
    reason, post = row.text("reason"), row.key("post")
    if person is None or covered_by is None:
        return None
    return Cover(
        person=person,
        covered_by=covered_by,
        post=post,
        reason=reason,
        from_on=from_on,
        until_on=until_on,
    )


def _governed(row: Row) -> Governed | None:
    model, from_on = row.word("model", MODELS), row.day("from", needed=True)
    return Governed(model, from_on) if model in MODELS and from_on else None


def _event(row: Row) -> Event | None:
    key, on = row.key("key", needed=True), row.day("date", needed=True)
    title = row.text("title", needed=True)
    return Event(key, on, title) if key and on else None
