"""What the pages of the timetable say of what does not move, is done, or is withheld: it is so for
each reader, and where it is not, something else stands in its place. It is 20 October 2027."""

from sqlalchemy import text

from tests.flows.timetable.test_date_changes import issue
from tests.web.browsing import main
from tests.web.http.test_every_route import state_of
from tests.web.town import Town

PAGE = "/timetable/Y-2027-1"
CYCLE = "/timetable/cycles/C-2027"
EXEMPT = text("UPDATE subject SET exempt = true WHERE kind = 'plan'")
# As if every step were one of a plan.
YEARS_OWN = text(
    "WITH free AS (UPDATE task SET step_id = NULL) DELETE FROM step WHERE plan_id IS NULL"
)
DATES = text("SELECT key, due_on FROM step ORDER BY key")
BUDGET_DAY = text(
    "SELECT meeting_id FROM step JOIN subject ON subject.id = plan_id "
    "JOIN meeting ON meeting.id = meeting_id JOIN body ON body.id = meeting.body_id "
    "WHERE ref LIKE 'BUD-%' AND body.key = 'council' ORDER BY due_on LIMIT 1"
)
DECEMBER = text(
    "SELECT meeting.id FROM step JOIN meeting ON meeting.id = meeting_id "
    "WHERE on_date = '2027-12-08' LIMIT 1"
)
MAILS = text("SELECT count(*) FROM outbox")


def test_where_no_step_is_open_the_page_does_not_say_that_there_is_none(
    own_smallshire: Town,
) -> None:
    """INV-51, fault S2: Mem reads that no step is open to her, and that dates are left out."""
    town = own_smallshire
    step, cycle = "No step is open to you.", ": no dates that are open to you."
    left_out = "of plans that are not open to you are not shown."
    mo = town.browser("mo")
    assert step not in main(mo.get(PAGE).text)
    assert cycle not in main(mo.get(CYCLE).text)
    town.db.run(lambda s: s.execute(EXEMPT))
    town.db.run(lambda s: s.execute(YEARS_OWN))
    mem = town.browser("mem")
    page = main(mem.get(PAGE).text)
    assert step in page
    assert left_out in page
    page = main(mem.get(CYCLE).text)
    assert cycle in page
    assert left_out in page
    assert left_out not in main(town.browser("sue").get(PAGE).text)


def test_dates_move_when_a_proposal_is_applied_and_not_before(own_smallshire: Town) -> None:
    """Fault S1: the page says so while something is to move, and then it says that nothing is."""
    town, sue = own_smallshire, own_smallshire.browser("sue")
    nothing = (
        "Nothing moves until a proposal is approved and applied; open tasks then move with their "
        "dates, and each person is told once."
    )
    before = town.db.read(lambda s: s.execute(DATES).all())
    assert nothing in main(sue.get(f"{PAGE}/dates-to-move").text)
    change = town.at("/timetable/changes/{change}")
    assert town.browser("vera").send(f"{change}/approve").status_code == 303
    assert town.db.read(lambda s: s.execute(DATES).all()) == before
    assert nothing in main(sue.get(f"{PAGE}/dates-to-move").text)
    assert "The proposal will then be at “Applied”." in main(sue.get(f"{change}/apply").text)
    assert sue.send(f"{change}/apply").status_code == 303
    assert town.db.read(lambda s: s.execute(DATES).all()) != before
    page = main(sue.get(f"{PAGE}/dates-to-move").text)
    assert nothing not in page
    assert "No date has to move" in page


def test_what_comes_first_is_nothing_only_where_nothing_does(own_smallshire: Town) -> None:
    """INV-51: a step that begins by itself, one that waits, and one that is withheld."""
    town, sue = own_smallshire, own_smallshire.browser("sue")
    nothing = "Nothing: it can begin by itself."
    withheld = "Steps of plans that are not open to you are not shown."
    first, later = f"{PAGE}/steps/open_year", f"{PAGE}/steps/service_plan_record_group"
    assert nothing in main(sue.get(first).text)
    assert withheld not in main(sue.page)
    assert nothing not in main(sue.get(later).text)
    town.db.run(lambda s: s.execute(EXEMPT))
    page = main(town.browser("mem").get(f"{PAGE}/steps/clt_proposals").text)
    assert withheld in page
    assert nothing not in page


def test_trying_a_day_saves_nothing_and_tells_nobody(own_smallshire: Town) -> None:
    """Fault S11: on the page of one meeting and of days on which nobody works."""
    town, cy = own_smallshire, own_smallshire.browser("cy")
    nothing = "Nothing is saved and nobody is told."
    on = "first-day=15&first-month=11&first-year=2027"
    before, mails = state_of(town.db), town.db.read(lambda s: s.scalar(MAILS))
    for path in (town.at("/meetings/{meeting}/what-if?on-day=1&on-month=12&on-year=2027"),
                 f"/meetings/days/what-if?kind=holiday&{on}"):  # fmt: skip
        assert nothing in main(cy.get(path).text), path
    event = "/meetings/days/what-if/event?kind=by_election&moves=another"
    february = f"{event}&on-day=17&on-month=2&on-year=2028"
    assert nothing in main(cy.get(february).text)
    assert state_of(town.db) == before
    assert town.db.read(lambda s: s.scalar(MAILS)) == mails


