"""What the pages of plans, years and work say of what is withheld, done or empty: it is so for each
reader, and where it is not, something else stands in its place. It is 20 October 2027."""

from io import BytesIO

import docx
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests import build
from tests.flows.committees import BUD, HOUSING
from tests.web.browsing import main
from tests.web.town import TODAY, Town
from workflows.council import reorganisation

YEAR = "/cycles/C-2027/years/1"
PUT = text("UPDATE subject SET phase = :phase, state = :state WHERE ref = :ref")
SETTLED = text("UPDATE subject SET phase = 'withdrawn', state = 'withdrawn' WHERE kind = 'plan'")
CLOSED = text(
    "UPDATE task SET closed_at = opened_at, outcome = 'withdrawn' WHERE closed_at IS NULL "
    "AND subject_id = (SELECT id FROM subject WHERE ref = :ref)"
)
UNCHOSEN = text(
    "DELETE FROM item WHERE type = 'commissioning' "
    "AND plan_id = (SELECT id FROM subject WHERE ref = :ref)"
)
LINKED = text(
    "UPDATE item SET parent_uid = (SELECT min(uid) FROM item WHERE type = 'community_outcome') "
    "WHERE type IN ('action', 'measure')"
)
EXEMPT = text("UPDATE subject SET exempt = true WHERE kind = 'plan'")


def withdrawn(town: Town, ref: str) -> None:
    given = {"phase": "withdrawn", "state": "withdrawn", "ref": ref}
    town.db.run(lambda s: s.execute(PUT, given))


def test_to_whom_a_plan_is_open_is_said_to_whom_it_is_not(own_smallshire: Town) -> None:
    """Fault S1: a plan that is withdrawn will never be published, and nobody is told that it will;
    Fred, who writes it, is told nothing of the kind."""
    town, path = own_smallshire, f"/plans/{BUD}"
    opens = (
        "Its text is open to those who work on it, and to everyone who can sign in once it is "
        "recorded as published or in force."
    )
    assert opens in main(town.browser("mo").get(path).text)
    assert "Its text is open to" not in main(town.browser("sue").get(path).text)
    withdrawn(town, BUD)
    page = main(town.browser("mo").get(path).text)
    assert opens not in page
    assert "Its text is open only to those who worked on it." in page


def test_every_plan_is_said_to_be_settled_once_it_is(own_smallshire: Town) -> None:
    """Fault S1: the page of an act that cannot be done yet says why, and not that it can."""
    town, sue = own_smallshire, own_smallshire.browser("sue")
    every = "Every plan of the year is in force, ended or carried over."
    after = "After this nothing can be added to the year."
    settled = "Every plan of this year is settled."
    page = main(sue.get(f"{YEAR}/close").text)
    assert every not in page
    assert "These plans are not settled yet" in page
    assert after in page
    assert settled not in main(sue.get(f"{YEAR}/carry-over").text)
    assert "Nothing is left to do here." not in main(sue.get(YEAR).text)
    town.db.run(lambda s: s.execute(SETTLED))
    assert every in main(sue.get(f"{YEAR}/close").text)
    assert settled in main(sue.get(f"{YEAR}/carry-over").text)
    assert sue.send(f"{YEAR}/close", reason="").status_code == 303
    assert "This year is closed. Nothing is left to do here." in main(sue.get(YEAR).text)
    assert after not in main(sue.get(f"{YEAR}/add-plan").text)
    assert sue.send(f"{YEAR}/add-plan", unit="1").status_code in (409, 422)


def test_every_service_has_its_plans_until_there_is_a_new_one(own_smallshire: Town) -> None:
    town, sue = own_smallshire, own_smallshire.browser("sue")
    every = "Every service has its plans of this year."
    assert every in main(sue.get(f"{YEAR}/add-plan").text)
    housing = text("SELECT parent_id, level FROM unit WHERE key = 'housing'")
    above = town.db.read(lambda s: s.execute(housing).one())
    town.db.run(lambda s: reorganisation.add_unit(
        s, build.actor(s, town.who.adam), "ponds", "Ponds", above.level, above.parent_id, TODAY
    ))  # fmt: skip
    assert every not in main(sue.get(f"{YEAR}/add-plan").text)
    assert "Ponds" in sue.page


def test_a_year_of_which_a_member_may_open_no_plan_says_so_to_her(own_smallshire: Town) -> None:
    """Fault S2."""
    none = "No plan of this year is open to you."
    town = own_smallshire
    assert none not in main(town.browser("mo").get(YEAR).text)
    town.db.run(lambda s: s.execute(EXEMPT))
    assert none in main(town.browser("mem").get(YEAR).text)


def test_what_waits_for_pat_is_not_said_to_be_nothing(own_smallshire: Town) -> None:
    """Fault S2, INV-51: her plan is exempt, so Mo reads of none of it, and that it may be there."""
    town = own_smallshire
    nothing = "Nothing waits here, exempt papers aside."
    for name in ("mo", "adam"):
        page = main(town.browser(name).get(f"/people/{town.who.pat}").text)
        assert nothing in page, name
        assert "Nothing waits here." not in page
    for name in ("pat", "sue"):
        assert nothing not in main(town.browser(name).get(f"/people/{town.who.pat}").text)


