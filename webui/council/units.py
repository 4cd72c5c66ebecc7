"""The units of the council: looked at by officers, added, merged and closed by an administrator."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cycle import clock
from cycle.models import Unit
from cycle.people import Actor
from webui import forms
from webui.council import unit_pages
from webui.forms import options
from webui.http import auth
from webui.http.actions import submit
from webui.http.policies import SIGNED_IN, policy
from webui.people import forms as people_forms
from workflows.council import reorganisation

bp = Blueprint("units", __name__, url_prefix="/units")
MANAGE = "permission:manage_council"


@bp.get("")
@policy(SIGNED_IN)
def index() -> str:
    """The units as a tree."""
    return render_template("units/index.html", page=auth.reading(unit_pages.tree, auth.me()))


@bp.get("/<int:unit_id>")
@policy(MANAGE)
def show(unit_id: int) -> str:
    """One unit and what can be changed about it."""
    page = auth.reading(unit_pages.unit, auth.me(), unit_id)
    return render_template("units/show.html", page=page)


@bp.route("/<int:unit_id>/add", methods=["GET", "POST"])
@policy(MANAGE)
def add(unit_id: int) -> ResponseReturnValue:
    """Add a unit below this one."""
    page = auth.reading(unit_pages.unit, auth.me(), unit_id)
    form = people_forms.UnitForm(data={"from_on": clock.today(), "seen_version": page.version})
    form.level.choices = options(page.levels)

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template("units/add.html", page=page, form=form, summary_lines=lines)

    if request.method != "POST":
        return draw([])

    def verb(session: Session, actor: Actor) -> Unit:
        name = form.name.data or ""
        key = unit_pages.new_key(session, name)
        since = form.from_on.data or clock.today()
        return reorganisation.add_unit(
            session,
            actor,
            key,
            name,
            form.level.data or "",
            unit_id,
            since,
            seen_version=form.seen_version.data,
        )

    return submit(form, draw, verb, location=url_for(".index"), message="The unit is added.")


@bp.route("/<int:unit_id>/merge", methods=["GET", "POST"])
@policy(MANAGE)
def merge(unit_id: int) -> ResponseReturnValue:
    """Merge this unit into another one of its level."""
    page = auth.reading(unit_pages.unit, auth.me(), unit_id)
    form = people_forms.MergeForm(data={"on": clock.today(), "seen_version": page.version})
    form.into.choices = options([("", "Choose a unit"), *page.mergeable])

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template("units/merge.html", page=page, form=form, summary_lines=lines)

    if request.method != "POST":
        return draw([])

    def verb(session: Session, actor: Actor) -> list[str]:
        return reorganisation.merge_units(
            session,
            actor,
            unit_id,
            form.into.data or 0,
            form.on.data or clock.today(),
            form.reason.data or "",
            open_plans=str(form.open_plans.data),
            seen_version=form.seen_version.data,
        )

    return submit(
        form,
        draw,
        verb,
        location=url_for(".index"),
        message=lambda refs: _told(f"{page.unit.name} is merged.", refs),
    )


@bp.route("/<int:unit_id>/close", methods=["GET", "POST"])
@policy(MANAGE)
def close(unit_id: int) -> ResponseReturnValue:
    """Close this unit."""
    page = auth.reading(unit_pages.unit, auth.me(), unit_id)
    form = people_forms.CloseForm(data={"on": clock.today(), "seen_version": page.version})

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template("units/close.html", page=page, form=form, summary_lines=lines)

    if request.method != "POST":
        return draw([])

    def verb(session: Session, actor: Actor) -> list[str]:
        on, why = form.on.data or clock.today(), form.reason.data or ""
        seen = form.seen_version.data
        return reorganisation.drop_unit(session, actor, unit_id, on, why, seen)

    return submit(
        form,
        draw,
        verb,
        location=url_for(".index"),
        message=lambda refs: _told(f"{page.unit.name} is closed.", refs),
    )


def _told(done: str, refs: list[str]) -> str:
    return f"{done} Plans concerned: {', '.join(refs)}." if refs else done
