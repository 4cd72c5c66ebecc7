"""What one person finds: everything that is open to them, by kind, the best first.

The rules that live here: the index says where to look and the door what may be told, so that what
is closed is neither listed nor counted, and no piece of it is shown; what stands in several entries
(the working copy and a sealed version, a row that goes from year to year) is told once; what runs
now comes before what has ended, and what is nearer to today before what is farther.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.dates import year_name
from config.framework import Framework
from cycle import access, access_found, clock
from cycle.errors import BadInput
from cycle.people import Actor
from workflows.framework import pinned
from workflows.plans.entries import entry_name
from workflows.search import near_words
from workflows.search.indexing import ENGLISH
from workflows.search.near_words import Lost
from workflows.search.sources import GROUP, GROUPS, SHOWN

LONGEST = 200  # characters of a search
OF_EACH, OF_ONE = 5, 50
# Of one kind; where more is found, those nearest to today are ranked, and the others come after.
MOST_RANKED = 300
# Around a word that was found; no text has these signs, which Unicode keeps for private use.
BEGIN, END = "\ue000", "\ue001"
_PIECE = f"StartSel={BEGIN},StopSel={END},MaxWords=28,MinWords=12,ShortWord=2"
TOO_LONG = f"Search for at most {LONGEST} characters."
ONLY_SMALL = "Type a word that says more: small words such as “the” and signs are not looked for."
ONLY_WITHOUT = "Say what to look for, not only what to leave out."

_ASKED = f"""
SELECT numnode(query) AS words, querytree(query) AS tree,
       (SELECT max(at) FROM search_refresh) AS fresh_at
FROM (SELECT websearch_to_tsquery('{ENGLISH}', :words) AS query) AS asked
"""  # noqa: S608  # constants only
_HITS = f"""
WITH asked AS MATERIALIZED (SELECT websearch_to_tsquery('{ENGLISH}', :words) AS query),
hits AS MATERIALIZED (
  SELECT entry.key, entry.kind, entry.thing, entry.subject_id, entry.version_id,
         entry.on_date, {GROUP} AS listed
  FROM search_entry AS entry CROSS JOIN asked WHERE entry.lexemes @@ asked.query),
judged AS MATERIALIZED (
  SELECT subject.id, subject.phase IN ('ended', 'withdrawn') AS over,
         plan.year_of_effect AS year, {{judged}}
  FROM subject {access_found.BESIDE}
  WHERE subject.id IN (SELECT subject_id FROM hits)),
once AS (
  SELECT DISTINCT ON (entry.listed, entry.thing)
         entry.key, entry.subject_id, entry.listed,
         coalesce(judged.over, false) AS over,
         coalesce(abs(entry.on_date - CAST(:today AS date)),
                  abs(judged.year - extract(year FROM CAST(:today AS date))) * 366, 0) AS far
  FROM hits AS entry LEFT JOIN judged ON judged.id = entry.subject_id
  WHERE {SHOWN} AND (CAST(:only AS text) IS NULL OR entry.listed = :only)
  ORDER BY entry.listed, entry.thing, coalesce(judged.over, false), judged.year DESC,
           entry.version_id NULLS FIRST, entry.kind, entry.key),
near AS (
  SELECT *, count(*) OVER (PARTITION BY listed) AS many,
         row_number() OVER (PARTITION BY listed ORDER BY over, far, key) AS nearness
  FROM once),
ranked AS (
  SELECT near.*, ts_rank(entry.lexemes, asked.query, 1) AS rank
  FROM near JOIN search_entry AS entry ON entry.key = near.key CROSS JOIN asked
  WHERE near.nearness <= {MOST_RANKED}),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY listed ORDER BY over, rank DESC, far, key) AS place
  FROM ranked)
SELECT placed.listed, placed.many, entry.key, entry.kind, entry.about, entry.on_date,
       entry.title AS entry_title,
       ts_headline('{ENGLISH}', entry.body, asked.query, '{_PIECE}') AS piece,
       subject.ref, subject.title, subject.lifecycle, subject.state, subject.framework_version_id,
       edition.sha256, plan.year_of_effect, year.title AS year_title, body.name AS body_name,
       unit.name AS unit_name, meeting.on_date AS meets_on, meeting.status,
       agenda_item.id AS item_id, person.name AS person_name
