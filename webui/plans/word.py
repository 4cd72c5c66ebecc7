"""A Word document into a plan: handed in, looked at section by section, brought in where ticked."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import BadInput, OutOfDate
from webui import forms
from webui.http import actions, auth
from webui.http.policies import policy
from webui.plans import documents, sections, word_forms
from webui.plans.views import bp
from webui.plans.word_forms import HandInForm
from workflows.calendar import reading_file
from workflows.core.commands import command
from workflows.plans.word import bringing_in, reading_word
from workflows.plans.word.reading_word import LookPage, WordPage

__all__ = ["bp", "documents", "sections"]  # the plan's own blueprint, with what these add


@bp.route("/<ref>/word", methods=["GET", "POST"])
@policy("signed_in")
def hand_in(ref: str) -> ResponseReturnValue:
    """Choose a Word document; what it says is kept for the look. Nothing of the plan changes."""
    at = url_for(".look", ref=ref)
    page = auth.reading(reading_word.word_page, auth.me(), ref, at)
    form = HandInForm()
    if not form.is_submitted():
        return _choose(page, form)
    if not form.validate():
        return _choose(page, form), actions.REFUSED
    try:
        found = bringing_in.read(form.file.data or b"")
        name = reading_file.shown(form.file.filename)
        auth.save(command(bringing_in.keep, at, name, word_forms.plain(found)))
    except BadInput as refusal:
        form.file.errors = [str(refusal)]
        return _choose(page, form), actions.REFUSED
    return redirect(at, 303)


@bp.route("/<ref>/word/look", methods=["GET", "POST"])
@policy("signed_in")
def look(ref: str) -> ResponseReturnValue:
    """What the file would change, section by section; what is ticked is saved."""
    at = url_for(".look", ref=ref)
    page = auth.reading(reading_word.look_page, auth.me(), ref, at, _assigned())
    if page is None and request.method == "POST":
        raise OutOfDate(bringing_in.NO_FILE)
    if page is None:
        return redirect(url_for(".hand_in", ref=ref), 303)
    form = word_forms.drawn(page)
    return actions.ask(
        form,
        actions.drawn("plans/word_look.html", form, page=page, kept=_kept(page)),
        lambda: command(
            bringing_in.bring_in,
            page.plan_id,
            at,
            form.brought(page),
            form.moment(),
            seen_version=form.seen_version.value,
        ),
        location=url_for(".show", ref=ref),
        message=lambda titles: f"Saved from the Word document: {', '.join(titles)}.",
    )


def _choose(page: WordPage, form: HandInForm) -> str:
    lines = forms.summary(form)
    return render_template("plans/word.html", page=page, form=form, summary_lines=lines)


def _assigned() -> dict[int, str]:
    """The parts of the file that were put to a section, by their place: ``part-3=priorities``."""
    found = {}
    for name, key in request.args.items():
        begins, _, place = name.partition("-")
        if begins == "part" and place.isascii() and place.isdigit() and len(place) < 5 and key:
            found[int(place)] = key
    return found


def _kept(page: LookPage) -> dict[str, str]:
    """What the address of the look says of parts, so that the form is sent to the same look."""
    return {f"part-{each.place}": each.assigned for each in page.parts if each.assigned}
