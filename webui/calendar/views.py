"""The municipal calendar: handed in as a file, looked at, taken in; and the same handed out."""

import json
from datetime import date, time
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from config.rhythm import Meeting as Published
from cycle.errors import BadInput
from notifications import feeds
from webui import forms
from webui.forms import CheckboxesField, FileField, FileForm, HiddenField, KeyedForm, options
from webui.http import actions, auth
from webui.http.policies import policy
from webui.meetings.views import chosen_body
from webui.page import downloads as files
from webui.page.formats import count_text, date_text
from workflows.calendar import importing, published_meetings
from workflows.calendar.importing import Line, Preview
from workflows.files import tables

bp = Blueprint("calendar", __name__, url_prefix="/meetings/calendar")
# 2,000 meetings as they are sent from the look to the act.
LONGEST = 400_000


class HandInForm(FileForm):
    """A file with meetings."""

    file = FileField(
        "The calendar as a CSV, XLSX or iCalendar (.ics) file", "Choose the file with the meetings."
    )


class TakeInForm(KeyedForm):
    """What was looked at, and which moves are agreed to."""

    said = HiddenField("Meetings", max_length=LONGEST)
    moves = CheckboxesField("Meetings that move")


@bp.route("", methods=["GET", "POST"])
@policy("permission:manage_meetings")
def hand_in() -> ResponseReturnValue:
    """Choose a file, and see what it would change; nothing is saved."""
    form = HandInForm()
    if not form.is_submitted():
        return _choose(form)
    if not form.validate():
        return _choose(form, forms.summary(form)), actions.REFUSED
    try:
        page = auth.reading(
            importing.preview_file, auth.me(), form.file.filename, form.file.data or b""
        )
    except BadInput as refusal:
        form.file.errors = [str(refusal)]
        return _choose(form, forms.summary(form)), actions.REFUSED
    if page.problems:
        return _choose(form, None, page), actions.REFUSED
    return _look(page)


@bp.post("/take-in")
@policy("permission:manage_meetings")
def take_in() -> ResponseReturnValue:
    """Take in what was looked at."""
    form = TakeInForm()
    said = _said(form.said.data or "")
    page = auth.reading(importing.preview, auth.me(), importing.rows_again(said))
    form.moves.choices = _moves(page.moved)
    return actions.submit(
        form,
        lambda reasons: _look(page, form, reasons),
        importing.take_in,
        said,
        form.moves.data or [],
        location=url_for("meetings.index"),
        message=_done,
    )


@bp.get("/meetings.csv")
@policy("signed_in")
def as_csv() -> Response:
    """The meetings to come as a table, which can be handed in again."""
    rows = auth.reading(published_meetings.as_rows, chosen_body())
    contents = tables.csv_file(published_meetings.COLUMNS, rows)
    return files.handed_out("meetings", "csv", contents)


@bp.get("/meetings.xlsx")
@policy("signed_in")
def as_xlsx() -> Response:
    """The same as a spreadsheet."""
    rows = auth.reading(published_meetings.as_rows, chosen_body())
    contents = tables.xlsx("Meetings", published_meetings.COLUMNS, rows)
    return files.handed_out("meetings", "xlsx", contents)


@bp.get("/meetings.ics")
@policy("signed_in")
def as_ical() -> Response:
    """The same for a calendar."""
    entries = auth.reading(published_meetings.as_entries, chosen_body())
    return files.handed_out("meetings", "ics", feeds.calendar_file("Meetings", entries))


def _choose(form: HandInForm, lines: Any = None, page: Preview | None = None) -> str:
    if page is not None:
        lines = [{"text": each} for each in page.problems[:1]]
    return render_template("calendar/hand_in.html", form=form, page=page, summary_lines=lines)


def _look(page: Preview, form: TakeInForm | None = None, reasons: list[str] | None = None) -> str:
    lines = forms.summary(form, reasons or []) if form is not None else None
    if form is None:
        keys = [line.key for line in page.moved]
        form = TakeInForm(formdata=None, data={"said": _kept(page), "moves": keys})
        form.moves.choices = _moves(page.moved)
    return render_template("calendar/look.html", form=form, page=page, summary_lines=lines)


def _moves(lines: list[Line]) -> Any:
    return options((line.key, _move(line)) for line in lines)


def _move(line: Line) -> str:
    if line.was is None or line.was.on_date == line.said.on:
        return f"{line.body}, {date_text(line.said.on)}: at {line.said.at:%H:%M}"
    return f"{line.body}: from {date_text(line.was.on_date)} to {date_text(line.said.on)}"


def _kept(page: Preview) -> str:
    rows = [[each.body, each.on.isoformat(), f"{each.at:%H:%M}", each.kind] for each in page.said]
    return json.dumps(rows, separators=(",", ":"))


def _said(kept: str) -> list[Published]:
    """What the page sent along. Raises BadInput for what it did not draw; all is checked again."""
    try:
        return [
            Published(str(body), date.fromisoformat(on), time.fromisoformat(at), str(kind))
            for body, on, at, kind in json.loads(kept)
        ]
    except (ValueError, TypeError, RecursionError):
        raise BadInput("This page cannot be sent again. Hand the file in once more.") from None


def _done(outcome: tuple[int, int]) -> str:
    added, moved = outcome
    words = [f"{count_text(added, 'meeting')} added"] if added else []
    words += [f"{count_text(moved, 'meeting')} moved"] if moved else []
    return f"The calendar is taken in: {' and '.join(words)}."
