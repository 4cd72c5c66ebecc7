"""``create_app``: the only place where the parts of the web layer are joined.

The order of the checks before a view is a rule: the request's shape (``request_checks``), the
form's token (CSRF), then who may (``policies``). The reply's headers (``headers``) come after
everything.
"""

import os
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from config.settings import BadSettings, Settings
from cycle.db import Database
from webui import forms
from webui.blueprints import BLUEPRINTS
from webui.help import views as help_pages
from webui.http import (
    access_log,
    auth,
    errors,
    headers,
    health,
    policies,
    request_checks,
)
from webui.page import brand, formats as pages, markdown, navigation


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application, with the settings of the environment where none are given.

    Raises BadSettings without a database, ValueError for a brand that is hard to read, and
    RuntimeError for a route without a policy, so that none of these starts.
    """
    settings = settings or Settings.load(os.environ)
    if settings.database_url is None:
        raise BadSettings(["DATABASE_URL is not set. Set it, or start with plancycle run."])
    app = Flask("webui")
    app.config.update(_config(settings))
    _templates(app)
    headers.register(app)
    access_log.register(app)
    errors.register(app)
    request_checks.register(
        app, trusted_hosts=list(settings.trusted_hosts), proxy_hops=settings.proxy_hops
    )
    CSRFProtect(app)
    auth.register(app)
    policies.register(app)
    navigation.register(app)
    pages.register(app)
    help_pages.register(app)
    app.extensions["settings"] = settings
    app.extensions["db"] = Database(settings.database_url)
    health.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if missing := policies.undeclared(app):
        raise RuntimeError(f"These routes have no policy: {', '.join(missing)}")
    brand.check(Path(app.static_folder or "") / "brand.css")
    return app


def _config(settings: Settings) -> dict[str, Any]:
    """Flask's own settings (security.md, Settings to copy).

    The one cookie is signed and holds the form token, the notices and, once somebody has signed in,
    the word that finds their session's row; who they are is in the row, never in the cookie.
    """
    return {
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_NAME": "__Host-sid",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "WTF_CSRF_TIME_LIMIT": None,
        # safety.py checks where a form comes from; pages that hide their address have no referrer.
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_I18N_ENABLED": False,
    }


def _templates(app: Flask) -> None:
    govuk = {name: PackageLoader(name) for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")}
    app.jinja_env.loader = ChoiceLoader([app.create_global_jinja_loader(), PrefixLoader(govuk)])
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.add_template_filter(markdown.rendered, "markdown")
    app.add_template_global(forms.summary, "form_summary")
