"""What makes a lifecycle walkable: every state can be reached and left, by somebody.

The rule that lives here: denied by default. A transition without roles is a fault, and so is a
state that no transition reaches, one that none leaves unless it is final, and two transitions of
one action from one state that no guard tells apart. A body's resolution always finds the transition
that it needs, and a plan before a body can be helped on. An internal act leads nowhere and asks for
nothing: its verb does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from config import permissions
from config.framework import Framework, PlanType
from config.lifecycles.phases import Phase
from config.lifecycles.shape import (
    BY_PERMISSION,
    COMMENTER,
    CONTRIBUTOR,
    EDITOR,
    FOLLOWING,
    INTERNAL,
    READER,
    Lifecycle,
    State,
    Transition,
)

STAGES = (
    "Not started", "Proposals", "Drafting", "Review", "Checks", "Committees", "Approved",
    "In force", "Ended",
)  # fmt: skip
SUBJECTS = ("cycle", "year", "plan", "item", "council", "change")
TRANSITION_KINDS = ("forward", "return", "side", "system", *FOLLOWING, INTERNAL)
REASONS = ("none", "optional", "required")
STAYS = "="
# The evidence guard that asks for the meeting of a group.
AGREED = "agreed_by_group"

# What a resolution by each verb of a route must be able to do to a plan (model.md; S2 ¶21, G19).
OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "consider": ("stage_done", "body_resolved", "refer_back"),
    "note": ("stage_done", "body_resolved", "refer_back"),
    "recommend": ("stage_done", "body_resolved", "refer_back", "lose"),
    "approve": ("body_resolved", "approve", "approve_with_amendments", "refer_back", "lose"),
    "adopt": ("body_resolved", "approve", "approve_with_amendments", "refer_back", "lose"),
}
# Without these a plan whose body does not meet, or has no report, would stand still for ever.
HELPED_ON = ("waive", "request_again", "came_to_a_stop")

Found = Iterator[tuple[str, str]]


def lifecycle_problems(framework: Framework) -> Found:
    """Every fault of the framework's lifecycles, as (``file:key``, sentence)."""
    for lifecycle in framework.lifecycles.values():
        yield from _words(lifecycle)
        yield from _states(framework, lifecycle)
        yield from _transitions(framework, lifecycle)
        yield from _groups(framework, lifecycle)
        if lifecycle.initial in lifecycle.states:
            yield from _reach(lifecycle)
    for kind in framework.plan_types.values():
        yield from _outcomes(framework, kind)


def _words(lifecycle: Lifecycle) -> Found:
    file = f"lifecycles/{lifecycle.key}.toml"
    if lifecycle.subject not in SUBJECTS:
        yield f"{file}:subject", _unknown("subject", lifecycle.subject, SUBJECTS)
    if lifecycle.initial not in lifecycle.states:
        yield f"{file}:initial", _unknown("state", lifecycle.initial, lifecycle.states)
    phases = {state.phase for state in lifecycle.states.values()}
    if lifecycle.subject == "plan" and Phase.IN_FORCE not in phases:
        yield f"{file}:states", "No state has the phase in_force. A plan takes effect in one."


def _states(framework: Framework, lifecycle: Lifecycle) -> Found:
    for state in lifecycle.states.values():
        place = f"lifecycles/{lifecycle.key}.toml:states.{state.key}"
        if not state.label.strip():
            yield f"{place}.label", "This state has no label. People will see it."
        if state.stage not in STAGES:
            yield f"{place}.stage", _unknown("stage", state.stage, STAGES)
        if not state.phase:
            yield f"{place}.phase", f"This state has no phase. Choose one of: {', '.join(Phase)}."
        elif state.phase not in tuple(Phase):
            yield f"{place}.phase", _unknown("phase", state.phase, Phase)
        for role in state.editable:
            yield from _role(framework, lifecycle, f"{place}.editable", role)
        yield from _tasks(framework, lifecycle, state, place)


