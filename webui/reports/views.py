"""One report: written, commented on, put on the agenda, published, resolved."""

from collections.abc import Callable, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle import clock
from webui import forms
from webui.forms import common
from webui.http import actions, auth, drafts
from webui.http.policies import policy
from webui.page import internal_acts
from webui.plans.entry_tables import dates_table
from webui.reports import forms as report_forms
from workflows.core.commands import Command, command
from workflows.meetings import agenda, reading_report
from workflows.meetings.reading_report import ItemPage
from workflows.record import reading_history
from workflows.reports import writing

bp = Blueprint("items", __name__)

GIVEN_REASON = {
    "reopen": ("Open the report again", "The report can be changed again."),
    "postpone": ("Move to another meeting", "The report waits for another agenda."),
    "withdraw": ("Withdraw the report", "The report is withdrawn."),
}


def _page(item_id: int) -> ItemPage:
    return auth.reading(reading_report.item_page, auth.me(), item_id)


def _step(item_id: int, action: str) -> ItemPage:
    return auth.reading(reading_report.step_page, auth.me(), item_id, action)


def _at(item_id: int) -> str:
    return url_for("items.show", item_id=item_id)


@bp.get("/items/<int:item_id>")
@policy("signed_in")
def show(item_id: int) -> str:
    """The report: where it stands, what it says, who has commented, what was resolved."""
    return _shown(_page(item_id), common.KeyForm())


def _shown(page: ItemPage, form: common.KeyForm, lines: Sequence[object] | None = None) -> str:
    dates = [(title, dates_table(body)) for title, body in page.dates]
    return render_template(
        "items/show.html",
        page=page,
        steps=internal_acts.steps(page.choices),
        acts=internal_acts.links(
            "item", page.choices, lambda at: url_for(at, item_id=page.item.id)
        ),
        refreshes=internal_acts.offers(page.choices, "refresh_versions"),
        dates=dates,
        form=form,
        summary_lines=lines,
    )


@bp.get("/items/<int:item_id>/history")
@policy("signed_in")
def history(item_id: int) -> str:
    """What happened to the report, in sentences."""
    item, events = auth.reading(reading_history.report_history, auth.me(), item_id)
    return render_template("items/history.html", item=item, events=events)


@bp.route("/items/<int:item_id>/report", methods=["GET", "POST"])
@policy("signed_in")
def write(item_id: int) -> ResponseReturnValue:
    """Write the report and its numbered recommendations."""
    page = auth.reading(reading_report.writing_page, auth.me(), item_id)
    typed = {**page.item.report, "seen_version": page.item.version}
    typed |= {f"recommendation_{each.number}": each.words for each in page.recommendations}
    form = report_forms.report_form(page.fields, len(page.recommendations))(data=typed)
    drafts.begin(form, request.path)
    return actions.ask(
        form,
        actions.drawn("items/write.html", form, page=page),
        lambda: command(
            writing.write_report,
            item_id,
            report_forms.words_of(page.fields, form),
            report_forms.recommendations_of(form),
            seen_version=form.seen_version.value,
        ),
        location=_at(item_id),
        message="The report is saved.",
    )


@bp.post("/items/<int:item_id>/refresh")
@policy("signed_in")
def refresh(item_id: int) -> ResponseReturnValue:
    """Let the report carry the newest version of its plans."""
    page = _page(item_id)
    form = common.KeyForm(data={"seen_version": page.item.version})
    return _plain(
        page,
        form,
        lambda: command(writing.refresh_versions, item_id, seen_version=form.seen_version.value),
        "The report carries the newest versions.",
    )


@bp.post("/items/<int:item_id>/freeze")
@policy("signed_in")
def freeze(item_id: int) -> ResponseReturnValue:
    """Close the report for changes."""
    page = _page(item_id)
    form = common.KeyForm(data={"seen_version": page.item.version})
    return _plain(
        page,
        form,
        lambda: command(agenda.freeze, item_id, seen_version=form.seen_version.value),
        "The report is final.",
    )


