"""What an act was about, in words behind its verb: the body, its day and outcome, the sections.

The rule that lives here: the event keeps data, and words are made of it when it is read (fault R7).
What an act of before did not say is left out. References of other plans and reports are not told
here, since not everybody who reads a history may know of them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from config.dates import clock_time, long_date
from config.framework import Framework
from cycle import clock
from cycle.models import AgendaItem, Plan, Subject
from workflows.framework.outcomes import OUTCOMES

Details = Mapping[str, Any]
Titles = Mapping[str, str]
MOST_NAMED = 3
WHOLE = "all of it"


def titles_for(framework: Framework, subject: Subject) -> Titles:
    """What the keys in the events of a subject are called: sections of a plan, kinds of comment on
    a report."""
    if isinstance(subject, Plan):
        kind = framework.plan_types[subject.plan_type]
        return {each.key: each.title for each in framework.templates[kind.template].sections}
    if isinstance(subject, AgendaItem):
        return {key: each.title for key, each in framework.comments.items()}
    return {}


def about(action: str, details: Details, titles: Titles) -> str:
    """The words that follow the verb, with the space or colon before them; empty where the event
    does not say what it was about."""
    resolved = _resolved(details)
    if resolved:
        return resolved
    say = _ABOUT.get(action)
    try:
        return say(details, titles) if say else ""
    except KeyError:  # an event from before the act said that much
        return ""


def _day(written: Any) -> str:
    """A day as people write it; what is no day as it stands."""
    try:
        return long_date(date.fromisoformat(str(written)))
    except ValueError:
        return str(written)


def _some(names: Sequence[str]) -> str:
    """The first of several names, and how many more there are."""
    shown = [f"“{each}”" for each in names[:MOST_NAMED]]
    more = len(names) - MOST_NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def _count(things: Sequence[Any], one: str) -> str:
    return f"{len(things)} {one}{'' if len(things) == 1 else 's'}"


def _resolved(details: Details) -> str:
    """Of what follows from a resolution: which body, when, and what it resolved."""
    outcome = details.get("outcome")
    if "body" not in details or outcome is None:
        return ""
    known = OUTCOMES.get(str(outcome))
    label = known.label.removesuffix(" …") if known else str(outcome)
    until = f" to {details['deferred_to']}" if details.get("deferred_to") else ""
    on = f" on {_day(details['on'])}" if details.get("on") else ""
    effect = _effect(details)
    return f": {details['body']}{on}, “{label}{until}”{effect}"


def _effect(details: Details) -> str:
    """When a decision of an executive takes effect, or why at once."""
    if details.get("no_call_in"):
        return f", without call-in: {details['no_call_in']}"
    if details.get("takes_effect_on"):
        return f", with effect from {_day(details['takes_effect_on'])} unless called in"
    return ""


def _recorded(details: Details, _titles: Titles) -> str:
    """Of a resolution on a report: what the body resolved on each recommendation."""
    given = [
        OUTCOMES[each["outcome"]].label.removesuffix(" …")
        for each in details.get("outcomes", ())
        if each.get("outcome") in OUTCOMES
    ]
    what = f": {_some(list(dict.fromkeys(given)))}" if given else ""
    without = ", without a vote" if details.get("without_vote") else ""
    return f" of {details['body']} on {_day(details['on'])}{what}{without}{_effect(details)}"


def _corrected(details: Details, _titles: Titles) -> str:
    """Of a corrected decision: which body, when, what it resolved, and what had been recorded."""
    known = OUTCOMES.get(str(details["resolved"]))
    label = known.label.removesuffix(" …") if known else str(details["resolved"])
    effect = "" if details.get("effect") else ", without effect"
    was = OUTCOMES.get(str(details.get("was", "")))
    before = f", where “{was.label.removesuffix(' …')}” had been recorded" if was else ""
    return f": {details['body']} on {_day(details['on'])} resolved “{label}”{effect}{before}"


def _chosen(details: Details, _titles: Titles) -> str:
    return f": {details['choice']}"


def _opened(details: Details, _titles: Titles) -> str:
    plans = details.get("plans") or ()
    by = f", decided by {details['decided_by']}" if details.get("decided_by") else ""
    return by + (f", with {_count(plans, 'plan')}" if plans else "")


def _sections(details: Details, titles: Titles) -> str:
    """Which sections of a plan were commented on, or which kind of comment a report got."""
    if "kind" in details:
        covers = details.get("covers", WHOLE)
        part = "" if covers == WHOLE else f", on {_count(covers, 'part')}"
        none = ", no implications" if details.get("no_implications") else ""
        return f": {titles.get(details['kind'], details['kind'])}{none}{part}"
    named = [titles.get(key, key) for key in details.get("sections", ())]
    where = f" on {_some(named)}" if named else ""
    return where + (", answering a comment" if details.get("answers") else "")


def _meeting(details: Details, _titles: Titles) -> str:
    """Of a meeting: its body and day; of one that moved also from when, or its new hour."""
    on, was, at = details.get("on"), details.get("was_on"), details.get("at")
    if was and was == on:
        return f": {details.get('body')} on {_day(on)}, to {at}"
    moved = f", from {_day(was)} to" if was else ", on"
    return f": {details.get('body')}{moved} {_day(on)}"


def _settled(details: Details, titles: Titles) -> str:
    section = str(details.get("section") or "")
    how = "as dealt with" if details.get("settled") else "as open again"
    return f"{f' on “{titles.get(section, section)}”' if section else ''} {how}"


def _reopened(details: Details, _titles: Titles) -> str:
    ended = " and took the dates back" if details.get("taken_back") else ""
    return f": {_count(range(details.get('dates', 0)), 'date')}{ended}"


def _moved(details: Details, _titles: Titles) -> str:
    """Of dates: how many move; a step of a plan that a reader may not know of has its name."""
    return f": {_count(details['moved'], 'date')}" if details.get("moved") else ""


def _period(details: Details, _titles: Titles) -> str:
    first, last = details.get("first"), details.get("last")
    if not first:
        return ""
    why = f": {details['why']}" if details.get("why") else ""
    until = f" to {_day(last)}" if last and last != first else ""
    return f", {_day(first)}{until}{why}"


def _rule(details: Details, _titles: Titles) -> str:
    if "title" not in details:
        return ""
    until = f" until {_day(details['until'])}" if details.get("until") else ""
    return (
        f": {details['title']}, from “{details['before']}” to “{details['after']}”, for meetings "
        f"from {_day(details['from'])}{until}"
    )


def _event(details: Details, _titles: Titles) -> str:
    was = f", before {_day(details['was_on'])}" if details.get("was_on") else ""
    return f": {details['title']} on {_day(details['on'])}{was}"


def _governance(details: Details, _titles: Titles) -> str:
    return f": from {details['before']} to {details['model']}, from {_day(details['from'])}"


def _published(details: Details, _titles: Titles) -> str:
    urgency, publication = details.get("urgency"), details.get("publication")
    words = ""
    if publication:
        at = datetime.fromisoformat(publication["at"])
        hour = clock_time(at.astimezone(clock.LONDON).time())
        when = f"{long_date(clock.local_date(at))} at {hour}"
        words = f" at {publication['where']} on {when}"
    return f"{words}, as urgent by leave of {urgency['chair']}" if urgency else words


def _names(key: str, before: str) -> Callable[[Details, Titles], str]:
    """A list of names in the details."""

    def say(details: Details, _titles: Titles) -> str:
        names = details.get(key) or ()
        return f"{before}{_some([str(each) for each in names])}" if names else ""

    return say


def _with(template: str, *keys: str) -> Callable[[Details, Titles], str]:
    """Details put into words, days as people write them; nothing where one is not there."""

    def say(details: Details, _titles: Titles) -> str:
        if any(details.get(key) in (None, "") for key in keys):
            return ""
        return template.format(*(_day(details[key]) for key in keys))

    return say


_ABOUT: Mapping[str, Callable[[Details, Titles], str]] = {
    "add_meeting": _meeting,
    "add_plans": _opened,
    "agree_correction": _corrected,
    "apply": _moved,
    "cancel_meeting": _meeting,
    "carry_over": _with(": from {} to {}", "from", "to"),
    "change_day_rule": _rule,
    "change_governance": _governance,
    "comment": _sections,
    "create_year": _with(": “{}”", "way"),
    "decide_as_is": _opened,
    "decide_new": _opened,
    "decide_refresh": _opened,
    "decision_corrected": _corrected,
    "decision_kept": _corrected,
    "follow_structure": _opened,
    "list_item": _with(" of {} on {}", "body", "on"),
    "make_meetings": _period,
    "meeting_moved": _with(" from {} to {}", "from", "to"),
    "migrate_framework": _with(": from {} to {}", "was", "edition"),
    "move_meeting": _meeting,
    "open_year": _opened,
    "postpone": _with(", which was to come on {}", "was_on"),
    "propose_correction": _corrected,
    "propose_dates": _moved,
    "publish": _published,
    "publish_framework": _with(": {}", "framework"),
    "record_closure": _period,
    "record_event": _event,
    "record_holiday": _with(": {} on {}", "name", "on"),
    "record_resolution": _recorded,
    "remind": _names("tasks", " of "),
    "reopen_decision": _corrected,
    "replan": _reopened,
    "report_progress": _with(": {}", "report"),
    "revert": _moved,
    "settle_comment": _settled,
    "settle_correction": _chosen,
    "take_back_day": _with(": {} on {}", "name", "on"),
    "tasks_moved": _names("tasks", ": "),
    "waive": _names("bodies", ": "),
    "write_report": _names("changed", ": "),
}
