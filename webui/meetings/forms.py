"""The forms of meetings, reports, comments and resolutions."""

from collections.abc import Sequence
from datetime import time

from config.written_days import read_time
from webui.forms import (
    ActForm,
    CheckboxesField,
    CheckboxField,
    CheckedForm,
    DateField,
    IdRadioField,
    IdSelectField,
    KeyedForm,
    RadioField,
    SelectField,
    ShownField,
    TextAreaField,
    TextField,
    asks,
    field_in,
    options,
    text_in,
)
from webui.forms.common import LONGEST_REASON
from webui.forms.fields import given
from workflows.meetings.outcomes import Resolved
from workflows.reports.writing import LONGEST

LONGEST_TIME = 20
LONGEST_SHOWN = 100_000  # a report carries some hundred plans at most
MEETING_KINDS = (
    ("ordinary", "Ordinary"),
    ("extraordinary", "Extraordinary"),
    ("budget", "Budget"),
    ("annual", "Annual"),
)


class TimeField(TextField):
    """A time of day as people write it: 10:30, 10.30am, 1430; ``moment`` is the time.

    "2.30" is refused with a sentence: it may be in the night.
    """

    _read: time | None = None

    @property
    def moment(self) -> time:
        """The time. Raises BadInput for an empty box."""
        return given(self._read, self.label.text)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the time; what was typed stays in the box."""
        super().process_formdata(valuelist)
        self._read = read_time(self.value) if self.value else None


class MeetingForm(KeyedForm):
    """A meeting that will be held."""

    body = IdSelectField("Body", asks("Choose the body that meets."))
    on = DateField("Day", asks("Enter the day of the meeting."))
    at = TimeField(
        "Time, such as 10:30", asks("Enter the time, such as 10:30."), max_length=LONGEST_TIME
    )
    kind = RadioField("Kind of meeting", choices=options(MEETING_KINDS), default="ordinary")


class MoveForm(ActForm):
    """A meeting that has moved."""

    on = DateField("New day", asks("Enter the new day."))
    at = TimeField("New time, such as 10:30", asks("Enter the time."), max_length=LONGEST_TIME)
    reason = TextAreaField("Why it moved", asks("Say why it moved."), max_length=LONGEST_REASON)


class ListForm(ActForm):
    """A report put on an agenda."""

    meeting = IdRadioField("Which meeting", asks("Choose the meeting."))


class CorrectForm(ActForm):
    """A correction of a decision; both records stay."""

    words = TextAreaField(
        "The words as they should be", asks("Write the words."), max_length=LONGEST
    )
    reason = TextAreaField("Why it is corrected", asks("Say why."), max_length=LONGEST_REASON)


class CorrectOutcomeForm(ActForm):
    """What the meeting did resolve, and what shows it; a second person agrees."""

    outcome = SelectField("What the meeting resolved", asks("Choose what the meeting resolved."))
    words = TextAreaField(
        "Amendments, reasons or conditions, as the meeting worded them", max_length=LONGEST
    )
    until = DateField("If deferred: to which day")
    effect = RadioField(
        "Did the resolution have effect",
        asks("Say whether the resolution had effect."),
        choices=options([("yes", "Yes"), ("no", "No")]),
        description="It has none where the body had no authority for it, or its papers came late.",
    )
    reason = TextAreaField(
        "Why it was recorded wrongly",
        asks("Say why it is corrected."),
        max_length=LONGEST_REASON,
    )
    evidence = TextAreaField(
        "What shows what the meeting resolved, and where it is kept",
        asks("Say what shows what the meeting resolved, and where it is kept."),
        max_length=LONGEST_REASON,
        description="Such as the number of the minute, or the recording and the time in it.",
    )
    signed = RadioField(
        "Are the minutes of the meeting signed",
        asks("Say whether the minutes are signed."),
        choices=options([("no", "No"), ("yes", "Yes: a later meeting of the body corrected them")]),
    )
    later_meeting = IdSelectField("Which meeting corrected them")
    later_minute = TextField("Number of its minute", max_length=LONGEST_TIME)


class SettleForm(ActForm):
    """What becomes of a plan after a decision on it was corrected."""

    choice = RadioField(
        "What becomes of it",
        asks("Choose whether what followed is kept or reopened."),
        choices=options(
            [("kept", "Keep what followed"), ("reopened", "Put the plan back to before it")]
        ),
    )
    reason = TextAreaField("Why", asks("Say why."), max_length=LONGEST_REASON)


class AgreedForm(CheckedForm):
    """Everything agreed; what the page displayed of the plans comes along."""

    shown = ShownField("Versions shown", max_length=LONGEST_SHOWN)


class ResolutionForm(AgreedForm):
    """What a meeting resolved; ``resolution_form`` adds a box for each recommendation."""

    without_vote = CheckboxField("Agreed without a vote")
    insists = CheckboxField("This is what the meeting did: record it all the same")
    no_call_in = TextAreaField(
        "Why call-in does not apply, if it does not",
        max_length=LONGEST_REASON,
        description="Such as urgency, with the name of who agreed to it. It takes effect at once.",
    )


def resolution_form(
    recommendations: Sequence[tuple[int, int]],
    outcomes: list[tuple[str, str]],
    usual: str,
    refs: list[tuple[str, str]],
) -> type[ResolutionForm]:
    """One outcome per recommendation (its id and number), its words, and plans that the meeting did
    not take."""
    fields: dict[str, object] = {}
    for key, number in recommendations:
        label = f"What was resolved on recommendation {number}"
        fields[f"outcome_{key}"] = SelectField(label, choices=options(outcomes), default=usual)
        fields[f"words_{key}"] = TextAreaField(
            "Amendments, reasons or conditions, as the meeting worded them", max_length=LONGEST
        )
        fields[f"until_{key}"] = DateField("If deferred: to which day")
    if len(refs) > 1:
        fields["taken_out"] = CheckboxesField(
            "Plans that the meeting did not decide on", choices=options(refs)
        )
    return type("ResolutionForm", (ResolutionForm,), fields)


def resolved_of(form: ActForm, recommendations: Sequence[int]) -> list[Resolved]:
    """What the clerk chose, recommendation by recommendation, by their ids."""
    return [_resolved(form, key) for key in recommendations]


def _resolved(form: ActForm, number: int) -> Resolved:
    until = field_in(form, f"until_{number}", DateField)
    return Resolved(
        number,
        text_in(form, f"outcome_{number}"),
        text_in(form, f"words_{number}"),
        until.value_or_none if until else None,
    )


def taken_out_of(form: ActForm) -> tuple[str, ...]:
    """The plans that the meeting did not decide on."""
    box = field_in(form, "taken_out", CheckboxesField)
    return tuple(box.value) if box else ()
