"""A council made up for a simulation: so many services, everyone whom the framework asks for.

The rule that lives here: five services to a division and three divisions to a department, each
with its manager or director and each department with its committee; bodies meet by the rhythm of
an English county with an autumn pattern.
"""

from collections.abc import Iterator
from datetime import date

from config.council import Body, Closure, Council, Holding, PapersRule, Person, Post, Unit
from config.dates import parse_time
from config.rhythm import parse_rhythm

KEY = "simulated"
PER_DIVISION = 5
PER_DEPARTMENT = 15
SERVICES = (
    "Housing", "Parks", "Highways", "Waste", "Planning", "Libraries", "Trading Standards",
    "Adult Care", "Public Health", "Fostering", "Early Help", "Schools", "Transport", "Museums",
    "Registration", "Property", "Procurement", "Digital", "Finance", "People", "Legal",
    "Elections", "Audit", "Customer Services", "Communications", "Revenues", "Benefits",
    "Licensing", "Environmental Health", "Economic Growth", "Skills", "Youth Work", "Carers",
    "Reablement", "Road Safety", "Countryside", "Flood Risk", "Archives", "Catering", "Fleet",
)  # fmt: skip
_DIVISIONS = ("Homes", "Places", "Care", "Learning", "Assets", "Support", "Growth", "Safety")
_DEPARTMENTS = ("Communities", "Families", "Environment", "Resources", "Economy", "Wellbeing")
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
# Posts of the whole council: key, title, role, line.
_TOP = (
    ("chief-executive", "Chief Executive", "chief_executive", None),
    ("head-of-strategy", "Head of Strategy", "head_of_strategy", "chief-executive"),
    ("support-1", "Planning support officer", "support_service", "head-of-strategy"),
    ("support-2", "Planning support officer", "support_service", "head-of-strategy"),
    ("monitoring-officer", "Monitoring Officer", "monitoring_officer", "chief-executive"),
    ("s151-officer", "Section 151 Officer", "s151_officer", "chief-executive"),
    ("democratic", "Head of Democratic Services", "head_of_democratic_services", None),
    ("clerk-1", "Committee clerk", "clerk", "democratic"),
    ("clerk-2", "Committee clerk", "clerk", "democratic"),
    ("finance-comments-1", "Finance comments", "finance_commenter", "s151-officer"),
    ("finance-comments-2", "Finance comments", "finance_commenter", "s151-officer"),
    ("finance-partner", "Finance partner", "finance_partner", "s151-officer"),
    ("constitution", "Constitutional comments", "constitutional_commenter", "monitoring-officer"),
    ("auditor", "Internal auditor", "auditor", "chief-executive"),
    ("administrator", "Administrator", "administrator", "head-of-strategy"),
    ("leader", "Leader of the Council", "leader", None),
)
_COMMITTEE = "6/2, 9/3, 10/3, 11/3, 1/3, 2/3"
_SERVICE_DAYS = ("mon 10:30", "mon 14:00", "tue 10:30", "tue 14:00", "thu 10:30", "thu 14:00")


def simulated(units: int, start: int, years: int) -> Council:
    """A council of ``units`` services whose cycle starts in ``start``; the same for the same
    numbers. Its calendar reaches a year beyond the last planning year."""
    services = list(_services(units))
    structure = {unit.key: unit for unit in services}
    posts = {post.key: post for post in _posts(services)}
    span = range(start - 1, start + years + 2)
    return Council(
        key=KEY,
        name="Simulated Council",
        cycles=(start,),
        settings={"service_plans_to_members": False},
        units=structure,
        posts=posts,
        people={each.key: each for each in _people(posts)},
        bodies={body.key: body for body in _bodies(services)},
        closures=tuple(
            Closure(date(year, 12, 24), date(year + 1, 1, 2), "Christmas and New Year closure")
            for year in span
        ),
        recesses=tuple(
            Closure(date(year, 7, 26), date(year, 9, 4), "Summer recess") for year in span
        ),
    )


