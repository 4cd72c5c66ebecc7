"""Smallshire with something in every sealed table, made through the engine: a profile that was
returned and published, a report with comments and a decision, a waiver, a timetable that was issued
and whose dates have moved since, two checkpoints."""

from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import (
    AgendaItem,
    Body,
    Decision,
    ItemPlan,
    Meeting,
    OfficerComment,
    Recommendation,
    RouteStage,
    SectionComment,
    Waiver,
)
from cycle.people import Actor, Capacity
from cycle.record import canonical
from cycle.seen import NO_PAGE
from tests import build
from tests.build import Cast
from tests.flows.timetable import test_date_changes as dates
from workflows.calendar import day_rules
from workflows.calendar.day_rules import NewRule
from workflows.core import audit, engine, together
from workflows.core.attempt import Remarked
from workflows.core.audit import Act
from workflows.framework import pinned
from workflows.plans import comments, plans
from workflows.record import checkpoints
from workflows.record.verify import verify
from workflows.record.verify.findings import Place, Report
from workflows.reports import comment_scope

PROFILE = "SPR-2028-HOUSING"
REPORT = "ITEM-TEST"


def made(db: Database) -> Cast:
    """The whole of it, with two checkpoints; the record verifies."""
    who = build.council(db)
    build.cycle(db, who)
    if build.state(db, PROFILE) == "not_started":
        build.act(db, PROFILE, "start", None)
    build.fill(db, PROFILE, who.mo)
    build.act(db, PROFILE, "submit", who.mo)
    build.returned(db, PROFILE, who.ray)
    db.run(checkpoints.make)
    db.run(_write_more, who.mo)
    build.act(db, PROFILE, "submit", who.mo)
    build.act(db, PROFILE, "publish", who.ray)
    db.run(_report, who)
    db.run(_decide, who)
    db.run(_waive, who)
    dates.issue(db, who)
    dates.move(db)
    build.new_dates(db, who)
    db.run(_change_a_rule, who.monty)
    db.run(_settle, who.pat)
    db.run(checkpoints.make)
    return who


def _change_a_rule(session: Session, monty: int) -> None:
    new = NewRule(6, "clear", "", date(2033, 1, 1), None, "Resolution of Council, minute 2027/012")
    why = "Members asked for a day more to read."
    day_rules.change(session, build.actor(session, monty), "agenda_published", new, why)


def _write_more(session: Session, mo: int) -> None:
    plan = build.plan(session, PROFILE)
    actor = build.actor(session, mo)
    plans.write_section(session, actor, plan.id, "spend", "Spend rose to 12,400 homes.", NO_PAGE)


def _settle(session: Session, pat: int) -> None:
    """Pat of Parks comments on her own profile, and finds it dealt with."""
    plan, actor = build.plan(session, "SPR-2028-PARKS"), build.actor(session, pat)
    comments.comment(session, actor, plan.id, [Remarked("spend", "Say for what.")])
    comment = session.scalars(
        select(SectionComment).where(SectionComment.plan_id == plan.id).limit(1)
    ).one()
    comments.settle(session, actor, plan.id, comment.id, settled=True)


def _capacity(actor: Actor) -> Capacity:
    """Of somebody who has one post."""
    (post,) = actor.posts_held
    return Capacity.of(post)


def _report(session: Session, who: Cast) -> None:
    plan = build.plan(session, PROFILE)
    meeting = session.scalars(
        select(Meeting).join(Body).where(Body.public).order_by(Meeting.on_date).limit(1)
    ).one()
    item = AgendaItem(
        kind="item",
        ref=REPORT,
        title="The housing profile",
        lifecycle="item",
        state="requested",
        state_since_at=clock.now(),
        framework_version_id=plan.framework_version_id,
        body_id=meeting.body_id,
        verb="consider",
        meeting_id=meeting.id,
        report={"purpose": "To consider the profile."},
    )
    session.add(item)
    session.flush()
    session.add(ItemPlan(item_id=item.id, plan_id=plan.id, version_id=plan.shown_version_id))
    session.add(Recommendation(item_id=item.id, number=1, words="That it be noted.", decides=True))
    session.flush()
    sue = build.actor(session, who.sue)
    together.begin(session, [item], sue, "request_report", _capacity(sue))
    act = Act("comment", details={"kind": "finance"})
    finance = build.actor(session, who.fin)
    audit.seal(
        session,
        act,
        OfficerComment,
        item_id=item.id,
        kind="finance",
        wording="There are no implications.",
        no_implications=True,
        initials=finance.initials,
        person_id=finance.person_id,
        for_person_id=None,
        signed_on=clock.today(),
        scope=comment_scope.scope_of(comment_scope.parts(session, item)),
        at=clock.now(),
    )
    engine.record(session, item, finance, act, _capacity(finance))


def _item(session: Session) -> AgendaItem:
    return session.scalars(select(AgendaItem).where(AgendaItem.ref == REPORT)).one()


def _decide(session: Session, who: Cast) -> None:
    """The clerk records the decision and, later, corrects its wording."""
    item, clerk = _item(session), build.actor(session, who.cy)
    first = decide(session, item, clerk, "Noted.", None, "")
    decide(session, item, clerk, "Noted with thanks.", first, "A word was missing.")


def decide(
    session: Session,
    item: AgendaItem,
    clerk: Actor,
    words: str,
    supersedes: int | None,
    reason: str,
) -> int:
    """One decision on the report's recommendation, sealed by an act of its own."""
    row = session.execute(
        text(
            "SELECT r.id, subject.ref, v.sha256 FROM recommendation AS r "
            "JOIN item_plan AS i ON i.item_id = r.item_id "
            "JOIN subject ON subject.id = i.plan_id JOIN plan_version AS v ON v.id = i.version_id "
            "WHERE r.item_id = :item"
        ),
        {"item": item.id},
    ).one()
    act = Act("decide", reason=reason)
    decision = audit.seal(
        session,
        act,
        Decision,
        item_id=item.id,
        recommendation_id=row.id,
        meeting_id=item.meeting_id,
        outcome="noted",
        words=words,
        without_vote=True,
        effect=True,
        deferred_to_on=None,
        versions=canonical.dumps({row.ref: row.sha256}),
        decided_on=clock.today(),
        recorded_by_id=clerk.person_id,
        supersedes_id=supersedes,
        reason=reason,
        at=clock.now(),
    )
    engine.record(session, item, clerk, act, _capacity(clerk))
    return decision


def _waive(session: Session, who: Cast) -> None:
    plan, sue = build.plan(session, PROFILE), build.actor(session, who.sue)
    item = _item(session)
    stage = RouteStage(
        plan_id=plan.id, round=1, stage=1, body_id=item.body_id, verb="consider", status="waived"
    )
    session.add(stage)
    session.flush()
    act = Act("waive", reason="That committee did not meet.")
    audit.seal(
        session,
        act,
        Waiver,
        route_stage_id=stage.id,
        person_id=sue.person_id,
        reason=act.reason,
        at=clock.now(),
    )
    engine.record(session, plan, sue, act, _capacity(sue))


def checked(session: Session, outside: str | None = None) -> Report:
    """The report on what the session has done, with triggers on again as an intruder leaves them.

    The next verifier is another process: it has not parsed any framework yet.
    """
    session.flush()
    session.expire_all()
    session.execute(text("SET LOCAL session_replication_role = 'origin'"))
    pinned._parsed.clear()
    pinned.remembered.cache_clear()
    return verify.check(session, outside)


def places(report: Report) -> list[Place]:
    """Everything that was found, wherever."""
    return [place for check in report.broken for place in check.rows]
