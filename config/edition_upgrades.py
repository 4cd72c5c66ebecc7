"""What brings the contents of an older edition of a framework to the form that the product reads.

The rule that lives here: a published edition is never edited. Its body carries the number of its
format (absent: 1), and each step below takes the contents from one format to the next, in memory.
A new step is one function at the end of ``STEPS``, with a test on a real old body; what is
published from then on carries the next number, and the frameworks that come with the product are
always written in the newest form.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from config import framework_loader, permissions
from config.framework_reading import RENAMED
from config.problems import ProblemList
from config.year_choices import complete

FORMAT = "format"
Contents = dict[str, Any]


def upgraded(stored: Mapping[str, Any]) -> Contents:
    """The contents of a stored edition in the newest form, without the number of its format.

    Raises ValueError for the format of a later version of the product.
    """
    number = stored.get(FORMAT, 1)
    if not isinstance(number, int) or not 1 <= number <= newest():
        raise ValueError(f"an edition in format {number} is not known to this version")
    contents = {key: value for key, value in stored.items() if key != FORMAT}
    for step in STEPS[number - 1 :]:
        contents = step(contents)
    return contents


def newest() -> int:
    """The format in which editions are published."""
    return len(STEPS) + 1


def expanded(contents: Mapping[str, Any]) -> Contents:
    """Contents in which every year pattern is whole: ``extends`` and ``without`` are writing aids
    that nothing reads of a published edition (INV-06)."""
    years = complete(contents["years"], ProblemList())
    aids = ("extends", "without")
    whole = {
        name: {key: value for key, value in pattern.items() if key not in aids}
        for name, pattern in years.items()
    }
    return {**contents, "years": whole}


# From format 1 to 2: permissions and order --------------------------------------------------------


def to_format_2(contents: Contents) -> Contents:
    """Permissions instead of ten roles that code sought by name (faults R8, R11); years whole, and
    the order of the files (fault S4), since format 1 was stored with sorted keys.

    A list takes its order from the framework of its key that comes with the product, where that
    lists all of the same things; any other stays as it is stored.
    """
    shipped = _shipped(str(contents.get("key", "")))
    return expanded(_ordered(permissions.upgraded(contents), shipped))


def is_in_order(stored: Mapping[str, Any]) -> bool:
    """Whether the lists of a stored edition stand in the order of its files, as far as is known."""
    if stored.get(FORMAT, 1) > 1:
        return True
    shipped = _shipped(str(stored.get("key", "")))
    return not any(
        _is_sorted_only(part, shipped.get(key), in_folder=key in framework_loader.FOLDERS)
        for key, part in permissions.upgraded(stored).items()
    )


@lru_cache(maxsize=8)
def _shipped(key: str) -> Contents:
    """The files of a framework that comes with the product; nothing for another key."""
    if key not in framework_loader.available():
        return {}
    return framework_loader.read_folder(framework_loader.FRAMEWORKS / key)


def _ordered(stored: Any, shipped: Any) -> Any:
    """What is stored, each table in the order of the shipped one that has all of its keys."""
    if isinstance(stored, Mapping):
        beside = shipped if isinstance(shipped, Mapping) else {}
        keys = beside if stored.keys() <= beside.keys() else stored
        return {key: _ordered(stored[key], beside.get(key)) for key in keys if key in stored}
    if isinstance(stored, list):
        return [_ordered(mine, its) for mine, its in _pairs(stored, shipped)]
    return stored


def _is_sorted_only(stored: Any, shipped: Any, *, in_folder: bool = False) -> bool:
    """Whether a table of tables here has no shipped one with all of its keys.

    ``in_folder``: the keys are names of files, which were always read in their order.
    """
    if isinstance(stored, Mapping):
        beside = shipped if isinstance(shipped, Mapping) else {}
        tables = len(stored) > 1 and all(isinstance(each, Mapping) for each in stored.values())
        if tables and not in_folder and not stored.keys() <= beside.keys():
            return True
        return any(_is_sorted_only(each, beside.get(key)) for key, each in stored.items())
    if isinstance(stored, list):
        return any(_is_sorted_only(mine, its) for mine, its in _pairs(stored, shipped))
    return False


def _pairs(stored: list[Any], shipped: Any) -> list[tuple[Any, Any]]:
    beside = shipped if isinstance(shipped, list) and len(shipped) == len(stored) else None
    return list(zip(stored, beside or [None] * len(stored), strict=True))


# From format 2 to 3: names ------------------------------------------------------------------------


def to_format_3(contents: Contents) -> Contents:
    """A role has permissions, a step predecessors, a type of plan prerequisites."""
    years = {
        name: {**pattern, "steps": [_renamed(step) for step in pattern.get("steps", ())]}
        for name, pattern in contents["years"].items()
    }
    tables = {
        part: {key: _renamed(each) for key, each in contents[part].items()}
        for part in ("roles", "plan_types")
    }
    return {**contents, **tables, "years": years}


def _renamed(table: Mapping[str, Any]) -> Contents:
    return {RENAMED.get(key, key): value for key, value in table.items()}


# Steps in their order: the first takes format 1 to format 2.
STEPS: tuple[Callable[[Contents], Contents], ...] = (to_format_2, to_format_3)
