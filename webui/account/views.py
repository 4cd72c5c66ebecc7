"""Signing in and out, one's password, one's sessions.

The rules that live here: whoever is unknown is answered like a wrong password; a page that holds a
secret in its address tells nobody where one came from; what was typed when a session ended is shown
again to the same person and to nobody else.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cycle.errors import Blocked, NotFound, WrongPassword
from webui import forms
from webui.account.pages import browser_name
from webui.forms import HiddenField, KeyedForm, PasswordField, StrictForm, TextField, asks
from webui.http import access_log, auth
from webui.http.policies import PUBLIC, SIGNED_IN, policy
from webui.http.request_checks import HOME, safe_next
from webui.people.views import set_password_address
from workflows.core.commands import command
from workflows.people import (
    accounts,
    guessing,
    handing_over,
    known_browsers,
    passwords,
    reading_account,
    sessions,
)
from workflows.people.access_log import PASSWORD_SET, SESSION_ENDED, SIGN_OUT

bp = Blueprint("signing", __name__)
EMAIL_LENGTH = 254
BROWSER_LENGTH = 300
KEPT = "/kept"
KNOWN = "__Host-known"  # the cookie of a browser in which somebody has signed in before


class SignInForm(StrictForm):
    """Who one is."""

    email = TextField("E-mail address", asks("Enter your e-mail address."), max_length=EMAIL_LENGTH)
    password = PasswordField("Password", asks("Enter your password."))


class ForgottenForm(StrictForm):
    """Whose password is forgotten."""

    email = TextField("E-mail address", asks("Enter your e-mail address."), max_length=EMAIL_LENGTH)


class NewPasswordForm(StrictForm):
    """A password chosen with a one-time link."""

    new_password = PasswordField("New password", asks("Enter a new password."))


class ChangePasswordForm(KeyedForm):
    """A password changed by who knows the present one."""

    current_password = PasswordField("Present password", asks("Enter your present password."))
    new_password = PasswordField("New password", asks("Enter a new password."))


class EndSessionForm(KeyedForm):
    """One session to end."""

    which = HiddenField("Session", max_length=64)


@bp.get("/sign-in")
@policy(PUBLIC)
def sign_in() -> ResponseReturnValue:
    """The page to sign in on; who is signed in already goes on."""
    after = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(after, 303)
    return _sign_in_page(SignInForm(), after)


@bp.post("/sign-in")
@policy(PUBLIC)
def try_sign_in() -> ResponseReturnValue:
    """Begin a session, or say in the same words to everybody that it did not work."""
    after = safe_next(request.args.get("next"))
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form, after), 422
    tried = sessions.sign_in(
        auth.database(),
        form.email.data or "",
        form.password.data or "",
        access_log.place(),
        _browser(),
        request.cookies.get(KNOWN, ""),
    )
    g.access_written = True
    if tried.wait_seconds:
        reply = make_response(_sign_in_page(form, after, tried.sentence), 429)
        reply.headers["Retry-After"] = str(tried.wait_seconds)
        return reply
    if not tried.token:
        return _sign_in_page(form, after, tried.sentence), 422
    _end_this_session()
    auth.begin(tried.token)
    path = after.partition("?")[0]
    if auth.reading(reading_account.kept, tried.person_id or 0, path) is not None:
        after = f"{KEPT}?{urlencode({'page': path})}"
    reply = make_response(redirect(after, 303))
    lasts = known_browsers.KNOWN_FOR
    reply.set_cookie(KNOWN, tried.known, lasts, secure=True, httponly=True, samesite="Lax")
    return reply


def _sign_in_page(form: SignInForm, after: str, sentence: str = "") -> str:
    action = url_for(".try_sign_in", next=after) if after != HOME else url_for(".try_sign_in")
    lines = forms.summary(form, [sentence] if sentence else [])
    return render_template(
        "signing/sign_in.html",
        form=form,
        action=action,
        summary_lines=lines,
        after=after,
        sent=auth.sent(after.partition("?")[0]),
    )


@bp.post("/sign-out")
@policy(PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End this session; the old cookie is then nobody's (SR-13)."""
    _end_this_session()
    flash("You are signed out.")
    return auth.signed_out_reply(url_for(".sign_in"))


def _end_this_session() -> None:
    if current_user.is_authenticated:
        access_log.note(SIGN_OUT, current_user.person_id)
        auth.database().run(sessions.sign_out, current_user.token)
    auth.end()


@bp.get("/kept")
@policy(SIGNED_IN)
def kept() -> str:
    """What this person typed when their session had ended, ready to be sent again (SR-17)."""
    path = safe_next(request.args.get("page"))
    found = auth.reading(reading_account.kept, auth.me().person_id, path)
    if found is None:
        raise NotFound("Nothing of yours is kept for this page.")
    return render_template("signing/kept.html", kept=found, form=KeyedForm())


# One-time links -----------------------------------------------------------------------------------


@bp.route("/set-password/<token>", methods=["GET", "POST"])
@policy(PUBLIC)
def set_password(token: str) -> ResponseReturnValue:
    """Choose a password with a one-time link, then sign in with it as everybody does (SR-09)."""
    reply = make_response(_set_password(token))
    reply.headers["Referrer-Policy"] = "no-referrer"
    return reply


