"""The form beneath the look at a calendar: what was shown, and what the clerk ticks of it.

The rule that lives here: nothing is ticked beforehand, and each box shows the file's own words
beside what would be done. What was shown goes along and is judged again; what the page did not draw
is refused.
"""

import json
from collections.abc import Iterable
from datetime import date, time
from typing import Any

from config.dates import shortened
from cycle.errors import BadInput
from webui.forms import CheckboxesField, HiddenField, KeyedForm, options
from webui.page.formats import clock_text, date_text
from workflows.calendar.file_row import FileRow
from workflows.calendar.import_preview import Preview, Shown
from workflows.calendar.importing import Agreed
from workflows.calendar.judging import MOVED, NEW, Line
from workflows.calendar.naming import Named

# 2,000 lines as they are sent from the look to the act.
LONGEST = 900_000
MOST = 2_000
WORDS = 80


class ImportForm(KeyedForm):
    """What was looked at, and what is agreed to of that which had to be guessed."""

    lines = HiddenField("Meetings", max_length=LONGEST)
    moves = CheckboxesField("Did these meetings move?")
    extra = CheckboxesField("Or are these extra meetings?")
    usual = CheckboxesField("The file gives no time for these. Are they at the usual time?")
    cancels = CheckboxesField("The file calls these cancelled. Cancel them here?")

    @property
    def agreed(self) -> Agreed:
        """What was ticked."""
        return Agreed(
            moves=self.moves.value,
            extra=self.extra.value,
            usual=self.usual.value,
            cancels=self.cancels.value,
        )


def drawn(page: Preview) -> ImportForm:
    """The form of a fresh look: nothing is ticked."""
    form = ImportForm(formdata=None, data={"lines": _as_text(page)})
    offer(form, page)
    return form


def offer(form: ImportForm, page: Preview) -> None:
    """Let the boxes offer what the page shows."""
    form.moves.choices = _options(page.moved, page)
    form.extra.choices = _options([line for line in page.moved if _other_day(line)], page, NEW)
    form.usual.choices = _options(page.untimed, page)
    form.cancels.choices = _options(page.cancelled, page)


def _options(lines: Iterable[Line], page: Preview, verdict: str = "") -> Any:
    return options((line.key, _label(line, page, verdict or line.verdict)) for line in lines)


def _other_day(line: Line) -> bool:
    return line.was is not None and line.was.on != line.on


def _label(line: Line, page: Preview, verdict: str) -> str:
    """What a tick would do, and the file's own words."""
    body, row = page.bodies[line.named.body or ""], line.named.row
    on, starts = date_text(line.on), clock_text(line.starts)
    words = f"({row.at}: “{shortened(row.given, WORDS)}”)"
    if verdict == NEW or line.was is None:
        return f"Add {body} on {on} at {starts} {words}"
    was = f"{date_text(line.was.on)} at {clock_text(line.was.at)}"
    if verdict == MOVED:
        return f"Move {body} from {was} to {on} at {starts} {words}"
    return f"Cancel {body} on {was} {words}"


def _as_text(page: Preview) -> str:
    """The lines as they go along with the form."""
    return json.dumps(
        [_sent(line) for line in page.lines], separators=(",", ":"), ensure_ascii=False
    )


def _sent(line: Line) -> list[Any]:
    named, row = line.named, line.named.row
    ours = line.was.uid if line.was is not None and line.was.uid == row.uid else ""
    return [
        named.body or "",
        row.on.isoformat() if row.on else "",
        f"{row.starts:%H:%M}" if row.starts else "",
        named.kind,
        named.status,
        named.sentence,
        row.at,
        shortened(row.given, WORDS),
        ours,
        ",".join(day.isoformat() for day in row.earlier),
        line.verdict,
    ]


def read_back(sent: str) -> list[Shown]:
    """What the page sent along. Raises BadInput for what it did not draw; all is judged again."""
    try:
        found = [_shown(*each) for each in json.loads(sent)]
    except (ValueError, TypeError, RecursionError):
        raise BadInput("This page cannot be sent again. Hand the file in once more.") from None
    if len(found) > MOST:
        raise BadInput("This page cannot be sent again. Hand the file in once more.")
    return found


def _shown(
    body: str,
    on: str,
    starts: str,
    kind: str,
    status: str,
    sentence: str,
    at: str,
    given: str,
    uid: str,
    earlier: str,
    verdict: str,
) -> Shown:
    words = (body, kind, status, sentence, at, given, uid, earlier, verdict)
    if not all(isinstance(each, str) for each in words):
        raise ValueError("no text")
    row = FileRow(
        at,
        given,
        "",
        on=date.fromisoformat(on) if on else None,
        starts=time.fromisoformat(starts) if starts else None,
        uid=uid,
        earlier=tuple(date.fromisoformat(day) for day in earlier.split(",") if day),
    )
    return Shown(Named(row, body or None, kind, status, sentence), verdict)
