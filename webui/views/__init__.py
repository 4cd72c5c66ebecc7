"""Every blueprint of the service, in the order of the navigation. A new page is a new line here."""

from flask import Blueprint

from webui.views import audit, cycles, frameworks, people, plans, signing, timetable, units

BLUEPRINTS: list[Blueprint] = [
    signing.bp,
    plans.bp,
    cycles.bp,
    timetable.bp,
    people.bp,
    units.bp,
    audit.bp,
    frameworks.bp,
]
