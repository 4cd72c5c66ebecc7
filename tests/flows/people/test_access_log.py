"""The access log: what a line keeps, for how long, and that no stranger fills the disk with it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from config.settings import LogDays, Settings
from cycle import clock
from cycle.db import Database
from cycle.models import AccessLog
from cycle.record import canonical
from tests import build
from tests.flows.core.test_races import race
from workflows import sweep
from workflows.people import access_log, accounts, sessions
from workflows.people.access_log import Place

NOW = build.SPRING
HERE = Place("203.0.113.5", "POST /sign-in")
MO, NOBODY = "mo@smallshire.example", "nobody@smallshire.example"
KEEP = LogDays(lines=100, networks=30, salts=10)


@pytest.fixture(autouse=True)
def spring() -> Iterator[None]:
    """One moment, moved by the tests."""
    with clock.set_to(NOW):
        yield


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire."""
    return build.council(db)


def rows(db: Database) -> list[AccessLog]:
    return list(db.read(lambda s: s.scalars(select(AccessLog).order_by(AccessLog.id)).all()))


def test_of_an_address_that_nobody_has_only_a_salted_digest_is_kept(
    db: Database, who: build.Cast
) -> None:
    """Fault X10, SR-69, SR-71: who knows the address and the day's salt finds it; nobody else."""
    for email in (MO, NOBODY, NOBODY.upper(), "a\r\nb\0c", "\ud800"):
        sessions.sign_in(db, email, "wrong", HERE, "")
    with clock.set_to(NOW + timedelta(days=1)):
        sessions.sign_in(db, NOBODY, "wrong", HERE, "")
    found = rows(db)
    assert {row.kind for row in found} == {"wrong_password"}
    assert [row.person_id for row in found] == [who.mo, None, None, None, None, None]
    digests = [row.stranger for row in found]
    assert digests[0] == ""
    assert digests[1] == digests[2] != digests[5], "each day has its own salt"
    assert {digests[1], digests[5]} == set(db.read(digests_of, NOBODY))
    assert "nobody" not in " ".join(db.read(_all_words))


def digests_of(session, email):
    """What whoever knows an address finds it by, for as long as the salts are kept."""
    salts = session.scalars(text("SELECT salt FROM access_log_salt")).all()
    return [canonical.person_digest(salt, email) for salt in salts]


def _all_words(session):
    return session.scalars(text("SELECT access_log::text FROM access_log")).all()


def test_each_way_of_signing_in_leaves_its_line(db: Database, who: build.Cast) -> None:
    """Fault X10, SR-69: right, wrong, slowed, a link asked for; the person where one is known."""
    link = db.run(lambda s: accounts.reset_link(s, MO))
    assert link is not None
    db.run(accounts.set_password, link[1], "otter ladder rainy tuba")
    assert sessions.sign_in(db, MO, "otter ladder rainy tuba", HERE, "").token
    for _ in range(11):
        sessions.sign_in(db, MO, "wrong", HERE, "")
    db.run(sessions.asked_for_link, MO, HERE)
    kinds = [row.kind for row in rows(db)]
    assert kinds == ["sign_in", *["wrong_password"] * 10, "slowed", "link_asked"]
    assert {row.person_id for row in rows(db)} == {who.mo}
    assert {(row.network, row.address) for row in rows(db)} == {(HERE.network, HERE.address)}


def test_without_its_line_nobody_is_signed_in(
    db: Database, owner_db: Database, who: build.Cast
) -> None:
    """Fault X10: the line and the session are written together."""
    link = db.run(lambda s: accounts.reset_link(s, MO))
    assert link is not None
    db.run(accounts.set_password, link[1], "otter ladder rainy tuba")
    owner_db.run(lambda s: s.execute(text("ALTER TABLE access_log RENAME TO out_of_reach")))
    with pytest.raises(Exception, match="access_log"):
        sessions.sign_in(db, MO, "otter ladder rainy tuba", HERE, "")
    assert db.read(sessions.sessions_of, who.mo) == []


def test_a_stranger_fills_so_many_lines_a_minute_and_is_said_to_have_done_more(
    db: Database, who: build.Cast
) -> None:
    """Fault X10: eight processes at once too; another address, the next minute and what people do
    by right are written still."""
    each = access_log.MOST_A_MINUTE // 4

    def flood(session, number):
        for _ in range(each):
            access_log.write(session, access_log.REFUSED, HERE, status=403)

    assert set(race(db.url, flood)) == {"done"}
    kinds = [row.kind for row in rows(db)]
    assert (kinds.count("refused"), kinds.count("more")) == (access_log.MOST_A_MINUTE, 1)
    db.run(access_log.write, access_log.REFUSED, Place("203.0.113.6"), status=403)
    db.run(access_log.write, access_log.SIGN_IN, HERE, person_id=who.mo)
    with clock.set_to(NOW + timedelta(minutes=1)):
        db.run(access_log.write, access_log.REFUSED, HERE, status=403)
    assert len(rows(db)) == len(kinds) + 3


def test_lines_network_addresses_and_salts_go_after_their_time(
    db: Database, who: build.Cast, tmp_path
) -> None:
    """Fault X10: the sweep drops each after the days that are set for it."""
    environ = {"DATABASE_URL": db.url, "SECRET_KEY": "k" * 40, "DATA_DIR": str(tmp_path),
               "ACCESS_LOG_DAYS": "100", "ACCESS_LOG_NETWORK_DAYS": "30",
               "ACCESS_LOG_SALT_DAYS": "10"}  # fmt: skip
    settings = Settings.load(environ)
    assert settings.access_log == KEEP
    sessions.sign_in(db, NOBODY, "wrong", HERE, "")

    def after(days: int) -> tuple[list[str | None], int]:
        with clock.set_to(NOW + timedelta(days=days)):
            sweep.sweep(db, settings)
        return [row.network for row in rows(db)], len(db.read(digests_of, NOBODY))

    assert after(10) == ([HERE.network], 1)
    assert after(11) == ([HERE.network], 0)
    assert after(31) == ([None], 0)
    assert after(101) == ([], 0)


def test_a_removed_name_takes_its_network_addresses_along(db: Database, who: build.Cast) -> None:
    """INV-15: the lines stay, and say nothing of the person."""
    db.run(access_log.write, access_log.SIGN_IN, HERE, person_id=who.mo)
    db.run(lambda s: accounts.deactivate(s, build.actor(s, who.adam), who.mo))
    db.run(lambda s: accounts.erase(s, build.actor(s, who.adam), who.mo, "Asked for it"))
    assert [(row.person_id, row.network) for row in rows(db)] == [(who.mo, None)]