def _services(count: int) -> Iterator[Unit]:
    yield Unit(key="council", name="Simulated Council", level="council")
    for number in range(count):
        department, division = number // PER_DEPARTMENT, number // PER_DIVISION
        if number % PER_DEPARTMENT == 0:
            yield Unit(
                key=_department(department),
                name=_numbered(_DEPARTMENTS, department),
                level="department",
                parent="council",
            )
        if number % PER_DIVISION == 0:
            yield Unit(
                key=f"division-{division + 1}",
                name=_numbered(_DIVISIONS, division),
                level="division",
                parent=_department(department),
            )
        key = _numbered(SERVICES, number).lower().replace(" ", "-")
        yield Unit(
            key=key,
            name=_numbered(SERVICES, number),
            level="service",
            parent=f"division-{division + 1}",
        )
        yield Unit(
            key=f"{key}-team", name=f"{_numbered(SERVICES, number)} team", level="team", parent=key
        )


def _numbered(names: tuple[str, ...], number: int) -> str:
    """The names in turn; from the second round on with a number."""
    name, again = names[number % len(names)], number // len(names)
    return f"{name} {again + 1}" if again else name


def _department(number: int) -> str:
    return f"department-{number + 1}"


_OF_LEVEL = {
    "department": ("Corporate Director", "corporate_director"),
    "division": ("Service Director", "service_director"),
    "service": ("Group Manager", "group_manager"),
    "team": ("Team Manager", "team_manager"),
}


def _posts(units: list[Unit]) -> Iterator[Post]:
    for key, title, role, line in _TOP:
        yield Post(key=key, title=title, role=role, unit="council", line=line)
    for unit in units:
        if unit.level in _OF_LEVEL:
            title, role = _OF_LEVEL[unit.level]
            line = "chief-executive" if unit.level == "department" else f"post-{unit.parent}"
            yield Post(
                key=f"post-{unit.key}",
                title=f"{title}, {unit.name}",
                role=role,
                unit=unit.key,
                line=line,
            )
    for key, role, body, title in (
        ("clt-secretary", "clt_secretary", "clt", "Secretary, Corporate Leadership Team"),
        (
            "group-secretary",
            "performance_group_secretary",
            "performance_group",
            "Secretary, Performance and Strategy Group",
        ),
    ):
        yield Post(key=key, title=title, role=role, body=body, line="head-of-strategy")


def _people(posts: dict[str, Post]) -> Iterator[Person]:
    """One person for each post, each with a name that nobody else has."""
    for number, key in enumerate(posts):
        first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]
        again = number // (len(_FIRST) * len(_LAST))
        name = f"{first} {last}" + (f" {again + 1}" if again else "")
        address = f"{name.lower().replace(' ', '.')}@simulated.example"
        yield Person(
            key=f"person-{number + 1}", name=name, email=address, posts=(Holding(post=key),)
        )


def _bodies(units: list[Unit]) -> Iterator[Body]:
    yield _body(
        "council", "Council", "council", "council", "thu 10:30",
        "5/3 annual, 7/3, 9/4, 12/2, 2/4 budget, 3/4",
    )  # fmt: skip
    yield _body(
        "policy_committee", "Policy Committee", "policy_committee", "committee", "wed 10:30",
        "5/3, 6/2, 7/2, 9/3, 10/2, 11/2, 12/2, 1/2, 2/1, 3/2, 4/1",
    )  # fmt: skip
    departments = [unit for unit in units if unit.level == "department"]
    for number, unit in enumerate(departments):
        yield _body(
            f"committee_{number + 1}", f"{unit.name} Committee", "service_committee", "committee",
            _SERVICE_DAYS[number % len(_SERVICE_DAYS)], _COMMITTEE, (unit.key,),
        )  # fmt: skip
    yield _body("clt", "Corporate Leadership Team", "clt", "board", "tue 09:30", "weekly")
    yield _body(
        "performance_group", "Performance and Strategy Group", "performance_group", "group",
        "thu 14:00", "monthly 2",
    )  # fmt: skip


def _body(
    key: str,
    name: str,
    framework_key: str,
    kind: str,
    when: str,
    pattern: str,
    considers: tuple[str, ...] = (),
) -> Body:
    weekday, at = when.split()
    public = kind in ("council", "committee")
    return Body(
        key=key,
        name=name,
        short_name=name,
        framework_key=framework_key,
        kind=kind,
        public=public,
        size=60 if kind == "council" else 11,
        quorum=15 if kind == "council" else 4,
        considers=considers,
        rhythm=parse_rhythm(weekday, at, pattern, keeps_recess=public),
        final_report=PapersRule(7, "working", parse_time("10:00")) if public else None,
    )
