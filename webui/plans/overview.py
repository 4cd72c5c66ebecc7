"""All plans: where each is, with whom, what is next; remind these; the rows of all plans."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wrappers import Response

from config import permissions
from config.dates import parse_date
from cycle import clock
from cycle.errors import Blocked
from webui import forms
from webui.forms import (
    CheckboxesField,
    CheckboxField,
    HiddenField,
    IdSelectField,
    KeyedForm,
    QueryForm,
    SelectField,
    options,
)
from webui.http import auth
from webui.http.policies import policy
from webui.page import downloads
from webui.page.formats import Keyset, Page, count_text, pack_key, query_string, without_value
from workflows.core.commands import command
from workflows.plans import reading_overview, sheets
from workflows.plans.overview import Filters, OverviewRow
from workflows.plans.reading_overview import SOON, OverviewLists
from workflows.queues import chasing
from workflows.queues.chasing import Reminded

bp = Blueprint("board", __name__)
ALL = "all"
PART = 25


class OverviewFilter(QueryForm):
    """Which plans to show."""

    year = IdSelectField("Planning year")
    department = IdSelectField("Department")
    plan_type = SelectField("Kind of plan")
    stage = SelectField("Stage")
    person = IdSelectField("With whom")
    due = SelectField("Next step due")
    waits = SelectField("Waits for")
    late = CheckboxField("Late only")
    waiting = CheckboxField("Only what waits for somebody")
    moved = CheckboxField("Came to its stage in the last week")
    ended = CheckboxField("Also those that have ended")


class EntryFilter(QueryForm):
    """Which rows of plans to show."""

    year = IdSelectField("Planning year")
    kind = SelectField("Kind")
    department = IdSelectField("Department")


class YearFilter(QueryForm):
    """Which planning year a page is about."""

    year = IdSelectField("Planning year")


class RemindForm(KeyedForm):
    """The plans whose people are reminded: those ticked, or all that the filters show."""

    plans = CheckboxesField("Plans")
    which = HiddenField("Which", max_length=10)
    sure = CheckboxField("Remind them")


@bp.get("/board")
@bp.get("/plans")
@policy("signed_in")
def index() -> ResponseReturnValue:
    """Every plan, the most urgent first."""
    return _overview()


def _overview(reasons: list[str] | None = None) -> ResponseReturnValue:
    form, lists, filters, fine = _filters()
    if filters == Filters():
        page = reading_overview.Overview(lists.unfiltered, clock.today())
    else:
        page = auth.reading(reading_overview.page, auth.me(), filters)
    lines = forms.summary(None if fine else form, reasons or [])
    can_remind = auth.may(permissions.REMIND)
    shown = render_template(
        "overview/index.html",
        page=page,
        drawn=[_table_row(row, can_remind) for row in page.rows],
        form=form,
        remind=RemindForm(formdata=None),
        chosen=_chosen(form) if fine else [],
        kept=query_string(),
        summary_lines=lines or None,
    )
    return shown, 200 if fine and not reasons else 422


@lru_cache(maxsize=4096)
def _table_row(row: OverviewRow, can_remind: bool) -> Markup:
    """A row of the table. Drawing 150 of them takes longer than reading them, and from one look to
    the next hardly any says something else."""
    macros: Any = current_app.jinja_env.get_template("overview/row.html").module
    return cast(Markup, macros.plan_row(row, can_remind))


def _filters() -> tuple[OverviewFilter, OverviewLists, Filters, bool]:
    """The filters of the address; none of them when one is not in its list."""
    lists = auth.reading(reading_overview.overview_lists, auth.me())
    form = OverviewFilter()
    form.year.choices = options([("", "Every year"), *lists.years])
    form.department.choices = options([("", "Every department"), *lists.departments])
    form.plan_type.choices = options([("", "Every kind"), *lists.plan_types])
    form.stage.choices = options([("", "Every stage"), *lists.stages])
    form.person.choices = options([("", "Everyone"), *lists.people])
    form.due.choices = options([("", "Any day"), *lists.days])
    form.waits.choices = options([("", "Anything or nothing"), *lists.waits])
    if not form.validate():
        return form, lists, Filters(), False
    filters = Filters(
        year=form.year.data,
        department=form.department.data,
        plan_type=form.plan_type.data or None,
        stage=form.stage.data or None,
        person=form.person.data,
        late=bool(form.late.data),
        ended=bool(form.ended.data),
        due_soon=form.due.value == SOON,
        due_on=parse_date(form.due.value) if form.due.value not in ("", SOON) else None,
        waits_for=form.waits.value or None,
        waiting=bool(form.waiting.data),
        moved=bool(form.moved.data),
    )
    return form, lists, filters, True


def _chosen(form: OverviewFilter) -> list[dict[str, str]]:
    """What is filtered, as links that take one away."""
    marks = []
    for field in form:
        if isinstance(field, CheckboxField):
            words = field.label.text if field.data else ""
        else:
            labels = {choice.value: choice.label for choice in field.choices}
            words = labels[str(field.data)] if field.data is not None else ""
        if words:
            href = without_value(field.name, request.args[field.name])
            marks.append({"text": words, "href": href})
    return marks


@bp.get("/plans.xlsx")
@policy("signed_in")
def board_file() -> Response:
    """The same plans as a spreadsheet."""
    filters = _filters()[2]
    page = auth.reading(reading_overview.page, auth.me(), filters)
    return downloads.handed_out("all-plans", "xlsx", sheets.overview_xlsx(page.rows))


@bp.post("/board/remind")
@policy("permission:remind")
def remind() -> ResponseReturnValue:
    """Remind those who have the open tasks of the plans ticked, or of all that are shown."""
    form = RemindForm()
    # The list of what may be ticked is the person's own right to see, which the verb asks for.
    form.plans.choices = options((each, each) for each in request.form.getlist("plans"))
    if not form.validate():
        return _overview([str(line["text"]) for line in forms.summary(form)])
    chosen = form.plans.value
    if form.which.value == ALL:
        chosen = auth.reading(reading_overview.refs, auth.me(), _filters()[2])
    kept = query_string()
    if len(chosen) > 1 and not form.sure.value:
        return _look_first(form, chosen, kept)
    try:
        outcome = auth.change(
            lambda: command(chasing.remind_these, chosen),
            form=form,
            location=url_for(".index") + (f"?{kept}" if kept else ""),
            message=_reminded,
        )
    except Blocked as refusal:
        return _overview(refusal.reasons)
    flash(outcome.message)
    return redirect(outcome.location, 303)


def _look_first(form: RemindForm, chosen: Sequence[str], kept: str) -> ResponseReturnValue:
    """Whom it would remind, before many are."""
    try:
        would = auth.reading(chasing.would_remind, auth.me(), chosen)
    except Blocked as refusal:
        return _overview(refusal.reasons)
    return render_template(
        "overview/remind.html", form=form, chosen=chosen, would=would, rest=_rest(would), kept=kept
    )


def _reminded(done: Reminded) -> str:
    if not done.people:
        return f"Nobody is reminded.{_rest(done)}"
    sentence = f"Reminded: {count_text(done.people, 'person', 'people')} about "
    sentence += f"{count_text(done.plans, 'plan')}. It goes with their next daily mail."
    return sentence + _rest(done)


def _rest(done: Reminded) -> str:
    """Of which plans nobody is reminded, and why."""
    rest = ""
    if done.quiet:
        rest += f" Nobody has to act now on {_named(done.quiet)}."
    if done.already:
        rest += f" They have been reminded already of {_named(done.already)}: "
        rest += "a task is reminded of once a working day."
    return rest


def _named(refs: Sequence[str]) -> str:
    more = len(refs) - 3
    return ", ".join(refs[:3]) + (f" and {more} more" if more > 0 else "")


@bp.get("/entries")
@policy("signed_in")
def entries() -> ResponseReturnValue:
    """Every bid, action and commissioning choice of all plans."""
    page, form, fine = _entries()
    chosen = _entries_chosen(page, form) if fine else []
    shown = render_template(
        "overview/entries.html",
        page=page,
        part=_part(page.rows),
        form=form,
        chosen=chosen,
        kept=query_string(),
        summary_lines=None if fine else forms.summary(form),
    )
    return shown, 200 if fine else 422


def _part(rows: Sequence[Any]) -> Page[Any]:
    """The rows of one page; they are read in one order, so that a place in it is their key."""
    asked = Keyset.from_request(rows=PART)
    after = asked.after or (0,)
    start = after[0] if len(after) == 1 and isinstance(after[0], int) and after[0] > 0 else 0
    shown = list(rows[start : start + PART])
    more = pack_key((start + PART,)) if start + PART < len(rows) else None
    return Page(shown, more, first=start == 0)


@bp.get("/entries.xlsx")
@policy("signed_in")
def entries_file() -> Response:
    """The same rows as a spreadsheet."""
    page = _entries()[0]
    contents = sheets.items_xlsx(page.rows)
    return downloads.handed_out("bids-actions-and-choices", "xlsx", contents)


def _entries() -> tuple[reading_overview.Entries, EntryFilter, bool]:
    lists = auth.reading(reading_overview.entry_lists)
    form = EntryFilter()
    form.year.choices = options([("", "Every year"), *lists.years])
    form.kind.choices = options([("", "Every kind"), *lists.kinds])
    form.department.choices = options([("", "Every department"), *lists.departments])
    fine = form.validate()
    given: tuple[Any, ...] = ()
    if fine:
        given = (form.kind.data or "", form.department.data, form.year.data)
    return auth.reading(reading_overview.entries, auth.me(), lists, *given), form, fine


def _entries_chosen(page: reading_overview.Entries, form: EntryFilter) -> list[dict[str, str]]:
    named = [("year", page.lists.years), ("kind", page.lists.kinds),
             ("department", page.lists.departments)]  # fmt: skip
    return [
        {
            "text": dict(words)[str(form[name].data)],
            "href": without_value(name, str(form[name].data)),
        }
        for name, words in named
        if form[name].data
    ]


@bp.get("/services-not-reviewed")
@policy("signed_in")
def services() -> ResponseReturnValue:
    """The services for which nothing has been chosen or reviewed yet."""
    form, fine = _year_form()
    page = auth.reading(reading_overview.not_reviewed, auth.me(), form.year.data if fine else None)
    return _about_year("overview/services.html", page, form, fine=fine)


@bp.get("/golden-thread")
@policy("signed_in")
def thread() -> ResponseReturnValue:
    """Where the golden thread has gaps: actions for no outcome, outcomes without actions."""
    form, fine = _year_form()
    page = auth.reading(reading_overview.thread, auth.me(), form.year.data if fine else None)
    return _about_year("overview/thread.html", page, form, fine=fine)


def _year_form() -> tuple[YearFilter, bool]:
    form = YearFilter()
    form.year.choices = options(auth.reading(reading_overview.year_lists))
    return form, form.validate()


def _about_year(
    template: str,
    page: reading_overview.NotReviewed | reading_overview.Thread,
    form: YearFilter,
    *,
    fine: bool,
) -> ResponseReturnValue:
    if fine:
        form.year.data = page.year_id
    lines = None if fine else forms.summary(form)
    return render_template(
        template, page=page, form=form, summary_lines=lines
    ), 200 if fine else 422
