"""What administrators may do by themselves (SR-80): the posts that need a second one, and the last.

The rules that live here: a post that decides, signs, comments, records, reads every text, has any
permission or was asked for a part of a plan is given, or covered by an administrator's hand, only
when a second administrator agrees; until a second one has signed in the first acts alone, and once
the others are gone whoever is left alone may appoint an administrator and nothing else; on every
day somebody is left to administer.
"""

from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import permissions
from config.dates import long_date
from config.framework import Framework
from cycle import clock, people
from cycle.errors import Blocked
from cycle.models import Queue
from workflows.framework import post_permissions

MANAGES = permissions.MANAGE_PEOPLE
# What lets somebody look and changes nothing.
LOOKING = frozenset({permissions.CHECK_RECORD, permissions.READ_EVERY_TEXT})
# What decides nothing and opens no text by itself.
PLAIN = frozenset({permissions.CONTRIBUTE, permissions.SIT_AS_MEMBER})
ALONE = {"alone": True}


class Status(Enum):
    """How many administrators there are to agree with each other."""

    ALONE = "alone"  # no second one has ever signed in
    LEFT = "left"  # there were others, and none is there today
    SEVERAL = "several"


def administering(framework: Framework | None) -> frozenset[str]:
    """The roles that look after people and their posts."""
    return frozenset(permissions.roles_with(framework, MANAGES) if framework else ())


def acting(framework: Framework) -> frozenset[str]:
    """The roles that take part in plans, reports, years or dates: act, sign, comment or record.

    Read from the framework: transitions, the roles behind plan roles, comments, secretaries and
    reports on progress.
    """
    names = {
        role
        for lifecycle in framework.lifecycles.values()
        for transition in lifecycle.transitions
        for role in transition.roles
    }
    names |= {role for kind in framework.plan_types.values() for role in kind.plan_roles.values()}
    names |= {role for kind in framework.comments.values() for role in kind.roles}
    names |= {body.secretary for body in framework.bodies.values()}
    names |= {each.role for each in framework.reporting.values()}
    types = framework.plan_types or ("",)
    found = {role for name in names for key in types for role in framework.roles_of(name, key)}
    return frozenset(found & set(framework.roles))


def guarded(framework: Framework | None) -> frozenset[str]:
    """The roles that nobody gives, or covers by an administrator's hand, without a second one."""
    if framework is None:
        return frozenset()
    permitted = {role.key for role in framework.roles.values() if set(role.permissions) - PLAIN}
    return acting(framework) | permitted


def auditing(framework: Framework | None) -> frozenset[str]:
    """The roles that check the record and take part in nothing that stands on it."""
    if framework is None:
        return frozenset()
    return frozenset(
        role.key
        for role in framework.roles.values()
        if permissions.CHECK_RECORD in role.permissions and not set(role.permissions) - LOOKING
    ) - acting(framework)


_ASKED = text("SELECT EXISTS (SELECT 1 FROM contribution WHERE queue_id = :queue)")


def needs_two(session: Session, queue_id: int) -> bool:
    """Whether a post of this queue is given, or covered by an administrator's hand, by two only.

    Its role is ``guarded``, or the queue was asked for a part of a plan: whoever serves it then
    reads, writes and comments on that plan.
    """
    role = session.get_one(Queue, queue_id).role
    if role in guarded(post_permissions.framework(session)):
        return True
    return asked(session, queue_id)


def asked(session: Session, queue_id: int) -> bool:
    """Whether this queue was ever asked for a part of a plan, which it then may read for good."""
    return bool(session.scalar(_ASKED, {"queue": queue_id}))


_COMES_BACK = text(f"""
SELECT DISTINCT post.id AS post_id, post.title, post.queue_id, queue.role,
       EXISTS (SELECT 1 FROM contribution WHERE queue_id = queue.id) AS asked
FROM {people.POSTHOLDERS} AS postholder
JOIN post ON post.id = postholder.post_id JOIN queue ON queue.id = post.queue_id
WHERE postholder.person_id = :person
  AND (upper_inf(postholder.during) OR upper(postholder.during) > CAST(:today AS date))
  AND (post.until_on IS NULL OR post.until_on > CAST(:today AS date))
ORDER BY post.id
""")  # noqa: S608  # a constant; values are bound


