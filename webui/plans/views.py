"""A plan: where it is, its text, what can be done with it now; and its versions, side by side."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import NotFound
from webui import forms
from webui.charts.svg import Stage, route_picture
from webui.http import actions, auth, drafts
from webui.http.policies import policy
from webui.page import internal_acts
from webui.plans import (
    forms as plan_forms,
)
from webui.plans.entry_tables import tables_of
from workflows.core.commands import command
from workflows.core.idempotency import Outcome
from workflows.plans import plans, reading, reading_actions, reading_version
from workflows.plans.reading_actions import ActPage
from workflows.record import reading_history

ANSWERED = {
    plans.GIVEN: "Handed over. Thank you.",
    plans.DECLINED: "You have declined.",
    plans.WITHDRAWN: "The request is withdrawn.",
}

bp = Blueprint("plans", __name__, url_prefix="/plans")
bp.add_app_template_filter(tables_of, "entry_tables")


@bp.get("/<ref>")
@policy("signed_in")
def show(ref: str) -> str:
    """Where is it, who has it, since when, what next, by when; then its text."""
    page = auth.reading(reading.plan_page, auth.me(), ref)
    stages = [Stage(each.label, each.stands, each.note) for each in page.status.stages]
    return render_template(
        "plans/show.html",
        page=page,
        steps=internal_acts.steps(page.choices),
        acts=internal_acts.links("plan", page.choices, lambda at: url_for(at, ref=page.ref)),
        picture=route_picture(stages, page.title),
        key=plan_forms.KeyForm(),
    )


@bp.get("/<ref>/print")
@policy("signed_in")
def printed(ref: str) -> str:
    """The plan on paper, with its version and record number."""
    page = auth.reading(reading_version.printed_page, auth.me(), ref, request.args.get("version"))
    return render_template("plans/print.html", page=page)


@bp.get("/<ref>/history")
@policy("signed_in")
def history(ref: str) -> str:
    """What happened to the plan, in sentences."""
    page = auth.reading(reading_history.plan_history, auth.me(), ref)
    return render_template("plans/history.html", page=page)


@bp.get("/<ref>/compare")
@policy("signed_in")
def compare(ref: str) -> str:
    """Two sealed versions, section by section."""
    page = auth.reading(
        reading_version.compare_page,
        auth.me(),
        ref,
        request.args.get("from"),
        request.args.get("to"),
    )
    return render_template("plans/compare.html", page=page)


@bp.route("/<ref>/ask", methods=["GET", "POST"])
@policy("signed_in")
def ask(ref: str) -> ResponseReturnValue:
    """Ask a colleague for a section."""
    finding = "finding" in request.form
    find = request.form.get("find", "") if finding else request.args.get("find", "")
    page = auth.reading(reading_actions.ask_page, auth.me(), ref, find[:80])
    asked = {"section": request.args.get("section"), "seen_version": page.version}
    form = plan_forms.AskForm(data=asked | ({} if request.form else {"find": page.find}))
    form.section.choices = forms.options([("", "Choose"), *page.sections])
    form.queue.choices = plan_forms.whom(page.groups)
    draw = actions.drawn("plans/ask.html", form, page=page)
    if finding:
        return draw([])
    return actions.ask(
        form,
        draw,
        lambda: command(
            plans.ask,
            page.plan_id,
            section_key=form.section.value,
            queue_id=form.queue.value,
            note=form.note.value,
            due_on=form.due_on.value_or_none,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".show", ref=ref),
        message="Asked. It is on their list in My work now.",
    )


@bp.post("/<ref>/contributions/<int:contribution_id>/<outcome>")
@policy("signed_in")
def answer(ref: str, contribution_id: int, outcome: str) -> ResponseReturnValue:
    """Give, decline or withdraw a contribution."""
    if outcome not in ANSWERED:
        raise NotFound("There is nothing at this address.")
    auth.reading(reading_actions.belongs, auth.me(), ref, contribution_id)
    form = plan_forms.AnswerForm()
    form.validate()
    outcome_of = auth.change(
        lambda: command(
            plans.answer, contribution_id, outcome=outcome, note=form.note.value, text=None
        ),
        form=form,
        location=url_for(".show", ref=ref),
        message=ANSWERED[outcome],
    )
    return _done(outcome_of)


@bp.route("/<ref>/<action>", methods=["GET", "POST"])
@policy("signed_in")
def act(ref: str, action: str) -> ResponseReturnValue:
    """One action of the plan's lifecycle: what it needs, then done."""
    asked = _asked(ref, action)
    page = asked if isinstance(asked, ActPage) else None
    form_class = plan_forms.act_form(
        asked.transition,
        asked.section_titles,
        asked.checklist,
        asked.held,
        for_another=asked.for_another,
    )
    shown = {"shown": page.shown_sha256} if page else {}
    form = form_class(data={"seen_version": asked.version, **shown})
    if asked.transition.comments_required:
        # Comments that were begun on the comment page are sent with the return.
        drafts.begin(form, url_for("comments.add", ref=ref))

    def draw(reasons: list[str]) -> str:
        now = page or auth.reading(reading_actions.act_page, auth.me(), ref, action)
        if not form["shown"].data:  # a form that came without it can be sent the next time
            form["shown"].data = now.shown_sha256
        return actions.drawn("plans/act.html", form, page=now)(reasons)

    return actions.ask(
        form,
        draw,
        lambda: command(
            plans.act,
            asked.plan_id,
            action,
            plan_forms.evidence_of(form, asked.checklist),
            seen_version=form.seen_version.value,
            after=None,
        ),
        location=url_for(".show", ref=ref),
        message=_done_words(asked),
    )


def _asked(ref: str, action: str) -> reading_actions.ActForm:
    """What the form asks for. Most forms that are sent are done, and nobody looks at the page
    again: where the plan stands was read with who asks."""
    if not actions.is_sent():
        return auth.reading(reading_actions.act_page, auth.me(), ref, action)
    stands = auth.plan_in_address()
    found = reading_actions.act_form_at(stands, auth.me(), action) if stands else None
    return found or auth.reading(reading_actions.act_form, auth.me(), ref, action)


def _done_words(asked: reading_actions.ActForm) -> str:
    """Where the plan now stands, in words."""
    if asked.transition.to == "=":
        return f"Done: {asked.transition.label.lower()}."
    return f"Done. The plan is now at “{asked.to_label}”."


def _done(outcome: Outcome) -> ResponseReturnValue:
    flash(outcome.message)
    return redirect(outcome.location, 303)
