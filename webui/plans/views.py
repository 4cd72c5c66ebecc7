"""A plan: where it is, its text, what can be done with it now; and its versions, side by side."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import NotFound
from cycle.seen import NO_PAGE
from webui import forms
from webui.http import actions, auth
from webui.http.policies import policy
from webui.plans import (
    actions as plan_steps,
    forms as plan_forms,
    pages as plan_pages,
    text as plan_text,
)
from workflows.core.idempotency import Outcome
from workflows.plans import plans

bp = Blueprint("plans", __name__, url_prefix="/plans")


@bp.get("/<ref>")
@policy("signed_in")
def show(ref: str) -> str:
    """Where is it, who has it, since when, what next, by when; then its text."""
    page = auth.reading(plan_pages.plan_page, auth.me(), ref)
    return render_template("plans/show.html", page=page, key=plan_forms.KeyForm())


@bp.get("/<ref>/print")
@policy("signed_in")
def printed(ref: str) -> str:
    """The plan on paper, with its version and record number."""
    page = auth.reading(plan_pages.printed_page, auth.me(), ref, request.args.get("version"))
    return render_template("plans/print.html", page=page)


@bp.get("/<ref>/history")
@policy("signed_in")
def history(ref: str) -> str:
    """What happened to the plan, in sentences."""
    page = auth.reading(plan_pages.history_page, auth.me(), ref)
    return render_template("plans/history.html", page=page)


@bp.get("/<ref>/compare")
@policy("signed_in")
def compare(ref: str) -> str:
    """Two sealed versions, section by section."""
    page = auth.reading(
        plan_pages.compare_page, auth.me(), ref, request.args.get("from"), request.args.get("to")
    )
    return render_template("plans/compare.html", page=page)


@bp.get("/<ref>/sections/<key>")
@policy("signed_in")
def section(ref: str, key: str) -> str:
    """Write one section: its guidance, what was brought in, the text or the entries."""
    page = auth.reading(plan_steps.section_page, auth.me(), ref, key)
    return _section(page, _text_form(page))


def _text_form(page: plan_steps.SectionPage) -> plan_forms.TextSectionForm:
    return plan_forms.TextSectionForm(data={"body": page.body, "seen_version": page.version})


def _section(
    page: plan_steps.SectionPage, form: plan_forms.TextSectionForm, reasons: list[str] | None = None
) -> str:
    return render_template(
        "plans/section.html",
        page=page,
        form=form,
        key=plan_forms.KeyForm(formdata=None),
        summary_lines=forms.summary(form, reasons or []),
    )


@bp.post("/<ref>/sections/<key>")
@policy("signed_in")
def write_section(ref: str, key: str) -> ResponseReturnValue:
    """Save the working copy of a text section."""
    page = auth.reading(plan_steps.section_page, auth.me(), ref, key)
    form = _text_form(page)
    return actions.submit(
        form,
        lambda reasons: _section(page, form, reasons),
        plans.write_section,
        page.plan_id,
        key,
        plan_text.tidy(form.body.data),
        form.seen_version.data,
        knows_four_eyes=bool(form.knows.data),
        location=url_for(".section", ref=ref, key=_then(page)),
        message="Saved.",
    )


def _then(page: plan_steps.SectionPage) -> str:
    """The section to show after saving: the same one, or the next one where that was pressed."""
    wanted = request.args.get("then") == "next" and page.following
    return wanted.key if wanted else page.section.key


@bp.route("/<ref>/sections/<key>/entries/new", methods=["GET", "POST"])
@policy("signed_in")
def new_entry(ref: str, key: str) -> ResponseReturnValue:
    """Add a typed entry to a section."""
    return _entry(ref, key, None, request.args.get("type"))


@bp.route("/<ref>/sections/<key>/entries/<uid>", methods=["GET", "POST"])
@policy("signed_in")
def entry(ref: str, key: str, uid: str) -> ResponseReturnValue:
    """Change a typed entry."""
    return _entry(ref, key, uid, None)


def _entry(ref: str, key: str, uid: str | None, kind: str | None) -> ResponseReturnValue:
    page = auth.reading(plan_steps.entry_page, auth.me(), ref, key, uid, kind)
    new = uid is None
    form = plan_forms.entry_form(page.kind, page.parents, new=new)(data=page.typed)
    return actions.ask(
        form,
        actions.drawn("plans/entry.html", form, page=page),
        plans.write_item,
        page.plan_id,
        key,
        page.kind.key,
        {field.key: form.data.get(field.key) for field in page.kind.fields},
        uid=uid,
        parent_uid=form.data.get("parent_uid"),
        seen_version=NO_PAGE if new else form.data["seen_version"],
        knows_four_eyes=bool(form.data.get("knows")),
        location=url_for(".section", ref=ref, key=key),
        message="Saved.",
    )


@bp.post("/<ref>/sections/<key>/entries/<uid>/remove")
@policy("signed_in")
def remove_entry(ref: str, key: str, uid: str) -> ResponseReturnValue:
    """Take an entry out; sealed versions keep it."""
    page = auth.reading(plan_steps.section_page, auth.me(), ref, key)
    return _pressed(page, plans.remove_item, uid, message="The entry is taken out.")


@bp.post("/<ref>/sections/<key>/refresh")
@policy("signed_in")
def refresh(ref: str, key: str) -> ResponseReturnValue:
    """Bring what comes from the parent plan up to date."""
    page = auth.reading(plan_steps.section_page, auth.me(), ref, key)
    return _pressed(page, plans.refresh_inherited, message="Brought up to date.")


def _pressed(
    page: plan_steps.SectionPage, verb: Callable[..., Any], *given: Any, message: str
) -> ResponseReturnValue:
    """A button on a section's page: done, or the section again with the reason."""
    form = plan_forms.RemoveForm()
    return actions.submit(
        form,
        lambda reasons: _section(page, _untouched(page), [*reasons, *form.seen_version.errors]),
        verb,
        page.plan_id,
        page.section.key,
        *given,
        seen_version=form.seen_version.data,
        location=url_for(".section", ref=page.ref, key=page.section.key),
        message=message,
    )


