"""Reports, comments, agendas and resolutions through their pages, told with people."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import docx
import pytest
from sqlalchemy import text

from cycle.db import Database
from tests import build
from tests.flows import committees
from tests.flows.committees import ANSWERS, STP, on
from tests.web.browsing import Browser, prefilled
from tests.web.http.test_bad_values import boxes
from webui.http.saving import HEADER

Signed = Callable[[str], Browser]
PLACE = "https://democracy.smallshire.example/place"
WORDS = {**ANSWERS, "recommendation_1": "The committee is asked to give its views."}


@pytest.fixture
def who(db: Database, tmp_path: Path) -> build.Cast:
    """Smallshire with two service committees and the Strategic Plan in front of them."""
    found = committees.council(db, tmp_path)
    committees.to_committees(db, found, STP)
    return found


def first_report(db: Database) -> tuple[int, str]:
    """The id and reference of the Place Committee's report on the Strategic Plan."""
    ref = next(ref for ref in committees.refs(db) if "PLACE" in ref)
    return committees.item_id(db, ref), ref


def paragraphs(document: bytes) -> str:
    """The words of a Word document."""
    return "\n".join(each.text for each in docx.Document(BytesIO(document)).paragraphs)


def test_sue_writes_the_report_and_fin_comments(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """What Fin commented on changes: his comment is out of date, visibly, and asked for again."""
    item_id, ref = first_report(db)
    with on(committees.AUTUMN):
        sue, fin = signed("sue"), signed("fin")
        page = f"/items/{item_id}"
        assert "Awaiting comments" in sue.get(page).text
        none = "None yet."
        assert none in sue.page
        assert none in paragraphs(sue.get(f"{page}/report.docx").data)
        assert sue.send(f"{page}/report", **WORDS, purpose="To consider.").status_code == 303
        reply = fin.send(f"{page}/comments/finance", wording="Within budget.", initials="FC")
        assert reply.status_code == 303, reply.text
        assert "Within budget." in sue.get(page).text
        assert none not in sue.page
        assert none not in paragraphs(sue.get(f"{page}/report.docx").data)
        assert sue.send(f"{page}/report", **WORDS, purpose="To note.").status_code == 303
        shown = sue.get(page).text
        assert "Out of date" in shown
        assert "Changed since:</strong> Purpose of the report" in shown
        again = fin.get(f"{page}/comments/finance").text
        now = again[again.index("Purpose of the report, as it is now") :].split("<form", 1)[0]
        assert "To note." in now
        assert again.count("as it is now") == 1, "what has not changed is not shown again"


def test_a_half_written_report_is_its_writers_draft(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Fault L1: on no record, seen by nobody else; a colleague's words stand beside it."""
    item_id, _ = first_report(db)
    with on(committees.AUTUMN):
        sue, at = signed("sue"), f"/items/{item_id}/report"
        sue.get(at)
        form = prefilled(sue.page, at)
        saved = sue.post(at, {**form, "purpose": "Half of it."}, headers={HEADER: "1"})
        assert saved.status_code == 200, saved.text
        assert "Half of it." in sue.get(at).text
        assert "These boxes hold your draft of" in sue.page
        assert "Half of it." not in sue.get(f"/items/{item_id}").text
        assert sue.send(at, **WORDS, purpose="To consider.").status_code == 303
        assert "Half of it." not in sue.get(at).text
        assert "These boxes hold your draft of" not in sue.page
        sue.post(at, {**prefilled(sue.page, at), "purpose": "Again."}, headers={HEADER: "1"})
        report = {"item": item_id, "words": '{"purpose": "A colleague wrote this."}'}
        db.run(lambda s: s.execute(_REPORTED, report))
        page = sue.get(at).text
        assert "Saved by somebody else" in page
        assert "A colleague wrote this." in page
        assert "Again." in page


_REPORTED = text(
    "WITH moved AS (UPDATE subject SET version = version + 1 WHERE id = :item) "
    "UPDATE agenda_item SET report = report || CAST(:words AS jsonb) WHERE id = :item"
)


def test_comments_need_words_or_a_named_answer(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """An empty box is not an answer; “No implications” by a named person is."""
    item_id, _ = first_report(db)
    with on(committees.AUTUMN):
        fin = signed("fin")
        page = f"/items/{item_id}/comments/finance"
        refused = fin.send(page, wording="", initials="FC")
        assert refused.status_code == 422
        assert "Write your comments, or choose" in refused.text
        done = fin.send(page, wording="", initials="FC", no_implications="y")
        assert done.status_code == 303
        assert "No implications." in fin.get(f"/items/{item_id}").text


def test_mo_cannot_comment_for_finance(db: Database, who: build.Cast, signed: Signed) -> None:
    """Comments are their commenters' to give."""
    item_id, _ = first_report(db)
    with on(committees.AUTUMN):
        reply = signed("mo").send(
            f"/items/{item_id}/comments/finance", wording="Fine.", initials="M"
        )
        assert reply.status_code == 403


def test_cy_takes_a_report_to_its_meeting(db: Database, who: build.Cast, signed: Signed) -> None:
    """On the agenda, closed, published, agreed without a vote in one tap; a second tap is none."""
    item_id, ref = first_report(db)
    with on(committees.AUTUMN):
        committees.ready(db, who, ref)
        cy = signed("cy")
        meeting = committees.next_meeting(db, ref, committees.AUTUMN + timedelta(days=14))
        page = f"/items/{item_id}"
        listed = cy.send(f"{page}/list_item", meeting=str(meeting.id))
        assert listed.status_code == 303, listed.text
        assert cy.send(page, f"{page}/freeze").status_code == 303
    with on(meeting.on_date - timedelta(days=12)):
        cy = signed("cy")
        form = cy.get(f"{page}/publish").text
        assert "Plancycle publishes nothing outside itself." in form
        assert "open to members and public" not in form
        assert (
            "Everyone who can sign in, members too, can then read the report and the versions of "
            "the plans that it carries, unless they are exempt."
        ) in form
        assert signed("mem").get(f"/plans/{STP}/print").status_code == 404
        assert 'href="#where"' in cy.send(f"{page}/publish", where="").text
        on_agenda = "Published by the council on"
        assert on_agenda not in cy.get(f"/meetings/{meeting.id}").text
        assert cy.send(f"{page}/publish", where=PLACE).status_code == 303
        assert "Recorded: the report was published." in cy.get(page).text
        assert signed("mem").get(f"/plans/{STP}/print").status_code == 200
    for reader in ("cy", "mem"):  # S1: where it is public, for each who reads that it is
        with on(meeting.on_date):
            shown = signed(reader).get(page).text
        assert f'href="{PLACE}"' in shown
        assert "Published by the council" in shown
        with on(meeting.on_date):
            agenda = signed(reader).get(f"/meetings/{meeting.id}").text
            assert PLACE in agenda
            assert on_agenda in agenda
            assert (
                f"recorded that it was published at {PLACE}"
                in signed(reader).get(f"{page}/history").text
            )
    with on(meeting.on_date):
        assert "published by the council on" in signed("mem").get(f"/plans/{STP}").text
        cy = signed("cy")
        decide = f"/meetings/{meeting.id}/items/{item_id}/decision"
        agreed = f"/meetings/{meeting.id}/items/{item_id}/agreed"
        shown = cy.get(decide).text
        assert "Nothing is recorded before you have seen what follows from it." in shown
        form = prefilled(cy.page, agreed)
        check = cy.post(agreed, form)
        assert check.status_code == 200
        assert build.state(db, ref) == "published", "it is asked once before it is recorded"
        corrected = (
            "Its outcome is corrected only with somebody else’s agreement, and nothing that "
            "followed goes back by itself."
        )
        assert corrected in check.text
        sure = boxes(check.text, agreed) | {"step": "done"}
        assert cy.post(agreed, sure).status_code == 303
        assert cy.post(agreed, sure).status_code == 303
        shown = cy.get(page).text
        assert "Considered" in shown
        assert "without a vote" in shown
        assert "Place Committee" in cy.get("/decisions").text
        outcome = f"{page}/decisions/{first_decision(db)}/outcome"
        stands = build.state(db, STP)
        asked = {"outcome": "noted", "effect": "yes", "reason": "So.", "evidence": "The minute."}
        sent = cy.send(outcome, **asked, words="", signed="no")
        assert sent.status_code == 303, sent.text
        assert cy.send(sent.location, f"{sent.location}/agree").status_code in (403, 409, 422)
        assert build.state(db, STP) == stands
        assert "of “Considered”" not in cy.get("/decisions").text


def first_decision(db: Database) -> int:
    """The number of the one decision that is recorded."""
    return int(db.read(lambda s: s.scalar(text("SELECT min(id) FROM decision"))) or 0)


GARBLED = ("x", "[]", "{}", '{"STP-2028": null}', "0" * 64, "[" * 5000)


def test_a_body_decides_on_the_versions_that_the_page_showed(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """INV-20, fault X7: what comes back as the versions displayed is what the report carries, in
    one tap and on the whole form; another version, or what cannot be read, is no resolution."""
    item_id, ref = first_report(db)
    meeting = committees.published(db, who, ref, committees.AUTUMN)
    with on(meeting.on_date):
        cy = signed("cy")
        decide = f"/meetings/{meeting.id}/items/{item_id}/decision"
        agreed = f"/meetings/{meeting.id}/items/{item_id}/agreed"
        cy.get(decide)
        for at in (decide, agreed):
            form = boxes(cy.page, at)
            other = re.sub("[0-9a-f]{64}", "0" * 64, form["shown"])
            assert other != form["shown"]
            for wrong in (other, *GARBLED):
                reply = cy.post(at, {**form, "shown": wrong})
                assert reply.status_code == 409, (at, wrong[:20], reply.text)
                assert "The report carries other versions than this page showed." in reply.text
        assert build.state(db, ref) == "published"
        check = cy.post(decide, boxes(cy.page, decide))
        sure = boxes(check.text, decide) | {"step": "done"}
        for wrong in (other, *GARBLED):
            assert cy.post(decide, sure | {"shown": wrong}).status_code == 409
        assert cy.post(decide, sure).status_code == 303
        assert build.state(db, ref) == "decided"


def test_a_resolution_without_authority_is_asked_about_and_the_answer_stays_on_the_page(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Only below that warning may Cy insist; another mistake meanwhile does not take it back."""
    item_id, ref = first_report(db)
    meeting = committees.published(db, who, ref, committees.AUTUMN)
    insist = "This is what the meeting did: record it all the same"
    with on(meeting.on_date):
        cy = signed("cy")
        decide = f"/meetings/{meeting.id}/items/{item_id}/decision"
        assert insist not in cy.get(decide).text
        form = boxes(cy.page, decide)
        outcome = next(name for name in form if name.startswith("outcome_"))
        asked = cy.post(decide, {**form, outcome: "adopted"})
        assert asked.status_code == 422
        assert "terms of reference" in asked.text
        assert insist in asked.text
        unsure = cy.post(decide, {**form, outcome: "", "insists": "y"})
        assert unsure.status_code == 422
        assert re.search(r'name="insists"[^>]*checked', unsure.text)
        form = {**form, "form_key": boxes(cy.page, decide)["form_key"]}
        nobody = "Nobody gets a new task at once."
        assert nobody in cy.post(decide, {**form, outcome: "considered"}).text
        check = cy.post(decide, {**form, outcome: "adopted", "insists": "y"})
        assert nobody not in check.text
        assert "stays at “With committees”" in check.text
        sure = boxes(check.text, decide) | {"step": "done"}
        assert cy.post(decide, sure).status_code == 303
        hint = "It has none where the body had no authority for it, or its papers came late."
        assert hint in cy.get(f"/items/{item_id}/decisions/{first_decision(db)}/outcome").text
    effects = text("SELECT effect FROM decision")
    assert db.read(lambda s: list(s.scalars(effects))) == [False]


def test_late_papers_need_the_chairs_reasons(db: Database, who: build.Cast, signed: Signed) -> None:
    """LGA 1972 s.100B(4): after the lawful moment only with urgency, in the chair's words."""
    item_id, ref = first_report(db)
    with on(committees.AUTUMN):
        committees.ready(db, who, ref)
        meeting = committees.next_meeting(db, ref, committees.AUTUMN + timedelta(days=14))
        committees.listed_now(db, who, ref, meeting.id)
    with on(meeting.on_date - timedelta(days=2)):
        cy = signed("cy")
        page = f"/items/{item_id}"
        assert cy.send(page, f"{page}/freeze").status_code == 303
        refused = cy.send(f"{page}/publish", where=PLACE)
        assert refused.status_code == 422
        done = cy.send(
            f"{page}/publish", where=PLACE, chair="Chas Chair", reason="The grant closes on Friday."
        )
        assert done.status_code == 303, done.text


def test_meetings_are_added_moved_and_cancelled_as_facts(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """A day that is taken is refused with a sentence and what was typed stays."""
    with on(committees.AUTUMN):
        cy = signed("cy")
        page = cy.get("/meetings/new").text
        place = page.split("Place Committee</option>")[0].rsplit('value="', 1)[1].split('"')[0]
        boxes = {
            "body": place,
            "on-day": "7",
            "on-month": "9",
            "on-year": "2027",
            "at": "10:30",
            "kind": "extraordinary",
        }
        form = {**prefilled(cy.page, "/meetings/new"), **boxes}
        added = cy.post("/meetings/new", form)
        assert added.status_code == 303, added.text
        at = added.headers["Location"]
        again = cy.post("/meetings/new", {**prefilled(cy.get("/meetings/new").text, ""), **boxes})
        assert again.status_code == 422
        assert 'value="10:30"' in again.text
        moved = cy.send(
            f"{at}/move", on_day="8", on_month="9", on_year="2027", at="11:00", reason="A clash."
        )
        assert moved.status_code == 303, moved.text
        assert "8 September 2027" in cy.get(at).text
        assert cy.send(f"{at}/cancel", reason="Nothing to decide.").status_code == 303
        assert "Cancelled" in cy.get(at).text


def test_a_member_sees_nothing_before_publication(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """INV-51: to Mem the report is not there until it is published; that it comes is no secret."""
    item_id, _ = first_report(db)
    with on(committees.AUTUMN):
        assert signed("mem").get(f"/items/{item_id}").status_code == 404
        page = signed("mem").get("/work-programme").text
        assert "Not published yet" in page
        assert "/items/" not in page
