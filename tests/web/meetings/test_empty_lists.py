"""An empty list says what is so for its reader: a report that is listed but not yet published is
withheld from a member, and so nothing may say that it is not there. Mem sits on Place Committee."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cycle.db import Database
from tests import build
from tests.flows import committees
from tests.flows.committees import AUTUMN, STP, on
from tests.web.browsing import Browser

Signed = Callable[[str], Browser]
PROGRAMME = "/work-programme"
REPORT = f"{STP}-PLACE"
WHEN = "A report that is not published yet is shown only to those who work on it or are briefed"
FALSE = (
    "Nothing is coming", "Nothing is on the agenda yet", "No decisions are recorded",
    "No plan is made yet", "shown here once they are published",
)  # fmt: skip


@pytest.fixture
def meeting(db: Database, tmp_path: Path) -> int:
    """The meeting on whose agenda the report is."""
    who = committees.council(db, tmp_path)
    with on(AUTUMN):
        build.act(db, STP, "start", None)
        build.fill(db, STP, who.hana)
        build.act(db, STP, "issue_outcomes", who.hana)
        committees.again(db, who, STP)
    return int(committees.listed(db, who, REPORT, AUTUMN).id)


def test_what_is_withheld_is_not_said_to_be_nothing(signed: Signed, meeting: int) -> None:
    """An empty list is told as one of what is open to the reader."""
    with on(AUTUMN):
        mem, cy = signed("mem"), signed("cy")
        for path in (f"/meetings/{meeting}", f"/meetings/{meeting}/deadlines"):
            assert "Place Committee" in cy.get(path).text
            assert "Nothing that is open to you" not in cy.page
            page = mem.get(path).text
            assert "Nothing that is open to you is on the agenda." in page
            assert WHEN in page
        page = mem.get(PROGRAMME).text
        assert "Nothing that is open to you is coming to any body" in page
        assert "What is not published yet is shown only to those who work on it or are" in page
        assert "Reports open to you" in mem.get("/meetings").text
        for path in (PROGRAMME, "/decisions", "/cycles/C-2027/years/1",
                     f"/meetings/{meeting}"):  # fmt: skip
            page = mem.get(path).text
            assert not [words for words in FALSE if words in page], path
        assert "No plan of this year is open to you." in mem.get("/cycles/C-2027/years/1").text
