"""Every word that the files of patterns, years and published timetables may say, with its meaning.

The rule that lives here: one table. The readers and checks take the words that they accept from it,
the page under Frameworks shows it, and a rule test compares both with the dataclasses; so the page
cannot say less, or something else, than what is read.
"""

from collections.abc import Mapping

Words = Mapping[str, str]

CONDITIONS: Words = {
    "first_after": "The first meeting on or after a day: first_after:10-01. "
    "Instead of the day it takes the key of a step.",
    "last_before": "The last meeting on or before a day, or the day of a step: "
    "last_before:02-28+1.",
    "on": "The meeting on that very day: on:12-09.",
    "report_after": "The first meeting whose report deadline (or supplement, where papers follow) "
    "comes after the day of a step: report_after:cabinet.",
}
ANCHORS: Words = {
    "meeting": "A meeting of the body whose key (or stands_for) is the anchor.",
    "fixed": "A day of the year.",
    "step": "The day of another step, by its key.",
    "event": "An outside event by its kind, such as settlement or election.",
}
UNITS: Words = {
    "working": "Days on which the council works.",
    "clear": "Working days between two days, of which neither counts.",
    "calendar": "Every day.",
    "calendar_clear": "Every day between two days, of which neither counts.",
}
PAPERS: Words = {
    "to_follow": "The agenda names the item and its papers come in a supplement, by the day of the "
    "supplement and not by the report deadline.",
}
PER: Words = {
    "year": "Once in the year.",
    "unit": "Once for each unit.",
    "plan": "Once for each plan of the type.",
}
DECISIONS: Words = {
    "new": "A new plan is written.",
    "refresh": "The plan is brought up to date.",
    "as_is": "The plan is left as it is; parts with branch = true are not made.",
}
YEARLY: Words = {
    "11-10": "10 November of the year in which planning begins.",
    "02-09+1": "9 February of the calendar year after it; +2 is the year after that.",
    "05-thu1": "The first Thursday in May; mon to sun, and 1 to 4.",
}
RHYTHMS: Words = {
    "weekly": "Every week.",
    "monthly 2": "The second such weekday of every month.",
    "5/3 annual, 7/4, 2/4 budget": "Months with the week in them: the third such weekday in May is "
    "the annual meeting, the fourth in July an ordinary one. Months whose meetings are published "
    "are left out.",
}
SPANS: Words = {
    "2018-06-27": "A day.",
    "2018-06": "A month.",
    "2019-01/2019-03": "From one month to another; days may stand there too.",
    "week of 2018-12-10": "Monday to Sunday of the week with that day in it.",
    "early 2018-12": "The 1st to the 10th of the month.",
    "late 2018-12": "From the 21st to the month’s end.",
}
# How a step was published that has no single day; only in rows.csv.
MANNERS: Words = {
    "no day": "The step was published without a day; the one that comes out is shown.",
    "each month 2018-09/2019-03": "A step that comes again each month; the first is compared.",
    "2018-09-11 and 2018-10-09": "Several meetings of a body for one step; one of them comes out.",
}
STEP: Words = {
    "key": "What other steps call it.",
    "title": "What people read.",
    "plan_type": "The plan it is for; left out for the year itself.",
    "per": "How often there is such a step.",
    "role": "Who does it: a role, a plan role such as @author, or system.",
    "lifecycle_task": "The kind of task that has its day (frameworks only).",
    "anchor_kind": "From what its day is counted.",
    "anchor": "The body, day, step or event from which it is counted.",
    "which": "Which meeting: conditions with commas between; the first chooses, the others narrow.",
    "offset": "So many days after the anchor, before it with a minus.",
    "unit": "Which days count in the offset.",
    "at": "The hour, such as 10:00.",
    "expected": "When an event is expected while nobody has said when it is.",
    "predecessors": "The steps that it needs.",
    "papers": "How its papers come to the meeting.",
    "promised_by": "The day by which the pattern promises it; a miss is told, with its meeting.",
    "setting": "The council’s setting that must be on for it to exist.",
    "models": "The governance models under which it exists; all, if left out.",
}
PATTERN: Words = {
    "key": "The name of its file.",
    "title": "What people read.",
    "steps": "The steps, as [[steps]].",
    "plans": "What the steps are for, as [plans.key].",
    "extends": "The pattern from which it takes what it does not say.",
    "without": "The steps of that pattern that it does not have.",
    "source": "Where it comes from.",
    "limits": "What the law fixes, as [limits.key]; as in a framework.",
}
PLAN: Words = {
    "key": "Its name in plan_type.",
    "title": "What people read.",
    "branch": "true: it is made only when it is decided so (decision).",
}
HEAD: Words = {
    "key": "The name of its folder.",
    "title": "What was published.",
    "council": "Whose it is.",
    "source": "Where it was published.",
    "pattern": "The pattern that it follows.",
    "year": "The year in whose May planning begins.",
    "nation": "Whose law and holidays hold.",
    "governance": "The governance model.",
    "clear_days": "Clear days between the publication of an agenda and the meeting.",
    "bodies": "Its bodies, as [bodies.key].",
    "decision": "What was decided about the plan.",
    "to_follow": "The steps whose papers followed their agenda.",
    "supplement_days": "Working days before the meeting until which a supplement was public.",
    "by_rhythm": "true: no meeting is published, and its days come out by rhythms alone.",
    "replaces": "The key of the timetable in whose place it was agreed.",
}
BODY: Words = {
    "key": "Its name in the rows.",
    "title": "What it is called.",
    "weekday": "On which day it usually meets: mon to sun.",
    "rhythm": "How often it meets in months of which nothing is published.",
    "stands_for": "The pattern’s word for it, where several bodies are asked in one step.",
}
COLUMNS: Mapping[str, Words] = {
    "rows.csv": {
        "step": "The step of the pattern.",
        "body": "Of several bodies that a step asks, the one meant.",
        "on": "The day or span that was published.",
        "who": "Who does it, as published.",
        "decides": "Whose resolution ends it, as published.",
        "published": "The words as printed.",
        "at": "The hour that was published, such as 10:30; the step’s own hour is compared.",
    },
    "meetings.csv": {
        "body": "The body.",
        "date": "The day; where held is no also a span.",
        "held": "no: the body does not meet then.",
        "instead_of": "The day that a moved meeting had.",
    },
    "events.csv": {
        "event": "The kind: an anchor of the pattern, or an event of a limit.",
        "date": "The day.",
        "title": "What it is called; left out, its kind.",
    },
}

# What the page shows: a heading, where it is written, and the words.
TABLES: tuple[tuple[str, str, Words], ...] = (
    ("A step", "[[steps]] of a year or pattern", STEP),
    ("From what a day is counted", "anchor_kind", ANCHORS),
    ("Which meeting", "which", CONDITIONS),
    ("Which days count", "unit", UNITS),
    ("How often", "per", PER),
    ("How papers come", "papers", PAPERS),
    ("A day of the year", "anchor, which, expected, promised_by", YEARLY),
    ("How often a body meets", "rhythm", RHYTHMS),
    ("A pattern", "patterns/key.toml", PATTERN),
    ("What a pattern’s steps are for", "[plans.key] of a pattern", PLAN),
    ("A published timetable", "key/timetable.toml", HEAD),
    ("A body of it", "[bodies.key] of timetable.toml", BODY),
    ("What was decided about the plan", "decision", DECISIONS),
    ("A day or a span", "on in rows.csv, date in meetings.csv", SPANS),
    ("No single day", "on in rows.csv", MANNERS),
    *((f"The columns of {file}", f"key/{file}", words) for file, words in COLUMNS.items()),
)
