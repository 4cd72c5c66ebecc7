"""What a refusal of the database means to the person whose act it was (fault X6).

The rule that lives here: a rule that rows keep among themselves (unique, no overlap, a row that is
still there) was lost to somebody faster, which is a 409; a rule on a value alone is bad input that
a check of ours let through, which is a 422. Nothing was changed in either case.
"""

from dataclasses import dataclass

from cycle.errors import Rejected

UNIQUE, OVERLAP, GONE = "23505", "23P01", "23503"
_FASTER = (
    "Somebody else was faster, and this can be there only once. Nothing of yours was saved. "
    "Open the page again and look at what stands there now."
)
_GONE = (
    "Something that this belongs to has been taken away meanwhile. Nothing was saved. "
    "Open the page again and look at what stands there now."
)
_UNFIT = "Something in this cannot be kept as it is. Nothing was saved. Check it and send it again."
# Not null, check, and every kind of data exception: too long, out of range, not of this kind.
_VALUES = ("23502", "23514", "22")
_RACES = {UNIQUE: _FASTER, OVERLAP: _FASTER, GONE: _GONE}


@dataclass(frozen=True)
class Answer:
    """The status, its sentence, and which rule of the database it was, for the log."""

    status: int
    sentence: str
    rule: str


def answer(failure: Rejected) -> Answer | None:
    """What to answer; None for a failure that is no refusal."""
    state = failure.sqlstate
    rule = f"{state} {failure.rule}".strip()
    if state in _RACES:
        return Answer(409, _RACES[state], rule)
    if state.startswith(_VALUES):
        return Answer(422, _UNFIT, rule)
    return None
