"""A command says all that its verb asks for, and is done as whoever sends it (decision 0027)."""

from typing import Any, cast

import pytest
from sqlalchemy.orm import Session

from cycle.people import Actor
from workflows.core.commands import command

SESSION, MO = cast(Session, "the session"), cast(Actor, "Mo")


def move(session: Session, actor: Actor, plan: int, *, why: str = "", seen_version: int = 0) -> Any:
    """A verb that gives back what it was told."""
    return session, actor, plan, why, seen_version


def test_a_command_is_done_as_who_sends_it_with_what_was_said() -> None:
    asked = command(move, 7, why="It was late.", seen_version=3)
    assert asked.run(SESSION, MO) == (SESSION, MO, 7, "It was late.", 3)


def test_a_command_is_not_made_of_half_of_what_its_verb_asks() -> None:
    """Fault X7: what nobody mentions would pass for "whatever stands now"."""
    with pytest.raises(TypeError, match="why, seen_version"):
        command(move, 7)
    with pytest.raises(TypeError, match="seen_version"):
        command(move, 7, why="It was late.")


def test_a_command_does_not_show_what_was_said() -> None:
    assert "pass phrase" not in repr(command(move, 7, why="a long pass phrase", seen_version=3))
