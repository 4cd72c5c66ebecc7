"""Why not: every guard, evidence guard and task condition that a lifecycle may name.

A guard looks at one attempt and answers with nothing or one sentence for the user; it changes
nothing. Its arguments come from the lifecycle's file.
"""

import json
from collections.abc import Iterator

from config.dates import long_date
from config.framework import ItemType, Prerequisite, SectionTemplate
from cycle.seen import NO_PAGE
from workflows.core.attempt import (
    ASKED,
    HIDDEN,
    Attempt,
    condition,
    evidence_guard,
    guard,
    own_work,
)
from workflows.core.facts import fact, reads
from workflows.meetings import approval_route
from workflows.plans import entries, prerequisites, progress_reports, versions
from workflows.plans.prerequisites import RUNNING_PLANS, YEAR_NUMBER
from workflows.plans.progress_reports import MILESTONES, REPLACED_ON
from workflows.timetable import baselines

NAMED = 3  # so many entries with a wrong date are named in a sentence
EDITORS = fact("editors", "SELECT ARRAY(SELECT person_id FROM editor WHERE plan_id = subject.id)")
# Sections by their titles, and the posts of whoever was asked for each.
WRITING = fact(
    "writing",
    """SELECT jsonb_agg(jsonb_build_array(
  coalesce((SELECT section ->> 'title' FROM jsonb_array_elements(plan.template -> 'sections')
            AS section WHERE section ->> 'key' = c.section_key LIMIT 1), c.section_key),
  (SELECT string_agg(DISTINCT post.title, ', ') FROM post WHERE post.queue_id = c.queue_id))
  ORDER BY c.id)
FROM contribution AS c JOIN plan ON plan.id = c.plan_id
WHERE c.plan_id = subject.id AND c.answered_at IS NULL""",
)
PUBLISHED = fact(
    "published",
    "SELECT EXISTS (SELECT 1 FROM item_plan JOIN subject AS report ON report.id = item_id "
    "WHERE item_plan.plan_id = subject.id AND report.phase IN ('before_bodies', 'ended'))",
)
# What the council chose of the settings that say whether a type of plan goes to members.
CHOSEN = fact(
    "chosen",
    "SELECT jsonb_object_agg(key, value) FROM council_setting WHERE key = ANY(:route_settings)",
    route_settings=lambda asks: filter(None, [asks.plan_type.route_setting]),
)
UNSETTLED = fact(
    "unsettled",
    """SELECT ARRAY(
  SELECT mine.ref FROM plan JOIN subject AS mine ON mine.id = plan.id
  WHERE plan.planning_year_id = subject.id
    AND mine.phase NOT IN ('in_force', 'ended', 'withdrawn') ORDER BY mine.ref LIMIT 4)""",
)

# The digest of the version that bodies are shown.
SHOWN_TEXTS = fact(
    "shown_texts",
    "SELECT plan_version.sha256 FROM plan JOIN plan_version "
    "ON plan_version.id = plan.shown_version_id WHERE plan.id = subject.id",
)
# The plans of a year on which a person has done anything since they were made: written, asked,
# commented or acted. What the system did by itself does not count.
WRITTEN_IN = fact(
    "written_in",
    """SELECT ARRAY(
  SELECT mine.ref FROM plan JOIN subject AS mine ON mine.id = plan.id
  WHERE plan.planning_year_id = subject.id AND (
    EXISTS (SELECT 1 FROM editor WHERE editor.plan_id = plan.id)
    OR EXISTS (SELECT 1 FROM event JOIN person ON person.id = event.person_id
               WHERE event.subject_id = plan.id AND NOT person.is_system
                 AND event.action NOT IN ('create_plan', 'put_back', 'migrate_framework')))
  ORDER BY mine.ref LIMIT 4)""",
)


@guard
@reads(RUNNING_PLANS, YEAR_NUMBER)
def start_needs_met(attempt: Attempt) -> str | None:
    """The plans on which this one builds have got far enough to start (cycle-years 4.4)."""
    return _prerequisites(attempt, attempt.plan_type.start_prerequisites)


@guard
@reads(RUNNING_PLANS, YEAR_NUMBER)
def final_needs_met(attempt: Attempt) -> str | None:
    """The second gate: Budget set and Delivery Plan agreed (B22)."""
    return _prerequisites(attempt, attempt.plan_type.final_prerequisites)


@guard
@reads(RUNNING_PLANS, YEAR_NUMBER)
def approve_needs_met(attempt: Attempt) -> str | None:
    """What must exist before this plan can be approved."""
    return _prerequisites(attempt, attempt.plan_type.approve_prerequisites)


def _prerequisites(attempt: Attempt, wanted: tuple[Prerequisite, ...]) -> str | None:
    return " ".join(prerequisites.sentences(_unmet(attempt, wanted), "block")) or None


