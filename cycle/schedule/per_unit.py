"""One step for each unit that makes the plan, and for each body that it goes to. Pure.

The rules that live here: the plan of a unit goes to the bodies whose remit holds it, so its steps
may have dates of their own; units of the same bodies share one dating. Where a step is at several
bodies each has its own copy, before its own meeting; a step that follows waits for the last of
them. A unit's step waits for the same unit's, a step of the whole council for all of them.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from config.rules import StepRule
from cycle.schedule.checks import Late
from cycle.schedule.dating import Dating, Remit
from cycle.schedule.graph import point_of
from cycle.schedule.parts import Dated, Problem, StepInstance
from cycle.schedule.passes import Link, Passes, Point

# A point of the graph that is no step: many for which others wait, taken together.
_HUB = "*"


@dataclass(frozen=True)
class PlanUnit:
    """A unit that makes a plan of a type. ``remit`` names the bodies that its plan goes to, by
    the framework's key for their kind; of a kind that it does not name all are asked."""

    key: str
    remit: Remit = field(default_factory=dict)


@dataclass(frozen=True)
class _Piece:
    """A step of one unit at one body, before its float is known."""

    key: str
    rule: StepRule
    unit: str
    title: str
    dated: Dated


@dataclass(frozen=True)
class Spread:
    """The copies of all steps, the problems of units whose own bodies do not meet in time, what is
    late, and how many units have each step."""

    copies: tuple[StepInstance, ...]
    problems: tuple[Problem, ...]
    late: tuple[Late, ...]
    units: Mapping[str, int]


def expand_per_unit(
    dating: Dating,
    units: Mapping[str, Sequence[PlanUnit]],
    last_days: Mapping[str, date],
    links: Sequence[Link],
    as_of: date | None = None,
    done: Collection[str] = (),
) -> Spread:
    """Every step for each of its units (by plan type) and bodies, with its own float.

    ``links`` are those between the rules; ``done`` names the copies that are done, by the step's
    key and the unit's ("draft:parks"). A step of a plan type that ``units`` does not name has one
    copy for the whole council.
    """
    pieces, problems = _Pieces(dating, units).all()
    by_key = {piece.key: piece for each in pieces.values() for piece in each}
    graph = _Graph(pieces)
    for link in links:
        graph.join(link)
    points = _points(pieces, dating, last_days) | graph.hubs
    passes = Passes(points, graph.links, dating.calendar)
    done_copies = {key for key, piece in by_key.items() if _key(piece.rule.key, piece.unit) in done}

    def meets_next(key: str, ready_on: date) -> date | None:
        piece = by_key[key]
        return dating.meetings.all_ready(piece.dated.meetings, ready_on, piece.rule.papers)

    floats = passes.floats(as_of, done_copies, meets_next)
    copies = tuple(
        StepInstance(
            piece.key,
            piece.rule.key,
            piece.unit,
            piece.title,
            replace(piece.dated, **vars(floats[piece.key])),
            tuple(graph.predecessors.get(piece.key, ())),
        )
        for piece in by_key.values()
    )
    late_keys = {name for each in copies if each.dated.late_days for name in (each.key, each.rule)}
    late = tuple(
        Late(
            dating.rules[each.rule],
            each.dated,
            passes.missed.get(each.key),
            bool(late_keys.intersection(each.predecessors)),
        )
        for each in copies
        if each.dated.late_days
    )
    count = {key: len({piece.unit for piece in each}) for key, each in pieces.items()}
    return Spread(copies, problems, late, count)


def _points(
    pieces: Mapping[str, Sequence[_Piece]], dating: Dating, last_days: Mapping[str, date]
) -> dict[str, Point]:
    points: dict[str, Point] = {}
    for rule, each in pieces.items():
        same: dict[int, Point] = {}  # units of one dating share the very object, so the point too
        for piece in each:
            if id(piece.dated) not in same:
                point = point_of(piece.rule, piece.dated, dating.calendar, last_days.get(rule))
                same[id(piece.dated)] = point
            points[piece.key] = same[id(piece.dated)]
    return points


