"""What happens because time has passed: plans start, take effect and are replaced, years begin;
and who rings, answers and does the work when nobody else does."""

import logging
import threading
from datetime import date
from pathlib import Path

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import Settings
from cycle import people
from cycle.db import Database
from notifications import dispatch
from tests import build
from tests.build import Cast
from tests.flows.plans.test_reading import add_services, statements
from tests.flows.posting import at, change, mail_in, rows, settings_in, states, task_for
from tests.kit import TestDatabase
from workflows import sweep
from workflows.cycles import cycles
from workflows.plans import plans
from workflows.rehearsal import rehearsals

SPRING = date(2027, 6, 9)
# Statements of a sweep with nothing to do: its lock, four that look, mail, and what would leave.
QUIET = 12


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def who(db: Database) -> Cast:
    with at(SPRING):
        return build.year_one(db)


def state_of(db: Database, ref: str) -> str:
    return build.state(db, ref)


def put(db: Database, ref: str, state: str) -> None:
    """A plan as it stands after what other tests prove by the verbs."""
    build.put(db, ref, state)


def test_plans_whose_needs_are_met_start_by_themselves_and_the_others_wait(
    db: Database, who: Cast, settings: Settings
) -> None:
    assert state_of(db, "STP-2028") == "not_started"
    with at(SPRING):
        assert sweep.sweep(db, settings).acts > 0
        assert sweep.sweep(db, settings).acts == 0
    assert state_of(db, "STP-2028") == "drafting"
    assert state_of(db, "SVP-2028-HOUSING") == "not_started"
    (event,) = rows(
        db,
        "SELECT event.action, person.is_system FROM event JOIN person ON person.id = person_id "
        "JOIN subject ON subject.id = event.subject_id WHERE ref = 'STP-2028' AND seq = 2",
    )
    assert (event.action, event.is_system) == ("start", True)


def test_proposals_begin_once_the_draft_outcomes_are_issued(
    db: Database, who: Cast, settings: Settings
) -> None:
    with at(SPRING):
        sweep.sweep(db, settings)
        build.fill(db, "STP-2028", who.hana)
        build.act(db, "STP-2028", "issue_outcomes", who.hana)
        profiles = rows(db, "SELECT ref FROM subject WHERE ref LIKE 'SPR-%'")
        for profile in profiles:
            put(db, profile.ref, "in_force")
        sweep.sweep(db, settings)
    assert state_of(db, "SVP-2028-HOUSING") == "proposals_drafting"
    assert state_of(db, "SVP-2028-PARKS") == "proposals_drafting"


def test_nothing_starts_in_a_year_that_is_not_open(
    db: Database, who: Cast, settings: Settings
) -> None:
    put(db, "Y-2027-1", "closed")
    with at(SPRING):
        sweep.sweep(db, settings)
    assert state_of(db, "STP-2028") == "not_started"


def test_an_approved_plan_takes_effect_on_its_day_and_replaces_the_one_before(
    db: Database, who: Cast, settings: Settings
) -> None:
    put(db, "BUD-2028", "in_force")
    put(db, "DP-2028", "approved")
    change(
        db,
        "UPDATE plan SET supersedes_id = (SELECT id FROM subject WHERE ref = 'BUD-2028') "
        "WHERE id = (SELECT id FROM subject WHERE ref = 'DP-2028')",
    )
    with at(date(2028, 3, 31), 23, 59):
        sweep.sweep(db, settings)
    assert state_of(db, "DP-2028") == "approved"
    with at(date(2028, 4, 1), 0, 1):
        sweep.sweep(db, settings)
        assert sweep.sweep(db, settings).acts == 0
    assert state_of(db, "DP-2028") == "in_force"
    assert state_of(db, "BUD-2028") == "superseded"


def test_the_second_year_begins_on_the_first_of_may(
    db: Database, who: Cast, settings: Settings
) -> None:
    with at(date(2028, 4, 30)):
        sweep.sweep(db, settings)
    assert state_of(db, "Y-2027-2") == "planned"
    with at(date(2028, 5, 1)):
        sweep.sweep(db, settings)
    assert state_of(db, "Y-2027-2") == "deciding"
    assert state_of(db, "Y-2027-3") == "planned"
    tasks = rows(
        db,
        "SELECT task.kind FROM task JOIN subject ON subject.id = subject_id "
        "WHERE ref = 'Y-2027-2' AND closed_at IS NULL",
    )
    assert [task.kind for task in tasks] == ["decide"]


