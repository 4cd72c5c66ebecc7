"""The standard acts on plans and reports, for editions from before their lifecycles said them.

The rule that lives here: until format 5 code alone knew who may comment, ask for a section, remind,
write a report or pass over a body, and from where. Each act below stands in an older edition as the
product did it then: the words are of that day and do not change with the shipped stages.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from config.lifecycles.phases import Phase
from config.lifecycles.shape import INTERNAL

Table = dict[str, Any]

# A report may be written and commented on.
_WRITTEN = (Phase.DRAFT, Phase.IN_REVIEW)
_RESOLVED = ("body_resolved", "A body has resolved", "permission:record_resolutions")
# Action, label and who, by where they are open.
_BEFORE_BODIES = (
    ("waive", "Go on without a committee", "permission:waive_bodies"),
    ("request_again", "Ask a committee about it", "permission:request_reports"),
    ("came_to_a_stop", "Give it to somebody", "system"),
)
_WHILE_WRITTEN = (("ask_contribution", "Ask for a contribution", "@editor"),)
_ALWAYS = (
    ("answer_contribution", "Answer a request for a contribution", "@contributor", "@editor"),
    ("comment", "Comment or suggest a change", "@reader"),
    ("remind", "Remind whoever has it", "permission:remind"),
)
_ON_REPORTS = (
    ("write_report", "Write the report", "permission:write_reports"),
    ("refresh_versions", "Carry the newest version", "permission:write_reports"),
    ("comment", "Comment on the report", "@commenter"),
)


def added(life: Mapping[str, Any]) -> Table:
    """The lifecycle of an older edition with the standard acts of its subject behind its own.

    An action that it has already stays as it is; but an outcome is walked by whoever may record the
    resolution of which it follows, where some of them were refused.
    """
    own = [_by_resolution(each) for each in life.get("transitions", ())]
    known = {each["action"] for each in own}
    acts = [each for each in _standard(life) if each["from"] and each["action"] not in known]
    outcomes = [each for each in acts if each["kind"] == "outcome"]
    place = _behind_stage_done(own)
    internal = [each for each in acts if each["kind"] == INTERNAL]
    return {**life, "transitions": [*own[:place], *outcomes, *own[place:], *internal]}


_SETTLING = ("settle_comment", "Mark a comment as dealt with", "@reader")


def with_settling(life: Mapping[str, Any]) -> Table:
    """The lifecycle of an edition from before format 6: behind commenting on a plan comes marking a
    comment as dealt with, from everywhere."""
    own: list[Table] = list(life.get("transitions", ()))
    actions = [each["action"] for each in own]
    if life["subject"] != "plan" or "comment" not in actions or _SETTLING[0] in actions:
        return dict(life)
    place = actions.index("comment") + 1
    act = _act(_SETTLING, list(life["states"]))
    return {**life, "transitions": [*own[:place], act, *own[place:]]}


def _by_resolution(act: Table) -> Table:
    return {**act, "roles": [_RESOLVED[-1]]} if act.get("kind") == "outcome" else act


def _standard(life: Mapping[str, Any]) -> Iterator[Table]:
    states: Mapping[str, Any] = life["states"]
    if life["subject"] == "item":
        written = [key for key, each in states.items() if each.get("phase") in _WRITTEN]
        yield from (_act(each, written) for each in _ON_REPORTS)
    if life["subject"] == "plan":
        awaiting = {
            state
            for each in life.get("transitions", ())
            if each.get("kind") == "outcome"
            for state in each["from"]
        }
        before = [key for key in states if key in awaiting]
        yield _act(_RESOLVED, before, "outcome")
        yield from (_act(each, before) for each in _BEFORE_BODIES)
        editable = [key for key, each in states.items() if each.get("editable")]
        yield from (_act(each, editable) for each in _WHILE_WRITTEN)
        yield from (_act(each, list(states)) for each in _ALWAYS)


def _act(written: tuple[str, ...], left: list[str], kind: str = INTERNAL) -> Table:
    action, label, *roles = written
    return {
        "action": action,
        "label": label,
        "from": left,
        "to": "=",
        "roles": roles,
        "kind": kind,
    }


def _behind_stage_done(acts: list[Table]) -> int:
    """Where the outcome that moves nothing stands: beside the other one that does not."""
    places = [number for number, each in enumerate(acts, 1) if each["action"] == "stage_done"]
    return places[0] if places else len(acts)
