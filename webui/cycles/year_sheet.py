"""The year on one page, and the links from its numbers to the lists that have as many."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from webui import forms
from webui.charts.stages import stages_picture
from webui.forms import IdSelectField, QueryForm, options
from webui.http import auth
from webui.http.policies import policy
from workflows.cycles import reading_sheet
from workflows.plans.overview import Filters
from workflows.plans.reading_overview import SOON

bp = Blueprint("sheet", __name__)
ON = "y"
FLAGS = ("late", "waiting", "moved", "ended")


class SheetYear(QueryForm):
    """Which planning year the page is about."""

    year = IdSelectField("Planning year")


@bp.get("/year")
@policy("signed_in")
def show() -> ResponseReturnValue:
    """Where the year stands, for whoever runs it: on the screen and on one sheet of paper."""
    form = SheetYear()
    page = auth.reading(reading_sheet.sheet, auth.me(), form.year.data)
    begun = page.begun if page else ()
    form.year.choices = options((str(each.id), each.title) for each in begun)
    fine = form.validate()
    picture = None
    if page is not None:
        title = f"Plans by department and stage, {page.year.title}"
        picture = stages_picture(title, page.stages, page.departments)
        form.year.data = page.year.id if fine else form.year.data
    lines = None if fine else forms.summary(form)
    shown = render_template(
        "cycles/sheet.html", page=page, form=form, picture=picture, summary_lines=lines
    )
    return shown, 200 if fine else 422


def plans_link(filters: Filters) -> str:
    """All plans under these filters."""
    due = SOON if filters.due_soon else filters.due_on.isoformat() if filters.due_on else None
    query: dict[str, Any] = {
        "year": filters.year,
        "department": filters.department,
        "plan_type": filters.plan_type,
        "stage": filters.stage,
        "person": filters.person,
        "due": due,
        "waits": filters.waits_for,
        **{flag: ON for flag in FLAGS if getattr(filters, flag)},
    }
    return url_for("board.index", **query)


bp.add_app_template_global(plans_link)
