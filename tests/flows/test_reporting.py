"""Progress is reported as often as the framework says, one report at a time, each recorded."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config import framework_loader
from config.reporting_checks import reporting_problems
from cycle import clock
from cycle.db import Database
from cycle.errors import NotPermitted
from cycle.models import Plan
from tests import build
from tests.build import Cast
from workflows import cycles, verify

IN_FORCE = datetime(2027, 6, 9, 8, tzinfo=UTC)
DELIVERY = "DP-2027"


@pytest.fixture
def who(db: Database) -> Cast:
    """A Delivery Plan is taken in that runs since April 2027."""
    with clock.set_to(IN_FORCE):
        cast = build.year_one(db)
        db.run(take_in, cast.sue)
        return cast


def take_in(session: Session, sue: int) -> Plan:
    return cycles.import_in_force(
        session, build.actor(session, sue), "delivery_plan", None, 2027, {}, reason="Last year's."
    )


def asked(db: Database) -> list[Any]:
    return db.read(
        lambda s: [
            tuple(row)
            for row in s.execute(
                text(
                    "SELECT slot, label, due_on FROM task JOIN subject ON subject.id = subject_id "
                    "WHERE ref = :ref AND closed_at IS NULL ORDER BY due_on"
                ),
                {"ref": DELIVERY},
            )
        ]
    )


def test_one_report_at_a_time_is_asked_for_after_six_months_and_at_the_end(
    db: Database, who: Cast
) -> None:
    """H1: 30 working days after the end of September, then after the end of March."""
    with clock.set_to(IN_FORCE):
        ((slot, label, due_on),) = asked(db)
        assert slot == "delivery_plan_progress:1"
        assert label == "Progress on the Delivery Plan: April to September 2027"
        assert due_on == date(2027, 11, 11)
        with pytest.raises(NotPermitted):
            build.act(db, DELIVERY, "report_progress", who.pat)
        build.act(db, DELIVERY, "report_progress", who.hana)
        ((slot, label, due_on),) = asked(db)
        assert (slot, label) == (
            "delivery_plan_progress:2",
            "Progress on the Delivery Plan: October 2027 to March 2028",
        )
        assert due_on == date(2028, 5, 17)
        build.act(db, DELIVERY, "report_progress", who.hana)
        assert asked(db) == []
        offered = db.read(lambda s: list(s.scalars(text("SELECT gate FROM milestone ORDER BY id"))))
        assert offered[-2:] == [f"report:delivery_plan_progress:{n}" for n in (1, 2)]
        report = db.read(verify.check)
        assert [check.key for check in report.checks if not check.ok] == []


def test_what_nobody_could_do_is_told_with_its_place() -> None:
    framework = framework_loader.load("nottinghamshire-smf")
    assert list(reporting_problems(framework)) == []
    (key, known) = next(iter(framework.reporting.items()))
    for name, value, place in (
        ("cadence", "daily", "cadence"),
        ("to", "parish", "to"),
        ("role", "@poet", "role"),
        ("ready", -1, "ready"),
        ("plan_type", "poem", "plan_type"),
    ):
        spoilt = type(known)(**{**known.__dict__, name: value})
        found = list(reporting_problems(_with(framework, key, spoilt)))
        assert [at for at, _ in found] == [f"reporting.toml:reporting.{key}.{place}"], name
    other = type(known)(**{**known.__dict__, "plan_type": "budget"})
    ((at, sentence),) = reporting_problems(_with(framework, key, other))
    assert at == "lifecycles/committee_plan.toml:states"
    assert "report_progress" in sentence


def _with(framework: Any, key: str, spoilt: Any) -> Any:
    return type(framework)(**{**framework.__dict__, "reporting": {key: spoilt}})
