"""Fault X7: only who was on no page, and says so, passes without a version."""

import pytest

from cycle.seen import NO_PAGE, current


def test_the_version_that_stands_is_current_and_no_other() -> None:
    """INV-31: the page of before and the page of after are both refused."""
    assert current(3, 3)
    assert not current(3, 2)
    assert not current(3, 4)


@pytest.mark.parametrize("nothing", [None, "", "3", NO_PAGE.value])
def test_nothing_is_never_taken_for_the_version_that_stands(nothing: object) -> None:
    """Fault X7: left out is not seen."""
    assert not current(3, nothing)  # type: ignore[arg-type]


def test_an_act_on_no_page_says_so() -> None:
    """A command locks the row and reads it at once: nothing older can have been seen."""
    assert current(3, NO_PAGE)