def _unmet(attempt: Attempt, wanted: tuple[Prerequisite, ...]) -> list[prerequisites.Unmet]:
    running = prerequisites.running_in(attempt.fact(RUNNING_PLANS))
    number = attempt.fact(YEAR_NUMBER) or 1
    return prerequisites.unmet_among(running, attempt.plan, number, wanted)


@own_work
@guard
@reads(EDITORS)
def not_an_editor(attempt: Attempt) -> str | None:
    """Four eyes by person, whoever they act for (INV-22)."""
    editors = set(attempt.fact(EDITORS))
    if attempt.actor.person_id in editors:
        return (
            "You have changed this plan's text, so someone else must pass it on. "
            "Ask the administrator who can hold your post for that."
        )
    if attempt.actor.persons() & editors:
        return (
            "You act for someone who has changed this plan's text, so someone else must pass it on."
        )
    return None


@guard
@reads(WRITING)
def contributions_answered(attempt: Attempt) -> str | None:
    """Nobody who was asked for a section is still writing."""
    rows = attempt.fact(WRITING)
    if not rows:
        return None
    names = ", ".join(f"“{title}” ({posts})" for title, posts in rows)
    return f"You asked for {names} and have no answer yet. Wait for it, or withdraw the request."


@guard
@reads(versions.WORKING)
def sections_complete(attempt: Attempt, gate: str = "") -> str | None:
    """Every section that this gate asks for has something in it, every row its parent, and no date
    of an entry contradicts the plan (fault S16)."""
    missing = missing_sections(attempt, gate)
    reasons = [f"Still to be filled in: {', '.join(missing)}."] if missing else []
    wrong = list(_contradictions(attempt, gate))
    reasons += wrong[:NAMED]
    if len(wrong) > NAMED:
        reasons.append(f"{len(wrong) - NAMED} more dates of entries are wrong.")
    return " ".join(reasons) or None


def _contradictions(attempt: Attempt, gate: str) -> Iterator[str]:
    """What the dates of the plan's own entries contradict, in sections whose turn has come;
    inherited ones are changed elsewhere."""
    template = attempt.framework.templates[attempt.plan_type.template]
    copy = working_copy(attempt)
    for section in template.sections:
        own = section.kind == "items" and section.inherit is None and section.key in copy.filled
        if own and (section.gate in ("", gate) or gate in ("", "final")):
            rows = json.loads(copy.texts[section.key])
            yield from entries.contradictions(attempt.framework.item_types, attempt.plan, rows)


def asked_for(section: SectionTemplate, gate: str) -> bool:
    """Whether a section is needed to pass a gate; proposals come before final."""
    return section.required and (section.gate == "" or section.gate == gate or gate == "")


def working_copy(attempt: Attempt) -> versions.Working:
    """The text as it stands under the lock of this act, read once."""
    read = attempt.fact(versions.WORKING)
    if not isinstance(read, versions.Working):
        read = attempt.loaded[versions.WORKING] = versions.working_of(read)
    return read


def missing_sections(attempt: Attempt, gate: str) -> list[str]:
    """The titles of what is missing to pass a gate, in reading order. One statement at most."""
    template = attempt.framework.templates[attempt.plan_type.template]
    copy = working_copy(attempt)
    missing = [
        section.title
        for section in template.sections
        if asked_for(section, gate) and section.key not in copy.filled
    ]
    # Only where there is something to choose from: the thread's gaps are a report of their own.
    missing.extend(
        _orphan(each)
        for key, each in attempt.framework.item_types.items()
        if each.parent_required and key in copy.loose and copy.types.intersection(each.parents)
    )
    return missing


def _orphan(item_type: ItemType) -> str:
    return f"what each entry under “{item_type.plural}” contributes to"


@guard
@reads(PUBLISHED)
def before_publication(attempt: Attempt) -> str | None:
    """A plan whose report is published can be withdrawn, not taken back."""
    published = attempt.fact(PUBLISHED)
    return (
        "The report is already published, so the plan cannot be taken back. It can be withdrawn."
        if published
        else None
    )


def _to_members(attempt: Attempt) -> bool:
    kind = attempt.plan_type
    if not kind.route_setting:
        return bool(attempt.route)
    chosen = (attempt.fact(CHOSEN) or {}).get(kind.route_setting)
    return bool(
        attempt.framework.settings[kind.route_setting].default if chosen is None else chosen
    )


@guard
@reads(CHOSEN)
def goes_to_members(attempt: Attempt) -> str | None:
    """This plan type goes to members here (a setting of the council)."""
    return None if _to_members(attempt) else HIDDEN


@guard
@reads(CHOSEN)
def ends_with_officers(attempt: Attempt) -> str | None:
    """This plan type ends with its standards check here."""
    return HIDDEN if _to_members(attempt) else None


@guard
@reads(approval_route.BODIES)
def has_route(attempt: Attempt) -> str | None:
    """There is a body to go to at every stage, so that the plan never waits for nobody."""
    if not attempt.route:
        return "The framework names no committee for this plan. Ask the support service."
    return " ".join(approval_route.lacking(attempt)) or None


