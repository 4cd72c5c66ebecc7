"""Form bases and fields; what they take and refuse is in ``base`` and ``fields``."""

from webui.forms.base import ActForm, FileForm, QueryForm, StrictForm
from webui.forms.fields import (
    CheckboxesField,
    CheckboxField,
    DateField,
    FileField,
    HiddenField,
    HiddenNumberField,
    MoneyField,
    NumberField,
    PasswordField,
    RadioField,
    SelectField,
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
    "HiddenField",
    "HiddenNumberField",
    "MoneyField",
    "NumberField",
    "PasswordField",
    "QueryForm",
    "RadioField",
    "SelectField",
    "StrictForm",
    "TextAreaField",
    "TextField",
    "asks",
    "options",
    "summary",
    "whole_number",
]
