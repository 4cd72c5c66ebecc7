"""How the council is governed, changed from a date (governance-rules 3.19).

The rules that live here: a change counts from a day that is today or later, since what has begun
keeps its route; a day has one model; nothing can change to a model under which the framework sends
a plan to nobody.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.checks.model import unserved
from config.dates import long_date
from config.framework import Framework
from config.governance import MODELS, TITLES, Governed, model_on
from config.lifecycles.phases import DONE
from cycle import clock, council_facts, horizon
from cycle.errors import BadInput, Blocked
from cycle.models import Council, CouncilSetting, Plan
from cycle.people import Actor
from cycle.seen import NO_PAGE, Seen
from workflows.core import council_subject, engine
from workflows.core.audit import Act
from workflows.framework import pinned, post_permissions


@dataclass(frozen=True)
class GovernanceStatus:
    """The model of today, the changes with their days, and how many plans run under each model."""

    today: str
    usual: str
    changes: tuple[Governed, ...]
    running: dict[str, int]
    version: int


def status(session: Session) -> GovernanceStatus:
    """How the council is governed, and what is still under way. Raises BadInput without one."""
    council = session.scalars(select(Council)).first()
    if council is None:
        raise BadInput("No council has been loaded yet. Load one first: plancycle council load.")
    usual = pinned.of(council).governance
    changes = council_facts.governance(session)
    running = Counter(
        model or usual
        for model in session.scalars(select(Plan.governance).where(Plan.phase.not_in(DONE)))
    )
    today = model_on(changes, clock.today(), usual)
    return GovernanceStatus(today, usual, changes, dict(running), council.version)


def change_model(
    session: Session,
    actor: Actor,
    model: str,
    from_on: date,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> Council:
    """From ``from_on`` on the council is governed by another model; what begins after takes its
    routes, what runs keeps its own. On the day of a change to come it takes that change's place.

    Raises NotPermitted without ``manage_council``, BadInput for a model that nobody knows, Blocked
    for a day that is past, when nothing would change, or when a plan would go to nobody.
    """
    council = council_subject.subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, "manage_council")
    if model not in MODELS:
        raise BadInput("Choose the committee system, or leader and cabinet.")
    framework = pinned.of(council)
    recorded = council_facts.governance(session)
    others = [each for each in recorded if each.from_on != from_on]
    before = model_on(others, from_on, framework.governance)
    horizon.check(session, from_on)
    _check(framework, recorded, others, model, from_on, reason, before)
    kept = others if model == before else [*others, Governed(model, from_on)]
    _store(session, kept)
    details = {"model": TITLES[model], "before": TITLES[before], "from": from_on}
    act = Act("change_governance", reason=reason.strip(), details=details)
    engine.record(session, council, actor, act, capacity)
    return council


def _check(
    framework: Framework,
    recorded: Sequence[Governed],
    others: Sequence[Governed],
    model: str,
    from_on: date,
    reason: str,
    before: str,
) -> None:
    reasons = []
    if not reason.strip():
        reasons.append("Say why, and who decided it: a reason is needed here.")
    if from_on < clock.today():
        reasons.append(
            "A change counts from today or a later day, since what has begun keeps its route."
        )
    later = [each for each in others if each.from_on > from_on]
    if later:
        reasons.append(
            f"There is a change from {long_date(later[0].from_on)} already. "
            "Choose a day after it, or its own day."
        )
    if model == before and len(recorded) == len(others):
        reasons.append(
            f"The council already has this model on {long_date(from_on)}: {TITLES[before].lower()}."
        )
    lacking = unserved(framework, model)
    if lacking:
        missing = " ".join(lacking[:3]) + (" There is more." if len(lacking) > 3 else "")
        reasons.append(
            f"{framework.title} is not written for this: {TITLES[model].lower()}. {missing} "
            "Publish an edition that is."
        )
    if reasons:
        raise Blocked(reasons)


def _store(session: Session, entries: Sequence[Governed]) -> None:
    ordered = sorted(entries, key=lambda each: each.from_on)
    value = [[each.model, each.from_on.isoformat()] for each in ordered]
    row = session.get(CouncilSetting, council_facts.GOVERNANCE)
    if row is None:
        session.add(CouncilSetting(key=council_facts.GOVERNANCE, value=value))
    else:
        row.value = value
    session.flush()
