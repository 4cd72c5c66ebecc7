"""What happened, in sentences: each names the body, the outcome, the day, the part (fault R7)."""

import ast
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from config import framework_loader
from cycle.db import Database
from tests import build
from tests.build import Cast
from tests.flows import committees
from tests.flows.committees import AUTUMN, STP
from tests.rules.source import product_files, tree
from workflows.meetings import resolutions
from workflows.meetings.outcomes import Resolved
from workflows.record import act_words, history, history_rights
from workflows.reports import agenda_items

REPORT = f"{STP}-PLACE"
TITLES = {"summary": "Summary", "actions": "What we will do", "finance": "Finance"}


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    return committees.council(db, tmp_path)


def history_of(db: Database, *, report: bool = False) -> list[str]:
    """The history of the plan or of its report, the oldest first."""

    def read(session: Session) -> list[str]:
        subject = committees.item(session, REPORT) if report else build.plan(session, STP)
        return [each.sentence for each in history.entries(session, subject)]

    return db.read(read)


def test_a_resolution_is_told_with_body_day_and_outcome(db: Database, who: Cast) -> None:
    """“Recorded what the body resolved” stood there without body and outcome."""
    committees.to_committees(db, who, STP)
    meeting = committees.published(db, who, REPORT, AUTUMN)
    day = f"{meeting.on_date.day} {meeting.on_date:%B %Y}"

    def resolve(session: Session) -> None:
        item = committees.item(session, REPORT)
        each = [
            Resolved(row.id, "referred_back", "Say what it costs.")
            if row.decides
            else Resolved(row.id, "approved")
            for row in agenda_items.recommendations(session, item)
        ]
        resolutions.record_resolution(session, build.actor(session, who.cy), item.id, each)

    with committees.on(meeting.on_date):
        db.run(resolve)
    assert f": Place Committee on {day}, “Referred back”." in history_of(db)[-1]
    of_report = history_of(db, report=True)
    assert f"the resolution of Place Committee on {day}: “Referred back”" in of_report[-1]
    assert f"put it on the agenda of Place Committee on {day}" in " ".join(of_report)
    assert "wrote the report: “" in " ".join(of_report)
    assert "commented: Finance" in " ".join(of_report)


@pytest.mark.parametrize(
    ("action", "details", "words"),
    [
        ("body_resolved", {"body": "Cabinet", "outcome": "noted"}, ": Cabinet, “Noted”"),
        (
            "body_resolved",
            {"body": "Cabinet", "on": "2028-03-08", "outcome": "deferred",
             "deferred_to": "12 April 2028"},
            ": Cabinet on 8 March 2028, “Deferred to 12 April 2028”",
        ),
        ("report_progress", {"report": "Quarterly report: April to June 2028"},
         ": Quarterly report: April to June 2028"),
        ("comment", {"sections": ["summary", "actions"]}, " on “Summary” and “What we will do”"),
        ("comment", {"sections": ["summary"], "answers": 7}, " on “Summary”, answering a comment"),
        ("comment", {"kind": "finance", "covers": ["a", "b"], "no_implications": True},
         ": Finance, no implications, on 2 parts"),
        ("move_meeting", {"body": "Cabinet", "was_on": "2028-03-08", "on": "2028-03-15"},
         ": Cabinet, from 8 March 2028 to 15 March 2028"),
        ("move_meeting", {"body": "Cabinet", "was_on": "2028-03-08", "on": "2028-03-08",
                          "at": "14:00"}, ": Cabinet on 8 March 2028, to 14:00"),
        ("settle_comment", {"section": "summary", "settled": True},
         " on “Summary” as dealt with"),
        ("settle_comment", {"section": "summary", "settled": False}, " on “Summary” as open again"),
        ("record_holiday", {}, ""),
        ("change_governance", {"before": "Committee system"}, ""),
        ("add_meeting", {"body": "Cabinet", "on": "2028-03-15"}, ": Cabinet, on 15 March 2028"),
        ("meeting_moved", {"from": "2028-03-08", "to": "2028-03-15"},
         " from 8 March 2028 to 15 March 2028"),
        ("open_year", {"plans": ["A", "B"]}, ", with 2 plans"),
        ("decide_new", {"decided_by": "Council", "plans": ["A"]},
         ", decided by Council, with 1 plan"),
        ("carry_over", {"from": "Y-2027-1", "to": "Y-2027-2"}, ": from Y-2027-1 to Y-2027-2"),
        ("carry_over", {"from": None, "to": "Y-2027-2"}, ""),
        ("record_closure", {"first": "2027-12-24", "last": "2027-12-31", "why": "Christmas"},
         ", 24 December 2027 to 31 December 2027: Christmas"),
        ("record_holiday", {"on": "2028-06-02", "name": "Jubilee"}, ": Jubilee on 2 June 2028"),
        ("record_event", {"title": "The settlement", "on": "2028-01-10", "was_on": "2027-12-20"},
         ": The settlement on 10 January 2028, before 20 December 2027"),
        ("change_governance", {"before": "Committee system", "model": "Leader and cabinet",
                               "from": "2028-05-20"},
         ": from Committee system to Leader and cabinet, from 20 May 2028"),
        ("change_day_rule", {"title": "Papers", "before": "5 clear days", "after": "7 clear days",
                             "from": "2028-05-01", "until": None},
         ": Papers, from “5 clear days” to “7 clear days”, for meetings from 1 May 2028"),
        ("publish", {"urgency": {"chair": "Councillor Lane", "reason": "Flood"}},
         ", as urgent by leave of Councillor Lane"),
        ("apply", {"moved": [{"step": each} for each in "ABCDE"]}, ": 5 dates"),
        ("replan", {"dates": 3, "taken_back": True}, ": 3 dates and took the dates back"),
        ("submit", {}, ""),
    ],
)  # fmt: skip
def test_what_an_act_was_about(action: str, details: dict[str, Any], words: str) -> None:
    assert act_words.about(action, details, TITLES) == words


def test_every_act_of_the_product_has_words_in_the_past() -> None:
    """“Did “merge units””: no act of ours is told by its key or its button."""
    ours = {
        node.args[0].value
        for path in product_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) == "Act"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    ours |= {
        transition.action
        for key in framework_loader.available()
        for lifecycle in framework_loader.load(key).lifecycles.values()
        for transition in lifecycle.transitions
    }
    known = history.PAST.keys() | history_rights.ACTS
    assert sorted(each for each in ours if each and each not in known) == []
