"""Every rule and act that lifecycles name, every source of tasks: who acts imports this first.

The rule that lives here: a module that registers something stands in this list; the rule tests
compare it with the code.
"""

from workflows.meetings import corrections, dependents, standstill, waivers
from workflows.plans import agreements, asking, comments, effects, guards, plans, progress_reports
from workflows.queues import chasing
from workflows.reports import due, guards as report_guards, writing
from workflows.timetable import change_guards

MODULES = (
    agreements,
    asking,
    change_guards,
    chasing,
    comments,
    corrections,
    dependents,
    due,
    effects,
    guards,
    plans,
    progress_reports,
    report_guards,
    standstill,
    waivers,
    writing,
)
