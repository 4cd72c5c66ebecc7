"""Every key that a framework may write does something: the product reads it, and the comparison of
two editions tells when it is left out (fault R8).

Asked of the frameworks that come with the product, and of one that also writes what none of these
needs: variants of a rule of days, and what counts under one governance model, in some years or for
one unit only.
"""

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from typing import Any

import pytest

from config import framework_loader
from config.framework import Framework, PlanType
from config.framework_diff import differences
from config.governance import EXECUTIVE, DayRuleVariant
from config.rules import TO_FOLLOW, StepRule
from tests.rules import plants
from tests.rules.source import ROOT, name, product_files, tree

KEYS = plants.framework_keys()
# Aids for writing files, which a published edition does not have.
AIDS = {"YearPattern.extends", "YearPattern.without"}
# What brings a framework's files into their shape, and compares two: neither acts by a key.
SHAPES = ("config/framework", "config/edition", "config/checks/", "config/lifecycles/shape.py")


@functools.cache
def frameworks() -> tuple[Framework, ...]:
    shipped = tuple(framework_loader.load(key) for key in framework_loader.available())
    return (*shipped, with_everything(shipped[0]))


def with_everything(framework: Framework) -> Framework:
    """The framework with the keys that it does not need."""
    variant = DayRuleVariant(
        days=4, unit="calendar", at="10:00", nation="wales", kinds=("council",),
        from_on="2028-01-01", until_on="2029-01-01", source="An Act",
    )  # fmt: skip
    first = next(iter(framework.day_rules.values()))
    rules = {**framework.day_rules, first.key: replace(first, variants=(variant,))}
    pattern = framework.years[0]
    step = replace(pattern.steps[0], models=(EXECUTIVE,), unit="calendar")
    steps = (step, *map(papers_follow, pattern.steps[1:]))
    years = (replace(pattern, steps=steps), *framework.years[1:])
    kinds = {key: some_years(each) for key, each in framework.plan_types.items()}
    return replace(framework, day_rules=rules, years=years, plan_types=kinds)


def papers_follow(rule: StepRule) -> StepRule:
    """A step at a meeting whose papers follow the agenda."""
    at_meeting = (rule.anchor_kind, rule.offset) == ("meeting", 0)
    return replace(rule, papers=TO_FOLLOW) if at_meeting else rule


def some_years(kind: PlanType) -> PlanType:
    """A type of plan whose bodies decide under one model, with prerequisites in some years."""
    route = tuple(replace(each, models=(EXECUTIVE,)) for each in kind.route)
    needs = tuple(replace(each, years=(1,)) for each in kind.start_prerequisites)
    return replace(kind, route=route, start_prerequisites=needs)


def default(field: "Field[Any]") -> Any:
    """What a key is when nobody writes it."""
    if field.default is not MISSING:
        return field.default
    assert field.default_factory is not MISSING
    return field.default_factory()


def left_out(thing: Any, made: type[Any], field: "Field[Any]") -> Any:
    """The same without this key, wherever it is written."""
    if isinstance(thing, Mapping):
        return {key: left_out(each, made, field) for key, each in thing.items()}
    if isinstance(thing, tuple):
        return tuple(left_out(each, made, field) for each in thing)
    if not is_dataclass(thing) or isinstance(thing, type):
        return thing
    inside = {each.name: left_out(getattr(thing, each.name), made, field) for each in fields(thing)}
    if isinstance(thing, made):
        inside[field.name] = default(field)
    changed = {key: each for key, each in inside.items() if each != getattr(thing, key)}
    return replace(thing, **changed) if changed else thing


@pytest.mark.parametrize("key", sorted(KEYS.keys() - AIDS))
def test_a_key_that_is_left_out_is_a_difference(key: str) -> None:
    made, field = KEYS[key]
    written = [each for each in frameworks() if left_out(each, made, field) != each]
    assert written, f"no framework writes {key}"
    for framework in written:
        assert differences(framework, left_out(framework, made, field)), framework.key


def read_by_code() -> Iterator[str]:
    """Every attribute that the product reads, but for what only shapes a framework."""
    for path in product_files():
        if not name(path).startswith(SHAPES):
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                    yield node.attr
    for page in (ROOT / "webui" / "templates").rglob("*.html"):
        yield from re.findall(r"\.(\w+)", page.read_text("utf-8"))


def test_no_key_is_read_by_nothing() -> None:
    read = set(read_by_code())
    unread = [key for key, (_made, field) in KEYS.items() if field.name not in read]
    assert sorted(set(unread) - AIDS) == []
