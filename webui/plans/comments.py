"""Comments on a plan: added beside sections, answered, marked as dealt with."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webui.http import actions, auth, drafts
from webui.http.policies import policy
from webui.plans import forms as plan_forms
from workflows.core.commands import command
from workflows.plans import comments, reading_text

bp = Blueprint("comments", __name__, url_prefix="/plans")
SETTLED = "The comment is marked as dealt with."
OPENED = "The comment is open again."


@bp.route("/<ref>/comment", methods=["GET", "POST"])
@policy("signed_in")
def add(ref: str) -> ResponseReturnValue:
    """Comment beside sections, or suggest a change instead of making it."""
    page = auth.reading(reading_text.comment_page, auth.me(), ref)
    form = plan_forms.comment_form(page.section_titles)(data={"seen_version": page.version})
    drafts.begin(form, request.path)
    return actions.ask(
        form,
        actions.drawn("plans/comment.html", form, page=page),
        lambda: command(
            comments.comment,
            page.plan_id,
            plan_forms.remarks_of(form),
            seen_version=form.seen_version.value,
        ),
        location=url_for("plans.show", ref=ref),
        message="Your comments are on the plan.",
    )


@bp.route("/<ref>/comments/<int:comment_id>", methods=["GET", "POST"])
@policy("signed_in")
def answer(ref: str, comment_id: int) -> ResponseReturnValue:
    """Answer one comment."""
    page = auth.reading(reading_text.comment_thread, auth.me(), ref, comment_id)
    form = drafts.begin(plan_forms.CommentAnswerForm(), request.path)
    key = plan_forms.KeyForm(formdata=None)
    return actions.ask(
        form,
        actions.drawn("plans/comment_thread.html", form, page=page, key=key),
        lambda: command(
            comments.answer_comment,
            plan_id=page.plan_id,
            comment_id=comment_id,
            body=form.body.value,
        ),
        location=lambda asked: place(ref, asked.section_key),
        message="Your answer is on the plan.",
    )


@bp.post("/<ref>/comments/<int:comment_id>/<any(settle, open):mark>")
@policy("signed_in")
def settle(ref: str, comment_id: int, mark: str) -> ResponseReturnValue:
    """Mark a comment as dealt with, or open it again."""
    page = auth.reading(reading_text.comment_thread, auth.me(), ref, comment_id)
    form, settled = plan_forms.KeyForm(), mark == "settle"
    form.validate()
    done = auth.change(
        lambda: command(
            comments.settle,
            plan_id=page.plan_id,
            comment_id=comment_id,
            settled=settled,
            text=None,
        ),
        form=form,
        location=place(ref, page.section.key),
        message=SETTLED if settled else OPENED,
    )
    flash(done.message)
    return redirect(done.location, 303)


def place(ref: str, section_key: str) -> str:
    """Where a section of a plan is shown."""
    return url_for("plans.show", ref=ref, _anchor=f"section-{section_key}")
