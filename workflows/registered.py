"""Every rule that lifecycles name, and every source of tasks: whoever acts imports this first.

The rule that lives here: a module that registers something stands in this list; the rule tests
compare it with the code.
"""

from workflows.meetings import standstill
from workflows.plans import agreements, asking, effects, guards, progress_reports
from workflows.reports import due, guards as report_guards
from workflows.timetable import change_guards

MODULES = (
    agreements,
    asking,
    change_guards,
    due,
    effects,
    guards,
    progress_reports,
    report_guards,
    standstill,
)
