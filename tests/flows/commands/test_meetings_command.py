"""Cy's colleague types ``plancycle meetings check``: what a file would do, without any database."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.terminal import Output, Terminal
from tests.unit.calendar_files.made import calendar, event

HEAD = "body,date,time,status\n"
KEYS = ["at", "given", "body", "on", "time", "kind", "status", "verdict", "sentence"]
SPECIMENS: dict[str, tuple[bytes | str, list[tuple[object, ...]]]] = {
    "cancelled in a status column": (
        HEAD + "Place,2099-09-08,10:30,Cancelled\nPlace,2027-10-05,10:30,Confirmed\n",
        [
            ("place", "2099-09-08", "10:30", "cancelled", "cancelled"),
            ("place", "2027-10-05", "10:30", "planned", "new"),
        ],
    ),
    "a known meeting is cancelled": (
        HEAD + "Place Committee,16/11/2027,10.30,cancelled\nPlace,2028-01-18,10:30,\n",
        [
            ("place", "2027-11-16", "10:30", "cancelled", "cancelled"),
            ("place", "2028-01-18", "10:30", "planned", "known"),
        ],
    ),
    "day and time move": (
        HEAD + "Place,2028-02-22,18:30,\n",
        [("place", "2028-02-22", "18:30", "planned", "moved")],
    ),
    "free text": (
        calendar(event("Council offices closed", "DTSTART;VALUE=DATE:20270811")),
        [(None, "2027-08-11", None, "planned", "not understood")],
    ),
    "a whole day": (
        calendar(event("Place Committee", "DTSTART:20270907T000000Z", "DTEND:20270908T000000Z")),
        [("place", "2027-09-07", None, "planned", "new")],
    ),
    "a reserve date": (
        calendar(event("Place Committee (reserve)", "DTSTART:20270907T093000Z")),
        [("place", "2027-09-07", "10:30", "tentative", "refused")],
    ),
}


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Output]]:
    opened = Terminal(tmp_path_factory.mktemp("terminal"))
    path = {"PATH": os.environ["PATH"]}
    yield lambda *words: opened("meetings", "check", *words, environ=path)
    opened.close()


@pytest.mark.parametrize("name", SPECIMENS)
def test_each_line_says_what_was_understood_and_what_would_happen(
    check: Callable[..., Output], tmp_path: Path, name: str
) -> None:
    contents, expected = SPECIMENS[name]
    file = tmp_path / "calendar"
    file.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    output = check(str(file), "--council", "borsetshire", "--json")
    assert (output.code, output.err) == (0, "")
    rows = json.loads(output.out)["rows"]
    assert [list(row) for row in rows] == [KEYS] * len(expected)
    assert [
        tuple(row[key] for key in ("body", "on", "time", "status", "verdict")) for row in rows
    ] == expected
    for row in rows:
        assert row["sentence"]
        assert row["given"]
        assert row["at"].startswith(("row ", "event "))
    plain = check(str(file))
    assert all(f"{row['at']}: {row['given']}" in plain.out for row in rows)


def test_every_meeting_of_the_councils_files_is_known(
    check: Callable[..., Output], tmp_path: Path
) -> None:
    """Fault C11."""
    file = Path("config/councils/borsetshire/meetings.csv").resolve()
    rows = json.loads(check(str(file), "--json").out)["rows"]
    assert {row["verdict"] for row in rows} == {"known"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.csv", "missing.csv cannot be read. Name a file that exists."),
        ("page.html", "This one is something else."),
        ("locked.xlsx", "Take the password off"),
        ("large.csv", "This file is larger than 2 MB."),
    ],
)
def test_a_file_that_is_none_is_one_sentence(
    check: Callable[..., Output], tmp_path: Path, name: str, words: str
) -> None:
    files = {
        "page.html": b"<html></html>",
        "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "large.csv": b"x" * 2_000_001,
    }
    for each, contents in files.items():
        (tmp_path / each).write_bytes(contents)
    output = check(str(tmp_path / name))
    assert (output.code, output.out) == (2, "")
    assert words in output.err
    assert len(output.err.splitlines()) == 1


def test_a_council_that_there_is_not_is_one_sentence(
    check: Callable[..., Output], tmp_path: Path
) -> None:
    (tmp_path / "m.csv").write_text("body,date,time\n", encoding="utf-8")
    output = check(str(tmp_path / "m.csv"), "--council", "atlantis")
    assert (output.code, output.out) == (2, "")
    assert "There is no council “atlantis”." in output.err
