"""What a framework's parts say about each other: everything that is named must exist.

The rule that lives here: a framework that reads well can still not work; each function finds one
kind of fault and tells it as (``file:key``, sentence). Lifecycles have their own file beside this.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from config import permissions
from config.checks.day_rule import day_rule_problems
from config.checks.lifecycle import lifecycle_problems
from config.checks.limit import limit_problems
from config.checks.model import model_problems
from config.checks.order import order_problems
from config.checks.reporting import reporting_problems
from config.choices import unread_settings
from config.framework import (
    Field,
    Framework,
    Inherit,
    ItemType,
    PlanType,
    Prerequisite,
    RouteStep,
    YearPattern,
)
from config.problems import known
from config.rules import StepRule, step_rule_problems

BODY_KINDS = ("council", "cabinet", "committee", "board", "group")
FIELD_KINDS = ("text", "long", "number", "money", "choice", "date")
MILESTONES = ("outcomes_issued", "proposals_agreed", "recommended", "approved", "in_force")
# Reached before a plan is approved by an effect of its lifecycle alone.
BY_EFFECT = ("outcomes_issued", "proposals_agreed")
SCOPES = ("unit", "council", "body")
SECTION_KINDS = ("text", "items", "dates")
SEVERITIES = ("block", "warn")
VERBS = ("consider", "recommend", "approve", "adopt", "note")
WHICH = ("same_year", "previous_year", "own_unit", "every_unit")

Found = Iterator[tuple[str, str]]


def cross_problems(framework: Framework) -> Found:
    """Every fault between the parts of a framework whose shape is right."""
    yield from _labels(framework)
    yield from _structure(framework)
    yield from _choices(framework)
    yield from _items(framework)
    yield from _templates(framework)
    for kind in framework.plan_types.values():
        yield from _plan_type(framework, kind)
    yield from _years(framework)
    yield from limit_problems(framework)
    yield from lifecycle_problems(framework)
    yield from reporting_problems(framework)
    yield from order_problems(framework)
    yield from model_problems(framework)


def _labels(framework: Framework) -> Found:
    """What is shown to people has a name."""
    named: dict[str, dict[str, Mapping[str, Any]]] = {
        "framework.toml": {"roles": framework.roles, "bodies": framework.bodies},
        "items.toml": {"item_types": framework.item_types},
        "plan_types.toml": {"plan_types": framework.plan_types},
        "governance.toml": {"settings": framework.settings, "day_rules": framework.day_rules},
    }
    for file, tables in named.items():
        for table, entries in tables.items():
            for key, entry in entries.items():
                if not entry.title.strip():
                    yield f"{file}:{table}.{key}.title", "This has no name yet. People will see it."


def _structure(framework: Framework) -> Found:
    """Levels, roles, bodies and day rules use words that the product knows."""
    levels = [level.key for level in framework.levels]
    for key in {each for each in levels if levels.count(each) > 1}:
        yield f"framework.toml:levels.{key}", "Two levels have this key."
    yield from _permissions(framework)
    for role in framework.roles.values():
        place = f"framework.toml:roles.{role.key}"
        yield from known(f"{place}.scope", "scope", role.scope, SCOPES)
        for permission in role.permissions:
            yield from known(f"{place}.permissions", "permission", permission, permissions.WORDS)
        if role.answers_to:
            yield from known(f"{place}.answers_to", "role", role.answers_to, framework.roles)
    for body in framework.bodies.values():
        place = f"framework.toml:bodies.{body.key}"
        yield from known(f"{place}.kind", "kind of body", body.kind, BODY_KINDS)
        for verb in body.verbs:
            yield from known(f"{place}.verbs", "verb", verb, VERBS)
        if body.secretary:
            yield from known(f"{place}.secretary", "role", body.secretary, framework.roles)
    yield from day_rule_problems(framework.day_rules, BODY_KINDS)


def _permissions(framework: Framework) -> Found:
    """Every permission that the product needs is somebody's; vacancies go to one post alone."""
    for key, without in permissions.NEEDED.items():
        if not permissions.roles_with(framework, key):
            yield "framework.toml:roles", f"No role has the permission “{key}”: {without}."
    catching = permissions.roles_with(framework, permissions.TAKE_VACANCIES)
    for key in catching[1:]:
        yield (
            f"framework.toml:roles.{key}.permissions",
            f"Vacancies go to one role alone, and that is “{catching[0]}”.",
        )
    if catching and framework.roles[catching[0]].scope != "council":
        yield (
            f"framework.toml:roles.{catching[0]}.scope",
            "Vacancies of the whole council go to this role, so its scope is “council”.",
        )
    if permissions.BY_ITSELF not in framework.roles:
        yield (
            "framework.toml:roles",
            f"There is no role “{permissions.BY_ITSELF}”, and it is needed: it does what happens "
            "by its date.",
        )


def _choices(framework: Framework) -> Found:
    """A choice of the council is read: by the product, or by a step, a limit or a route."""
    for key in unread_settings(framework):
        yield (
            f"governance.toml:settings.{key}",
            "Nothing reads this choice, so it changes nothing. Leave it out, or name it in a step, "
            "a limit or a route.",
        )


