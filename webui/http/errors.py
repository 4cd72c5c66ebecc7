"""How every no is answered: one status for each kind of refusal, one plain page for all of them.

NotFound and a thing that one may not see give the same page, to the byte (SR-23). What was typed in
a long box is shown again, so that it can be copied. An unexpected failure gives a number that also
stands in the log, and nothing of the inside (SR-70).
"""

import json
import logging
import secrets
from dataclasses import dataclass, field

from flask import Flask, Response, g, make_response, render_template, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException, InternalServerError

from cycle import errors
from webui.http import refused_by_database
from webui.http.server import TOO_SLOW

log = logging.getLogger("webui")
RETRY = {"Retry-After": "60"}  # seconds
WORTH_KEEPING = 20
_NEVER_SHOWN = ("password", "token", "form_key", "code")
_STATUS: dict[type[errors.Refused], int] = {
    errors.NotFound: 404,
    errors.NotPermitted: 403,
    errors.NotAvailable: 409,
    errors.OutOfDate: 409,
    errors.Repeated: 409,
    errors.Unreachable: 503,
    errors.Taken: 409,
    errors.Blocked: 422,
    errors.BadInput: 422,
}
_TITLES = {
    400: "This could not be read",
    401: "You were signed out",
    403: "You cannot do this",
    404: "Page not found",
    405: "This page does not work that way",
    408: "This took too long",
    409: "Something has changed",
    413: "This is too big",
    415: "This cannot be read",
    422: "This cannot be done yet",
    429: "Too many tries",
    500: "Sorry, something went wrong",
    503: "Sorry, the service is busy",
}
_SENTENCES = {
    400: "What was sent is not what the page expects. Go back, open the page again and try again.",
    401: "What you sent was not saved. Copy it here, sign in, and send it again.",
    403: "Your posts do not include this. If you think they should, ask the support service.",
    404: "The page does not exist, or it is not one that you can see. Check the address, "
    "or find it from My work.",
    405: "Open the page from its link and use its buttons.",
    408: TOO_SLOW,
    409: "Someone has changed this since you opened it. Look at it again and then decide.",
    413: "Text can be up to 2 MB and a file up to 25 MB. Send less at once.",
    415: "Only forms from this service can be sent here.",
    422: "Go back, check what you sent and try again.",
    429: "Wait a few minutes and then try again.",
    500: "Nothing was saved. Try again in a few minutes. If it happens again, tell the support "
    "service the number below.",
    503: "Nothing was saved. Try again in a minute.",
}


# Said where a form was saved, too: its page shows what is saved when it is opened again.
_NOT_SHOWN = (
    "This page holds an exempt paper, and that you read it could not be written down just now, so "
    "it is not shown. Go back, open it again in a minute and look at what is saved."
)


@dataclass(frozen=True)
class Refusal:
    """What the page of a refusal says."""

    status: int
    title: str
    sentences: list[str]
    reference: str | None = None
    typed: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    unsure: bool = False


def page(
    status: int,
    sentences: list[str] | None = None,
    *,
    reference: str | None = None,
    first: list[str] | None = None,
    unsure: bool = False,
) -> Response:
    """The page of a refusal, as its reply; ``first`` is what the same form said before, and
    ``unsure`` whether what was typed may be saved nevertheless."""
    known = status if status in _TITLES else (400 if status < 500 else 500)
    refusal = Refusal(
        status,
        _TITLES[known],
        sentences or [_SENTENCES[known]],
        reference,
        _typed(status),
        first or [],
        unsure,
    )
    return make_response(_drawn(refusal), status)


def signed_out() -> Response | None:
    """The page for somebody whose session is unknown by now, with what they typed to copy; None
    when they typed nothing worth it."""
    return page(401) if _typed(401) else None


def _drawn(refusal: Refusal) -> str:
    # Under a host that is not ours no address of ours can be made, so that no page can be drawn.
    if request_ctx.url_adapter is None:
        return _bare(refusal)
    try:
        return render_template("refusal.html", refusal=refusal, page_title=refusal.title)
    except Exception:
        # The page's own frame may need what has just failed (the database): do without it.
        log.exception("the page of a refusal could not be drawn")
        return _bare(refusal)


