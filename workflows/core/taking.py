"""Taking a plan for an act: lock it, then load what the act reads of it, in one statement each.

The rule that lives here: tables that are joined in the statement that waits for a lock show what
was there before the wait. So the locked row is read alone, or beside the person who acts, whose row
and posts that statement holds before it waits. Rights, the plan's own columns and the facts of the
rules are read after it, of the moment in which nobody else acts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from config.framework import Framework, PlanType
from cycle import access, clock
from cycle.access import rights
from cycle.errors import OutOfDate
from cycle.models import FrameworkVersion, Plan
from cycle.people import Actor
from cycle.remembered import remembered
from cycle.seen import Seen, current
from cycle.statements import Statement
from workflows.core import facts
from workflows.core.attempt import ALWAYS, Evidence, roles_of_plan, scopes_of
from workflows.core.facts import FACTS, Loaded, Needed
from workflows.framework import pinned

_ROW = (
    "id kind ref title lifecycle state phase state_since_at version generation "
    "framework_version_id unit_id body_id exempt head_seq head_hash"
)
# What of the plan does not change while it is waited for: its type, and what an edition says.
_LOCKED = f"{_ROW} plan_type sha256"
_LOCKING = f"""
SELECT {", ".join(f"subject.{name}" for name in _ROW.split())},
  (SELECT plan_type FROM plan WHERE plan.id = subject.id) AS plan_type,
  (SELECT sha256 FROM framework_version AS edition
   WHERE edition.id = subject.framework_version_id) AS sha256
FROM subject WHERE subject.id = :plan AND subject.kind = 'plan'
"""  # noqa: S608  # constants only, here and below; values are bound
_LOCK = Statement(f"{_LOCKING} FOR NO KEY UPDATE", _LOCKED)
# The same beside the person who acts (``people.locking_actor``): once who acts and their posts are
# held, in the order of every act. Its columns are told apart by ``plan_``.
BESIDE_ACTOR = f""", locked AS ({_LOCKING}
  AND EXISTS (SELECT 1 FROM who) AND (SELECT count(*) FROM held) >= 0
  AND (SELECT count(*) FROM covered) >= 0 FOR NO KEY UPDATE)
