"""Comments beside the sections of a plan: made on a version of the text, and kept for ever.

The rules that live here: a comment is sealed with the version that it is about, and an answer with
that of the comment; comments of a return come with it (``effects.add_remarks``). A comment is open
until whoever wrote it, or whoever may change its section, marks it as dealt with (fault P5).
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import access, clock
from cycle.errors import Blocked, NotFound
from cycle.models import CommentMark, Plan, SectionComment
from cycle.people import Actor
from cycle.seen import NO_PAGE, Seen
from workflows.core import audit, engine
from workflows.core.attempt import Remarked
from workflows.core.audit import Act
from workflows.core.internal_acts import internal_act
from workflows.plans import plans, versions
from workflows.plans.plans import SectionText, template_section


@internal_act("plan", "comment")
def comment(
    session: Session,
    actor: Actor,
    plan_id: int,
    remarks: Sequence[Remarked],
    seen_version: Seen = NO_PAGE,
) -> Plan:
    """Comment beside sections or suggest changes without editing; seals what was commented on.

    Raises NotPermitted for those who read the plan only to check the record.
    """
    plan = access.changeable(session, actor, Plan, plan_id, seen_version)
    capacity = engine.capacity_for(session, plan, actor, "comment")
    written = [each for each in remarks if each.body.strip() or each.suggestion.strip()]
    if not written:
        raise Blocked("Write your comment first.")
    for each in written:
        template_section(plan, each.section_key)
    what = Act("comment", details={"sections": sorted({each.section_key for each in written})})
    version_id = versions.seal(session, plan, what, clock.now())
    rows = [
        {
            "plan_id": plan_id,
            "version_id": version_id,
            "section_key": each.section_key,
            "person_id": actor.person_id,
            "body": each.body.strip(),
            "suggestion": each.suggestion.strip(),
            "answers_id": None,
            "at": clock.now(),
        }
        for each in written
    ]
    audit.seal_many(session, what, SectionComment, rows)
    engine.record(session, plan, actor, what, capacity)
    return plan


@internal_act("plan", "comment")
def answer_comment(
    session: Session, actor: Actor, plan_id: int, comment_id: int, body: str
) -> SectionComment:
    """Answer a comment. Raises as ``comment``, and NotFound for none of this plan."""
    plan = access.changeable(session, actor, Plan, plan_id, NO_PAGE)
    capacity = engine.capacity_for(session, plan, actor, "comment")
    asked = _of_plan(session, plan, comment_id)
    if not body.strip():
        raise Blocked("Write your answer first.")
    details = {"sections": [asked.section_key], "answers": asked.id}
    what = Act("comment", details=details)
    row = {
        "plan_id": plan_id,
        "version_id": asked.version_id,
        "section_key": asked.section_key,
        "person_id": actor.person_id,
        "body": body.strip(),
        "suggestion": "",
        "answers_id": asked.id,
        "at": clock.now(),
    }
    audit.seal_many(session, what, SectionComment, [row])
    engine.record(session, plan, actor, what, capacity)
    return asked


@internal_act("plan", "settle_comment")
def settle(
    session: Session,
    actor: Actor,
    plan_id: int,
    comment_id: int,
    *,
    settled: bool,
    text: SectionText | None = None,
) -> SectionComment:
    """Mark a comment as dealt with, or (not ``settled``) open it again.

    ``text`` is what was written in the comment's section and is saved first, as in
    ``plans.write_section``. Raises NotPermitted to those who neither wrote the comment nor may
    change its section now, Blocked where it is so already.
    """
    plan = access.changeable(session, actor, Plan, plan_id, NO_PAGE)
    capacity = engine.capacity_for(session, plan, actor, "settle_comment")
    asked = _of_plan(session, plan, comment_id)
    if asked.person_id != actor.person_id:
        plans.require_writer(session, plan, actor, asked.section_key, knows=True)
    if text is not None:
        plans.save_first(session, actor, plan_id, asked.section_key, text)
    if is_settled(session, asked.id) == settled:
        raise Blocked(
            "This comment is marked as dealt with already." if settled else "This comment is open."
        )
    details = {"section": asked.section_key, "comment": asked.id, "settled": settled}
    what = Act("settle_comment", details=details)
    audit.seal(
        session,
        what,
        CommentMark,
        remark_id=asked.id,
        settled=settled,
        person_id=actor.person_id,
        at=clock.now(),
    )
    engine.record(session, plan, actor, what, capacity)
    return asked


def is_settled(session: Session, comment_id: int) -> bool:
    """Whether a comment is marked as dealt with: its last mark says."""
    return bool(
        session.scalar(
            select(CommentMark.settled)
            .where(CommentMark.remark_id == comment_id)
            .order_by(CommentMark.id.desc())
            .limit(1)
        )
    )


def _of_plan(session: Session, plan: Plan, comment_id: int) -> SectionComment:
    """A comment on this plan that is no answer. Raises NotFound."""
    found = session.get(SectionComment, comment_id)
    if found is None or found.plan_id != plan.id or found.answers_id is not None:
        raise NotFound(access.GONE)
    return found
