"""How the pages of the record tell the events of it."""

import json
from collections.abc import Mapping
from typing import Any

from webui.page.formats import Key
from workflows.record.history import Entry


def number(entry: Entry) -> Key:
    """By what the events are in order."""
    return (entry.seq,)


def pairs(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The details of an event as pairs of name and text; what is empty is left out."""
    return [
        (name.replace("_", " ").capitalize(), _words(value))
        for name, value in details.items()
        if value is not None and value != []
    ]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str | int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, indent=1)
