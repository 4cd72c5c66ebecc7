"""Every verb that leaves an event, done once by whoever usually does it, in an order that works.

A row of ``VERBS`` names the actions that a piece of work leaves on the record for persons; it may
leave others besides. What the product can do and no row does is told by ``test_every_verb``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import council as files
from config.rhythm import Meeting as Published
from cycle import clock
from cycle.db import Database
from cycle.models import Appointment, Body, Cover, Decision, Person, Post, SectionComment, Unit
from tests import build
from tests.build import Cast
from tests.flows import capacities, committees as co
from tests.flows.committees import AUTUMN, HOUSING, PARKS, STP
from tests.flows.timetable import test_date_changes as dates, test_more_time as extra_time
from workflows.calendar import day_rules, external_dates, outside_events, published_meetings
from workflows.calendar.day_rules import NewRule
from workflows.council import loading as council_load, reorganisation
from workflows.cycles import carrying_over, closing_again, cycles, joining
from workflows.framework import post_permissions
from workflows.meetings import (
    agenda,
    corrections,
    dependents,
    meetings,
    resolutions,
    standstill,
)
from workflows.meetings.outcomes import Resolved
from workflows.people import accounts
from workflows.plans import comments, plans
from workflows.queues import chasing
from workflows.reports import writing
from workflows.timetable import change_requests

PASSWORDS = ("a long enough pass phrase", "another good pass phrase")
WHY = "There is a reason."
PLACE, POLICY, SHARED = f"{STP}-PLACE", f"{STP}-POLICY", "SVP-2028-POLICY"


@dataclass
class World:
    """A council so arranged, and who is who in it."""

    db: Database
    who: Cast
    council: files.Council

    def does(self, by: str, verb: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """One verb as this person."""
        return self.db.run(
            lambda s: verb(s, build.actor(s, getattr(self.who, by)), *given, **named)
        )

    def first(self, statement: Any) -> Any:
        """The first value that a query gives."""
        return self.db.read(lambda s: s.scalars(statement).first())

    def post(self, key: str) -> int:
        """The number of a post."""
        return int(self.first(select(Post.id).where(Post.key == key)))

    def unit(self, key: str) -> int:
        """The number of a unit."""
        return int(self.first(select(Unit.id).where(Unit.key == key)))

    def body(self, key: str) -> int:
        """The number of a body."""
        return int(self.first(select(Body.id).where(Body.key == key)))

    def named(self, name: str) -> int:
        """The number of somebody who came later."""
        return int(self.first(select(Person.id).where(Person.name == name)))

    def plan(self, ref: str) -> int:
        """The number of a plan."""
        return self.db.read(lambda s: build.plan(s, ref).id)

    def item(self, ref: str) -> int:
        """The number of a report."""
        return co.item_id(self.db, ref)


# People and structure -----------------------------------------------------------------------------


def newcomers(at: World) -> None:
    for name in ("Zoe New", "Yan New"):
        at.does("adam", accounts.add_person, name, f"{name[:3].lower()}@smallshire.example")


def passwords(at: World) -> None:
    token = at.db.run(lambda s: build.invited(s, at.who.adam, at.who.mo))
    at.db.run(lambda s: accounts.set_password(s, token, PASSWORDS[0]))
    at.does("mo", accounts.change_password, *PASSWORDS)


def posts(at: World) -> None:
    zoe, yan, today = at.named("Zoe New"), at.named("Yan New"), clock.today()
    last = (
        select(Appointment.id).where(Appointment.person_id == zoe).order_by(Appointment.id.desc())
    )
    at.does("adam", accounts.hold_post, zoe, at.post("vacant-one"))
    at.does("adam", accounts.change_role, at.first(last), at.post("vacant-two"))
    week = (today, today + timedelta(days=7))
    at.does("adam", accounts.set_cover, at.post("vacant-two"), yan, *week)
    at.does("adam", accounts.end_cover, at.first(select(Cover.id).where(Cover.person_id == yan)))
    at.does("adam", accounts.end_appointment, at.first(last))


def leaving(at: World) -> None:
    yan = at.named("Yan New")
    at.does("adam", accounts.end_sessions, yan)
    at.does("adam", accounts.deactivate, yan, WHY)
    at.does("adam", accounts.reactivate, yan)
    at.does("adam", accounts.deactivate, yan, WHY)
    at.does("adam", accounts.erase, yan, WHY)


def loading(at: World) -> None:
    """Adam loads the council's files with another name, and a changed framework."""
    data = capacities.framework()
    data["title"] += ", second edition"
    come = at.db.read(
        lambda s: s.execute(text("SELECT key, name, email FROM person WHERE name LIKE '% New'"))
    )
    more = {row.key: files.Person(key=row.key, name=row.name, email=row.email) for row in come}
    changed = replace(at.council, people={**at.council.people, **more}, name="Smallshire")
    at.does("adam", council_load.load, changed, data)


