"""What is typed is kept until it is sent: working copies that save themselves, drafts, acts beside
a text (fault L1)."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from cycle import clock
from cycle.db import Database
from tests import build
from tests.web.browsing import Browser, prefilled
from webui.http.saving import HEADER
from workflows.people import identity

Signed = Callable[[str], Browser]
HOUSING = "SVP-2028-HOUSING"
PLAN = f"/plans/{HOUSING}"
PURPOSE = f"{PLAN}/sections/purpose"
BY_ITSELF = {HEADER: "1"}


@pytest.fixture
def drafting(db: Database, who: build.Cast) -> build.Cast:
    """Year 1 is open and the housing proposals are with Mo, written."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    return who


@pytest.fixture
def in_review(db: Database, drafting: build.Cast) -> build.Cast:
    """Mo has submitted; the proposals are with Ray."""
    build.act(db, HOUSING, "submit", drafting.mo)
    return drafting


def counted(db: Database, table: str) -> int:
    """How many rows a table has."""
    return int(db.read(lambda s: s.scalar(text(f"SELECT count(*) FROM {table}"))) or 0)


def opened(browser: Browser, at: str) -> dict[str, str]:
    """The form of a page as it was opened."""
    browser.get(at)
    return prefilled(browser.page, at)


def test_a_working_copy_saves_itself(db: Database, drafting: build.Cast, signed: Signed) -> None:
    """Fault L1: no event, no key of the form, and the version for the next time."""
    mo = signed("mo")
    form = opened(mo, PURPOSE)
    events, keys = counted(db, "event"), counted(db, "request_key")
    first = mo.post(PURPOSE, {**form, "body": "Homes."}, headers=BY_ITSELF)
    assert first.status_code == 200
    assert first.json["saved"].endswith(("am", "pm"))
    second = {**form, "body": "Homes for all.", "seen_version": first.json["version"]}
    assert mo.post(PURPOSE, second, headers=BY_ITSELF).json["version"] > first.json["version"]
    assert "Homes for all." in mo.get(PLAN).text
    assert (counted(db, "event"), counted(db, "request_key")) == (events, keys)


def test_what_cannot_be_saved_by_itself_says_why(
    db: Database, in_review: build.Cast, signed: Signed
) -> None:
    """Fault L1: overtaken, not allowed yet, not allowed at all, signed out; each is told."""
    ray = signed("ray")
    form = opened(ray, PURPOSE)
    refused = ray.post(PURPOSE, {**form, "body": "Homes."}, headers=BY_ITSELF)
    assert refused.status_code == 422
    assert "someone else has to pass this plan on" in refused.json["why"]
    ticked = {**form, "body": "Homes.", "knows": "y"}
    assert ray.post(PURPOSE, ticked, headers=BY_ITSELF).status_code == 200
    late = ray.post(PURPOSE, {**ticked, "body": "Houses."}, headers=BY_ITSELF)
    assert late.status_code == 409
    mo = signed("mo")
    assert mo.post(PURPOSE, {**form, "body": "Mine."}, headers=BY_ITSELF).status_code in (400, 403)
    db.run(lambda s: s.execute(text("DELETE FROM sign_in_session")))
    gone = ray.post(PURPOSE, ticked, headers=BY_ITSELF)
    assert gone.status_code == 401
    assert gone.json["why"] == "You are signed out."