def without_words() -> Response:
    """The reply instead of a page whose reading could not be written down: nothing of it, nor of
    what was typed."""
    reply = make_response(_bare(Refusal(503, _TITLES[503], [_NOT_SHOWN])), 503)
    reply.headers.update(RETRY)
    return reply


def _bare(refusal: Refusal) -> str:
    lines = [*refusal.sentences, *([f"Number: {refusal.reference}"] if refusal.reference else [])]
    text = "".join(f"<p>{escape(line)}</p>" for line in lines)
    title = escape(refusal.title)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1>{text}</main></body></html>"
    )


def _typed(status: int) -> list[str]:
    if request.method != "POST" or status in (408, 413) or request.mimetype not in _FORMS:
        return []
    try:
        pairs = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return [
        value
        for name, value in pairs
        if len(value) >= WORTH_KEEPING and not any(word in name for word in _NEVER_SHOWN)
    ]


_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


def _refused(refusal: Exception) -> ResponseReturnValue:
    status = next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), 422)
    if status == 404:
        return page(404)
    if isinstance(refusal, errors.Away):
        g.database_away = True  # nothing on the page may ask it again
    reasons = getattr(refusal, "reasons", None) or [str(refusal)]
    reply = page(
        status,
        [reason for reason in reasons if reason] or None,
        first=_first(refusal),
        unsure=isinstance(refusal, errors.Unsure),
    )
    if status == 503:
        reply.headers.update(RETRY)
    return reply


def _first(refusal: Exception) -> list[str]:
    """The words that the same form said the first time."""
    if not isinstance(refusal, errors.Repeated) or not refusal.first:
        return []
    try:
        by_box = json.loads(refusal.first)
    except ValueError:
        return [refusal.first]
    words = [value for values in by_box.values() if isinstance(values, list) for value in values]
    return [str(each) for each in words if len(str(each)) >= WORTH_KEEPING]


def _http(failure: HTTPException) -> ResponseReturnValue:
    if failure.code is None or failure.code < 400:
        return failure
    own = failure.description if failure.description != type(failure).description else None
    use_own = own is not None and failure.code in (400, 403, 409, 422, 429)
    reply = page(failure.code, [str(own)] if use_own else None)
    for name, value in failure.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            reply.headers[name] = value
    return reply


def _bad_request(failure: HTTPException) -> ResponseReturnValue:
    # Werkzeug's own words for a broken host or key name inner things, so ours stand instead.
    ours = (failure.description or "").startswith("This was sent")
    g.forged = ours
    return page(400, [str(failure.description)] if ours else None)


def _csrf(_failure: CSRFError) -> ResponseReturnValue:
    g.forged = True
    return page(
        400,
        ["This page was open too long, or was not opened here. Nothing was saved.",
         "Go back, open the page again and send it again."],
    )  # fmt: skip


def _database(failure: errors.Rejected) -> ResponseReturnValue:
    """What the database itself refused, which no check before it has caught (fault X6)."""
    answer = refused_by_database.answer(failure)
    if answer is None:
        return _unexpected(InternalServerError(original_exception=failure))
    # The name of the rule alone: the database's own words repeat what was typed.
    log.error("the database refused %s on %s %r", answer.rule, request.method, request.path)
    return page(answer.status, [answer.sentence])


def _unexpected(failure: InternalServerError) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    cause = failure.original_exception
    # The address alone, never the query or the form: they may hold names and words of a draft.
    log.error(
        "unexpected failure %s on %s %r", reference, request.method, request.path, exc_info=cause
    )
    return page(500, reference=reference)


def register(app: Flask) -> None:
    """Answer every refusal and failure of ``app`` with its page."""
    app.register_error_handler(errors.Refused, _refused)
    app.register_error_handler(errors.Rejected, _database)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(400, _bad_request)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _unexpected)
