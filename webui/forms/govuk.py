"""The faults of govuk-frontend-wtf 3.2.0, each put right once (ui.md).

- A date posted with one or two parts broke the page: ``DateInput`` reads three parts by name.
- The link of a date's message goes to the day box, which is the first that takes the cursor.
- An empty hint on radios and checkboxes drew an empty paragraph that readers announce.
- Groups of a select were dropped: ``GroupedSelect`` draws them with a template of ours.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from govuk_frontend_wtf.gov_form_base import GovFormBase
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
)
from wtforms import Field, Form
from wtforms.fields import SelectChoice

PARTS = ("day", "month", "year")
_WIDTH = {"day": "govuk-input--width-2", "month": "govuk-input--width-2"}


def options(pairs: Iterable[tuple[str, str]], group: str | None = None) -> list[SelectChoice]:
    """(value, label) pairs as choices of a field; ``group`` names their set in a select."""
    return [SelectChoice(value=value, label=label, optgroup=group) for value, label in pairs]


def _without_empty_hint(params: dict[str, Any]) -> dict[str, Any]:
    if not (params.get("hint") or {}).get("text"):
        params.pop("hint", None)
    return params


class Radios(GovRadioInput):
    """Radios whose hint is drawn only when there is one."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        """The parameters of the macro."""
        return _without_empty_hint(super().map_gov_params(field, **kwargs))


class Checkboxes(GovCheckboxesInput):
    """Checkboxes whose hint is drawn only when there is one."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        """The parameters of the macro."""
        return _without_empty_hint(super().map_gov_params(field, **kwargs))


class OneCheckbox(GovCheckboxInput):
    """A single checkbox; its hint, when there is one, belongs to the box itself."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        """The parameters of the macro."""
        return _without_empty_hint(super().map_gov_params(field, **kwargs))


class GroupedSelect(GovSelect):
    """A select that keeps its groups."""

    template = "components/select.html"

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        """The parameters of the macro; ``groups`` holds the items by group, in their order."""
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        if field.has_groups():
            params["groups"] = [
                {
                    "label": label,
                    "items": [
                        {"value": choice.value, "text": choice.label, "selected": choice.selected}
                        for choice in choices
                    ],
                }
                for label, choices in field.iter_groups()
            ]
        return params


class DateInput(GovFormBase):
    """The three boxes of a date, each with a name of its own: ``due_on-day`` and so on."""

    template = "govuk_frontend_wtf/date.html"

    def __call__(self, field: Field, **kwargs: Any) -> str:
        """The HTML of the three boxes."""
        kwargs.setdefault("id", field.id)
        return super().__call__(field, **kwargs)  # type: ignore[no-any-return]

    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        """The parameters of the macro."""
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        params.pop("name")
        params.setdefault("fieldset", {"legend": {"text": field.label.text}})
        params["items"] = [
            {
                "label": part.capitalize(),
                "id": f"{field.id}-{part}",
                "name": f"{field.name}-{part}",
                "classes": _box_classes(field, part),
                "value": field.parts[part],
            }
            for part in PARTS
        ]
        return params


def _box_classes(field: Field, part: str) -> str:
    width = _WIDTH.get(part, "govuk-input--width-4")
    wrong = field.errors and part in (field.wrong_parts or PARTS)
    return f"{width} govuk-input--error" if wrong else width


def summary(form: Form | None, reasons: Iterable[str] = ()) -> list[Mapping[str, str]]:
    """The lines of the GOV.UK error summary: the reasons of a refusal, then each field's first.

    A line of a field links to the box that takes the cursor; a hidden field has none.
    """
    lines: list[Mapping[str, str]] = [{"text": reason} for reason in reasons]
    if form is None:
        return lines
    lines += [{"text": text} for text in form.form_errors]
    for field in form:
        if field.errors:
            lines.append(_line(field, field.errors[0]))
    return lines


def _line(field: Field, text: Any) -> Mapping[str, str]:
    if getattr(field.widget, "input_type", "") == "hidden":
        return {"text": str(text)}
    anchor = field.id
    if isinstance(field.widget, DateInput):
        anchor = f"{field.id}-{(field.wrong_parts or PARTS)[0]}"
    return {"text": str(text), "href": f"#{anchor}"}