def structure(at: World) -> None:
    """A team is added and closed again."""
    given = ("repairs", "Repairs", "team", at.unit("housing"), clock.today())
    made = at.does("adam", reorganisation.add_unit, *given)
    at.does("adam", reorganisation.drop_unit, made.id, clock.today(), WHY)


def merging(at: World) -> None:
    """Parks goes into Housing with its plans and with what waits in its queues."""
    given = (at.unit("parks"), at.unit("housing"), clock.today(), WHY)
    at.does("adam", reorganisation.merge_units, *given, open_plans=reorganisation.CARRY)


# Days and meetings --------------------------------------------------------------------------------


def days(at: World) -> None:
    rule = NewRule(6, "clear", "", date(2033, 1, 1), None, "Resolution of Council, minute 27/12")
    at.does("monty", day_rules.change, "agenda_published", rule, WHY)
    event = next(iter(at.db.read(_kinds)))
    at.does("monty", outside_events.record_event, event, date(2028, 5, 4), "A letter")
    recorded = at.db.read(lambda s: outside_events.recorded_keys(s).pop())
    at.does("monty", outside_events.revert_event, recorded, WHY)


def closed_days(at: World) -> None:
    """A holiday that is undone again, and a closure."""
    holiday = clock.today() + timedelta(days=30)
    at.does("monty", external_dates.record_holiday, holiday, "A royal wedding")
    at.does("monty", external_dates.record_closure, date(2028, 8, 7), date(2028, 8, 8), "Works")
    at.does("monty", external_dates.revert, "holiday", holiday, WHY)


def _kinds(session: Session) -> list[str]:
    framework = post_permissions.framework(session)
    return sorted(outside_events.kinds(framework)) if framework else []


def calendar(at: World) -> None:
    """Dora keeps the calendar; Cy imports a file of meetings."""
    on = date(2028, 3, 30)
    noted = at.does("dora", meetings.add_meeting, at.body("policy_committee"), on, time(10, 30))
    at.does("dora", meetings.move_meeting, noted.meeting.id, on + timedelta(1), time(11), WHY)
    published = [Published("place_committee", date(2028, 3, 28), time(10, 30), "ordinary")]
    at.does("cy", published_meetings.import_meetings, published)


# The cycle ----------------------------------------------------------------------------------------


def opening(at: World) -> None:
    """The year is opened by mistake, closed again, and opened."""
    build.cycle(at.db, at.who)
    build.act(at.db, "SPR-2028-PARKS", "start", None)
    year = at.db.read(dates.year_id)
    at.does("sue", closing_again.close_again, year, WHY)
    at.does("sue", cycles.open_year, year)


def joins(at: World) -> None:
    """A cycle is joined in its third year."""
    cycle = at.does("sue", cycles.create_cycle, build.FRAMEWORK, 2035)
    at.does("sue", joining.join_midway, cycle.id, 3, WHY)


def imports(at: World) -> None:
    given = ("operating_profile", None, 2026, {}, (), WHY)
    at.does("sue", cycles.import_in_force, *given)


def timetable(at: World) -> None:
    dates.issue(at.db, at.who)
    dates.move(at.db)
    build.new_dates(at.db, at.who)


def more_time(at: World) -> None:
    ref = "SPR-2028-PARKS"
    if build.state(at.db, ref) == "not_started":
        build.act(at.db, ref, "start", None)
    task, due, _latest = extra_time.open_task(at.db, ref)
    later = extra_time.later(due, 1)
    change = at.does("pat", change_requests.ask_for_more_time, task, later, WHY).ref
    build.change(at.db, change, "grant", at.who.rita)


