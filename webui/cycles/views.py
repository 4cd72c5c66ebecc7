"""Cycles and planning years: create, open, decide, close; carry over, add, take in plans."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import BadInput
from webui import forms
from webui.cycles import forms as cycle_forms, pages as cycle_pages
from webui.cycles.pages import YearPage
from webui.forms import ActForm, options
from webui.http import actions, auth
from webui.http.policies import policy
from webui.page import markdown
from webui.page.formats import count_text
from workflows.core.idempotency import Outcome
from workflows.cycles import cycles, year_options

bp = Blueprint("cycles", __name__, url_prefix="/cycles")
PLAN_CYCLE = "permission:plan_cycle"


@bp.get("")
@policy("signed_in")
def index() -> str:
    """Every cycle with its four years."""
    return render_template(
        "cycles/index.html", cycles=auth.reading(cycle_pages.all_cycles, auth.me())
    )


@bp.route("/new", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def new() -> ResponseReturnValue:
    """Create a cycle of four years, with the days that each way of running Year 1 would bring."""
    known, own, next_start = auth.reading(cycle_pages.cycle_kit)
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
    ways = []
    start = form.start.data if request.method != "POST" or form.start.validate(form) else None
    if form.framework.data in dict(known) and start is not None:
        ways = auth.reading(year_options.of_new_cycle, form.framework.data, start)
    form.choice.choices = options((each.choice, each.title) for each in ways)
    if request.method != "POST" and ways:
        form.choice.data = ways[0].choice

    def send() -> Outcome:
        return auth.change(
            cycles.create_cycle,
            form.framework.data,
            form.start.data,
            form.choice.data or "",
            form=form,
            location=lambda made: url_for(".show", ref=made.ref),
            message=lambda made: f"{made.title} is created. Its years can now be opened.",
        )

    title = dict(known).get(form.framework.data, "")
    return _asked("cycles/new.html", form, send, ways=ways, title=title)


@bp.get("/<ref>")
@policy("signed_in")
def show(ref: str) -> str:
    """One cycle: its four years."""
    return render_template(
        "cycles/show.html", cycle=auth.reading(cycle_pages.one_cycle, auth.me(), ref)
    )


@bp.get("/find/<ref>", defaults={"what": None})
@bp.get("/find/<ref>/<any(open, decide):what>")
@policy("signed_in")
def find(ref: str, what: str | None) -> ResponseReturnValue:
    """From a planning year's own reference to its page, or to an act on it."""
    cycle_ref, number = auth.reading(cycle_pages.place_of, ref)
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
    page = _page(ref, number)
    form = _form(cycle_forms.ConfirmForm, page)
    made = auth.reading(cycle_pages.to_make, ref, number)
    said = f"{page.line.title} is open." if number == 1 else "Now record what was decided."
    return _asked(
        "cycles/open.html",
        form,
        lambda: _change(page, form, cycles.open_year, message=said),
        page=page,
        made=made,
    )


