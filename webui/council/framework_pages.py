"""What the pages show of a framework: its plan types and how each kind of thing moves, drawn and
in words, never more than it says."""

from dataclasses import dataclass

from config import permissions
from config.framework import Framework, PlanType
from config.lifecycles.shape import (
    CONSEQUENCE,
    INTERNAL,
    OUTCOME,
    Lifecycle,
    State,
    Transition,
)
from cycle.errors import NotFound
from webui.charts.svg import Picture, lifecycle_picture
from webui.council import framework_words
from workflows.council.reading_frameworks import GONE, FrameworkPage

# What is not drawn: what leads nowhere and may be done from many states.
UNDRAWN = ("side", CONSEQUENCE, INTERNAL)


@dataclass(frozen=True)
class Step:
    """One transition of a lifecycle, in words."""

    before: str
    action: str
    by: str
    after: str
    asks: str


@dataclass(frozen=True)
class LifecyclePage:
    """How one kind of thing moves: a picture and the same as a table."""

    page: FrameworkPage
    title: str
    picture: Picture
    steps: list[Step]
    states: list[tuple[str, str, str]]
    used_by: list[str]


def plan_type(found: FrameworkPage, key: str) -> PlanType:
    """One plan type of it. Raises NotFound."""
    if key not in found.framework.plan_types:
        raise NotFound(GONE)
    return found.framework.plan_types[key]


def lifecycle_page(found: FrameworkPage, key: str) -> LifecyclePage:
    """How one kind of thing moves. Raises NotFound."""
    framework = found.framework
    if key not in framework.lifecycles:
        raise NotFound(GONE)
    drawn = framework.lifecycles[key]
    names = _names(drawn)
    return LifecyclePage(
        page=found,
        title=drawn.title,
        picture=picture_of(drawn),
        steps=[_step(framework, names, transition) for transition in drawn.transitions],
        states=[
            (name, drawn.states[key].stage, _tasks(drawn.states[key]))
            for key, name in names.items()
        ],
        used_by=[kind.plural for kind in framework.plan_types.values() if kind.lifecycle == key],
    )


def picture_of(drawn: Lifecycle) -> Picture:
    """A lifecycle as a picture: its states and the transitions between them."""
    transitions = [
        (before, transition.label, transition.leads_to(before))
        for transition in drawn.transitions
        for before in transition.from_
        if _is_drawn(transition)
    ]
    name = drawn.title[0].lower() + drawn.title[1:]
    states = list(_names(drawn).items())
    return lifecycle_picture(states, transitions, name=f"the {name}", picture_id="way")


def _is_drawn(transition: Transition) -> bool:
    """Whether it leads on, or back, or its turning around is a step of its own."""
    stays = transition.kind == OUTCOME and transition.to == "="
    return transition.kind not in UNDRAWN and not stays


def _names(drawn: Lifecycle) -> dict[str, str]:
    """The states from the first one on, as the transitions reach them; equal labels with their
    stage."""
    order = [drawn.initial]
    for at in order:
        for transition in drawn.transitions:
            if (
                at in transition.from_
                and _is_drawn(transition)
                and transition.to not in ("=", *order)
            ):
                order.append(transition.to)
    order += [key for key in drawn.states if key not in order]
    labels = [state.label for state in drawn.states.values()]
    return {key: _name(drawn.states[key], labels) for key in order}


def _name(state: State, labels: list[str]) -> str:
    """A label, with its stage where another state has the same label and it does not say it."""
    if labels.count(state.label) == 1 or state.stage.lower() in state.label.lower():
        return state.label
    return f"{state.label} ({state.stage.lower()})"


def _tasks(state: State) -> str:
    return ", ".join(task.label for task in state.tasks)


def _step(framework: Framework, names: dict[str, str], transition: Transition) -> Step:
    asks = {"required": "A reason", "optional": "A note, if wanted"}.get(transition.reason, "")
    parts = [asks, "comments beside sections" if transition.comments_required else ""]
    return Step(
        before=", ".join(names[each] for each in names if each in transition.from_),
        action=transition.label,
        by=_doers(framework, transition),
        after="Stays there" if transition.to == "=" else names[transition.to],
        asks="What its own page asks for"
        if transition.is_internal
        else ", ".join(part for part in parts if part) or "Nothing more",
    )


def _doers(framework: Framework, transition: Transition) -> str:
    if transition.kind == OUTCOME:
        return "A resolution of the body"
    if transition.kind == CONSEQUENCE:
        return "Follows from another act"
    names = []
    for role in transition.roles:
        if role == permissions.BY_ITSELF:
            by_day = transition.kind == "system"
            names.append("Plancycle, when its day comes" if by_day else "Plancycle, by itself")
        elif role.startswith("@"):
            names.append(framework_words.plan_role(role))
        else:
            names += [framework.roles[key].title for key in framework.roles_of(role, "")]
    words = " or ".join(names)
    return words[:1].upper() + words[1:]
