"""The demo opens full: Borsetshire on 12 November 2026, made by the verbs that people use."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from config import framework_loader
from config.council import COUNCILS
from config.council_loading import load_council
from config.settings import Settings
from cycle import clock, council_facts
from cycle.db import Database
from cycle.models import Body, FrameworkVersion, Meeting, Unit
from cycle.server.embedded import Servers
from tests import kit
from webui.commands import demo
from workflows import sweep
from workflows.council import loading
from workflows.framework import deadline_rules, pinned
from workflows.people import passwords
from workflows.record.verify import verify
from workflows.rehearsal import rehearsals
from workflows.simulation import demo as simulate_demo
from workflows.simulation.world import Counted
from workflows.timetable import baselines

A_WEEK_LATER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(
    servers: Servers, worker: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, Settings, list[str]]]:
    """The demo, made once for all questions."""
    place = kit.fresh_database(servers, f"demo_{worker}")
    folder: Path = tmp_path_factory.mktemp("demo")
    settings = Settings.load(
        {
            "DATA_DIR": str(folder),
            "DATABASE_URL": place.app_url,
            "MIGRATION_URL": place.owner_url,
            "SECRET_KEY": "k" * 40,
        }
    )
    # A start that was broken off before anybody could sign in: it is made anew.
    half = Database(place.app_url)
    loaded = load_council(COUNCILS / demo.DEMO)
    data = framework_loader.read_folder(framework_loader.FRAMEWORKS / simulate_demo.FRAMEWORK)
    half.run(loading.load, None, loaded, data)
    half.dispose()
    (settings.data_dir / demo.BEING_MADE).touch()
    lines = list(demo.prepare(settings, demo.DEMO))
    db = Database(place.app_url)
    yield db, settings, lines
    db.dispose()


@pytest.fixture(scope="module")
def db(made: tuple[Database, Settings, list[str]]) -> Database:
    """Its database."""
    return made[0]


def rows(db: Database, statement: str, **values: Any) -> list[Any]:
    """What the database says."""
    return list(db.read(lambda s: s.execute(text(statement), values).all()))


def states(db: Database, prefix: str) -> dict[str, str]:
    """Reference to state, of subjects whose reference begins so."""
    found = rows(
        db, "SELECT ref, state FROM subject WHERE starts_with(ref, :prefix)", prefix=prefix
    )
    return {row.ref: row.state for row in found}


def test_two_cycles_stand_as_in_november_of_year_4(db: Database) -> None:
    """2023 to 2027 was joined midway and its Year 4 is live; 2027 to 2031 is planned."""
    assert states(db, "C-") == {"C-2023": "running", "C-2027": "planned"}
    years = states(db, "Y-2023-")
    assert years.pop("Y-2023-4") == "open"
    assert set(years.values()) == {"closed"}
    assert set(states(db, "Y-2027-").values()) == {"planned"}


def test_the_plans_of_the_year_are_with_every_kind_of_post(db: Database) -> None:
    """Services in drafting, in review, returned, with the group and agreed."""
    plans = states(db, "SVP-2027-")
    assert len(plans) == 15
    assert plans["SVP-2027-HOUSING"] == "proposals_drafting"
    assert plans["SVP-2027-PLANNING"] == "proposals_in_review"
    assert plans["SVP-2027-WASTE"] == "proposals_returned"
    assert plans["SVP-2027-EDUCATION"] == "proposals_with_group"
    assert list(plans.values()).count("proposals_agreed") == 8
    strategic = states(db, "STP-")
    assert (strategic["STP-2024"], strategic["STP-2027"]) == ("in_force", "with_committees")
    title = rows(db, "SELECT title FROM subject WHERE ref = 'STP-2024'")[0].title
    assert title == "Strategic Plan 2024 to 2028"
    assert states(db, "INT-") == {}


def test_reports_are_on_agendas_and_decisions_recorded(db: Database) -> None:
    """W2: four service committees have considered the refreshed Strategic Plan; Policy Committee
    met yesterday, and its clerk has still to record what it resolved."""
    decided = rows(
        db,
        "SELECT body.name, decision.outcome FROM decision "
        "JOIN subject ON subject.id = decision.item_id JOIN body ON body.id = subject.body_id",
    )
    assert {row.outcome for row in decided} == {"considered"}
    assert len({row.name for row in decided}) == 4
    waits = rows(
        db,
        "SELECT meeting.on_date, subject.ref FROM task "
        "JOIN agenda_item ON agenda_item.id = task.subject_id "
        "JOIN subject ON subject.id = agenda_item.id "
        "JOIN meeting ON meeting.id = agenda_item.meeting_id "
        "WHERE task.kind = 'record_resolution' AND task.closed_at IS NULL",
    )
    yesterday = simulate_demo.LAST_DAY - timedelta(days=1)
    assert [tuple(row) for row in waits] == [(yesterday, "STP-2027-POLICY")]


def test_no_plan_is_decided_before_what_it_rests_on(db: Database) -> None:
    """W2: the Delivery Plan of 2027/28 waits for its budget; last year's are all decided."""
    assert states(db, "DP-") == {"DP-2026": "in_force", "DP-2027": "drafting"}
    assert states(db, "BUD-") == {"BUD-2026": "in_force", "BUD-2027": "drafting"}


