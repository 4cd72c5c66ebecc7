"""Joyce types ``plancycle timetable``: four years of dates, and what a moved meeting does to them.

No database and no council: the framework's own rhythm, or a file of meetings.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from config import framework_loader
from tests.flows.terminal import Output, Terminal

SMF = "nottinghamshire-smf"
Type = Callable[..., Output]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("terminal")


@pytest.fixture(scope="module")
def timetable(folder: Path) -> Iterator[Type]:
    opened = Terminal(folder)
    path = {"PATH": os.environ["PATH"]}
    yield lambda *words: opened("timetable", *words, environ=path)
    opened.close()


def calendar(folder: Path, name: str, *rows: str) -> str:
    """A file of meetings; the words of the file are what people put together in a spreadsheet."""
    path = folder / name
    path.write_text("\n".join(["body,date,time,kind", *rows, ""]), encoding="utf-8")
    return str(path)


COUNCIL_2027 = (
    "council,2027-05-20,10:30,annual",
    "council,2027-07-15,10:30,ordinary",
    "council,2027-12-09,10:30,ordinary",
    "council,2028-02-24,10:30,budget",
    "council,2028-03-23,10:30,ordinary",
)
POLICY_2027 = tuple(
    f"Policy Committee,{day},10:30,ordinary"
    for day in (
        "2027-06-09", "2027-07-14", "2027-09-15", "2027-11-10", "2027-12-08",
        "2028-01-12", "2028-02-09", "2028-03-08", "2028-04-05",
    )
)  # fmt: skip


def steps(output: Output, number: int = 1) -> dict[str, dict[str, object]]:
    assert (output.code, output.err) == (0, "")
    (year,) = [each for each in output.json()["years"] if each["number"] == number]
    return {each["key"]: each for each in year["steps"]}


@pytest.mark.parametrize("framework", framework_loader.available())
def test_every_framework_has_four_years_of_dates_with_their_reasons(timetable, framework) -> None:
    output = timetable("--framework", framework, "--start", "2027", "--json")
    assert (output.code, output.err) == (0, "")
    found = output.json()
    assert set(found) == {"framework", "start", "years", "problems"}
    assert (found["framework"], found["start"]) == (framework, 2027)
    assert [year["number"] for year in found["years"]] == [1, 2, 3, 4]
    assert [each for each in found["problems"] if each["severity"] == "blocker"] == []
    for year in found["years"]:
        keys = [each["key"] for each in year["steps"]]
        assert len(set(keys)) == len(keys) > 20
        for each in year["steps"]:
            assert set(each) == {
                "key", "title", "plan_type", "unit", "role", "body", "starts_on", "due_on",
                "latest_on", "float_days", "needs", "because",
            }  # fmt: skip
            assert set(each["needs"]) <= set(keys)
            assert each["because"]
            assert all(sentence.endswith(".") for sentence in each["because"])
            assert not str(each["role"]).startswith("@")
            assert each["starts_on"] <= each["due_on"]
            assert (each["due_on"] <= each["latest_on"]) == (each["float_days"] >= 0)


def test_people_read_a_table_for_each_year(timetable) -> None:
    output = timetable("--framework", SMF, "--start", "2027")
    assert output.code == 0
    assert "Year 4: plans for 2031/32 (written in 2030/31)" in output.out
    assert "26 July 2027" in output.out
    assert "Group Manager, each service" in output.out


def test_one_year_alone_has_the_same_dates(timetable) -> None:
    every = timetable("--framework", SMF, "--start", "2027", "--json")
    one = timetable("--framework", SMF, "--start", "2027", "--year", "3", "--json")
    assert len(one.json()["years"]) == 1
    assert steps(one, 3) == steps(every, 3)


def test_the_meetings_of_a_file_replace_the_rhythm_of_their_body_and_year_alone(
    timetable, folder
) -> None:
    usual = timetable("--framework", SMF, "--start", "2027", "--json")
    file = calendar(folder, "council.csv", *COUNCIL_2027, *POLICY_2027)
    own = timetable("--framework", SMF, "--start", "2027", "--meetings", file, "--json")
    assert steps(own)["budget_council"]["due_on"] == "2028-02-24"
    assert steps(own)["budget_report_policy_committee"]["due_on"] == "2028-01-31"
    assert steps(own, 3) == steps(usual, 3)


def test_a_file_may_name_each_of_several_committees_and_the_join_waits_for_the_last(
    timetable, folder
) -> None:
    committees = [
        f"Service committee: {name},{day},10:30,ordinary"
        for name, days in {
            "Place": ("2027-10-18", "2028-01-17", "2028-02-14"),
            "Care": ("2027-10-26", "2028-01-18", "2028-02-15"),
        }.items()
        for day in days
    ]
    file = calendar(folder, "committees.csv", *COUNCIL_2027, *POLICY_2027, *committees)
    output = timetable("--framework", SMF, "--start", "2027", "--year", "1", "--meetings", file,
                     "--json")  # fmt: skip
    found = steps(output)
    place, care = (found[f"strategic_plan_service_committees:{name}"] for name in ("place", "care"))
    assert (place["body"], place["due_on"]) == ("service_committee: Place", "2027-10-18")
    assert (care["body"], care["due_on"]) == ("service_committee: Care", "2027-10-26")
    assert care["needs"] == ["strategic_plan_report_service_committees:care"]
    report = found["strategic_plan_report_policy_committee"]
    assert set(report["needs"]) == {place["key"], care["key"]}
    assert report["starts_on"] == "2027-10-26"


def test_a_budget_council_after_the_laws_day_is_a_problem_and_not_a_refusal(
    timetable, folder
) -> None:
    late = [row for row in COUNCIL_2027 if "2028-02-24" not in row]
    file = calendar(folder, "late.csv", *late, *POLICY_2027)
    output = timetable("--framework", SMF, "--start", "2027", "--meetings", file, "--json")
    assert output.code == 0
    found_problems = [
        each for each in output.json()["problems"] if each["step"] == "budget_council"
    ]
    assert {each["severity"] for each in found_problems} == {"blocker"}
    # Fault R8: a council that says nothing is the framework's own county, which precepts.
    assert any("before 1 March 2028" in each["sentence"] for each in found_problems)


def test_from_a_day_on_it_is_told_what_can_no_longer_be_reached(timetable) -> None:
    asked = ("--framework", SMF, "--start", "2027", "--year", "1", "--json")
    early = timetable(*asked, "--as-of", "2027-05-20").json()["problems"]
    assert not any("no longer" in each["sentence"] for each in early)
    late = timetable(*asked, "--as-of", "2027-10-20").json()["problems"]
    (found_problems,) = [each for each in late if each["step"] == "service_plan_record_group"]
    assert found_problems["severity"] == "blocker"
    assert found_problems["sentence"].endswith(
        "on 14 October 2027 can no longer be reached; it is eight working days too late. The first "
        "meeting in reach is on 11 November 2027."
    )


# What other meetings change ------------------------------------------------------------------


def test_moving_one_meeting_shows_what_moves_who_has_less_time_and_what_breaks(
    timetable, folder
) -> None:
    before = calendar(folder, "a.csv", *COUNCIL_2027, *POLICY_2027)
    # Policy Committee of 9 February moves to the 16th: Council's reports of the 24th are final on
    # the 15th.
    later = [row.replace("2028-02-09", "2028-02-16") for row in POLICY_2027]
    after = calendar(folder, "b.csv", *COUNCIL_2027, *later)
    asked = ("diff", "--framework", SMF, "--start", "2027", "--meetings", before, "--with", after)
    found = timetable(*asked, "--json").json()
    moved = {(each["year"], each["key"]): each for each in found["moved"]}
    policy = moved[1, "budget_policy_committee"]
    assert (policy["before"], policy["after"], policy["days"]) == ("2028-02-09", "2028-02-16", 5)
    assert moved[1, "budget_council"]["after"] is None
    assert {year for year, _key in moved} == {1}
    broken = {each["step"] for each in found["breaks"] if each["severity"] == "blocker"}
    assert {"budget_council", "budget_report_council"} <= broken
    output = timetable(*asked)
    assert "What breaks" in output.out
    assert (
        "Budget at Policy Committee: 16 February 2028 instead of 9 February 2028, five"
        in output.out
    )


def test_a_meeting_that_comes_earlier_takes_time_from_those_who_prepare_it(
    timetable, folder
) -> None:
    before = calendar(folder, "a.csv", *COUNCIL_2027, *POLICY_2027)
    sooner = [row.replace("2028-03-08", "2028-03-06") for row in POLICY_2027]
    after = calendar(folder, "c.csv", *COUNCIL_2027, *sooner)
    asked = ("diff", "--framework", SMF, "--start", "2027", "--meetings", before, "--with", after)
    found = timetable(*asked, "--json").json()
    lost = {each["role"]: each["days"] for each in found["less_time"]}
    assert lost["support_service"] == 2
    assert all(each["days"] == -2 for each in found["moved"])
    assert found["breaks"] == []


def test_the_same_meetings_change_nothing(timetable, folder) -> None:
    file = calendar(folder, "a.csv", *COUNCIL_2027)
    output = timetable("diff", "--start", "2027", "--meetings", file, "--with", file)
    assert (output.code, output.out) == (0, "Nothing changes.\n")


# Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("moon,2027-11-10,10:30,ordinary", "row 2, column body: There is no body “moon”."),
        ("council,2027-12-27,10:30,ordinary", "row 2, column date: 27 December 2027 is a bank"),
        ("council,2027-12-25,10:30,ordinary", "row 2, column date: 25 December 2027 is a Saturday"),
        ("council,0000-11-10,10:30,ordinary", "row 2, column date: “0000-11-10” is outside"),
        ("council,10000-11-10,10:30,ordinary", "row 2, column date: “10000-11-10” is outside"),
        ("policy_committee: North,2027-11-10,10:30,ordinary", "row 2, column body: There is no"),
    ],
)
def test_a_row_that_cannot_be_is_told_with_its_place(timetable, folder, row, problem) -> None:
    file = calendar(folder, "bad.csv", row)
    for words in (("--meetings", file), ("diff", "--meetings", file, "--with", file)):
        output = timetable(*words, "--start", "2027")
        assert (output.code, output.out) == (2, "")
        assert output.err.splitlines()[0].startswith(f"bad.csv:{problem}")


def test_two_meetings_of_one_body_on_one_day_are_told_at_the_second(timetable, folder) -> None:
    file = calendar(folder, "twice.csv", "council,2027-11-10,10:30,ordinary",
                    "Council,2027-11-10,14:00,ordinary")  # fmt: skip
    output = timetable("--start", "2027", "--meetings", file)
    assert (output.code, output.out) == (2, "")
    assert output.err.startswith("twice.csv:row 3, column date: This body already has a meeting")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "--start is missing."),
        (("--start", "0"), "--start should be a whole number from 1950 to 2195."),
        (("--start", "10000"), "--start should be a whole number from 1950 to 2195."),
        (("--start", "2027", "--year", "5"), "--year should be a whole number from 1 to 4."),
        (("--start", "2027", "--as-of", "10000-01-01"), "“10000-01-01” is not a date."),
        (("--start", "2027", "--framework", "nowhere"), "There is no framework “nowhere”."),
        (("--start", "2027", "--meetings", "none.csv"), "none.csv: This file cannot be read."),
        (("diff", "--start", "2027"), "--meetings is missing."),
    ],
)
def test_a_command_that_is_used_wrongly_is_answered_in_one_sentence(
    timetable, words, problem
) -> None:
    output = timetable(*words)
    assert (output.code, output.out) == (2, "")
    (line,) = output.err.splitlines()
    assert line.startswith(problem)


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (
            "years/year_one.toml",
            'predecessors = ["issue_timetable"]',
            'predecessors = ["engagement_closes"]',
            "years/year_one.toml:steps.engagement_closes: These steps wait for each other: ",
        ),
        (
            "framework.toml",
            'rhythm = "weekly"',
            'rhythm = ""',
            "years/year_later.toml:steps.clt_proposals.anchor: Corporate Leadership Team never",
        ),
    ],
)
def test_a_framework_that_cannot_work_is_told_with_file_and_key(
    timetable, tmp_path, file, old, new, problem
) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(framework_loader.FRAMEWORKS / SMF, mine)
    text = (mine / file).read_text(encoding="utf-8")
    assert old in text
    (mine / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    output = timetable("--framework", str(mine), "--start", "2027")
    assert (output.code, output.out) == (2, "")
    assert any(line.startswith(problem) for line in output.err.splitlines())


def test_every_cycle_of_twenty_years_can_be_dated(timetable) -> None:
    """No year in which something cannot be dated, whatever the weekday of the days of the law."""
    for start in range(2012, 2032, 4):
        output = timetable("--framework", SMF, "--start", str(start), "--json")
        found = output.json()
        assert [each for each in found["problems"] if each["severity"] == "blocker"] == []
        for year in found["years"]:
            budget = next(each for each in year["steps"] if each["key"] == "budget_council")
            assert date.fromisoformat(str(budget["due_on"])).month in (2, 3)
