"""The municipal calendar: handed in as a file, looked at, imported; and the same handed out."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from cycle.errors import BadInput
from notifications import feeds
from webui import forms
from webui.calendar import import_form
from webui.calendar.import_form import ImportForm
from webui.forms import FileField, FileForm
from webui.http import actions, auth
from webui.http.policies import policy
from webui.meetings.views import chosen_body
from webui.page import downloads
from webui.page.formats import count_text
from workflows.calendar import import_preview, importing, published_meetings
from workflows.calendar.import_preview import Preview
from workflows.calendar.importing import Imported
from workflows.core.commands import command
from workflows.files import tables

bp = Blueprint("calendar", __name__, url_prefix="/meetings/calendar")


class HandInForm(FileForm):
    """A file with meetings."""

    file = FileField(
        "The calendar as a CSV, XLSX, ODS or iCalendar (.ics) file",
        "Choose the file with the meetings.",
    )


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
        handed = import_preview.read(form.file.filename, form.file.data or b"")
    except BadInput as refusal:
        form.file.errors = [str(refusal)]
        return _choose(form, forms.summary(form)), actions.REFUSED
    page = auth.reading(import_preview.preview, auth.me(), handed)
    return _look(page, import_form.drawn(page))


@bp.post("/take-in")
@policy("permission:manage_meetings")
def take_in() -> ResponseReturnValue:
    """Import what was looked at."""
    form = ImportForm()
    shown = import_form.read_back(form.lines.data or "")
    page = auth.reading(import_preview.preview_again, auth.me(), shown)
    import_form.offer(form, page)
    return actions.submit(
        form,
        lambda reasons: _look(page, form, forms.summary(form, reasons)),
        lambda: command(importing.import_meetings, shown, form.agreed),
        location=url_for("meetings.index"),
        message=_done,
    )


@bp.get("/meetings.csv")
@policy("signed_in")
def as_csv() -> Response:
    """The meetings to come as a table, which can be handed in again."""
    rows = auth.reading(published_meetings.as_rows, chosen_body())
    contents = tables.csv_file(published_meetings.COLUMNS, rows)
    return downloads.handed_out("meetings", "csv", contents)


@bp.get("/meetings.xlsx")
@policy("signed_in")
def as_xlsx() -> Response:
    """The same as a spreadsheet."""
    rows = auth.reading(published_meetings.as_rows, chosen_body())
    contents = tables.xlsx("Meetings", published_meetings.COLUMNS, rows)
    return downloads.handed_out("meetings", "xlsx", contents)


@bp.get("/meetings.ics")
@policy("signed_in")
def as_ical() -> Response:
    """The same for a calendar."""
    entries = auth.reading(published_meetings.as_entries, chosen_body())
    return downloads.handed_out("meetings", "ics", feeds.calendar_file("Meetings", entries))


def _choose(form: HandInForm, lines: Any = None) -> str:
    return render_template("calendar/hand_in.html", form=form, summary_lines=lines)


def _look(page: Preview, form: ImportForm, lines: Any = None) -> str:
    return render_template("calendar/look.html", form=form, page=page, summary_lines=lines)


def _done(outcome: Imported) -> str:
    counts = {"added": outcome.added, "moved": outcome.moved, "cancelled": outcome.cancelled}
    words = [f"{count_text(many, 'meeting')} {what}" for what, many in counts.items() if many]
    return f"The calendar is imported: {', '.join(words)}."
