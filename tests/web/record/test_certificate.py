"""Aud reads first that a plan was approved, which text, by whom and when, and prints that.

Council adopts the Strategic Plan; the timetable is issued by Vera, without any body.
"""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from cycle.db import Database
from tests import build
from tests.build import Cast
from tests.flows import committees
from tests.flows.committees import AUTUMN, STP, on
from tests.web import browsing

BODIES = ("PEOPLE", "PLACE", "POLICY", "COUNCIL")


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    return committees.council(db, tmp_path)


def adopted(db: Database, who: Cast) -> date:
    """Every body agrees; gives the day of Council."""
    committees.to_committees(db, who, STP)
    day = AUTUMN
    for body in BODIES:
        day = committees.through(db, who, f"{STP}-{body}", day)
    return day


def test_the_first_line_and_the_certificate_name_text_body_and_day(
    app: Flask, db: Database, who: Cast
) -> None:
    day = adopted(db, who)
    approved = db.read(
        lambda s: s.execute(
            text(
                "SELECT v.number, v.sha256 FROM milestone m "
                "JOIN plan_version v ON v.id = version_id "
                "WHERE gate = 'approved' AND m.plan_id = :plan"
            ),
            {"plan": build.plan(s, STP).id},
        ).one()
    )
    with on(day):
        aud = browsing.signed_in(app, db, who.aud)
        words = f"by Council on {day.day} {day:%B %Y}"
        record = aud.get(f"/audit/plans/{STP}").text
        link = f'href="/plans/{STP}/print?version={approved.number}">version {approved.number}</a>'
        assert "Approved: <a" in record
        assert f"{link}, {words}." in record
        page = aud.get(f"/audit/plans/{STP}/certificate").text
        assert f"version {approved.number}, was approved {words}." in page
        assert approved.sha256 in page
        assert "Not in a checkpoint yet" in page
        assert "to the letter" not in page
        shown = aud.get(f"/plans/{STP}/print?version={approved.number}").text
        assert approved.sha256 in shown
        assert aud.send("/audit", "/audit/checkpoints").status_code == 303
        page = aud.get(f"/audit/plans/{STP}/certificate").text
        assert "Checkpoint 1</a>" in page
        assert "checkpoint 1 with the copy" in page


def test_nothing_is_certified_of_a_plan_that_was_not_approved(
    app: Flask, db: Database, who: Cast
) -> None:
    with on(AUTUMN):
        aud = browsing.signed_in(app, db, who.aud)
        assert "Approved: <a" not in aud.get(f"/audit/plans/{STP}").text
        assert aud.get(f"/audit/plans/{STP}/certificate").status_code == 404
        assert (
            browsing.signed_in(app, db, who.mo).get(f"/audit/plans/{STP}/certificate").status_code
            == 403
        )
