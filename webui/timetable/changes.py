"""Dates that move: what follows from a fact, what if, proposals, requests for more time."""

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import Blocked
from webui import forms
from webui.forms import ActForm, DateField, KeyedForm, QueryForm, TextAreaField, asks
from webui.http import actions, auth
from webui.http.policies import policy
from webui.page.formats import count_text
from workflows.core.attempt import Evidence
from workflows.core.commands import command
from workflows.record import reading_history
from workflows.timetable import change_requests, reading, reading_changes, reading_impact

bp = Blueprint("changes", __name__)


class ReasonForm(ActForm):
    """Why the dates are changed."""

    reason = TextAreaField(
        "Why the dates are changed",
        asks("Say why the dates are changed."),
        max_length=change_requests.LONGEST,
    )


class AnswerForm(ActForm):
    """What to say with an answer; some answers need it."""

    reason = TextAreaField("What you want to say about it", max_length=change_requests.LONGEST)


class MoreTimeForm(KeyedForm):
    """A later day and why."""

    on = DateField("The day until which you need", asks("Enter the day until which you need."))
    reason = TextAreaField(
        "Why you need more time",
        asks("Say why you need more time."),
        max_length=change_requests.LONGEST,
    )


class WhatIfForm(QueryForm):
    """A day to try."""

    on = DateField("The day to try", asks("Enter the day to try."))


@bp.get("/timetable/<ref>/dates-to-move")
@policy("signed_in")
def moves(ref: str) -> str:
    """Dates that no longer follow from the facts, and what goes with them."""
    page = auth.reading(reading_changes.moves_page, auth.me(), ref)
    form = ReasonForm(data={"seen_version": page.year.version})
    return render_template(
        "timetable/moves.html", page=page.year, follows=page, form=form, boxes=day_boxes
    )


@bp.post("/timetable/<ref>/dates-to-move")
@policy("permission:plan_cycle")
def propose(ref: str) -> ResponseReturnValue:
    """Save those dates as a proposal."""
    page = auth.reading(reading_changes.moves_page, auth.me(), ref)
    form = ReasonForm(data={"seen_version": page.year.version})
    return actions.submit(
        form,
        actions.drawn("timetable/moves.html", form, page=page.year, follows=page, boxes=day_boxes),
        lambda: command(
            change_requests.propose,
            page.year.year_id,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=lambda change: url_for(".show", ref=change.ref),
        message="The proposal is saved. Nothing has moved yet.",
    )


@bp.get("/timetable/<ref>/moved")
@policy("signed_in")
def moved(ref: str) -> str:
    """The ledger: every step that has moved since the timetable was issued, and the issues."""
    year = auth.reading(reading.year_frame, auth.me(), ref)
    page = auth.reading(reading_changes.ledger_page, auth.me(), ref)
    return render_template("timetable/moved.html", page=year, ledger=page)


@bp.get("/timetable/changes/<ref>")
@policy("signed_in")
def show(ref: str) -> str:
    """One change of dates: what moves, for whom, where it stands."""
    page, events = auth.reading(reading_history.change_page, auth.me(), ref)
    return render_template("timetable/change.html", page=page, events=events)


@bp.route("/timetable/changes/<ref>/<action>", methods=["GET", "POST"])
@policy("signed_in")
def act(ref: str, action: str) -> ResponseReturnValue:
    """Approve, apply, grant, refuse, withdraw or take back."""
    page = auth.reading(reading_changes.step_page, auth.me(), ref, action)
    form = AnswerForm(data={"seen_version": page.version})
    return actions.ask(
        form,
        actions.drawn("timetable/change_act.html", form, page=page),
        lambda: command(
            change_requests.act,
            page.change_id,
            action,
            Evidence(reason=form.reason.value.strip()),
            seen_version=form.seen_version.value,
        ),
        location=url_for(".show", ref=ref),
        message=lambda change: _done(change, action),
    )


def _done(change: Any, action: str) -> str:
    if action in ("apply", "grant", "grant_below"):
        return f"Done: {count_text(reading_changes.dated(change), 'date')} moved. People are told."
    if action == "revert":
        return "The dates are as they were before."
    return "Done."


@bp.get("/meetings/<int:meeting_id>/what-if")
@policy("signed_in")
def what_if(meeting_id: int) -> ResponseReturnValue:
    """Move this meeting, or do not hold it: what breaks? Nothing is saved."""
    form = WhatIfForm()
    asked = "on-day" in request.args or "on" in request.args
    not_held = not asked and request.args.get("held") == "no"
    fine = form.validate() if asked else True
    on: date | None = form.on.data if asked and fine else None
    reasons: list[str] = []
    try:
        page = auth.reading(reading_impact.what_if_page, auth.me(), meeting_id, on, not_held)
    except Blocked as refusal:
        page = auth.reading(reading_impact.what_if_page, auth.me(), meeting_id, None)
        fine, reasons = False, refusal.reasons
    lines = None if fine else forms.summary(form, reasons)
    shown = render_template(
        "meetings/what_if.html", page=page, form=form, summary_lines=lines, boxes=day_boxes
    )
    return shown, 200 if fine else 422


def day_boxes(name: str, on: date) -> dict[str, int]:
    """A day as the three boxes of a form's address."""
    return {f"{name}-{part}": getattr(on, part) for part in ("day", "month", "year")}


@bp.route("/tasks/<int:task_id>/more-time", methods=["GET", "POST"])
@policy("signed_in")
def more_time(task_id: int) -> ResponseReturnValue:
    """Ask for a later day for one's own task."""
    page = auth.reading(reading_changes.task_page, auth.me(), task_id)
    form = MoreTimeForm()
    return actions.ask(
        form,
        actions.drawn("tasks/more_time.html", form, page=page),
        lambda: command(
            change_requests.ask_for_more_time, task_id, form.on.value, form.reason.value
        ),
        location=lambda change: url_for(".show", ref=change.ref),
        message="Your request is sent. The date stays as it is until it is answered.",
    )
