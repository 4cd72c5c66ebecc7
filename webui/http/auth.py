"""Who is asking, and the two doors to the database: ``reading`` for pages, ``change`` for acts.

The cookie holds a random token and nothing of the person; who it is stands in the session's row
(INV-52). Flask-Login carries the person through the request. ``change`` is the only write call
that a view knows: one unit of work, the person re-read with today's posts, the form's key kept.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from flask import (
    Flask,
    current_app,
    g,
    make_response,
    redirect,
    request,
    session as browser_session,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.settings import Settings
from cycle import people
from cycle.db import Database
from cycle.errors import BadInput, NotPermitted, OwnWork
from cycle.people import Actor
from webui.forms.base import KeyedForm
from webui.http import errors
from workflows.core import idempotency as requests
from workflows.core.idempotency import Form, Outcome
from workflows.framework import permissions
from workflows.people import access_log, sessions

P = ParamSpec("P")
T = TypeVar("T")

SEEN = "seen_version"
SENT = "sent_when_signed_out"
NEVER_KEPT = frozenset({"csrf_token", "form_key", "password", "current_password", "new_password"})


class SignedIn:
    """The person of a living session, as Flask-Login wants one; ``get_id`` is the token.

    ``papers`` are the exempt ones of which the person may know.
    """

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(
        self,
        token: str,
        person_id: int,
        actor: Actor,
        may: frozenset[str],
        papers: tuple[access_log.Paper, ...],
    ):
        self.token = token
        self.papers = papers
        self.person_id = person_id
        self.actor = actor
        self.permissions = may

    def get_id(self) -> str:
        """What the cookie holds."""
        return self.token


class SessionGate:
    """The answer to ``policies``: who is signed in, and what their posts let them do today."""

    def signed_in(self) -> bool:
        """Whether a person with a living session asks."""
        return bool(current_user.is_authenticated)

    def may(self, permission: str) -> bool:
        """Whether that person holds a post with this permission today."""
        return self.signed_in() and permission in current_user.permissions

    def ask_to_sign_in(self) -> ResponseReturnValue:
        """The way to the sign-in page and back; what was typed waits for the same person."""
        after = request.full_path.rstrip("?") if request.method == "GET" else request.path
        if request.method == "POST":
            kept = keep_typed()
            browser_session[SENT] = [request.path, kept]
            lost = None if kept else errors.signed_out()
            if lost is not None:
                return lost
        return redirect("/sign-in?" + urlencode({"next": after}), 303)


def keep_typed() -> bool:
    """Keep what was typed when the session had ended, for the person whose session it was; whether
    it is kept. Where sessions were ended everywhere nobody can say any more whose this one was."""
    person_id = g.get("ended_session_of")
    if person_id is None:
        return False
    kept = {key: values for key, values in request.form.lists() if key not in NEVER_KEPT}
    return bool(kept) and (
        database().run(sessions.keep_form, person_id, request.path, kept) is not None
    )


def sent(path: str) -> bool | None:
    """Whether what this browser sent to a page when it was signed out is kept; None: nothing."""
    found = browser_session.get(SENT)
    return bool(found[1]) if isinstance(found, list) and found[:1] == [path] else None


def database() -> Database:
    """The application's database."""
    return cast(Database, current_app.extensions["db"])


def settings() -> Settings:
    """The application's settings."""
    return cast(Settings, current_app.extensions["settings"])


def _load(token: str) -> SignedIn | None:
    if g.get("database_away"):
        return None  # the page that says so is drawn as for somebody unknown
    user = database().run(_signed_in, token, settings().idle_minutes, settings().absolute_hours)
    g.visitor = user
    return user


def _signed_in(session: Session, token: str, idle: int, absolute: int) -> SignedIn | None:
    found = sessions.session_of(session, token, idle, absolute)
    if found is None:
        g.ended_session_of = sessions.ended_session_of(session, token)
        return None
    try:
        actor = people.actor(session, found)
    except NotPermitted:
        return None
    papers = access_log.papers_open_to(session, actor)
    return SignedIn(token, found, actor, permissions.of(session, actor), papers)


