"""What people do with a plan: write, ask, submit, return, pass on, take back, withdraw, correct.

Each verb locks the plan first. Writing the working copy is not an act on the record; everything
else goes through the engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from config.framework import SectionTemplate
from config.lifecycles.phases import Phase
from cycle import access, clock
from cycle.errors import BadInput, Blocked, NotFound, NotPermitted, OutOfDate
from cycle.models import Contribution, Editor, Item, Plan, Section
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, Seen, current
from workflows.core import allowed, engine, taking
from workflows.core.attempt import Evidence
from workflows.core.audit import Act
from workflows.core.internal_acts import internal_act
from workflows.framework import pinned
from workflows.plans import asking, carry_over, entries
from workflows.reports import report_requests

LONGEST_SECTION = 60_000
# How a request for a section is answered.
GIVEN, DECLINED, WITHDRAWN = "given", "declined", "withdrawn"
ENTRY_CHANGED = "Someone changed this entry after you opened it. Look at it again."


@taking.begins_at_plan
def act(
    session: Session,
    actor: Actor,
    plan_id: int,
    action: str,
    evidence: Evidence | None = None,
    seen_version: Seen = NO_PAGE,
    *,
    after: Capacity | None = None,
) -> Plan:
    """Walk one action of the plan's lifecycle. ``after`` and what is raised as in
    ``engine.perform``."""
    evidence = evidence or Evidence()
    plan, loaded = taking.plan_for(session, actor, plan_id, action, evidence, seen_version)
    for each in evidence.remarks:
        template_section(plan, each.section_key)
    capacity = engine.perform(session, plan, action, actor, evidence, after=after, loaded=loaded)
    if action in ("withdraw", "take_back"):
        report_requests.cancel_for(session, actor, [(plan, capacity)], evidence.reason)
    elif plan.phase == Phase.BEFORE_BODIES:
        report_requests.request_open(session, actor, capacity, plan)
    return plan


def template_section(plan: Plan, key: str) -> SectionTemplate:
    """The template of one section of a plan. Raises NotFound."""
    framework = pinned.of(plan)
    template = framework.templates[framework.plan_types[plan.plan_type].template]
    for section in template.sections:
        if section.key == key:
            return section
    raise NotFound(access.GONE)


@dataclass(frozen=True)
class SectionText:
    """What somebody has written in a text section: the words, the section's version that the page
    showed, and whether a reviewer knows that she can then not pass the plan on."""

    body: str
    seen_version: Seen
    knows_four_eyes: bool = False


def write_section(
    session: Session,
    actor: Actor,
    plan_id: int,
    section_key: str,
    body: str,
    seen_version: Seen,
    *,
    knows_four_eyes: bool = False,
) -> Section:
    """Save the working copy of a text section.

    ``seen_version`` is the section's own. Raises NotPermitted when the plan is not with a post that
    may write, OutOfDate when someone else saved in between, Blocked when a reviewer has not yet
    said that she knows that she can then not pass the plan on.
    """
    plan = access.changeable(session, actor, Plan, plan_id, NO_PAGE)
    require_writer(session, plan, actor, section_key, knows_four_eyes)
    if len(body) > LONGEST_SECTION:
        raise BadInput(
            f"This section can hold {LONGEST_SECTION:,} characters. Shorten it a little."
        )
    section = session.scalars(
        select(Section).where(Section.plan_id == plan_id, Section.key == section_key)
    ).first()
    if section is None or section.kind != "text":
        raise NotFound(access.GONE)
    if not current(section.version, seen_version):
        raise OutOfDate(
            "Someone saved this section after you opened it. Both texts are shown below."
        )
    if section.body == body:
        return section
    section.body = body
    section.version += 1
    section.saved_at = clock.now()
    section.saved_by_id = actor.person_id
    remember_editor(session, plan_id, actor, section_key)
    return section


def save_first(
    session: Session, actor: Actor, plan_id: int, section_key: str, text: SectionText
) -> None:
    """Save what was written in a section before an act beside it is done, in its unit of work: no
    act loses what was typed since the last save (fault L1). Raises as ``write_section``."""
    knows = text.knows_four_eyes
    write_section(
        session, actor, plan_id, section_key, text.body, text.seen_version, knows_four_eyes=knows
    )


def write_item(
    session: Session,
    actor: Actor,
    plan_id: int,
    section_key: str,
    item_type: str,
    given: Mapping[str, Any],
    *,
    uid: str | None = None,
    parent_uid: str | None = None,
    seen_version: Seen = NO_PAGE,
    knows_four_eyes: bool = False,
) -> Item:
    """Add a typed row to an items section, or change it (``uid``).

    Raises Blocked with a sentence per field that is missing or cannot be, and for a row that
    belongs to another plan (it is changed there).
    """
    plan = access.changeable(session, actor, Plan, plan_id, NO_PAGE)
    require_writer(session, plan, actor, section_key, knows_four_eyes)
    section = template_section(plan, section_key)
    framework = pinned.of(plan)
    if section.kind != "items" or item_type not in section.item_types:
        raise NotFound(access.GONE)
    fields = entries.fields(framework.item_types[item_type], given)
    entries.check_parents(session, plan, framework.item_types[item_type], [parent_uid])
    if uid is None:
        item = Item(
            plan_id=plan_id,
            section_key=section_key,
            uid=str(uuid4()),
            type=item_type,
            fields=fields,
            parent_uid=parent_uid or None,
            position=entries.next_position(session, plan_id, section_key),
        )
        session.add(item)
    else:
        item = entries.own(session, plan_id, section_key, uid)
        if not current(item.version, seen_version):
            raise OutOfDate(ENTRY_CHANGED)
        item.fields = fields
        item.parent_uid = parent_uid or None
        item.version += 1
    remember_editor(session, plan_id, actor, section_key)
    session.flush()
    return item


def remove_item(
    session: Session,
    actor: Actor,
    plan_id: int,
    section_key: str,
    uid: str,
    seen_version: Seen = NO_PAGE,
) -> None:
    """Take a row out of the working copy; sealed versions keep it. ``seen_version`` is the row's.

    Raises OutOfDate when someone else changed the row in between.
    """
    plan = access.changeable(session, actor, Plan, plan_id, NO_PAGE)
    require_writer(session, plan, actor, section_key, knows=True)
    item = entries.own(session, plan_id, section_key, uid)
    if not current(item.version, seen_version):
        raise OutOfDate(ENTRY_CHANGED)
    session.execute(delete(Item).where(Item.id == item.id))
    remember_editor(session, plan_id, actor, section_key)


def refresh_inherited(
    session: Session, actor: Actor, plan_id: int, section_key: str, seen_version: Seen = NO_PAGE
) -> str:
    """Bring a section's inherited rows up to date with the parent plan; gives its reference."""
    plan = access.changeable(session, actor, Plan, plan_id, seen_version)
    require_writer(session, plan, actor, section_key, knows=True)
    section = template_section(plan, section_key)
    if section.inherit is None:
        raise Blocked("Nothing in this section comes from another plan.")
    return carry_over.inherit(session, plan, section, section.inherit)


