"""A meeting's resolution on a report; a body waived or asked again; the choice of an agenda."""

import json
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webui import forms
from webui.forms import common
from webui.http import actions, auth
from webui.http.policies import policy
from webui.meetings import forms as meeting_forms
from webui.page.formats import date_text
from workflows.core import foreseen
from workflows.core.commands import command
from workflows.core.foreseen import Foreseen
from workflows.meetings import agenda, reading_resolutions, resolutions, standstill
from workflows.meetings.reading_resolutions import ResolutionPage

bp = Blueprint("resolutions", __name__)


def _at(item_id: int) -> str:
    return url_for("items.show", item_id=item_id)


@bp.route("/items/<int:item_id>/list_item", methods=["GET", "POST"])
@policy("signed_in")
def list_item(item_id: int) -> ResponseReturnValue:
    """Put the report on an agenda."""
    page = auth.reading(reading_resolutions.list_page, auth.me(), item_id)
    form = meeting_forms.ListForm(data={"seen_version": page.page.item.version})
    form.meeting.choices = forms.options(page.meetings)
    return actions.ask(
        form,
        actions.drawn("items/list.html", form, page=page),
        lambda: command(
            agenda.list_on,
            item_id,
            meeting_id=form.meeting.value,
            position=None,
            seen_version=form.seen_version.value,
        ),
        location=_at(item_id),
        message="The report is on the agenda.",
    )


@bp.route("/meetings/<int:meeting_id>/items/<int:item_id>/decision", methods=["GET", "POST"])
@policy("permission:record_resolutions")
def decide(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Record what the meeting resolved, recommendation by recommendation."""
    page = auth.reading(reading_resolutions.resolution_page, auth.me(), meeting_id, item_id)
    form = _resolution_form(page)
    draw = actions.drawn("items/decide.html", form, page=page)
    if request.method != "POST":
        return draw([])
    return actions.check_first(
        form,
        draw,
        lambda: command(
            resolutions.record_resolution,
            item_id,
            meeting_forms.resolved_of(form, [each.id for each in page.page.recommendations]),
            without_vote=form.without_vote.value,
            taken_out=meeting_forms.taken_out_of(form),
            no_call_in=form.no_call_in.value,
            seen_version=form.seen_version.value,
            shown=_shown(form),
            insists=form.insists.value,
        ),
        look=foreseen.of,
        drawn_check=lambda found, typed: _check(page, form, found, typed),
        location=_at(item_id),
        message="The resolution is recorded.",
    )


@bp.post("/meetings/<int:meeting_id>/items/<int:item_id>/agreed")
@policy("permission:record_resolutions")
def agreed(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Everything agreed without a vote: one tap."""
    page = auth.reading(reading_resolutions.resolution_page, auth.me(), meeting_id, item_id)
    form = meeting_forms.AgreedForm(data=_seen(page))

    def draw(reasons: list[str]) -> str:
        full = _resolution_form(page)
        full.may_insist = form.may_insist
        wrong = dict.fromkeys(str(each) for errors in form.errors.values() for each in errors)
        reasons = [*reasons, *wrong]
        return actions.drawn("items/decide.html", full, page=page)(reasons)

    return actions.check_first(
        form,
        draw,
        lambda: command(
            resolutions.agree_all,
            item_id,
            seen_version=form.seen_version.value,
            shown=_shown(form),
            insists=False,
        ),
        look=foreseen.of,
        drawn_check=lambda found, typed: _check(page, form, found, typed),
        location=_at(item_id),
        message=f"Recorded: {page.usual_label.lower()}, without a vote.",
    )


def _check(
    page: ResolutionPage,
    form: meeting_forms.AgreedForm,
    found: Foreseen,
    typed: list[tuple[str, str]],
) -> str:
    """What would be recorded and what would follow, before it is."""
    labels = dict(page.outcomes)
    answers = [
        (each, *_answer(form, each.id, page.usual, labels)) for each in page.page.recommendations
    ]
    own = isinstance(form, meeting_forms.ResolutionForm)
    return render_template(
        "items/check.html",
        page=page,
        form=form,
        found=found,
        typed=typed,
        answers=answers,
        no_call_in=form.no_call_in.value.strip() if own else "",
    )


def _answer(
    form: meeting_forms.AgreedForm, key: int, usual: str, labels: dict[str, str]
) -> tuple[str, str]:
    """The outcome and the words that would be recorded on a recommendation."""
    if not isinstance(form, meeting_forms.ResolutionForm):
        return labels[usual], ""
    (given,) = meeting_forms.resolved_of(form, [key])
    until = f", to {date_text(given.deferred_to_on)}" if given.deferred_to_on else ""
    return f"{labels[given.outcome]}{until}", given.words


def _resolution_form(page: ResolutionPage) -> meeting_forms.ResolutionForm:
    refs = [(each.ref, each.title) for each in page.page.plans]
    numbered = [(each.id, each.number) for each in page.page.recommendations]
    form_class = meeting_forms.resolution_form(numbered, page.outcomes, page.usual, refs)
    return form_class(data=_seen(page))


def _seen(page: ResolutionPage) -> dict[str, Any]:
    """What the page of a resolution hands back: the report's version and those of its plans."""
    shown = json.dumps(page.shown, separators=(",", ":"))
    return {"seen_version": page.page.item.version, "shown": shown}


def _shown(form: meeting_forms.AgreedForm) -> dict[str, str]:
    """The versions that the page displayed; what is unreadable is none of a page of ours."""
    try:
        versions = json.loads(form.shown.value)
        return {str(ref): str(sha) for ref, sha in versions.items()}
    except (ValueError, AttributeError, RecursionError):
        return {"": ""}


@bp.route("/plans/<ref>/bodies/<int:stage_id>/waive", methods=["GET", "POST"])
@policy("signed_in")
def waive(ref: str, stage_id: int) -> ResponseReturnValue:
    """Pass over a body that did not meet: the act of a named person."""
    page = auth.reading(reading_resolutions.waive_page, auth.me(), ref, stage_id)
    form = common.ReasonForm(data={"seen_version": page.plan_version})
    return actions.ask(
        form,
        actions.drawn("items/waive.html", form, page=page),
        lambda: command(
            resolutions.waive, stage_id, form.reason.value, seen_version=form.seen_version.value
        ),
        location=url_for("plans.show", ref=ref),
        message=f"{page.body} is passed over. The reason is on the record.",
    )


@bp.route("/plans/<ref>/ask-a-committee", methods=["GET", "POST"])
@policy("signed_in")
def ask_again(ref: str) -> ResponseReturnValue:
    """Ask the committees that have no report on a plan that waits for nobody."""
    page = auth.reading(reading_resolutions.ask_again_page, auth.me(), ref)
    form = common.KeyForm(data={"seen_version": page.version})
    return actions.ask(
        form,
        actions.drawn("items/ask_again.html", form, page=page),
        lambda: command(
            standstill.request_again, page.plan_id, seen_version=form.seen_version.value
        ),
        location=url_for("plans.show", ref=ref),
        message="The committees are asked. The report has to be written now.",
    )
