"""The picture of a timetable: time across, kinds of plan down, drawn on the server (ui.md).

The rule that lives here: what a mark says it says by its shape, not by its colour alone: a ring is
to come, a disc is done, a diamond has no day to spare on the way to a fixed date, a triangle is
late. The issued date lies behind the one of today, with a line between them. Meetings stand in the
first lane with a line through all others. Everything in it stands in tables beside it too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape

from config.dates import long_date
from webui.charts.svg import Picture, drawn
from webui.page.formats import count_text

WIDTH, EDGE = 1180, 8
HEAD, LANE, MARK = 58, 46, 7
PAUSE = timedelta(days=60)
QUARTERS_FROM = 700  # a picture of more days than this names quarters, not months
_SHAPES = {
    "done": '<circle class="app-time__done" cx="{x}" cy="{y}" r="{r}"/>',
    "ahead": '<circle class="app-time__ring" cx="{x}" cy="{y}" r="{r}"/>',
    "critical": '<path class="app-time__diamond" '
    'd="M{x} {top}L{right} {y}L{x} {bottom}L{left} {y}z"/>',
    "late": '<path class="app-time__late" d="M{x} {top}L{right} {bottom}H{left}z"/>',
}


@dataclass(frozen=True)
class Mark:
    """A dated step: from when it can be worked on; ``was_on`` is its day in the issued timetable,
    where that was another."""

    on: date
    title: str
    stands: str = "ahead"  # late | done | ahead
    critical: bool = False
    begins_on: date | None = None
    was_on: date | None = None

    @property
    def shape(self) -> str:
        """Which shape it has: lateness is told before the rest."""
        return "critical" if self.critical and self.stands == "ahead" else self.stands


@dataclass
class Lane:
    """One kind of plan with its marks."""

    title: str
    marks: list[Mark] = field(default_factory=list)

    @property
    def spans(self) -> list[tuple[date, date]]:
        """From when until when there is work on it; a pause of two months parts two spans."""
        found: list[tuple[date, date]] = []
        for first, last in sorted((min(m.begins_on or m.on, m.on), m.on) for m in self.marks):
            if found and first - found[-1][1] <= PAUSE:
                found[-1] = (found[-1][0], max(found[-1][1], last))
            else:
                found.append((first, last))
        return found


def timetable_picture(
    title: str,
    lanes: Sequence[Lane],
    meetings: Iterable[tuple[date, str]],
    today: date,
    picture_id: str = "timetable",
) -> Picture | None:
    """The picture, or nothing where there is no date yet. ``meetings`` are (day, body)."""
    held = sorted(set(meetings))
    days = [day for lane in lanes for span in lane.spans for day in span] + [on for on, _ in held]
    if not any(lane.marks for lane in lanes):
        return None
    scale = _Scale(min(days), max(days))
    bottom = HEAD + LANE * (len(lanes) + bool(held))
    parts = [_grid(scale, bottom)]
    top = HEAD
    if held:
        parts.append(_meetings(scale, held, top, bottom))
        top += LANE
    for lane in lanes:
        parts.append(_lane(scale, lane, top))
        top += LANE
    parts.append(_today(scale, today, bottom))
    svg = drawn(
        picture_id, WIDTH, bottom + 8, title, _description(lanes, held, scale, today), parts
    )
    return Picture(svg, title)


class _Scale:
    """Where a day lies across: whole months, from the first one's first day."""

    def __init__(self, first: date, last: date):
        self.first = first.replace(day=1)
        self.last = _next_month(last)
        self.by_quarter = (self.last - self.first).days > QUARTERS_FROM

    def x(self, day: date) -> int:
        """The place of a day."""
        part = (day - self.first).days / (self.last - self.first).days
        return EDGE + round(part * (WIDTH - 2 * EDGE))

    def ticks(self) -> list[date]:
        """The first days of the months, or of the quarters."""
        found, day = [], self.first
        while day < self.last:
            if not self.by_quarter or day.month % 3 == 1:
                found.append(day)
            day = _next_month(day)
        return found

    def words(self, tick: date) -> str:
        """What stands over a tick: Nov, Q4."""
        return f"Q{(tick.month + 2) // 3}" if self.by_quarter else f"{tick:%b}"


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _grid(scale: _Scale, bottom: int) -> str:
    parts = []
    for tick in scale.ticks():
        x = scale.x(tick)
        strong = "app-time__line app-time__line--year" if tick.month == 1 else "app-time__line"
        parts.append(f'<path class="{strong}" d="M{x} 38V{bottom}"/>')
        parts.append(f'<text class="app-time__tick" x="{x + 4}" y="52">{scale.words(tick)}</text>')
        if tick.month == 1 or tick == scale.ticks()[0]:
            parts.append(f'<text class="app-time__year" x="{x + 4}" y="33">{tick.year}</text>')
    return "".join(parts)


