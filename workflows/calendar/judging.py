"""What would become of each line of a file of meetings, beside the meetings that are known. Pure.

The rules that live here: a known meeting is recognised before anything is checked (fault C11); what
a file calls cancelled, postponed or provisional is never added (C2, C9); a move is proposed only
where the file says so: its entry is one of ours, or the old day is gone from the file, the kind is
the same and a week is not exceeded (C10). The past is left alone, and what a file does not have is
never cancelled by it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property

from config.council import municipal_year
from config.dates import clock_time, long_date
from workflows.calendar.naming import CANCELLED, PLANNED, POSTPONED, Named

# A meeting of the file takes the place of one that is so many days away, of none that is more.
FAR = 7
NEW, KNOWN, MOVED, GONE, UNCLEAR, REFUSED = (
    "new", "known", "moved", "cancelled", "not understood", "refused",
)  # fmt: skip
EXTRAORDINARY = "extraordinary"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class KnownMeeting:
    """A meeting that is on the calendar; ``first_on`` is the day that it had at first."""

    id: int
    body: str
    on: date
    at: time
    kind: str
    status: str = PLANNED
    first_on: date | None = None
    uid: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the file and its verdict. ``was`` is the meeting that it knows, moves or cancels.

    ``starts`` is the time that the meeting would have: the file's, or where ``guessed`` the usual
    one of the body.
    """

    named: Named
    verdict: str
    sentence: str
    was: KnownMeeting | None = None
    starts: time | None = None

    @property
    def on(self) -> date | None:
        """The day that was understood."""
        return self.named.row.on

    @property
    def guessed(self) -> bool:
        """Whether the file gives no time for a meeting that would be added."""
        return self.verdict == NEW and self.named.row.starts is None

    @property
    def key(self) -> str:
        """What names this line in a form."""
        return f"{self.named.body}-{self.on}-{self.was.id if self.was else 0}"


@dataclass(frozen=True)
class Surroundings:
    """What the lines are judged by. ``usual``: when bodies meet, by key; ``why_not``: a sentence
    for a day on which a body's meeting cannot be added, or nothing."""

    known: Sequence[KnownMeeting]
    bodies: Mapping[str, str]
    usual: Mapping[str, time]
    today: date
    why_not: Callable[[str, date], str | None]

    @cached_property
    def by_day(self) -> Mapping[tuple[str, date], Sequence[KnownMeeting]]:
        """The known meetings of a body on a day, planned ones first, then those that had it."""
        found: dict[tuple[str, date], list[KnownMeeting]] = {}
        for each in sorted(self.known, key=lambda each: each.status == CANCELLED):
            found.setdefault((each.body, each.on), []).append(each)
        for each in self.known:
            if each.first_on is not None and each.first_on != each.on:
                found.setdefault((each.body, each.first_on), []).append(each)
        return found

    @cached_property
    def by_uid(self) -> Mapping[str, KnownMeeting]:
        """The known meetings by what identifies their entries in calendars."""
        return {each.uid: each for each in self.known if each.uid}


def judge(rows: Sequence[Named], by: Surroundings) -> list[Line]:
    """Each line with its verdict, in the order of the file."""
    lines: list[Line] = []
    fresh: dict[tuple[str | None, date | None], int] = {}
    exact = {
        (row.body, row.row.on)
        for row in rows
        if row.status == PLANNED and (meeting := _there(row, by)) and row.row.starts == meeting.at
    }
    for number, row in enumerate(rows):
        day = (row.body, row.row.on)
        line = _first_look(row, by, rows[fresh[day]] if day in fresh else None, exact)
        if line is None:
            fresh[day] = number
            line = Line(row, NEW, "It would be added.")
        lines.append(line)
    pairs = _pairs([(number, rows[number]) for number in fresh.values()], _left(rows, by))
    for number in fresh.values():
        lines[number] = _new_or_moved(rows[number], by, pairs.get(number))
    return lines


def missing(lines: Sequence[Line], by: Surroundings) -> list[KnownMeeting]:
    """The planned meetings to come of the file's bodies and years that the file does not have."""
    found = {line.was.id for line in lines if line.was is not None}
    return [each for each in _left([line.named for line in lines], by) if each.id not in found]


def _first_look(
    named: Named,
    by: Surroundings,
    first: Named | None,
    exact: Collection[tuple[str | None, date | None]],
) -> Line | None:
    """The verdict on a line by itself; None for a meeting that may be new, or a move.

    ``first`` has the same day in the file, ``exact`` are the days whose known time the file has.
    """
    if named.sentence or named.body is None or named.row.on is None:
        return Line(named, UNCLEAR, named.sentence)
    there = _there(named, by)
    if named.status in (CANCELLED, POSTPONED):
        return _called_off(named, there, by)
    if there is not None and (there.at == named.row.starts or (named.body, there.on) not in exact):
        return _known(named, there, by)
    why = _refusal(named, there, first, by)
    return Line(named, REFUSED, why) if why else None


