"""Days that others fix: what follows from them, before and after; undoing closed days."""

from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import BadInput, Blocked
from webui import forms
from webui.calendar.external_dates import ANOTHER, OWN_DATES, event_choices
from webui.forms import ActForm, DateField, QueryForm, RadioField, TextAreaField, asks
from webui.http import actions, auth
from webui.http.policies import policy
from webui.timetable.changes import day_boxes
from workflows.calendar import event_impact, external_dates, reading
from workflows.calendar.closure_impact import Days
from workflows.calendar.external_dates import LONGEST
from workflows.core.commands import command

bp = Blueprint("closed_days", __name__, url_prefix="/meetings/days")
KINDS = (("holiday", "A holiday"), ("closure", "The council is closed"))


class WhatIfForm(QueryForm):
    """Days to try."""

    kind = RadioField("What the days would be", asks("Choose what the days would be."))
    first = DateField("First day", asks("Enter the first day."))
    last = DateField("Last day (leave empty for one day)")


class EventWhatIfForm(QueryForm):
    """An outside event on a day to try."""

    kind = RadioField("What would happen", asks("Choose what it is."))
    moves = RadioField(
        "Is it one of these, on another day?", asks("Say whether it is one of these.")
    )
    on = DateField("The day to try", asks("Enter the day to try."))


class RevertForm(ActForm):
    """Why it is undone."""

    reason = TextAreaField("Why it is undone", asks("Say why it is undone."), max_length=LONGEST)


@bp.get("/what-if")
@policy("signed_in")
def what_if() -> ResponseReturnValue:
    """Close these days: what moves? Nothing is saved."""
    form = WhatIfForm()
    form.kind.choices = forms.options(list(KINDS))
    page, lines = None, None
    if request.args:
        reasons: list[str] = []
        if form.validate():
            try:
                page = auth.reading(reading.what_if, auth.me(), _days(form))
            except Blocked as refusal:
                reasons = refusal.reasons
        if page is None:
            lines = forms.summary(form, reasons)
    shown = render_template(
        "meetings/closed_what_if.html", page=page, form=form, summary_lines=lines
    )
    return shown, 422 if lines else 200


@bp.get("/what-if/event")
@policy("signed_in")
def event_what_if() -> ResponseReturnValue:
    """An outside event on another day: what moves, and what is left of the time? Nothing is
    saved."""
    page = auth.reading(event_impact.what_if_page, auth.me())
    form = EventWhatIfForm()
    form.kind.choices = forms.options(list(page.kinds.items()))
    form.moves.choices = forms.options(event_choices(page.events))
    lines = None
    if request.args:
        reasons: list[str] = []
        if form.validate():
            moves = "" if form.moves.data == ANOTHER else form.moves.data or ""
            tried = (form.kind.data or "", form.on.data, moves)
            try:
                page = auth.reading(event_impact.what_if_page, auth.me(), *tried)
            except (BadInput, Blocked) as refusal:
                reasons = refusal.reasons if isinstance(refusal, Blocked) else [str(refusal)]
        if page.tried is None:
            lines = forms.summary(form, reasons)
    shown = render_template(
        "meetings/event_what_if.html", page=page, form=form, summary_lines=lines, boxes=day_boxes
    )
    return shown, 422 if lines else 200


def _days(form: WhatIfForm) -> Days:
    first: date | None = form.first.data
    if first is None:
        raise Blocked("Enter the first day.")
    last = form.last.data or first
    external_dates.in_order(first, last)
    return Days(form.kind.data or "", first, last)


@bp.route("/<any(holiday, closure, thanksgiving):kind>/<on>/take-back", methods=["GET", "POST"])
@policy("permission:record_days")
def take_back(kind: str, on: str) -> ResponseReturnValue:
    """Undo a holiday or closure that has not come."""
    day, version = auth.reading(reading.recorded_day, kind, on)
    form = RevertForm(data={"seen_version": version})
    return actions.ask(
        form,
        actions.drawn("meetings/undo_day.html", form, day=day),
        lambda: command(
            external_dates.revert,
            kind=kind,
            first_on=day.first_on,
            reason=form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for("outside_days.index"),
        message=lambda followed: " ".join(["It is undone.", *followed, OWN_DATES]),
    )
