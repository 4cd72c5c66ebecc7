"""Days on which nobody works: what follows from them, before and after, and taking them back."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.dates import parse_date
from cycle import access
from cycle.errors import Blocked, NotFound
from cycle.models import Council
from cycle.people import Actor
from webui import forms
from webui.calendar.external_dates import FOLLOWS
from webui.forms import ActForm, DateField, QueryForm, RadioField, TextAreaField, asks
from webui.http import actions, auth
from webui.http.policies import policy
from webui.timetable import change_pages
from webui.timetable.change_pages import Follows
from webui.timetable.pages import short_title
from workflows.calendar import closure_impact, external_dates
from workflows.calendar.closure_impact import Days, MovedDeadline
from workflows.calendar.external_dates import LONGEST, Closed

bp = Blueprint("closed_days", __name__, url_prefix="/meetings/days")
KINDS = (("holiday", "A holiday"), ("closure", "The council is closed"))


class WhatIfForm(QueryForm):
    """Days to try."""

    kind = RadioField("What the days would be", asks("Choose what the days would be."))
    first = DateField("First day", asks("Enter the first day."))
    last = DateField("Last day (leave empty for one day)")


class TakeBackForm(ActForm):
    """Why it is taken back."""

    reason = TextAreaField(
        "Why it is taken back", asks("Say why it is taken back."), max_length=LONGEST
    )


@dataclass(frozen=True)
class WhatIfPage:
    """Deadlines that move, and what follows in each year: (reference, title, what follows)."""

    deadlines: tuple[MovedDeadline, ...]
    years: list[tuple[str, str, Follows]]


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
                page = auth.reading(_answer, auth.me(), _days(form))
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


def _answer(session: Session, actor: Actor, days: Days) -> WhatIfPage:
    found = closure_impact.ask(session, actor, days)
    years = [
        (year.ref, short_title(year), change_pages.told(follows)) for year, follows in found.years
    ]
    return WhatIfPage(found.deadlines, years)


@bp.route("/<any(holiday, closure):kind>/<on>/take-back", methods=["GET", "POST"])
@policy("permission:record_days")
def take_back(kind: str, on: str) -> ResponseReturnValue:
    """Take back a holiday or closure that has not come."""
    day, version = auth.reading(_said_day, kind, on)
    form = TakeBackForm(data={"seen_version": version})
    return actions.ask(
        form,
        actions.drawn("meetings/take_back_day.html", form, day=day),
        external_dates.take_back,
        kind,
        day.first_on,
        form.reason.data or "",
        seen_version=form.seen_version.data,
        location=url_for("outside_days.index"),
        message=f"It is taken back. {FOLLOWS}",
    )


def _said_day(session: Session, kind: str, on: str) -> tuple[Closed, int]:
    """A recorded day and the council's version. Raises NotFound."""
    try:
        day = parse_date(on)
    except ValueError:
        raise NotFound(access.GONE) from None
    for each in external_dates.closed_days(session, day, day):
        if (each.kind, each.first_on, each.said) == (kind, day, True):
            return each, session.scalars(select(Council.version)).one()
    raise NotFound(access.GONE)
