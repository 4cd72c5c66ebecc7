"""Makes the old record: Smallshire in its first year, by the verbs of the build that is checked out.

Run it from the top of a checkout of the old commit, as README.md beside it says; it takes the folder
to write to. Everything is done through that build's own verbs and builders; nothing is set up
behind them but the move of a meeting, which is a fact.
"""

import copy
import gzip
import sys
import tempfile
from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import framework_loader
from config.council_loading import load_council
from cycle import backup, clock
from cycle.db import Database
from tests import build, kit
from tests.build import Cast
from tests.flows import committees, world
from tests.flows import test_date_changes as dates
from tests.flows.committees import AUTUMN, HOUSING, PARKS, STP, on
from workflows import checkpoints, committee, council_load, cycles, people, plans
from workflows.attempt import Remarked

PROFILE = "SPR-2028-HOUSING"
LATER = date(2027, 11, 3)


def act_of(db: Database, verb: object, by: int, *given: object, **named: object) -> None:
    """One verb, done by one person."""
    db.run(lambda s: verb(s, build.actor(s, by), *given, **named))  # type: ignore[operator]


def number(db: Database, statement: str, **of: object) -> int:
    """A number that stands in the database."""
    return db.read(lambda s: int(s.scalar(text(statement), of) or 0))


def cover(db: Database, who: Cast, away: int, acting: int) -> None:
    """Adam lets somebody act for a colleague until the year's end."""
    post = number(db, "SELECT post_id FROM holding WHERE person_id = :p", p=away)
    until = date(2027, 12, 31)
    act_of(db, people.set_cover, who.adam, post, acting, clock.today(), until, "Away",
           knows_four_eyes=True)  # fmt: skip


def comment(db: Database, by: int, ref: str) -> None:
    """A comment beside the first section of a plan, outside its lifecycle."""

    def work(session: Session) -> None:
        plan = build.plan(session, ref)
        key = build.remark(session, plan).section_key
        said = [Remarked(key, "Who pays for this after the second year?")]
        plans.comment(session, build.actor(session, by), plan.id, said)

    db.run(work)


def first_half(db: Database, who: Cast) -> None:
    """A profile published, proposals returned, a timetable issued and moved."""
    with on(AUTUMN):
        if build.state(db, PROFILE) == "not_started":
            build.act(db, PROFILE, "start", None)
        build.fill(db, PROFILE, who.mo)
        build.act(db, PROFILE, "submit", who.mo)
        build.returned(db, PROFILE, who.ray)
        db.run(checkpoints.make)
        build.act(db, PROFILE, "submit", who.mo)
        build.act(db, PROFILE, "publish", who.ray)
        for ref, author in ((HOUSING, who.mo), (PARKS, who.pat)):
            build.act(db, ref, "start", None)
            build.fill(db, ref, author)
        build.act(db, HOUSING, "submit", who.mo)
        build.returned(db, HOUSING, who.ray)
        dates.issue(db, who)
        dates.move(db)
        build.new_dates(db, who)
        db.run(world._change_a_rule, who.monty)


def committee_stage(db: Database, who: Cast) -> None:
    """One committee agrees and its clerk corrects a word; the other is passed over."""
    committees.through(db, who, f"{STP}-PLACE", AUTUMN)
    with on(LATER):
        decision = number(db, "SELECT min(id) FROM decision")
        why = "The word “warmly” was left out."
        act_of(db, committee.correct, who.cy, decision, "Warmly agreed.", why)
        committees.ready(db, who, f"{STP}-PEOPLE")
        stage = number(
            db,
            "SELECT r.id FROM route_stage r JOIN subject s ON s.id = r.plan_id "
            "JOIN body b ON b.id = r.body_id WHERE s.ref = :ref AND b.key = 'people_committee' "
            "AND r.status = 'open'",
            ref=STP,
        )
        act_of(db, committee.waive, who.monty, stage, "That committee did not meet.")


def two_capacities(db: Database, who: Cast) -> None:
    """Ray covers Rita and Sue covers Cy; each then acts where only one of two posts gave the right."""
    with on(LATER):
        cover(db, who, who.rita, who.ray)
        cover(db, who, who.cy, who.sue)
        comment(db, who.ray, HOUSING)
        comment(db, who.ray, PARKS)
        act_of(db, cycles.create_cycle, who.sue, build.FRAMEWORK, 2031)


def leavers_and_editions(db: Database, who: Cast, council: Path) -> None:
    """Connie leaves and is erased; a second edition is loaded with the council's files."""
    with on(LATER):
        act_of(db, people.deactivate, who.adam, who.connie, "Retired.")
        act_of(db, people.erase, who.adam, who.connie, "She asked for it after she had retired.")
        second = copy.deepcopy(build.framework_data())
        second["title"] += ", second edition"
        db.run(council_load.load, None, load_council(council), second)
        cover(db, who, who.dirk, who.vera)
        act_of(db, cycles.create_cycle, who.sue, build.FRAMEWORK, 2035)
        db.run(checkpoints.make)


def made(db: Database, folder: Path) -> None:
    """The whole of it."""
    who = committees.council(db, folder)
    committees.to_committees(db, who, STP)
    first_half(db, who)
    committee_stage(db, who)
    two_capacities(db, who)
    leavers_and_editions(db, who, folder / "smallshire.toml")


def main(target: Path) -> None:
    """Write the record and the editions of the frameworks that come with this build."""
    (target / "editions").mkdir(parents=True, exist_ok=True)
    for key in framework_loader.available():
        body = framework_loader.canonical(
            framework_loader.read_folder(framework_loader.FRAMEWORKS / key)
        )
        packed = gzip.compress(body.encode(), mtime=0)
        (target / "editions" / f"{key}.json.gz").write_bytes(packed)
    run = kit.new_run_uid()
    try:
        database = kit.fresh_database(kit.started(run), "old_record")
        db = Database(database.app_url)
        with tempfile.TemporaryDirectory() as folder:
            made(db, Path(folder))
        db.dispose()
        backup.backup(database.owner_url, target / "smallshire.dump")
    finally:
        kit.ended(run)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
