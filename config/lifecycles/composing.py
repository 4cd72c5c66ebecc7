"""Lifecycles composed of shipped stages: from a file that extends a base to a whole lifecycle.

The rules that live here: a lifecycle is stages in their order, and what its base and then its own
file lay over them (``config.lifecycles.merging``). In a stage ``{next}`` is the state in which the
stage after it begins; any other ``{word}`` is a word of ``with``: of the stage's entry, else of the
lifecycle, else of its base, else the stage's usual one. Acts at the side come after the acts of all
stages, internal acts and consequences last of all, and the table ``from`` of a stage adds its
states to acts of other stages, where the lifecycle has them. An internal act leaves its states in
their order; ``"*"`` is every state. All of this is an aid for writing: a published edition holds
whole lifecycles, and nothing reads a base or a stage for it (INV-06).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from config.lifecycles import merging
from config.lifecycles.merging import Entries, Place, Table
from config.lifecycles.shape import CONSEQUENCE, INTERNAL, Lifecycle, State, StateTask, Transition
from config.problems import ProblemList

STAGES, BASES = "stages", "bases"
# The keys that only a file which is composed has, and that its whole lifecycle has no more.
AIDS = ("extends", "stages", "with", "required", "without")

EVERY_STATE = "*"
# What each of a stage's ``internal_acts`` says without writing it.
_INTERNAL = {"to": "=", "kind": INTERNAL}
_WORD = re.compile(r"\{(\w+)\}")


@dataclass
class Whole:
    """A lifecycle while it is put together.

    ``origin``: for each ``states.x``, ``transitions.y`` and key of these the shipped file that says
    it, "" for the lifecycle's own.
    """

    states: Entries = field(default_factory=dict)
    transitions: Entries = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)

    def note_origin(self, states: Entries, acts: Entries, file: str) -> None:
        """Remember that a file says these."""
        named = [(f"states.{name}", state) for name, state in states.items()]
        named += [(f"transitions.{each.get('action', name)}", each) for name, each in acts.items()]
        for place, entry in named:
            self.origin.setdefault(place, file)
            self.origin |= {f"{place}.{key}": file for key in entry}
            for name, task in entry.get("tasks", {}).items():
                kind = task.get("kind", name)
                self.origin |= {f"{place}.tasks.{kind}.{key}": file for key in task}


def is_composed(table: Any) -> bool:
    """Whether a lifecycle's file is written with the help of a base or of stages."""
    return isinstance(table, Mapping) and ("extends" in table or "stages" in table)


def expanded(name: str, table: Table, problems: ProblemList) -> Table:
    """The lifecycle of the file ``lifecycles/<name>.toml`` as if all of it stood in that file.

    What is wrong is noted in ``problems``; the keys of each part come in the order of its shape.
    """
    place = Place(problems, f"lifecycles/{name}.toml")
    base = _base(table, place)
    whole = _put_together(base, table, place)
    heads = {key: value for key, value in {**base, **table}.items() if key not in AIDS}
    acts = [_act(act, whole.states) for act in whole.transitions.values()]
    acts.sort(key=lambda act: act.get("kind") in (INTERNAL, CONSEQUENCE))
    states = {key: _state(each) for key, each in whole.states.items()}
    return _in_order({**heads, "states": states, "transitions": acts}, Lifecycle)


def origins(name: str, table: Table) -> dict[str, str]:
    """Which shipped file says each part of a lifecycle (see ``Whole``), by ``file:key``."""
    place = Place(ProblemList(), f"lifecycles/{name}.toml")
    found = _put_together(_base(table, place), table, place).origin
    return {f"{place.file}:{key}": file for key, file in found.items()}


def with_origin(problem: str, origins: Mapping[str, str]) -> str:
    """A problem with the shipped file that says what is wrong, if it is one of ``origins``."""
    place = problem.partition(": ")[0]
    while place not in origins and "." in place.partition(":")[2]:
        place = place.rpartition(".")[0]
    file = origins.get(place, "")
    if not file:
        return problem
    return f"{problem} The shipped lifecycles/{file} says it; say it in this file as it should be."


def shipped(folder: str) -> list[str]:
    """The keys of the stages or bases that come with the product."""
    return sorted(each.stem for each in (Path(__file__).parent / folder).glob("*.toml"))


