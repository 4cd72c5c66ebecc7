"""Who asks: the person of a living session, with what today's posts let them do and know.

The rule that lives here: a session is found by the SHA-256 of its token; it lives while it is used,
not beyond its longest span, and only with the person's present epoch (INV-52). It is asked at each
request, so that it takes one statement for session, person, posts and the council that frames every
page, and a second for the exempt papers of which the person may know, where there are any. What a
form that is sent asks before anything else comes with it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from cycle import access, clock, people
from cycle.models import SignInSession
from cycle.people import Actor
from workflows.core.idempotency import First, Form
from workflows.framework import pinned, post_permissions
from workflows.people import access_log, sessions

_OF_SESSION = "(SELECT person_id FROM sign_in_session WHERE token_sha256 = :token)"
_VISITOR = f"""
SELECT visitor.*, living.started_at, living.seen_at, council_subject.title AS council,
       framework_version.id AS framework_id, framework_version.sha256 AS framework_sha256,
       EXISTS (SELECT 1 FROM subject WHERE {access.EXEMPT}) AS some_exempt {{also}}
FROM ({people.actor_of(_OF_SESSION)}) AS visitor
JOIN sign_in_session AS living ON living.token_sha256 = :token
JOIN person ON person.id = visitor.id AND person.epoch = living.epoch
LEFT JOIN council ON true
LEFT JOIN subject AS council_subject ON council_subject.id = council.id
LEFT JOIN framework_version ON framework_version.id = council_subject.framework_version_id
"""  # noqa: S608  # constants only; values are bound
_READING = text(_VISITOR.format(also=""))
# What a form that is sent asks first: what it gave when it was sent before, and where the plan in
# its address stands, open or not, of which nothing is told before that is known.
_FIRST = "sha256 payload location message"
_PLAN = "id version lifecycle state type framework_sha256"
_ALSO = """,
  first.payload_sha256 AS first_sha256, first.payload AS first_payload,
  first.location AS first_location, first.message AS first_message, named.id AS plan_id,
  named.version AS plan_version, named.lifecycle AS plan_lifecycle, named.state AS plan_state,
  named.framework_version_id AS plan_edition,
  (SELECT plan_type FROM plan WHERE plan.id = named.id) AS plan_type,
  (SELECT sha256 FROM framework_version WHERE framework_version.id = named.framework_version_id)
    AS plan_framework_sha256
"""
_SENDING = text(f"""{_VISITOR.format(also=_ALSO)}
LEFT JOIN request_key AS first
  ON first.person_id = visitor.id AND first.route = :route AND first.key = :key
LEFT JOIN subject AS named ON named.ref = :ref AND named.kind = 'plan'
""")


@dataclass(frozen=True)
class Sending:
    """What a request says that is to change something: its form, and the reference of the plan in
    its address, if there is one."""

    form: Form
    ref: str


@dataclass(frozen=True)
class PlanInAddress:
    """Where a plan stands; read before it is known whether it is open to who asks."""

    id: int
    version: int
    lifecycle: str
    state: str
    plan_type: str
    framework_sha256: str


@dataclass(frozen=True)
class Visitor:
    """A person who is signed in: their permissions, the exempt papers of which they may know, and
    what the council is called (empty before one is loaded). Of a form that is sent: what it gave
    when it was sent before, and the plan in its address."""

    actor: Actor
    permissions: frozenset[str]
    papers: tuple[access_log.Paper, ...]
    council: str
    first: First | None = None
    plan: PlanInAddress | None = None


def of_token(
    session: Session,
    token: str,
    idle_minutes: float = 30,
    absolute_hours: float = 12,
    sending: Sending | None = None,
) -> Visitor | None:
    """Whose living session this token is, or None; that it was used is remembered (SR-17)."""
    digest = sessions.digest_of(token)
    if digest is None:
        return None
    asked = {"token": digest, "today": clock.today()}
    if sending is None:
        rows = session.execute(_READING, asked).all()
    else:
        form = {"route": sending.form.route, "key": sending.form.key, "ref": sending.ref}
        rows = session.execute(_SENDING, asked | form).all()
    if not rows:
        return None
    first, now, idle = rows[0], clock.now(), timedelta(minutes=idle_minutes)
    if now - first.seen_at > idle or now - first.started_at > timedelta(hours=absolute_hours):
        return None
    # Not at each request: a write for each picture of a page would be waste.
    if now - first.seen_at > min(idle / 20, timedelta(seconds=60)):
        _note_use(session, digest, now)
    actor = people.actor_from(rows)
    may: frozenset[str] = frozenset()
    if first.framework_id is not None:
        framework = pinned.of_row(session, first.framework_id, first.framework_sha256)
        may = post_permissions.given(framework, actor)
    papers = access_log.papers_open_to(session, actor) if first.some_exempt else ()
    if sending is None:
        return Visitor(actor, may, papers, first.council or "")
    before = None if first.first_sha256 is None else First(*_named(first, "first_", _FIRST))
    plan = None
    if first.plan_id is not None:
        pinned.of_row(session, first.plan_edition, first.plan_framework_sha256)
        plan = PlanInAddress(*_named(first, "plan_", _PLAN))
    return Visitor(actor, may, papers, first.council or "", before, plan)


def _named(row: Any, prefix: str, names: str) -> list[Any]:
    return [getattr(row, prefix + name) for name in names.split()]


def _note_use(session: Session, digest: str, now: datetime) -> None:
    session.execute(
        update(SignInSession).where(SignInSession.token_sha256 == digest).values(seen_at=now)
    )
