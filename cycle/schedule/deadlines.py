"""The deadlines of one meeting: each day that a rule of days gives, and how it was counted.

The rules that live here: which rules of a framework are for a body (a cabinet alone has key
decisions and call-in) and for the nation (``config.law``: where it has no such rule, there is no
deadline), which number of days is in force on the meeting's day (England went from three to five
clear days on 1 October 2002, SI 2002/715; Wales has three), that a rule may count from another
rule's day (call-in opens when the decision is published), and that what is published some days
before a meeting is published on a working day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from config import law
from config.dates import clock_time, long_date, parse_date
from config.governance import DayRule, DayRuleVariant
from config.law import LawRow
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
    ``skipped`` hold every day from the deadline to the day from which it is counted. ``note``: what
    is open or unconfirmed about the law, or ""."""

    key: str
    title: str
    on: date
    at: str
    rule: str
    counted: tuple[date, ...]
    skipped: tuple[Skipped, ...]
    source: str
    note: str = ""


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
        row = law_of(rule, nation, meeting_on, kind)
        return _by_law(rule, row, nation) if rule.law else rule
    return replace(
        rule,
        days=variant.days,
        unit=variant.unit or rule.unit,
        at=variant.at or rule.at,
        source=variant.source or rule.source,
    )


def law_of(rule: DayRule, nation: str, meeting_on: date, kind: str = "") -> LawRow | None:
    """What the law says under a rule, while the council has not changed it: else None."""
    if not rule.law or variant_in_force(rule, nation, meeting_on, kind) is not None:
        return None
    return law.row_for(rule.law, nation, meeting_on, kind or next(iter(rule.kinds), ""))


def exists(rule: DayRule, nation: str, meeting_on: date, kind: str = "") -> bool:
    """Whether a nation has the rule at all, and as a number of days, for a meeting on a day of a
    kind of body."""
    row = law_of(rule, nation, meeting_on, kind)
    return row is None or row.answer not in ("none", "words")


def _by_law(rule: DayRule, row: LawRow | None, nation: str) -> DayRule:
    name = law.NATIONS[nation]
    if row is None:
        return replace(rule, source=f"Local practice; no rule known in {name}")
    if row.answer in ("none", "words"):
        return rule
    if row.answer == "days":
        return replace(rule, days=row.days, unit=row.unit, source=row.source)
    if row.answer == "local":
        return replace(rule, source=f"{row.source}; local practice for the days")
    return replace(rule, source=f"Local practice; no rule known in {name} ({row.source})")


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
    nation = calendar.nation
    mine = {
        rule.key: in_force(rule, nation, meeting_on, kind)
        for rule in rules.values()
        if is_for(rule, kind, framework_key) and _has(rules, rule, nation, meeting_on, kind)
    }
    found: dict[str, Deadline] = {}
    for rule in mine.values():
        _add(rule, mine, meeting_on, calendar, found)
    noted = [
        replace(each, note=note_on(rules[each.key], meeting_on, calendar, kind))
        for each in found.values()
    ]
    return sorted(noted, key=lambda each: (each.on, each.key))


def _has(
    rules: Mapping[str, DayRule], rule: DayRule, nation: str, meeting_on: date, kind: str
) -> bool:
    """Whether the rule exists, and all from which it is counted (``framework check`` refuses
    loops)."""
    start = rules.get(rule.counts_from)
    above = start is None or _has(rules, start, nation, meeting_on, kind)
    return above and exists(rule, nation, meeting_on, kind)


def day_of(rule: DayRule, from_on: date, calendar: Calendar) -> date:
    """The day that a rule gives, counted from a day: before a meeting the last working day that
    leaves the days."""
    on = _counted(rule, from_on, calendar)
    return on if rule.after or rule.days == 0 else calendar.last_working(on)


def careful_day(rule: DayRule, meeting_on: date, calendar: Calendar, kind: str = "") -> date | None:
    """The earlier day of a stricter count, where it is open how the Act counts; else None."""
    row = law_of(rule, calendar.nation, meeting_on, kind)
    if row is None or not row.careful:
        return None
    here = in_force(rule, calendar.nation, meeting_on, kind)
    on = day_of(replace(here, unit=row.careful), meeting_on, calendar)
    return on if on < day_of(here, meeting_on, calendar) else None


def note_on(rule: DayRule, meeting_on: date, calendar: Calendar, kind: str = "") -> str:
    """What is open or unconfirmed about the law of a rule, in sentences; "" when nothing is."""
    row = law_of(rule, calendar.nation, meeting_on, kind)
    if row is None:
        return ""
    careful = careful_day(rule, meeting_on, calendar, kind)
    sentences = [
        row.says,
        f"Counted with care, without weekends and holidays: {long_date(careful)}."
        if careful
        else "",
        "" if row.confirmed else "This is unconfirmed: ask the monitoring officer.",
    ]
    return " ".join(filter(None, sentences))


def _counted(rule: DayRule, from_on: date, calendar: Calendar) -> date:
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
    from_on, anchor = meeting_on, "the meeting"
    if rule.counts_from in mine:
        before = _add(mine[rule.counts_from], mine, meeting_on, calendar, found)
        from_on, anchor = before.on, f"“{before.title}”"
    on = day_of(rule, from_on, calendar)
    counting, skipped = _days(rule, from_on, on, calendar)
    found[rule.key] = Deadline(
        rule.key, rule.title, on, rule.at, _sentence(rule, anchor), counting, skipped, rule.source
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


def _sentence(rule: DayRule, anchor: str) -> str:
    """10:00am, seven working days before the meeting."""
    days = days_in_words(rule.days, rule.unit)
    words = f"{days} {'after' if rule.after else 'before'} {anchor}"
    return f"{clock_time(rule.at)}, {words}" if rule.at else words[0].upper() + words[1:]


def _days(
    rule: DayRule, from_on: date, on: date, calendar: Calendar
) -> tuple[tuple[date, ...], tuple[Skipped, ...]]:
    """Which days were counted and which were not. The deadline's own day is one of the counted
    unless the rule is of clear days; the day from which it is counted never is."""
    if rule.days == 0:
        return (), ()
    if rule.unit.startswith("calendar") and not rule.after:
        return _notice_days(rule, from_on, on, calendar)
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


def _notice_days(
    rule: DayRule, from_on: date, on: date, calendar: Calendar
) -> tuple[tuple[date, ...], tuple[Skipped, ...]]:
    """The same where every day counts: what lies between the last working day, on which it is
    published, and the first day that counts was needed by nobody."""
    first = from_on - timedelta(days=rule.days)
    days = tuple(first + timedelta(days=n) for n in range(rule.days))
    over = (on + timedelta(days=n) for n in range(1, (first - on).days))
    return days, tuple(_skipped(over, calendar))


def _skipped(days: Iterable[date], calendar: Calendar) -> Iterable[Skipped]:
    for day in days:
        why = calendar.why_not_working(day)
        if why is not None:
            yield Skipped(day, why)
