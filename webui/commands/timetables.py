"""``plancycle timetable``: four years of dates from a framework and a calendar. No database.

Its answer is the timetable, so what is wrong with it is printed beneath and the exit code is 0.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from config import framework_loader
from config.dates import long_date, planning_year_name
from config.framework import Framework
from cycle.schedule.diff import Clash, Difference, MovedStep
from cycle.schedule.solve import Problem
from webui.commands.options import framework_folder, framework_option, json_option, say_json, when
from workflows.timetable import framework_timetable
from workflows.timetable.framework_timetable import TimetableStep, TimetableYear

CALENDAR = click.Path(path_type=Path, dir_okay=False)
# The last planning year looks at meetings two calendar years on, and days are counted until 2200.
FIRST_MAY = click.IntRange(1950, 2195)


@click.group("timetable", invoke_without_command=True)
@framework_option
@click.option("--start", type=FIRST_MAY, help="The year in whose May Year 1 begins.")
@click.option("--year", "number", type=click.IntRange(1, 4), help="One planning year only.")
@click.option("--meetings", type=CALENDAR, help="A meetings CSV: body, date, time, kind.")
@click.option("--pattern", default="", help="How Year 1 runs, such as fast; else as usual.")
@click.option("--as-of", help="Also tell what can no longer be reached from this day on.")
@json_option
@click.pass_context
def timetable(
    context: click.Context,
    framework: str,
    start: int | None,
    number: int | None,
    meetings: Path | None,
    pattern: str,
    as_of: str | None,
    as_json: bool,
) -> None:
    """The dates of four planning years, each with its reasons and its days in hand.

    Bodies meet by the framework's rhythm, or as the file of meetings says. What is wrong with the
    timetable is printed beneath it; the exit code is 0.
    """
    if context.invoked_subcommand is not None:
        return
    if start is None:
        raise click.MissingParameter(param=_option(context, "start"), ctx=context)
    found = framework_loader.load(framework_folder(framework))
    years = framework_timetable.planning_years(
        found,
        start,
        numbers=[number] if number else framework_timetable.YEARS,
        published=_read(found, meetings),
        as_of=when(as_of),
        choice=pattern,
    )
    if as_json:
        say_json(_document(found, start, years))
        return
    _print(found, years)


@timetable.command("diff")
@framework_option
@click.option("--start", type=FIRST_MAY, required=True, help="The year in whose May Year 1 begins.")
@click.option("--meetings", type=CALENDAR, required=True, help="The meetings as they are.")
@click.option("--with", "other", type=CALENDAR, required=True, help="As they would be.")
@json_option
def timetable_diff(framework: str, start: int, meetings: Path, other: Path, as_json: bool) -> None:
    """What follows from other meetings: what moves, who has less time, what breaks, what falls
    together."""
    found = framework_loader.load(framework_folder(framework))
    before, after = _read(found, meetings), _read(found, other)
    difference = framework_timetable.difference(found, start, before, after)
    if as_json:
        say_json(_difference(found, start, difference))
        return
    _print_difference(found, difference)


def _option(context: click.Context, name: str) -> click.Parameter:
    return next(each for each in context.command.params if each.name == name)


def _read(framework: Framework, path: Path | None) -> Sequence[Any]:
    return framework_timetable.read_meetings(framework, path) if path is not None else ()


# The timetable -------------------------------------------------------------------------------


def _document(framework: Framework, start: int, years: Sequence[TimetableYear]) -> dict[str, Any]:
    return {
        "framework": framework.key,
        "start": start,
        "years": [
            {
                "number": year.number,
                "kind": year.kind,
                "steps": [_step(each) for each in year.steps],
            }
            for year in years
        ],
        "problems": [_problem(each) for year in years for each in year.problems],
    }


def _step(step: TimetableStep) -> dict[str, Any]:
    dated = step.copy.dated
    return {
        "key": step.copy.key,
        "title": step.rule.title,
        "plan_type": step.rule.plan_type,
        "unit": step.unit,
        "role": step.role,
        "body": step.body,
        "starts_on": dated.starts_on,
        "due_on": dated.due_on,
        "latest_on": dated.latest_on,
        "float_days": dated.float_days,
        "needs": list(step.copy.predecessors),
        "because": list(dated.because),
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {"severity": problem.severity, "step": problem.step, "sentence": problem.sentence}


def _print(framework: Framework, years: Sequence[TimetableYear]) -> None:
    click.echo(framework.title)
    for year in years:
        name = planning_year_name(year.writes_from)
        click.echo(f"\nYear {year.number}: {name[:1].lower()}{name[1:]}\n{year.title}\n")
        rows = [("Due", "In hand", "What", "Who")]
        rows += [_row(framework, each) for each in year.steps]
        widths = [max(len(row[n]) for row in rows) for n in range(3)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
            click.echo(f"  {'  '.join(cells)}  {row[3]}".rstrip())
    _print_problems("What is wrong with it", [each for year in years for each in year.problems])


def _row(framework: Framework, step: TimetableStep) -> tuple[str, str, str, str]:
    dated = step.copy.dated
    title = step.rule.title
    if step.copy.key != step.copy.rule:
        title = f"{title} ({step.copy.body})"
    days = f"{dated.float_days}{' critical' if dated.critical else ''}"
    return long_date(dated.due_on), days, title, _who(framework, step.role, step.unit)


def _who(framework: Framework, role: str, unit: str) -> str:
    known = framework.roles.get(role)
    title = known.title if known else role
    level = next((each.title for each in framework.levels if each.key == unit), unit)
    return f"{title}, each {level.lower()}" if level else title


def _print_problems(heading: str, problems: Sequence[Problem]) -> None:
    if problems:
        click.echo(f"\n{heading}\n")
    for each in problems:
        click.echo(f"  {each.severity}: {each.sentence}")


# The difference ------------------------------------------------------------------------------


def _difference(framework: Framework, start: int, found: Difference) -> dict[str, Any]:
    return {
        "framework": framework.key,
        "start": start,
        "moved": [_moved(each) for each in found.moved],
        "less_time": [
            {
                "role": each.role,
                "unit": each.unit,
                "days": each.days,
                "steps": [
                    _placed(lost.key)
                    | {"title": lost.title, "due_on": lost.due_on, "days": lost.days}
                    for lost in each.steps
                ],
            }
            for each in found.less_time
        ],
        "breaks": [_broken(each) for each in found.breaches],
        "mended": [_broken(each) for each in found.mended],
        "clashes": [_clash(each) for each in found.clashes],
    }


def _placed(key: str) -> dict[str, Any]:
    """A step of the difference by its year and its key within the year."""
    number, _, own = key.partition(":")
    return {"year": int(number), "key": own}


def _moved(moved: MovedStep) -> dict[str, Any]:
    return _placed(moved.key) | {
        "title": moved.title,
        "role": moved.role,
        "unit": moved.unit,
        "before": moved.before,
        "after": moved.after,
        "days": moved.days,
    }


def _broken(problem: Problem) -> dict[str, Any]:
    placed = _placed(problem.step)
    return {
        "severity": problem.severity,
        "year": placed["year"],
        "step": placed["key"],
        "sentence": problem.sentence,
    }


def _clash(clash: Clash) -> dict[str, Any]:
    return {
        "on": clash.on,
        "role": clash.role,
        "unit": clash.unit,
        "titles": list(clash.titles),
    }


def _print_difference(framework: Framework, found: Difference) -> None:
    if found.nothing:
        click.echo("Nothing changes.")
        return
    _print_list("What moves", [each.sentence for each in found.moved])
    _print_list(
        "Who has less time",
        [
            f"{_who(framework, each.role, each.unit)}: up to {_days(each.days)} less, for "
            f"{', '.join(step.title for step in each.steps)}."
            for each in found.less_time
        ],
    )
    _print_problems("What breaks", found.breaches)
    _print_problems("What is mended", found.mended)
    _print_list(
        "What falls together",
        [
            f"{long_date(each.on)}: {'; '.join(each.titles)}"
            f"{f' ({_who(framework, each.role, each.unit)})' if each.role else ''}."
            for each in found.clashes
        ],
    )


def _print_list(heading: str, lines: Sequence[str]) -> None:
    if lines:
        click.echo(f"\n{heading}\n")
    for line in lines:
        click.echo(f"  {line}")


def _days(days: int) -> str:
    return f"{days} working day{'' if days == 1 else 's'}"
