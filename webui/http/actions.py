"""One form, one act: from a sent form to its outcome, or back to the form with the reasons."""

from collections.abc import Callable
from typing import Any, cast

from flask import current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cycle.errors import BadInput, Blocked, OutOfDate, Refused, Taken, Unreachable
from webui import forms
from webui.forms import ActForm, KeyedForm
from webui.http import auth
from workflows.core.idempotency import Outcome

Draw = Callable[[list[str]], str]
View = Callable[..., ResponseReturnValue]
REFUSED = 422
OVERTAKEN = 409


def submit(
    form: KeyedForm,
    draw: Draw,
    verb: Callable[..., Any],
    *args: Any,
    location: str | Callable[[Any], str],
    message: str | Callable[[Any], str],
    **kwargs: Any,
) -> ResponseReturnValue:
    """Do ``verb`` with what a form says, then go to ``location`` with ``message``.

    When the form or the verb says no, ``draw`` shows the form again with the reasons and with what
    was typed; then nothing was changed. Who was overtaken sees what stands now (``look_again``).
    """

    def send() -> Outcome:
        return auth.change(verb, *args, form=form, location=location, message=message, **kwargs)

    return sent(form, draw, send)


def sent(form: KeyedForm, draw: Draw, send: Callable[[], Outcome]) -> ResponseReturnValue:
    """Do what a form asks by ``send``, and answer as ``submit`` says."""
    overtaken = g.pop("overtaken", None)
    if overtaken is not None:
        return _drawn_again(form, draw, overtaken)
    if not form.validate():
        return draw([]), REFUSED
    try:
        outcome = send()
    except OutOfDate as refusal:
        return look_again(refusal)
    except Blocked as refusal:
        form.may_insist = refusal.insist
        return draw(refusal.reasons), OVERTAKEN if isinstance(refusal, Taken) else REFUSED
    except BadInput as refusal:
        return draw([str(refusal)]), REFUSED
    flash(outcome.message)
    return redirect(outcome.location, 303)


def look_again(refusal: OutOfDate) -> ResponseReturnValue:
    """Answer the same request once more, from what stands now, for somebody who was overtaken.

    The page read before the act is older than the act that won, so that the view reads it anew;
    its form then shows the winner's words, keeps what was typed and carries the new version
    (fault X8). Where the page is no longer there, the refusal itself is the answer.
    """
    g.overtaken = refusal
    view = cast(View, current_app.view_functions[str(request.endpoint)])
    try:
        return view(**(request.view_args or {}))
    except Unreachable:
        raise
    except Refused:
        raise refusal from None


def _drawn_again(form: KeyedForm, draw: Draw, refusal: OutOfDate) -> ResponseReturnValue:
    if isinstance(form, ActForm):
        form.look_again()
        g.theirs = form.theirs()
    return draw([str(refusal)]), OVERTAKEN


def drawn(template: str, form: KeyedForm, **context: Any) -> Draw:
    """How a form is drawn: its template with the form, its problems and the rest of the page."""

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template(template, form=form, summary_lines=lines, **context)

    return draw


def ask(
    form: KeyedForm,
    draw: Draw,
    verb: Callable[..., Any],
    *args: Any,
    location: str | Callable[[Any], str],
    message: str | Callable[[Any], str],
    **kwargs: Any,
) -> ResponseReturnValue:
    """Draw the form when it is opened, and do its act when it is sent."""
    if request.method != "POST":
        return draw([])
    return submit(form, draw, verb, *args, location=location, message=message, **kwargs)
