"""Promises about the council's own rules of days: Monty owns them, and no held meeting changes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text

from cycle import clock, council_facts
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotFound, NotPermitted, OutOfDate
from cycle.models import Body, Council, DayRuleChange, Meeting, Outbox, PlanningYear
from cycle.seen import NO_PAGE
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from workflows.calendar import day_rules, deadline_sheets
from workflows.calendar.day_rules import NewRule
from workflows.framework import deadline_rules, post_permissions
from workflows.record.verify import verify
from workflows.timetable import timetable

FROM = date(2027, 9, 1)
SIX = NewRule(6, "clear", "", FROM, None, "Resolution of Council of 6 May 2027, minute 2027/012")
WHY = "Members asked for a day more to read."
PUBLISHED = "agenda_published"


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire with Year 1 open, on a morning of June 2027."""
    with clock.set_to(build.SPRING):
        yield build.year_one(db)


def changed(
    db: Database, by: int, new: NewRule = SIX, key: str = PUBLISHED, why: str = WHY, **more: int
) -> Any:
    """Somebody changes a rule of days."""
    return db.run(
        lambda s: day_rules.change(s, build.actor(s, by), key, new, why, more.get("seen", NO_PAGE))
    )


def latest(db: Database, meeting_on: date, key: str = PUBLISHED) -> date:
    """The day that a rule gives for a meeting."""

    def work(session: Any) -> date:
        framework = post_permissions.framework(session)
        assert framework is not None
        rule = deadline_rules.by_council(session, framework).day_rules[key]
        return deadline_rules.counted_by(rule, meeting_on, council_facts.calendar(session))

    return db.read(work)


def test_a_change_counts_for_meetings_from_its_day_and_until_its_end(
    db: Database, who: Cast
) -> None:
    before, after = date(2027, 8, 31), date(2028, 1, 19)
    usual = {on: latest(db, on) for on in (before, FROM, after)}
    changed(db, who.monty, replace(SIX, until_on=date(2028, 1, 1)))
    assert latest(db, before) == usual[before]
    assert latest(db, FROM) == date(2027, 8, 20)  # a bank holiday and a weekend between
    assert usual[FROM] == date(2027, 8, 23)
    assert latest(db, after) == usual[after]


def test_the_later_of_two_changes_counts_and_its_unit_and_hour_with_it(
    db: Database, who: Cast
) -> None:
    changed(db, who.monty, key="final_report")
    noon = NewRule(10, "calendar", "12:00", FROM, None, "The constitution, part 4")
    changed(db, who.monty, noon, key="final_report")
    assert latest(db, date(2027, 9, 29), "final_report") == date(
        2027, 9, 17
    )  # the 19th is a Sunday
    with clock.set_to(build.SPRING.replace(month=9, day=2)):
        current, _ = db.read(lambda s: day_rules.one(s, "final_report"))
    assert (current.rule.at, current.rule.source, current.from_on) == (
        "12:00", "The constitution, part 4", FROM,
    )  # fmt: skip


def test_the_change_is_on_the_record_and_nobody_is_told_or_moved(db: Database, who: Cast) -> None:
    def current(session: Any) -> list[Any]:
        steps = session.execute(text("SELECT id, due_on FROM step ORDER BY id")).all()
        tasks = session.execute(text("SELECT id, due_on FROM task ORDER BY id")).all()
        return [steps, tasks, session.scalar(select(func.count(Outbox.id)))]

    was = db.read(current)
    changed(db, who.monty)
    assert db.read(current) == was
    payload = co.last_payload_of_council(db)
    assert (payload["action"], payload["reason"]) == ("change_day_rule", WHY)
    assert payload["details"]["before"] == "five clear days"
    assert payload["details"]["after"] == "six clear days"
    assert payload["details"]["from"] == "2027-09-01"
    assert db.read(verify.check).ok
    page = db.read(day_rules.rules)
    assert page.owners == ("Monitoring Officer",)
    assert [(each.rule.days, each.by) for each in page.changes] == [(6, "Monty Officer")]


