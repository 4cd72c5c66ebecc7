"""A council made up for a simulation: so many services, everyone whom the framework asks for.

The rules that live here: five services to a unit above them and three of those to the next; the
roles of units belong to the levels below the council in the framework's order, the widest first; a
body of which there are many is one for each of the widest units; bodies meet by the framework's
rhythm.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from config import permissions
from config.council import Appointment, Body, Closure, Council, PapersRule, Person, Post, Unit
from config.dates import parse_time
from config.framework import BodyKind, Framework, Role
from config.rhythm import parse_rhythm

KEY = "simulated"
PER_UNIT, PER_WIDER = 5, 3
SERVICES = (
    "Housing", "Parks", "Highways", "Waste", "Planning", "Libraries", "Trading Standards",
    "Adult Care", "Public Health", "Fostering", "Early Help", "Schools", "Transport", "Museums",
    "Registration", "Property", "Procurement", "Digital", "Finance", "People", "Legal",
    "Elections", "Audit", "Customer Services", "Communications", "Revenues", "Benefits",
    "Licensing", "Environmental Health", "Economic Growth", "Skills", "Youth Work", "Carers",
    "Reablement", "Edge Safety", "Countryside", "Flood Risk", "Archives", "Catering", "Fleet",
)  # fmt: skip
_NEXT = ("Homes", "Places", "Care", "Learning", "Assets", "Support", "Growth", "Safety")
_WIDEST = ("Communities", "Families", "Environment", "Resources", "Economy", "Wellbeing")
_FIRST = (
    "Alice", "Bryn", "Chidi", "Dilys", "Emeka", "Farah", "Glenys", "Hugh", "Ines", "Jamal",
    "Kasia", "Leon", "Maeve", "Nadia", "Owen", "Priya", "Quentin", "Rosa", "Sanjay", "Tessa",
    "Umar", "Vera", "Wen", "Xenia", "Yusuf", "Zoe",
)  # fmt: skip
_LAST = (
    "Adeyemi", "Bailey", "Chandra", "Davies", "Ellis", "Foster", "Griffiths", "Hussain", "Irving",
    "Jones", "Kaur", "Lewis", "Morgan", "Nowak", "Okafor", "Patel", "Quinn", "Rees", "Shah",
    "Taylor", "Underwood", "Vaughan", "Walker", "Young",
)  # fmt: skip
_DAYS_OF_MANY = ("mon 10:30", "mon 14:00", "tue 10:30", "tue 14:00", "thu 10:30", "thu 14:00")


def simulated(framework: Framework, units: int, start: int, years: int) -> Council:
    """A council of ``units`` services whose cycle starts in ``start``; the same for the same
    numbers. Its calendar reaches a year beyond the last planning year."""
    services = list(_units(framework, units))
    structure = {unit.key: unit for unit in services}
    posts = {post.key: post for post in _posts(framework, services)}
    span = range(start - 1, start + years + 2)
    return Council(
        key=KEY,
        name="Simulated Council",
        cycles=(start,),
        units=structure,
        posts=posts,
        people={each.key: each for each in holders(posts)},
        bodies={body.key: body for body in _bodies(framework, services)},
        closures=tuple(
            Closure(date(year, 12, 24), date(year + 1, 1, 2), "Christmas and New Year closure")
            for year in span
        ),
        recesses=tuple(
            Closure(date(year, 7, 26), date(year, 9, 4), "Summer recess") for year in span
        ),
    )


def _units(framework: Framework, count: int) -> Iterator[Unit]:
    """The council, and each service with the units above it and a team below it."""
    levels = [level.key for level in framework.levels]
    at = levels.index(service_level(framework))
    yield Unit(key="council", name="Simulated Council", level=levels[0])
    for number in range(count):
        parent = "council"
        for depth in range(1, at):
            size = PER_UNIT * PER_WIDER ** (at - 1 - depth)
            key = f"{levels[depth]}-{number // size + 1}"
            if number % size == 0:
                names = _WIDEST if depth == 1 else _NEXT
                name = _numbered(names, number // size)
                yield Unit(key=key, name=name, level=levels[depth], parent=parent)
            parent = key
        name = _numbered(SERVICES, number)
        key = name.lower().replace(" ", "-")
        yield Unit(key=key, name=name, level=levels[at], parent=parent)
        if at + 1 < len(levels):
            team = f"{key}-team"
            yield Unit(key=team, name=f"{name} team", level=levels[at + 1], parent=key)


def service_level(framework: Framework) -> str:
    """The narrowest level of whose units each makes plans of its own."""
    levels = [level.key for level in framework.levels]
    made = [each.level for each in framework.plan_types.values() if each.per == "unit"]
    return max(made, key=levels.index)


def _numbered(names: tuple[str, ...], number: int) -> str:
    """The names in turn; from the second round on with a number."""
    name, again = names[number % len(names)], number // len(names)
    return f"{name} {again + 1}" if again else name


def _posts(framework: Framework, units: list[Unit]) -> Iterator[Post]:
    """One post for each role at its place; of some a team."""
    council = [
        role
        for role in framework.roles.values()
        if role.scope == "council" and role.key != permissions.BY_ITSELF
    ]
    for role in council:
        for number in (1, 2) if role.team else (1,):
            yield Post(
                key=f"{role.key}-{number}",
                title=role.title,
                role=role.key,
                unit="council",
                line=_line(framework, role),
            )
    yield from _unit_posts(framework, units)
    for body in framework.bodies.values():
        known = framework.roles.get(body.secretary)
        if known is not None and known.scope == "body":
            title = f"{known.title}"
            yield Post(key=f"{body.key}-secretary", title=title, role=known.key, body=body.key)


def _line(framework: Framework, role: Role) -> str | None:
    """The post to which those of a role answer: the first of the role that the framework says."""
    return f"{role.answers_to}-1" if role.answers_to in framework.roles else None


def _unit_posts(framework: Framework, units: list[Unit]) -> Iterator[Post]:
    below = [level.key for level in framework.levels[1:]]
    roles = [role for role in framework.roles.values() if role.scope == "unit"]
    of_level = dict(zip(below, roles, strict=False))
    for unit in units:
        role = of_level.get(unit.level)
        if role is None:
            continue
        top = unit.parent == "council"
        above = _line(framework, role) if top else f"post-{unit.parent}"
        yield Post(
            key=f"post-{unit.key}",
            title=f"{role.title}, {unit.name}",
            role=role.key,
            unit=unit.key,
            line=above,
        )


def holders(posts: Mapping[str, Post]) -> Iterator[Person]:
    """One person for each post, each with a name that nobody else has."""
    for number, key in enumerate(posts):
        first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]
        again = number // (len(_FIRST) * len(_LAST))
        name = f"{first} {last}" + (f" {again + 1}" if again else "")
        address = f"{name.lower().replace(' ', '.')}@simulated.example"
        yield Person(
            key=f"person-{number + 1}", name=name, email=address, posts=(Appointment(post=key),)
        )


def _bodies(framework: Framework, units: list[Unit]) -> Iterator[Body]:
    widest = [unit for unit in units if unit.parent == "council"]
    for kind in framework.bodies.values():
        if kind.models and framework.governance not in kind.models:
            continue
        if not kind.many:
            yield _body(framework, kind, kind.key, kind.title, f"{kind.weekday} {kind.time}")
            continue
        for number, unit in enumerate(widest):
            when = _DAYS_OF_MANY[number % len(_DAYS_OF_MANY)]
            name = f"{unit.name}: {kind.title}"
            key = f"{kind.key}_{number + 1}"
            yield _body(framework, kind, key, name, when, (unit.key,))


def _body(
    framework: Framework,
    kind: BodyKind,
    key: str,
    name: str,
    when: str,
    considers: tuple[str, ...] = (),
) -> Body:
    weekday, at = when.split()
    rule = framework.day_rules["final_report"]
    papers = PapersRule(rule.days, rule.unit, parse_time(rule.at) if rule.at else None)
    return Body(
        key=key,
        name=name,
        short_name=name,
        framework_key=kind.key,
        kind=kind.kind,
        public=kind.public,
        size=60 if kind.kind == "council" else 11,
        quorum=15 if kind.kind == "council" else 4,
        considers=considers,
        rhythm=parse_rhythm(weekday, at, kind.rhythm, keeps_recess=kind.keeps_recess),
        final_report=papers if kind.public else None,
    )
