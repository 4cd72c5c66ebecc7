"""The outcome of a decision is corrected by two people, and what depended on it settled."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webui import forms
from webui.forms import common
from webui.http import actions, auth
from webui.http.policies import policy
from webui.meetings import forms as meeting_forms
from workflows.core.commands import command
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings import corrections, dependents, reading_corrections
from workflows.meetings.reading_corrections import CorrectionPage, ProposePage

bp = Blueprint("corrections", __name__)
CLERKS, LAWYERS = "permission:record_resolutions", "permission:watch_lawfulness"


@bp.route("/items/<int:item_id>/decisions/<int:decision_id>/outcome", methods=["GET", "POST"])
@policy(CLERKS)
def propose(item_id: int, decision_id: int) -> ResponseReturnValue:
    """Propose another outcome or effect of a decision; what depends on it is shown first."""
    page = auth.reading(reading_corrections.propose_page, auth.me(), item_id, decision_id)
    form = _propose_form(page)
    return actions.ask(
        form,
        actions.drawn("meetings/correct_outcome.html", form, page=page, labels=_labels()),
        lambda: command(
            corrections.propose,
            decision_id,
            _wanted(form),
            seen_version=form.seen_version.value,
        ),
        location=lambda row: url_for(".show", correction_id=row.id),
        message="The correction is proposed. It counts once a second person has agreed.",
    )


def _propose_form(page: ProposePage) -> meeting_forms.CorrectOutcomeForm:
    form = meeting_forms.CorrectOutcomeForm(
        data={"seen_version": page.version, "outcome": page.decision.outcome}
    )
    form.outcome.choices = forms.options(page.outcomes)
    form.later_meeting.choices = forms.options([("", "None"), *page.later])
    return form


def _wanted(form: meeting_forms.CorrectOutcomeForm) -> corrections.Wanted:
    return corrections.Wanted(
        outcome=form.outcome.value,
        words=form.words.value,
        deferred_to_on=form.until.value_or_none,
        effect=form.effect.value == "yes",
        reason=form.reason.value,
        evidence=form.evidence.value,
        minutes_signed=form.signed.value == "yes",
        later_meeting_id=form.later_meeting.value_or_none,
        later_minute=form.later_minute.value,
    )


@bp.get("/items/<int:item_id>/correction")
@policy("signed_in")
def of_report(item_id: int) -> ResponseReturnValue:
    """From a task of a report to the correction that it is about."""
    found = auth.reading(reading_corrections.open_on, auth.me(), item_id)
    if found is None:
        return redirect(url_for("items.show", item_id=item_id))
    return redirect(url_for(".show", correction_id=found))


@bp.get("/decisions/corrections/<int:correction_id>")
@policy("signed_in")
def show(correction_id: int) -> str:
    """One correction, with what depends on the decision."""
    page = _page(correction_id)
    return _drawn(page, _refuse_form(page), {}, [])


@bp.post("/decisions/corrections/<int:correction_id>/agree")
@policy(LAWYERS)
def agree(correction_id: int) -> ResponseReturnValue:
    """Agree: the corrected outcome is on the record, and nothing moves."""
    page = _page(correction_id)
    form = _key(page.version)
    return actions.submit(
        form,
        lambda reasons: _drawn(page, _refuse_form(page), {}, _lines(form, reasons)),
        lambda: command(corrections.agree, correction_id, seen_version=form.seen_version.value),
        location=url_for(".show", correction_id=correction_id),
        message="The correction is on the record. What depended on the decision is to be settled."
        if page.plans
        else "The correction is on the record.",
    )


@bp.post("/decisions/corrections/<int:correction_id>/refuse")
@policy(LAWYERS)
def refuse(correction_id: int) -> ResponseReturnValue:
    """Refuse, with a reason."""
    page = _page(correction_id)
    form = _refuse_form(page)
    return actions.submit(
        form,
        lambda reasons: _drawn(page, form, {}, _lines(form, reasons)),
        lambda: command(
            corrections.refuse,
            correction_id,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".show", correction_id=correction_id),
        message="The correction is refused. The decision stays as it was recorded.",
    )


@bp.post("/decisions/corrections/<int:correction_id>/take-back")
@policy(CLERKS)
def take_back(correction_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    page = _page(correction_id)
    form = _key(page.version)
    return actions.submit(
        form,
        lambda reasons: _drawn(page, _refuse_form(page), {}, _lines(form, reasons)),
        lambda: command(corrections.withdraw, correction_id, seen_version=form.seen_version.value),
        location=url_for(".show", correction_id=correction_id),
        message="You took it back. The decision stays as it was recorded.",
    )


@bp.post("/decisions/corrections/<int:correction_id>/plans/<int:plan_id>")
@policy(CLERKS)
def settle(correction_id: int, plan_id: int) -> ResponseReturnValue:
    """Keep what depended on the decision for one plan, or put the plan back to before it."""
    page = _page(correction_id)
    version = next((each.version for each in page.plans if each.plan_id == plan_id), 0)
    form = meeting_forms.SettleForm(data={"seen_version": version})
    return actions.submit(
        form,
        lambda reasons: _drawn(page, _refuse_form(page), {plan_id: form}, _lines(form, reasons)),
        lambda: command(
            dependents.settle,
            correction_id,
            plan_id,
            form.choice.value,
            form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".show", correction_id=correction_id),
        message="It is settled, and on the record with your reason.",
    )


def _page(correction_id: int) -> CorrectionPage:
    return auth.reading(reading_corrections.correction_page, auth.me(), correction_id)


def _key(version: int) -> common.KeyForm:
    return common.KeyForm(data={"seen_version": version})


def _refuse_form(page: CorrectionPage) -> common.ReasonForm:
    return common.ReasonForm(data={"seen_version": page.version})


def _labels() -> dict[str, str]:
    return {key: outcome.label for key, outcome in OUTCOMES.items()}


def _lines(form: forms.ActForm, reasons: list[str]) -> list[object]:
    return list(forms.summary(form, reasons))


def _drawn(
    page: CorrectionPage,
    refuse: common.ReasonForm,
    typed: dict[int, meeting_forms.SettleForm],
    lines: list[object],
) -> str:
    """The page of a correction, with what was typed for one of its plans, if anything was."""
    settle_forms = {
        each.plan_id: typed.get(each.plan_id)
        or meeting_forms.SettleForm(formdata=None, data={"seen_version": each.version})
        for each in page.plans
    }
    return render_template(
        "meetings/correction.html",
        page=page,
        labels=_labels(),
        key=common.KeyForm(formdata=None, data={"seen_version": page.version}),
        refuse=refuse,
        settle_forms=settle_forms,
        summary_lines=lines,
    )