def comes_back(session: Session, person_id: int) -> list[Any]:
    """The posts that a closed account has with it, held or covered, now or later.

    Rows of post_id, title, queue_id, role, and whether the queue was ``asked``.
    """
    return list(session.execute(_COMES_BACK, {"person": person_id, "today": clock.today()}))


_HOW_MANY = text("""
SELECT count(*) AS ever, count(*) FILTER (WHERE there) AS now
FROM (
  SELECT person.id,
         coalesce(bool_or(person.active AND held.during @> CAST(:today AS date)
           AND (post.until_on IS NULL OR post.until_on > CAST(:today AS date))), false) AS there
  FROM person
  LEFT JOIN (appointment AS held JOIN post ON post.id = held.post_id
             JOIN queue ON queue.id = post.queue_id AND queue.role = ANY(:roles))
    ON held.person_id = person.id
   AND (lower_inf(held.during) OR lower(held.during) <= CAST(:today AS date))
  WHERE person.first_signed_in_at IS NOT NULL
    AND (person.was_administrator OR held.id IS NOT NULL)
  GROUP BY person.id) AS administrator
""")


def status(session: Session) -> Status:
    """Whether there is one administrator, one who is left, or several who can agree.

    Counted are people who hold, or ever held, such a post and have signed in. Who covers for one of
    them is nobody more, and takes nobody away: a second one on leave is still the second.
    """
    roles = list(administering(post_permissions.framework(session)))
    row = session.execute(_HOW_MANY, {"today": clock.today(), "roles": roles}).one()
    if row.now > 1:
        return Status.SEVERAL
    return Status.LEFT if row.ever > 1 else Status.ALONE


_REMEMBER = text("""
UPDATE person SET was_administrator = true
FROM appointment JOIN post ON post.id = appointment.post_id JOIN queue ON queue.id = post.queue_id
WHERE appointment.person_id = person.id AND queue.role = ANY(:roles)
  AND NOT person.was_administrator
  AND (lower_inf(appointment.during) OR lower(appointment.during) <= CAST(:today AS date))
""")


def remember(session: Session) -> None:
    """Keep for good who has had an administrator's post, before the row of one is deleted.

    A post that ends on the day on which it began leaves no row behind (SR-80).
    """
    session.flush()
    roles = list(administering(post_permissions.framework(session)))
    session.execute(_REMEMBER, {"today": clock.today(), "roles": roles})


_BARE = text("""
WITH held AS (
  SELECT appointment.during * daterange(post.from_on, post.until_on) AS during, person.active,
         person.first_signed_in_at IS NOT NULL AS signed_in
  FROM appointment JOIN post ON post.id = appointment.post_id JOIN queue ON queue.id = post.queue_id
  JOIN person ON person.id = appointment.person_id
  WHERE queue.role = ANY(:roles)),
days AS (
  SELECT CAST(:today AS date) AS day
  UNION
  SELECT upper(during) FROM held WHERE upper(during) > CAST(:today AS date))
SELECT EXISTS (SELECT 1 FROM held) AS known,
  min(day) FILTER (WHERE NOT EXISTS (
    SELECT 1 FROM held WHERE active AND during @> day)) AS bare_on,
  min(day) FILTER (WHERE EXISTS (SELECT 1 FROM held WHERE signed_in) AND NOT EXISTS (
    SELECT 1 FROM held WHERE active AND signed_in AND during @> day)) AS unable_on
FROM days
""")


def still_administered(session: Session) -> None:
    """Raises Blocked when on some day, today or later, nobody could administer people any more.

    Once an administrator has signed in, one who has signed in must be left: an account that nobody
    has ever used helps nobody. A council that never had an administrator is not asked.
    """
    roles = list(administering(post_permissions.framework(session)))
    row = session.execute(_BARE, {"roles": roles, "today": clock.today()}).one()
    if row.known and row.bare_on is not None:
        raise Blocked(
            f"{_from(row.bare_on)} nobody would be left to look after people and posts. Give "
            "somebody else an administrator's post from that day first."
        )
    if row.unable_on is not None:
        raise Blocked(
            f"{_from(row.unable_on)} no administrator would be left who has ever signed in. Let "
            "the other one sign in first."
        )


def _from(day: date) -> str:
    return "From today" if day == clock.today() else f"From {long_date(day)}"
