"""Promises about days that others fix: Sue records them as facts, and dates of our own only follow
when somebody says so."""

from collections.abc import Iterator
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.council import Event
from config.council_loading import load_council
from config.dates import long_date
from config.framework import Framework
from cycle import clock, council_facts, people
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotPermitted, OutOfDate
from cycle.models import Closure, Council, PlanningYear
from cycle.schedule import elections
from cycle.seen import NO_PAGE
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from workflows.calendar import closure_impact, external_dates, outside_events, reading
from workflows.calendar.closure_impact import Days
from workflows.calendar.external_dates import Closed
from workflows.council import loading
from workflows.framework import post_permissions
from workflows.record.verify import verify
from workflows.timetable import rescheduling, timetable

LATE = date(2028, 1, 5)
LETTER = "The letter of the Secretary of State."
MONDAY = date(2027, 11, 15)


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire with Year 1 open, on a morning of June 2027."""
    with clock.set_to(build.SPRING):
        yield build.year_one(db)


def settlement(
    db: Database, by: int, on: date, source: str = LETTER, moves: str = "", seen: int | None = None
) -> Event:
    """Somebody records when the settlement comes; ``moves`` says that it is another one's day."""
    return db.run(
        lambda s: outside_events.record_event(
            s,
            build.actor(s, by),
            "settlement",
            on,
            source,
            moves,
            seen_version=NO_PAGE if seen is None else seen,
        )
    )


def days_of(db: Database, kind: str) -> list[tuple[str, date]]:
    """Every event of a kind, in order of days."""

    def work(session: Session) -> list[tuple[str, date]]:
        found = [each for each in council_facts.events(session) if each.named(kind)]
        return [(each.title, each.on) for each in sorted(found, key=lambda each: each.on)]

    return db.read(work)


def holiday(db: Database, by: int, on: date, name: str = "Day of the coronation") -> list[str]:
    """Somebody records a holiday."""
    return db.run(lambda s: external_dates.record_holiday(s, build.actor(s, by), on, name))


def closure(db: Database, by: int, first: date, last: date, why: str = "Removal") -> Closed:
    """Somebody records that the offices are closed."""
    return db.run(lambda s: external_dates.record_closure(s, build.actor(s, by), first, last, why))


def foreseen(db: Database, step: str) -> date:
    """When a step would be by the facts of today."""

    def work(session: Session) -> date:
        year = session.scalars(select(PlanningYear).where(PlanningYear.ref == "Y-2027-1")).one()
        return timetable.forecast(session, year).dated[step].due_on

    return db.read(work)


def written(db: Database) -> list[tuple[object, ...]]:
    """Every date that is written down: of steps, and of tasks."""
    return db.read(
        lambda s: [
            tuple(row)
            for table in ("step", "task")
            for row in s.execute(text(f"SELECT id, due_on FROM {table} ORDER BY id"))
        ]
    )


def test_a_late_settlement_is_a_fact_and_moves_nothing_by_itself(db: Database, who: Cast) -> None:
    before = written(db)
    assert foreseen(db, "settlement") == date(2027, 12, 17)
    settlement(db, who.sue, LATE)
    payload = co.last_payload_of_council(db)
    assert (payload["action"], payload["reason"]) == ("record_event", LETTER)
    assert payload["details"]["on"] == LATE.isoformat()
    assert foreseen(db, "settlement") == LATE
    assert written(db) == before


def test_an_event_that_a_person_says_is_the_same_is_moved_not_added(
    db: Database, who: Cast
) -> None:
    first = settlement(db, who.sue, date(2027, 12, 20))
    settlement(db, who.sue, LATE, moves=first.key)
    assert co.last_payload_of_council(db)["details"]["was_on"] == "2027-12-20"
    settlement(db, who.sue, date(2028, 12, 18))  # the one of the next year
    assert [on for _, on in days_of(db, "settlement")] == [LATE, date(2028, 12, 18)]
    with pytest.raises(Blocked, match="Provisional settlement is on 5 January 2028 already"):
        settlement(db, who.sue, LATE)


def test_an_event_needs_its_source_and_one_on_which_dates_hang(db: Database, who: Cast) -> None:
    with pytest.raises(Blocked, match="how this day is known"):
        settlement(db, who.sue, LATE, " ")
    with pytest.raises(BadInput, match="Nothing hangs on that event"):
        db.run(
            lambda s: outside_events.record_event(
                s, build.actor(s, who.sue), "solstice", LATE, LETTER
            )
        )
    with pytest.raises(BadInput, match="Days can be fixed until 31 December"):
        settlement(db, who.sue, date(9999, 1, 1))
    seen = db.read(lambda s: s.scalar(select(Council.version)))
    settlement(db, who.sue, LATE, seen=int(seen or 0))
    with pytest.raises(OutOfDate):
        settlement(db, who.sue, date(2028, 1, 6), seen=int(seen or 0))


