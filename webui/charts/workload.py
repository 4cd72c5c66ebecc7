"""The picture of a rehearsal's work: posts down, weeks across, how many tasks in each (ui.md).

The rule that lives here: a cell says its number in a figure and by its shade, never by the shade
alone; only the busiest posts are drawn, and all of them stand in the table beneath.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape

from webui.charts.svg import Picture, drawn
from webui.page.formats import count_text
from workflows.rehearsal.findings import Load

MOST_POSTS = 20
WIDTH, NAMES, ROW, HEAD = 1180, 290, 24, 34
NARROWEST, WIDEST = 13, 17  # of the column of a week
LONGEST_NAME = 36
SHADES = ((10, "4"), (6, "3"), (3, "2"), (1, "1"))  # from so many tasks in a week on
WEEK = timedelta(days=7)


def shade(tasks: int) -> str:
    """1 to 4, the more the darker; empty without a task."""
    return next((name for least, name in SHADES if tasks >= least), "")


def work_picture(title: str, loads: Sequence[Load], picture_id: str = "work") -> Picture | None:
    """The busiest posts in the order given, or nothing when nobody did anything."""
    shown = [load for load in loads if load.weeks][:MOST_POSTS]
    if not shown:
        return None
    weeks = _weeks(shown)
    cell = max(NARROWEST, min(WIDEST, (WIDTH - NAMES) // len(weeks)))
    width, height = NAMES + cell * len(weeks) + 8, HEAD + ROW * len(shown) + 8
    at = {week: NAMES + cell * place for place, week in enumerate(weeks)}
    parts = [_months(at, height)]
    parts += [_row(load, at, cell, HEAD + ROW * place) for place, load in enumerate(shown)]
    busiest = max(shown, key=lambda load: load.most)
    description = (
        f"{count_text(len(shown), 'post')} from week to week. The busiest week: {busiest.post}, "
        f"{count_text(busiest.most, 'task')}. All numbers are in the table."
    )
    return Picture(drawn(picture_id, width, height, title, description, parts), title)


def _weeks(loads: Sequence[Load]) -> list[date]:
    """Every Monday from the first week with work to the last."""
    days = [day for load in loads for day in load.weeks]
    count = (max(days) - min(days)) // WEEK
    return [min(days) + WEEK * number for number in range(count + 1)]


def _months(at: Mapping[date, int], height: int) -> str:
    parts, before = [], 0
    for week, x in at.items():
        if week.month != before:
            before = week.month
            parts.append(
                f'<path class="app-time__line" d="M{x} {HEAD - 8}V{height - 4}"/>'
                f'<text class="app-picture__note" x="{x + 3}" y="{HEAD - 14}">{week:%b}</text>'
            )
    return "".join(parts)


def short_name(post: str) -> str:
    """The name of a post, cut in its middle: what tells it from others stands at either end."""
    if len(post) <= LONGEST_NAME:
        return post
    half = (LONGEST_NAME - 1) // 2
    return f"{post[:half].rstrip()}…{post[-half:].lstrip()}"


def _row(load: Load, at: Mapping[date, int], cell: int, top: int) -> str:
    name = short_name(load.post)
    cells = "".join(_cell(tasks, at[week], cell, top) for week, tasks in load.weeks.items())
    label = (
        f'<text class="app-picture__note" x="{NAMES - 10}" y="{top + 16}" '
        f'text-anchor="end">{escape(name)}</text>'
    )
    return label + cells


def _cell(tasks: int, x: int, cell: int, top: int) -> str:
    css = f"app-load app-load--{shade(tasks)}"
    return (
        f'<g class="{css}"><rect x="{x}" y="{top}" width="{cell - 1}" height="{ROW - 2}"/>'
        f'<text x="{x + cell // 2}" y="{top + 15}" text-anchor="middle">{tasks}</text></g>'
    )
