"""The forms of a plan's pages. What may be handed in is checked by the verbs; these take it in."""

from collections.abc import Sequence

from wtforms import Form
from wtforms.fields import SelectChoice

from config.dates import long_date
from config.framework import Field, ItemType, Transition
from webui.forms import (
    ActForm,
    CheckboxesField,
    CheckboxField,
    DateField,
    KeyedForm,
    RadioField,
    SelectField,
    ShownField,
    TextAreaField,
    TextField,
    asks,
    options,
    whole_number,
)
from webui.plans.entry_tables import choice_text
from workflows.core.attempt import Evidence, Given, Remarked
from workflows.plans.agreements import Held
from workflows.plans.asking import Group
from workflows.plans.plans import LONGEST_SECTION

LONGEST_REASON = 2_000
LONGEST_REMARK = 4_000
BESIDE = "beside_"
KNOWS = "I know that someone else then has to pass this plan on"


class TextSectionForm(ActForm):
    """The working copy of a text section."""

    body = TextAreaField("Text", max_length=LONGEST_SECTION, counted=True)
    knows = CheckboxField(KNOWS)


def whom(groups: Sequence[Group]) -> list[SelectChoice]:
    """Whom one can ask, by department."""
    choices = options([("", "Choose")])
    for group in groups:
        pairs = [(str(desk.queue_id), desk.words) for desk in group.desks]
        choices += options(pairs, group.title)
    return choices


class AskForm(ActForm):
    """A section asked of another desk. ``finding``: only the list is to be narrowed; nothing that
    was typed is lost by that."""

    find = TextField("Find a person, a post or a service", max_length=80)
    finding = CheckboxField("Find")
    section = SelectField("Which section", asks("Choose the section."))
    queue = SelectField("Whom to ask", asks("Choose whom to ask."), coerce=whole_number)
    note = TextAreaField("What you need", max_length=LONGEST_REASON)
    due_on = DateField("By when (optional)")


class AnswerForm(KeyedForm):
    """The answer to a request for a section."""

    note = TextAreaField("Why not, if you decline", max_length=LONGEST_REASON)


class KeyForm(KeyedForm):
    """Nothing but the key."""


class RemoveForm(ActForm):
    """Nothing but the key and the version shown."""


WITHOUT_MEETING = "Day of their e-mail, if they agreed without a meeting"


def act_form(
    transition: Transition,
    sections: list[tuple[str, str]],
    checklist: tuple[str, ...],
    held: Sequence[Held] = (),
    *,
    for_another: str = "",
) -> type[ActForm]:
    """The form of one action: a reason, comments, a checklist, how somebody else agreed, where it
    asks for them. ``held``: at which meetings it can have been; ``for_another``: whose consent is
    recorded for them, by the title of their role."""
    fields: dict[str, object] = {}
    asked = {rule.name for rule in transition.evidence_guards}
    if "agreed_by_group" in asked:
        days = [(str(each.id), f"{each.name}, {long_date(each.on)}") for each in held]
        fields["meeting"] = SelectField(
            "Meeting at which they agreed",
            coerce=whole_number,
            choices=options([("", "Choose a meeting"), *days]),
        )
        fields["by_mail_on"] = DateField(WITHOUT_MEETING)
    if "own_or_by_mail" in asked and for_another:
        fields["given_by"] = TextField(f"Which {for_another} agreed", max_length=200)
        fields["by_mail_on"] = DateField("Day of their e-mail")
    if transition.comments_required:
        for key, title in sections:
            fields[BESIDE + key] = TextAreaField(
                f"Comment beside “{title}”", max_length=LONGEST_REMARK
            )
    if transition.reason != "none":
        label = "Why" if transition.reason == "required" else "A note (optional)"
        if "agreed_by_group" in asked and transition.reason != "required":
            label = "A note (needed if they agreed by e-mail: why there was no meeting)"
        fields["reason"] = TextAreaField(label, max_length=LONGEST_REASON)
    if "checklist_complete" in asked:
        choices = options((str(place), question) for place, question in enumerate(checklist))
        fields["checklist"] = CheckboxesField("What you have checked", choices=choices)
    if "override_reason_given" in asked:
        fields["override"] = TextAreaField(
            "Why you go on (only if something is out of date)", max_length=LONGEST_REASON
        )
    fields["shown"] = ShownField("Version shown", max_length=64)
    return type("ActionForm", (ActForm,), fields)


def evidence_of(form: Form, checklist: tuple[str, ...]) -> Evidence:
    """What was handed in with an action."""
    remarks = tuple(
        Remarked(name.removeprefix(BESIDE), str(words).strip())
        for name, words in form.data.items()
        if name.startswith(BESIDE) and str(words or "").strip()
    )
    ticked = form.data.get("checklist") or []
    return Evidence(
        reason=str(form.data.get("reason") or "").strip(),
        remarks=remarks,
        checklist=tuple(checklist[int(place)] for place in ticked),
        given=Given(
            form.data.get("meeting"),
            form.data.get("by_mail_on"),
            str(form.data.get("given_by") or "").strip(),
        ),
        override=str(form.data.get("override") or "").strip(),
        shown_sha256=str(form.data["shown"]),
    )


def comment_form(sections: list[tuple[str, str]]) -> type[ActForm]:
    """Comments and suggested changes beside sections."""
    fields: dict[str, object] = {}
    for key, title in sections:
        fields[BESIDE + key] = TextAreaField(f"Comment beside “{title}”", max_length=LONGEST_REMARK)
        fields["instead_" + key] = TextAreaField(
            "Words to use instead (optional)", max_length=LONGEST_REMARK
        )
    return type("CommentForm", (ActForm,), fields)


def remarks_of(form: Form) -> list[Remarked]:
    """The comments of a comment form."""
    return [
        Remarked(
            key,
            str(form.data[BESIDE + key] or "").strip(),
            str(form.data["instead_" + key] or "").strip(),
        )
        for key in (name.removeprefix(BESIDE) for name in form.data if name.startswith(BESIDE))
        if form.data[BESIDE + key] or form.data["instead_" + key]
    ]


def entry_form(kind: ItemType, parents: list[tuple[str, str]], *, new: bool) -> type[KeyedForm]:
    """The form of one typed entry, from the framework's fields; of a new one nothing was seen."""
    fields: dict[str, object] = {each.key: _field(each) for each in kind.fields}
    if kind.parents:
        choices = options([("", "Nothing yet"), *parents])
        fields["parent_uid"] = SelectField("What it contributes to", choices=choices)
    fields["knows"] = CheckboxField(KNOWS)
    return type("EntryForm", (KeyedForm if new else ActForm,), fields)


def _field(field: Field) -> object:
    validators = asks(f"Fill in “{field.title}”.") if field.required else []
    if field.kind == "choice":
        choices = options((each, choice_text(each)) for each in field.choices)
        return RadioField(field.title, validators, choices=choices, description=field.hint)
    if field.kind == "long":
        return TextAreaField(
            field.title, validators, max_length=LONGEST_REMARK, description=field.hint
        )
    hint = field.hint or ("For example, 31 March 2028" if field.kind == "date" else "")
    return TextField(field.title, validators, max_length=300, description=hint)
