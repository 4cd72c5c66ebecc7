"""The body of a published edition: how it is written when published and read ever after (INV-06).

The rules that live here: an edition is written whole, in the order of its files, with the number
of its format; it is read without judging it again, since strictness is for ``framework check`` and
``publish``, and what was published must stay readable.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from config import edition_upgrades, framework_loader
from config.framework import Framework


def body(data: Mapping[str, Any]) -> str:
    """The text under whose digest a framework's data is published: JSON without spaces."""
    whole = edition_upgrades.expanded(data)
    return _text({edition_upgrades.FORMAT: edition_upgrades.newest(), **whole})


def read(stored: str) -> Framework:
    """The framework of a published body, upgraded in memory.

    Raises ValueError or Problems for what is none, or has the format of a later version.
    """
    return framework_loader.stored(contents(stored))


def contents(stored: str) -> dict[str, Any]:
    """The data of a published body in the newest form, as its files would be written now.

    Raises ValueError for what is none, or has the format of a later version.
    """
    return edition_upgrades.upgraded(_as_stored(stored))


def is_in_order(stored: str) -> bool:
    """Whether its lists stand in the order in which they were written, as far as is known."""
    return edition_upgrades.is_in_order(_as_stored(stored))


def same(one: Framework, other: Framework) -> bool:
    """Whether two editions say the same, their lists in the same order."""
    return one == other and _text(asdict(one)) == _text(asdict(other))


def _as_stored(stored: str) -> dict[str, Any]:
    found = json.loads(stored)
    if not isinstance(found, dict):
        raise ValueError("an edition is a table")
    return found


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
