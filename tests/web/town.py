"""Smallshire in the middle of its first year, for what is asked of every address at once.

Mo's proposals for Housing were returned with comments and hold a word that only its readers may
see; Pat's for Parks are exempt, so that outside its line nobody may know of them; one report on the
Strategic Plan is decided, another is on an agenda. Made once in a run, then copied.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.seen import NO_PAGE
from cycle.server.embedded import APP, Servers
from tests import administering, build, kit
from tests.build import Cast
from tests.flows import committees
from tests.flows.committees import AUTUMN, HOUSING, PARKS, STP, on
from tests.web import browsing
from workflows.calendar import outside_events
from workflows.meetings import corrections, meetings
from workflows.people import accounts
from workflows.plans import plans
from workflows.timetable import change_requests

MARKER = "Xylophonquartett"
TODAY = date(2027, 10, 20)
DECIDED, WAITING = f"{STP}-PLACE", f"{STP}-PEOPLE"
PLACES = {
    "adam": "SELECT id FROM person WHERE key = 'adam'",
    "mo": "SELECT id FROM person WHERE key = 'mo'",
    "held": "SELECT h.id FROM appointment h JOIN person p ON p.id = person_id WHERE p.key = 'mo'",
    "pats": "SELECT h.id FROM appointment h JOIN person p ON p.id = person_id WHERE p.key = 'pat'",
    "cover": "SELECT max(id) FROM cover",
    "unit": "SELECT id FROM unit WHERE key = 'housing'",
    "section": "SELECT 'purpose'",
    "secret_title": f"SELECT title FROM subject WHERE ref = '{PARKS}'",
    "asked": "SELECT max(id) FROM contribution",
    "remark": "SELECT min(id) FROM remark",
    "entries": "SELECT section_key FROM item JOIN subject ON subject.id = plan_id "
    f"WHERE ref = '{HOUSING}' ORDER BY item.id LIMIT 1",
    "uid": "SELECT uid FROM item JOIN subject ON subject.id = plan_id "
    f"WHERE ref = '{HOUSING}' ORDER BY item.id LIMIT 1",
    "entry_type": "SELECT type FROM item JOIN subject ON subject.id = plan_id "
    f"WHERE ref = '{HOUSING}' ORDER BY item.id LIMIT 1",
    "stage": f"SELECT min(r.id) FROM route_stage r JOIN subject s ON s.id = plan_id "
    f"WHERE ref = '{STP}' AND status = 'open'",
    "decided": f"SELECT id FROM subject WHERE ref = '{DECIDED}'",
    "waiting": f"SELECT id FROM subject WHERE ref = '{WAITING}'",
    "decision": "SELECT min(id) FROM decision",
    "correction": "SELECT max(id) FROM decision_correction",
    "corrected_plan": f"SELECT id FROM subject WHERE ref = '{STP}'",
    "met": f"SELECT meeting_id FROM agenda_item JOIN subject USING (id) WHERE ref = '{DECIDED}'",
    "meeting": f"SELECT meeting_id FROM agenda_item JOIN subject USING (id) "
    f"WHERE ref = '{WAITING}'",
    "proposal": "SELECT max(id) FROM rights_proposal",
    "change": "SELECT ref FROM subject WHERE kind = 'change'",
    "task": f"SELECT min(task.id) FROM task JOIN subject s ON s.id = subject_id "
    f"WHERE ref = '{HOUSING}' AND closed_at IS NULL",
}


@dataclass(frozen=True)
class Town:
    """The service on one copy of Smallshire, and what stands in its addresses."""

    app: Flask
    db: Database
    who: Cast
    places: dict[str, Any]

    def browser(self, name: str) -> browsing.Browser:
        """The browser of somebody from Smallshire, signed in."""
        return browsing.signed_in(self.app, self.db, getattr(self.who, name))

    def at(self, path: str) -> str:
        """An address with the parts in braces filled in."""
        return path.format(**self.places)


def made(servers: Servers, name: str, folder: Path) -> None:
    """Make the database ``name`` by the product's own verbs, once in a run for all workers."""
    kit.copy_of_once(servers.url(APP, name), "town", lambda db: _fill(db, folder))


