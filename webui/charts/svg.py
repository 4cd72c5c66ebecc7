"""Pictures drawn on the server: where a plan stands, and how a lifecycle goes (ui.md, Pictures).

A picture is SVG with a title, a description and CSS classes, no inline style; what it says stands
in words beside it too (``components/picture.html``), so nobody needs the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from markupsafe import Markup

STEP, RADIUS, TOP = 136, 14, 30
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y = 172, 52, 84, 26
Edge = tuple[str, str, str]
STANDS = {"done": "Done", "current": "Now", "ahead": "To come"}


@dataclass(frozen=True)
class Stage:
    """One stage of a route: what it is called, where it stands, a word on its date."""

    label: str
    stands: str
    note: str = ""

    @property
    def stands_text(self) -> str:
        """Done, Now or To come."""
        return STANDS[self.stands]


@dataclass(frozen=True)
class Picture:
    """A drawn picture and the same in rows, for the list beneath it."""

    svg: Markup
    title: str
    stages: tuple[Stage, ...] = ()
    transitions: tuple[tuple[str, str, str], ...] = ()


def stages_at(
    labels: Sequence[str], current: str | None, notes: Sequence[str] = (), *, ended: bool = False
) -> list[Stage]:
    """The stages of a route as seen from ``current``. With ``ended`` every stage is done; a
    ``current`` that is no stage leaves all to come.
    """
    at = labels.index(current) if current in labels else -1
    found = []
    for place, label in enumerate(labels):
        stands = "done" if ended or place < at else "current" if place == at else "ahead"
        found.append(Stage(label, stands, notes[place] if place < len(notes) else ""))
    return found


def route_picture(stages: Sequence[Stage], name: str, picture_id: str = "route") -> Picture:
    """A row of stages with the one where ``name`` stands now marked by shape, not colour alone."""
    title = f"Where {name} stands"
    lines = max([len(_wrapped(stage.label, 16)) for stage in stages], default=1)
    width, height = STEP * max(len(stages), 1), TOP + RADIUS + 18 + 18 * lines + 22
    marks = [_stage(place, stage, lines) for place, stage in enumerate(stages)]
    links = [_link(place, stage) for place, stage in enumerate(stages[1:], start=1)]
    description = "; ".join(f"{stage.label}: {stage.stands_text.lower()}" for stage in stages)
    svg = drawn(picture_id, width, height, title, description + ".", [*links, *marks])
    return Picture(svg, title, stages=tuple(stages))


def _stage(place: int, stage: Stage, lines: int) -> str:
    x = STEP * place + STEP // 2
    mark = f'<circle class="app-picture__mark" cx="{x}" cy="{TOP}" r="{RADIUS}"/>'
    if stage.stands == "done":
        mark += f'<path class="app-picture__tick" d="M{x - 6} {TOP}l4 5 8-10"/>'
    if stage.stands == "current":
        mark += f'<circle class="app-picture__dot" cx="{x}" cy="{TOP}" r="6"/>'
    words = _text(_wrapped(stage.label, 16), x, TOP + RADIUS + 24, "app-picture__label")
    note_y = TOP + RADIUS + 24 + 18 * lines
    note = _text([stage.note], x, note_y, "app-picture__note") if stage.note else ""
    css = f"app-picture__stage app-picture__stage--{stage.stands}"
    return f'<g class="{css}">{mark}{words}{note}</g>'


def _link(place: int, stage: Stage) -> str:
    kind = "ahead" if stage.stands == "ahead" else "done"
    left, right = STEP * place - STEP // 2 + RADIUS, STEP * place + STEP // 2 - RADIUS
    return f'<path class="app-picture__link app-picture__link--{kind}" d="M{left} {TOP}H{right}"/>'


def lifecycle_picture(
    states: Sequence[tuple[str, str]],
    transitions: Sequence[Edge],
    current: str | None = None,
    *,
    name: str = "this",
    picture_id: str = "lifecycle",
) -> Picture:
    """The states as (key, label) in columns by distance from the first, the transitions as (from,
    action label, to) between them. The list beside it names every transition in words.
    """
    columns = _columns([key for key, _ in states], transitions)
    labels = dict(states)
    at: dict[str, tuple[int, int]] = {}
    for column, keys in enumerate(columns):
        for row, key in enumerate(keys):
            at[key] = (10 + column * (BOX_WIDTH + GAP_X), 10 + row * (BOX_HEIGHT + GAP_Y))
    width = 20 + len(columns) * (BOX_WIDTH + GAP_X) - GAP_X
    rows = max([len(keys) for keys in columns], default=1)
    height = 20 + rows * (BOX_HEIGHT + GAP_Y) - GAP_Y
    title = f"How {name} goes from state to state"
    arrow = f'marker-end="url(#{escape(picture_id)}-arrow)"'
    parts = [
        _transition(at[start], at[end], arrow) for start, _, end in transitions if start != end
    ]
    parts += [_state(at[key], label, key == current) for key, label in states]
    description = (
        f"{len(states)} states and {len(transitions)} ways between them, listed after the picture."
    )
    svg = drawn(picture_id, width, height, title, description, [_arrow(picture_id), *parts])
    named = tuple((labels[start], action, labels[end]) for start, action, end in transitions)
    return Picture(svg, title, transitions=named)


def _columns(keys: list[str], transitions: Sequence[Edge]) -> list[list[str]]:
    depth = {keys[0]: 0} if keys else {}
    waiting = list(depth)
    while waiting:
        here = waiting.pop(0)
        for start, _, end in transitions:
            if start == here and end not in depth:
                depth[end] = depth[here] + 1
                waiting.append(end)
    last = max(depth.values(), default=0) + 1
    columns: list[list[str]] = [[] for _ in range(last + 1)]
    for key in keys:
        columns[depth.get(key, last)].append(key)
    return [column for column in columns if column]


def _state(at: tuple[int, int], label: str, current: bool) -> str:
    x, y = at
    lines = _wrapped(label, 20)[:2]
    words = _text(lines, x + BOX_WIDTH // 2, y + 31 - 9 * (len(lines) - 1), "app-picture__label")
    kind = "current" if current else "other"
    return (
        f'<g class="app-picture__state app-picture__state--{kind}"><rect x="{x}" y="{y}" '
        f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="4"/>{words}</g>'
    )


def _transition(start: tuple[int, int], end: tuple[int, int], arrow: str) -> str:
    """A curve from side to side; one that leads back, or stays in its column, is drawn lower."""
    back = end[0] <= start[0]
    same = end[0] == start[0]
    lower = 10 if back else 0
    x1, y1 = start[0] + (0 if back else BOX_WIDTH), start[1] + BOX_HEIGHT // 2 + lower
    x2, y2 = end[0] + (BOX_WIDTH if back and not same else 0), end[1] + BOX_HEIGHT // 2 + lower
    bend = -34 if same else (x2 - x1) // 2
    kind = " app-picture__road--back" if back else ""
    curve = f"M{x1} {y1}C{x1 + bend} {y1} {x2 + (bend if same else -bend)} {y2} {x2} {y2}"
    return f'<path class="app-picture__road{kind}" d="{curve}" {arrow}/>'


def _arrow(picture_id: str) -> str:
    return (
        f'<defs><marker id="{escape(picture_id)}-arrow" class="app-picture__arrow" '
        'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L10 5L0 10z"/></marker></defs>'
    )


def _wrapped(label: str, width: int) -> list[str]:
    return wrap(label, width, break_long_words=True)[:3] or [""]


def _text(lines: Sequence[str], x: int, y: int, css: str) -> str:
    spans = "".join(
        f'<tspan x="{x}" y="{y + 18 * number}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    return f'<text class="{css}" text-anchor="middle">{spans}</text>'


def drawn(
    picture_id: str, width: int, height: int, title: str, description: str, parts: Sequence[str]
) -> Markup:
    """An SVG of these parts with its title and description; every text in them is escaped."""
    key = escape(picture_id)
    return Markup(  # noqa: S704 - every text in it went through escape()
        f'<svg class="app-picture__svg" role="img" aria-labelledby="{key}-title {key}-desc" '
        f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}"><title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(description)}</desc>{"".join(parts)}</svg>'
    )
