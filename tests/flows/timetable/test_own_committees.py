"""Housing's plan goes by the dates of its own committee, Parks' by those of another."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from config.council_loading import load_council
from cycle import clock, people
from cycle.db import Database
from cycle.models import Meeting, Step
from tests import build
from workflows.calendar import rhythm
from workflows.council import loading

GREEN = """
[[bodies]]
key = "green_committee"
name = "Green Committee"
framework_body = "service_committee"
kind = "committee"
public = true
size = 7
quorum = 3
considers = ["green"]
weekday = "tue"
time = "10:30"
rhythm = "6/4, 9/4, 10/4, 11/4, 1/4, 2/4"
"""


def with_two_committees(folder: Path) -> Path:
    """Smallshire, where Place Committee considers Homes and a Green Committee the rest."""
    text = (build.HERE / "data" / "smallshire.toml").read_text(encoding="utf-8")
    path = folder / "smallshire.toml"
    path.write_text(text.replace('considers = ["place"]', 'considers = ["homes"]') + GREEN, "utf-8")
    return path


def framework_data() -> dict[str, Any]:
    """The framework, where every service plan is considered by the committee of its service."""
    data = deepcopy(build.framework_data())
    kind = data["plan_types"]["service_plan"]
    kind["route"] = [
        {"stage": 1, "body": "service_committee", "verb": "consider", "choose": "remit"},
        *({**stop, "stage": 2} for stop in kind["route"]),
    ]
    for pattern in data["years"].values():
        if "steps" in pattern and not pattern.get("extends"):
            pattern["steps"] += [_step("report", offset=-7), _step("meeting")]
    return data


def _step(name: str, **more: object) -> dict[str, object]:
    return {
        "key": f"service_plan_{name}_committee",
        "title": f"Service plan: {name} of its committee",
        "plan_type": "service_plan",
        "per": "plan",
        "role": "clerk",
        "anchor_kind": "meeting",
        "anchor": "service_committee",
        "which": "first_after:11-01",
        **more,
    }


def test_the_steps_of_a_plan_have_the_dates_of_the_committee_of_its_unit(
    db: Database, tmp_path: Path
) -> None:
    council = load_council(with_two_committees(tmp_path))
    with clock.set_to(build.SPRING):
        db.run(loading.load, None, council, framework_data())
        span = (date(2027, 4, 1), date(2029, 4, 1))
        db.run(lambda s: rhythm.make_meetings(s, people.system(s), *span) and None)
        build.cycle(db, build.cast(db))
    found = db.read(
        lambda s: {
            key: (due_on, body)
            for key, due_on, body in s.execute(
                select(Step.key, Step.due_on, Meeting.on_date)
                .join(Meeting, Meeting.id == Step.meeting_id)
                .where(Step.rule.like("service_plan_%_committee"), Step.plan_id.is_not(None))
            )
        }
    )
    place, green = date(2027, 11, 16), date(2027, 11, 23)
    assert found["service_plan_meeting_committee:SVP-2028-HOUSING"] == (place, place)
    assert found["service_plan_meeting_committee:SVP-2028-PARKS"] == (green, green)
    assert found["service_plan_report_committee:SVP-2028-HOUSING"] == (date(2027, 11, 5), place)
    assert found["service_plan_report_committee:SVP-2028-PARKS"] == (date(2027, 11, 12), green)