@cache
def written(folder: str, key: str) -> Mapping[str, Any]:
    """A shipped stage or base as it is written. Whoever reads it changes nothing in it."""
    file = Path(__file__).parent / folder / f"{key}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _base(table: Table, place: Place) -> Mapping[str, Any]:
    key = table.get("extends")
    if key is None:
        return {}
    if key not in shipped(BASES):
        known = ", ".join(shipped(BASES))
        place.add("extends", f"There is no base “{key}”. Known are: {known}.")
        return {}
    return written(BASES, key)


def _put_together(base: Mapping[str, Any], table: Table, place: Place) -> Whole:
    """Stages, then the base, then the file's own words."""
    given = {**base.get("with", {}), **_words(table, place)}
    without = _paths(table, place)
    stages = _stages(base, table, without, place)
    _tell_unknown_words(base, stages, table, place)
    for word in base.get("required", ()):
        if word not in given:
            place.add(f"with.{word}", f"The base “{table['extends']}” asks for this word.")
    whole = _composed(stages, given, place)
    file = f"{BASES}/{table.get('extends')}.toml"
    content = _filled(base, _resolved(given))
    _lay(
        whole,
        content,
        content.get("without", []),
        Place(place.problems, f"lifecycles/{file}"),
        file,
    )
    own = [path for path in without if not path.startswith("stages.")]
    _lay(whole, table, own, place, "")
    return whole


def _lay(
    whole: Whole, content: Mapping[str, Any], without: list[str], place: Place, file: str
) -> None:
    """Take away what a file does without, and lay its states and acts over the rest."""
    parts = {"states": whole.states, "transitions": whole.transitions}
    parts = merging.taken_away(parts, without, place.at("without"))
    states = merging.states(content.get("states", {}), place.at("states"))
    acts = merging.entries(content.get("transitions", []), "transitions", place.at("transitions"))
    for part, own in (("states", states), ("transitions", acts)):
        at = place.at(part)
        parts[part] = merging.placed(merging.laid_over(parts[part], own, part, at), at)
    whole.states, whole.transitions = parts["states"], parts["transitions"]
    whole.note_origin(states, acts, file)


# Stages -------------------------------------------------------------------------------------------


def _stages(
    base: Mapping[str, Any], table: Table, without: list[str], place: Place
) -> dict[str, Table]:
    """The entries of the stages in their order: the base's, with the file's own laid over."""
    at = place.at("stages")
    found = merging.entries(_listed(base.get("stages", [])), "stages", at)
    gone = [path for path in without if path.startswith("stages.")]
    found = merging.taken_away({"stages": found}, gone, place.at("without"))["stages"]
    own = merging.entries(_listed(table.get("stages", [])), "stages", at)
    found = merging.placed(merging.laid_over(found, own, "stages", at), at)
    known = shipped(STAGES)
    for name, entry in found.items():
        stage = entry.get("stage")
        if stage is not None and stage not in known:  # one without a stage is told already
            at.add(name, f"There is no stage “{stage}”. Known are: {', '.join(known)}.")
    return {name: entry for name, entry in found.items() if entry.get("stage") in known}


def _listed(stages: Any) -> Any:
    """A stage that takes no words may be written as its bare name."""
    if not isinstance(stages, list):
        return stages
    return [{"stage": each} if isinstance(each, str) else each for each in stages]


def _composed(stages: Mapping[str, Table], given: Mapping[str, str], place: Place) -> Whole:
    """The stages one after the other, each with its words filled in."""
    whole = Whole()
    sides: Entries = {}
    leaving: dict[str, list[str]] = {}
    for name, content in _with_words(stages, given, place):
        at = place.at(f"stages.{name}")
        states = merging.states(content.get("states", {}), at)
        acts = merging.entries(content.get("transitions", []), "transitions", at)
        beside = merging.entries(content.get("side_acts", []), "side_acts", at)
        internal = merging.entries(content.get("internal_acts", []), "internal_acts", at)
        beside |= {name: {**_INTERNAL, **act} for name, act in internal.items()}
        whole.states = merging.laid_over(whole.states, states, "states", at)
        whole.transitions |= acts
        sides |= beside
        left = [(act, each["from"]) for act, each in {**acts, **beside}.items()]
        for act, states_left in [*left, *content.get("from", {}).items()]:
            leaving.setdefault(act, []).extend(states_left)
        whole.note_origin(states, {**acts, **beside}, f"{STAGES}/{stages[name]['stage']}.toml")
    acts = {**whole.transitions, **sides}
    acts = {key: {**act, "from": list(dict.fromkeys(leaving[key]))} for key, act in acts.items()}
    whole.transitions = merging.placed(acts, place.at("stages"))
    whole.states = merging.placed(whole.states, place.at("stages"))
    return whole


