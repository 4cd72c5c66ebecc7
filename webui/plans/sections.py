"""Writing a plan: its sections of text, which save themselves, and its entries."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from cycle import clock
from cycle.seen import NO_PAGE
from webui import forms
from webui.forms import ActForm, text_in
from webui.http import actions, auth, drafts, saving
from webui.http.policies import policy
from webui.page import markdown
from webui.plans import (
    forms as plan_forms,
)
from webui.plans.comments import SETTLED
from webui.plans.entry_tables import typed
from webui.plans.views import ANSWERED, bp
from workflows.core.commands import Command, command
from workflows.plans import comments, plans, reading_actions
from workflows.plans.plans import SectionText
from workflows.plans.reading_actions import SectionPage

__all__ = ["bp"]  # the plan's own blueprint, with what is added here


@bp.get("/<ref>/sections/<key>")
@policy("signed_in")
def section(ref: str, key: str) -> str:
    """Write one section: its guidance, what was brought in, the text or the entries."""
    page = auth.reading(reading_actions.section_page, auth.me(), ref, key)
    return _section(page, _text_form(page))


def _text_form(page: SectionPage) -> plan_forms.TextSectionForm:
    return plan_forms.TextSectionForm(data={"body": page.body, "seen_version": page.version})


def _section(
    page: SectionPage, form: plan_forms.TextSectionForm, reasons: list[str] | None = None
) -> str:
    return render_template(
        "plans/section.html",
        page=page,
        form=form,
        key=plan_forms.KeyForm(formdata=None),
        summary_lines=forms.summary(form, reasons or []),
    )


class Versioned(Protocol):
    """What was saved, with the version that stands now."""

    @property
    def version(self) -> int: ...


@bp.post("/<ref>/sections/<key>")
@policy("signed_in")
def write_section(ref: str, key: str) -> ResponseReturnValue:
    """Save the working copy of a text section, and do what was pressed beside it in the same unit
    of work (fault L1)."""
    page = auth.reading(reading_actions.section_page, auth.me(), ref, key)
    form = _text_form(page)
    if saving.by_itself():
        written = partial(_written, page, form)
        return actions.save(form, written, version=lambda section: section.version)
    pressed = _pressed_beside(page, form)
    return actions.submit(
        form,
        lambda reasons: _section(page, form, reasons),
        pressed.made,
        location=pressed.location,
        message=pressed.message,
    )


@dataclass(frozen=True)
class Pressed:
    """What a button beside a text does, where it leads and what is said there."""

    made: Callable[[], Command[object]]
    location: str
    message: str


def _pressed_beside(page: SectionPage, form: plan_forms.TextSectionForm) -> Pressed:
    """Mark a comment as dealt with, hand the section over or decline it; else save it, and stay or
    go on to the next one. Each saves the text first."""
    here = url_for(".section", ref=page.ref, key=page.section.key)
    wanted, outcome = request.form.get("settle"), request.form.get("answer", "")
    remark = next((each for each in page.remarks if str(each.id) == wanted), None)
    if remark is not None:
        mark = partial(_marked, page, form, remark.id)
        return Pressed(mark, here, SETTLED)
    asked = page.contribution_id
    if outcome in (plans.GIVEN, plans.DECLINED) and asked is not None:
        answer = partial(_answered, form, asked, outcome)
        return Pressed(answer, url_for(".show", ref=page.ref), ANSWERED[outcome])
    if request.args.get("then") == "next" and page.following:
        here = url_for(".section", ref=page.ref, key=page.following.key)
    return Pressed(partial(_written, page, form), here, f"Saved at {saving.time(clock.now())}.")


def _written(page: SectionPage, form: plan_forms.TextSectionForm) -> Command[Versioned]:
    return command(
        plans.write_section,
        page.plan_id,
        section_key=page.section.key,
        body=markdown.from_word(form.body.value),
        seen_version=form.seen_version.value,
        knows_four_eyes=form.knows.value,
    )


def _marked(
    page: SectionPage, form: plan_forms.TextSectionForm, comment_id: int
) -> Command[object]:
    text = _text(form)
    return command(
        comments.settle, plan_id=page.plan_id, comment_id=comment_id, settled=True, text=text
    )


def _answered(form: plan_forms.TextSectionForm, asked: int, outcome: str) -> Command[object]:
    return command(plans.answer, asked, outcome=outcome, note=form.note.value, text=_text(form))


def _text(form: plan_forms.TextSectionForm) -> SectionText:
    words = markdown.from_word(form.body.value)
    return SectionText(words, form.seen_version.value, form.knows.value)


@bp.route("/<ref>/sections/<key>/entries/new", methods=["GET", "POST"])
@policy("signed_in")
def new_entry(ref: str, key: str) -> ResponseReturnValue:
    """Add a typed entry to a section."""
    return _entry(ref, key, None, request.args.get("type"))


@bp.route("/<ref>/sections/<key>/entries/<uid>", methods=["GET", "POST"])
@policy("signed_in")
def entry(ref: str, key: str, uid: str) -> ResponseReturnValue:
    """Change a typed entry."""
    return _entry(ref, key, uid, None)


def _entry(ref: str, key: str, uid: str | None, kind: str | None) -> ResponseReturnValue:
    page = auth.reading(reading_actions.entry_page, auth.me(), ref, key, uid, kind)
    new = uid is None
    form = plan_forms.entry_form(page.kind, page.parents, new=new)(data=typed(page))
    drafts.begin(form, f"{request.path}?type={page.kind.key}" if new else request.path)
    return actions.ask(
        form,
        actions.drawn("plans/entry.html", form, page=page),
        lambda: command(
            plans.write_item,
            page.plan_id,
            section_key=key,
            item_type=page.kind.key,
            given={field.key: text_in(form, field.key) for field in page.kind.fields},
            uid=uid,
            parent_uid=text_in(form, "parent_uid") or None,
            seen_version=form.seen_version.value if isinstance(form, ActForm) else NO_PAGE,
            knows_four_eyes=plan_forms.knows(form),
        ),
        location=url_for(".section", ref=ref, key=key),
        message="Saved.",
    )


@bp.post("/<ref>/sections/<key>/entries/<uid>/remove")
@policy("signed_in")
def remove_entry(ref: str, key: str, uid: str) -> ResponseReturnValue:
    """Take an entry out; sealed versions keep it."""
    page = auth.reading(reading_actions.section_page, auth.me(), ref, key)
    form = plan_forms.RemoveForm()
    return _pressed(
        page,
        form,
        lambda: command(
            plans.remove_item,
            page.plan_id,
            section_key=page.section.key,
            uid=uid,
            seen_version=form.seen_version.value,
        ),
        message="The entry is taken out.",
    )


@bp.post("/<ref>/sections/<key>/refresh")
@policy("signed_in")
def refresh(ref: str, key: str) -> ResponseReturnValue:
    """Bring what comes from the parent plan up to date."""
    page = auth.reading(reading_actions.section_page, auth.me(), ref, key)
    form = plan_forms.RemoveForm()
    return _pressed(
        page,
        form,
        lambda: command(
            plans.refresh_inherited,
            page.plan_id,
            page.section.key,
            seen_version=form.seen_version.value,
        ),
        message="Brought up to date.",
    )


def _pressed(
    page: SectionPage,
    form: plan_forms.RemoveForm,
    made: Callable[[], Command[object]],
    *,
    message: str,
) -> ResponseReturnValue:
    """A button on a section's page: done, or the section again with the reason."""
    return actions.submit(
        form,
        lambda reasons: _section(page, _untouched(page), [*reasons, *form.seen_version.errors]),
        made,
        location=url_for(".section", ref=page.ref, key=page.section.key),
        message=message,
    )


def _untouched(page: SectionPage) -> plan_forms.TextSectionForm:
    return plan_forms.TextSectionForm(
        formdata=None, data={"body": page.body, "seen_version": page.version}
    )
