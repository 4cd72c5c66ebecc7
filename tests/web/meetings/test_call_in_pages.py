"""Fault R9 on its pages: what the check promises of call-in is what is then recorded."""

from datetime import date, timedelta

from flask import Flask

from cycle.db import Database
from tests import build, cabinet, kit
from tests.flows import committees as co
from tests.flows.committees import on
from tests.web import browsing
from workflows.meetings import agenda
from workflows.reports import agenda_items

PLAN, SUMMER = "TT-2028", date(2027, 6, 10)


def test_the_check_says_that_call_in_does_not_apply_where_that_was_typed(
    db: Database, app: Flask
) -> None:
    """R9: Cy says that the decision was urgent; the page before it is recorded says the same, and
    promises no day on which it takes effect."""
    kit.made_once(db, "cabinet_stockton", lambda each: cabinet.year_one(each, "stockton-pmf"))
    who = build.cast(db)
    with on(SUMMER):
        build.act(db, PLAN, "start", None)
        build.fill(db, PLAN, who.sue)
        build.act(db, PLAN, "submit", who.sue)
        build.act(db, PLAN, "pass_on", who.hana)
        (ref,) = co.refs(db)
        cabinet.written(db, who, ref, "stockton-pmf")
        meeting = co.next_meeting(db, ref, SUMMER + timedelta(days=14))
        co.listed_now(db, who, ref, meeting.id)
    with on(meeting.on_date - timedelta(days=12)):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), co.item(s, ref).id))
        db.run(
            lambda s: agenda.publish(s, build.actor(s, who.cy), co.item(s, ref).id, co.on_the_web())
        )
    with on(meeting.on_date):
        cy = browsing.signed_in(app, db, who.cy)
        item = co.item_id(db, ref)
        page = f"/meetings/{meeting.id}/items/{item}/decision"
        (first,) = db.read(lambda s: agenda_items.recommendations(s, co.item(s, ref)))[:1]
        usual = {f"outcome_{first.id}": "approved"}
        assert "An approval takes effect on 17 July 2027" in cy.send(page, page, **usual).text
        urgent = cy.send(page, page, **usual, no_call_in="Urgent: the chair agreed.").text
    assert "Check before you record the resolution" in urgent
    assert "takes effect on 17 July 2027" not in urgent
    assert "takes effect at once, without call-in. The reason given: Urgent: the chair" in urgent
