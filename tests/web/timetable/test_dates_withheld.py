"""Dates of plans of which one may not know are on no page and in no file of the timetable, and the
page says that something is left out. The Budget is exempt; Mo of Housing and Mem, a member, may not
know of it; Sue, who supports the cycle, may. The Policy Committee meets a week later."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from cycle import clock
from cycle.db import Database
from cycle.models import Meeting
from tests import build
from tests.build import Cast
from tests.flows.timetable.test_date_changes import issue
from tests.web.browsing import Browser
from tests.web.timetable.test_timetable_pages import _EXEMPT, PAGE, _move_meetings

Signed = Callable[[str], Browser]
# A step of the exempt plan itself, and a step of a plan of Mo's.
SECRET, KNOWN = "Budget: ", "Service plan: "
LEFT_OUT = re.compile(r"\d+ dates? of plans that are not open to you (is|are) not shown\.")


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Year 1 is open and issued."""
    with clock.set_to(build.SPRING):
        cast = build.year_one(db)
        issue(db, cast)
        budget = db.read(lambda s: s.scalar(text("SELECT ref FROM subject WHERE ref ~ '^BUD-'")))
        db.run(lambda s: s.execute(_EXEMPT, {"ref": budget}))
        yield cast


@pytest.fixture
def moved(db: Database, who: Cast) -> Cast:
    db.run(_move_meetings)
    return who


def holds_nothing_secret(page: str) -> None:
    assert SECRET not in page, page[page.find(SECRET) - 60 :][:120]
    assert LEFT_OUT.search(page), "the page says that something is left out"


def test_dates_to_move_are_those_of_plans_that_one_may_know_of(signed: Signed, moved: Cast) -> None:
    """INV-51."""
    path = f"{PAGE}/dates-to-move"
    every = signed("sue").get(path).text
    assert SECRET in every
    assert not LEFT_OUT.search(every)
    mo = signed("mo").get(path).text
    holds_nothing_secret(mo)
    assert KNOWN in mo
    member = signed("mem").get(path).text
    holds_nothing_secret(member)
    assert KNOWN not in member, "no plan is published yet"


def test_when_only_dates_of_others_move_nothing_is_said_to_fit(
    signed: Signed, db: Database, moved: Cast
) -> None:
    """INV-51: the false sentence that would follow from it."""
    db.run(lambda s: s.execute(text("UPDATE subject SET exempt = true WHERE kind = 'plan'")))
    page = signed("mo").get(f"{PAGE}/dates-to-move").text
    assert "No date has to move" not in page
    assert LEFT_OUT.search(page)


def test_a_change_is_told_to_each_as_far_as_they_may_know_and_counted_for_who_approves(
    signed: Signed, db: Database, moved: Cast
) -> None:
    """INV-51: names are withheld, the count is not; so it is in the ledger afterwards."""
    sue = signed("sue")
    change = sue.send(f"{PAGE}/dates-to-move", reason="It meets later.").headers["Location"]
    for stage in ("proposed", "applied"):
        holds_nothing_secret(signed("mo").get(change).text)
        assert SECRET in sue.get(change).text, stage
        if stage == "proposed":
            assert signed("vera").send(f"{change}/approve").status_code == 303
            assert sue.send(f"{change}/apply").status_code == 303
    ledger = f"{PAGE}/moved"
    assert SECRET in sue.get(ledger).text
    holds_nothing_secret(signed("mo").get(ledger).text)


def test_what_if_tells_of_no_other_plans(signed: Signed, db: Database, who: Cast) -> None:
    """INV-51: of a meeting, of days on which nobody works, of a late event."""
    meeting = text(
        "SELECT meeting.id, on_date FROM step JOIN meeting ON meeting.id = meeting_id "
        "WHERE step.title LIKE 'Budget: %' AND body_id IN (SELECT id FROM body "
        "WHERE framework_key = 'policy_committee') ORDER BY on_date LIMIT 1"
    )
    number, on = db.read(lambda s: s.execute(meeting).one())
    taken = set(db.read(lambda s: s.scalars(select(Meeting.on_date)).all()))
    day = next(d for n in range(3, 30) if (d := on + timedelta(days=n)) not in taken)
    asked = f"on-day={day.day}&on-month={day.month}&on-year={day.year}"
    closed = "&".join(
        f"{name}-day={each.day}&{name}-month={each.month}&{name}-year={each.year}"
        for name, each in (("first", on - timedelta(days=9)), ("last", on - timedelta(days=5)))
    )
    for path in (
        f"/meetings/{number}/what-if?{asked}",
        f"/meetings/days/what-if?kind=closure&{closed}",
        f"/meetings/{number}/what-if?held=no",
        "/meetings/days/what-if/event?kind=settlement&moves=another&on-day=1&on-month=3&on-year=2028",
    ):
        assert SECRET in signed("sue").get(path).text, path
        holds_nothing_secret(signed("mo").get(path).text)


