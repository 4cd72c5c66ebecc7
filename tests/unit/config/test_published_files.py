"""What a person who writes a published timetable can say, and what she can get wrong."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from config.problems import Problems
from config.published import PublishedTimetable, load_published, published_keys
from config.timetables.rows import published_on, span
from cycle.schedule import published
from cycle.schedule.published import regenerate
from tests.unit.config.test_published_timetables import copied

# What a person who adds one can get wrong --------------------------------------------------------


FAULTS = tomllib.loads(
    (Path(__file__).parent / "published_faults.toml").read_text(encoding="utf-8")
)["faults"]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["told"][:70] for fault in FAULTS])
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, fault: dict[str, str]):
    folder = copied(tmp_path)
    path = folder / fault["file"]
    text = path.read_text(encoding="utf-8")
    assert fault["old"] in text
    path.write_text(text.replace(fault["old"], fault["new"], 1), encoding="utf-8")
    key = fault["file"].split("/")[0].replace("patterns", "maidstone-2018")
    with pytest.raises(Problems) as raised:
        load_published(key, folder)
    problems = raised.value.problems
    assert [each for each in problems if each.startswith(fault["told"])], problems


def test_a_timetable_that_nobody_knows_is_answered_with_those_that_are():
    with pytest.raises(Problems, match="Known are: bromsgrove-2007-08, carmarthenshire-2019-20"):
        load_published("atlantis-1066")


# Files beside each other --------------------------------------------------------------------------


def spoilt(folder: Path, key: str = "maidstone-2018") -> list[str]:
    """Every problem of a timetable."""
    with pytest.raises(Problems) as refused:
        load_published(key, folder)
    return refused.value.problems


def test_broken_toml_tells_one_thing(tmp_path: Path):
    """Fault T7: it added nine false missing keys."""
    folder = copied(tmp_path)
    (folder / "maidstone-2018" / "timetable.toml").write_text("title = = 1\n", encoding="utf-8")
    (problem,) = spoilt(folder)
    assert problem.startswith("maidstone-2018/timetable.toml: This is not TOML")


def test_a_wrong_year_gives_one_cause(tmp_path: Path):
    """Fault T7: it gave eight disagreements."""
    folder = copied(tmp_path)
    head = folder / "maidstone-2018" / "timetable.toml"
    head.write_text(head.read_text("utf-8").replace("year = 2018", "year = 2008"), encoding="utf-8")
    (problem,) = spoilt(folder)
    assert "so planning begins in 2018 and not in 2008" in problem


def test_a_missing_file_is_told_with_its_folder(tmp_path: Path):
    """Fault T7; the other timetables are still there."""
    folder = copied(tmp_path)
    (folder / "maidstone-2018" / "rows.csv").unlink()
    (problem,) = spoilt(folder)
    assert problem.startswith("maidstone-2018/rows.csv: This file cannot be read.")
    (folder / "medway-2016-17" / "timetable.toml").unlink()
    assert "medway-2016-17" in published_keys(folder)
    (problem,) = spoilt(folder, "medway-2016-17")
    assert problem.startswith("medway-2016-17/timetable.toml: This file cannot be read.")
    assert load_published("medway-2017-18", folder).rows


def test_a_table_with_a_heading_alone_is_no_timetable(tmp_path: Path):
    """Fault T7."""
    folder = copied(tmp_path)
    (folder / "maidstone-2018" / "rows.csv").write_text("step,body,on\n", encoding="utf-8")
    (problem,) = spoilt(folder)
    assert problem.startswith("maidstone-2018/rows.csv: This file has a heading and no row.")


@pytest.mark.parametrize("place", ["maidstone-2018/event.csv", "patterns/in_parts.csv"])
def test_an_unknown_file_is_named(tmp_path: Path, place: str):
    """Fault T2: it was ignored in silence."""
    folder = copied(tmp_path)
    (folder / place).write_text("a,b\n", encoding="utf-8")
    (problem,) = spoilt(folder)
    assert problem.startswith(f"{place}: Nothing reads this file.")


# Outside events, papers to follow, spans ---------------------------------------------------------


def with_event(folder: Path, on: str) -> PublishedTimetable:
    """Maidstone 2024/25 whose Cabinet waits for a settlement, which came on a day."""
    pattern = folder / "patterns" / "advisory_committees_new_plan.toml"
    step = """
[[steps]]
key = "settlement"
title = "Provisional settlement"
anchor_kind = "event"
anchor = "settlement"
expected = "12-18"

