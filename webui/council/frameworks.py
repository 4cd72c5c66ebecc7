"""The published frameworks: which plans there are, whom they go to, and how each one moves."""

from flask import Blueprint, render_template, request

from cycle.errors import NotFound
from webui.council import framework_pages, framework_words
from webui.http import auth
from webui.http.policies import policy
from webui.http.request_checks import LARGEST_ID
from workflows.council import reading_frameworks
from workflows.council.reading_frameworks import GONE, FrameworkPage

bp = Blueprint("frameworks", __name__, url_prefix="/frameworks")
PARTS = (
    ("show", "Plans and routes"),
    ("ways", "How each one moves"),
    ("roles", "Roles and bodies"),
    ("days", "Days and choices"),
    ("report", "Report and reporting"),
)


@bp.get("")
@policy("signed_in")
def index() -> str:
    """The published editions, and what else comes with the product."""
    return render_template(
        "frameworks/index.html",
        page=auth.reading(reading_frameworks.index),
        words=framework_words,
    )


@bp.get("/<key>")
@policy("signed_in")
def show(key: str) -> str:
    """Plan types with their routes."""
    return _part("show", key)


@bp.get("/<key>/roles")
@policy("signed_in")
def roles(key: str) -> str:
    """Roles and bodies."""
    return _part("roles", key)


@bp.get("/<key>/days")
@policy("signed_in")
def days(key: str) -> str:
    """The rules of days and the choices of the council."""
    return _part("days", key)


@bp.get("/<key>/report")
@policy("signed_in")
def report(key: str) -> str:
    """The headings of a report to members, who comments on it, and who reports progress."""
    return _part("report", key)


@bp.get("/<key>/ways")
@policy("signed_in")
def ways(key: str) -> str:
    """How each kind of thing moves, as a list."""
    return _part("ways", key)


@bp.get("/<key>/ways/<way>")
@policy("signed_in")
def one_way(key: str, way: str) -> str:
    """How one kind of thing moves, as a picture and as tables."""
    shown = framework_pages.lifecycle_page(
        auth.reading(reading_frameworks.page, key, _edition()), way
    )
    return render_template(
        "frameworks/lifecycle.html", page=shown.page, shown=shown, parts=_parts(shown.page, "ways")
    )


@bp.get("/<key>/plans/<kind>")
@policy("signed_in")
def plan_type(key: str, kind: str) -> str:
    """One plan type: what it contains, what must exist first, who does what."""
    page = auth.reading(reading_frameworks.page, key, _edition())
    found = framework_pages.plan_type(page, kind)
    return render_template(
        "frameworks/plan_type.html",
        page=page,
        kind=found,
        template=page.framework.templates[found.template],
        words=framework_words,
        parts=_parts(page, "show"),
    )


def _part(name: str, key: str) -> str:
    page = auth.reading(reading_frameworks.page, key, _edition())
    return render_template(
        f"frameworks/{name}.html", page=page, words=framework_words, parts=_parts(page, name)
    )


def _parts(page: FrameworkPage, here: str) -> list[dict[str, object]]:
    base = f"/frameworks/{page.edition.key}"
    query = "" if page.edition.number == page.latest else f"?edition={page.edition.number}"
    return [
        {
            "text": text,
            "href": (base if name == "show" else f"{base}/{name}") + query,
            "current": name == here,
        }
        for name, text in PARTS
    ]


def _edition() -> int | None:
    """The edition that the address names; without one the newest."""
    written = request.args.get("edition")
    if written is None:
        return None
    if not written.isascii() or not written.isdigit() or not 0 < len(written) < 10:
        raise NotFound(GONE)
    return min(int(written), LARGEST_ID)
