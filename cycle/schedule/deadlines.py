"""The deadlines of one meeting: each day that a rule of days gives, and how it was counted.

The rules that live here: which rules of a framework are for a body (a cabinet alone has key
decisions and call-in), which number of days is in force for the nation on the meeting's day
(England went from three to five clear days on 1 October 2002, SI 2002/715; Wales has three), and
that a rule may count from another rule's day (call-in opens when the decision is published).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from config.dates import parse_date
from config.framework import DayRule, DayRuleVariant
from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.count import counted
from cycle.schedule.sentences import days_in_words

PUBLIC = ("council", "cabinet", "committee")


@dataclass(frozen=True)
class Skipped:
    """A day between the two that did not count, and why."""

    on: date
    why: str


@dataclass(frozen=True)
class Deadline:
    """A day that follows from a meeting. ``at`` is a local time, or "". ``counted`` and
    ``skipped`` hold every day from the deadline to the day from which it is counted."""

    key: str
    title: str
    on: date
    at: str
    rule: str
    counted: tuple[date, ...]
    skipped: tuple[Skipped, ...]
    source: str


def variant_in_force(
    rule: DayRule, nation: str, meeting_on: date, kind: str = ""
) -> DayRuleVariant | None:
    """What replaces the rule's own days in a nation for a meeting on a day; often nothing.

    ``kind`` is that of the body; without one only what is for every kind of body counts.
    """
    for variant in rule.variants:
        begins = not variant.from_on or parse_date(variant.from_on) <= meeting_on
        lasts = not variant.until_on or meeting_on < parse_date(variant.until_on)
        fits = not variant.kinds or kind in variant.kinds
        if variant.nation in ("", nation) and begins and lasts and fits:
            return variant
    return None


def in_force(rule: DayRule, nation: str, meeting_on: date, kind: str = "") -> DayRule:
    """The rule with the days, hour and source that hold in a nation for a meeting on a day of a
    kind of body."""
    variant = variant_in_force(rule, nation, meeting_on, kind)
    if variant is None:
        return rule
    return replace(
        rule,
        days=variant.days,
        unit=variant.unit or rule.unit,
        at=variant.at or rule.at,
        source=variant.source or rule.source,
    )


def is_for(rule: DayRule, kind: str, framework_key: str) -> bool:
    """Whether a rule is for a body of this kind, by its kinds or, for papers, by the body's key."""
    if rule.key.endswith("_papers"):
        return rule.key == f"{framework_key}_papers"
    return kind in (rule.kinds or PUBLIC)


def deadlines(
    rules: Mapping[str, DayRule],
    kind: str,
    framework_key: str,
    meeting_on: date,
    calendar: Calendar,
) -> list[Deadline]:
    """Every deadline of a meeting of a body, in order of date.

    Raises BadInput for a meeting so early or late that its days cannot be counted.
    """
    mine = {
        rule.key: in_force(rule, calendar.nation, meeting_on, kind)
        for rule in rules.values()
        if is_for(rule, kind, framework_key)
    }
    found: dict[str, Deadline] = {}
    for rule in mine.values():
        _add(rule, mine, meeting_on, calendar, found)
    return sorted(found.values(), key=lambda each: (each.on, each.key))


def day_of(rule: DayRule, from_on: date, calendar: Calendar) -> date:
    """The day that a rule gives, counted from a day."""
    return counted(_step(rule), from_on, calendar)


def _add(
    rule: DayRule,
    mine: Mapping[str, DayRule],
    meeting_on: date,
    calendar: Calendar,
    found: dict[str, Deadline],
) -> Deadline:
    if rule.key in found:
        return found[rule.key]
    from_on, told = meeting_on, "the meeting"
    if rule.counts_from in mine:
        before = _add(mine[rule.counts_from], mine, meeting_on, calendar, found)
        from_on, told = before.on, f"“{before.title}”"
    on = day_of(rule, from_on, calendar)
    counting, skipped = _days(rule, from_on, on, calendar)
    found[rule.key] = Deadline(
        rule.key, rule.title, on, rule.at, _said(rule, told), counting, skipped, rule.source
    )
    return found[rule.key]


def _step(rule: DayRule) -> StepRule:
    return StepRule(
        key=rule.key,
        title=rule.title,
        anchor_kind="meeting",
        anchor="",
        offset=rule.days if rule.after else -rule.days,
        unit=rule.unit,  # type: ignore[arg-type]  # the loader has checked the four words
    )


def _said(rule: DayRule, told: str) -> str:
    """10:00, seven working days before the meeting."""
    said = f"{days_in_words(rule.days, rule.unit)} {'after' if rule.after else 'before'} {told}"
    return f"{rule.at}, {said}" if rule.at else said[0].upper() + said[1:]


def _days(
    rule: DayRule, from_on: date, on: date, calendar: Calendar
) -> tuple[tuple[date, ...], tuple[Skipped, ...]]:
    """Which days were counted and which were not. The deadline's own day is one of the counted
    unless the rule is of clear days; the day from which it is counted never is."""
    if rule.days == 0:
        return (), ()
    first, last = sorted((from_on, on))
    between = [first + timedelta(days=n) for n in range(1, (last - first).days)]
    ends = [] if rule.unit.endswith("clear") else [on]
    days = sorted([*between, *ends])
    if rule.unit.startswith("calendar"):
        return tuple(days), ()
    judge = calendar if rule.unit == "working" else calendar.for_clear_days()
    return (
        tuple(day for day in days if judge.is_working(day)),
        tuple(_skipped(days, judge)),
    )


def _skipped(days: Iterable[date], calendar: Calendar) -> Iterable[Skipped]:
    for day in days:
        why = calendar.why_not_working(day)
        if why is not None:
            yield Skipped(day, why)
