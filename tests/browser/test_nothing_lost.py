"""Nothing that is typed is lost (fault L1): a closed tab, an ended session, a service that does not
answer, and a colleague who was faster."""

import re

import pytest
from playwright.sync_api import Dialog, Page, Route, expect
from sqlalchemy import text

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.browser.visitor import Visitor

PURPOSE = f"/plans/{HOUSING}/sections/purpose"
WORDS = "Housing finds homes for 4,200 families."
SAVED = re.compile(r"^Saved at \d{1,2}:\d\d(am|pm)?\.$")


def says(who: Visitor, words: str | re.Pattern[str]) -> None:
    """The quiet line beneath the boxes says so, in time."""
    expect(who.page.locator(".app-saved")).to_have_text(words)


def all_saved(who: Visitor) -> None:
    """The browser keeps nothing any more that the service has not got."""
    who.page.wait_for_function("() => !Object.keys(localStorage).length")


def boxes(page: Page) -> list[str]:
    """What stands in the text of the section, and in what the browser offers beside it."""
    return [each.input_value() for each in page.locator("textarea").all()]


def body_of(who: Visitor, key: str = "purpose") -> str:
    """The working copy of a section as the database has it."""
    read = text(
        "SELECT body FROM section JOIN subject ON subject.id = plan_id "
        "WHERE ref = :ref AND section.key = :key"
    )
    return str(who.town.db.read(lambda s: s.scalar(read, {"ref": HOUSING, "key": key})))


