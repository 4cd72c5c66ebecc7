"""The acts that put a decision or a year right, for editions from before lifecycles said them.

The rule that lives here: until format 9 no outcome of a decision could be corrected and no year
closed again. Each act below stands in an older edition as the product did it when it learnt to: the
words are of that day and do not change with the shipped stages.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from config.lifecycles.phases import Phase
from config.lifecycles.shape import CONSEQUENCE, INTERNAL, OUTCOME

Table = dict[str, Any]

_CLERKS, _LAWYERS = "permission:record_resolutions", "permission:watch_lawfulness"
# Of a decided report: action, label, who.
_ON_DECIDED = (
    ("propose_correction", "Propose a correction of an outcome", _CLERKS),
    ("withdraw_correction", "Take back a proposed correction", _CLERKS),
    ("agree_correction", "Agree to a correction of an outcome", _LAWYERS),
    ("refuse_correction", "Refuse a correction of an outcome", _LAWYERS),
    ("settle_correction", "Settle what depended on a corrected decision", _CLERKS),
)
_REASON = {"reason": "required", "evidence_guards": [{"rule": "reason_given"}]}
_CLOSED = "Close the year again: it was opened by mistake"
_UNDECIDED = "Take the decision back: it was recorded by mistake"


def with_acts(life: Mapping[str, Any]) -> Table:
    """The lifecycle of an older edition with the acts of its subject that put things right. An
    action that it has already stays as it is."""
    acts = {"item": _of_reports, "plan": _of_plans, "year": _of_years}.get(life["subject"])
    own: list[Table] = list(life.get("transitions", ()))
    if acts is None:
        return dict(life)
    known = {each["action"] for each in own}
    for before, act in acts(life, own):
        if act["action"] not in known:
            own.insert(len(own) if before is None else own.index(before), act)
    return {**life, "transitions": own}


# Each act with the one before which it stands; None: at the end.
_Placed = Iterator[tuple[Table | None, Table]]


def _of_reports(life: Mapping[str, Any], own: list[Table]) -> _Placed:
    decided = _to(own, "record_resolution")
    states = [key for key, each in life["states"].items() if each.get("phase") == Phase.ENDED]
    if not decided:
        return
    for action, label, who in _ON_DECIDED:
        yield None, _act(action, label, states, "=", [who], INTERNAL)


def _of_plans(life: Mapping[str, Any], own: list[Table]) -> _Placed:
    start = next((each for each in own if each["action"] == "start"), None)
    internal = next((each for each in own if each.get("kind") == INTERNAL), None)
    if start is not None and start["to"] != "=":
        back = _act("put_back", "Put back to before it was started", [start["to"]],
                    start["from"][0], ["permission:plan_cycle"], CONSEQUENCE)  # fmt: skip
        yield internal, back | _REASON
    outcomes = [each for each in own if each.get("kind") == OUTCOME]
    before = [state for each in outcomes if each["action"] == "body_resolved"
              for state in each["from"]]  # fmt: skip
    if not before:
        return
    left = {*before, *(each["to"] for each in outcomes if each["to"] != "=")}
    states = [state for state in life["states"] if state in left]
    act = _act("reopen_decision", "Back to before a body’s decision", states, before[0],
               [_CLERKS], CONSEQUENCE)  # fmt: skip
    rules = {
        "guards": [{"rule": "text_as_shown"}],
        "effects": [{"rule": "close_contributions"}],
    }
    yield internal, act | _REASON | rules


def _of_years(life: Mapping[str, Any], own: list[Table]) -> _Placed:
    for action, label in (("open_year", _CLOSED), ("decide_as_is", _UNDECIDED)):
        opening = next((each for each in own if each["action"] == action), None)
        close = next((each for each in own if each["action"] == "close_year"), None)
        if opening is not None and close is not None:
            act = _act("close_again", label, [opening["to"]], opening["from"][0],
                       list(close["roles"]), "side")  # fmt: skip
            behind = own.index(close) + 1
            after = own[behind] if behind < len(own) else None
            yield after, act | {"reason": "required", "guards": [{"rule": "nobody_wrote"}]}
            return


def _to(own: list[Table], action: str) -> list[str]:
    return [each["to"] for each in own if each["action"] == action]


def _act(action: str, label: str, left: list[str], to: str, roles: list[str], kind: str) -> Table:
    return {
        "action": action, "label": label, "from": left, "to": to, "roles": roles, "kind": kind,
    }  # fmt: skip