def _meetings(scale: _Scale, held: Sequence[tuple[date, str]], top: int, bottom: int) -> str:
    parts = [f'<text class="app-time__lane" x="{EDGE}" y="{top + 16}">Meetings</text>']
    y = top + 30
    for on, body in held:
        x = scale.x(on)
        parts.append(
            f"<g><title>{escape(body)}, {long_date(on)}</title>"
            f'<path class="app-time__through" d="M{x} {y}V{bottom}"/>'
            f'<rect class="app-time__meeting" x="{x - 5}" y="{y - 5}" width="10" height="10"/></g>'
        )
    return "".join(parts)


def _lane(scale: _Scale, lane: Lane, top: int) -> str:
    y = top + 31
    parts = [
        f'<path class="app-time__rule" d="M{EDGE} {top}H{WIDTH - EDGE}"/>',
        f'<text class="app-time__lane" x="{EDGE}" y="{top + 16}">{escape(lane.title)}</text>',
    ]
    for span in lane.spans:
        first, last = (scale.x(day) for day in span)
        parts.append(f'<path class="app-time__span" d="M{first} {y}H{last}"/>')
    parts += [_was(scale, mark, y) for mark in lane.marks if mark.was_on]
    parts += [_mark(scale, mark, y) for mark in lane.marks]
    return "".join(parts)


def _was(scale: _Scale, mark: Mark, y: int) -> str:
    """The issued day behind today's, and how far it moved."""
    if mark.was_on is None or not scale.first <= mark.was_on < scale.last:
        return ""
    before, now = scale.x(mark.was_on), scale.x(mark.on)
    return (
        f'<path class="app-time__moved" d="M{before} {y}L{before} {y + 9}H{now}V{y}"/>'
        f'<circle class="app-time__was" cx="{before}" cy="{y}" r="{MARK - 2}"/>'
    )


def _mark(scale: _Scale, mark: Mark, y: int) -> str:
    x = scale.x(mark.on)
    far = MARK + 1
    shape = _SHAPES[mark.shape].format(
        x=x, y=y, r=MARK - 1, top=y - far, bottom=y + far, left=x - far, right=x + far
    )
    return f"<g><title>{escape(mark.title)}, {long_date(mark.on)}</title>{shape}</g>"


def _today(scale: _Scale, today: date, bottom: int) -> str:
    if not scale.first <= today < scale.last:
        return ""
    x = scale.x(today)
    end = x > WIDTH - 60
    return (
        f'<path class="app-time__today" d="M{x} 18V{bottom}"/>'
        f'<text class="app-time__now" x="{x - 4 if end else x + 4}" y="14" '
        f'text-anchor="{"end" if end else "start"}">Today</text>'
    )


def _description(
    lanes: Sequence[Lane], held: Sequence[tuple[date, str]], scale: _Scale, today: date
) -> str:
    marks = [mark for lane in lanes for mark in lane.marks]
    days = [mark.on for mark in marks]
    kinds = count_text(len(lanes), "kind of work", "kinds of work")
    words = [
        f"{count_text(len(marks), 'date')} of {kinds}, "
        f"from {long_date(min(days))} to {long_date(max(days))}",
        f"{count_text(len(held), 'meeting')} marked",
    ]
    for count, what in (
        (sum(mark.shape == "late" for mark in marks), "late"),
        (sum(mark.shape == "critical" for mark in marks), "with no day to spare"),
        (sum(mark.was_on is not None for mark in marks), "moved since the timetable was issued"),
    ):
        words += [f"{count} {what}"] if count else []
    within = scale.first <= today < scale.last
    words += [f"today is {long_date(today)}"] if within else []
    return "; ".join(words) + ". The tables on this page say the same."
