"""In which form rows and manifests were sealed: the record outlives columns (INV-10, INV-21).

The rule that lives here: a sealed row is digested over the table and the columns of the day on
which it was listed. A format is never changed; a new column of a sealed table makes a new format
of it, at the end of its line here, and rows of older formats leave that column empty for ever.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cycle.record import canonical

# The columns of each sealed table, format 1 first. They keep their names.
ROW_FORMATS: dict[str, tuple[str, ...]] = {
    "framework_version": ("id key number body sha256 published_at",),
    "sealed_section": ("plan_id section_key sha256 body",),
    "plan_version": ("id plan_id number manifest sha256 made_for made_at",),
    "sign_off": ("id plan_id version_id kind person_id for_person_id note at",),
    "remark": (
        "id plan_id version_id section_key person_id body suggestion answers_id at",
    ),
    "remark_mark": ("id remark_id settled person_id at",),
    "milestone": ("id plan_id gate version_id at",),
    "waiver": ("id route_stage_id person_id reason at",),
    "officer_comment": (
        "id item_id kind wording no_implications initials person_id for_person_id signed_on scope "
        "at",
    ),
    "decision": (
        "id item_id recommendation_id meeting_id outcome words without_vote effect deferred_to_on "
        "versions decided_on recorded_by_id supersedes_id reason at",
        "id item_id recommendation_id meeting_id outcome words without_vote effect deferred_to_on "
        "versions decided_on recorded_by_id supersedes_id reason at agreed_by_id evidence "
        "later_meeting_id later_minute",
    ),
    "slip": (
        "id planning_year_id change_id step_key title planned_on from_on to_on in_hand person_id "
        "why at",
    ),
    "day_rule_change": (
        "id rule days unit hour from_on until_on source reason person_id at",
    ),
}  # fmt: skip

Listed = tuple[str, list[Any], str] | tuple[str, list[Any], str, int]


@dataclass(frozen=True)
class Listing:
    """One row as an event lists it: its table, primary key, digest and the format of the digest."""

    table: str
    key: list[Any]
    digest: str
    format: int = 1


def columns(table: str, number: int) -> tuple[str, ...]:
    """The columns of a table in a format. Raises LookupError for a format that is not known."""
    known = ROW_FORMATS[table]
    if not 1 <= number <= len(known):
        raise LookupError(f"{table} has no format {number} here")
    return tuple(known[number - 1].split())


def newest(table: str) -> int:
    """The format in which rows of a table are listed now."""
    return len(ROW_FORMATS[table])


def row_digest(table: str, number: int, row: Mapping[str, Any]) -> str:
    """The digest of a row in a format. Raises LookupError for a format that is not known."""
    return canonical.row_digest(table, {name: row[name] for name in columns(table, number)})


def listed(table: str, key: list[Any], row: Mapping[str, Any]) -> Listed:
    """A row that is sealed now, as its event lists it; format 1 is the one that is not named."""
    number = newest(table)
    digest = row_digest(table, number, row)
    return (table, key, digest) if number == 1 else (table, key, digest, number)


def listing(entry: Sequence[Any]) -> Listing:
    """What an event lists. Raises ValueError or TypeError when it is no listing."""
    table, key, digest, *named = entry
    if len(named) > 1 or not all(type(each) is int for each in named):
        raise ValueError("a listing is a table, a key, a digest and, if need be, a format")
    return Listing(str(table), key, str(digest), *named)


def differs(listed: Listing, row: Mapping[str, Any]) -> str | None:
    """Why a stored row is not the one that was listed, in a sentence; None when it is."""
    try:
        own = columns(listed.table, listed.format)
    except LookupError:
        return f"It is listed in format {listed.format}, which this version does not know."
    if row_digest(listed.table, listed.format, row) != listed.digest:
        return "A column of this row was changed after the event listed it."
    later = sorted(name for name in row if name not in own and row[name] is not None)
    if later:
        return f"This row was listed before it had these columns: {', '.join(later)}."
    return None


# Manifests of plan versions -----------------------------------------------------------------------


@dataclass(frozen=True)
class Sealed:
    """A part that a plan's version names: the key of a section and the SHA-256 of its text."""

    key: str
    sha256: str


def _sections(body: Any) -> list[Sealed]:
    return [Sealed(str(key), str(sha)) for key, sha in body]


# Format 1, a plain list of pairs, is the one that is not named; a later one is a table that says
# its number under "format".
MANIFEST_FORMATS: dict[int, Callable[[Any], list[Sealed]]] = {1: _sections}


def manifest(text: str) -> list[Sealed]:
    """The parts that a version names, in reading order.

    Raises ValueError or TypeError for what is no manifest, LookupError for a format that is not
    known.
    """
    body = json.loads(text)
    return MANIFEST_FORMATS[body["format"] if isinstance(body, dict) else 1](body)
