"""Help in the service: the guides, whom to ask, the fold on each main page."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import people
from cycle.db import Database
from tests.build import Cast
from tests.web.browsing import Browser
from webui.help import guides
from workflows.queues import reading_help

Signed = Callable[[str], Browser]
pytestmark = pytest.mark.usefixtures("who")


def test_every_guide_is_linked_and_opens(signed: Signed) -> None:
    sue = signed("sue")
    page = sue.get("/help").text
    assert 'href="/help" class="app-header__name">Help</a>' in page
    for guide in guides.all_guides().values():
        assert f'href="/help/{guide.key}">{guide.title}</a>' in page
        reply = sue.get(f"/help/{guide.key}")
        assert reply.status_code == 200
        assert f'<h1 class="govuk-heading-l">{guide.title}</h1>' in reply.text
        links = re.findall(r'href="(/(?!static)[^"]*)"', reply.text)
        assert [link for link in links if sue.get(link).status_code >= 400] == []
    assert sue.get("/help/nothing-of-the-kind").status_code == 404


def test_the_glossary_has_every_word(signed: Signed) -> None:
    page = signed("mem").get("/help/glossary").text
    assert page.count("govuk-summary-list__key") == len(guides.glossary())
    assert "Days in hand" in page


def test_officers_are_told_whom_to_ask_by_name_and_members_by_post(
    signed: Signed, db: Database, who: Cast
) -> None:
    """Who holds which post is for officers (as on People and posts)."""
    officer, member = signed("mo").get("/help").text, signed("mem").get("/help").text
    for page in (officer, member):
        assert "Plans, dates and reports" in page
        assert "Accounts, posts and cover" in page
    assert "Sue Support</a>" in officer
    assert "Sue Support" not in member
    assert "Who holds these posts is for the council’s officers to see." in member
    assert "Who holds these posts" not in officer

    def asked(session: Session) -> reading_help.HelpPosts:
        return reading_help.whom_to_ask(session, people.actor(session, who.mem))

    shown = [post for group in db.read(asked).groups for post in group.posts]
    assert {(post.name, post.person_id) for post in shown} == {("", None)}


def test_a_vacant_post_says_so(signed: Signed, db: Database) -> None:
    mo = signed("mo")
    db.run(
        lambda s: s.execute(
            text("DELETE FROM appointment USING person WHERE person.id = person_id AND key = 'sue'")
        )
    )
    page = mo.get("/help").text
    assert "Sue Support" not in page
    assert "vacant" in page


def test_each_main_page_says_how_it_works_with_a_way_to_its_guide(
    signed: Signed, who: Cast
) -> None:
    sue = signed("sue")
    for path in ("/tasks", "/board", "/meetings", "/decisions", "/people", "/cycles", "/search"):
        page = sue.get(path).text
        fold = re.search(r'(?s)<details class="govuk-details app-how.*?</details>', page)
        assert fold, path
        assert 1 <= fold[0].count("<li>") <= guides.MOST_LINES
        way = re.search(r'href="(/help/[a-z-]+)">More in the guide', fold[0])
        assert way, path
        assert sue.get(way[1]).status_code == 200


def test_a_page_that_refuses_does_not_say_how_it_would_work(signed: Signed) -> None:
    reply = signed("mem").get("/people")
    assert reply.status_code == 403
    assert "How this works" not in reply.text


def test_help_is_for_those_who_are_signed_in(anyone: Browser) -> None:
    for path in ("/help", "/help/clerks", "/help/glossary"):
        assert anyone.get(path).location.startswith("/sign-in?next=")
