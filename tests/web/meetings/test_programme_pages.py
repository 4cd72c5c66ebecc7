"""The work programme in the browser: what comes to each body, for what, and from whom."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text

from config.council_loading import load_council
from cycle.db import Database
from cycle.models import Body
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from tests.flows.plans.test_reading import add_services, statements
from tests.web.browsing import Browser
from workflows.council import loading
from workflows.meetings.reading_programme import COLUMNS, NOT_ASKED

Signed = Callable[[str], Browser]
PAGE = "/work-programme"


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Iterator[Cast]:
    """Smallshire in September 2027: the Strategic Plan is on its way to two committees."""
    with on(AUTUMN):
        who = co.council(db, tmp_path, services_to_members=True)
        co.to_committees(db, who, STP)
        yield who


def table(browser: Browser, query: str = "") -> list[dict[str, str]]:
    """The programme as its CSV says it."""
    rows = browser.get(f"{PAGE}.csv{query}").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(rows, newline="")))


def body(db: Database, key: str) -> int:
    """A body by its key."""
    return db.read(lambda s: s.scalars(select(Body.id).where(Body.key == key)).one())


def test_a_body_sees_what_comes_for_what_and_from_whom(
    signed: Signed, db: Database, who: Cast
) -> None:
    mo = signed("mo")
    policy = table(mo, f"?body={body(db, 'policy_committee')}")
    assert {row["Body"] for row in policy} == {"Policy Committee"}
    stp = next(row for row in policy if row["Plans"] == STP)
    assert stp["For"] == "To recommend to the next body"
    assert (stp["From"], stp["Where the report is"]) == ("Sue Support", NOT_ASKED)
    assert "2027-09-01" < stp["Report due"] < stp["Meeting"]
    council = next(row for row in table(mo) if row["Body"] == "Council" and row["Plans"] == STP)
    assert (council["For"], council["Meeting"] > stp["Meeting"]) == ("To adopt", True)
    page = mo.get(PAGE).text
    for words in ("Strategic Plan 2028 to 2032", "To adopt", "Sue Support", "its deadlines"):
        assert words in page


def test_a_report_that_was_asked_for_stands_once_and_says_where_it_is(
    signed: Signed, db: Database, who: Cast
) -> None:
    before = [row for row in table(signed("cy")) if row["Plans"] == STP]
    asked = [row for row in before if row["Where the report is"] != NOT_ASKED]
    assert {row["Body"] for row in asked} == {"Place Committee", "People Committee"}
    assert all(row["Meeting"] == "" for row in asked)
    co.ready(db, who, f"{STP}-PLACE")
    co.listed_now(db, who, f"{STP}-PLACE")
    cy = signed("cy")
    place = [row for row in table(cy) if row["Body"] == "Place Committee" and row["Plans"] == STP]
    assert len(place) == 1
    assert place[0]["Meeting"] > place[0]["Report due"] > "2027-09-01"
    assert "not yet on an agenda" in cy.get(PAGE).text
    # What is decided does not come any more.
    co.through(db, who, f"{STP}-PEOPLE", AUTUMN)
    assert not [
        row for row in table(cy) if row["Body"] == "People Committee" and STP in row["Plans"]
    ]


def test_many_plans_that_go_in_one_report_are_one_line(
    signed: Signed, db: Database, who: Cast
) -> None:
    lines = [row for row in table(signed("mo")) if "SVP-2028-HOUSING" in row["Plans"]]
    assert [row["What"] for row in lines] == ["Service Plans (2)"]
    assert lines[0]["Plans"] == "SVP-2028-HOUSING, SVP-2028-PARKS"


def test_who_may_not_know_of_a_plan_is_not_told_that_it_comes(
    signed: Signed, db: Database, who: Cast
) -> None:
    """SR-30: an exempt plan is in no programme of others. Members read what comes, when and from
    whom, before it is published; no link, and nothing of how it stands (faults S2, S9)."""
    db.run(lambda s: s.execute(_EXEMPT, {"ref": "SVP-2028-PARKS"}))
    for name, sees in (("mo", False), ("cy", False), ("pat", True), ("sue", True)):
        assert ("PARKS" in repr(table(signed(name)))) == sees, name
    mem = signed("mem")
    rows = [row for row in table(mem) if row["What"].startswith("Strategic Plan 2028")]
    assert {row["Body"] for row in rows} >= {"Policy Committee", "Council"}
    assert {(row["From"], row["Plans"]) for row in rows} == {("Sue Support", "")}
    page = mem.get(PAGE).text
    assert "Not published yet" in page
    assert "Parks" not in page
    assert "/plans/" not in page
    assert "/items/" not in page


def test_titles_of_people_stay_text_in_the_files(signed: Signed, db: Database, who: Cast) -> None:
    """SR-53: in CSV with a mark before it, in XLSX as a text."""
    db.run(lambda s: s.execute(_TITLE, {"title": "=1+1", "ref": "BUD-2028"}))
    mo = signed("mo")
    assert "'=1+1" in {row["What"] for row in table(mo)}
    book = CalamineWorkbook.from_filelike(io.BytesIO(mo.get(f"{PAGE}.xlsx").data))
    cells = book.get_sheet_by_index(0).to_python()
    assert cells[0] == [title for title, _width in COLUMNS]
    assert "=1+1" in {row[2] for row in cells}
    assert len(cells) == len(table(mo)) + 1


def test_a_programme_of_more_plans_takes_no_more_statements(
    app: Flask, signed: Signed, db: Database, who: Cast
) -> None:
    sue = signed("sue")
    sue.get(PAGE)
    with statements(app.extensions["db"]) as sent:
        before = len(table(sue))
    few = len(sent)
    add_services(db, who, 6)
    with statements(app.extensions["db"]) as sent:
        assert len(table(sue)) == before
    assert len(sent) == few


def test_with_an_executive_it_is_called_the_forward_plan(
    signed: Signed, db: Database, tmp_path: Path
) -> None:
    loaded = load_council(build.HERE / "data" / "smallshire.toml")
    db.run(loading.load, None, loaded, build.framework_data() | {"governance": "executive"})
    adam = signed("adam")
    assert "Forward plan</h1>" in adam.get(PAGE).text
    committee = body(db, "policy_committee")
    assert "Work programme</h1>" in adam.get(f"{PAGE}?body={committee}").text


_EXEMPT = text("UPDATE subject SET exempt = true WHERE ref = :ref")
_TITLE = text("UPDATE subject SET title = :title WHERE ref = :ref")


def test_a_report_that_is_not_open_is_named_and_leads_nowhere(
    signed: Signed, db: Database, who: Cast
) -> None:
    """Its plan is open to Mem by another report; the title of this one is no link to the plan."""
    meeting = co.published(db, who, f"{STP}-PEOPLE", AUTUMN)
    with co.on(meeting.on_date - timedelta(days=11)):
        page = signed("mem").get(PAGE).text
    assert "The Strategic Plan 2028 to 2032: People Committee</a>" in page
    assert "The Strategic Plan 2028 to 2032: Place Committee" in page
    assert "The Strategic Plan 2028 to 2032: Place Committee</a>" not in page
