"""Timetables that councils have published come out again, from patterns and calendars alone."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from config.problems import Problems
from config.published import PUBLISHED, PublishedTimetable, load_published, published_keys
from config.rules import parse_which
from cycle.calendar import Calendar
from cycle.schedule import published
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
    timetable = load_published(key)
    rules = {rule.key: rule for rule in timetable.pattern.steps}
    for row in timetable.rows:
        rule = rules[row.step]
        assert not [each for each in parse_which(rule.which) if each.word == "on"]
        while rule.anchor_kind == "step":
            rule = rules[rule.anchor]
        assert rule.anchor_kind == "meeting" or not row.is_day, row.step


@pytest.mark.parametrize("key", KEYS)
def test_a_planted_wrong_day_is_told(key: str):
    timetable = load_published(key)
    for number, row in enumerate(timetable.rows):
        a_day = timedelta(days=1)
        late = replace(row, first_on=row.last_on + a_day, last_on=row.last_on + a_day)
        if not row.is_day:
            late = replace(row, first_on=date(1999, 1, 1), last_on=date(1999, 1, 31))
        rows = (*timetable.rows[:number], late, *timetable.rows[number + 1 :])
        found = regenerate(replace(timetable, rows=rows)).disagreements
        assert len(found) == 1, row.step
        assert "comes out" in found[0]


def moved(timetable: PublishedTimetable, body: str, before: date, after: date) -> Regenerated:
    """What comes out when one meeting is on another day."""
    assert (body, before) in timetable.meetings
    return regenerate(published.moved(timetable, body, before, after))


def meets(timetable: PublishedTimetable, body: str, year: int, month: int) -> list[int]:
    """On which days of a month a body meets, by what is known and by its rhythm."""
    title = timetable.head.bodies[body].title
    found = published.meetings_of(timetable, Calendar(timetable.head.nation))
    return [
        each.on.day
        for each in found
        if each.title == title and (each.on.year, each.on.month) == (year, month)
    ]


def test_a_meeting_that_moved_out_of_its_month_does_not_come_back():
    """Fault T1: Cabinet of 24 July met on 7 August, and the rhythm gave 24 July again."""
    timetable = load_published("maidstone-2024-25")
    step = next(row.step for row in timetable.rows if row.first_on == date(2024, 7, 24))
    changed = published.moved(timetable, "cabinet", date(2024, 7, 24), date(2024, 8, 7))
    assert (meets(timetable, "cabinet", 2024, 7), meets(changed, "cabinet", 2024, 7)) == ([24], [])
    assert 7 in meets(changed, "cabinet", 2024, 8)
    found = regenerate(changed)
    assert found.solution.dated[step].due_on == date(2024, 8, 7)
    assert [line.row.step for line in found.lines if not line.agrees][:1] == [step]


def test_a_meeting_that_was_cancelled_does_not_come_back():
    """Fault T1."""
    timetable = load_published("maidstone-2024-25")
    changed = published.moved(timetable, "cabinet", date(2024, 7, 24), None)
    assert meets(changed, "cabinet", 2024, 7) == []


@pytest.mark.parametrize("day", [date(2025, 3, 27), date(2025, 7, 10)])
def test_a_budget_council_after_the_laws_day_is_told(day: date):
    """Fault T4: published timetables were asked nothing about the law."""
    timetable = load_published("maidstone-2024-25")
    (budget,) = timetable.pattern.limits["budget_before_11_march"].steps
    assert not regenerate(timetable).solution.problems
    free = replace(
        timetable,
        steps=tuple(
            replace(rule, which="report_after:cabinet_recommends") if rule.key == budget else rule
            for rule in timetable.steps
        ),
        absent=(("council", date(2025, 2, 1), date(2025, 6, 30)),),
        meetings=tuple(each for each in timetable.meetings if each[0] != "council"),
    )
    found = regenerate(replace(free, meetings=(*free.meetings, ("council", day))))
    found_late = [each for each in found.solution.problems if "before 11 March" in each.sentence]
    assert [(each.severity, each.step) for each in found_late] == [("blocker", budget)]
    assert found_late[0].sentence in found.disagreements


def test_a_council_moved_past_the_laws_day_has_no_date_and_says_why():
    """Fault T4, with the pattern as it stands: the Council of February moves to 27 March."""
    timetable = load_published("maidstone-2024-25")
    changed = published.moved(timetable, "council", date(2025, 2, 19), date(2025, 3, 27))
    assert any("before 11 March" in each for each in regenerate(changed).disagreements)


@pytest.mark.parametrize("key", KEYS)
def test_the_law_is_asked_in_every_timetable_that_sets_a_budget(key: str):
    """Fault T4: whatever ends with a budget or council tax at Council has its last day."""
    timetable = load_published(key)
    limited = {step for each in timetable.pattern.limits.values() for step in each.steps}
    for rule in timetable.steps:
        if rule.anchor == "council" and "03-10+1" in rule.which:
            assert rule.key in limited


def test_a_known_meeting_takes_the_place_of_one_meeting_of_the_rhythm(tmp_path: Path):
    """Fault T1: one known day wiped the month's second meeting."""
    folder = copied(tmp_path)
    head = folder / "maidstone-2024-25" / "timetable.toml"
    words = head.read_text(encoding="utf-8")
    usual = load_published("maidstone-2024-25").head.bodies["cabinet"].rhythm
    head.write_text(words.replace(f'"{usual}"', '"7/2, 7/4, 9/4, 2/1"'), encoding="utf-8")
    timetable = load_published("maidstone-2024-25", folder)
    assert meets(timetable, "cabinet", 2024, 7) == [10, 24]
    near = published.moved(timetable, "cabinet", date(2024, 7, 24), date(2024, 7, 31))
    assert meets(near, "cabinet", 2024, 7) == [10, 31]
    first = replace(timetable, meetings=(*timetable.meetings, ("cabinet", date(2024, 7, 10))))
    far = published.moved(first, "cabinet", date(2024, 7, 10), date(2024, 7, 31))
    assert meets(far, "cabinet", 2024, 7) == [24, 31]


