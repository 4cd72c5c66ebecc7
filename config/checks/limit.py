"""What a framework says about the law's limits and about bodies that meet must be able to work.

The rules that live here: a limit has what its kind needs, and names what exists; a step hangs only
on a body that meets. Events are the council's own, so a framework may name any.
"""

from collections.abc import Collection, Iterator

from config.dates import parse_yearly
from config.framework import Framework
from config.governance import MODELS, Limit
from config.law import NATIONS
from config.problems import known
from config.rhythm import parse_rhythm

LIMIT_KINDS = ("before", "second_meeting", "sensitive")
LIMIT_SEVERITIES = ("blocker", "warning")

# What each kind cannot do without.
_NEEDED = {
    "before": ("steps", "day"),
    "second_meeting": ("steps", "body", "days"),
    "sensitive": ("until_event",),
}

Found = Iterator[tuple[str, str]]


def limit_problems(framework: Framework) -> Found:
    """Every fault of the limits, and of the rhythms on which the steps hang."""
    steps = {rule.key for pattern in framework.years for rule in pattern.steps}
    for limit in framework.limits.values():
        yield from limit_shape_problems(limit)
        yield from _limit_names(framework, limit, steps)
    yield from _rhythms(framework)
    yield from _never_meets(framework)


def limit_shape_problems(limit: Limit) -> Found:
    """What a limit lacks, or says that nobody understands, whatever it is about."""
    place = f"governance.toml:limits.{limit.key}"
    yield from known(f"{place}.kind", "kind of limit", limit.kind, LIMIT_KINDS)
    yield from known(f"{place}.severity", "severity", limit.severity, LIMIT_SEVERITIES)
    if not limit.sentence.strip():
        yield f"{place}.sentence", "Say in a sentence what people read when this is not kept."
    if not limit.source.strip():
        yield f"{place}.source", "Say which law or rule this comes from."
    for name in _NEEDED.get(limit.kind, ()):
        if not getattr(limit, name):
            yield f"{place}.{name}", f"A limit of the kind {limit.kind} needs this."
    if limit.kind == "sensitive" and not (limit.from_event or limit.days):
        yield f"{place}.from_event", "Say with which event it begins, or how many days before."
    for nation in limit.nations:
        yield from known(f"{place}.nations", "nation", nation, NATIONS)
    if limit.days < 0:
        yield f"{place}.days", "The number of days cannot be below nought."
    if limit.day:
        try:
            parse_yearly(limit.day)
        except ValueError as problem:
            yield f"{place}.day", str(problem)


def _limit_names(framework: Framework, limit: Limit, steps: Collection[str]) -> Found:
    place = f"governance.toml:limits.{limit.key}"
    for step in limit.steps:
        yield from known(f"{place}.steps", "step", step, steps)
    if limit.body:
        yield from known(f"{place}.body", "body", limit.body, framework.bodies)
    for name in ("setting", "not_setting"):
        setting = getattr(limit, name)
        if setting:
            yield from known(f"{place}.{name}", "setting", setting, framework.settings)
    for model in limit.models:
        yield from known(f"{place}.models", "governance model", model, MODELS)


def _rhythms(framework: Framework) -> Found:
    for body in framework.bodies.values():
        if body.rhythm:
            try:
                parse_rhythm(body.weekday, body.time, body.rhythm, body.keeps_recess)
            except ValueError as problem:
                yield f"framework.toml:bodies.{body.key}.rhythm", str(problem)


def _never_meets(framework: Framework) -> Found:
    """Steps at a body that does not say how often it meets, told once for each pattern and body."""
    for pattern in framework.years:
        seen = set()
        for rule in pattern.steps:
            body = framework.bodies.get(rule.anchor) if rule.anchor_kind == "meeting" else None
            if body is None or body.rhythm or body.key in seen:
                continue
            seen.add(body.key)
            yield (
                f"years/{pattern.key}.toml:steps.{rule.key}.anchor",
                f"{body.title} never meets. Give it a weekday, a time and a rhythm in "
                f"framework.toml:bodies.{body.key}.",
            )
