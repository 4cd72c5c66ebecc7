"""The conditions of the one door, in SQL: who may know of a subject, and who may read its words.

On a plan there are three rights. To *know of* it (title, stage, with whom, dates): every officer;
of an exempt plan only who may work on it. To *work on* it (working copy, remarks, reasons, every
version): its line, contributors, whoever had a task with it, and the roles that read every text.
To read the *version that is open*: everybody signed in, once it is in force or a report with it is
published (R3). On a report likewise: officers know of it; its words are read before publication by
the line of its plans, whoever had a task with it, the clerks of its body, the body's chair once it
is on the agenda, and the roles that read every text (X3); an exempt report by the line of all its
plans and those roles alone (R2). SR-23, SR-80, INV-51.
"""

from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, TextClause, text

from config import permissions
from cycle.people import Actor

MOST_LEVELS = 20

# ``{of}`` is the name under which the statement has the subject; everything else is bound.
# In this order: the plan's line, whoever has a post in a unit on the way from the plan's unit up to
# its department (at the council itself are clerks and others who are in no plan's line; who reads
# all has a role that the framework lets); of a plan of the whole council, the council's own posts
# for it, but not the clerks of meetings; who was asked for a section; who had a task with it.
# As words: putting the condition together from columns at each act cost more than answering it.
_WORKS_ON_PLAN = f"""(
  EXISTS (
    SELECT 1 FROM unit AS home WHERE home.id = {{of}}.unit_id
      AND home.path[2:{MOST_LEVELS}] && CAST(:my_units AS int[]))
  OR EXISTS (
    SELECT 1 FROM queue AS own
    WHERE own.id = ANY(CAST(:my_officer_queues AS int[])) AND own.unit_id = {{of}}.unit_id)
  OR EXISTS (
    SELECT 1 FROM contribution AS asked
    WHERE asked.plan_id = {{of}}.id AND asked.queue_id = ANY(CAST(:my_queues AS int[])))
  OR EXISTS (
    SELECT 1 FROM task AS mine
    WHERE mine.subject_id = {{of}}.id AND mine.queue_id = ANY(CAST(:my_queues AS int[]))))
"""  # noqa: S608
# What is open to everybody: what took effect, and what a published report showed.
OPEN_REPORT = "(report.phase IN ('before_bodies', 'ended') AND NOT report.exempt)"
IN_FORCE = "({of}.phase IN ('in_force', 'ended'))"
_PLAN_IS_OPEN = f"""(NOT {{of}}.exempt AND ({IN_FORCE} OR EXISTS (
  SELECT 1 FROM item_plan JOIN subject AS report ON report.id = item_plan.item_id
  WHERE item_plan.plan_id = {{of}}.id AND {OPEN_REPORT})))
"""  # noqa: S608
# A report is exempt with any of its plans, whatever was said of itself.
EXEMPT_REPORT = """({of}.exempt OR EXISTS (
  SELECT 1 FROM item_plan JOIN subject AS carried ON carried.id = item_plan.plan_id
  WHERE item_plan.item_id = {of}.id AND carried.exempt))
"""
_LINE_OF_REPORT = f"""EXISTS (
  SELECT 1 FROM item_plan JOIN subject AS carried ON carried.id = item_plan.plan_id
  WHERE item_plan.item_id = {{of}}.id AND {_WORKS_ON_PLAN.format(of="carried")})
"""  # noqa: S608
_LINE_OF_ALL = f"""({_LINE_OF_REPORT} AND NOT EXISTS (
  SELECT 1 FROM item_plan JOIN subject AS carried ON carried.id = item_plan.plan_id
  WHERE item_plan.item_id = {{of}}.id AND NOT {_WORKS_ON_PLAN.format(of="carried")}))
"""  # noqa: S608
# In this order: the line of a plan that it carries; who had a task with it; the clerks, of this
# body or of the council.
_WORKS_ON_REPORT = f"""CASE WHEN {EXEMPT_REPORT} THEN {_LINE_OF_ALL} ELSE (
  {_LINE_OF_REPORT}
  OR EXISTS (
    SELECT 1 FROM task AS mine
    WHERE mine.subject_id = {{of}}.id AND mine.queue_id = ANY(CAST(:my_queues AS int[])))
  OR CAST(:my_clerks AS bool) OR {{of}}.body_id = ANY(CAST(:my_clerks_at AS int[]))) END
"""  # noqa: S608
_REPORT_IS_OPEN = f"({{of}}.phase IN ('before_bodies', 'ended') AND NOT {EXEMPT_REPORT})"
# The chair is briefed on what is on the agenda.
_BRIEFED = f"""({{of}}.phase IN ('in_review', 'settled')
  AND {{of}}.body_id = ANY(CAST(:my_chairs AS int[])) AND NOT {EXEMPT_REPORT})
"""
# A change of dates is as open as the plan that it is about; one of a whole year is open.
_OF_CHANGE = """NOT EXISTS (
  SELECT 1 FROM date_change JOIN subject AS about ON about.id = date_change.plan_id
  WHERE date_change.id = {of}.id AND NOT {right})
"""
_KNOWS_PLAN = f"(NOT {{of}}.exempt OR {_WORKS_ON_PLAN})"
_KNOWS_REPORT = f"(NOT {EXEMPT_REPORT} OR {_WORKS_ON_REPORT})"


