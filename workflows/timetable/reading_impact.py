"""What pages show of changed dates: what follows from a fact or a meeting on another day.

The rule that lives here: a page that says that nothing breaks says what was looked at, and a
meeting that is tried past the law's last day for one of its steps has that law named, wherever the
step goes then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.dates import long_date, parse_yearly
from config.governance import Limit
from cycle import access
from cycle.access import KnownPlans
from cycle.errors import Blocked, NotFound
from cycle.models import Body, Meeting, PlanningYear
from cycle.people import Actor
from cycle.schedule.diff import Difference, LessTime
from cycle.schedule.limits import second_meeting
from workflows.framework import applicable, meeting_law, post_permissions
from workflows.timetable import impact, timetable, ways_out
from workflows.timetable.impact import Tried
from workflows.timetable.ways_out import AfterEvent

_NOTHING = AfterEvent()


@dataclass(frozen=True)
class Line:
    """A moved step, once for all plans that share both days; ``count`` of them."""

    title: str
    before: date | None
    after: date | None
    days: int
    count: int


@dataclass(frozen=True)
class Follows:
    """The consequences as a page tells them."""

    lines: list[Line]
    less_time: tuple[LessTime, ...]
    breaches: list[str]
    mended: list[str]
    clashes: list[tuple[date, str, tuple[str, ...]]]
    withheld: int
    more_breaks: bool

    @property
    def nothing(self) -> bool:
        """Whether nothing follows at all, told or not."""
        visible = self.lines or self.breaches or self.mended or self.clashes
        return not (visible or self.withheld or self.more_breaks)


@dataclass(frozen=True)
class LookedAt:
    """How many dates and meetings, and the last days of the law that were asked about."""

    dates: int
    meetings: int
    law: list[str]


@dataclass(frozen=True)
class YearAnswer:
    """What would follow in one year, what was looked at to say so, and what can be done."""

    ref: str
    title: str
    follows: Follows
    looked_at: LookedAt
    named: list[str]
    after: AfterEvent


@dataclass(frozen=True)
class WhatIfPage:
    """A meeting, a day to try (None: nothing is tried, or it is ``not_held``), and what would
    follow in each year."""

    meeting: Meeting
    body: Body
    on: date | None
    not_held: bool
    years: list[YearAnswer]
    warnings: list[str]


def follows_from(difference: Difference) -> Follows:
    """A difference in the words and the order of a page."""
    groups: dict[tuple[str, date | None, date | None, int], int] = {}
    for each in difference.moved:
        key = (each.title, each.before, each.after, each.days)
        groups[key] = groups.get(key, 0) + 1
    lines = [Line(*key, count) for key, count in groups.items()]
    return Follows(
        sorted(lines, key=lambda each: (each.after or each.before or date.max, each.title)),
        difference.less_time,
        [each.sentence for each in difference.breaches],
        [each.sentence for each in difference.mended],
        [
            (each.on, ", ".join(filter(None, (each.role, each.unit))), each.titles)
            for each in difference.clashes
        ],
        difference.withheld,
        difference.more_breaks,
    )


def what_if_page(
    session: Session, actor: Actor, meeting_id: int, on: date | None, not_held: bool = False
) -> WhatIfPage:
    """What would follow if a meeting were on another day, or ``not_held``. Raises NotFound, Blocked
    when the body meets on that day already."""
    if not access.is_officer(actor):
        raise NotFound(access.GONE)
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.status == "cancelled":
        raise NotFound(access.GONE)
    body = session.get_one(Body, meeting.body_id)
    page = WhatIfPage(meeting, body, on, not_held, [], [])
    if on is None and not not_held:
        return page
    if on is not None:
        framework = post_permissions.framework(session)
        if framework is not None:
            page.warnings.extend(meeting_law.warnings(session, framework, body, on, meeting.kind))
        _not_taken(session, actor, meeting, body, on)
    moved = {meeting.id: None if not_held else on}
    for year in impact.years_of(session, (meeting.on_date, on or meeting.on_date)):
        known = access.known_plans(session, actor, year.id)
        tried = impact.tried(session, year, known, moved)
        named = _law_named(session, year, known, tried, (body.name, meeting.on_date), on)
        ways = ways_out.after_move(session, year, known, tried, moved)
        page.years.append(
            answer(session, year, known, tried, named=named, after=AfterEvent(ways=ways))
        )
    return page


def answer(
    session: Session,
    year: PlanningYear,
    known: KnownPlans,
    tried: Tried,
    *,
    named: list[str] | None = None,
    after: AfterEvent = _NOTHING,
) -> YearAnswer:
    """What was tried for a year, as a page tells it."""
    limits = [
        f"{tried.after.rules[key].title} before {long_date(_day(limit, year))} ({limit.source})"
        for limit, key in _before(session, year, known, tried)
    ]
    looked_at = LookedAt(tried.dates, tried.meetings, limits)
    follows = follows_from(tried.difference)
    return YearAnswer(year.ref, year.title, follows, looked_at, named or [], after)


def _before(
    session: Session, year: PlanningYear, known: KnownPlans, tried: Tried
) -> list[tuple[Limit, str]]:
    """Each last day of the law, with each step that it is for and that the reader may know of."""
    _, limits = applicable.rules_of(session, year, applicable.model_of(session, year))
    hidden = timetable.hidden_rules(tried.after.rules, known)
    return [
        (limit, key)
        for limit in limits
        if limit.kind == "before"
        for key in limit.steps
        if key in tried.after.rules and key not in hidden
    ]


def _day(limit: Limit, year: PlanningYear) -> date:
    return parse_yearly(limit.day).in_year(year.writes_from)


def _law_named(
    session: Session,
    year: PlanningYear,
    known: KnownPlans,
    tried: Tried,
    meeting: tuple[str, date],
    on: date | None,
) -> list[str]:
    """The law for each step of this meeting for which the new day would be too late, where the step
    would go to another meeting."""
    if on is None or tried.before is None:
        return []
    found = []
    for limit, key in _before(session, year, known, tried):
        was, now = tried.before.dated.get(key), tried.after.dated.get(key)
        if was is None or now is None or on < _day(limit, year):
            continue
        if meeting in [(each.title, each.on) for each in was.meetings]:
            found.append(
                f"{tried.after.rules[key].title} cannot be on {long_date(on)}. {limit.sentence} It "
                f"would be on {long_date(now.due_on)} then."
            )
    return found


def _not_taken(session: Session, actor: Actor, meeting: Meeting, body: Body, on: date) -> None:
    """Raises Blocked when the body meets on that day already, and says what that meeting is kept
    for where it is the second one that the law asks for."""
    taken = session.scalar(
        select(Meeting.id).where(
            Meeting.body_id == body.id,
            Meeting.on_date == on,
            Meeting.status != "cancelled",
            Meeting.id != meeting.id,
        )
    )
    if taken is None:
        return
    reasons = [f"{body.name} meets on that day already. Try another day."]
    for year in impact.years_of(session, (meeting.on_date, on)):
        known = access.known_plans(session, actor, year.id)
        reasons += _kept_for(session, year, known, (body.name, on))
    raise Blocked(reasons)


def _kept_for(
    session: Session, year: PlanningYear, known: KnownPlans, meeting: tuple[str, date]
) -> Iterator[str]:
    """The second meetings that the law may ask for and that are planned for this one."""
    found = timetable.forecast(session, year, known)
    hidden = timetable.hidden_rules(found.rules, known)
    _, limits = applicable.rules_of(session, year, applicable.model_of(session, year))
    for limit in limits:
        for key in map(second_meeting, limit.steps):
            kept = found.dated.get(key)
            at = [(each.title, each.on) for each in kept.meetings] if kept else []
            if key not in hidden and limit.kind == "second_meeting" and meeting in at:
                yield f"That meeting is kept for “{found.rules[key].title}”. {limit.sentence}"
