"""The forms of cycles and planning years. What may be handed in is checked by the verbs."""

from config.framework import SectionTemplate
from webui.forms import (
    ActForm,
    CheckedForm,
    HiddenField,
    IdCheckboxesField,
    IdRadioField,
    KeyedForm,
    NumberField,
    QueryForm,
    RadioField,
    SelectField,
    TextAreaField,
    TextField,
    asks,
    options,
    text_in,
)
from webui.page import markdown
from workflows.cycles.cycles import FIRST_START, LAST_START
from workflows.plans.plans import LONGEST_SECTION

LONGEST_REASON = 2_000
SECTION = "section_"


def _framework() -> SelectField:
    return SelectField("Framework", asks("Choose a framework."))


def _start() -> NumberField:
    return NumberField(
        "Year in which Year 1 starts",
        asks("Enter the year in which Year 1 starts."),
        least=FIRST_START,
        most=LAST_START,
        description="In May of this year. Its plans take effect in April of the year after.",
    )


class CycleStartForm(QueryForm):
    """A new cycle: which framework, from which year on."""

    framework = _framework()
    start = _start()


class CycleForm(KeyedForm):
    """A new cycle, and the variant of its first year."""

    framework = _framework()
    start = _start()
    choice = RadioField("How Year 1 runs")


class ConfirmForm(CheckedForm):
    """Nothing but the key and the version shown."""


class ReasonForm(ActForm):
    """An act that needs a reason."""

    reason = TextAreaField("Why", asks("Say why."), max_length=LONGEST_REASON)


class CloseForm(ActForm):
    """Closing a year; a note is welcome."""

    reason = TextAreaField("A note (optional)", max_length=LONGEST_REASON)


class DecisionForm(CheckedForm):
    """The decision that the council's leadership takes on the Strategic Plan in Years 2 to 4."""

    branch = RadioField(
        "What was decided",
        asks("Choose what was decided."),
        choices=options(
            [
                ("new", "A new Strategic Plan"),
                ("refresh", "Refresh the Strategic Plan"),
                ("as_is", "Leave the Strategic Plan as it is"),
            ]
        ),
    )
    decided_by = TextField(
        "Who decided",
        asks("Say who decided."),
        max_length=300,
        description="A person, a post or a meeting, with its date.",
    )
    reason = TextAreaField("Why", asks("Say why."), max_length=LONGEST_REASON)


class CarryOverForm(ActForm):
    """Plans that go on in the next planning year."""

    plans = IdCheckboxesField("Which plans", asks("Choose at least one plan."))
    reason = TextAreaField("Why", asks("Say why."), max_length=LONGEST_REASON)


class AddPlanForm(ActForm):
    """The plans of a unit that came into being later."""

    unit = IdRadioField("For which service", asks("Choose a service."))


class ImportChoiceForm(QueryForm):
    """What is imported; the boxes for its text follow from it."""

    plan_type = SelectField("Kind of plan", asks("Choose the kind of plan."))
    unit = SelectField("Service", description="Leave this for a plan of the whole council.")
    year = NumberField(
        "Year from which it is in force",
        asks("Enter the year."),
        least=FIRST_START,
        most=LAST_START,
        description="From April of this year.",
    )


class ImportForm(KeyedForm):
    """A plan in force; ``import_form`` adds the boxes into which its text is pasted."""

    plan_type = HiddenField("Kind of plan", max_length=80)
    unit = HiddenField("Service", max_length=10)
    year = HiddenField("Year", max_length=4)
    reason = TextAreaField(
        "Where this text comes from",
        asks("Say where this text comes from."),
        max_length=LONGEST_REASON,
        description="Such as the meeting that approved it, and when.",
    )


def import_form(sections: list[SectionTemplate]) -> type[ImportForm]:
    """The form of a plan in force with a box for each of these sections."""
    fields: dict[str, object] = {
        SECTION + each.key: TextAreaField(
            each.title,
            max_length=LONGEST_SECTION,
            description="" if each.carry_over else "The next plan begins this section afresh.",
        )
        for each in sections
    }
    return type("ImportForm", (ImportForm,), fields)


def texts_of(form: ImportForm) -> dict[str, str]:
    """The pasted texts by section key, in plain Markdown; boxes left empty are left out."""
    names = [field.name for field in form if field.name.startswith(SECTION)]
    typed = {name.removeprefix(SECTION): text_in(form, name) for name in names}
    return {key: markdown.from_word(words) for key, words in typed.items() if words.strip()}
