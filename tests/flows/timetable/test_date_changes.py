"""A fact is recorded at once; our own dates follow when they are approved and applied, once."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.access import EVERY_PLAN
from cycle.db import Database
from cycle.errors import Blocked, NotAvailable, NotPermitted, OwnWork
from cycle.models import DateChange, PlanningYear, Unit
from tests import build
from tests.build import Cast
from workflows.cycles import cycles
from workflows.people import accounts as people
from workflows.record.verify import run as verify
from workflows.timetable import (
    baselines,
    change_requests,
    impact,
    rescheduling,
)

STEPS = (
    "SELECT key, due_on FROM step JOIN planning_year ON planning_year.id = planning_year_id "
    "WHERE number = 1"
)


@pytest.fixture
def june() -> Iterator[None]:
    """The morning on which Year 1 is opened."""
    with clock.set_to(build.SPRING):
        yield


@pytest.fixture
def who(db: Database, june: None) -> Cast:
    cast = build.year_one(db)
    issue(db, cast)
    return cast


def issue(db: Database, who: Cast) -> None:
    """Sue draws the timetable up, Vera issues it."""
    build.act(db, "TT-2028", "start", None)
    build.fill(db, "TT-2028", who.sue)
    build.act(db, "TT-2028", "submit", who.sue)
    build.act(db, "TT-2028", "issue", who.vera)


def year_id(session: Session) -> int:
    return int(session.scalar(text("SELECT id FROM planning_year WHERE number = 1")) or 0)


def meeting_of(db: Database, rule: str) -> tuple[int, date]:
    row = db.read(
        lambda s: s.execute(
            text(
                "SELECT meeting.id, on_date FROM step JOIN meeting ON meeting.id = meeting_id "
                "WHERE rule = :rule ORDER BY on_date LIMIT 1"
            ),
            {"rule": rule},
        ).one()
    )
    return row.id, row.on_date


def move(db: Database, rule: str = "service_plan_record_group", days: int = 7) -> None:
    """The fact alone: the meeting of a step is on another day."""
    meeting, _ = meeting_of(db, rule)
    db.run(
        lambda s: s.execute(
            text("UPDATE meeting SET on_date = on_date + :days WHERE id = :id"),
            {"days": days, "id": meeting},
        )
    )


def rows(db: Database, statement: str) -> list[Any]:
    return db.read(lambda s: [tuple(row) for row in s.execute(text(statement))])


def standing(db: Database) -> list[Any]:
    """Every byte of the steps and of the due dates of open tasks."""
    return rows(db, "SELECT step::text FROM step ORDER BY id") + rows(
        db, "SELECT id, due_on FROM task WHERE closed_at IS NULL ORDER BY id"
    )


def notices(db: Database) -> list[Any]:
    return rows(db, "SELECT person_id, key FROM outbox WHERE kind = 'moved' ORDER BY key")


def propose(db: Database, who: Cast, reason: str = "The group cannot meet.") -> str:
    return db.run(
        lambda s: change_requests.propose(s, build.actor(s, who.sue), year_id(s), reason).ref
    )


def broken(db: Database) -> list[str]:
    report = db.read(verify.check)
    return [check.key for check in report.checks if not check.ok]


# Baselines ----------------------------------------------------------------------------------------


def test_what_is_issued_is_kept_and_a_new_issue_needs_moved_dates_and_a_reason(
    db: Database, who: Cast
) -> None:
    (first,) = db.read(lambda s: baselines.all_of(s, year_id(s)))
    steps = dict(rows(db, STEPS))
    assert first.dates == steps
    assert first.who == "Vera Chief"
    with pytest.raises(Blocked, match="No date has changed"):
        build.act(db, "TT-2028", "reissue", who.vera, build.Evidence("Again."))
    move(db)
    build.new_dates(db, who)
    with pytest.raises(Blocked, match="Say why"):
        build.act(db, "TT-2028", "reissue", who.vera)
    with pytest.raises(NotPermitted):
        build.act(db, "TT-2028", "reissue", who.pat, build.Evidence("Mine."))
    build.act(db, "TT-2028", "reissue", who.vera, build.Evidence("The group moved."))
    old, new = db.read(lambda s: baselines.all_of(s, year_id(s)))
    assert old == first
    assert new.why == "The group moved."
    assert new.dates == dict(rows(db, STEPS)) != old.dates
    assert broken(db) == []


def test_whoever_wrote_the_timetable_does_not_issue_it(db: Database, june: None) -> None:
    who = build.year_one(db)
    build.act(db, "TT-2028", "start", None)
    build.fill(db, "TT-2028", who.sue)
    build.act(db, "TT-2028", "submit", who.sue)
    with pytest.raises(NotPermitted):
        build.act(db, "TT-2028", "issue", who.sue)


# Proposals ----------------------------------------------------------------------------------------


def test_a_proposal_moves_nothing_and_tells_nobody(db: Database, who: Cast) -> None:
    move(db)
    before = standing(db)
    ref = propose(db, who)
    assert [each for each in standing(db) if each in before] == before
    assert notices(db) == []
    build.change(db, ref, "approve", who.vera)
    assert notices(db) == []
    assert [each for each in standing(db) if each in before] == before
    assert broken(db) == []


def test_applied_once_and_each_person_told_once(db: Database, who: Cast) -> None:
    move(db)
    ref = build.new_dates(db, who)
    told = notices(db)
    assert told
    assert len({person for person, _ in told}) == len(told)
    assert who.mo in {person for person, _ in told}
    with pytest.raises(NotAvailable):
        build.change(db, ref, "apply", who.sue)
    assert notices(db) == told
    assert broken(db) == []


def test_nobody_approves_what_they_proposed(db: Database, who: Cast) -> None:
    move(db)
    ref = propose(db, who)
    with pytest.raises(NotPermitted):
        build.change(db, ref, "approve", who.sue)
    with pytest.raises(NotAvailable):
        build.change(db, ref, "apply", who.sue)


def test_not_even_in_the_post_of_whoever_approves_them(db: Database, who: Cast) -> None:
    """INV-22: Sue covers for Vera, whose approval her own proposal needs."""

    def cover(session: Session) -> None:
        vera = build.actor(session, who.vera)
        (at,) = (each.post_id for each in vera.desks)
        until = clock.today() + timedelta(days=14)
        people.set_cover(
            session, vera, at, who.sue, clock.today(), until, "Leave.", knows_four_eyes=True
        )

    db.run(cover)
    move(db)
    ref = propose(db, who)
    with pytest.raises(OwnWork, match="You proposed these dates, so someone else"):
        build.change(db, ref, "approve", who.sue)
    build.change(db, ref, "approve", who.vera)


def test_one_proposal_at_a_time_and_only_while_it_still_fits(db: Database, who: Cast) -> None:
    move(db)
    ref = propose(db, who)
    with pytest.raises(Blocked, match="is waiting"):
        propose(db, who)
    build.change(db, ref, "approve", who.vera)
    move(db, days=7)
    with pytest.raises(Blocked, match="Something else has moved"):
        build.change(db, ref, "apply", who.sue)
    build.change(db, ref, "withdraw", who.sue)
    assert propose(db, who) != ref


def test_applying_and_taking_back_gives_the_same_bytes(db: Database, who: Cast) -> None:
    before = standing(db)
    move(db)
    ref = build.new_dates(db, who)
    assert standing(db) != before
    with pytest.raises(Blocked, match="Say why"):
        build.change(db, ref, "revert", who.vera)
    build.change(db, ref, "revert", who.vera, "The group meets on the old day after all.")
    assert standing(db) == before
    assert broken(db) == []


def test_what_has_moved_again_is_not_taken_back(db: Database, who: Cast) -> None:
    move(db)
    first = build.new_dates(db, who)
    move(db)
    build.new_dates(db, who)
    with pytest.raises(Blocked, match="has moved again since"):
        build.change(db, first, "revert", who.vera, "A mistake.")


def test_every_moved_step_has_its_line_in_the_ledger(db: Database, who: Cast) -> None:
    planned = db.read(lambda s: baselines.of_year(s, year_id(s)))
    move(db)
    ref = build.new_dates(db, who, "The room is not free.")
    change = db.read(lambda s: s.query(DateChange).filter_by(ref=ref).one())
    anew = [each for each in rescheduling.read(change.moves) if each.is_dated_anew]
    lines = rows(
        db, "SELECT step_key, planned_on, from_on, to_on, why, person_id FROM slip ORDER BY id"
    )
    assert {line[0] for line in lines} == {each.key for each in anew}
    for key, planned_on, from_on, to_on, why, person in lines:
        assert planned_on == planned[key] == from_on != to_on
        assert (why, person) == ("The room is not free.", who.sue)


# What if ------------------------------------------------------------------------------------------


def test_what_if_says_what_breaks_and_writes_nothing(db: Database, who: Cast) -> None:
    meeting, on = meeting_of(db, "budget_council")
    before, records = standing(db), rows(db, "SELECT count(*) FROM event")

    def asked(session: Session) -> Any:
        year = session.get_one(PlanningYear, year_id(session))
        return impact.follow(session, year, EVERY_PLAN, {meeting: on + timedelta(days=21)})

    found = db.read(asked)
    assert any("before 11 March" in each.sentence for each in found.breaches)
    assert standing(db) == before
    assert rows(db, "SELECT count(*) FROM event") == records


def test_what_if_leaves_out_what_follows_from_another_fact_already(db: Database, who: Cast) -> None:
    move(db)
    meeting, on = meeting_of(db, "budget_council")

    def asked(session: Session) -> Any:
        year = session.get_one(PlanningYear, year_id(session))
        return impact.follow(session, year, EVERY_PLAN, {meeting: on + timedelta(days=1)})

    found = db.read(asked)
    assert {each.key.split(":")[0] for each in found.moved} >= {"budget_council"}
    assert not any("service_plan_record_group" in each.key for each in found.moved)
    assert found.mended == ()


def test_what_if_and_the_proposal_say_the_same(db: Database, who: Cast) -> None:
    meeting, on = meeting_of(db, "service_plan_record_group")

    def asked(session: Session, day: date | None) -> Any:
        year = session.get_one(PlanningYear, year_id(session))
        elsewhere = {meeting: day} if day else None
        return {(e.key, e.before, e.after) for e in
                impact.follow(session, year, EVERY_PLAN, elsewhere).moved}  # fmt: skip

    if_moved = db.read(asked, on + timedelta(days=7))
    move(db)
    assert db.read(asked, None) == if_moved
    assert if_moved


# More time ----------------------------------------------------------------------------------------


def open_task(db: Database, ref: str) -> tuple[int, date, date]:
    ((task, due, latest),) = rows(
        db,
        "SELECT task.id, task.due_on, step.latest_on FROM task JOIN step ON step.id = step_id "
        f"JOIN subject ON subject.id = subject_id WHERE ref = '{ref}' AND closed_at IS NULL",
    )
    return task, due, latest


@pytest.fixture
def profile(db: Database, who: Cast) -> tuple[int, date, date]:
    """Mo's task to bring the profile of Housing up to date."""
    build.act(db, "SPR-2028-HOUSING", "start", None)
    return open_task(db, "SPR-2028-HOUSING")