def _items(framework: Framework) -> Found:
    """Item types have fields that can be shown and parents that exist (the golden thread)."""
    for item_type in framework.item_types.values():
        place = f"items.toml:item_types.{item_type.key}"
        for parent in item_type.parents:
            yield from known(f"{place}.parents", "item type", parent, framework.item_types)
        if item_type.parent_required and not item_type.parents:
            yield f"{place}.parents", "A parent is required, but none is named."
        for field in item_type.fields:
            where = f"{place}.fields.{field.key}"
            yield from known(f"{where}.kind", "kind of field", field.kind, FIELD_KINDS)
            if (field.kind == "choice") != bool(field.choices):
                yield (
                    f"{where}.choices",
                    "Choices belong to a field of kind choice, and only there.",
                )
            yield from _dates(item_type, field, where)


def _dates(item_type: ItemType, field: Field, where: str) -> Found:
    """What is said of a date is said of a date, and of another one of the same entry."""
    if field.within_plan and field.kind != "date":
        yield f"{where}.within_plan", "Only a date lies in the years of a plan."
    others = {each.key for each in item_type.fields if each.kind == "date"} - {field.key}
    if field.after and (field.kind != "date" or field.after not in others):
        yield f"{where}.after", f"“{field.after}” is no other date of this kind of entry."


def _templates(framework: Framework) -> Found:
    for template in framework.templates.values():
        file = f"templates/{template.key}.toml"
        keys = [section.key for section in template.sections]
        for section in template.sections:
            place = f"{file}:sections.{section.key}"
            if keys.count(section.key) > 1:
                yield place, "Two sections have this key."
            if not section.title.strip():
                yield f"{place}.title", "This has no name yet. People will see it."
            if not section.guidance.strip():
                yield f"{place}.guidance", "Say in a sentence what to write here."
            yield from known(f"{place}.kind", "kind of section", section.kind, SECTION_KINDS)
            if section.kind == "items" and not section.item_types:
                yield f"{place}.item_types", "Say which item types this section holds."
            for item_type in section.item_types:
                yield from known(
                    f"{place}.item_types", "item type", item_type, framework.item_types
                )
            if section.inherit is not None:
                yield from _inherits(framework, f"{place}.inherit", section.inherit)


def _inherits(framework: Framework, place: str, inherit: Inherit) -> Found:
    kinds = framework.plan_types
    plan_type = kinds.get(inherit.plan_type)
    if plan_type is None:
        yield from known(f"{place}.plan_type", "plan type", inherit.plan_type, kinds)
        return
    template = framework.templates.get(plan_type.template)
    keys = [each.key for each in template.sections] if template else []
    yield from known(f"{place}.section", f"section of {plan_type.title}", inherit.section, keys)


def _plan_type(framework: Framework, kind: PlanType) -> Found:
    place = f"plan_types.toml:plan_types.{kind.key}"
    levels = [level.key for level in framework.levels]
    yield from known(f"{place}.per", "way of making plans", kind.per, ("council", "unit"))
    yield from known(f"{place}.level", "level", kind.level, levels)
    yield from known(f"{place}.lifecycle", "lifecycle", kind.lifecycle, framework.lifecycles)
    yield from known(f"{place}.template", "template", kind.template, framework.templates)
    for plan_role, role in kind.plan_roles.items():
        yield from known(f"{place}.plan_roles.{plan_role}", "role", role, framework.roles)
    if kind.route_setting:
        yield from known(
            f"{place}.route_setting", "setting", kind.route_setting, framework.settings
        )
    variants = {pattern.choice for pattern in framework.years if pattern.choice}
    for choice in kind.choices:
        yield from known(f"{place}.choices", "way of running a year", choice, variants)
    if kind.until:
        yield from known(f"{place}.until", "plan type", kind.until, framework.plan_types)
    if kind.years_ahead not in (0, 1):
        yield f"{place}.years_ahead", "A plan is for the planning year itself (0) or the next (1)."
    same = [each.key for each in framework.plan_types.values() if each.prefix == kind.prefix]
    if len(same) > 1:
        yield f"{place}.prefix", f"These plan types share a prefix: {', '.join(same)}."
    yield from _route(framework, place, kind)
    for list_name in ("start_prerequisites", "final_prerequisites", "approve_prerequisites"):
        for prerequisite in getattr(kind, list_name):
            yield from _prerequisite(
                framework, f"{place}.{list_name}.{prerequisite.plan_type}", prerequisite
            )


def _route(framework: Framework, place: str, kind: PlanType) -> Found:
    for step in kind.route:
        yield from _stop(framework, f"{place}.route.{step.body}", step)
    for pattern in framework.years:
        own = pattern.routes.get(kind.key)
        keys = [rule.key for rule in pattern.steps]
        for step in kind.route if own is None else own:
            where = f"{place}.route.{step.body}"
            if own is not None:
                where = f"years/{pattern.key}.toml:routes.{kind.key}.{step.body}"
                yield from _stop(framework, where, step)
            if step.step and kind.made_in(pattern) and step.step not in keys:
                yield f"{where}.step", f"There is no step “{step.step}” in {pattern.title}."


