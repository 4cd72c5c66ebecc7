"""The strict base form: what a form takes, and from where (SR-26, SR-55, SR-56, INV-30, INV-31).

A form reads the body of a form post and nothing else: no query string, no files, no JSON. A name
that the form does not have is ignored; a name of one value posted twice is refused; hidden
characters are taken out and the person is asked to look again.
"""

from datetime import datetime
from typing import Any, TypeVar

from flask import has_request_context, request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.fields import SelectMultipleField

from cycle.errors import BadInput
from webui.forms.choices import RadioField, SelectField
from webui.forms.fields import (
    FormKeyField,
    HiddenField,
    SeenVersionField,
    ShownField,
    TextAreaField,
    TextField,
)
from webui.forms.wording import Wording
from webui.page.characters import HIDDEN_CHARACTERS, has_hidden, without_hidden

F = TypeVar("F", bound=Field)
Text = TextField | TextAreaField | HiddenField | ShownField | RadioField | SelectField
SENT_TWICE = "This was sent twice in one form. Open the page again and fill it in once."


class StrictForm(FlaskForm):
    """The base of every form that is posted."""

    class Meta(FlaskForm.Meta):
        """How WTForms takes what was posted."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The fields of the body without hidden characters; ``form`` notes who had some."""
            if formdata is _Auto:
                formdata = _posted()
            if formdata is None:
                return None
            form.unclean = {
                name for name, values in formdata.lists() if any(has_hidden(v) for v in values)
            }
            form.repeated = {name for name, values in formdata.lists() if len(values) > 1}
            return MultiDict(
                (name, without_hidden(value)) for name, value in formdata.items(multi=True)
            )

        def get_translations(self, form: Any) -> Any:
            """The sentences of this service."""
            return Wording()

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything is in order; else each field says what is not, once."""
        fine = bool(super().validate(extra_validators=extra_validators))
        for field in self:
            if problem := self._problem(field):
                field.errors = [problem]
                fine = False
        return fine

    def _problem(self, field: Field) -> str | None:
        names = set(field.posted_names() if hasattr(field, "posted_names") else [field.name])
        if names & getattr(self, "unclean", set()):
            return HIDDEN_CHARACTERS
        single = not isinstance(field, SelectMultipleField)
        return SENT_TWICE if single and names & getattr(self, "repeated", set()) else None


class KeyedForm(StrictForm):
    """A form that does something to which no page shows a version: it adds what was not there, or
    its verb asks the locked row. One key per form drawn makes a double click one act (INV-30); a
    refused form keeps its key, since nothing was done under it.
    """

    form_key = FormKeyField("Key of this form")
    # The last refusal let whoever has read it insist (``Blocked.insist``).
    may_insist = False
    # Of which page its words are kept as a draft ("": of none), when those in its boxes were, for
    # how many days, and a mark of the text from which each box began.
    draft_at = ""
    drafted_at: datetime | None = None
    draft_days = 0
    draft_bases: dict[str, str]


class ActForm(KeyedForm):
    """The base of every form that changes what its page showed: it hands back the version seen,
    and is refused without it, so that a page that is out of date says so (INV-31, fault X7).
    """

    seen_version = SeenVersionField("Version that the page showed")

    def look_again(self) -> None:
        """Carry what stands now instead of what was seen, for a page that shows what stands now."""
        for field in self:
            if isinstance(field, SeenVersionField | ShownField):
                field.look_again()

    def theirs(self) -> list[tuple[str, str]]:
        """The words that stand now where this form says others: (what they are, the words)."""
        return [
            (field.label.text, field.object_data)
            for field in self
            if isinstance(field, TextField | TextAreaField)
            and isinstance(field.object_data, str)
            and field.object_data.strip() not in ("", str(field.data or "").strip())
        ]


class CheckedForm(ActForm):
    """A form that is sent twice: its first answer is a page on which one checks what would follow.
    ``step``: what that page's buttons say; nothing the first time."""

    DONE, CHANGE = "done", "change"
    step = TextField("Step", max_length=10)  # no box: it is what a button says


class FileForm(StrictForm):
    """A form with which files are handed in, by its file fields and no others (SR-60)."""

    class Meta(StrictForm.Meta):
        """Files may come along; text is cleaned as ever."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The fields of the body; the files are read by their fields."""
            if formdata is _Auto:
                formdata = request.form if request.method == "POST" else None
            return super().wrap_formdata(form, formdata)


class QueryForm(StrictForm):
    """A form of filters: read from the query string, changes nothing, needs no token."""

    class Meta(StrictForm.Meta):
        """The query string instead of the body."""

        csrf = False

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The query string, cleaned like a posted form."""
            if formdata is _Auto:
                formdata = request.args if has_request_context() and request.args else None
            return super().wrap_formdata(form, formdata)


def field_in(form: StrictForm, name: str, kind: type[F]) -> F | None:
    """The box of this name in a form whose boxes follow from a framework; None where it has none.

    Raises TypeError for a box of another kind: its value would be of another type.
    """
    found = form[name] if name in form else None
    if found is not None and not isinstance(found, kind):
        raise TypeError(f"{name} is a {type(found).__name__}, not a {kind.__name__}")
    return found


def text_in(form: StrictForm, name: str) -> str:
    """The words in the box of this name, "" where the form has none.

    Raises TypeError for a box of another kind.
    """
    found = form[name] if name in form else None
    if found is not None and not isinstance(found, Text):
        raise TypeError(f"{name} is a {type(found).__name__}, which has no words")
    return "" if found is None else found.value


def _posted() -> MultiDict[str, str] | None:
    if not has_request_context() or request.method not in {"POST", "PUT", "PATCH", "DELETE"}:
        return None
    if request.files:
        raise BadInput("This form takes text, not files. Go back and type the text in.")
    return request.form
