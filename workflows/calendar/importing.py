"""A municipal calendar becomes meetings, after a look at it, in one act.

The rules that live here: what the file says for certain is added with one button; what has to be
guessed (a move, a time, a cancellation) only where the clerk ticks it. Everything is judged again
before it is done, and each move and cancellation is a fact of its own on the record.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.rhythm import Meeting as Published
from cycle.errors import Blocked, OutOfDate
from cycle.models import Meeting
from cycle.people import Actor
from workflows.calendar import published_meetings
from workflows.calendar.import_preview import CHANGED, Preview, Shown, preview_again
from workflows.calendar.judging import KNOWN, Line
from workflows.meetings import meetings
from workflows.reports import papers_follow

WHY = "The published calendar of meetings."
NOTHING = "There is nothing to import: every meeting of the file is known, or nothing is ticked."


@dataclass(frozen=True)
class Agreed:
    """What was ticked, by the keys of lines: meetings that move, that are extra ones, that are at
    the usual time, that are cancelled."""

    moves: Collection[str] = ()
    extra: Collection[str] = ()
    usual: Collection[str] = ()
    cancels: Collection[str] = ()

    @property
    def keys(self) -> set[str]:
        """Everything that was ticked."""
        return {*self.moves, *self.extra, *self.usual, *self.cancels}


@dataclass(frozen=True)
class Imported:
    """How many meetings were added, moved and cancelled."""

    added: int
    moved: int
    cancelled: int


def import_meetings(
    session: Session, actor: Actor, shown: Sequence[Shown], agreed: Agreed
) -> Imported:
    """Add what is new and do what was ticked; everything is judged again first.

    Raises OutOfDate when the calendar is not the one that the person saw, Blocked when two ticks
    contradict each other or there is nothing to do.
    """
    # Reports follow the meetings of their bodies, so all that are open are locked in order.
    meetings.locked(session, actor, papers_follow.open_reports(session))
    page = preview_again(session, actor, shown)
    _check_unchanged(page, shown, agreed)
    _check_ticks(page, agreed)
    _change(session, actor, page, agreed)
    added = [
        *page.added,
        *(line for line in page.untimed if line.key in agreed.usual),
        *(line for line in page.moved if line.key in agreed.extra),
    ]
    made = published_meetings.import_meetings(session, actor, [_published(each) for each in added])
    done = Imported(len(made), len(agreed.moves), len(agreed.cancels))
    if done == Imported(0, 0, 0):
        raise Blocked(NOTHING)
    return done


def _change(session: Session, actor: Actor, page: Preview, agreed: Agreed) -> None:
    """Move and cancel what was ticked; reports follow once, with the last of these acts."""
    moves = [line for line in page.moved if line.key in agreed.moves]
    cancels = [line for line in page.cancelled if line.key in agreed.cancels]
    lines = [line for line in (*moves, *cancels) if line.was]
    ids = [line.was.id for line in lines if line.was]
    bodies = session.scalars(select(Meeting.body_id).where(Meeting.id.in_(ids)).distinct()).all()
    for nr, (line, meeting_id) in enumerate(zip(lines, ids, strict=True), 1):
        follows = None if len(lines) == 1 else bodies if nr == len(lines) else ()
        if line in cancels:
            meetings.cancel_one(session, actor, meeting_id, WHY, follows=follows)
        elif line.on and line.starts:
            meetings.move_one(
                session, actor, meeting_id, line.on, line.starts, WHY, follows=follows
            )


def _check_unchanged(page: Preview, shown: Sequence[Shown], agreed: Agreed) -> None:
    """Raises OutOfDate where a line is not what the page showed; one that somebody else has added
    meanwhile is known, which harms nobody."""
    pairs = zip(page.lines, shown, strict=True)
    changed = any(
        line.verdict not in (before.verdict, KNOWN)
        or (line.verdict != before.verdict and line.key in agreed.keys)
        for line, before in pairs
    )
    offered = Agreed(
        moves={line.key for line in page.moved},
        extra={line.key for line in page.moved if line.was and line.was.on != line.on},
        usual={line.key for line in page.untimed},
        cancels={line.key for line in page.cancelled},
    )
    ticked = (
        (agreed.moves, offered.moves),
        (agreed.extra, offered.extra),
        (agreed.usual, offered.usual),
        (agreed.cancels, offered.cancels),
    )
    if changed or not all(set(given) <= set(possible) for given, possible in ticked):
        raise OutOfDate(CHANGED)


def _check_ticks(page: Preview, agreed: Agreed) -> None:
    if set(agreed.moves) & set(agreed.extra):
        raise Blocked("A meeting either moves or is an extra one. Tick one of the two.")
    used = [line.was.id for line in page.moved if line.was and line.key in agreed.moves]
    used += [line.was.id for line in page.cancelled if line.was and line.key in agreed.cancels]
    if len(set(used)) < len(used):
        raise Blocked("One meeting is ticked twice. Tick what becomes of it once.")


def _published(line: Line) -> Published:
    body, on, starts = line.named.body, line.on, line.starts
    assert body is not None  # noqa: S101
    assert on is not None  # noqa: S101
    assert starts is not None  # noqa: S101
    return Published(body, on, starts, line.named.kind)
