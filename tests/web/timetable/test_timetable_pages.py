"""The timetable in the browser: who does what by when and why; dates that a moved meeting moves."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import icalendar
import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import Body, Meeting, PlanningYear, Step
from tests import build
from tests.build import Cast
from tests.flows import committees
from tests.flows.plans.test_reading import add_services, statements
from tests.flows.timetable.test_date_changes import issue
from tests.web.browsing import Browser
from workflows.timetable import rescheduling

Signed = Callable[[str], Browser]
PAGE = "/timetable/Y-2027-1"


@pytest.fixture
def full(db: Database, who: Cast) -> Cast:
    """Year 1 is open."""
    build.cycle(db, who)
    return who


def rows(page: str) -> int:
    return page.rpartition("</figure>")[2].count('scope="row"')


def test_before_there_is_a_year_the_page_says_so(signed: Signed) -> None:
    assert "There is no planning year yet." in signed("mo").get("/timetable").text


@pytest.mark.usefixtures("full")
def test_the_timetable_opens_with_the_year_that_is_open(signed: Signed) -> None:
    mo = signed("mo")
    assert mo.get("/timetable").headers["Location"] == PAGE
    page = mo.get(PAGE).text
    assert "Timetable: plans for 2028/29 (written in 2027/28)" in page
    assert "Why " in page
    assert "Strategic Plan" in page


@pytest.mark.usefixtures("full")
def test_steps_stand_in_date_order_each_with_its_reason(signed: Signed, db: Database) -> None:
    page = signed("mo").get(PAGE).text
    dates = db.read(lambda s: list(s.scalars(select(Step.due_on).distinct().order_by(Step.due_on))))
    shown = re.findall(r'role="rowheader"[^>]*>([^<]+)<', page.partition("</figure>")[2])
    order = list(dict.fromkeys(shown))
    assert [each.strip() for each in order] == [
        f"{day.day} {day:%B %Y}" for day in dates if f"{day.day} {day:%B %Y}" in page
    ]
    assert page.count("<details") >= rows(page)


@pytest.mark.usefixtures("full")
def test_the_people_are_named_and_not_only_their_role(signed: Signed) -> None:
    page = signed("mo").get(f"{PAGE}?plan_type=service_plan").text
    assert "Mo Manager" in page
    assert "Pat Parks" in page


@pytest.mark.usefixtures("full")
def test_filters_narrow_the_steps(signed: Signed) -> None:
    mo = signed("mo")
    every, plans = mo.get(PAGE).text, mo.get(f"{PAGE}?plan_type=service_plan").text
    assert 0 < rows(plans) < rows(every)
    assert f'href="{PAGE}/print?plan_type=service_plan"' in plans
    assert rows(mo.get(f"{PAGE}/print?plan_type=service_plan").text) == rows(plans)
    with clock.set_to(build.SPRING.replace(year=2029)):
        assert rows(signed("mo").get(f"{PAGE}?left=y").text) < rows(every)


@pytest.mark.usefixtures("full")
def test_a_person_and_a_body_can_be_filtered_for_and_the_links_keep_it(
    signed: Signed, full: Cast
) -> None:
    mo = signed("mo")
    mine = mo.get(f"{PAGE}?person={full.mo}").text
    assert "Mo Manager (me)" in mine
    assert "Pat Parks" not in mine.partition("</figure>")[2]
    assert 0 < rows(mine) < rows(mo.get(PAGE).text)
    body = re.findall(r'<option value="(\d+)"[^>]*>Policy Committee<', mine)[0]
    for path in (f"{PAGE}?body={body}", f"{PAGE}?plan_type=budget&body={body}"):
        page = mo.get(path).text
        kept = path.partition("?")[2].replace("&", "&amp;")
        for way in ("/print", "/steps.csv", "/steps.xlsx", "/steps.ics"):
            assert f'href="{PAGE}{way}?{kept}"' in page


def test_a_date_at_the_service_committees_is_one_of_each_of_them(
    signed: Signed, db: Database, tmp_path: Path
) -> None:
    committees.council(db, tmp_path)
    with committees.on(committees.AUTUMN):
        mo = signed("mo")
        page = mo.get(PAGE).text
        names = ("Place Committee", "People Committee")
        ids = [re.findall(rf'<option value="(\d+)"[^>]*>{name}<', page)[0] for name in names]
        shown = [rows(mo.get(f"{PAGE}?body={each}").text) for each in ids]
    assert shown[0] == shown[1] > 0


@pytest.mark.usefixtures("full")
def test_the_picture_says_in_words_what_it_shows_and_the_tables_say_the_same(
    signed: Signed,
) -> None:
    page = signed("mo").get(f"{PAGE}?plan_type=budget").text
    picture = page.partition("<figure")[2]
    svg = picture.partition("</svg>")[0]
    assert "Timetable, Plans for 2028/29 (written in 2027/28)</title>" in svg
    assert "with no day to spare" in svg
    assert "style=" not in svg
    for title in set(re.findall(r"<g><title>(.*?), \d", svg)):
        assert title in picture.partition("</svg>")[2]
    assert "No day to spare" in page.partition("</figure>")[2]
    assert 'tabindex="0" role="region"' in page


@pytest.mark.usefixtures("full")
def test_each_step_has_a_page_with_what_comes_before_and_after(signed: Signed) -> None:
    mo = signed("mo")
    page = mo.get(f"{PAGE}?plan_type=service_plan").text
    way = re.findall(rf'href="({PAGE}/steps/service_plan_record_group)[^"]*#(d-[^"]+)"', page)[0]
    step = mo.get(way[0]).text
    assert f'id="{way[1]}"' in step
    for words in ("Why this date", "Last day that harms nothing", "Performance and Strategy Group"):
        assert words in step
    before = step.partition("What comes first")[2].partition("What waits for it")
    assert "proposals passed on by the director" in before[0]
    assert "at the Corporate Leadership Team" in before[2]
    assert "proposals submitted" not in before[2]
    assert mo.get(f"{PAGE}/steps/no_such_step").status_code == 404


def test_the_whole_cycle_shows_years_that_are_not_open_yet(signed: Signed, full: Cast) -> None:
    sue = signed("sue")
    assert 'href="/timetable/cycles/C-2027"' in sue.get(PAGE).text
    page = sue.get("/timetable/cycles/C-2027").text
    for words in ("2027", "Q1", "Not open yet", "2028/29", "Strategic Plans"):
        assert words in page
    for title in (
        "Plans for 2028/29 (written in 2027/28)",
        "Plans for 2029/30 (written in 2028/29)",
    ):
        assert page.count(f">{title}<") >= 1
    printed = sue.get("/timetable/cycles/C-2027/print?left=y")
    assert (printed.status_code, "Only: Still to do." in printed.text) == (200, True)
    narrow = sue.get("/timetable/cycles/C-2027?plan_type=budget").text
    assert "Strategic Plans" not in narrow.partition("</form>")[2]
    assert sue.get("/timetable/cycles/C-1900").status_code == 404
    assert sue.get("/timetable/cycles/C-2027?person=x").status_code == 422


def test_files_have_what_the_page_has(signed: Signed, db: Database, full: Cast) -> None:
    """SR-33, SR-53, SR-54: for this person, with these filters, in all three formats."""
    evil = '=HYPERLINK("x")\r\nBEGIN:VALARM; a, b'
    db.run(lambda s: s.execute(_TITLE, {"title": evil, "ref": "SVP-2028-HOUSING"}))
    mo, query = signed("mo"), "?plan_type=service_plan"
    page = mo.get(f"{PAGE}{query}").text
    table = list(
        csv.reader(io.StringIO(mo.get(f"{PAGE}/steps.csv{query}").data.decode("utf-8-sig")))
    )
    assert table[0][:3] == ["By", "What", "Plan"]
    steps = db.read(lambda s: s.execute(_SERVICE_STEPS).all())
    assert len(table) - 1 == len(steps) > rows(page)
    assert {row[0] for row in table[1:]} == {each.due_on.isoformat() for each in steps}
    assert {row[2] for row in table[1:]} == {f"'{evil}", "Service Plan 2028/29: Parks"}
    book = CalamineWorkbook.from_filelike(io.BytesIO(mo.get(f"{PAGE}/steps.xlsx{query}").data))
    cells = book.get_sheet_by_index(0).to_python()
    assert (len(cells), cells[1][0]) == (len(table), steps[0].due_on)
    with ZipFile(io.BytesIO(mo.get(f"{PAGE}/steps.xlsx{query}").data)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
    file = mo.get(f"{PAGE}/steps.ics{query}").data
    events = icalendar.Calendar.from_ical(file).walk("VEVENT")
    uids = {str(each["uid"]).partition("@")[0] for each in events}
    assert uids == {f"step-{each.id}" for each in steps}
    assert {each.decoded("dtstart") for each in events} == {each.due_on for each in steps}
    assert b"\r\nBEGIN:VALARM" not in file
    whole = mo.get("/timetable/cycles/C-2027/steps.ics")
    assert len(icalendar.Calendar.from_ical(whole.data).walk("VEVENT")) > len(events)


def test_an_exempt_plan_is_in_no_file_of_others_and_has_no_name_in_a_calendar(
    signed: Signed, db: Database, full: Cast
) -> None:
    """SR-30, SR-33: who may not know of it does not; who may, shares no name by a calendar."""
    db.run(lambda s: s.execute(_EXEMPT, {"ref": "SVP-2028-PARKS"}))
    query = "?plan_type=service_plan"
    for ending in ("csv", "ics"):
        table = signed("mo").get(f"{PAGE}/steps.{ending}{query}").text
        assert "Parks" not in table
        assert "Housing" in table
    pat = signed("pat")
    assert "Parks" in pat.get(f"{PAGE}/steps.csv{query}").text
    calendar = pat.get(f"{PAGE}/steps.ics{query}").text.replace("\r\n ", "")
    assert "Parks" not in calendar
    assert "Exempt plan" in calendar


def test_a_date_that_moves_keeps_its_entry_in_a_calendar(
    signed: Signed, db: Database, full: Cast
) -> None:
    sue = signed("sue")

    def entries() -> dict[str, icalendar.Event]:
        file = sue.get(f"{PAGE}/steps.ics").data
        return {str(e["uid"]): e for e in icalendar.Calendar.from_ical(file).walk("VEVENT")}

    before = entries()
    db.run(_move_meetings)
    build.new_dates(db, full, "The Policy Committee meets later.")
    after = entries()
    assert before.keys() == after.keys()
    moved = [k for k in before if before[k].decoded("dtstart") != after[k].decoded("dtstart")]
    assert moved
    assert all(after[key]["sequence"] > before[key]["sequence"] for key in moved)


def test_what_was_issued_lies_behind_what_is_now(signed: Signed, db: Database, who: Cast) -> None:
    with clock.set_to(build.SPRING):
        build.cycle(db, who)
        issue(db, who)
        mo = signed("mo")
        page = mo.get(PAGE).text
        assert "app-time__was" not in page.partition("<figcaption")[0]
        assert "issued:" not in page
        before = dict(db.read(lambda s: s.execute(_DATES).all()))
        db.run(_move_meetings)
        build.new_dates(db, who, "The Policy Committee meets later.")
        after = dict(db.read(lambda s: s.execute(_DATES).all()))
        page = mo.get(PAGE).text
        table = csv.DictReader(
            io.StringIO(mo.get(f"{PAGE}/steps.csv").data.decode("utf-8-sig"), newline="")
        )
        moved = {(row["By"], row["Issued date, where it moved"]) for row in table}
        key = next(key for key, on in before.items() if after[key] != on)
        step = mo.get(f"{PAGE}/steps/{key.partition(':')[0]}").text
    assert {(str(after[k]), str(on)) for k, on in before.items() if after[k] != on} == {
        pair for pair in moved if pair[1]
    }
    assert "app-time__was" in page.partition("<figcaption")[0]
    assert "moved since the timetable was issued" in page
    assert f"issued: {before[key].day} {before[key]:%B %Y}" in page
    assert "Issued date" in step


def test_a_timetable_of_more_plans_takes_no_more_statements(
    app: Flask, signed: Signed, db: Database, full: Cast
) -> None:
    sue = signed("sue")
    paths = (PAGE, f"{PAGE}/steps.csv", f"{PAGE}/steps/service_plan_record_group",
             "/timetable/cycles/C-2027", f"{PAGE}/print")  # fmt: skip
    for path in paths:
        sue.get(path)
    few = []
    for path in paths:
        with statements(app.extensions["db"]) as sent:
            sue.get(path)
        few.append(len(sent))
    add_services(db, full, 8)
    for path, before in zip(paths, few, strict=True):
        with statements(app.extensions["db"]) as sent:
            page = sue.get(path)
        assert (page.status_code, len(sent)) == (200, before), path


_TITLE = text("UPDATE subject SET title = :title WHERE ref = :ref")
_EXEMPT = text("UPDATE subject SET exempt = true WHERE ref = :ref")
_DATES = text(
    "SELECT key, due_on FROM step JOIN planning_year ON planning_year.id = planning_year_id "
    "WHERE number = 1"
)
_SERVICE_STEPS = text("""
SELECT step.id, step.due_on FROM step JOIN plan ON plan.id = step.plan_id
WHERE plan.plan_type = 'service_plan' ORDER BY step.due_on, step.id
""")


@pytest.mark.parametrize("query", ["plan_type=poem", "department=99999", "ref=x&department=x"])
@pytest.mark.usefixtures("full")
def test_a_filter_that_is_not_there_is_told(signed: Signed, query: str) -> None:
    assert signed("mo").get(f"{PAGE}?{query}").status_code == 422


@pytest.mark.usefixtures("full")
def test_a_year_that_is_not_there_is_not_found(signed: Signed) -> None:
    mo = signed("mo")
    for path in ("/timetable/Y-1900-1", "/timetable/x/meetings", "/timetable/x/dates-to-move"):
        assert mo.get(path).status_code == 404


def test_meetings_that_move_propose_dates_and_they_count_when_applied(
    signed: Signed, db: Database, full: Cast
) -> None:
    sue = signed("sue")
    assert "No date has to move" in sue.get(f"{PAGE}/dates-to-move").text
    db.run(_move_meetings)
    moved = db.read(_proposed)
    assert moved > 0
    page = sue.get(f"{PAGE}/dates-to-move").text
    assert "New date" in page
    assert f"Dates to move ({moved})" in page
    assert "Moved" in sue.get(f"{PAGE}/meetings").text
    mo = signed("mo")
    assert "Save as a proposal" not in mo.get(f"{PAGE}/dates-to-move").text
    assert mo.send(f"{PAGE}/dates-to-move", reason="I want to.").status_code == 403
    assert sue.send(f"{PAGE}/dates-to-move", reason=" ").status_code == 422
    reply = sue.send(f"{PAGE}/dates-to-move", reason="The Policy Committee meets later.")
    change = reply.headers["Location"]
    assert change == "/timetable/changes/DC-2027-1"
    assert db.read(_proposed) == moved
    assert "The proposal is saved. Nothing has moved yet." in sue.get(change).text
    assert "A proposal is waiting" in sue.get(f"{PAGE}/dates-to-move").text
    vera = signed("vera")
    assert "Who has less time" in vera.get(change).text
    assert sue.send(f"{change}/approve").status_code == 403
    assert vera.send(f"{change}/approve").status_code == 303
    before = db.read(lambda s: s.scalar(_MAILS))
    assert "Nothing has moved yet." not in sue.get(change).text
    assert sue.send(f"{change}/apply").status_code == 303
    assert db.read(_proposed) == 0
    assert f"Done: {moved} dates moved. People are told." in sue.get(change).text
    assert db.read(lambda s: s.scalar(_MAILS)) > before
    assert "Applied" in mo.get(change).text
    assert signed("mem").get(change).status_code == 404


_MAILS = text("SELECT count(*) FROM outbox")


def _proposed(session: Session) -> int:
    year = session.scalars(select(PlanningYear).where(PlanningYear.ref == "Y-2027-1")).one()
    return sum(each.is_redated for each in rescheduling.of_facts(session, year))


def _move_meetings(session: Session) -> None:
    """Every meeting of the Policy Committee is a week later, as the clerk records it."""
    for meeting in session.scalars(
        select(Meeting).join(Body).where(Body.framework_key == "policy_committee")
    ):
        meeting.on_date += timedelta(days=7)


def test_a_day_on_which_the_body_meets_already_is_told_beside_the_box(
    signed: Signed, db: Database, full: Cast
) -> None:
    """Cy tries the day of the next meeting of the same committee, and can try another at once."""
    same = text(
        "SELECT a.id, b.on_date FROM meeting AS a JOIN meeting AS b "
        "ON b.body_id = a.body_id AND b.on_date > a.on_date ORDER BY a.on_date, b.on_date LIMIT 1"
    )
    number, on = db.read(lambda s: s.execute(same).one())
    day = f"on-day={on.day}&on-month={on.month}&on-year={on.year}"
    cy = signed("cy")
    assert cy.get(f"/meetings/{number}/what-if?{day}").status_code == 422
    assert "meets on that day already. Try another day." in cy.page
    assert "Show what follows" in cy.page
    assert "Date now" not in cy.page


def test_what_if_without_breaks_says_so_and_what_was_looked_at(
    signed: Signed, db: Database, full: Cast
) -> None:
    """S11: Cy reads that nothing breaks, and what was looked at; without the meeting she reads what
    can be done."""
    found = text(
        "SELECT meeting.id, on_date FROM step JOIN meeting ON meeting.id = meeting_id "
        "WHERE rule = 'budget_council' ORDER BY on_date LIMIT 1"
    )
    number, on = db.read(lambda s: s.execute(found).one())
    day = next(d for n in range(1, 9) if (d := on + timedelta(days=n)).weekday() == 3)
    page = f"/meetings/{number}/what-if"
    cy = signed("cy")
    cy.get(f"{page}?on-day={day.day}&on-month={day.month}&on-year={day.year}")
    assert "Nothing breaks." in cy.page
    assert "What was looked at" in cy.page
    assert "Budget at Council before 11 March" in cy.page
    assert "Try the year without this meeting" in cy.page
    without = cy.get(f"{page}?held=no").text
    assert "If it were not held" in without
    assert "This would break something" in without
    assert "Call a special meeting of" in without
    assert "Record that the meeting has moved" not in without
