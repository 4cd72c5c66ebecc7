"""“Rehearse this timetable”: ask for it, see how far it is and what it showed, stop it."""

from collections.abc import Callable

from flask import Blueprint, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from webui.forms import KeyedForm
from webui.http import actions, auth
from webui.http.policies import policy
from webui.timetable import rehearsal_pages
from workflows.rehearsal import jobs as rehearsals

bp = Blueprint("rehearsals", __name__, url_prefix="/timetable")


@bp.get("/<ref>/rehearsal")
@policy("signed_in")
def show(ref: str) -> str:
    """The last rehearsal of a year."""
    page = auth.reading(rehearsal_pages.rehearsal_page, auth.me(), ref)
    return _drawn(page, KeyedForm())


@bp.get("/<ref>/rehearsal/progress")
@policy("signed_in")
def progress(ref: str) -> ResponseReturnValue:
    """How far it is, for the page that waits for it; once it has ended the page is asked anew."""
    found = auth.reading(rehearsal_pages.progress_of, ref)
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
    return _act(ref, rehearsals.ask, "The rehearsal begins in a moment. Nothing else waits for it.")


@bp.post("/<ref>/rehearsal/stop")
@policy("permission:plan_cycle")
def stop(ref: str) -> ResponseReturnValue:
    """Stop the rehearsal that is under way."""
    return _act(ref, rehearsals.stop, "The rehearsal is stopped.")


def _act(ref: str, verb: Callable[..., None], message: str) -> ResponseReturnValue:
    page, form = auth.reading(rehearsal_pages.rehearsal_page, auth.me(), ref), KeyedForm()
    return actions.submit(
        form,
        actions.drawn("timetable/rehearsal.html", form, page=page.year, rehearsal=page),
        verb,
        page.year.year_id,
        location=url_for(".show", ref=ref),
        message=message,
    )


def _drawn(page: rehearsal_pages.RehearsalPage, form: KeyedForm) -> str:
    return render_template(
        "timetable/rehearsal.html", form=form, page=page.year, rehearsal=page, summary_lines=None
    )
