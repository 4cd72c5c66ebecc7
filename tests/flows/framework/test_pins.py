"""A pin moves by an act that names the edition, and each act is judged by the edition of its day.

The rules proved here: edges, pins and four eyes over a chain that has changed its edition, and when
loading the same files makes another edition: once at most, and only where order had been lost.
"""

import copy
import json
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import editions
from config.council_loading import load_council
from config.framework_reading import RENAMED
from cycle import people
from cycle.db import Database
from cycle.errors import Blocked
from cycle.models import Council, FrameworkVersion
from cycle.record import canonical
from tests import build
from tests.flows import committees
from tests.flows.committees import HOUSING
from workflows.council import framework_publishing, loading
from workflows.framework import pinned
from workflows.record.verify import verify


def edition(**lifecycles: Any) -> dict[str, Any]:
    """The next edition of Smallshire's framework, with some of its lifecycles changed."""
    data = copy.deepcopy(build.framework_data())
    data["title"] += ", second edition"
    data["lifecycles"] |= lifecycles
    return data


def load(db: Database, data: dict[str, Any]) -> loading.Report:
    """The same files of the council, with a framework."""
    return db.run(loading.load, None, load_council(build.HERE / "data" / "smallshire.toml"), data)


def moved(db: Database, ref: str, data: dict[str, Any]) -> None:
    """Publish an edition and move one plan to it."""

    def work(session: Session) -> None:
        council, system = session.scalars(select(Council)).one(), people.system(session)
        version = framework_publishing.publish(session, system, people.SYSTEM, council, data)
        framework_publishing.migrate(
            session, system, people.SYSTEM, build.plan(session, ref), version
        )

    db.run(work)


def as_named_then(data: dict[str, Any]) -> dict[str, Any]:
    """A framework's contents with the names that keys had in the first format."""
    names = {new: old for old, new in RENAMED.items()}

    def table(given: dict[str, Any]) -> dict[str, Any]:
        return {names.get(key, key): value for key, value in given.items()}

    parts = {
        part: {key: table(each) for key, each in data[part].items()}
        for part in ("roles", "plan_types")
    }
    years = {
        key: {**year, "steps": [table(step) for step in year.get("steps", ())]}
        for key, year in data["years"].items()
    }
    return {**data, **parts, "years": years}


def renamed() -> dict[str, Any]:
    """The service plan's life, with “submit” under another name and no rule of four eyes."""
    kind = build.framework_data()["plan_types"]["service_plan"]["lifecycle"]
    life = copy.deepcopy(build.framework_data()["lifecycles"][kind])
    for transition in life["transitions"]:
        if transition["action"] == "submit":
            transition["action"] = "hand_in"
        transition["guards"] = [
            each for each in transition.get("guards", []) if each["rule"] != "not_an_editor"
        ]
    return edition(**{kind: life})


def found(db: Database) -> set[tuple[str, str | None]]:
    """What is broken and where."""
    broken = db.read(verify.check).broken
    return {(check.key, row.subject) for check in broken for row in check.rows}


def test_loading_another_edition_is_an_act_and_the_record_stays_whole(db: Database) -> None:
    """INV-06: it was none; verify said that the council ran under another framework than it began
    with."""
    build.council(db)
    second = edition()
    report = load(db, second)
    assert ("framework", "changed") in {(each.kind, each.what) for each in report.changes}
    whole = db.read(verify.check)
    assert (whole.broken, whole.known) == ((), ())

    def look(session: Session) -> None:
        acts = session.scalars(
            text("SELECT payload FROM event WHERE action = 'migrate_framework'")
        ).all()
        sha = session.scalar(select(FrameworkVersion.sha256).where(FrameworkVersion.number == 2))
        assert len(acts) == 1
        assert f'"framework":"{sha}"' in acts[0]

    db.read(look)
    assert load(db, second).changes == []
    load(db, build.framework_data())
    assert found(db) == set()


def test_a_state_that_the_new_edition_calls_another_phase_is_in_that_phase(db: Database) -> None:
    """INV-02: moving the pin leaves the state, and still the phase is written with it."""
    build.year_one(db)
    kind = build.framework_data()["plan_types"]["service_plan"]["lifecycle"]
    life = copy.deepcopy(build.framework_data()["lifecycles"][kind])
    here = life["states"][build.state(db, HOUSING)]
    assert here["phase"] != "settled"
    here["phase"] = "settled"
    moved(db, HOUSING, edition(**{kind: life}))
    assert db.read(lambda s: build.plan(s, HOUSING).phase) == "settled"
    assert found(db) == set()


def test_acts_are_judged_by_the_edition_of_their_day(db: Database) -> None:
    """INV-03: Mo submitted by the first edition; the second has no such action, and is no
    judge."""
    who = build.year_one(db)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    moved(db, HOUSING, renamed())
    assert found(db) == set()
    build.returned(db, HOUSING, who.ray)
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "hand_in", who.mo)
    assert found(db) == set()


