"""Check the record: everything checked on request, checkpoints, one record in full."""

import logging

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webui.forms import KeyedForm, QueryForm, TextField
from webui.http import auth
from webui.http.policies import policy
from webui.page.formats import Keyset
from webui.record import pages
from workflows.core.commands import command
from workflows.record import approval, checkpoints, reading
from workflows.record.verify.findings import MOST

bp = Blueprint("audit", __name__, url_prefix="/audit")
CHECK = "permission:check_record"
RECORD_ROWS = 50
log = logging.getLogger(__name__)


class SearchForm(QueryForm):
    """The record that somebody looks for."""

    ref = TextField("Reference or title", max_length=100)


@bp.get("")
@policy(CHECK)
def index() -> ResponseReturnValue:
    """How long the record is, its last checkpoint, and the way to one record."""
    form = SearchForm()
    wanted = (form.ref.data or "") if form.validate() else ""
    page = auth.reading(reading.overview, auth.me(), wanted)
    return render_template(
        "audit/audit.html", page=page, form=form, seal=KeyedForm(), wanted=wanted
    )


@bp.get("/verify")
@policy(CHECK)
def verify() -> ResponseReturnValue:
    """Every promise checked now, as a page or as JSON."""
    report = auth.reading(reading.checked)
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    if best == "application/json":
        return jsonify(report.as_json())
    return render_template("audit/record_check.html", report=report, most=MOST)


@bp.post("/checkpoints")
@policy(CHECK)
def seal() -> ResponseReturnValue:
    """Seal the heads of all records now."""
    form = KeyedForm()
    form.validate()
    outcome = auth.change(
        lambda: command(checkpoints.seal_now),
        form=form,
        location=url_for(".index"),
        message=lambda made: f"Checkpoint {made.id} is the last one. Keep its text elsewhere.",
    )
    last = auth.reading(checkpoints.newest)
    if last is not None:
        try:
            checkpoints.write_outside(last, auth.settings().data_dir / "checkpoints")
        except OSError:
            # The checkpoint itself stands in the database and was mailed to its keepers.
            log.exception("the text of checkpoint %s could not be written", last.id)
    flash(outcome.message)
    return redirect(outcome.location, 303)


@bp.get("/checkpoints/<int:number>")
@policy(CHECK)
def checkpoint(number: int) -> Response:
    """The text of one checkpoint, to keep."""
    text = auth.reading(reading.checkpoint_text, number)
    reply = Response(text, mimetype="text/plain")
    reply.headers["Content-Disposition"] = f'attachment; filename="checkpoint-{number:04d}.txt"'
    return reply


@bp.get("/plans/<ref>")
@policy(CHECK)
def record(ref: str) -> str:
    """The record of a plan (or of a report, a year, the council) in full."""
    keyset = Keyset.from_request(rows=RECORD_ROWS)
    page = auth.reading(reading.record, auth.me(), ref, keyset.after, keyset.rows)
    events = keyset.page(page.entries, pages.number)
    return render_template("audit/record.html", page=page, events=events, pairs=pages.pairs)


@bp.get("/plans/<ref>/certificate")
@policy(CHECK)
def certificate(ref: str) -> str:
    """That a plan was approved, to print: what, by whom, when, its digest, how to check it."""
    page = auth.reading(approval.certificate, auth.me(), ref)
    return render_template("audit/record_certificate.html", page=page)
