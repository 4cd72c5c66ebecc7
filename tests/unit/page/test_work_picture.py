"""The picture of a rehearsal: every week of the year is seen, and every post is told apart."""

import re
from datetime import date, timedelta

from webui.charts.workload import WIDTH, short_name, work_picture
from workflows.rehearsal.findings import Load

MONDAY = date(2027, 5, 3)


def drawn(*loads):
    picture = work_picture("Work", loads)
    assert picture is not None
    return picture.svg


def test_a_year_and_a_quarter_fits_beside_the_names_without_scrolling():
    svg = drawn(Load("Clerk", "", {MONDAY: 1, MONDAY + timedelta(weeks=64): 12}))
    assert int(re.search(r'width="(\d+)"', svg)[1]) <= WIDTH + 8
    assert {int(number) for number in re.findall(r">(\d+)</text>", svg)} == {1, 12}
    assert "app-load--1" in svg
    assert "app-load--4" in svg


def test_posts_of_one_long_beginning_are_told_apart():
    posts = [f"Strategic Management Support Service: {name} officer" for name in ("lead", "plan")]
    short = [short_name(post) for post in posts]
    assert len(set(short)) == 2
    assert all(len(name) <= 36 for name in short)
    assert short_name("Chief Executive") == "Chief Executive"


def test_nobody_with_work_is_no_picture():
    assert work_picture("Work", []) is None
