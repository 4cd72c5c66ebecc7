"""Words that were typed wrongly: which word stands nowhere, and what stands near it.

The rules that live here: a word is near another one that at most two slips of the keyboard made of
it (a letter too many, too few, another one, or two that changed places), one in a short word; and a
word is offered only where an entry that this person may see has it as it is written, so that no
word of a closed text is ever guessed from what is offered.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access, access_found
from cycle.people import Actor
from workflows.search.indexing import ENGLISH, TRIGRAMS
from workflows.search.sources import SHOWN

# At most so many words of one search are looked at, each at least so long.
MOST_WORDS, SHORTEST = 6, 4
# Of the groups of three letters of both words so many are in both where it is worth a closer look.
LEAST_ALIKE = 0.15
MOST_SLIPS, MOST_IN_A_SHORT_WORD, SHORT_WORD = 2, 1, 5
MOST_NEAR = 3
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")

# Words that are like one that was typed, whoever may see where they stand.
_ALIKE = text(f"""
WITH asked AS MATERIALIZED (
  SELECT word, {TRIGRAMS.format(word="word")} AS trigrams
  FROM unnest(CAST(:words AS text[])) AS given (word)
  WHERE numnode(plainto_tsquery('{ENGLISH}', word)) > 0)
SELECT asked.word AS typed, search_word.word, likeness.alike
FROM asked LEFT JOIN search_word ON search_word.trigrams && asked.trigrams
 AND search_word.word <> asked.word
 AND abs(length(search_word.word) - length(asked.word)) <= {MOST_SLIPS}
LEFT JOIN LATERAL (
  SELECT shared::float / (cardinality(asked.trigrams) + cardinality(search_word.trigrams) - shared)
    AS alike
  FROM (SELECT count(*) AS shared FROM unnest(asked.trigrams) AS part
        WHERE part = ANY(search_word.trigrams)) AS counted) AS likeness ON true
ORDER BY likeness.alike DESC NULLS LAST, search_word.word
""")  # noqa: S608  # constants only; values are bound
# Which of some words stand in something that the person may see: one that was typed by its stem,
# another one as it is written.
_SEEN = """
SELECT asked.word, asked.typed
FROM unnest(CAST(:words AS text[]), CAST(:typed AS bool[])) AS asked (word, typed)
WHERE EXISTS (
  SELECT 1 FROM (
    SELECT kind, thing, subject_id, version_id FROM search_entry
    WHERE asked.typed AND lexemes @@ plainto_tsquery('{english}', asked.word)
    UNION ALL
    SELECT kind, thing, subject_id, version_id FROM search_entry
    WHERE NOT asked.typed AND words @> ARRAY[asked.word]) AS entry
  LEFT JOIN LATERAL (
    SELECT {judged} FROM subject {beside} WHERE subject.id = entry.subject_id) AS judged ON true
  WHERE {shown})
"""


@dataclass(frozen=True)
class Lost:
    """A word that nothing which is open to this person has, and the words nearest to it."""

    typed: str
    near: tuple[str, ...]


def words_of(typed: str) -> list[str]:
    """The words of a search that are long enough to be mistyped, each once."""
    found = [word.lower() for word in _WORD.findall(typed) if len(word) >= SHORTEST]
    return list(dict.fromkeys(found))[:MOST_WORDS]


def lost(session: Session, actor: Actor, typed: str) -> list[Lost]:
    """The words of a search that nothing has which is open to this person, in their order, each
    with the nearest that something has. Two statements."""
    words = words_of(typed)
    if not words:
        return []
    alike: dict[str, list[str]] = {}
    for row in session.execute(_ALIKE, {"words": words}):
        near = alike.setdefault(row.typed, [])
        if row.word and row.alike >= LEAST_ALIKE:
            near.append(row.word)
    alike = {word: _nearest(word, near) for word, near in alike.items()}
    asked = [(word, True) for word in alike]
    asked += [(word, False) for word in sorted({near for each in alike.values() for near in each})]
    seen = _seen(session, actor, asked)
    return [
        Lost(word, tuple(near for near in alike[word] if (near, False) in seen)[:MOST_NEAR])
        for word in words
        if word in alike and (word, True) not in seen
    ]


def _nearest(typed: str, words: list[str]) -> list[str]:
    """Those of some words that a few slips made into what was typed, the fewest first."""
    most = MOST_IN_A_SHORT_WORD if len(typed) <= SHORT_WORD else MOST_SLIPS
    counted = [(slips(typed, word), word) for word in words]
    # Of as many slips the word that is more alike stays first.
    return [word for count, word in sorted(counted, key=lambda each: each[0]) if count <= most]


def slips(typed: str, meant: str) -> int:
    """How many letters were left out, put in, or taken for others, two that changed places counted
    once (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for at, letter in enumerate(typed, 1):
        row = [at]
        for to, other in enumerate(meant, 1):
            least = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != other))
            if at > 1 and to > 1 and letter == meant[to - 2] and typed[at - 2] == other:
                least = min(least, before[to - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]


def _seen(session: Session, actor: Actor, asked: list[tuple[str, bool]]) -> set[tuple[str, bool]]:
    """Those of some words, (word, whether it was typed) each, that stand where this person may
    see them."""
    sql = _SEEN.format(
        english=ENGLISH,
        judged=access_found.judged(actor),
        beside=access_found.BESIDE,
        shown=SHOWN,
    )
    given: dict[str, Any] = {
        "words": [word for word, _typed in asked], "typed": [typed for _word, typed in asked],
        "officer": access.is_officer(actor), **access.bound(actor),
    }  # fmt: skip
    return {(row.word, row.typed) for row in session.execute(text(sql), given)}


def corrected(typed: str, words: Mapping[str, str]) -> str:
    """What was typed, with other words in the place of those that stand nowhere."""
    return _WORD.sub(lambda found: words.get(found[0].lower(), found[0]), typed)
