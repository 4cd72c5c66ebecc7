"""Which policy each route has: everything is closed unless it is listed (INV-50, SR-22).

A view says its policy with ``@policy``: ``public``, ``signed_in``, or ``permission:NAME``. The
permission is asked of the ``Gate`` that signing in sets; a route without policy answers 403.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from flask import Flask, abort, current_app, request
from flask.typing import ResponseReturnValue

PUBLIC = "public"
SIGNED_IN = "signed_in"
PERMISSION = "permission:"
View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE = "plancycle_policy"
_OF_FLASK = {"static": PUBLIC}


class Gate(Protocol):
    """Who is asking, as signing in knows it. Set as ``app.extensions["gate"]``."""

    def signed_in(self) -> bool:
        """Whether a person with a living session asks."""

    def may(self, permission: str) -> bool:
        """Whether that person holds a post with this permission today."""

    def ask_to_sign_in(self) -> ResponseReturnValue:
        """The reply to somebody unknown: the way to the sign-in page and back."""


def policy(word: str) -> Callable[[View], View]:
    """Declare the policy of a view, once. Raises ValueError for a word that is no policy."""
    if word not in (PUBLIC, SIGNED_IN) and not (
        word.startswith(PERMISSION) and len(word) > len(PERMISSION)
    ):
        raise ValueError(f"{word!r} is no policy")

    def declare(view: View) -> View:
        if hasattr(view, _ATTRIBUTE):
            raise ValueError(f"{view.__name__} has two policies")
        setattr(view, _ATTRIBUTE, word)
        return view

    return declare


def policies(app: Flask) -> dict[str, str]:
    """The policy of every endpoint that has one."""
    found = dict(_OF_FLASK)
    for endpoint, view in app.view_functions.items():
        word = getattr(view, _ATTRIBUTE, None)
        if word is not None:
            found[endpoint] = word
    return found


def is_closed(endpoint: str) -> bool:
    """Whether a page is open to nobody but those who are signed in."""
    view = current_app.view_functions[endpoint]
    return getattr(view, _ATTRIBUTE, _OF_FLASK.get(endpoint)) != PUBLIC


def undeclared(app: Flask) -> list[str]:
    """The addresses that have no policy, for the start-up check and the test."""
    declared = policies(app)
    rules = app.url_map.iter_rules()
    return sorted(rule.rule for rule in rules if rule.endpoint not in declared)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    view = current_app.view_functions[request.endpoint]
    word = getattr(view, _ATTRIBUTE, _OF_FLASK.get(request.endpoint))
    if word == PUBLIC:
        return None
    gate: Gate | None = current_app.extensions.get("gate")
    if word is None or gate is None:
        abort(403)
    if not gate.signed_in():
        return gate.ask_to_sign_in()
    if word.startswith(PERMISSION) and not gate.may(word.removeprefix(PERMISSION)):
        abort(403)
    return None


def register(app: Flask) -> None:
    """Ask the policy before every view. Call after the checks of ``request_checks``."""
    app.before_request(_guard)
