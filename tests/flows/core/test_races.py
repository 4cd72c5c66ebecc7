"""Several people at one plan at the same instant: one act, the others are told so (T-RACE).

Every racer is a process of its own with its own connection, and starts at a barrier.
"""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cycle import clock, people
from cycle.db import Database
from cycle.errors import NotAvailable, OutOfDate, Refused
from cycle.models import Appointment, Person, Post, Queue, Unit
from cycle.people import Actor
from tests import build
from workflows.core import idempotency
from workflows.core.attempt import Evidence, Remarked
from workflows.core.idempotency import Form, Outcome
from workflows.plans import plans
from workflows.queues import claims
from workflows.record.verify import verify

HOUSING = "SVP-2028-HOUSING"
RACERS = 8
DONE = Outcome("/plans/" + HOUSING, "done")
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
FORKED = multiprocessing.get_context("fork")


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire with the housing proposals in Ray's queue, which seven colleagues share."""
    found = build.council(db)
    build.cycle(db, found)
    build.issue_outcomes(db, found)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, found.mo)
    build.act(db, HOUSING, "submit", found.mo)
    db.run(_share_rays_queue)
    return build.cast(db)


def _share_rays_queue(session: Session) -> None:
    homes = session.scalars(select(Unit.id).where(Unit.key == "homes")).one()
    queue = session.scalars(
        select(Queue.id).where(Queue.role == "service_director", Queue.unit_id == homes)
    ).one()
    for number in range(RACERS - 1):
        key = f"director-{number}"
        person = Person(
            key=key, name=f"Director {number}", initials="D", email=f"{key}@x.example", salt="aa"
        )
        post = Post(key=key, title="Director of Homes", queue_id=queue, from_on=date(2020, 1, 1))
        session.add_all([person, post])
        session.flush()
        during = Range(date(2020, 1, 1), None)
        session.add(Appointment(post_id=post.id, person_id=person.id, during=during))


def _racer(url: str, work: Any, barrier: Barrier, answers: Any, number: int) -> None:
    db = Database(url, pool_size=1)
    db.read(lambda session: session.execute(text("SELECT 1")))  # connected before the start
    barrier.wait()
    try:
        answers.put((number, "done", str(db.run(work, number))))
    except Refused as refusal:
        answers.put((number, type(refusal).__name__, str(refusal)))
    except Exception as failure:  # a racer must never die in silence
        answers.put((number, "FAILED " + type(failure).__name__, str(failure)))
    finally:
        db.dispose()


def race(url: str, work: Any, racers: int = RACERS) -> list[str]:
    """What became of each racer: ``done``, or the name of the refusal."""
    barrier = FORKED.Barrier(racers)
    answers: Any = FORKED.Queue()
    started = [
        FORKED.Process(target=_racer, args=(url, work, barrier, answers, number))
        for number in range(racers)
    ]
    for each in started:
        each.start()
    found = [answers.get(timeout=60) for _ in started]
    for each in started:
        each.join(timeout=30)
    return [name for _, name, _ in sorted(found)]


def events(db: Database, action: str) -> int:
    """How many events of an action the housing plan has."""
    return int(
        db.read(
            lambda s: s.scalar(
                text(
                    "SELECT count(*) FROM event JOIN subject ON subject.id = subject_id "
                    "WHERE ref = :ref AND action = :action"
                ),
                {"ref": HOUSING, "action": action},
            )
        )
        or 0
    )


@pytest.mark.parametrize("together", [False, True])
def test_eight_people_pass_on_one_plan_at_once(
    db: Database, who: build.Cast, together: bool
) -> None:
    """INV-01, INV-11, INV-27, INV-31: one passes it on, seven are told that it has moved, also
    where each locks the plan together with themselves."""
    version = db.read(lambda s: build.plan(s, HOUSING).version)
    plan_id = db.read(lambda s: build.plan(s, HOUSING).id)
    directors = [who.ray, *(who.ids[f"director-{n}"] for n in range(RACERS - 1))]

    def work(session: Session, number: int) -> str:
        def once(actor: Actor) -> Outcome:
            plans.act(session, actor, plan_id, "pass_on", build.ALL_THE_SAME, version)
            return DONE

        form, locked = Form("plans.act", f"{number:032}", {}), plan_id if together else None
        return idempotency.once(
            session, directors[number], form, once, DONE, plan_id=locked
        ).message

    found = race(db.url, work)
    assert found.count("done") == 1
    assert set(found) - {"done"} <= {NotAvailable.__name__, OutOfDate.__name__}
    assert events(db, "pass_on") == 1
    assert build.state(db, HOUSING) == "proposals_with_group"


def test_eight_people_claim_one_task_at_once(db: Database, who: build.Cast) -> None:
    """SR-79: one has it, seven are told who; nobody's claim is written over."""
    plan_id = db.read(lambda s: build.plan(s, HOUSING).id)
    task = db.read(
        lambda s: s.scalar(
            text(
                "SELECT task.id FROM task JOIN queue ON queue.id = queue_id "
                "WHERE subject_id = :plan AND queue.role = 'service_director' "
                "AND closed_at IS NULL ORDER BY task.id LIMIT 1"
            ),
            {"plan": plan_id},
        )
    )
    directors = [who.ray, *(who.ids[f"director-{n}"] for n in range(RACERS - 1))]

    def work(session: Session, number: int) -> str:
        return claims.claim(session, people.actor(session, directors[number], lock=True), int(task))

    found = race(db.url, work)
    assert sorted(found) == [NotAvailable.__name__] * (RACERS - 1) + ["done"]
    has_it = db.read(
        lambda s: s.scalar(text("SELECT claimed_by_id FROM task WHERE id = :task"), {"task": task})
    )
    assert has_it == directors[found.index("done")]