def _tasks(framework: Framework, lifecycle: Lifecycle, state: State, place: str) -> Found:
    steps = _steps(framework, lifecycle)
    for task in state.tasks:
        where = f"{place}.tasks.{task.kind}"
        if not task.label.strip():
            yield f"{where}.label", "This task has no label. People will see it."
        yield from _role(framework, lifecycle, f"{where}.role", task.role)
        for owner, known in steps.items():
            if task.step and task.step not in known:
                yield f"{where}.step", f"There is no step “{task.step}” for {owner}."


def _steps(framework: Framework, lifecycle: Lifecycle) -> dict[str, set[str]]:
    """The steps that must date a lifecycle's tasks, by whose they are.

    A step dates the task of its ``lifecycle_task``; what is made only in some years needs it there.
    An item's dates come from its meeting, so nothing is asked of the years.
    """
    found: dict[str, set[str]] = {}
    for pattern in framework.years:
        if pattern.lifecycle == lifecycle.key:
            own = {rule.lifecycle_task for rule in pattern.steps if not rule.plan_type}
            found[pattern.title] = own
        for kind in framework.plan_types.values():
            if kind.lifecycle == lifecycle.key and kind.made_in(pattern):
                found[f"{kind.title} in {pattern.title}"] = {
                    rule.lifecycle_task for rule in pattern.steps if rule.plan_type == kind.key
                }
    return found


def _transitions(framework: Framework, lifecycle: Lifecycle) -> Found:
    leaving: dict[tuple[str, str], list[Transition]] = defaultdict(list)
    for transition in lifecycle.transitions:
        place = f"lifecycles/{lifecycle.key}.toml:transitions.{transition.action}"
        yield from _transition(framework, lifecycle, transition, place)
        for state in transition.from_:
            leaving[state, transition.action].append(transition)
    for (state, action), transitions in leaving.items():
        guards = {repr(transition.guards) for transition in transitions}
        if len(transitions) > 1 and len(guards) < len(transitions):
            yield (
                f"lifecycles/{lifecycle.key}.toml:transitions.{action}",
                f"Two transitions of “{action}” leave “{state}” and no guard tells them apart.",
            )


def _transition(
    framework: Framework, lifecycle: Lifecycle, transition: Transition, place: str
) -> Found:
    if not transition.label.strip():
        yield f"{place}.label", "This action has no label. People will see it on a button."
    if transition.kind not in TRANSITION_KINDS:
        yield f"{place}.kind", _unknown("kind", transition.kind, TRANSITION_KINDS)
    if transition.reason not in REASONS:
        yield f"{place}.reason", _unknown("choice", transition.reason, REASONS)
    if not transition.roles:
        yield f"{place}.roles", "Nobody may do this. Name at least one role."
    yield from _doer(framework, lifecycle, transition, f"{place}.roles")
    if not transition.from_:
        yield f"{place}.from", "Name at least one state from which this is done."
    for state in transition.from_:
        if state not in lifecycle.states:
            yield f"{place}.from", _unknown("state", state, lifecycle.states)
    if transition.to != STAYS and transition.to not in lifecycle.states:
        yield f"{place}.to", _unknown("state", transition.to, lifecycle.states)
    if transition.is_internal:
        yield from _internal(transition, place)


def _internal(transition: Transition, place: str) -> Found:
    """What an internal act says beside its roles and guards, which is its verb's to say."""
    if transition.to != STAYS:
        yield f"{place}.to", "An internal act leaves the state as it is: write to = “=”."
    for key in ("evidence_guards", "effects"):
        if getattr(transition, key):
            yield f"{place}.{key}", "An internal act has none: its verb does what belongs to it."
    if transition.reason != "none" or transition.comments_required:
        yield f"{place}.reason", "An internal act asks for none: its own page does."