def ask(db: Database, person: int, task: int, on: date, reason: str = "Two are ill.") -> str:
    return db.run(
        lambda s: change_requests.ask_for_more_time(s, build.actor(s, person), task, on, reason).ref
    )


def later(day: date, days: int) -> date:
    """A weekday some days on."""
    day += timedelta(days=days)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def test_mo_asks_for_a_day_and_ray_grants_it(db: Database, who: Cast, profile: Any) -> None:
    task, due, latest = profile
    wanted = later(due, 1)
    assert wanted < latest
    ref = ask(db, who.mo, task, wanted)
    assert open_task(db, "SPR-2028-HOUSING")[1] == due
    assert answering(db, ref, who.ray)
    assert not answering(db, ref, who.vera)
    with pytest.raises(NotPermitted):
        build.change(db, ref, "grant", who.mo)
    with pytest.raises(NotPermitted):
        build.change(db, ref, "grant", who.rita)
    build.change(db, ref, "grant", who.ray)
    assert open_task(db, "SPR-2028-HOUSING")[1] == wanted
    assert rows(db, "SELECT from_on, to_on, why FROM slip") == [(due, wanted, "Two are ill.")]
    assert [person for person, _ in notices(db)].count(who.mo) == 1
    # What was granted stands when other dates follow from a fact.
    move(db, "budget_council", 7)
    assert all(not each.key.startswith("service_profile_draft:SPR-2028-HOUSING")
               for each in db.read(of_facts))  # fmt: skip
    assert broken(db) == []


