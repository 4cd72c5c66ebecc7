"""People and posts: who sits where, who covers; and what an administrator changes."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cycle.errors import Blocked
from cycle.models import Person, RightsProposal
from cycle.people import Actor
from webui import forms
from webui.forms import KeyedForm, options
from webui.http import access_log, auth
from webui.http.actions import drawn, submit
from webui.http.policies import SIGNED_IN, policy
from webui.people import forms as people_forms, pages as people_pages, proposal_pages
from workflows.people import accounts as people
from workflows.people.access_log import SESSION_ENDED

bp = Blueprint("people", __name__, url_prefix="/people")
MANAGE = "permission:manage_people"


@bp.get("")
@policy(SIGNED_IN)
def index() -> ResponseReturnValue:
    """Posts by department, and who is in them."""
    form = people_forms.FindForm()
    found = auth.reading(people_pages.departments)
    form.department.choices = options(
        [("", "Every department"), *((str(key), name) for key, name in found)]
    )
    good = form.validate()
    wanted = (form.q.data or "") if good else ""
    department = (form.department.data or 0) if good else 0
    manages = auth.may("manage_people")
    page = auth.reading(people_pages.directory, auth.me(), wanted, department, everybody=manages)
    waiting = auth.reading(proposal_pages.waiting) if manages else []
    note = auth.reading(proposal_pages.note, auth.me()) if manages else ""
    return render_template(
        "people/index.html", page=page, form=form, wanted=wanted, waiting=waiting, note=note
    )


@bp.route("/new", methods=["GET", "POST"])
@policy(MANAGE)
def new() -> ResponseReturnValue:
    """Add somebody and invite them by mail."""
    form = people_forms.PersonForm()
    if request.method != "POST":
        return _new_page(form, [])
    link_page = set_password_address()

    def verb(session: Session, actor: Actor) -> int:
        made = people.add_person(session, actor, form.name.data or "", form.email.data or "")
        people.invite(session, actor, made.id, link_page)
        return made.id

    return submit(
        form,
        lambda reasons: _new_page(form, reasons),
        verb,
        location=lambda made: url_for(".show", person_id=made),
        message="The account is made and the invitation is on its way. Now give them a post.",
    )


def _new_page(form: people_forms.PersonForm, reasons: list[str]) -> str:
    lines = forms.summary(form, reasons)
    return render_template("people/new.html", form=form, summary_lines=lines)


def set_password_address() -> str:
    """The address of the page of one-time links, up to the token."""
    return f"{auth.settings().base_url}/set-password/"


@bp.get("/<int:person_id>")
@policy(SIGNED_IN)
def show(person_id: int) -> str:
    """One person: posts, cover, what waits at their desks."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    return render_template("people/show.html", page=page, form=KeyedForm(), own=_own(page))


def _own(page: people_pages.PersonPage) -> bool:
    return page.id == auth.me().person_id


@bp.post("/<int:person_id>/invite")
@policy(MANAGE)
def invite(person_id: int) -> ResponseReturnValue:
    """Mail a one-time link to its owner; it is shown to nobody (SR-80)."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    message = f"The link is on its way to {page.email}. It is shown to nobody else."
    return _pressed(people.invite, page, message, person_id, set_password_address())


def _pressed(
    verb: object,
    page: people_pages.PersonPage,
    message: str | Callable[[object], str],
    *args: object,
    location: str | Callable[[object], str] = "",
) -> ResponseReturnValue:
    """A button alone: done, or back to the person's page with the reason."""
    form = KeyedForm()
    form.validate()
    back = url_for(".show", person_id=page.id)
    try:
        outcome = auth.change(verb, *args, form=form, location=location or back, message=message)  # type: ignore[arg-type]
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
    page = auth.reading(people_pages.person, auth.me(), person_id)
    form = people_forms.HoldForm()
    choices = auth.reading(people_pages.posts_to_hold)
    form.post.choices = options([("", "Choose a post"), *choices])

    note = auth.reading(proposal_pages.note, auth.me())
    draw = drawn("people/hold.html", form, page=page, note=note)
    if request.method != "POST":
        return draw([])
    return submit(
        form,
        draw,
        people.hold_post,
        person_id,
        form.post.data,
        form.from_on.data,
        people_pages.until(form.last_on.data),
        reason=form.reason.data or "",
        location=_after(person_id),
        message=_said(f"{page.name} has the post."),
    )


def _after(person_id: int) -> Callable[[object], str]:
    """The person's page; or that of the proposal, where a second administrator has to agree."""

    def where(made: object) -> str:
        if isinstance(made, RightsProposal):
            return url_for("proposals.show", proposal_id=made.id)
        return url_for("people.show", person_id=person_id)

    return where


