"""The picture of a year: departments down, stages across, how many plans stand in each (ui.md).

The rule that lives here: place and length say what is meant, and each bar has its number, so that
nothing is said by colour alone; the table beneath has the same numbers.
"""

from collections.abc import Sequence
from html import escape

from webui.charts.svg import Picture, drawn
from webui.charts.workload import short_name
from webui.page.formats import count_text
from workflows.cycles.reading_sheet import Department

NAMES, COLUMN, ROW, HEAD = 270, 104, 28, 30
LONGEST = 70  # of a bar; its number stands after it


def stages_picture(
    title: str, stages: Sequence[str], departments: Sequence[Department]
) -> Picture | None:
    """One row of bars for each department, with those that are late at the end; nothing where
    there is no plan."""
    most = max((count.plans for each in departments for count in each.by_stage), default=0)
    if not most:
        return None
    width = NAMES + COLUMN * (len(stages) + 1)
    height = HEAD + ROW * len(departments) + 8
    heads = [_head(place, words) for place, words in enumerate([*stages, "Late"])]
    rows = [_row(each, most, HEAD + ROW * place) for place, each in enumerate(departments)]
    plans = sum(each.all.plans for each in departments)
    late = sum(each.late.plans for each in departments)
    description = (
        f"{count_text(plans, 'plan')} of {count_text(len(departments), 'row')} in "
        f"{count_text(len(stages), 'stage')}, {late} late. All numbers are in the table."
    )
    return Picture(drawn("stages", width, height, title, description, [*heads, *rows]), title)


def _head(place: int, words: str) -> str:
    x = NAMES + COLUMN * place
    return f'<text class="app-picture__note" x="{x}" y="{HEAD - 12}">{escape(words)}</text>'


def _row(department: Department, most: int, top: int) -> str:
    line = f'<path class="app-time__line" d="M0 {top}H{NAMES + COLUMN * 20}"/>'
    name = (
        f'<text class="app-picture__note" x="{NAMES - 12}" y="{top + 19}" '
        f'text-anchor="end">{escape(short_name(department.name))}</text>'
    )
    bars = [
        _bar(count.plans, most, NAMES + COLUMN * place, top, "app-bar")
        for place, count in enumerate(department.by_stage)
    ]
    end = NAMES + COLUMN * len(department.by_stage)
    late = _bar(department.late.plans, most, end, top, "app-bar app-bar--late")
    return line + name + "".join(bars) + late


def _bar(plans: int, most: int, x: int, top: int, css: str) -> str:
    if not plans:
        return ""
    length = max(4, LONGEST * plans // most)
    return (
        f'<g class="{css}"><rect x="{x}" y="{top + 6}" width="{length}" height="{ROW - 12}"/>'
        f'<text x="{x + length + 5}" y="{top + 19}">{plans}</text></g>'
    )
