"""Dates of entries that contradict their plan are told when it is handed in, by the entry."""

from collections.abc import Iterator
from typing import Any

import pytest

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked
from tests import build
from tests.build import Cast
from workflows.plans import plans

HOUSING, STRATEGY = "SVP-2028-HOUSING", "STP-2028"


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Year 1 is open in June 2027; Hana writes the Strategic Plan of 2028 to 2032."""
    with clock.set_to(build.SPRING):
        who = build.year_one(db)
        build.act(db, STRATEGY, "start", None)
        build.fill(db, STRATEGY, who.hana)
        yield who


def review(db: Database, who: Cast, starts: str, reports: str) -> None:
    """Hana adds a review of the library service to the Strategic Plan."""
    given = {"service": "Libraries", "text": "All ten", "starts": starts, "reports": reports}

    def work(session: Any) -> None:
        hana = build.actor(session, who.hana)
        plan_id = build.plan(session, STRATEGY).id
        plans.write_item(session, hana, plan_id, "reviews", "review", given)

    db.run(work)


def submitted(db: Database, who: Cast) -> list[str]:
    """Why the Strategic Plan cannot be handed in; nothing where it was."""
    try:
        build.act(db, STRATEGY, "submit", who.hana)
    except Blocked as refusal:
        return refusal.reasons
    return []


def test_a_review_in_its_years_that_reports_after_it_starts_is_no_reason(
    db: Database, who: Cast
) -> None:
    """S16. It may have started before the plan began."""
    build.act(db, STRATEGY, "issue_outcomes", who.hana)
    review(db, who, "2027-11-01", "2028-04-01")
    assert submitted(db, who) == []


@pytest.mark.parametrize(
    ("starts", "reports", "words"),
    [
        ("2029-06-01", "2029-05-31",
         "“Libraries” (service review): “Reports” says 31 May 2029, which is before “Starts”, "
         "1 June 2029."),
        ("", "2027-06-30",
         "“Libraries” (service review): “Reports” says 30 June 2027, and the plan runs from "
         "1 April 2028 to 31 March 2032."),
        ("2031-06-01", "2032-04-01", "says 1 April 2032, and the plan runs from"),
    ],
)  # fmt: skip
def test_a_date_that_contradicts_is_told_by_the_name_of_its_entry(
    db: Database, who: Cast, starts: str, reports: str, words: str
) -> None:
    """S16. "A review that reports before it starts"."""
    build.act(db, STRATEGY, "issue_outcomes", who.hana)
    review(db, who, starts, reports)
    (reason,) = submitted(db, who)
    assert words in reason
    assert build.state(db, STRATEGY) != "in_review"


def test_the_actions_of_a_plan_are_done_in_its_year(db: Database, who: Cast) -> None:
    """S16. "Actions of the 2027/28 plan due in June 2026"."""
    build.act(db, "STP-2028", "issue_outcomes", who.hana)
    build.act(db, "DP-2028", "start", None)
    build.fill(db, "DP-2028", who.hana)
    given = {"text": "Open three surgeries", "service": "Housing", "due": "2027-06-28",
             "owner": "Mo"}  # fmt: skip

    def work(session: Any) -> None:
        hana = build.actor(session, who.hana)
        plan_id = build.plan(session, "DP-2028").id
        plans.write_item(session, hana, plan_id, "actions", "action", given)

    db.run(work)
    with pytest.raises(Blocked, match="“Open three surgeries” .action.: “Done by” says 28 June"):
        build.act(db, "DP-2028", "submit", who.hana)


def test_what_came_from_last_year_is_asked_for_when_its_section_is(db: Database, who: Cast) -> None:
    """S16. Mo hands in proposals while the actions of last year still stand in his plan; before it
    goes further they get dates of this one."""
    build.act(db, STRATEGY, "issue_outcomes", who.hana)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    given = {"text": "Open three surgeries", "due": "2027-06-28", "owner": "Mo"}

    def work(session: Any) -> None:
        mo = build.actor(session, who.mo)
        plan_id = build.plan(session, HOUSING).id
        plans.write_item(session, mo, plan_id, "own_actions", "action", given)

    db.run(work)
    build.act(db, HOUSING, "submit", who.mo)
    assert build.state(db, HOUSING) == "proposals_in_review"
