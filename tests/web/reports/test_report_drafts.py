"""Two people write one report: a draft never puts old text back over a colleague's (fault L1)."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from cycle.db import Database
from tests import build
from tests.flows import committees
from tests.flows.committees import ANSWERS, STP, on
from tests.web.browsing import Browser, prefilled
from webui.http.saving import HEADER

Signed = Callable[[str], Browser]
BY_ITSELF = {HEADER: "1"}
THEIRS = "Saved by somebody else"
_TEXTAREA = re.compile(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', re.DOTALL)
WORDS = {**ANSWERS, "recommendation_1": "The committee is asked to give its views."}


@pytest.fixture
def who(db: Database, tmp_path: Path) -> build.Cast:
    """Smallshire with the Strategic Plan in front of two service committees."""
    found = committees.council(db, tmp_path)
    committees.to_committees(db, found, STP)
    return found


@pytest.fixture
def item_id(db: Database, who: build.Cast, signed: Signed) -> int:
    """The Place Committee's report, which Sue has written; Mo stands in for her."""
    found = committees.item_id(db, next(ref for ref in committees.refs(db) if "PLACE" in ref))
    db.run(lambda s: s.execute(_LIKE_SUE, {"sue": who.sue, "other": who.mo}))
    with on(committees.AUTUMN):
        sent = signed("sue").send(_at(found), **WORDS, purpose="To consider.")
        assert sent.status_code == 303, sent.text
    return found


_LIKE_SUE = text(
    "INSERT INTO cover (post_id, for_person_id, person_id, during, reason) "
    "SELECT post_id, person_id, :other, during, 'Away' FROM appointment WHERE person_id = :sue"
)


def _at(item_id: int) -> str:
    return f"/items/{item_id}/report"


def opened(browser: Browser, at: str) -> dict[str, str]:
    """Everything that the form of a page holds, as a browser would send it."""
    page = browser.get(at).text
    return boxes(page, at)


def boxes(page: str, at: str) -> dict[str, str]:
    """What stands in the boxes of a page, whoever chose Yes or No left out."""
    return prefilled(page, at) | {name: unescape(words) for name, words in _TEXTAREA.findall(page)}


def by_itself(browser: Browser, at: str, form: dict[str, str], **typed: str) -> None:
    """The page's script saves the draft."""
    saved = browser.post(at, {**form, **typed}, headers=BY_ITSELF)
    assert saved.status_code == 200, saved.text


def test_a_draft_puts_no_old_text_back(db: Database, item_id: int, signed: Signed) -> None:
    """Only what Sue typed is her draft, though all her boxes are sent with it."""
    at = _at(item_id)
    with on(committees.AUTUMN):
        sue, mo = signed("sue"), signed("mo")
        hers = opened(sue, at)
        theirs = opened(mo, at)
        assert mo.post(at, {**theirs, "background": "Mo's."}).status_code == 303
        by_itself(sue, at, hers, purpose="To decide.")
        again = opened(sue, at)
        assert (again["purpose"], again["background"]) == ("To decide.", "Mo's.")
        assert THEIRS not in sue.page
        assert sue.post(at, again).status_code == 303
        assert opened(mo, at)["background"] == "Mo's."
        assert opened(mo, at)["purpose"] == "To decide."


def test_a_draft_over_a_colleagues_words_says_so_until_it_is_sent(
    db: Database, item_id: int, signed: Signed
) -> None:
    """However often it is saved: it keeps the text from which it began."""
    at = _at(item_id)
    with on(committees.AUTUMN):
        sue, mo = signed("sue"), signed("mo")
        by_itself(sue, at, opened(sue, at), purpose="To decide.")
        assert mo.post(at, {**opened(mo, at), "purpose": "To note."}).status_code == 303
        for words in ("To decide today.", "To decide at once."):
            form = opened(sue, at)
            assert sue.page.count(THEIRS) == 1
            assert "To note." in sue.page
            by_itself(sue, at, form, purpose=words)
        opened(sue, at)
        assert "To decide at once." in sue.page
        assert sue.page.count(THEIRS) == 1


def test_who_was_overtaken_keeps_the_colleagues_other_parts(
    db: Database, item_id: int, signed: Signed
) -> None:
    """The page that comes back shows them; its draft still knows from what it began."""
    at = _at(item_id)
    with on(committees.AUTUMN):
        sue, mo = signed("sue"), signed("mo")
        hers = opened(sue, at)
        theirs = {**opened(mo, at), "purpose": "To note.", "background": "Mo's."}
        assert mo.post(at, theirs).status_code == 303
        late = sue.post(at, {**hers, "purpose": "To decide."})
        assert late.status_code == 409
        back = boxes(late.text, at)
        assert (back["purpose"], back["background"]) == ("To decide.", "Mo's.")
        assert late.text.count(THEIRS) == 1
        by_itself(sue, at, back)
        again = opened(sue, at)
        assert sue.page.count(THEIRS) == 1
        assert (again["purpose"], again["background"]) == ("To decide.", "Mo's.")
        assert sue.post(at, again).status_code == 303
        assert opened(mo, at)["background"] == "Mo's."


def test_an_act_that_changes_no_words_is_no_colleagues_text(
    db: Database, item_id: int, signed: Signed
) -> None:
    """A finance comment in between raises the report's version, and says nothing of its words."""
    at = _at(item_id)
    with on(committees.AUTUMN):
        sue, fin = signed("sue"), signed("fin")
        hers = opened(sue, at)
        by_itself(sue, at, hers, purpose="To decide.")
        comment = f"/items/{item_id}/comments/finance"
        assert fin.send(comment, wording="Within budget.", initials="FC").status_code == 303
        opened(sue, at)
        assert THEIRS not in sue.page
        late = sue.post(at, {**hers, "purpose": "To decide."})
        assert late.status_code == 409
        assert THEIRS not in late.text


def test_words_typed_back_are_no_draft(db: Database, item_id: int, signed: Signed) -> None:
    """A box that says again what it began from holds nothing of its writer's."""
    at = _at(item_id)
    with on(committees.AUTUMN):
        sue = signed("sue")
        form = opened(sue, at)
        by_itself(sue, at, form, purpose="To decide.")
        by_itself(sue, at, form)
        assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM draft"))) == 0
