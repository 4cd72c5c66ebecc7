"""One report: written, commented on, put on the agenda, published, resolved."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle import clock
from cycle.errors import Blocked
from webui import auth, forms
from webui.forms import ActForm
from webui.routes import policy
from webui.views import item_pages, meeting_forms
from workflows import committee, reports, waivers
from workflows.agenda import Urgency

bp = Blueprint("items", __name__)

GIVEN_REASON: dict[str, tuple[Callable[..., Any], str, str]] = {
    "reopen": (reports.reopen, "Open the report again", "The report is open for changes."),
    "postpone": (
        reports.postpone,
        "Move to another meeting",
        "The report waits for another agenda.",
    ),
    "withdraw": (reports.withdraw_item, "Withdraw the report", "The report is withdrawn."),
}


def _page(item_id: int) -> item_pages.ItemPage:
    return auth.reading(item_pages.item_page, auth.me(), item_id)


def _sent(
    form: ActForm,
    item_id: int,
    verb: Callable[..., Any],
    *args: Any,
    message: str,
    **kwargs: Any,
) -> list[str] | ResponseReturnValue:
    """Do a verb and go to the report; or the reasons why it cannot be done yet."""
    try:
        outcome = auth.change(
            verb,
            *args,
            form=form,
            location=url_for("items.show", item_id=item_id),
            message=message,
            **kwargs,
        )
    except Blocked as refusal:
        return refusal.reasons
    flash(outcome.message)
    return redirect(outcome.location, 303)


@bp.get("/items/<int:item_id>")
@policy("signed_in")
def show(item_id: int) -> str:
    """The report: where it stands, what it says, who has commented, what was resolved."""
    form = meeting_forms.KeyForm()
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
    page = _page(item_id)
    form_class = meeting_forms.report_form(page.recommendations)
    if request.method == "GET":
        typed = {**page.item.report, "seen_version": page.item.version}
        typed |= {f"recommendation_{each.number}": each.words for each in page.recommendations}
        return render_template("items/write.html", page=page, form=form_class(data=typed))
    form = form_class()
    reasons: list[str] = []
    if form.validate():
        done = _sent(
            form,
            item_id,
            reports.write_report,
            item_id,
            meeting_forms.words_of(form),
            meeting_forms.recommendations_of(form),
            form.seen_version.data,
            message="The report is saved.",
        )
        if not isinstance(done, list):
            return done
        reasons = done
    lines = forms.summary(form, reasons)
    return render_template("items/write.html", page=page, form=form, summary_lines=lines), 422


@bp.post("/items/<int:item_id>/refresh")
@policy("signed_in")
def refresh(item_id: int) -> ResponseReturnValue:
    """Let the report carry the newest version of its plans."""
    return _plain(item_id, reports.refresh_versions, "The report carries the newest versions.")


@bp.post("/items/<int:item_id>/freeze")
@policy("signed_in")
def freeze(item_id: int) -> ResponseReturnValue:
    """Close the report for changes."""
    return _plain(item_id, reports.freeze, "The report is closed for changes.")


def _plain(item_id: int, verb: Callable[..., Any], message: str) -> ResponseReturnValue:
    form = meeting_forms.KeyForm()
    reasons: list[str] = []
    if form.validate():
        done = _sent(form, item_id, verb, item_id, form.seen_version.data, message=message)
        if not isinstance(done, list):
            return done
        reasons = done
    page = _page(item_id)
    lines = forms.summary(form, reasons)
    return render_template("items/show.html", page=page, form=form, summary_lines=lines), 422


@bp.route("/items/<int:item_id>/comments/<kind>", methods=["GET", "POST"])
@policy("signed_in")
def comment(item_id: int, kind: str) -> ResponseReturnValue:
    """Finance, constitutional or section 25: a named officer comments on the report."""
    page = auth.reading(item_pages.comment_page, auth.me(), item_id, kind)
    everything = [key for key, _ in page.parts]
    typed = {"seen_version": page.page.item.version, "initials": page.initials}
    form = meeting_forms.CommentForm(data={**typed, "covered": everything})
    form.covered.choices = forms.options(page.parts)
    reasons: list[str] = []
    if request.method == "POST" and form.validate():
        done = _sent(
            form,
            item_id,
            reports.comment,
            item_id,
            kind,
            form.wording.data or "",
            no_implications=bool(form.no_implications.data),
            initials=form.initials.data,
            signed_on=clock.today(),
            covered=form.covered.data or None,
            seen_version=form.seen_version.data,
            message="Your comments are on the report.",
        )
        if not isinstance(done, list):
            return done
        reasons = done
    lines = forms.summary(form, reasons)
    status = 422 if request.method == "POST" else 200
    return render_template("items/comment.html", page=page, form=form, summary_lines=lines), status


@bp.route("/items/<int:item_id>/list_item", methods=["GET", "POST"])
@policy("signed_in")
def list_item(item_id: int) -> ResponseReturnValue:
    """Put the report on an agenda."""
    page = auth.reading(item_pages.list_page, auth.me(), item_id)
    form = meeting_forms.ListForm(data={"seen_version": page.page.item.version})
    form.meeting.choices = forms.options(page.meetings)
    reasons: list[str] = []
    if request.method == "POST" and form.validate():
        done = _sent(
            form,
            item_id,
            reports.list_on,
            item_id,
            int(form.meeting.data),
            None,
            form.seen_version.data,
            message="The report is on the agenda.",
        )
        if not isinstance(done, list):
            return done
        reasons = done
    lines = forms.summary(form, reasons)
    status = 422 if request.method == "POST" else 200
    return render_template("items/list.html", page=page, form=form, summary_lines=lines), status


@bp.route("/items/<int:item_id>/publish", methods=["GET", "POST"])
@policy("signed_in")
def publish(item_id: int) -> ResponseReturnValue:
    """Publish; after the lawful moment with the chair's reasons."""
    page = _page(item_id)
    form = meeting_forms.PublishForm(data={"seen_version": page.item.version})
    reasons: list[str] = []
    if request.method == "POST" and form.validate():
        urgent = form.chair.data.strip() or form.reason.data.strip()
        done = _sent(
            form,
            item_id,
            reports.publish,
            item_id,
            Urgency(form.chair.data, form.reason.data) if urgent else None,
            form.seen_version.data,
            message="The report is published.",
        )
        if not isinstance(done, list):
            return done
        reasons = done
    lines = forms.summary(form, reasons)
    status = 422 if request.method == "POST" else 200
    return render_template("items/publish.html", page=page, form=form, summary_lines=lines), status


