"""One form, one act: from a sent form to its outcome, or back to the form with the reasons."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from cycle.errors import BadInput, Blocked
from webui import auth
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