@internal_act("plan", "ask_contribution")
def ask(
    session: Session,
    actor: Actor,
    plan_id: int,
    section_key: str,
    queue_id: int,
    note: str,
    due_on: date | None = None,
    seen_version: Seen = NO_PAGE,
) -> Contribution:
    """Ask another queue for a section; it becomes a task in that queue (F6)."""
    plan = access.changeable(session, actor, Plan, plan_id, seen_version)
    capacity = require_writer(session, plan, actor, section_key, True, "ask_contribution")
    section = template_section(plan, section_key)
    if section.inherit is not None:
        raise Blocked(f"“{section.title}” comes from another plan, so nobody writes it here.")
    if not asking.may_be_asked(session, plan, queue_id):
        raise Blocked("Choose whom you want to ask from the list.")
    if queue_id in actor.queue_ids:
        raise Blocked("This is your own post. Choose somebody else.")
    if due_on is not None and due_on < clock.today():
        raise Blocked("The date by which you need it is in the past. Choose a later one.")
    open_already = session.scalar(
        select(func.count()).where(
            Contribution.plan_id == plan_id,
            Contribution.section_key == section_key,
            Contribution.queue_id == queue_id,
            Contribution.answered_at.is_(None),
        )
    )
    if open_already:
        raise Blocked("They have been asked for this section already.")
    asked = Contribution(
        plan_id=plan_id,
        section_key=section_key,
        queue_id=queue_id,
        note=note.strip(),
        due_on=due_on,
        asked_by_id=actor.person_id,
        asked_at=clock.now(),
    )
    session.add(asked)
    session.flush()
    details = {"section": section.title, "queue": queue_id, "note": asked.note}
    engine.record(session, plan, actor, Act("ask_contribution", details=details), capacity)
    return asked


