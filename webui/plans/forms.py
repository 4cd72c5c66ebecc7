"""The forms of a plan's pages. What may be handed in is checked by the verbs; these take it in."""

from collections.abc import Sequence

from wtforms.fields import SelectChoice

from config.dates import long_date
from config.framework import Field, ItemType
from config.lifecycles.shape import Transition
from webui.forms import (
    ActForm,
    CheckboxesField,
    CheckboxField,
    DateField,
    IdSelectField,
    KeyedForm,
    RadioField,
    SelectField,
    ShownField,
    TextAreaField,
    TextField,
    asks,
    field_in,
    options,
    text_in,
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
    note = TextAreaField("Why not", max_length=LONGEST_REASON)


def whom(groups: Sequence[Group]) -> list[SelectChoice]:
    """Whom one can ask, by department."""
    choices = options([("", "Choose")])
    for group in groups:
        pairs = [(str(each.queue_id), each.words) for each in group.queues]
        choices += options(pairs, group.title)
    return choices


class AskForm(ActForm):
    """A section asked of another queue. ``finding``: only the list is to be narrowed; nothing that
    was typed is lost by that."""

    find = TextField("Find a person, a post or a service", max_length=80)
    finding = CheckboxField("Find")
    section = SelectField("Which section", asks("Choose the section."))
    queue = IdSelectField("Whom to ask", asks("Choose whom to ask."))
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
        fields["meeting"] = IdSelectField(
            "Meeting at which they agreed",
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


def evidence_of(form: ActForm, checklist: tuple[str, ...]) -> Evidence:
    """What was handed in with an action."""
    beside = ((key, text_in(form, BESIDE + key).strip()) for key in _beside(form))
    ticked = field_in(form, "checklist", CheckboxesField)
    meeting = field_in(form, "meeting", IdSelectField)
    by_mail_on = field_in(form, "by_mail_on", DateField)
    return Evidence(
        reason=text_in(form, "reason").strip(),
        remarks=tuple(Remarked(key, words) for key, words in beside if words),
        checklist=tuple(checklist[int(place)] for place in (ticked.value if ticked else ())),
        given=Given(
            meeting.value_or_none if meeting else None,
            by_mail_on.value_or_none if by_mail_on else None,
            text_in(form, "given_by").strip(),
        ),
        override=text_in(form, "override").strip(),
        shown_sha256=text_in(form, "shown"),
    )


def _beside(form: ActForm) -> list[str]:
    """The sections beside which one can comment, by their keys."""
    return [field.name.removeprefix(BESIDE) for field in form if field.name.startswith(BESIDE)]


class CommentAnswerForm(KeyedForm):
    """An answer to a comment."""

    body = TextAreaField("Your answer", asks("Write your answer first."), max_length=LONGEST_REMARK)


def comment_form(sections: list[tuple[str, str]]) -> type[ActForm]:
    """Comments and suggested changes beside sections."""
    fields: dict[str, object] = {}
    for key, title in sections:
        fields[BESIDE + key] = TextAreaField(f"Comment beside “{title}”", max_length=LONGEST_REMARK)
        fields["instead_" + key] = TextAreaField(
            "Words to use instead (optional)", max_length=LONGEST_REMARK
        )
    return type("CommentForm", (ActForm,), fields)


def remarks_of(form: ActForm) -> list[Remarked]:
    """The comments of a comment form."""
    typed = (
        (key, text_in(form, BESIDE + key), text_in(form, "instead_" + key)) for key in _beside(form)
    )
    return [
        Remarked(key, words.strip(), instead.strip())
        for key, words, instead in typed
        if words or instead
    ]


def entry_form(kind: ItemType, parents: list[tuple[str, str]], *, new: bool) -> type[KeyedForm]:
    """The form of one typed entry, from the framework's fields; of a new one nothing was seen."""
    fields: dict[str, object] = {each.key: _field(each) for each in kind.fields}
    if kind.parents:
        choices = options([("", "Nothing yet"), *parents])
        fields["parent_uid"] = SelectField("What it contributes to", choices=choices)
    fields["knows"] = CheckboxField(KNOWS)
    return type("EntryForm", (KeyedForm if new else ActForm,), fields)


def knows(form: KeyedForm) -> bool:
    """Whether the box was ticked that somebody else then has to pass this plan on."""
    box = field_in(form, "knows", CheckboxField)
    return box is not None and box.value


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
