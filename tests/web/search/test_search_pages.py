"""The search page: what it says of what was found, of what was not, and of what it looked through;
and a word of every kind of text asked for by everybody."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from cycle import people
from cycle.db import Database
from cycle.server.embedded import APP, Servers
from tests import build
from tests.build import Cast
from tests.web import browsing, marked
from tests.web.browsing import Browser
from tests.web.http.test_matrix import words_of
from tests.web.marker_table import CAST, NOT_SEARCHED, READERS
from workflows.search import indexing, reading

Signed = Callable[[str], Browser]
_RESULT = re.compile(r'(?s)<ul class="govuk-list app-found">(.*?)</ul>')


@pytest.fixture(scope="module")
def town(
    servers: Servers, worker: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Database]]:
    """The service on the town of markers."""
    folder, name = tmp_path_factory.mktemp("searched"), f"searched_{worker}"
    marked.made(servers, name, folder)
    app = browsing.application(servers.url(APP, name), folder)
    with marked.opened(servers, app, name) as db:
        yield app, db


@pytest.mark.parametrize("kind", READERS)
def test_a_word_is_found_by_whom_it_is_open_to_and_not_counted_for_others(
    town: tuple[Flask, Database], kind: str
) -> None:
    """SR-30, INV-51, faults R2 and R3: the whole word, every kind of text, everybody."""
    _app, db = town
    who, marker = build.cast(db), marked.MARKERS[kind]
    found = {
        name
        for name in CAST
        if db.read(
            lambda s, n=name: reading.search(s, people.actor(s, getattr(who, n)), marker).many
        )
    }
    assert found == (set() if kind in NOT_SEARCHED else READERS[kind])


@pytest.mark.parametrize("name", ["pat", "mem", "cy", "adam"])
def test_the_page_about_a_closed_word_is_that_about_a_word_of_nobody(
    town: tuple[Flask, Database], name: str
) -> None:
    """SR-30: nothing on the page tells that a word is there which one may not read."""
    app, db = town
    browser = marked.browser(app, db, name)
    nowhere = "Quaffleberry"
    plain = _without(browser.get(f"/search?q={nowhere}").text, nowhere)
    for kind in sorted(READERS.keys() - NOT_SEARCHED):
        if name not in READERS[kind]:
            marker = marked.MARKERS[kind]
            page = browser.get(f"/search?q={marker}").text
            assert _without(page, marker) == plain, (name, kind)


def _without(page: str, word: str) -> str:
    """A page without the word that was typed, and without what differs from page to page."""
    page = re.sub(r'(?:nonce|value|content)="[A-Za-z0-9_.=-]{20,}"', "", page)
    return re.sub(word, "", page, flags=re.IGNORECASE)


def test_every_finding_leads_to_a_page_that_opens(town: tuple[Flask, Database]) -> None:
    app, db = town
    for name in CAST:
        browser = marked.browser(app, db, name)
        opened = 0
        for words in ("strategic", "housing", "committee", "plan"):
            page = browser.get(f"/search?q={words}").text
            for path in re.findall(r'href="([^"]+)"', " ".join(_RESULT.findall(page))):
                assert browser.get(unescape(path)).status_code == 200, (name, path)
                opened += 1
        assert opened >= 3, name


def test_who_reads_exempt_words_in_what_was_found_is_in_the_access_log(
    town: tuple[Flask, Database],
) -> None:
    """No log, no text: also for a piece of an exempt plan on the page of what was found."""
    app, db = town
    count = text("SELECT count(*) FROM access_log WHERE kind = 'exempt_read' AND address LIKE :at")
    at = {"at": "GET /search"}
    before = db.read(lambda s: s.scalar(count, at))
    reply = marked.browser(app, db, "pat").get(f"/search?q={marked.MARKERS['exempt text']}")
    assert marked.MARKERS["exempt text"] in words_of(reply)
    assert db.read(lambda s: s.scalar(count, at)) == before + 1


@pytest.fixture
def ready(db: Database, who: Cast) -> Cast:
    """Year 1 is open, Mo has written the proposals of Housing, and search has seen them."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, "SVP-2028-HOUSING", "start", None)
    build.fill(db, "SVP-2028-HOUSING", who.mo)
    db.run(indexing.refresh)
    return who