def test_a_comment_is_saved_alone_and_is_its_writers_until_it_is_added(
    db: Database, in_review: build.Cast, signed: Signed
) -> None:
    """Faults L1 and P5: one at a time, without JavaScript too; the return sends them."""
    ray, at = signed("ray"), f"{PLAN}/comment"
    form = opened(ray, at)
    draft, until = "Nobody else sees it.", "Nobody else sees it until you press “"
    first = "nobody else sees them until you add them."
    assert first in " ".join(ray.page.split())
    assert until not in ray.page
    box, key = "beside_purpose", "purpose"
    reply = ray.post(at, {**form, box: "How many families?", "keep": key})
    assert reply.status_code == 303
    assert reply.headers["Location"].endswith(f"{at}#s-{key}")
    assert counted(db, "remark") == 0
    assert "How many families?" in ray.get(at).text
    assert "These boxes hold your draft of" in ray.page
    assert draft in ray.page
    assert until in ray.page
    assert draft not in ray.get(at).text
    assert "How many families?" not in signed("mo").get(at).text
    back = f"{PLAN}/return_for_changes"
    sent = opened(ray, back)
    assert "How many families?" in ray.page
    sent |= {box: "How many families?", "reason": "Say how many."}
    assert ray.post(back, sent).status_code == 303
    assert counted(db, "draft") == 0
    assert "How many families?" in signed("mo").get(PLAN).text


def test_a_draft_is_thrown_away_by_its_writer_alone(
    db: Database, in_review: build.Cast, signed: Signed
) -> None:
    """Fault L1."""
    ray, at = signed("ray"), f"{PLAN}/comment"
    form = opened(ray, at)
    ray.post(at, {**form, "beside_purpose": "How many families?"}, headers=BY_ITSELF)
    mo = signed("mo")
    mo.post(at, {**opened(mo, at), "keep": "discard"})
    assert counted(db, "draft") == 1
    ray.post(at, {**opened(ray, at), "keep": "discard"})
    assert counted(db, "draft") == 0


def test_handing_over_saves_first_and_is_done_whole_or_not_at_all(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Fault L1: one form, one unit of work; what is refused stays in the box."""
    mo = signed("mo")
    asked = opened(mo, f"{PLAN}/ask")
    held = text(
        "SELECT queue_id FROM post JOIN appointment ON post_id = post.id WHERE person_id = :who"
    )
    tess = db.read(lambda s: s.scalar(held, {"who": drafting.tess}))
    mo.post(f"{PLAN}/ask", {**asked, "section": "purpose", "queue": str(tess), "note": "Please."})
    her = signed("tess")
    form = opened(her, PURPOSE)
    refused = her.post(PURPOSE, {**form, "body": "Nineteen days.", "answer": "declined"})
    assert refused.status_code == 422
    assert "Nineteen days." in refused.text
    assert "Nineteen days." not in mo.get(PLAN).text
    done = her.post(PURPOSE, {**form, "body": "Nineteen days.", "answer": "given"})
    assert done.status_code == 303
    assert "Nineteen days." in mo.get(PLAN).text
    assert "Asked for a contribution" not in mo.page


def test_a_name_that_is_removed_takes_its_drafts_along(
    db: Database, in_review: build.Cast, signed: Signed
) -> None:
    """Fault L1: a draft is its writer's alone, and goes with the writer."""
    ray, at = signed("ray"), f"{PLAN}/comment"
    ray.post(at, {**opened(ray, at), "beside_purpose": "How many?"}, headers=BY_ITSELF)
    assert counted(db, "draft") == 1
    who = {"person": in_review.ray}
    for statement in identity._TRACES:
        db.run(lambda s, each=statement: s.execute(each, who))
    assert counted(db, "draft") == 0


def test_a_draft_that_nobody_came_back_for_ends(
    db: Database, in_review: build.Cast, signed: Signed
) -> None:
    """Fault L1: 90 days after it was last touched, as its page says, and no day earlier."""
    ray, at = signed("ray"), f"{PLAN}/comment"
    ray.post(at, {**opened(ray, at), "beside_purpose": "How many?"}, headers=BY_ITSELF)
    assert "It is kept for 90 days after you last changed it." in ray.get(at).text
    for days, left in ((89, 1), (91, 0)):
        db.run(lambda s, days=days: s.execute(_OLDER, {"now": clock.now(), "days": days}))
        signed("mo")
        assert counted(db, "draft") == left


_OLDER = text("UPDATE draft SET saved_at = :now - make_interval(days => :days)")
