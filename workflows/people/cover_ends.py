"""Appointments end, and cover with them at the latest; whom it concerned is told.

The rules that live here: an appointment that would end before it began leaves no row, but who
administered stays known (SR-80); cover does not outlast the time of the person covered in that
post, in whatever way that ended; it is cut by the act that ended it. That it gives no right then,
is said in ``people.COVER``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import clock
from cycle.errors import Blocked
from cycle.models import Appointment, Cover, Person, Post
from cycle.people import Actor
from workflows.core.audit import Act
from workflows.people import account_mail, administrators, sessions
from workflows.people.account_mail import News
from workflows.people.coverage import release_claims, release_strays

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Ended:
    """Cover that was ended: the row as it was, and the first day on which it no longer holds."""

    was: Cover
    until: date


_OUTLASTING = text("""
SELECT cover.id, greatest(held.until, CAST(:today AS date)) AS until
FROM cover LEFT JOIN LATERAL (
  SELECT max(coalesce(upper(appointment.during), 'infinity')) AS until FROM appointment
  WHERE appointment.post_id = cover.post_id AND appointment.person_id = cover.for_person_id
    AND appointment.during && cover.during) AS held ON true
WHERE coalesce(upper(cover.during), 'infinity') > greatest(held.until, CAST(:today AS date))
ORDER BY cover.id
""")


def cut_to_appointments(session: Session) -> list[Ended]:
    """End all cover that outlasts the time in the post that it covers."""
    session.flush()
    rows = session.execute(_OUTLASTING, {"today": clock.today()}).all()
    return [end(session, session.get_one(Cover, row.id), row.until) for row in rows]


def end(session: Session, row: Cover, until: date) -> Ended:
    """Let cover end; what would end before it began has never been. Tasks that who covered had
    taken go back to the queue."""
    was = Cover(
        id=row.id, post_id=row.post_id, for_person_id=row.for_person_id, person_id=row.person_id,
        during=row.during, reason=row.reason,
    )  # fmt: skip
    if row.during.lower is not None and row.during.lower >= until:
        session.execute(delete(Cover).where(Cover.id == row.id))
        session.expunge(row)
    else:
        row.during = Range(row.during.lower, until)
    session.flush()
    if until <= clock.today():
        release_strays(session)
    return Ended(was, until)


def news(session: Session, ended: Sequence[Ended]) -> list[News]:
    """What each cover that ends means to whoever was covered and to who covered.

    Nobody is told whose name was removed.
    """
    found = []
    for each in ended:
        last = each.until - ONE_DAY
        away = session.get_one(Person, each.was.for_person_id)
        acting = session.get_one(Person, each.was.person_id)
        words = {
            "post": session.get_one(Post, each.was.post_id).title,
            "acting": acting.name,
            "away": away.name,
            "until": "any more" if each.until <= clock.today() else f"after {long_date(last)}",
        }
        pairs = ((away, "post_uncovered"), (acting, "cover_ended"))
        found += [News(who.id, change, words) for who, change in pairs if who.salt is not None]
    return found


def tell(session: Session, event: int, actor: Actor, ended: Sequence[Ended]) -> None:
    """Mail it to them. ``event`` is the number of the act on the council's record."""
    for each in news(session, ended):
        account_mail.notify(session, event, actor, each.person_id, each.change, each.words)


def end_held(session: Session, row: Appointment, until: date) -> list[Ended]:
    """End an appointment; gives the cover that ends with it: for the holder at this post, and by
    the holder anywhere once no post of theirs goes on."""
    if row.during.upper is not None and row.during.upper <= until:
        raise Blocked(f"The last day is {long_date(row.during.upper - ONE_DAY)} already.")
    post = session.get_one(Post, row.post_id)
    cut(session, row, until)
    ended = cut_to_appointments(session)
    if not _stays(session, row.person_id, until):
        mine = select(Cover).where(Cover.person_id == row.person_id).order_by(Cover.id)
        for cover in session.scalars(mine).all():
            if cover.during.upper is None or cover.during.upper > until:
                ended.append(end(session, cover, until))
    if until <= clock.today():
        release_claims(session, row.person_id, post.queue_id)
        sessions.end_all(session, session.get_one(Person, row.person_id))
    session.flush()
    return ended


def say(act: Act, ended: Sequence[Ended]) -> None:
    """Say in the act which cover it ended."""
    if ended:
        act.details["covers"] = [each.was.id for each in ended]


def _stays(session: Session, person_id: int, until: date) -> bool:
    """Whether a post of this person goes on after that day."""
    rows = session.scalars(select(Appointment).where(Appointment.person_id == person_id)).all()
    return any(each.during.upper is None or each.during.upper > until for each in rows)


def cut(session: Session, row: Appointment, until: date) -> None:
    """Let it end; what would end before it began leaves no row, but who administered is known."""
    if row.during.lower is not None and row.during.lower >= until:
        administrators.remember(session)
        session.execute(delete(Appointment).where(Appointment.id == row.id))
        session.expunge(row)
    else:
        row.during = Range(row.during.lower, until)
    session.flush()
