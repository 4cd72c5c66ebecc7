"""Loading a council: whole, twice, changed, checked only, and with what cannot be."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config import council as files, framework_loader
from config.choices import limits_that_apply
from config.council import Appointment, Council
from config.council_loading import load_council
from config.problems import Problems
from cycle import clock, council_facts, people
from cycle.db import Database
from cycle.errors import NotPermitted
from cycle.models import Body, Event, Meeting, Person, Queue, Subject, Unit
from tests import build
from workflows.calendar import rhythm
from workflows.council import loading
from workflows.people.identity import initials_of
from workflows.record.verify import verify

BORSETSHIRE = load_council(files.COUNCILS / "borsetshire")
NOW = datetime(2026, 6, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_june() -> Any:
    """A Wednesday in June 2026, so that nothing depends on the day of the test."""
    with clock.set_to(NOW):
        yield


@pytest.fixture
def loaded(db: Database) -> Database:
    """Borsetshire, loaded once."""
    db.run(loading.load, None, BORSETSHIRE, build.framework_data())
    return db


def events(db: Database) -> int:
    """How many events there are in all."""
    return db.read(lambda s: s.scalar(select(func.count()).select_from(Event)) or 0)


def with_table(council: Council, table: str, key: str, **changed: Any) -> Council:
    """The council with one entry of one table changed."""
    rows = dict(getattr(council, table))
    rows[key] = replace(rows[key], **changed)
    values: dict[str, Any] = {table: MappingProxyType(rows)}
    return replace(council, **values)


def posts_of(db: Database, key: str) -> list[str]:
    """The posts that a person holds today."""

    def look(session: Session) -> list[str]:
        person = session.scalars(select(Person).where(Person.key == key)).one()
        return [post.post_title for post in people.actor(session, person.id).posts_held]

    return db.read(look)


def test_the_demo_council_loads_whole_and_its_record_verifies(loaded: Database) -> None:
    def look(session: Session) -> None:
        assert len(session.scalars(select(Unit)).all()) == len(BORSETSHIRE.units)
        assert len(session.scalars(select(Meeting)).all()) == len(BORSETSHIRE.meetings)
        housing = session.scalars(select(Unit).where(Unit.key == "housing")).one()
        above = [session.get_one(Unit, each).key for each in housing.path]
        assert above == ["borsetshire", "place", "homes-and-economy", "housing"]
        assert council_facts.top(session).key == "borsetshire"
        council = session.scalars(select(Subject).where(Subject.kind == "council")).one()
        assert council.title == "Borsetshire Council"
        assert council_facts.fact(session, "service_plans_to_members") is False
        assert not council_facts.calendar(session).is_working(date(2026, 12, 29))

    loaded.read(look)
    assert posts_of(loaded, "jerome-baptiste") == ["Group Manager, Housing and Homelessness"]
    assert loaded.read(verify.check).broken == ()


def test_loading_the_same_again_changes_nothing_and_leaves_no_event(loaded: Database) -> None:
    before = events(loaded)
    report = loaded.run(loading.load, None, BORSETSHIRE, build.framework_data())
    assert report.changes == []
    assert report.lines() == ["Nothing to change: the council is as the files say."]
    assert events(loaded) == before


def test_a_check_tells_the_changes_and_keeps_none(db: Database) -> None:
    report = db.run(loading.load, None, BORSETSHIRE, build.framework_data(), check_only=True)
    assert report.counts()["people"] == len(BORSETSHIRE.people)
    assert db.read(lambda s: s.scalar(select(func.count()).select_from(Person))) == 0
    assert events(db) == 0


def test_a_changed_file_changes_what_differs_and_says_so_on_the_record(loaded: Database) -> None:
    changed = with_table(BORSETSHIRE, "units", "housing", name="Homes and Homelessness")
    changed = with_table(changed, "people", "jerome-baptiste", email="jerome@borsetshire.example")
    report = loaded.run(loading.load, None, changed, build.framework_data())
    assert [(each.kind, each.what) for each in report.changes] == [
        ("units", "changed"),
        ("people", "changed"),
    ]
    newest = select(Event.payload).order_by(Event.id.desc()).limit(1)
    payload = json.loads(loaded.read(lambda s: s.scalars(newest).one()))
    assert payload["action"] == "load_council"
    assert payload["details"]["counts"] == {"people": 1, "units": 1}


def test_a_post_changes_hands_from_today_and_the_past_stays(loaded: Database) -> None:
    """Moira takes over from Jerome in the files; who sat there until yesterday stays known."""
    swapped = with_table(BORSETSHIRE, "people", "jerome-baptiste", active=False, posts=())
    swapped = with_table(
        swapped, "people", "moira-kendrick", posts=(Appointment(post="manager-housing"),)
    )
    loaded.run(loading.load, None, swapped, build.framework_data())
    assert posts_of(loaded, "moira-kendrick") == ["Group Manager, Housing and Homelessness"]

    def look(session: Session) -> list[str]:
        queue = session.scalars(
            select(Queue).join(Unit).where(Queue.role == "group_manager", Unit.key == "housing")
        ).one()
        rows = session.execute(
            text(
                "SELECT person.name FROM appointment JOIN person ON person.id = person_id "
                "JOIN post ON post.id = post_id WHERE queue_id = :q AND during @> DATE '2026-06-02'"
            ),
            {"q": queue.id},
        )
        return [row.name for row in rows]

    assert loaded.read(look) == ["Jerome Baptiste"]
    again = loaded.run(loading.load, None, swapped, build.framework_data())
    assert again.changes == []


def test_a_role_that_the_framework_does_not_know_is_told_with_its_place(db: Database) -> None:
    odd = with_table(BORSETSHIRE, "posts", "clerk-1", role="scribe")
    with pytest.raises(Problems, match="posts:clerk-1.role: The framework has no role “scribe”"):
        db.run(loading.load, None, odd, build.framework_data())
    assert events(db) == 0


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"billing_authority": True}, "The framework has no choice “billing_authority”"),
        ({"bills_council_tax": "yes"}, "is answered with true or false"),
        ({"days_in_hand_floor": True}, "is answered with a whole number"),
    ],
)
def test_a_choice_that_nothing_reads_is_refused(
    db: Database, settings: dict[str, Any], problem: str
) -> None:
    """Fault R8: what a council chooses is read, or it is told that there is no such choice."""
    odd = replace(BORSETSHIRE, settings=settings)
    with pytest.raises(Problems, match=problem):
        db.run(loading.load, None, odd, build.framework_data())
    assert events(db) == 0


def test_the_demos_council_bills_council_tax(loaded: Database) -> None:
    """Fault R8: Borsetshire is a unitary, and what it chose is what the limits read."""
    limits = loaded.read(
        lambda s: limits_that_apply(
            framework_loader.parse(build.framework_data()),
            {"bills_council_tax": council_facts.fact(s, "bills_council_tax")},
            "committee_system",
        )
    )
    assert "budget_before_11_march" in [each.key for each in limits]


def test_a_council_without_a_support_service_is_refused(db: Database) -> None:
    """Every vacancy ends there, so nobody there would mean tasks that nobody sees."""
    bare = BORSETSHIRE
    for key in ("support-service-lead", "support-service-1", "support-service-2"):
        bare = with_table(bare, "posts", key, role="finance_partner")
    with pytest.raises(Problems, match="Nobody is in the support service"):
        db.run(loading.load, None, bare, build.framework_data())


def test_the_record_of_a_load_names_nobody(loaded: Database) -> None:
    """Events cannot be erased, so they hold numbers of people and no names or keys (INV-15)."""
    payloads = loaded.read(lambda s: " ".join(s.scalars(select(Event.payload)))).lower()
    for person in BORSETSHIRE.people.values():
        assert person.key not in payloads
        assert person.name.lower() not in payloads
        assert person.email not in payloads


def test_only_an_administrator_may_load_from_a_page(db: Database) -> None:
    who = build.council(db)
    smallshire = load_council(build.HERE / "data" / "smallshire.toml")

    def by(session: Session, person: int) -> None:
        actor = build.actor(session, person)
        loading.load(session, actor, smallshire, build.framework_data())

    with pytest.raises(NotPermitted):
        db.run(by, who.pat)
    db.run(by, who.adam)


def test_rhythm_makes_the_meetings_of_years_that_have_none(loaded: Database) -> None:
    def make(session: Session, first: date, last: date) -> int:
        return len(rhythm.make_meetings(session, people.system(session), first, last))

    def known(session: Session) -> set[tuple[int, date]]:
        rows = session.execute(select(Meeting.body_id, Meeting.on_date))
        return {(body_id, on_date) for body_id, on_date in rows}

    published = loaded.read(known)
    assert loaded.run(make, date(2029, 5, 1), date(2030, 4, 30)) > 0
    assert loaded.run(make, date(2029, 9, 1), date(2029, 12, 1)) == 0

    def look(session: Session) -> None:
        calendar, rests = council_facts.calendar(session), council_facts.in_recess(session)
        made = loaded.read(known) - published
        assert {on.year for _body, on in made} == {2029, 2030}
        assert all(calendar.is_working(on) for _body, on in made)
        policy = session.scalars(select(Body.id).where(Body.key == "policy_committee")).one()
        assert not any(rests(on) for body, on in made if body == policy)

    loaded.read(look)


def test_a_meeting_moved_out_of_its_year_is_not_made_again(loaded: Database) -> None:
    """Fault T1, with meetings in the database: the year was taken for one without meetings, and the
    year into which it moved for one that had them all."""

    def make(session: Session, year: int) -> int:
        span = (date(year, 5, 1), date(year + 1, 4, 30))
        return len(rhythm.make_meetings(session, people.system(session), *span))

    def only_one_and_moved(session: Session) -> None:
        council = session.scalars(select(Body).where(Body.key == "council")).one()
        planned, moved, called = date(2029, 4, 26), date(2029, 5, 3), date(2030, 6, 3)
        for first, on, kind in (
            (planned, moved, "ordinary"),
            (called, called, "extraordinary"),
        ):
            session.add(
                Meeting(
                    body_id=council.id,
                    on_date=on,
                    at_time=time(10, 30),
                    kind=kind,
                    status="planned",
                    first_on_date=first,
                )
            )

    def of_council(session: Session, year: int) -> list[date]:
        council = session.scalars(select(Body.id).where(Body.key == "council")).one()
        span = (date(year, 5, 1), date(year + 1, 4, 30))
        asked = select(Meeting.on_date).where(
            Meeting.body_id == council, Meeting.on_date.between(*span)
        )
        return sorted(session.scalars(asked))

    before = loaded.read(of_council, 2028)
    loaded.run(only_one_and_moved)
    for year in (2028, 2029, 2030):
        loaded.run(make, year)
    assert loaded.read(of_council, 2028) == before, "the year out of which it moved"
    assert len(loaded.read(of_council, 2029)) > 1, "the year into which it moved"
    assert len(loaded.read(of_council, 2030)) > 1, "the year in which one was called besides"


def test_initials_leave_titles_out() -> None:
    assert initials_of("Dr Leila Haddad") == "LH"
    assert initials_of("Councillor Brendan O'Leary") == "BO"
    assert initials_of("Folasade Hart-Adeyemi") == "FHA"
