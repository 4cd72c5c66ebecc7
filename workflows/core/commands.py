"""A command: a verb and all that is said to it, before it is done, the same for page and API.

The type checker follows a call through ``command`` to the verb: a value that is missing, in another
one's place or of another type is found before anything runs (decision 0027). What it cannot see is
a parameter with a default that nobody mentions, such as the version that the page showed; that is
refused when the command is made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from cycle.people import Actor
from workflows.core import taking

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True)
class Command(Generic[R_co]):
    """What somebody asks for; made by ``command`` only, which checks the values against the verb.

    ``R_co`` is what the verb gives back. What was said is not shown, since a password can be in it.
    """

    verb: Callable[..., R_co]
    args: tuple[object, ...] = field(repr=False)
    kwargs: Mapping[str, object] = field(repr=False)

    @property
    def plan_id(self) -> int | None:
        """The plan on which the verb begins, if it is one that begins on a plan."""
        first = self.args[0] if self.args and self.verb in taking.BEGIN_AT_PLAN else None
        return first if isinstance(first, int) else None

    def run(self, session: Session, actor: Actor) -> R_co:
        """Do it as this person, inside the caller's unit of work. Raises what the verb raises."""
        return self.verb(session, actor, *self.args, **self.kwargs)


def command(
    verb: Callable[Concatenate[Session, Actor, P], R], *args: P.args, **kwargs: P.kwargs
) -> Command[R]:
    """The command to do ``verb`` with these values, which come from outside and are in order.

    Raises TypeError where one of the verb's parameters is left to its default: a version that
    nobody mentions would pass for "whatever stands now" (fault X7), and what a form forgets to
    hand on would be kept as if somebody had left it empty.
    """
    asks = signature(verb)
    bound = asks.bind(None, None, *args, **kwargs).arguments
    missing = [name for name in asks.parameters if name not in bound]
    if missing:
        raise TypeError(f"{verb.__name__} asks for what nobody said: {', '.join(missing)}")
    return Command(verb, args, kwargs)
