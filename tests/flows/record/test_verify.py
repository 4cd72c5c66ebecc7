"""Every check of verify can fail, and fails where it should; checkpoints are made and kept.

The data is broken once for each check by an intruder (the owner, triggers off) and rolled back.
"""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import people
from cycle.db import Database
from cycle.errors import BadInput
from cycle.models import Checkpoint, Subject
from tests import build, kit
from tests.build import Cast
from tests.flows import world
from tests.flows.world import checked
from workflows.core import council_subject, engine
from workflows.core.audit import Act
from workflows.record import checkpoints
from workflows.record.verify import schema as verify_schema, verify

THE_PLAN = f"(SELECT id FROM subject WHERE ref = '{world.PROFILE}')"
ONE_TASK = "(SELECT min(id) FROM task WHERE closed_at IS NULL)"
MO = "(SELECT id FROM person WHERE key = 'mo')"
RAY = "(SELECT id FROM person WHERE key = 'ray')"
A_NOTICE = f"""INSERT INTO outbox (key, kind, person_id, task_id, subject, body, state, created_at,
  not_before_at, attempts, why, sent_at) SELECT 'test', 'opened', {MO}, task.id, '', '', 'sent',
  now(), now(), 1, '', closed_at + interval '1 hour' FROM task
  WHERE closed_at IS NOT NULL LIMIT 1"""
MADE_DIFFERENT = "UPDATE {t} SET {c} = {c} || '.' WHERE ctid = (SELECT min(ctid) FROM {t})"