def test_only_the_monitoring_officer_changes_a_rule(db: Database, who: Cast) -> None:
    for outsider in (who.sue, who.pat, who.cy, who.mo, who.adam, who.mem):
        with pytest.raises(NotPermitted):
            changed(db, outsider)
    changed(db, who.monty)
    assert db.read(lambda s: s.scalar(select(func.count(DayRuleChange.id)))) == 1


def test_what_goes_below_the_law_is_recorded_and_said(db: Database, who: Cast) -> None:
    assert changed(db, who.monty) == []
    (warning,) = changed(db, who.monty, replace(SIX, days=3))
    assert warning.startswith("The framework has five clear days: Local Government Act 1972")


def test_a_meeting_that_was_held_keeps_its_rule_and_its_sheet_the_same_days(
    db: Database, who: Cast
) -> None:
    held_on = db.read(lambda s: s.scalar(select(func.min(Meeting.on_date))))
    was = latest(db, held_on)
    changed(db, who.monty)
    meeting_id = db.read(
        lambda s: s.scalar(
            select(Meeting.id)
            .join(Body, Body.id == Meeting.body_id)
            .where(Meeting.on_date >= FROM, Body.public)
            .order_by(Meeting.on_date)
            .limit(1)
        )
    )
    assert latest(db, held_on) == was
    sheet = db.run(lambda s: deadline_sheets.sheet(s, build.actor(s, who.cy), meeting_id))
    published = {each.deadline.key: each.deadline for each in sheet.lines}[PUBLISHED]
    assert (len(published.counted), published.source) == (6, SIX.source)
    with pytest.raises(Blocked, match="Give a day after today"):
        changed(db, who.monty, replace(SIX, from_on=clock.today()))


def test_the_timetable_counts_by_it_once_it_is_planned_again(db: Database, who: Cast) -> None:
    def foreseen() -> list[date]:
        def work(session: Any) -> list[date]:
            year = session.scalars(select(PlanningYear).where(PlanningYear.ref == "Y-2027-1")).one()
            return [each.due_on for each in timetable.forecast(session, year).dated.values()]

        return db.read(work)

    before = foreseen()
    changed(db, who.monty, replace(SIX, days=15, unit="working"), key="final_report")
    assert foreseen() != before


@pytest.mark.parametrize(
    ("new", "why", "kind", "sentence"),
    [
        (replace(SIX, unit="weeks"), WHY, BadInput, "how days are counted"),
        (replace(SIX, days=367), WHY, BadInput, "from 0 to 366"),
        (replace(SIX, days=-1), WHY, BadInput, "from 0 to 366"),
        (replace(SIX, hour="25:00"), WHY, BadInput, "not a time"),
        (replace(SIX, from_on=date(9999, 1, 1)), WHY, BadInput, "Days can be fixed until"),
        (replace(SIX, until_on=date(1, 1, 1)), WHY, BadInput, "Days are known from"),
        (replace(SIX, until_on=FROM), WHY, Blocked, "after the day from which"),
        (replace(SIX, source=" "), WHY, Blocked, "where the rule comes from"),
        (SIX, " ", Blocked, "a reason is needed"),
        (SIX, "x" * 2001, Blocked, "Shorten it"),
    ],
)
def test_what_cannot_be_a_rule_is_told_and_nothing_is_kept(
    db: Database, who: Cast, new: NewRule, why: str, kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        changed(db, who.monty, new, why=why)
    assert db.read(lambda s: s.scalar(select(func.count(DayRuleChange.id)))) == 0


def test_a_rule_that_is_not_there_or_would_not_change_or_has_changed_since(
    db: Database, who: Cast
) -> None:
    with pytest.raises(BadInput, match="no such rule of days"):
        changed(db, who.monty, key="solstice")
    with pytest.raises(NotFound, match="no such rule of days"):
        db.read(lambda s: day_rules.one(s, "solstice"))
    seen = int(db.read(lambda s: s.scalar(select(Council.version))) or 0)
    changed(db, who.monty, seen=seen)
    with pytest.raises(Blocked, match="has these days already"):
        changed(db, who.monty)
    with pytest.raises(OutOfDate):
        changed(db, who.monty, replace(SIX, days=7), seen=seen)
