"""Progress is reported as often as the framework says, one report at a time, each recorded."""

from contextlib import AbstractContextManager
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config import editions, framework_loader
from config.checks.reporting import reporting_problems
from config.council_loading import load_council
from config.settings import Settings
from cycle import clock, people
from cycle.db import Database
from cycle.errors import Blocked, NotPermitted
from cycle.models import FrameworkVersion
from notifications import feeds
from tests import build
from tests.build import Cast
from webui.timetable import files
from workflows import sweep
from workflows.calendar import rhythm
from workflows.core.attempt import roles_of_plan
from workflows.council import loading
from workflows.cycles import cycles
from workflows.framework import pinned
from workflows.meetings import reading_programme
from workflows.record.verify import verify
from workflows.timetable import reading
from workflows.timetable.reading_rows import Choice

DELIVERY = "DP-2027"
SPRING, NOVEMBER, MAY = date(2027, 6, 9), date(2027, 11, 1), date(2028, 5, 2)


def at(day: date) -> AbstractContextManager[None]:
    """A morning."""
    return clock.set_to(datetime(day.year, day.month, day.day, 8, tzinfo=UTC))


@pytest.fixture
def who(db: Database) -> Cast:
    """A Delivery Plan is imported that runs since April 2027; the next one is being made."""
    with at(SPRING):
        cast = build.council(db)
        db.run(import_plan, cast.sue)
        build.cycle(db, cast)
        return cast


def import_plan(session: Session, sue: int) -> None:
    actor = build.actor(session, sue)
    cycles.import_in_force(session, actor, "delivery_plan", None, 2027, {}, reason="Last year's.")


def asked(db: Database) -> list[Any]:
    return db.read(
        lambda s: [
            tuple(row)
            for row in s.execute(
                text(
                    "SELECT slot, label, due_on FROM task JOIN subject ON subject.id = subject_id "
                    "WHERE ref = :ref AND closed_at IS NULL ORDER BY due_on"
                ),
                {"ref": DELIVERY},
            )
        ]
    )


def broken(db: Database) -> list[str]:
    report = db.read(verify.check)
    return [check.key for check in report.checks if not check.ok]


def next_plan_takes_effect(db: Database, folder: Path) -> None:
    """The Delivery Plan of 2028 stands approved, and its 1 April comes."""
    build.put(db, "DP-2028", "approved")
    with at(date(2028, 4, 1)):
        sweep.sweep(db, Settings.load({"DATA_DIR": str(folder), "SECRET_KEY": "k" * 40}))


FIRST = (
    "delivery_plan_progress:1",
    "Progress on the Delivery Plan: April to September 2027",
    date(2027, 11, 11),  # 30 working days after the end of September
)
SECOND = (
    "delivery_plan_progress:2",
    "Progress on the Delivery Plan: October 2027 to March 2028",
    date(2028, 5, 17),
)


def test_one_report_at_a_time_is_asked_for_once_its_time_has_ended(db: Database, who: Cast) -> None:
    """H1: after six months, then at the year's end."""
    assert asked(db) == [FIRST]
    with at(SPRING), pytest.raises(Blocked, match="until 30 September 2027, which has not ended"):
        build.act(db, DELIVERY, "report_progress", who.hana)
    with at(NOVEMBER):
        with pytest.raises(NotPermitted):
            build.act(db, DELIVERY, "report_progress", who.pat)
        build.act(db, DELIVERY, "report_progress", who.hana)
        assert asked(db) == [SECOND]
        with pytest.raises(Blocked, match="until 31 March 2028"):
            build.act(db, DELIVERY, "report_progress", who.hana)
        assert broken(db) == []


@pytest.mark.parametrize("key", framework_loader.available())
def test_whoever_reports_is_looked_for_in_every_state(key: str) -> None:
    """Else the task would go to the last resort: also a plan role that the state does not name."""
    body = editions.body(framework_loader.read_folder(framework_loader.FRAMEWORKS / key))
    framework = pinned.of_version(FrameworkVersion(sha256=f"test of {key}", body=body))
    for each in framework.reporting.values():
        kind = framework.plan_types[each.plan_type]
        for state in framework.lifecycles[kind.lifecycle].states:
            near = roles_of_plan(f"test of {key}", kind.lifecycle, state, kind.key)
            assert {*framework.roles_of(each.role, kind.key)} <= near, (each.key, state)


