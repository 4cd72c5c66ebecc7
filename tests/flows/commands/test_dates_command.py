"""Joyce types ``plancycle dates``: the days of a meeting, without any database."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.flows.terminal import Output, Terminal


@pytest.fixture(scope="module")
def dates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Output]]:
    opened = Terminal(tmp_path_factory.mktemp("terminal"))
    path = {"PATH": os.environ["PATH"]}
    yield lambda *words: opened("dates", *words, environ=path)
    opened.close()


@pytest.mark.parametrize(
    ("body", "meeting", "key", "on"),
    [
        ("Lambeth Council", "2020-04-22", "agenda_published", "2020-04-14"),
        ("Durham Cabinet", "2017-01-18", "agenda_published", "2017-01-10"),
        ("Nottinghamshire Policy Committee", "2014-12-10", "agenda_published", "2014-12-02"),
        ("policy_committee", "2014-12-10", "agenda_published", "2014-12-02"),
        ("Maidstone Cabinet", "2025-02-05", "agenda_published", "2025-01-28"),
        ("Maidstone Cabinet", "2025-02-05", "key_decision_notice", "2025-01-07"),
        ("cabinet", "2025-11-13", "effective", "2025-11-22"),
    ],
)
def test_the_days_that_councils_published(dates, body, meeting, key, on) -> None:
    output = dates("--body", body, "--meeting", meeting, "--json")
    assert (output.code, output.err) == (0, "")
    found = {each["key"]: each for each in output.json()["deadlines"]}
    assert found[key]["on"] == on
    assert set(found[key]) == {"key", "title", "on", "at", "rule", "counted", "skipped", "source"}


def test_people_read_what_was_counted_and_what_was_not(dates) -> None:
    output = dates("--body", "Council", "--meeting", "2020-04-22")
    assert "Tuesday 14 April 2020: Agenda and reports published" in output.out
    assert "Five clear days before the meeting." in output.out
    assert "Fri 10 Apr (Good Friday)" in output.out
    assert "not announced yet" not in output.out
    later = dates("--body", "Council", "--meeting", "2031-04-23")
    assert "The bank holidays of 2031 are not announced yet" in later.out


@pytest.mark.parametrize(
    ("body", "meeting", "more", "words"),
    [
        ("Parish Meeting", "2027-01-13", (), "There is no body “Parish Meeting”"),
        ("Cabinet", "2027-01-13", ("--framework", "nottinghamshire-smf"), "There is no body"),
        ("Council", "0000-01-13", (), "outside the years 1900 to 2200"),
        ("Council", "10000-01-13", (), "outside the years 1900 to 2200"),
        ("Council", "1900-01-03", (), "1900 to 2200 only"),
        ("Council", "2027-02-30", (), "not a day in the calendar"),
        ("Council", "2027-01-13", ("--nation", "mars"), "mars"),
        ("Council", "2027-01-13", ("--framework", "mine"), "no such framework"),
    ],
)
def test_what_cannot_be_counted_is_one_sentence(dates, body, meeting, more, words) -> None:
    output = dates("--body", body, "--meeting", meeting, *more)
    assert (output.code, output.out) == (2, "")
    assert words in output.err
    assert len(output.err.splitlines()) == 1
