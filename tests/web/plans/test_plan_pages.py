"""A plan's pages: written, submitted, returned with comments, changed and passed on."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from cycle.db import Database
from cycle.errors import NotPermitted
from tests import build
from tests.flows.plans.test_reading import statements
from tests.web.browsing import Browser, prefilled
from tests.web.plans.test_what_is_open import plain
from workflows.core.attempt import Remarked
from workflows.plans import comments

Signed = Callable[[str], Browser]
HOUSING = "SVP-2028-HOUSING"
PLAN = f"/plans/{HOUSING}"


@pytest.fixture
def drafting(db: Database, who: build.Cast) -> build.Cast:
    """Year 1 is open and the housing proposals are with Mo, written."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    return who


def events(db: Database, action: str) -> int:
    """How often an act stands on the housing plan's record."""
    found = db.read(
        lambda s: s.scalar(
            text(
                "SELECT count(*) FROM event JOIN subject ON subject.id = subject_id "
                "WHERE ref = :ref AND action = :action"
            ),
            {"ref": HOUSING, "action": action},
        )
    )
    return int(found or 0)


def test_the_page_answers_where_who_since_what_next_and_when(
    drafting: build.Cast, signed: Signed
) -> None:
    """Journey 6: everyone sees where it is; a picture with an equal list."""
    page = signed("vera").get(PLAN).text
    for words in ("Where it is", "Who has it", "Mo Manager", "Since", "What is next", "By when"):
        assert words in page
    assert "<svg" in page
    assert "In words" in page


@pytest.mark.usefixtures("drafting")
def test_a_new_entry_of_a_service_names_the_service(signed: Signed) -> None:
    """P6: the council's plans and next year's find the row by that name, so nobody types it; in a
    plan of the whole council each row names its own."""
    service = re.compile(r'<input[^>]*name="service"[^>]*>')
    mo, at = signed("mo"), f"{PLAN}/sections/commissioning/entries/new?type=commissioning"
    assert 'value="Housing"' in service.findall(mo.get(at).text)[0]
    hana = signed("hana")
    council = "/plans/STP-2028/sections/reviews/entries/new?type=review"
    assert 'value=""' in service.findall(hana.get(council).text)[0]


# So often the pages that people open most ask the database, signed in and with the frame of the
# page; where there are exempt papers or reports, once more for each kind of them.
MOST = {PLAN: 16, "/board": 6, "/tasks": 5}


@pytest.mark.parametrize("path", MOST)
def test_a_page_that_is_opened_often_asks_the_database_seldom(
    app: Flask, drafting: build.Cast, signed: Signed, path: str
) -> None:
    mo = signed("mo")
    mo.get(path)
    with statements(app.extensions["db"]) as sent:
        assert mo.get(path).status_code == 200
    assert len(sent) <= MOST[path], sent


