"""What a framework says, in sentences: routes, needs, rules of days, limits, rhythms, reporting.

The rule that lives here: each is said once, the same wherever it stands; nothing is said that the
framework does not say.
"""

from config import law, permissions
from config.dates import WEEKDAYS, clock_time
from config.framework import (
    BodyKind,
    Framework,
    ItemType,
    PlanType,
    ReportField,
    Reporting,
    Template,
)
from config.governance import TITLES, DayRule, Limit
from cycle import clock
from cycle.schedule.sentences import days_in_words

SCOPES = {"unit": "The nearest one in the line", "council": "One for the council",
          "body": "For each body"}  # fmt: skip
PERMISSIONS = permissions.WORDS
VERBS = {"consider": "considers", "recommend": "recommends", "approve": "approves",
         "adopt": "adopts", "note": "notes"}  # fmt: skip
KINDS = {"plan": "Plans", "item": "Reports to meetings", "year": "Planning years",
         "cycle": "Cycles", "council": "The council"}  # fmt: skip
BODY_KINDS = {"council": "Council", "cabinet": "Cabinet", "committee": "Committees",
              "board": "Boards of officers", "group": "Groups"}  # fmt: skip
CADENCES = {"monthly": "Each month", "quarterly": "Each quarter",
            "six_monthly": "After six months and at the year’s end",
            "yearly": "At the year’s end"}  # fmt: skip
_PLAN_ROLES = {
    "author": "the author",
    "reviewer": "the reviewer",
    "director": "the corporate director",
    "contributor": "whoever was asked for a section",
    "editor": "whoever may change the text then",
    "reader": "whoever reads its text",
    "commenter": "whoever gives comments of a kind that it needs",
}
SEVERITIES = {"blocker": "By law", "warning": "Worth a look"}


def governance(framework: Framework) -> str:
    """The governance model of the councils for which it was written."""
    return TITLES[framework.governance]


def route(framework: Framework, kind: PlanType) -> str:
    """The route of a plan type in one line."""
    steps = framework.route(kind.key)
    if not steps:
        return "No committee: it ends with officers"
    stages: dict[int, list[str]] = {}
    for step in steps:
        title = framework.bodies[step.body].title
        body = f"Each {title.lower()}" if framework.bodies[step.body].many else title
        stages.setdefault(step.stage, []).append(f"{body} {VERBS[step.verb]}")
    sentence = ", then ".join(" and ".join(each) for _stage, each in sorted(stages.items()))
    return f"{sentence}, if the council sends it to members" if kind.route_setting else sentence


def entry_types(framework: Framework, template: Template) -> list[ItemType]:
    """The kinds of entries that the sections of a template hold, in their order."""
    keys = dict.fromkeys(key for each in template.sections for key in each.item_types)
    return [framework.item_types[key] for key in keys]


def prerequisites(kind: PlanType) -> list[tuple[str, str, str]]:
    """What must exist first: (when it is asked, the sentence said when it is missing, weight)."""
    gates = (
        ("Before it starts", kind.start_prerequisites),
        ("Before the final plan", kind.final_prerequisites),
        ("Before it is approved", kind.approve_prerequisites),
    )
    weight = {"block": "Must", "warn": "Can go on with a reason"}
    return [
        (when, prerequisite.sentence, weight[prerequisite.severity])
        for when, given in gates
        for prerequisite in given
    ]


def made(framework: Framework, kind: PlanType) -> str:
    """Who makes it and how often."""
    level = next((each.title for each in framework.levels if each.key == kind.level), kind.level)
    where = "One for the council" if kind.per == "council" else f"One for each {level.lower()}"
    lasts = "for a year" if kind.lasts_years == 1 else f"for {kind.lasts_years} years"
    return f"{where}, {lasts}"


def days(framework: Framework, rule: DayRule) -> str:
    """A rule of days in words: Five clear days before the meeting; in Wales three."""
    start = framework.day_rules.get(rule.counts_from)
    from_ = f"“{start.title}”" if start else "the meeting"
    counted = days_in_words(rule.days, rule.unit)
    words = f"{counted} {'after' if rule.after else 'before'} {from_}"
    hour = f", by {clock_time(rule.at)}" if rule.at else ""
    if rule.law:
        return f"{words[0].upper()}{words[1:]}{hour}{_in_other_nations(rule)}"
    nations = [
        f"; in {each.nation.replace('-', ' ').title()} "
        f"{days_in_words(each.days, each.unit or rule.unit)}"
        for each in rule.variants
        if each.nation and not each.until_on and not each.kinds
    ]
    return f"{words[0].upper()}{words[1:]}{hour}{''.join(nations)}"


def _in_other_nations(rule: DayRule) -> str:
    """What the law of other nations says under a rule, where its number of days is another."""
    kind, today = next(iter(rule.kinds), ""), clock.today()
    found = []
    for nation, name in law.NATIONS.items():
        row = law.row_for(rule.law, nation, today, kind)
        if row is not None and row.answer == "none":
            found.append(f"; in {name} there is no such rule")
        elif row is None or row.answer == "unknown":
            found.append(f"; in {name} no rule is known")
        elif row.answer == "days" and (row.days, row.unit) != (rule.days, rule.unit):
            found.append(f"; in {name} {days_in_words(row.days, row.unit)}")
    return "".join(found)


def bodies_of(framework: Framework, rule: DayRule) -> str:
    """For which bodies a rule of days is: papers have their body in their key."""
    papers = framework.bodies.get(rule.key.removesuffix("_papers"))
    if papers is not None:
        return papers.title
    return ", ".join(BODY_KINDS[kind] for kind in rule.kinds) or "Every body that meets in public"


def limit(each: Limit) -> str:
    """How heavily a limit weighs: what the law fixes, or what is worth a look."""
    return SEVERITIES[each.severity]


def nations(each: Limit) -> str:
    """For which nations a limit is."""
    return ", ".join(law.NATIONS[nation] for nation in each.nations) or "All"


def meets(body: BodyKind) -> str:
    """When a body usually meets; a council's own calendar comes first."""
    if not body.rhythm:
        return "Not said"
    day = next(name for name in WEEKDAYS if name.lower().startswith(body.weekday))
    often = {"weekly": "each week"}.get(body.rhythm)
    if often is None:
        monthly = body.rhythm.startswith("monthly")
        often = "each month" if monthly else f"{body.rhythm.count(',') + 1} times a year"
    return f"{day}s at {body.time}, {often}"


def answered(field: ReportField) -> str:
    """What a heading of the report asks for."""
    rows = ", ".join(field.rows)
    if field.kind == "grid":
        return f"An answer, if only “None”, for each of: {rows}"
    if field.kind == "consulted":
        return f"Yes or no, and where or how, for each of: {rows}"
    return field.hint or "Text"


def plan_role(name: str) -> str:
    """Who is meant by a word of a lifecycle such as ``@author``."""
    return _PLAN_ROLES.get(name[1:], name[1:].replace("_", " "))


def reporting_words(framework: Framework, each: Reporting) -> tuple[str, str, str]:
    """A report on progress: (how often and on what, by whom, to whom)."""
    plan = framework.plan_types[each.plan_type]
    by = framework.roles[each.role].title if each.role[0] != "@" else plan_role(each.role)
    to = framework.bodies[each.to].title if each.to else "No body: it is done by its day"
    return f"{CADENCES[each.cadence]}, on each {plan.title}", by[:1].upper() + by[1:], to
