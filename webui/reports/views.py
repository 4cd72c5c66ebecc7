"""One report: written, commented on, put on the agenda, published, resolved."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cycle import clock
from webui import forms
from webui.forms import common
from webui.http import actions, auth
from webui.http.policies import policy
from webui.reports import forms as report_forms, pages as item_pages
from workflows.meetings import agenda
from workflows.meetings.agenda import Urgency
from workflows.reports import writing as reports

bp = Blueprint("items", __name__)

GIVEN_REASON: dict[str, tuple[Callable[..., Any], str, str]] = {
    "reopen": (agenda.reopen, "Open the report again", "The report is open for changes."),
    "postpone": (
        agenda.postpone,
        "Move to another meeting",
        "The report waits for another agenda.",
    ),
    "withdraw": (agenda.withdraw_item, "Withdraw the report", "The report is withdrawn."),
}


def _page(item_id: int) -> item_pages.ItemPage:
    return auth.reading(item_pages.item_page, auth.me(), item_id)


def _step(item_id: int, action: str) -> item_pages.ItemPage:
    return auth.reading(item_pages.step_page, auth.me(), item_id, action)


def _at(item_id: int) -> str:
    return url_for("items.show", item_id=item_id)


@bp.get("/items/<int:item_id>")
@policy("signed_in")
def show(item_id: int) -> str:
    """The report: where it stands, what it says, who has commented, what was resolved."""
    form = common.KeyForm()
    return render_template("items/show.html", page=_page(item_id), form=form)


@bp.get("/items/<int:item_id>/history")
@policy("signed_in")
def history(item_id: int) -> str:
    """What happened to the report, in sentences."""
    item, events = auth.reading(item_pages.history_of, auth.me(), item_id)
    return render_template("items/history.html", item=item, events=events)


@bp.route("/items/<int:item_id>/report", methods=["GET", "POST"])
@policy("signed_in")
def write(item_id: int) -> ResponseReturnValue:
    """Write the report and its numbered recommendations."""
    page = auth.reading(item_pages.writing_page, auth.me(), item_id)
    typed = {**page.item.report, "seen_version": page.item.version}
    typed |= {f"recommendation_{each.number}": each.words for each in page.recommendations}
    form = report_forms.report_form(page.fields, page.recommendations)(data=typed)
    return actions.ask(
        form,
        actions.drawn("items/write.html", form, page=page),
        reports.write_report,
        item_id,
        report_forms.words_of(page.fields, form),
        report_forms.recommendations_of(form),
        form.seen_version.data,
        location=_at(item_id),
        message="The report is saved.",
    )


@bp.post("/items/<int:item_id>/refresh")
@policy("signed_in")
def refresh(item_id: int) -> ResponseReturnValue:
    """Let the report carry the newest version of its plans."""
    return _plain(item_id, reports.refresh_versions, "The report carries the newest versions.")


@bp.post("/items/<int:item_id>/freeze")
@policy("signed_in")
def freeze(item_id: int) -> ResponseReturnValue:
    """Close the report for changes."""
    return _plain(item_id, agenda.freeze, "The report is closed for changes.")


def _plain(item_id: int, verb: Callable[..., Any], message: str) -> ResponseReturnValue:
    page = _page(item_id)
    form = common.KeyForm(data={"seen_version": page.item.version})

    def draw(reasons: list[str]) -> str:
        lines = forms.summary(form, reasons)
        return render_template("items/show.html", page=page, form=form, summary_lines=lines)

    seen = form.seen_version.data
    return actions.submit(form, draw, verb, item_id, seen, location=_at(item_id), message=message)


@bp.route("/items/<int:item_id>/comments/<kind>", methods=["GET", "POST"])
@policy("signed_in")
def comment(item_id: int, kind: str) -> ResponseReturnValue:
    """Finance, constitutional or section 25: a named officer comments on the report."""
    page = auth.reading(item_pages.comment_page, auth.me(), item_id, kind)
    everything = [key for key, _ in page.parts]
    typed = {"seen_version": page.page.item.version, "initials": page.initials}
    form = report_forms.CommentForm(data={**typed, "covered": everything})
    form.covered.choices = forms.options(page.parts)
    return actions.ask(
        form,
        actions.drawn("items/comment.html", form, page=page),
        reports.comment,
        item_id,
        kind,
        form.wording.data or "",
        no_implications=bool(form.no_implications.data),
        initials=form.initials.data,
        signed_on=clock.today(),
        covered=form.covered.data or None,
        seen_version=form.seen_version.data,
        location=_at(item_id),
        message="Your comments are on the report.",
    )


@bp.route("/items/<int:item_id>/publish", methods=["GET", "POST"])
@policy("signed_in")
def publish(item_id: int) -> ResponseReturnValue:
    """Publish; after the lawful moment with the chair's reasons."""
    page = _step(item_id, "publish")
    form = report_forms.PublishForm(data={"seen_version": page.item.version})
    chair, reason = (str(field.data or "").strip() for field in (form.chair, form.reason))
    return actions.ask(
        form,
        actions.drawn("items/publish.html", form, page=page),
        agenda.publish,
        item_id,
        Urgency(chair, reason) if chair or reason else None,
        form.seen_version.data,
        location=_at(item_id),
        message="The report is published.",
    )


@bp.route("/items/<int:item_id>/<any(reopen, postpone, withdraw):action>", methods=["GET", "POST"])
@policy("signed_in")
def with_reason(item_id: int, action: str) -> ResponseReturnValue:
    """What a clerk does with a report and says why."""
    verb, title, message = GIVEN_REASON[action]
    page = _step(item_id, action)
    form = common.ReasonForm(data={"seen_version": page.item.version})
    return actions.ask(
        form,
        actions.drawn("items/reason.html", form, page=page, title=title, action=action),
        verb,
        item_id,
        form.reason.data,
        form.seen_version.data,
        location=_at(item_id),
        message=message,
    )


@bp.get("/items/<int:item_id>/<any(record_resolution, correct):action>")
@policy("signed_in")
def elsewhere(item_id: int, action: str) -> ResponseReturnValue:
    """Two steps have pages of their own: the resolution, and the decision to correct."""
    page = _page(item_id)
    if action == "correct" or page.meeting is None:
        return redirect(_at(item_id), 303)
    return redirect(url_for("resolutions.decide", meeting_id=page.meeting.id, item_id=item_id), 303)