def test_a_file_says_that_a_body_does_not_meet_on_a_day_or_in_a_month(tmp_path: Path):
    """Fault T1: what is known of a month, also “none”, is known."""
    folder = copied(tmp_path)
    file = folder / "maidstone-2024-25" / "meetings.csv"
    rows = ["body,date,held,instead_of", "cabinet,2024-08-07,,2024-07-24", "cabinet,2024-09,no,"]
    rows += ["cabinet,2024-10-23,no,", "cabinet,2025-02-05,yes,", "council,2025-02-19,,"]
    rows += ["corporate_services,2024-07-08,,"]
    file.write_text("\n".join([*rows, ""]), encoding="utf-8")
    timetable = load_published("maidstone-2024-25", folder)
    met = [meets(timetable, "cabinet", 2024, month) for month in (7, 8, 9, 10, 11)]
    assert met == [[], [7, 28], [], [], [27]]
    file.write_text("body,date,held\ncabinet,2024-13,no\ncabinet,2024-07-24,perhaps\n")
    with pytest.raises(Problems) as refused:
        load_published("maidstone-2024-25", folder)
    assert len(refused.value.problems) == 2


def test_a_meeting_that_moves_takes_its_day_along():
    """The days come from the calendar: nothing agrees by itself."""
    timetable = load_published("maidstone-2024-25")
    found = moved(timetable, "cabinet", date(2025, 2, 5), date(2025, 2, 12))
    assert found.solution.dated["cabinet_recommends"].due_on == date(2025, 2, 12)
    assert [each.row.step for each in found.lines if not each.agrees] == [
        "cabinet_recommends",
        "council_decides",
    ], "Council of 19 February publishes before Cabinet has met"


def test_a_plan_approved_in_parts_has_its_vision_before_its_action_plan():
    timetable = load_published("maidstone-2018")
    assert [each.title for each in timetable.pattern.plans.values()][:2] == [
        "Vision, priorities and outcomes",
        "Action plan and narrative",
    ]
    found = days("maidstone-2018")
    assert found["vision_adopted"] == date(2018, 12, 12)
    assert found["vision_adopted"] < found["action_plan_recommended"] < found["action_plan_adopted"]
    parts = {rule.plan_type for rule in timetable.steps}
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
    timetable = load_published("carmarthenshire-2019-20")
    assert (timetable.head.nation, timetable.head.clear_days) == ("wales", 3)
    found = days("carmarthenshire-2019-20")
    calendar = Calendar("wales")
    assert found["council_agenda"] == calendar.clear_days_before(found["council_strategy"], 3)
    assert len(calendar.days_between(found["council_agenda"], found["council_strategy"])[0]) == 3


def test_maidstones_cabinet_pattern_serves_two_calendars():
    update, refresh = (load_published(f"maidstone-{key}") for key in ("2011-12", "2013-14"))
    assert update.pattern.extends == refresh.pattern.key
    assert days("maidstone-2011-12")["council_adopts"].month == 3
    assert days("maidstone-2013-14")["council_adopts"].month == 2


def copied(folder: Path) -> Path:
    """The shipped timetables, to be spoilt."""
    return Path(shutil.copytree(PUBLISHED, folder / "published"))


@pytest.mark.parametrize("key", KEYS)
def test_without_its_meetings_a_timetable_loses_its_days_or_says_by_rhythm(key: str):
    """Fault T8: 26 of 30 published days came out without any published meeting."""
    timetable = load_published(key)
    days_of = [line for line in regenerate(timetable).lines if line.row.is_day]
    assert not [line.row.step for line in days_of if line.by_rhythm]
    if timetable.head.by_rhythm:
        assert not days_of
        return
    without = regenerate(replace(timetable, meetings=()))
    still = [line.row.step for line in without.lines if line.row.is_day and line.agrees]
    assert still == []
