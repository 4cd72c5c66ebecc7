"""Days that others fix: events on which dates hang, holidays, days on which offices are closed."""

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from config.council import Event
from webui import forms
from webui.forms import ActForm, DateField, RadioField, TextAreaField, TextField, asks
from webui.http import actions, auth
from webui.http.policies import policy
from webui.page.formats import date_text
from workflows.calendar import external_dates, outside_events, reading
from workflows.calendar.external_dates import LONGEST, LONGEST_NAME, Closed
from workflows.calendar.reading import DaysPage
from workflows.core.commands import command

A = TypeVar("A", bound=ActForm)
bp = Blueprint("outside_days", __name__, url_prefix="/meetings/days")
ANOTHER = "another"
WORKS = (
    ("no", "No: it is a bank holiday"),
    (
        "yes",
        "Yes: it is a day of public thanksgiving or mourning, which only an election leaves out",
    ),
)
FOLLOWS = "What follows for the council’s own dates is under “Dates to move”; nothing has moved."
OWN_DATES = "What follows for the council’s own dates is under “Dates to move”."


class EventForm(ActForm):
    """The day of an outside event."""

    kind = RadioField("What happened or will happen", asks("Choose what it is."))
    moves = RadioField(
        "Is it one of these, which now has another day?", asks("Say whether it is one of these.")
    )
    called = TextField(
        "What it is called, such as the ward (leave empty for the usual name)",
        max_length=LONGEST_NAME,
    )
    on = DateField("On which day", asks("Enter the day."))
    source = TextAreaField(
        "How the day is known, such as a letter or a web page",
        asks("Say how this day is known."),
        max_length=LONGEST,
    )


class TakeBackForm(ActForm):
    """Why an event is taken back."""

    reason = TextAreaField(
        "Why it is taken back", asks("Say why it is taken back."), max_length=LONGEST
    )


class HolidayForm(ActForm):
    """A holiday proclaimed for one day."""

    on = DateField("On which day", asks("Enter the day."))
    called = TextField(
        "What the holiday is called",
        asks("Say what the holiday is called."),
        max_length=LONGEST_NAME,
    )
    works = RadioField("Do people work on it?", asks("Say whether people work on it."))


class ClosureForm(ActForm):
    """Days on which the council's offices are closed."""

    first = DateField("First day", asks("Enter the first day."))
    last = DateField("Last day", asks("Enter the last day."))
    why = TextField(
        "Why the council is closed",
        asks("Say why the council is closed."),
        max_length=LONGEST_NAME,
    )


@bp.get("")
@policy("signed_in")
def index() -> str:
    """Events, holidays and closures to come."""
    page = auth.reading(reading.days_page, auth.me())
    return render_template("meetings/days.html", page=page, what_if_parts=_parts)


@bp.route("/event", methods=["GET", "POST"])
@policy("permission:record_days")
def event() -> ResponseReturnValue:
    """Record the day of an outside event, such as the settlement."""
    page, form = _form(EventForm)
    form.kind.choices = forms.options(list(page.kinds.items()))
    form.moves.choices = forms.options(event_choices([each.event for each in page.events]))
    return actions.ask(
        form,
        _drawn(form, page, "Record the day of an event"),
        lambda: command(
            outside_events.record_event,
            kind=form.kind.value,
            on=form.on.value,
            source=form.source.value,
            moves="" if form.moves.value == ANOTHER else form.moves.value,
            called=form.called.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".index"),
        message=_event_message,
    )


@bp.route("/event/<key>/take-back", methods=["GET", "POST"])
@policy("permission:record_days")
def take_back_event(key: str) -> ResponseReturnValue:
    """Take back an event, or its new day, that was recorded here."""
    known, version = auth.reading(reading.recorded_event, key)
    form = TakeBackForm(data={"seen_version": version})
    return actions.ask(
        form,
        actions.drawn("meetings/undo_event.html", form, event=known),
        lambda: command(
            outside_events.revert_event,
            key=key,
            reason=form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".index"),
        message=_taken_back,
    )


@bp.route("/holiday", methods=["GET", "POST"])
@policy("permission:record_days")
def holiday() -> ResponseReturnValue:
    """Record a holiday that was proclaimed for one day."""
    page, form = _form(HolidayForm)
    form.works.choices = forms.options(list(WORKS))
    on = form.on.value_or_none
    return actions.ask(
        form,
        _drawn(form, page, "Record a holiday"),
        lambda: command(
            external_dates.record_holiday,
            form.on.value,
            form.called.value,
            works=form.works.value == "yes",
            seen_version=form.seen_version.value,
        ),
        location=_after(Closed(on, on, "", "holiday") if on and form.works.data == "no" else None),
        message=_holiday_message,
    )


@bp.route("/closure", methods=["GET", "POST"])
@policy("permission:record_days")
def closure() -> ResponseReturnValue:
    """Record days on which the council's offices are closed."""
    page, form = _form(ClosureForm)
    first, last = form.first.value_or_none, form.last.value_or_none
    return actions.ask(
        form,
        _drawn(form, page, "Record when the council is closed"),
        lambda: command(
            external_dates.record_closure,
            first_on=form.first.value,
            last_on=form.last.value,
            why=form.why.value,
            seen_version=form.seen_version.value,
        ),
        location=_after(Closed(first, last, "") if first and last else None),
        message=_closure_message,
    )


def _form(kind: type[A]) -> tuple[DaysPage, A]:
    page = auth.reading(reading.days_page, auth.me())
    return page, kind(data={"seen_version": page.version})


def _drawn(form: ActForm, page: DaysPage, title: str) -> actions.Draw:
    return actions.drawn("meetings/record_day.html", form, page=page, title=title)


def _after(closed: Closed | None) -> str:
    """Where what follows from closed days is shown; without any, the list."""
    return url_for("closed_days.what_if", **_parts(closed)) if closed else url_for(".index")


def _parts(days: Closed) -> dict[str, Any]:
    """Days as the boxes of the page that shows what follows from them."""
    boxes = {
        f"{name}-{part}": getattr(on, part)
        for name, on in (("first", days.first_on), ("last", days.last_on))
        for part in ("day", "month", "year")
    }
    return {"kind": days.kind, **boxes}


def event_choices(events: Sequence[Event]) -> list[tuple[str, str]]:
    """Another event, or one of these on another day."""
    return [(ANOTHER, "No, it is another one"), *((each.key, _known(each)) for each in events)]


def _known(event: Event) -> str:
    return f"{event.title}, {date_text(event.on)}"


def _taken_back(left: Event | None) -> str:
    stands = f"It is on {date_text(left.on)} again, as the council’s files say." if left else ""
    return " ".join(filter(None, ["It is taken back.", stands, FOLLOWS]))


def _event_message(event: Event) -> str:
    return f"Recorded: {event.title} on {date_text(event.on)}. {FOLLOWS}"


def _holiday_message(warnings: list[str]) -> str:
    return " ".join(["The day is recorded.", *warnings, OWN_DATES])


def _closure_message(closed: Closed) -> str:
    days = f"{date_text(closed.first_on)} to {date_text(closed.last_on)}"
    return " ".join([f"Recorded: {closed.why}, {days}.", *closed.warnings, OWN_DATES])
