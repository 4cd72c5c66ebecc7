"""A council that changes from committees to a cabinet: what runs keeps its route, what begins after
takes the new one, and what was decided stays (governance-rules 3.19).

Adam changes how Smallshire is governed; Fred writes the financial strategy, Selma passes it on, Sue
checks it, Cy records what the bodies resolve; Pat may change nothing.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import framework_loader
from config.council_loading import load_council
from config.governance import COMMITTEES, EXECUTIVE
from cycle import council_facts
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotPermitted
from cycle.models import Council, Event, Plan, PlanningYear, Step
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.cycles.test_cycles import open_year
from tests.flows.cycles.test_year_choices import asked
from workflows.council import governance, loading
from workflows.cycles import cycles
from workflows.timetable import timetable

POLICY, CABINET = "policy_committee", "cabinet"
BEGINS, CHANGES, AFTER = date(2027, 6, 1), date(2028, 5, 18), date(2028, 6, 2)
OLD, NEW = "MTFS-2028", "MTFS-2029"
CABINET_BODY = """
[[bodies]]
key = "cabinet"
name = "Cabinet"
framework_body = "cabinet"
kind = "cabinet"
public = true
size = 9
quorum = 3
weekday = "wed"
time = "10:30"
rhythm = "5/3, 6/2, 7/2, 9/3, 10/2, 11/2, 12/2, 1/2, 2/2, 3/2, 4/1"
"""


def with_cabinet() -> dict[str, Any]:
    """The framework with both models: wherever Policy Committee is asked under the one, Cabinet is
    under the other, and every step that is counted from it has its twin."""
    data = deepcopy(build.framework_data())
    data["years"] = {key: data["years"][key] for key in ("year_one", "year_later")}
    del data["plan_types"]["interim_priorities"]
    bodies = data["bodies"]
    bodies[POLICY]["models"] = [COMMITTEES]
    bodies[CABINET] = bodies[POLICY] | {
        "title": "Cabinet", "kind": "cabinet", "models": [EXECUTIVE]
    }  # fmt: skip
    twins: dict[str, str] = {}
    for year in data["years"].values():
        twins |= _twin_steps(year)
    for kind in data["plan_types"].values():
        kind["route"] = [each for stop in kind.get("route", []) for each in _twin_stop(stop, twins)]
    for limit in data["limits"].values():
        named = limit.get("steps", [])
        limit["steps"] = named + [twins[key] for key in named if key in twins]
    return data


def _twin_steps(year: dict[str, Any]) -> dict[str, str]:
    """Give every step that hangs on Policy Committee a twin that hangs on Cabinet."""
    steps = year["steps"]
    twins: dict[str, str] = {}
    while len(twins) < len(found := {s["key"] for s in steps if _hangs(s, twins)}):
        twins = {key: key.replace(POLICY, CABINET) for key in found}
        twins = {key: twin if twin != key else f"{key}_cabinet" for key, twin in twins.items()}
    made = []
    for step in steps:
        if step["key"] in twins:
            twin = {key: _renamed(value, twins) for key, value in step.items()}
            made.append(twin | {"models": [EXECUTIVE], "title": f"{step['title']} (Cabinet)"})
            step["models"] = [COMMITTEES]
        else:
            needs = step.get("predecessors", [])
            step["predecessors"] = needs + [twins[key] for key in needs if key in twins]
    year["steps"] = steps + made
    return twins


def _hangs(step: Mapping[str, Any], twins: Mapping[str, str]) -> bool:
    named = {part.split(":")[-1] for part in step.get("which", "").split(",")}
    return step["anchor"] == POLICY or bool(({step["anchor"]} | named) & twins.keys())


def _renamed(value: Any, twins: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(each, twins) for each in value]
    if not isinstance(value, str):
        return value
    words = [part.split(":") for part in value.split(",")]
    names = twins | {POLICY: CABINET}
    return ",".join(":".join(names.get(word, word) for word in part) for part in words)


def _twin_stop(stop: dict[str, Any], twins: Mapping[str, str]) -> list[dict[str, Any]]:
    if stop["body"] == POLICY:
        return [stop, stop | {"body": CABINET, "step": twins[stop["step"]]}]
    if stop.get("step") in twins:
        return [
            stop | {"models": [COMMITTEES]},
            stop | {"models": [EXECUTIVE], "step": twins[stop["step"]]},
        ]
    return [stop]


def council(db: Database, folder: Path, data: dict[str, Any] | None = None) -> Cast:
    """Smallshire with a Cabinet that waits for its day, under the framework with both models."""
    path = folder / "smallshire.toml"
    council_file = (build.HERE / "data" / "smallshire.toml").read_text(encoding="utf-8")
    path.write_text(council_file + CABINET_BODY, encoding="utf-8")
    with co.on(BEGINS):
        db.run(loading.load, None, load_council(path), data or with_cabinet())
    return build.cast(db)


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    return council(db, tmp_path)


def change(
    db: Database, by: int, model: str, on: date, reason: str = "Council, 31 March 2028"
) -> None:
    db.run(lambda s: governance.change_model(s, build.actor(s, by), model, on, reason))


def begin(db: Database, who: Cast) -> None:
    """The cycle of 2027 with its first year open under committees."""
    with co.on(BEGINS):
        db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, 2027))
        open_year(db, who, "Y-2027-1")


def begin_second_year(db: Database, who: Cast) -> None:
    with co.on(AFTER):
        open_year(db, who, "Y-2027-2")
        year = db.read(
            lambda s: s.scalar(select(PlanningYear.id).where(PlanningYear.ref == "Y-2027-2"))
        )
        db.run(
            lambda s: cycles.decide(
                s, build.actor(s, who.sue), year, "refresh", "New times.", "The leader"
            )
        )


def to_members(db: Database, who: Cast, ref: str) -> None:
    """The financial strategy from not started to the first body that it is sent to."""
    with co.on(AFTER):
        build.act(db, ref, "start", None)
        build.fill(db, ref, who.fred)
        build.act(db, ref, "submit", who.fred)
        build.act(db, ref, "pass_on", who.selma)
        build.act(db, ref, "pass_check", who.sue, co.checked(db, ref))


def rules(db: Database, ref: str) -> set[str]:
    """The steps of a plan by rule."""

    def work(session: Session) -> set[str]:
        mine = select(Step.rule).join(Plan, Plan.id == Step.plan_id).where(Plan.ref == ref)
        return set(session.scalars(mine))

    return db.read(work)


def test_the_framework_of_the_story_has_no_problem():
    assert framework_loader.problems(with_cabinet()) == []


def test_the_running_plan_goes_on_to_policy_committee_and_the_next_one_to_cabinet(
    db: Database, who: Cast
) -> None:
    begin(db, who)
    with co.on(date(2028, 4, 3)):
        change(db, who.adam, EXECUTIVE, CHANGES)
    begin_second_year(db, who)
    to_members(db, who, OLD)
    to_members(db, who, NEW)
    assert asked(db, OLD) == [(1, POLICY, "approve")]
    assert asked(db, NEW) == [(1, CABINET, "approve")]
    assert "mtfs_policy_committee" in rules(db, OLD)
    assert "mtfs_cabinet" not in rules(db, OLD)
    assert "mtfs_cabinet" in rules(db, NEW)
    assert "mtfs_policy_committee" not in rules(db, NEW)


def test_both_are_decided_each_by_its_own_body_and_history_stays(db: Database, who: Cast) -> None:
    begin(db, who)
    with co.on(date(2028, 4, 3)):
        change(db, who.adam, EXECUTIVE, CHANGES)
    begin_second_year(db, who)
    for ref in (OLD, NEW):
        to_members(db, who, ref)
    for report in co.refs(db):
        co.through(db, who, report, AFTER)
    assert {build.state(db, ref) for ref in (OLD, NEW)} == {"approved"}
    assert co.stages(db, OLD) == [(1, 1, POLICY, "decided")]
    assert co.stages(db, NEW) == [(1, 1, CABINET, "decided")]


def test_a_year_keeps_the_steps_of_the_model_in_which_it_began(db: Database, who: Cast) -> None:
    begin(db, who)

    def of_year(number: int) -> set[str]:
        def work(session: Session) -> set[str]:
            year = select(PlanningYear.id).where(PlanningYear.number == number)
            return set(
                session.scalars(
                    select(Step.rule).where(Step.planning_year_id.in_(year), Step.plan_id.is_(None))
                )
            )

        return db.read(work)

    with co.on(date(2028, 4, 3)):
        change(db, who.adam, EXECUTIVE, CHANGES)
    begin_second_year(db, who)
    assert "open_year" in of_year(1)
    assert [rule for rule in of_year(1) if "cabinet" in rule] == []
    assert "decide_cabinet" in of_year(2)
    assert "decide" not in of_year(2)
    with co.on(AFTER):
        again = db.read(lambda s: timetable.rows_of(s, _year_one(s), [])[1])
    assert [row["key"] for row in again if "cabinet" in row["key"]] == [], "nor when it is set anew"


def _year_one(session: Session) -> PlanningYear:
    return session.scalars(select(PlanningYear).where(PlanningYear.number == 1)).one()


def test_a_plan_made_on_the_day_before_the_change_takes_the_old_route(
    db: Database, who: Cast
) -> None:
    begin(db, who)
    with co.on(date(2028, 4, 3)):
        change(db, who.adam, EXECUTIVE, date(2028, 6, 3))
    begin_second_year(db, who)  # on 2 June
    to_members(db, who, NEW)
    assert asked(db, NEW) == [(1, POLICY, "approve")]


def test_the_change_is_on_the_councils_record_and_stays_when_its_files_are_loaded_again(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    with co.on(date(2028, 4, 3)):
        change(db, who.adam, EXECUTIVE, CHANGES, "Council, 31 March 2028")

    def last(session: Session) -> str:
        event = select(Event.payload).join(Council, Council.id == Event.subject_id)
        return str(session.scalar(event.order_by(Event.id.desc()).limit(1)))

    sentence = db.read(last)
    for words in ("change_governance", "Leader and cabinet", "2028-05-18", "31 March 2028"):
        assert words in sentence
    council(db, tmp_path)
    entries = db.read(council_facts.governance)
    assert [(each.model, each.from_on) for each in entries] == [(EXECUTIVE, CHANGES)]


def test_a_change_to_come_can_be_taken_back_on_its_own_day(db: Database, who: Cast) -> None:
    with co.on(date(2028, 4, 3)):
        change(db, who.adam, EXECUTIVE, CHANGES)
        change(db, who.adam, COMMITTEES, CHANGES, "Council reversed it, 20 April 2028")
    assert db.read(council_facts.governance) == ()


@pytest.mark.parametrize(
    ("model", "on", "reason", "problem"),
    [
        (EXECUTIVE, date(2028, 4, 2), "Council", "from today or a later day"),
        (COMMITTEES, CHANGES, "Council", "already has this model on 18 May 2028"),
        (EXECUTIVE, CHANGES, " ", "a reason is needed here"),
        ("monarchy", CHANGES, "Council", "Choose the committee system"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_nothing_is_kept(
    db: Database, who: Cast, model: str, on: date, reason: str, problem: str
) -> None:
    with co.on(date(2028, 4, 3)), pytest.raises((Blocked, BadInput), match=problem):
        change(db, who.adam, model, on, reason)
    assert db.read(council_facts.governance) == ()


def test_a_change_before_one_that_is_recorded_already_is_refused(db: Database, who: Cast) -> None:
    with co.on(date(2028, 4, 3)):
        change(db, who.adam, EXECUTIVE, CHANGES)
        with pytest.raises(Blocked, match="There is a change from 18 May 2028 already"):
            change(db, who.adam, EXECUTIVE, date(2028, 5, 1))


def test_nothing_can_change_to_a_model_that_sends_a_plan_to_nobody(
    db: Database, tmp_path: Path
) -> None:
    data = with_cabinet()
    data["plan_types"]["mtfs"]["route"] = data["plan_types"]["mtfs"]["route"][:1]
    who = council(db, tmp_path, data)
    with (
        co.on(date(2028, 4, 3)),
        pytest.raises(
            Blocked,
            match="leader and cabinet. It sends Medium Term Financial Strategies to nobody.",
        ),
    ):
        change(db, who.adam, EXECUTIVE, CHANGES)


def test_pat_cannot_change_how_the_council_is_governed(db: Database, who: Cast) -> None:
    with co.on(date(2028, 4, 3)), pytest.raises(NotPermitted):
        change(db, who.pat, EXECUTIVE, CHANGES)