def test_mo_submits_once_however_often_he_clicks(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """INV-30, SR-77: the second click finds the first one's outcome."""
    mo = signed("mo")
    mo.get(f"{PLAN}/submit")
    form = prefilled(mo.page, f"{PLAN}/submit")
    first, second = (mo.post(f"{PLAN}/submit", form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert events(db, "submit") == 1
    assert "Done. The plan is now at “" in mo.get(PLAN).text


def test_the_same_form_with_other_words_is_told_so(drafting: build.Cast, signed: Signed) -> None:
    """INV-30: 409 with both texts; the first ones stand."""
    mo = signed("mo")
    at = f"{PLAN}/sections/purpose"
    mo.get(at)
    form = prefilled(mo.page, at)
    first = {**form, "body": "Homes that are warm, safe and within reach."}
    assert mo.post(at, first).status_code == 303
    reply = mo.post(at, {**form, "body": "Something else altogether, much later."})
    assert reply.status_code == 409
    assert "Homes that are warm, safe and within reach." in reply.text
    assert "Something else altogether, much later." in reply.text


def test_a_section_saved_by_somebody_else_shows_both_texts(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """SR-78: a stale form is 409, my text stays in the box and the other one stands beside it."""
    mo, again = signed("mo"), signed("mo")
    at = f"{PLAN}/sections/purpose"
    mo.get(at)
    stale = prefilled(mo.page, at)
    assert again.send(at, body="Written in the other window.").status_code == 303
    reply = mo.post(at, {**stale, "body": "Written in this window."})
    assert reply.status_code == 409
    assert "Written in the other window." in reply.text
    assert "Written in this window." in reply.text
    assert again.send(at, body="Both put together.").status_code == 303


def test_what_word_brings_along_becomes_plain(drafting: build.Cast, signed: Signed) -> None:
    """Journey 2: bullets pasted from Word are a list."""
    mo = signed("mo")
    reply = mo.send(f"{PLAN}/sections/purpose", body="We do:\n•\tlettings\n•\trepairs")
    assert reply.status_code == 303
    assert "<li>lettings</li>" in mo.get(PLAN).text


def test_a_plan_that_is_not_ready_says_why_beside_the_button(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Journey 2: the disabled button has its reason."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    mo = signed("mo")
    page = mo.get(PLAN).text
    assert "Still to be filled in: What the service is for" in page
    assert "disabled" in page
    refused = mo.send(f"{PLAN}/submit")
    assert refused.status_code == 422
    assert "Still to be filled in" in refused.text


def test_what_is_missing_is_a_link_and_what_ends_a_plan_comes_last(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Fault P4: first what one should do; Withdraw is no first thing to do."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    page = signed("mo").get(PLAN).text
    assert page.index("What you can do now") < page.index("Who has it")
    todo = page[page.index("Still to write") : page.index("Submit for review")]
    assert f'href="{PLAN}/sections/purpose">What the service is for</a>' in todo
    page = signed("sue").get(PLAN).text
    acts = re.findall(rf'href="{PLAN}/(\w+)">', page[: page.index("Who has it")])
    assert acts[-1] == "withdraw"
    assert len(acts) > 1


def test_a_reviewer_sees_what_changed_since_she_returned_it(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Fault P4: named and linked to the comparison; others who read it are told nothing of it."""
    build.act(db, HOUSING, "submit", drafting.mo)
    ray = signed("ray")
    assert "Since you returned it" not in ray.get(PLAN).text
    build.returned(db, HOUSING, drafting.ray)
    signed("mo").send(f"{PLAN}/sections/purpose", body="Homes for 4,200 families.")
    build.act(db, HOUSING, "submit", drafting.mo)
    assert ">what has changed</a> in What the service is for." in ray.get(PLAN).text
    assert "nothing in the text has changed" not in ray.page
    assert f"{PLAN}/compare?from=1&amp;to=2" in ray.page
    assert "Since you returned it" not in signed("sue").get(PLAN).text
    build.returned(db, HOUSING, drafting.ray)
    build.act(db, HOUSING, "submit", drafting.mo)
    assert "nothing in the text has changed" in ray.get(PLAN).text


def test_write_is_offered_only_where_it_is_accepted(
    drafting: build.Cast, db: Database, signed: Signed
) -> None:
    """Fault P4: a reviewer was offered Write beside every section, and refused on saving."""
    assert "Write<span" in signed("mo").get(PLAN).text
    build.act(db, HOUSING, "submit", drafting.mo)
    page = signed("ray").get(PLAN).text
    assert "Write<span" not in page
    assert "someone else has to pass this plan on" in page
    assert f"{PLAN}/comment#s-purpose" in page
    assert "Write<span" not in signed("mo").get(PLAN).text


def test_ray_passes_on_the_very_text_that_his_page_showed(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """INV-20, fault X7: the digest of the text comes back; another one, or none, is no act."""
    build.act(db, HOUSING, "submit", drafting.mo)
    ray, at = signed("ray"), f"{PLAN}/pass_on"
    ray.get(at)
    form = prefilled(ray.page, at) | {"override": "The new figures come in October."}
    assert len(form["shown"]) == 64
    for other in ("0" * 64, "none", ""):
        refused = ray.post(at, {**form, "shown": other})
        assert refused.status_code == 422
        assert "The text has changed since you opened this page." in refused.text or not other
    assert events(db, "pass_on") == 0
    assert ray.post(at, form).status_code == 303
    assert events(db, "pass_on") == 1


def test_ray_returns_with_comments_and_mo_sees_the_reasons_first(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Journey 3: returned with comments beside sections, changed, resubmitted, compared."""
    build.act(db, HOUSING, "submit", drafting.mo)
    ray, mo = signed("ray"), signed("mo")
    bare = ray.send(f"{PLAN}/return_for_changes", reason="Too vague.")
    assert bare.status_code == 422
    assert "Too vague." in bare.text
    sent = ray.send(
        f"{PLAN}/return_for_changes", reason="Too vague.", beside_purpose="For whom exactly?"
    )
    assert sent.status_code == 303, sent.text
    page = mo.get(PLAN).text
    assert page.index("Too vague.") < page.index("Where it is")
    assert "For whom exactly?" in page
    assert mo.send(f"{PLAN}/sections/purpose", body="Tenants in the north.").status_code == 303
    assert mo.send(f"{PLAN}/submit").status_code == 303
    compared = mo.get(f"{PLAN}/compare").text
    assert "<ins>" in compared
    assert "Tenants" in compared
    assert ray.send(f"{PLAN}/pass_on", override="Out in October.").status_code == 303
    history = mo.get(f"{PLAN}/history").text
    assert "Ray Director" in history


def test_ray_is_warned_before_he_edits(db: Database, drafting: build.Cast, signed: Signed) -> None:
    """INV-22: 422 with the warning and his text kept; once he knows, he may, and cannot pass on."""
    build.act(db, HOUSING, "submit", drafting.mo)
    ray = signed("ray")
    at = f"{PLAN}/sections/purpose"
    warned = ray.send(at, body="My own words.")
    assert warned.status_code == 422
    assert "someone else has to pass this plan on" in warned.text
    assert "My own words." in warned.text
    assert ray.send(at, body="My own words.", knows="y").status_code == 303
    assert "so someone else must pass it on" in ray.get(PLAN).text


def test_pat_gets_a_404_for_the_text_and_every_child(drafting: build.Cast, signed: Signed) -> None:
    """SR-23, SR-24, SR-25: the same page as for something that does not exist."""
    pat = signed("pat")
    nothing = pat.get("/plans/SVP-2028-NOWHERE").text
    for child in ("sections/purpose", "compare", "print", "comment", "ask", "submit"):
        reply = pat.get(f"{PLAN}/{child}")
        assert reply.status_code == 404, child
        assert len(reply.text) == len(nothing)


def test_what_pat_sends_to_a_plan_that_is_not_open_is_answered_as_to_one_that_is_not_there(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """SR-24: an action that the plan offers now, one that it offers at another time, and none."""
    pat = signed("pat")
    token = prefilled(pat.get("/account").text, "")["csrf_token"]
    form = prefilled(signed("mo").get(f"{PLAN}/submit").text, f"{PLAN}/submit")
    for extra in ({}, {"seen_version": "999"}, {"reason": "x" * 9_000}, {"form_key": ""}):
        sent = {**form, "csrf_token": token, **extra}
        for action in ("submit", "pass_on", "dance"):
            nothing = pat.post(f"/plans/SVP-2028-NOWHERE/{action}", sent)
            reply = pat.post(f"{PLAN}/{action}", sent)
            assert reply.status_code == nothing.status_code == 404, (action, extra)
            assert plain(reply) == plain(nothing), (action, extra)
    assert events(db, "submit") == 0


def test_a_step_that_is_not_open_is_409_and_leaves_no_event(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """SR-27: draft to passed on does not exist."""
    ray = signed("ray")
    ray.get(PLAN)
    form = prefilled(signed("mo").get(f"{PLAN}/submit").text, f"{PLAN}/submit")
    token = prefilled(ray.get("/account").text, "")
    reply = ray.post(f"{PLAN}/pass_on", {**form, "csrf_token": token["csrf_token"]})
    assert reply.status_code == 409
    assert events(db, "pass_on") == 0


@pytest.mark.parametrize("extra", ["state", "author_id", "role", "is_admin", "version", "id"])
def test_fields_that_a_form_does_not_have_are_ignored(
    db: Database, drafting: build.Cast, signed: Signed, extra: str
) -> None:
    """SR-26: nothing is assigned that the page did not ask for."""
    mo = signed("mo")
    assert (
        mo.send(f"{PLAN}/sections/purpose", body="Homes.", **{extra: "approved"}).status_code == 303
    )
    assert build.state(db, HOUSING) == "proposals_drafting"


def test_the_print_names_version_and_record(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Journey 6: a print view with version and record number; the digest stands on prints only."""
    build.act(db, HOUSING, "submit", drafting.mo)
    mo = signed("mo")
    page = mo.get(f"{PLAN}/print").text
    assert "Version 1" in page
    assert f"Record {HOUSING}/" in page
    assert "SHA-256" in page
    assert "SHA-256" not in mo.get(PLAN).text


def test_whoever_checks_the_record_takes_no_part_in_what_stands_on_it(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Aud reads the draft and is offered no comment; Ray of the plan's line is, and gives one."""
    aud, ray = signed("aud"), signed("ray")
    assert "Comment or suggest a change" not in aud.get(PLAN).text
    page = aud.get(f"{PLAN}/comment")
    assert page.status_code == 403
    assert "because you check the record" in page.text
    with pytest.raises(NotPermitted, match="because you check the record"):
        db.run(
            lambda s: comments.comment(
                s,
                build.actor(s, drafting.aud),
                build.plan(s, HOUSING).id,
                [Remarked("purpose", "Mine.")],
            )
        )
    assert "Comment or suggest a change" in ray.get(PLAN).text
    ray.get(f"{PLAN}/comment")
    form = prefilled(ray.page, f"{PLAN}/comment") | {"beside_purpose": "Say whom it is for."}
    assert ray.post(f"{PLAN}/comment", form).status_code == 303
    assert events(db, "comment") == 1


def test_an_act_over_http_sends_few_statements(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """From the first statement of the request to its COMMIT, signing in and the form's own reading
    included; each statement more is a journey more to the database."""
    build.act(db, HOUSING, "submit", drafting.mo)
    ray = signed("ray")
    at = f"{PLAN}/pass_on"
    ray.get(at)
    form = {**prefilled(ray.page, at), "override": "It is right all the same."}
    with statements(ray.client.application.extensions["db"]) as sent:
        assert ray.post(at, form).status_code == 303
    assert events(db, "pass_on") == 1
    assert len(sent) <= 4, sent