def test_the_texts_are_those_of_a_county(db: Database) -> None:
    """W2: no two entries of a section say the same, and the budget's sums are its services'."""
    twice = rows(
        db,
        "SELECT subject.ref, item.section_key, item.fields ->> 'text' AS words FROM item "
        "JOIN subject ON subject.id = item.plan_id WHERE item.fields ->> 'text' <> '' "
        "GROUP BY 1, 2, 3, item.fields ->> 'service' HAVING count(*) > 1",
    )
    assert twice == []
    sums = """
        SELECT item.fields ->> 'kind' AS kind, sum(CAST(item.fields ->> 'amount' AS numeric)) AS sum
        FROM item JOIN subject ON subject.id = item.plan_id
        WHERE starts_with(subject.ref, :ref) AND item.section_key = 'proposals'
        GROUP BY 1 ORDER BY 1
    """
    budget = [tuple(row) for row in rows(db, sums, ref="BUD-2026")]
    assert budget == [tuple(row) for row in rows(db, sums, ref="SVP-2026-")] != []
    growth = next(total for kind, total in budget if kind == "growth")
    summary = rows(
        db,
        "SELECT body FROM section JOIN subject ON subject.id = plan_id "
        "WHERE ref = 'BUD-2026' AND key = 'summary'",
    )[0].body
    assert f"£{growth / 1_000_000:.1f} million for what is new" in summary


def test_the_refreshed_strategic_plan_says_what_its_report_says_it_does(db: Database) -> None:
    """W2: residents were asked again for the refresh, and each measure serves its own outcome."""
    regard = rows(
        db,
        "SELECT body FROM section JOIN subject ON subject.id = plan_id "
        "WHERE ref = 'STP-2027' AND key = 'regard'",
    )[0].body
    report = rows(
        db, "SELECT report FROM agenda_item JOIN subject USING (id) WHERE ref = 'STP-2027-POLICY'"
    )
    assert "What has changed since 2024" in regard
    assert "2,906 answered between 27 July and 18 September 2026" in regard
    assert "2,906 residents answered" in str(report[0].report)
    served = rows(
        db,
        "SELECT DISTINCT parent.fields ->> 'text' AS words FROM item "
        "JOIN subject ON subject.id = item.plan_id JOIN item AS parent "
        "ON parent.uid = item.parent_uid "
        "WHERE ref = 'SVP-2026-HOUSING' AND starts_with(item.fields ->> 'text', 'Homes made fit')",
    )
    assert [row.words for row in served] == [
        "Council homes are warm, dry and fit for those who live in them"
    ]


def test_raval_is_on_leave_and_clarke_lewin_covers(db: Database) -> None:
    """One manager on leave with cover."""
    found = rows(
        db,
        "SELECT person.name, other.name AS away, lower(during) AS from_on FROM cover "
        "JOIN person ON person.id = person_id JOIN person AS other ON other.id = for_person_id",
    )
    assert [(row.name, row.away, row.from_on) for row in found] == [
        ("Marsha Clarke-Lewin", "Deepak Raval", date(2026, 11, 9))
    ]


def test_one_comment_is_out_of_date(db: Database) -> None:
    """Lucy Drayton's finance comments; the constitutional ones cover other words and stand."""
    kinds = [
        row.kind
        for row in rows(
            db,
            "SELECT task.kind FROM task JOIN subject ON subject.id = subject_id "
            "WHERE ref = 'MTFS-2027-POLICY' AND closed_at IS NULL",
        )
    ]
    assert kinds == ["comment_finance"]
    by = rows(
        db,
        "SELECT person.name FROM officer_comment JOIN person ON person.id = person_id "
        "JOIN subject ON subject.id = item_id "
        "WHERE ref = 'MTFS-2027-POLICY' AND officer_comment.kind = 'finance'",
    )
    assert [row.name for row in by] == ["Lucy Drayton"]


def test_waste_was_returned_by_its_director_with_comments(db: Database) -> None:
    """Fiona MacAskill said why, beside the sections."""
    found = rows(
        db,
        "SELECT person.name, remark.body FROM remark JOIN person ON person.id = person_id "
        "JOIN subject ON subject.id = plan_id WHERE ref = 'SVP-2027-WASTE' ORDER BY remark.id",
    )
    assert {row.name for row in found[-2:]} == {"Fiona MacAskill"}
    assert "vehicles" in found[-2].body


