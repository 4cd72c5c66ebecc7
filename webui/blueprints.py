"""Every blueprint of the service, in the order of the navigation. A new page is a new line here."""

from flask import Blueprint

from webui.account import views as signing
from webui.calendar import (
    closed_days,
    day_rules,
    external_dates,
    views as calendar,
)
from webui.council import frameworks, governance, published, units
from webui.cycles import views as cycles, year_sheet
from webui.help import views as help_pages
from webui.meetings import corrections, resolutions, views as meetings
from webui.page import preview
from webui.people import proposals, views as people
from webui.plans import comments, overview, word
from webui.queues import views as tasks
from webui.record import access, views as audit
from webui.reports import documents as items
from webui.search import views as search
from webui.timetable import changes, rehearsals, views as timetable

BLUEPRINTS: list[Blueprint] = [
    signing.bp,
    tasks.bp,
    search.bp,
    overview.bp,
    word.bp,  # the plan's pages and, on the same blueprint, those on which it is written
    comments.bp,
    preview.bp,
    year_sheet.bp,
    cycles.bp,
    timetable.bp,
    changes.bp,
    rehearsals.bp,
    meetings.bp,
    calendar.bp,
    external_dates.bp,
    closed_days.bp,
    day_rules.bp,
    items.bp,
    resolutions.bp,
    corrections.bp,
    people.bp,
    proposals.bp,
    units.bp,
    governance.bp,
    audit.bp,
    access.bp,
    published.bp,
    frameworks.bp,
    help_pages.bp,
]
