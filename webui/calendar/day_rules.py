"""The council's rules of days: each with its source, its owner, and from when to when it counts."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from config.checks.day_rule import MOST_DAYS
from webui import forms
from webui.calendar.external_dates import OWN_DATES
from webui.council import framework_words
from webui.forms import ActForm, DateField, NumberField, RadioField, TextAreaField, TextField, asks
from webui.http import actions, auth
from webui.http.policies import policy
from workflows.calendar import day_rules, law_by_nation
from workflows.calendar.day_rules import LONGEST, NewRule
from workflows.core.commands import command

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


@bp.get("/law")
@policy("signed_in")
def own_law() -> str:
    """The law of days in the council's nation."""
    return render_template("meetings/law.html", page=auth.reading(law_by_nation.page))


@bp.get("/law/<nation>")
@policy("signed_in")
def by_nation(nation: str) -> str:
    """The law of days in one nation."""
    return render_template("meetings/law.html", page=auth.reading(law_by_nation.page, nation))


@bp.route("/<key>", methods=["GET", "POST"])
@policy("permission:own_day_rules")
def change(key: str) -> ResponseReturnValue:
    """Change one rule for meetings to come."""
    current, version = auth.reading(day_rules.one, key)
    rule = current.rule
    usual = {"count": rule.days, "unit": rule.unit, "source": rule.source}
    form = ChangeForm(data={"seen_version": version, **usual})
    form.unit.choices = forms.options(list(UNITS))
    return actions.ask(
        form,
        actions.drawn("meetings/rule.html", form, current=current, words=framework_words),
        lambda: command(
            day_rules.change,
            key=key,
            new=_given(form),
            reason=form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".index"),
        message=_message,
    )


def _given(form: ChangeForm) -> NewRule:
    return NewRule(
        days=form.count.value,
        unit=form.unit.value,
        hour=form.hour.value,
        from_on=form.first.value,
        until_on=form.until.value_or_none,
        source=form.source.value,
    )


def _message(warnings: list[str]) -> str:
    return " ".join(["The rule is changed.", *warnings, OWN_DATES])
