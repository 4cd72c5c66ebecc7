"""What the committee tests share: Smallshire with two service committees, plans driven by the
verbs to the committees, and reports driven to their meetings."""

import json
from contextlib import AbstractContextManager
from datetime import date, time, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.council_loading import load_council
from cycle import clock, people
from cycle.db import Database
from cycle.models import AgendaItem, Body, Meeting, RouteStage
from tests import build, kit
from tests.build import Cast
from workflows.calendar import rhythm
from workflows.core.attempt import Evidence
from workflows.council import loading
from workflows.framework import pinned
from workflows.meetings import agenda, meetings, resolutions
from workflows.meetings.agenda import Publication
from workflows.reports import report_status, writing

STP, DP, BUD = "STP-2028", "DP-2028", "BUD-2028"
HOUSING, PARKS = "SVP-2028-HOUSING", "SVP-2028-PARKS"
OVERRIDE = Evidence(override="The profile is being written.")
PEOPLE_COMMITTEE = """
[[bodies]]
key = "people_committee"
name = "People Committee"
framework_body = "service_committee"
kind = "committee"
public = true
size = 7
quorum = 3
considers = ["place"]
weekday = "mon"
time = "10:30"
rhythm = "6/3, 9/3, 10/3, 11/3, 1/3, 2/3"
"""
ANSWERS = {
    "background": "The draft was written between May and September.",
    "other_options": "None",
    "reasons": "The plan carries out the framework of 2013.",
    "statutory_implications": "None",
    "contact_officer": "Sue Support, extension 100",
}


def on(day: date) -> AbstractContextManager[None]:
    """The product's clock at nine in the morning of a day."""
    return clock.set_to(clock.at_local(day))


AUTUMN = date(2027, 9, 1)


def council(db: Database, folder: Path, *, services_to_members: bool = False) -> Cast:
    """Smallshire, with a second service committee, and its cycle with Year 1 open."""
    name = "committees_to_members" if services_to_members else "committees"
    with on(AUTUMN):
        kit.made_once(db, name, lambda each: _make(each, folder, services_to_members))
    return build.cast(db)


def _make(db: Database, folder: Path, services_to_members: bool) -> None:
    council_file = (build.HERE / "data" / "smallshire.toml").read_text(
        encoding="utf-8"
    ) + PEOPLE_COMMITTEE
    if services_to_members:
        council_file = council_file.replace("to_members = false", "to_members = true")
    path = folder / "smallshire.toml"
    path.write_text(council_file, encoding="utf-8")
    db.run(loading.load, None, load_council(path), build.framework_data())
    db.run(_meetings)
    build.cycle(db, build.cast(db))


def _meetings(session: Session) -> None:
    rhythm.make_meetings(session, people.system(session), date(2027, 4, 1), date(2029, 4, 1))


def checked(db: Database, ref: str) -> Evidence:
    """Every question of the plan's standards check ticked."""

    def work(session: Session) -> Evidence:
        plan = build.plan(session, ref)
        framework = pinned.of(plan)
        template = framework.templates[framework.plan_types[plan.plan_type].template]
        return Evidence(checklist=template.checklist)

    return db.read(work)


def to_committees(db: Database, who: Cast, ref: str) -> None:
    """A council's plan from not started to its first committees; Hana writes, Vera passes on."""
    with on(AUTUMN):
        if build.state(db, ref) == "not_started":
            build.act(db, ref, "start", None)
        build.fill(db, ref, who.hana)
        if ref == STP:
            build.act(db, ref, "issue_outcomes", who.hana)
        again(db, who, ref)


def again(db: Database, who: Cast, ref: str) -> None:
    """From the author through review, leadership team and check to the committees."""
    build.act(db, ref, "submit", who.hana)
    build.act(db, ref, "pass_on", who.vera, OVERRIDE)
    build.act(db, ref, "record_agreed", who.sec)
    build.act(db, ref, "pass_check", who.sue, checked(db, ref))


def item(session: Session, ref: str) -> AgendaItem:
    """A report by its reference."""
    return session.scalars(select(AgendaItem).where(AgendaItem.ref == ref)).one()


def item_id(db: Database, ref: str) -> int:
    """The id of a report."""
    return db.read(lambda s: item(s, ref).id)


