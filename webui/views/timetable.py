"""The timetable of a planning year: who does what by when, and why that day; dates to move."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webui import auth, forms
from webui.forms import (
    ActForm,
    CheckboxField,
    QueryForm,
    SelectField,
    TextAreaField,
    asks,
    options,
    whole_number,
)
from webui.pages import count_text, query_string, without_value
from webui.routes import policy
from webui.views import timetable_pages
from webui.views.acting import submit
from webui.views.timetable_pages import Choice, YearTimetable
from workflows import timetable

bp = Blueprint("timetable", __name__, url_prefix="/timetable")
LONGEST_REASON = 2_000


class TimetableFilter(QueryForm):
    """Which steps to show."""

    plan_type = SelectField("Plan")
    department = SelectField("Department", coerce=whole_number)
    left = CheckboxField("Only what is still to do")


class MoveForm(ActForm):
    """Why the dates are changed."""

    reason = TextAreaField(
        "Why the dates are changed",
        asks("Say why the dates are changed."),
        max_length=LONGEST_REASON,
    )


@bp.get("")
@policy("signed_in")
def index() -> ResponseReturnValue:
    """The timetable of the year in which work is going on."""
    ref = auth.reading(timetable_pages.first_ref)
    if ref is None:
        return render_template("timetable/none.html")
    return redirect(url_for(".year", ref=ref))


@bp.get("/<ref>")
@policy("signed_in")
def year(ref: str) -> ResponseReturnValue:
    """The steps of one year in date order."""
    return _steps(ref, "timetable/show.html")


@bp.get("/<ref>/print")
@policy("signed_in")
def printed(ref: str) -> ResponseReturnValue:
    """The same on paper, with every reason written out."""
    return _steps(ref, "timetable/print.html")


def _steps(ref: str, template: str) -> ResponseReturnValue:
    types, departments = auth.reading(timetable_pages.lists, auth.me(), ref)
    form = TimetableFilter()
    form.plan_type.choices = options([("", "Every plan"), *types])
    form.department.choices = options([("", "Every department"), *departments])
    fine = form.validate()
    choice = Choice()
    if fine:
        choice = Choice(form.plan_type.data or "", form.department.data, bool(form.left.data))
    page = auth.reading(timetable_pages.year_timetable, auth.me(), ref, choice)
    lines = None if fine else forms.summary(form)
    chosen = _chosen(choice, dict(types), dict(departments))
    kept = query_string()
    shown = render_template(
        template, page=page, form=form, chosen=chosen, kept=kept, summary_lines=lines
    )
    return shown, 200 if fine else 422


def _chosen(
    choice: Choice, types: dict[str, str], departments: dict[str, str]
) -> list[dict[str, str]]:
    """What is filtered, as links that take one away."""
    marks = []
    if choice.plan_type:
        marks.append((types[choice.plan_type], "plan_type", choice.plan_type))
    if choice.department:
        key = str(choice.department)
        marks.append((departments[key], "department", key))
    if choice.open_only:
        marks.append(("Still to do", "left", request.args["left"]))
    return [{"text": words, "href": without_value(name, value)} for words, name, value in marks]


@bp.get("/<ref>/meetings")
@policy("signed_in")
def meetings(ref: str) -> str:
    """The meetings that the year's dates hang on."""
    page = _whole(ref)
    found = auth.reading(timetable_pages.meetings, ref)
    return render_template("timetable/meetings.html", page=page, meetings=found)


@bp.get("/<ref>/dates-to-move")
@policy("signed_in")
def moves(ref: str) -> str:
    """Dates that no longer follow from the facts."""
    page = _whole(ref)
    form = MoveForm(data={"seen_version": page.version})
    return render_template("timetable/moves.html", page=page, form=form)


@bp.post("/<ref>/dates-to-move")
@policy("function:plan_cycle")
def move(ref: str) -> ResponseReturnValue:
    """Move those dates together, with a reason."""
    page, form = _whole(ref), MoveForm()

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template("timetable/moves.html", page=page, form=form, summary_lines=lines)

    return submit(
        form,
        draw,
        timetable.replan,
        page.year_id,
        form.reason.data,
        seen_version=form.seen_version.data,
        location=url_for(".year", ref=ref),
        message=lambda moved: (
            f"Moved: {count_text(len(moved), 'date')}. The tasks have their new dates."
        ),
    )


def _whole(ref: str) -> YearTimetable:
    return auth.reading(timetable_pages.year_timetable, auth.me(), ref, Choice())