def _untouched(page: plan_steps.SectionPage) -> plan_forms.TextSectionForm:
    return plan_forms.TextSectionForm(
        formdata=None, data={"body": page.body, "seen_version": page.version}
    )


@bp.route("/<ref>/ask", methods=["GET", "POST"])
@policy("signed_in")
def ask(ref: str) -> ResponseReturnValue:
    """Ask a colleague for a section."""
    finding = "finding" in request.form
    find = request.form.get("find", "") if finding else request.args.get("find", "")
    page = auth.reading(plan_steps.ask_page, auth.me(), ref, find[:80])
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
        plans.ask,
        page.plan_id,
        form.section.data,
        form.queue.data,
        form.note.data or "",
        form.due_on.data,
        form.seen_version.data,
        location=url_for(".show", ref=ref),
        message="Asked. It is on their list in My work now.",
    )


@bp.post("/<ref>/contributions/<int:contribution_id>/<outcome>")
@policy("signed_in")
def answer(ref: str, contribution_id: int, outcome: str) -> ResponseReturnValue:
    """Give, decline or withdraw a contribution."""
    said = {"given": "Handed over. Thank you.", "declined": "You have declined.",
            "withdrawn": "The request is withdrawn."}  # fmt: skip
    if outcome not in said:
        raise NotFound("There is nothing at this address.")
    auth.reading(plan_steps.belongs, auth.me(), ref, contribution_id)
    form = plan_forms.AnswerForm()
    form.validate()
    outcome_of = auth.change(
        plans.answer,
        contribution_id,
        outcome,
        form.note.data or "",
        form=form,
        location=url_for(".show", ref=ref),
        message=said[outcome],
    )
    return _done(outcome_of)


@bp.route("/<ref>/comment", methods=["GET", "POST"])
@policy("signed_in")
def comment(ref: str) -> ResponseReturnValue:
    """Comment beside sections, or suggest a change instead of making it."""
    page = auth.reading(plan_text.comment_page, auth.me(), ref)
    form = plan_forms.comment_form(page.section_titles)(data={"seen_version": page.version})
    return actions.ask(
        form,
        actions.drawn("plans/comment.html", form, page=page),
        plans.comment,
        page.plan_id,
        plan_forms.remarks_of(form),
        form.seen_version.data,
        location=url_for(".show", ref=ref),
        message="Your comments are on the plan.",
    )


@bp.route("/<ref>/<action>", methods=["GET", "POST"])
@policy("signed_in")
def act(ref: str, action: str) -> ResponseReturnValue:
    """One action of the plan's way: what it needs, then done."""
    page = auth.reading(plan_steps.act_page, auth.me(), ref, action)
    form_class = plan_forms.act_form(
        page.transition,
        page.section_titles,
        page.checklist,
        page.held,
        for_another=page.for_another,
    )
    form = form_class(data={"seen_version": page.version, "shown": page.shown_sha256})
    return actions.ask(
        form,
        actions.drawn("plans/act.html", form, page=page),
        plans.act,
        page.plan_id,
        action,
        plan_forms.evidence_of(form, page.checklist),
        form.seen_version.data,
        location=url_for(".show", ref=ref),
        message=_done_words(page),
    )


def _done_words(page: plan_steps.ActPage) -> str:
    """Where the plan now stands, in words."""
    if page.transition.to == "=":
        return f"Done: {page.transition.label.lower()}."
    return f"Done. The plan is now at “{page.choice.to_label}”."


def _done(outcome: Outcome) -> ResponseReturnValue:
    flash(outcome.message)
    return redirect(outcome.location, 303)
