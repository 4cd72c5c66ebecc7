"""Files of meetings as clerks make them, and what the product says of them."""

import io
import json
import zipfile
from datetime import date, datetime, time

import xlsxwriter

from config.council import Body, Council, Meeting
from config.rhythm import Rhythm
from cycle import clock
from workflows.calendar import checking, import_preview, reading_file

NOON = clock.at_local(date(2026, 11, 28), 12)


def _body(key, name, short, kind, at):
    return Body(
        key=key,
        name=name,
        short_name=short,
        framework_key=key,
        kind=kind,
        public=True,
        rhythm=Rhythm(1, at),
    )


BODIES = [
    _body("policy", "Policy Committee", "Policy", "committee", time(10, 30)),
    _body("place", "Place and Roads Committee", "Place", "committee", time(14, 0)),
    _body("council", "Council", "Council", "council", time(18, 0)),
    _body("law", "Finance, Resources and Law Committee", "Law", "committee", time(10, 0)),
]
KNOWN = (
    Meeting("place", date(2027, 9, 21), time(14, 0)),
    Meeting("place", date(2027, 10, 19), time(14, 0)),
    Meeting("place", date(2027, 11, 20), time(14, 0)),  # a Saturday
    Meeting("council", date(2028, 2, 24), time(18, 0), "budget"),
)
COUNCIL = Council(
    key="ours",
    name="Ours",
    nation="england",
    cycles=(2027,),
    bodies={body.key: body for body in BODIES},
    meetings=KNOWN,
)


def meetings(contents, name="calendar", *, whole=False, handed=False, council=COUNCIL):
    """The meetings that a file would add, as (body, day, time, kind); ``whole`` its lines with
    their verdicts, ``handed`` its rows as they were read. It is November 2026."""
    data = contents.encode() if isinstance(contents, str) else contents
    found = reading_file.read(data, clock.local_date(NOON).isoformat())
    rows = import_preview.handed_in(name, json.loads(json.dumps(found)))
    if handed:
        return rows
    with clock.set_to(NOON):
        lines = checking.check(council, rows)
    if whole:
        return lines
    return [
        (line.named.body, line.on, line.named.row.starts, line.named.kind)
        for line in lines
        if line.verdict == "new"
    ]


def one(contents, **kw):
    """The only line of a file."""
    (line,) = meetings(contents, whole=True, **kw)
    return line


def workbook(rows):
    """A workbook with these rows; a text that begins with = is a formula nobody has calculated."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Meetings")
        kinds = {
            datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
            date: book.add_format({"num_format": "dd/mm/yyyy"}),
            time: book.add_format({"num_format": "hh:mm"}),
        }
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if type(value) in kinds:
                    sheet.write_datetime(number, place, value, kinds[type(value)])
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(number, place, value, kinds[time])
                else:
                    sheet.write(number, place, value)
    return made.getvalue()


_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in (
        ("office", "office"), ("table", "table"), ("text", "text"), ("manifest", "manifest"),
    )
)  # fmt: skip


def ods(rows):
    """An OpenDocument spreadsheet of texts, with the empty rest that programs write."""
    cell = (
        '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
        ).format  # fmt: skip
    table = "".join(
        f"<table:table-row>{''.join(map(cell, row))}"
        '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        for row in rows
    )
    rest = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("mimetype", _ODS)
        out.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest {_SPACES}><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{_ODS}"/></manifest:manifest>',
        )
        out.writestr(
            "content.xml",
            f'<office:document-content {_SPACES} office:version="1.2"><office:body>'
            f'<office:spreadsheet><table:table table:name="Meetings">{table}{rest}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return made.getvalue()


def calendar(*events, method="", zones=""):
    """An iCalendar file with events, each a list of lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN"]
    lines += [f"METHOD:{method}"] if method else []
    lines += zones.splitlines()
    for event in events:
        lines += ["BEGIN:VEVENT", "DTSTAMP:20261101T090000Z", *event, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def event(title, starts="DTSTART;TZID=Europe/London:20270909T103000", *more):
    """The lines of one event."""
    return [f"SUMMARY:{title}", starts, *more]