def bound(actor: Actor) -> dict[str, Any]:
    """The values of the conditions for one person: units, posts and queues; whether she clerks for
    every body, or for which; the bodies that she chairs."""
    clerks = [
        post for post in actor.posts_held if permissions.RECORD_RESOLUTIONS in post.permissions
    ]
    posts = [post for post in actor.posts_held if not (post.is_members or post.only_accounts)]
    return {
        "my_units": [post.unit_id for post in posts if post.unit_id],
        # Who clerks has a post at the council itself and is in no plan's line by that.
        "my_officer_queues": [post.queue_id for post in posts if post not in clerks],
        "my_queues": list(actor.queue_ids),
        "my_clerks": any(post.body_id is None for post in clerks),
        "my_clerks_at": [post.body_id for post in clerks if post.body_id],
        "my_chairs": [
            post.body_id
            for post in actor.posts_held
            if permissions.BE_BRIEFED in post.permissions and post.body_id
        ],
    }


def is_officer(actor: Actor) -> bool:
    """Whether the person works for the council, beside or instead of being a member of it."""
    return actor.is_system or any(not post.is_members for post in actor.posts_held)


def works_on_plan(actor: Actor, of: str = "subject") -> str:
    """Whether the person may read a plan's working copy, remarks, reasons and every version."""
    return "true" if actor.reads_all else _WORKS_ON_PLAN.format(of=of)


def opens_plan(actor: Actor, of: str = "subject") -> str:
    """Whether the person may read the version of a plan that is open, or more."""
    if actor.reads_all:
        return "true"
    return f"({_WORKS_ON_PLAN} OR {_PLAN_IS_OPEN})".format(of=of)


def knows_plan(actor: Actor, of: str = "subject") -> str:
    """Whether the person may know that a plan exists and where it is."""
    if actor.reads_all:
        return "true"
    return _KNOWS_PLAN.format(of=of) if is_officer(actor) else opens_plan(actor, of)


def works_on_report(actor: Actor, of: str = "subject") -> str:
    """Whether the person may read a report and why it came back, before publication too."""
    return "true" if actor.reads_all else _WORKS_ON_REPORT.format(of=of)


def opens_report(actor: Actor, of: str = "subject") -> str:
    """Whether the person may read the words of a report."""
    if actor.reads_all:
        return "true"
    return f"({_WORKS_ON_REPORT} OR {_REPORT_IS_OPEN} OR {_BRIEFED})".format(of=of)


def knows_report(actor: Actor, of: str = "subject") -> str:
    """Whether the person may know that a report exists: title, body, day, where it stands."""
    if actor.reads_all:
        return "true"
    return _KNOWS_REPORT.format(of=of) if is_officer(actor) else opens_report(actor, of)


def knows(actor: Actor, of: str = "subject") -> str:
    """Whether the person may know of a subject of any kind; a year or the council is no secret."""
    if actor.reads_all:
        return "true"
    plan, report = knows_plan(actor, of), knows_report(actor, of)
    change = _OF_CHANGE.format(of=of, right=knows_plan(actor, "about"))
    return (
        f"CASE {of}.kind WHEN 'plan' THEN {plan} WHEN 'item' THEN {report} "
        f"WHEN 'change' THEN {change} ELSE true END"
    )


def works_on(actor: Actor, of: str = "subject") -> str:
    """Whether the person may read all that is on the record of a subject of any kind."""
    if actor.reads_all:
        return "true"
    plan, report = works_on_plan(actor, of), works_on_report(actor, of)
    change = _OF_CHANGE.format(of=of, right=works_on_plan(actor, "about"))
    return (
        f"CASE {of}.kind WHEN 'plan' THEN {plan} WHEN 'item' THEN {report} "
        f"WHEN 'change' THEN {change} ELSE true END"
    )


def knows_exempt(actor: Actor, of: str = "subject") -> str:
    """Whether the person may know of a plan or report that is exempt, which the statement has made
    sure of: what is left of ``knows`` then, so that the database has little to plan."""
    if actor.reads_all:
        return "true"
    plan, report = _WORKS_ON_PLAN.format(of=of), _LINE_OF_ALL.format(of=of)
    return f"CASE {of}.kind WHEN 'plan' THEN {plan} ELSE {report} END"


def condition(words: str, actor: Actor) -> ColumnElement[bool]:
    """A condition of this module as part of a statement, with this person's values."""
    given = bound(actor)
    parsed = _parsed(words)
    named = {name: given[name] for name in parsed._bindparams}
    return cast(ColumnElement[bool], parsed.bindparams(**named))


@lru_cache(maxsize=64)
def _parsed(words: str) -> TextClause:
    """The same words are read once, not at each act."""
    return text(f"({words})")
