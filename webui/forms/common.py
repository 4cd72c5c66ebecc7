"""Forms that many pages share: a reason, and nothing but the key."""

from webui.forms import ActForm, TextAreaField, asks

LONGEST_REASON = 2_000


class ReasonForm(ActForm):
    """A reason and nothing else."""

    reason = TextAreaField("Why", asks("Say why."), max_length=LONGEST_REASON)


class KeyForm(ActForm):
    """Nothing but the key."""
