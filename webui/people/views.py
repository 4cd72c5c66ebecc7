"""People and posts: who holds which, who covers; and what an administrator changes."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cycle.errors import Blocked
from webui.forms import KeyedForm, options
from webui.http import access_log, auth
from webui.http.actions import ask, drawn
from webui.http.policies import SIGNED_IN, policy
from webui.people import forms as people_forms
from workflows.core.commands import Command, command
from workflows.people import (
    accounts,
    handing_over,
    proposals,
    reading,
    reading_person,
)
from workflows.people.access_log import SESSION_ENDED
from workflows.people.reading_person import PersonPage

bp = Blueprint("people", __name__, url_prefix="/people")
MANAGE = "permission:manage_people"


@bp.get("")
@policy(SIGNED_IN)
def index() -> ResponseReturnValue:
    """Posts by department, and who is in them."""
    form = people_forms.FindForm()
    wanted = (form.q.data or "") if form.q.validate(form) else ""
    department, manages = form.department.data or 0, auth.may("manage_people")
    page = auth.reading(reading.directory, auth.me(), wanted, department, manages=manages)
    form.department.choices = options(
        [("", "Every department"), *((str(key), name) for key, name in page.departments)]
    )
    form.validate()
    return render_template("people/index.html", page=page, form=form, wanted=wanted)


@bp.route("/new", methods=["GET", "POST"])
@policy(MANAGE)
def new() -> ResponseReturnValue:
    """Add somebody and invite them by mail."""
    form = people_forms.PersonForm()
    return ask(
        form,
        drawn("people/new.html", form),
        lambda: command(
            handing_over.add_and_invite,
            name=form.name.value,
            email=form.email.value,
            page=set_password_address(),
        ),
        location=lambda made: url_for(".show", person_id=made),
        message="The account is made and the invitation is on its way. Now give them a post.",
    )


def set_password_address() -> str:
    """The address of the page of one-time links, up to the token."""
    return f"{auth.settings().base_url}/set-password/"


@bp.get("/<int:person_id>")
@policy(SIGNED_IN)
def show(person_id: int) -> str:
    """One person: posts, cover, what waits in their queues."""
    page = auth.reading(reading_person.person, auth.me(), person_id)
    return render_template("people/show.html", page=page, form=KeyedForm(), own=_own(page))


def _own(page: PersonPage) -> bool:
    return page.id == auth.me().person_id


@bp.post("/<int:person_id>/invite")
@policy(MANAGE)
def invite(person_id: int) -> ResponseReturnValue:
    """Mail a one-time link to its owner; it is shown to nobody (SR-80)."""
    page = auth.reading(reading_person.person, auth.me(), person_id)
    message = f"The link is on its way to {page.email}. It is shown to nobody else."
    return _pressed(
        page, lambda: command(accounts.invite, person_id, set_password_address()), message
    )


def _pressed(
    page: PersonPage,
    made: Callable[[], Command[object]],
    message: str | Callable[[object], str],
    location: str | Callable[[object], str] = "",
) -> ResponseReturnValue:
    """A button alone: done, or back to the person's page with the reason."""
    form = KeyedForm()
    form.validate()
    back = url_for(".show", person_id=page.id)
    try:
        outcome = auth.change(made, form=form, location=location or back, message=message)
    except Blocked as refusal:
        for reason in refusal.reasons:
            flash(reason, "notice")
        return redirect(back, 303)
    flash(outcome.message)
    return redirect(outcome.location, 303)


@bp.route("/<int:person_id>/posts/new", methods=["GET", "POST"])
@policy(MANAGE)
def hold(person_id: int) -> ResponseReturnValue:
    """Put somebody into a post, from and to."""
    found = auth.reading(reading_person.hold_page, auth.me(), person_id)
    form = people_forms.HoldForm()
    form.post.choices = options([("", "Choose a post"), *found.posts])
    draw = drawn("people/hold.html", form, page=found.person, note=found.note)
    return ask(
        form,
        draw,
        lambda: command(
            accounts.hold_post,
            person_id=person_id,
            post_id=form.post.value,
            from_on=form.from_on.value_or_none,
            until_on=form.last_on.until_or_none,
            reason=form.reason.value,
        ),
        location=_after(person_id),
        message=_message(f"{found.person.name} has the post."),
    )


def _after(person_id: int) -> Callable[[object], str]:
    """The person's page; or that of the proposal, where a second administrator has to agree."""

    def where(made: object) -> str:
        waits = proposals.waiting_number(made)
        if waits is not None:
            return url_for("proposals.show", proposal_id=waits)
        return url_for("people.show", person_id=person_id)

    return where


