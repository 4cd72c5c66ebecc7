"""Days that others fix: events on which dates hang, holidays, days on which offices are closed."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.council import Event
from cycle import clock, council_facts
from cycle.models import Council, PlanningYear
from cycle.people import Actor
from webui import forms
from webui.forms import ActForm, DateField, RadioField, TextAreaField, TextField, asks
from webui.http import actions, auth
from webui.http.policies import policy
from webui.page.formats import date_text
from workflows.calendar import external_dates
from workflows.calendar.external_dates import LONGEST, LONGEST_NAME, Closed
from workflows.framework import permissions

bp = Blueprint("outside_days", __name__, url_prefix="/meetings/days")
SHOWN = timedelta(days=2 * 365)
FOLLOWS = "What follows for the council’s own dates is under “Dates to move”; nothing has moved."


@dataclass(frozen=True)
class DaysPage:
    """What is fixed from outside, from today on, and the years whose dates may follow from it."""

    version: int
    events: list[Event]
    closed: list[Closed]
    provisional: list[int]
    kinds: dict[str, str]
    years: list[tuple[str, str]]
    may_record: bool
    today: date


class EventForm(ActForm):
    """The day of an outside event."""

    kind = RadioField("What happened or will happen", asks("Choose what it is."))
    on = DateField("On which day", asks("Enter the day."))
    source = TextAreaField(
        "How the day is known, such as a letter or a web page",
        asks("Say how this day is known."),
        max_length=LONGEST,
    )


class HolidayForm(ActForm):
    """A holiday proclaimed for one day."""

    on = DateField("On which day", asks("Enter the day."))
    called = TextField(
        "What the holiday is called",
        asks("Say what the holiday is called."),
        max_length=LONGEST_NAME,
    )


class ClosureForm(ActForm):
    """Days on which the council's offices are closed."""

    first = DateField("First day", asks("Enter the first day."))
    last = DateField("Last day", asks("Enter the last day."))
    why = TextField(
        "Why the council is closed",
        asks("Say why the council is closed."),
        max_length=LONGEST_NAME,
    )


def days_page(session: Session, actor: Actor) -> DaysPage:
    """What is known of the days to come."""
    today = clock.today()
    council = session.scalars(select(Council)).first()
    framework = permissions.framework(session)
    years = session.scalars(
        select(PlanningYear)
        .where(PlanningYear.state.in_(("open", "deciding")))
        .order_by(PlanningYear.writes_from)
    )
    closed = external_dates.closed_days(session, today, today + SHOWN)
    return DaysPage(
        version=council.version if council else 0,
        events=sorted(council_facts.events(session), key=lambda each: (each.on, each.key)),
        closed=closed,
        provisional=council_facts.calendar(session).provisional_years(
            *(each.first_on for each in closed)
        ),
        kinds=external_dates.kinds(framework) if framework else {},
        years=[(year.ref, year.title) for year in years],
        may_record=external_dates.MAY in permissions.of(session, actor),
        today=today,
    )


@bp.get("")
@policy("signed_in")
def index() -> str:
    """Events, holidays and closures to come."""
    page = auth.reading(days_page, auth.me())
    return render_template("meetings/days.html", page=page, what_if_parts=_parts)


@bp.route("/event", methods=["GET", "POST"])
@policy("permission:record_days")
def event() -> ResponseReturnValue:
    """Record the day of an outside event, such as the settlement."""
    page, form = _form(EventForm)
    form.kind.choices = forms.options(list(page.kinds.items()))
    verb = external_dates.record_event
    given = (form.kind.data or "", form.on.data, form.source.data)
    return _ask(form, page, "Record the day of an event", verb, given, _event_said)


@bp.route("/holiday", methods=["GET", "POST"])
@policy("permission:record_days")
def holiday() -> ResponseReturnValue:
    """Record a holiday that was proclaimed for one day."""
    page, form = _form(HolidayForm)
    verb = external_dates.record_holiday
    given = (form.on.data, form.called.data)
    follows = Closed(form.on.data, form.on.data, "", "holiday") if form.on.data else None
    return _ask(form, page, "Record a holiday", verb, given, _holiday_said, follows)


@bp.route("/closure", methods=["GET", "POST"])
@policy("permission:record_days")
def closure() -> ResponseReturnValue:
    """Record days on which the council's offices are closed."""
    page, form = _form(ClosureForm)
    verb = external_dates.record_closure
    given = (form.first.data, form.last.data, form.why.data)
    both = form.first.data and form.last.data
    follows = Closed(form.first.data, form.last.data, "") if both else None
    return _ask(
        form, page, "Record when the council is closed", verb, given, _closure_said, follows
    )


def _form(kind: Any) -> tuple[DaysPage, Any]:
    page = auth.reading(days_page, auth.me())
    return page, kind(data={"seen_version": page.version})


def _ask(
    form: Any,
    page: DaysPage,
    title: str,
    verb: Any,
    given: tuple[Any, ...],
    said: Any,
    follows: Closed | None = None,
) -> ResponseReturnValue:
    """Ask, then show what follows from closed days, or go back to the list."""
    return actions.ask(
        form,
        actions.drawn("meetings/record_day.html", form, page=page, title=title),
        verb,
        *given,
        seen_version=form.seen_version.data,
        location=url_for("closed_days.what_if", **_parts(follows))
        if follows
        else url_for(".index"),
        message=lambda outcome: f"{said(outcome)} {FOLLOWS}",
    )


def _parts(days: Closed) -> dict[str, Any]:
    """Days as the boxes of the page that shows what follows from them."""
    boxes = {
        f"{name}-{part}": getattr(on, part)
        for name, on in (("first", days.first_on), ("last", days.last_on))
        for part in ("day", "month", "year")
    }
    return {"kind": days.kind, **boxes}


def _event_said(event: Event) -> str:
    return f"Recorded: {event.title} on {date_text(event.on)}."


def _holiday_said(warnings: list[str]) -> str:
    return " ".join(["The holiday is recorded.", *warnings])


def _closure_said(closed: Closed) -> str:
    return f"Recorded: {closed.why}, {date_text(closed.first_on)} to {date_text(closed.last_on)}."