def test_the_youth_service_was_merged_into_early_help(db: Database) -> None:
    """Its unit has ended, its plan was withdrawn, and the successor's goes on."""
    unit = db.read(lambda s: s.scalars(select(Unit).where(Unit.key == "youth")).one())
    into = db.read(lambda s: s.scalars(select(Unit).where(Unit.key == "early-help")).one())
    assert (unit.until_on, unit.merged_into_id) == (date(2026, 9, 1), into.id)
    assert states(db, "SVP-2027-YOUTH") == {"SVP-2027-YOUTH": "withdrawn"}
    assert states(db, "SVP-2027-EARLY-HELP") != {"SVP-2027-EARLY-HELP": "withdrawn"}


def test_place_misses_its_october_meeting(db: Database) -> None:
    """Cancelled as a fact."""
    found = rows(
        db,
        "SELECT status FROM meeting JOIN body ON body.id = body_id "
        "WHERE body.key = 'place' AND on_date = '2027-10-19'",
    )
    assert [row.status for row in found] == ["cancelled"]


def test_the_final_report_for_january_2028_falls_before_the_closure(db: Database) -> None:
    """By bank holidays alone it would be New Year's Eve; with the closure 23 December."""

    def due(session: Any) -> date:
        meeting = session.scalars(
            select(Meeting)
            .join(Body, Body.id == Meeting.body_id)
            .where(Body.key == "policy_committee", Meeting.on_date == date(2028, 1, 12))
        ).one()
        framework = pinned.of_version(session.scalars(select(FrameworkVersion)).one())
        rule = deadline_rules.papers_rule(framework, "policy_committee")
        return deadline_rules.counted_by(rule, meeting.on_date, council_facts.calendar(session))

    assert db.read(due) == date(2027, 12, 23)


def test_its_rehearsal_plays_to_the_end(db: Database) -> None:
    """W2, S17: of the year under way, in which one service was merged."""
    assert rehearsals.play_next(db)
    played = rows(db, "SELECT status, why, found FROM rehearsal")
    assert [(row.status, row.why) for row in played] == [("done", "")]
    assert played[0].found


def test_the_record_of_the_demo_holds(db: Database) -> None:
    """Made by verbs, so every invariant is kept."""
    report = db.read(verify.check)
    assert [check for check in report.checks if not check.ok] == []


def test_everybody_can_sign_in(made: tuple[Database, Settings, list[str]]) -> None:
    """85 people with passwords of their own, and the lines name some of them."""
    db, _, lines = made
    users = demo.demo_users(demo.DEMO)
    assert len(users) == 85
    assert len({user["password"] for user in users}) == 85
    kept = {row.email: row.password_hash for row in rows(db, "SELECT * FROM person")}
    for user in (users[0], users[-1]):
        assert passwords.matches(kept[str(user["sign_in"])], str(user["password"]))
    assert all(kept[str(user["sign_in"])] for user in users)
    assert any("jerome.baptiste@borsetshire.example" in line for line in lines)


def test_preparing_again_changes_nothing(made: tuple[Database, Settings, list[str]]) -> None:
    """A second start finds its council and leaves it as it is."""
    db, settings, lines = made
    before = rows(db, "SELECT count(*) FROM event")
    assert list(demo.prepare(settings, demo.DEMO)) == lines
    assert rows(db, "SELECT count(*) FROM event") == before


def test_the_real_clock_goes_on_after_it(made: tuple[Database, Settings, list[str]]) -> None:
    """A sweep a week later sends each person one mail at most, and a second one nothing."""
    db, settings, _ = made
    out = Counted()
    with clock.set_to(A_WEEK_LATER):
        first = sweep.sweep(db, settings, out)
        again = sweep.sweep(db, settings, out)
    assert first.failed == 0
    assert len(out.keys) == len(set(out.keys)) > 0
    assert (again.acts, again.notices, again.sent) == (0, 0, 0)


def test_the_timetable_was_issued_twice_and_a_proposal_waits(db: Database) -> None:
    """The first issue stays; what has moved since is in the ledger; the next move is only saved."""
    assert states(db, "TT-2027") == {"TT-2027": "in_force"}
    assert states(db, "DC-") == {"DC-2026-1": "applied", "DC-2026-2": "proposed"}
    year = rows(db, "SELECT id FROM subject WHERE ref = 'Y-2023-4'")[0].id
    first, second = db.read(lambda s: baselines.all_of(s, year))
    moved = {key for key, on in second.dates.items() if first.dates.get(key) not in (None, on)}
    assert "budget_policy_committee:BUD-2027" in moved
    assert second.why.startswith("The chamber is let")
    ledger = rows(db, "SELECT DISTINCT step_key FROM slip")
    assert moved == {row.step_key for row in ledger}
    notified = [
        row.person_id for row in rows(db, "SELECT person_id FROM outbox WHERE kind = 'moved'")
    ]
    assert len(notified) == len(set(notified)) > 0