class _Pieces:
    """The copies of every step; a dating for each plan type and remit, made once."""

    def __init__(self, dating: Dating, units: Mapping[str, Sequence[PlanUnit]]):
        self.dating = dating
        self.units = units
        self.own: dict[tuple[str, object], Dating] = {}

    def all(self) -> tuple[dict[str, list[_Piece]], tuple[Problem, ...]]:
        pieces = {key: list(self._of(rule)) for key, rule in self.dating.rules.items()}
        known = [problem for own in self.own.values() for problem in own.problems]
        new = [each for each in dict.fromkeys(known) if each not in self.dating.problems]
        return pieces, tuple(new)

    def _of(self, rule: StepRule) -> Iterator[_Piece]:
        """The step for each of its units, in the order given, and for each body."""
        if rule.per == "year" or rule.plan_type not in self.units:
            yield from _at_bodies(self.dating, rule, "")
            return
        for unit in self.units[rule.plan_type]:
            yield from _at_bodies(self._dating_of(rule.plan_type, unit.remit), rule, unit.key)

    def _dating_of(self, plan_type: str, remit: Remit) -> Dating:
        if not remit:
            return self.dating
        remit_key = (plan_type, frozenset((body, frozenset(only)) for body, only in remit.items()))
        if remit_key not in self.own:
            keys = {
                key
                for key, rule in self.dating.rules.items()
                if rule.plan_type == plan_type and rule.per != "year"
            }
            self.own[remit_key] = self.dating.within(remit, keys)
        return self.own[remit_key]


def _at_bodies(dating: Dating, rule: StepRule, unit: str) -> Iterator[_Piece]:
    dated = dating.dated.get(rule.key)
    if dated is None:
        return
    if len(dated.meetings) < 2:
        title = dated.meetings[0].title if dated.meetings else ""
        yield _Piece(_key(rule.key, unit), rule, unit, title, dated)
        return
    for meeting in dated.meetings:
        own = dating.at(rule, meeting)
        yield _Piece(_key(rule.key, unit, _slug(meeting.title)), rule, unit, meeting.title, own)


class _Graph:
    """The links between the copies: about as many as there are copies, whoever waits for whom."""

    def __init__(self, pieces: Mapping[str, Sequence[_Piece]]):
        self.pieces = pieces
        self.links: list[Link] = []
        self.hubs: dict[str, Point] = {}
        self.predecessors: dict[str, list[str]] = {}

    def join(self, link: Link) -> None:
        """The copies of the two steps of a link that belong together: same unit, same body."""
        befores = self.pieces.get(link.before, ())
        afters = self.pieces.get(link.after, ())
        if not befores or not afters:
            return
        units = _by(befores, "unit")
        one_kind = befores[0].rule.anchor == afters[0].rule.anchor
        for unit, mine in _by(afters, "unit").items():
            its = units.get(unit, befores)
            titles = _by(its, "title") if one_kind else {}
            for piece in mine:
                self._tie(link, titles.get(piece.title, its), piece, shared=len(afters) > 1)

    def _tie(self, link: Link, befores: Sequence[_Piece], after: _Piece, *, shared: bool) -> None:
        names = [piece.key for piece in befores]
        # Many that wait for the same many wait for one point between them.
        if len(names) > 1 and shared and len(names) == len(self.pieces[link.before]):
            names = [link.before]
            waited = [self._hub(link.before, befores)]
        else:
            waited = names
        self.links += [replace(link, before=name, after=after.key) for name in waited]
        if link.before in after.rule.predecessors and link.kind != "before":
            self.predecessors.setdefault(after.key, []).extend(names)

    def _hub(self, rule: str, befores: Sequence[_Piece]) -> str:
        hub = f"{_HUB}{rule}"
        if hub not in self.hubs:
            self.hubs[hub] = Point(max(each.dated.due_on for each in befores), joins=True)
            self.links += [Link(piece.key, hub, "need") for piece in befores]
        return hub


def _by(pieces: Sequence[_Piece], name: str) -> dict[str, list[_Piece]]:
    found: dict[str, list[_Piece]] = {}
    for piece in pieces:
        found.setdefault(getattr(piece, name), []).append(piece)
    return found


def _key(*parts: str) -> str:
    return ":".join(part for part in parts if part)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")
