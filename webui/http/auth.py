"""Who is asking, and the two doors to the database: ``reading`` for pages, ``change`` for acts.

The cookie holds a random token and nothing of the person; who it is stands in the session's row
(INV-52). Flask-Login carries the person through the request. ``change`` is the one write call for
acts: one unit of work, the person re-read with today's posts, the form's key kept, the draft of the
form ended. ``save`` is the one for what is no act.
"""

from collections.abc import Callable
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
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from config.settings import Settings
from cycle import people
from cycle.db import Database
from cycle.errors import BadInput, OwnWork
from cycle.people import Actor
from webui.forms.base import KeyedForm
from webui.http import errors, saving
from webui.page.characters import has_hidden
from workflows.core import drafts, idempotency
from workflows.core.commands import Command
from workflows.core.foreseen import Look, Undone
from workflows.core.idempotency import Form, Outcome
from workflows.people import sessions, visitors
from workflows.people.visitors import PlanInAddress, Sending, Visitor

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F")

SENT = "sent_when_signed_out"
NEVER_KEPT = frozenset({"csrf_token", "form_key", "password", "current_password", "new_password"})


class SignedIn:
    """The person of a living session, as Flask-Login wants one; ``get_id`` is the token.

    ``papers`` are the exempt ones of which the person may know; ``first`` and ``plan`` belong to a
    form that is sent.
    """

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str, visitor: Visitor):
        self.token = token
        self.papers = visitor.papers
        self.person_id = visitor.actor.person_id
        self.actor = visitor.actor
        self.permissions = visitor.permissions
        self.first = visitor.first
        self.plan = visitor.plan

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
        """The way to the sign-in page and back; what was typed waits for the same person. A page's
        script is told: the page is still open and keeps what was typed."""
        if saving.by_itself():
            return saving.refused(401, "You are signed out.")
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
    idle, longest = settings().idle_minutes, settings().absolute_hours
    g.sending = _sending()
    visitor, g.ended_session_of = database().run(_visitor, token, idle, longest, g.sending)
    g.visitor = None
    if visitor is not None:
        g.visitor = SignedIn(token, visitor)
        g.council_name = visitor.council
    user: SignedIn | None = g.visitor
    return user


def _visitor(
    session: Session, token: str, idle: int, longest: int, sending: Sending | None
) -> tuple[Visitor | None, int | None]:
    """Who is signed in; else whose session this was, while its row is there."""
    found = visitors.of_token(session, token, idle, longest, sending)
    return found, None if found else sessions.ended_session_of(session, token)


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


def plan_in_address() -> PlanInAddress | None:
    """Where the plan stands to which a form was sent; whether it is open is asked with the act."""
    return cast("PlanInAddress | None", current_user.plan)


def may(permission: str) -> bool:
    """Whether the person who asks holds a post with this permission today."""
    return permission in current_user.permissions


def reading(work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Read for a page, on one snapshot."""
    return database().read(work, *args, **kwargs)


def change(
    made: Callable[[], Command[T]],
    *,
    form: KeyedForm,
    location: str | Callable[[T], str],
    message: str | Callable[[T], str],
) -> Outcome:
    """Do a command as the person who asks; it is made once the form is known to be in order.

    The same form sent twice has one effect and gives the first outcome (INV-30). Raises what the
    verb raises, and BadInput for a form that is not in order; then nothing was changed.
    """
    for problems in form.errors.values():
        raise BadInput(str(problems[0]))
    command, sent = made(), Form(request.endpoint or "", str(form.form_key.data), typed())
    try:
        return database().run(
            _change, current_user.person_id, form, sent, command, location, message
        )
    except OwnWork:
        g.own_work = True
        raise


def _change(
    session: Session,
    person_id: int,
    form: KeyedForm,
    sent: Form,
    command: Command[T],
    location: str | Callable[[T], str],
    message: str | Callable[[T], str],
) -> Outcome:
    def work(actor: Actor) -> Outcome:
        result = command.run(session, actor)
        if form.draft_at:
            drafts.sent(session, person_id, form.draft_at, sent.typed)
        return Outcome(_filled(location, result), _filled(message, result))

    # What needs no result of the verb is known before; a double click must find one or the other.
    known = not callable(location) and not callable(message)
    expected = Outcome(str(location), str(message)) if known else idempotency.UNKNOWN
    return idempotency.once(session, person_id, sent, work, expected, plan_id=command.plan_id)


def foresee(made: Callable[[], Command[T]], look: Look[T, F]) -> F:
    """What a command would bring, as ``look`` tells it: it is done, and all of it taken back.

    Raises what the verb raises.
    """
    try:
        database().run(_foresee, current_user.person_id, made(), look)
    except Undone as tried:
        return cast(F, tried.found)
    raise AssertionError("what is only tried is taken back")


def _foresee(
    session: Session,
    person_id: int,
    command: Command[T],
    look: Look[T, F],
) -> None:
    actor = people.actor(session, person_id, lock=True)
    raise Undone(look(session, actor, command))


def save(command: Command[T]) -> T:
    """Save what is no act on the record, as the person who asks: a working copy, or their draft. No
    key is kept of it, since the same words saved twice are saved. Raises what the verb raises."""
    return database().run(_save, current_user.person_id, command)


def _save(session: Session, person_id: int, command: Command[T]) -> T:
    return command.run(session, people.actor(session, person_id, lock=True))


def _sending() -> Sending | None:
    """What this request says that is to change something; None where it carries no key of ours."""
    if request.method != "POST":
        return None
    try:
        key = str(UUID(request.form.get("form_key", "")))
    except (ValueError, HTTPException):  # no key, or no form that can be read: that is told anyway
        return None
    ref = (request.view_args or {}).get("ref", "")
    if has_hidden(request.path):
        return None
    return Sending(Form(request.endpoint or "", key, typed()), ref)


def _sent_before() -> ResponseReturnValue | None:
    """A form that was sent already gives its first outcome, whatever the page would say now."""
    if not current_user.is_authenticated or current_user.first is None:
        return None
    outcome = idempotency.outcome_of(current_user.first, g.sending.form)
    return redirect(outcome.location, 303) if outcome.location else None


def _filled(words: str | Callable[[T], str], result: T) -> str:
    return words(result) if callable(words) else words


def typed() -> dict[str, Any]:
    """What this request's form said, without its token and key; the address counts as typed."""
    sent: dict[str, Any] = {
        key: values for key, values in sorted(request.form.lists()) if key not in NEVER_KEPT
    }
    sent["address"] = request.path
    return sent


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
