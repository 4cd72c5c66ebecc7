"""The forms of a report: its words and recommendations, a comment, its publication."""

from collections.abc import Sequence

from wtforms import Form

from config.framework import ReportField
from cycle.models import Recommendation
from webui.forms import (
    ActForm,
    CheckboxesField,
    CheckboxField,
    RadioField,
    TextAreaField,
    TextField,
    asks,
)
from webui.forms.common import LONGEST_REASON
from workflows.reports.form import LONGEST_HOW, NO, YES, Box, boxes_of
from workflows.reports.writing import LONGEST


class PublishForm(ActForm):
    """Publication; after the lawful moment with the chair's reasons."""

    chair = TextField("Who chairs the meeting (only if the papers are late)", max_length=200)
    reason = TextAreaField(
        "Why it is urgent, in the chair's words (only if the papers are late)",
        max_length=LONGEST_REASON,
    )


class CommentForm(ActForm):
    """Comments on a report by a named officer."""

    wording = TextAreaField("Your comments", max_length=LONGEST)
    no_implications = CheckboxField("No implications: this is my answer")
    initials = TextField("Your initials", asks("Enter your initials."), max_length=10)
    covered = CheckboxesField("What your comments cover")


def report_form(
    headings: Sequence[ReportField], recommendations: list[Recommendation]
) -> type[ActForm]:
    """The boxes of a report, with its numbered recommendations and room for two more."""
    fields = {box.key: _field(box) for each in headings for box in boxes_of(each)}
    for number in range(1, len(recommendations) + 3):
        fields[f"recommendation_{number}"] = TextAreaField(
            f"Recommendation {number}", max_length=LONGEST
        )
    return type("ReportForm", (ActForm,), fields)


def _field(box: Box) -> object:
    if box.kind == "text":
        return TextAreaField(box.title, max_length=LONGEST, description=box.field.hint)
    if box.kind == "answer":
        return TextAreaField(box.row, max_length=LONGEST)
    if box.kind == "how":
        return TextField(f"Where or how: {box.row}", max_length=LONGEST_HOW)
    return RadioField(box.row, choices=[(YES, "Yes"), (NO, "No")])


def words_of(headings: Sequence[ReportField], form: Form) -> dict[str, str]:
    """The report's own words, by box."""
    found = [box.key for each in headings for box in boxes_of(each)]
    return {key: str(form.data.get(key) or "") for key in found}


def recommendations_of(form: Form) -> list[str]:
    """The recommendations in order, empty ones left out."""
    return [
        str(words).strip()
        for name, words in form.data.items()
        if name.startswith("recommendation_") and str(words or "").strip()
    ]