@bp.route("/items/<int:item_id>/<any(reopen, postpone, withdraw):action>", methods=["GET", "POST"])
@policy("signed_in")
def with_reason(item_id: int, action: str) -> ResponseReturnValue:
    """What a clerk does with a report and says why."""
    verb, title, message = GIVEN_REASON[action]
    page = _page(item_id)
    form = meeting_forms.ReasonForm(data={"seen_version": page.item.version})
    reasons: list[str] = []
    if request.method == "POST" and form.validate():
        done = _sent(
            form, item_id, verb, item_id, form.reason.data, form.seen_version.data, message=message
        )
        if not isinstance(done, list):
            return done
        reasons = done
    lines = forms.summary(form, reasons)
    status = 422 if request.method == "POST" else 200
    return (
        render_template(
            "items/reason.html",
            page=page,
            form=form,
            title=title,
            action=action,
            summary_lines=lines,
        ),
        status,
    )


@bp.get("/items/<int:item_id>/<any(record_resolution, correct):action>")
@policy("signed_in")
def elsewhere(item_id: int, action: str) -> ResponseReturnValue:
    """Two steps have pages of their own: the resolution, and the decision to correct."""
    page = _page(item_id)
    if action == "correct" or page.meeting is None:
        return redirect(url_for("items.show", item_id=item_id), 303)
    return redirect(url_for("items.decide", meeting_id=page.meeting.id, item_id=item_id), 303)


@bp.route("/meetings/<int:meeting_id>/items/<int:item_id>/decision", methods=["GET", "POST"])
@policy("function:record_resolutions")
def decide(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Record what the meeting resolved, recommendation by recommendation."""
    page = auth.reading(item_pages.resolution_page, auth.me(), meeting_id, item_id)
    numbered = page.page.recommendations
    refs = [(each.ref, each.title) for each in page.page.plans]
    form_class = meeting_forms.resolution_form(numbered, page.outcomes, page.usual, refs)
    if request.method == "GET":
        form = form_class(data={"seen_version": page.page.item.version})
        return render_template("items/decide.html", page=page, form=form, insisting=False)
    form = form_class()
    reasons: list[str] = []
    if form.validate():
        done = _sent(
            form,
            item_id,
            committee.record_resolution,
            item_id,
            meeting_forms.resolved_of(form, numbered),
            without_vote=bool(form.without_vote.data),
            taken_out=tuple(form.data.get("taken_out") or ()),
            seen_version=form.seen_version.data,
            shown=page.shown,
            insists=bool(form.insists.data),
            message="The resolution is recorded.",
        )
        if not isinstance(done, list):
            return done
        reasons = done
    lines = forms.summary(form, reasons)
    insisting = any("record it all the same" in each for each in reasons)
    return (
        render_template(
            "items/decide.html", page=page, form=form, insisting=insisting, summary_lines=lines
        ),
        422,
    )


@bp.post("/meetings/<int:meeting_id>/items/<int:item_id>/agreed")
@policy("function:record_resolutions")
def agreed(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Everything agreed without a vote: one tap."""
    page = auth.reading(item_pages.resolution_page, auth.me(), meeting_id, item_id)
    form = meeting_forms.KeyForm()
    form.validate()
    done = _sent(
        form,
        item_id,
        committee.agree_all,
        item_id,
        seen_version=form.seen_version.data,
        shown=page.shown,
        message=f"Recorded: {page.usual_label.lower()}, without a vote.",
    )
    if isinstance(done, list):
        raise Blocked(done)
    return done


@bp.route("/plans/<ref>/bodies/<int:stage_id>/waive", methods=["GET", "POST"])
@policy("signed_in")
def waive(ref: str, stage_id: int) -> ResponseReturnValue:
    """Pass over a body that did not meet: the act of a named person."""
    page = auth.reading(item_pages.waive_page, auth.me(), ref, stage_id)
    form = meeting_forms.ReasonForm(data={"seen_version": page.plan_version})
    reasons: list[str] = []
    if request.method == "POST" and form.validate():
        try:
            outcome = auth.change(
                waivers.waive,
                stage_id,
                form.reason.data,
                form.seen_version.data,
                form=form,
                location=url_for("plans.show", ref=ref),
                message=f"{page.body} is passed over. The reason is on the record.",
            )
        except Blocked as refusal:
            reasons = refusal.reasons
        else:
            flash(outcome.message)
            return redirect(outcome.location, 303)
    lines = forms.summary(form, reasons)
    status = 422 if request.method == "POST" else 200
    return render_template("items/waive.html", page=page, form=form, summary_lines=lines), status
