"""Why not: every guard, evidence guard and task condition that a lifecycle may name.

A guard looks at one attempt and answers with nothing or one sentence for the user; it changes
nothing. Its arguments come from the lifecycle's file.
"""

from sqlalchemy import text

from config.dates import long_date
from config.framework import ItemType, Prerequisite, SectionTemplate
from cycle.seen import NO_PAGE
from workflows.core.attempt import HIDDEN, Attempt, condition, evidence_guard, guard, own_work
from workflows.meetings import approval_route as routes
from workflows.plans import prerequisites, progress_reports, versions
from workflows.timetable import baselines


@guard
def start_needs_met(attempt: Attempt) -> str | None:
    """The plans on which this one builds have got far enough to start (cycle-years 4.4)."""
    return _prerequisites(attempt, attempt.plan_type.start_prerequisites)


@guard
def final_needs_met(attempt: Attempt) -> str | None:
    """The second gate: Budget set and Delivery Plan agreed (B22)."""
    return _prerequisites(attempt, attempt.plan_type.final_prerequisites)


@guard
def approve_needs_met(attempt: Attempt) -> str | None:
    """What must exist before this plan can be approved."""
    return _prerequisites(attempt, attempt.plan_type.approve_prerequisites)


def _prerequisites(attempt: Attempt, wanted: tuple[Prerequisite, ...]) -> str | None:
    found = prerequisites.unmet(attempt.session, attempt.plan, wanted)
    blocking = prerequisites.sentences(found, "block")
    return " ".join(blocking) or None


@own_work
@guard
def not_an_editor(attempt: Attempt) -> str | None:
    """Four eyes by person, whoever they act for (INV-22)."""
    editors = attempt.kept.get("editors")
    if editors is None:
        editors = set(
            attempt.session.scalars(
                text("SELECT DISTINCT person_id FROM editor WHERE plan_id = :plan"),
                {"plan": attempt.subject.id},
            )
        )
        attempt.kept["editors"] = editors
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
def contributions_answered(attempt: Attempt) -> str | None:
    """Nobody who was asked for a section is still writing."""
    rows = attempt.session.execute(
        text(
            "SELECT c.section_key, (SELECT string_agg(DISTINCT post.title, ', ') FROM post "
            " WHERE post.queue_id = c.queue_id) AS desk FROM contribution AS c "
            "WHERE c.plan_id = :plan AND c.answered_at IS NULL ORDER BY c.id"
        ),
        {"plan": attempt.subject.id},
    ).all()
    if not rows:
        return None
    titles = {each["key"]: each["title"] for each in attempt.plan.template["sections"]}
    names = ", ".join(
        f"“{titles.get(row.section_key, row.section_key)}” ({row.desk})" for row in rows
    )
    return f"You asked for {names} and have no answer yet. Wait for it, or withdraw the request."


@guard
def sections_complete(attempt: Attempt, gate: str = "") -> str | None:
    """Every section that this gate asks for has something in it, and every row its parent."""
    missing = missing_sections(attempt, gate)
    if not missing:
        return None
    return f"Still to be filled in: {', '.join(missing)}."


def asked_for(section: SectionTemplate, gate: str) -> bool:
    """Whether a section is needed to pass a gate; proposals come before final."""
    return section.required and (section.gate == "" or section.gate == gate or gate == "")


def working_copy(attempt: Attempt) -> versions.Working:
    """The text as it stands under the lock of this act, read once."""
    copy: versions.Working | None = attempt.kept.get("working")
    if copy is None:
        copy = attempt.kept["working"] = versions.working(attempt.session, attempt.subject.id)
    return copy


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
def before_publication(attempt: Attempt) -> str | None:
    """A plan whose report is published can be withdrawn, not taken back."""
    published = attempt.session.scalar(
        text(
            "SELECT 1 FROM item_plan JOIN subject ON subject.id = item_plan.item_id "
            "WHERE plan_id = :plan AND subject.state IN ('published', 'decided') LIMIT 1"
        ),
        {"plan": attempt.subject.id},
    )
    return (
        "The report is already published, so the plan cannot be taken back. It can be withdrawn."
        if published
        else None
    )


