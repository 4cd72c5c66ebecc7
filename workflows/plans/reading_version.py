"""The sealed versions of a plan as pages show them: to print, side by side, and as published.

The rule that lives here: of a plan that somebody does not work on, the version that is open is
shown as it was sealed, without remarks and without what is written since (R3).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import Field, Framework, ItemType, Template
from config.lifecycles.phases import Phase
from cycle import access, clock
from cycle.access import Reading
from cycle.errors import NotFound
from cycle.models import Plan, PlanVersion
from cycle.people import Actor
from cycle.record import formats
from workflows.files import comparison
from workflows.files.comparison import Block, Table
from workflows.framework import pinned
from workflows.plans import agreements, versions
from workflows.plans.entries import entry_name
from workflows.plans.reading_text import (
    SectionView,
    TextPage,
    is_draft,
    kinds_of,
    kit,
    shown_version,
)

NO_VERSION = "This plan has no version with that number."


@dataclass
class ComparePage:
    """Two versions side by side."""

    ref: str
    title: str
    version_list: list[Any]
    older: int
    newer: int
    differences: list[tuple[str, versions.Difference]]


def sealed_sections(
    framework: Framework, template: Template, texts: dict[str, str]
) -> list[SectionView]:
    """The sealed texts by section, with their entries and what those contribute to by name."""
    entries: dict[str, list[dict[str, Any]]] = {
        section.key: json.loads(texts.get(section.key) or "[]")
        for section in template.sections
        if section.kind == "items"
    }
    names = {
        row["uid"]: entry_name(framework.item_types[row["type"]], row["fields"])
        for rows in entries.values()
        for row in rows
    }
    for row in (row for rows in entries.values() for row in rows):
        row["parent"] = names.get(row.get("parent") or "", "")
    return [
        SectionView(
            key=section.key,
            title=section.title,
            kind=section.kind,
            guidance="",
            required=section.required,
            body=texts.get(section.key, ""),
            kinds=kinds_of(framework, section),
            entries=entries.get(section.key, []),
        )
        for section in template.sections
    ]


def shown_text(session: Session, plan: Plan, version_id: int) -> TextPage:
    """The version of a plan that is open to everybody, for reading only."""
    framework, _, template = kit(plan)
    version = session.get_one(PlanVersion, version_id)
    return TextPage(
        plan_id=plan.id,
        ref=plan.ref,
        title=plan.title,
        version=plan.version,
        state_label=framework.lifecycles[plan.lifecycle].states[plan.state].label,
        draft=is_draft(plan),
        sections=sealed_sections(framework, template, versions.sections_of(session, version)),
        shown_sha256=version.sha256,
        version_number=version.number,
        published=_what_it_is(session, plan, version),
    )


_PUBLISHED = text("""
SELECT agenda_item.published_where, agenda_item.published_at FROM agenda_item
JOIN item_plan ON item_plan.item_id = agenda_item.id
WHERE item_plan.version_id = :version AND agenda_item.published_at IS NOT NULL
ORDER BY agenda_item.published_at LIMIT 1
""")


def _what_it_is(session: Session, plan: Plan, version: PlanVersion) -> str:
    """Which version this is, where the council published it, and that others may read more."""
    number = version.number
    if plan.phase == Phase.IN_FORCE:
        return f"This is version {number}, which is in force."
    if plan.phase == Phase.ENDED:
        return f"This is version {number}, which was in force until another plan took its place."
    row = session.execute(_PUBLISHED, {"version": version.id}).first()
    where = ""
    if row is not None:
        where = f" by the council on {long_date(clock.local_date(row.published_at))}"
        where += f" ({row.published_where})"
    return (
        f"This is version {number}, as it was published{where}. Comments, and anything written "
        "since, are open only to those who work on the plan."
    )


def versions_of(session: Session, plan: Plan) -> list[Any]:
    """The sealed versions of a plan, the newest first: id, number, sha256, made_at, made_for."""
    return list(
        session.execute(
            select(
                PlanVersion.id,
                PlanVersion.number,
                PlanVersion.sha256,
                PlanVersion.made_at,
                PlanVersion.made_for,
            )
            .where(PlanVersion.plan_id == plan.id)
            .order_by(PlanVersion.number.desc())
        )
    )


def sign_offs(session: Session, plan: Plan, reading: Reading) -> list[dict[str, Any]]:
    """Who passed which version on; of the version that is open without their notes. What was
    recorded for its giver stands under the giver's name."""
    if not reading.words:
        return []
    framework = pinned.of(plan)
    return [
        {
            "words": _signed(framework, row),
            "note": _ended(row.note),
            "number": row.number,
            "at": row.at,
        }
        for row in session.execute(
            text(
                "SELECT sign_off.kind, sign_off.at, person.name, "
                "CASE WHEN :working THEN sign_off.note ELSE '' END AS note, "
                "other.name AS for_name, plan_version.number FROM sign_off "
                "JOIN person ON person.id = sign_off.person_id "
                "LEFT JOIN person AS other ON other.id = sign_off.for_person_id "
                "JOIN plan_version ON plan_version.id = sign_off.version_id "
                "WHERE sign_off.plan_id = :plan AND (:working OR sign_off.version_id = :version) "
                "ORDER BY sign_off.id DESC"
            ),
            {"plan": plan.id, "working": reading.working, "version": reading.version_id},
        )
    ]


