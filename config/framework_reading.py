"""From plain TOML data to the typed shape of a framework: right keys, right types, nothing else.

The rule that lives here: a table has exactly the keys of its dataclass; what is missing, unknown or
of another type is told with its place, and reading goes on, so that all of it is told at once.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from config.lifecycles.shape import Rule
from config.problems import ProblemList

MISSING_VALUE = object()

# Keys that files had under another name; a stored edition is upgraded
# (``config.edition_upgrades``).
RENAMED = {
    "functions": "permissions",
    "desks": "plan_roles",
    "needs": "predecessors",
    "start_needs": "start_prerequisites",
    "final_needs": "final_prerequisites",
    "approve_needs": "approve_prerequisites",
}
KINDS = {str: "text", int: "a whole number", bool: "true or false"}


@cache
def _shape(kind: type) -> tuple[Mapping[str, Any], Mapping[str, "Field[Any]"]]:
    """The types of a dataclass's fields, and its fields by the key that a file gives."""
    return get_type_hints(kind), {field.name.rstrip("_"): field for field in fields(kind)}


class Reader:
    """Reads tables into dataclasses and notes every problem at ``file:key``."""

    def __init__(self, problems: ProblemList):
        self.problems = problems

    def table(self, kind: type, data: Any, file: str, place: str, key: str = "") -> Any:
        """An instance of the dataclass ``kind`` from a table, or MISSING_VALUE.

        ``key`` is the table's own name, for a dataclass whose ``key`` is not written in it.
        """
        if kind is Rule:
            return self._rule(data, file, place)
        if not isinstance(data, Mapping):
            self.add(file, place, "This must be a table of keys and values.")
            return MISSING_VALUE
        hints, known = _shape(kind)
        given = dict(data)
        if key and "key" in known:
            given.setdefault("key", key)
        self._unknown_keys(known, given, file, place)
        values = {
            field.name: self._field(field, hints[field.name], given, name, file, place)
            for name, field in known.items()
            if name in given or _is_required(field)
        }
        if any(value is MISSING_VALUE for value in values.values()):
            return MISSING_VALUE
        return kind(**values)

    def value(self, hint: Any, data: Any, file: str, place: str) -> Any:
        """A value of the type ``hint``, or MISSING_VALUE when it is of another one."""
        origin = get_origin(hint)
        if hint is Any:
            return data
        if origin in (Union, types.UnionType):  # an optional table
            inner = next(each for each in get_args(hint) if each is not type(None))
            return self.value(inner, data, file, place)
        if origin is Literal:
            return self._choice(get_args(hint), data, file, place)
        if origin is tuple:
            return self._tuple(get_args(hint)[0], data, file, place)
        if origin is not None and issubclass(origin, Mapping):
            return self.mapping(get_args(hint)[1], data, file, place)
        if is_dataclass(hint):
            return self.table(hint, data, file, place)  # type: ignore[arg-type]
        if type(data) is not hint:
            self.add(file, place, f"This must be {KINDS[hint]}.")
            return MISSING_VALUE
        return data

    def mapping(self, hint: Any, data: Any, file: str, place: str) -> Any:
        """A table of tables (or of words), each entry read as ``hint`` under its own key."""
        if not isinstance(data, Mapping):
            self.add(file, place, "This must be a table of keys and values.")
            return MISSING_VALUE
        read = {}
        for key, each in data.items():
            where = f"{place}.{key}" if place else key
            if is_dataclass(hint):
                read[key] = self.table(hint, each, file, where, key)  # type: ignore[arg-type]
            else:
                read[key] = self.value(hint, each, file, where)
        return self._whole(read)

    def add(self, file: str, place: str, sentence: str) -> None:
        """Note a problem at ``file:place``."""
        self.problems.add(f"{file}:{place}", sentence)

    def _whole(self, read: dict[str, Any]) -> Any:
        broken = any(value is MISSING_VALUE for value in read.values())
        return MISSING_VALUE if broken else read

    def _unknown_keys(
        self, known: Mapping[str, Any], given: Mapping[str, Any], file: str, place: str
    ) -> None:
        for key in given:
            if key not in known:
                where = f"{place}.{key}" if place else key
                if RENAMED.get(key) in known:
                    self.add(file, where, f"This key is called {RENAMED[key]} now.")
                    continue
                listed = ", ".join(sorted(known))
                self.add(file, where, f"There is no such key here. Known are: {listed}.")

    def _field(
        self,
        field: "Field[Any]",
        hint: Any,
        given: Mapping[str, Any],
        name: str,
        file: str,
        place: str,
    ) -> Any:
        where = f"{place}.{name}" if place else name
        if name not in given:
            self.add(file, where, "This key is missing.")
            return MISSING_VALUE
        return self.value(hint, given[name], file, where)

    def _tuple(self, hint: Any, data: Any, file: str, place: str) -> Any:
        if not isinstance(data, list | tuple):
            self.add(file, place, "This must be a list.")
            return MISSING_VALUE
        read = [
            self.value(hint, each, file, f"{place}.{_name_of(each, number)}")
            for number, each in enumerate(data, start=1)
        ]
        return MISSING_VALUE if any(each is MISSING_VALUE for each in read) else tuple(read)

    def _choice(self, allowed: tuple[Any, ...], data: Any, file: str, place: str) -> Any:
        if data not in allowed:
            listed = ", ".join(str(each) for each in allowed)
            self.add(file, place, f"“{data}” is not known here. Choose one of: {listed}.")
            return MISSING_VALUE
        return data

    def _rule(self, data: Any, file: str, place: str) -> Any:
        """``{ rule = "signed_by", role = "finance" }``: the name, and its arguments beside it."""
        if not isinstance(data, Mapping) or not isinstance(data.get("rule"), str):
            self.add(file, place, 'A rule is written as { rule = "its_name" }, with what it takes.')
            return MISSING_VALUE
        return Rule(data["rule"], {key: data[key] for key in data if key != "rule"})


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _name_of(data: Any, number: int) -> str:
    """What a reader of the file would call an entry of a list."""
    if isinstance(data, Mapping):
        for key in ("key", "action", "kind", "rule", "plan_type", "body"):
            if isinstance(data.get(key), str):
                return str(data[key])
    return str(number)
