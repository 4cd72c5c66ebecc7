"""Cycles and planning years: create, open, decide, close; carry over, add, import plans."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from cycle.errors import BadInput
from webui import forms
from webui.cycles import forms as cycle_forms
from webui.forms import ActForm, CheckedForm, options
from webui.http import actions, auth
from webui.http.policies import policy
from webui.page.formats import count_text
from workflows.core.commands import Command, command
from workflows.cycles import (
    carrying_over,
    closing_again,
    cycles,
    opening as year_opening,
    reading,
    reading_import,
    year_options,
)
from workflows.cycles.opening import Opening
from workflows.cycles.reading import YearPage

A = TypeVar("A", bound=ActForm)
bp = Blueprint("cycles", __name__, url_prefix="/cycles")
PLAN_CYCLE = "permission:plan_cycle"


@bp.get("")
@policy("signed_in")
def index() -> str:
    """Every cycle with its four years."""
    return render_template("cycles/index.html", cycles=auth.reading(reading.all_cycles, auth.me()))


@bp.route("/new", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def new() -> ResponseReturnValue:
    """Create a cycle of four years, with the days that each variant of Year 1 would bring."""
    known, own, next_start = auth.reading(reading.cycle_kit)
    chosen = {"framework": own, "start": next_start}
    if request.args and request.method != "POST":
        asked = cycle_forms.CycleStartForm()
        asked.framework.choices = options(known)
        if not asked.validate():
            lines = forms.summary(asked)
            return render_template("cycles/new.html", form=asked, summary_lines=lines), 422
        chosen = {"framework": asked.framework.data, "start": asked.start.data}
    if request.method == "POST":
        form = cycle_forms.CycleForm()
    else:
        form = cycle_forms.CycleForm(data=chosen)
    form.framework.choices = options(known)
    variants = []
    start = form.start.data if request.method != "POST" or form.start.validate(form) else None
    if form.framework.data in dict(known) and start is not None:
        variants = auth.reading(year_options.of_new_cycle, form.framework.data, start)
    form.choice.choices = options((each.choice, each.title) for each in variants)
    if request.method != "POST" and variants:
        form.choice.data = variants[0].choice
    title = dict(known).get(form.framework.value, "")
    return actions.ask(
        form,
        actions.drawn("cycles/new.html", form, variants=variants, title=title),
        lambda: command(
            cycles.create_cycle,
            framework_key=form.framework.value,
            start=form.start.value,
            choice=form.choice.value,
        ),
        location=lambda made: url_for(".show", ref=made.ref),
        message=lambda made: f"{made.title} is created. Its years can now be opened.",
    )


@bp.get("/<ref>")
@policy("signed_in")
def show(ref: str) -> str:
    """One cycle: its four years."""
    return render_template(
        "cycles/show.html", cycle=auth.reading(reading.one_cycle, auth.me(), ref)
    )


@bp.get("/find/<ref>", defaults={"what": None})
@bp.get("/find/<ref>/<any(open, decide):what>")
@policy("signed_in")
def find(ref: str, what: str | None) -> ResponseReturnValue:
    """From a planning year's own reference to its page, or to an act on it."""
    cycle_ref, number = auth.reading(reading.place_of, ref)
    views = {"open": ".open_year", "decide": ".decide"}
    return redirect(url_for(views.get(what or "", ".year"), ref=cycle_ref, number=number))


@bp.get("/<ref>/years/<int:number>")
@policy("signed_in")
def year(ref: str, number: int) -> str:
    """One planning year: its plans, where they stand, what can be done."""
    return render_template("cycles/year.html", page=_page(ref, number))


