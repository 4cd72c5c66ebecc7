"""The words of every message, rendered into its row when it is written.

The rules that live here: plain text, British English, dates as people read them; the daily mail has
three lists (overdue, due soon, new), each task on it once with one link, whose it is as well, and
why the mail was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from config.dates import long_date

FAR_FUTURE = date(9999, 12, 31)
LISTS = ("overdue", "soon", "new")
LIST_NAMES = {"overdue": "overdue", "soon": "due soon", "new": "new"}

_TEMPLATES = Environment(
    loader=PackageLoader("notifications"),
    autoescape=select_autoescape(default=False),  # plain text: there is nothing to escape
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True)
class Line:
    """One task on a daily mail. ``desk`` is the post that makes it this person's."""

    list: str  # overdue | soon | new
    task: str
    title: str
    ref: str
    due_on: date
    desk: str
    others: tuple[str, ...]
    link: str

    @property
    def due(self) -> str:
        """4 December 2026; or that there is no date."""
        return "no date" if self.due_on == FAR_FUTURE else long_date(self.due_on)


@dataclass(frozen=True)
class News:
    """What has happened, in a few words, and where to read more."""

    words: str
    link: str


def digest(
    name: str, lines: Sequence[Line], base_url: str, news: Sequence[News] = ()
) -> tuple[str, str]:
    """Subject and body of one person's mail of the day."""
    ordered = sorted(lines, key=lambda line: (line.due_on, line.ref, line.task))
    lists = {key: [line for line in ordered if line.list == key] for key in LISTS}
    counts = [f"{len(lists[key])} {LIST_NAMES[key]}" for key in LISTS if lists[key]]
    tasks = "1 task" if len(lines) == 1 else f"{len(lines)} tasks"
    body = _rendered("digest.txt", name=name, tasks_link=f"{base_url}/tasks", news=news, **lists)
    if not lines:
        return "Dates of yours have moved", body
    return f"{tasks} for you: {', '.join(counts)}", body


def _rendered(template: str, **words: Any) -> str:
    body = _TEMPLATES.get_template(template).render(words)
    # Lists that are empty leave holes behind; one empty line is enough between two parts.
    lines: list[str] = []
    for line in body.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"
