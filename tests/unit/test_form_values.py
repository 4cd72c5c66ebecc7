"""What a form hands on to a verb is in the type of its box, and a box of another kind is no answer
(decision 0027)."""

from datetime import date, time

import pytest
from werkzeug.datastructures import MultiDict

from cycle.errors import BadInput
from webui.forms import (
    CheckboxesField,
    CheckboxField,
    DateField,
    IdCheckboxesField,
    IdRadioField,
    IdSelectField,
    NumberField,
    QueryForm,
    RadioField,
    SelectField,
    TextField,
    field_in,
    options,
    text_in,
)
from webui.meetings.forms import TimeField
from webui.people.forms import LastDayField

FEW = options([("1", "Housing"), ("2", "Parks")])


class EveryKind(QueryForm):
    """One box of each kind."""

    words = TextField("Words", max_length=20)
    days = NumberField("Days")
    on = DateField("Day")
    last_on = LastDayField("Last day")
    at = TimeField("Time", max_length=20)
    kind = RadioField("Kind", choices=FEW)
    place = SelectField("Place", choices=FEW)
    plan = IdRadioField("Plan", choices=FEW)
    unit = IdSelectField("Unit", choices=FEW)
    kinds = CheckboxesField("Kinds", choices=FEW)
    units = IdCheckboxesField("Units", choices=FEW)
    knows = CheckboxField("I know")


def filled() -> EveryKind:
    """The form as it was sent with everything in it."""
    typed = [
        ("words", "Late"), ("days", "12"), ("at", "10:30"), ("kind", "1"), ("place", "2"),
        ("plan", "1"), ("unit", "2"), ("kinds", "1"), ("kinds", "2"), ("units", "2"),
        ("knows", "y"),
        *(("on-day", "4"), ("on-month", "12"), ("on-year", "2026")),
        *(("last_on-day", "31"), ("last_on-month", "12"), ("last_on-year", "2026")),
    ]  # fmt: skip
    form = EveryKind(formdata=MultiDict(typed))
    assert form.validate(), form.errors
    return form


def test_what_was_typed_comes_in_the_type_of_its_box() -> None:
    form = filled()
    assert (form.words.value, form.days.value) == ("Late", 12)
    assert (form.on.value, form.on.value_or_none) == (date(2026, 12, 4), date(2026, 12, 4))
    assert (form.last_on.until, form.last_on.until_or_none) == (date(2027, 1, 1), date(2027, 1, 1))
    assert form.at.moment == time(10, 30)
    assert (form.kind.value, form.place.value) == ("1", "2")
    assert (form.plan.value, form.unit.value, form.unit.value_or_none) == (1, 2, 2)
    assert (form.kinds.value, form.units.value, form.knows.value) == (["1", "2"], [2], True)


def test_an_empty_box_is_no_number_and_no_day() -> None:
    form = EveryKind(formdata=MultiDict([("words", "")]))
    assert (form.words.value, form.kind.value, form.place.value) == ("", "", "")
    assert (form.kinds.value, form.units.value, form.knows.value) == ([], [], False)
    assert (form.on.value_or_none, form.last_on.until_or_none, form.unit.value_or_none) == (
        None, None, None,
    )  # fmt: skip
    for box in (form.days, form.on, form.plan, form.unit):
        with pytest.raises(BadInput, match=f"Fill in “{box.label.text}”."):
            assert box.value
    with pytest.raises(BadInput, match="Fill in “Time”."):
        assert form.at.moment
    with pytest.raises(BadInput, match="Fill in “Last day”."):
        assert form.last_on.until


def test_a_box_that_follows_from_a_framework_is_asked_for_by_its_kind() -> None:
    form = filled()
    box = field_in(form, "unit", IdSelectField)
    assert box is not None
    assert box.value == 2
    assert field_in(form, "nothing", IdSelectField) is None
    assert (text_in(form, "words"), text_in(form, "place"), text_in(form, "nothing")) == (
        "Late", "2", "",
    )  # fmt: skip
    with pytest.raises(TypeError, match="unit is a IdSelectField"):
        field_in(form, "unit", DateField)
    with pytest.raises(TypeError, match="which has no words"):
        text_in(form, "unit")


@pytest.mark.parametrize(
    ("typed", "at"),
    [("10.30", time(10, 30)), ("1030", time(10, 30)), ("10am", time(10)), ("2.30pm", time(14, 30)),
     ("12 noon", time(12)), ("02:30", time(2, 30))],
)  # fmt: skip
def test_a_time_is_typed_as_people_write_it(typed: str, at: time) -> None:
    form = EveryKind(formdata=MultiDict([("at", typed)]))
    form.validate()
    assert (form.at.errors, form.at.moment) == ([], at)


@pytest.mark.parametrize("typed", ["2.30", "2:30", "7"])
def test_half_past_two_is_not_taken_for_the_night(typed: str) -> None:
    """Fault C12: on the form as in a file; what was typed stays in the box."""
    form = EveryKind(formdata=MultiDict([("at", typed)]))
    assert not form.validate()
    assert "at" in form.errors
    assert form.at.data == typed
