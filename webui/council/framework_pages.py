"""Which frameworks there are, and what the pages show of each, never more than it says.

The rule that lives here: published editions come from the record; what comes with the product and
is not published can be read all the same, and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import framework_loader, permissions
from config.framework import Framework, Lifecycle, PlanType, State, Transition
from cycle import council_facts
from cycle.errors import NotFound
from cycle.models import Council, FrameworkVersion, Subject
from webui.charts.svg import Picture, lifecycle_picture
from workflows.framework import versions as pinned

GONE = "There is no such framework here."
DESKS = {"author": "the author", "reviewer": "the reviewer", "director": "the corporate director",
         "contributor": "whoever was asked for a section"}  # fmt: skip


@dataclass(frozen=True)
class Edition:
    """One edition and how many things run under it; ``published_at`` is None for one that comes
    with the product and is not published here."""

    id: int
    key: str
    number: int
    title: str
    published_at: datetime | None
    sha256: str
    in_use: int


@dataclass(frozen=True)
class FrameworkPage:
    """An edition with its contents; ``latest`` is the number of the newest edition, ``chosen``
    what this council chose of it (empty: the council does not run under it), ``in_order`` whether
    its lists stand in the order in which they were written."""

    edition: Edition
    framework: Framework
    latest: int
    chosen: Mapping[str, Any] = field(default_factory=dict)
    in_order: bool = True


@dataclass(frozen=True)
class Step:
    """One way from state to state, in words."""

    before: str
    action: str
    by: str
    after: str
    asks: str


@dataclass(frozen=True)
class WayPage:
    """How one kind of thing moves: a picture and the same as a table."""

    page: FrameworkPage
    title: str
    picture: Picture
    steps: list[Step]
    states: list[tuple[str, str, str]]
    used_by: list[str]


def editions(session: Session) -> list[Edition]:
    """Every published edition, the newest first."""
    used = func.count(Subject.id)
    rows = session.execute(
        select(FrameworkVersion, used)
        .outerjoin(Subject, Subject.framework_version_id == FrameworkVersion.id)
        .group_by(FrameworkVersion.id)
        .order_by(FrameworkVersion.published_at.desc(), FrameworkVersion.id.desc())
    )
    return [_edition(version, count) for version, count in rows]


def _edition(version: FrameworkVersion, in_use: int) -> Edition:
    title = pinned.of_version(version).title
    return Edition(
        version.id,
        version.key,
        version.number,
        title,
        version.published_at,
        version.sha256,
        in_use,
    )


def unpublished(session: Session) -> list[Framework]:
    """The frameworks that come with the product and that this council has not published."""
    published = set(session.scalars(select(FrameworkVersion.key)))
    return [_shipped(key) for key in framework_loader.available() if key not in published]


@lru_cache
def _shipped(key: str) -> Framework:
    return framework_loader.load(key)


def _unpublished(key: str, number: int | None) -> FrameworkPage:
    framework = _shipped(key)
    if number not in (None, framework.number):
        raise NotFound(GONE)
    edition = Edition(0, key, framework.number, framework.title, None, "", 0)
    return FrameworkPage(edition, framework, framework.number)


def page(session: Session, key: str, number: int | None) -> FrameworkPage:
    """An edition of a framework; the newest when no number is given. Raises NotFound."""
    of_key = [each for each in editions(session) if each.key == key]
    found = next((each for each in of_key if number in (None, each.number)), None)
    if found is None and not of_key and key in framework_loader.available():
        return _unpublished(key, number)
    if found is None:
        raise NotFound(GONE)
    version = session.get_one(FrameworkVersion, found.id)
    framework = pinned.of_version(version)
    return FrameworkPage(
        found,
        framework,
        latest=max(each.number for each in of_key),
        chosen=_chosen(session, found, framework),
        in_order=pinned.is_in_order(version),
    )


def _chosen(session: Session, edition: Edition, framework: Framework) -> dict[str, Any]:
    own = session.scalars(select(Council.framework_version_id)).first()
    if own != edition.id:
        return {}
    return {
        key: council_facts.fact(session, key, each.default)
        for key, each in framework.settings.items()
    }


def plan_type(found: FrameworkPage, key: str) -> PlanType:
    """One plan type of it. Raises NotFound."""
    if key not in found.framework.plan_types:
        raise NotFound(GONE)
    return found.framework.plan_types[key]


def way(found: FrameworkPage, key: str) -> WayPage:
    """How one kind of thing moves. Raises NotFound."""
    framework = found.framework
    if key not in framework.lifecycles:
        raise NotFound(GONE)
    drawn = framework.lifecycles[key]
    names = _names(drawn)
    return WayPage(
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
        (before, transition.label, before if transition.to == "=" else transition.to)
        for transition in drawn.transitions
        for before in transition.from_
        if transition.kind != "side"
    ]
    name = drawn.title[0].lower() + drawn.title[1:]
    states = list(_names(drawn).items())
    return lifecycle_picture(states, transitions, name=f"the {name}", picture_id="way")


def _names(drawn: Lifecycle) -> dict[str, str]:
    """The states from the first one on, as the transitions reach them; equal labels with their
    stage."""
    order = [drawn.initial]
    for at in order:
        for transition in drawn.transitions:
            if (
                at in transition.from_
                and transition.kind != "side"
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
        asks=", ".join(part for part in parts if part) or "Nothing more",
    )


def _doers(framework: Framework, transition: Transition) -> str:
    if transition.kind == "outcome":
        return "A resolution of the body"
    names = []
    for role in transition.roles:
        if role == permissions.BY_ITSELF:
            names.append("Plancycle, when its day comes")
        elif role.startswith("@"):
            names.append(DESKS.get(role[1:], role[1:].replace("_", " ")))
        else:
            names.append(framework.roles[role].title)
    said = " or ".join(names)
    return said[:1].upper() + said[1:]