# For each check, what an intruder (or a fault of ours) would do that only it, or it too, finds.
BREAKS: dict[str, list[str]] = {
    "INV-01-generation": [f"UPDATE task SET generation = 9 WHERE id = {ONE_TASK}"],
    "INV-01-once": [
        "DROP INDEX task_open_once",
        "INSERT INTO task (subject_id, kind, slot, label, queue_id, generation, due_on, opened_at) "
        "SELECT subject_id, kind, slot, label, queue_id, generation, due_on, opened_at FROM task "
        f"WHERE id = {ONE_TASK}",
    ],
    "INV-01-reached": ["DELETE FROM appointment", "DELETE FROM cover"],
    "INV-01-required": [f"DELETE FROM task WHERE id = {ONE_TASK}"],
    "INV-01-somebody": [
        "DELETE FROM task WHERE closed_at IS NULL",
        "UPDATE subject SET state = 'with_committees' WHERE ref = 'STP-2028'",
    ],
    "INV-02-phase": [f"UPDATE subject SET phase = 'withdrawn' WHERE id = {THE_PLAN}"],
    "INV-02-state": [f"UPDATE subject SET state = 'returned' WHERE id = {THE_PLAN}"],
    "INV-03-edges": [
        f"UPDATE event SET to_state = 'in_force' WHERE subject_id = {THE_PLAN} AND seq = 2"
    ],
    "INV-04-begun": [f"DELETE FROM event WHERE subject_id = {THE_PLAN}"],
    "INV-04-counts": [f"UPDATE subject SET version = version + 1 WHERE id = {THE_PLAN}"],
    "INV-05-ledger": ["UPDATE slip SET to_on = from_on"],
    "INV-05-proposed": ["UPDATE subject SET phase = 'in_review' WHERE kind = 'change'"],
    "INV-05-slipped": ["UPDATE step SET due_on = due_on + 1 WHERE key = 'go_live'"],
    "INV-06-framework": ["UPDATE framework_version SET sha256 = sha256 || '.'"],
    "INV-06-pinned": [
        "INSERT INTO framework_version SELECT 99, key, 99, body, sha256 || '.', published_at "
        "FROM framework_version LIMIT 1",
        f"UPDATE subject SET framework_version_id = 99 WHERE id = {THE_PLAN}",
    ],
    "INV-06-readable": ["UPDATE framework_version SET body = '{'"],
    "INV-07-claims": [f"UPDATE task SET claimed_by_id = {MO} WHERE id = {ONE_TASK}"],
    "INV-07-closed": [
        "UPDATE task SET closed_at = closed_at + interval '1 second' WHERE closed_at IS NOT NULL"
    ],
    "INV-08-no-cascade": [
        "ALTER TABLE event DROP CONSTRAINT event_subject_id_fkey",
        "ALTER TABLE event ADD CONSTRAINT event_subject_id_fkey FOREIGN KEY (subject_id) "
        "REFERENCES subject (id) ON DELETE CASCADE",
    ],
    "INV-08-whole": ["DELETE FROM agenda_item"],
    "INV-10-columns": ["UPDATE event SET action = 'approve' WHERE action = 'publish'"],
    "INV-10-dense": [f"DELETE FROM event WHERE subject_id = {THE_PLAN} AND seq = 3"],
    "INV-10-hash": [MADE_DIFFERENT.format(t="event", c="hash")],
    "INV-10-head": [f"UPDATE subject SET head_seq = head_seq + 1 WHERE id = {THE_PLAN}"],
    "INV-10-listed": ["UPDATE sign_off SET note = 'All good.'"],
    "INV-11-linked": [
        f"UPDATE event SET prev_hash = 'x' WHERE subject_id = {THE_PLAN} AND seq = 3"
    ],
    "INV-12-grants": ["GRANT UPDATE (words) ON decision TO plancycle_app"],
    "INV-12-triggers": ["ALTER TABLE decision DISABLE TRIGGER sealed_rows"],
    "INV-13-before": ["UPDATE checkpoint SET previous = 'x' WHERE id = 2"],
    "INV-13-heads": [
        "UPDATE checkpoint_leaf SET seq = 99 WHERE ctid = (SELECT min(ctid) FROM checkpoint_leaf)"
    ],
    "INV-13-root": ["DELETE FROM checkpoint_leaf WHERE checkpoint_id = 1 AND position = 3"],
    "INV-13-text": ["UPDATE checkpoint SET made_at = made_at + interval '1 day' WHERE id = 1"],
    "INV-15-names": ["UPDATE attribution SET words = replace(words, 'Ray', 'Rita')"],
    "INV-15-once": ["DELETE FROM event WHERE action = 'publish'"],
    "INV-20-decision": [MADE_DIFFERENT.format(t="decision", c="versions")],
    "INV-20-of-plan": [
        "UPDATE plan SET shown_version_id = 4711 WHERE shown_version_id IS NOT NULL"
    ],
    "INV-20-version": ["UPDATE plan_version SET sha256 = sha256 || '.' WHERE number = 1"],
    "INV-21-effect": [
        "INSERT INTO route_stage (plan_id, round, stage, body_id, verb, status, takes_effect_on) "
        "SELECT subject.id, 9, 1, (SELECT min(id) FROM body), 'approve', 'decided', "
        "DATE '2999-01-01' FROM subject WHERE kind = 'plan' AND phase IN ('settled', 'in_force') "
        "LIMIT 1",
    ],
    "INV-21-bodies": [MADE_DIFFERENT.format(t="sealed_section", c="body")],
    "INV-21-manifest": ["UPDATE plan_version SET manifest = manifest || ' ' WHERE number = 1"],
    "INV-21-stands": [
        "UPDATE plan SET shown_version_id = (SELECT min(id) FROM plan_version) "
        f"WHERE id = {THE_PLAN}"
    ],
    "INV-22-four-eyes": [f"UPDATE editor SET person_id = {RAY} WHERE plan_id = {THE_PLAN}"],
    "INV-22-sign-off": [f"UPDATE editor SET person_id = {RAY} WHERE plan_id = {THE_PLAN}"],
    "INV-27-authority": [
        "UPDATE attribution SET words = '{}' WHERE event_id = "
        "(SELECT id FROM event WHERE action = 'publish')"
    ],
    "INV-28-corrections": ["UPDATE decision SET reason = ' ' WHERE supersedes_id IS NOT NULL"],
    "INV-28-outcomes": ["UPDATE decision SET outcome = 'lost' WHERE supersedes_id IS NOT NULL"],
    "INV-28-settled": [
        "INSERT INTO decision_correction (item_id, decision_id, outcome, words, effect, reason, "
        "evidence, minutes_signed, later_minute, proposed_by_id, proposed_at, status, why) "
        "SELECT item_id, id, outcome, words, effect, 'x', 'x', false, '', recorded_by_id, at, "
        "'waiting', '' FROM decision LIMIT 1",
        "INSERT INTO correction_plan (correction_id, plan_id, choice, settled_by_id, settled_at, "
        f"reason) SELECT max(id), {THE_PLAN}, 'kept', {MO}, now(), 'x' FROM decision_correction",
    ],
    "INV-30-constraints": ["ALTER TABLE request_key DROP CONSTRAINT request_key_pkey"],
    "INV-30-forms": [
        "INSERT INTO request_key (person_id, route, key, payload_sha256, payload, location, "
        f"message, at) SELECT {MO}, '/plans', 'k', 'x', 'y', '/', '', now()"
    ],
    "INV-40-once": [
        "ALTER TABLE outbox DROP CONSTRAINT outbox_key_key",
        "INSERT INTO outbox (key, kind, person_id, task_id, subject, body, state, created_at, "
        "not_before_at, attempts, why) SELECT key, kind, person_id, task_id, subject, body, state, "
        "created_at, not_before_at, attempts, why FROM outbox LIMIT 1",
    ],
    "INV-41-ends": [
        "UPDATE outbox SET state = 'lost' WHERE id = (SELECT min(id) FROM outbox)",
    ],
    "INV-43-closed": [A_NOTICE],
    "INV-51-bound": [
        "UPDATE agenda_item SET meeting_id = (SELECT min(meeting.id) FROM meeting "
        "JOIN subject ON subject.id = agenda_item.id WHERE meeting.body_id <> subject.body_id)"
    ],
    "INV-52-sessions": [
        "INSERT INTO sign_in_session (token_sha256, person_id, epoch, started_at, seen_at, "
        f"browser) SELECT 'x', id, epoch, now(), now(), '' FROM person WHERE id = {MO}",
        f"UPDATE person SET active = false WHERE id = {MO}",
    ],
}


