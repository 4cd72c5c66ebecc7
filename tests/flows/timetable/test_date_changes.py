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
from workflows.core import engine
from workflows.cycles import cycles
from workflows.people import accounts
from workflows.record.verify import verify
from workflows.timetable import (
    baselines,
    change_guards,
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


def written(db: Database) -> list[Any]:
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
    before = written(db)
    ref = propose(db, who)
    assert [each for each in written(db) if each in before] == before
    assert notices(db) == []
    build.change(db, ref, "approve", who.vera)
    assert notices(db) == []
    assert [each for each in written(db) if each in before] == before
    assert broken(db) == []


def test_applied_once_and_each_person_told_once(db: Database, who: Cast) -> None:
    move(db)
    ref = build.new_dates(db, who)
    notified = notices(db)
    assert notified
    assert len({person for person, _ in notified}) == len(notified)
    assert who.mo in {person for person, _ in notified}
    with pytest.raises(NotAvailable):
        build.change(db, ref, "apply", who.sue)
    assert notices(db) == notified
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
        (at,) = (each.post_id for each in vera.posts_held)
        until = clock.today() + timedelta(days=14)
        accounts.set_cover(
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
    before = written(db)
    move(db)
    ref = build.new_dates(db, who)
    assert written(db) != before
    with pytest.raises(Blocked, match="Say why"):
        build.change(db, ref, "revert", who.vera)
    build.change(db, ref, "revert", who.vera, "The group meets on the old day after all.")
    assert written(db) == before
    assert broken(db) == []


def test_what_has_moved_again_is_not_taken_back(db: Database, who: Cast) -> None:
    move(db)
    first = build.new_dates(db, who)
    move(db)
    build.new_dates(db, who)
    with pytest.raises(Blocked, match="has moved again since"):
        build.change(db, first, "revert", who.vera, "A mistake.")


def test_what_has_moved_again_of_an_exempt_plan_is_not_named(db: Database, who: Cast) -> None:
    """INV-51: Mem is told that something has moved again, and Sue what."""
    move(db)
    first = build.new_dates(db, who)
    later = text("UPDATE step SET due_on = due_on + 1 WHERE plan_id IS NOT NULL")
    db.run(lambda s: s.execute(later))
    withheld = "A date of a plan that is not open to you"
    db.run(lambda s: s.execute(text("UPDATE subject SET exempt = true WHERE kind = 'plan'")))

    def sentence(session: Session, person: int) -> str:
        change = session.query(DateChange).filter_by(ref=first).one()
        attempt, _ = engine.attempt_on(session, change, build.actor_of(session, person))
        return change_guards.dates_stand_as_applied(attempt) or ""

    assert withheld in db.read(sentence, who.mem)
    assert withheld not in db.read(sentence, who.sue)
    assert "has moved again since" in db.read(sentence, who.sue)


def test_every_moved_step_has_its_line_in_the_ledger(db: Database, who: Cast) -> None:
    planned = db.read(lambda s: baselines.of_year(s, year_id(s)))
    move(db)
    ref = build.new_dates(db, who, "The room is not free.")
    change = db.read(lambda s: s.query(DateChange).filter_by(ref=ref).one())
    redated = [each for each in rescheduling.read(change.moves) if each.is_redated]
    lines = rows(
        db, "SELECT step_key, planned_on, from_on, to_on, why, person_id FROM slip ORDER BY id"
    )
    assert {line[0] for line in lines} == {each.key for each in redated}
    for key, planned_on, from_on, to_on, why, person in lines:
        assert planned_on == planned[key] == from_on != to_on
        assert (why, person) == ("The room is not free.", who.sue)


# What if ------------------------------------------------------------------------------------------


def test_what_if_says_what_breaks_and_writes_nothing(db: Database, who: Cast) -> None:
    meeting, on = meeting_of(db, "budget_council")
    before, records = written(db), rows(db, "SELECT count(*) FROM event")

    def asked(session: Session) -> Any:
        year = session.get_one(PlanningYear, year_id(session))
        return impact.follow(session, year, EVERY_PLAN, {meeting: on + timedelta(days=21)})

    found = db.read(asked)
    assert any("before 11 March" in each.sentence for each in found.breaches)
    assert written(db) == before
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
        moved_meetings = {meeting: day} if day else None
        return {(e.key, e.before, e.after) for e in
                impact.follow(session, year, EVERY_PLAN, moved_meetings).moved}  # fmt: skip

    if_moved = db.read(asked, on + timedelta(days=7))
    move(db)
    assert db.read(asked, None) == if_moved
    assert if_moved


# The ledger and later plans ---------------------------------------------------------------------


def of_facts(session: Session) -> list[rescheduling.Move]:
    return rescheduling.of_facts(session, session.get_one(PlanningYear, year_id(session)))


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