def test_a_breach_of_the_first_edition_is_not_excused_by_the_second(
    db: Database, owner_db: Database
) -> None:
    """INV-22: four eyes counted when Ray passed it on, whatever the edition of today says."""
    who = build.year_one(db)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    build.act(db, HOUSING, "pass_on", who.ray, committees.OVERRIDE)
    moved(db, HOUSING, renamed())
    assert found(db) == set()
    owner_db.run(
        lambda s: s.execute(
            text(
                "UPDATE editor SET person_id = :ray FROM subject AS s "
                "WHERE s.id = editor.plan_id AND s.ref = :ref"
            ),
            {"ray": who.ray, "ref": HOUSING},
        )
    )
    assert ("INV-22-four-eyes", HOUSING) in found(db)


def test_nothing_moves_to_an_edition_that_has_no_place_for_it(db: Database) -> None:
    """The council is running; an edition in which nothing runs is refused in a sentence."""
    build.council(db)
    life = copy.deepcopy(build.framework_data()["lifecycles"]["council"])
    elsewhere = json.loads(json.dumps(life).replace('"running"', '"at_work"'))
    with pytest.raises(Blocked, match="which has no state “running” for it"):
        load(db, edition(council=elsewhere))
    assert found(db) == set()


def own_files() -> dict[str, Any]:
    """The files of a council that has put a heading of its own before the others."""
    data = copy.deepcopy(build.framework_data())
    own = {"zz_first": {"title": "For members of the ward"}}
    data["report_fields"] = own | data["report_fields"]
    return data


def headings(db: Database, number: int) -> list[str]:
    """The headings of a published edition, in the order in which a writer is asked for them."""

    def look(session: Session) -> list[str]:
        found = select(FrameworkVersion).where(FrameworkVersion.number == number)
        return list(pinned.of_version(session.scalars(found).one()).report_fields)

    return db.read(look)


def test_an_edition_of_format_1_is_not_published_again_for_its_format(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Smallshire, loaded by an earlier version, opens its files again: nothing changes."""
    with monkeypatch.context() as as_then:
        as_then.setattr(editions, "body", lambda data: canonical.dumps(as_named_then(data)))
        build.council(db)
    assert load(db, build.framework_data()).lines() == [
        "Nothing to change: the council is as the files say."
    ]
    assert headings(db, 1) == list(build.framework_data()["report_fields"])


def test_an_order_that_was_lost_is_published_once_and_said(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A council's own headings had been stored sorted: its files bring their order, as an act."""
    build.council(db)
    with monkeypatch.context() as as_then:
        as_then.setattr(editions, "body", lambda data: canonical.dumps(as_named_then(data)))
        load(db, own_files())
    assert headings(db, 2) == sorted(own_files()["report_fields"])
    report = load(db, own_files())
    assert report.lines() == [
        f"Framework: changed {build.FRAMEWORK}/3 (the same words; the order of its lists is now "
        "that of the files)"
    ]
    assert headings(db, 3) == list(own_files()["report_fields"])
    assert load(db, own_files()).changes == []
    whole = db.read(verify.check)
    assert (whole.broken, whole.known) == ((), ())


def wishing() -> tuple[str, dict[str, Any]]:
    """The service plan's life, in which drafting has a task of a source that there is not."""
    kind = build.framework_data()["plan_types"]["service_plan"]["lifecycle"]
    life = copy.deepcopy(build.framework_data()["lifecycles"][kind])
    key = next(each["to"] for each in life["transitions"] if each["action"] == "start")
    life["states"][key]["tasks"][0]["each"] = "wish"
    return kind, life


def test_a_source_of_tasks_that_there_is_not_is_named_before_anything_is_published() -> None:
    kind, life = wishing()
    (problem,) = framework_publishing.check(edition(**{kind: life}))
    assert problem.startswith(f"lifecycles/{kind}.toml:")
    assert "There are no tasks of “wish”. Known are: contribution, reporting." in problem


def test_an_internal_act_that_no_verb_does_is_named_before_anything_is_published() -> None:
    """Nothing would do it: a button without a page."""
    kind = build.framework_data()["plan_types"]["service_plan"]["lifecycle"]
    life = copy.deepcopy(build.framework_data()["lifecycles"][kind])
    life["transitions"][-1] |= {"action": "applaud", "label": "Applaud"}
    (problem,) = framework_publishing.check(edition(**{kind: life}))
    assert problem.startswith(f"lifecycles/{kind}.toml:applaud.kind: Nothing does this act")
    assert "answer_contribution, ask_contribution, came_to_a_stop, comment, remind" in problem


def test_an_edition_that_names_such_a_source_already_still_gives_its_task(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was published must stay workable: it is one task for its role, as it was then."""
    who = build.year_one(db)
    build.issue_outcomes(db, who)
    kind, life = wishing()
    # As it was published by a build that did not look.
    monkeypatch.setattr(framework_publishing, "check", lambda _data: [])
    moved(db, HOUSING, edition(**{kind: life}))
    build.act(db, HOUSING, "start", None)
    sql = text(
        "SELECT count(*) FROM task JOIN subject ON subject.id = subject_id "
        "WHERE ref = :ref AND closed_at IS NULL"
    )
    assert db.read(lambda s: s.scalar(sql, {"ref": HOUSING})) == 1
    assert found(db) == set()
