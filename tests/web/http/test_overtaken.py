"""Faults X8 and X6: two people at the same words, or making the same thing, at the same moment.

Every racer has read its page and waits for the row that the test holds; then all go at once. One
wins. The other reads the winner's words, finds their own in the boxes, and sends again.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from cycle.db import Database
from tests import build
from tests.web.browsing import Browser, prefilled
from tests.web.http.test_bad_values import boxes
from tests.web.town import HOUSING, PARKS, WAITING, Town

Signed = Callable[[str], Browser]
Send = Callable[[], TestResponse]
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@contextmanager
def held(db: Database, subject: str, parameters: dict[str, Any]) -> Iterator[None]:
    """Hold a subject's row, so that whoever would change it has read its page and waits."""
    with db.engine.connect() as line:
        line.execute(text(f"SELECT 1 FROM subject WHERE {subject} FOR UPDATE"), parameters)
        yield
        line.rollback()


def at_once(db: Database, subject: str, given: dict[str, Any], *sends: Send) -> list[TestResponse]:
    """What each is answered, when all of them had read their pages before the first one's act."""
    with ThreadPoolExecutor(len(sends)) as pool:
        with held(db, subject, given):
            asked: list[Future[TestResponse]] = [
                pool.submit(copy_context().run, send) for send in sends
            ]
            while db.read(lambda s: s.scalar(_WAITING)) < len(sends):
                assert not any(each.done() for each in asked), [
                    each.result().status for each in asked if each.done()
                ]
                time.sleep(0.02)
        return [each.result(timeout=60) for each in asked]


def sender(browser: Browser, at: str, form: dict[str, str]) -> Send:
    """The sending of a form."""
    return lambda: browser.post(at, form)


def raced(
    town: Town, at: str, ref: str, racers: Sequence[tuple[Browser, dict[str, str]]]
) -> tuple[int, TestResponse]:
    """Send the form of one page from two browsers at once, each with words of its own: which of
    the two lost, and what it was told."""
    sends = []
    for browser, words in racers:
        page = browser.get(at)
        assert page.status_code == 200, f"{at}: {page.status_code}"
        form = boxes(browser.page, at) | words
        sends.append(sender(browser, at, form))
    replies = at_once(town.db, "ref = :ref", {"ref": ref}, *sends)
    statuses = [each.status_code for each in replies]
    assert sorted(statuses) == [303, 409], statuses
    lost = statuses.index(409)
    return lost, replies[lost]


def outside_boxes(page: str) -> str:
    """The words of a page that stand in no box."""
    return unescape(re.sub(r"(?s)<textarea.*?</textarea>|<input[^>]*>", "", page))


def inside_boxes(page: str) -> str:
    """The words that stand in the boxes."""
    return unescape(" ".join(re.findall(r"(?s)<textarea.*?</textarea>|<input[^>]*>", page)))


def sends_again(browser: Browser, at: str, page: str, words: dict[str, str]) -> int:
    """The status of sending the page that the loser was shown, as it stands."""
    return browser.post(at, boxes(page, at) | words).status_code


def check(
    town: Town,
    at: str,
    ref: str,
    racers: Sequence[tuple[Browser, dict[str, str]]],
    *,
    winners_words: bool = True,
) -> None:
    """The loser sees the winner's words as the other's, keeps their own, and can send again."""
    lost, answer = raced(town, at, ref, racers)
    page, theirs = answer.text, racers[1 - lost][1]
    browser, own = racers[lost]
    for words in own.values():
        assert words in inside_boxes(page), "what was typed stays in its box"
    if winners_words:
        for words in theirs.values():
            assert words in outside_boxes(page), "what the winner wrote stands beside it"
    assert sends_again(browser, at, page, own) == 303, "and the form carries the new version"


@pytest.fixture
def town(own_smallshire: Town) -> Town:
    """Smallshire, with Mo's proposals for Housing returned to her and a report on an agenda."""
    return own_smallshire


def test_two_people_save_one_section_at_once(town: Town) -> None:
    """Fault X8, SR-78, INV-31: Mo writes, and Fred whom she asked writes too."""
    at = f"/plans/{HOUSING}/sections/purpose"
    check(
        town,
        at,
        HOUSING,
        [
            (town.browser("mo"), {"body": "Homes, as Mo sees them."}),
            (town.browser("fred"), {"body": "Homes, and what they cost, as Fred sees them."}),
        ],
    )


def test_two_windows_change_one_entry_at_once(town: Town) -> None:
    """Fault X8: an entry's own words, field by field."""
    at = town.at(f"/plans/{HOUSING}/sections/{{entries}}/entries/{{uid}}")
    check(
        town,
        at,
        HOUSING,
        [
            (town.browser("mo"), {"text": "The entry as the first window says it."}),
            (town.browser("mo"), {"text": "The entry as the second window says it."}),
        ],
    )


def test_two_windows_write_one_report_at_once(town: Town) -> None:
    """Fault X8: the words of a committee's report."""
    at = town.at("/items/{waiting}/report")
    racers = [
        (town.browser("sue"), {"purpose": f"To consider the plan, says window {number}."})
        for number in (1, 2)
    ]
    check(town, at, WAITING, racers)


def test_two_people_comment_on_a_plan_at_once(town: Town) -> None:
    """Fault X8: who comments second sees the first comment beside the section."""
    at = f"/plans/{HOUSING}/comment"
    check(
        town,
        at,
        HOUSING,
        [
            (town.browser("mo"), {"beside_purpose": "Mo says: think of the winter."}),
            (town.browser("ray"), {"beside_purpose": "Ray says: think of the summer."}),
        ],
    )


def test_an_act_that_is_no_longer_there_says_that_somebody_was_faster(town: Town) -> None:
    """Fault X8, SR-79: the page of the act is gone, so that the sentence alone is the answer."""
    at = f"/plans/{PARKS}/submit"
    browsers = [town.browser("pat"), town.browser("pat")]
    sends = []
    for browser in browsers:
        browser.get(at)
        sends.append(sender(browser, at, prefilled(browser.page, at)))
    replies = at_once(town.db, "ref = :ref", {"ref": PARKS}, *sends)
    assert sorted(each.status_code for each in replies) == [303, 409]
    lost = next(each for each in replies if each.status_code == 409)
    assert "Someone has changed this since you opened it." in lost.text


def test_two_people_create_one_cycle_at_once(db: Database, who: build.Cast, signed: Signed) -> None:
    """Fault X6: the lock comes before the look, so that the second is told with a sentence."""
    sends = []
    for _ in range(2):
        sue = signed("sue")
        sue.get("/cycles/new")
        form = prefilled(sue.page, "/cycles/new")
        form |= {"framework": build.FRAMEWORK, "start": "2027", "form_key": str(uuid4())}
        sends.append(sender(sue, "/cycles/new", form))
    replies = at_once(db, "kind = 'council'", {}, *sends)
    assert sorted(each.status_code for each in replies) == [303, 409]
    lost = next(each for each in replies if each.status_code == 409)
    assert "There is a cycle already that holds the plans for 2028/29" in lost.text
    assert 'value="2027"' in lost.text