def warned(who: Visitor) -> bool:
    """Whether the browser asks before it leaves the page."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    who.page.once("dialog", answer)
    who.page.goto(who.town.url + "/meetings")
    if not asked:
        who.page.remove_listener("dialog", answer)
    return asked == ["beforeunload"]


@pytest.mark.begins("housing_drafting")
def test_a_section_saves_itself_and_says_when(visits: Visits) -> None:
    """Fault L1: no button was pressed; leaving the page then asks nothing."""
    mo = visits("mo").opens(PURPOSE)
    mo.types("Text", WORDS)
    says(mo, SAVED)
    assert body_of(mo) == WORDS
    mo.types("Text", WORDS + " And more.")
    expect(mo.page.get_by_label("Text", exact=True)).to_have_value(WORDS + " And more.")
    all_saved(mo)
    assert body_of(mo) == WORDS + " And more."
    mo.presses("Save").sees("Saved at")
    assert not warned(mo)


@pytest.mark.begins("housing_drafting")
def test_leaving_with_unsaved_words_asks_first_and_saves_them_all_the_same(visits: Visits) -> None:
    """Fault L1: a warning on leaving; who leaves has lost nothing."""
    mo = visits("mo").opens(PURPOSE)
    mo.types("Text", WORDS)
    assert warned(mo)
    mo.opens(PURPOSE)
    assert WORDS in boxes(mo.page)


@pytest.mark.begins("housing_drafting")
def test_a_closed_tab_loses_nothing(visits: Visits) -> None:
    """Fault L1: the words are sent while the tab closes, or offered when it is opened again."""
    mo = visits("mo").opens(PURPOSE)
    mo.types("Text", WORDS)
    mo.page.close()
    again = mo.context.new_page()
    again.goto(mo.town.url + PURPOSE)
    again.wait_for_load_state("networkidle")
    assert WORDS in boxes(again)


@pytest.mark.begins("housing_drafting")
def test_a_tab_that_dies_is_offered_its_words_again(visits: Visits) -> None:
    """Fault L1: nothing reached the service; the browser kept the words for the same person."""
    mo = visits("mo").opens(PURPOSE)
    mo.context.set_offline(True)
    mo.types("Text", WORDS)
    says(mo, re.compile("^Not saved yet. The service does not answer"))
    # The tab ends without a word: what it sends at its end may still arrive once the line is back.
    mo.page.evaluate(
        "() => addEventListener('pagehide', (e) => e.stopImmediatePropagation(), { capture: true })"
    )
    mo.page.close()
    mo.context.set_offline(False)
    again = mo.context.new_page()
    again.goto(mo.town.url + PURPOSE)
    expect(again.locator(".app-kept")).to_contain_text("Text of yours that was not saved")
    again.get_by_role("button", name="Put it back").click()
    expect(again.locator(".app-saved")).to_have_text(SAVED)
    assert body_of(mo) == WORDS
    again.reload()
    expect(again.locator(".app-kept")).to_have_count(0)


@pytest.mark.begins("housing_drafting")
def test_the_service_goes_away_and_comes_back(visits: Visits) -> None:
    """Fault L1: what is typed meanwhile is sent by itself."""
    mo = visits("mo").opens(PURPOSE)
    mo.context.set_offline(True)
    mo.types("Text", WORDS)
    says(mo, re.compile("^Not saved yet. The service does not answer"))
    mo.context.set_offline(False)
    says(mo, SAVED)
    assert body_of(mo) == WORDS


@pytest.mark.begins("housing_drafting")
def test_a_reply_that_is_lost_is_no_colleague(visits: Visits) -> None:
    """Fault L1: it was saved and the answer did not arrive; saving again is no conflict."""
    mo = visits("mo").opens(PURPOSE)
    lost = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    mo.page.route(re.compile("/sections/"), lose)
    mo.types("Text", WORDS)
    says(mo, re.compile("^Not saved yet. The service does not answer"))
    assert body_of(mo) == WORDS
    mo.types("Text", WORDS + " And more.")
    all_saved(mo)
    says(mo, SAVED)
    assert body_of(mo) == WORDS + " And more."


@pytest.mark.begins("housing_drafting")
def test_the_session_ends_while_somebody_writes(visits: Visits) -> None:
    """Fault L1: the page says so, keeps the words, and saves them after a new sign-in."""
    mo = visits("mo").opens(PURPOSE)
    mo.town.run(lambda s: s.execute(text("DELETE FROM sign_in_session")))
    mo.types("Text", WORDS)
    says(mo, re.compile("^Not saved yet. You are signed out."))
    assert body_of(mo) != WORDS
    second = mo.context.new_page()
    mo.page, first = second, mo.page
    mo.has_signed_in()
    mo.page = first
    first.bring_to_front()
    first.evaluate("() => window.dispatchEvent(new Event('focus'))")
    says(mo, SAVED)
    assert body_of(mo) == WORDS


@pytest.mark.begins("housing_drafting")
def test_a_colleague_was_faster(visits: Visits) -> None:
    """Fault L1: both texts are shown; nothing replaces the colleague's by itself."""
    mo, other = visits("mo"), visits("mo")
    mo.opens(PURPOSE)
    other.opens(PURPOSE)
    other.types("Text", "Written in the other window.").presses("Save")
    mo.types("Text", WORDS)
    says(mo, re.compile("^Not saved yet. Somebody else, or you in another window"))
    mo.presses("Save", 409).sees("Saved by somebody else", "Written in the other window.")
    expect(mo.page.get_by_label("Text", exact=True)).to_have_value(WORDS)
    mo.types("Text", WORDS + " Both.")
    mo.page.wait_for_timeout(2500)
    assert body_of(mo) == "Written in the other window."
    mo.presses("Save").sees("Saved at")
    assert body_of(mo) == WORDS + " Both."


@pytest.mark.begins("housing_drafting")
@pytest.mark.parametrize("scripts", [True, False])
def test_hand_it_over_saves_what_was_typed(visits: Visits, scripts: bool) -> None:
    """Fault L1: every act beside a text saves it first, also without JavaScript."""
    mo = visits("mo", scripts=scripts).opens(f"/plans/{HOUSING}/ask")
    mo.chooses("Which section", "How the last year went").chooses("Whom to ask", "Tess Team")
    mo.presses("Ask")
    tess = visits("tess", scripts=scripts).opens("/tasks").follows("Go to it")
    tess.types("Text", "Lettings took 19 days.").presses("Hand it over")
    tess.sees("Handed over. Thank you.")
    mo.opens(f"/plans/{HOUSING}").sees("Lettings took 19 days.")