@pytest.mark.parametrize("together", [False, True])
def test_a_double_click_is_one_act_with_one_outcome(
    db: Database, who: build.Cast, together: bool
) -> None:
    """INV-30: twenty clicks of one form give one event, and everyone the first outcome."""
    plan_id = db.read(lambda s: build.plan(s, HOUSING).id)
    form = Form("plans.act", "11111111-1111-4111-8111-111111111111", {"action": "pass_on"})

    def work(session: Session, number: int) -> str:
        def once(actor: Actor) -> Outcome:
            plans.act(session, actor, plan_id, "pass_on", build.ALL_THE_SAME)
            return DONE

        locked = plan_id if together else None
        return idempotency.once(session, who.ray, form, once, plan_id=locked).message

    assert race(db.url, work, 20) == ["done"] * 20
    assert events(db, "pass_on") == 1


def test_who_waits_for_a_plan_goes_on_from_what_the_other_left(
    db: Database, who: build.Cast
) -> None:
    """The row that is read by the statement that waits is the one after the wait."""
    plan_id = db.read(lambda s: build.plan(s, HOUSING).id)
    given = Evidence(reason="Too long.", remarks=(Remarked("purpose", "Cut it."),))

    def returned(session: Session) -> str:
        def once(actor: Actor) -> Outcome:
            plans.act(session, actor, plan_id, "record_returned", given)
            return DONE

        form = Form("plans.act", f"{1:032}", {})
        return idempotency.once(session, who.gus, form, once, DONE, plan_id=plan_id).message

    with Session(db.engine) as first, ThreadPoolExecutor(1) as other:
        ray = people.actor(first, who.ray, lock=True)
        plans.act(first, ray, plan_id, "pass_on", build.ALL_THE_SAME)
        second = other.submit(db.run, returned)
        while not db.read(lambda s: s.scalar(WAITING)):
            time.sleep(0.02)
        first.commit()
        assert second.result(timeout=30) == "done"
    assert build.state(db, HOUSING) == "proposals_returned"
    assert db.read(verify.check).broken == ()


@pytest.mark.parametrize(
    "away",
    [
        "DELETE FROM appointment WHERE person_id = :ray",
        "DELETE FROM cover WHERE person_id = :ray",
        "UPDATE person SET active = false WHERE id = :ray",
    ],
)
def test_a_role_is_held_until_the_act_is_committed(
    db: Database, who: build.Cast, away: str
) -> None:
    """INV-27: post, cover and account are read FOR SHARE; who takes them away waits for the end."""
    db.run(_ray_covers)
    with Session(db.engine) as acting, Session(db.engine) as administering:
        assert people.actor(acting, who.ray, lock=True).posts_held
        administering.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            administering.execute(text(away), {"ray": who.ray})


def _ray_covers(session: Session) -> None:
    cover = (
        "INSERT INTO cover (post_id, for_person_id, person_id, during, reason) "
        "SELECT post_id, appointment.person_id, ray.id, '[2020-01-01,)', 'Leave' FROM appointment "
        "JOIN person AS ray ON ray.key = 'ray' JOIN person AS rita ON rita.key = 'rita' "
        "WHERE appointment.person_id = rita.id LIMIT 1"
    )
    session.execute(text(cover))


def test_a_role_taken_away_at_the_same_instant_is_seen(db: Database, who: build.Cast) -> None:
    """Taking it away comes wholly before the act or after it."""
    plan_id = db.read(lambda s: build.plan(s, HOUSING).id)

    def work(session: Session, number: int) -> str:
        if number == 0:
            session.execute(
                text("DELETE FROM appointment WHERE person_id = :ray"), {"ray": who.ray}
            )
            return "taken away"
        actor = people.actor(session, who.ray, lock=True)
        return plans.act(session, actor, plan_id, "pass_on", build.ALL_THE_SAME).state

    found = race(db.url, work, 2)
    assert found[0] == "done"
    assert found[1] in ("done", "NotPermitted", "NotFound")
    moved = build.state(db, HOUSING) == "proposals_with_group"
    assert moved == (found[1] == "done")


def _sweeps(session: Session, _number: int) -> int:
    """Write what is due, and stay a moment before the commit, so that the others are there."""
    written = build.notices_of_the_day(session)
    time.sleep(0.2)
    return written


def test_eight_sweeps_at_once_tell_nobody_twice(db: Database, who: build.Cast) -> None:
    """INV-40: the key of a notice is unique, so that whoever comes second writes nothing."""
    due = db.read(lambda s: s.scalar(text("SELECT min(due_on) FROM task WHERE closed_at IS NULL")))
    with clock.set_to(clock.at_local(due, 10)):
        found = race(db.url, _sweeps)
    assert found == ["done"] * RACERS
    keys = db.read(lambda s: s.scalars(text("SELECT key FROM outbox WHERE kind = 'before'")).all())
    assert keys
    assert len(keys) == len(set(keys))
