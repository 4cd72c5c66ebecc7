"""What pages show of changed dates: what follows from a fact or a meeting on another day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import Blocked, NotFound
from cycle.models import Body, Meeting
from cycle.people import Actor
from cycle.schedule.diff import Difference, LessTime
from workflows.framework import meeting_law, post_permissions
from workflows.timetable import impact


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
class WhatIfPage:
    """A meeting, a day to try, and what would follow in each year."""

    meeting: Meeting
    body: Body
    on: date | None
    years: list[tuple[str, str, Follows]]
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


def what_if_page(session: Session, actor: Actor, meeting_id: int, on: date | None) -> WhatIfPage:
    """What would follow if a meeting were on another day. Raises NotFound, Blocked when the body
    meets on that day already."""
    if not access.is_officer(actor):
        raise NotFound(access.GONE)
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.status == "cancelled":
        raise NotFound(access.GONE)
    body = session.get_one(Body, meeting.body_id)
    years: list[tuple[str, str, Follows]] = []
    warnings: list[str] = []
    if on is not None:
        framework = post_permissions.framework(session)
        if framework is not None:
            warnings = meeting_law.warnings(session, framework, body, on, meeting.kind)
        taken = session.scalar(
            select(Meeting.id).where(
                Meeting.body_id == body.id,
                Meeting.on_date == on,
                Meeting.status != "cancelled",
                Meeting.id != meeting.id,
            )
        )
        if taken is not None:
            raise Blocked(f"{body.name} meets on that day already. Try another day.")
        for year in impact.years_of(session, (meeting.on_date, on)):
            known = access.known_plans(session, actor, year.id)
            follows = follows_from(impact.follow(session, year, known, {meeting.id: on}))
            years.append((year.ref, year.title, follows))
    return WhatIfPage(meeting, body, on, years, warnings)
