"""INV-51, INV-53: whatever way somebody comes to a plan or report, the same rule lets them in.

Lists, searches and exports are built on ``access.plans`` and ``access.items``; pages ask for one
object. For each person of Smallshire and each object the two must say the same.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access, people
from cycle.db import Database
from cycle.errors import NotFound
from cycle.models import AgendaItem, Plan
from tests import build, kit
from tests.flows import world

PEOPLE = ("sue", "mo", "ray", "cy", "pat", "rita", "fin", "connie", "aud", "tess", "lee", "mem")


def opens(door: Callable[..., Any], *args: Any) -> bool:
    """Whether a door opens; closed, it says that nothing is there."""
    try:
        door(*args)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("name", PEOPLE)
def test_a_page_shows_what_the_list_shows(sealed_smallshire: kit.TestDatabase, name: str) -> None:
    """INV-53: status, text and reports, for everybody from Sue to a member of the council."""
    db = Database(sealed_smallshire.app_url)
    who = build.cast(db)

    def compare(session: Session) -> None:
        actor = people.actor(session, getattr(who, name))
        listed = {plan.ref for plan in session.scalars(access.plans(actor))}
        for plan in session.scalars(select(Plan)):
            assert opens(access.plan, session, actor, plan.ref) == (plan.ref in listed)
            readable = access.may_read_text(session, actor, plan)
            assert opens(access.text_of, session, actor, plan.ref) == readable
            assert plan.ref in listed or not readable
        items = {item.id for item in session.scalars(access.items(actor))}
        for item in session.scalars(select(AgendaItem)):
            assert opens(access.item, session, actor, item.id) == (item.id in items)

    db.read(compare)
    db.dispose()


@pytest.mark.parametrize("name", ["pat", "rita", "lee", "mem"])
def test_an_exempt_plan_is_not_there_for_those_outside_its_line(
    sealed_smallshire: kit.TestDatabase, name: str
) -> None:
    """INV-51: Pat in Parks does not learn that Housing's exempt profile exists."""
    db = Database(sealed_smallshire.app_url)
    who = build.cast(db)
    with Session(db.engine) as session:
        session.execute(
            text("UPDATE subject SET exempt = true WHERE ref = :ref"), {"ref": world.PROFILE}
        )
        actor = people.actor(session, getattr(who, name))
        assert world.PROFILE not in {plan.ref for plan in session.scalars(access.plans(actor))}
        assert not opens(access.plan, session, actor, world.PROFILE)
        assert not opens(access.text_of, session, actor, world.PROFILE)
        mo = people.actor(session, who.mo)
        assert opens(access.text_of, session, mo, world.PROFILE)
        session.rollback()
    db.dispose()
