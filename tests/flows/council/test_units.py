"""Reorganisation: units merge and close, and everything that waited still reaches somebody."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access, clock, vacancies
from cycle.db import Database
from cycle.errors import Blocked, NotPermitted
from cycle.models import Event, Outbox, Task, Unit
from tests import build
from workflows.core import council_subject
from workflows.council import reorganisation
from workflows.people import accounts
from workflows.plans import plans
from workflows.record import history
from workflows.record.verify import verify

HOUSING, PARKS = "SVP-2028-HOUSING", "SVP-2028-PARKS"
UNREACHED = text(
    vacancies.REACHES + "SELECT task.id FROM task WHERE closed_at IS NULL "
    "AND queue_id NOT IN (SELECT origin FROM reaches)"
)


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire with the proposals of housing and parks being written."""
    return _writing(db)


@build.once
def _writing(db: Database) -> None:
    build.issue_outcomes(db, build.year_one(db))
    build.act(db, HOUSING, "start", None)
    build.act(db, PARKS, "start", None)


def unit(db: Database, key: str) -> int:
    """The number of a unit."""
    return int(db.read(lambda s: s.scalar(select(Unit.id).where(Unit.key == key))) or 0)


def does(db: Database, who: int, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """One verb as this person."""
    return db.run(lambda s: verb(s, build.actor(s, who), *args, **kwargs))


def merge(db: Database, who: build.Cast, **kwargs: Any) -> list[str]:
    """Parks becomes part of Housing today."""
    found: list[str] = does(
        db, who.adam, reorganisation.merge_units, unit(db, "parks"), unit(db, "housing"),
        clock.today(), "One service for homes and greens.", **kwargs,
    )  # fmt: skip
    return found


def all_is_well(db: Database) -> None:
    """Every open task reaches somebody, and the whole record verifies."""
    assert db.read(lambda s: list(s.scalars(UNREACHED, {"today": clock.today()}))) == []
    assert db.read(verify.check).broken == ()


def test_plans_of_a_merged_unit_are_withdrawn_with_the_reason(
    db: Database, who: build.Cast
) -> None:
    withdrawn = merge(db, who)
    assert PARKS in withdrawn
    assert build.state(db, PARKS) == "withdrawn"
    assert build.state(db, HOUSING) == "proposals_drafting"
    payload = db.read(
        lambda s: s.scalars(select(Event.payload).where(Event.action == "withdraw")).first()
    )
    assert "was merged into Housing" in str(payload)
    all_is_well(db)


def test_plans_can_be_carried_over_with_their_tasks_and_notices(
    db: Database, who: build.Cast
) -> None:
    """The parks proposals go on; Ray, not Rita, will review them."""
    carried = merge(db, who, open_plans=reorganisation.CARRY)
    assert PARKS in carried
    assert build.state(db, PARKS) == "proposals_drafting"
    build.fill(db, PARKS, who.pat)
    build.act(db, PARKS, "submit", who.pat)

    def look(session: Session) -> None:
        task = session.scalars(
            select(Task).where(Task.kind == "review_proposals", Task.closed_at.is_(None))
        ).one()
        assert task.queue_id in build.actor_of(session, who.ray).queue_ids

    db.read(look)
    all_is_well(db)


def test_a_merger_names_no_plan_that_adam_may_not_know_of(db: Database, who: build.Cast) -> None:
    """INV-51: the exempt plan of Parks goes along, and he is told that there is one."""
    exempt = text("UPDATE subject SET exempt = true WHERE ref = :ref")
    db.run(lambda s: s.execute(exempt, {"ref": PARKS}))
    refs = merge(db, who)
    assert PARKS not in refs
    assert refs[-1] == "a plan that is not open to you"
    assert PARKS in merged_by(db), "the record has all of them"


def test_plans_that_adam_may_not_know_of_are_counted_for_him(db: Database, who: build.Cast) -> None:
    """INV-51: where there are more of them, how many there are; Sue, who may know, reads which."""
    exempt = text("UPDATE subject SET exempt = true WHERE kind = 'plan'")
    db.run(lambda s: s.execute(exempt))
    adam, sue = (
        ", ".join(db.read(lambda s, p=person: access.references(
            s, build.actor_of(s, p), {PARKS, HOUSING}
        )))
        for person in (who.adam, who.sue)
    )  # fmt: skip
    assert "2 plans that are not open to you" in adam
    assert PARKS not in adam
    assert "2 plans that are not open to you" not in sue
    assert PARKS in sue


def merged_by(db: Database) -> list[str]:
    """The plans of a merger on the record."""
    payloads = select(Event.payload).where(Event.action == "merge_units")
    found: list[str] = json.loads(db.read(lambda s: s.scalars(payloads).one()))["details"]["plans"]
    return found


def test_the_task_moves_and_mo_is_told(db: Database, who: build.Cast) -> None:
    def waiting(session: Session) -> Task:
        ref = text("SELECT id FROM subject WHERE ref = :ref")
        subject = session.scalar(ref, {"ref": PARKS})
        return session.scalars(
            select(Task).where(Task.subject_id == subject, Task.closed_at.is_(None))
        ).one()

    before = db.read(waiting)
    merge(db, who, open_plans=reorganisation.CARRY)
    after = db.read(waiting)
    assert after.id == before.id
    assert after.queue_id != before.queue_id
    notified = db.read(
        lambda s: set(s.scalars(select(Outbox.person_id).where(Outbox.task_id == after.id)))
    )
    assert notified == {who.pat, who.mo}


def test_a_person_merged_away_keeps_a_post_and_the_units_below_come_along(
    db: Database, who: build.Cast
) -> None:
    """Lettings' team manager stays where she is; Pat serves the queue of the joint service."""
    does(
        db, who.adam, reorganisation.merge_units, unit(db, "housing"), unit(db, "parks"),
        clock.today(), "The other way round.",
    )  # fmt: skip

    def look(session: Session) -> None:
        parks = session.scalars(select(Unit).where(Unit.key == "parks")).one()
        housing = session.scalars(select(Unit).where(Unit.key == "housing")).one()
        lettings = session.scalars(select(Unit).where(Unit.key == "lettings")).one()
        assert lettings.path == [*parks.path, lettings.id]
        assert housing.merged_into_id == parks.id
        assert housing.until_on == clock.today()
        assert [d.unit_id for d in build.actor_of(session, who.mo).posts_held] == [parks.id]

    db.read(look)
    all_is_well(db)


def test_sections_asked_of_a_merged_unit_are_asked_of_its_successor(
    db: Database, who: build.Cast
) -> None:
    def ask(session: Session) -> None:
        queue = build.actor_of(session, who.pat).posts_held[0].queue_id
        plan = build.plan(session, HOUSING)
        plans.ask(session, build.actor(session, who.mo), plan.id, "purpose", queue, "Please")

    sections = db.read(lambda s: [x["key"] for x in build.plan(s, HOUSING).template["sections"]])
    if "purpose" not in sections:
        pytest.fail(f"the template has {sections}")
    db.run(ask)
    merge(db, who)
    rows = db.read(
        lambda s: s.execute(
            text(
                "SELECT contribution.queue_id, task.queue_id, task.slot FROM contribution "
                "JOIN task ON task.kind = 'contribute' AND task.closed_at IS NULL "
                "WHERE answered_at IS NULL"
            )
        ).all()
    )
    mine = db.read(lambda s: build.actor_of(s, who.mo).queue_ids)
    assert [(row[0] in mine, row[1] == row[0], row[2]) for row in rows] == [
        (True, True, f"purpose:{rows[0][0]}")
    ]
    all_is_well(db)


def test_what_cannot_be_merged_is_refused(db: Database, who: build.Cast) -> None:
    housing, parks, homes = (unit(db, key) for key in ("housing", "parks", "homes"))
    today = clock.today()
    for args, why in (
        ((housing, housing, today, "Why"), "into itself"),
        ((housing, homes, today, "Why"), "different levels"),
        ((housing, parks, today + timedelta(days=1), "Why"), "on the day itself or later"),
        ((housing, parks, today, " "), "a reason is needed"),
    ):
        with pytest.raises(Blocked, match=why):
            does(db, who.adam, reorganisation.merge_units, *args)
    with pytest.raises(NotPermitted):
        does(db, who.pat, reorganisation.merge_units, parks, housing, today, "Mine now")
    merge(db, who)
    with pytest.raises(Blocked, match="has ended already"):
        merge(db, who)


def test_a_unit_closes_only_when_nobody_is_left_in_it(db: Database, who: build.Cast) -> None:
    with pytest.raises(Blocked, match="These stand below"):
        does(
            db,
            who.adam,
            reorganisation.drop_unit,
            unit(db, "housing"),
            clock.today(),
            "Contracted out",
        )
    with pytest.raises(Blocked, match="still held"):
        does(
            db,
            who.adam,
            reorganisation.drop_unit,
            unit(db, "lettings"),
            clock.today(),
            "Contracted out",
        )


def test_a_new_unit_stands_in_the_line(db: Database, who: build.Cast) -> None:
    args = ("allotments", "Allotments", "team", unit(db, "parks"), clock.today())
    made = does(db, who.adam, reorganisation.add_unit, *args)
    parks = db.read(lambda s: s.get_one(Unit, unit(db, "parks")).path)
    assert made.path == [*parks, made.id]
    with pytest.raises(Blocked, match="There is a unit"):
        does(db, who.adam, reorganisation.add_unit, *args)
    with pytest.raises(Blocked, match="does not stand below"):
        does(
            db, who.adam, reorganisation.add_unit, "up", "Upside down", "department",
            unit(db, "parks"), clock.today(),
        )  # fmt: skip
    does(db, who.adam, reorganisation.drop_unit, made.id, clock.today(), "Came to nothing")
    all_is_well(db)


# Whom it concerns ---------------------------------------------------------------------------------


def notices_of(db: Database, person: int) -> list[Any]:
    """What a person was told of their rights: subject and body, the oldest first."""
    found = text(
        "SELECT subject, body FROM outbox WHERE kind = 'rights' AND person_id = :p ORDER BY id"
    )
    return list(db.read(lambda s: s.execute(found, {"p": person}).all()))


def test_a_merger_is_told_to_whom_it_gives_somebodys_rights(db: Database, who: build.Cast) -> None:
    """Fault X1, SR-80: Pat's post comes to Mo's queue; each is told that the other now serves it,
    and the record names the posts and the people that were moved."""
    merge(db, who)
    (pat,), (mo,) = notices_of(db, who.pat), notices_of(db, who.mo)
    assert pat.subject == "Your unit was merged"
    assert "merged into Housing" in pat.body
    assert "Mo Manager (Group manager, Housing)" in pat.body
    assert "nobody else" not in pat.body
    assert mo.subject == "A unit was merged into yours"
    assert "Pat Parks" in mo.body
    assert "Done by: Adam Admin" in mo.body
    sealed = text("SELECT payload FROM event WHERE action = 'merge_units'")
    details = db.read(lambda s: json.loads(str(s.scalar(sealed))))["details"]
    assert who.pat in details["people"]
    assert "manager-parks" in details["posts"]
    shown = db.run(lambda s: history.entries(s, council_subject.subject_of(s))[-1].shown)
    assert "Pat Parks" in shown["people"]
    assert "Group manager, Parks" in shown["posts"]
    all_is_well(db)


def test_who_then_serves_a_queue_alone_is_told_so(db: Database, who: build.Cast) -> None:
    """SR-80: once Mo has left, nobody shares the work of the joint service with Pat."""
    for row in db.read(lambda s: s.scalars(APPOINTMENTS, {"p": who.mo}).all()):
        does(db, who.adam, accounts.end_appointment, row)
    merge(db, who)
    alone = "nobody else"
    (pat,) = notices_of(db, who.pat)
    assert f"with you: {alone}." in pat.body
    assert alone in pat.body


def test_a_closure_is_told_to_whom_its_tasks_go(db: Database, who: build.Cast) -> None:
    """Fault X1, SR-80: the team is closed; whoever stands above its queue is told."""
    for row in db.read(lambda s: s.scalars(APPOINTMENTS, {"p": who.tess}).all()):
        does(db, who.adam, accounts.end_appointment, row)
    does(
        db,
        who.adam,
        reorganisation.drop_unit,
        unit(db, "lettings"),
        clock.today(),
        "Contracted out",
    )
    bodies = [
        row.body
        for person in who.ids.values()
        for row in notices_of(db, person)
        if row.subject == "A unit was closed"
    ]
    assert bodies
    assert all("Lettings was closed" in body for body in bodies)


APPOINTMENTS = text("SELECT id FROM appointment WHERE person_id = :p AND upper_inf(during)")


def test_two_queues_asked_for_one_section_are_asked_once_when_they_become_one(
    db: Database, who: build.Cast
) -> None:
    """Hana asked both services for the same section; the later request is no longer needed."""

    def ask(session: Session) -> None:
        hana, plan = build.actor(session, who.hana), build.plan(session, "STP-2028")
        keys = {each["key"] for each in plan.template["sections"] if each["kind"] == "text"}
        for person in (who.mo, who.pat):
            (post,) = build.actor(session, person).posts_held
            plans.ask(session, hana, plan.id, min(keys), post.queue_id, "Your part, please.")

    db.run(ask)
    merge(db, who)
    outcomes = db.read(
        lambda s: s.execute(text("SELECT outcome FROM contribution")).scalars().all()
    )
    assert sorted(outcomes, key=str) == [None, "withdrawn"]
    waiting = select(Task.queue_id).where(Task.kind == "contribute", Task.closed_at.is_(None))
    (queue,) = db.read(lambda s: s.scalars(waiting).all())
    assert queue in db.read(lambda s: build.actor_of(s, who.mo).queue_ids)
    all_is_well(db)
