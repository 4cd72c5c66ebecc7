"""The page of words says every word that the readers of timetables accept, and no other (T9)."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

import pytest

from config.council_files import Row
from config.dates import parse_yearly
from config.problems import ProblemList
from config.rhythm import parse_rhythm
from config.rules import CONDITIONS, PAPERS, AnchorKind, DayUnit, Per, StepRule, parse_which
from config.timetables import files, rows, words
from config.timetables.model import Head, Pattern, PlanPart, PublishedBody
from config.timetables.rows import published_on, span


def named(made: type[Any]) -> set[str]:
    return {each.name for each in fields(made)}


@pytest.mark.parametrize(
    ("table", "accepted"),
    [
        (words.STEP, named(StepRule)),
        (words.PATTERN, named(Pattern)),
        (words.PLAN, named(PlanPart)),
        (words.HEAD, named(Head)),
        (words.BODY, named(PublishedBody)),
        (words.CONDITIONS, set(CONDITIONS)),
        (words.ANCHORS, set(get_args(AnchorKind))),
        (words.UNITS, set(get_args(DayUnit))),
        (words.PER, set(get_args(Per))),
        (words.PAPERS, set(PAPERS) - {""}),
    ],
)
def test_the_words_are_those_that_are_read(table: dict[str, str], accepted: set[str]) -> None:
    assert set(table) == accepted


def test_every_table_of_words_is_on_the_page() -> None:
    shown = [table for _heading, _place, table in words.TABLES]
    every = [value for name, value in vars(words).items() if name.isupper() and name != "TABLES"]
    flat = [t for each in every for t in (each.values() if each is words.COLUMNS else [each])]
    assert [each for each in flat if each not in shown] == []
    assert {*words.COLUMNS, files.HEAD} == set(files.KNOWN)


def test_every_example_is_read() -> None:
    for each in words.YEARLY:
        parse_yearly(each)
    for each in words.SPANS:
        span(each)
    for each in words.MANNERS:
        published_on(each)
    for each in words.RHYTHMS:
        parse_rhythm("wed", "12:00", each)
    for word in words.CONDITIONS:
        parse_which(f"{word}:{'some_step' if word == 'report_after' else '10-01'}")


@pytest.mark.parametrize(
    ("file", "made"),
    [(files.ROWS, rows.published_row), (files.MEETINGS, rows.meeting), (files.EVENTS, rows.event)],
)
def test_the_columns_are_those_that_are_read(file: str, made: Callable[[Row], Any]) -> None:
    row = Row(dict.fromkeys(words.COLUMNS[file], ""), file, ProblemList())
    made(row)
    assert row.seen == set(words.COLUMNS[file])
