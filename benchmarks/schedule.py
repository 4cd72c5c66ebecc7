"""``make bench``: four years of a framework solved for more and more services.

Each size is the four planning years of ``nottinghamshire-smf`` with Borsetshire's meetings, where
so many services each make their plans; the last column says how much more a step costs than in the
smallest. It judges nothing by its exit code: machines differ.
"""

import argparse
import json
import sys
import time
from datetime import date

from config import choices, framework_loader
from config.council import COUNCILS
from config.council_loading import load_council
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, PlanUnit, Solution, solve

SIZES = (1_000, 8_000, 25_000, 50_000, 100_000)
RUNS = 5
START = 2027


class Council:
    """Borsetshire's meetings for the four years, with as many services as are asked for."""

    def __init__(self) -> None:
        self.framework = framework_loader.load("nottinghamshire-smf")
        self.council = load_council(COUNCILS / "borsetshire")
        self.calendar = Calendar.of(self.council)
        committees = self.council.framework_bodies()["service_committee"]
        self.committees = [body.name for body in committees]
        self.meetings = [self._years(START + ahead) for ahead in range(4)]

    def _years(self, year: int) -> list[Meeting]:
        span = (date(year, 4, 1), date(year + 2, 8, 1))
        found = []
        for each in self.council.meetings_between(*span, self.calendar.is_working):
            body = self.council.bodies[each.body]
            rule = body.final_report
            due_on = self.calendar.add_working(each.on, -rule.days) if rule else None
            found.append(Meeting(body.framework_key, each.on, body.name, each.kind, due_on))
        return found

    def solved(self, services: int) -> list[Solution]:
        """The four years, with a calendar that has counted nothing yet."""
        calendar = Calendar.of(self.council)
        settings = choices.usual_settings(self.framework) | {"service_plans_to_members": True}
        framework, model = self.framework, self.framework.governance
        units = [
            PlanUnit(f"s{n}", {"service_committee": [self.committees[n % len(self.committees)]]})
            for n in range(services)
        ]
        per_unit = [key for key, kind in self.framework.plan_types.items() if kind.per == "unit"]
        return [
            solve(
                choices.steps_that_apply(
                    self.framework.year_pattern(number).steps, settings, model
                ),
                self.meetings[number - 1],
                self.council.events,
                calendar,
                year=START + number - 1,
                limits=choices.limits_that_apply(framework, settings, model),
                public=choices.public_bodies(framework),
                units=dict.fromkeys(per_unit, units),
            )
            for number in (1, 2, 3, 4)
        ]


def measured(council: Council, services: int) -> tuple[int, float]:
    """How many steps there are, and the best time of a few runs in seconds."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        solutions = council.solved(services)
        times.append(time.perf_counter() - begun)
    return sum(len(each.copies) for each in solutions), min(times)


def main() -> int:
    """Measure each size and print steps, seconds, microseconds a step and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="Print one JSON document.")
    given = parser.parse_args()
    council = Council()
    one, two = (measured(council, count)[0] for count in (1, 2))
    rows = []
    for size in SIZES:
        services = max(1, round((size - one) / (two - one)) + 1)
        steps, seconds = measured(council, services)
        rows.append({"services": services, "steps": steps, "seconds": round(seconds, 4)})
        rows[-1]["microseconds_a_step"] = round(seconds / steps * 1_000_000, 2)
        cost = rows[-1]["microseconds_a_step"] / rows[0]["microseconds_a_step"]
        rows[-1]["to_the_smallest"] = round(cost, 2)
    if given.json:
        print(json.dumps(rows, indent=2))
        return 0
    print(f"{'services':>9} {'steps':>8} {'seconds':>9} {'us a step':>10} {'ratio':>6}")
    for row in rows:
        print(
            f"{row['services']:>9} {row['steps']:>8} {row['seconds']:>9.3f} "
            f"{row['microseconds_a_step']:>10.1f} {row['to_the_smallest']:>6.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
