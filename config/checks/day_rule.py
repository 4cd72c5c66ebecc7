"""What makes the rules of days usable: known words, days that can be read, no counting in a loop.

The rule that lives here: a rule may count from another one (call-in from the publication of the
decision), which must exist, must be for the same kinds of body, and must not lead back to it.
"""

from collections.abc import Collection, Iterator, Mapping

from config import law
from config.dates import parse_date, parse_time
from config.governance import DayRule
from config.law import NATIONS
from config.loops import loops
from config.problems import known

UNITS = ("working", "clear", "calendar", "calendar_clear")
MOST_DAYS = 366
# Every report has these days, whatever the framework (contracts.md, ``dates``).
NEEDED = ("agenda_published", "final_report", "clearance_requested", "first_draft")

Found = Iterator[tuple[str, str]]


def day_rule_problems(rules: Mapping[str, DayRule], kinds: Collection[str]) -> Found:
    """Every fault of the rules of days, as (``file:key``, sentence), for these kinds of body."""
    for key in NEEDED:
        if key not in rules:
            yield f"governance.toml:day_rules.{key}", "This rule is missing: every report needs it."
    for rule in rules.values():
        place = f"governance.toml:day_rules.{rule.key}"
        yield from known(f"{place}.unit", "unit", rule.unit, UNITS)
        for kind in rule.kinds:
            yield from known(f"{place}.kinds", "kind of body", kind, kinds)
        yield from _number(f"{place}.days", rule.days)
        if not rule.source.strip():
            yield f"{place}.source", "Say where this rule comes from: an Act, or local practice."
        if rule.at:
            yield from _readable(f"{place}.at", parse_time, rule.at)
        if rule.law:
            yield from known(f"{place}.law", "rule of the law", rule.law, law.rules())
        if rule.counts_from:
            yield from _counted_from(place, rule, rules)
        yield from _variants(place, rule, kinds)
    graph = {
        key: {rule.counts_from} & rules.keys() for key, rule in rules.items() if rule.counts_from
    }
    for loop in loops(graph):
        names = " → ".join((*loop, loop[0]))
        place = f"governance.toml:day_rules.{loop[0]}.counts_from"
        yield place, f"These rules are counted from each other: {names}."


def _counted_from(place: str, rule: DayRule, rules: Mapping[str, DayRule]) -> Found:
    yield from known(f"{place}.counts_from", "rule of days", rule.counts_from, rules)
    other = rules.get(rule.counts_from)
    if other is not None and other.kinds and not set(rule.kinds or ("",)) <= set(other.kinds):
        yield (
            f"{place}.kinds",
            f"“{rule.counts_from}” is only for {', '.join(other.kinds)}, so this one is as well.",
        )


def _variants(place: str, rule: DayRule, kinds: Collection[str]) -> Found:
    for number, variant in enumerate(rule.variants, start=1):
        where = f"{place}.variants.{number}"
        if variant.nation:
            yield from known(f"{where}.nation", "nation", variant.nation, NATIONS)
        for kind in variant.kinds:
            yield from known(f"{where}.kinds", "kind of body", kind, kinds)
        for name in ("from_on", "until_on"):
            if getattr(variant, name):
                yield from _readable(f"{where}.{name}", parse_date, getattr(variant, name))
        yield from _number(f"{where}.days", variant.days)
        if variant.unit:
            yield from known(f"{where}.unit", "unit", variant.unit, UNITS)
        if variant.at:
            yield from _readable(f"{where}.at", parse_time, variant.at)


def _number(place: str, days: int) -> Found:
    if not 0 <= days <= MOST_DAYS:
        yield place, f"Give a number of days from 0 to {MOST_DAYS}."


def _readable(place: str, parse: object, words: str) -> Found:
    try:
        parse(words)  # type: ignore[operator]
    except ValueError as problem:
        yield place, str(problem)
