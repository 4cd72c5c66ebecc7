"""The page of a rehearsal: Sue asks for one, waits, sees what it showed; Mo reads along."""

import re

import pytest
from sqlalchemy import text

from cycle import clock
from tests import build
from tests.web.browsing import prefilled
from workflows.rehearsal import rehearsals

PAGE = "/timetable/Y-2027-1/rehearsal"
PROFILE = "SPR-2028-HOUSING"
BUTTON = "Rehearse this timetable"


@pytest.fixture
def who(db):
    with clock.set_to(build.SPRING):
        yield build.year_one(db)


def becomes(db, **columns):
    """The last rehearsal as its player would leave it."""
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    db.run(lambda s: s.execute(text(f"UPDATE rehearsal SET {assignments}"), columns))


def test_sue_asks_waits_and_reads_what_it_showed(signed, db):
    sue, mo = signed("sue"), signed("mo")
    nothing = "Nothing of the council changes, and nobody is sent anything."
    assert BUTTON in sue.get(PAGE).text
    assert nothing in sue.page
    assert "None: every body resolved on its planned day." not in sue.page
    held = "Every post had a holder, and now and then a plan was returned or late."
    assert held not in sue.page
    assert BUTTON not in mo.get(PAGE).text
    assert "The support service can start one." in mo.page
    reply = sue.send(PAGE)
    assert (reply.status_code, reply.location) == (303, PAGE)
    waits = "Nothing else waits for it."
    assert waits in sue.get(PAGE).text
    assert waits not in sue.get(PAGE).text
    build.act(db, PROFILE, "start", None)
    assert build.state(db, PROFILE) != "not_started"
    assert "It waits to begin." in mo.get(PAGE).text
    becomes(db, status="running", days_done=88, days_total=352)
    assert "Day 88 of about 352, 25 per cent" in mo.get(PAGE).text
    assert "Stop the rehearsal" not in mo.page
    waiting = mo.get(f"{PAGE}/progress")
    assert (waiting.status_code, "25 per cent" in waiting.text) == (200, True)
    becomes(db, status="waiting")
    before = db.read(lambda s: s.execute(_COUNTS).one())
    rehearsals.play_next(db)
    assert db.read(lambda s: s.execute(_COUNTS).one()) == before
    reply = mo.get(f"{PAGE}/progress")
    assert (reply.status_code, reply.headers["HX-Refresh"]) == (200, "true")
    assert "It has ended" in reply.text
    page = sue.get(PAGE).text
    for words in (
        "Played on 9 June 2027", "for Sue", "plans approved", "None: every body resolved",
        "Where one late task costs a committee date", "due on <strong>", "The next one is on",
        "The work of each post, week by week", 'role="img"', "Most in a week", "Rehearse again",
    ):  # fmt: skip
        assert words in page, words
    assert "None: every body resolved on its planned day." in page
    assert held in page
    every = "All numbers are in the table."
    picture = page.split(every, 1)[1].split("</svg>", 1)[0]
    shown = set(re.findall(r">(\d+)</text>", picture))
    assert every in page
    assert shown
    assert shown <= set(re.findall(r'app-table__value">(\d+)<', page))
    assert "after the day on which" not in page
    idle, safe = "Nobody had anything to do.", "There is none: every task can be four working weeks"
    assert idle not in page
    assert safe not in page
    db.run(lambda s: s.execute(_NOTHING))
    page = sue.get(PAGE).text
    assert idle in page
    assert safe in page


_COUNTS = text("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM outbox)")
_NOTHING = text("""UPDATE rehearsal SET found = found || '{"loads": [], "place": null}'::jsonb""")


def test_while_one_is_under_way_the_other_years_say_so(signed, db):
    sue = signed("sue")
    sue.send(PAGE)
    other = PAGE.replace("2027-1", "2027-2")
    assert "Another year is being rehearsed just now" in sue.get(other).text
    assert BUTTON not in sue.page
    late = sue.send(PAGE, other)
    assert late.status_code == 422
    assert "A rehearsal is under way. Wait until it has ended, or stop it first." in late.text
    assert sue.send(PAGE, f"{PAGE}/stop").status_code == 303
    assert "The last rehearsal was stopped on 9 June 2027" in sue.get(PAGE).text
    assert BUTTON in sue.page


def test_a_rehearsal_that_could_not_go_on_says_why_and_can_be_tried_again(signed, db):
    sue = signed("sue")
    sue.send(PAGE)
    becomes(db, status="failed", why="Nobody serves its queue.")
    assert "could not be played to its end" in sue.get(PAGE).text
    assert "Nobody serves its queue." in sue.page
    assert BUTTON in sue.page


def test_a_double_click_asks_once(signed, db):
    sue = signed("sue")
    sue.get(PAGE)
    form = prefilled(sue.page, PAGE)
    assert [sue.post(PAGE, form).status_code for _ in range(2)] == [303, 303]
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM rehearsal"))) == 1
