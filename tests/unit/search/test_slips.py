"""How many slips of the keyboard lie between two words."""

import pytest

from workflows.search import near_words


@pytest.mark.parametrize(
    ("typed", "meant", "count"),
    [
        ("housing", "housing", 0),
        ("huosing", "housing", 1),
        ("straegic", "strategic", 1),
        ("strattegic", "strategic", 1),
        ("budgat", "budget", 1),
        ("bugdat", "budget", 2),
        ("", "plan", 4),
        ("plan", "", 4),
        ("jactitation", "action", 5),
    ],
)
def test_slips_are_counted(typed: str, meant: str, count: int) -> None:
    assert near_words.slips(typed, meant) == count
    assert near_words.slips(meant, typed) == count


def test_words_are_put_right_where_they_stand() -> None:
    assert near_words.corrected("Huosing, “damp” huosing", {"huosing": "housing"}) == (
        "housing, “damp” housing"
    )


def test_short_words_and_signs_are_not_put_right() -> None:
    assert near_words.words_of("the 2028/29 Plan's plan don't a-b Überblick plan") == [
        "plan's", "plan", "don't", "überblick",
    ]  # fmt: skip
