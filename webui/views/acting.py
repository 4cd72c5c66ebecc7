"""One form, one act: from a sent form to its outcome, or back to the form with the reasons."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cycle.errors import BadInput, Blocked
from webui import auth, forms
from webui.forms import ActForm

Draw = Callable[[list[str]], str]
REFUSED = 422


def submit(
    form: ActForm,
    draw: Draw,
    verb: Callable[..., Any],
    *args: Any,
    location: str | Callable[[Any], str],
    message: str | Callable[[Any], str],
    **kwargs: Any,
) -> ResponseReturnValue:
    """Do ``verb`` with what a form says, then go to ``location`` with ``message``.

    When the form or the verb says no, ``draw`` shows the form again with the reasons and with what
    was typed; then nothing was changed.
    """
    if not form.validate():
        return draw([]), REFUSED
    try:
        outcome = auth.change(verb, *args, form=form, location=location, message=message, **kwargs)
    except Blocked as refusal:
        return draw(refusal.reasons), REFUSED
    except BadInput as refusal:
        return draw([str(refusal)]), REFUSED
    flash(outcome.message)
    return redirect(outcome.location, 303)


def drawn(template: str, form: ActForm, **context: Any) -> Draw:
    """How a form is drawn: its template with the form, its problems and the rest of the page."""

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template(template, form=form, summary_lines=lines, **context)

    return draw


def ask(
    form: ActForm,
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
