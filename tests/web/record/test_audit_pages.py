"""Aud checks the record: everything on request, one record in full, and seals it."""

import json

from sqlalchemy import text

from tests import build, old_record
from tests.flows.committees import on
from tests.web import browsing
from workflows.record import checkpoints
from workflows.record.verify import chain as verify_chain

PLAN = "SVP-2028-HOUSING"
JSON = {"Accept": "application/json"}


def test_aud_sees_a_whole_record_in_words_and_as_json(signed, db):
    aud = signed("aud")
    page = aud.get("/audit").text
    assert "Every act stands on the record, and each names the one before it." in page
    page = aud.get("/audit/verify").text
    assert "The record is whole" in page
    assert "The hash of every event is that of its contents" in page
    assert "Every event names the hash of the one before it" in page
    assert "Does not hold" not in page
    assert "Change nothing, keep a copy of the database" not in page
    report = aud.get("/audit/verify", headers=JSON)
    assert report.content_type == "application/json"
    body = json.loads(report.text)
    assert body["ok"]
    assert f"All {len(body['checks'])} checks hold" in page
    assert body["events"] == db.read(lambda s: s.scalar(text("SELECT count(*) FROM event")))


def test_aud_sees_what_was_changed_and_where(signed, owner_db):
    def tamper(session):
        session.execute(text("SET session_replication_role = replica"))
        session.execute(text("UPDATE event SET action = 'nothing' WHERE seq = 1"))

    owner_db.run(tamper)
    aud = signed("aud")
    says = "A check reads all of it and says whether anything was changed, added or taken away."
    assert says in aud.get("/audit").text
    page = aud.get("/audit/verify").text
    assert "The record is not whole" in page
    assert "COUNCIL, event 1" in page
    assert "Change nothing, keep a copy of the database" in page
    assert "Does not hold: The columns of every event say what its contents say" in page
    assert not aud.get("/audit/verify", headers=JSON).json["ok"]


def test_aud_seals_once_keeps_the_text_and_cannot_seal_nothing(signed, app, db):
    aud = signed("aud")
    since = "Nothing has happened since the last checkpoint."
    assert "None yet" in aud.get("/audit").text
    assert since not in aud.page
    assert aud.send("/audit", "/audit/checkpoints").status_code == 303
    made = db.read(checkpoints.newest)
    page = aud.get("/audit").text
    assert "Number 1," in page
    assert "None yet" not in page
    assert since in page
    text_reply = aud.get("/audit/checkpoints/1")
    assert text_reply.text == made.text
    assert "attachment" in text_reply.headers["Content-Disposition"]
    outside = app.extensions["settings"].data_dir / "checkpoints" / "0001.txt"
    assert outside.read_text() == made.text
    assert aud.get("/audit/checkpoints/2").status_code == 404


def test_what_the_page_says_of_checkpoints_is_kept(signed, app, db, who, owner_db):
    """What the page promises: the nightly seal is mailed to Aud and Monty, who may check, and to
    nobody else; with its text one sees later that something sealed in it was changed."""
    page = signed("aud").get("/audit").text
    for words in (
        "A checkpoint seals where every record ends.",
        "One is made every night and mailed to whoever may check the record.",
        "Whoever keeps its text elsewhere can show later that nothing sealed in it was changed.",
    ):
        assert words in page
    made = db.run(checkpoints.make)
    mails = db.read(
        lambda s: s.execute(
            text("SELECT person_id, body FROM outbox WHERE kind = 'checkpoint'")
        ).all()
    )
    assert {each.person_id for each in mails} == {who.aud, who.monty}
    keep = (
        "Keep this message: with it you can show later that nothing which stood on the record by "
        "then has been changed or taken away."
    )
    for each in mails:
        assert keep in each.body
        assert made.text in each.body
    ends = "SELECT count(*) FROM subject WHERE head_seq > 0"
    assert db.read(lambda s: s.scalar(text(ends))) == made.leaves
    assert db.read(lambda s: checkpoints.against(s, made.text)) == []

    def rebuilt(session):
        session.execute(text("SET session_replication_role = replica"))
        other = "encode(sha256(hash::bytea), 'hex')"
        session.execute(text(f"UPDATE event SET hash = {other}"))

    owner_db.run(rebuilt)
    assert db.read(lambda s: checkpoints.against(s, made.text))


def test_a_page_behind_the_last_event_does_not_say_that_nothing_happened(signed, db, who):
    build.cycle(db, who)
    page = signed("aud").get(f"/audit/plans/{PLAN}?after=9999").text
    assert "Nothing has happened" not in page


def test_a_record_is_found_and_read_in_full(signed, db, who):
    build.cycle(db, who)
    aud = signed("aud")
    assert PLAN in aud.get("/audit?ref=housing").text
    assert "Nothing has “" not in aud.page
    assert "Nothing has “%" in aud.get("/audit?ref=%25zz").text
    page = aud.get(f"/audit/plans/{PLAN}").text
    rows = db.read(
        lambda s: s.execute(
            text(
                "SELECT e.hash FROM event e JOIN subject u ON u.id = e.subject_id WHERE u.ref = :r"
            ),
            {"r": PLAN},
        ).all()
    )
    assert rows
    assert all(row.hash in page for row in rows)
    assert "Sue Support" in page
    assert "Planning support officer" in page
    assert aud.get("/audit/plans/NOTHING").status_code == 404


def test_the_councils_record_says_who_gave_which_post(signed, who):
    signed("adam").send(f"/people/{who.pat}/deactivate", reason="Left in May")
    page = signed("aud").get("/audit/plans/COUNCIL").text
    assert "Adam Admin" in page
    assert "Left in May" in page


def test_a_long_record_is_read_a_page_at_a_time(signed, who):
    adam = signed("adam")
    for _ in range(26):
        adam.send(f"/people/{who.pat}/deactivate")
        adam.send(f"/people/{who.pat}", f"/people/{who.pat}/reactivate")
    aud = signed("aud")
    first = aud.get("/audit/plans/COUNCIL").text
    assert 'id="event-50"' in first
    assert 'id="event-51"' not in first
    assert "More rows" in first


def test_the_record_is_closed_to_whom_it_is_no_function(signed):
    for name in ("mo", "adam", "mem"):
        browser = signed(name)
        assert "Check the record" not in browser.get("/account").text
        for path in ("/audit", "/audit/verify", "/audit/plans/COUNCIL", "/audit/checkpoints/1"):
            assert browser.get(path).status_code == 403
    assert signed("monty").get("/audit").status_code == 200


def test_aud_reads_what_is_known_of_an_old_record(app, db, database):
    """What stands wrong and stays is told, with where; the record is whole all the same."""
    old_record.restore(database)
    with on(old_record.LAST_DAY):
        aud = browsing.signed_in(app, db, build.cast(db).aud)
        page = aud.get("/audit/verify").text
        assert "The record is whole" in page
        assert "Known, and stays: 1 place" in page
        assert "The record is never edited, so this stays as it is." in page
        assert verify_chain.KNOWN[verify_chain.PIN] in page
        assert "COUNCIL, event 12" in page
        known = aud.get("/audit/verify", headers=JSON).json["known"]
        assert [each["key"] for each in known] == [verify_chain.PIN, "may-name-another-post"]
