"""T-FAIL: an act that breaks off anywhere leaves nothing behind, and can be done again.

Ray publishes the housing profile; the connection's n-th statement fails, for every n.
"""

from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from cycle.db import TRIES, Database
from cycle.errors import Unreachable
from tests import build
from tests.build import Cast
from tests.flows import world
from workflows.record.verify import verify

TABLES = (
    "subject",
    "task",
    "event",
    "attribution",
    "outbox",
    "plan_version",
    "sealed_section",
    "sign_off",
    "milestone",
)


class Broken(Exception):
    """What the test throws into the middle of an act."""


class Failpoint:
    """Lets the n-th statement of a connection fail, before or after it was carried out."""

    def __init__(self, db: Database, nth: int, moment: str):
        self.db, self.nth, self.moment, self.seen = db, nth, moment, 0

    def __enter__(self) -> "Failpoint":
        event.listen(self.db.engine, self.moment, self.count)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.db.engine, self.moment, self.count)

    def count(self, *_: object) -> None:
        self.seen += 1
        if self.seen == self.nth:
            raise Broken


@pytest.fixture
def who(db: Database) -> Cast:
    """Smallshire, with the housing profile with Ray."""
    return _waiting(db)


@build.once
def _waiting(db: Database) -> None:
    cast = build.year_one(db)
    if build.state(db, world.PROFILE) == "not_started":
        build.act(db, world.PROFILE, "start", None)
    build.fill(db, world.PROFILE, cast.mo)
    build.act(db, world.PROFILE, "submit", cast.mo)


def everything(db: Database) -> dict[str, Any]:
    """Every row that an act may touch."""

    def read(session: Session) -> dict[str, Any]:
        return {
            name: session.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2")).all()
            for name in TABLES
        }

    return db.read(read)


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute"])
def test_an_act_that_fails_anywhere_leaves_no_trace(db: Database, who: Cast, moment: str) -> None:
    """INV-05, INV-32: state, tasks, event, messages and sealed rows are all there or all absent."""
    before = everything(db)
    for nth in range(1, 100):
        with Failpoint(db, nth, moment) as point:
            try:
                build.act(db, world.PROFILE, "publish", who.ray)
            except Broken:
                assert everything_after(db, point) == before
                continue
            break
    assert nth > 6, "the act has more statements than that"
    assert build.state(db, world.PROFILE) == "in_force"
    assert db.read(verify.check).broken == ()


def everything_after(db: Database, point: Failpoint) -> dict[str, Any]:
    """What is there after a failure; reading it does not count as statements of the act."""
    point.nth = -1
    return everything(db)


def test_an_act_whose_commit_fails_leaves_no_trace(db: Database, who: Cast) -> None:
    """INV-32: the last moment at which it can go wrong is no exception."""
    before = everything(db)

    def refuse(_: Session) -> None:
        raise Broken

    event.listen(Session, "before_commit", refuse)
    try:
        with pytest.raises(Broken):
            build.act(db, world.PROFILE, "publish", who.ray)
    finally:
        event.remove(Session, "before_commit", refuse)
    assert everything(db) == before


LOST_A_RACE = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{code}'; END $$"


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
def test_a_lost_race_is_run_again_as_a_whole(db: Database, who: Cast, code: str) -> None:
    """INV-33: serialization failure, deadlock and a lock that was not given; one effect."""
    tries: list[int] = []

    def work(session: Session) -> None:
        session.execute(
            text("INSERT INTO pause (since_at, why) VALUES (now(), :why)"), {"why": code}
        )
        tries.append(1)
        if len(tries) < 3:
            session.execute(text(LOST_A_RACE.format(code=code)))

    db.run(work)
    assert len(tries) == 3
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM pause"))) == 1


def test_a_race_that_is_always_lost_ends_in_one_sentence(db: Database, who: Cast) -> None:
    """INV-33: bounded, then "try again in a minute", and nothing was saved."""
    tries: list[int] = []

    def work(session: Session) -> None:
        tries.append(1)
        session.execute(text("INSERT INTO pause (since_at, why) VALUES (now(), 'x')"))
        session.execute(text(LOST_A_RACE.format(code="40001")))

    with pytest.raises(Unreachable, match="nothing was saved"):
        db.run(work)
    assert len(tries) == TRIES
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM pause"))) == 0


def test_a_race_is_not_run_again_when_its_time_is_up(
    db: Database, who: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-33: bounded in time too, so that nobody waits for tries that are slow."""
    monkeypatch.setattr("cycle.db.LONGEST", 0.0)
    tries: list[int] = []

    def work(session: Session) -> None:
        tries.append(1)
        session.execute(text(LOST_A_RACE.format(code="40001")))

    with pytest.raises(Unreachable, match="nothing was saved"):
        db.run(work)
    assert len(tries) == 1


def test_any_other_failure_is_not_run_again(db: Database, who: Cast) -> None:
    """INV-33: only what is known to have had no effect is repeated."""
    tries: list[int] = []

    def work(_: Session) -> None:
        tries.append(1)
        raise Broken

    with pytest.raises(Broken):
        db.run(work)
    assert len(tries) == 1
