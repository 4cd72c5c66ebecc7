"""``verify`` on who acted as what: each new act names it; what old ones may have wrong is known."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import people
from cycle.db import Database
from cycle.people import OWN_ACCOUNT, Capacity
from tests import build, kit, old_record
from tests.flows.committees import on
from tests.flows.world import PROFILE, checked
from workflows.core import engine
from workflows.core.audit import Act
from workflows.cycles import cycles
from workflows.record.verify import capacity as verify_capacity, verify
from workflows.record.verify.findings import Report

MO = "SELECT id FROM person WHERE key = 'mo'"
# What Ray, who covers Rita, and Sue, who covers Cy, did on the old record in verbs that named the
# first post; and nobody else's, nor what they did before they covered.
MAY_BE_WRONG = [
    ("SVP-2028-HOUSING", 5),
    ("SVP-2028-PARKS", 3),
    ("C-2031", 1),
    ("Y-2031-1", 1),
    ("Y-2031-2", 1),
    ("Y-2031-3", 1),
    ("Y-2031-4", 1),
    ("C-2035", 1),
    ("Y-2035-1", 1),
    ("Y-2035-2", 1),
    ("Y-2035-3", 1),
    ("Y-2035-4", 1),
]


def found(report: Report) -> set[str]:
    """The keys of what does not hold."""
    return {check.key for check in report.broken}


def recorded(session: Session, act: str, capacity: Capacity) -> set[str]:
    """What is found once Mo has put this on the record of his profile."""
    mo = people.actor(session, session.scalar(text(MO)) or 0)
    engine.record(session, build.plan(session, PROFILE), mo, Act(act), capacity)
    return found(checked(session))


def test_an_act_that_moves_nothing_needs_a_post_too(intruder: Session) -> None:
    """INV-27, R1: not only who moves a plan acts in a post."""
    assert recorded(intruder, "comment", Capacity("")) == {"INV-27-authority"}


def test_only_what_concerns_oneself_is_done_on_ones_own_account(intruder: Session) -> None:
    assert recorded(intruder, "end_sessions", OWN_ACCOUNT) == set()
    assert recorded(intruder, "comment", OWN_ACCOUNT) == {"INV-27-authority"}


def test_a_person_does_not_act_as_the_system(intruder: Session) -> None:
    assert recorded(intruder, "comment", people.SYSTEM) == {"INV-27-authority"}


def test_a_new_record_has_nothing_that_is_known(intruder: Session) -> None:
    assert checked(intruder).known == ()


# The old record -----------------------------------------------------------------------------------


@pytest.fixture
def old(database: kit.TestDatabase) -> Iterator[Database]:
    """The record that an earlier build made, on its last day."""
    old_record.restore(database)
    opened = Database(database.app_url)
    with on(old_record.LAST_DAY):
        yield opened
    opened.dispose()


def known(report: Report) -> list[tuple[str | None, int | None]]:
    """The events that may name another post."""
    return [
        (row.subject, row.seq)
        for each in report.known
        if each.key == verify_capacity.ANOTHER
        for row in each.rows
    ]


def test_old_acts_that_may_name_another_post_are_counted_and_listed(old: Database) -> None:
    """Fault R1: the record is never edited, so what stands wrong on it is told, each time."""
    report = old.read(verify.check)
    assert report.ok
    assert known(report) == MAY_BE_WRONG
    (line,) = [each for each in report.lines() if verify_capacity.ANOTHER in each]
    assert f"{len(MAY_BE_WRONG)} places" in line
    (listed,) = [
        each for each in report.as_json()["known"] if each["key"] == verify_capacity.ANOTHER
    ]
    assert [(row["subject"], row["seq"]) for row in listed["rows"]] == MAY_BE_WRONG


def test_what_is_done_from_now_on_is_not_among_them(old: Database) -> None:
    """Sue covers Cy still; the cycle that she makes now names the post that gave the right."""
    before = known(old.read(verify.check))
    who = build.cast(old)
    old.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, 2039))
    report = old.read(verify.check)
    assert report.ok
    assert known(report) == before


def test_an_old_act_of_a_lifecycle_without_any_post_is_found(
    old: Database, owner_db: Database
) -> None:
    def tamper(session: Session) -> None:
        session.execute(text("SET LOCAL session_replication_role = 'replica'"))
        session.execute(
            text(
                "UPDATE attribution SET words = '{}' WHERE event_id = "
                "(SELECT min(id) FROM event WHERE action = 'submit')"
            )
        )

    owner_db.run(tamper)
    assert "INV-27-authority" in found(old.read(verify.check))


def test_an_old_act_of_a_lifecycle_in_a_post_without_that_right_is_known_too(
    old: Database, owner_db: Database
) -> None:
    """As if Ray had covered Rita all along, and a vacancy up whose line he stood had let him
    publish: then the first of his posts stood beside it."""

    def fell(session: Session) -> None:
        session.execute(text("SET LOCAL session_replication_role = 'replica'"))
        session.execute(text("UPDATE cover SET during = daterange(NULL, '2028-01-01')"))
        session.execute(
            text(
                "UPDATE attribution SET words = replace(words, 'service_director', 'auditor') "
                "WHERE event_id = (SELECT min(id) FROM event WHERE action = 'publish')"
            )
        )

    publish = ("SPR-2028-HOUSING", 6)
    assert publish not in known(old.read(verify.check))
    owner_db.run(fell)
    assert publish in known(old.read(verify.check))
