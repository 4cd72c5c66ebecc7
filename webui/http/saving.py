"""Saving while somebody writes: the page's script sends the form to the form's own address, and
says in a header that nobody has pressed a button (fault L1).

The rule that lives here: what is saved by itself is no act. It leaves no event and keeps no key of
the form, and it is answered by one small JSON object: ``saved`` (the time, as pages say it) with
the ``version`` that stands now, or ``why`` not in one sentence.
"""

from datetime import datetime

from flask import Response, jsonify, request

from webui.page.formats import moment_text

HEADER = "Plancycle-Saves"


def by_itself() -> bool:
    """Whether the page's script sent this while somebody wrote."""
    return request.method == "POST" and HEADER in request.headers


def saved(at: datetime, version: int | None = None) -> Response:
    """The reply to what was saved at this moment; ``version`` is to come back with the next one."""
    return jsonify(saved=time(at), version=version)


def refused(status: int, why: str) -> Response:
    """The reply to what was not saved."""
    reply = jsonify(why=why)
    reply.status_code = status
    return reply


def time(at: datetime) -> str:
    """The time of a moment in London, in the words of the pages."""
    return moment_text(at).rpartition(" at ")[2]
