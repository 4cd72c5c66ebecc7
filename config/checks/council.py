"""What must hold between the units, posts, people, bodies and meetings of one council.

The rules that live here: every name that is used exists; no unit or post is above itself; one post
has one holder at a time (model.md); one e-mail address is one person; a body meets once a day.
Whether a role or a level exists is the framework's business (``roles_used``, ``levels_used``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from config.council import Appointment, Closure, Council, Cover, Meeting, Person, Post, Span
from config.council_files import Row
from config.governance import Governed

Made = TypeVar("Made")


@dataclass
class Placed:
    """Where each thing stands in the files: by table and key, or by table in the order made."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    in_order: dict[str, list[Row]] = field(default_factory=dict)

    def listed(
        self, table: str, rows: Iterable[Row], make: Callable[[Row], Made | None]
    ) -> list[Made]:
        """What can be made of the rows, remembering the place of each."""
        found = []
        for row in rows:
            made = make(row)
            if made is not None:
                found.append(made)
                self.in_order.setdefault(table, []).append(row)
        return found

    def all(self, table: str) -> list[Row]:
        """The rows of a table without keys, in the order of what was made of them."""
        return self.in_order.get(table, [])


def check(council: Council, placed: Placed) -> None:
    """Note every problem between the parts of the council at its place."""
    _check_units(council, placed)
    _check_posts(council, placed)
    _check_people(council, placed)
    _check_bodies(council, placed)
    _check_meetings(council, placed.all("meetings"))
    _check_closures(council.closures, placed.all("closures"))
    _check_governance(council.governance, placed.all("governance"))
    _check_covers(council, council.covers, placed.all("covers"))


def _check_units(council: Council, placed: Placed) -> None:
    tops = [unit for unit in council.units.values() if unit.parent is None]
    for unit in tops[1:]:
        placed.rows["units", unit.key].problem(
            "parent", f"Only the council itself has nothing above it, and that is “{tops[0].key}”."
        )
    parents = {unit.key: unit.parent for unit in council.units.values()}
    for unit in council.units.values():
        row = placed.rows["units", unit.key]
        _check_span(unit, row)
        _check_exists(row, "parent", unit.parent, council.units, "unit")
        if _above_itself(unit.key, parents):
            row.problem("parent", f"The unit “{unit.key}” is above itself. Check its parents.")


def _check_posts(council: Council, placed: Placed) -> None:
    lines = {post.key: post.line for post in council.posts.values()}
    for post in council.posts.values():
        row = placed.rows["posts", post.key]
        _check_span(post, row)
        if (post.unit is None) == (post.body is None):
            row.problem("unit", "A post sits in one unit or in one body. Give one of the two.")
        _check_exists(row, "unit", post.unit, council.units, "unit")
        _check_exists(row, "body", post.body, council.bodies, "body")
        _check_exists(row, "line", post.line, council.posts, "post")
        if _above_itself(post.key, lines):
            row.problem("line", f"The post “{post.key}” answers to itself. Check its line.")


def _check_people(council: Council, placed: Placed) -> None:
    emails: dict[str, str] = {}
    held: dict[str, list[tuple[Person, Appointment]]] = {}
    for person in council.people.values():
        row = placed.rows["people", person.key]
        if person.active and not person.posts:
            row.problem("posts", f"{person.name} has no post. Give one, or say active = no.")
        same = emails.setdefault(person.email.casefold(), person.key)
        if same != person.key and person.email:
            other = council.people[same].name
            row.problem("email", f"{other} has this e-mail address too. Each needs their own.")
        for appointment in person.posts:
            _check_exists(row, "posts", appointment.post, council.posts, "post")
            _check_span(appointment, row, "posts")
            _check_in_post(appointment, council.posts.get(appointment.post), row)
            for holder, theirs in held.setdefault(appointment.post, []):
                if appointment.overlaps(theirs):
                    row.problem(
                        "posts",
                        f"{holder.name} holds “{appointment.post}” at the same time. "
                        "Give until when.",
                    )
            held[appointment.post].append((person, appointment))


def _check_in_post(appointment: Appointment, post: Post | None, row: Row) -> None:
    if post is not None and not appointment.overlaps(post):
        row.problem("posts", f"The post “{post.key}” does not exist at that time.")


def _check_bodies(council: Council, placed: Placed) -> None:
    for body in council.bodies.values():
        row = placed.rows["bodies", body.key]
        _check_span(body, row)
        _check_exists(row, "secretary", body.secretary, council.posts, "post")
        _check_exists(row, "chair", body.chair, council.people, "person")
        for unit in body.considers:
            _check_exists(row, "considers", unit, council.units, "unit")
        if body.size is not None and body.quorum is not None and body.quorum > body.size:
            row.problem("quorum", "The quorum is larger than the body. Check both numbers.")


def _check_meetings(council: Council, rows: list[Row]) -> None:
    for meeting, row in zip(council.meetings, rows, strict=True):
        _check_exists(row, "body", meeting.body, council.bodies, "body")
    check_once_a_day(council.meetings, rows)


def check_once_a_day(meetings: Iterable[Meeting], rows: list[Row]) -> None:
    """Note every second meeting of a body on one day."""
    seen: dict[tuple[str, date], Row] = {}
    for meeting, row in zip(meetings, rows, strict=True):
        first = seen.setdefault((meeting.body, meeting.on), row)
        if first is not row:
            row.problem("date", f"This body already has a meeting on this day: {first.place}.")


def _check_closures(closures: Iterable[Closure], rows: list[Row]) -> None:
    before: list[Closure] = []
    for closure, row in zip(closures, rows, strict=True):
        if any(
            closure.first_on <= each.last_on and each.first_on <= closure.last_on for each in before
        ):
            row.problem("first", "This closure overlaps another one. Join the two.")
        before.append(closure)


def _check_covers(council: Council, covers: Iterable[Cover], rows: list[Row]) -> None:
    for cover, row in zip(covers, rows, strict=True):
        _check_span(cover, row)
        _check_exists(row, "person", cover.person, council.people, "person")
        _check_exists(row, "covered_by", cover.covered_by, council.people, "person")
        _check_exists(row, "post", cover.post, council.posts, "post")
        if cover.person == cover.covered_by:
            row.problem("covered_by", "Nobody can cover for themselves. Name someone else.")


def _check_exists(
    row: Row, name: str, key: str | None, known: Mapping[str, object], kind: str
) -> None:
    if key is not None and key not in known:
        row.problem(name, f"There is no {kind} “{key}”. Check the key, or add it.")


def _check_span(span: Span, row: Row, name: str = "until") -> None:
    if span.from_on is not None and span.until_on is not None and span.until_on <= span.from_on:
        row.problem(name, "This ends before it begins. The until date is the day after the last.")


def _above_itself(key: str, above: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    current = above.get(key)
    while current is not None and current not in seen:
        if current == key:
            return True
        seen.add(current)
        current = above.get(current)
    return False


def _check_governance(entries: Iterable[Governed], rows: Iterable[Row]) -> None:
    """On every day a council has one model."""
    days: set[date] = set()
    for each, row in zip(entries, rows, strict=True):
        if each.from_on in days:
            row.problem("from", "Two models begin on this day. Leave one of them out.")
        days.add(each.from_on)
