"""A plan as it goes out as a Word document: the text that its page shows to this person.

The rule that lives here: who works on a plan gets the working copy, which says so; everybody else
the version that is open to them, if one is (INV-51).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from cycle import access
from cycle.access import Reading
from cycle.errors import NotFound
from cycle.models import Plan
from cycle.people import Actor
from workflows.plans import versions
from workflows.plans.reading_text import (
    SectionView,
    is_draft,
    kit,
    sections_of,
    shown_version,
)
from workflows.plans.reading_version import shown_text, sign_offs


@dataclass(frozen=True)
class PlanDocument:
    """A plan, or one section of it, with what the document says of itself."""

    ref: str
    title: str
    type_title: str
    state_label: str
    draft: bool
    record_number: str
    sections: Sequence[SectionView]
    number: int  # of the version, or of the last one before the working copy; 0 before any
    sha256: str  # of that version
    working: bool  # the text has been changed since, or was never a version
    sign_offs: Sequence[dict[str, Any]]


def plan_document(session: Session, actor: Actor, ref: str) -> PlanDocument:
    """A plan as its page shows it to this person. Raises NotFound where its text is not open."""
    plan, reading = access.plan_to_read(session, actor, ref)
    if not reading.words:
        raise NotFound(access.GONE)
    return _document(session, plan, reading)


def section_document(session: Session, actor: Actor, ref: str, key: str) -> PlanDocument:
    """One section of the working copy, for who works on the plan. Raises NotFound."""
    plan = access.text_of(session, actor, ref)
    found = _document(session, plan, access.reading(session, actor, plan))
    section = next((each for each in found.sections if each.key == key), None)
    if section is None:
        raise NotFound(access.GONE)
    return PlanDocument(**{**vars(found), "sections": [section], "sign_offs": []})


def _document(session: Session, plan: Plan, reading: Reading) -> PlanDocument:
    framework, kind, template = kit(plan)
    if reading.working:
        sections = sections_of(session, plan, framework, template)
        sealed = shown_version(session, plan)
        number, sha256 = (sealed.number, sealed.sha256) if sealed else (0, "")
        working = versions.working_sha256(session, plan.id) != sha256
    else:
        shown = shown_text(session, plan, int(reading.version_id or 0))
        sections, number, sha256 = shown.sections, shown.version_number, shown.shown_sha256
        working = False
    return PlanDocument(
        ref=plan.ref,
        title=plan.title,
        type_title=kind.title,
        state_label=framework.lifecycles[plan.lifecycle].states[plan.state].label,
        draft=is_draft(plan),
        record_number=f"{plan.ref}/{plan.head_seq}",
        sections=sections,
        number=number,
        sha256=sha256,
        working=working,
        sign_offs=sign_offs(session, plan, reading),
    )
