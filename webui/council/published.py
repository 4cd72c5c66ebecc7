"""Timetables that councils have published, each row beside the day that comes out again."""

from functools import lru_cache

from flask import Blueprint, render_template

from config.published import PublishedTimetable, load_published, published_keys
from config.timetables.words import TABLES
from cycle.errors import NotFound
from cycle.schedule.published import Regenerated, published, regenerate
from webui.http.policies import policy
from workflows.council.reading_frameworks import GONE

bp = Blueprint("published", __name__, url_prefix="/frameworks/published-timetables")


@bp.get("")
@policy("signed_in")
def index() -> str:
    """Every published timetable, with its source."""
    return render_template("frameworks/published.html", found=[_one(key) for key in _keys()])


@bp.get("/words")
@policy("signed_in")
def words() -> str:
    """Every word of patterns and published timetables, with its meaning."""
    return render_template("frameworks/timetable_words.html", tables=TABLES)


@bp.get("/<timetable>")
@policy("signed_in")
def show(timetable: str) -> str:
    """One published timetable: what was published, what comes out, and why."""
    if timetable not in _keys():
        raise NotFound(GONE)
    one, found = _one(timetable)
    return render_template(
        "frameworks/published_one.html", timetable=one, found=found, published=published
    )


@lru_cache(maxsize=1)
def _keys() -> tuple[str, ...]:
    return tuple(published_keys())


@lru_cache(maxsize=64)
def _one(key: str) -> tuple[PublishedTimetable, Regenerated]:
    """They come with the product, so each is worked out once."""
    timetable = load_published(key)
    return timetable, regenerate(timetable)
