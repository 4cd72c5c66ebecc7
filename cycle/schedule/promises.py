"""What a pattern promises about a day, and which meeting is to blame when it is missed. Pure.

The rule that lives here: a step that the pattern promises by a day (``StepRule.promised_by``) and
that is later, or has no date, is worth a look, and the sentence names the meeting: one that is
cancelled or has moved and would have done, of this step's body or of a body before it, else the
last one that it waits for.
"""

from collections.abc import Iterator

from config.dates import long_date, parse_yearly
from config.rules import StepRule, counted_from
from cycle.schedule.dating import Dating
from cycle.schedule.parts import MISSED_PROMISE, Problem


def missed(dating: Dating) -> Iterator[Problem]:
    """A warning for each promise that the dates do not keep."""
    for key, rule in dating.rules.items():
        if not rule.promised_by:
            continue
        by = parse_yearly(rule.promised_by).in_year(dating.year)
        dated = dating.dated.get(key)
        if dated is not None and dated.due_on <= by:
            continue
        when = f"is on {long_date(dated.due_on)}" if dated else "has no date"
        sentence = (
            f"{rule.title} {when}; this way of running the year promises it by {long_date(by)}."
        )
        yield Problem(
            "warning", key, " ".join([sentence, *_cause(dating, rule)]), about=MISSED_PROMISE
        )


def _cause(dating: Dating, rule: StepRule) -> Iterator[str]:
    """Why, in a sentence: from the first body on the way to this one."""
    way = list(_way(dating, rule))
    for each in reversed(way):
        for gone in dating.would_have_done(each):
            now = dating.dated.get(each.key)
            then = f"is on {long_date(now.due_on)}" if now else "has no date"
            yield (
                f"{gone.meeting.title} on {long_date(gone.meeting.on)} {gone.why}, so "
                f"“{each.title}” {then}."
            )
            return
    for each in way[1:]:
        before = dating.dated.get(each.key)
        if before is not None and before.meetings:
            yield f"It waits for “{each.title}” on {long_date(before.due_on)}."
            return


def _way(dating: Dating, rule: StepRule) -> Iterator[StepRule]:
    """The step and those at meetings from which it is counted, the nearest first."""
    seen, queue = {rule.key}, [rule]
    for each in queue:  # grows while it is read
        if each.anchor_kind == "meeting" and each.offset == 0:
            yield each
        for key in sorted(counted_from(each) | set(each.predecessors)):
            if key in dating.rules and key not in seen:
                seen.add(key)
                queue.append(dating.rules[key])
