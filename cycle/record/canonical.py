"""Canonical bytes: the one way in which the record writes and digests what it seals.

JSON with sorted keys, no blanks, UTF-8 and no escapes beyond JSON's own; moments in UTC with
microseconds, dates ISO 8601. JSONB does not round-trip bytes, so sealed tables keep text.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any


def dumps(value: Any) -> str:
    """The canonical text of a JSON-able value; dates and moments become strings."""
    return _ENCODER.encode(value)


def digest(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def row_digest(table: str, columns: Mapping[str, Any]) -> str:
    """The digest of a row: its table and all of its columns, in canonical form."""
    return digest(f"plancycle/row/1\n{table}\n{dumps(dict(columns))}")


def person_digest(salt: str, words: str) -> str:
    """The salted digest of who acted; without the salt it says nothing about the person."""
    return digest(f"plancycle/person/1\n{salt}\n{words}")


def event_hash(payload: str) -> str:
    """The hash of an event over its canonical payload, which names the hash before it."""
    return digest(f"plancycle/event/1\n{payload}")


def moment(at: datetime) -> str:
    """A UTC moment, always with microseconds, so that equal moments have equal bytes."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
)
