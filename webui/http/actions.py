"""One form, one act: from a sent form to its outcome, or back to the form with the reasons."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cycle import clock
from cycle.errors import BadInput, Blocked, OutOfDate, Refused, Taken, Unreachable
from webui import forms
from webui.forms import ActForm, CheckedForm, KeyedForm
from webui.http import auth, drafts, saving
from workflows.core.commands import Command
from workflows.core.foreseen import Look

R = TypeVar("R")
F = TypeVar("F")
Draw = Callable[[list[str]], str]
View = Callable[..., ResponseReturnValue]
REFUSED = 422
OVERTAKEN = 409
# The key of the form that was done: the browser then forgets what it kept of that form.
DONE = "done"


def submit(
    form: KeyedForm,
    draw: Draw,
    made: Callable[[], Command[R]],
    *,
    location: str | Callable[[R], str],
    message: str | Callable[[R], str],
) -> ResponseReturnValue:
    """Do the command made of what a form says, then go to ``location`` with ``message``.

    ``made`` is asked once the form is in order. When the form or the verb says no, ``draw`` shows
    the form again with the reasons and with what was typed; then nothing was changed. Who was
    overtaken sees what stands now (``look_again``).
    """
    overtaken = g.pop("overtaken", None)
    if overtaken is not None:
        return _drawn_again(form, draw, overtaken)
    if form.draft_at and drafts.is_asked():
        return drafts.keep(form)
    if not form.validate():
        return draw([]), REFUSED

    def done() -> ResponseReturnValue:
        outcome = auth.change(made, form=form, location=location, message=message)
        flash(outcome.message)
        flash(str(form.form_key.data), DONE)
        return redirect(outcome.location, 303)

    return _unless_refused(form, draw, done)


def _unless_refused(
    form: KeyedForm, draw: Draw, work: Callable[[], ResponseReturnValue]
) -> ResponseReturnValue:
    """The reply of ``work``; where it is refused, the form with the reasons, or what stands now."""
    try:
        return work()
    except OutOfDate as refusal:
        return look_again(refusal)
    except Blocked as refusal:
        form.may_insist = refusal.insist
        return draw(refusal.reasons), OVERTAKEN if isinstance(refusal, Taken) else REFUSED
    except BadInput as refusal:
        return draw([str(refusal)]), REFUSED


def check_first(
    form: CheckedForm,
    draw: Draw,
    made: Callable[[], Command[R]],
    *,
    look: Look[R, F],
    drawn_check: Callable[[F, list[tuple[str, str]]], str],
    location: str | Callable[[R], str],
    message: str | Callable[[R], str],
) -> ResponseReturnValue:
    """The same as ``submit``, after a page on which one checks what would follow (fault L3).

    ``look`` finds that out by trying the command; ``drawn_check`` draws it with every box that was
    typed, which the page carries on. What is refused is refused before anything is asked.
    """
    step = form.step.value
    if g.get("overtaken") is not None or step == CheckedForm.DONE:
        return submit(form, draw, made, location=location, message=message)
    if step == CheckedForm.CHANGE:
        return draw([])
    if not form.validate():
        return draw([]), REFUSED

    def checked() -> ResponseReturnValue:
        left_out = ("csrf_token", form.step.name)
        typed = [(k, v) for k, v in request.form.items(multi=True) if k not in left_out]
        return drawn_check(auth.foresee(made, look), typed)

    return _unless_refused(form, draw, checked)


def save(
    form: KeyedForm, made: Callable[[], Command[R]], *, version: Callable[[R], int]
) -> ResponseReturnValue:
    """Save a working copy that the page's script sends while somebody writes; the reply says when,
    and which ``version`` stands now, or in one sentence why it was not saved."""
    if not form.validate():
        return saving.refused(REFUSED, str(next(iter(form.errors.values()))[0]))
    try:
        result = auth.save(made())
    except OutOfDate as refusal:
        return saving.refused(OVERTAKEN, str(refusal))
    except Blocked as refusal:
        return saving.refused(REFUSED, " ".join(refusal.reasons))
    except BadInput as refusal:
        return saving.refused(REFUSED, str(refusal))
    return saving.saved(clock.now(), version(result))


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
        g.theirs = drafts.look_again(form) if form.draft_at else form.theirs()
    return draw([str(refusal)]), OVERTAKEN


def is_sent() -> bool:
    """Whether a form is sent to be done, not drawn for somebody who opens it or was overtaken."""
    return request.method == "POST" and "overtaken" not in g


def drawn(template: str, form: KeyedForm, **context: Any) -> Draw:
    """How a form is drawn: its template with the form, its problems and the rest of the page."""

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template(template, form=form, summary_lines=lines, **context)

    return draw


def ask(
    form: KeyedForm,
    draw: Draw,
    made: Callable[[], Command[R]],
    *,
    location: str | Callable[[R], str],
    message: str | Callable[[R], str],
) -> ResponseReturnValue:
    """Draw the form when it is opened, and do its act when it is sent."""
    if request.method != "POST":
        return draw([])
    return submit(form, draw, made, location=location, message=message)
