"""How a council is governed: the models of the Local Government Act 2000, each from its day, and
the typed shape of its rules of days and of what the law fixes.

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


@dataclass(frozen=True)
class DayRuleVariant:
    """Another number of days under the same rule: for a nation, or for meetings in a span of days.

    Local dates, half open: ``[from_on, until_on)`` as ISO 8601; "" is an open end. ``unit`` and
    ``at`` replace those of the rule where they are given. ``kinds``: the kinds of body that it is
    for (empty: all for which the rule is).
    """

    days: int
    nation: str = ""
    from_on: str = ""
    until_on: str = ""
    source: str = ""
    unit: str = ""
    at: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class DayRule:
    """A rule of days with its citation: report deadline, publication, briefing.

    It counts back from the meeting, or forward from it when ``after`` is set; ``counts_from`` is
    another rule from whose day it counts instead. ``kinds``: the kinds of body that it is for
    (empty: all that are public). The first fitting variant replaces its days; else ``law``, the key
    of a rule of the law (``config.law``), says them for the nation: its own ``days`` then count
    where the law leaves the number to the council.
    """

    key: str
    title: str
    days: int
    unit: str  # working | clear | calendar | calendar_clear (every day counts, neither end does)
    at: str = ""  # local time of day, "10:00"
    source: str = ""
    after: bool = False
    counts_from: str = ""
    kinds: tuple[str, ...] = ()
    variants: tuple[DayRuleVariant, ...] = ()
    law: str = ""


@dataclass(frozen=True)
class Limit:
    """What the law fixes about a step: checked by the solver, told in a sentence, with its source.

    ``kind``: ``before`` (the step is due before ``day``, MM-DD[+1]), ``second_meeting`` (another
    meeting of ``body`` follows the step after at least ``days`` working days, in case it objects,
    and before ``day``), ``sensitive`` (the step should not fall between the events ``from_event``
    and ``until_event``: pre-election period). ``setting`` names the council setting that must be
    on for it (``not_setting``: off); ``models`` the governance models; ``nations`` those whose law
    it is (empty: all). ``severity``: blocker or warning.
    """

    key: str
    kind: str
    sentence: str
    severity: str
    steps: tuple[str, ...] = ()  # empty for ``sensitive``: every step at a public body
    day: str = ""
    body: str = ""
    days: int = 0
    from_event: str = ""
    until_event: str = ""
    setting: str = ""
    not_setting: str = ""
    models: tuple[str, ...] = ()
    source: str = ""
    nations: tuple[str, ...] = ()
