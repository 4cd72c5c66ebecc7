"""The units of the council: looked at by officers, added, merged and closed by an administrator."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from cycle import clock
from webui.forms import options
from webui.http import auth
from webui.http.actions import ask, drawn
from webui.http.policies import SIGNED_IN, policy
from webui.people import forms as people_forms
from workflows.core.commands import command
from workflows.council import reading_units, reorganisation

bp = Blueprint("units", __name__, url_prefix="/units")
MANAGE = "permission:manage_council"


@bp.get("")
@policy(SIGNED_IN)
def index() -> str:
    """The units as a tree."""
    return render_template("units/index.html", page=auth.reading(reading_units.tree, auth.me()))


@bp.get("/<int:unit_id>")
@policy(MANAGE)
def show(unit_id: int) -> str:
    """One unit and what can be changed about it."""
    page = auth.reading(reading_units.unit, auth.me(), unit_id)
    return render_template("units/show.html", page=page)


@bp.route("/<int:unit_id>/add", methods=["GET", "POST"])
@policy(MANAGE)
def add(unit_id: int) -> ResponseReturnValue:
    """Add a unit below this one."""
    page = auth.reading(reading_units.unit, auth.me(), unit_id)
    form = people_forms.UnitForm(data={"from_on": clock.today(), "seen_version": page.version})
    form.level.choices = options(page.levels)
    return ask(
        form,
        drawn("units/add.html", form, page=page),
        lambda: command(
            reorganisation.add_unit,
            key=None,
            name=form.name.value,
            level=form.level.value,
            parent_id=unit_id,
            from_on=form.from_on.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".index"),
        message="The unit is added.",
    )


@bp.route("/<int:unit_id>/merge", methods=["GET", "POST"])
@policy(MANAGE)
def merge(unit_id: int) -> ResponseReturnValue:
    """Merge this unit into another one of its level."""
    page = auth.reading(reading_units.unit, auth.me(), unit_id)
    form = people_forms.MergeForm(data={"on": clock.today(), "seen_version": page.version})
    form.into.choices = options([("", "Choose a unit"), *page.mergeable])
    return ask(
        form,
        drawn("units/merge.html", form, page=page),
        lambda: command(
            reorganisation.merge_units,
            from_id=unit_id,
            into_id=form.into.value,
            on=form.on.value,
            reason=form.reason.value,
            open_plans=form.open_plans.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".index"),
        message=lambda refs: _message(f"{page.unit.name} is merged.", refs),
    )


@bp.route("/<int:unit_id>/close", methods=["GET", "POST"])
@policy(MANAGE)
def close(unit_id: int) -> ResponseReturnValue:
    """Close this unit."""
    page = auth.reading(reading_units.unit, auth.me(), unit_id)
    form = people_forms.CloseForm(data={"on": clock.today(), "seen_version": page.version})
    return ask(
        form,
        drawn("units/close.html", form, page=page),
        lambda: command(
            reorganisation.drop_unit,
            unit_id,
            form.on.value,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".index"),
        message=lambda refs: _message(f"{page.unit.name} is closed.", refs),
    )


def _message(done: str, refs: list[str]) -> str:
    return f"{done} Plans concerned: {', '.join(refs)}." if refs else done
