"""What search looks into: the words of the record once more, cut and sorted for finding them.

No part of the record: everything here is made from it, may be thrown away, and is made again. Who
may see what was found is asked of ``cycle.access`` at each search, never of these rows.
"""

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from cycle.db import Base
from cycle.models.types import Moment


class SearchEntry(Base):
    """One thing that can be found: a plan, a section, an entry, a report, a meeting, a person.

    ``key`` names what it was made from and ``stamp`` how that was then: another stamp makes it
    anew. ``thing`` is the same of entries of one kind that are one thing to a reader.
    ``subject_id`` is the plan or report as which it is judged, ``version_id`` the sealed version
    whose words these are (None: the working copy), ``on_date`` its day if it has one. ``about`` is
    what a link and a heading need.
    ``lexemes`` are its words by their stems, ``words`` as they were written.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        Index("search_entry_lexemes", "lexemes", postgresql_using="gin"),
        Index("search_entry_words", "words", postgresql_using="gin"),
        Index("search_entry_kind", "kind", "key"),
        Index("search_entry_version", "version_id"),
    )

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    stamp: Mapped[str] = mapped_column(Text)
    thing: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("plan_version.id"))
    on_date: Mapped[date | None]
    about: Mapped[dict[str, Any]] = mapped_column(JSONB)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    lexemes: Mapped[str] = mapped_column(TSVECTOR)
    words: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SearchWord(Base):
    """A word that stands somewhere, with its groups of three letters, by which a word that was
    typed wrongly finds it. Shown to nobody unless an entry that they may see has it."""

    __tablename__ = "search_word"
    __table_args__ = (Index("search_word_trigrams", "trigrams", postgresql_using="gin"),)

    word: Mapped[str] = mapped_column(Text, primary_key=True)
    trigrams: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SearchRefresh(Base):
    """When the entries were last brought up to date; one row."""

    __tablename__ = "search_refresh"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Moment]
