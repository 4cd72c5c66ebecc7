"""How a text will look: drawn by the very function that draws it on every page (fault L2)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from webui.forms import StrictForm, TextAreaField
from webui.http.policies import policy
from webui.page import markdown

bp = Blueprint("preview", __name__)
LONGEST = 60_000


class PreviewForm(StrictForm):
    """The text of which the look is asked for; nothing is saved."""

    text = TextAreaField("Text", max_length=LONGEST)


@bp.post("/preview")
@policy("signed_in")
def draw() -> ResponseReturnValue:
    """The HTML of a text, as the page of its plan or report will have it."""
    form = PreviewForm()
    if not form.validate():
        return Markup('<p class="govuk-hint">{}</p>').format(form.text.errors[0]), 422
    return str(markdown.rendered(markdown.from_word(form.text.value)))