def _said(done: str) -> Callable[[object], str]:
    """What was done; or that it waits."""
    waits = "This is proposed. It counts once another administrator has agreed."
    return lambda made: waits if isinstance(made, RightsProposal) else done


@bp.route("/<int:person_id>/posts/<int:appointment_id>/end", methods=["GET", "POST"])
@policy(MANAGE)
def end_post(person_id: int, appointment_id: int) -> ResponseReturnValue:
    """End somebody's time in a post."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    held = people_pages.appointment_of(page, appointment_id)
    form = people_forms.EndForm()

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template(
            "people/end_post.html", page=page, held=held, form=form, summary_lines=lines
        )

    if request.method != "POST":
        return draw([])
    return submit(
        form,
        draw,
        people.end_appointment,
        appointment_id,
        people_pages.until(form.last_on.data),
        location=url_for(".show", person_id=person_id),
        message=f"“{held.title}” ends as you said. Its tasks stay with the post.",
    )


@bp.route("/<int:person_id>/cover/new", methods=["GET", "POST"])
@policy(SIGNED_IN)
def cover(person_id: int) -> ResponseReturnValue:
    """Let a colleague act while somebody is away: for one's own post, or by an administrator."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    people_pages.require_own(auth.me(), page, may=auth.may("manage_people"))
    form = people_forms.CoverForm()
    posts = [(str(each.post_id), each.title) for each in page.present]
    form.post.choices = options(posts if len(posts) == 1 else [("", "Choose a post"), *posts])
    others = auth.reading(people_pages.colleagues, person_id)
    form.person.choices = options([("", "Choose a person"), *others])
    note = "" if _own(page) else auth.reading(proposal_pages.note, auth.me())
    draw = drawn("people/cover.html", form, page=page, note=note)
    if request.method != "POST":
        return draw([])
    return submit(
        form,
        draw,
        people.set_cover,
        form.post.data,
        form.person.data,
        form.from_on.data,
        people_pages.until(form.last_on.data),
        form.reason.data or "",
        knows_four_eyes=bool(form.knows.data),
        location=_after(person_id),
        message=_said("Cover is set. The record will say who acted for whom."),
    )


@bp.post("/<int:person_id>/cover/<int:cover_id>/end")
@policy(SIGNED_IN)
def end_cover(person_id: int, cover_id: int) -> ResponseReturnValue:
    """End cover now: by either of the two, or an administrator."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    people_pages.cover_of(page, cover_id)
    return _pressed(people.end_cover, page, "The cover has ended.", cover_id)


@bp.route("/<int:person_id>/deactivate", methods=["GET", "POST"])
@policy(MANAGE)
def deactivate(person_id: int) -> ResponseReturnValue:
    """Somebody has left."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    form = people_forms.LeaveForm()
    draw = drawn("people/deactivate.html", form, page=page)
    if request.method != "POST":
        return draw([])
    return submit(
        form,
        draw,
        people.deactivate,
        person_id,
        form.reason.data or "",
        location=url_for(".show", person_id=person_id),
        message=f"{page.name} can no longer sign in, and is signed out everywhere.",
    )


@bp.post("/<int:person_id>/reactivate")
@policy(MANAGE)
def reactivate(person_id: int) -> ResponseReturnValue:
    """Somebody is back; the link for a new password goes to its owner's mailbox."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    link_page = set_password_address()

    def verb(session: Session, actor: Actor) -> Person | RightsProposal:
        made = people.reactivate(session, actor, person_id)
        if isinstance(made, Person):
            people.invite(session, actor, person_id, link_page)
        return made

    done = f"{page.name} can sign in again. A link for a new password is on its way to them."
    return _pressed(verb, page, _said(done), location=_after(person_id))


@bp.post("/<int:person_id>/end-sessions")
@policy(MANAGE)
def end_sessions(person_id: int) -> ResponseReturnValue:
    """Sign somebody out everywhere."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    reply = _pressed(people.end_sessions, page, f"{page.name} is signed out everywhere.", person_id)
    access_log.note(SESSION_ENDED, person_id)
    return reply


@bp.route("/<int:person_id>/remove-name", methods=["GET", "POST"])
@policy(MANAGE)
def erase(person_id: int) -> ResponseReturnValue:
    """Remove the name of somebody who has left."""
    page = auth.reading(people_pages.person, auth.me(), person_id)
    form = people_forms.EraseForm()

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template("people/erase.html", page=page, form=form, summary_lines=lines)

    if request.method != "POST":
        return draw([])
    return submit(
        form,
        draw,
        people.erase,
        person_id,
        form.reason.data or "",
        location=url_for(".index"),
        message="The name is removed. What was done stays on the record.",
    )
