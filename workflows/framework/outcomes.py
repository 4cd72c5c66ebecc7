"""The outcomes that a body can reach, and what each means for the plan (G18; governance 3.21)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """One outcome. ``then``: pass (to the next body, or approved), again (this body is asked
    again), back (to the author), end. ``needs_verb``: any of these must be in the body's terms of
    reference. ``answers``: the verbs of the report that it answers; none for outcomes that leave
    the question open."""

    label: str
    then: str
    needs_verb: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    words_needed: str = ""


_VIEWS = ("consider", "note", "recommend", "approve", "adopt")


_DECIDES = ("approve", "adopt")


OUTCOMES = {
    "noted": Outcome("Noted", "pass", _VIEWS, ("consider", "note")),
    "considered": Outcome("Considered", "pass", _VIEWS, ("consider", "note")),
    "endorsed": Outcome("Endorsed", "pass", _VIEWS, ("consider", "note", "recommend")),
    "recommended": Outcome(
        "Recommended to the next body", "pass", ("recommend",), ("consider", "recommend")
    ),
    "approved": Outcome("Approved", "pass", _DECIDES, ("approve", "adopt", "recommend")),
    "approved_with_amendments": Outcome(
        "Approved with amendments",
        "pass",
        _DECIDES,
        ("approve", "adopt", "recommend"),
        "Write the amendments as the meeting worded them.",
    ),
    "approved_subject_to": Outcome(
        "Approved subject to …",
        "pass",
        _DECIDES,
        ("approve", "adopt", "recommend"),
        "Write what the approval is subject to, and who settles it.",
    ),
    "adopted": Outcome("Adopted", "pass", ("adopt",), ("approve", "adopt")),
    "deferred": Outcome("Deferred", "again"),
    "referred_back": Outcome(
        "Referred back", "back", words_needed="Write why it was referred back: the author reads it."
    ),
    "withdrawn": Outcome("Withdrawn from the agenda", "again"),
    "lost": Outcome("Lost", "end"),
}


# "Agreed without a vote": what agreeing means for each thing that a body can be asked to do.
AGREED = {
    "consider": "considered",
    "recommend": "recommended",
    "approve": "approved",
    "adopt": "adopted",
    "note": "noted",
}


DOING = {
    "consider": "consider it",
    "recommend": "recommend it",
    "approve": "approve it",
    "adopt": "adopt it",
    "note": "note it",
}
