"""``plancycle dates``: the deadlines of one meeting, and which days were counted. No database."""

from dataclasses import asdict
from datetime import date
from typing import Any

import click

from config import framework_loader
from config.dates import WEEKDAYS, long_date, shortened
from config.framework import BodyKind, Framework
from config.law import NATIONS
from cycle.calendar import Calendar, read_date
from cycle.errors import BadInput
from cycle.schedule.deadlines import PUBLIC, Deadline, deadlines
from webui.commands.options import json_option, say_json


@click.command("dates")
@click.option("--body", "name", required=True, help="A body, such as Cabinet or Policy Committee.")
@click.option("--meeting", required=True, help="The day on which it meets, such as 2027-11-10.")
@click.option("--framework", help="The framework whose rules count; one that has the body.")
@click.option("--nation", type=click.Choice(list(NATIONS)), default="england", show_default=True)
@json_option
def dates_command(
    name: str, meeting: str, framework: str | None, nation: str, as_json: bool
) -> None:
    """The deadlines of a meeting: which days were counted, which were skipped and why."""
    meeting_on, calendar = read_date(meeting), Calendar(nation)
    rules, body = _found(name, framework)
    found = deadlines(rules.day_rules, body.kind, body.key, meeting_on, calendar)
    title = body.title if _fits(name, body) == "key" else " ".join(name.split())
    if as_json:
        say_json(_document(title, meeting_on, calendar, found))
        return
    why = calendar.why_not_working(meeting_on)
    click.echo(
        f"{title} on {_day(meeting_on)}{f', which is not a working day: {why}' if why else ''}"
    )
    for each in found:
        click.echo(f"\n{_day(each.on)}{f', {each.at}' if each.at else ''}: {each.title}")
        for line in _explained(each):
            click.echo(f"  {line}")
    for year in calendar.provisional_years(meeting_on, *(each.on for each in found)):
        click.echo(
            f"\nThe bank holidays of {year} are not announced yet; these are the usual ones."
        )


def _document(
    title: str, meeting_on: date, calendar: Calendar, found: list[Deadline]
) -> dict[str, Any]:
    return {
        "body": title,
        "meeting": meeting_on,
        "nation": calendar.nation,
        "provisional_years": calendar.provisional_years(meeting_on, *(each.on for each in found)),
        "deadlines": [_without_note(each) for each in found],
    }


def _without_note(deadline: Deadline) -> dict[str, Any]:
    """A deadline with the keys of the contract; its note is for people."""
    return {key: value for key, value in asdict(deadline).items() if key != "note"}


def _found(name: str, framework: str | None) -> tuple[Framework, BodyKind]:
    """The body of this name, in the framework named or in the first that has one; a name may say
    the place before the body, as in “Lambeth Council”. Raises BadInput."""
    keys = [framework] if framework else [framework_loader.USUAL, *framework_loader.available()]
    frameworks = [framework_loader.load(key) for key in dict.fromkeys(keys)]
    for wanted in ("key", "title", "ending"):
        for each in frameworks:
            bodies = [body for body in each.bodies.values() if _fits(name, body) == wanted]
            if bodies:
                return each, max(bodies, key=lambda body: len(body.title))
    titles = sorted({body.title for each in frameworks for body in each.bodies.values()})
    raise BadInput(
        f"There is no body “{shortened(name)}”. Known are: {', '.join(titles)}; a place may stand "
        "before the name."
    )


def _fits(name: str, body: BodyKind) -> str:
    wanted = " ".join(name.casefold().split())
    title = body.title.casefold()
    if wanted == body.key.casefold():
        return "key"
    if wanted == title:
        return "title"
    return "ending" if body.kind in PUBLIC and wanted.endswith(f" {title}") else ""


def _explained(deadline: Deadline) -> list[str]:
    lines = [f"{deadline.rule}."]
    if deadline.counted:
        days = ", ".join(_short(day) for day in deadline.counted)
        lines.append(f"Counted: {days}.")
    if deadline.skipped:
        days = ", ".join(f"{_short(each.on)} ({each.why})" for each in deadline.skipped)
        lines.append(f"Not counted: {days}.")
    if deadline.note:
        lines.append(deadline.note)
    return [*lines, f"Source: {deadline.source}"]


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {long_date(day)}"


def _short(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {long_date(day).split()[1][:3]}"
