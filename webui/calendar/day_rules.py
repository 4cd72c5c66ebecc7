"""The council's rules of days: each with its source, its owner, and from when to when it counts."""

from datetime import date

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from config.checks.day_rule import MOST_DAYS
from webui import forms
from webui.calendar.external_dates import FOLLOWS
from webui.council import framework_words
from webui.forms import ActForm, DateField, NumberField, RadioField, TextAreaField, TextField, asks
from webui.http import actions, auth
from webui.http.policies import policy
from workflows.calendar import day_rules
from workflows.calendar.day_rules import LONGEST, NewRule

bp = Blueprint("day_rules", __name__, url_prefix="/meetings/rules")
UNITS = (
    ("working", "Working days: days on which the council works"),
    ("clear", "Clear days: neither end counts, nor weekends and bank holidays"),
    ("calendar", "Calendar days: every day counts"),
    ("calendar_clear", "Clear calendar days: every day counts, neither end does"),
)


class ChangeForm(ActForm):
    """What a rule of days becomes, from which meeting on."""

    count = NumberField(
        "Number of days", asks("Enter the number of days."), least=0, most=MOST_DAYS
    )
    unit = RadioField("How they are counted", asks("Choose how days are counted."))
    hour = TextField(
        "Time of day, such as 10:00 (leave empty to keep that of the rule)", max_length=5
    )
    first = DateField("The first day of meetings for which it counts", asks("Enter the first day."))
    until = DateField("The first day of meetings for which it no longer counts, if there is one")
    source = TextAreaField(
        "Where the rule comes from, such as an Act or a decision of Council",
        asks("Say where the rule comes from."),
        max_length=LONGEST,
    )
    reason = TextAreaField(
        "Why it is changed", asks("Say why the rule is changed."), max_length=LONGEST
    )


@bp.get("")
@policy("signed_in")
def index() -> str:
    """Every rule of days, and what was changed."""
    page = auth.reading(day_rules.rules)
    return render_template("meetings/rules.html", page=page, words=framework_words)


@bp.route("/<key>", methods=["GET", "POST"])
@policy("permission:own_day_rules")
def change(key: str) -> ResponseReturnValue:
    """Change one rule for meetings to come."""
    standing, version = auth.reading(day_rules.one, key)
    rule = standing.rule
    usual = {"count": rule.days, "unit": rule.unit, "source": rule.source}
    form = ChangeForm(data={"seen_version": version, **usual})
    form.unit.choices = forms.options(list(UNITS))
    return actions.ask(
        form,
        actions.drawn("meetings/rule.html", form, standing=standing, words=framework_words),
        day_rules.change,
        key,
        _given(form),
        form.reason.data or "",
        seen_version=form.seen_version.data,
        location=url_for(".index"),
        message=_said,
    )


def _given(form: ChangeForm) -> NewRule:
    return NewRule(
        days=form.count.data or 0,
        unit=form.unit.data or "",
        hour=form.hour.data or "",
        from_on=form.first.data or date.min,  # an empty box is refused before it gets here
        until_on=form.until.data,
        source=form.source.data or "",
    )


def _said(warnings: list[str]) -> str:
    return " ".join(["The rule is changed.", *warnings, FOLLOWS])