def test_there_is_nobody_to_chase_but_for_exempt_papers(own_smallshire: Town) -> None:
    """Fault S2: Pat is late with an exempt plan, so “nobody” would be false."""
    town, sue = own_smallshire, own_smallshire.browser("sue")
    nothing = "Nothing is late and there is nobody to chase, exempt papers aside."
    link = "Remind them from All plans"
    page = main(sue.get("/tasks/chase").text)
    assert nothing not in page
    assert link in page
    town.db.run(lambda s: s.execute(EXEMPT))
    page = main(sue.get("/tasks/chase").text)
    assert nothing in page
    assert link not in page


def test_entries_are_those_of_plans_that_the_reader_may_read(smallshire: Town) -> None:
    """INV-53: Sue reads Housing's and Parks's, Mo his own; both are told whose they are."""
    whose, fits = "from all plans whose text you can read", "Nothing fits these filters."
    for name, count in (("sue", 4), ("mo", 2), ("lee", 0)):
        browser = smallshire.browser(name)
        page = main(browser.get("/entries").text)
        assert f"<strong>{count} entries</strong> {whose}." in page, name
        assert whose in page
        assert fits not in page
        assert fits in main(browser.get("/entries?kind=bid").text)


def test_the_golden_thread_is_whole_once_its_gaps_are_gone(own_smallshire: Town) -> None:
    """Fault S5: “every entry” is every one that this reader can read, and there are some."""
    town, sue = own_smallshire, own_smallshire.browser("sue")
    above = "Every entry that you can read contributes to something."
    below = "Every outcome that you can read has something that brings it about."
    page = main(sue.get("/golden-thread").text)
    assert above not in page
    assert below not in page
    assert "Nothing yet" in main(sue.get("/entries?kind=action").text)
    town.db.run(lambda s: s.execute(LINKED))
    assert "Nothing yet" not in main(sue.get("/entries?kind=action").text)
    page = main(sue.get("/golden-thread").text)
    assert above in page
    assert below in page


def test_every_service_is_reviewed_until_one_has_no_choice(own_smallshire: Town) -> None:
    """Fault S6."""
    town, sue = own_smallshire, own_smallshire.browser("sue")
    every = "Every service has a commissioning choice or a review that reports in time."
    assert every in main(sue.get("/services-not-reviewed").text)
    town.db.run(lambda s: s.execute(UNCHOSEN, {"ref": HOUSING}))
    page = main(sue.get("/services-not-reviewed").text)
    assert every not in page
    assert "1 service not reviewed" in page


def test_nobody_has_to_act_only_where_nobody_has_a_task(own_smallshire: Town) -> None:
    """Fault S3: nothing more comes of a plan that is over, and something of every other."""
    town, path = own_smallshire, f"/plans/{BUD}"
    nobody, nothing = "Nobody has to act now", "Nothing more"
    page = main(town.browser("sue").get(f"/plans/{HOUSING}").text)
    assert nobody not in page
    assert nothing not in page
    withdrawn(town, BUD)
    town.db.run(lambda s: s.execute(CLOSED, {"ref": BUD}))
    page = main(town.browser("sue").get(path).text)
    assert nobody in page
    assert nothing in page


def test_none_is_late_only_where_none_is(smallshire: Town) -> None:
    """Fault S7: of the plans that this reader sees on the page."""
    sue = smallshire.browser("sue")
    assert ", none late" not in main(sue.get("/plans").text)
    assert "late" in sue.page
    assert ", none late" in main(sue.get("/plans?plan_type=strategic_plan").text)


def test_nothing_is_there_yet_only_where_nothing_is_written(smallshire: Town) -> None:
    sue, nothing = smallshire.browser("sue"), "Nothing here yet."
    assert nothing in main(sue.get(f"/plans/{BUD}").text)
    page = main(sue.get(f"/plans/{HOUSING}").text)
    purpose = page.split('id="section-purpose"')[1].split("</section>")[0]
    assert nothing not in purpose


def words_of(reply: TestResponse) -> str:
    """Every paragraph of a Word document."""
    return "\n".join(each.text for each in docx.Document(BytesIO(reply.data)).paragraphs)


def test_a_document_says_that_nothing_is_there_only_where_nothing_is(smallshire: Town) -> None:
    town, sue = smallshire, smallshire.browser("sue")
    nothing = "Nothing here yet."
    assert nothing in words_of(sue.get(f"/plans/{BUD}/plan.docx"))
    part = town.at(f"/plans/{HOUSING}/sections/{{entries}}/section.docx")
    assert nothing not in words_of(town.browser("mo").get(part))


def test_whom_a_post_has_nobody_at_present_is_said_of_a_vacant_one(own_smallshire: Town) -> None:
    """The list of whom one can ask; nobody is said to be there of a post that is held."""
    town, mo = own_smallshire, own_smallshire.browser("mo")
    nobody = "Nobody at present"
    page = f"/plans/{HOUSING}/ask"
    assert nobody not in main(mo.get(page).text)
    gone = text("DELETE FROM appointment WHERE person_id = :fred")
    town.db.run(lambda s: s.execute(gone, {"fred": town.who.fred}))
    assert nobody in main(mo.get(page).text)
