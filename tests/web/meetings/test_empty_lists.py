"""An empty list says what is so for its reader: a report that is listed but not yet published is
withheld from a member, and so nothing may say that it is not there. Mem sits on Place Committee."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from cycle.db import Database
from tests import build
from tests.flows import committees
from tests.flows.committees import AUTUMN, STP, on
from tests.web.browsing import Browser

Signed = Callable[[str], Browser]
PROGRAMME = "/work-programme"
REPORT = f"{STP}-PLACE"
WHEN = "not published yet is open only to those who work on it or are briefed"
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


def test_a_member_reads_what_comes_before_it_is_published(signed: Signed, meeting: int) -> None:
    """Fault S2: she read “Nothing is coming” and “Nothing is on the agenda yet”."""
    with on(AUTUMN):
        mem = signed("mem")
        for path in (f"/meetings/{meeting}", f"/meetings/{meeting}/deadlines", PROGRAMME):
            page = mem.get(path).text
            assert "Strategic Plan 2028 to 2032" in page, path
            assert "Not published yet" in page
            assert "/items/" not in page
            assert WHEN in page
        for path in (PROGRAMME, "/decisions", "/cycles/C-2027/years/1",
                     f"/meetings/{meeting}"):  # fmt: skip
            page = mem.get(path).text
            assert not [words for words in FALSE if words in page], path
        assert "Reports open to you" in mem.get("/meetings").text
        assert "No plan of this year is open to you." in mem.get("/cycles/C-2027/years/1").text


def test_what_is_exempt_is_not_said_to_be_nothing(
    signed: Signed, db: Database, meeting: int
) -> None:
    """An empty list says what it leaves out."""
    db.run(lambda s: s.execute(text("UPDATE subject SET exempt = true WHERE kind = 'plan'")))
    with on(AUTUMN):
        for path in (f"/meetings/{meeting}", f"/meetings/{meeting}/deadlines"):
            page = signed("mem").get(path).text
            assert "Strategic Plan" not in page
            assert "Nothing is on the agenda, exempt reports aside." in page
        page = signed("mem").get(PROGRAMME).text
        assert "Strategic Plan" not in page
        assert "in the next year, exempt reports aside." in page


def test_a_withdrawn_report_is_not_told_as_one_to_come(
    signed: Signed, db: Database, meeting: int
) -> None:
    """It stays on the meeting for those who may open it, and for nobody else."""
    withdrawn = "UPDATE subject SET phase = 'withdrawn', state = 'withdrawn' WHERE kind = 'item'"
    db.run(lambda s: s.execute(text(withdrawn)))
    with on(AUTUMN):
        for path in (f"/meetings/{meeting}", f"/meetings/{meeting}/deadlines", PROGRAMME):
            page = signed("mem").get(path).text
            assert "Not published yet" not in page.split("<h2", 1)[-1] or path == PROGRAMME
            assert "Strategic Plan 2028 to 2032: Place" not in page