[[steps]]
key = "polls"
title = "Poll"
anchor_kind = "fixed"
anchor = "05-thu1+1"
"""
    pattern.write_text(pattern.read_text("utf-8") + step, encoding="utf-8")
    file = folder / "maidstone-2024-25" / "events.csv"
    file.write_text(f"event,date,title\nsettlement,{on},\n", encoding="utf-8")
    return load_published("maidstone-2024-25", folder)


def test_an_outside_event_is_given_to_a_published_timetable(tmp_path: Path):
    """Fault T2: it could not be given any, and the first Thursday in May had no anchor."""
    timetable = with_event(copied(tmp_path), "2025-01-08")
    found = regenerate(timetable).solution.dated
    assert found["settlement"].due_on == date(2025, 1, 8)
    assert "Settlement on 8 January 2025" in found["settlement"].because[0]
    assert found["polls"].due_on == date(2025, 5, 1)


def test_an_event_on_which_nothing_hangs_is_told(tmp_path: Path):
    """Fault T2."""
    folder = copied(tmp_path)
    file = folder / "maidstone-2018" / "events.csv"
    file.write_text("event,date\ncoronation,2018-07-01\n", encoding="utf-8")
    (problem,) = spoilt(folder)
    assert problem.startswith("maidstone-2018/events.csv:row 2, column event: There is no event")


def test_papers_to_follow_hold_the_meeting(tmp_path: Path):
    """Fault T3: Cabinet of 12 February is after the agenda of Council on the 19th, so the pattern
    went to a later Council; with papers that follow it holds."""
    timetable = load_published("maidstone-2024-25")
    late = published.moved(timetable, "cabinet", date(2025, 2, 5), date(2025, 2, 12))
    assert "council_decides" not in regenerate(late).solution.dated
    folder = copied(tmp_path)
    head = folder / "maidstone-2024-25" / "timetable.toml"
    words = head.read_text("utf-8").replace(
        "clear_days = 5", 'clear_days = 5\nto_follow = ["council_decides"]'
    )
    head.write_text(words, encoding="utf-8")
    follow = load_published("maidstone-2024-25", folder)
    late = published.moved(follow, "cabinet", date(2025, 2, 5), date(2025, 2, 12))
    found = regenerate(late).solution
    assert found.dated["council_decides"].due_on == date(2025, 2, 19)
    assert found.problems == ()
    too_late = published.moved(follow, "cabinet", date(2025, 2, 5), date(2025, 2, 18))
    assert "council_decides" not in regenerate(too_late).solution.dated


@pytest.mark.parametrize(
    ("words", "first", "last", "words_of_page"),
    [
        ("2018-06-27", date(2018, 6, 27), date(2018, 6, 27), "27 June 2018"),
        ("2018-06", date(2018, 6, 1), date(2018, 6, 30), "June 2018"),
        ("2019-01/2019-03", date(2019, 1, 1), date(2019, 3, 31), "January 2019 to March 2019"),
        ("2018-12-10/2018-12-14", date(2018, 12, 10), date(2018, 12, 14), "10 to 14 December 2018"),
        (
            "2018-11-20/2019-01",
            date(2018, 11, 20),
            date(2019, 1, 31),
            "20 November 2018 to 31 January 2019",
        ),
        ("week of 2018-12-12", date(2018, 12, 10), date(2018, 12, 16), "10 to 16 December 2018"),
        ("early 2018-12", date(2018, 12, 1), date(2018, 12, 10), "1 to 10 December 2018"),
        ("late 2018-02", date(2018, 2, 21), date(2018, 2, 28), "21 to 28 February 2018"),
    ],
)
def test_spans_finer_than_a_month(words: str, first: date, last: date, words_of_page: str):
    """Fault T6."""
    assert span(words) == (first, last)
    row = replace(load_published("maidstone-2018").rows[0], first_on=first, last_on=last)
    assert published.published(row) == words_of_page


@pytest.mark.parametrize(
    ("given", "shown", "fitting", "other"),
    [
        ("no day", "no day", date(2018, 12, 12), None),
        (
            "each month 2018-09/2019-03", "each month from September 2018 to March 2019",
            date(2018, 9, 18), date(2018, 10, 16),
        ),
        (
            "2018-09-11 and 2018-10-09", "11 September 2018 and 9 October 2018",
            date(2018, 10, 9), date(2018, 9, 25),
        ),
    ],
)  # fmt: skip
def test_a_step_without_a_single_day(
    given: str, shown: str, fitting: date, other: date | None
) -> None:
    """Fault T6: recurring steps, several meetings for one step, and steps without a day."""
    (first, last), days, manner = published_on(given)
    row = replace(
        load_published("maidstone-2018").rows[0],
        first_on=first, last_on=last, days=days, manner=manner,
    )  # fmt: skip
    assert published.published(row) == shown
    assert row.fits(fitting)
    assert other is None or not row.fits(other)


@pytest.mark.parametrize(
    "given", ["2018-09-11 and 2018-10", "2018-10-09 and 2018-09-11", "x and y"]
)
def test_several_days_are_days_in_order(given: str) -> None:
    """Fault T6."""
    with pytest.raises(ValueError, match="2018-09-11 and 2018-10-09|is not a day or a month"):
        published_on(given)


def test_a_row_without_a_day_is_read_and_agrees(tmp_path: Path) -> None:
    """Fault T6: it was refused, and nothing else of its timetable could be read."""
    folder = copied(tmp_path)
    rows = folder / "maidstone-2018" / "rows.csv"
    head, first, *rest = rows.read_text("utf-8").splitlines()
    cells = first.split(",")
    cells[head.split(",").index("on")] = "no day"
    rows.write_text("\n".join([head, ",".join(cells), *rest]) + "\n", "utf-8")
    found = regenerate(load_published("maidstone-2018", folder))
    assert found.disagreements == []
    assert published.published(found.lines[0].row) == "no day"


def test_an_hour_that_was_published_is_compared():
    """Fault T6."""
    timetable = load_published("maidstone-2018")
    rules = tuple(
        replace(rule, at="10:30") if rule.key == "vision_adopted" else rule
        for rule in timetable.steps
    )

    def with_hour(at: str) -> list[str]:
        rows = tuple(
            replace(row, at=at) if row.step == "vision_adopted" else row for row in timetable.rows
        )
        return regenerate(replace(timetable, steps=rules, rows=rows)).disagreements

    assert with_hour("10:30") == []
    (problem,) = with_hour("18:30")
    assert problem.endswith(
        "published for 12 December 2018 at 6:30pm, and 12 December 2018 at 10:30am comes out."
    )