def _groups(framework: Framework, lifecycle: Lifecycle) -> Found:
    """What a group's secretary records as its agreement names the meeting, or how it was given."""
    bodies = {body.secretary: body.key for body in framework.bodies.values() if body.secretary}
    for transition in lifecycle.transitions:
        place = f"lifecycles/{lifecycle.key}.toml:transitions.{transition.action}.evidence_guards"
        asked = [rule for rule in transition.evidence_guards if rule.name == AGREED]
        for rule in asked:
            if rule.args.get("body") not in framework.bodies:
                yield place, _unknown("body", str(rule.args.get("body")), framework.bodies)
        if transition.kind == "forward" and set(transition.roles) <= bodies.keys() and not asked:
            named = bodies[transition.roles[0]] if transition.roles else ""
            yield (
                place,
                "A group’s agreement names its meeting. Add "
                f'{{ rule = "{AGREED}", body = "{named}" }}.',
            )
        for rule in transition.evidence_guards:
            if rule.name == "own_or_by_mail" and rule.args.get("role") not in transition.roles:
                yield place, "Whoever signs in person must be one of the roles of this transition."


def _reach(lifecycle: Lifecycle) -> Found:
    """No state that cannot be reached, no dead end that is not final."""
    onward: dict[str, set[str]] = defaultdict(set)
    for transition in lifecycle.transitions:
        for left in transition.from_:
            if transition.to not in (STAYS, left):
                onward[left].add(transition.to)
    reached, waiting = {lifecycle.initial}, [lifecycle.initial]
    while waiting:
        extra = onward[waiting.pop()] - reached
        reached |= extra
        waiting += extra
    for state in lifecycle.states.values():
        place = f"lifecycles/{lifecycle.key}.toml:states.{state.key}"
        if state.key not in reached:
            yield place, f"No transition leads to this state from “{lifecycle.initial}”."
        if not onward[state.key] and not state.final:
            yield (
                place,
                "Nothing leads on from this state. Add a transition, or write final = true.",
            )


def _outcomes(framework: Framework, kind: PlanType) -> Found:
    lifecycle = framework.lifecycles.get(kind.lifecycle)
    if lifecycle is None:
        return
    offered = {transition.action for transition in lifecycle.transitions}
    if any(framework.routes(kind.key)):
        for action in HELPED_ON:
            if action not in offered:
                yield (
                    f"lifecycles/{lifecycle.key}.toml:transitions.{action}",
                    f"{kind.title} goes before bodies, so this transition is needed.",
                )
    for step in {each: None for route in framework.routes(kind.key) for each in route}:
        for action in OUTCOMES.get(step.verb, ()):
            if action not in offered:
                yield (
                    f"lifecycles/{lifecycle.key}.toml:transitions.{action}",
                    f"{kind.title} goes to “{step.body}” to {step.verb}, "
                    f"so this transition is needed.",
                )


def _doer(framework: Framework, lifecycle: Lifecycle, transition: Transition, place: str) -> Found:
    """Who may do it: what ``_role`` knows, and the words that only acts have."""
    for role in transition.roles:
        permission = role.removeprefix(BY_PERMISSION)
        if permission != role:
            if permission not in permissions.WORDS:
                yield place, _unknown("permission", permission, permissions.WORDS)
        elif role == READER and not transition.is_internal:
            yield place, f"Only an internal act is for everybody who reads the text (“{READER}”)."
        elif role not in (READER, EDITOR) and (role, lifecycle.subject) != (COMMENTER, "item"):
            yield from _role(framework, lifecycle, place, role)


def _role(framework: Framework, lifecycle: Lifecycle, place: str, role: str) -> Found:
    """A role of the framework, or a plan role that every plan type of this lifecycle has."""
    if not role.startswith("@"):
        if role not in framework.roles:
            yield place, _unknown("role", role, framework.roles)
        return
    if role == CONTRIBUTOR:
        return
    for kind in framework.plan_types.values():
        if kind.lifecycle == lifecycle.key and role[1:] not in kind.plan_roles:
            yield place, f"{kind.title} has no plan role “{role[1:]}”. Add it to its plan_roles."
    if lifecycle.subject == "change":
        for kind in framework.plan_types.values():
            if role[1:] not in kind.plan_roles:
                yield (
                    place,
                    f"{kind.title} has no plan role “{role[1:]}”. Add it to its plan_roles.",
                )
    elif lifecycle.subject != "plan":
        yield place, f"Only plans have plan roles, so “{role}” means nobody here. Name a role."


def _unknown(what: str, key: str, known: Iterable[str]) -> str:
    listed = ", ".join(sorted(known))
    return f"There is no {what} “{key}”. Known are: {listed}."
