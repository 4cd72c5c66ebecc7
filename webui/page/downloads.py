"""Files that are handed out: one way to name them and to send them, each as an attachment (SR-63).

The rule that lives here: the name is of our making, of plain letters, with the day; what people
typed never comes into it.
"""

from flask import make_response
from werkzeug.wrappers import Response

from cycle import clock
from notifications import feeds
from workflows.files import tables, word_document

_TYPES = {
    "xlsx": tables.MIMETYPE,
    "csv": "text/csv",
    "ics": feeds.MIMETYPE,
    "docx": word_document.MIMETYPE,
}


def handed_out(name: str, ending: str, contents: bytes) -> Response:
    """The reply with a file; ``ending`` is xlsx, csv, ics or docx."""
    reply = make_response(contents)
    reply.mimetype = _TYPES[ending]
    reply.headers["Content-Disposition"] = (
        f'attachment; filename="{name}-{clock.today().isoformat()}.{ending}"'
    )
    return reply