@bp.route("/<ref>/years/<int:number>/decide", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def decide(ref: str, number: int) -> ResponseReturnValue:
    """Record what was decided on the Strategic Plan; then the year opens."""
    page = _page(ref, number)
    form = _form(cycle_forms.DecisionForm, page)
    made = auth.reading(cycle_pages.to_make, ref, number)

    def send() -> Outcome:
        given = (form.branch.data, form.reason.data, form.decided_by.data)
        said = f"The decision is recorded, and {page.line.title} is open."
        return _change(page, form, cycles.decide, *given, message=said)

    return _asked("cycles/decide.html", form, send, page=page, made=made)


@bp.route("/<ref>/years/<int:number>/close", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def close(ref: str, number: int) -> ResponseReturnValue:
    """Close a year, or say what keeps it open."""
    page = _page(ref, number)
    form = _form(cycle_forms.CloseForm, page)

    def send() -> Outcome:
        said = f"{page.line.title} is closed."
        return _change(page, form, cycles.close_year, form.reason.data or "", message=said)

    return _asked("cycles/close.html", form, send, page=page)


@bp.route("/<ref>/years/<int:number>/carry-over", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def carry_over(ref: str, number: int) -> ResponseReturnValue:
    """Carry plans that are not settled over into the next year."""
    page = _page(ref, number)
    form = _form(cycle_forms.CarryOverForm, page)
    form.plans.choices = options((str(each.plan_id), each.title) for each in page.unsettled)

    def send() -> Outcome:
        return _change(
            page,
            form,
            cycles.carry_over_plans,
            list(form.plans.data),
            form.reason.data,
            message=lambda moved: f"Carried over: {count_text(len(moved), 'plan')}.",
        )

    return _asked("cycles/carry_over.html", form, send, page=page)


@bp.route("/<ref>/years/<int:number>/add-plan", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def add_plan(ref: str, number: int) -> ResponseReturnValue:
    """Make the plans of a service that came into being after the year was opened."""
    page = _page(ref, number)
    form = _form(cycle_forms.AddPlanForm, page)
    units = {str(each.unit_id): each.title.rpartition(": ")[2] for each in page.missing}
    form.unit.choices = options(units.items())

    def send() -> Outcome:
        return _change(
            page,
            form,
            cycles.add_plan_for_unit,
            form.unit.data,
            message=lambda made: f"Made: {', '.join(each.title for each in made)}.",
        )

    return _asked("cycles/add_plan.html", form, send, page=page)


@bp.route("/<ref>/years/<int:number>/services", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def follow(ref: str, number: int) -> ResponseReturnValue:
    """Bring the year's plans to the services as they are today."""
    page = _page(ref, number)
    form = _form(cycle_forms.ReasonForm, page)

    def send() -> Outcome:
        return _change(
            page,
            form,
            cycles.follow_structure,
            form.reason.data,
            message=lambda both: (
                f"Made: {count_text(len(both[0]), 'plan')}. "
                f"Withdrawn: {count_text(len(both[1]), 'plan')}."
            ),
        )

    return _asked("cycles/follow.html", form, send, page=page)


@bp.route("/take-in", methods=["GET", "POST"])
@policy(PLAN_CYCLE)
def take_in() -> ResponseReturnValue:
    """Take in a plan that is in force now: first which, then its text."""
    if request.method == "POST":
        return _take_in_text(request.form)
    form = cycle_forms.ImportChoiceForm()
    kit = auth.reading(cycle_pages.import_kit, None)
    form.plan_type.choices = options([("", "Choose one"), *kit.types])
    form.unit.choices = options([("", "The whole council"), *kit.units])
    if not request.args:
        return render_template("cycles/take_in.html", form=form)
    if not form.validate():
        lines = forms.summary(form)
        return render_template("cycles/take_in.html", form=form, summary_lines=lines), 422
    return _take_in_text(request.args)


def _take_in_text(given: Any) -> ResponseReturnValue:
    word = given.get("year", "")
    year_of_effect = int(word) if word.isascii() and word.isdigit() and len(word) == 4 else 0
    kit = auth.reading(cycle_pages.import_kit, year_of_effect)
    kind = kit.kind(given.get("plan_type", ""))
    sections = kit.sections(kind)
    unit = given.get("unit", "") if kind.per == "unit" else ""
    form_class = cycle_forms.import_form(sections)
    chosen = {"plan_type": kind.key, "unit": unit, "year": str(year_of_effect)}
    form = form_class() if request.method == "POST" else form_class(data=chosen)
    named = dict(kit.units).get(unit, "the whole council")
    if kind.per == "unit" and unit not in dict(kit.units):
        raise BadInput(f"{kind.plural} are made for a service. Go back and choose the service.")

    def send() -> Outcome:
        texts = {
            key: markdown.from_word(words) for key, words in cycle_forms.texts_of(form).items()
        }
        return auth.change(
            cycles.import_in_force,
            kind.key,
            int(unit) if unit else None,
            year_of_effect,
            texts,
            reason=form.data["reason"],
            form=form,
            location=lambda plan: url_for("plans.show", ref=plan.ref),
            message=lambda plan: f"{plan.title} is taken in. It is in force.",
        )

    return _asked(
        "cycles/take_in_text.html", form, send, kind=kind, sections=sections, named=named,
        year_of_effect=year_of_effect,
    )  # fmt: skip


def _page(ref: str, number: int) -> YearPage:
    return auth.reading(cycle_pages.year_page, auth.me(), ref, number)


def _here(page: YearPage) -> str:
    return url_for("cycles.year", ref=page.cycle.ref, number=page.line.number)


def _form(form_class: type[ActForm], page: YearPage) -> Any:
    return form_class(data={"seen_version": page.version})


def _change(
    page: YearPage,
    form: ActForm,
    verb: Callable[..., Any],
    *given: Any,
    message: str | Callable[[Any], str],
) -> Outcome:
    return auth.change(
        verb,
        page.year_id,
        *given,
        seen_version=form.seen_version.data,
        form=form,
        location=_here(page),
        message=message,
    )


def _asked(
    template: str, form: Any, send: Callable[..., Outcome], **shown: Any
) -> ResponseReturnValue:
    """The page of a form; once it is sent and in order, the act, then the page that it leads to."""
    if request.method != "POST":
        return render_template(template, form=form, **shown)
    return actions.sent(form, actions.drawn(template, form, **shown), send)