def test_two_sweeps_at_once_do_what_one_does(db: Database, who: Cast, settings: Settings) -> None:
    def swept() -> None:
        with at(date(2027, 6, 10)):
            done.append(sweep.sweep(db, settings))

    done: list[sweep.Swept] = []
    at_once = [threading.Thread(target=swept) for _ in range(4)]
    for each in at_once:
        each.start()
    for each in at_once:
        each.join()
    with at(date(2027, 6, 10)):
        sweep.sweep(db, settings)
    starts = rows(db, "SELECT subject_id FROM event WHERE action = 'start'")
    assert len(starts) == len({row.subject_id for row in starts}) == sum(d.acts for d in done)
    mails = [str(mail["Message-ID"]) for mail in mail_in(settings.data_dir)]
    assert len(mails) == len(set(mails)) > 0


def test_a_sweep_waits_for_no_other_and_says_so(
    db: Database, who: Cast, settings: Settings
) -> None:
    with sweep._alone(db) as first:
        assert first
        assert sweep.sweep(db, settings).elsewhere
    assert not sweep.sweep(db, settings).elsewhere


def test_a_plan_that_cannot_be_moved_keeps_no_mail_from_leaving(
    db: Database,
    who: Cast,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("a fault of the product")

    monkeypatch.setattr(plans, "act", broken)
    task_for(db, "manager-housing", date(2027, 6, 11))
    with at(SPRING), caplog.at_level(logging.CRITICAL):
        done = sweep.sweep(db, settings)
    assert (done.acts, done.digests > 0, done.sent > 0) == (0, True, True)


def test_a_sweep_that_finds_nothing_to_do_asks_little_however_many_plans_there_are(
    db: Database, who: Cast, settings: Settings
) -> None:
    """What is due is looked up once for all plans, and only that is done."""

    def asked() -> int:
        with at(SPRING):
            sweep.sweep(db, settings)
            with statements(db) as sent:
                assert sweep.sweep(db, settings).acts == 0
        return len(sent)

    few = asked()
    with at(SPRING):
        add_services(db, who, 12)
    assert asked() == few <= QUIET


def test_the_day_has_one_checkpoint_and_its_text_is_outside(
    db: Database, who: Cast, settings: Settings
) -> None:
    for day in (SPRING, SPRING, date(2027, 6, 10)):
        with at(day):
            sweep.sweep(db, settings)
            sweep.sweep(db, settings)
    numbers = [row.id for row in rows(db, "SELECT id FROM checkpoint ORDER BY id")]
    outside = sorted(each.stem for each in (settings.data_dir / "checkpoints").iterdir())
    assert outside == [f"{number:04d}" for number in numbers]


def test_tick_takes_what_it_needs_from_the_environment(
    db: Database,
    who: Cast,
    database: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.app_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    with at(SPRING):
        assert "acts" in sweep.tick()
    assert state_of(db, "STP-2028") == "drafting"
    sweep._database(database.app_url).dispose()


def test_support_may_begin_the_year_before_the_system_does(
    db: Database, who: Cast, settings: Settings
) -> None:
    def begin(session: Session) -> None:
        year = session.scalar(text("SELECT id FROM subject WHERE ref = 'Y-2027-2'"))
        cycles.open_year(session, people.actor(session, who.sue), year)

    with at(date(2028, 4, 28)):
        db.run(begin)
    with at(date(2028, 5, 2)):
        sweep.sweep(db, settings)
    assert state_of(db, "Y-2027-2") == "deciding"


# The doorbell


def bell(url: str) -> Queue:
    line = redis.Redis.from_url(url)
    return Queue(dispatch.QUEUE, connection=line, serializer=JSONSerializer)


def test_the_bell_rings_once_until_somebody_comes_and_carries_no_data(valkey: str) -> None:
    """INV-44: nothing is in Valkey that is not in the database."""
    assert [dispatch.ring(valkey) for _ in range(3)] == ["rung", "waiting", "waiting"]
    (job,) = bell(valkey).jobs
    assert (job.func_name, job.args, job.kwargs) == ("workflows.sweep.tick", [], {})


def test_a_worker_answers_the_bell(
    db: Database,
    who: Cast,
    database: TestDatabase,
    valkey: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.app_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    dispatch.ring(valkey)
    with at(SPRING):
        dispatch.work(valkey, burst=True)
    assert bell(valkey).count == 0
    assert state_of(db, "STP-2028") == "drafting"
    sweep._database(database.app_url).dispose()


def test_a_bell_that_is_gone_or_takes_nothing_harms_nobody(valkey: str, tmp_path: Path) -> None:
    assert dispatch.ring(None) == "silent"
    assert dispatch.ring(f"unix://{tmp_path}/nobody.sock?db=0") == "silent"
    with redis.Redis.from_url(valkey) as line:
        line.set(f"rq:queue:{dispatch.QUEUE}", "not a list")
    assert dispatch.ring(valkey) == "silent"


@pytest.mark.parametrize("broken", [True, False])
def test_the_scheduler_does_the_work_when_the_bell_is_silent_or_nobody_answers(
    valkey: str, tmp_path: Path, broken: bool
) -> None:
    """INV-44: late by two rounds at most."""
    url = f"unix://{tmp_path}/nobody.sock?db=0" if broken else valkey
    rounds: list[int] = []
    stopped = _scheduler(url, rounds)
    assert stopped
    assert len(rounds) >= 3


def _scheduler(url: str, rounds: list[int]) -> bool:
    """A scheduler in a thread of its own, asked to end at its third sweep; the first fails."""

    def tick() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise RuntimeError("the database is away")
        if len(rounds) == 3:
            stop.ask()

    stop = dispatch.Stop()
    rest = {"every": 0.01, "stop": stop}
    thread = threading.Thread(target=dispatch.schedule, args=(url, tick), kwargs=rest, daemon=True)
    thread.start()
    thread.join(30)
    return not thread.is_alive()


def test_losing_every_key_loses_nothing(
    db: Database, who: Cast, settings: Settings, valkey: str
) -> None:
    """INV-44: Valkey forgets that it was rung; the next round rings again and all leaves."""
    task_for(db, "manager-housing", date(2027, 6, 11))
    dispatch.ring(valkey)
    with redis.Redis.from_url(valkey) as line:
        line.flushdb()
    assert dispatch.ring(valkey) == "rung"
    with at(SPRING):
        sweep.sweep(db, settings)
    assert "waiting" not in {state for key, state in states(db).items() if key.startswith("before")}


# Outages (fault X5) -------------------------------------------------------------------------------

NOBODY = "postgresql://plancycle_app@127.0.0.1:9/none"


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log learnt, without a stack."""
    assert all(each.exc_info is None for each in caplog.records)
    return [each.getMessage().split(":")[0].split(",")[0] for each in caplog.records]


def test_a_bell_that_is_away_is_one_line_and_one_when_it_is_back(
    valkey: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dispatch.ring(valkey)
    caplog.clear()
    for _ in range(3):
        assert dispatch.ring(f"unix://{tmp_path}/nobody.sock?db=0") == "silent"
    dispatch.work(f"unix://{tmp_path}/nobody.sock?db=0", burst=True)
    assert logged(caplog) == ["Valkey does not answer; waiting for it"]
    bell(valkey).empty()
    assert dispatch.ring(valkey) == "rung"
    assert logged(caplog)[1:] == ["Valkey answers again"]


def test_a_sweep_ends_with_the_database_and_the_scheduler_says_so_once(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    away, stop, rounds = Database(NOBODY), dispatch.Stop(), []

    def tick() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            stop.ask()
        sweep.sweep(away, settings)

    dispatch.schedule(None, tick, every=0.01, stop=stop)
    assert len(rounds) == 3
    assert logged(caplog) == ["The database does not answer; waiting for it"]


def test_the_player_waits_for_the_database_and_plays_on_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    away, rounds = Database(NOBODY), []

    def play() -> bool:
        rounds.append(1)
        if len(rounds) == 3:
            raise KeyboardInterrupt
        return rehearsals.play_next(away)

    with pytest.raises(KeyboardInterrupt):
        rehearsals.keep_playing(play, 0.01)
    rehearsals._Progress(away, rehearsals._Claim(1, 1, 1))(3, 10)
    assert logged(caplog) == ["The database does not answer; waiting for it"]
