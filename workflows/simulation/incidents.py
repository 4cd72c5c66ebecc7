"""How each kind of incident in a demo council's ``incidents.toml`` is acted out by people's verbs.

The rule that lives here: whoever the file names does it, on the day that it names; a deadline in a
closure needs nobody, since the dates themselves show it.
"""

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.incidents import Incident
from cycle import people
from cycle.models import AgendaItem, Body, ItemPlan, Meeting, Person, Plan, Post, Section, Unit
from cycle.people import Actor
from workflows.core.attempt import Evidence, Remarked
from workflows.council import reorganisation
from workflows.meetings import meetings
from workflows.people import appointments
from workflows.plans import plans
from workflows.reports import writing
from workflows.timetable import (
    baselines,
    change_requests,
    impact,
)


def _cover(session: Session, incident: Incident) -> None:
    post = session.scalars(select(Post).where(Post.key == incident.text("post"))).one()
    appointments.set_cover(
        session,
        acting(session, incident.text("recorded_by")),
        post.id,
        person_of(session, incident.text("covered_by")),
        incident.day("from"),
        incident.day("until"),
        incident.text("reason"),
    )


def _merge(session: Session, incident: Incident) -> None:
    reorganisation.merge_units(
        session,
        acting(session, incident.text("recorded_by")),
        unit_of(session, incident.text("former_key")),
        unit_of(session, incident.text("into")),
        incident.happens_on,
        incident.text("reason"),
    )


def _cancel(session: Session, incident: Incident) -> None:
    found = _meeting(session, incident.text("body"), incident.day("meeting"))
    clerk = acting(session, incident.text("recorded_by"))
    meetings.cancel_meeting(session, clerk, found, incident.text("reason"))


def _move(session: Session, incident: Incident) -> None:
    """A clerk records the move, support proposes what follows; once approved it is applied, and
    the timetable is issued again."""
    was, now, why = incident.day("meeting"), incident.day("to"), incident.text("reason")
    found = session.get_one(Meeting, _meeting(session, incident.text("body"), was))
    clerk, support = (acting(session, incident.text(k)) for k in ("recorded_by", "proposed_by"))
    meetings.move_meeting(session, clerk, found.id, now, found.at_time, why)
    year = impact.years_of(session, (was, now))[0]
    change = change_requests.propose(session, support, year.id, why)
    if not incident.text("approved_by"):
        return
    chief = acting(session, incident.text("approved_by"))
    change_requests.act(session, chief, change.id, "approve")
    change_requests.act(session, support, change.id, "apply")
    timetable = session.scalars(
        select(Plan)
        .join(Section, Section.plan_id == Plan.id)
        .where(Plan.planning_year_id == year.id, Section.kind == baselines.DATES)
    ).one()
    plans.act(session, chief, timetable.id, "reissue", Evidence(why))


def _return(session: Session, incident: Incident) -> None:
    plan = session.scalars(
        select(Plan).where(
            Plan.plan_type == incident.text("plan_type"),
            Plan.unit_id == unit_of(session, incident.text("unit")),
            Plan.year_of_effect == incident.happens_on.year + 1,
        )
    ).one()
    given = incident.values["comments"]
    comments = given if isinstance(given, list) else [given]
    remarks = tuple(
        Remarked(section, str(words))
        for section, words in zip(("proposals", "pressures"), comments, strict=False)
    )
    director = acting(session, incident.text("returned_by"))
    why = Evidence(incident.text("reason"), remarks)
    plans.act(session, director, plan.id, "return_for_changes", why)


def _comment(session: Session, incident: Incident) -> None:
    item = _report(session, incident)
    officer = acting(session, incident.text("commented_by"))
    writing.comment(session, officer, item, incident.text("comment"), incident.text("wording"))
    law = acting(session, "mei-ling-foster")
    words = "The recommendation falls within the terms of reference of the committee."
    writing.comment(session, law, item, "constitutional", words, covered=["recommendations"])


def _change(session: Session, incident: Incident) -> None:
    support = acting(session, "isaac-boateng")
    words = {"background": incident.text("changed_text")}
    writing.write_report(session, support, _report(session, incident), words)


def _nothing(_session: Session, _incident: Incident) -> None:
    """A deadline in a closure needs nobody to do anything: the dates themselves show it."""


_ACTED: Mapping[str, Callable[[Session, Incident], None]] = {
    "deadline_in_closure": _nothing,
    "meeting_cancelled": _cancel,
    "meeting_moved": _move,
    "cover": _cover,
    "comment_out_of_date": _change,
    "plan_returned": _return,
    "services_merged": _merge,
}


def days_of(incident: Incident) -> list[tuple[date, Callable[[Session, Incident], None]]]:
    """On which days somebody does what in one incident."""
    found = [(incident.happens_on, _ACTED[incident.kind])]
    if incident.kind == "comment_out_of_date":
        found.append((incident.day("commented_on"), _comment))
    return found


# Look-ups ----------------------------------------------------------------------------------------


def acting(session: Session, key: str) -> Actor:
    """The person with this key, with today's posts."""
    return people.actor(session, person_of(session, key), lock=True)


def person_of(session: Session, key: str) -> int:
    """The id of a person by key."""
    return session.scalars(select(Person.id).where(Person.key == key)).one()


def unit_of(session: Session, key: str) -> int:
    """The id of a unit by key."""
    return session.scalars(select(Unit.id).where(Unit.key == key)).one()


def queue_of(session: Session, post: str) -> int:
    """The queue of a post by key."""
    return session.scalars(select(Post.queue_id).where(Post.key == post)).one()


def _meeting(session: Session, body: str, on: date) -> int:
    return session.scalars(
        select(Meeting.id)
        .join(Body, Body.id == Meeting.body_id)
        .where(Body.key == body, Meeting.on_date == on)
    ).one()


def _report(session: Session, incident: Incident) -> int:
    return session.scalars(
        select(AgendaItem.id)
        .join(Body, Body.id == AgendaItem.body_id)
        .where(
            Body.key == incident.text("body"),
            AgendaItem.id.in_(
                select(ItemPlan.item_id)
                .join(Plan, Plan.id == ItemPlan.plan_id)
                .where(Plan.plan_type == incident.text("plan_type"))
            ),
        )
    ).one()