def asked(visits: Visits, scripts: bool = True) -> Visitor:
    """Tess, whom Mo has asked for a section, in front of it."""
    mo = visits("mo", scripts=scripts).opens(f"/plans/{HOUSING}/ask")
    mo.chooses("Which section", "How the last year went").chooses("Whom to ask", "Tess Team")
    mo.presses("Ask")
    return visits("tess", scripts=scripts).opens("/tasks").follows("Go to it")


def offered_again(mo: Visitor) -> Page:
    """The section in a new tab, with the words that a tab without a service took along."""
    mo.opens(PURPOSE)
    mo.context.set_offline(True)
    mo.types("Text", WORDS)
    says(mo, re.compile("^Not saved yet. The service does not answer"))
    # The tab ends without a word: what it sends at its end may still arrive once the line is back.
    mo.page.evaluate(
        "() => addEventListener('pagehide', (e) => e.stopImmediatePropagation(), { capture: true })"
    )
    mo.page.close()
    mo.context.set_offline(False)
    mo.page = mo.context.new_page()
    mo.page.goto(mo.town.url + PURPOSE)
    expect(mo.page.locator(".app-kept textarea")).to_have_value(WORDS)
    mo.page.locator("textarea[name=body]").fill("Begun anew.")
    says(mo, SAVED)
    return mo.page


@pytest.mark.begins("housing_drafting")
def test_words_on_offer_stay_until_their_writer_says_so(visits: Visits) -> None:
    """Fault L1: who types on before putting them back, and is saved, has lost nothing."""
    mo = visits("mo")
    page = offered_again(mo)
    kept = page.locator(".app-kept textarea")
    page.reload()
    expect(kept).to_have_value(WORDS)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved at").first).to_be_visible()
    expect(kept).to_have_value(WORDS)
    page.get_by_role("button", name="Put it back").click()
    all_saved(mo)
    assert body_of(mo) == f"Begun anew.\n\n{WORDS}"
    page.reload()
    expect(kept).to_have_count(0)


@pytest.mark.begins("housing_drafting")
def test_words_on_offer_are_thrown_away_by_their_writer(visits: Visits) -> None:
    """Fault L1: and then they are gone, whatever was typed meanwhile."""
    mo = visits("mo")
    page = offered_again(mo)
    page.get_by_role("button", name="Throw it away").click()
    all_saved(mo)
    page.reload()
    expect(page.locator(".app-kept")).to_have_count(0)
    assert body_of(mo) == "Begun anew."


@pytest.mark.begins("housing_drafting")
def test_a_reason_for_declining_is_not_said_to_be_saved(visits: Visits) -> None:
    """Fault L1: it is sent with “Decline” alone; until then this browser keeps it and asks."""
    tess = asked(visits)
    here, reason = tess.page.url.removeprefix(tess.town.url), "I have no figures."
    box = tess.page.get_by_label("Why not", exact=True)
    tess.unfolds("I cannot do this")
    box.fill(reason)
    tess.page.wait_for_timeout(2500)
    says(tess, "")
    tess.types("Text", "Lettings took 19 days.")
    says(tess, SAVED)
    assert body_of(tess, here.split("/")[-1]) == "Lettings took 19 days."
    assert warned(tess)
    tess.opens(here)
    kept = tess.page.locator(".app-kept textarea")
    expect(kept).to_have_value(reason)
    tess.page.get_by_role("button", name="Put it back").click()
    expect(box).to_have_value(reason)
    tess.presses("Save").sees("Saved at")
    expect(kept).to_have_value(reason)
    tess.page.get_by_role("button", name="Put it back").click()
    tess.presses("Decline")
    all_saved(tess)
