"""The fields of this service. Limits are checked here, before the database sees a value (INV-34).

Every field keeps what was typed when it says no, says why in one sentence, and draws itself as a
GOV.UK component. Numbers and dates are of ASCII digits only: ``int()`` would take other scripts'.
``value`` is what a form that is in order hands on to a verb, in the type of its field, which the
untyped ``data`` of WTForms hides (decision 0027); ``value_or_none``: of a box that may stay empty.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4

from govuk_frontend_wtf.wtforms_widgets import (
    GovCharacterCount,
    GovPasswordInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import fields, widgets
from wtforms.validators import StopValidation

from cycle.errors import BadInput
from webui.forms import govuk
from webui.page.characters import with_plain_lines
from webui.page.formats import date_text

T = TypeVar("T")
LARGEST = 2**31 - 1
PASSWORD_MAX = 1024
UNSEEN = (
    "This page did not say which version it showed, so nothing was done. "
    "Look at what stands here now and send it again."
)
TOO_OLD = "This page cannot be sent again. Open it afresh and copy your text into it."
_WHOLE = re.compile(r"-?[0-9]{1,10}")
_MONEY = re.compile(r"£?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.[0-9]{1,2})?)")
_MONTHS = tuple(f"{date(2000, month, 1):%B}".lower() for month in range(1, 13))


class Asked:
    """The validator of a field that must be filled in; nought is an answer, blanks are none."""

    def __init__(self, sentence: str):
        self.sentence = sentence

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse an empty box with the sentence; leave what the field itself said otherwise."""
        if not any(str(value).strip() for value in field.raw_data or ()):
            field.errors[:] = []
            raise StopValidation(self.sentence)


def asks(sentence: str) -> list[Asked]:
    """The validators of a field that must be filled in; ``sentence`` says what to do."""
    return [Asked(sentence)]


def whole_number(text: object) -> int:
    """A whole number of plain digits, from 0 to 2^31 - 1, as ids of rows are; else ValueError."""
    written = str(text)
    if not _WHOLE.fullmatch(written) or not 0 <= int(written) <= LARGEST:
        raise ValueError("Choose one from the list.")
    return int(written)


def given(value: T | None, label: str) -> T:
    """What was given in a box of this label. Raises BadInput where nothing was."""
    if value is None:
        raise BadInput(f"Fill in “{label}”.")
    return value


class _Words(fields.StringField):
    """Text with a limit, counted in characters."""

    data: str | None

    def __init__(self, label: str, validators: Sequence[Any] = (), *, max_length: int, **kw: Any):
        super().__init__(label, list(validators), **kw)
        self.max_length = max_length

    def pre_validate(self, form: Any) -> None:
        """Refuse text over the limit; what was typed stays whole."""
        over = len(self.data or "") - self.max_length
        if over > 0:
            raise StopValidation(
                f"{self.label.text} must be {self.max_length:,} characters or fewer. "
                f"It is {over:,} too long."
            )

    @property
    def value(self) -> str:
        """The words; none are ""."""
        return self.data or ""


class TextField(_Words):
    """One line of text; blanks around it are not kept."""

    widget = GovTextInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the line as typed."""
        if not valuelist:
            self.data = ""
            return
        self.data = with_plain_lines(valuelist[0]).strip()
        if "\n" in self.data:
            # Kept as one line, so that a subject line made of it can never grow a second one.
            self.data = " ".join(self.data.split())
            raise ValueError(f"{self.label.text} must be on one line. Check it and send it again.")


class TextAreaField(_Words):
    """Text of many lines; each line break one line feed. ``counted`` shows what is left."""

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        *,
        max_length: int,
        counted: bool = False,
        **kw: Any,
    ):
        self.widget = GovCharacterCount() if counted else GovTextArea()
        super().__init__(label, validators, max_length=max_length, **kw)
        self.counted = counted

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the text as typed."""
        self.data = with_plain_lines(valuelist[0]).strip("\n") if valuelist else ""

    def __call__(self, **kwargs: Any) -> Any:
        """The HTML; the limit goes to the count beneath the box."""
        if self.counted:
            limits = {"maxlength": self.max_length, "threshold": 75}
            kwargs["params"] = limits | kwargs.get("params", {})
        return super().__call__(**kwargs)


class PasswordField(_Words):
    """A password, taken to the letter: blanks at its ends count. Never drawn again."""

    widget = GovPasswordInput()

    def __init__(self, label: str, validators: Sequence[Any] = (), **kw: Any):
        super().__init__(label, validators, max_length=PASSWORD_MAX, **kw)


class NumberField(fields.Field):
    """A whole number from ``least`` to ``most``, at most 2^31 - 1."""

    widget = GovTextInput()
    data: int | None

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        *,
        least: int = 0,
        most: int = LARGEST,
        **kw: Any,
    ):
        super().__init__(label, list(validators), **kw)
        self.least, self.most = least, most

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number; an empty box is None."""
        self.data = None
        written = valuelist[0].strip() if valuelist else ""
        if not written:
            return
        if not _WHOLE.fullmatch(written) or not self.least <= int(written) <= self.most:
            raise ValueError(
                f"{self.label.text} must be a whole number from {self.least:,} to {self.most:,}."
            )
        self.data = int(written)

    @property
    def value(self) -> int:
        """The number. Raises BadInput for an empty box."""
        return given(self.data, self.label.text)


class MoneyField(fields.Field):
    """Pounds and pence, typed as 1200, 1,200.50 or £1,200; kept as a Decimal, never below zero."""

    widget = GovTextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:,}"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the amount; an empty box is None."""
        self.data = None
        written = valuelist[0].strip() if valuelist else ""
        if not written:
            return
        match = _MONEY.fullmatch(written)
        if match is None:
            raise ValueError(f"{self.label.text} must be an amount in pounds, like 1,200.50.")
        self.data = Decimal(match.group(1).replace(",", ""))

    def __call__(self, **kwargs: Any) -> Any:
        """The HTML, with the pound sign before the box."""
        kwargs["params"] = {"prefix": {"text": "£"}, **kwargs.get("params", {})}
        return super().__call__(**kwargs)