def answering(db: Database, ref: str, whom: int) -> bool:
    """Whether it is this person's task to answer a request for more time."""
    found = text(
        "SELECT queue_id FROM task JOIN subject ON subject.id = task.subject_id "
        "WHERE subject.ref = :ref AND task.kind = 'answer_more_time' AND closed_at IS NULL"
    )
    at = db.read(lambda s: s.scalar(found, {"ref": ref}))
    return at in db.read(lambda s: build.actor_of(s, whom).queue_ids)


def of_facts(session: Session) -> list[rescheduling.Move]:
    return rescheduling.of_facts(session, session.get_one(PlanningYear, year_id(session)))


def test_where_few_days_are_left_whoever_issues_the_timetable_answers(
    db: Database, who: Cast, profile: Any
) -> None:
    task, _due, latest = profile
    ref = ask(db, who.mo, task, latest)
    assert answering(db, ref, who.vera)
    assert not answering(db, ref, who.ray)
    with pytest.raises(Blocked):
        build.change(db, ref, "grant", who.ray)
    with pytest.raises(Blocked, match="Say why"):
        build.change(db, ref, "grant_below", who.vera)
    build.change(db, ref, "grant_below", who.vera, "The committee can wait.")
    assert open_task(db, "SPR-2028-HOUSING")[1] == latest