@internal_act("plan", "answer_contribution")
def answer(
    session: Session,
    actor: Actor,
    contribution_id: int,
    outcome: str,
    note: str = "",
    text: SectionText | None = None,
) -> Plan:
    """Give a contribution, decline it (with a note), or, by those who asked, withdraw the request.

    ``text`` is what was written in the section and is saved first, as in ``write_section``: handing
    it over loses nothing that was typed since the last save (fault L1).
    """
    asked = session.get(Contribution, contribution_id)
    if asked is None:
        raise NotFound(access.GONE)
    plan = access.changeable(session, actor, Plan, asked.plan_id, NO_PAGE)
    session.refresh(asked)
    if asked.answered_at is not None:
        raise Blocked("This request has been answered already.")
    action = "answer_contribution"
    if outcome == WITHDRAWN:
        capacity = require_writer(session, plan, actor, asked.section_key, True, action)
    elif asked.queue_id not in actor.queue_ids:
        raise NotPermitted("This request was made to somebody else.")
    else:
        capacity = engine.capacity_for(session, plan, actor, action, within=[asked.queue_id])
    if outcome == DECLINED and not note.strip():
        raise Blocked("Say in a few words why, so that they can ask somebody else.")
    if text is not None:
        save_first(session, actor, plan.id, asked.section_key, text)
    asked.answered_at = clock.now()
    asked.outcome = outcome
    session.flush()
    section = template_section(plan, asked.section_key)
    details = {"section": section.title, "outcome": outcome}
    what = Act(action, reason=note.strip(), details=details)
    engine.record(session, plan, actor, what, capacity)
    return plan


def correct(
    session: Session, actor: Actor, plan_id: int, reason: str, seen_version: Seen = NO_PAGE
) -> Plan:
    """Put a correction on the plan's record; what was approved stays as it was (INV-28)."""
    return act(session, actor, plan_id, "correct", Evidence(reason=reason), seen_version)


def four_eyes_warning(session: Session, plan: Plan, actor: Actor) -> str | None:
    """What a reviewer is told before she edits: she can then not pass the plan on (INV-22)."""
    attempt, definition = engine.attempt_on(session, plan, actor)
    passes_on = any(
        any(rule.name == "not_an_editor" for rule in transition.guards)
        for transition in definition.from_state(plan.state)
    )
    if not passes_on:
        return None
    already = session.scalar(
        select(func.count()).where(Editor.plan_id == plan.id, Editor.person_id.in_(actor.persons()))
    )
    if already:
        return None
    return (
        "If you change the text yourself, someone else has to pass this plan on. "
        "You can suggest a change instead."
    )


def require_writer(
    session: Session, plan: Plan, actor: Actor, section_key: str, knows: bool, action: str = ""
) -> Capacity:
    """The capacity in which this person changes a section now, or does an internal act on behalf of
    its writers. Raises as ``write_section`` and ``engine.capacity_for``."""
    attempt, definition = engine.attempt_on(session, plan, actor)
    queues = {queue for name in attempt.state.editable for queue in attempt.queues_of(name)}
    asked = queues & set(attempt.contributor_queues)
    # Whoever was asked for a section writes that one only.
    if asked and (asked & actor.queue_ids or not queues & actor.queue_ids):
        asked -= _asked_for(session, plan.id, section_key)
        queues -= asked
    capacity = allowed.serves(attempt, queues)
    if capacity is None and asked & actor.queue_ids:
        raise NotPermitted("You were asked for another section of this plan, not for this one.")
    if capacity is None:
        raise NotPermitted(
            f"This plan is at “{attempt.state.label}” now, and its text is not yours to change."
        )
    warning = None if knows else four_eyes_warning(session, plan, actor)
    if warning:
        raise Blocked(warning)
    if action:
        return engine.capacity_in(attempt, definition, action, within=queues)
    return capacity


def _asked_for(session: Session, plan_id: int, section_key: str) -> set[int]:
    return set(
        session.scalars(
            select(Contribution.queue_id).where(
                Contribution.plan_id == plan_id,
                Contribution.section_key == section_key,
                Contribution.answered_at.is_(None),
            )
        )
    )


def remember_editor(session: Session, plan_id: int, actor: Actor, section_key: str) -> None:
    """Keep that this person has changed this section, for four eyes (INV-22)."""
    session.execute(
        insert(Editor)
        .values(
            plan_id=plan_id,
            person_id=actor.person_id,
            section_key=section_key,
            first_at=clock.now(),
        )
        .on_conflict_do_nothing()
    )
