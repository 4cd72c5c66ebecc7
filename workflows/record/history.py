"""What happened to a subject, in sentences: the record read for people.

The rule that lives here: a sentence names the person and post as they were then ("Ray Director,
Director of Homes, for Dirk Director"), says the act in the past, and says where it led only when
the state changed. What an erased person did stays; who it was does not. A reason is told to who
may read it; to everybody else is said that there is one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.lifecycles.shape import Lifecycle
from config.permissions import BY_ITSELF
from cycle import access
from cycle.models import AgendaItem, Plan, Subject
from cycle.people import Actor
from workflows.framework import pinned
from workflows.people.appointed_alone import APPOINTED_ALONE
from workflows.plans import agreements
from workflows.record import act_words, history_rights

# What nobody's calendar does: here the system actor is whoever runs the service.
AT_TERMINAL = frozenset(
    {"create_cycle", "create_year", "found", "load_council", "make_meetings", "migrate_framework",
     "print_link", "publish_framework"}
)  # fmt: skip
OPERATOR = "Whoever runs the service, at the terminal,"
ERASED = "Someone whose name has been erased"

# Acts in the past. An action that is not here says its own label, which is always understandable.
PAST: Mapping[str, str] = {
    "erase": "removed a person's name",
    "set_password": "set a password",
    "apply": "applied the dates",
    "answer_contribution": "answered a request for a section",
    "approve": "recorded the approval",
    "approve_with_amendments": "recorded the approval with amendments",
    "ask_contribution": "asked for a section",
    "be_superseded": "recorded that a later one took its place",
    "begin": "put this on the record",
    "add_plans": "added plans for a service",
    "change_governance": "changed how the council is governed",
    "carry_to_unit": "gave it to another unit",
    "carry_over": "carried it over to the next planning year",
    "create_cycle": "created the cycle",
    "create_plan": "created the plan",
    "create_year": "put the planning year on the record",
    "draw_up_again": "drew up the dates again",
    "follow_structure": "brought the plans to the services of the day",
    "grant": "granted more time",
    "grant_below": "granted more time, though few days in hand are left",
    "import": "imported a plan that was in force",
    "refuse": "refused it",
    "reissue": "issued the timetable again",
    "revert": "took the dates back",
    "remind": "reminded those who have it",
    "close_cycle": "closed the cycle",
    "close_year": "closed the year",
    "close_unplanned": "closed the year, which ran before the cycle was joined",
    "comment": "commented",
    "settle_comment": "marked a comment",
    "correct": "recorded a correction",
    "propose_correction": "proposed to correct an outcome",
    "withdraw_correction": "took the proposed correction back",
    "agree_correction": "agreed to correct an outcome",
    "refuse_correction": "refused the proposed correction",
    "settle_correction": "settled what depended on the corrected decision",
    "decision_corrected": "recorded that a decision on it was corrected",
    "decision_kept": "kept what had followed from a decision that was corrected",
    "reopen_decision": "put it back to before a decision that was corrected",
    "put_back": "put it back to before it was started",
    "close_again": "undid the opening of the year",
    "decide_as_is": "recorded that the plan goes on as it is",
    "decide_new": "recorded that a new plan is written",
    "decide_refresh": "recorded that the plan is refreshed",
    "found": "set up the council",
    "freeze": "made the report final",
    "import_text": "imported its text",
    "issue": "issued the timetable",
    "issue_outcomes": "issued the draft outcomes",
    "list_item": "put it on the agenda",
    "load_council": "loaded the council's files",
    "lose": "recorded that it was lost",
    "migrate_framework": "moved it to another edition of its framework",
    "make_meetings": "made the meetings",
    "open_year": "opened the year",
    "pass_check": "passed the standards check",
    "pass_check_to_members": "passed the standards check and sent it to members",
    "pass_on": "passed it on",
    "plan_added": "added a plan",
    "plan_taken_off": "took a plan off",
    "postpone": "took it off the agenda",
    "propose_dates": "saved new dates, to be agreed",
    "change_day_rule": "changed a deadline rule",
    "publish": "recorded that it was published",
    "publish_framework": "published a framework",
    "record_agreed": "recorded the agreement",
    "record_closure": "recorded that the council is closed",
    "record_event": "recorded the day of an outside event",
    "record_holiday": "recorded a holiday",
    "tasks_moved": "moved its tasks to another post",
    "take_back_day": "took back a holiday or closure",
    "take_back_event": "took back the day of an outside event",
    "record_resolution": "recorded the resolution",
    "record_returned": "recorded that changes were asked for",
    "refer_back": "recorded that it was referred back",
    "reopen": "opened it again",
    "replan": "set its dates again",
    "report_progress": "recorded that progress was reported",
    "request_again": "asked the committee again",
    "came_to_a_stop": "found that no committee is asked about it, and gave that to somebody",
    "request_report": "asked the body for its decision",
    "return_for_changes": "returned it for changes",
    "return_to_author": "returned it to the author for changes",
    "return_to_director": "returned it to the director",
    "stage_done": "recorded the views; the next body is asked",
    "start": "started it",
    "start_final": "started the final plan",
    "submit": "submitted it for review",
    "take_back": "took it back",
    "take_effect": "put it in force",
    "add_meeting": "added a meeting",
    "body_resolved": "recorded what the body resolved",
    "cancel_meeting": "recorded that a meeting was cancelled",
    "meeting_moved": "recorded that the meeting moved",
    "move_meeting": "recorded that a meeting moved",
    "refresh_versions": "brought the report to the newest text",
    "report_withdrawn": "withdrew the report on it",
    "waive": "recorded that a committee is passed over",
    "write_report": "wrote the report",
    "withdraw": "withdrew it",
}

_EVENTS = text("""
SELECT event.id, event.seq, event.at, event.action, event.from_state, event.to_state, event.hash,
       event.prev_hash, event.payload, event.person_id, attribution.words
