"""A plan, a section and a report as Word documents; a Word document into a plan, after a look."""

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import docx
import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from cycle import clock
from cycle.db import Database
from tests import build
from tests.unit.documents.made import heading, p, packed, run, word
from tests.web.browsing import Browser, prefilled
from workflows.core.attempt import Evidence, Remarked
from workflows.files.word_document import MIMETYPE

Signed = Callable[[str], Browser]
HOUSING = "SVP-2028-HOUSING"
PLAN = f"/plans/{HOUSING}"
RETURNED = Evidence(reason="Shorter.", remarks=(Remarked("purpose", "Shorter."),))
HAND_IN, LOOK = f"{PLAN}/word", f"{PLAN}/word/look"


@pytest.fixture
def drafting(db: Database, who: build.Cast) -> build.Cast:
    """Year 1 is open and the housing proposals are with Mo, written."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    return who


def bodies(db: Database) -> dict[str, str]:
    """The text of each section of the housing proposals."""
    sql = "SELECT key, body FROM section JOIN subject ON subject.id = plan_id WHERE ref = :ref"
    rows = db.read(lambda s: s.execute(text(sql), {"ref": HOUSING}).all())
    return {row.key: row.body for row in rows}


def hand_in(browser: Browser, contents: bytes, name: str = "Housing.docx") -> TestResponse:
    """Hand a file in on the page of the housing proposals."""
    browser.get(HAND_IN)
    token = prefilled(browser.page, HAND_IN)["csrf_token"]
    return browser.post(HAND_IN, {"csrf_token": token, "file": (BytesIO(contents), name)})


def looked(browser: Browser, at: str = LOOK, **boxes: object) -> dict[str, object]:
    """The form of the look as it is drawn now, with what is ticked."""
    browser.get(at)
    return {**prefilled(browser.page, at), **boxes}


def words(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[page.find("<h1") :])).split())


def parts_of(contents: bytes) -> dict[str, str]:
    """The parts of a document as text."""
    with ZipFile(BytesIO(contents)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


# Out ----------------------------------------------------------------------------------------------


def test_the_plan_goes_out_as_word_and_says_what_it_is(
    drafting: build.Cast, signed: Signed
) -> None:
    """Surprise D7: title, council, language and day are the document's own, and no library's."""
    reply = signed("mo").get(f"{PLAN}/plan.docx")
    assert reply.mimetype == MIMETYPE
    found = docx.Document(BytesIO(reply.data))
    about = found.core_properties
    assert (about.title, about.author) == ("Service Plan 2028/29: Housing", "Smallshire Council")
    assert (about.language, about.comments, about.last_modified_by) == (
        "en-GB", "", "Smallshire Council",
    )  # fmt: skip
    assert about.created.date() == clock.today()
    heads = [each.text for each in found.paragraphs if each.style.name == "Heading 1"]
    assert heads[:2] == ["What the service is for", "How the last year went"]
    foot = "\n".join(each.text for each in found.sections[0].footer.paragraphs)
    assert "Smallshire Council. Draft, not approved. Working copy, not yet a version." in foot
    whole = "".join(parts_of(reply.data).values())
    assert "python-docx" not in whole
    assert "en-US" not in whole
    assert 'w:lang w:val="en-GB"' in whole


def test_a_version_names_its_digest_and_a_changed_copy_does_not(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """What is signed is told from what is still being written."""
    build.act(db, HOUSING, "submit", drafting.mo)
    foot = parts_of(signed("ray").get(f"{PLAN}/plan.docx").data)["word/footer1.xml"]
    assert "Version 1." in foot
    assert re.search(r"SHA-256 of this version: [0-9a-f]{64}", foot)
    build.act(db, HOUSING, "return_for_changes", drafting.ray, RETURNED)
    mo = signed("mo")
    form = prefilled(mo.get(f"{PLAN}/sections/purpose").text, f"{PLAN}/sections/purpose")
    assert mo.post(f"{PLAN}/sections/purpose", {**form, "body": "Homes."}).status_code == 303
    foot = parts_of(mo.get(f"{PLAN}/plan.docx").data)["word/footer1.xml"]
    assert "Working copy, changed since version 1." in foot
    assert "SHA-256" not in foot


def test_a_section_goes_out_alone(drafting: build.Cast, signed: Signed) -> None:
    mo = signed("mo")
    found = docx.Document(BytesIO(mo.get(f"{PLAN}/sections/purpose/section.docx").data))
    heads = [each.text for each in found.paragraphs if each.style.name == "Heading 1"]
    assert heads == ["What the service is for"]
    assert mo.get(f"{PLAN}/sections/nothing/section.docx").status_code == 404


def test_who_does_not_read_the_text_gets_no_document(drafting: build.Cast, signed: Signed) -> None:
    """INV-51: Pat of Parks knows that the plan exists, and reads neither page nor file."""
    pat = signed("pat")
    assert pat.get(f"{PLAN}/plan.docx").status_code == 404
    assert pat.get(f"{PLAN}/sections/purpose/section.docx").status_code == 404
    assert "plan.docx" not in pat.get(PLAN).text
    for page in (HAND_IN, LOOK):
        assert pat.get(page).status_code == 404
    assert signed("sue").get(HAND_IN).status_code == 403  # she reads it, and does not write it


# In -----------------------------------------------------------------------------------------------

NEW = word(
    p("Cover page")
    + heading("1. What the Service is for", 2)
    + p(run("Homes for all.", "<w:b/>"))
    + heading("How we go about it", 3)
    + p("Step by step.")
    + heading("Our people", 2)
    + p("We are forty.")
    + heading("Risks", 2)
    + p("Fire.")
)


def test_a_document_comes_in_section_by_section_after_a_look(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Mo hands a file in, looks, and saves the section that she ticks; nothing is ticked before."""
    mo, before = signed("mo"), bodies(db)
    assert hand_in(mo, NEW).headers["Location"] == LOOK
    mo.get(LOOK)
    wording = words(mo.page)
    assert "“Housing.docx”" in wording
    assert "1 section would change" in wording
    assert "“Our people” We are forty." in wording
    assert "Entries are changed on their own pages, so they stay as they are: Risks." in wording
    assert "Not in the file, so they stay as they are: How the last year went" in wording
    assert re.search(r'name="take"[^>]*value="purpose"(?![^>]*checked)', mo.page)
    assert bodies(db) == before
    none = mo.post(LOOK, looked(mo))
    assert none.status_code == 422
    assert "Tick the sections that you want to save." in none.text
    form = looked(mo, take="purpose")
    assert mo.post(LOOK, form).status_code == 303
    assert bodies(db) == before | {
        "purpose": "**Homes for all.**\n\n# How we go about it\n\nStep by step."
    }
    assert "Saved from the Word document: What the service is for." in mo.get(PLAN).text
    assert mo.get(LOOK).headers["Location"] == HAND_IN  # the file is done with
    gone = mo.post(LOOK, form | {"form_key": str(uuid4())})
    assert gone.status_code == 409
    assert "Hand it in again." in gone.text


