"""A council's files: read from TOML or CSV, every problem told at once with its place."""

from datetime import date, time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, strategies as st

from config.council import COUNCILS, Closure, council_warnings
from config.council_loading import load_council
from config.incidents import load_incidents
from config.problems import Problems
from config.rhythm import generate_meetings, parse_rhythm
from cycle.calendar import Calendar
from cycle.schedule import meeting_files

TABLES = """
[[units]]
key = "ambridge"
name = "Ambridge Council"
level = "council"
[[units]]
key = "housing"
name = "Housing"
level = "service"
parent = "ambridge"
[[posts]]
key = "mo-post"
title = "Group Manager, Housing"
role = "group_manager"
unit = "housing"
[[people]]
key = "mo"
name = "Mo Farrow"
email = "mo@ambridge.example"
posts = ["mo-post from 2026-04-01"]
[[bodies]]
key = "policy"
name = "Policy Committee"
framework_body = "policy_committee"
kind = "committee"
weekday = "wed"
time = "10:30"
rhythm = "monthly 2"
agenda = "5 clear"
final_report = "7 working 10:00"
[[meetings]]
body = "policy"
date = 2027-11-10
time = "10:30"
"""
COUNCIL = '[council]\nkey = "ambridge"\nname = "Ambridge Council"\ncycles = [2027]\n'

CSV = {
    "council.csv": "key,name,cycles\nambridge,Ambridge Council,2027\n",
    "units.csv": "key,name,level,parent\nambridge,Ambridge Council,council,\n"
    "housing,Housing,service,ambridge\n",
    "posts.csv": "key,title,role,unit,body\n"
    'mo-post,"Group Manager, Housing",group_manager,housing,\n',
    "people.csv": "key,name,email,posts,member\n"
    "mo,Mo Farrow,mo@ambridge.example,mo-post from 2026-04-01,no\n",
    "bodies.csv": "key,name,framework_body,kind,weekday,time,rhythm,agenda,final_report\n"
    "policy,Policy Committee,policy_committee,committee,wed,10:30,monthly 2,5 clear,"
    "7 working 10:00\n",
    "meetings.csv": "body,date,time,kind\npolicy,2027-11-10,10:30,ordinary\n",
}


@pytest.fixture
def toml(tmp_path):
    def write(more="", council=COUNCIL, tables=TABLES):
        file = tmp_path / "ambridge.toml"
        file.write_text(council + tables + more, encoding="utf-8")
        return file

    return write


@pytest.fixture
def folder(tmp_path):
    def write(**changed):
        for name, text in (CSV | {f"{key}.csv": value for key, value in changed.items()}).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def problems(path, read=load_council):
    with pytest.raises(Problems) as raised:
        read(path)
    assert all(line.endswith(".") for line in raised.value.problems)
    return raised.value.problems


def test_one_toml_file_and_a_folder_of_csv_files_say_the_same(toml, folder, tmp_path):
    from_toml = load_council(toml())
    (tmp_path / "ambridge.toml").unlink()
    assert load_council(folder()) == from_toml
    assert from_toml.people["mo"].posts[0].from_on == date(2026, 4, 1)
    assert from_toml.roles_used() == ["group_manager"]
    assert from_toml.bodies["policy"].final_report.at == time(10, 0)


def test_every_problem_is_told_at_once_with_file_and_key(toml):
    more = """
[[units]]
key = "parks"
name = "Parks"
level = "service"
parent = "gardens"
colour = "green"
[[posts]]
key = "pat-post"
title = "Manager"
role = "group_manager"
[[posts]]
key = "mo-post"
title = "Again"
role = "group_manager"
unit = "housing"
[[people]]
key = "pat"
name = "Pat Gill"
email = "MO@ambridge.example"
posts = ["mo-post from 2027-01-01 until 2027-02-01"]
[[people]]
key = "sue"
name = "Sue Hall"
email = "sue"
[[meetings]]
body = "cabinet"
date = 2027-02-30x
"""
    assert problems(toml(more))[0].startswith("ambridge.toml: This is not TOML")
    assert problems(toml(more.replace("2027-02-30x", '"2027-02-30"\ntime = "25:00"'))) == [
        "ambridge.toml:posts.mo-post.key: The key “mo-post” is used twice in posts. "
        "Choose another.",
        "ambridge.toml:people.sue.email: “sue” is not an e-mail address. Check it.",
        "ambridge.toml:meetings[2].date: “2027-02-30” is not a day in the calendar. Check the "
        "month and the day.",
        "ambridge.toml:meetings[2].time: “25:00” is not a time. Write it as 10:30 or 14:00.",
        "ambridge.toml:units.parks.colour: There is nothing of this name here. Check the spelling.",
        "ambridge.toml:units.parks.parent: There is no unit “gardens”. Check the key, or add it.",
        "ambridge.toml:posts.pat-post.unit: A post sits in one unit or in one body. Give one of "
        "the two.",
        "ambridge.toml:people.pat.email: Mo Farrow has this e-mail address too. Each needs their "
        "own.",
        "ambridge.toml:people.pat.posts: Mo Farrow holds “mo-post” at the same time. Give until "
        "when.",
        "ambridge.toml:people.sue.posts: Sue Hall has no post. Give one, or say active = no.",
    ]


