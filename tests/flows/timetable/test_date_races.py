"""Several people at one change of dates at the same instant; and what mail goes by meanwhile.

It counts once and each is told once; no reminder ever leaves from a proposal.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import clock, people
from cycle.db import Database
from cycle.models import DateChange
from cycle.people import Actor
from tests import build
from tests.build import Cast
from tests.flows.core.test_races import race
from tests.flows.timetable import test_date_changes as dates
from workflows.core import idempotency
from workflows.core.idempotency import Form, Outcome
from workflows.timetable import change_requests

RACERS = 6
HOUSING = "SVP-2028-HOUSING"
APPLIED = "SELECT count(*) FROM event WHERE action = 'apply'"


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Year 1 with its timetable issued, and a meeting of the group that has moved a week."""
    with clock.set_to(build.SPRING):
        found = build.year_one(db)
        dates.issue(db, found)
        build.issue_outcomes(db, found)
        build.act(db, HOUSING, "start", None)
        dates.move(db)
        yield found


def approved(db: Database, who: Cast) -> str:
    """Sue has proposed the dates that follow, and Vera has approved them."""
    ref = dates.propose(db, who)
    build.change(db, ref, "approve", who.vera)
    return ref


def _apply(session: Session, person: int) -> str:
    found = session.scalars(select(DateChange.id)).one()
    actor = people.actor(session, person, lock=True)
    return change_requests.act(session, actor, found, "apply").ref


def test_of_several_proposals_at_once_one_is_saved(db: Database, who: Cast) -> None:
    def work(session: Session, _number: int) -> str:
        actor = people.actor(session, who.sue, lock=True)
        year = dates.year_id(session)
        return change_requests.propose(session, actor, year, "The group moved.").ref

    assert sorted(race(db.url, work, RACERS)) == ["Blocked"] * (RACERS - 1) + ["done"]
    assert dates.rows(db, "SELECT count(*) FROM date_change") == [(1,)]


def test_support_and_chief_executive_apply_at_once_and_it_counts_once(
    db: Database, who: Cast
) -> None:
    approved(db, who)
    both = (who.sue, who.vera)
    found = race(db.url, lambda session, number: _apply(session, both[number % 2]), RACERS)
    assert sorted(found) == ["NotAvailable"] * (RACERS - 1) + ["done"]
    assert dates.rows(db, APPLIED) == [(1,)]
    persons = [person for person, _ in dates.notices(db)]
    assert persons
    assert len(persons) == len(set(persons))
    ((lines, steps),) = dates.rows(db, "SELECT count(*), count(DISTINCT step_key) FROM slip")
    assert lines == steps > 0
    assert dates.broken(db) == []


def test_a_double_click_applies_once_with_one_outcome(db: Database, who: Cast) -> None:
    """INV-30: whoever clicks twice gets the first outcome."""
    approved(db, who)
    form = Form("changes.act", "11111111-1111-4111-8111-111111111111", {"action": "apply"})

    def work(session: Session, _number: int) -> str:
        def once(actor: Actor) -> Outcome:
            return Outcome(f"/timetable/changes/{_apply(session, actor.person_id)}", "Done.")

        return idempotency.once(session, who.sue, form, once).message

    assert race(db.url, work, RACERS) == ["done"] * RACERS
    assert dates.rows(db, APPLIED) == [(1,)]


def test_no_reminder_leaves_from_a_proposal(db: Database, who: Cast) -> None:
    """On each day before a proposed date, mail goes by the dates that stand and by no other."""
    approved(db, who)
    moved = dates.rows(
        db,
        "SELECT task.id, task.due_on, CAST(m->'after'->>'due_on' AS date) FROM date_change, "
        "jsonb_array_elements(CAST(moves AS jsonb)) AS m "
        "JOIN step ON step.key = m->>'key' JOIN task ON task.step_id = step.id "
        "WHERE task.closed_at IS NULL AND m->'after'->>'due_on' <> m->'before'->>'due_on'",
    )
    assert moved
    for task, stands, proposed in moved:
        for day in (proposed - timedelta(days=n) for n in range(8)):
            with clock.set_to(clock.at_local(day, 10)):
                db.run(build.notices_of_the_day)
        keys = [key for (key,) in dates.rows(
            db, f"SELECT key FROM outbox WHERE task_id = {task} AND kind <> 'opened'"
        )]  # fmt: skip
        assert any(stands.isoformat() in key for key in keys)
        assert not any(proposed.isoformat() in key for key in keys)
    assert dates.notices(db) == []
