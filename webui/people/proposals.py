"""Posts and cover that wait for a second administrator: looked at, agreed, refused, taken back."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import Blocked
from webui import forms
from webui.forms import KeyedForm
from webui.http import auth
from webui.http.policies import policy
from webui.people import forms as people_forms
from webui.people.views import MANAGE, set_password_address
from workflows.core.commands import Command, command
from workflows.people import agreeing, handing_over, reading_proposals

R = TypeVar("R")
bp = Blueprint("proposals", __name__, url_prefix="/people/proposals")
REFUSED = 422


@bp.get("/<int:proposal_id>")
@policy(MANAGE)
def show(proposal_id: int) -> str:
    """One proposal, with what would follow."""
    return _page(proposal_id, people_forms.RefuseForm(), [])


def _page(proposal_id: int, refuse: people_forms.RefuseForm, reasons: list[str]) -> str:
    page = auth.reading(reading_proposals.proposal, auth.me(), proposal_id)
    return render_template(
        "people/proposal.html",
        page=page,
        form=KeyedForm(formdata=None),
        refuse=refuse,
        summary_lines=forms.summary(refuse, reasons),
    )


@bp.post("/<int:proposal_id>/agree")
@policy(MANAGE)
def agree(proposal_id: int) -> ResponseReturnValue:
    """Agree; what can no longer be done is said and closed. Whose account opens gets a link."""
    return _done(
        proposal_id,
        KeyedForm(),
        lambda: command(handing_over.agree_and_invite, proposal_id, set_password_address()),
        message=lambda answer: (
            "It is agreed and done. Whom it concerns is told by mail."
            if answer.done
            else f"It could no longer be done and is closed. {answer.why}"
        ),
    )


@bp.post("/<int:proposal_id>/refuse")
@policy(MANAGE)
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Refuse, with a reason."""
    form = people_forms.RefuseForm()
    if not form.validate():
        return _page(proposal_id, form, []), REFUSED
    return _done(
        proposal_id,
        form,
        lambda: command(agreeing.refuse, proposal_id, form.reason.value),
        message="It is refused. Whoever proposed it is told by mail.",
    )


@bp.post("/<int:proposal_id>/take-back")
@policy(MANAGE)
def take_back(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _done(
        proposal_id,
        KeyedForm(),
        lambda: command(agreeing.withdraw, proposal_id),
        message="You took it back.",
    )


def _done(
    proposal_id: int,
    form: KeyedForm,
    made: Callable[[], Command[R]],
    *,
    message: str | Callable[[R], str],
) -> ResponseReturnValue:
    """Do it, or show the proposal again with the reason why not."""
    form.validate()
    back = url_for(".show", proposal_id=proposal_id)
    try:
        outcome = auth.change(made, form=form, location=back, message=message)
    except Blocked as refusal:
        return _page(proposal_id, people_forms.RefuseForm(), refusal.reasons), REFUSED
    flash(outcome.message)
    return redirect(outcome.location, 303)
