"""My work: what is to be done next, by me and by my posts; what others have; what is done."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from config.permissions import CHASE, CHECK_RECORD, MANAGE_PEOPLE
from webui.forms import KeyedForm
from webui.http import auth
from webui.http.policies import policy
from webui.page.formats import Keyset
from webui.queues import pages as task_pages
from workflows.core.commands import command
from workflows.cycles import reading_sheet
from workflows.cycles.reading_sheet import Figures
from workflows.meetings import ahead
from workflows.meetings.ahead import Ahead
from workflows.people import reading_proposals
from workflows.plans import overview
from workflows.plans.reading_overview import Begun
from workflows.queues import claims, reading
from workflows.queues.chase_list import Late
from workflows.queues.my_work import TaskRow, Which

bp = Blueprint("tasks", __name__)


class ClaimForm(KeyedForm):
    """Nothing but the key."""


@bp.get("/")
@policy("signed_in")
def front() -> ResponseReturnValue:
    """The front page is My work."""
    return redirect(url_for(".mine"))


@bp.get("/tasks")
@policy("signed_in")
def mine() -> str:
    """What is mine to do, alone or with others."""
    return _work("me")


@bp.get("/tasks/posts")
@policy("signed_in")
def posts() -> ResponseReturnValue:
    """Where what is shared was listed by itself."""
    return redirect(url_for(".mine"))


@bp.get("/tasks/waiting")
@policy("signed_in")
def waiting() -> str:
    """What I wait for others to do."""
    return _work("waiting")


@bp.get("/tasks/done")
@policy("signed_in")
def done() -> str:
    """What I have done, the latest first."""
    return _work("done")


def _work(which: Which) -> str:
    after = Keyset.from_request().after
    page = auth.reading(reading.work, auth.me(), which, after, chases=auth.may(CHASE))
    forms = {row.id: ClaimForm(formdata=None) for row in page.part.rows}
    return render_template(
        "tasks/list.html",
        page=page,
        listed=task_pages.part(page.part.rows, page.part.following, after),
        which=which,
        forms=forms,
        link=_link_of(which),
        ahead=_ahead() if which == "me" and not page.counts["me"] else None,
        other_pages=_other_pages(),
        proposals=_proposals() if which == "me" else 0,
        soon=overview.soon_until(),
        year=_year() if which == "me" and auth.may(CHASE) else None,
    )


def _year() -> tuple[Begun, Figures] | None:
    """The year in five numbers, for who chases (fault P3)."""
    return auth.reading(reading_sheet.figures, auth.me())


def _ahead() -> Ahead:
    """What comes next for somebody who has nothing to do."""
    return auth.reading(ahead.ahead, auth.me())


def _other_pages() -> list[tuple[str, str]]:
    """Where somebody without a task may look, their own pages first: words and address."""
    own = [("People and posts", "people.index", MANAGE_PEOPLE),
           ("Check the record", "audit.index", CHECK_RECORD)]  # fmt: skip
    found = [(words, url_for(page)) for words, page, permission in own if auth.may(permission)]
    return [
        *found,
        ("All plans", url_for("board.index")),
        ("Meetings", url_for("meetings.index")),
        ("Work programme", url_for("meetings.programme")),
        ("Decisions", url_for("meetings.decisions")),
    ]


def _proposals() -> int:
    """How many proposals wait for this administrator's answer; 0 for everybody else."""
    if not auth.may(MANAGE_PEOPLE):
        return 0
    return auth.reading(reading_proposals.to_settle, auth.me())


def _link_of(which: Which) -> Callable[[TaskRow | Late], str]:
    """Where a row leads: to the step that is mine to do, else to what it is about."""
    return task_pages.link if which == "me" else task_pages.place


@bp.get("/tasks/chase")
@policy("permission:chase")
def chase() -> str:
    """Every task that is late, and who has it."""
    after = Keyset.from_request().after
    page = auth.reading(reading.chase, auth.me(), after)
    return render_template(
        "tasks/chase.html",
        page=page,
        listed=task_pages.part(page.part.rows, page.part.following, after),
        which="chase",
        link=task_pages.place,
    )


@bp.post("/tasks/<int:task_id>/claim")
@policy("signed_in")
def claim(task_id: int) -> ResponseReturnValue:
    """I am on it."""
    form = ClaimForm()
    form.validate()
    outcome = auth.change(
        lambda: command(claims.claim, task_id),
        form=form,
        location=url_for(".mine"),
        message=lambda label: f"It is now for you: {label}.",
    )
    flash(outcome.message)
    return redirect(outcome.location, 303)


@bp.post("/tasks/<int:task_id>/give-back")
@policy("signed_in")
def give_back(task_id: int) -> ResponseReturnValue:
    """Somebody else who serves the queue may do it."""
    form = ClaimForm()
    form.validate()
    outcome = auth.change(
        lambda: command(claims.give_back, task_id),
        form=form,
        location=url_for(".mine"),
        message=lambda label: f"Given back to your colleagues: {label}.",
    )
    flash(outcome.message)
    return redirect(outcome.location, 303)