def test_no_check_is_without_a_break() -> None:
    """A check that nothing breaks proves nothing."""
    assert set(BREAKS) == set(verify.TITLES)


@pytest.mark.parametrize("key", BREAKS)
def test_every_check_can_fail(intruder: Session, key: str) -> None:
    """Broken once, it says so, and the whole is not well."""
    for statement in BREAKS[key]:
        intruder.execute(text(statement))
    report = checked(intruder)
    assert key in {check.key for check in report.broken}
    assert not report.ok


TRIGGER_IS_GONE = [
    "DROP TRIGGER sealed_table ON event",
    "ALTER TABLE attribution DISABLE TRIGGER sealed_words",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RETURN NEW; END $$",
]


@pytest.mark.parametrize("statement", TRIGGER_IS_GONE)
def test_a_trigger_that_no_longer_refuses_is_found(intruder: Session, statement: str) -> None:
    """INV-12: dropped, switched off or emptied."""
    intruder.execute(text(statement))
    assert "INV-12-triggers" in {check.key for check in checked(intruder).broken}


RIGHT_TOO_MANY = [
    "GRANT DELETE ON event TO plancycle_app",
    "GRANT TRUNCATE ON checkpoint TO plancycle_app",
    "GRANT UPDATE ON checkpoint_leaf TO PUBLIC",
]


@pytest.mark.parametrize("statement", RIGHT_TOO_MANY)
def test_a_right_too_many_is_found(intruder: Session, statement: str) -> None:
    """INV-12: the product's role could change what is sealed."""
    intruder.execute(text(statement))
    assert "INV-12-grants" in {check.key for check in checked(intruder).broken}


