"""How each kind of trouble in a demo council's ``trouble.toml`` is acted out by people's own verbs.

The rule that lives here: whoever the file names does it, on the day that it names; a deadline in a
closure needs nobody, since the dates themselves show it.
"""

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.incidents import Trouble
from cycle import people
from cycle.models import AgendaItem, Body, ItemPlan, Meeting, Person, Plan, Post, Section, Unit
from cycle.people import Actor
from workflows.core.attempt import Evidence, Remarked
from workflows.council import reorganisation
from workflows.meetings import meetings
from workflows.people import appointments
from workflows.plans import plans
from workflows.reports import writing as reports
from workflows.timetable import (
    baselines,
    change_requests,
    impact,
)


def _cover(session: Session, trouble: Trouble) -> None:
    post = session.scalars(select(Post).where(Post.key == trouble.text("post"))).one()
    appointments.set_cover(
        session,
        acting(session, trouble.text("recorded_by")),
        post.id,
        person_of(session, trouble.text("covered_by")),
        trouble.day("from"),
        trouble.day("until"),
        trouble.text("reason"),
    )


def _merge(session: Session, trouble: Trouble) -> None:
    reorganisation.merge_units(
        session,
        acting(session, trouble.text("recorded_by")),
        unit_of(session, trouble.text("former_key")),
        unit_of(session, trouble.text("into")),
        trouble.happens_on,
        trouble.text("reason"),
    )


def _cancel(session: Session, trouble: Trouble) -> None:
    found = _meeting(session, trouble.text("body"), trouble.day("meeting"))
    clerk = acting(session, trouble.text("recorded_by"))
    meetings.cancel_meeting(session, clerk, found, trouble.text("reason"))


def _move(session: Session, trouble: Trouble) -> None:
    """A clerk records the move, support proposes what follows; once approved it is applied, and
    the timetable is issued again."""
    was, now, why = trouble.day("meeting"), trouble.day("to"), trouble.text("reason")
    found = session.get_one(Meeting, _meeting(session, trouble.text("body"), was))
    clerk, support = (acting(session, trouble.text(k)) for k in ("recorded_by", "proposed_by"))
    meetings.move_meeting(session, clerk, found.id, now, found.at_time, why)
    year = impact.years_of(session, (was, now))[0]
    change = change_requests.propose(session, support, year.id, why)
    if not trouble.text("approved_by"):
        return
    chief = acting(session, trouble.text("approved_by"))
    change_requests.act(session, chief, change.id, "approve")
    change_requests.act(session, support, change.id, "apply")
    timetable = session.scalars(
        select(Plan)
        .join(Section, Section.plan_id == Plan.id)
        .where(Plan.planning_year_id == year.id, Section.kind == baselines.DATES)
    ).one()
    plans.act(session, chief, timetable.id, "reissue", Evidence(why))


def _return(session: Session, trouble: Trouble) -> None:
    plan = session.scalars(
        select(Plan).where(
            Plan.plan_type == trouble.text("plan_type"),
            Plan.unit_id == unit_of(session, trouble.text("unit")),
            Plan.year_of_effect == trouble.happens_on.year + 1,
        )
    ).one()
    said = trouble.values["comments"]
    comments = said if isinstance(said, list) else [said]
    remarks = tuple(
        Remarked(section, str(words))
        for section, words in zip(("proposals", "pressures"), comments, strict=False)
    )
    director = acting(session, trouble.text("returned_by"))
    why = Evidence(trouble.text("reason"), remarks)
    plans.act(session, director, plan.id, "return_for_changes", why)


def _comment(session: Session, trouble: Trouble) -> None:
    item = _report(session, trouble)
    officer = acting(session, trouble.text("commented_by"))
    reports.comment(session, officer, item, trouble.text("comment"), trouble.text("wording"))
    law = acting(session, "mei-ling-foster")
    words = "The recommendation falls within the terms of reference of the committee."
    reports.comment(session, law, item, "constitutional", words, covered=["recommendations"])


def _change(session: Session, trouble: Trouble) -> None:
    support = acting(session, "isaac-boateng")
    words = {"background": trouble.text("changed_text")}
    reports.write_report(session, support, _report(session, trouble), words)


def _nothing(_session: Session, _trouble: Trouble) -> None:
    """A deadline in a closure needs nobody to do anything: the dates themselves show it."""


_ACTED: Mapping[str, Callable[[Session, Trouble], None]] = {
    "deadline_in_closure": _nothing,
    "meeting_cancelled": _cancel,
    "meeting_moved": _move,
    "cover": _cover,
    "comment_out_of_date": _change,
    "plan_returned": _return,
    "services_merged": _merge,
}


def days_of(trouble: Trouble) -> list[tuple[date, Callable[[Session, Trouble], None]]]:
    """On which days somebody does what for one trouble."""
    found = [(trouble.happens_on, _ACTED[trouble.kind])]
    if trouble.kind == "comment_out_of_date":
        found.append((trouble.day("commented_on"), _comment))
    return found


# Look-ups ----------------------------------------------------------------------------------------


def acting(session: Session, key: str) -> Actor:
    """The person with this key, with today's desks."""
    return people.actor(session, person_of(session, key), lock=True)


def person_of(session: Session, key: str) -> int:
    """The id of a person by key."""
    return session.scalars(select(Person.id).where(Person.key == key)).one()


def unit_of(session: Session, key: str) -> int:
    """The id of a unit by key."""
    return session.scalars(select(Unit.id).where(Unit.key == key)).one()


def queue_of(session: Session, post: str) -> int:
    """The desk of a post by key."""
    return session.scalars(select(Post.queue_id).where(Post.key == post)).one()


def _meeting(session: Session, body: str, on: date) -> int:
    return session.scalars(
        select(Meeting.id)
        .join(Body, Body.id == Meeting.body_id)
        .where(Body.key == body, Meeting.on_date == on)
    ).one()


def _report(session: Session, trouble: Trouble) -> int:
    return session.scalars(
        select(AgendaItem.id)
        .join(Body, Body.id == AgendaItem.body_id)
        .where(
            Body.key == trouble.text("body"),
            AgendaItem.id.in_(
                select(ItemPlan.item_id)
                .join(Plan, Plan.id == ItemPlan.plan_id)
                .where(Plan.plan_type == trouble.text("plan_type"))
            ),
        )
    ).one()