def _plain(
    page: ItemPage,
    form: common.KeyForm,
    made: Callable[[], Command[object]],
    message: str,
) -> ResponseReturnValue:
    """A button on the report's page: done, or the page again with the reason."""

    def draw(reasons: list[str]) -> str:
        return _shown(page, form, forms.summary(form, reasons))

    return actions.submit(form, draw, made, location=_at(page.item.id), message=message)


@bp.route("/items/<int:item_id>/comments/<kind>", methods=["GET", "POST"])
@policy("signed_in")
def comment(item_id: int, kind: str) -> ResponseReturnValue:
    """Finance, constitutional or section 25: a named officer comments on the report."""
    page = auth.reading(reading_report.comment_page, auth.me(), item_id, kind)
    everything = [key for key, _ in page.parts]
    typed = {"seen_version": page.page.item.version, "initials": page.initials}
    form = report_forms.CommentForm(data={**typed, "covered": everything})
    form.covered.choices = forms.options(page.parts)
    drafts.begin(form, request.path)
    return actions.ask(
        form,
        actions.drawn("items/comment.html", form, page=page),
        lambda: command(
            writing.comment,
            item_id,
            kind=kind,
            wording=form.wording.value,
            no_implications=form.no_implications.value,
            initials=form.initials.value,
            signed_on=clock.today(),
            covered=form.covered.value or None,
            seen_version=form.seen_version.value,
        ),
        location=_at(item_id),
        message="Your comments are on the report.",
    )


@bp.route("/items/<int:item_id>/publish", methods=["GET", "POST"])
@policy("signed_in")
def publish(item_id: int) -> ResponseReturnValue:
    """Record that it was published; after the lawful moment with the chair's reasons."""
    page = _step(item_id, "publish")
    now = clock.now().astimezone(clock.LONDON)
    usual = {"on": now.date(), "at": f"{now:%H:%M}"}
    form = report_forms.PublishForm(data={"seen_version": page.item.version, **usual})
    return actions.ask(
        form,
        actions.drawn("items/publish.html", form, page=page),
        lambda: command(
            agenda.publish,
            item_id,
            report_forms.publication_of(form),
            report_forms.urgency_of(form),
            seen_version=form.seen_version.value,
        ),
        location=_at(item_id),
        message="Recorded: the report was published.",
    )


@bp.route("/items/<int:item_id>/<any(reopen, postpone, withdraw):action>", methods=["GET", "POST"])
@policy("signed_in")
def with_reason(item_id: int, action: str) -> ResponseReturnValue:
    """What a clerk does with a report and says why."""
    title, message = GIVEN_REASON[action]
    page = _step(item_id, action)
    form = common.ReasonForm(data={"seen_version": page.item.version})
    return actions.ask(
        form,
        actions.drawn("items/reason.html", form, page=page, title=title, action=action),
        lambda: _given_reason(action, item_id, form),
        location=_at(item_id),
        message=message,
    )


def _given_reason(action: str, item_id: int, form: common.ReasonForm) -> Command[object]:
    reason, seen = form.reason.value, form.seen_version.value
    if action == "reopen":
        return command(agenda.reopen, item_id, reason, seen_version=seen)
    if action == "postpone":
        return command(agenda.postpone, item_id, reason, seen_version=seen)
    return command(agenda.withdraw_item, item_id, reason, seen_version=seen)


@bp.get("/items/<int:item_id>/<any(record_resolution, correct):action>")
@policy("signed_in")
def elsewhere(item_id: int, action: str) -> ResponseReturnValue:
    """Two steps have pages of their own: the resolution, and the decision to correct."""
    page = _page(item_id)
    if action == "correct" or page.meeting is None:
        return redirect(_at(item_id), 303)
    return redirect(url_for("resolutions.decide", meeting_id=page.meeting.id, item_id=item_id), 303)