def _signed(framework: Framework, row: Any) -> str:
    """Who passed it on: a person in a role, or a body or somebody by e-mail, recorded by one."""
    name = f"{row.name} for {row.for_name}" if row.for_name else str(row.name)
    kind = row.kind.removesuffix(agreements.BY_MAIL)
    if kind in framework.bodies:
        return f"{framework.bodies[kind].title}, recorded by {name}"
    title = framework.roles[kind].title if kind in framework.roles else kind.replace("_", " ")
    if row.kind.endswith(agreements.BY_MAIL):
        return f"{title[:1].upper()}{title[1:]}, by e-mail, recorded by {name}"
    return f"{name} ({title.lower()})"


def _ended(note: str) -> str:
    """A note as it stands at the end of a line: with one full stop."""
    return note if not note or note.endswith((".", "!", "?", "…")) else f"{note}."


def compare_page(
    session: Session, actor: Actor, ref: str, older: str | None, newer: str | None
) -> ComparePage:
    """Two sealed versions side by side; the last two unless others are named. Raises NotFound."""
    plan = access.text_of(session, actor, ref)
    known = versions_of(session, plan)
    if not known:
        raise NotFound(NO_VERSION)
    last = known[0].number
    to = _number(newer) or last
    since = _number(older) or max(1, to - 1)
    before = versions.sections_of(session, versions.version(session, plan, since))
    after = versions.sections_of(session, versions.version(session, plan, to))
    titles = {each["key"]: each["title"] for each in plan.template["sections"]}
    framework, _, template = kit(plan)
    kinds = {each.key: each.item_types for each in template.sections if each.kind == "items"}

    def blocks_of(key: str, sealed: str) -> list[Block]:
        if key not in kinds:
            return comparison.blocks(sealed)
        return _entry_tables([framework.item_types[each] for each in kinds[key]], sealed)

    compared = [
        (titles.get(each.section_key, each.section_key), each)
        for each in versions.compare(before, after, blocks_of)
    ]
    return ComparePage(ref, plan.title, known, since, to, compared)


@dataclass(frozen=True)
class ChangedSince:
    """What the text was when this person returned the plan, and what it is now: the numbers of the
    versions, and the titles of the sections that differ."""

    at: datetime
    older: int
    newer: int
    titles: tuple[str, ...]


_RETURNED = text("""
SELECT event.at, was.number AS older, was.manifest AS before, shown.number AS newer,
       shown.manifest AS after
FROM event JOIN plan_version AS was ON was.plan_id = event.subject_id
  AND was.sha256 = (event.payload::jsonb)->>'version' AND was.made_at <= event.at
JOIN plan_version AS shown ON shown.id = :shown
WHERE event.subject_id = :plan AND event.person_id = :person AND event.action = ANY(:returns)
ORDER BY event.seq DESC, was.number DESC LIMIT 1
""")


def changed_since_return(
    session: Session, actor: Actor, plan: Plan, returns: Sequence[str]
) -> ChangedSince | None:
    """What has changed since this person last returned the plan by one of these actions; None where
    they never did (fault P4). One statement."""
    asked = {"plan": plan.id, "shown": plan.shown_version_id, "person": actor.person_id}
    row = session.execute(_RETURNED, {**asked, "returns": list(returns)}).first()
    if row is None:
        return None
    before = {(part.key, part.sha256) for part in formats.manifest(row.before)}
    changed = [p.key for p in formats.manifest(row.after) if (p.key, p.sha256) not in before]
    titles = {each["key"]: each["title"] for each in plan.template["sections"]}
    return ChangedSince(
        row.at, row.older, row.newer, tuple(titles.get(each, each) for each in changed)
    )


def _entry_tables(kinds: Sequence[ItemType], sealed: str) -> list[Block]:
    """The entries of a section as they were sealed: a table for each type of which it has some."""
    entries = json.loads(sealed or "[]")
    tables: list[Block] = []
    for kind in kinds:
        own = [each["fields"] for each in entries if each["type"] == kind.key]
        rows = [
            tuple(_in_words(field, each.get(field.key)) for field in kind.fields) for each in own
        ]
        if rows:
            tables.append(Table((tuple(field.title for field in kind.fields), *rows)))
    return tables


def _in_words(field: Field, value: Any) -> str:
    if field.kind == "date" and value:
        return long_date(date.fromisoformat(value))
    if field.kind == "money" and value not in (None, ""):
        return f"£{Decimal(str(value)):,}"
    return "" if value is None else str(value)


def _number(words: str | None) -> int | None:
    return int(words) if words and words.isascii() and words.isdigit() and len(words) < 6 else None


def _to_print(
    session: Session, plan: Plan, reading: Reading, wanted: int | None
) -> PlanVersion | None:
    """The version that is asked for, or the last one; None: the working copy. Raises NotFound."""
    if not reading.words:
        raise NotFound(access.GONE)
    if wanted:
        sealed = versions.version(session, plan, wanted)
        if not access.may_read_version(session, reading, plan, sealed.id):
            raise NotFound(access.GONE)
        return sealed
    if reading.working:
        return shown_version(session, plan)
    return session.get(PlanVersion, reading.version_id)


def printed_page(session: Session, actor: Actor, ref: str, number: str | None) -> dict[str, Any]:
    """The plan on paper: a sealed version where there is one, with its digest and record number."""
    plan = access.plan(session, actor, ref)
    reading = access.reading(session, actor, plan)
    framework, kind, template = kit(plan)
    sealed = _to_print(session, plan, reading, _number(number))
    texts = versions.sections_of(session, sealed) if sealed else versions.contents(session, plan.id)
    return {
        "ref": plan.ref,
        "title": plan.title,
        "type_title": kind.title,
        "draft": is_draft(plan),
        "state_label": framework.lifecycles[plan.lifecycle].states[plan.state].label,
        "sections": sealed_sections(framework, template, texts),
        "version": sealed,
        "record_number": f"{plan.ref}/{plan.head_seq}",
        "sign_offs": sign_offs(session, plan, reading),
    }
