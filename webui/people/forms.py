"""The forms of people, posts, cover and units. Last days count: a span holds on its last day."""

from datetime import date, timedelta

from webui.forms import (
    ActForm,
    CheckboxField,
    DateField,
    IdSelectField,
    KeyedForm,
    QueryForm,
    RadioField,
    SelectField,
    TextAreaField,
    TextField,
    asks,
    options,
)

ONE_DAY = timedelta(days=1)
REASON = 500
NAME, EMAIL = 120, 254


class LastDayField(DateField):
    """The last day of a span; ``until`` is the first one on which it no longer holds."""

    @property
    def until(self) -> date:
        """The day after. Raises BadInput for empty boxes."""
        return self.value + ONE_DAY

    @property
    def until_or_none(self) -> date | None:
        """The day after; None, for a span without an end, for empty boxes."""
        return self.until if self.value_or_none else None


class FindForm(QueryForm):
    """Whom one looks for."""

    q = TextField("Name, post or unit", max_length=100)
    department = IdSelectField("Department")


class PersonForm(KeyedForm):
    """Somebody new."""

    name = TextField("Full name", asks("Enter the name."), max_length=NAME)
    email = TextField("E-mail address", asks("Enter the e-mail address."), max_length=EMAIL)


class HoldForm(KeyedForm):
    """A post from and to."""

    post = IdSelectField("Post", asks("Choose a post."))
    from_on = DateField("First day (empty: today)")
    last_on = LastDayField("Last day (empty: without an end)")
    reason = TextField("Why (optional)", max_length=REASON)


class EndForm(KeyedForm):
    """The last day of a post or of cover."""

    last_on = LastDayField("Last day (empty: it ends now)")


class CoverForm(KeyedForm):
    """Who acts while somebody is away."""

    post = IdSelectField("Post", asks("Choose a post."))
    person = IdSelectField("Who covers", asks("Choose who covers."))
    from_on = DateField("First day", asks("Enter the first day."))
    last_on = LastDayField("Last day", asks("Enter the last day."))
    reason = TextField("Why (optional)", max_length=REASON)
    knows = CheckboxField("I know, and leave those plans to others")


class LeaveForm(KeyedForm):
    """Somebody leaves."""

    reason = TextField("A note (optional)", max_length=REASON)


class RefuseForm(KeyedForm):
    """A proposal is refused."""

    reason = TextAreaField("Why", asks("Say why it is refused."), max_length=REASON)


class EraseForm(KeyedForm):
    """A name is removed."""

    reason = TextAreaField("Why", asks("Say why the name is removed."), max_length=REASON)


class UnitForm(ActForm):
    """A new unit."""

    name = TextField("Name", asks("Enter the unit's name."), max_length=200)
    level = SelectField("Level", asks("Choose a level."))
    from_on = DateField("From", asks("Enter the day from which it exists."))


class MergeForm(ActForm):
    """Two units become one."""

    into = IdSelectField("Merge into", asks("Choose the unit that goes on."))
    on = DateField("Since", asks("Enter the day of the merger."))
    open_plans = RadioField(
        "Plans that are still being made",
        asks("Choose what happens to open plans."),
        choices=options(
            [
                ("carry", "Carry them over to the unit that goes on"),
                ("withdraw", "Withdraw them, with this reason"),
            ]
        ),
    )
    reason = TextAreaField("Why", asks("Say why."), max_length=REASON)


class CloseForm(ActForm):
    """A unit is closed."""

    on = DateField("Since", asks("Enter the day of closing."))
    reason = TextAreaField("Why", asks("Say why."), max_length=REASON)
