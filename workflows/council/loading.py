"""A council's files become the council in the database: each difference an act on the council.

The rule that lives here: loading the same files twice changes nothing the second time; changed
files apply their differences, recorded with counts and keys; whatever cannot be is told all at
once and nothing is changed.
"""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import council as files, framework_loader, permissions
from config.framework import Framework
from config.problems import Problems
from cycle import council_facts, people
from cycle.models import Closure, Council, CouncilSetting, Meeting, Person
from cycle.people import Actor, Capacity
from workflows.calendar.rhythm import new_meeting
from workflows.core import engine
from workflows.core.audit import Act
from workflows.core.council_subject import locked
from workflows.council import framework_publishing
from workflows.council.load_report import Report, differing
from workflows.council.loading_people import load_people
from workflows.council.loading_structure import Structure, load_structure, problems
from workflows.framework import pinned, post_permissions
from workflows.people import account_mail
from workflows.people.coverage import release_strays, still_reached
from workflows.people.identity import new_salt
from workflows.reports import papers_follow

ONLY_ORDER = " (the same words; the order of its lists is now that of the files)"
SYSTEM_NAME = "Plancycle (by the calendar)"
# Two first loads at once: the second waits and then finds the council there.
_ONE_LOAD = text("SELECT pg_advisory_xact_lock(hashtextextended('council load', 0))")


def load(
    session: Session,
    actor: Actor | None,
    council: files.Council,
    framework_data: dict[str, Any],
    *,
    check_only: bool = False,
) -> Report:
    """Bring framework and council to what the files say; gives every difference.

    ``actor`` None means the system, at the command line. With ``check_only`` nothing is kept.
    Raises Problems with every problem (unknown roles and levels, a post held twice), NotPermitted
    when the person may not manage the council, Blocked when a task would then reach nobody.
    """
    with session.begin_nested() as tried:
        report = _loaded(session, actor, council, framework_data)
        if check_only:
            tried.rollback()
    return report


def _loaded(
    session: Session, actor: Actor | None, given: files.Council, data: dict[str, Any]
) -> Report:
    session.execute(_ONE_LOAD)
    found = framework_publishing.judged(session, data)
    if found:
        raise Problems(found)
    framework = framework_loader.stored(data)
    found = problems(given, framework)
    if found:
        raise Problems(found)
    report = Report()
    who = actor or _system(session)
    subject = locked(session)
    capacity = post_permissions.require(session, who, "manage_council")
    subject = _published(session, who, capacity, subject, data, report)
    made = load_structure(session, given, framework, report)
    found = load_people(made, given)
    if found:
        raise Problems(found)
    _settings(session, given, framework, report)
    _closures(session, given.closures, report)
    _meetings(made, given.meetings)
    session.flush()
    if subject.title != given.name:
        subject.title = given.name
        report.note("settings", "changed", "the council's name")
        session.flush()
    if report.changes:
        release_strays(session)
        still_reached(session)
        cause, words = f"council-{subject.version}", "The council’s days or meetings have changed"
        moved = papers_follow.after_change(session, who, cause, words, papers_follow.OUTSIDE_DAYS)
        papers = {"papers": moved} if moved else {}
        what = Act("load_council", details=report.details() | papers)
        engine.record(session, subject, who, what, capacity)
        _tell(session, subject.head_seq, who, report)
    return report


def _tell(session: Session, event: int, who: Actor, report: Report) -> None:
    """Tell those who have an account in use what the files changed about it and about their posts.

    Whoever has no password yet, and never had one, learns of their account by their invitation.
    """
    for each in report.news:
        person = session.get_one(Person, each.person_id)
        if person.password_hash is None and person.first_signed_in_at is None:
            continue
        to_email = each.to_email or None
        account_mail.notify(
            session, event, who, each.person_id, each.change, each.words, to_email=to_email
        )


def _system(session: Session) -> Actor:
    """The system actor; the first load makes it."""
    if session.scalars(select(Person).where(Person.is_system)).first() is None:
        made = Person(
            key="plancycle",
            name=SYSTEM_NAME,
            initials="",
            email="plancycle",
            is_system=True,
            salt=new_salt(),
        )
        session.add(made)
        session.flush()
    return people.system(session)


