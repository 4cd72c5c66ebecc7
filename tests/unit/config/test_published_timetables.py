"""Timetables that councils have published come out again, from patterns and calendars alone."""

import shutil
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from config.problems import Problems
from config.published import PUBLISHED, PublishedTimetable, load_published, published_keys
from config.rules import parse_which
from cycle.calendar import Calendar
from cycle.schedule.published import Regenerated, regenerate

KEYS = published_keys()


def days(key: str) -> dict[str, date]:
    """The days that come out, by step."""
    return {
        step: dated.due_on for step, dated in regenerate(load_published(key)).solution.dated.items()
    }


def test_the_timetables_of_the_issue_are_there():
    assert set(KEYS) >= {
        "maidstone-2013-14", "maidstone-2018", "maidstone-2021-22", "maidstone-2022-23",
        "maidstone-2024-25", "bromsgrove-2007-08", "medway-2016-17", "medway-2017-18",
        "medway-2018-19", "carmarthenshire-2019-20",
    }  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_every_published_row_comes_out_to_the_day_or_in_its_month(key: str):
    found = regenerate(load_published(key))
    assert found.lines
    assert found.disagreements == []
    assert found.solution.problems == ()


@pytest.mark.parametrize("key", KEYS)
def test_a_published_day_is_never_written_into_the_pattern(key: str):
    """It hangs on a meeting that conditions choose; only months may hang on a day of the year."""
    told = load_published(key)
    rules = {rule.key: rule for rule in told.pattern.steps}
    for row in told.rows:
        rule = rules[row.step]
        assert not [each for each in parse_which(rule.which) if each.word == "on"]
        while rule.anchor_kind == "step":
            rule = rules[rule.anchor]
        assert rule.anchor_kind == "meeting" or not row.is_day, row.step


@pytest.mark.parametrize("key", KEYS)
def test_a_planted_wrong_day_is_told(key: str):
    told = load_published(key)
    for number, row in enumerate(told.rows):
        a_day = timedelta(days=1)
        late = replace(row, first_on=row.last_on + a_day, last_on=row.last_on + a_day)
        if not row.is_day:
            late = replace(row, first_on=date(1999, 1, 1), last_on=date(1999, 1, 31))
        rows = (*told.rows[:number], late, *told.rows[number + 1 :])
        found = regenerate(replace(told, rows=rows)).disagreements
        assert len(found) == 1, row.step
        assert "comes out" in found[0]


def moved(told: PublishedTimetable, body: str, before: date, after: date) -> Regenerated:
    """What comes out when one meeting is on another day."""
    assert (body, before) in told.meetings
    meetings = [(b, after if (b, on) == (body, before) else on) for b, on in told.meetings]
    return regenerate(replace(told, meetings=tuple(meetings)))


def test_a_meeting_that_moves_takes_its_day_along():
    """The days come from the calendar: nothing agrees by itself."""
    told = load_published("maidstone-2024-25")
    found = moved(told, "cabinet", date(2025, 2, 5), date(2025, 2, 12))
    assert found.solution.dated["cabinet_recommends"].due_on == date(2025, 2, 12)
    assert [each.row.step for each in found.lines if not each.agrees] == [
        "cabinet_recommends",
        "council_decides",
    ], "Council of 19 February publishes before Cabinet has met"


def test_a_plan_approved_in_parts_has_its_vision_before_its_action_plan():
    told = load_published("maidstone-2018")
    assert [each.title for each in told.pattern.plans.values()][:2] == [
        "Vision, priorities and outcomes",
        "Action plan and narrative",
    ]
    found = days("maidstone-2018")
    assert found["vision_adopted"] == date(2018, 12, 12)
    assert found["vision_adopted"] < found["action_plan_recommended"] < found["action_plan_adopted"]
    parts = {rule.plan_type for rule in told.steps}
    assert parts == {"", "vision", "action_plan", "mtfs"}


def test_left_as_it_is_needs_a_decision_and_still_starts_the_budget():
    as_is = load_published("maidstone-2021-22")
    found = days("maidstone-2021-22")
    assert found["decide"] == found["adopt_timetable"] == date(2021, 7, 21)
    assert found["decide"] < found["budget_recommended"] < found["budget_agreed"]
    assert not [rule for rule in as_is.steps if rule.plan_type == "strategic_plan"]
    predecessors = {rule.key: rule.predecessors for rule in as_is.steps}
    assert "decide" in predecessors["adopt_timetable"]
    assert "adopt_timetable" in predecessors["budget_recommended"]


def test_the_same_pattern_decided_as_a_refresh_makes_the_plan_as_well(tmp_path: Path):
    folder = copied(tmp_path)
    head = folder / "maidstone-2021-22" / "timetable.toml"
    head.write_text(head.read_text().replace('"as_is"', '"refresh"'))
    steps = {rule.key for rule in load_published("maidstone-2021-22", folder).steps}
    assert {"refresh_recommended", "refresh_adopted", "budget_agreed"} <= steps


def test_four_advisory_committees_are_all_heard_before_the_executive():
    found = regenerate(load_published("maidstone-2022-23")).solution.dated
    heard = [each.on for each in found["advisory"].meetings]
    assert heard == [date(2023, 1, 10), date(2023, 1, 11), date(2023, 1, 17), date(2023, 1, 18)]
    assert max(heard) < found["cabinet_recommends"].due_on == date(2023, 2, 8)


def test_one_rhythm_over_three_years_gives_the_same_weekdays():
    years = [days(f"medway-{key}") for key in ("2016-17", "2017-18", "2018-19")]
    patterns = {load_published(f"medway-{key}").pattern.key for key in ("2016-17", "2018-19")}
    assert patterns == {"draft_in_november"}
    for step in years[0]:
        assert len({found[step].weekday() for found in years}) == 1, step
        in_one_year = [
            found[step].replace(year=2000 + found[step].year - 2016 - n)
            for n, found in enumerate(years)
        ]
        assert max(in_one_year) - min(in_one_year) <= timedelta(days=7), step


def test_wales_publishes_three_clear_days_before():
    """Neither the day of publication nor that of the meeting counts."""
    told = load_published("carmarthenshire-2019-20")
    assert (told.head.nation, told.head.clear_days) == ("wales", 3)
    found = days("carmarthenshire-2019-20")
    calendar = Calendar("wales")
    assert found["council_agenda"] == calendar.clear_days_before(found["council_strategy"], 3)
    assert len(calendar.days_between(found["council_agenda"], found["council_strategy"])[0]) == 3


def test_maidstones_cabinet_pattern_serves_two_calendars():
    update, refresh = (load_published(f"maidstone-{key}") for key in ("2011-12", "2013-14"))
    assert update.pattern.extends == refresh.pattern.key
    assert days("maidstone-2011-12")["council_adopts"].month == 3
    assert days("maidstone-2013-14")["council_adopts"].month == 2


# What a person who adds one can get wrong --------------------------------------------------------


def copied(folder: Path) -> Path:
    """The shipped timetables, to be spoilt."""
    return Path(shutil.copytree(PUBLISHED, folder / "published"))


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
    told = raised.value.problems
    assert [each for each in told if each.startswith(fault["told"])], told


def test_a_timetable_that_nobody_knows_is_answered_with_those_that_are():
    with pytest.raises(Problems, match="Known are: bromsgrove-2007-08, carmarthenshire-2019-20"):
        load_published("atlantis-1066")
