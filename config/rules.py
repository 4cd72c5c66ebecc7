"""What a framework says about a dated step: ``StepRule``, loaded from ``years/*.toml``.

The rule is data only; ``cycle.schedule.solve`` turns rules and meetings into dates with
reasons.

``which`` chooses the meeting when ``anchor_kind`` is "meeting". It is one or more conditions with
commas between them; the first one chooses, the others narrow:

- ``first_after:10-01``: the first meeting on or after 1 October of the writing year;
- ``last_before:02-28+1``: the last meeting on or before 28 February of the next calendar year;
- ``on:12-09``: the meeting on that very day;
- ``report_after:KEY``: the first meeting whose report deadline comes after the date of step KEY
  (model.md: the earlier body must meet before the later one's report deadline).

Instead of a day of the year, ``first_after`` and ``last_before`` also take the key of a step. An
empty ``which`` is the first meeting of the planning year.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from config.dates import parse_time, parse_yearly
from config.loops import loops
from config.timetables import words

Per = Literal["year", "unit", "plan"]
AnchorKind = Literal["meeting", "fixed", "step", "event"]
DayUnit = Literal["working", "clear", "calendar", "calendar_clear"]

CONDITIONS = tuple(words.CONDITIONS)
(TO_FOLLOW,) = words.PAPERS
PAPERS = ("", TO_FOLLOW)


@dataclass(frozen=True, kw_only=True)
class StepRule:
    """One step of a planning year: whose it is, and so many days before or after what.

    ``anchor`` is a framework body key (meeting), ``MM-DD[+1]`` (fixed), a step key (step) or the
    key of an outside event such as the election (event). A negative ``offset`` is before it. Of
    ``calendar_clear`` days every one counts, and neither end does. ``at`` is a local time of day.
    ``expected`` (``MM-DD[+1]``) is when an event is expected while nobody has said when it is.
    ``lifecycle_task`` names the kind of task that copies the date; ``plan_type`` is "" for a step
    of the year itself. ``setting`` names the council setting that must be on for it to exist, and
    ``models`` the governance models under which it does (empty: all of them). ``papers`` is
    "to_follow" at a meeting whose agenda names the item and whose papers for it come in a
    supplement, which has a later day than the report deadline. ``promised_by`` (``MM-DD[+1]``) is
    the day by which the pattern says that it is done.
    """

    key: str
    title: str
    plan_type: str = ""
    per: Per = "year"
    role: str = ""
    lifecycle_task: str = ""
    anchor_kind: AnchorKind
    anchor: str
    which: str = ""
    offset: int = 0
    unit: DayUnit = "working"
    at: str = ""
    expected: str = ""
    predecessors: tuple[str, ...] = ()
    papers: str = ""
    promised_by: str = ""
    setting: str = ""
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """One part of ``which``: a word, and a day of the year or the key of a step."""

    word: str
    when: str

    @property
    def is_day(self) -> bool:
        """Whether it names a day of the year rather than a step."""
        return self.when[:1].isdigit()


def parse_which(which: str) -> tuple[Condition, ...]:
    """The conditions of ``which``. Raises ValueError with a sentence for the file's author."""
    conditions = []
    for part in which.split(","):
        if not part.strip():
            continue
        word, colon, when = (piece.strip() for piece in part.partition(":"))
        if not colon or word not in CONDITIONS or not when:
            raise ValueError(
                f"“{part.strip()}” does not choose a meeting. Write first_after:, last_before:, "
                "on: or report_after:, then a day such as 10-01 or the key of a step."
            )
        condition = Condition(word, when)
        if condition.is_day:
            parse_yearly(when)
        elif word == "on":
            raise ValueError(f"“{part.strip()}” needs a day such as 12-09 after on:.")
        if word == "report_after" and condition.is_day:
            raise ValueError(f"“{part.strip()}” needs the key of a step after report_after:.")
        conditions.append(condition)
    return tuple(conditions)


def step_rule_problems(rules: Sequence[StepRule]) -> list[tuple[str, str]]:
    """What cannot work in a set of rules, as (step key, sentence): for ``framework check``."""
    keys = {rule.key for rule in rules}
    found = [(rule.key, "Two steps have this key.") for rule in rules[1:] if _repeated(rule, rules)]
    for rule in rules:
        try:
            conditions = parse_which(rule.which)
            if rule.anchor_kind == "fixed":
                parse_yearly(rule.anchor)
            if rule.at:
                parse_time(rule.at)
            if rule.expected:
                parse_yearly(rule.expected)
            if rule.promised_by:
                parse_yearly(rule.promised_by)
            _check_papers(rule)
        except ValueError as problem:
            found.append((rule.key, str(problem)))
            continue
        named = [*rule.predecessors, *(each.when for each in conditions if not each.is_day)]
        if rule.anchor_kind == "step":
            named.append(rule.anchor)
        found += [(rule.key, f"There is no step “{key}”.") for key in named if key not in keys]
    return found + _loops(rules)


def _check_papers(rule: StepRule) -> None:
    """Raises ValueError for papers that cannot follow."""
    if rule.papers not in PAPERS:
        raise ValueError(
            f"“{rule.papers}” is not how papers come. Write {TO_FOLLOW}, or leave it out."
        )
    if rule.papers and (rule.anchor_kind, rule.offset) != ("meeting", 0):
        raise ValueError("Only the papers of a step at a meeting can follow the agenda.")


def _loops(rules: Sequence[StepRule]) -> list[tuple[str, str]]:
    """Steps that wait for each other, and steps that are counted from each other."""
    titles = {rule.key: rule.title for rule in rules}
    waiting = {rule.key: rule.predecessors for rule in rules}
    counting = {rule.key: counted_from(rule) for rule in rules}
    found = []
    for graph, what in ((waiting, "wait for"), (counting, "are counted from")):
        for loop in loops(graph):
            names = " → ".join(titles[key] for key in (*loop, loop[0]))
            found.append((loop[0], f"These steps {what} each other: {names}."))
    return found


def counted_from(rule: StepRule) -> set[str]:
    """The steps from whose dates this one's is worked out; none where ``which`` says nothing."""
    try:
        named = {each.when for each in parse_which(rule.which) if not each.is_day}
    except ValueError:
        return set()
    return named | ({rule.anchor} if rule.anchor_kind == "step" else set())


def _repeated(rule: StepRule, rules: Sequence[StepRule]) -> bool:
    return next(each for each in rules if each.key == rule.key) is not rule