def _published(
    session: Session,
    who: Actor,
    capacity: Capacity,
    subject: Council | None,
    data: dict[str, Any],
    report: Report,
) -> Council:
    """Publish the framework; the council itself moves to that edition."""
    before = subject.framework_version_id if subject else None
    version = framework_publishing.publish(session, who, capacity, subject, data)
    subject = session.scalars(select(Council)).one()
    if version.id == before:
        return subject
    edition = f"{version.key}/{version.number}"
    if before is None:
        report.note("framework", "added", edition)
        return subject
    only_order = pinned.of_version(version) == pinned.of(subject)
    report.note("framework", "changed", edition + ONLY_ORDER * only_order, edition)
    framework_publishing.migrate(session, who, capacity, subject, version)
    return subject


# Settings, closures, meetings ---------------------------------------------------------------------


def _settings(session: Session, given: files.Council, framework: Framework, report: Report) -> None:
    wanted: dict[str, Any] = dict(given.settings)
    wanted[council_facts.NAME] = given.name
    wanted[council_facts.NATION] = given.nation
    wanted[council_facts.CYCLES] = list(given.cycles)
    wanted[council_facts.HOLIDAYS] = {
        day.isoformat(): name for day, name in sorted(given.extra_holidays.items())
    }
    wanted[council_facts.RECESSES] = [
        [each.first_on.isoformat(), each.last_on.isoformat(), each.why] for each in given.recesses
    ]
    wanted[council_facts.EVENTS] = [
        [each.key, each.on.isoformat(), each.title] for each in given.events
    ]
    wanted[council_facts.GOVERNANCE] = _governance(session, given, report)
    wanted[council_facts.PERMISSIONS] = permissions.by_role(framework)
    wanted[council_facts.PAPERS] = {key: _papers(body) for key, body in given.bodies.items()}
    rows = {row.key: row for row in session.scalars(select(CouncilSetting))}
    for key, value in wanted.items():
        row = rows.get(key)
        if row is None:
            session.add(CouncilSetting(key=key, value=value))
            report.note("settings", "added", key)
        elif row.value != value:
            row.value = value
            report.note("settings", "changed", key)
    if council_facts.CALENDAR_ID not in rows:
        session.add(CouncilSetting(key=council_facts.CALENDAR_ID, value=uuid4().hex))


def _governance(session: Session, given: files.Council, report: Report) -> list[list[str]]:
    """What the files say, and the changes that people have recorded since, which stay."""
    entries = {each.from_on: each.model for each in council_facts.governance(session)}
    for day in sorted(entries.keys() - {each.from_on for each in given.governance}):
        report.keep(f"Governance: the change from {day.isoformat()} is not in the files and stays.")
    entries |= {each.from_on: each.model for each in given.governance}
    return [[model, day.isoformat()] for day, model in sorted(entries.items())]


def _papers(body: files.Body) -> dict[str, Any]:
    found: dict[str, Any] = {
        "short_name": body.short_name,
        "secretary": body.secretary,
    }
    for name in ("agenda", "final_report", "briefing"):
        rule: files.PapersRule | None = getattr(body, name)
        if rule is not None:
            at = rule.at.strftime("%H:%M") if rule.at else ""
            found[name] = {"days": rule.days, "unit": rule.unit, "at": at}
    return found


def _closures(session: Session, given: Iterable[files.Closure], report: Report) -> None:
    rows = {row.first_on: row for row in session.scalars(select(Closure))}
    for each in given:
        row = rows.pop(each.first_on, None)
        if row is None:
            session.add(Closure(first_on=each.first_on, last_on=each.last_on, why=each.why))
            report.note("closures", "added", each.first_on.isoformat())
        elif differing(row, {"last_on": each.last_on, "why": each.why}):
            report.note("closures", "changed", each.first_on.isoformat())
    for left in rows.values():
        report.keep(f"Closures: the one from {left.first_on.isoformat()} is not in the files.")


def _meetings(made: Structure, given: Iterable[files.Meeting]) -> None:
    """Add what is published and not known yet; moved and cancelled meetings stay as they are."""
    rows = made.session.scalars(select(Meeting)).all()
    known = {(row.body_id, day) for row in rows for day in (row.on_date, row.first_on_date)}
    for each in given:
        body = made.bodies[each.body]
        if (body.id, each.on) not in known:
            made.session.add(new_meeting(body, each))
            made.report.note("meetings", "added", f"{each.body} {each.on.isoformat()}")