def _with_words(
    stages: Mapping[str, Table], given: Mapping[str, str], place: Place
) -> Iterator[tuple[str, Any]]:
    """Each stage as it reads with its words, and with the entrance of the one after it."""
    words = {}
    for name, entry in stages.items():
        stage, at = written(STAGES, entry["stage"]), place.at(f"stages.{name}")
        own = _words(entry, at)
        for word in own.keys() - _known_words(stage):
            at.add(f"with.{word}", _no_word(word, _known_words(stage)))
        words[name] = {**stage.get("with", {}), **given, **own}
        for word in stage.get("required", ()):
            if word not in words[name]:
                at.add(f"with.{word}", f"The stage “{entry['stage']}” asks for this word.")
    after = ""
    read = []
    for name, entry in reversed(list(stages.items())):
        content = _filled(
            written(STAGES, entry["stage"]), _resolved({**words[name], "next": after})
        )
        after = content.get("enter", after)
        read.append((name, content))
    yield from reversed(read)


# Words --------------------------------------------------------------------------------------------


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """What is written, with each ``{word}`` replaced; one that nobody gave stays."""
    if isinstance(value, str):
        return _WORD.sub(lambda found: words.get(found[1], found[0]), value)
    if isinstance(value, Mapping):
        return {_filled(key, words): _filled(each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, words) for each in value]
    return value


def _resolved(words: Mapping[str, str]) -> Mapping[str, str]:
    """The words, those that are made of other words with these filled in."""
    for _ in words:
        filled = {name: _filled(value, words) for name, value in words.items()}
        if filled == words:
            break
        words = filled
    return words


def _words(table: Table, place: Place) -> dict[str, str]:
    found = table.get("with", {})
    if isinstance(found, Mapping) and all(isinstance(each, str) for each in found.values()):
        return dict(found)
    place.add("with", "This must be a table of words and their texts.")
    return {}


def _paths(table: Table, place: Place) -> list[str]:
    found = table.get("without", [])
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        return found
    place.add("without", "This must be a list of texts.")
    return []


def _known_words(written: Mapping[str, Any]) -> set[str]:
    return {*written.get("with", {}), *written.get("required", ())}


def _tell_unknown_words(
    base: Mapping[str, Any], stages: Mapping[str, Table], table: Table, place: Place
) -> None:
    known = _known_words(base)
    for entry in stages.values():
        known |= _known_words(written(STAGES, entry["stage"]))
    for word in sorted(_words(table, place).keys() - known):
        place.add(f"with.{word}", _no_word(word, known))


def _no_word(word: str, known: set[str]) -> str:
    return f"Nothing here takes a word “{word}”. Known are: {', '.join(sorted(known)) or 'none'}."


# What comes out -----------------------------------------------------------------------------------


def _state(state: Table) -> Table:
    found = _in_order(state, State)
    if "tasks" in state:
        found["tasks"] = [_in_order(task, StateTask) for task in state["tasks"].values()]
    return found


def _act(act: Table, states: Entries) -> Table:
    if act.get("kind") == INTERNAL and isinstance(act.get("from"), list):
        left = states if act["from"] == [EVERY_STATE] else act["from"]
        # One that there is no state for stays at the end, so that it is told.
        found = [*(each for each in states if each in left), *(s for s in left if s not in states)]
        act = {**act, "from": found}
    return _in_order(act, Transition)


def _in_order(table: Table, kind: type) -> Table:
    """A table with the keys of its shape in their order; others after them, for the reader."""
    known = [each.name.rstrip("_") for each in fields(kind)]
    rest = [key for key in table if key not in known]
    return {key: table[key] for key in [*known, *rest] if key in table and key != "key"}
