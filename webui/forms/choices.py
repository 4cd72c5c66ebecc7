"""Fields in which one chooses. Ids of rows are numbers and have fields of their own, so that the
type checker knows: an ``IdSelectField`` gives an int, a ``SelectField`` a str.
"""

from collections.abc import Callable, Sequence
from typing import Any

from wtforms import fields, widgets

from webui.forms import govuk
from webui.forms.fields import given, whole_number


def _or_none(coerce: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value in ("", None) else coerce(value)


class _Chosen:
    """What choices of one have in common: nothing chosen is None, and Asked decides about it."""

    data: Any
    process_errors: list[str]
    reads: Callable[[Any], Any] = str

    def __init__(self, label: str, validators: Sequence[Any] = (), **kw: Any):
        reads = _or_none(type(self).reads)
        super().__init__(label, list(validators), coerce=reads, **kw)  # type: ignore[call-arg]

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not in the list; nothing chosen is left to Asked."""
        if self.data is not None and not self.process_errors:
            super().pre_validate(form)  # type: ignore[misc]


class _ChosenWord(_Chosen):
    """One word out of several."""

    data: str | None

    @property
    def value(self) -> str:
        """The word that was chosen; none is ""."""
        return self.data or ""


class _ChosenId(_Chosen):
    """One row out of several, by its id."""

    data: int | None
    label: Any
    reads = staticmethod(whole_number)

    @property
    def value(self) -> int:
        """The id of the row that was chosen. Raises BadInput where none was."""
        return given(self.data, self.label.text)

    @property
    def value_or_none(self) -> int | None:
        """The id of the row that was chosen; None where none was."""
        return self.data


class RadioField(_ChosenWord, fields.RadioField):
    """One of a few, all seen at once."""

    widget = govuk.Radios()


class IdRadioField(_ChosenId, fields.RadioField):
    """One row of a few, all seen at once."""

    widget = govuk.Radios()


class SelectField(_ChosenWord, fields.SelectField):
    """One of many, in groups where the choices name theirs."""

    widget = govuk.GroupedSelect()


class IdSelectField(_ChosenId, fields.SelectField):
    """One row of many, in groups where the choices name theirs."""

    widget = govuk.GroupedSelect()


class CheckboxesField(fields.SelectMultipleField):
    """Any number of a few."""

    widget = govuk.Checkboxes()
    option_widget = widgets.CheckboxInput()
    data: list[str] | None

    @property
    def value(self) -> list[str]:
        """What was ticked."""
        return list(self.data or ())


class IdCheckboxesField(fields.SelectMultipleField):
    """Any number of a few rows, by their ids."""

    widget = govuk.Checkboxes()
    option_widget = widgets.CheckboxInput()
    data: list[int] | None

    def __init__(self, label: str, validators: Sequence[Any] = (), **kw: Any):
        super().__init__(label, list(validators), coerce=whole_number, **kw)

    @property
    def value(self) -> list[int]:
        """The ids of the rows that were ticked."""
        return list(self.data or ())


class CheckboxField(fields.BooleanField):
    """Yes, or left alone."""

    widget = govuk.OneCheckbox()
    data: bool | None

    @property
    def value(self) -> bool:
        """Whether it was ticked."""
        return bool(self.data)
