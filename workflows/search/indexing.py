"""The entries of search brought up to date with what they are made from.

The rules that live here: what has another stamp than its entry, or is gone, loses its entry; what
has none gets one; so that running it twice does the same as once, and a refresh that failed is made
up by the next. An act pays nothing for it: the sweep's own process does it once a minute, and the
page says since when. A word that no entry has any more is forgotten, names of people included.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from workflows.search.sources import SOURCES, Source

# Another way of making entries gets another number, and everything is made anew.
FORMAT = 1
# Stems of the language that councils write in; words as they stand, for what was typed wrongly.
ENGLISH, AS_WRITTEN = "english", "simple"
# Bytes of one text, counted so that letters of two to four bytes shorten it. PostgreSQL takes a
# megabyte of stems, and a text of nothing but hyphenated words makes three times its bytes of them.
LONGEST = 300_000
SHORTEST_WORD, LONGEST_WORD = 3, 40

# The groups of three letters of a word, with two blanks before it and one after.
TRIGRAMS = """(SELECT array_agg(DISTINCT substr('  ' || {word} || ' ', at, 3))
  FROM generate_series(1, length({word}) + 1) AS at)"""

_STAMP = f"'{FORMAT}|' || source.stamp"
_FORGET = """
DELETE FROM search_entry AS entry WHERE entry.kind = :kind AND NOT ({kept})
RETURNING entry.words
"""
_THERE = """EXISTS (
  SELECT 1 FROM ({rows}) AS source WHERE source.key = entry.key AND {stamp} = entry.stamp)"""
_SEALED = f"entry.stamp = '{FORMAT}|' AND {{kept}}"
# Marks of Markdown are no words.
_MAKE = """
WITH fresh AS MATERIALIZED (
  SELECT source.key, {stamp} AS stamp, source.thing, source.subject_id, source.version_id,
         source.on_date, source.about, left(source.title, {longest}) AS title,
         left(regexp_replace(source.body, '[#*_>`|]+', ' ', 'g'), {longest}) AS body
  FROM ({rows}) AS source
  WHERE NOT EXISTS (SELECT 1 FROM search_entry AS entry WHERE entry.key = source.key)),
taken AS MATERIALIZED (
  SELECT fresh.*, left(body, greatest({longest} / 4, {longest} + length(body) - octet_length(body)))
    AS begins
  FROM fresh),
made AS (
  INSERT INTO search_entry (key, kind, stamp, thing, subject_id, version_id, on_date, about,
                            title, body, lexemes, words)
  SELECT key, :kind, stamp, thing, subject_id, version_id, on_date, about, title, begins,
         setweight(to_tsvector('{english}', title), 'A') || to_tsvector('{english}', begins),
         tsvector_to_array(to_tsvector('{as_written}', title || ' ' || begins))
  FROM taken RETURNING words)
INSERT INTO search_word (word, trigrams)
SELECT word, {trigrams}
FROM (SELECT DISTINCT unnest(words) AS word FROM made) AS found
WHERE length(word) BETWEEN {shortest} AND {longest_word} AND word !~ '[0-9@/.]'
ON CONFLICT (word) DO NOTHING
"""
_FORGET_WORDS = text("""
DELETE FROM search_word WHERE word = ANY(:gone) AND NOT EXISTS (
  SELECT 1 FROM search_entry WHERE search_entry.words @> ARRAY[search_word.word])
""")
_NOTE = text("""
INSERT INTO search_refresh (id, at) VALUES (1, :now) ON CONFLICT (id) DO UPDATE SET at = :now
""")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('plancycle search'))")


def refresh(session: Session) -> None:
    """Bring every entry up to date, in this transaction: two statements a kind and three more,
    whatever has changed."""
    session.execute(_ALONE)
    today, gone = clock.today(), set[str]()
    for source in SOURCES:
        gone |= _refresh(session, source, {"kind": source.kind, "today": today})
    if gone:
        session.execute(_FORGET_WORDS, {"gone": sorted(gone)})
    session.execute(_NOTE, {"now": clock.now()})


def _refresh(session: Session, source: Source, given: dict[str, Any]) -> set[str]:
    """Entries of one kind; gives the words of those that went or changed."""
    parts = {
        "rows": source.rows, "stamp": _STAMP, "longest": LONGEST, "english": ENGLISH,
        "as_written": AS_WRITTEN, "trigrams": TRIGRAMS.format(word="word"),
        "shortest": SHORTEST_WORD, "longest_word": LONGEST_WORD,
    }  # fmt: skip
    kept = (_SEALED if source.kept else _THERE).format(kept=source.kept, **parts)
    rows = session.execute(text(_FORGET.format(kept=kept)), given)
    gone = {word for row in rows for word in row.words}
    session.execute(text(_MAKE.format(**parts)), given)
    return gone