FROM event LEFT JOIN attribution ON attribution.event_id = event.id
WHERE event.subject_id = :subject AND event.seq > :after ORDER BY event.seq LIMIT :most
""")
ALL = 2**31 - 1


@dataclass(frozen=True)
class Entry:
    """One event. ``at`` is a moment (UTC); versions and hashes are SHA-256, hexadecimal."""

    seq: int
    at: datetime
    action: str
    who: str
    post: str
    for_name: str
    sentence: str
    from_label: str
    to_label: str
    moved: bool
    reason: str
    version: str
    hash: str
    prev_hash: str
    details: Mapping[str, Any]
    shown: Mapping[str, Any]  # the details with names and titles of today
    rows: int

    @property
    def by(self) -> str:
        """Who acted, with post and for whom, as they were then."""
        post = f", {self.post}" if self.post else ""
        return f"{self.who}{post}{f', for {self.for_name}' if self.for_name else ''}"


def entries(session: Session, subject: Subject, after: int = 0, most: int = ALL) -> list[Entry]:
    """What happened to it, the oldest first: up to ``most`` events after number ``after``."""
    framework = pinned.of(subject)
    lifecycle = framework.lifecycles[subject.lifecycle]
    rows = session.execute(_EVENTS, {"subject": subject.id, "after": after, "most": most}).all()
    details = [json.loads(row.payload).get("details") or {} for row in rows]
    acts = zip((row.action for row in rows), details, strict=True)
    known = history_rights.known(session, acts)
    titles = act_words.titles_for(framework, subject)
    return [_entry(row, lifecycle, known, titles) for row in rows]


# What is said in public when a report is published, decided or corrected.
_DONE_IN_PUBLIC = frozenset({"publish", "record_resolution", "correct", "agree_correction"})


def for_page(session: Session, actor: Actor, subject: Subject) -> list[dict[str, Any]]:
    """What happened to it, the newest first, for a page: title, at (UTC), text; a reason that this
    person may not read is said to be withheld."""
    found = entries(session, subject)
    whose = _reasons(session, actor, subject, found)
    return [
        {
            "title": each.sentence,
            "at": each.at,
            "text": each.reason if each.seq in whose or not each.reason else access.WITHHELD,
        }
        for each in reversed(found)
    ]


def _reasons(
    session: Session, actor: Actor, subject: Subject, found: Sequence[Entry]
) -> frozenset[int]:
    """The events, by number, whose reasons this person may read."""
    if access.may_read_record(session, actor, subject):
        return frozenset(each.seq for each in found)
    if isinstance(subject, AgendaItem):
        if not access.report_reading(session, actor, subject).words:
            return frozenset()
        return frozenset(each.seq for each in found if each.action in _DONE_IN_PUBLIC)
    if not isinstance(subject, Plan):
        return frozenset()
    # What a body resolved on the plan is in its decision, which is as open as its report.
    reports = {each.seq: str(each.details["report"]) for each in found if "report" in each.details
            and ("outcome" in each.details or "resolved" in each.details)}  # fmt: skip
    readable = access.open_reports(session, actor, set(reports.values()))
    return frozenset(seq for seq, report in reports.items() if report in readable)


def _given(details: Mapping[str, Any]) -> str:
    """How somebody agreed who did not act here."""
    words = agreements.words(details.get("given") or {})
    return f"{words}." if words else ""


def past_tense(action: str, lifecycle: Lifecycle | None = None) -> str:
    """The act in the past; an unknown one by its label."""
    if action in PAST:
        return PAST[action]
    transitions = lifecycle.transitions if lifecycle else ()
    label = next(
        (transition.label for transition in transitions if transition.action == action), ""
    )
    return f"did “{label or action.replace('_', ' ')}”"


def _entry(
    row: Any, lifecycle: Lifecycle, known: history_rights.Known, titles: act_words.Titles
) -> Entry:
    payload = json.loads(row.payload)
    words = json.loads(row.words) if row.words else {"name": ERASED}
    moved = row.from_state is not None and row.from_state != row.to_state
    before, after = _label(lifecycle, row.from_state), _label(lifecycle, row.to_state)
    details = payload.get("details") or {}
    done = history_rights.words(row.action, details, known)
    if not done:
        done = past_tense(row.action, lifecycle) + act_words.about(row.action, details, titles)
    done += _section(row.action, details) + _alone(details)
    who = _who(row.action, words)
    covered = f" for {words['for']}" if words.get("for") else ""
    given = _given(details)
    leads = f" {given}" if given else ""
    leads += f" It moved from “{before}” to “{after}”." if moved else ""
    return Entry(
        seq=row.seq,
        at=row.at,
        action=row.action,
        who=who.rstrip(","),
        post=words.get("post") or "",
        for_name=words.get("for") or "",
        sentence=f"{who}{covered} {done}.{leads}",
        from_label=before,
        to_label=after,
        moved=moved,
        reason=payload.get("reason") or "",
        version=payload.get("version") or "",
        hash=row.hash,
        prev_hash=row.prev_hash,
        details=details,
        shown=history_rights.shown(row.action, details, known),
        rows=len(payload.get("rows") or ()),
    )


def _who(action: str, words: Mapping[str, Any]) -> str:
    """Who acted: by their name then; what the system does by no calendar, its operator did."""
    if words.get("authority") == BY_ITSELF and action in AT_TERMINAL:
        return OPERATOR
    return words.get("name") or ERASED


def _section(action: str, details: Mapping[str, Any]) -> str:
    """Which section somebody was asked for, and how they answered."""
    if not action.endswith("_contribution") or not details.get("section"):
        return ""
    how = str(details.get("outcome") or "")
    return f": {details['section']}{f' ({how})' if how in ('declined', 'withdrawn') else ''}"


def _alone(details: Mapping[str, Any]) -> str:
    """That an administrator did it alone, where otherwise a second one agrees, or with one who was
    appointed so (SR-80)."""
    if details.get("alone") is True:
        return ", alone, for want of a second administrator"
    if details.get(APPOINTED_ALONE) is True:
        return ", agreed by two administrators of whom one had appointed the other alone"
    return ""


def _label(lifecycle: Lifecycle, state: str | None) -> str:
    if state is None:
        return ""
    known = lifecycle.states.get(state)
    return known.label if known else state
