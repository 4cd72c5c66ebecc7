"""The picture of a timetable: what a mark says it says by its shape and in words."""

from datetime import date
from xml.etree import ElementTree

import pytest

from webui.charts.timetable import Lane, Mark, timetable_picture

TODAY = date(2027, 10, 1)


def picture(*marks: Mark, meetings: tuple[tuple[date, str], ...] = ()) -> str:
    """The picture of one lane."""
    drawn = timetable_picture("Timetable", [Lane("Budgets", list(marks))], meetings, TODAY)
    assert drawn is not None
    ElementTree.fromstring(str(drawn.svg))  # noqa: S314 - our own picture
    return str(drawn.svg)


@pytest.mark.parametrize(
    ("mark", "shape", "words"),
    [
        (Mark(date(2027, 11, 10), "Draft"), "app-time__ring", "1 date of 1 kind of work"),
        (Mark(date(2027, 9, 10), "Draft", "done"), "app-time__done", "10 September 2027"),
        (Mark(date(2027, 11, 10), "Draft", critical=True), "app-time__diamond", "1 with no day to"),
        (Mark(date(2027, 9, 10), "Draft", "late", critical=True), "app-time__late", "1 late"),
        (Mark(date(2027, 11, 10), "Draft", was_on=date(2027, 11, 3)), "app-time__was", "1 moved"),
    ],
)
def test_each_kind_of_mark_has_its_own_shape_and_its_words(
    mark: Mark, shape: str, words: str
) -> None:
    svg = picture(mark)
    assert svg.count(shape) == 1
    assert words in svg
    others = {"app-time__ring", "app-time__done", "app-time__diamond", "app-time__late"} - {shape}
    assert sum(svg.count(each) for each in others) == (1 if shape == "app-time__was" else 0)


def test_words_of_people_are_escaped_and_there_is_no_style() -> None:
    svg = picture(
        Mark(date(2027, 11, 10), "<script>a</script>"),
        meetings=((date(2027, 11, 10), 'Policy & "Resources"'),),
    )
    assert "<script>" not in svg
    assert "Policy &amp;" in svg
    assert "style=" not in svg
    assert svg.count("app-time__meeting") == svg.count("app-time__through") == 1


def test_a_year_names_months_and_a_cycle_names_quarters() -> None:
    year = picture(Mark(date(2027, 6, 1), "a"), Mark(date(2028, 3, 1), "b"))
    assert ">Jun<" in year
    assert ">Q1<" not in year
    cycle = picture(Mark(date(2027, 6, 1), "a"), Mark(date(2031, 3, 1), "b"))
    assert ">Q1<" in cycle
    assert ">2030<" in cycle


def test_today_is_marked_only_where_it_lies_in_the_picture() -> None:
    assert "Today" in picture(Mark(date(2027, 9, 1), "a"), Mark(date(2027, 12, 1), "b"))
    assert "Today" not in picture(Mark(date(2028, 9, 1), "a"))


def test_without_dates_there_is_no_picture() -> None:
    assert timetable_picture("Timetable", [Lane("Budgets")], [], TODAY) is None
