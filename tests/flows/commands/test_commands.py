"""The promises of the command line: exit codes, one plain sentence, one JSON document.

What Sue's colleague in IT types: it works, or it says in one sentence what to do and changes
nothing.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from config.framework_loader import FRAMEWORKS
from config.published import PUBLISHED
from cycle.db import Database
from cycle.server.embedded import OWNER, Servers
from tests import build, kit
from tests.flows.terminal import Output, Type, one_sentence

COMMANDS = (
    "run web worker scheduler rehearsals migrate demo-users invite council framework cycle "
    "simulate tick verify checkpoint db backup restore release bench dates timetable meetings"
).split()
SMALLSHIRE = str(build.HERE / "data" / "smallshire.toml")
NOBODY_THERE = "postgresql://plancycle_app@127.0.0.1:9/none"


@pytest.fixture
def who(db: Database) -> build.Cast:
    return build.council(db)


def counts(db: Database) -> tuple[int, ...]:
    """How many rows the tables have that commands write to."""
    tables = ("subject", "event", "person", "post", "unit", "meeting", "framework_version")
    return db.read(
        lambda s: tuple(s.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in tables)
    )


# What it says of itself ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "program",
    [[str(Path(sys.executable).with_name("plancycle"))], [sys.executable, "-m", "webui"]],
    ids=["plancycle", "python -m webui"],
)
def test_help_lists_the_commands_and_no_others(program: list[str]) -> None:
    done = subprocess.run([*program, "--help"], capture_output=True, text=True, check=True)
    listed = done.stdout.partition("Commands:")[2]
    assert re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE) == sorted(COMMANDS)


# Bad input ----------------------------------------------------------------------------------------

BAD = {
    "no such command": (["nonsense"], "There is no command plancycle nonsense."),
    "no such option": (["verify", "--bogus"], "plancycle verify has no option --bogus."),
    "nothing named": (["invite"], "EMAIL is missing."),
    "not a year": (["cycle", "create", "--start", "soon"], "--start should be a whole number"),
    "a year too early": (["cycle", "create", "--start", "1900"], "from 1950 to 2199"),
    "no year": (["simulate"], "--start is missing."),
    "too many years": (["simulate", "--start", "2027", "--years", "9"], "from 1 to 4"),
    "not a date": (["simulate", "--start", "2027", "--until", "never"], "“never” is not a date."),
    "a day that is not": (
        ["simulate", "--start", "2027", "--until", "2027-02-30"],
        "“2027-02-30” is not a date.",
    ),
    "not a moment": (["tick", "--now", "tea time"], "“tea time” is not a moment."),
    "a framework nobody has": (["framework", "show", "atlantis"], "no framework “atlantis”"),
    "a folder that is not there": (["framework", "check", "/nowhere"], "no framework “/nowhere”"),
    "no such lifecycle": (
        ["framework", "diagram", build.FRAMEWORK, "waltz"],
        "There is no lifecycle “waltz”",
    ),
    "a council of another framework": (
        ["council", "load", SMALLSHIRE, "--framework", "atlantis"],
        "no framework “atlantis”",
    ),
    "a cycle of another framework": (
        ["cycle", "create", "--framework", "atlantis", "--start", "2027"],
        "atlantis",
    ),
    "a simulation of another framework": (
        ["simulate", "--framework", "atlantis", "--start", "2027"],
        "There is no framework “atlantis”.",
    ),
    "a council file that is not there": (["council", "load", "/nowhere.toml"], "nowhere.toml"),
    "meetings that are not there": (
        ["cycle", "create", "--start", "2027", "--meetings", "/nowhere.csv"],
        "nowhere.csv",
    ),
    "an address that nobody has": (["invite", "ghost@example.org"], "Nobody has the address"),
    "a checkpoint that is not there": (["verify", "--against", "/nowhere"], "/nowhere"),
    "a backup that is not there": (["restore", "/nowhere.backup"], "no file /nowhere.backup."),
    "a folder for no backup": (["backup", "/nowhere/today.backup"], "no folder /nowhere."),
    "a port that is none": (["run", "--port", "99999"], "--port should be a whole number"),
    "a demo that is none": (["run", "--demo", "atlantis"], "no demo council “atlantis”."),
}


@pytest.mark.parametrize(("words", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_plain_sentence_and_changes_nothing(
    plancycle: Type, db: Database, who: build.Cast, words: list[str], says: str
) -> None:
    before = counts(db)
    assert says in one_sentence(plancycle(*words))
    assert counts(db) == before


WITHOUT_A_DATABASE = {
    "web": (["web"], {"DATABASE_URL": ""}, "DATABASE_URL is not set."),
    "worker": (["worker"], {"REDIS_URL": ""}, "REDIS_URL is not set."),
    "away": (["tick"], {"DATABASE_URL": NOBODY_THERE}, "The database does not answer."),
    "settings": (["verify"], {"PORT": "many"}, "PORT should be a whole number"),
    "two secrets": (["tick"], {"SECRET_KEY_FILE": "/key"}, "Both SECRET_KEY and SECRET_KEY_FILE"),
}


@pytest.mark.parametrize(
    ("words", "environ", "says"), WITHOUT_A_DATABASE.values(), ids=WITHOUT_A_DATABASE.keys()
)
def test_what_is_missing_around_it_is_one_sentence_too(
    plancycle: Type, words: list[str], environ: dict[str, str], says: str
) -> None:
    assert says in one_sentence(plancycle(*words, **environ))


def test_looking_at_an_empty_folder_makes_nothing_there(plancycle: Type, tmp_path: Path) -> None:
    for words in (["verify"], ["backup", str(tmp_path / "file")], ["release"]):
        output = plancycle(*words, DATABASE_URL="", MIGRATION_URL="")
        assert one_sentence(output).startswith("There is no database in ")
    assert not (tmp_path / "data").exists()


def test_a_database_that_lacks_a_change_is_refused_until_it_is_migrated(
    plancycle: Type, servers: Servers, worker: str
) -> None:
    name = f"old_{worker}"
    kit.make_database(servers, name, "template1")
    urls = {"DATABASE_URL": servers.url(OWNER, name), "MIGRATION_URL": servers.url(OWNER, name)}
    for words in (["verify"], ["tick"], ["invite", "mo@smallshire.example"]):
        refused = one_sentence(plancycle(*words, **urls))
        assert refused == "The database is not up to date. Run plancycle migrate."
    assert plancycle("migrate", **urls) == Output(0, "The database is up to date.\n", "")
    assert plancycle("verify", **urls).code == 0


# The council and its framework --------------------------------------------------------------------


def test_council_load_says_what_it_does_and_check_only_says_it(
    plancycle: Type, db: Database
) -> None:
    empty = counts(db)
    asked = plancycle("council", "load", SMALLSHIRE, "--check")
    assert (asked.code, asked.err) == (0, "")
    assert counts(db) == empty
    done = plancycle("council", "load", SMALLSHIRE)
    assert done.code == 0
    loaded = counts(db)
    assert loaded > empty
    assert plancycle("council", "load", SMALLSHIRE).code == 0
    assert counts(db) == loaded


def test_a_cycle_needs_a_council(plancycle: Type) -> None:
    assert "Load one first" in one_sentence(plancycle("cycle", "create", "--start", "2027"))
    assert "Load a council first" in one_sentence(
        plancycle("framework", "publish", build.FRAMEWORK)
    )


def test_framework_commands_read_print_and_draw(plancycle: Type) -> None:
    assert f"\n{build.FRAMEWORK}: " in f"\n{plancycle('framework', 'list').out}"
    assert plancycle("framework", "check", build.FRAMEWORK).out == "No problems found.\n"
    assert "SVP   Service Plan" in plancycle("framework", "show", build.FRAMEWORK).out
    shown = plancycle("framework", "show", build.FRAMEWORK, "--json")
    assert (shown.code, shown.err) == (0, "")
    assert shown.json()["key"] == build.FRAMEWORK
    drawn = plancycle("framework", "diagram", build.FRAMEWORK, "service_plan")
    assert drawn.out.startswith("<svg")


def test_a_published_timetable_is_worked_out_again_in_the_terminal(plancycle: Type) -> None:
    assert "medway-2017-18: Medway Council" in plancycle("framework", "published").out
    rows = plancycle("framework", "published", "maidstone-2018", "--json").json()
    assert {row["published"]: row["comes_out"] for row in rows}["12 December 2018"] == "2018-12-12"
    assert "There is no such timetable." in one_sentence(
        plancycle("framework", "published", "atlantis")
    )


def test_exit_1_says_why_and_a_spoilt_timetable_hides_no_other(
    plancycle: Type, tmp_path: Path
) -> None:
    """Fault T7: every row agreed, nothing was said, and the exit code was 1."""
    folder = Path(shutil.copytree(PUBLISHED, tmp_path / "published"))
    (folder / "maidstone-2018" / "rows.csv").unlink()
    listed = plancycle("framework", "published", "--folder", str(folder))
    assert listed.code == 1
    assert listed.err.startswith("maidstone-2018/rows.csv: This file cannot be read.")
    assert "medway-2017-18: Medway Council" in listed.out
    meetings = folder / "maidstone-2024-25" / "meetings.csv"
    words = meetings.read_text("utf-8")
    meetings.write_text(words.replace("council,2025-02-19", "council,2025-03-27"), "utf-8")
    late = plancycle("framework", "published", "maidstone-2024-25", "--folder", str(folder))
    assert late.code == 1
    assert "before 11 March" in late.err
    assert "by rhythm" in late.out


def test_a_cycle_begins_in_the_way_that_is_named(
    plancycle: Type, who: build.Cast, db: Database
) -> None:
    for words in (["cycle", "create"], ["timetable"]):
        slow = plancycle(*words, "--start", "2027", "--pattern", "slow")
        assert "cannot run as “slow”" in one_sentence(slow)
    fast = plancycle("timetable", "--start", "2027", "--pattern", "fast", "--json").json()
    due_on = {step["key"]: step["due_on"] for step in fast["years"][0]["steps"]}
    assert due_on["strategic_plan_council"].startswith("2027-07-")
    assert plancycle("cycle", "create", "--start", "2027", "--pattern", "fast").code == 0
    choice = "SELECT choice FROM planning_year WHERE number = 1"
    assert db.read(lambda s: s.scalar(text(choice))) == "fast"


def test_framework_check_prints_every_problem_with_its_place(
    plancycle: Type, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(FRAMEWORKS / build.FRAMEWORK, broken)
    file = broken / "lifecycles" / "profile.toml"
    wrong = '\n[[transitions]]\naction = "submit"\nto = "nowhere"\n'
    file.write_text(file.read_text("utf-8") + wrong, "utf-8")
    output = plancycle("framework", "check", str(broken))
    assert (output.code, output.err) == (1, "")
    assert len(output.out.splitlines()) > 1
    for line in output.out.splitlines():
        assert re.match(r"lifecycles/profile\.toml:[\w.]+: [A-Z“].*\.$", line)
    shipped = (
        "The shipped lifecycles/stages/drafting.toml says it; say it in this file as it should be."
    )
    problems = {line.partition(": ")[0].partition(":")[2]: line for line in output.out.splitlines()}
    assert problems["states.in_review"].endswith(shipped)  # no longer reached
    assert "shipped" not in problems["transitions.submit.to"]
    file.unlink()
    (broken / "items.toml").unlink()
    output = plancycle("framework", "check", str(broken))
    assert (output.code, output.out) == (1, "items.toml:file: This file is missing.\n")


def test_publishing_the_same_framework_again_gives_the_same_edition(
    plancycle: Type, who: build.Cast, db: Database
) -> None:
    before = counts(db)
    output = plancycle("framework", "publish", build.FRAMEWORK)
    assert output.out == f"{build.FRAMEWORK} is published as edition 1.\n"
    assert counts(db) == before


def test_an_invitation_is_a_link_that_works_once(
    plancycle: Type, who: build.Cast, db: Database
) -> None:
    output = plancycle("invite", "MO@smallshire.example", BASE_URL="https://plans.example.org")
    found = re.fullmatch(r"https://plans\.example\.org/set-password/(\S+)\n", output.out)
    assert found
    token = found[1]
    stored = db.read(lambda s: s.execute(text("SELECT count(*) FROM password_link")).scalar_one())
    assert stored == 1
    leaked = "SELECT count(*) FROM password_link AS l WHERE position(:token IN l::text) > 0"
    assert db.read(lambda s: s.execute(text(leaked), {"token": token}).scalar_one()) == 0


def test_demo_users_are_one_json_document_without_any_database(plancycle: Type) -> None:
    output = plancycle("demo-users", "--json", DATABASE_URL="", MIGRATION_URL="")
    users = output.json()
    assert len(users) > 10
    for user in users:
        assert set(user) == {"name", "sign_in", "password", "posts"}
        assert len(user["password"]) >= 15
    listed = plancycle("demo-users", DATABASE_URL="", MIGRATION_URL="").out
    assert users[0]["sign_in"] in listed
    assert listed.startswith("These work once plancycle run has made the demo council:")


def test_demo_passwords_are_not_listed_where_they_open_nothing(
    plancycle: Type, db: Database
) -> None:
    """S18."""
    empty = plancycle("demo-users")
    assert empty.code == 2
    assert "holds no council yet, so no demo password works here" in empty.err
    build.council(db)
    other = plancycle("demo-users", "--json")
    assert (other.code, other.out) == (2, "")
    assert "holds Smallshire Council, so no demo password works here" in other.err


# The cycle ----------------------------------------------------------------------------------------


def test_a_cycle_is_created_once(plancycle: Type, who: build.Cast, db: Database) -> None:
    made = plancycle("cycle", "create", "--start", "2027", "--json")
    assert (made.code, made.err) == (0, "")
    assert made.json()["start"] == 2027
    assert [year["ref"] for year in made.json()["years"]][0] == "Y-2027-1"
    before = counts(db)
    again = one_sentence(plancycle("cycle", "create", "--start", "2027", "--json"))
    assert "2028/29" in again
    assert counts(db) == before


def test_a_cycle_takes_its_published_meetings_in_or_nothing(
    plancycle: Type, who: build.Cast, db: Database, tmp_path: Path
) -> None:
    before = counts(db)
    file = tmp_path / "meetings.csv"
    file.write_text("body,date,time,kind\ncouncil,2027-13-01,10:30,ordinary\n", "utf-8")
    output = plancycle("cycle", "create", "--start", "2027", "--meetings", str(file))
    assert output.code == 2
    assert output.err.startswith("meetings.csv:row 2, column date: ")
    assert counts(db) == before
    for line, place in (("council,2027-12-27", "date: 27 December"), ("moot,2027-12-10", "body: ")):
        file.write_text(f"body,date,time,kind\n{line},10:30,ordinary\n", "utf-8")
        output = plancycle("cycle", "create", "--start", "2027", "--meetings", str(file))
        assert (output.code, counts(db)) == (2, before)
        assert output.err.startswith(f"meetings.csv:row 2, column {place}")
    file.write_text("body,date,time,kind\ncouncil,2027-12-10,10:30,ordinary\n", "utf-8")
    output = plancycle("cycle", "create", "--start", "2027", "--meetings", str(file))
    assert (output.code, output.err) == (0, "")
    assert output.out.splitlines()[1].startswith("  Y-2027-1: ")
    assert counts(db) > before


def test_a_simulation_is_one_json_document(plancycle: Type) -> None:
    words = ["--units", "2", "--years", "1", "--until", "2027-07-30", "--json"]
    output = plancycle("simulate", "--start", "2027", *words)
    assert (output.code, output.err) == (0, "")
    report = output.json()
    assert report["invariants"]["broken"] == 0
    assert report["invariants"]["checked"] > 40
    assert report["messages"] == report["messages_unique"]
    for key in (
        "plans expected_approved approved returned tasks_opened tasks_closed transitions "
        "decisions late_steps refusals virtual_days seconds"
    ).split():
        assert key in report


def mails(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "data" / "mail").glob("*.eml"))


def test_a_tick_does_what_is_due_and_nothing_the_second_time(
    plancycle: Type, db: Database, tmp_path: Path
) -> None:
    build.year_one(db)
    first = plancycle("tick", "--now", "2027-06-10T09:30")
    assert (first.code, first.err) == (0, "")
    sent = mails(tmp_path)
    assert sent
    again = plancycle("tick", "--now", "2027-06-10T09:31")
    assert again.out.startswith("0 acts, 0 new notices, 0 daily mails written, 0 messages sent")
    assert mails(tmp_path) == sent