"""  # noqa: S608
BESIDE_COLUMNS = {f"plan_{name}": f"locked.{name}" for name in _LOCKED.split()}
_HELD = "a plan that was locked together with the person"
# All of a plan but its template, which is long and which hardly an act reads.
_PLAN = (
    "plan_type planning_year_id year_of_effect in_force_from_on until_on supersedes_id pattern "
    "governance shown_version_id"
)
_EDITION = "key number sha256 published_at"
P = ParamSpec("P")
R = TypeVar("R")
Verb = Callable[Concatenate[Session, Actor, int, P], R]
# Verbs that begin with ``plan_for`` on the plan that they are given first.
BEGIN_AT_PLAN: set[Callable[..., Any]] = set()
_DRAWN = "SELECT nextval('{0}_id_seq') FROM generate_series(1, :ids_{0})"


def plan_for(
    session: Session,
    actor: Actor,
    plan_id: int,
    action: str,
    evidence: Evidence,
    seen_version: Seen,
) -> tuple[Plan, Loaded]:
    """Lock a plan that this person may work on, for an action, at the version that the page showed;
    with it the facts that the rules of the action read.

    Raises as ``access.changeable``.
    """
    session.flush()
    row = session.info.pop(_HELD, None)
    if row is None or row.id != plan_id:
        row = _LOCK.first(session, {"plan": plan_id})
    if row is None:
        raise access.missing(session, actor, Plan, plan_id)
    needed, asked = _needed(session, row, action, evidence)
    drawn = {f"ids_{table}": _many(table, evidence) for table in needed.tables}
    found = _loading(rights.works_on_plan(actor), needed).first(
        session, {"id": plan_id, "today": clock.today(), **asked, **drawn, **access.bound(actor)}
    )
    if not found.works:
        raise access.missing(session, actor, Plan, plan_id)
    if not current(row.version, seen_version):
        raise OutOfDate(access.CHANGED)
    return _plan(session, row, found), Loaded(
        {name: getattr(found, f"fact_{name}") for name in needed.facts},
        {table: getattr(found, f"ids_{table}") for table in needed.tables},
    )


def begins_at_plan(verb: Verb[P, R]) -> Verb[P, R]:
    """Register: whoever does this verb as a person can lock its plan together with them."""
    BEGIN_AT_PLAN.add(verb)
    return verb


def hold(session: Session, row: Any) -> None:
    """Keep for ``plan_for`` the plan that was locked together with the person (``BESIDE_ACTOR``);
    ``row`` has ``BESIDE_COLUMNS``."""
    if row.plan_id is not None:
        found = {name.removeprefix("plan_"): getattr(row, name) for name in BESIDE_COLUMNS}
        session.info[_HELD] = SimpleNamespace(**found)


def _needed(
    session: Session, row: Any, action: str, evidence: Evidence
) -> tuple[Needed, dict[str, list[Any]]]:
    """What the action reads, and the parameters of its facts."""
    sha256 = row.sha256
    if sha256 is None:  # an edition that came while the plan was waited for
        sha256 = session.get_one(FrameworkVersion, row.framework_version_id).sha256
    framework = pinned.of_row(session, row.framework_version_id, sha256)
    needed = _needed_for(sha256, row.lifecycle, row.state, action)
    asks = _Asks(
        framework,
        framework.plan_types[row.plan_type],
        roles_of_plan(sha256, row.lifecycle, row.state, row.plan_type),
        evidence,
    )
    return needed, facts.keys(needed.facts, [asks])


@dataclass(frozen=True)
class _Asks:
    """What the keys of facts are made of (``attempt.Asks``)."""

    framework: Framework
    plan_type: PlanType
    roles_near: frozenset[str]
    evidence: Evidence

    @property
    def scopes(self) -> Mapping[str, str]:
        """Where each role is looked for."""
        return scopes_of(self.framework)


@lru_cache(maxsize=1024)
def _needed_for(sha256: str, lifecycle: str, state: str, action: str) -> Needed:
    found = pinned.remembered(sha256).lifecycles[lifecycle]
    return facts.needed(found, state, action, ALWAYS)


def _many(table: str, evidence: Evidence) -> int:
    """How many ids of a sealed table an act may need."""
    return len(evidence.remarks) if table == "remark" else 1


@lru_cache(maxsize=256)
def _loading(right: str, needed: Needed) -> Statement:
    """The statement that reads the plan, whether it is open, and what the action needs."""
    wanted = [f"plan.{name}" for name in _PLAN.split()]
    wanted += [f"edition.{name} AS edition_{name}" for name in _EDITION.split()]
    wanted.append(f"{right} AS works")
    wanted += [f"({FACTS[name]}) AS fact_{name}" for name in needed.facts]
    wanted += [f"ARRAY({_DRAWN.format(table)}) AS ids_{table}" for table in needed.tables]
    columns = [*_PLAN.split(), *(f"edition_{name}" for name in _EDITION.split()), "works"]
    columns += [f"fact_{name}" for name in needed.facts]
    columns += [f"ids_{table}" for table in needed.tables]
    return Statement(
        f"SELECT {', '.join(wanted)} FROM subject JOIN plan ON plan.id = subject.id "  # noqa: S608
        "JOIN framework_version AS edition ON edition.id = subject.framework_version_id "
        "WHERE subject.id = :id",
        " ".join(columns),
    )


def _plan(session: Session, row: Any, found: Any) -> Plan:
    """The plan as the session knows it from now on."""
    edition = remembered(
        session,
        FrameworkVersion,
        {"id": row.framework_version_id, **_named(found, _EDITION, "edition_")},
    )
    return remembered(
        session,
        Plan,
        {**_named(row, _ROW), **_named(found, _PLAN), "framework": edition},
        forget=("template",),
    )


def _named(row: Any, names: str, prefix: str = "") -> Mapping[str, Any]:
    return {name: getattr(row, prefix + name) for name in names.split()}
