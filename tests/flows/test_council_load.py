"""Loading a council: whole, twice, changed, checked only, and with what cannot be."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config import council as files
from config import framework_loader
from config.council_loading import load_council
from config.problems import Problems
from cycle import people, structure
from cycle.db import Database
from cycle.models import Event, Meeting, Person, Queue, Subject, Unit
from workflows import council_load
from workflows.council_people import initials_of

DATA = framework_loader.read_folder(framework_loader.FRAMEWORKS / "nottinghamshire-smf")
BORSETSHIRE = load_council(files.COUNCILS / "borsetshire")


def test_the_demo_council_loads_whole(db: Database) -> None:
    report = db.run(council_load.load, None, BORSETSHIRE, DATA)
    assert report.counts()["units"] == len(BORSETSHIRE.units)
    assert report.counts()["people"] == len(BORSETSHIRE.people)
    assert report.counts()["meetings"] == len(BORSETSHIRE.meetings)

    def look(session: Session) -> None:
        housing = session.scalars(select(Unit).where(Unit.key == "housing")).one()
        above = [session.get_one(Unit, each).key for each in housing.path]
        assert above == ["borsetshire", "place", "homes-and-economy", "housing"]
        assert structure.top(session).key == "borsetshire"
        jerome = session.scalars(select(Person).where(Person.key == "jerome-baptiste")).one()
        actor = people.actor(session, jerome.id)
        assert [(desk.role, desk.unit_id) for desk in actor.desks] == [
            ("group_manager", housing.id)
        ]
        assert jerome.salt
        assert len(jerome.salt) == 32
        council = session.scalars(select(Subject).where(Subject.kind == "council")).one()
        assert council.title == "Borsetshire Council"

    db.read(look)


def test_loading_the_same_again_changes_nothing(db: Database) -> None:
    db.run(council_load.load, None, BORSETSHIRE, DATA)
    before = db.read(lambda s: s.scalar(select(func.count()).select_from(Event)))
    report = db.run(council_load.load, None, BORSETSHIRE, DATA)
    assert report.changes == []
    assert db.read(lambda s: s.scalar(select(func.count()).select_from(Event))) == before