def test_an_event_that_moves_nothing_is_said_to_move_nothing(own_smallshire: Town) -> None:
    """S11, INV-51: and where only what is exempt would move, Mem is not told that nothing would."""
    town, event = own_smallshire, "/meetings/days/what-if/event?kind=by_election&moves=another"
    none = (
        "No date moves, nothing breaks, and nothing that waits for it has less time, in any "
        "planning year in which work is going on."
    )
    may, february = (f"{event}&on-day={d}&on-month={m}&on-year=2028" for d, m in ((4, 5), (17, 2)))
    for name in ("sue", "mem"):
        assert none in main(town.browser(name).get(may).text), name
        assert none not in main(town.browser(name).get(february).text), name
    town.db.run(lambda s: s.execute(EXEMPT))
    assert none not in main(town.browser("mem").get(february).text)


def test_a_day_off_that_moves_nothing_is_said_to_move_nothing(smallshire: Town) -> None:
    sue = smallshire.browser("sue")
    none = "No date moves and nothing breaks."
    what_if = "/meetings/days/what-if?kind=holiday&first-day={}&first-month={}&first-year=2027"
    assert none in main(sue.get(what_if.format(14, 11)).text), "a Sunday"
    closed = "/meetings/days/what-if?kind=closure&first-day=8&first-month=11&first-year=2027"
    page = main(sue.get(f"{closed}&last-day=19&last-month=11&last-year=2027").text)
    assert none not in page
    assert "Date now" in page


def test_what_moves_after_an_issue_stands_on_the_ledger(own_smallshire: Town) -> None:
    town, sue = own_smallshire, own_smallshire.browser("sue")
    after = "Every step that moves after that stands here."
    assert after in main(sue.get(f"{PAGE}/moved").text)
    issue(town.db, town.who)
    assert after not in main(sue.get(f"{PAGE}/moved").text)
    assert "No step has moved." in sue.page


def test_where_only_steps_of_others_moved_the_ledger_says_so(own_smallshire: Town) -> None:
    """INV-51: Mo is not told that no step has moved when the Delivery Plan's has, and is exempt."""
    town, change = own_smallshire, own_smallshire.at("/timetable/changes/{change}")
    none = "No step of a plan that is open to you has moved."
    issue(town.db, town.who)
    assert town.browser("vera").send(f"{change}/approve").status_code == 303
    assert town.browser("sue").send(f"{change}/apply").status_code == 303
    assert none not in main(town.browser("mo").get(f"{PAGE}/moved").text)
    town.db.run(lambda s: s.execute(EXEMPT))
    page = main(town.browser("mo").get(f"{PAGE}/moved").text)
    assert none in page
    assert "No step has moved." not in page
    assert none not in main(town.browser("sue").get(f"{PAGE}/moved").text)


def test_what_breaks_for_others_is_said_to_be_withheld(own_smallshire: Town) -> None:
    """INV-51, fault S11: Council's meeting on the budget after 11 March breaks the law's day."""
    town = own_smallshire
    withheld = "What it breaks or mends for plans that are not open to you is not shown."
    nothing = "Nothing else moves and nothing breaks."
    meeting = town.db.read(lambda s: s.scalar(BUDGET_DAY))
    late = f"/meetings/{meeting}/what-if?on-day=16&on-month=3&on-year=2028"
    page = main(town.browser("sue").get(late).text)
    assert withheld not in page
    assert nothing not in page
    town.db.run(lambda s: s.execute(EXEMPT))
    page = main(town.browser("mo").get(late).text)
    assert withheld in page
    assert nothing not in page


def test_where_nothing_breaks_and_time_runs_short_one_is_told_to_look(smallshire: Town) -> None:
    """Fault S11: and nothing of the kind is said of a day that breaks something."""
    sue, look = smallshire.browser("sue"), "Nothing breaks, but look at what is said here."
    meeting = smallshire.db.read(lambda s: s.scalar(DECEMBER))
    page = main(sue.get(f"/meetings/{meeting}/what-if?on-day=15&on-month=12&on-year=2027").text)
    assert look in page
    assert "Working time left after it" in page or "What can be done" in page
    budget = smallshire.db.read(lambda s: s.scalar(BUDGET_DAY))
    page = main(sue.get(f"/meetings/{budget}/what-if?on-day=16&on-month=3&on-year=2028").text)
    assert look not in page