def _set_password(token: str) -> ResponseReturnValue:
    link = auth.reading(accounts.link_of, token)
    if link is None:
        return render_template("signing/dead_link.html"), 404
    form = NewPasswordForm()
    if request.method != "POST":
        return _link_page(link, form)
    if not form.validate():
        return _link_page(link, form), 422
    try:
        who = auth.database().run(accounts.set_password, token, form.new_password.data or "")
    except Blocked as refusal:
        form.new_password.errors = tuple(refusal.reasons)
        return _link_page(link, form), 422
    access_log.note(PASSWORD_SET, who)
    auth.end()
    flash("Your password is set. Sign in with it.")
    return redirect(url_for(".sign_in"), 303)


def _link_page(link: accounts.Link, form: NewPasswordForm) -> str:
    return render_template(
        "signing/set_password.html",
        link=link,
        form=form,
        least=passwords.LEAST,
        summary_lines=forms.summary(form),
    )


@bp.get("/forgot-password")
@policy(PUBLIC)
def forgotten() -> str:
    """Ask for a link to choose a new password."""
    return render_template("signing/forgot_password.html", form=ForgottenForm())


@bp.post("/forgot-password")
@policy(PUBLIC)
def ask_for_link() -> ResponseReturnValue:
    """Send a link where there is an account; the answer is the same for every address (SR-06)."""
    form = ForgottenForm()
    if not form.validate():
        lines = forms.summary(form)
        return render_template("signing/forgot_password.html", form=form, summary_lines=lines), 422
    email = form.email.data or ""
    known = request.cookies.get(KNOWN, "")
    asked = auth.database().run(sessions.asked_for_link, email, access_log.place(), known)
    g.access_written = True
    if asked.wait_seconds:
        sentence = "Too many links were asked for from here. Wait a minute and try again."
        lines = forms.summary(form, [sentence])
        page = render_template("signing/forgot_password.html", form=form, summary_lines=lines)
        reply = make_response(page, 429)
        reply.headers["Retry-After"] = str(asked.wait_seconds)
        return reply
    # The hash takes far longer than what is done for an address that is known, so both take alike.
    passwords.matches(None, email)
    if asked.send:
        auth.database().run(handing_over.send_reset_link, email, set_password_address())
    return render_template("signing/link_sent.html")


# One's own account --------------------------------------------------------------------------------


@bp.get("/account")
@policy(SIGNED_IN)
def account() -> str:
    """One's posts, password and sessions."""
    return _account_page(ChangePasswordForm())


def _account_page(form: ChangePasswordForm) -> str:
    page = auth.reading(reading_account.account, auth.me(), current_user.token)
    return render_template(
        "signing/account.html",
        page=page,
        browser_name=browser_name,
        form=form,
        end=EndSessionForm(formdata=None),
        least=passwords.LEAST,
        summary_lines=forms.summary(form),
    )


@bp.post("/account/password")
@policy(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Change one's password; every other session ends (SR-04, SR-14)."""
    form = ChangePasswordForm()
    if not form.validate():
        return _account_page(form), 422
    tried = auth.database().run(guessing.take, guessing.of_present(auth.me().person_id))
    if tried.wait_seconds:
        form.current_password.errors = ("There were too many tries. Wait a minute and try again.",)
        reply = make_response(_account_page(form), 429)
        reply.headers["Retry-After"] = str(tried.wait_seconds)
        return reply
    tokens: list[str] = []
    try:
        outcome = auth.change(
            lambda: command(
                handing_over.change_own_password,
                current=form.current_password.value,
                new=form.new_password.value,
                browser=_browser(),
                hand_over=tokens.append,
            ),
            form=form,
            location=url_for(".account"),
            message="Your password is changed. You are signed out everywhere else.",
        )
    except Blocked as refusal:
        return _refused_password(form, refusal), 422
    if tokens:
        access_log.note(PASSWORD_SET, auth.me().person_id)
        auth.begin(tokens[-1])
    flash(outcome.message)
    return redirect(outcome.location, 303)


def _refused_password(form: ChangePasswordForm, refusal: Blocked) -> str:
    mistyped = isinstance(refusal, WrongPassword)
    wrong: Any = form.current_password if mistyped else form.new_password
    wrong.errors = tuple(refusal.reasons)
    return _account_page(form)


@bp.post("/account/sessions/end")
@policy(SIGNED_IN)
def end_session() -> ResponseReturnValue:
    """End one of one's own sessions (SR-18)."""
    form = EndSessionForm()
    form.validate()
    outcome = auth.change(
        lambda: command(sessions.end_own, form.which.value),
        form=form,
        location=url_for(".account"),
        message="That session is ended.",
    )
    access_log.note(SESSION_ENDED, auth.me().person_id)
    flash(outcome.message)
    return redirect(outcome.location, 303)


@bp.post("/account/sessions/end-all")
@policy(SIGNED_IN)
def end_sessions() -> ResponseReturnValue:
    """Sign oneself out everywhere, here too."""
    form = KeyedForm()
    form.validate()
    auth.change(
        lambda: command(accounts.end_sessions, auth.me().person_id),
        form=form,
        location=url_for(".sign_in"),
        message="You are signed out everywhere.",
    )
    access_log.note(SESSION_ENDED, auth.me().person_id)
    auth.end()
    flash("You are signed out everywhere.")
    return auth.signed_out_reply(url_for(".sign_in"))


def _browser() -> str:
    return str(request.user_agent)[:BROWSER_LENGTH]
