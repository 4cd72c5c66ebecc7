"""The timetable of a planning year: who does what by when, and why that day; dates to move."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from notifications import feeds
from webui import forms
from webui.http import auth
from webui.http.policies import policy
from webui.page import downloads
from webui.page.formats import query_string
from webui.timetable import files as timetable_files
from webui.timetable.forms import Filters, filters
from webui.timetable.pages import picture
from workflows.timetable import reading, reading_cycle, reading_step
from workflows.timetable.reading import YearTimetable
from workflows.timetable.reading_cycle import CycleTimetable

bp = Blueprint("timetable", __name__, url_prefix="/timetable")


@bp.get("")
@policy("signed_in")
def index() -> ResponseReturnValue:
    """The timetable of the year in which work is going on."""
    ref = auth.reading(reading.first_ref)
    if ref is None:
        return render_template("timetable/none.html")
    return redirect(url_for(".year", ref=ref))


@bp.get("/<ref>")
@policy("signed_in")
def year(ref: str) -> ResponseReturnValue:
    """The steps of one year in date order."""
    return _steps(ref, "timetable/show.html")


@bp.get("/<ref>/print")
@policy("signed_in")
def printed(ref: str) -> ResponseReturnValue:
    """The same on paper, with every reason written out."""
    return _steps(ref, "timetable/print.html")


def _steps(ref: str, template: str) -> ResponseReturnValue:
    asked = filters(auth.reading(reading.lists, auth.me(), ref))
    page = auth.reading(reading.year_timetable, auth.me(), ref, asked.choice)
    return _drawn(template, page, asked)


def _drawn(
    template: str, page: YearTimetable | CycleTimetable, asked: Filters
) -> ResponseReturnValue:
    lines = None if asked.fine else forms.summary(asked.form)
    shown = render_template(
        template, page=page, picture=picture(page), asked=asked, summary_lines=lines
    )
    return shown, 200 if asked.fine else 422


@bp.get("/<ref>/steps.<any(csv, xlsx, ics):ending>")
@policy("signed_in")
def file(ref: str, ending: str) -> Response:
    """The steps that the page shows, as a file."""
    asked = filters(auth.reading(reading.lists, auth.me(), ref))
    stamp = auth.reading(feeds.stamp)  # before the dates, so that a later change has a later one
    page = auth.reading(reading.year_timetable, auth.me(), ref, asked.choice)
    made = timetable_files.contents(page.title, ending, page.rows, stamp)
    return downloads.handed_out(f"timetable-{page.ref.lower()}", ending, made)


@bp.get("/<ref>/steps/<key>")
@policy("signed_in")
def step(ref: str, key: str) -> str:
    """One step: why its date, what it needs, what needs it."""
    page = auth.reading(reading_step.step_page, auth.me(), ref, key)
    return render_template("timetable/step.html", page=page, kept=query_string())


@bp.get("/cycles/<ref>")
@policy("signed_in")
def cycle(ref: str) -> ResponseReturnValue:
    """The timetable of a whole cycle: four years in one picture and one table."""
    return _cycle(ref, "timetable/cycle.html")


@bp.get("/cycles/<ref>/print")
@policy("signed_in")
def cycle_printed(ref: str) -> ResponseReturnValue:
    """The same on paper, with every date."""
    return _cycle(ref, "timetable/cycle_print.html")


def _cycle(ref: str, template: str) -> ResponseReturnValue:
    asked = filters(auth.reading(reading_cycle.cycle_lists, auth.me(), ref))
    page = auth.reading(reading_cycle.cycle_timetable, auth.me(), ref, asked.choice)
    return _drawn(template, page, asked)


@bp.get("/cycles/<ref>/steps.<any(csv, xlsx, ics):ending>")
@policy("signed_in")
def cycle_file(ref: str, ending: str) -> Response:
    """Every date of the cycle that the page shows, as a file."""
    asked = filters(auth.reading(reading_cycle.cycle_lists, auth.me(), ref))
    stamp = auth.reading(feeds.stamp)
    page = auth.reading(reading_cycle.cycle_timetable, auth.me(), ref, asked.choice)
    made = timetable_files.contents(page.title, ending, page.rows, stamp)
    return downloads.handed_out(f"timetable-{page.ref.lower()}", ending, made)


@bp.get("/<ref>/meetings")
@policy("signed_in")
def meetings(ref: str) -> str:
    """The meetings that the year's dates hang on."""
    page = auth.reading(reading.year_frame, auth.me(), ref)
    found = auth.reading(reading.meetings, ref)
    return render_template("timetable/meetings.html", page=page, meetings=found)