def _to_members(attempt: Attempt) -> bool:
    kind = attempt.plan_type
    if not kind.route_setting:
        return bool(attempt.route)
    chosen = attempt.session.scalar(
        text("SELECT value FROM council_setting WHERE key = :key"), {"key": kind.route_setting}
    )
    return bool(
        attempt.framework.settings[kind.route_setting].default if chosen is None else chosen
    )


@guard
def goes_to_members(attempt: Attempt) -> str | None:
    """This plan type goes to members here (a setting of the council)."""
    return None if _to_members(attempt) else HIDDEN


@guard
def ends_with_officers(attempt: Attempt) -> str | None:
    """This plan type ends with its standards check here."""
    return HIDDEN if _to_members(attempt) else None


@guard
def has_route(attempt: Attempt) -> str | None:
    """There is a body to go to at every stage, so that the plan never waits for nobody."""
    if not attempt.route:
        return "The framework names no committee for this plan. Ask the support service."
    return " ".join(routes.without_a_body(attempt)) or None


@guard
def effect_date_reached(attempt: Attempt) -> str | None:
    """The day from which the plan runs has come."""
    if attempt.today >= attempt.plan.in_force_from_on:
        return None
    return "This plan takes effect later."


@guard
def all_plans_settled(attempt: Attempt) -> str | None:
    """A year closes when each of its plans is in force, ended or carried over."""
    open_refs = attempt.session.scalars(
        text(
            "SELECT ref FROM plan JOIN subject ON subject.id = plan.id "
            "WHERE planning_year_id = :year "
            "AND state NOT IN ('in_force', 'superseded', 'withdrawn') ORDER BY ref LIMIT 4"
        ),
        {"year": attempt.subject.id},
    ).all()
    if not open_refs:
        return None
    shown = ", ".join(open_refs[:3]) + (" and others" if len(open_refs) > 3 else "")
    return f"These plans are not settled yet: {shown}. Finish, withdraw or carry them over first."


@guard
def report_is_due(attempt: Attempt) -> str | None:
    """Progress is reported on a period that has ended (H1 to H6)."""
    reports = progress_reports.due(attempt)
    if not reports:
        return HIDDEN
    ends_on = min(each.ends_on for each in reports)
    if attempt.today > ends_on:
        return None
    return f"The next report is on the time until {long_date(ends_on)}, which has not ended yet."


@guard
def dates_have_moved(attempt: Attempt) -> str | None:
    """A timetable is issued again for dates that differ from those issued last (H16)."""
    if baselines.have_moved(attempt.session, attempt.plan, attempt.framework):
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
def version_is_current(attempt: Attempt) -> str | None:
    """The text that the page displayed is the one that is acted on (INV-20).

    The working copy is asked and not the last sealed version: whoever else may write at this desk
    may have saved since, and it is the working copy that the act seals.
    """
    shown = attempt.evidence.shown_sha256
    if shown is NO_PAGE or shown == versions.digest(working_copy(attempt).texts):
        return None
    return "The text has changed since you opened this page. Look at the new version first."


@evidence_guard
def override_reason_given(attempt: Attempt) -> str | None:
    """A warning may be overridden, with a reason (a profile that is out of date)."""
    if attempt.evidence.override.strip():
        return None
    found = prerequisites.unmet(
        attempt.session, attempt.plan, attempt.plan_type.start_prerequisites
    )
    warned = prerequisites.sentences(found, "warn")
    if not warned:
        return None
    return " ".join(warned) + " Say why you go on all the same."


@condition
def contribution_open(attempt: Attempt) -> bool:
    """Somebody has been asked for a section and has not answered."""
    return bool(attempt.contributor_queues)


@condition
def milestone_missing(attempt: Attempt, gate: str) -> bool:
    """The plan has not passed this gate yet with any version."""
    return not attempt.session.scalar(
        text("SELECT 1 FROM milestone WHERE plan_id = :plan AND gate = :gate LIMIT 1"),
        {"plan": attempt.subject.id, "gate": gate},
    )
