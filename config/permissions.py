"""What the roles of a framework let people do beside their tasks, and what the product asks for.

The rule that lives here: code asks for a permission and never for a role, so that a council may
call its roles what it likes. A permission that is not listed here is refused (``permissions`` of a
role in ``framework.toml``), and each that is listed is asked for somewhere.
"""

from collections.abc import Mapping
from typing import Any

from config.framework import Framework

# The word of a lifecycle for Plancycle itself, as ``@author`` is for the author: what happens by
# its date is done by it. Nobody holds it.
BY_ITSELF = "system"

BE_BRIEFED = "be_briefed"
CHASE = "chase"
CHECK_RECORD = "check_record"
CONTRIBUTE = "contribute"
MANAGE_COUNCIL = "manage_council"
MANAGE_PEOPLE = "manage_people"
REMIND = "remind"
READ_EVERY_TEXT = "read_every_text"
RECORD_RESOLUTIONS = "record_resolutions"
REQUEST_REPORTS = "request_reports"
SEE_EXEMPT_READINGS = "see_exempt_readings"
SIT_AS_MEMBER = "sit_as_member"
TAKE_VACANCIES = "take_vacancies"
WAIVE_BODIES = "waive_bodies"
WATCH_LAWFULNESS = "watch_lawfulness"
WRITE_REPORTS = "write_reports"

# Every permission, in words for people.
WORDS: Mapping[str, str] = {
    BE_BRIEFED: "Is briefed: reads what is on the agenda of their body before it is published",
    CHASE: "Chases what is late",
    CHECK_RECORD: "Checks the record, and is sent its checkpoints",
    CONTRIBUTE: "Can be asked to write a section of any plan",
    "own_day_rules": "Owns the deadline rules",
    MANAGE_COUNCIL: "Changes units and the council's files",
    "manage_meetings": "Adds, moves and cancels meetings",
    MANAGE_PEOPLE: "Gives accounts, posts and cover",
    READ_EVERY_TEXT: "Reads the text of every plan",
    "record_days": "Records events, holidays and closed days",
    "plan_cycle": "Creates cycles and opens years",
    RECORD_RESOLUTIONS: "Records resolutions",
    REMIND: "Sends reminders",
    REQUEST_REPORTS: "Asks again for a report that was withdrawn",
    SEE_EXEMPT_READINGS: "Sees who read exempt papers",
    SIT_AS_MEMBER: "Is a member: sees what is published, nothing before",
    TAKE_VACANCIES: "Takes what would otherwise reach nobody",
    WAIVE_BODIES: "Passes over a body that gives its views",
    WATCH_LAWFULNESS: "Is told of resolutions without effect",
    WRITE_REPORTS: "Writes the reports to meetings",
}
# Those without which a framework cannot work, and what would be missing.
NEEDED: Mapping[str, str] = {
    TAKE_VACANCIES: "what nobody else can do would reach nobody",
    RECORD_RESOLUTIONS: "nobody could record what a meeting resolved",
    WRITE_REPORTS: "nobody could write the report to a meeting",
    WAIVE_BODIES: "a body that did not meet would hold up every plan",
    WATCH_LAWFULNESS: "nobody would be told of a resolution without effect",
    CHECK_RECORD: "nobody could check the record",
    MANAGE_PEOPLE: "nobody could give accounts and posts",
    CONTRIBUTE: "nobody could be asked for a section of a plan",
    SIT_AS_MEMBER: "members would read what is not published",
}
# By these alone somebody runs accounts and reads no plan (SR-80).
ACCOUNTS = frozenset({MANAGE_PEOPLE, MANAGE_COUNCIL})


def roles_with(framework: Framework, permission: str) -> tuple[str, ...]:
    """The roles that have a permission, in the framework's order."""
    return tuple(role.key for role in framework.roles.values() if permission in role.permissions)


def last_resort(framework: Framework) -> str:
    """The role to which everything goes that would otherwise reach nobody."""
    return roles_with(framework, TAKE_VACANCIES)[0]


def by_role(framework: Framework) -> dict[str, list[str]]:
    """The permissions of each role that has any: what the council keeps for reading by SQL."""
    return {
        role.key: sorted(role.permissions) for role in framework.roles.values() if role.permissions
    }


# What editions said before permissions replaced the names of ten roles for which code looked.
_OF_OLD_ROLES: Mapping[str, tuple[str, ...]] = {
    "support_service": (TAKE_VACANCIES, WRITE_REPORTS, REQUEST_REPORTS),
    "clerk": (RECORD_RESOLUTIONS, REQUEST_REPORTS),
    "monitoring_officer": (WAIVE_BODIES, WATCH_LAWFULNESS, CHECK_RECORD, SEE_EXEMPT_READINGS),
    "head_of_democratic_services": (WAIVE_BODIES,),
    "auditor": (CHECK_RECORD,),
    "administrator": (MANAGE_PEOPLE,),
    "leader": (SIT_AS_MEMBER,),
    "chair": (SIT_AS_MEMBER, BE_BRIEFED),
    "member": (SIT_AS_MEMBER,),
}
# Those of them that write in no plan.
_WRITES_NOWHERE = ("auditor", "administrator", "leader", "chair", "member", BY_ITSELF)
# What stood in editions and was read by nothing: permissions and choices.
_NEVER_READ = frozenset({"issue_timetable", "run_standards", "see_all_plans"})
_NEVER_CHOSEN = frozenset({"deemed_clearance", "named_vote_at_budget"})


def upgraded(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an edition from before permissions, with those that code used to seek by name.

    An edition that has them already comes back as it is; nothing that is stored is changed.
    """
    roles = data["roles"]
    if any(TAKE_VACANCIES in role.get("functions", ()) for role in roles.values()):
        return dict(data)
    return {
        **data,
        "lifecycles": _with_meetings(data),
        "roles": {key: _with_permissions(key, role) for key, role in roles.items()},
        "settings": {
            key: each for key, each in data["settings"].items() if key not in _NEVER_CHOSEN
        },
    }


def _with_meetings(data: Mapping[str, Any]) -> dict[str, Any]:
    """The lifecycles, in which a group's agreement names its meeting (fault R6)."""
    bodies = {
        body["secretary"]: key for key, body in data["bodies"].items() if body.get("secretary")
    }
    return {
        key: {
            **lifecycle,
            "transitions": [
                _named(transition, bodies) for transition in lifecycle.get("transitions", ())
            ],
        }
        for key, lifecycle in data["lifecycles"].items()
    }


def _named(transition: Mapping[str, Any], bodies: Mapping[str, str]) -> Mapping[str, Any]:
    roles = transition.get("roles", ())
    if (
        transition.get("kind", "forward") != "forward"
        or not roles
        or not set(roles) <= bodies.keys()
    ):
        return transition
    guard = {"rule": "agreed_by_group", "body": bodies[roles[0]]}
    return {**transition, "evidence_guards": [*transition.get("evidence_guards", ()), guard]}


def _with_permissions(key: str, role: Mapping[str, Any]) -> dict[str, Any]:
    kept = [each for each in role.get("functions", ()) if each not in _NEVER_READ]
    more = [*_OF_OLD_ROLES.get(key, ())]
    if key not in _WRITES_NOWHERE:
        more.append(CONTRIBUTE)
    return {**role, "functions": [*dict.fromkeys([*kept, *more])]}