def _stop(framework: Framework, where: str, step: RouteStep) -> Found:
    """A body on a route exists, and may do what it is asked to do."""
    yield from known(f"{where}.verb", "verb", step.verb, VERBS)
    yield from known(f"{where}.choose", "way to choose", step.choose, ("all", "remit"))
    body = framework.bodies.get(step.body)
    if body is None:
        yield from known(f"{where}.body", "body", step.body, framework.bodies)
    elif step.verb in VERBS and step.verb not in body.verbs:
        yield (
            f"{where}.verb",
            f"The terms of reference of {body.title} do not let it {step.verb}.",
        )


def _prerequisite(framework: Framework, place: str, prerequisite: Prerequisite) -> Found:
    yield from known(
        f"{place}.plan_type", "plan type", prerequisite.plan_type, framework.plan_types
    )
    yield from known(f"{place}.milestone", "milestone", prerequisite.milestone, MILESTONES)
    yield from known(f"{place}.which", "way to choose", prerequisite.which, WHICH)
    yield from known(f"{place}.severity", "severity", prerequisite.severity, SEVERITIES)
    if not prerequisite.sentence.strip():
        yield f"{place}.sentence", "Say in a sentence what people read when this is missing."
    kind = framework.plan_types.get(prerequisite.plan_type)
    if prerequisite.milestone in BY_EFFECT and kind and kind.lifecycle in framework.lifecycles:
        effects = {
            (rule.name, rule.args.get("gate"))
            for transition in framework.lifecycles[kind.lifecycle].transitions
            for rule in transition.effects
        }
        if ("milestone", prerequisite.milestone) not in effects:
            yield (
                f"{place}.milestone",
                f"Nothing in the lifecycle of {kind.title} reaches “{prerequisite.milestone}” "
                "before it is approved; write “approved”, or reach it by the effect “milestone”.",
            )


def _years(framework: Framework) -> Found:
    """Each of the four years has one usual pattern, and the steps of all name what exists."""
    usual = [pattern for pattern in framework.years if pattern.usual]
    numbers = sorted(number for pattern in usual for number in pattern.numbers)
    if numbers != [1, 2, 3, 4]:
        named = ", ".join(str(number) for number in numbers) or "none"
        yield (
            "years:numbers",
            f"Each of the years 1 to 4 needs one usual pattern; the usual patterns name: {named}.",
        )
    by_key = {pattern.key: pattern for pattern in framework.years}
    for pattern in framework.years:
        file = f"years/{pattern.key}.toml"
        base = by_key.get(pattern.extends)
        yield from _variant(framework, file, pattern)
        yield from known(f"{file}:lifecycle", "lifecycle", pattern.lifecycle, framework.lifecycles)
        # What is taken over is told where it is written.
        known_already = step_rule_problems(base.steps) if base else []
        for key, sentence in step_rule_problems(pattern.steps):
            if (key, sentence) not in known_already:
                yield f"{file}:steps.{key}", sentence
        for rule in pattern.steps:
            if base is None or rule not in base.steps:
                yield from _step(framework, pattern, rule)


def _variant(framework: Framework, file: str, pattern: YearPattern) -> Found:
    """A variant of a year is told apart from the others by whoever chooses it."""
    others = [each for each in framework.years if each is not pattern]
    if pattern.title in [each.title for each in others]:
        yield f"{file}:title", f"Another pattern is called “{pattern.title}” too."
    if not pattern.usual and not pattern.choice:
        yield f"{file}:choice", "Give this way of running the year a name to choose it by."
    if pattern.choice and not pattern.description.strip():
        yield f"{file}:description", "Say in a sentence or two how such a year runs."
    for each in others:
        if pattern.choice and each.choice == pattern.choice:
            for number in sorted(set(each.numbers) & set(pattern.numbers)):
                yield f"{file}:choice", f"{each.title} has this choice in Year {number} too."
    for key in pattern.routes:
        yield from known(f"{file}:routes.{key}", "plan type", key, framework.plan_types)


def _step(framework: Framework, pattern: YearPattern, rule: StepRule) -> Found:
    place = f"years/{pattern.key}.toml:steps.{rule.key}"
    if not rule.title.strip():
        yield f"{place}.title", "This has no name yet. People will see it."
    plan_type = framework.plan_types.get(rule.plan_type)
    if rule.plan_type and plan_type is None:
        yield from known(f"{place}.plan_type", "plan type", rule.plan_type, framework.plan_types)
    if rule.role.startswith("@"):
        plan_roles = plan_type.plan_roles if plan_type else {}
        yield from known(f"{place}.role", "plan role", rule.role[1:], plan_roles)
    elif rule.role:
        yield from known(f"{place}.role", "role", rule.role, framework.roles)
    if rule.anchor_kind == "meeting":
        yield from known(f"{place}.anchor", "body", rule.anchor, framework.bodies)
    if rule.setting:
        yield from known(f"{place}.setting", "setting", rule.setting, framework.settings)
