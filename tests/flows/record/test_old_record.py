"""A record made by an earlier build is restored, migrated, checked and worked on (evolving.md)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import editions
from config.council_loading import load_council
from cycle.db import Database, at_once
from cycle.models import SEALED, FrameworkVersion
from cycle.record import canonical
from cycle.server import migrate
from notifications import feeds
from tests import build, kit, old_record
from tests.flows.committees import HOUSING, PARKS, on
from workflows.core.attempt import Remarked
from workflows.council import loading
from workflows.plans import comments
from workflows.record import checkpoints
from workflows.record.verify import chain as verify_chain, verify
from workflows.record.verify.findings import Report


@pytest.fixture(autouse=True)
def on_its_last_day() -> Iterator[None]:
    """Who holds which post, and what is late, is as it was."""
    with on(old_record.LAST_DAY):
        yield


@pytest.fixture
def old(database: kit.TestDatabase) -> Iterator[Database]:
    """The old record as the product sees it."""
    old_record.restore(database)
    opened = Database(database.app_url)
    yield opened
    opened.dispose()


def known(report: Report) -> dict[str, list[tuple[str | None, int | None]]]:
    """The places of each known class."""
    return {each.key: [(row.subject, row.seq) for row in each.rows] for each in report.known}


def whole(db: Database) -> Report:
    """Nothing is broken; what is known of the old record is told, and it is this."""
    report = db.read(verify.check)
    assert report.broken == ()
    assert known(report)[verify_chain.PIN] == old_record.PIN_MOVED
    return report


# Sealed tables that came after the build which made the dump.
LATER = ["remark_mark"]


def test_the_old_record_verifies_and_has_rows_in_every_sealed_table(old: Database) -> None:
    """The dump proves nothing about a table that it has no row of; a later one it cannot have."""
    report = whole(old)
    assert report.ok
    empty = [
        model.__tablename__
        for model in SEALED
        if not old.read(
            lambda s, m=model: s.scalar(text(f"SELECT count(*) FROM {m.__tablename__}"))
        )
    ]
    assert empty == LATER
    assert report.lines()[0].startswith("The record is whole: ")


def test_what_is_known_is_told_by_count_and_listed_for_scripts(old: Database) -> None:
    """Never silence: a line in the terminal, every place in ``verify --json``."""
    report = whole(old)
    line = next(line for line in report.lines() if verify_chain.PIN in line)
    assert "1 place" in line
    assert verify_chain.KNOWN[verify_chain.PIN] in line
    known = {each["key"]: each for each in report.as_json()["known"]}[verify_chain.PIN]
    assert known["sentence"] == verify_chain.KNOWN[verify_chain.PIN]
    assert [(row["subject"], row["seq"]) for row in known["rows"]] == old_record.PIN_MOVED
    assert "nottinghamshire-smf/2" in known["rows"][0]["says"]


def test_work_goes_on_on_what_is_old(old: Database) -> None:
    """Mo hands in what was returned to him, Ray comments on it, a checkpoint seals it."""
    who = build.cast(old)
    build.fill(old, HOUSING, who.mo)
    build.act(old, HOUSING, "submit", who.mo)

    def comment(session: Session) -> None:
        plan = build.plan(session, HOUSING)
        remarks = [Remarked(build.remark(session, plan).section_key, "Better.")]
        comments.comment(session, build.actor(session, who.ray), plan.id, remarks)

    old.run(comment)
    build.act(old, PARKS, "submit", who.pat)
    old.run(checkpoints.make)
    whole(old)


def test_a_column_changed_on_the_old_record_is_found(old: Database, owner_db: Database) -> None:
    """What is known excuses nothing else, also not another pin."""

    def tamper(session: Session) -> None:
        session.execute(text("SET LOCAL session_replication_role = 'replica'"))
        session.execute(text("UPDATE remark SET body = body || '.' WHERE id = 1"))
        session.execute(text("UPDATE subject SET framework_version_id = 2 WHERE ref = 'STP-2028'"))
        session.execute(text("UPDATE subject SET framework_version_id = 1 WHERE kind = 'council'"))

    owner_db.run(tamper)
    report = old.read(verify.check)
    found = {(check.key, row.subject) for check in report.broken for row in check.rows}
    assert {("INV-06-pinned", "STP-2028"), ("INV-06-pinned", "COUNCIL")} <= found
    assert "INV-10-listed" in {key for key, _ in found}


def test_the_old_record_draws_its_own_word_for_calendars_and_keeps_it(old: Database) -> None:
    """Fault C4: the upgrade gives one to a council that was loaded before; loading keeps it."""

    def drawn(session: Session) -> str:
        return feeds.stamp(session).record

    first = old.read(drawn)
    word, _, copy = first.partition(".")
    assert (len(word), copy[:9]) == (32, "restored-")
    council = load_council(build.HERE / "data" / "smallshire.toml")
    old.run(loading.load, None, council, build.framework_data())
    assert old.read(drawn) == first


def test_opening_the_same_files_again_changes_nothing_on_the_old_record(old: Database) -> None:
    """The second edition is in format 1; the same words are no third one."""

    def load(session: Session, folder: Path) -> loading.Report:
        second = session.scalars(select(FrameworkVersion).where(FrameworkVersion.number == 2)).one()
        data = editions.contents(second.body)  # as its files are written now
        return loading.load(session, None, load_council(folder), data)

    def editions_of(session: Session) -> list[tuple[int, str]]:
        rows = session.scalars(select(FrameworkVersion).order_by(FrameworkVersion.number))
        return [(row.number, canonical.digest(row.body)) for row in rows]

    before = old.read(editions_of)
    council = build.HERE / "data" / "smallshire.toml"
    report = old.run(load, council)
    assert "framework" not in report.counts()
    assert old.read(editions_of) == before
    whole(old)


def test_years_are_called_as_everywhere_and_were_before(database: kit.TestDatabase) -> None:
    """Fault S13: the same dates bore three years' names; the migration goes both ways."""
    old_record.restore(database)
    with at_once(database.owner_url) as owner:

        def titles() -> list[str]:
            rows = owner.execute("SELECT title FROM subject WHERE kind IN ('year', 'change')")
            return [title for (title,) in rows]

        assert "Plans for 2028/29 (written in 2027/28)" in titles()
        migrate.downgrade(database.owner_url, "0016")
        assert "Planning year 2027/28 (Year 1)" in titles()
        assert not [each for each in titles() if "lans for" in each]
        migrate.upgrade(database.owner_url)
        assert not [each for each in titles() if "lanning year" in each]
