"""Which verb does each internal act of the lifecycles: a comment, a request, a report written.

The rule that lives here: an internal act is said twice, and neither without the other. A lifecycle
says from where and by whom it is done; the verb that is registered here says what it asks for and
what follows, and asks the engine for the capacity (``engine.capacity_for``).
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from config.checks.lifecycle import SUBJECTS

Verb = Callable[..., Any]
V = TypeVar("V", bound=Verb)

# By the kind of subject and the action: the verbs that do it.
VERBS: dict[tuple[str, str], tuple[Verb, ...]] = {}


def internal_act(subject: str, action: str) -> Callable[[V], V]:
    """Register: the verb does this act on subjects of this kind."""

    def register(verb: V) -> V:
        VERBS[subject, action] = (*VERBS.get((subject, action), ()), verb)
        return verb

    return register


def by_subject() -> dict[str, Mapping[str, Verb]]:
    """What ``framework check`` holds lifecycles against: ``acts on plan`` and its like."""
    return {
        f"acts on {kind}": {
            action: verbs[0] for (subject, action), verbs in VERBS.items() if subject == kind
        }
        for kind in SUBJECTS
    }