GUARDS_OF_THE_RULES = [
    "DROP INDEX task_open_once",
    "DROP INDEX decision_current_once",
    "ALTER TABLE event DROP CONSTRAINT event_subject_id_prev_hash_key",
    "ALTER TABLE appointment DROP CONSTRAINT one_holder",
    "ALTER TABLE task DROP CONSTRAINT closed_has_outcome",
    "ALTER TABLE sign_off DROP CONSTRAINT sign_off_version_id_fkey",
]


@pytest.mark.parametrize("statement", GUARDS_OF_THE_RULES)
def test_a_constraint_that_was_dropped_is_found(intruder: Session, statement: str) -> None:
    """INV-01, INV-11, INV-27, INV-28, INV-30, INV-40 are held by constraints; all must be there."""
    intruder.execute(text(statement))
    assert "INV-30-constraints" in {check.key for check in checked(intruder).broken}


def test_the_report_has_the_shape_that_scripts_rely_on(intruder: Session) -> None:
    """contracts.md: ok, checks, sealed tables, events, checkpoint; each row says where. Beside them
    what is known of an old record, which a new one has nothing of."""
    whole = checked(intruder).as_json()
    assert set(whole) == {"ok", "checks", "known", "sealed_tables", "events", "checkpoint"}
    assert whole["known"] == []
    assert whole["ok"] is True
    assert all(check["ok"] and check["rows"] == [] for check in whole["checks"])
    assert {"event", "attribution", "checkpoint", "decision"} <= set(whole["sealed_tables"])
    assert whole["events"] > 30
    assert whole["checkpoint"]["number"] == 2
    intruder.execute(text("SET LOCAL session_replication_role = 'replica'"))
    intruder.execute(text("UPDATE sign_off SET note = 'All good.'"))
    broken = [check for check in checked(intruder).as_json()["checks"] if not check["ok"]]
    assert [check["key"] for check in broken] == ["INV-10-listed"]
    row = broken[0]["rows"][0]
    assert (row["subject"], row["table"]) == (world.PROFILE, "sign_off")
    assert row["seq"] == 6


def test_the_terminal_names_the_first_broken_promise_and_where(intruder: Session) -> None:
    """What ``plancycle verify`` prints: one line when all is well, else the place."""
    assert checked(intruder).lines()[0].startswith("The record is whole: ")
    intruder.execute(text("SET LOCAL session_replication_role = 'replica'"))
    intruder.execute(text("UPDATE sign_off SET note = 'All good.' WHERE id = 1"))
    assert checked(intruder).lines() == [
        "INV-10-listed does not hold: Every row of a sealed table is listed in one event with all "
        "its columns.",
        f"  {world.PROFILE}, event 6, sign_off [1]: A column of this row was changed after the "
        "event listed it.",
    ]


def test_verify_writes_nothing(sealed_smallshire: kit.TestDatabase) -> None:
    """It runs in a read-only transaction, as the product's own role."""
    db = Database(sealed_smallshire.app_url)
    assert db.read(verify.check).ok
    db.dispose()


def test_a_name_that_went_without_an_erasure_is_found(
    sealed_smallshire: kit.TestDatabase,
) -> None:
    """INV-15: words may be emptied, which only an erasure on the council's chain explains."""
    db = Database(sealed_smallshire.app_url)
    with Session(db.engine) as session:
        session.execute(text("UPDATE attribution SET words = NULL WHERE event_id = 9"))
        assert [check.key for check in verify.check(session).broken] == ["INV-15-names"]
        session.rollback()
    db.dispose()


def test_erasing_mo_keeps_the_record_whole(sealed_smallshire: kit.TestDatabase) -> None:
    """INV-15: his name and salt are gone, the erasure is on the record, all hashes still fit."""
    db = Database(sealed_smallshire.app_url)
    with Session(db.engine) as session:
        mo = session.scalar(text(MO))
        council = council_subject.subject_of(session)
        session.execute(text("UPDATE person SET salt = NULL WHERE id = :mo"), {"mo": mo})
        session.execute(
            text("UPDATE attribution SET words = NULL WHERE :mo IN (person_id, for_person_id)"),
            {"mo": mo},
        )
        act = Act("erase", reason="He has left.", details={"person": mo})
        engine.record(session, council, people.system(session), act, people.SYSTEM)
        assert verify.check(session).broken == ()
        session.rollback()
    db.dispose()