def test_days_are_recorded_by_the_support_service(db: Database, who: Cast) -> None:
    for outsider in (who.pat, who.cy, who.mo, who.mem):
        with pytest.raises(NotPermitted):
            settlement(db, outsider, LATE)
        with pytest.raises(NotPermitted):
            holiday(db, outsider, MONDAY)
        with pytest.raises(NotPermitted):
            closure(db, outsider, MONDAY, MONDAY)
    holiday(db, who.sue, MONDAY)


def test_a_new_holiday_counts_from_then_on(db: Database, who: Cast) -> None:
    before = written(db)
    assert db.read(lambda s: council_facts.calendar(s).is_working(MONDAY))
    assert holiday(db, who.sue, MONDAY) == []
    why = db.read(lambda s: council_facts.calendar(s).why_not_working(MONDAY))
    assert (why, written(db)) == ("Day of the coronation", before)
    with pytest.raises(Blocked, match="15 November 2027 is a holiday already"):
        holiday(db, who.sue, MONDAY, "Another one")
    with pytest.raises(Blocked, match="in the past"):
        holiday(db, who.sue, clock.today() - timedelta(days=1))
    with pytest.raises(Blocked, match="what the holiday is called"):
        holiday(db, who.sue, MONDAY + timedelta(days=1), "  ")
    assert holiday(db, who.sue, date(2027, 11, 20), "Victory") == [
        "20 November 2027 is a Saturday: no working day is lost."
    ]


def test_the_council_is_closed_for_a_few_days_once(db: Database, who: Cast) -> None:
    friday = MONDAY + timedelta(days=4)
    closure(db, who.sue, MONDAY, friday)
    assert db.read(lambda s: council_facts.calendar(s).why_not_working(friday)) == "Removal"
    with pytest.raises(Blocked, match="closed from 15 November 2027 to 19 November 2027 already"):
        closure(db, who.sue, friday, friday + timedelta(days=3))
    with pytest.raises(Blocked, match="before the first one"):
        closure(db, who.sue, MONDAY, MONDAY - timedelta(days=1))
    with pytest.raises(Blocked, match="more than 60 days"):
        closure(db, who.sue, date(2028, 6, 1), date(2028, 9, 1))
    assert db.read(lambda s: len(s.scalars(select(Closure).where(Closure.why == "Removal")).all()))


