"""Every blueprint of the service, in the order of the navigation. A new page is a new line here."""

from flask import Blueprint

from webui.views import (
    audit,
    board,
    calendar,
    changes,
    closed_days,
    cycles,
    day_rules,
    frameworks,
    governance,
    items,
    meetings,
    outside_days,
    people,
    plans,
    published,
    rehearsals,
    signing,
    tasks,
    timetable,
    units,
)

BLUEPRINTS: list[Blueprint] = [
    signing.bp,
    tasks.bp,
    board.bp,
    plans.bp,
    cycles.bp,
    timetable.bp,
    changes.bp,
    rehearsals.bp,
    meetings.bp,
    calendar.bp,
    outside_days.bp,
    closed_days.bp,
    day_rules.bp,
    items.bp,
    people.bp,
    units.bp,
    governance.bp,
    audit.bp,
    published.bp,
    frameworks.bp,
]