def begin(token: str) -> None:
    """Let this browser be signed in with a new session; its old cookie is worth nothing (SR-12)."""
    user = _load(token)
    browser_session.clear()
    if user is not None:
        login_user(user)


def end() -> None:
    """Forget in this browser's cookie who was signed in, and its form token."""
    logout_user()
    browser_session.clear()


def me() -> Actor:
    """The person who asks, with today's posts."""
    return cast(Actor, current_user.actor)


def may(permission: str) -> bool:
    """Whether the person who asks holds a post with this permission today."""
    return permission in current_user.permissions


def reading(work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Read for a page, on one snapshot."""
    return database().read(work, *args, **kwargs)


def change(
    verb: Callable[..., Any],
    *args: Any,
    form: KeyedForm,
    location: str | Callable[[Any], str],
    message: str | Callable[[Any], str],
    **kwargs: Any,
) -> Outcome:
    """Do a verb as the person who asks: ``verb(session, actor, *args, **kwargs)``.

    The same form sent twice has one effect and gives the first outcome (INV-30). Raises what the
    verb raises, and BadInput for a form that is not in order; then nothing was changed.
    """
    _says_what_was_seen(verb, args, kwargs)
    for problems in form.errors.values():
        raise BadInput(str(problems[0]))
    sent = Form(request.endpoint or "", str(form.form_key.data), typed())
    try:
        return database().run(
            _change, current_user.person_id, sent, verb, args, kwargs, location, message
        )
    except OwnWork:
        g.own_work = True
        raise


def _says_what_was_seen(
    verb: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """A verb that asks which version was seen is told so by every view (fault X7): left out, it
    would take what it locks for what somebody looked at."""
    asks = signature(verb)
    if SEEN in asks.parameters and SEEN not in asks.bind(None, None, *args, **kwargs).arguments:
        raise TypeError(f"{verb.__name__} asks for the version that the page showed")


def _change(
    session: Session,
    person_id: int,
    sent: Form,
    verb: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    location: str | Callable[[Any], str],
    message: str | Callable[[Any], str],
) -> Outcome:
    actor = people.actor(session, person_id, lock=True)

    def work() -> Outcome:
        result = verb(session, actor, *args, **kwargs)
        return Outcome(_said(location, result), _said(message, result))

    # What needs no result of the verb is known before; a double click must find one or the other.
    known = not callable(location) and not callable(message)
    expected = Outcome(str(location), str(message)) if known else requests.UNKNOWN
    return requests.once(session, actor, sent, work, expected)


def _sent_before() -> ResponseReturnValue | None:
    """A form that was sent already gives its first outcome, whatever the page would say now."""
    if request.method != "POST" or not current_user.is_authenticated:
        return None
    try:
        key = str(UUID(request.form.get("form_key", "")))
    except ValueError:
        return None  # no key of ours: the form itself says so
    sent = Form(request.endpoint or "", key, typed())
    outcome = reading(requests.sent_before, current_user.person_id, sent)
    return redirect(outcome.location, 303) if outcome and outcome.location else None


def _said(words: str | Callable[[Any], str], result: Any) -> str:
    return words(result) if callable(words) else words


def typed() -> dict[str, Any]:
    """What this request's form said, without its token and key; the address counts as typed."""
    said: dict[str, Any] = {
        key: values for key, values in sorted(request.form.lists()) if key not in NEVER_KEPT
    }
    said["address"] = request.path
    return said


def register(app: Flask) -> None:
    """Let Flask-Login carry who is signed in, and the routes ask the gate."""
    manager = LoginManager()
    # Our own row is compared at each request; the library's session protection would add nothing.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)
    app.extensions["gate"] = SessionGate()
    app.before_request(_sent_before)
    app.context_processor(_who)


def _who() -> dict[str, Any]:
    if not current_user.is_authenticated:
        return {}
    return {
        "person_name": current_user.actor.name,
        "me": current_user.actor,
        "may": current_user.permissions.__contains__,
    }


def signed_out_reply(location: str) -> Response:
    """A redirect that also empties the browser's caches (SR-21)."""
    reply = make_response(redirect(location, 303))
    reply.headers["Clear-Site-Data"] = '"cache", "storage"'
    return reply
