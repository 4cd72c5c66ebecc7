"""Variants of a planning year, written as what differs from the usual one (A2).

The rule that lives here: a pattern that ``extends`` another takes everything from it, and then its
own words count: a step of the same key keeps what its own entry does not say, new steps come after
the others, and the steps named in ``without`` go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.problems import ProblemList

# What a pattern says of itself alone and never takes over.
_OWN = ("choice", "usual", "extends", "without", "description", "source")


def merged(
    tables: Mapping[str, Any], problems: ProblemList, folder: str = "years"
) -> dict[str, Any]:
    """The patterns by key, each complete; one that cannot be completed is told and left out.

    Problems are told at the key's file in ``folder``.
    """
    whole: dict[str, Any] = {}
    for name in tables:
        _complete(name, tables, whole, (), _At(problems, folder))
    return {name: whole[name] for name in tables if whole[name] is not None}


def complete(tables: Mapping[str, Any], problems: ProblemList) -> dict[str, Any]:
    """The patterns of a framework by key, each complete; one that extends another is not usual."""
    return {
        name: {"usual": False, **table} if isinstance(table, Mapping) and _extends(table) else table
        for name, table in merged(tables, problems).items()
    }


def _extends(table: Mapping[str, Any]) -> str:
    extends = table.get("extends", "")
    return extends if isinstance(extends, str) else ""


@dataclass(frozen=True)
class _At:
    """Where problems are told."""

    problems: ProblemList
    folder: str

    def add(self, name: str, key: str, sentence: str) -> None:
        self.problems.add(f"{self.folder}/{name}.toml:{key}", sentence)


def _complete(
    name: str,
    tables: Mapping[str, Any],
    whole: dict[str, Any],
    seen: tuple[str, ...],
    problems: _At,
) -> Any:
    if name in whole:
        return whole[name]
    table = tables[name]
    extends = table.get("extends", "") if isinstance(table, Mapping) else ""
    whole[name] = None
    if not extends or not isinstance(extends, str):
        whole[name] = table  # the reader tells what is wrong with its shape
    elif extends not in tables:
        known = ", ".join(sorted(tables.keys() - {name}))
        problems.add(name, "extends", f"There is no pattern “{extends}”. Known are: {known}.")
    elif extends in (*seen, name):
        problems.add(name, "extends", "This pattern extends itself. Let it begin with a usual one.")
    else:
        base = _complete(extends, tables, whole, (*seen, name), problems)
        if isinstance(base, Mapping):
            whole[name] = _laid_over(name, base, table, problems)
    return whole[name]


def _laid_over(
    name: str, base: Mapping[str, Any], own: Mapping[str, Any], problems: _At
) -> dict[str, Any]:
    taken_over = {key: value for key, value in base.items() if key not in _OWN}
    whole = {**taken_over, **own}
    theirs, mine, without = (
        _list(base, "steps", Mapping),
        _list(own, "steps", Mapping),
        _list(own, "without", str),
    )
    if theirs is None or mine is None or without is None:
        return whole  # the reader tells which of them is no list
    routes = [each.get("routes", {}) for each in (base, own)]
    if any(routes) and all(isinstance(each, Mapping) for each in routes):
        whole["routes"] = {**routes[0], **routes[1]}
    changes = {step.get("key", ""): step for step in mine}
    known = {step.get("key", "") for step in theirs}
    for key in without:
        if key not in known or key in changes:
            sentence = (
                "It has a step of its own with this key" if key in changes else "There is none"
            )
            problems.add(name, f"without.{key}", f"{sentence}, so it cannot go.")
    kept = [{**step, **changes.get(step.get("key", ""), {})} for step in theirs]
    added = [step for step in mine if step.get("key", "") not in known]
    whole["steps"] = [step for step in kept if step.get("key") not in without] + added
    return whole


def _list(table: Mapping[str, Any], key: str, kind: type) -> list[Any] | None:
    """The list at ``key``, empty when there is none; None when it is something else."""
    found = table.get(key, [])
    right = isinstance(found, list) and all(isinstance(each, kind) for each in found)
    return found if right else None
