"""Form bases and fields; what they take and refuse is in ``base``, ``fields`` and ``choices``."""

from webui.forms.base import (
    ActForm,
    CheckedForm,
    FileForm,
    KeyedForm,
    QueryForm,
    StrictForm,
    field_in,
    text_in,
)
from webui.forms.choices import (
    CheckboxesField,
    CheckboxField,
    IdCheckboxesField,
    IdRadioField,
    IdSelectField,
    RadioField,
    SelectField,
)
from webui.forms.fields import (
    DateField,
    HiddenField,
    MoneyField,
    NumberField,
    PasswordField,
    ShownField,
    TextAreaField,
    TextField,
    asks,
    whole_number,
)
from webui.forms.file_field import FileField
from webui.forms.govuk import options, summary

__all__ = [
    "ActForm",
    "CheckedForm",
    "CheckboxField",
    "CheckboxesField",
    "DateField",
    "FileField",
    "FileForm",
    "KeyedForm",
    "HiddenField",
    "IdCheckboxesField",
    "IdRadioField",
    "IdSelectField",
    "MoneyField",
    "NumberField",
    "PasswordField",
    "QueryForm",
    "RadioField",
    "SelectField",
    "ShownField",
    "StrictForm",
    "TextAreaField",
    "TextField",
    "asks",
    "field_in",
    "options",
    "summary",
    "text_in",
    "whole_number",
]
