"""What an entry's fields may hold, and how they are kept."""

import pytest

from config.framework import Field, ItemType
from cycle.errors import Blocked
from workflows.plans import entries

BID = ItemType(
    "bid",
    "Bid",
    "Bids",
    (
        Field("what", "What it is", "text", required=True),
        Field("amount", "Amount", "money"),
        Field("due", "Done by", "date"),
        Field("choice", "Choice", "choice", choices=("Provide", "Stop")),
    ),
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("£1,200", "1200"), ("1200.50", "1200.50"), ("-3", "-3"), (" 12 ", "12")],
)
def test_money_is_kept_as_a_plain_figure(typed: str, kept: str) -> None:
    """Pounds signs and commas are how people write."""
    assert entries.fields(BID, {"what": "Vans", "amount": typed})["amount"] == kept


@pytest.mark.parametrize("typed", ["1_000", "NaN", "1e5", "inf", "٣", "twelve", "9" * 5000])
def test_what_is_no_figure_is_refused_in_one_sentence(typed: str) -> None:
    """SR-55: other scripts, underscores and endless digits are no money."""
    with pytest.raises(Blocked, match="must be a number"):
        entries.fields(BID, {"what": "Vans", "amount": typed})


@pytest.mark.parametrize("typed", ["31 March 2028", "31 Mar 2028", "31/03/2028", "2028-03-31"])
def test_a_day_is_kept_as_iso_however_it_is_written(typed: str) -> None:
    """A manager writes it as he would on paper."""
    assert entries.fields(BID, {"what": "Vans", "due": typed})["due"] == "2028-03-31"


@pytest.mark.parametrize("typed", ["31 June 2028", "soon", "01/01/0000", "1 January 10000"])
def test_a_day_that_is_none_is_refused(typed: str) -> None:
    """SR-55: year 0, year 10000 and 31 June."""
    with pytest.raises(Blocked, match="must be a day, such as 31 March 2028"):
        entries.fields(BID, {"what": "Vans", "due": typed})


def test_every_field_that_cannot_be_is_named_at_once() -> None:
    """One sentence each, all of them together."""
    with pytest.raises(Blocked) as refused:
        entries.fields(BID, {"amount": "x", "choice": "Sell"})
    assert len(refused.value.reasons) == 3
