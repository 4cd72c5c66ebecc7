"""The filters of a timetable, read from the address, and the same as links that take one away."""

from dataclasses import dataclass

from flask import request

from webui.forms import CheckboxField, IdSelectField, QueryForm, SelectField, options
from webui.page.formats import query_string, without_value
from workflows.timetable.reading import Lists
from workflows.timetable.reading_rows import Choice


class TimetableFilter(QueryForm):
    """Which steps to show."""

    plan_type = SelectField("Kind of plan")
    department = IdSelectField("Department")
    body = IdSelectField("Body")
    person = IdSelectField("Who does it")
    left = CheckboxField("Only what is still to do")


@dataclass
class Filters:
    """The form, what was chosen (nothing, when the address asks for what is not there)."""

    form: TimetableFilter
    choice: Choice
    fine: bool
    chosen: list[dict[str, str]]
    kept: str


def filters(lists: Lists) -> Filters:
    """What this request's address asks for."""
    form = TimetableFilter()
    form.plan_type.choices = options([("", "Every kind"), *lists.plan_types])
    form.department.choices = options([("", "Every department"), *lists.departments])
    form.body.choices = options([("", "Every body"), *lists.bodies])
    form.person.choices = options([("", "Everyone"), *lists.people])
    fine, choice = form.validate(), Choice()
    if fine:
        choice = Choice(
            plan_type=form.plan_type.data or "",
            department=form.department.data,
            body=form.body.data,
            person=form.person.data,
            open_only=bool(form.left.data),
        )
    return Filters(form, choice, fine, _chosen(choice, lists), query_string() if fine else "")


def _chosen(choice: Choice, lists: Lists) -> list[dict[str, str]]:
    named = [
        ("plan_type", choice.plan_type, lists.plan_types),
        ("department", choice.department, lists.departments),
        ("body", choice.body, lists.bodies),
        ("person", choice.person, lists.people),
    ]
    marks = [
        {"text": dict(words)[str(value)], "href": without_value(name, str(value))}
        for name, value, words in named
        if value
    ]
    if choice.open_only:
        href = without_value("left", request.args["left"])
        marks.append({"text": "Still to do", "href": href})
    return marks
