"""Meetings as facts, the work programme, the register of decisions."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from notifications import feeds
from webui import forms
from webui.forms import common, whole_number
from webui.http import actions, auth
from webui.http.policies import policy
from webui.meetings import forms as meeting_forms
from webui.page import downloads
from workflows.calendar import deadline_sheets
from workflows.core.commands import command
from workflows.files import tables
from workflows.meetings import meetings, reading, reading_programme, resolutions
from workflows.meetings.meetings import Noted

bp = Blueprint("meetings", __name__)


def chosen_body() -> int | None:
    """The body chosen in the address; something that is no number chooses none."""
    try:
        return whole_number(request.args.get("body", ""))
    except ValueError:
        return None


@bp.get("/meetings")
@policy("signed_in")
def index() -> str:
    """Meetings to come."""
    past = request.args.get("when") == "past"
    page = auth.reading(reading.meetings_page, auth.me(), chosen_body(), past=past)
    return render_template("meetings/index.html", page=page)


@bp.get("/meetings/<int:meeting_id>")
@policy("signed_in")
def show(meeting_id: int) -> str:
    """One meeting and its agenda."""
    page = auth.reading(reading.meeting_page, auth.me(), meeting_id)
    return render_template("meetings/show.html", page=page)


@bp.get("/meetings/<int:meeting_id>/deadlines")
@policy("signed_in")
def deadlines(meeting_id: int) -> str:
    """Every deadline of a meeting, which days were counted, which reports it has."""
    page = auth.reading(deadline_sheets.sheet, auth.me(), meeting_id)
    return render_template("meetings/deadlines.html", page=page)


@bp.get("/meetings/<int:meeting_id>/deadlines.csv")
@policy("signed_in")
def deadlines_csv(meeting_id: int) -> Response:
    """The same as a table."""
    page = auth.reading(deadline_sheets.sheet, auth.me(), meeting_id)
    contents = tables.csv_file(deadline_sheets.COLUMNS, deadline_sheets.as_rows(page))
    return downloads.handed_out(f"deadlines-{page.meeting.on_date}", "csv", contents)


@bp.get("/meetings/<int:meeting_id>/deadlines.ics")
@policy("signed_in")
def deadlines_ical(meeting_id: int) -> Response:
    """The same for a calendar."""
    page = auth.reading(deadline_sheets.sheet, auth.me(), meeting_id)
    contents = feeds.calendar_file("Deadlines", deadline_sheets.as_entries(page))
    return downloads.handed_out(f"deadlines-{page.meeting.on_date}", "ics", contents)


@bp.route("/meetings/new", methods=["GET", "POST"])
@policy("permission:manage_meetings")
def new() -> ResponseReturnValue:
    """A meeting that will be held."""
    bodies = auth.reading(reading.bodies_of)
    form = meeting_forms.MeetingForm()
    form.body.choices = forms.options(
        [("", "Choose"), *((str(body.id), body.name) for body in bodies)]
    )
    return actions.ask(
        form,
        actions.drawn("meetings/new.html", form),
        lambda: command(
            meetings.add_meeting,
            form.body.value,
            form.on.value,
            form.at.moment,
            kind=form.kind.value,
            reason="",
        ),
        location=_where,
        message=lambda noted: _message("The meeting is on the calendar.", noted),
    )


@bp.route("/meetings/<int:meeting_id>/move", methods=["GET", "POST"])
@policy("permission:manage_meetings")
def move(meeting_id: int) -> ResponseReturnValue:
    """Record that a meeting has moved."""
    page = auth.reading(reading.meeting_page, auth.me(), meeting_id)
    at = f"{page.meeting.at_time:%H:%M}"
    form = meeting_forms.MoveForm(data={"seen_version": page.meeting.version, "at": at})
    return actions.ask(
        form,
        actions.drawn("meetings/move.html", form, page=page),
        lambda: command(
            meetings.move_meeting,
            meeting_id,
            form.on.value,
            form.at.moment,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=_where,
        message=lambda noted: _message("The move is recorded.", noted),
    )


@bp.route("/meetings/<int:meeting_id>/cancel", methods=["GET", "POST"])
@policy("permission:manage_meetings")
def cancel(meeting_id: int) -> ResponseReturnValue:
    """Record that a meeting will not be held."""
    page = auth.reading(reading.meeting_page, auth.me(), meeting_id)
    form = common.ReasonForm(data={"seen_version": page.meeting.version})
    return actions.ask(
        form,
        actions.drawn("meetings/cancel.html", form, page=page),
        lambda: command(
            meetings.cancel_meeting,
            meeting_id,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=_where,
        message="The meeting is cancelled. Its reports wait for another agenda.",
    )


@bp.get("/work-programme")
@policy("signed_in")
def programme() -> str:
    """What is coming to each body, for what, from whom."""
    page = auth.reading(reading_programme.programme, auth.me(), chosen_body())
    return render_template("meetings/programme.html", page=page)


@bp.get("/work-programme.csv")
@policy("signed_in")
def programme_csv() -> Response:
    """The same as a table."""
    page = auth.reading(reading_programme.programme, auth.me(), chosen_body())
    contents = tables.csv_file(reading_programme.COLUMNS, reading_programme.as_rows(page))
    return downloads.handed_out("work-programme", "csv", contents)


@bp.get("/work-programme.xlsx")
@policy("signed_in")
def programme_xlsx() -> Response:
    """The same as a spreadsheet."""
    page = auth.reading(reading_programme.programme, auth.me(), chosen_body())
    rows = reading_programme.as_rows(page)
    contents = tables.xlsx(page.title, reading_programme.COLUMNS, rows)
    return downloads.handed_out("work-programme", "xlsx", contents)


@bp.get("/decisions")
@policy("signed_in")
def decisions() -> str:
    """The register of decisions."""
    page = auth.reading(reading.decisions_page, auth.me(), chosen_body())
    return render_template("meetings/decisions.html", page=page)


@bp.route("/items/<int:item_id>/decisions/<int:decision_id>/correct", methods=["GET", "POST"])
@policy("permission:record_resolutions")
def correct(item_id: int, decision_id: int) -> ResponseReturnValue:
    """Correct the words of a decision by a new record; both stay."""
    page = auth.reading(reading.decision_page, auth.me(), item_id, decision_id)
    form = meeting_forms.CorrectForm(data={"words": page.words, "seen_version": page.version})
    return actions.ask(
        form,
        actions.drawn("meetings/correct.html", form, page=page),
        lambda: command(
            resolutions.correct,
            decision_id,
            words=form.words.value,
            reason=form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for("items.show", item_id=item_id),
        message="The correction is recorded. Both records stay.",
    )


def _where(noted: Noted) -> str:
    return url_for("meetings.show", meeting_id=noted.meeting.id)


def _message(words: str, noted: Noted) -> str:
    return " ".join([words, *noted.warnings])
