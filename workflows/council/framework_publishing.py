"""Publishing frameworks: immutable versions, pinned by what runs under them (INV-06)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import editions, framework_loader
from config.framework import Framework
from config.problems import Problems
from cycle import clock, people
from cycle.errors import BadInput, Blocked
from cycle.models import Council, FrameworkVersion, Subject
from cycle.people import Actor, Capacity
from cycle.record import canonical
from workflows import registered as _registered  # noqa: F401  whoever acts or checks needs the rules
from workflows.core import attempt, audit, definitions, engine, internal_acts, tasks, together
from workflows.framework import pinned


def check(data: dict[str, Any]) -> list[str]:
    """Every problem of a framework's data as ``file:key: sentence``: its shape, then its rules."""
    problems = [str(problem) for problem in framework_loader.problems(data)]
    if problems:
        return problems
    known = {**attempt.REGISTERS, "sources": tasks.SOURCES, **internal_acts.by_subject()}
    return definitions.rule_problems(framework_loader.parse(data), known)


def judged(session: Session, data: dict[str, Any]) -> list[str]:
    """The same, of a framework that is not published yet: one that is stands as it is, and its
    files are not refused for what came to be refused later."""
    found = check(data)
    if not found:
        return []
    try:
        framework = framework_loader.stored(data)
    except Problems:
        return found
    return [] if _known(session, framework) else found


def current(session: Session, key: str) -> FrameworkVersion | None:
    """The newest published version of a framework."""
    return next(iter(_published(session, key)), None)


def _published(session: Session, key: str) -> Sequence[FrameworkVersion]:
    """Every published version of a framework, the newest first."""
    newest_first = FrameworkVersion.number.desc()
    statement = select(FrameworkVersion).where(FrameworkVersion.key == key).order_by(newest_first)
    return session.scalars(statement).all()


def _known(session: Session, framework: Framework) -> FrameworkVersion | None:
    """The published version with the same contents, if there is one."""
    published = _published(session, framework.key)
    same = (one for one in published if editions.same(pinned.of_version(one), framework))
    return next(same, None)


def publish(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    council: Council | None,
    data: dict[str, Any],
) -> FrameworkVersion:
    """Publish a framework as its next version; the same contents again give the same version.

    The order of lists is part of the contents. The council's chain lists the sealed row. The first
    publication of all makes the council's own subject. Raises Problems when the framework has any.
    """
    found = judged(session, data)
    if found:
        raise Problems(found)
    body = editions.body(data)
    framework = editions.read(body)
    known = _known(session, framework)
    if known is not None:
        return known
    published = _published(session, framework.key)
    act = audit.Act("publish_framework", details={"framework": framework.key})
    version_id = audit.seal(
        session,
        act,
        FrameworkVersion,
        key=framework.key,
        number=published[0].number + 1 if published else 1,
        body=body,
        sha256=canonical.digest(body),
        published_at=clock.now(),
    )
    if council is None:
        council = _found(session, actor, capacity, framework, version_id)
    engine.record(session, council, actor, act, capacity)
    return session.get_one(FrameworkVersion, version_id)


def publish_by_operator(session: Session, data: dict[str, Any]) -> tuple[str, int]:
    """``publish`` by whoever runs the service, on its command line; gives key and edition.

    Raises Problems, and BadInput before there is a council.
    """
    council = session.scalars(select(Council)).first()
    if council is None:
        raise BadInput("Load a council first: plancycle council load FILE.")
    version = publish(session, people.system(session), people.SYSTEM, council, data)
    return version.key, version.number


def migrate(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    subject: Subject,
    version: FrameworkVersion,
) -> None:
    """Move a subject that is locked to another edition: an act of its own, which names it (INV-06).

    Raises Blocked when that edition has nothing that stands where the subject stands.
    """
    lifecycle = pinned.of_version(version).lifecycles.get(subject.lifecycle)
    if lifecycle is None or subject.state not in lifecycle.states:
        raise Blocked(
            f"{subject.title} cannot move to edition {version.number} of {version.key}, which has "
            f"no state “{subject.state}” for it. Add the state that it stands in."
        )
    details = {
        "framework": version.sha256,
        "edition": f"{version.key}/{version.number}",
        "was": f"{subject.framework.key}/{subject.framework.number}",
    }
    subject.framework = version
    session.flush()
    what = audit.Act("migrate_framework", details=details)
    engine.record(session, subject, actor, what, capacity)


def _found(
    session: Session, actor: Actor, capacity: Capacity, framework: Framework, version_id: int
) -> Council:
    """The council's own subject, under the first framework that it publishes."""
    council = Council(
        kind="council",
        ref="COUNCIL",
        title="The council",
        lifecycle="council",
        state=framework.lifecycles["council"].initial,
        state_since_at=clock.now(),
        framework_version_id=version_id,
    )
    together.begin(session, [council], actor, "found", capacity)
    return council