FROM placed CROSS JOIN asked JOIN search_entry AS entry ON entry.key = placed.key
LEFT JOIN subject ON subject.id = entry.subject_id
LEFT JOIN framework_version AS edition ON edition.id = subject.framework_version_id
LEFT JOIN plan ON plan.id = subject.id LEFT JOIN subject AS year ON year.id = plan.planning_year_id
LEFT JOIN agenda_item ON agenda_item.id = subject.id
LEFT JOIN meeting ON entry.kind = 'meeting' AND meeting.id = CAST(entry.about->>'id' AS int)
LEFT JOIN body ON body.id = coalesce(subject.body_id, meeting.body_id)
LEFT JOIN unit ON unit.id = subject.unit_id
LEFT JOIN person ON entry.kind = 'person' AND person.id = CAST(entry.about->>'id' AS int)
WHERE placed.place <= :most AND (entry.kind <> 'person' OR person.active)
ORDER BY placed.listed, placed.place
"""  # noqa: S608  # constants only; values are bound


@dataclass(frozen=True)
class Found:
    """One thing that was found. ``title`` is what it is called, ``where`` says where it is, from
    the near to the far; ``piece`` is a part of its words, (words, whether they were looked for)
    each. What its link needs: ``ref``, ``id`` and ``section``."""

    group: str
    title: str
    where: tuple[str, ...]
    piece: tuple[tuple[str, bool], ...]
    ref: str = ""
    id: int = 0
    section: str = ""
    on: date | None = None


@dataclass(frozen=True)
class Group:
    """What was found of one kind: the best ``rows`` of ``many``."""

    key: str
    many: int
    rows: tuple[Found, ...]


@dataclass(frozen=True)
class Results:
    """What somebody finds. ``words``: what was looked for in the end, not always what was typed;
    ``lost``: the words that nothing has which is open to this person; ``fresh_at``: what was saved
    until then is found, None: nothing yet."""

    typed: str
    words: str
    groups: tuple[Group, ...] = ()
    lost: tuple[Lost, ...] = ()
    fresh_at: datetime | None = None
    groups_there: tuple[str, ...] = field(default=GROUPS)

    @property
    def many(self) -> int:
        """How many things were found."""
        return sum(group.many for group in self.groups)


def search(session: Session, actor: Actor, typed: str, only: str | None = None) -> Results:
    """What this person finds; ``only`` asks for one group, and for more of it.

    A word that stands nowhere is looked for again as the word nearest to it, which ``words`` then
    tells. Two statements where something is found, five where nothing is. Raises BadInput with a
    sentence for what cannot be looked for.
    """
    about = _asked(session, typed)
    groups = _found(session, actor, typed, only)
    there = groups_for(actor)
    if groups:
        return Results(typed, typed, groups, (), about.fresh_at, there)
    lost = tuple(near_words.lost(session, actor, typed))
    instead = {each.typed: each.near[0] for each in lost if each.near}
    words = near_words.corrected(typed, instead)
    groups = _found(session, actor, words, only) if instead else ()
    return Results(typed, words, groups, lost, about.fresh_at, there)


def before(session: Session, actor: Actor) -> Results:
    """What the page says before anything was typed: what is looked through, and since when."""
    fresh_at = session.execute(text(_ASKED), {"words": ""}).one().fresh_at
    return Results("", "", (), (), fresh_at, groups_for(actor))


def groups_for(actor: Actor) -> tuple[str, ...]:
    """The kinds of which something may be open to this person."""
    return GROUPS if access.is_officer(actor) else tuple(g for g in GROUPS if g != "people")


def _asked(session: Session, typed: str) -> Any:
    if len(typed) > LONGEST:
        raise BadInput(TOO_LONG)
    row = session.execute(text(_ASKED), {"words": typed}).one()
    if not row.words:
        raise BadInput(ONLY_SMALL)
    if row.tree in ("", "T"):
        raise BadInput(ONLY_WITHOUT)
    return row


def _found(session: Session, actor: Actor, words: str, only: str | None) -> tuple[Group, ...]:
    given = {
        "words": words, "only": only, "most": OF_ONE if only else OF_EACH, "today": clock.today(),
        "officer": access.is_officer(actor), **access.bound(actor),
    }  # fmt: skip
    statement = text(_HITS.format(judged=access_found.judged(actor)))
    rows: dict[str, list[Any]] = {}
    for row in session.execute(statement, given):
        rows.setdefault(row.listed, []).append(row)
    return tuple(
        Group(key, rows[key][0].many, tuple(_shown(session, row) for row in rows[key]))
        for key in GROUPS
        if key in rows
    )


# What a row is called and where it is -------------------------------------------------------------


def _shown(session: Session, row: Any) -> Found:
    match row.listed:
        case "meetings":
            status = {"cancelled": "Cancelled", "held": "Held"}.get(row.status, "")
            where = (status,) if status else ()
            return Found("meetings", row.body_name, where, (), id=row.about["id"], on=row.meets_on)
        case "people":
            return Found("people", row.person_name, (), _parts(row.piece), id=row.about["id"])
        case "reports" | "decisions":
            return _of_a_report(session, row)
    return _of_a_plan(session, row)


def _of_a_report(session: Session, row: Any) -> Found:
    decided = row.listed == "decisions"
    state = () if decided else (_state(session, row),)
    piece = () if row.kind == "report" else _parts(row.piece)
    where = (*state, row.body_name)
    return Found(row.listed, row.title, where, piece, id=row.item_id, on=row.on_date)


def _of_a_plan(session: Session, row: Any) -> Found:
    year = row.year_title or f"Plans for {year_name(row.year_of_effect)}"
    if row.listed == "plans":
        where = (_state(session, row), row.unit_name or "", year)
        return Found("plans", row.title, tuple(filter(None, where)), (), ref=row.ref)
    name = row.entry_title
    inside: tuple[str, ...] = ()
    if row.listed == "entries":
        kinds: Mapping[str, Any] = _framework(session, row).item_types
        kind = kinds.get(row.about["type"])
        name = entry_name(kind, row.about["fields"]) if kind else "Entry"
        inside = (kind.title,) if kind else ()
    where = (*inside, row.title, year)
    return Found(
        row.listed, name, where, _parts(row.piece), ref=row.ref, section=row.about["section"]
    )


def _framework(session: Session, row: Any) -> Framework:
    return pinned.of_row(session, row.framework_version_id, row.sha256)


def _state(session: Session, row: Any) -> str:
    lifecycle = _framework(session, row).lifecycles[row.lifecycle]
    return lifecycle.states[row.state].label


def _parts(piece: str) -> tuple[tuple[str, bool], ...]:
    """A piece of text, cut where the words that were looked for begin and end."""
    parts: Sequence[str] = re.split(f"{BEGIN}(.*?){END}", " ".join(piece.split()))
    return tuple((words, place % 2 == 1) for place, words in enumerate(parts) if words)