class DateField(fields.Field):
    """A date in three boxes. The month may be a number or a name; the year has four digits."""

    widget = govuk.DateInput()
    data: date | None

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        *,
        earliest: date = date(1990, 1, 1),
        latest: date = date(2100, 12, 31),
        **kw: Any,
    ):
        super().__init__(label, list(validators), **kw)
        self.earliest, self.latest = earliest, latest
        self.wrong_parts: tuple[str, ...] = ()
        self.parts: dict[str, str] = dict.fromkeys(govuk.PARTS, "")

    def posted_names(self) -> list[str]:
        """The names of the three boxes."""
        return [f"{self.name}-{part}" for part in govuk.PARTS]

    def process(self, formdata: Any, *args: Any, **kw: Any) -> None:
        """Take the date as given, then as posted; one or two boxes are as good as none or three."""
        super().process(None, *args, **kw)
        if self.data:
            day = self.data
            self.parts = {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
        if not formdata:
            return
        self.parts = {
            part: formdata.get(name, "").strip()
            for part, name in zip(govuk.PARTS, self.posted_names(), strict=True)
        }
        self.data = None
        self.raw_data = [" ".join(self.parts.values()).strip()]
        if any(self.parts.values()):
            try:
                self.data = self._read()
            except ValueError as refusal:
                self.process_errors.append(str(refusal))

    def _read(self) -> date:
        missing = tuple(part for part in govuk.PARTS if not self.parts[part])
        if missing:
            self.wrong_parts = missing
            raise ValueError(f"{self.label.text} must include a {' and a '.join(missing)}.")
        try:
            found = date(
                _digits(self.parts["year"], 4),
                _month(self.parts["month"]),
                _digits(self.parts["day"], 2),
            )
        except ValueError:
            raise ValueError(f"{self.label.text} must be a real date, like 4 12 2026.") from None
        if not self.earliest <= found <= self.latest:
            raise ValueError(
                f"{self.label.text} must be from {date_text(self.earliest)} "
                f"to {date_text(self.latest)}."
            )
        return found

    @property
    def value(self) -> date:
        """The day. Raises BadInput for empty boxes."""
        return given(self.data, self.label.text)

    @property
    def value_or_none(self) -> date | None:
        """The day; None for empty boxes."""
        return self.data


def _digits(written: str, most: int) -> int:
    if not re.fullmatch(rf"[0-9]{{1,{most}}}", written):
        raise ValueError("not digits")
    return int(written)


def _month(written: str) -> int:
    if len(written) >= 3:
        for number, name in enumerate(_MONTHS, start=1):
            if name.startswith(written.lower()):
                return number
    return _digits(written, 2)


class HiddenField(_Words):
    """Text that the page carries and the person does not see."""

    widget = widgets.HiddenInput()


class FormKeyField(fields.Field):
    """The key of one drawn form, a UUID; what is none is replaced, so it can be sent again."""

    widget = widgets.HiddenInput()

    def _value(self) -> str:
        return str(self.data)

    def process_data(self, value: Any) -> None:
        """Give a newly drawn form its key."""
        self.data = str(uuid4())

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Keep the key that was sent; refuse and replace what is no key."""
        try:
            self.data = str(UUID(valuelist[0] if valuelist else ""))
        except ValueError:
            raise ValueError(TOO_OLD) from None


class SeenVersionField(fields.Field):
    """The version that a page showed, which its form must hand back.

    What is none is refused (``UNSEEN``), and the form drawn again carries the version of the page
    on which it is drawn, so that it can be sent once that has been looked at.
    """

    widget = widgets.HiddenInput()
    data: int | None
    object_data: int | None

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)

    @property
    def value(self) -> int:
        """The version. Raises BadInput where the page did not say one."""
        if self.data is None:
            raise BadInput(UNSEEN)
        return self.data

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the version; leaving it out is no way past its check (fault X7)."""
        try:
            self.data = whole_number(valuelist[0] if valuelist else "")
        except ValueError:
            self.look_again()
            raise ValueError(UNSEEN) from None

    def look_again(self) -> None:
        """Carry the version that the page shows now."""
        self.data = self.object_data


class ShownField(_Words):
    """What a page displayed of sealed text, word for word; demanded like a version (INV-20)."""

    widget = widgets.HiddenInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was displayed; leaving it out is no way past its check (fault X7)."""
        self.data = valuelist[0] if valuelist else ""
        if not self.data:
            self.look_again()
            raise ValueError(UNSEEN)

    def look_again(self) -> None:
        """Carry what the page displays now."""
        self.data, self.raw_data = self.object_data, None
