"""A council's own rules of days: who owns them, what was changed, from which meeting on.

The rules that live here: the monitoring officer owns every rule of days (``own_day_rules``); a
change has its source and a reason, counts for meetings from a day to come, so that a meeting that
was held keeps the rule that it had, and moves no date by itself. A change is never altered: another
one takes its place.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.checks.day_rule import MOST_DAYS, UNITS
from config.dates import clock_time, parse_date, parse_time
from config.framework import Framework
from config.governance import DayRule
from config.law import NATIONS
from cycle import clock, council_facts, horizon
from cycle.errors import BadInput, Blocked, NotFound
from cycle.models import Council, DayRuleChange, Person
from cycle.people import Actor
from cycle.schedule.deadlines import exists, in_force, law_of, variant_in_force
from cycle.schedule.sentences import days_in_words
from cycle.seen import NO_PAGE, Seen
from workflows.core import audit, council_subject, engine
from workflows.core.audit import Act
from workflows.framework import deadline_rules, post_permissions
from workflows.reports import papers_follow

MAY = "own_day_rules"
LONGEST = 2_000


@dataclass(frozen=True)
class NewRule:
    """What a rule of days becomes, for meetings in [from_on, until_on); ``until_on`` may be open.

    ``hour`` is a local time of day, or "" for the rule's own.
    """

    days: int
    unit: str
    hour: str
    from_on: date
    until_on: date | None
    source: str


@dataclass(frozen=True)
class CurrentRule:
    """A rule as it counts for a meeting today, and for which meetings it does. ``missing``: that
    the council's nation has no such rule, or ""; ``note``: what the law says beside the days;
    ``confirmed``: whether it was read in the law."""

    rule: DayRule
    framework: Framework
    from_on: date | None
    until_on: date | None
    missing: str = ""
    note: str = ""
    confirmed: bool = True


@dataclass(frozen=True)
class Change:
    """A change that was recorded: the rule as it became, by whom, when and why."""

    row: DayRuleChange
    rule: DayRule
    by: str


@dataclass(frozen=True)
class Rules:
    """Every rule of days of the council. ``owners`` are titles of roles."""

    version: int
    owners: tuple[str, ...]
    current: tuple[CurrentRule, ...]
    changes: tuple[Change, ...]


def rules(session: Session) -> Rules:
    """Every rule of days with its source, from when to when it counts, and what was changed.

    Raises BadInput before a framework has been published.
    """
    framework = _framework(session)
    own = deadline_rules.by_council(session, framework)
    nation, today = council_facts.fact(session, council_facts.NATION, "england"), clock.today()
    rows = session.execute(
        select(DayRuleChange, Person.name)
        .join(Person, Person.id == DayRuleChange.person_id)
        .order_by(DayRuleChange.id.desc())
    ).all()
    return Rules(
        session.scalars(select(Council.version)).one(),
        tuple(role.title for role in framework.roles.values() if MAY in role.permissions),
        tuple(_current(rule, own, nation, today) for rule in own.day_rules.values()),
        tuple(
            Change(row, _became(own.day_rules[row.rule], row), name)
            for row, name in rows
            if row.rule in own.day_rules
        ),
    )


def one(session: Session, key: str) -> tuple[CurrentRule, int]:
    """A rule as it counts today, and the version of the council. Raises NotFound."""
    found = rules(session)
    for each in found.current:
        if each.rule.key == key:
            return each, found.version
    raise NotFound("There is no such rule of days. Choose one from the list.")


def change(
    session: Session,
    actor: Actor,
    key: str,
    new: NewRule,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> list[str]:
    """Change a rule of days for meetings from a day to come. Gives what is worth a look about it.

    Raises NotPermitted without ``own_day_rules``, BadInput for what cannot be a rule, Blocked
    without a source or reason, for a day that has come, or when nothing would change.
    """
    council = council_subject.subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, MAY)
    framework = _framework(session)
    if key not in framework.day_rules:
        raise BadInput("There is no such rule of days. Choose one from the list.")
    for day in filter(None, (new.from_on, new.until_on)):
        horizon.check(session, day)
    _check(new, reason)
    new = replace(new, source=new.source.strip())
    nation = council_facts.fact(session, council_facts.NATION, "england")
    before = in_force(
        deadline_rules.by_council(session, framework).day_rules[key], nation, new.from_on
    )
    same = (before.days, before.unit, before.at) == (new.days, new.unit, new.hour or before.at)
    if same and new.until_on is None and before.source == new.source:
        raise Blocked(f"“{before.title}” has these days already. Change something, or leave it.")
    warnings = _warnings(in_force(framework.day_rules[key], nation, new.from_on), new)
    what = Act("change_day_rule", reason.strip(), details=_details(key, before, new, warnings))
    audit.seal(
        session,
        what,
        DayRuleChange,
        **asdict(new),
        rule=key,
        reason=reason.strip(),
        person_id=actor.person_id,
        at=clock.now(),
    )
    cause, words = f"council-{council.version}", f"The rule “{before.title}” has changed"
    moved = papers_follow.after_change(session, actor, cause, words, papers_follow.RULES)
    if moved:
        what.details["papers"] = moved
        warnings += papers_follow.sentences(moved)
    engine.record(session, council, actor, what, capacity)
    return warnings


def _details(key: str, before: DayRule, new: NewRule, warnings: list[str]) -> dict[str, Any]:
    return {
        "rule": key,
        "title": before.title,
        "before": _in_words(before.days, before.unit, before.at),
        "after": _in_words(new.days, new.unit, new.hour or before.at),
        "from": new.from_on,
        "until": new.until_on,
        "source": new.source,
        "warnings": warnings,
    }


def _check(new: NewRule, reason: str) -> None:
    if new.unit not in UNITS:
        raise BadInput("Choose how days are counted from the list.")
    if not 0 <= new.days <= MOST_DAYS:
        raise BadInput(f"Give a number of days from 0 to {MOST_DAYS}.")
    if new.hour:
        try:
            parse_time(new.hour)
        except ValueError as problem:
            raise BadInput(str(problem)) from None
    _check_days(new.from_on, new.until_on)
    _words(new.source, "Say where the rule comes from, such as an Act or a decision of Council.")
    _words(reason, "Say why the rule is changed: a reason is needed here.")


def _check_days(from_on: date, until_on: date | None) -> None:
    if from_on <= clock.today():
        raise Blocked("A rule changes for meetings to come. Give a day after today.")
    if until_on is not None and until_on <= from_on:
        raise Blocked("The day until which it counts must be after the day from which it counts.")


def _words(given: str, missing: str) -> None:
    if not given.strip():
        raise Blocked(missing)
    if len(given) > LONGEST:
        raise Blocked(f"This can hold {LONGEST:,} characters. Shorten it a little.")


def _warnings(usual: DayRule, new: NewRule) -> list[str]:
    if not usual.unit.endswith("clear") or (new.unit == usual.unit and new.days >= usual.days):
        return []
    source = usual.source.split(";")[0]
    return [f"The framework has {days_in_words(usual.days, usual.unit)}: {source}."]


def _became(rule: DayRule, row: DayRuleChange) -> DayRule:
    return replace(
        rule,
        days=row.days,
        unit=row.unit,
        at=row.hour or rule.at,
        source=row.source,
        variants=(),
    )


def _current(rule: DayRule, own: Framework, nation: str, today: date) -> CurrentRule:
    row = law_of(rule, nation, today)
    dated = variant_in_force(rule, nation, today) or row
    span = [
        parse_date(day) if day else None
        for day in ((dated.from_on, dated.until_on) if dated else ("", ""))
    ]
    missing = "" if exists(rule, nation, today) else f"There is no such rule in {NATIONS[nation]}."
    current = in_force(rule, nation, today)
    if missing and row is not None:
        current = replace(current, source=row.source)
    return CurrentRule(
        replace(current, variants=(), law=""),
        own,
        from_on=span[0],
        until_on=span[1],
        missing=missing,
        note=row.says if row else "",
        confirmed=row is None or row.confirmed,
    )


def _in_words(count: int, unit: str, hour: str) -> str:
    return f"{days_in_words(count, unit)}{f', {clock_time(hour)}' if hour else ''}"


def _framework(session: Session) -> Framework:
    framework = post_permissions.framework(session)
    if framework is None:
        raise BadInput("No framework has been published yet. Ask the support service.")
    return framework