def test_an_empty_database_is_whole(db: Database) -> None:
    """Before a council is loaded there is nothing to find fault with."""
    report = db.read(verify.check)
    assert report.broken == ()
    assert (report.events, report.checkpoint) == (0, None)
    made = db.run(checkpoints.make)
    assert (made.id, made.leaves) == (1, 0)
    assert db.run(checkpoints.make).id == 1
    assert db.read(verify.check, made.text).ok


@pytest.fixture
def who(db: Database) -> Cast:
    """Smallshire with an open year."""
    cast = build.year_one(db)
    if build.state(db, world.PROFILE) == "not_started":
        build.act(db, world.PROFILE, "start", None)
    return cast


def test_a_checkpoint_seals_what_has_changed_since_the_last(db: Database, who: Cast) -> None:
    """The first holds every chain, the next only the one that Mo made longer (INV-13)."""
    first = db.run(checkpoints.make)
    assert first.leaves == db.read(lambda s: s.query(Subject).count())
    assert db.run(checkpoints.make).id == first.id
    build.fill(db, world.PROFILE, who.mo)
    build.act(db, world.PROFILE, "submit", who.mo)
    second = db.run(checkpoints.make)
    assert (second.id, second.leaves, second.previous) == (2, 1, first.sha256)
    assert db.read(verify.check).ok


def test_the_auditor_and_the_monitoring_officer_are_sent_every_checkpoint(
    db: Database, who: Cast
) -> None:
    """Aud and Monty can show later what stood on the record, without asking this system."""
    made = db.run(checkpoints.make)
    db.run(checkpoints.make)
    sent = db.read(
        lambda s: s.execute(text("SELECT person_id, body FROM outbox WHERE kind = 'checkpoint'"))
    ).all()
    assert {row.person_id for row in sent} == {who.aud, who.monty}
    assert len(sent) == 2
    for row in sent:
        assert db.read(checkpoints.against, row.body) == []
        assert checkpoints.read(row.body).root == made.root


def test_the_text_is_written_outside_whole_and_never_over_another(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """A file that says something else is evidence and stays."""
    made = db.run(checkpoints.make)
    folder = tmp_path / "data" / "checkpoints"
    path = checkpoints.write_outside(made, folder)
    assert (path.name, path.read_text(encoding="utf-8")) == ("0001.txt", made.text)
    assert checkpoints.write_outside(made, folder) == path
    path.write_text("another", encoding="utf-8")
    beside = checkpoints.write_outside(made, folder)
    assert path.read_text(encoding="utf-8") == "another"
    assert beside.read_text(encoding="utf-8") == made.text
    assert sorted(each.name for each in folder.iterdir()) == [beside.name, "0001.txt"]


def test_a_file_that_is_no_checkpoint_is_refused(db: Database, who: Cast) -> None:
    """One sentence, nothing else."""
    with pytest.raises(BadInput, match="not the text of a checkpoint"):
        db.read(verify.check, "Minutes of the meeting")


def test_two_checkpoints_at_once_come_one_after_the_other(db: Database, who: Cast) -> None:
    """The second waits for the first and finds nothing left to seal."""
    with Session(db.engine) as first:
        checkpoints.make(first)
        with Session(db.engine) as second:
            second.execute(text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(Exception, match="lock timeout"):
                checkpoints.make(second)
        first.commit()
    assert db.run(checkpoints.make).id == 1


def test_the_sealed_tables_are_those_of_the_models() -> None:
    """What verify names as sealed is what the grants and triggers cover."""
    assert len(verify_schema.SEALED_TABLES) == len(set(verify_schema.SEALED_TABLES)) == 16
    assert Checkpoint.__tablename__ in verify_schema.SEALED_TABLES