def test_loading_the_files_again_keeps_what_was_recorded(db: Database, who: Cast) -> None:
    settlement(db, who.sue, LATE)
    holiday(db, who.sue, MONDAY)
    closure(db, who.sue, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
    loaded = load_council(build.HERE / "data" / "smallshire.toml")
    db.run(loading.load, None, loaded, build.framework_data())
    kept = db.read(lambda s: (council_facts.calendar(s), council_facts.events(s)))
    assert not kept[0].is_working(MONDAY)
    assert not kept[0].is_working(MONDAY + timedelta(days=1))
    assert LATE in [each.on for each in kept[1]]


def test_two_who_record_the_same_holiday_record_it_once(db: Database, who: Cast) -> None:
    start, refusals = Barrier(2), list[str]()

    def one() -> None:
        start.wait()
        try:
            holiday(db, who.sue, MONDAY)
        except Blocked as refusal:
            refusals.append(str(refusal))

    both = [Thread(target=one) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert refusals == ["15 November 2027 is a holiday already: Day of the coronation."]


def test_every_event_of_the_framework_can_be_recorded(db: Database, who: Cast) -> None:
    framework: Framework | None = db.read(post_permissions.framework)
    assert framework is not None
    assert outside_events.kinds(framework) == {
        "settlement": "Provisional settlement",
        "notice_of_election": "Notice of election",
        "election": "Election",
        "by_election": "By-election",
    }


# What follows from a closed day, and undoing it -----------------------------------------------


FRIDAY = date(2027, 9, 24)


def ask(db: Database, kind: str, first: date, last: date) -> closure_impact.Answer:
    return db.read(lambda s: closure_impact.ask(s, people.system(s), Days(kind, first, last)))


def moved_steps(answer: closure_impact.Answer) -> set[tuple[str, date | None, date | None]]:
    ((_, follows),) = answer.years
    return {(each.title, each.before, each.after) for each in follows.moved}


def test_what_moves_is_listed_before_a_holiday_is_recorded_and_is_the_same_after(
    db: Database, who: Cast
) -> None:
    """Friday 24 September 2027: every deadline and every step that is counted over it."""
    before = written(db)
    foretold = ask(db, "holiday", FRIDAY, FRIDAY)
    assert foretold.deadlines
    assert all(each.before > each.after for each in foretold.deadlines)
    assert all(each.meets_on >= FRIDAY for each in foretold.deadlines)
    holiday(db, who.sue, FRIDAY)
    assert ask(db, "holiday", FRIDAY, FRIDAY).deadlines == foretold.deadlines
    assert written(db) == before
    ((year, _),) = foretold.years
    facts = db.read(lambda s: rescheduling.of_facts(s, s.get_one(PlanningYear, year.id)))
    assert moved_steps(foretold) == {
        (each.title, each.from_on, each.to_on) for each in facts if each.is_redated
    }
    assert moved_steps(foretold)


def test_clear_days_are_counted_over_a_closure_but_not_over_a_holiday(
    db: Database, who: Cast
) -> None:
    """Papers are published by law, which knows bank holidays and not when offices close."""
    over = ask(db, "closure", MONDAY, MONDAY + timedelta(days=1))
    by_law = {each.title for each in ask(db, "holiday", MONDAY, MONDAY).deadlines}
    assert by_law - {each.title for each in over.deadlines}
    assert over.deadlines


@pytest.mark.parametrize("kind", ["holiday", "closure"])
def test_what_was_said_in_error_is_taken_back_with_a_reason(
    db: Database, who: Cast, kind: str
) -> None:
    before, dates = foreseen(db, "strategic_plan_review"), written(db)
    first = FRIDAY
    if kind == "holiday":
        holiday(db, who.monty, first)
    else:
        closure(db, who.monty, first, first + timedelta(days=3))
    assert foreseen(db, "strategic_plan_review") != before

    def back(by: int, reason: str = "The proclamation was withdrawn.") -> None:
        db.run(lambda s: external_dates.revert(s, build.actor(s, by), kind, first, reason))

    with pytest.raises(NotPermitted):
        back(who.pat)
    with pytest.raises(Blocked, match="reason"):
        back(who.sue, " ")
    with clock.set_to(build.SPRING.replace(month=9, day=24)), pytest.raises(Blocked, match="stays"):
        back(who.sue)
    back(who.sue)
    assert foreseen(db, "strategic_plan_review") == before
    assert written(db) == dates
    with pytest.raises(BadInput):
        back(who.sue)
    assert db.read(verify.check).ok


def test_a_holiday_of_the_nation_is_not_ours_to_undo(db: Database, who: Cast) -> None:
    with pytest.raises(BadInput, match="cannot be undone here"):
        db.run(
            lambda s: external_dates.revert(
                s, build.actor(s, who.sue), "holiday", date(2027, 12, 27), "We work."
            )
        )


def test_a_closed_day_says_which_bodies_meet_on_it(db: Database, who: Cast) -> None:
    """Fault D7: nothing was said of the meetings on a holiday or closure that was recorded."""
    on = db.read(
        lambda s: s.scalar(
            text(
                "SELECT min(on_date) FROM meeting WHERE on_date > '2027-09-01' "
                "AND status = 'planned'"
            )  # fmt: skip
        )
    )
    names = db.read(
        lambda s: s.scalars(
            text("SELECT name FROM meeting JOIN body ON body.id = body_id WHERE on_date = :on"),
            {"on": on},
        ).all()
    )
    warnings = holiday(db, who.sue, on)
    for name in names:
        assert f"{name} meets on {long_date(on)}: ask its clerk whether it moves." in warnings
    assert co.last_payload_of_council(db)["details"]["warnings"] == warnings
    page = db.read(lambda s: reading.days_page(s, build.actor_of(s, who.mo)))
    assert {(each.body, each.on) for each in page.meetings} >= {(name, on) for name in names}
    following = db.read(
        lambda s: s.scalar(
            text("SELECT min(on_date) FROM meeting WHERE on_date > :on AND status = 'planned'"),
            {"on": on},
        )
    )
    foretold = db.read(
        lambda s: reading.what_if(
            s, build.actor_of(s, who.mo), Days("closure", following, following)
        )
    )
    assert [each.on for each in foretold.meetings] == [following] * len(foretold.meetings)
    closed = closure(db, who.sue, following, following)
    assert closed.warnings == tuple(each.sentence for each in foretold.meetings) != ()


def test_a_day_of_thanksgiving_counts_for_nothing_but_an_election(db: Database, who: Cast) -> None:
    """Fault D1: the Act leaves it out although people work; it can be undone."""
    day = date(2028, 4, 12)

    def notice(session: Session) -> date:
        days = elections.notice_days(date(2028, 5, 4), council_facts.calendar(session))
        assert days is not None
        return days.last_on

    def record(session: Session) -> list[str]:
        sue = build.actor(session, who.sue)
        return external_dates.record_holiday(session, sue, day, "Thanksgiving", works=True)

    before = db.read(notice)
    assert db.run(record) == []
    assert db.read(notice) == db.read(council_facts.calendar).add_working(before, -1)
    assert db.read(lambda s: council_facts.calendar(s).is_working(day))
    with pytest.raises(Blocked, match="recorded as such a day already"):
        db.run(record)
    listed = db.read(lambda s: external_dates.closed_days(s, council_facts.calendar(s), day, day))
    assert [(each.kind, each.recorded) for each in listed] == [("thanksgiving", True)]
    db.run(
        lambda s: external_dates.revert(
            s, build.actor(s, who.sue), "thanksgiving", day, "It was not proclaimed."
        )
    )
    assert db.read(notice) == before
    assert db.read(verify.check).ok
