"""Promise: a meeting is of the body that the file names, and only if it will be held."""

from datetime import date, time

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.calendar_files.made import BODIES
from workflows.calendar.file_row import FileRow
from workflows.calendar.naming import named

NAMES = {body.key: body.name for body in BODIES}
SPELT = {
    "policy committee": "policy", "policy": "policy", "place and roads committee": "place",
    "place": "place", "council": "council", "full council": "council", "law": "law",
    "finance, resources and law committee": "law", "cancelled contracts panel": "contracts",
}  # fmt: skip
WHEN = {"on": date(2027, 9, 9), "starts": time(10, 30)}


def say(title, **more):
    return named(FileRow("row 2", title, title, **WHEN, **more), SPELT, NAMES)


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("Policy Committee", "policy", "ordinary"),
        ("the PLACE & ROADS committee", "place", "ordinary"),
        ("Policy Committee meeting", "policy", "ordinary"),
        ("Meeting of the Policy Committee", "policy", "ordinary"),
        ("Full Council", "council", "ordinary"),
        ("Extraordinary Council", "council", "extraordinary"),
        ("Annual Meeting of the Council", "council", "annual"),
        ("Council (Budget)", "council", "budget"),
        ("Policy Committee - annual meeting", "policy", "annual"),
        ("Finance, Resources and Law Committee", "law", "ordinary"),
        ("Cancelled Contracts Panel", "contracts", "ordinary"),
    ],
)
def test_a_whole_name_names_a_body(title, body, kind):
    """Fault C1, C13."""
    found = say(title)
    assert (found.body, found.kind, found.status, found.sentence) == (body, kind, "planned", "")


@pytest.mark.parametrize(
    "title",
    [
        "Council offices closed", "Council recess", "Council Tax bills sent",
        "Place Select Committee",
        "Policy Committee agenda published", "Policy Committee - chair's briefing",
        "Policy Committee site visit", "Policy Committee: report deadline", "Policy", "No Council",
        "Council deferred items list", "Officer decision (Place)", "Policy and Place", "",
        "Policy Committee – rescheduled from 7 September", "Council, 10 am",
    ],
)  # fmt: skip
def test_free_text_names_no_body(title):
    """Fault C1: also where it begins like one, and where a category or place is a body's name."""
    if title == "Policy":  # a known short name is one
        assert say(title).body == "policy"
        return
    found = say(title)
    assert found.body is None
    assert title in found.sentence
    if title:
        assert say(title, labels=("Place",), place="Council").body is None


def test_a_row_without_a_title_is_told_that_nothing_says_whose_it_is():
    nothing = "Nothing says whose meeting this is."
    assert nothing in say("").sentence
    assert nothing not in say("Recess").sentence
    assert say("Policy Committee").sentence == ""


@given(st.text(min_size=1, max_size=40).filter(lambda words: any(c.isalnum() for c in words)))
@settings(max_examples=300)
def test_no_free_text_is_ever_a_body(words):
    """Fault C1: a name with other words beside it is none, unless these say kind or status."""
    for title in (f"Council {words}", f"{words} Council", f"Policy Committee - {words}"):
        found = say(title)
        if found.body is not None:
            assert found.status != "planned" or found.kind != "ordinary" or _says_little(words)


def _says_little(words):
    """Whether words are such as stand beside a name without changing it."""
    left = "".join(c if c.isalnum() else " " for c in words.casefold()).split()
    return set(left) <= {"the", "meeting", "of", "full", "ordinary", "general", "council", "policy"}


@pytest.mark.parametrize(
    ("title", "kind"),
    [("Policy Committee - budget monitoring", "ordinary"),
     ("Policy Committee - annual report of adult learning", "ordinary"),
     ("Policy Committee - not the budget meeting", "ordinary")],
)  # fmt: skip
def test_a_word_in_a_sentence_is_no_kind_of_meeting(title, kind):
    """Fault C12."""
    found = say(title)
    assert (found.body, found.kind) == (None, kind)


def test_a_category_or_place_names_a_body_where_the_title_names_nothing():
    assert say("Meeting", labels=("Place", "budget")).body == "place"
    assert say("Meeting", labels=("Place", "budget")).kind == "budget"
    assert say("Annual meeting", place="policy committee").kind == "annual"
    assert say("Meeting", labels=("Place", "Council")).body is None


CANCELLED = [
    "Cancelled", "CANCELLED", "Canceled", "cancelled", "Cancelled:", "CANCELLED -", "Cancellation",
    "[CANCELLED]", "(cancelled)", "*** CANCELLED ***", "Meeting cancelled", "has been cancelled",
    "CANX", "CXLD", "called off", "will not take place", "not going ahead", "Canslwyd",
    "wedi'i ganslo",
    "no longer required", "withdrawn", "Cancelled due to lack of business", "is cancelled.",
]  # fmt: skip
POSTPONED = ["Postponed", "POSTPONED", "postponed until further notice", "Rescheduled to 14 May",
             "deferred", "moved to 3 June", "Gohiriwyd"]  # fmt: skip


@pytest.mark.parametrize("words", CANCELLED + POSTPONED)
def test_cancelled_in_any_of_its_spellings_is_never_held(words):
    """Fault C2: before the name, after it, in the place, as a category or a status."""
    for title in (f"Policy Committee - {words}", f"Policy Committee {words}",
                  f"Policy Committee ({words})", f"{words}: Policy Committee"):  # fmt: skip
        found = say(title, status="CONFIRMED")
        assert found.body is None or found.status in ("cancelled", "postponed"), title
    status = "cancelled" if words in CANCELLED else "postponed"
    assert say("Policy Committee", status=words).status == status
    assert say(f"Policy Committee - {words}").status == status
    assert say(f"Policy Committee - {words}").body == "policy"


@pytest.mark.parametrize("words", ["CANCELLED", "Canceled", "Meeting cancelled", "postponed"])
def test_cancelled_is_heard_in_place_and_category_and_notes(words):
    """Fault C2."""
    for more in ({"place": words}, {"labels": (words,)}, {"notes": (words,)}, {"text": words}):
        assert say("Policy Committee", **more).status in ("cancelled", "postponed")
    words = "Members, this meeting has now been cancelled."
    assert say("Policy Committee", text=words).status == "cancelled"


def test_a_cell_that_may_cancel_is_asked_about():
    found = say("Policy Committee", notes=("Takes the place of the cancelled one in May",))
    assert "may cancel it" in found.sentence


@pytest.mark.parametrize(
    "title",
    ["Policy Committee (reserve date if needed)", "Provisional: Policy Committee",
     "Policy Committee (TBC)", "Policy Committee - draft", "HOLD: Policy Committee"],
)  # fmt: skip
def test_a_reserve_date_is_provisional(title):
    """Fault C9."""
    assert (say(title).body, say(title).status) == ("policy", "tentative")
    assert say("Policy Committee", status="TENTATIVE").status == "tentative"
    assert say("Policy Committee", place="Room to be confirmed").status == "planned"


def test_a_status_that_nobody_knows_is_told():
    assert say("Policy Committee", status="Maybe").sentence.startswith("“Maybe” is no status")
    assert say("Policy Committee", status="Confirmed").sentence == ""


def test_the_key_in_our_own_export_names_a_body_that_shares_its_name():
    shared = {"audit_1": "Audit Committee", "audit_2": "Audit Committee"}
    row = FileRow("event 1", "", "CANCELLED: Audit Committee", body="audit_2", **WHEN)
    assert named(row, {}, shared).body == "audit_2"
    other = FileRow("event 1", "", "Audit Committee away day", body="audit_2", **WHEN)
    assert named(other, {}, shared).body is None
