"""What a meeting may resolve on a recommendation, and what each outcome means for the plan (G18).

The rules that live here: which outcome answers what the body was asked, and what its terms of
reference must allow for it (G17, G19). The words are those of governance 3.21.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import BodyKind
from cycle.errors import BadInput, Blocked, OutOfDate
from cycle.models import Decision, Meeting, Recommendation
from workflows.framework.outcomes import DOING, OUTCOMES


@dataclass(frozen=True)
class Resolved:
    """What the meeting did with one recommendation; ``words`` are its own."""

    recommendation_id: int
    outcome: str
    words: str = ""
    deferred_to_on: date | None = None


@dataclass(frozen=True)
class Resolution:
    """What a clerk hands in: an outcome per recommendation, and the plans it did not take."""

    resolved: Sequence[Resolved]
    without_vote: bool = False
    taken_out: Sequence[str] = field(default_factory=tuple)


def check(
    resolution: Resolution, recommendations: Sequence[Recommendation], meeting: Meeting
) -> dict[int, Resolved]:
    """Each recommendation's outcome, by its id. Raises Blocked with every sentence at once."""
    given = {each.recommendation_id: each for each in resolution.resolved}
    if len(given) != len(resolution.resolved) or set(given) - {r.id for r in recommendations}:
        raise OutOfDate("The recommendations have changed since you opened this. Look at it again.")
    reasons = []
    for each in recommendations:
        resolved = given.get(each.id)
        if resolved is None:
            reasons.append(f"Recommendation {each.number} has no outcome yet.")
            continue
        known = OUTCOMES.get(resolved.outcome)
        if known is None:
            raise BadInput(f"Choose an outcome from the list for recommendation {each.number}.")
        if known.words_needed and not resolved.words.strip():
            reasons.append(f"Recommendation {each.number}: {known.words_needed}")
        if resolved.deferred_to_on is not None and resolved.deferred_to_on <= meeting.on_date:
            reasons.append(
                f"Recommendation {each.number}: it can only be deferred to a day after the "
                f"meeting of {long_date(meeting.on_date)}."
            )
    if reasons:
        raise Blocked(reasons)
    return given


def must_be_newest(session: Session, decision: Decision) -> None:
    """Raises Blocked when a decision has been corrected already: the newest one is corrected."""
    later = session.scalar(select(Decision.id).where(Decision.supersedes_id == decision.id))
    if later is not None:
        raise Blocked("This decision has been corrected already. Correct the newest one.")


def questionable(
    resolved: Resolved,
    verb: str,
    body: BodyKind,
    name: str,
) -> list[str]:
    """Why a resolution on the plans can have no effect, as sentences; none when it can."""
    outcome = OUTCOMES[resolved.outcome]
    if outcome.then != "pass":
        return []
    if not set(outcome.needs_verb) & set(body.verbs):
        return [f"“{outcome.label}” is not within the terms of reference of {name}."]
    if verb not in outcome.answers:
        asked = DOING.get(verb, verb)
        return [f"{name} was asked to {asked}, and “{outcome.label}” does not answer that."]
    return []