def test_the_look_stays_without_a_second_upload_and_is_its_readers_alone(
    drafting: build.Cast, signed: Signed
) -> None:
    mo = signed("mo")
    hand_in(mo, NEW, "Plan.docx")
    assert "You handed in “Plan.docx”" in words(mo.get(HAND_IN).text)
    assert "We are forty." in signed("mo").get(LOOK).text  # another browser, another day
    assert signed("sue").get(LOOK).status_code == 403


def test_a_heading_that_no_section_has_goes_where_a_person_puts_it(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Nothing is guessed: without a choice it is left out."""
    mo = signed("mo")
    hand_in(mo, NEW)
    mo.get(LOOK)
    place = re.search(r'“Our people”</label>.*?name="(part-\d+)"', mo.page, re.DOTALL)[1]
    at = f"{LOOK}?{place}=links"
    form = looked(mo, at, take="links")
    assert "2 sections would change" in words(mo.page)
    assert mo.post(at, form).status_code == 303
    assert bodies(db)["links"] == "We are forty."
    hand_in(mo, NEW)
    for odd in (
        "part-9999=links",
        f"{place}=risks",
        f"{place}=nothing",
        "part-x=links",
        "part-²=a",
    ):
        assert "1 section would change" in words(mo.get(f"{LOOK}?{odd}").text), odd


def test_what_a_colleague_saved_meanwhile_is_never_replaced(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """INV-31: Mo sees the newer text beside the file's, and decides again."""
    mo = signed("mo")
    hand_in(mo, NEW)
    form = looked(mo, take="purpose")
    at = f"{PLAN}/sections/purpose"
    other = signed("mo")
    other.get(at)
    assert other.post(at, prefilled(other.page, at) | {"body": "Newer."}).status_code == 303
    late = mo.post(LOOK, form)
    assert late.status_code == 409
    assert "Someone saved “What the service is for” after you opened this page." in late.text
    assert "<del>Newer.</del>" in late.text
    assert bodies(db)["purpose"] == "Newer."
    again = prefilled(late.text, LOOK) | {"take": "purpose"}
    assert mo.post(LOOK, again).status_code == 303
    assert bodies(db)["purpose"].startswith("**Homes for all.**")


def test_the_versions_and_the_file_that_were_shown_come_back_or_nothing_is_saved(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Fault X7: leaving out what was shown is no way past its check; nor is another file."""
    mo, before = signed("mo"), bodies(db)
    hand_in(mo, NEW)
    form = looked(mo, take="purpose")
    for name in ("seen", "looked_at", "seen_version"):
        for value in (None, "", "x", "purpose=9999999999", "2027-01-01"):
            sent = {key: each for key, each in form.items() if key != name}
            if value is not None:
                sent[name] = value
            reply = mo.post(LOOK, {**sent, "form_key": str(uuid4())})
            assert reply.status_code in (409, 422), (name, value)
    hand_in(mo, word(heading("What the service is for") + p("Another file.")))
    other = mo.post(LOOK, {**form, "form_key": str(uuid4())})
    assert other.status_code == 409
    assert "Another file was handed in" in other.text
    assert bodies(db) == before


def test_our_own_document_comes_back_as_the_text_that_is_known(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """Round trip: nothing would change, and a word that Mo adds in Word is all that does; the page
    says so of each."""
    nothing, unsaved = "Nothing would change.", "Nothing is saved yet."
    mo = signed("mo")
    at = f"{PLAN}/sections/purpose"
    mo.get(at)
    written = "Homes – and *streets*.\n\n- one\n  - two\n\n| A | B |\n|---|---|\n| 1 | 2 |"
    assert mo.post(at, prefilled(mo.page, at) | {"body": written}).status_code == 303
    contents = mo.get(f"{PLAN}/plan.docx").data
    hand_in(mo, contents)
    page = words(mo.get(LOOK).text)
    assert nothing in page
    assert unsaved not in page
    parts = parts_of(contents)
    parts["word/document.xml"] = parts["word/document.xml"].replace(">one<", ">one more<")
    hand_in(mo, packed({name: each.encode() for name, each in parts.items()}))
    wording = mo.get(LOOK).text
    assert "1 section would change" in words(wording)
    assert unsaved in words(wording)
    assert nothing not in words(wording)
    assert bodies(db)["purpose"] == written
    assert re.findall(r"<ins>(.*?)</ins>", wording, re.DOTALL) == ["one more"]


def test_a_reviewer_is_told_first_that_somebody_else_then_passes_the_plan_on(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    """INV-22: bringing text in is changing it."""
    build.act(db, HOUSING, "submit", drafting.mo)
    ray, before = signed("ray"), bodies(db)
    hand_in(ray, NEW)
    refused = ray.post(LOOK, looked(ray, take="purpose"))
    assert refused.status_code == 422
    assert "someone else has to pass this plan on" in refused.text
    assert bodies(db) == before
    assert ray.post(LOOK, looked(ray, take="purpose", knows="y")).status_code == 303


def test_a_file_that_is_no_word_document_is_one_sentence_and_nothing_is_lost(
    db: Database, drafting: build.Cast, signed: Signed
) -> None:
    mo, before = signed("mo"), bodies(db)
    hand_in(mo, NEW)
    for contents, sentence in (
        (b"%PDF-1.7", "This is a PDF."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "locked with a password, or in the old format DOC"),
        (NEW[:200], "This Word document cannot be read."),
        (b"", "Choose a Word document (.docx)."),
    ):
        reply = hand_in(mo, contents)
        assert reply.status_code == 422
        assert sentence in words(reply.text)
    assert "We are forty." in mo.get(LOOK).text  # the last good one is still there
    assert bodies(db) == before


def test_what_is_left_out_of_a_file_is_said_where_it_was_there(
    drafting: build.Cast, signed: Signed
) -> None:
    """Surprises D10 and D16: each sentence about the file stands only where the file has that."""
    mo = signed("mo")
    prompt = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>"
        f"{run('Click to enter a date.')}</w:sdtContent></w:sdt>"
    )
    tracked = f"<w:ins>{run('Homes for everybody.')}</w:ins>"
    unfilled = "Fields that nobody has filled in are left out"
    accepted = "The text is shown as if all were accepted."
    empty = "The file has nothing under this heading."
    hand_in(mo, word(heading("What the service is for") + p(run("Homes. ") + prompt)))
    page = words(mo.get(LOOK).text)
    assert unfilled in page
    assert accepted not in page
    hand_in(mo, word(heading("What the service is for") + p(tracked)))
    page = words(mo.get(LOOK).text)
    assert accepted in page
    assert unfilled not in page
    assert empty not in page
    hand_in(mo, word(heading("What the service is for")))
    page = words(mo.get(LOOK).text)
    assert empty in page
    assert accepted not in page