@pytest.mark.usefixtures("who")
def test_before_the_first_refresh_the_page_says_that_it_is_not_ready(
    signed: Signed, db: Database
) -> None:
    not_ready = "Search is not ready: nothing has been looked through yet."
    assert not_ready in signed("mo").get("/search").text
    db.run(indexing.refresh)
    assert not_ready not in signed("mo").get("/search").text


@pytest.mark.usefixtures("ready")
def test_an_empty_search_says_how_to_search_and_what_is_looked_through(signed: Signed) -> None:
    page = signed("mo").get("/search?q=").text
    assert "Words are found in any form" in page
    draft = (
        "Of a plan you find the text that you may read: the draft if you work on it, else the "
        "version that is published or in force."
    )
    assert draft in page
    assert draft not in signed("mo").get("/search?q=housing").text
    sections = 'id="found-sections"'
    assert sections in signed("mo").get("/search?q=housing&kind=sections").text
    assert sections not in signed("mem").get("/search?q=housing&kind=sections").text
    assert "decisions, meetings and people, as they were saved by" in page
    assert "Comments and histories are not searched." in page
    assert "decisions and meetings, as they were saved by" in signed("mem").get("/search").text


@pytest.mark.usefixtures("ready")
def test_nothing_found_says_so_and_offers_near_words(signed: Signed) -> None:
    page = signed("mo").get("/search?q=quaffles").text
    assert "Search found nothing that is open to you with “quaffles”." in page
    page = signed("mo").get("/search?q=huosing").text
    assert "Search found nothing that is open to you with “huosing”. This is what has" in page
    assert "Service Plan 2028/29: Housing" in page
    page = signed("mo").get("/search?q=housing+-housing").text
    every = "Search found nothing that is open to you with all of this: “housing -housing”."
    assert every in page
    assert "Take a word away and try again." in page
    page = signed("mo").get("/search?q=housing").text
    assert "Search found nothing that is open to you with all of this:" not in page


@pytest.mark.usefixtures("ready")
def test_one_kind_can_be_asked_for_alone(signed: Signed) -> None:
    page = signed("mo").get("/search?q=housing&kind=plans").text
    assert 'id="found-plans"' in page
    assert 'id="found-sections"' not in page
    assert '<option value="plans" selected>Plans</option>' in page


@pytest.mark.usefixtures("ready")
def test_a_bad_search_gets_a_sentence_and_keeps_what_was_typed(signed: Signed) -> None:
    mo = signed("mo")
    for query, sentence in (
        ("q=the", reading.ONLY_SMALL),
        ("q=-housing", reading.ONLY_WITHOUT),
        ("q=" + "x" * 201, "200 characters"),
        ("q=housing&kind=secrets", "Look in"),
    ):
        reply = mo.get(f"/search?{query}")
        assert reply.status_code == 422, query
        assert sentence in unescape(reply.text), query
        assert query.split("&")[0].removeprefix("q=") in reply.text


@pytest.mark.usefixtures("ready")
def test_the_box_stands_on_every_page_of_who_is_signed_in_and_on_no_other(
    signed: Signed, anyone: Browser
) -> None:
    box = '<form action="/search" role="search"'
    mo = signed("mo")
    assert all(box in mo.get(path).text for path in ("/tasks", "/board", "/nowhere", "/search"))
    assert box not in anyone.get("/sign-in").text
    assert anyone.get("/search?q=housing").location.startswith("/sign-in?next=%2Fsearch%3Fq")


def test_what_was_typed_is_words_and_never_markup(
    signed: Signed, ready: Cast, tmp_path: Path
) -> None:
    """SR-48, SR-50."""
    page = signed("mo").get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E+housing").text
    assert "<script>alert" not in page
