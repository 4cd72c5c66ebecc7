"""My work: each person's tasks, page by page, and reminding those who have them.

Sue (support) reminds; Mo has Housing's profile to write, Pat that of Parks.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cycle import clock, people
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotFound, NotPermitted
from tests import build
from tests.build import Cast
from tests.flows.plans.test_reading import HOUSING, both_writing, statements
from workflows.queues import chasing, my_work
from workflows.record import history


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire in June 2027, Year 1 open, both services writing their profiles."""
    with clock.set_to(build.SPRING):
        yield both_writing(db)


def work(db: Database, person: int, which: Any = "me", after: Any = None) -> my_work.Page:
    return db.read(lambda s: my_work.my_work(s, people.actor(s, person), which, after))


def counts(db: Database, person: int) -> dict[str, int]:
    return db.read(lambda s: my_work.counts(s, people.actor(s, person)))


def test_each_person_sees_only_the_tasks_of_their_posts(db: Database, who: Cast) -> None:
    assert [each.ref for each in work(db, who.mo).rows] == ["SPR-2028-HOUSING"]
    assert [each.ref for each in work(db, who.pat).rows] == ["SPR-2028-PARKS"]
    assert work(db, who.mem).rows == []
    assert counts(db, who.mo) == {"me": 1, "waiting": 0, "done": 0}


def test_what_was_passed_on_waits_for_others_and_what_is_done_is_kept(
    db: Database, who: Cast
) -> None:
    build.fill(db, "SPR-2028-HOUSING", who.mo)
    build.act(db, "SPR-2028-HOUSING", "submit", who.mo)
    assert work(db, who.mo).rows == []
    waiting = work(db, who.mo, "waiting").rows
    assert [each.ref for each in waiting] == ["SPR-2028-HOUSING"]
    assert waiting[0].who
    assert [each.label for each in work(db, who.mo, "done").rows] == [
        "Bring the profile up to date"
    ]
    assert counts(db, who.mo) == {"me": 0, "waiting": 1, "done": 1}


def many_tasks(db: Database, who: Cast, count: int) -> None:
    """Many open tasks for Mo, on made-up slots; the inbox only reads them."""
    db.run(
        lambda s: s.execute(
            text(
                "INSERT INTO task (subject_id, kind, slot, label, queue_id, generation, due_on, "
                "opened_at) SELECT t.subject_id, 'extra', n::text, 'Extra', t.queue_id, 1, "
                "DATE '2027-07-01' + (n % 40), now() FROM task AS t "
                "JOIN subject ON subject.id = t.subject_id, generate_series(1, :count) AS n "
                "WHERE subject.ref = 'SPR-2028-HOUSING' AND t.closed_at IS NULL"
            ),
            {"count": count},
        )
    )


def test_a_long_list_is_read_page_by_page_and_counted_exactly(db: Database, who: Cast) -> None:
    many_tasks(db, who, 60)
    seen: list[int] = []
    after = None
    for _ in range(4):
        page = work(db, who.mo, "me", after)
        seen += [each.id for each in page.rows]
        after = page.following
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 61
    assert counts(db, who.mo)["me"] == 61
    with pytest.raises(BadInput):
        work(db, who.mo, "me", ("yesterday", 1))
    with pytest.raises(BadInput):
        work(db, who.mo, "everything")


def test_my_work_reads_the_inbox_index(db: Database, owner_db: Database, who: Cast) -> None:
    many_tasks(db, who, 3000)
    owner_db.run(lambda s: s.execute(text("ANALYZE task")))
    with statements(db) as sent:
        work(db, who.mo)
    lateral = next(each for each in sent if "CROSS JOIN LATERAL" in each)
    queue = db.read(lambda s: next(iter(people.actor(s, who.mo).queue_ids)))
    given = {
        "queues": [queue],
        "alone": [queue],
        "me": who.mo,
        "due": "0001-01-01",
        "id": 0,
        "rows": 26,
    }
    plan = db.read(lambda s: "\n".join(s.scalars(text("EXPLAIN " + str(my_work._FOR_ME)), given)))
    assert lateral
    assert "task_inbox" in plan
    assert "Seq Scan on task" not in plan


def chases(db: Database) -> list[tuple[int, str]]:
    return db.read(
        lambda s: [
            (each.person_id, each.state)
            for each in s.execute(
                text("SELECT person_id, state FROM outbox WHERE kind = 'chase' ORDER BY id")
            )
        ]
    )


def remind(db: Database, person: int, *refs: str) -> chasing.Reminded:
    return db.run(lambda s: chasing.remind_these(s, build.actor(s, person), refs))


def test_reminding_of_many_plans_sends_as_many_statements_as_of_one(
    db: Database, who: Cast
) -> None:
    with clock.set_to(build.SPRING + timedelta(days=1)), statements(db) as of_one:
        remind(db, who.sue, "SPR-2028-HOUSING")
    with clock.set_to(build.SPRING + timedelta(days=2)), statements(db) as of_many:
        done = remind(db, who.sue, "SPR-2028-HOUSING", "SPR-2028-PARKS", "STP-2028")
    assert done.plans >= 2
    assert len(of_many) == len(of_one), (of_one, of_many)


def test_sue_reminds_those_who_have_the_open_tasks_once_a_day(db: Database, who: Cast) -> None:
    done = remind(db, who.sue, "SPR-2028-HOUSING", "SPR-2028-PARKS", HOUSING)
    assert (done.people, done.plans, done.quiet) == (2, 2, (HOUSING,))
    assert sorted(chases(db)) == sorted([(who.mo, "waiting"), (who.pat, "waiting")])
    again = remind(db, who.sue, "SPR-2028-HOUSING")
    assert (again.people, again.plans, again.already) == (0, 0, ("SPR-2028-HOUSING",))
    assert len(chases(db)) == 2
    entries = db.read(lambda s: history.entries(s, build.plan(s, "SPR-2028-HOUSING")))
    assert "reminded those who have it of “" in entries[-1].sentence
    with clock.set_to(build.SPRING + timedelta(days=1)):
        remind(db, who.sue, "SPR-2028-HOUSING")
    assert len(chases(db)) == 3


def test_only_the_support_service_reminds_and_only_of_plans_there_are(
    db: Database, who: Cast
) -> None:
    with pytest.raises(NotPermitted):
        remind(db, who.pat, "SPR-2028-HOUSING")
    with pytest.raises(NotFound):
        remind(db, who.sue, "SPR-2028-HOUSING", "SPR-2028-NOWHERE")
    with pytest.raises(Blocked):
        remind(db, who.sue)
    assert chases(db) == []
