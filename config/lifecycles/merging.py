"""How one file is laid over what it extends: it says by name only what differs.

The rules that live here: a state is found by its name, an act by its ``key`` (else its action), a
task by its ``key`` (else its kind), a stage by its ``key`` (else the stage). What is found takes
over the keys that are written and keeps the others; a list that is written replaces the whole list.
What is not found is added at the end. ``before`` moves an entry. ``without`` names what goes:
``states.returned``, ``states.drafting.tasks.draft``, ``transitions.submit.guards.not_an_editor``;
it goes before anything is laid over, and a state that goes leaves every ``from``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.problems import ProblemList

Table = dict[str, Any]
# Named tables in their order: states, acts, tasks, stages.
Entries = dict[str, Table]

# By which keys an entry of a list is known: by the first that it has.
NAMES: Mapping[str, tuple[str, ...]] = {
    "stages": ("key", "stage"),
    "transitions": ("key", "action"),
    "side_acts": ("key", "action"),
    "internal_acts": ("key", "action"),
    "tasks": ("key", "kind"),
}
# What people call an entry, and the keys that a new one must have.
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "stages": ("stage", ("stage",)),
    "states": ("state", ("label", "stage", "phase")),
    "transitions": ("act", ("action", "label", "from", "to", "roles")),
    "tasks": ("task", ("kind", "label", "role")),
}


@dataclass(frozen=True)
class Place:
    """Where in a file something is written, and the list in which its problems are told."""

    problems: ProblemList
    file: str
    where: str = ""

    def add(self, key: str, sentence: str) -> None:
        """Note a problem at ``file:where.key``."""
        place = ".".join(each for each in (self.where, key) if each)
        self.problems.add(f"{self.file}:{place}", sentence)

    def at(self, key: str) -> "Place":
        """A place within this one."""
        where = ".".join(each for each in (self.where, key) if each)
        return Place(self.problems, self.file, where)


def entries(written: Any, part: str, place: Place) -> Entries:
    """The entries of a list as written, by their names; what is no such list is told."""
    if not isinstance(written, list) or not all(isinstance(each, Mapping) for each in written):
        place.add("", "This must be a list of tables.")
        return {}
    found: Entries = {}
    for number, each in enumerate(written, start=1):
        name = next((each[key] for key in NAMES[part] if isinstance(each.get(key), str)), None)
        if name is None:
            place.add(str(number), f"This entry has no {NAMES[part][-1]}.")
        elif name in found:
            place.add(name, "Two entries have this name. Give one of them a key of its own.")
        else:
            found[name] = dict(each)
    return found


def states(written: Any, place: Place) -> Entries:
    """The states as written, each with its tasks by their names."""
    if not isinstance(written, Mapping) or not all(
        isinstance(each, Mapping) for each in written.values()
    ):
        place.add("", "This must be a table of states.")
        return {}
    found = {name: dict(state) for name, state in written.items()}
    for name, state in found.items():
        if "tasks" in state:
            state["tasks"] = entries(state["tasks"], "tasks", place.at(f"{name}.tasks"))
    return found


def laid_over(base: Entries, own: Entries, part: str, place: Place) -> Entries:
    """``base`` with what ``own`` says differs from it; a new entry that is not whole is told."""
    whole = dict(base)
    for name, entry in own.items():
        known = base.get(name, {})
        whole[name] = {**known, **entry}
        if name not in base:
            _tell_unfinished(entry, part, place.at(name))
        if "tasks" in entry:
            tasks = known.get("tasks", {})
            at = place.at(f"{name}.tasks")
            whole[name]["tasks"] = laid_over(tasks, entry["tasks"], "tasks", at)
    return whole


def placed(found: Entries, place: Place) -> Entries:
    """The entries in their order: each that says ``before`` stands where it says."""
    order = list(found)
    for name, entry in found.items():
        before = entry.get("before")
        if before is None:
            continue
        if before not in found or before == name:
            known = ", ".join(each for each in found if each != name)
            place.add(f"{name}.before", f"There is no “{before}”. Known are: {known}.")
            continue
        order.remove(name)
        order.insert(order.index(before), name)
    whole = {name: _without_key(found[name], "before") for name in order}
    for name, entry in whole.items():
        if "tasks" in entry:
            entry["tasks"] = placed(entry["tasks"], place.at(f"{name}.tasks"))
    return whole


def taken_away(parts: Mapping[str, Entries], paths: Sequence[str], place: Place) -> Any:
    """The parts (states, transitions or stages) without what the paths name."""
    whole: dict[str, Any] = {part: dict(found) for part, found in parts.items()}
    for path in paths:
        if "." not in path or not _take(whole, path.split(".")):
            place.add(path, "There is nothing of this name in what this lifecycle extends.")
    gone = parts.get("states", {}).keys() - whole.get("states", {}).keys()
    if gone:
        whole["transitions"] = dict(_not_leaving(whole["transitions"], gone))
    return whole


def _take(table: dict[str, Any], path: Sequence[str]) -> bool:
    """Take what the path names out of a table, whose inner tables are copied before."""
    name, rest = path[0], path[1:]
    if name not in table:
        return False
    if not rest:
        del table[name]
        return True
    inner = table[name]
    if isinstance(inner, Mapping):
        table[name] = dict(inner)
        return _take(table[name], rest)
    if isinstance(inner, list) and len(rest) == 1:
        table[name] = [each for each in inner if _called(each) != rest[0]]
        return len(table[name]) < len(inner)
    return False


def _called(element: Any) -> Any:
    """The name of an element of a list: of a rule its name, of a word the word."""
    return element.get("rule") if isinstance(element, Mapping) else element


def _not_leaving(acts: Entries, gone: set[str]) -> Iterator[tuple[str, Table]]:
    """The acts without states that went; one that left from these alone goes with them."""
    for name, act in acts.items():
        left = [state for state in act["from"] if state not in gone]
        if left or not act["from"]:
            yield name, {**act, "from": left}


def _without_key(entry: Table, key: str) -> Table:
    return {each: value for each, value in entry.items() if each != key}


def _tell_unfinished(entry: Table, part: str, place: Place) -> None:
    called, needed = KINDS[part]
    missing = [key for key in needed if key not in entry]
    if missing:
        place.add(
            "",
            f"What this lifecycle extends has no such {called}. Check its name; a new one needs "
            f"{', '.join(missing)} too.",
        )
