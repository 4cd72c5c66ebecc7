"""What an act would bring is found by trying it; what others do meanwhile is no part of it (L3)."""

import pytest
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.people import Actor
from tests import build
from workflows.core import foreseen
from workflows.core.commands import command
from workflows.core.foreseen import Undone
from workflows.plans import plans

HOUSING, PARKS = "SVP-2028-HOUSING", "SVP-2028-PARKS"


def test_what_somebody_else_does_meanwhile_is_not_foretold(db: Database) -> None:
    """L3: Mo looks at what handing Housing in would bring; while it is tried, Parks is started."""
    who = build.council(db)
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)

    def hand_in(session: Session, actor: Actor, plan_id: int) -> None:
        with session.begin_nested():
            plans.act(session, actor, plan_id, "submit")
        build.act(db, PARKS, "start", None)

    def attempt(session: Session) -> None:
        mo, housing = build.actor(session, who.mo), build.plan(session, HOUSING)
        raise Undone(foreseen.of(session, mo, command(hand_in, housing.id)))

    with pytest.raises(Undone) as tried:
        db.run(attempt)
    found = tried.value.found
    assert isinstance(found, foreseen.Foreseen)
    assert [each.title for each in found.moved] == [db.read(lambda s: build.plan(s, HOUSING).title)]
    assert len(found.opened) == 1
    assert build.state(db, PARKS) != "not_started"
    assert build.state(db, HOUSING) == "proposals_drafting"
