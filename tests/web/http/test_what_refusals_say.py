"""What a refusal says of what was not done: it was not done, and where it can be done nothing of
the kind is said. It is 20 October 2027 in Smallshire."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle.errors import Blocked, NotAvailable
from tests import administering, build
from tests.flows import committees
from tests.flows.committees import ANSWERS, BUD, HOUSING
from tests.flows.people.test_administrators import days, held
from tests.web.browsing import main, prefilled
from tests.web.http.test_every_route import state_of
from tests.web.town import DECIDED, TODAY, WAITING, Town
from workflows.cycles import carrying_over
from workflows.people import accounts
from workflows.plans import plans
from workflows.queues import claims
from workflows.reports import writing

FINAL = text("UPDATE subject SET phase = 'settled', state = 'frozen' WHERE ref = :ref")
PUT = text("UPDATE subject SET phase = :phase, state = :phase WHERE ref = :ref")


def as_person(town: Town, name: str, verb: object, *given: object) -> object:
    """One act of one person."""
    return town.db.run(lambda s: verb(s, build.actor(s, getattr(town.who, name)), *given))  # type: ignore[operator]


def test_a_form_that_says_no_version_does_nothing(own_smallshire: Town) -> None:
    """INV-31."""
    town, at = own_smallshire, f"/plans/{HOUSING}/withdraw"
    sue = town.browser("sue")
    sue.get(at)
    form = prefilled(sue.page, at) | {"reason": "Not needed any more."}
    before = state_of(town.db)
    nothing = "This page did not say which version it showed, so nothing was done."
    assert nothing in sue.post(at, {**form, "seen_version": ""}).text
    assert state_of(town.db) == before
    assert nothing not in sue.post(at, form).text
    assert state_of(town.db) != before


def test_members_are_led_to_where_plans_are_published(smallshire: Town) -> None:
    """Fault S2: the page that is for officers names the one that is for all."""
    where = "Published plans are on All plans."
    mem = smallshire.browser("mem")
    reply = mem.get("/golden-thread")
    assert (reply.status_code, where in reply.text) == (403, True)
    assert where in reply.text
    assert mem.get("/plans").status_code == 200
    assert where not in main(smallshire.browser("mo").get("/golden-thread").text)


def test_a_task_is_given_back_by_who_has_it(own_smallshire: Town) -> None:
    task = own_smallshire.places["task"]
    with pytest.raises(NotAvailable, match="is not with you, so there is nothing to give back"):
        as_person(own_smallshire, "mo", claims.give_back, task)
    as_person(own_smallshire, "mo", claims.claim, task)
    assert as_person(own_smallshire, "mo", claims.give_back, task)
    closed = "UPDATE task SET closed_at = opened_at, outcome = 'done' WHERE id = :task"
    own_smallshire.db.run(lambda s: s.execute(text(closed), {"task": task}))
    with pytest.raises(NotAvailable, match="This task has been done or is no longer needed"):
        as_person(own_smallshire, "mo", claims.claim, task)


def test_a_settled_plan_is_not_carried_over(own_smallshire: Town) -> None:
    def carry(session: Session) -> None:
        plan = build.plan(session, BUD)
        year, sue = int(plan.planning_year_id or 0), build.actor(session, own_smallshire.who.sue)
        carrying_over.carry_over_plans(session, sue, year, [plan.id], "It is late.")

    own_smallshire.db.run(lambda s: s.execute(PUT, {"phase": "withdrawn", "ref": BUD}))
    before = state_of(own_smallshire.db)
    with pytest.raises(Blocked, match="is settled, so there is nothing to carry over"):
        own_smallshire.db.run(carry)
    assert state_of(own_smallshire.db) == before


def test_a_vacant_post_is_not_covered(own_smallshire: Town) -> None:
    """And nobody is cover for another by their own act (fault X1)."""
    town, post = own_smallshire, administering.post_id
    span = (TODAY, days(7))
    chief = town.db.read(lambda s: post(s, "chief-executive"))
    auditor = town.db.read(lambda s: post(s, "auditor"))
    alone = "Nobody sets cover with themselves at another's post."
    with pytest.raises(Blocked, match=alone):
        as_person(town, "adam", accounts.set_cover, chief, town.who.adam, *span)
    as_person(town, "adam", accounts.end_appointment, held(town.db, town.who.aud))
    vacant = "Nobody holds this post then, so there is nobody to cover for."
    with pytest.raises(Blocked, match=vacant):
        as_person(town, "adam", accounts.set_cover, auditor, town.who.tess, *span)
    covers = text("SELECT count(*) FROM cover WHERE person_id IN (:adam, :tess)")
    given = {"adam": town.who.adam, "tess": town.who.tess}
    assert town.db.read(lambda s: s.scalar(covers, given)) == 0


def test_a_report_is_said_to_open_again_only_while_it_can(own_smallshire: Town) -> None:
    """Fault S1: of a report that was decided, the clerk was said to be able to open it again."""
    town = own_smallshire
    again = "The clerk can open it again until it is published."
    with pytest.raises(NotAvailable) as refused:
        town.db.run(lambda s: _written(s, town, DECIDED))
    assert again not in str(refused.value)
    assert "This report can no longer be changed." in str(refused.value)
    town.db.run(lambda s: s.execute(FINAL, {"ref": WAITING}))
    with pytest.raises(NotAvailable) as refused:
        town.db.run(lambda s: _written(s, town, WAITING))
    assert again in str(refused.value)


def _written(session: Session, town: Town, ref: str) -> None:
    sue, item = build.actor(session, town.who.sue), committees.item(session, ref)
    writing.write_report(session, sue, item.id, ANSWERS)


def test_nothing_comes_from_another_plan_where_nothing_does(own_smallshire: Town) -> None:
    def refresh(session: Session) -> None:
        mo, plan = build.actor(session, own_smallshire.who.mo), build.plan(session, HOUSING)
        plans.refresh_inherited(session, mo, plan.id, "purpose")

    before = state_of(own_smallshire.db)
    with pytest.raises(Blocked, match="Nothing in this section comes from another plan"):
        own_smallshire.db.run(refresh)
    assert state_of(own_smallshire.db) == before


def test_a_report_with_the_newest_versions_is_left_as_it_is(own_smallshire: Town) -> None:
    def refresh(session: Session) -> None:
        sue, item = build.actor(session, own_smallshire.who.sue), committees.item(session, WAITING)
        writing.refresh_versions(session, sue, item.id)

    before = state_of(own_smallshire.db)
    with pytest.raises(Blocked, match="The report has the newest version of every plan already"):
        own_smallshire.db.run(refresh)
    assert state_of(own_smallshire.db) == before