def _fill(db: Database, folder: Path) -> None:
    who = committees.council(db, folder)
    committees.to_committees(db, who, STP)
    with on(AUTUMN):
        for ref, author in ((HOUSING, who.mo), (PARKS, who.pat)):
            build.act(db, ref, "start", None)
            build.fill(db, ref, author)
        build.act(db, HOUSING, "submit", who.mo)
        build.returned(db, HOUSING, who.ray)
        db.run(_write_the_word, who)
        db.run(_ask_fred, who)
        db.run(lambda s: s.execute(_EXEMPT, {"ref": PARKS}))
    committees.through(db, who, DECIDED, AUTUMN)
    with on(TODAY):
        committees.ready(db, who, WAITING)
        committees.listed_now(db, who, WAITING)
        db.run(_cover, who)
        db.run(_move_a_meeting, who)
        db.run(_by_election, who)
        db.run(_propose_correction, who)
        db.run(_propose, who)
        db.run(build.more_administrators)
        both = build.cast(db)
        administering.signs_in(db, both.adam, both.ada)
        db.run(_propose_cover, both)


_EXEMPT = text("UPDATE subject SET exempt = true WHERE ref = :ref")


def _ask_fred(session: Session, who: Cast) -> None:
    fred = build.actor_of(session, who.fred).posts_held[0].queue_id
    mo, plan = build.actor(session, who.mo), build.plan(session, HOUSING)
    plans.ask(session, mo, plan.id, "purpose", fred, f"Please look at the {MARKER}.", TODAY)


def _write_the_word(session: Session, who: Cast) -> None:
    mo, plan = build.actor(session, who.mo), build.plan(session, HOUSING)
    plans.write_section(session, mo, plan.id, "purpose", f"Homes, and a {MARKER}.", NO_PAGE)


def _cover(session: Session, who: Cast) -> None:
    adam = build.actor(session, who.adam)
    post = session.scalar(
        text("SELECT post_id FROM appointment WHERE person_id = :p"), {"p": who.cy}
    )
    until = date(2027, 12, 1)
    accounts.set_cover(session, adam, int(post or 0), who.dora, TODAY, until, "Away")


def _move_a_meeting(session: Session, who: Cast) -> None:
    """Policy Committee decides on the Delivery Plan a week later."""
    meeting = session.execute(
        text(
            "SELECT meeting.id, on_date, at_time FROM step JOIN meeting ON meeting.id = meeting_id "
            "WHERE rule = 'delivery_plan_policy_committee' LIMIT 1"
        )
    ).one()
    later = meeting.on_date + timedelta(days=7)
    cy = build.actor(session, who.cy)
    meetings.move_meeting(session, cy, meeting.id, later, meeting.at_time, "The hall is let.")


def _by_election(session: Session, who: Cast) -> None:
    """Sue records a by-election, which she can take back."""
    sue = build.actor(session, who.sue)
    day, how = date(2027, 11, 18), "The notice of the returning officer."
    outside_events.record_event(session, sue, "by_election", day, how)


def _propose_correction(session: Session, who: Cast) -> None:
    """Cy proposes that People Committee noted the plan; Monty has not looked at it yet."""
    decision = session.scalar(text("SELECT min(id) FROM decision"))
    wanted = corrections.Wanted(
        "noted", "", None, True, "The wrong line.", "The draft minute.", minutes_signed=False
    )
    corrections.propose(session, build.actor(session, who.cy), int(decision or 0), wanted)


def _propose(session: Session, who: Cast) -> None:
    """Sue saves what follows; Vera has not approved it yet."""
    year = session.scalar(text("SELECT id FROM planning_year WHERE number = 1"))
    change_requests.propose(
        session, build.actor(session, who.sue), int(year or 0), "The hall is let."
    )


def _propose_cover(session: Session, who: Cast) -> None:
    """Adam proposes that Tess covers for Vera; Ada has not looked at it yet."""
    adam = build.actor(session, who.adam)
    post = administering.post_id(session, "chief-executive")
    accounts.set_cover(session, adam, post, who.tess, TODAY, date(2027, 12, 1), "Vera is ill.")


@contextmanager
def opened(servers: Servers, app: Flask, template: str, name: str) -> Iterator[Town]:
    """A copy of the made town behind the service, on the town's day."""
    kit.make_database(servers, name, template)
    before, db = app.extensions["db"], Database(servers.url(APP, name))
    app.extensions["db"] = db
    with on(TODAY):
        found = db.read(_places)
        yield Town(app, db, build.cast(db), found)
    app.extensions["db"] = before
    db.dispose()


def _places(session: Session) -> dict[str, Any]:
    return {name: session.scalar(text(statement)) for name, statement in PLACES.items()}