def test_the_year_end_is_still_reported_after_the_next_plan_has_taken_its_place(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    with at(NOVEMBER):
        build.act(db, DELIVERY, "report_progress", who.hana)
    next_plan_takes_effect(db, tmp_path)
    assert build.state(db, DELIVERY) == "superseded"
    assert asked(db) == [SECOND]
    with at(MAY):
        build.act(db, DELIVERY, "report_progress", who.hana)
        assert asked(db) == []
        with pytest.raises(Blocked):
            build.act(db, DELIVERY, "report_progress", who.hana)
    given = text("SELECT gate FROM milestone WHERE gate LIKE 'report:%' ORDER BY id")
    assert db.read(lambda s: list(s.scalars(given))) == [
        f"report:delivery_plan_progress:{number}" for number in (1, 2)
    ]


def test_a_plan_is_not_reported_on_for_the_time_in_which_another_stands_in_its_place(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """A plan for four years that is written anew after one."""
    longer = text("UPDATE plan SET until_on = '2031-04-01' WHERE year_of_effect = 2027")
    db.run(lambda s: s.execute(longer))
    with at(NOVEMBER):
        build.act(db, DELIVERY, "report_progress", who.hana)
    next_plan_takes_effect(db, tmp_path)
    with at(MAY):
        build.act(db, DELIVERY, "report_progress", who.hana)
    assert asked(db) == []


def test_what_nobody_could_do_is_told_with_its_place() -> None:
    framework = framework_loader.load("nottinghamshire-smf")
    assert list(reporting_problems(framework)) == []
    (key, known) = next(iter(framework.reporting.items()))
    for name, value, place in (
        ("cadence", "daily", "cadence"),
        ("to", "parish", "to"),
        ("role", "@poet", "role"),
        ("ready", -1, "ready"),
        ("plan_type", "poem", "plan_type"),
    ):
        spoilt = type(known)(**{**known.__dict__, name: value})
        found = list(reporting_problems(_with(framework, key, spoilt)))
        assert [at for at, _ in found] == [f"reporting.toml:reporting.{key}.{place}"], name
    other = type(known)(**{**known.__dict__, "plan_type": "budget"})
    ((at, sentence),) = reporting_problems(_with(framework, key, other))
    assert at == "lifecycles/committee_plan.toml:states"
    assert "report_progress" in sentence


def _with(framework: Any, key: str, spoilt: Any) -> Any:
    return type(framework)(**{**framework.__dict__, "reporting": {key: spoilt}})


# To a body, and where it is seen ------------------------------------------------------------------


@pytest.fixture
def with_body(db: Database) -> Cast:
    """The same, where progress on the Delivery Plan goes to Policy Committee."""
    data = deepcopy(build.framework_data())
    data["reporting"]["delivery_plan_progress"]["to"] = "policy_committee"
    loaded = load_council(build.HERE / "data" / "smallshire.toml")
    with at(SPRING):
        db.run(loading.load, None, loaded, data)
        db.run(
            lambda s: rhythm.make_meetings(s, people.system(s), date(2027, 4, 1), date(2029, 4, 1))
        )
        cast = build.cast(db)
        db.run(import_plan, cast.sue)
        build.cycle(db, cast)
        return cast


# Policy Committee meets on 8 December; its report deadline is seven working days before.
DEADLINE = date(2027, 11, 29)


def test_a_progress_report_is_due_by_the_report_deadline_of_its_meeting(
    db: Database, with_body: Cast
) -> None:
    """S14: it was due on the day of the meeting, when its papers had been public for a week."""
    ((_slot, _label, due_on),) = asked(db)
    assert due_on == DEADLINE


def test_a_progress_report_stands_in_the_timetable_and_in_the_work_programme(
    db: Database, with_body: Cast
) -> None:
    """S14: on the page and in its files for the year in which it is due, and at its meeting."""
    with at(SPRING):
        year = db.run(
            lambda s: reading.year_timetable(s, build.actor(s, with_body.mo), "Y-2027-1", Choice())
        )
        (row,) = [each for each in year.rows if not each.rule]
        assert (row.title, row.due_on) == (FIRST[1], DEADLINE)
        assert row.body == "Policy Committee"
        assert [plan.ref for plan in row.plans] == [DELIVERY]
        lines = list(files.lines([row]))
        assert lines[0][:2] == (DEADLINE, FIRST[1])
        (entry,) = files.entries([row], db.read(feeds.stamp))
        assert entry.uid.startswith("progress-")
        page = db.run(lambda s: reading_programme.programme(s, build.actor(s, with_body.cy), None))
        (line,) = [
            (sitting, each)
            for sitting in page.sittings
            for each in sitting.lines
            if each.what == FIRST[1]
        ]
        assert line[0].meeting is not None
        assert (line[0].body, line[0].meeting.on_date) == ("Policy Committee", date(2027, 12, 8))
        assert line[1].due_on == DEADLINE
        only_pat = Choice(person=with_body.pat)
        year = db.run(
            lambda s: reading.year_timetable(s, build.actor(s, with_body.mo), "Y-2027-1", only_pat)
        )
        assert all(each.rule for each in year.rows)