def refs(db: Database, state: str = "requested") -> list[str]:
    """The reports that stand in a state."""
    return db.read(
        lambda s: list(
            s.scalars(
                select(AgendaItem.ref).where(AgendaItem.state == state).order_by(AgendaItem.ref)
            )
        )
    )


def status(db: Database, ref: str) -> str:
    """Where a report stands, in words."""
    return db.read(lambda s: report_status.status_of(s, item(s, ref)))


def write(db: Database, who: Cast, ref: str) -> None:
    """Sue answers every heading of the report."""
    db.run(lambda s: writing.write_report(s, build.actor(s, who.sue), item(s, ref).id, ANSWERS))


def comment(db: Database, by: int, ref: str, kind: str, **more: object) -> None:
    """One person's comments on a report."""
    wording = str(more.pop("wording", "There are no specific implications."))

    def work(session: Session) -> None:
        writing.comment(
            session,
            build.actor(session, by),
            item(session, ref).id,
            kind,
            wording,
            **more,  # type: ignore[arg-type]
        )

    db.run(work)


def ready(db: Database, who: Cast, ref: str) -> None:
    """The report written and commented on."""
    write(db, who, ref)
    comment(db, who.fin, ref, "finance")
    comment(db, who.connie, ref, "constitutional")


def next_meeting(db: Database, ref: str, after: date) -> Meeting:
    """The first meeting of a report's body after a day."""

    def work(session: Session) -> Meeting:
        return session.scalars(
            select(Meeting)
            .where(Meeting.body_id == item(session, ref).body_id, Meeting.on_date > after)
            .where(Meeting.status == "planned")
            .order_by(Meeting.on_date)
        ).first() or _no_meeting(ref)

    return db.read(work)


def _no_meeting(ref: str) -> Meeting:
    raise AssertionError(f"Smallshire has no meeting for {ref}")


def listed(db: Database, who: Cast, ref: str, after: date) -> Meeting:
    """The report ready and on the agenda of the next meeting."""
    with on(after):
        ready(db, who, ref)
        meeting = next_meeting(db, ref, after + timedelta(days=14))
        db.run(lambda s: agenda.list_on(s, build.actor(s, who.cy), item(s, ref).id, meeting.id))
    return meeting


def listed_now(db: Database, who: Cast, ref: str, meeting_id: int | None = None) -> None:
    """Cy puts a report on the next agenda as it stands."""
    chosen = meeting_id or next_meeting(db, ref, clock.today()).id
    db.run(lambda s: agenda.list_on(s, build.actor(s, who.cy), item(s, ref).id, chosen))


def on_the_web() -> Publication:
    """Published at this moment on the council's own pages."""
    return Publication("https://democracy.smallshire.example/papers", clock.now())


def published(db: Database, who: Cast, ref: str, after: date) -> Meeting:
    """The report published in time for the next meeting."""
    meeting = listed(db, who, ref, after)
    with on(meeting.on_date - timedelta(days=12)):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), item(s, ref).id))
        db.run(lambda s: agenda.publish(s, build.actor(s, who.cy), item(s, ref).id, on_the_web()))
    return meeting


def stages(db: Database, ref: str) -> list[tuple[int, int, str, str]]:
    """The rows of a plan's routes: round, stage, body's key, status."""

    def work(session: Session) -> list[tuple[int, int, str, str]]:
        rows = session.execute(
            select(RouteStage.round, RouteStage.stage, Body.key, RouteStage.status)
            .join(Body, Body.id == RouteStage.body_id)
            .where(RouteStage.plan_id == build.plan(session, ref).id)
            .order_by(RouteStage.round, RouteStage.stage, Body.key)
        )
        return [(r[0], r[1], r[2], r[3]) for r in rows]

    return db.read(work)


def tasks(db: Database, ref: str) -> list[str]:
    """The kinds of the open tasks of a subject."""
    return db.read(
        lambda s: list(
            s.scalars(
                text(
                    "SELECT task.kind FROM task JOIN subject ON subject.id = task.subject_id "
                    "WHERE ref = :ref AND closed_at IS NULL ORDER BY task.kind"
                ),
                {"ref": ref},
            )
        )
    )


def extra_meeting(db: Database, who: Cast, body_key: str, day: date) -> Meeting:
    """Dora puts a meeting into the calendar."""

    def work(session: Session) -> Meeting:
        body = session.scalars(select(Body).where(Body.key == body_key)).one()
        actor = build.actor(session, who.dora)
        return meetings.add_meeting(session, actor, body.id, day, time(10, 30)).meeting

    return db.run(work)


