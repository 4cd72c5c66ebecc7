"""The frame around every page: the council's name, and the pages that this person may open.

The rule that lives here: an entry is shown to whom its page is open, by permissions and by being an
officer, never by the name of a role; the page's own policy still decides.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request
from flask_login import current_user

from cycle import access
from cycle.errors import Unreachable
from workflows.core import council_subject

EVERYONE, OFFICERS = "", "officers"


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation. ``who``: everyone, officers, or those with a permission."""

    text: str
    href: str
    who: str = EVERYONE
    also: tuple[str, ...] = ()


ENTRIES = (
    Entry("My work", "/tasks"),
    Entry("All plans", "/board", also=("/plans", "/year", "/cycles", "/years")),
    Entry("Timetable", "/timetable"),
    Entry("Meetings", "/meetings", also=("/items",)),
    Entry("Work programme", "/work-programme"),
    Entry("Decisions", "/decisions"),
    Entry("People and posts", "/people", OFFICERS, also=("/units", "/posts")),
    Entry("Check the record", "/audit", "check_record"),
)


def register(app: Flask) -> None:
    """Put the navigation and the council's name on every page of ``app``."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    if g.get("database_away"):
        # A page that says that the database is away must not need the database.
        return {}
    try:
        signed_in = bool(current_user.is_authenticated)
        # Once for a page: the frame is asked for by each part that is drawn by itself.
        if "council_name" not in g:
            g.council_name = current_app.extensions["db"].read(council_subject.name)
    except Unreachable:
        return {}
    return {
        "council_name": g.council_name,
        "navigation": _entries() if signed_in else [],
        "officer": signed_in and _open(OFFICERS),
    }


def _entries() -> list[dict[str, Any]]:
    return [
        {"text": each.text, "href": each.href, "current": _here(each)}
        for each in ENTRIES
        if _open(each.who)
    ]


def _open(who: str) -> bool:
    if who == OFFICERS:
        return access.is_officer(current_user.actor)
    return who == EVERYONE or who in current_user.permissions


def _here(entry: Entry) -> bool:
    path = request.path
    return any(path == at or path.startswith(f"{at}/") for at in (entry.href, *entry.also))