@bp.route("/<ref>/years/<int:number>/open", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def open_year(ref: str, number: int) -> ResponseReturnValue:
    """Open a year; the page says which plans it makes."""
    opening = auth.reading(reading.opening_page, auth.me(), ref, number)
    page = opening.year
    form = _form(cycle_forms.ConfirmForm, page)
    draw = actions.drawn("cycles/open.html", form, page=page, made=opening.made)

    def made() -> Command[Any]:
        return command(cycles.open_year, page.year_id, seen_version=form.seen_version.value)

    if number > 1 or request.method != "POST":
        # Years 2 to 4 make their plans with the decision, which is checked before it is recorded.
        decide_now = "Now record what was decided."
        return actions.ask(form, draw, made, location=_here(page), message=decide_now)
    return actions.check_first(
        form,
        draw,
        made,
        look=year_opening.foresee,
        drawn_check=_check(page, form, "Open this year"),
        location=_here(page),
        message=f"{page.line.title} is open.",
    )


def _check(
    page: YearPage, form: CheckedForm, button: str
) -> Callable[[Opening, list[tuple[str, str]]], str]:
    """The page on which one checks what opening a year would bring."""
    return lambda found, typed: render_template(
        "cycles/check.html", page=page, form=form, opening=found, typed=typed, button=button
    )


@bp.route("/<ref>/years/<int:number>/decide", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def decide(ref: str, number: int) -> ResponseReturnValue:
    """Record what was decided on the Strategic Plan; then the year opens."""
    opening = auth.reading(reading.opening_page, auth.me(), ref, number)
    page = opening.year
    form = _form(cycle_forms.DecisionForm, page)
    draw = actions.drawn("cycles/decide.html", form, page=page, made=opening.made)
    if request.method != "POST":
        return draw([])
    return actions.check_first(
        form,
        draw,
        lambda: command(
            cycles.decide,
            page.year_id,
            branch=form.branch.value,
            reason=form.reason.value,
            decided_by=form.decided_by.value,
            seen_version=form.seen_version.value,
        ),
        look=year_opening.foresee,
        drawn_check=_check(page, form, "Record the decision and open this year"),
        location=_here(page),
        message=f"The decision is recorded, and {page.line.title} is open.",
    )


@bp.route("/<ref>/years/<int:number>/close", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def close(ref: str, number: int) -> ResponseReturnValue:
    """Close a year, or say what keeps it open."""
    page = _page(ref, number)
    form = _form(cycle_forms.CloseForm, page)
    return actions.ask(
        form,
        actions.drawn("cycles/close.html", form, page=page),
        lambda: command(
            cycles.close_year,
            page.year_id,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=_here(page),
        message=f"{page.line.title} is closed.",
    )


@bp.route("/<ref>/years/<int:number>/close-again", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def close_again(ref: str, number: int) -> ResponseReturnValue:
    """Close a year that was opened by mistake, or take back the decision that opened it."""
    page = _page(ref, number)
    form = _form(cycle_forms.ReasonForm, page)
    back = "has gone back to “Not started”" if number == 1 else "waits for its decision again"
    return actions.ask(
        form,
        actions.drawn("cycles/close_again.html", form, page=page),
        lambda: command(
            closing_again.close_again,
            page.year_id,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=_here(page),
        message=f"{page.line.title} {back}. Whoever else had a task on its plans is told.",
    )


@bp.route("/<ref>/years/<int:number>/carry-over", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def carry_over(ref: str, number: int) -> ResponseReturnValue:
    """Carry plans that are not settled over into the next year."""
    page = _page(ref, number)
    form = _form(cycle_forms.CarryOverForm, page)
    form.plans.choices = options((str(each.plan_id), each.title) for each in page.unsettled)
    return actions.ask(
        form,
        actions.drawn("cycles/carry_over.html", form, page=page),
        lambda: command(
            carrying_over.carry_over_plans,
            page.year_id,
            form.plans.value,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=_here(page),
        message=lambda moved: f"Carried over: {count_text(len(moved), 'plan')}.",
    )


@bp.route("/<ref>/years/<int:number>/add-plan", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def add_plan(ref: str, number: int) -> ResponseReturnValue:
    """Make the plans of a service that came into being after the year was opened."""
    page = _page(ref, number)
    form = _form(cycle_forms.AddPlanForm, page)
    units = {str(each.unit_id): each.title.rpartition(": ")[2] for each in page.missing}
    form.unit.choices = options(units.items())
    return actions.ask(
        form,
        actions.drawn("cycles/add_plan.html", form, page=page),
        lambda: command(
            cycles.add_plan_for_unit,
            page.year_id,
            unit_id=form.unit.value,
            seen_version=form.seen_version.value,
        ),
        location=_here(page),
        message=lambda made: f"Made: {', '.join(each.title for each in made)}.",
    )


@bp.route("/<ref>/years/<int:number>/services", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def follow(ref: str, number: int) -> ResponseReturnValue:
    """Bring the year's plans to the services as they are today."""
    page = _page(ref, number)
    form = _form(cycle_forms.ReasonForm, page)
    return actions.ask(
        form,
        actions.drawn("cycles/follow.html", form, page=page),
        lambda: command(
            cycles.follow_structure,
            page.year_id,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=_here(page),
        message=lambda both: (
            f"Made: {count_text(len(both[0]), 'plan')}. "
            f"Withdrawn: {count_text(len(both[1]), 'plan')}."
        ),
    )


@bp.route("/take-in", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def take_in() -> ResponseReturnValue:
    """Import a plan that is in force now: first which, then its text."""
    if request.method == "POST":
        return _import_text(request.form)
    form = cycle_forms.ImportChoiceForm()
    kit = auth.reading(reading_import.import_kit, None)
    form.plan_type.choices = options([("", "Choose one"), *kit.types])
    form.unit.choices = options([("", "The whole council"), *kit.units])
    if not request.args:
        return render_template("cycles/import.html", form=form)
    if not form.validate():
        lines = forms.summary(form)
        return render_template("cycles/import.html", form=form, summary_lines=lines), 422
    return _import_text(request.args)


def _import_text(given: MultiDict[str, str]) -> ResponseReturnValue:
    word = given.get("year", "")
    year_of_effect = int(word) if word.isascii() and word.isdigit() and len(word) == 4 else 0
    kit = auth.reading(reading_import.import_kit, year_of_effect)
    kind = kit.kind(given.get("plan_type", ""))
    sections = kit.sections(kind)
    unit = given.get("unit", "") if kind.per == "unit" else ""
    form_class = cycle_forms.import_form(sections)
    chosen = {"plan_type": kind.key, "unit": unit, "year": str(year_of_effect)}
    form = form_class() if request.method == "POST" else form_class(data=chosen)
    named = dict(kit.units).get(unit, "the whole council")
    if kind.per == "unit" and unit not in dict(kit.units):
        raise BadInput(f"{kind.plural} are made for a service. Go back and choose the service.")
    shown = {"kind": kind, "sections": sections, "tables": kit.tables(kind), "named": named,
             "year_of_effect": year_of_effect}  # fmt: skip
    return actions.ask(
        form,
        actions.drawn("cycles/import_text.html", form, **shown),
        lambda: command(
            cycles.import_in_force,
            kind.key,
            unit_id=int(unit) if unit else None,
            year_of_effect=year_of_effect,
            texts=cycle_forms.texts_of(form),
            items=(),
            reason=form.reason.value,
        ),
        location=lambda plan: url_for("plans.show", ref=plan.ref),
        message=lambda plan: f"{plan.title} is imported. It is in force.",
    )


def _page(ref: str, number: int) -> YearPage:
    return auth.reading(reading.year_page, auth.me(), ref, number)


def _here(page: YearPage) -> str:
    return url_for("cycles.year", ref=page.cycle.ref, number=page.line.number)


def _form(form_class: type[A], page: YearPage) -> A:
    return form_class(data={"seen_version": page.version})
