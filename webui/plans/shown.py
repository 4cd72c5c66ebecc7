"""A sealed version of a plan as pages show it: to print, and to whoever reads what is published.

The rule that lives here: of a plan that somebody does not work on, the version that is open is
shown as it was sealed, without remarks and without what is written since (R3).
"""

import json
from typing import Any

from sqlalchemy.orm import Session

from config.framework import Framework, Template
from cycle.models import Plan, PlanVersion
from webui.plans.entry_tables import dates_table, entry_name, tables_of
from webui.plans.text import SectionView, TextPage, is_draft, kit
from workflows.plans import versions
from workflows.timetable import baselines


def printed_sections(
    framework: Framework, template: Template, texts: dict[str, str]
) -> list[dict[str, Any]]:
    """The sealed texts by section, with entries as tables and what they contribute to by name."""
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
        {
            "title": section.title,
            "kind": section.kind,
            "body": texts.get(section.key, ""),
            "tables": dates_table(texts.get(section.key, ""))
            if section.kind == baselines.DATES
            else tables_of(framework, section, entries.get(section.key, [])),
        }
        for section in template.sections
    ]


def shown_text(session: Session, plan: Plan, version_id: int) -> TextPage:
    """The version of a plan that is open to everybody, for reading only."""
    framework, _, template = kit(plan)
    version = session.get_one(PlanVersion, version_id)
    sections = printed_sections(framework, template, versions.sections_of(session, version))
    return TextPage(
        plan_id=plan.id,
        ref=plan.ref,
        title=plan.title,
        version=plan.version,
        state_label=framework.lifecycles[plan.lifecycle].states[plan.state].label,
        draft=is_draft(plan),
        sections=[
            SectionView(
                key=section.key,
                title=section.title,
                kind=section.kind,
                guidance="",
                required=section.required,
                body=said["body"],
                tables=list(said["tables"]),
            )
            for section, said in zip(template.sections, sections, strict=True)
        ],
        shown_sha256=version.sha256,
        version_number=version.number,
        published=_what_it_is(plan, version.number),
    )


def _what_it_is(plan: Plan, number: int) -> str:
    """Which version this is, and that others may read more."""
    if plan.state == "in_force":
        return f"This is version {number}, which is in force."
    if plan.state == "superseded":
        return f"This is version {number}, which was in force until another plan took its place."
    return (
        f"This is version {number}, as it was published. Comments, and anything written since, "
        "are open only to those who work on the plan."
    )
