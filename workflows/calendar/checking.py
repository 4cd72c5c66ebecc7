"""What the import page would show of a file, by a council's own files: no page and no database.

The rule that lives here: the known meetings are those that the council's files list, and its
bodies, closures and usual times are the files' too.
"""

from datetime import date

from config.council import Body, Council
from cycle import clock
from cycle.calendar import Calendar
from cycle.schedule import meeting_files
from workflows.calendar import import_preview, judging
from workflows.calendar.import_preview import HandedIn
from workflows.calendar.judging import KnownMeeting, Line, Surroundings
from workflows.calendar.naming import named


def check(council: Council, handed: HandedIn) -> list[Line]:
    """Each line of a file with its verdict."""
    bodies = {key: body.name for key, body in council.bodies.items()}
    spelt = meeting_files.spellings(
        (key, meeting_files.names(body.kind, body.name, body.short_name))
        for key, body in council.bodies.items()
    )
    rows = [named(row, spelt, bodies) for row in handed.rows]
    return judging.judge(rows, _surroundings(council, bodies))


def _surroundings(council: Council, bodies: dict[str, str]) -> Surroundings:
    calendar = Calendar.of(council)
    known = [
        KnownMeeting(number, each.body, each.on, each.at, each.kind, first_on=each.on)
        for number, each in enumerate(council.meetings, start=1)
    ]

    def why_not(key: str, on: date) -> str | None:
        body: Body = council.bodies[key]
        if not body.covers(on):
            return import_preview.not_there(body.name)
        return meeting_files.why_not_working(on, calendar)

    usual = {key: body.rhythm.at for key, body in council.bodies.items() if body.rhythm}
    return Surroundings(known, bodies, usual, clock.today(), why_not)
