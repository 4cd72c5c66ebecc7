"""What every Word document of the service says of itself, and its tables, made from pages' own.

The rule that lives here: the title, the council, the day and, at the foot of each page, whether it
is a draft and which version.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import g
from werkzeug.wrappers import Response

from cycle import clock
from webui.page import downloads
from workflows.files.word_document import About, Document


def begun(title: str, foot: Sequence[str]) -> Document:
    """A document with its title; ``foot``: what stands below the council's name on each page."""
    council = str(g.council_name)
    first = ". ".join(each for each in (council, *foot[:1]) if each)
    return Document(About(title, council, clock.now(), [first, *foot[1:]]))


def table(
    made: Document,
    caption: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
) -> None:
    """A table as pages draw it: columns with key and label, rows by key."""
    keys = [each["key"] for each in columns]
    cells = [[str(row.get(key) or "") for key in keys] for row in rows]
    made.table(caption, [str(each["label"]) for each in columns], cells)


def handed_out(made: Document, name: str) -> Response:
    """The reply with a document."""
    return downloads.handed_out(name.lower(), "docx", made.contents())
