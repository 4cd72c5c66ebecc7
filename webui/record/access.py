"""The access log for the auditor, and who read exempt papers for the monitoring officer."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from cycle.errors import BadInput
from webui.forms import DateField, QueryForm, SelectField, TextField, options
from webui.http import auth
from webui.http.policies import policy
from webui.page import downloads as files
from webui.page.formats import Keyset, query_string
from webui.record import access_pages
from webui.record.access_pages import Line, Wanted
from workflows.files import tables

bp = Blueprint("access", __name__, url_prefix="/audit")


class LogFilter(QueryForm):
    """Which lines of the access log to show."""

    kind = SelectField("What", choices=options([("", "Everything"), *access_pages.KINDS.items()]))
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
    page = auth.reading(access_pages.log, auth.me(), wanted, Keyset.from_request())
    return render_template("audit/access.html", page=page, form=form, **_around())


@bp.get("/access.csv")
@policy("permission:check_record")
def log_csv() -> Response:
    """The same as a table."""
    return _file("access-log", LogFilter(), access_pages.all_of_log)


@bp.get("/exempt-readings")
@policy("permission:see_exempt_readings")
def readings() -> str:
    """Who was sent words of exempt papers, the newest first."""
    form = ReadingsFilter()
    wanted = _wanted(form) if form.validate() else Wanted()
    page = auth.reading(access_pages.readings, auth.me(), wanted, Keyset.from_request())
    return render_template("audit/exempt_readings.html", page=page, form=form, **_around())


@bp.get("/exempt-readings.csv")
@policy("permission:see_exempt_readings")
def readings_csv() -> Response:
    """The same as a table."""
    return _file("exempt-readings", ReadingsFilter(), access_pages.all_readings)


def _file(name: str, form: QueryForm, found: Callable[..., list[Line]]) -> Response:
    if not form.validate():
        raise BadInput("This link asks for lines that cannot be. Choose again on the page.")
    lines = auth.reading(found, auth.me(), _wanted(form))
    contents = tables.csv_file(access_pages.COLUMNS, access_pages.as_rows(lines))
    return files.handed_out(name, "csv", contents)


def _wanted(form: Any) -> Wanted:
    kind = form.kind.data if isinstance(form, LogFilter) else ""
    return Wanted(kind or "", (form.who.data or "").strip(), form.day.data)


def _around() -> dict[str, Any]:
    """What both pages say around their lines."""
    return {
        "keep": auth.settings().access_log,
        "query": query_string(),
        "most": access_pages.MOST_IN_A_FILE,
    }
