"""What a subject is called outside the door, in a mail or a calendar, where others may read it.

The rule that lives here: there an exempt plan or report has a neutral title and no reference;
whether one is exempt is said once, for statements too.
"""

from cycle import access_rights as rights
from cycle.models import Subject

EXEMPT_TITLES = {"plan": "Exempt plan", "item": "Exempt report"}
EXEMPT_REPORT = EXEMPT_TITLES["item"]
# For statements that read a ``subject``: whether it is exempt, and what it is called outside.
EXEMPT = (
    f"(subject.kind = 'item' AND {rights.EXEMPT_REPORT.format(of='subject')} OR subject.exempt)"
)
TITLE_OUTSIDE = (
    f"CASE WHEN NOT {EXEMPT} THEN subject.title WHEN subject.kind = 'item' "
    f"THEN '{EXEMPT_TITLES['item']}' ELSE '{EXEMPT_TITLES['plan']}' END"
)


def title_outside(subject: Subject) -> str:
    """What a subject is called where others may read it: mails, calendars."""
    return EXEMPT_TITLES.get(subject.kind, subject.title) if subject.exempt else subject.title


def name_outside(subject: Subject) -> str:
    """Title and reference for a mail; of an exempt subject neither."""
    title = title_outside(subject)
    return f"{title}, number {subject.id}" if subject.exempt else f"{title} ({subject.ref})"
