"""The words of every message, rendered into its row when it is written.

The rules that live here: plain text, British English, dates as people read them; the daily mail has
three lists (overdue, due soon, new), each task on it once with one link, whose it is as well, and
why the mail was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from config.dates import long_date

FAR_FUTURE = date(9999, 12, 31)
LISTS = ("overdue", "soon", "new")
LIST_NAMES = {"overdue": "overdue", "soon": "due soon", "new": "new"}

# What others have changed about a person's account, posts or cover: subject and sentence (SR-80).
RIGHTS: Mapping[str, tuple[str, str]] = {
    "post_given": ("You have been given a post", "You have the post “{post}” {span}."),
    "post_ended": ("Your time in a post ends", "Your time in the post “{post}” ends {until}."),
    "role_changed": (
        "Your post was changed",
        "You have the post “{post}” from today, and no longer the post “{left}”.",
    ),
    "post_covered": (
        "Somebody covers for you",
        "{acting} acts for you in your post “{post}” {span}. The record says so of each act.",
    ),
    "cover_given": (
        "You cover for somebody",
        "You act for {away} in the post “{post}” {span}. The record says so of each act.",
    ),
    "post_uncovered": (
        "The cover at your post ends",
        "{acting} no longer acts for you in your post “{post}” {until}.",
    ),
    "cover_ended": (
        "Your cover ends",
        "You no longer act for {away} in the post “{post}” {until}.",
    ),
    "deactivated": (
        "Your account was closed",
        "Your account can no longer be signed in to, and every session was ended.",
    ),
    "reactivated": (
        "Your account is open again",
        "Your account can be signed in to again. The password of before works no more: choose a "
        "new one with a link, which comes by a mail of its own or which you can ask for on the "
        "page for signing in.",
    ),
    "address_changed": (
        "Your e-mail address was changed",
        "The address with which you sign in was changed from {before} to {after}. Links for a new "
        "password that were still open work no more, and every session was ended.",
    ),
    "link_printed": (
        "A link to your account was made",
        "A link with which a new password can be set for your account was made and printed. It "
        "works once, for 30 minutes.",
    ),
    "signed_out": ("You were signed out", "Every session of your account was ended."),
    "appointed_alone": (
        "Somebody was made an administrator by one person alone",
        "{name} has the post “{post}” by the act of one administrator, for want of a second one "
        "who could agree. From now on the two can agree with each other; the record says so of "
        "each act. You are told because you check the record: ask them whether it is right.",
    ),
    "unit_merged": (
        "Your unit was merged",
        "{unit} was merged into {into}, and your post “{post}” went there with its plans and "
        "tasks. These share the work of that post with you: {others}.",
    ),
    "unit_taken_in": (
        "A unit was merged into yours",
        "{unit} was merged into {into}. Whoever had the same post there has yours now, and you "
        "theirs. These share the work of your post “{post}” with you: {others}.",
    ),
    "unit_tasks_come": (
        "A unit was merged into yours",
        "{unit} was merged into {into}. Whatever waited there for a post like yours has come to "
        "your post “{post}”.",
    ),
    "unit_closed": (
        "A unit was closed",
        "{unit} was closed. Whatever waited for one of its posts, or was asked of it, has come to "
        "your post “{post}”.",
    ),
    "waits": (
        "Something waits for a second administrator",
        "{summary} It counts only once another administrator has agreed. Look at it here, agree "
        "or refuse: {link}",
    ),
    "agreed": ("What you proposed was agreed", "It is done. You had proposed: {summary}"),
    "refused": ("What you proposed was refused", "{summary} The reason: {why}"),
    "overtaken": (
        "What you proposed can no longer be done",
        "{summary} It was not done: {why}",
    ),
}
# Stands in a mail that is written where nobody knows the service's own address; put in as it goes.
SERVICE = "https://this-service.invalid"
PROPOSAL_PAGE = SERVICE + "/people/proposals/{}"
UNEXPECTED = (
    "If you did not expect this, tell the support service at once, and say that it should be "
    "undone. What was done stands on the council's record."
)

_TEMPLATES = Environment(
    loader=PackageLoader("notifications"),
    autoescape=select_autoescape(default=False),  # plain text: there is nothing to escape
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True)
class Line:
    """One task on a daily mail. ``post`` is the one that makes it this person's; ``came_late``:
    it came to them after its day."""

    list: str  # overdue | soon | new
    task: str
    title: str
    ref: str
    due_on: date
    came_late: bool
    post: str
    others: tuple[str, ...]
    link: str

    @property
    def due(self) -> str:
        """4 December 2026; or that there is no date."""
        if self.due_on == FAR_FUTURE:
            return "no date"
        passed = ", which had passed when it came to you" if self.came_late else ""
        return f"{long_date(self.due_on)}{passed}"


@dataclass(frozen=True)
class News:
    """What has happened, in a few words, and where to read more."""

    words: str
    link: str


def digest(
    name: str, lines: Sequence[Line], base_url: str, news: Sequence[News] = ()
) -> tuple[str, str]:
    """Subject and body of one person's mail of the day."""
    ordered = sorted(lines, key=lambda line: (line.due_on, line.ref, line.task))
    lists = {key: [line for line in ordered if line.list == key] for key in LISTS}
    counts = [f"{len(lists[key])} {LIST_NAMES[key]}" for key in LISTS if lists[key]]
    tasks = "1 task" if len(lines) == 1 else f"{len(lines)} tasks"
    body = _rendered("digest.txt", name=name, tasks_link=f"{base_url}/tasks", news=news, **lists)
    if not lines:
        return "Dates of yours have moved", body
    return f"{tasks} for you: {', '.join(counts)}", body


def rights(
    name: str, change: str, words: Mapping[str, str], by: str, agreed_by: str = ""
) -> tuple[str, str]:
    """Subject and body of the mail that tells a person what was changed about their rights.

    ``change`` is a key of ``RIGHTS``; ``by`` names who did it.
    """
    subject, sentence = RIGHTS[change]
    body = _rendered(
        "rights.txt",
        name=name,
        what=sentence.format(**words),
        by=by,
        agreed_by=agreed_by,
        unexpected=UNEXPECTED,
    )
    return subject, body


def _rendered(template: str, **words: Any) -> str:
    body = _TEMPLATES.get_template(template).render(words)
    # Lists that are empty leave holes behind; one empty line is enough between two parts.
    lines: list[str] = []
    for line in body.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"
