"""Mo fills in forms, and somebody else tries to break them: what is typed is kept, never a 500."""

import io
import re
from uuid import uuid4

import pytest

BIDI = "\u202e"


def test_a_full_form_is_taken(send):
    status, _ = send(
        body="Line one\r\nline two", due_on_day="4", due_on_month="dec", due_on_year="2026",
        days="12", cost="£1,200.50", outcome="yes", unit="2", ways=["chair", "clerk"],
    )  # fmt: skip
    assert status == 200


@pytest.mark.parametrize("hidden", ["\0", "\x08", BIDI, "\u2066", "\ufffd"])
def test_hidden_characters_are_taken_out_and_mo_is_told(send, hidden):
    """SR-55."""
    status, page = send(title=f"Housing{hidden} plan", body=f"Text{hidden} here")
    assert status == 422
    assert page.count("hidden characters that cannot be kept") == 4  # summary and field, twice
    assert 'value="Housing plan"' in page
    assert "Text here" in page
    assert hidden not in page


def test_a_lone_surrogate_is_refused(bare):
    """SR-55."""
    page = bare.get("/form").text
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)[1].encode()
    body = b"title=Housing%ED%A0%80&form_key=" + str(uuid4()).encode() + b"&csrf_token=" + token
    reply = bare.post("/form", data=body, content_type=FORM)
    assert reply.status_code == 422
    assert "hidden characters" in reply.text


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "number",
    ["9" * 5000, str(2**31), str(2**63), "-1", "0", "61", "NaN", "1e3", "1_0", "٣", "0x1", "1.0"],
)
def test_a_number_out_of_range_or_in_other_digits_is_refused(send, number):
    """SR-55, INV-34: in one sentence, with what was typed."""
    status, page = send(days=number)
    assert status == 422
    assert "Days must be a whole number from 1 to 60." in page
    assert f'value="{number}"' in page


@pytest.mark.parametrize("unit", ["٢", "9" * 5000, "-1", "3", "\0", "1 "])
def test_a_choice_outside_the_list_is_refused(send, unit):
    """SR-55."""
    status, page = send(unit=unit)
    assert status == 422
    assert "invalid" not in page.lower()


def test_a_choice_not_made_is_none_and_a_made_one_is_kept(send):
    assert send(unit="")[0] == 200
    status, page = send(unit="2", title="")
    assert status == 422
    assert '<option value="2" selected>Parks</option>' in page
    assert '<optgroup label="Place">' in page


@pytest.mark.parametrize("boxes", [{"outcome": "maybe"}, {"ways": ["chair", "me"]}])
def test_radios_and_checkboxes_take_only_their_own(send, boxes):
    assert send(**boxes)[0] == 422


@pytest.mark.parametrize(
    "parts",
    [
        {"day": "4"},
        {"month": "12"},
        {"year": "2026"},
        {"day": "4", "month": "12"},
        {"day": "31", "month": "2", "year": "2026"},
        {"day": "4", "month": "12", "year": "0"},
        {"day": "4", "month": "12", "year": "10000"},
        {"day": "٤", "month": "12", "year": "2026"},
        {"day": "9" * 5000, "month": "12", "year": "2026"},
        {"day": "-4", "month": "12", "year": "2026"},
        {"day": "4", "month": "de", "year": "2026"},
    ],
)
def test_part_of_a_date_or_no_real_date_is_refused_and_kept(send, parts):
    """SR-55, INV-34: the years 0 and 10000, other digits, days that are none."""
    status, page = send(**{f"due_on_{part}": value for part, value in parts.items()})
    assert status == 422
    for part, value in parts.items():
        assert re.search(rf'id="due_on-{part}"[^>]*value="{re.escape(value)}"', page)


def test_the_link_of_a_date_goes_to_the_first_box_that_is_wrong(send):
    assert 'href="#due_on-month"' in send(due_on_day="4", due_on_year="2026")[1]
    assert 'href="#due_on-day"' in send(due_on_day="31", due_on_month="2", due_on_year="2026")[1]


def test_text_at_the_limit_is_taken_and_one_more_is_refused_with_the_text_kept(send):
    assert send(title="x" * 40)[0] == 200
    status, page = send(title="x" * 41)
    assert status == 422
    assert "Title must be 40 characters or fewer. It is 1 too long." in page
    assert "x" * 41 in page


def test_line_breaks_count_once_as_the_browser_counts_them(send):
    assert send(body="x" * 49 + "\r\n" + "y" * 50)[0] == 200


def test_a_title_on_two_lines_is_refused(send):
    status, page = send(title="Plan\r\nBcc: everyone@example.org")
    assert status == 422
    assert "must be on one line" in page


@pytest.mark.parametrize("cost", ["-1", "NaN", "1,20", "1.234", "£", "1e9", "9" * 13, "١٢"])
def test_money_that_is_no_amount_is_refused(send, cost):
    assert send(cost=cost)[0] == 422


def test_a_blank_title_is_asked_for(send):
    status, page = send(title="   ")
    assert status == 422
    assert '<a href="#title">Enter the title.</a>' in page
    assert "<title>Problem: " in page


def test_a_file_in_the_place_of_text_is_refused(bare, send):
    """SR-55."""
    status, page = send(title=(io.BytesIO(b"text"), "title.txt"))
    assert status == 422
    assert "text, not files" in page


def test_the_same_box_sent_twice_is_refused(send):
    """SR-56."""
    status, page = send(title=["Housing", "Parks"])
    assert status == 422
    assert "sent twice" in page


def test_names_that_the_form_does_not_have_are_ignored(send):
    assert send(state="approved", author_id="7", version="99", id="1", is_admin="1")[0] == 200


def test_the_same_name_in_the_address_and_in_the_body_is_that_of_the_body(bare, send):
    """SR-56: one rule, so that nobody can say one thing to a check and another to an act."""
    assert send(title="")[0] == 422
    page = bare.get("/form").text
    names = ("csrf_token", "form_key")
    form = {name: re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)[1] for name in names}
    reply = bare.post("/form?title=Parks&days=999", data=form | {"title": "Housing"})
    assert reply.status_code == 200
    assert 'value="Housing"' in reply.text
    assert "Parks" not in re.sub(r"(?s)<select.*?</select>", "", reply.text)
    assert bare.post("/form?title=Parks", data=form).status_code == 422


@pytest.mark.parametrize("key", ["", "7", "not-a-uuid", "x" * 5000, "\0"])
def test_a_key_that_is_none_is_refused_and_replaced(send, key):
    status, page = send(form_key=key)
    assert status == 422
    assert re.search(r'name="form_key"[^>]* value="[0-9a-f-]{36}"', page)


def test_every_form_drawn_has_its_own_key_and_a_refused_one_keeps_it(bare, send):
    found = {re.search(r'name="form_key"[^>]* value="([^"]+)"', bare.get("/form").text)[1]
             for _ in range(3)}  # fmt: skip
    assert len(found) == 3
    key = str(uuid4())
    assert f'value="{key}"' in send(form_key=key, title="")[1]


def test_what_is_typed_is_escaped_when_shown_again(send):
    nasty = '"><script>alert(1)</script>{{7*7}}'
    page = send(title=nasty, days="x")[1]
    assert "<script>alert" not in page
    assert "{{7*7}}" in page


def test_an_empty_hint_is_not_drawn(bare):
    assert "govuk-hint" not in re.sub(r"(?s)<textarea.*?</div>", "", bare.get("/form").text)
