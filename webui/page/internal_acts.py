"""Where the pages of internal acts are: what a plan's or report's page offers beside its steps.

The rule that lives here: who may do what now, and what it is called, is what the engine answered
(``engine.choices``); this table says the address of it, once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.lifecycles.shape import INTERNAL
from workflows.core.engine import Choice

# By the kind of subject and the action: the page of an act on all of the subject, in the order in
# which they are offered.
PAGES: Mapping[tuple[str, str], str] = {
    ("plan", "ask_contribution"): "plans.ask",
    ("plan", "comment"): "comments.add",
    ("item", "write_report"): "items.write",
}


@dataclass(frozen=True)
class ActLink:
    """An internal act as a link; ``reasons`` say why it cannot be done now."""

    action: str
    label: str
    href: str
    reasons: tuple[str, ...]


def steps(choices: Sequence[Choice]) -> list[Choice]:
    """The choices that are no internal acts."""
    return [each for each in choices if each.kind != INTERNAL]


def links(kind: str, choices: Sequence[Choice], at: Callable[[str], str]) -> list[ActLink]:
    """The internal acts on a subject of this kind that have a page for all of it; ``at`` gives the
    address of such a page for the subject."""
    offered = {each.action: each for each in choices if each.kind == INTERNAL}
    return [
        ActLink(action, offered[action].label, at(page), offered[action].reasons)
        for (of, action), page in PAGES.items()
        if of == kind and action in offered
    ]


def offers(choices: Sequence[Choice], action: str) -> bool:
    """Whether an internal act can be done now."""
    return any(
        each.action == action and each.kind == INTERNAL and not each.reasons for each in choices
    )
