"""Somebody is left to administer on every day: the last administrator cannot go in any way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked, Refused
from cycle.people import actor as person_of
from tests import administering, build
from tests.flows.core.test_races import race
from tests.flows.people.test_administrators import days, does, held, post
from workflows.council import loading
from workflows.people import accounts, administrators

LAST = "nobody would be left to look after people|would be left who has ever signed in"


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire where Adam, Ada and Abe have signed in; the auditor's post is vacant."""
    return administering.set_up(db, administering.ADMINISTRATORS, ())


def test_the_last_administrator_cannot_go_in_any_way(db: Database) -> None:
    """Fault X1, SR-80: by ending the post now or later, changing role, or being deactivated."""
    who = build.council(db)
    administering.signs_in(db, who.adam)
    own = held(db, who.adam)
    for until in (None, days(30)):
        with pytest.raises(Blocked, match=LAST):
            does(db, who.adam, accounts.end_appointment, own, until)
    does(db, who.adam, accounts.end_appointment, held(db, who.aud))

    def by_operator(session: Session, verb: Callable[..., Any], *args: Any) -> None:
        verb(session, person_of(session, _system(session)), *args)

    with pytest.raises(Blocked, match=LAST):
        db.run(by_operator, accounts.change_role, own, post(db, "auditor"))
    nobody = "nobody would be left to look after people and posts"
    with pytest.raises(Blocked, match=nobody):
        db.run(by_operator, accounts.deactivate, who.adam)
    does(
        db,
        who.adam,
        accounts.set_cover,
        post(db, "administrator"),
        who.rita,
        clock.today(),
        days(3),
    )
    assert "administrator" in db.read(lambda s: build.actor_of(s, who.adam).roles), "covered, there"
    with pytest.raises(Blocked, match=LAST):
        does(db, who.rita, accounts.end_appointment, own)


def _system(session: Session) -> int:
    return int(session.scalar(text("SELECT id FROM person WHERE is_system")) or 0)


def test_an_end_that_another_end_makes_the_last_is_seen(db: Database, who: build.Cast) -> None:
    """SR-80: Ada ends in ten days, Abe in twenty: then Adam stays, whatever day he names."""
    does(db, who.adam, accounts.end_appointment, held(db, who.ada), days(10))
    does(db, who.adam, accounts.end_appointment, held(db, who.abe), days(20))
    for until in (None, days(5), days(15), days(40)):
        with pytest.raises(Blocked, match=LAST):
            does(db, who.abe, accounts.end_appointment, held(db, who.adam), until)


SPARE = """
[[posts]]
key = "spare"
title = "Spare"
role = "team_manager"
unit = "lettings"
"""


def test_files_cannot_leave_the_council_without_an_administrator(
    db: Database, tmp_path: Path
) -> None:
    """SR-80: neither by leaving the post out, nor by a last day, nor by closing the account."""
    build.council(db)
    council_file = (build.HERE / "data" / "smallshire.toml").read_text(encoding="utf-8") + SPARE
    for number, changed in enumerate(
        (
            'posts = ["spare"]',
            'posts = ["administrator until 2099-01-31"]',
            'posts = ["administrator"]\nactive = false',
        )
    ):
        file = tmp_path / f"{number}.toml"
        file.write_text(
            council_file.replace('posts = ["administrator"]', changed), encoding="utf-8"
        )
        loaded = load_council(file)
        with pytest.raises(Refused, match=LAST):
            db.run(loading.load, None, loaded, build.framework_data())


@pytest.mark.parametrize("act", ["own post", "each other"])
def test_two_administrators_never_go_at_the_same_moment(
    db: Database, who: build.Cast, act: str
) -> None:
    """SR-80: of Adam and Ada, who both go at one instant, one stays."""
    does(db, who.adam, accounts.deactivate, who.abe)
    pair = (who.adam, who.ada)
    own = [held(db, each) for each in pair]

    def work(session: Session, number: int) -> str:
        by = person_of(session, pair[number], lock=True)
        if act == "own post":
            accounts.end_appointment(session, by, own[number])
        else:
            accounts.deactivate(session, by, pair[1 - number])
        return "gone"

    found = race(db.url, work, 2)
    assert found.count("done") == 1
    assert set(found) - {"done"} <= {"Blocked", "NotPermitted"}
    db.read(administrators.still_administered)
