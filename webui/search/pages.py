"""What kinds of findings are called on the page, and where each leads."""

from collections.abc import Callable

from flask import url_for

from webui.page.formats import date_text
from workflows.search import sources
from workflows.search.reading import Found

HEADINGS = {
    sources.PLANS: "Plans",
    sources.SECTIONS: "Sections of plans",
    sources.ENTRIES: "Entries of plans",
    sources.REPORTS: "Reports",
    sources.DECISIONS: "Decisions",
    sources.MEETINGS: "Meetings",
    sources.PEOPLE: "People",
}


def _plan(found: Found) -> str:
    anchor = f"section-{found.section}" if found.section else None
    return url_for("plans.show", ref=found.ref, _anchor=anchor)


def _report(found: Found) -> str:
    return url_for("items.show", item_id=found.id)


_ADDRESSES: dict[str, Callable[[Found], str]] = {
    sources.PLANS: _plan,
    sources.SECTIONS: _plan,
    sources.ENTRIES: _plan,
    sources.REPORTS: _report,
    sources.DECISIONS: _report,
    sources.MEETINGS: lambda found: url_for("meetings.show", meeting_id=found.id),
    sources.PEOPLE: lambda found: url_for("people.show", person_id=found.id),
}


def address(found: Found) -> str:
    """Where a finding leads."""
    return _ADDRESSES[found.group](found)


def title(found: Found) -> str:
    """What its link says: of a meeting also the day, since a body has many."""
    if found.group == sources.MEETINGS:
        return f"{found.title}, {date_text(found.on)}"
    return found.title


def where(found: Found) -> str:
    """Where it is, in a line; of a decision its day and body."""
    day = (date_text(found.on),) if found.group == sources.DECISIONS else ()
    return " · ".join((*day, *found.where))


def looked_through(groups: tuple[str, ...]) -> str:
    """The kinds that were searched, as the end of a sentence."""
    names = [HEADINGS[group].lower() for group in groups]
    return f"{', '.join(names[:-1])} and {names[-1]}"
