"""“Rehearse this timetable”: ask for it, see how far it is and what it showed, stop it."""

from collections.abc import Callable, Sequence

from flask import Blueprint, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from webui import forms
from webui.charts.workload import work_picture
from webui.forms import KeyedForm
from webui.http import actions, auth
from webui.http.policies import policy
from workflows.core.commands import Command, command
from workflows.rehearsal import reading, rehearsals
from workflows.rehearsal.reading import RehearsalPage

bp = Blueprint("rehearsals", __name__, url_prefix="/timetable")


@bp.get("/<ref>/rehearsal")
@policy("signed_in")
def show(ref: str) -> str:
    """The last rehearsal of a year."""
    page = auth.reading(reading.rehearsal_page, auth.me(), ref)
    return _drawn(page, KeyedForm())


@bp.get("/<ref>/rehearsal/progress")
@policy("signed_in")
def progress(ref: str) -> ResponseReturnValue:
    """How far it is, for the page that waits for it; once it has ended the page is asked anew."""
    found = auth.reading(reading.progress_of, ref)
    reply = make_response(
        render_template("timetable/rehearsal_progress.html", progress=found, ref=ref)
    )
    if found is None:
        reply.headers["HX-Refresh"] = "true"
    return reply


@bp.post("/<ref>/rehearsal")
@policy("permission:plan_cycle")
def ask(ref: str) -> ResponseReturnValue:
    """Rehearse the year."""
    page = auth.reading(reading.rehearsal_page, auth.me(), ref)
    return _act(
        page,
        lambda: command(rehearsals.ask, page.year.year_id),
        "The rehearsal begins in a moment. Nothing else waits for it.",
    )


@bp.post("/<ref>/rehearsal/stop")
@policy("permission:plan_cycle")
def stop(ref: str) -> ResponseReturnValue:
    """Stop the rehearsal that is under way."""
    page = auth.reading(reading.rehearsal_page, auth.me(), ref)
    return _act(
        page, lambda: command(rehearsals.stop, page.year.year_id), "The rehearsal is stopped."
    )


def _act(
    page: RehearsalPage, made: Callable[[], Command[object]], message: str
) -> ResponseReturnValue:
    form = KeyedForm()
    return actions.submit(
        form,
        lambda reasons: _drawn(page, form, reasons),
        made,
        location=url_for(".show", ref=page.year.ref),
        message=message,
    )


def _drawn(page: RehearsalPage, form: KeyedForm, reasons: Sequence[str] = ()) -> str:
    title = f"Work of each post, {page.year.title.replace('Plans', 'plans')}"
    return render_template(
        "timetable/rehearsal.html",
        form=form,
        page=page.year,
        rehearsal=page,
        picture=work_picture(title, page.loads),
        summary_lines=forms.summary(form, reasons),
    )