def agree(db: Database, by: int, ref: str, day: date) -> None:
    """Agreed without a vote, on the day of the meeting."""
    with on(day):
        db.run(lambda s: resolutions.agree_all(s, build.actor(s, by), item(s, ref).id))


def through(db: Database, who: Cast, ref: str, after: date) -> date:
    """A report published for the next meeting and agreed there; gives the day of the meeting."""
    day = published(db, who, ref, after).on_date
    agree(db, who.cy, ref, day)
    return day


def proposals_agreed(db: Database, who: Cast) -> None:
    """The draft outcomes issued, and the proposals of Housing and Parks agreed."""
    with on(AUTUMN):
        build.act(db, STP, "start", None)
        build.fill(db, STP, who.hana)
        build.act(db, STP, "issue_outcomes", who.hana)
        for ref, author, director in _services(who):
            build.act(db, ref, "start", None)
            build.fill(db, ref, author)
            build.act(db, ref, "submit", author)
            build.act(db, ref, "pass_on", director, OVERRIDE)
            build.act(db, ref, "record_agreed", who.gus)


def _services(who: Cast) -> list[tuple[str, int, int]]:
    return [(HOUSING, who.mo, who.ray), (PARKS, who.pat, who.rita)]


def budget_to_council(db: Database, who: Cast) -> date:
    """The Budget recommended to Council; gives the day of Policy Committee's meeting."""
    proposals_agreed(db, who)
    with on(AUTUMN):
        build.act(db, BUD, "start", None)
        build.fill(db, BUD, who.fred)
        build.act(db, BUD, "submit", who.fred)
        build.act(db, BUD, "pass_on", who.selma, OVERRIDE)
        build.act(db, BUD, "record_agreed", who.sec)
        build.act(db, BUD, "pass_check", who.sue, checked(db, BUD))
    first = through(db, who, f"{BUD}-PEOPLE", AUTUMN)
    second = through(db, who, f"{BUD}-PLACE", AUTUMN)
    return through(db, who, f"{BUD}-POLICY", max(first, second))


def services_to_policy(db: Database, who: Cast) -> date:
    """Both service plans before Policy Committee: everything that comes before them is done."""
    after = budget_to_council(db, who)
    with on(after):
        write(db, who, f"{BUD}-COUNCIL")
        comment(db, who.selma, f"{BUD}-COUNCIL", "s25", wording="The estimates are robust.")
    after = through(db, who, f"{BUD}-COUNCIL", after)
    with on(AUTUMN):
        again(db, who, STP)
    for body in ("PEOPLE", "PLACE", "POLICY", "COUNCIL"):
        after = through(db, who, f"{STP}-{body}", after)
    to_committees(db, who, DP)
    for body in ("PEOPLE", "PLACE", "POLICY"):
        after = through(db, who, f"{DP}-{body}", after)
    with on(after):
        for ref, author, director in _services(who):
            build.act(db, ref, "start_final", None)
            build.fill(db, ref, author)
            build.act(db, ref, "submit", author)
            build.act(db, ref, "pass_on", director, OVERRIDE)
    _pass_both_at_once(db, who, after)
    return after


def _pass_both_at_once(db: Database, who: Cast, day: date) -> None:
    """Sue in two windows: both plans must meet in one report (the framework's ``one_report``)."""
    together = Barrier(2)

    def one(ref: str) -> None:
        with on(day):
            evidence = checked(db, ref)
            together.wait()
            build.act(db, ref, "pass_check_to_members", who.sue, evidence)

    both = [Thread(target=one, args=(ref,)) for ref in (HOUSING, PARKS)]
    for each in both:
        each.start()
    for each in both:
        each.join()


def last_payload(session: Session, ref: str) -> dict[str, Any]:
    """What the newest event of a subject says."""
    found = session.scalar(
        text(
            "SELECT payload FROM event JOIN subject ON subject.id = event.subject_id "
            "WHERE ref = :ref ORDER BY seq DESC LIMIT 1"
        ),
        {"ref": ref},
    )
    payload: dict[str, Any] = json.loads(str(found))
    return payload


def last_payload_of_council(db: Database) -> dict[str, Any]:
    """What the newest event on the council's own chain says."""
    return db.read(lambda s: last_payload(s, "COUNCIL"))