def structure_follows(at: World) -> None:
    """Two services are new; one gets its plans by itself, the other with all that has changed."""
    year = at.db.read(dates.year_id)
    for number, verb in enumerate((cycles.add_plan_for_unit, cycles.follow_structure)):
        given = (f"new-{number}", f"New service {number}", "service", at.unit("homes"))
        made = at.does("adam", reorganisation.add_unit, *given, clock.today())
        at.does("sue", verb, year, made.id if number == 0 else WHY)


def carried(at: World) -> None:
    year = at.db.read(dates.year_id)
    at.does("sue", carrying_over.carry_over_plans, year, [at.plan("CPR-2028")], WHY)


# A plan -------------------------------------------------------------------------------------------


def drafting(at: World) -> None:
    """Mo asks Fred twice, and takes one request back; he comments; Sue reminds."""
    build.act(at.db, HOUSING, "start", None)
    plan = at.plan(HOUSING)
    section = at.db.read(lambda s: build.remark(s, build.plan(s, HOUSING)).section_key)
    queue = at.first(select(Post.queue_id).where(Post.key == "finance-partner"))
    for by, outcome in (("mo", "withdrawn"), ("fred", "given")):
        asked = at.does("mo", plans.ask, plan, section, queue, "Please.")
        at.does(by, plans.answer, asked.id, outcome)
    at.does(
        "mo",
        comments.comment,
        plan,
        [at.db.read(lambda s: build.remark(s, build.plan(s, HOUSING)))],
    )
    beside = at.first(select(SectionComment.id))
    at.does("mo", comments.answer_comment, plan, beside, "It is in the next section.")
    at.does("mo", comments.settle, plan, beside, settled=True)
    at.does("sue", chasing.remind_these, [HOUSING])


def services(at: World) -> None:
    """Both service plans go to one report; Parks is taken off it again and asked about alone."""
    build.act(at.db, PARKS, "start", None)
    for ref, author, director in co._services(at.who):
        build.fill(at.db, ref, author)
        build.act(at.db, ref, "submit", author)
        build.act(at.db, ref, "pass_on", director, co.OVERRIDE)
        build.act(at.db, ref, "record_agreed", at.who.gus)
        build.act(at.db, ref, "start_final", None)
        build.fill(at.db, ref, author)
        build.act(at.db, ref, "submit", author)
        build.act(at.db, ref, "pass_on", director, co.OVERRIDE)
        build.act(at.db, ref, "pass_check_to_members", at.who.sue, co.checked(at.db, ref))
    at.does("sue", writing.take_plan_off, at.item(SHARED), PARKS, WHY)


def approved(at: World) -> None:
    """Policy Committee approves the plan of Housing."""
    co.through(at.db, at.who, SHARED, AUTUMN)


# A report -----------------------------------------------------------------------------------------


def to_committee(at: World) -> None:
    co.to_committees(at.db, at.who, STP)


def report(at: World) -> None:
    """Written and commented on, on an agenda and off it, closed and opened; its meeting moves."""
    meeting = co.listed(at.db, at.who, PLACE, AUTUMN)
    item = at.item(PLACE)
    at.does("cy", agenda.freeze, item)
    at.does("cy", agenda.reopen, item, WHY)
    on = meeting.on_date + timedelta(days=1)
    at.does("dora", meetings.move_meeting, meeting.id, on, meeting.at_time, WHY)
    at.does("cy", meetings.cancel_meeting, meeting.id, WHY)
    co.listed_now(at.db, at.who, PLACE)
    at.does("cy", agenda.postpone, item, WHY)


def recorded(at: World) -> None:
    """Place Committee gives its views; Policy Committee is asked; a word is corrected."""
    co.through(at.db, at.who, PLACE, AUTUMN)
    decision = at.first(select(Decision.id).order_by(Decision.id))
    at.does("cy", resolutions.correct, decision, "Warmly considered.", WHY)


