"""Dates, days, money and links as people read them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask

from cycle.errors import BadInput
from webui.page.formats import (
    Keyset,
    count_text,
    date_text,
    days_in_hand,
    moment_text,
    money,
    pack_key,
    query_link,
    unpack_key,
    without_value,
    working_days,
)


def test_dates_are_written_out():
    assert date_text(date(2026, 12, 4)) == "4 December 2026"
    assert date_text(None) == ""


def test_a_moment_is_shown_in_london_time():
    assert moment_text(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2026 at 12:30am"
    assert date_text(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2026"
    assert moment_text(datetime(2026, 11, 16, 14, 5, tzinfo=UTC)) == "16 November 2026 at 2:05pm"


def test_days_and_counts_agree_with_their_number():
    assert [working_days(1), working_days(12)] == ["1 working day", "12 working days"]
    assert [days_in_hand(n) for n in (3, 1, 0, -1, -2, None)] == [
        "3 days in hand", "1 day in hand", "None in hand",
        "1 working day late", "2 working days late", "",
    ]  # fmt: skip
    assert count_text(1200, "body", "bodies") == "1,200 bodies"


def test_money_has_pence_only_where_there_are_some():
    amounts = (1200, Decimal("1200.00"), Decimal("1200.5"), -3, None)
    assert [money(amount) for amount in amounts] == ["£1,200", "£1,200", "£1,200.50", "-£3", ""]


def test_links_keep_the_filters():
    with Flask("x").test_request_context("/plans?stage=Review&stage=Checks&after=x&q=a%26b"):
        assert query_link(after=None) == "/plans?stage=Review&stage=Checks&q=a%26b"
        assert without_value("stage", "Review") == "/plans?q=a%26b&stage=Checks"
        assert query_link(stage=None, after=None, q=None) == "/plans"


def test_a_page_knows_whether_there_is_more_and_where_it_begins():
    with Flask("x").test_request_context("/tasks?mine=1"):
        first = Keyset.from_request(rows=2).page([1, 2, 3], lambda row: (row, "x"))
        assert first.rows == [1, 2]
        assert first.first_link() is None
        link = first.next_link()
    with Flask("x").test_request_context(link):
        place = Keyset.from_request(rows=2)
        assert place.after == (2, "x")
        last = place.page([3], lambda row: (row, "x"))
        assert last.next_link() is None
        assert last.first_link() == "/tasks?mine=1"


@pytest.mark.parametrize(
    "word",
    ["x", "é", "!!", "W10x", pack_key((2**63,)), pack_key(("\0",)), pack_key(("\ud800",)),
     "eyJhIjoxfQ", "WzEuNV0", "W3RydWVd", "WyBbXV0", "x" * 700, "W" * 300],
)  # fmt: skip
def test_a_tampered_link_is_refused_plainly(word):
    with pytest.raises(BadInput, match="first page"):
        unpack_key(word)


def test_a_key_comes_back_as_it_went():
    assert unpack_key(pack_key(("2026-12-04", 7, None, "Café"))) == ("2026-12-04", 7, None, "Café")
