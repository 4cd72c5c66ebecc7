"""What the pages show on which a Word document is handed in and looked at, section by section.

The rule that lives here: the text of the file stands beside the working copy as it is now, each in
the one spelling, so that what looks the same is the same.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import NotPermitted
from cycle.models import Section
from cycle.people import Actor
from workflows.core import drafts
from workflows.core.drafts import Drafted
from workflows.files import comparison
from workflows.files.comparison import Part as Compared
from workflows.files.html_markdown import normal
from workflows.plans import plans
from workflows.plans.reading_text import SectionView, text_of
from workflows.plans.word import matching, noticing
from workflows.plans.word.matching import Part

NOT_YOURS = "Only who writes this plan now can bring text into it."
_ENTRIES = "Entries are changed on their own pages"
_COMES = "These come from another plan and are changed there"
_CLOSED = "These are not yours to change now"


@dataclass(frozen=True)
class WordPage:
    """A plan into which this person can bring text: the sections that she may write, by key, and
    what she handed in and has not saved yet, if anything."""

    plan_id: int
    ref: str
    title: str
    version: int
    warning: str
    sections: Sequence[tuple[str, str]]
    file: str
    kept_at: datetime | None


@dataclass(frozen=True)
class Offered:
    """A section with the text of the file: the version that stands, what would be gone and new."""

    key: str
    title: str
    version: int
    text: str
    compared: Sequence[Compared]
    noticed: Sequence[str]
    empty: bool  # the section says nothing yet


@dataclass(frozen=True)
class LeftOut:
    """A part of the file that is in no section: where it stands, its heading, how it begins."""

    place: int
    title: str
    begins: str
    words: int
    assigned: str  # the section to which this person has put it; "" for none


@dataclass(frozen=True)
class LookPage(WordPage):
    """A look at a file: what would change, what would not, what the file lacks and what is left
    out, with why."""

    offered: Sequence[Offered] = ()
    same: Sequence[str] = ()
    absent: Sequence[str] = ()
    refused: Mapping[str, Sequence[str]] = field(default_factory=dict)  # titles by why
    parts: Sequence[LeftOut] = ()
    noticed: Sequence[str] = field(default_factory=list)


def word_page(session: Session, actor: Actor, ref: str, at: str) -> WordPage:
    """The page on which a file is handed in, to be looked at on the page ``at``.

    Raises NotFound, and NotPermitted for who does not write the plan now.
    """
    page, _, _ = _page(session, actor, ref, at)
    return WordPage(**page)


def look_page(
    session: Session, actor: Actor, ref: str, at: str, assigned: Mapping[int, str]
) -> LookPage | None:
    """The look at the file that this person handed in last; None where there is none.

    ``at``: the page itself, of which the file is a draft. ``assigned``: parts of the file, by their
    place, that this person has put to a section. Raises as ``word_page``.
    """
    page, views, kept = _page(session, actor, ref, at)
    if kept is None:
        return None
    titles = {each.key: each.title for each in views}
    found = matching.parts(json.loads(kept.words["pieces"]), titles)
    lost = any(kind == "number" for part in found for kind, _ in part.noticed)
    writable = {key for key, _ in page["sections"]}
    by_section: dict[str, list[Part]] = {}
    for part in found:
        key = part.key or assigned.get(part.place, "")
        if key in titles:
            by_section.setdefault(key, []).append(part)
    versions = _versions(session, page["plan_id"])
    now = {each.key: normal(each.body) for each in views if each.key in by_section}
    looked = [
        _offered(each, by_section[each.key], now[each.key], versions, numbers_lost=lost)
        for each in views
        if each.key in by_section and each.key in writable
    ]
    return LookPage(
        **page,
        offered=[each for each in looked if each.text != now[each.key]],
        same=[each.title for each in looked if each.text == now[each.key]],
        absent=[title for key, title in page["sections"] if key not in by_section],
        refused=_refused(
            each for each in views if each.key in by_section and each.key not in writable
        ),
        parts=[_left_out(each, assigned, writable) for each in found if each.key is None],
        noticed=noticing.of_whole(
            [(kind, wording) for kind, wording in json.loads(kept.words["noticed"])]
        ),
    )


def _page(
    session: Session, actor: Actor, ref: str, at: str
) -> tuple[dict[str, Any], list[SectionView], Drafted | None]:
    plan = access.text_of(session, actor, ref)
    views = text_of(session, plan, actor).sections
    sections = [(each.key, each.title) for each in views if _is_writable(each)]
    if not sections:
        raise NotPermitted(NOT_YOURS)
    kept = drafts.of(session, actor, at)
    page = {
        "plan_id": plan.id,
        "ref": plan.ref,
        "title": plan.title,
        "version": plan.version,
        "warning": plans.four_eyes_warning(session, plan, actor) or "",
        "sections": sections,
        "file": kept.words["file"] if kept else "",
        "kept_at": kept.saved_at if kept else None,
    }
    return page, views, kept


def _is_writable(view: SectionView) -> bool:
    return view.may_edit and view.kind == "text" and not view.inherited_from


def _refused(views: Iterable[SectionView]) -> dict[str, list[str]]:
    """The titles of sections into which nothing can be brought, by why."""
    found: dict[str, list[str]] = {}
    for each in views:
        found.setdefault(_why_not(each), []).append(each.title)
    return found


def _why_not(view: SectionView) -> str:
    if view.inherited_from:
        return _COMES
    return _CLOSED if view.kind == "text" else _ENTRIES


def _versions(session: Session, plan_id: int) -> dict[str, int]:
    rows = session.execute(select(Section.key, Section.version).where(Section.plan_id == plan_id))
    return {row.key: row.version for row in rows}


def _offered(
    view: SectionView,
    found: Sequence[Part],
    now: str,
    versions: Mapping[str, int],
    *,
    numbers_lost: bool,
) -> Offered:
    text = normal(matching.text_of(found))
    noticed = [each for part in found for each in part.noticed]
    sentences = noticing.of_part(noticed, numbers_lost=numbers_lost)
    if sum(1 for part in found if part.key == view.key) > 1:
        sentences.insert(0, "The file has this heading more than once. The texts are joined.")
    if not text:
        sentences.insert(0, "The file has nothing under this heading.")
    return Offered(
        view.key,
        view.title,
        versions[view.key],
        text,
        comparison.compare(comparison.blocks(now), comparison.blocks(text)),
        sentences,
        not view.body.strip(),
    )


def _left_out(part: Part, assigned: Mapping[int, str], writable: set[str]) -> LeftOut:
    words = part.text.split()
    chosen = assigned.get(part.place, "")
    return LeftOut(
        part.place,
        part.title,
        " ".join(words[:25]) + ("…" if len(words) > 25 else ""),
        len(words),
        chosen if chosen in writable else "",
    )
