"""The forms of meetings, reports, comments and resolutions."""

from collections.abc import Sequence
from datetime import time

from wtforms import Form

from cycle.models import Recommendation
from webui.forms import (
    ActForm,
    CheckboxesField,
    CheckboxField,
    DateField,
    KeyedForm,
    RadioField,
    SelectField,
    ShownField,
    TextAreaField,
    TextField,
    asks,
    options,
    whole_number,
)
from webui.forms.common import LONGEST_REASON
from workflows.meetings.outcomes import Resolved
from workflows.reports.writing import LONGEST

LONGEST_SHOWN = 100_000  # a report carries some hundred plans at most
MEETING_KINDS = (
    ("ordinary", "Ordinary"),
    ("extraordinary", "Extraordinary"),
    ("budget", "Budget"),
    ("annual", "Annual"),
)


class TimeField(TextField):
    """A time of day typed as 10:30, 10.30 or 1030; ``moment`` is the time."""

    moment: time | None = None

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the time; what was typed stays in the box."""
        super().process_formdata(valuelist)
        plain = self.data.replace(".", ":")
        if len(plain) == 4 and plain.isascii() and plain.isdigit():
            plain = f"{plain[:2]}:{plain[2:]}"
        try:
            self.moment = time.fromisoformat(plain.zfill(5)) if plain else None
        except ValueError:
            raise ValueError(f"“{self.data}” is not a time. Write it like 10:30.") from None


class MeetingForm(KeyedForm):
    """A meeting that will be held."""

    body = SelectField("Body", asks("Choose the body that meets."), coerce=whole_number)
    on = DateField("Day", asks("Enter the day of the meeting."))
    at = TimeField("Time, such as 10:30", asks("Enter the time, such as 10:30."), max_length=5)
    kind = RadioField("Kind of meeting", choices=options(MEETING_KINDS), default="ordinary")


class MoveForm(ActForm):
    """A meeting that has moved."""

    on = DateField("New day", asks("Enter the new day."))
    at = TimeField("New time, such as 10:30", asks("Enter the time."), max_length=5)
    reason = TextAreaField("Why it moved", asks("Say why it moved."), max_length=LONGEST_REASON)


class ListForm(ActForm):
    """A report put on an agenda."""

    meeting = RadioField("Which meeting", asks("Choose the meeting."), coerce=whole_number)


class CorrectForm(ActForm):
    """A correction of a decision; both records stay."""

    words = TextAreaField(
        "The words as they should be", asks("Write the words."), max_length=LONGEST
    )
    reason = TextAreaField("Why it is corrected", asks("Say why."), max_length=LONGEST_REASON)


class AgreedForm(ActForm):
    """Everything agreed; what the page displayed of the plans comes along."""

    shown = ShownField("Versions shown", max_length=LONGEST_SHOWN)


def resolution_form(
    recommendations: list[Recommendation],
    outcomes: list[tuple[str, str]],
    usual: str,
    refs: list[tuple[str, str]],
) -> type[ActForm]:
    """One outcome per recommendation, its words, and plans that the meeting did not take."""
    fields: dict[str, object] = {}
    for each in recommendations:
        label = f"Recommendation {each.number}"
        fields[f"outcome_{each.id}"] = SelectField(label, choices=options(outcomes), default=usual)
        fields[f"words_{each.id}"] = TextAreaField(
            "Amendments, reasons or conditions, as the meeting worded them", max_length=LONGEST
        )
        fields[f"until_{each.id}"] = DateField("If deferred: to which day")
    if len(refs) > 1:
        fields["taken_out"] = CheckboxesField(
            "Plans that the meeting did not decide on", choices=options(refs)
        )
    fields["shown"] = ShownField("Versions shown", max_length=LONGEST_SHOWN)
    fields["without_vote"] = CheckboxField("Agreed without a vote")
    fields["insists"] = CheckboxField("This is what the meeting did: record it all the same")
    return type("ResolutionForm", (ActForm,), fields)


def resolved_of(form: Form, recommendations: list[Recommendation]) -> list[Resolved]:
    """What the clerk chose, recommendation by recommendation."""
    return [
        Resolved(
            each.id,
            str(form.data.get(f"outcome_{each.id}") or ""),
            str(form.data.get(f"words_{each.id}") or ""),
            form.data.get(f"until_{each.id}"),
        )
        for each in recommendations
    ]
