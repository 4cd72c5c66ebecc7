"""Every blueprint of the service, in the order of the navigation. A new page is a new line here."""

from flask import Blueprint

from webui.views import audit, frameworks, plans, signing

BLUEPRINTS: list[Blueprint] = [signing.bp, plans.bp, audit.bp, frameworks.bp]
