"""Search: one box on every page, one page with what was found."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import BadInput
from webui import forms
from webui.forms import QueryForm, SelectField, TextField, options
from webui.http import auth
from webui.http.policies import SIGNED_IN, policy
from webui.search import pages
from workflows.search import reading
from workflows.search.near_words import corrected
from workflows.search.reading import Results

bp = Blueprint("search", __name__)


class SearchForm(QueryForm):
    """What is looked for, and of which kind."""

    q = TextField("Words, a name, a title or a reference", max_length=reading.LONGEST)
    kind = SelectField("Look in")


@bp.get("/search")
@policy(SIGNED_IN)
def index() -> ResponseReturnValue:
    """What somebody finds who may read what is shown."""
    form = SearchForm()
    groups = reading.groups_for(auth.me())
    form.kind.choices = options(
        [("", "Everything"), *((group, pages.HEADINGS[group]) for group in groups)]
    )
    fine = form.validate()
    results = None
    if fine and form.q.data:
        try:
            results = auth.reading(reading.search, auth.me(), form.q.data, form.kind.data or None)
        except BadInput as refusal:
            form.q.errors, fine = [str(refusal)], False
    results = results or auth.reading(reading.before, auth.me())
    page = render_template(
        "search/index.html",
        form=form,
        results=results,
        pages=pages,
        instead=_instead(results),
        only=form.kind.data if fine else "",
        summary_lines=None if fine else forms.summary(form),
    )
    return page, 200 if fine else 422


def _instead(results: Results) -> list[tuple[str, str]]:
    """Other searches for one whose words stand nowhere: what they look for, and their address."""
    nearest = {lost.typed: lost.near[0] for lost in results.lost if lost.near}
    others = [
        corrected(results.typed, {**nearest, lost.typed: near})
        for lost in results.lost
        for near in lost.near
    ]
    return [
        (words, url_for(".index", q=words))
        for words in dict.fromkeys(others)
        if words != results.words or not results.groups
    ]
