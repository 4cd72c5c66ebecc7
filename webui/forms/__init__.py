"""Form bases and fields; what they take and refuse is in ``base`` and ``fields``."""

from webui.forms.base import ActForm, FileForm, KeyedForm, QueryForm, StrictForm
from webui.forms.fields import (
    CheckboxesField,
    CheckboxField,
    DateField,
    FileField,
    HiddenField,
    MoneyField,
    NumberField,
    PasswordField,
    RadioField,
    SelectField,
    ShownField,
    TextAreaField,
    TextField,
    asks,
    whole_number,
)
from webui.forms.govuk import options, summary

__all__ = [
    "ActForm",
    "CheckboxField",
    "CheckboxesField",
    "DateField",
    "FileField",
    "FileForm",
    "KeyedForm",
    "HiddenField",
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
    "options",
    "summary",
    "whole_number",
]
