"""Days on which nobody works: what follows from them, before and after, and undoing them."""

from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import Blocked
from webui import forms
from webui.calendar.external_dates import OWN_DATES
from webui.forms import ActForm, DateField, QueryForm, RadioField, TextAreaField, asks
from webui.http import actions, auth
from webui.http.policies import policy
from workflows.calendar import external_dates, reading
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
