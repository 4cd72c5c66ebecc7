"""What a framework says, in sentences: routes, needs, rules of days, limits, rhythms, reporting.

The rule that lives here: each is said once, the same wherever it stands; nothing is said that the
framework does not say.
"""

from config import permissions
from config.dates import WEEKDAYS
from config.framework import BodyKind, DayRule, Framework, Limit, PlanType, ReportField, Reporting
from config.governance import TITLES
from cycle.schedule.sentences import days_in_words

SCOPES = {"unit": "The nearest one in the line", "council": "One desk for the council",
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
DESKS = {"author": "Its author", "reviewer": "Its reviewer", "director": "Its director"}
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
    said = ", then ".join(" and ".join(each) for _stage, each in sorted(stages.items()))
    return f"{said}, if the council sends it to members" if kind.route_setting else said


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
    said = f"{days_in_words(rule.days, rule.unit)} {'after' if rule.after else 'before'} {from_}"
    hour = f", by {rule.at}" if rule.at else ""
    nations = [
        f"; in {each.nation.replace('-', ' ').title()} "
        f"{days_in_words(each.days, each.unit or rule.unit)}"
        for each in rule.variants
        if each.nation and not each.until_on and not each.kinds
    ]
    return f"{said[0].upper()}{said[1:]}{hour}{''.join(nations)}"


def bodies_of(framework: Framework, rule: DayRule) -> str:
    """For which bodies a rule of days is: papers have their body in their key."""
    papers = framework.bodies.get(rule.key.removesuffix("_papers"))
    if papers is not None:
        return papers.title
    return ", ".join(BODY_KINDS[kind] for kind in rule.kinds) or "Every body that meets in public"


def limit(each: Limit) -> str:
    """How heavily a limit weighs: what the law fixes, or what is worth a look."""
    return SEVERITIES[each.severity]


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


def told(framework: Framework, each: Reporting) -> tuple[str, str, str]:
    """A report on progress: (how often and on what, by whom, to whom)."""
    plan = framework.plan_types[each.plan_type]
    desk = each.role.removeprefix("@")
    by = DESKS.get(desk, desk) if each.role.startswith("@") else framework.roles[each.role].title
    to = framework.bodies[each.to].title if each.to else "No body: it is done by its day"
    return f"{CADENCES[each.cadence]}, on each {plan.title}", by, to
