"""What differs between two frameworks, or two editions of one, part by part, in plain sentences.

The rule that lives here: things are the same when they have the same key; what one side alone has
is new or gone, and of what both have each field that differs is told with both values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from config.dates import shortened
from config.framework import Framework
from config.lifecycles.shape import Transition

LONGEST = 90
NOTHING = "nothing"


@dataclass(frozen=True)
class Change:
    """One difference: the part of the framework, the key of what differs there, and a sentence."""

    part: str
    key: str
    sentence: str


def differences(before: Framework, after: Framework) -> list[Change]:
    """Everything that differs, in the order of the parts; empty when both say the same."""
    found: list[Change] = []
    for name in ("title", "governance", "report_title", "levels"):
        mine, its = getattr(before, name), getattr(after, name)
        if mine != its:
            found.append(Change("Framework", name, _differs(_named(name), mine, its)))
    theirs = dict(_parts(after))
    for part, mine in _parts(before):
        found += _compared(part, mine, theirs[part])
    return found


def _parts(framework: Framework) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The keyed parts of a framework, what lies inside others with the key of both."""
    yield "Roles", framework.roles
    yield "Bodies", framework.bodies
    yield "Plan types", framework.plan_types
    yield "Item types", framework.item_types
    yield (
        "Templates",
        {key: replace(each, sections=()) for key, each in framework.templates.items()},
    )
    yield (
        "Sections",
        {
            f"{template.key}.{section.key}": section
            for template in framework.templates.values()
            for section in template.sections
        },
    )
    yield (
        "States",
        {
            f"{lifecycle.key}.{key}": state
            for lifecycle in framework.lifecycles.values()
            for key, state in lifecycle.states.items()
        },
    )
    yield "Ways", dict(_transitions(framework))
    yield "Years", {pattern.key: replace(pattern, steps=()) for pattern in framework.years}
    yield (
        "Steps",
        {
            f"{pattern.key}.{rule.key}": rule
            for pattern in framework.years
            for rule in pattern.steps
        },
    )
    yield "Deadline rules", framework.day_rules
    yield "Limits", framework.limits
    yield "Settings", framework.settings
    yield "Reporting", framework.reporting
    yield "Report", framework.report_fields
    yield "Comments", framework.comments


def _transitions(framework: Framework) -> Iterator[tuple[str, Transition]]:
    """Each action by its lifecycle and the states that it leaves, since one may leave several."""
    for lifecycle in framework.lifecycles.values():
        for transition in lifecycle.transitions:
            yield f"{lifecycle.key}.{transition.action}.{'+'.join(transition.from_)}", transition


def _compared(part: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in {**before, **after}:
        mine, its = before.get(key), after.get(key)
        if its is None:
            yield Change(part, key, f"{_title(mine)} is no longer there.")
        elif mine is None:
            yield Change(part, key, f"{_title(its)} is new.")
        elif mine != its:
            for each in fields(its):
                old, new = getattr(mine, each.name), getattr(its, each.name)
                if old != new:
                    sentence = _differs(f"{_title(its)}: {_named(each.name)}", old, new)
                    yield Change(part, key, sentence)


def _title(thing: Any) -> str:
    words = getattr(thing, "title", "") or getattr(thing, "label", "") or getattr(thing, "key", "")
    return f"“{words}”"


def _named(name: str) -> str:
    return name.rstrip("_").replace("_", " ")


def _differs(what: str, before: Any, after: Any) -> str:
    return f"{what} is {_shown(after)} instead of {_shown(before)}."


def _shown(value: Any) -> str:
    """A value of a framework in a few words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in ("", (), None) or value == {}:
        return NOTHING
    return shortened(_words(value), LONGEST)


def _words(value: Any) -> str:
    if is_dataclass(value):
        named = (getattr(value, each.name) for each in fields(value))
        return " ".join(_words(each) for each in named if each not in ("", (), None, False))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(each)}" for key, each in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(_words(each) for each in value)
    return f"“{value}”" if isinstance(value, str) else str(value)
