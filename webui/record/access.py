"""The access log for the auditor, and who read exempt papers for the monitoring officer."""

from typing import Any, TypeVar

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from cycle.errors import BadInput
from webui.forms import DateField, QueryForm, SelectField, TextField, options
from webui.http import auth
from webui.http.policies import policy
from webui.page import downloads
from webui.page.formats import Keyset, query_string
from webui.record import access_pages
from workflows.files import tables
from workflows.record import reading_access_log
from workflows.record.reading_access_log import KINDS, MOST_IN_A_FILE, Line, Wanted

F = TypeVar("F", bound=QueryForm)
bp = Blueprint("access", __name__, url_prefix="/audit")


class LogFilter(QueryForm):
    """Which lines of the access log to show."""

    kind = SelectField("What", choices=options([("", "Everything"), *KINDS.items()]))
    who = TextField("Name", max_length=120)
    day = DateField("Day")


class ReadingsFilter(QueryForm):
    """Which readings to show."""

    who = TextField("Name", max_length=120)
    day = DateField("Day")


@bp.get("/access")
@policy("permission:check_record")
def log() -> str:
    """Sign-ins, failed ones and refusals, the newest first."""
    form = LogFilter()
    wanted = _wanted(form) if form.validate() else Wanted()
    keyset = Keyset.from_request()
    lines = auth.reading(reading_access_log.log, auth.me(), wanted, keyset.after, keyset.rows)
    page = keyset.page(lines, access_pages.number)
    return render_template("audit/access.html", page=page, form=form, **_around())


@bp.get("/access.csv")
@policy("permission:check_record")
def log_csv() -> Response:
    """The same as a table."""
    form = _in_order(LogFilter())
    lines = auth.reading(reading_access_log.all_of_log, auth.me(), _wanted(form))
    return _file("access-log", lines)


@bp.get("/exempt-readings")
@policy("permission:see_exempt_readings")
def readings() -> str:
    """Who was sent words of exempt papers, the newest first."""
    form = ReadingsFilter()
    wanted = _wanted(form) if form.validate() else Wanted()
    keyset = Keyset.from_request()
    lines = auth.reading(reading_access_log.readings, auth.me(), wanted, keyset.after, keyset.rows)
    page = keyset.page(lines, access_pages.number)
    return render_template("audit/exempt_readings.html", page=page, form=form, **_around())


@bp.get("/exempt-readings.csv")
@policy("permission:see_exempt_readings")
def readings_csv() -> Response:
    """The same as a table."""
    form = _in_order(ReadingsFilter())
    lines = auth.reading(reading_access_log.all_readings, auth.me(), _wanted(form))
    return _file("exempt-readings", lines)


def _in_order(form: F) -> F:
    if not form.validate():
        raise BadInput("This link asks for lines that cannot be. Choose again on the page.")
    return form


def _file(name: str, lines: list[Line]) -> Response:
    contents = tables.csv_file(access_pages.COLUMNS, access_pages.as_rows(lines))
    return downloads.handed_out(name, "csv", contents)


def _wanted(form: Any) -> Wanted:
    kind = form.kind.data if isinstance(form, LogFilter) else ""
    return Wanted(kind or "", (form.who.data or "").strip(), form.day.data)


def _around() -> dict[str, Any]:
    """What both pages say around their lines."""
    return {
        "keep": auth.settings().access_log,
        "query": query_string(),
        "most": MOST_IN_A_FILE,
    }
