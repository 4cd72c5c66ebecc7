"""What a reply leaves in the access log: the one place that every reply passes before it is sent.

The rules that live here: a reply that holds words of an exempt paper is sent only once the log says
who is about to read it (no log, no text), and no page has to remember that, since the finished
reply itself is looked through. A refusal is written after its own transaction has been undone, and
stands whether it could be written or not. Of an address only its pattern is kept, so that no token
and no e-mail address comes into the log (SR-71).
"""

import logging
import re
from html import unescape
from io import BytesIO
from zipfile import ZipFile

from flask import Flask, Response, current_app, g, request

from cycle.db import Database
from cycle.errors import Refused, Rejected
from webui.http import errors, policies
from workflows.files import tables, word_document
from workflows.people import access_log
from workflows.people.access_log import Paper, Place

log = logging.getLogger(__name__)
# The log's own pages name papers by their references alone; writing that somebody read in the log
# would only make it longer with each look.
OF_THE_LOG = frozenset({"access.readings", "access.readings_csv"})
_PACKED = (tables.MIMETYPE, word_document.MIMETYPE)
_VARIABLE = re.compile(r"<[^>]*>")
_AFTER_A_NAME = re.compile(r"[\w-]")


def place() -> Place:
    """Where this request came from, and to which page."""
    rule = request.url_rule.rule if request.url_rule else ""
    address = f"{request.method} {_VARIABLE.sub('…', rule)}" if rule else ""
    return Place(request.remote_addr or "", address)


def note(kind: str, person_id: int | None = None) -> None:
    """Remember a line to be written before this request's reply is sent."""
    g.setdefault("access_notes", []).append((kind, person_id))


def papers_in(reply: Response, papers: tuple[Paper, ...]) -> list[Paper]:
    """Those of some exempt papers of which a reply tells anything beyond that they are there."""
    if not papers or request.method == "HEAD" or 300 <= reply.status_code < 400:
        return []
    words = _words(reply)
    return [each for each in papers if _asked(reply, each) or _shown(words, each)]


def _asked(reply: Response, paper: Paper) -> bool:
    """Whether the page is one of this paper's own."""
    if reply.status_code >= 300:
        return False
    given = request.view_args or {}
    own = paper.kind == "item" and given.get("item_id") == paper.subject_id
    return own or paper.ref in given.values()


def _shown(words: str, paper: Paper) -> bool:
    link = f"/items/{paper.subject_id}" if paper.kind == "item" else ""
    return any(_named(words, name) for name in (paper.ref, paper.title, link) if name)


def _named(words: str, name: str) -> bool:
    """Whether a name stands in words, and not only as the beginning of a longer one."""
    at = words.find(name)
    while at >= 0:
        if not _AFTER_A_NAME.match(words, at + len(name)):
            return True
        at = words.find(name, at + 1)
    return False


def _words(reply: Response) -> str:
    """A reply as its reader sees it; a workbook or a Word document by the text of its parts."""
    if reply.direct_passthrough:
        return ""
    data = reply.get_data()
    if reply.mimetype in _PACKED:
        with ZipFile(BytesIO(data)) as book:
            data = b"\n".join(book.read(name) for name in book.namelist() if name.endswith("xml"))
    return unescape(data.decode(errors="replace"))


def _before_sending(reply: Response) -> Response:
    if request.endpoint == "static" or g.get("database_away"):
        return reply
    visitor = g.get("visitor")
    if visitor is not None and request.endpoint not in OF_THE_LOG:
        try:
            shown = papers_in(reply, visitor.papers)
            if shown:
                _database().run(
                    access_log.read_exempt, place(), visitor.person_id, shown, reply.status_code
                )
        except (Refused, Rejected):
            log.exception("an exempt paper was not sent, since the access log could not be written")
            return errors.without_words()
    _write_refusal(reply, visitor.person_id if visitor is not None else None)
    return reply


def _write_refusal(reply: Response, person_id: int | None) -> None:
    notes = [*g.get("access_notes", [])]
    if (kind := _refusal(reply)) is not None:
        notes.append((kind, person_id))
    ref = str((request.view_args or {}).get("ref", ""))
    try:
        for kind, who in notes:
            _database().run(
                access_log.write, kind, place(), person_id=who, status=reply.status_code, ref=ref
            )
    except (Refused, Rejected):
        log.exception("a line of the access log could not be written")


def _refusal(reply: Response) -> str | None:
    """What kind of line a refusal is; None for what is none, or was written where it happened."""
    if g.get("forged"):
        return access_log.FORGED
    if request.endpoint is None or g.get("access_written"):
        return None
    if reply.status_code == 429:
        return access_log.SLOWED
    closed = reply.status_code == 404 and policies.is_closed(request.endpoint)
    own_work = reply.status_code == 422 and g.get("own_work")
    return access_log.REFUSED if reply.status_code == 403 or closed or own_work else None


def _database() -> Database:
    found: Database = current_app.extensions["db"]
    return found


def register(app: Flask) -> None:
    """Look through every reply of ``app`` before its headers are put on."""
    app.after_request(_before_sending)
