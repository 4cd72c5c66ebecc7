"""What of all that a search met one person may see: the door, asked of many subjects at once.

The rule that lives here: of a plan or report that was met by any of its words, what may be told is
judged by the conditions of ``access_rights`` at that moment; the index only says where to look.
"""

from cycle import access
from cycle.access_rights import knows, opens_report, works_on_plan
from cycle.people import Actor

# For the ``subject`` of a statement: whether the person may know of it (``known``), read its words
# (``words``: of a plan the working copy, of a report its text), and which sealed version of a plan
# is open to everybody (``version_id``). The statement reads ``plan`` beside it, by an outer join.
_JUDGED = """
{known} AS known,
CASE subject.kind WHEN 'plan' THEN {works} WHEN 'item' THEN {opens} ELSE false END AS words,
CASE WHEN subject.kind = 'plan' THEN {version} END AS version_id
"""
BESIDE = "LEFT JOIN plan ON plan.id = subject.id"
# Which version of a plan is open to everybody, for who makes the index.
OPEN_VERSION = access.SHOWN_VERSION


def judged(actor: Actor) -> str:
    """The columns ``known``, ``words`` and ``version_id`` of a statement that reads ``subject`` and
    ``plan`` (``BESIDE``); it takes ``access.bound(actor)``."""
    return _JUDGED.format(
        known=knows(actor),
        works=works_on_plan(actor),
        opens=opens_report(actor),
        version=access.SHOWN_VERSION,
    )
