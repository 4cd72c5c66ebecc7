"""Every blueprint of the service, in the order of the navigation. A new page is a new line here."""

from flask import Blueprint

BLUEPRINTS: list[Blueprint] = []
