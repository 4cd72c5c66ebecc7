"""Administrators whom one alone appointed: told to whoever checks the record, and said afterwards.

The rules that live here: such an appointment is told at once to everybody who checks the record;
what the two then agree with each other says so on the record (SR-80).
"""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import permissions
from cycle import people
from cycle.models import Person, Post, Queue
from cycle.people import Actor
from workflows.core.audit import Act
from workflows.framework import post_permissions
from workflows.people import account_mail, administrators

APPOINTED_ALONE = "appointed_alone"

# Who appointed whom alone, or with somebody whom they had appointed so: one of the two, and the new
# one. Whoever hangs together by that is no second person to the others.
_APPOINTED = text("""
WITH RECURSIVE appointed AS (
  SELECT event.person_id AS did, CAST(act.details ->> 'proposed_by' AS int) AS proposed,
         CAST(act.details ->> 'person' AS int) AS appointed
  FROM event
  CROSS JOIN LATERAL (SELECT CAST(event.payload AS jsonb) -> 'details' AS details) AS act
  LEFT JOIN post ON post.key = act.details ->> 'post'
  LEFT JOIN queue ON queue.id = post.queue_id
  WHERE event.action IN ('hold_post', 'change_role', 'reactivate')
    AND 'true' IN (act.details ->> 'alone', act.details ->> 'appointed_alone')
    AND (queue.role = ANY(:roles) OR event.action = 'reactivate')),
pairs AS (
  SELECT did AS one, appointed AS other FROM appointed
  UNION SELECT proposed, appointed FROM appointed WHERE proposed IS NOT NULL
  UNION SELECT appointed, did FROM appointed
  UNION SELECT appointed, proposed FROM appointed WHERE proposed IS NOT NULL),
together AS (
  SELECT CAST(:one AS int) AS person
  UNION SELECT pairs.other FROM pairs JOIN together ON pairs.one = together.person)
SELECT EXISTS (SELECT 1 FROM together WHERE person = :other)
""")


def by_the_other(session: Session, one: int, other: int) -> bool:
    """Whether one of two administrators appointed the other, or opened their account, alone; or
    with others whom one of them had appointed so."""
    roles = list(administrators.administering(post_permissions.framework(session)))
    given = {"one": one, "other": other, "roles": roles}
    return bool(session.scalar(_APPOINTED, given))


def tell(session: Session, event: int, actor: Actor, act: Act, post_id: int) -> None:
    """Tell whoever checks the record of an administrator's post that one alone gave."""
    framework = post_permissions.framework(session)
    post = session.get_one(Post, post_id)
    role = session.get_one(Queue, post.queue_id).role
    if "alone" not in act.details or role not in administrators.administering(framework):
        return
    name = session.get_one(Person, act.details["person"]).name
    checking = permissions.roles_with(framework, permissions.CHECK_RECORD) if framework else ()
    queues = session.scalars(select(Queue.id).where(Queue.role.in_(checking))).all()
    words = {"name": name, "post": post.title}
    for whom in dict.fromkeys(row.person_id for row in people.holders(session, queues)):
        account_mail.notify(session, event, actor, whom, APPOINTED_ALONE, words)
