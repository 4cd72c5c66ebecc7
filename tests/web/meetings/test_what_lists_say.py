"""What pages of meetings and reports say of what is not there: it is so for each reader, and where
it is not, something else stands in its place. It is 20 October 2027 in Smallshire; the report to
Place Committee is decided, the one to People Committee is listed and not published."""

from datetime import timedelta

from sqlalchemy import text

from tests.web.browsing import main
from tests.web.town import Town

EMPTY = text(
    "SELECT meeting.id FROM meeting WHERE on_date > '2027-10-20' AND NOT EXISTS "
    "(SELECT 1 FROM agenda_item WHERE meeting_id = meeting.id) ORDER BY on_date LIMIT 1"
)
DAY = text("SELECT on_date FROM meeting WHERE id = :id")
DUE = text("SELECT due_on FROM task WHERE subject_id = :item AND closed_at IS NULL ORDER BY id")
NOTIFIED = text("SELECT DISTINCT person.key FROM person JOIN outbox ON person_id = person.id "
            "WHERE outbox.kind = 'papers'")  # fmt: skip
IDLE = text(
    "SELECT id FROM body WHERE key = (SELECT key FROM body WHERE NOT EXISTS "
    "(SELECT 1 FROM subject WHERE body_id = body.id) ORDER BY key LIMIT 1)"
)


def test_an_empty_agenda_is_said_to_be_empty_and_no_other(smallshire: Town) -> None:
    """Fault S2: Mem, who may not open the report, reads that there is one."""
    nothing = "Nothing is on the agenda, exempt reports aside."
    empty = smallshire.db.read(lambda s: s.scalar(EMPTY))
    for name in ("mem", "mo", "cy"):
        browser = smallshire.browser(name)
        for part in ("", "/deadlines"):
            assert nothing in main(browser.get(f"/meetings/{empty}{part}").text), name
            page = main(browser.get(smallshire.at(f"/meetings/{{meeting}}{part}")).text)
            assert nothing not in page, name
            assert "Strategic Plan" in page


def test_what_is_kept_from_members_is_said_to_members(smallshire: Town) -> None:
    """Fault S2: officers are told of every report, so the sentence would be false for Mo."""
    report = "A report that is not published yet is open only to those who work on it"
    programme = "What is not published yet is open only to those who work on it"
    mem, mo = smallshire.browser("mem"), smallshire.browser("mo")
    for part in ("", "/deadlines"):
        path = smallshire.at(f"/meetings/{{meeting}}{part}")
        assert report in main(mem.get(path).text)
        assert report not in main(mo.get(path).text)
    assert programme in main(mem.get("/work-programme").text)
    assert programme not in main(mo.get("/work-programme").text)
    assert smallshire.at("/items/{waiting}") not in mem.page


def test_nothing_is_coming_to_a_body_to_which_nothing_comes(smallshire: Town) -> None:
    """Fault S2."""
    nothing = "Nothing is coming to this body in the next year, exempt reports aside."
    idle = smallshire.db.read(lambda s: s.scalar(IDLE))
    for name in ("mem", "mo", "cy"):
        browser = smallshire.browser(name)
        assert "Nothing is coming to" not in main(browser.get("/work-programme").text)
        assert nothing in main(browser.get(f"/work-programme?body={idle}").text), name


def test_no_decision_is_said_only_where_the_reader_may_open_none(smallshire: Town) -> None:
    """Fault S2: what Place Committee resolved is open to everybody."""
    none = "No decision that is open to you is recorded here yet."
    idle = smallshire.db.read(lambda s: s.scalar(IDLE))
    for name in ("mem", "mo", "cy"):
        browser = smallshire.browser(name)
        assert none not in main(browser.get("/decisions").text), name
        assert "Place Committee" in browser.page
        assert none in main(browser.get(f"/decisions?body={idle}").text), name


def test_to_whom_a_report_is_open_is_said_to_whom_it_is_not(own_smallshire: Town) -> None:
    """Fault S1: once it is withdrawn it will never be published, and nobody is told that it will;
    the clerk, to whom it is open, is told nothing of the kind."""
    town, path = own_smallshire, own_smallshire.at("/items/{waiting}")
    opens = (
        "What it says is open to those who work on it, and to everyone who can sign in once it is "
        "recorded as published."
    )
    assert opens in main(town.browser("mo").get(path).text)
    assert "What it says is open" not in main(town.browser("cy").get(path).text)
    assert "None yet." not in main(town.browser("mo").get(path).text), "comments are withheld"
    gone = text("UPDATE subject SET phase = 'withdrawn', state = 'withdrawn' WHERE id = :id")
    town.db.run(lambda s: s.execute(gone, {"id": town.places["waiting"]}))
    page = main(town.browser("mo").get(path).text)
    assert opens not in page
    assert "What it says is open only to those who worked on it." in page


def test_a_meeting_that_moves_takes_tasks_along_and_whoever_has_them_is_told(
    own_smallshire: Town,
) -> None:
    """Fault P7: the page that records the move says so before, and it is so after."""
    town, path = own_smallshire, own_smallshire.at("/meetings/{meeting}/move")
    asked = {"item": town.places["waiting"]}
    before = town.db.read(lambda s: s.scalars(DUE, asked).all())
    cy = town.browser("dora")
    follow = "their open tasks follow the new day at once, and those who have them are told."
    assert follow in main(cy.get(path).text)
    day = town.db.read(lambda s: s.execute(DAY, {"id": town.places["meeting"]}).scalar_one())
    later = day + timedelta(days=15)
    boxes = {"on_day": later.day, "on_month": later.month, "on_year": later.year}
    sent = cy.send(path, **boxes, at="10:30", reason="The hall is let.")
    assert sent.status_code == 303, sent.text
    assert town.db.read(lambda s: s.scalars(DUE, asked).all()) != before
    notified = town.db.read(lambda s: s.scalars(NOTIFIED).all())
    assert notified