def corrected(at: World) -> None:
    """What Policy Committee resolved is corrected by two; what depended on it is kept. A second
    correction is refused, a third taken back; the fourth lets the plan go back."""

    def propose(outcome: str) -> int:
        of_report = select(Decision.id).where(Decision.item_id == at.item(SHARED))
        decision = at.first(of_report.order_by(Decision.id.desc()))
        wanted = corrections.Wanted(outcome, WHY, None, True, WHY, WHY, minutes_signed=False)
        return int(at.does("cy", corrections.propose, decision, wanted).id)

    plan = at.plan(HOUSING)
    kept = propose("deferred")
    at.does("monty", corrections.agree, kept)
    at.does("cy", dependents.settle, kept, plan, dependents.KEPT, WHY)
    at.does("monty", corrections.refuse, propose("approved"), WHY)
    at.does("cy", corrections.withdraw, propose("approved"))
    back = propose("approved_with_amendments")
    at.does("monty", corrections.agree, back)
    at.does("cy", dependents.settle, back, plan, dependents.REOPENED, WHY)


def asked_again(at: World) -> None:
    """The report is withdrawn and asked for anew, deferred, and in the end referred back."""
    at.does("cy", agenda.withdraw_item, at.item(POLICY), WHY)
    at.does("sue", standstill.request_again, at.plan(STP))
    for ref, outcome in ((f"{POLICY}-2", "deferred"), (f"{POLICY}-3", "referred_back")):
        day = co.published(at.db, at.who, ref, clock.today()).on_date
        with co.on(day):
            resolved = [Resolved(at.db.read(_recommendation(ref)), outcome, words=WHY)]
            at.does("cy", resolutions.record_resolution, at.item(ref), resolved)


def _recommendation(ref: str) -> Callable[[Session], int]:
    return lambda s: resolutions.agenda_items.recommendations(s, co.item(s, ref))[0].id


def passed_over(at: World) -> None:
    """In the second round Place Committee does not meet; Sue brings the report to the new text."""
    co.again(at.db, at.who, STP)
    stage = (
        "SELECT route_stage.id FROM route_stage JOIN subject ON subject.id = plan_id "
        "WHERE ref = :ref AND status = 'open'"
    )
    row = at.db.read(lambda s: s.scalar(text(stage), {"ref": STP}))
    at.does("monty", resolutions.waive, row, WHY)


VERBS: dict[tuple[str, ...], Callable[[World], None]] = {
    ("add_person",): newcomers,
    ("invite", "set_password"): passwords,
    ("hold_post", "change_role", "set_cover", "end_cover", "end_holding"): posts,
    ("end_sessions", "deactivate", "reactivate", "erase"): leaving,
    ("load_council", "publish_framework", "migrate_framework"): loading,
    ("add_unit", "drop_unit"): structure,
    ("change_day_rule", "record_event", "take_back_event"): days,
    ("record_holiday", "record_closure", "take_back_day"): closed_days,
    (
        "create_cycle", "create_year", "make_meetings", "open_year", "create_plan", "begin",
        "close_again", "put_back",
    ): opening,
    ("add_meeting", "move_meeting", "make_meetings"): calendar,
    ("begin", "close_unplanned"): joins,
    ("import", "import_text"): imports,
    ("submit", "issue", "propose_dates", "approve", "apply", "replan"): timetable,
    ("propose_dates", "grant"): more_time,
    ("add_plans", "follow_structure", "create_plan"): structure_follows,
    ("carry_over",): carried,
    ("ask_contribution", "answer_contribution", "comment", "settle_comment", "remind"): drafting,
    ("pass_on", "record_agreed", "request_report", "plan_added", "plan_taken_off"): services,
    ("publish", "record_resolution", "approve"): approved,
    ("pass_check", "request_report"): to_committee,
    (
        "write_report", "comment", "list_item", "freeze", "reopen", "move_meeting",
        "meeting_moved", "cancel_meeting", "postpone",
    ): report,
    ("record_resolution", "body_resolved", "request_report", "correct"): recorded,
    (
        "propose_correction", "withdraw_correction", "agree_correction", "refuse_correction",
        "decision_corrected", "settle_correction", "decision_kept", "reopen_decision",
    ): corrected,
    ("withdraw", "report_withdrawn", "request_again", "body_resolved", "refer_back"): asked_again,
    ("waive", "request_report"): passed_over,
    ("merge_units", "tasks_moved", "carry_to_unit"): merging,
}  # fmt: skip
