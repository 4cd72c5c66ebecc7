"""How a council is governed: the models of the Local Government Act 2000, each from its day.

The rule that lives here: a council has one model on every day. Each entry counts from its day until
the next one; before the first, the model is the one for which the framework was written.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

COMMITTEES = "committee_system"
EXECUTIVE = "executive"
MODELS = (COMMITTEES, EXECUTIVE)
TITLES = {COMMITTEES: "Committee system", EXECUTIVE: "Leader and cabinet"}


@dataclass(frozen=True)
class Governed:
    """A model and the first day, local, on which it counts."""

    model: str
    from_on: date


def model_on(entries: Iterable[Governed], day: date, usual: str) -> str:
    """The model on a day; ``usual`` before the first entry."""
    begun = [each for each in entries if each.from_on <= day]
    return max(begun, key=lambda each: each.from_on).model if begun else usual