def test_a_request_says_why_and_for_a_day_that_can_be(
    db: Database, who: Cast, profile: Any
) -> None:
    task, due, latest = profile
    with pytest.raises(Blocked, match="Give a later day"):
        ask(db, who.mo, task, due)
    with pytest.raises(Blocked, match="The last day is"):
        ask(db, who.mo, task, later(latest, 1))
    with pytest.raises(Blocked, match="not a working day"):
        ask(db, who.mo, task, due + timedelta(days=6 - due.weekday() + 7))
    with pytest.raises(Blocked, match="Say why"):
        ask(db, who.mo, task, latest, " ")
    with pytest.raises(NotPermitted):
        ask(db, who.ray, task, latest)
    assert rows(db, "SELECT count(*) FROM date_change") == [(0,)]


def test_a_refused_request_moves_nothing(db: Database, who: Cast, profile: Any) -> None:
    task, due, latest = profile
    ref = ask(db, who.mo, task, later(due, 1))
    with pytest.raises(Blocked, match="is waiting for its answer"):
        ask(db, who.mo, task, latest)
    build.change(db, ref, "refuse", who.ray, "The group needs it then.")
    assert open_task(db, "SPR-2028-HOUSING")[1] == due
    assert notices(db) == []


# The ledger and later plans ---------------------------------------------------------------------


def _new_service(session: Session, by: int) -> list[str]:
    housing = session.scalars(select(Unit).where(Unit.key == "housing")).one()
    fresh = Unit(
        key="markets",
        name="Markets",
        level="service",
        parent_id=housing.parent_id,
        from_on=clock.today(),
        path=[],
    )
    session.add(fresh)
    session.flush()
    fresh.path = [*housing.path[:-1], fresh.id]
    session.flush()
    made = cycles.add_plan_for_unit(session, build.actor(session, by), year_id(session), fresh.id)
    return [plan.ref for plan in made]


def test_a_plan_that_comes_later_moves_no_date_of_the_year(db: Database, who: Cast) -> None:
    """A meeting has moved and nobody has agreed to new dates; then a new service gets its plan."""
    of_the_year = "SELECT key, due_on FROM step WHERE plan_id IS NULL ORDER BY id"
    move(db, "clt_proposals", 1)
    before = rows(db, of_the_year)
    assert "clt_proposals" in {each.key for each in db.read(of_facts)}
    assert "SVP-2028-MARKETS" in db.run(_new_service, who.sue)
    assert rows(db, of_the_year) == before
    assert "clt_proposals" in {each.key for each in db.read(of_facts)}
    assert broken(db) == []


def test_a_date_that_moved_without_a_line_in_the_ledger_is_found(
    db: Database, who: Cast, owner_db: Database
) -> None:
    assert broken(db) == []
    owner_db.run(
        lambda s: s.execute(text("UPDATE step SET due_on = due_on + 1 WHERE key = 'go_live'"))
    )
    assert broken(db) == ["INV-05-slipped"]
