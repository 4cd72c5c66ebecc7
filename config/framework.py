"""The typed shape of a framework: what a council's planning framework may say.

A framework is data (``frameworks/<key>/``). ``config.framework_loader`` reads and checks it; the
database keeps each published edition as JSON (``config.editions``), and subjects pin theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.governance import MODELS, DayRule, Limit
from config.lifecycles.shape import BY_PERMISSION, COMMENTER, Lifecycle
from config.rules import StepRule


@dataclass(frozen=True)
class Level:
    """A level of the structure, the widest first."""

    key: str
    title: str


@dataclass(frozen=True)
class Role:
    """``scope``: unit (nearest holder up the line), council (one queue for all), body.

    ``permissions`` are what it lets people do beside its tasks, such as ``manage_people``
    (``config.permissions``). ``answers_to`` and ``team`` are how councils usually fill it: to which
    role its postholder answers, and whether several people share its work.
    """

    key: str
    title: str
    scope: str
    permissions: tuple[str, ...] = ()
    answers_to: str = ""
    team: bool = False
    source: str = ""


@dataclass(frozen=True)
class BodyKind:
    """A body that the framework speaks of; a council may have several (service committees).

    ``weekday``, ``time`` and ``rhythm`` (see ``config.rhythm``) say how often it usually meets,
    for dates without a council's own calendar. ``models``: the governance models under which it
    exists (empty: all). A cabinet is the executive: key decisions and call-in are its alone.
    """

    key: str
    title: str
    kind: str  # council | cabinet | committee | board | group
    public: bool
    verbs: tuple[str, ...]  # what its terms of reference let it do (G17)
    many: bool = False
    secretary: str = ""  # the role that records what a board or group said
    weekday: str = ""
    time: str = ""
    rhythm: str = ""
    keeps_recess: bool = True
    models: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Field:
    """A field of an item. ``kind``: text, long, number, money, choice, date. Of a date:
    ``within_plan``: it lies in the years of its plan; ``after``: not before this other date."""

    key: str
    title: str
    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""
    within_plan: bool = False
    after: str = ""


@dataclass(frozen=True)
class ItemType:
    """A typed row: an outcome, a measure, an action, a bid. ``parents`` is the golden thread;
    ``informs`` the plan type that is drafted from such rows, so that they are proposed before."""

    key: str
    title: str
    plural: str
    fields: tuple[Field, ...]
    parents: tuple[str, ...] = ()
    parent_required: bool = False
    informs: str = ""
    source: str = ""


@dataclass(frozen=True)
class Inherit:
    """Items or text that come from another plan and are never retyped (B8)."""

    plan_type: str
    section: str
    only_for_unit: bool = False  # rows whose ``service`` field names the plan's own unit


@dataclass(frozen=True)
class SectionTemplate:
    """A section of a template. ``gate``: from which gate on it is asked for ("" = always)."""

    key: str
    title: str
    kind: str  # text | items
    guidance: str
    required: bool
    item_types: tuple[str, ...] = ()
    gate: str = ""
    inherit: Inherit | None = None
    carry_over: bool = True  # last year's words are the starting point
    source: str = ""


@dataclass(frozen=True)
class Template:
    """What a plan of a type contains."""

    key: str
    title: str
    number: int
    sections: tuple[SectionTemplate, ...]
    checklist: tuple[str, ...] = ()  # the standards check's questions (F16)


@dataclass(frozen=True)
class RouteStep:
    """A stage of a route. Several bodies of one kind share a stage and are all waited for.

    ``choose``: ``remit`` (those whose remit holds the plan's unit), ``all``. ``comments``: kinds
    that the report to this body needs beside the plan type's own (the s.25 report to Council).
    """

    stage: int
    body: str
    verb: str  # consider | recommend | approve | adopt | note
    choose: str = "all"
    step: str = ""  # the timetable step at which the report is due
    comments: tuple[str, ...] = ()
    models: tuple[str, ...] = ()  # the governance models under which it is asked; empty: all


@dataclass(frozen=True)
class Prerequisite:
    """What must exist first: a plan of ``plan_type`` that has reached ``milestone``.

    ``milestone``: outcomes_issued, proposals_agreed, recommended, approved, in_force.
    ``which``: same_year, previous_year, own_unit (same unit and year), every_unit.
    ``severity``: block, or warn (can be overridden with a reason).
    """

    plan_type: str
    milestone: str
    which: str
    severity: str
    sentence: str
    years: tuple[int, ...] = (1, 2, 3, 4)


@dataclass(frozen=True)
class PlanType:
    """A kind of plan. ``plan_roles`` names the role behind each (``@author``, ``@reviewer``).

    ``choices``: the year variants in which one is made (empty: all). It takes effect on 1
    April, ``years_ahead`` years after the planning year began (0: it is for that year itself), and
    ends when the plan that replaces it does, or a later one of the type ``until``.
    """

    key: str
    title: str
    plural: str
    prefix: str
    per: str  # council | unit
    level: str  # the level of unit that makes it, when per unit
    lasts_years: int
    years: tuple[int, ...]  # the planning years in which one is made
    branch: bool  # Years 2-4: made only when the year's decision is new or refresh
    lifecycle: str
    template: str
    plan_roles: Mapping[str, str]
    route: tuple[RouteStep, ...] = ()
    route_setting: str = ""  # the council setting that sends it to members at all
    one_report: bool = False  # many plans of the type go in one report
    start_prerequisites: tuple[Prerequisite, ...] = ()
    final_prerequisites: tuple[Prerequisite, ...] = ()  # of the second gate
    approve_prerequisites: tuple[Prerequisite, ...] = ()
    comments: tuple[str, ...] = ("finance", "constitutional")  # that its reports need
    choices: tuple[str, ...] = ()
    years_ahead: int = 1
    until: str = ""
    source: str = ""

    def made_in(self, pattern: "YearPattern") -> bool:
        """Whether years of this pattern can make one."""
        fits = not self.choices or pattern.choice in self.choices
        return fits and bool(set(pattern.numbers) & set(self.years))


@dataclass(frozen=True)
class YearPattern:
    """The steps of a planning year; ``numbers`` are the years of the cycle that follow it (A2).

    Of the patterns of a year one is ``usual``. A ``choice`` (``fast``, ``autumn``, ``with_budget``,
    ``interim``) names a variant of such a year, for people who choose with its title and
    ``description``. In a file, one that ``extends`` another is not usual and says only how it
    differs: its steps change what they say of the step with their key, or are added; those named in
    ``without`` go. A published edition has neither word (``config.edition_upgrades``). ``routes``
    are those of the plan types that take another one.
    """

    key: str
    title: str
    numbers: tuple[int, ...]
    lifecycle: str
    steps: tuple[StepRule, ...]
    choice: str = ""
    usual: bool = True
    extends: str = ""
    without: tuple[str, ...] = ()
    routes: Mapping[str, tuple[RouteStep, ...]] = field(default_factory=dict)
    description: str = ""
    source: str = ""


@dataclass(frozen=True)
class Setting:
    """A choice that the framework leaves to the council, with its usual value."""

    key: str
    title: str
    default: Any
    source: str = ""


@dataclass(frozen=True)
class ReportField:
    """A heading of the committee report; ``required`` ones are answered, if only with “None”.

    ``kind``: ``text``; ``grid`` (each of ``rows`` is answered with text, “None” or “N/A”);
    ``consulted`` (each of ``rows`` is answered yes or no, and where or how).
    """

    key: str
    title: str
    required: bool = True
    kind: str = "text"
    rows: tuple[str, ...] = ()
    hint: str = ""
    source: str = ""


@dataclass(frozen=True)
class CommentKind:
    """Comments that named officers sign on a report. ``own``: only the first role, in person."""

    key: str
    title: str
    roles: tuple[str, ...]
    own: bool = False
    source: str = ""


@dataclass(frozen=True)
class Reporting:
    """How often progress on a plan is reported, and to whom (H1 to H6): tasks and their dates.

    ``cadence``: monthly, quarterly, six_monthly (six months and year end), yearly; counted from 1
    April on which the plan takes effect. ``ready``: so many working days after the period's end
    it can be ready. ``to``: the body that it goes to, by the report deadline of its first meeting
    for which that is in time; "" with no body: due when it can be ready. ``role``: who does it (a
    role, or a plan role such as ``@author``).
    """

    key: str
    title: str
    plan_type: str
    cadence: str
    role: str
    ready: int
    to: str = ""
    source: str = ""


@dataclass(frozen=True)
class Framework:
    """A whole framework."""

    key: str
    title: str
    source: str
    number: int
    levels: tuple[Level, ...]
    roles: Mapping[str, Role]
    bodies: Mapping[str, BodyKind]
    item_types: Mapping[str, ItemType]
    templates: Mapping[str, Template]
    plan_types: Mapping[str, PlanType]
    lifecycles: Mapping[str, Lifecycle]
    years: tuple[YearPattern, ...]
    settings: Mapping[str, Setting]
    day_rules: Mapping[str, DayRule]
    governance: str = "committee_system"  # or executive: the model that its councils usually have
    limits: Mapping[str, Limit] = field(default_factory=dict)
    report_title: str = "Committee report"
    report_fields: Mapping[str, ReportField] = field(default_factory=dict)
    comments: Mapping[str, CommentKind] = field(default_factory=dict)
    reporting: Mapping[str, Reporting] = field(default_factory=dict)

    def year_pattern(self, number: int, choice: str = "") -> YearPattern:
        """The pattern that planning year ``number`` (1 to 4) follows: the usual one, or a choice.

        Raises LookupError for a choice that such a year does not have.
        """
        for pattern in self.year_variants(number):
            if pattern.choice == choice if choice else pattern.usual:
                return pattern
        raise LookupError(choice)

    def year_variants(self, number: int) -> tuple[YearPattern, ...]:
        """Every variant of planning year ``number``, the usual one first."""
        found = [pattern for pattern in self.years if number in pattern.numbers]
        return tuple(sorted(found, key=lambda each: not each.usual))

    def role_at(self, name: str, plan_type: str) -> str:
        """The role of this name; of a plan role (``@author``) the one behind it for a
        plan type, "" when the type has no such plan role."""
        if not name.startswith("@"):
            return name
        kind = self.plan_types.get(plan_type)
        return kind.plan_roles.get(name[1:], "") if kind else ""

    def roles_of(self, name: str, plan_type: str) -> tuple[str, ...]:
        """Every role that a name of a lifecycle means for a plan type: one for a role or a plan
        role, more for a permission or for who comments on reports; none where it means nobody by
        their role."""
        if name.startswith(BY_PERMISSION):
            permission = name.removeprefix(BY_PERMISSION)
            return tuple(key for key, each in self.roles.items() if permission in each.permissions)
        if name == COMMENTER:
            return tuple(dict.fromkeys(r for each in self.comments.values() for r in each.roles))
        role = self.role_at(name, plan_type)
        return (role,) if role else ()

    def route(self, plan_type: str, pattern: str = "", model: str = "") -> tuple[RouteStep, ...]:
        """The bodies that a plan of this type passes in a year that follows this pattern, under a
        governance model (empty: that which its councils usually have)."""
        kind = self.plan_types[plan_type]
        routes = next((each.routes for each in self.years if each.key == pattern), {})
        under = model or self.governance
        return tuple(
            step for step in routes.get(plan_type, kind.route) if under in self.models_of(step)
        )

    def models_of(self, step: RouteStep | StepRule) -> tuple[str, ...]:
        """The governance models under which a step exists: its own, else those of its body."""
        named = step.anchor if isinstance(step, StepRule) else step.body
        at_body = not isinstance(step, StepRule) or step.anchor_kind == "meeting"
        body = self.bodies.get(named) if at_body else None
        return step.models or (body.models if body else ()) or MODELS

    def routes(self, plan_type: str) -> tuple[tuple[RouteStep, ...], ...]:
        """Every route that plans of this type can have, the usual one first."""
        own = [each.routes[plan_type] for each in self.years if plan_type in each.routes]
        return tuple(dict.fromkeys([self.plan_types[plan_type].route, *own]))
