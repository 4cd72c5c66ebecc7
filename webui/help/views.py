"""The pages of help: all guides, one guide, the glossary."""

from flask import Blueprint, Flask, abort, render_template, request

from webui.help import guides
from webui.help.guides import How
from webui.http import auth
from webui.http.policies import SIGNED_IN, policy
from workflows.queues import reading_help

bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("")
@policy(SIGNED_IN)
def index() -> str:
    """Every guide, and whom to ask."""
    ask = auth.reading(reading_help.whom_to_ask, auth.me())
    return render_template("help/index.html", guides=guides.all_guides().values(), ask=ask)


@bp.get("/glossary")
@policy(SIGNED_IN)
def glossary() -> str:
    """The words of the screens."""
    return render_template("help/glossary.html", words=guides.glossary())


@bp.get("/<guide>")
@policy(SIGNED_IN)
def show(guide: str) -> str:
    """One guide."""
    found = guides.all_guides().get(guide)
    if found is None:
        abort(404)
    others = [each for each in guides.all_guides().values() if each is not found]
    return render_template("help/guide.html", guide=found, others=others)


def _how() -> How | None:
    """How the page that is asked for works, for the fold at its end."""
    return guides.how_pages_work().get(request.endpoint or "")


def register(app: Flask) -> None:
    """Let every template ask how its page works."""
    app.add_template_global(_how, "how_this_works")