def test_every_problem_is_told_at_once_with_row_and_column(folder):
    found = problems(
        folder(
            units="key,name,level,parent\nambridge,Ambridge,council,\nhousing,Housing,service,"
            "parks\nparks,Parks,service,housing\n",
            meetings="body,date,time,kind\npolicy,2027-11-10,10:30,ordinary\n"
            "policy,2027-11-10,14:00,special\npolicy,0000-01-01,10:30,\ncabinet,2027-12-01,9:00,\n",
        )
    )
    assert found == [
        "meetings.csv:row 3, column kind: “special” is not known. Choose ordinary or extraordinary "
        "or budget or annual.",
        "meetings.csv:row 4, column date: “0000-01-01” is outside the years 1900 to 2200. Check "
        "the year.",
        "units.csv:row 3, column parent: The unit “housing” is above itself. Check its parents.",
        "units.csv:row 4, column parent: The unit “parks” is above itself. Check its parents.",
        "meetings.csv:row 5, column body: There is no body “cabinet”. Check the key, or add it.",
        "meetings.csv:row 3, column date: This body already has a meeting on this day: "
        "meetings.csv:row 2.",
    ]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ('[[covers]]\nperson = "mo"\ncovered_by = "mo"\nfrom = 2027-01-02\nuntil = 2027-01-01\n',
         "covers[1].until"),
        ('[[closures]]\nfirst = 2027-01-02\nlast = 2027-01-01\n', "closures[1].last"),
        ('[[closures]]\nfirst = 1066-01-02\nlast = 2300-01-01\n', "closures[1].first"),
        ('[[holidays]]\ndate = 2028-06-02\n', "holidays[1].name"),
        ('[[bodies]]\nkey = "b"\nname = "B"\nframework_body = "b"\nkind = "board"\nsize = 3\n'
         'quorum = 4\n', "bodies.b.quorum"),
        ('[[bodies]]\nkey = "b"\nname = "B"\nframework_body = "b"\nkind = "board"\n'
         'rhythm = "often"\nweekday = "mon"\ntime = "9:00"\n', "bodies.b.rhythm"),
        ('[[bodies]]\nkey = "b"\nname = "B"\nframework_body = "b"\nkind = "board"\n'
         'agenda = "some days"\n', "bodies.b.agenda"),
        ('[[bodies]]\nkey = "b"\nname = "B"\nframework_body = "b"\nkind = "board"\n'
         'secretary = "nobody"\nchair = "nobody"\nconsiders = ["nowhere"]\n', "bodies.b.considers"),
        ('[[units]]\nkey = "Sp ace"\nname = 3\nlevel = true\n', "units.Sp ace.key"),
        ('[[units]]\nkey = "two"\nname = "Two"\nlevel = "council"\n', "units.two.parent"),
        ('[[people]]\nkey = "x"\nname = "a\\u0000b"\nemail = "x@y.example"\nposts = [1]\n',
         "people.x.name"),
        ('[[people]]\nkey = "x"\nname = "X"\nemail = "x@y.example"\nposts = ["a b c d"]\n'
         'active = "perhaps"\n', "people.x.active"),
        ('[[posts]]\nkey = "x"\ntitle = "X"\nrole = "clerk"\nbody = "policy"\nline = "x"\n'
         'from = 2027-01-01\nuntil = 2026-01-01\n', "posts.x.line"),
        ('[unknown]\n', "unknown"),
        ('[events]\n', "events"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_place(toml, more, place):
    assert any(line.startswith(f"ambridge.toml:{place}: ") for line in problems(toml(more)))


def test_a_row_that_is_no_table_and_a_council_without_a_name(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text('meetings = [1]\n[council]\nkey = "x"\ncycles = ["soon"]\n')
    assert {line.split(": ")[0] for line in problems(file)} == {
        "x.toml:meetings[1]", "x.toml:council.name", "x.toml:council.cycles",
    }  # fmt: skip


def read_meetings(path):
    return meeting_files.read_file(path, Calendar(), {"policy": "policy", "place": "place"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"body,date,time,kind\n\xff\xfe", "not in UTF-8"),
        (b"", "empty"),
        (b"body,body\n", "same name"),
        (b"body,date,time,kind\na,b,c,d,e\n", "more cells"),
        (b'body,date,time,kind\n"policy\n', "not CSV"),
        (b"body,date\npolicy,2027-11-10\n", "missing"),
        (b"body,date,time,kind,room\npolicy,2027-11-10,10:30,,1\n", "spelling"),
        (b"body,date,time,kind\npolicy,2027-11-10,soon,\n", "not a time"),
        (b"body,date,time,kind\n" + b"x" * 5_000_001, "five megabytes"),
    ],
)
def test_a_meetings_file_that_cannot_be_read_is_told_in_a_sentence(tmp_path, content, words):
    file = tmp_path / "meetings.csv"
    file.write_bytes(content)
    assert any(words in line for line in problems(file, read_meetings))


def test_incidents_that_cannot_be_used_are_told_and_none_is_fine(tmp_path):
    assert load_incidents(tmp_path) == ()
    file = tmp_path / "incidents.toml"
    file.write_text('[[incident]]\nkey = "x"\nkind = "meteor"\n[[incident]]\n')
    assert problems(tmp_path, load_incidents) == [
        "incidents.toml:incident[1]: Give key, kind, sentence and happens_on.",
        "incidents.toml:incident[2]: Give key, kind, sentence and happens_on.",
    ]
    file.write_text("incident = 3")
    assert "not TOML" in problems(tmp_path, load_incidents)[0]


def test_a_file_that_had_another_name_is_told_its_name_now(tmp_path):
    (tmp_path / "trouble.toml").write_text("[[trouble]]\n")
    says = "This file is called incidents.toml now, and its table [[incident]]. Rename both."
    assert f"trouble.toml: {says}" in problems(tmp_path)


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_the_answer_is_a_council_or_sentences(content):
    with TemporaryDirectory() as folder:
        for name in ("council.toml", "units.csv", "people.csv", "meetings.csv"):
            (Path(folder) / name).write_bytes(content)
        with pytest.raises(Problems):
            load_council(Path(folder))


def test_a_file_that_is_not_there_or_has_another_name_is_told(tmp_path):
    assert "cannot be read" in problems(tmp_path / "none.csv", read_meetings)[0]
    assert "no TOML or CSV" in problems(tmp_path)[0]
    (tmp_path / "rooms.csv").write_text("key\n1\n")
    assert problems(tmp_path)[0].startswith("rooms.csv: This file is not known")


def test_a_spreadsheets_meetings_are_read_alone(tmp_path):
    file = tmp_path / "meetings.csv"
    file.write_bytes(b"\xef\xbb\xbfBody,Date,Time,Kind\r\nplace,2027-10-19,10:30,\r\n\r\n")
    (meeting,) = read_meetings(file)
    assert (meeting.body, meeting.on, meeting.kind) == ("place", date(2027, 10, 19), "ordinary")


def test_a_meeting_on_a_bank_holiday_is_a_warning(toml):
    day = '[[meetings]]\nbody = "policy"\ndate = 2027-12-27\ntime = "10:30"\n'
    (warning,) = council_warnings(load_council(toml(day)), Calendar().why_not_working)
    assert warning == (
        "Policy Committee meets on 2027-12-27, which is not a working day (Christmas Day "
        "(substitute day))."
    )


def test_a_rhythm_makes_meetings_on_working_days_outside_the_recess():
    rhythm = parse_rhythm("wed", "10:30", "12/4, 8/2, 11/2 budget")
    recess = Closure(date(2028, 8, 1), date(2028, 8, 31))
    made = generate_meetings(
        "policy", rhythm, date(2028, 5, 1), date(2029, 5, 1),
        Calendar(closures=[Closure(date(2028, 12, 24), date(2029, 1, 3))]).is_working,
        lambda day: recess.first_on <= day <= recess.last_on,
    )  # fmt: skip
    # the fourth Wednesday of December is in the closure, and so is the next: the week before serves
    assert [(each.on, each.kind) for each in made] == [
        (date(2028, 11, 8), "budget"), (date(2028, 12, 20), "ordinary"),
    ]  # fmt: skip
    assert parse_rhythm(**rhythm.as_words()) == rhythm
    weekly = parse_rhythm("Tuesday", "09:30", "weekly", keeps_recess=False)
    days = generate_meetings("clt", weekly, date(2027, 5, 1), date(2027, 6, 1), lambda _day: True)
    assert [each.on.day for each in days] == [4, 11, 18, 25]


class TestBorsetshire:
    council = load_council(COUNCILS / "borsetshire")
    calendar = Calendar.of(council)

    def test_it_has_the_people_and_services_of_the_demo(self):
        levels = [unit.level for unit in self.council.units.values()]
        roles = [post.role for post in self.council.posts.values()]
        assert len(self.council.people) == 85
        assert [levels.count(each) for each in ("department", "division", "service", "team")] == [
            4, 8, 14, 34,
        ]  # fmt: skip
        assert [roles.count(each) for each in ("service_director", "group_manager")] == [8, 14]
        assert sum(person.is_member for person in self.council.people.values()) == 12
        assert self.council.cycles == (2023, 2027)

    def test_every_post_is_held_by_someone(self):
        held = {each.post for person in self.council.people.values() for each in person.posts}
        assert held == set(self.council.posts)

    def test_two_people_can_agree_on_what_needs_two_administrators(self):
        """SR-80: proposals can be tried with the people of the demo, and nobody is both."""
        posts = {post.key for post in self.council.posts.values() if post.role == "administrator"}
        appointment = [
            person.key
            for person in self.council.people.values()
            if posts & {each.post for each in person.posts}
        ]
        assert len(posts) == len(appointment) == 2

    def test_nobody_reviews_their_own_service_plan(self):
        holders = {
            each.post: person.key
            for person in self.council.people.values()
            for each in person.posts
        }
        for post in self.council.posts.values():
            if post.role == "group_manager":
                assert post.line
                assert holders[post.key] != holders[post.line]

    def test_housings_plans_come_to_place_and_amara_nwosu_is_its_director(self):
        line = [unit.key for unit in self.council.line_of("housing")]
        assert line == ["housing", "homes-and-economy", "place", "borsetshire"]
        committees = self.council.framework_bodies()["service_committee"]
        assert [each.name for each in committees if set(each.considers) & set(line)] == [
            "Place Committee"
        ]
        post = self.council.people["amara-nwosu"].posts[0].post
        assert self.council.posts[post].unit == "homes-and-economy"

    def test_published_meetings_replace_the_rhythm_of_their_municipal_year(self):
        def policy(year):
            made = self.council.meetings_between(
                date(year, 5, 1), date(year + 1, 5, 1), self.calendar.is_working
            )
            return [each.on for each in made if each.body == "policy_committee"]

        assert len(self.council.meetings) == 82
        assert policy(2026)[:2] == [date(2026, 5, 20), date(2026, 6, 17)]
        assert policy(2027)[-1] == date(2028, 4, 5)
        assert len(policy(2024)) == len(policy(2029)) == 11

    def test_its_incidents_name_only_what_exists(self):
        everything = load_incidents(COUNCILS / "borsetshire")
        found = {each.kind: each for each in everything}
        assert set(found) == {
            "deadline_in_closure", "meeting_cancelled", "meeting_moved", "cover",
            "comment_out_of_date",
            "plan_returned", "services_merged",
        }  # fmt: skip
        known = self.council.people.keys() | self.council.units.keys() | self.council.bodies.keys()
        named = (
            "recorded_by", "person", "covered_by", "returned_by", "unit", "body", "into",
            "proposed_by", "approved_by",
        )  # fmt: skip
        for incident in everything:
            assert {incident.text(name) for name in named if incident.values.get(name)} <= known
            if "body" in incident.values:
                meetings = [(each.body, each.on) for each in self.council.meetings]
                assert (incident.text("body"), incident.day("meeting")) in meetings
        closure = found["deadline_in_closure"]
        assert self.calendar.add_working(closure.day("meeting"), -7) == closure.day("due_on")

    def test_every_meeting_of_the_two_cycles_is_on_a_working_day(self):
        assert council_warnings(self.council, self.calendar.why_not_working) == []
        made = self.council.meetings_between(
            date(2023, 5, 1), date(2031, 5, 1), self.calendar.is_working
        )
        assert all(self.calendar.is_working(each.on) for each in made)