@guard
@reads(approval_route.CORRECTION_OPEN)
def effect_date_reached(attempt: Attempt) -> str | None:
    """The day from which the plan runs has come, and nothing is open of what approved it: once in
    force it could not go back to before that decision (fault R4)."""
    if attempt.today < attempt.plan.in_force_from_on:
        return "This plan takes effect later."
    if attempt.fact(approval_route.CORRECTION_OPEN):
        return "A correction of a decision on it is open. It takes effect when that is settled."
    return None


@guard
@reads(UNSETTLED)
def all_plans_settled(attempt: Attempt) -> str | None:
    """A year closes when each of its plans is in force, ended or carried over."""
    open_refs = attempt.fact(UNSETTLED)
    if not open_refs:
        return None
    shown = ", ".join(open_refs[:3]) + (" and others" if len(open_refs) > 3 else "")
    return f"These plans are not settled yet: {shown}. Finish, withdraw or carry them over first."


@guard
@reads(SHOWN_TEXTS, versions.WORKING)
def text_as_shown(attempt: Attempt) -> str | None:
    """A plan goes back to before a body's decision with the very text that the body was shown."""
    if attempt.fact(SHOWN_TEXTS) == versions.digest(working_copy(attempt).texts):
        return None
    return (
        "The text has been changed since the body saw it, so the plan cannot go back to that "
        "decision. It comes before the body again with its new text."
    )


@guard
@reads(WRITTEN_IN)
def nobody_wrote(attempt: Attempt) -> str | None:
    """A year that was opened by mistake closes again until somebody has worked on one of its plans
    (fault L3)."""
    refs = attempt.fact(WRITTEN_IN)
    if not refs:
        return None
    shown = ", ".join(refs[:3]) + (" and others" if len(refs) > 3 else "")
    return f"Somebody has worked on {shown} already, so this can no longer be undone."


@guard
@reads(MILESTONES, REPLACED_ON)
def report_is_due(attempt: Attempt) -> str | None:
    """Progress is reported on a period that has ended (H1 to H6)."""
    gates = {gate for gate, _version_id in attempt.fact(MILESTONES) or ()}
    reports = progress_reports.next_reports(
        attempt.plan, attempt.framework, gates, attempt.fact(REPLACED_ON)
    )
    if not reports:
        return HIDDEN
    ends_on = min(each.ends_on for each in reports)
    if attempt.today > ends_on:
        return None
    return f"The next report is on the time until {long_date(ends_on)}, which has not ended yet."


@guard
@reads(baselines.DATED)
def dates_have_moved(attempt: Attempt) -> str | None:
    """A timetable is issued again for dates that differ from those issued last (H16)."""
    if baselines.have_moved(attempt.fact(baselines.DATED)):
        return None
    return "No date has changed since the timetable was last issued."


@evidence_guard
def reason_given(attempt: Attempt) -> str | None:
    """A reason in words."""
    return None if attempt.evidence.reason.strip() else "Say why: a reason is needed here."


@evidence_guard
def comments_given(attempt: Attempt) -> str | None:
    """At least one comment beside a section."""
    if attempt.evidence.remarks:
        return None
    return "Add at least one comment beside a section, so that it is clear what to change."


@evidence_guard
def checklist_complete(attempt: Attempt) -> str | None:
    """Every question of the standards check is answered (F16)."""
    template = attempt.framework.templates[attempt.plan_type.template]
    left = [each for each in template.checklist if each not in attempt.evidence.checklist]
    return f"Not ticked yet: {' · '.join(left)}" if left else None


@evidence_guard
@reads(versions.WORKING)
def version_is_current(attempt: Attempt) -> str | None:
    """The text that the page displayed is the one that is acted on (INV-20).

    The working copy is asked and not the last sealed version: whoever else may write
    here may have saved since, and it is the working copy that the act seals.
    """
    shown = attempt.evidence.shown_sha256
    if shown is NO_PAGE or shown == versions.digest(working_copy(attempt).texts):
        return None
    return "The text has changed since you opened this page. Look at the new version first."


@evidence_guard
@reads(RUNNING_PLANS, YEAR_NUMBER)
def override_reason_given(attempt: Attempt) -> str | None:
    """A warning may be overridden, with a reason (a profile that is out of date)."""
    if attempt.evidence.override.strip():
        return None
    warned = prerequisites.sentences(_unmet(attempt, attempt.plan_type.start_prerequisites), "warn")
    if not warned:
        return None
    return " ".join(warned) + " Say why you go on all the same."


@condition
@reads(ASKED)
def contribution_open(attempt: Attempt) -> bool:
    """Somebody has been asked for a section and has not answered."""
    return bool(attempt.contributor_queues)


@condition
@reads(MILESTONES)
def milestone_missing(attempt: Attempt, gate: str) -> bool:
    """The plan has not passed this gate yet with any version."""
    return not any(passed == gate for passed, _version_id in attempt.fact(MILESTONES) or ())