def _refusal(
    named: Named, there: KnownMeeting | None, first: Named | None, by: Surroundings
) -> str | None:
    body, on = by.bodies[named.body or ""], named.row.on
    assert on is not None  # noqa: S101
    if there is not None:
        at = clock_time(there.at)
        return f"{body} meets on this day already, at {at}. One meeting a day is kept."
    if first is not None:
        return f"{body} has this day already: {first.row.at}. One meeting a day is kept."
    if on < by.today:
        return "This is in the past. It is left out."
    if named.status != PLANNED:
        return "The file calls it provisional. Add it when it is certain."
    if named.row.starts is None and named.body not in by.usual and _ours(named, by) is None:
        return "The file gives no time. Write it, such as 10:30."
    return by.why_not(named.body or "", on)


def _there(named: Named, by: Surroundings) -> KnownMeeting | None:
    """The known meeting of a line: on its day, planned ones first; or one that had this day."""
    if named.body is None or named.row.on is None:
        return None
    return next(iter(by.by_day.get((named.body, named.row.on), ())), None)


def _ours(named: Named, by: Surroundings) -> KnownMeeting | None:
    """The planned meeting to come whose entry this line is: by its identifier, or since an older
    version of the entry had its day."""
    if named.body is None:
        return None
    same = [by.by_uid[named.row.uid]] if named.row.uid in by.by_uid else []
    for day in named.row.earlier:
        same += [each for each in by.by_day.get((named.body, day), ()) if each.on == day]
    return next((each for each in same if each.body == named.body and _to_come(each, by)), None)


def _to_come(meeting: KnownMeeting, by: Surroundings) -> bool:
    return meeting.status == PLANNED and meeting.on >= by.today


def _called_off(named: Named, there: KnownMeeting | None, by: Surroundings) -> Line:
    there = _ours(named, by) or there
    if there is None:
        return Line(named, GONE, f"The file says {named.status}. It is not on the calendar here.")
    if there.status == CANCELLED:
        return Line(named, KNOWN, "Cancelled here too.", there)
    if not _to_come(there, by) or there.on != named.row.on and _ours(named, by) is None:
        return Line(named, KNOWN, "The file says cancelled; here it stays as it is.", there)
    return Line(
        named, GONE, f"The file says {named.status}. Here it is planned: say whether to cancel it.",
        there,
    )  # fmt: skip


def _known(named: Named, there: KnownMeeting, by: Surroundings) -> Line:
    row = named.row
    if there.status == CANCELLED:
        return Line(named, KNOWN, "Cancelled here; it stays so.", there)
    if there.on != row.on:
        return Line(named, KNOWN, f"Moved here to {long_date(there.on)}; it stays so.", there)
    if row.starts not in (None, there.at) and named.status == PLANNED and _to_come(there, by):
        words = f"Known at {clock_time(there.at)}. The file says {clock_time(row.starts)}."
        return Line(named, MOVED, words, there, row.starts)
    remarks = ["Known already."]
    if named.status != PLANNED:
        remarks.append("The file calls it provisional.")
    if named.kind != there.kind:
        remarks.append(f"Here its kind is {there.kind}.")
    return Line(named, KNOWN, " ".join(remarks), there)


def _new_or_moved(named: Named, by: Surroundings, pair: KnownMeeting | None) -> Line:
    was, on = _ours(named, by) or pair, named.row.on
    assert on is not None  # noqa: S101
    if was is not None:
        at = named.row.starts or was.at
        sentence = (
            f"It may be the meeting of {long_date(was.on)} at {clock_time(was.at)}, moved to "
            f"{long_date(on)} at {clock_time(at)}. Say which it is."
        )
        return Line(named, MOVED, sentence, was, at)
    if named.row.starts is None:
        at = by.usual[named.body or ""]
        sentence = f"The file gives no time. Say whether it is at {clock_time(at)}, the usual time."
        return Line(named, NEW, sentence, starts=at)
    return Line(named, NEW, "It would be added.", starts=named.row.starts)


def _left(rows: Sequence[Named], by: Surroundings) -> list[KnownMeeting]:
    """The planned meetings to come whose day the file does not have, of its bodies and years."""
    days = {(row.body, row.row.on) for row in rows}
    years = {(body, municipal_year(on)) for body, on in days if body and on}
    entries = {ours.id for row in rows if (ours := _ours(row, by)) is not None}
    return [
        each
        for each in by.known
        if _to_come(each, by)
        and each.id not in entries
        and (each.body, municipal_year(each.on)) in years
        and not {(each.body, each.on), (each.body, each.first_on)} & days
    ]


def _pairs(
    fresh: Sequence[tuple[int, Named]], left: Sequence[KnownMeeting]
) -> dict[int, KnownMeeting]:
    """Which line may be which planned meeting on another day: the nearest first, each once."""
    places = {(each.body, each.on, each.kind): place for place, each in enumerate(left)}
    near = sorted(
        (abs(days), number, place)
        for number, row in fresh
        if row.row.on is not None and not row.row.earlier and row.kind != EXTRAORDINARY
        for days in range(-FAR, FAR + 1)
        if (place := places.get((row.body or "", row.row.on + days * _DAY, row.kind))) is not None
    )
    found: dict[int, KnownMeeting] = {}
    used: set[int] = set()
    for _days, number, place in near:
        if number not in found and place not in used:
            found[number] = left[place]
            used.add(place)
    return found