def test_the_year_and_its_cycle_tell_of_no_other_plans(
    signed: Signed, db: Database, who: Cast
) -> None:
    """INV-51: also what can no longer be done, and in print, late in the year."""
    with clock.set_to(build.SPRING.replace(year=2028, month=2)):
        for path in (PAGE, f"{PAGE}/print"):
            assert SECRET in signed("sue").get(path).text, path
            holds_nothing_secret(signed("mo").get(path).text)
        # A year that is not open yet has no plan that could be exempt; this one's date is not told.
        (title, on), path = db.read(lambda s: s.execute(_FIRST).one()), "/timetable/cycles/C-2027"
        date = f"{title}, {on.day} {on:%B %Y}"
        assert date in signed("sue").get(path).text
        for way in (path, f"{path}/print"):
            page = signed("mo").get(way).text
            assert date not in page
            assert LEFT_OUT.search(page)
        member = signed("mem").get(PAGE).text
        assert "can no longer be" in signed("sue").get(PAGE).text
        holds_nothing_secret(member)
        assert KNOWN not in member
        for ending in ("csv", "ics"):
            assert SECRET not in signed("mo").get(f"{PAGE}/steps.{ending}").text
        assert LEFT_OUT.search(signed("mo").get("/timetable/cycles/C-2027").text)


def test_a_rehearsal_tells_of_no_other_plans(signed: Signed, db: Database, who: Cast) -> None:
    """INV-51: what was lost, what waited and where it is tight."""
    signed("sue").send(f"{PAGE}/rehearsal")
    db.run(lambda s: s.execute(_PLAYED))
    path = f"{PAGE}/rehearsal"
    every = signed("sue").get(path).text
    for words in ("Waits for the Budget", "Budget: lost", "Budget: tight"):
        assert words in every
    assert "What it showed of plans that are not open to you is not shown." not in every
    assert "None of a plan that is open to you." not in every
    mo = signed("mo").get(path).text
    assert "Budget" not in mo
    assert "Service plan: lost" in mo
    assert "What it showed of plans that are not open to you is not shown." in mo
    assert "None of a plan that is open to you." in mo


_FIRST = text(
    "SELECT title, due_on FROM step WHERE title LIKE 'Budget: %' AND plan_id IS NOT NULL "
    "ORDER BY due_on LIMIT 1"
)
# What is kept of a rehearsal in which a report on the Budget waited and its meeting was lost.
_PLAYED = text("""
WITH theirs AS (
  SELECT min(rule) FILTER (WHERE title LIKE 'Budget: %') AS budget,
         min(rule) FILTER (WHERE title LIKE 'Service plan: %') AS service
  FROM step WHERE plan_id IS NOT NULL)
UPDATE rehearsal SET status = 'done', ended_at = asked_at, found = jsonb_build_object(
  'first_on', '2027-06-09', 'last_on', '2028-05-25', 'plans', 5, 'approved', 5, 'too_late', 0,
  'loads', jsonb_build_array(),
  'waits', jsonb_build_array(jsonb_build_object('title', 'Waits for the Budget', 'label', 'Write',
    'from_on', '2027-11-01', 'until_on', '2027-11-20', 'why', 'x',
    'ref', (SELECT ref || '-POLICY' FROM subject WHERE ref ~ '^BUD-'))),
  'lost', jsonb_build_array(
    jsonb_build_object('title', 'Budget: lost', 'planned_on', '2027-11-01',
      'played_on', '2027-11-20', 'rule', theirs.budget),
    jsonb_build_object('title', 'Service plan: lost', 'planned_on', '2027-11-01',
      'played_on', '2027-11-20', 'rule', theirs.service)),
  'place', jsonb_build_object('rule', theirs.budget, 'step', 'Budget: tight', 'plan', 'Budget',
    'days', 1, 'due_on', '2027-11-01', 'late_on', '2027-11-02', 'lost', 'Budget',
    'lost_on', '2027-11-10', 'next_on', null))
FROM theirs
""")
