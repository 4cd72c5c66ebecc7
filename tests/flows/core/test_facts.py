"""While an act is going on, rules send no statement: what they read was loaded before."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from cycle.db import Database
from tests import build
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP
from tests.flows.timetable import test_date_changes as dates
from tests.rules.test_facts import ASK_THEMSELVES
from workflows.core import attempt, engine


class Watched:
    """Which rules an act has asked, and which of them have sent a statement themselves."""

    def __init__(self) -> None:
        self.acting = 0
        self.sent = 0
        self.asked: Counter[str] = Counter()
        self.asking: Counter[str] = Counter()

    def note(self, *_: Any) -> None:
        self.sent += 1

    def act(self, part: Any) -> Any:
        """A part of the engine in which rules are asked for an act."""

        def do(*given: Any, **more: Any) -> Any:
            self.acting += 1
            try:
                return part(*given, **more)
            finally:
                self.acting -= 1

        return do

    def rule(self, name: str, judgement: Any) -> Any:
        """The rule, watched."""

        def ask(*given: Any, **more: Any) -> Any:
            before = self.sent
            answer = judgement(*given, **more)
            if self.acting:
                self.asked[name] += 1
                self.asking[name] += self.sent - before
            return answer

        return ask


@pytest.fixture
def watched(db: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every rule, watched from now on."""
    found = Watched()
    for kind in ("guards", "evidence_guards", "conditions"):
        for name, judgement in list(attempt.REGISTERS[kind].items()):
            monkeypatch.setitem(attempt.REGISTERS[kind], name, found.rule(name, judgement))
    for part in ("allow", "required"):
        monkeypatch.setattr(engine, part, found.act(getattr(engine, part)))
    event.listen(db.engine, "before_cursor_execute", found.note)
    yield found
    event.remove(db.engine, "before_cursor_execute", found.note)


def test_no_rule_asks_the_database_while_a_plan_is_on_its_way(
    db: Database, watched: Watched, tmp_path: Path
) -> None:
    """To a committee, with its report, and through."""
    who = co.council(db, tmp_path)
    co.to_committees(db, who, STP)
    co.through(db, who, "STP-2028-PEOPLE", AUTUMN)
    assert watched.asked.keys() >= {
        "approve_needs_met",
        "comment_missing",
        "comments_complete",
        "comments_stand",
        "earlier_bodies_decided",
        "has_route",
        "newest_versions",
        "not_an_editor",
        "published_in_time",
        "sections_complete",
    }
    assert {name for name, sent in watched.asking.items() if sent} == set()


def test_of_the_rules_on_dates_only_those_ask_that_are_known_to(
    db: Database, watched: Watched
) -> None:
    who = build.year_one(db)
    dates.issue(db, who)
    dates.move(db)
    change = build.new_dates(db, who)
    build.act(db, "TT-2028", "reissue", who.vera, build.Evidence("The group moved."))
    build.change(db, change, "revert", who.vera, "The meeting is held after all.")
    assert watched.asked.keys() >= {"dates_have_moved", "dates_stand_as_applied"}
    asking = {name for name, sent in watched.asking.items() if sent}
    assert asking == {"change_still_holds"} < ASK_THEMSELVES