def _message(done: str) -> Callable[[object], str]:
    """What was done; or that it waits."""
    waits = "This is proposed. It counts once another administrator has agreed."
    return lambda made: done if proposals.waiting_number(made) is None else waits


@bp.route("/<int:person_id>/posts/<int:appointment_id>/end", methods=["GET", "POST"])
@policy(MANAGE)
def end_post(person_id: int, appointment_id: int) -> ResponseReturnValue:
    """End somebody's time in a post."""
    page = auth.reading(reading_person.person, auth.me(), person_id)
    held = reading_person.appointment_of(page, appointment_id)
    form = people_forms.EndForm()
    return ask(
        form,
        drawn("people/end_post.html", form, page=page, held=held),
        lambda: command(
            accounts.end_appointment,
            appointment_id,
            form.last_on.until_or_none,
        ),
        location=url_for(".show", person_id=person_id),
        message=f"“{held.title}” ends as you said. Its tasks stay with the post.",
    )


@bp.route("/<int:person_id>/cover/new", methods=["GET", "POST"])
@policy(SIGNED_IN)
def cover(person_id: int) -> ResponseReturnValue:
    """Let a colleague act while somebody is away: for one's own post, or by an administrator."""
    manages = auth.may("manage_people")
    found = auth.reading(reading_person.cover_page, auth.me(), person_id, manages=manages)
    form = people_forms.CoverForm()
    posts = [(str(each.post_id), each.title) for each in found.person.present]
    form.post.choices = options(posts if len(posts) == 1 else [("", "Choose a post"), *posts])
    form.person.choices = options([("", "Choose a person"), *found.colleagues])
    draw = drawn("people/cover.html", form, page=found.person, note=found.note)
    return ask(
        form,
        draw,
        lambda: command(
            accounts.set_cover,
            post_id=form.post.value,
            person_id=form.person.value,
            from_on=form.from_on.value,
            until_on=form.last_on.until,
            reason=form.reason.value,
            knows_four_eyes=form.knows.value,
        ),
        location=_after(person_id),
        message=_message("Cover is set. The record will say who acted for whom."),
    )


@bp.post("/<int:person_id>/cover/<int:cover_id>/end")
@policy(SIGNED_IN)
def end_cover(person_id: int, cover_id: int) -> ResponseReturnValue:
    """End cover now: by either of the two, or an administrator."""
    page = auth.reading(reading_person.person, auth.me(), person_id)
    reading_person.cover_of(page, cover_id)
    return _pressed(
        page, lambda: command(accounts.end_cover, cover_id, until_on=None), "The cover has ended."
    )


@bp.route("/<int:person_id>/deactivate", methods=["GET", "POST"])
@policy(MANAGE)
def deactivate(person_id: int) -> ResponseReturnValue:
    """Somebody has left."""
    page = auth.reading(reading_person.person, auth.me(), person_id)
    form = people_forms.LeaveForm()
    draw = drawn("people/deactivate.html", form, page=page)
    return ask(
        form,
        draw,
        lambda: command(accounts.deactivate, person_id, form.reason.value),
        location=url_for(".show", person_id=person_id),
        message=f"{page.name} can no longer sign in, and is signed out everywhere.",
    )


@bp.post("/<int:person_id>/reactivate")
@policy(MANAGE)
def reactivate(person_id: int) -> ResponseReturnValue:
    """Somebody is back; the link for a new password goes to its owner's mailbox."""
    page = auth.reading(reading_person.person, auth.me(), person_id)
    done = f"{page.name} can sign in again. A link for a new password is on its way to them."
    return _pressed(
        page,
        lambda: command(handing_over.reactivate_and_invite, person_id, set_password_address()),
        _message(done),
        location=_after(person_id),
    )


@bp.post("/<int:person_id>/end-sessions")
@policy(MANAGE)
def end_sessions(person_id: int) -> ResponseReturnValue:
    """Sign somebody out everywhere."""
    page = auth.reading(reading_person.person, auth.me(), person_id)
    reply = _pressed(
        page,
        lambda: command(accounts.end_sessions, person_id),
        f"{page.name} is signed out everywhere.",
    )
    access_log.note(SESSION_ENDED, person_id)
    return reply


@bp.route("/<int:person_id>/remove-name", methods=["GET", "POST"])
@policy(MANAGE)
def erase(person_id: int) -> ResponseReturnValue:
    """Remove the name of somebody who has left."""
    page = auth.reading(reading_person.person, auth.me(), person_id)
    form = people_forms.EraseForm()
    return ask(
        form,
        drawn("people/erase.html", form, page=page),
        lambda: command(accounts.erase, person_id, form.reason.value),
        location=url_for(".index"),
        message="The name is removed. What was done stays on the record.",
    )
