"""The forms of a report: its words and recommendations, a comment, its publication."""

from collections.abc import Sequence
from datetime import UTC, datetime

from config.framework import ReportField
from cycle.clock import LONDON
from webui.forms import (
    ActForm,
    CheckboxesField,
    CheckboxField,
    DateField,
    RadioField,
    TextAreaField,
    TextField,
    asks,
    text_in,
)
from webui.forms.common import LONGEST_REASON
from webui.meetings.forms import LONGEST_TIME, TimeField
from webui.page import markdown
from workflows.meetings.agenda import Publication, Urgency
from workflows.reports.report_form import LONGEST_HOW, NO, YES, Box, boxes_of
from workflows.reports.writing import LONGEST


class PublishForm(ActForm):
    """Where and when it was published; after the lawful moment with the chair's reasons."""

    where = TextField(
        "Where it was published",
        asks("Enter the web address or the place."),
        max_length=500,
        description="The web address of the agenda or the report; where there is none, the place.",
    )
    on = DateField("Day on which it was published", asks("Enter the day."))
    at = TimeField("Time, such as 10:30", asks("Enter the time."), max_length=LONGEST_TIME)
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


def publication_of(form: PublishForm) -> Publication:
    """Where and when the report was published."""
    at = datetime.combine(form.on.value, form.at.moment, LONDON).astimezone(UTC)
    return Publication(form.where.value.strip(), at)


def urgency_of(form: PublishForm) -> Urgency | None:
    """The chair's reasons for late papers; None where nobody gave any."""
    chair, reason = form.chair.value.strip(), form.reason.value.strip()
    return Urgency(chair, reason) if chair or reason else None


def report_form(headings: Sequence[ReportField], recommendations: int) -> type[ActForm]:
    """The boxes of a report with so many numbered recommendations, and room for two more."""
    fields = {box.key: _field(box) for each in headings for box in boxes_of(each)}
    for number in range(1, recommendations + 3):
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


def words_of(headings: Sequence[ReportField], form: ActForm) -> dict[str, str]:
    """The report's own words, by box; a text as it is kept after Word."""
    return {box.key: _kept(form, box) for each in headings for box in boxes_of(each)}


def _kept(form: ActForm, box: Box) -> str:
    words = text_in(form, box.key)
    return markdown.from_word(words) if box.kind == "text" else words


def recommendations_of(form: ActForm) -> list[str]:
    """The recommendations in order, empty ones left out."""
    names = [field.name for field in form if field.name.startswith("recommendation_")]
    typed = (text_in(form, name).strip() for name in names)
    return [words for words in typed if words]
