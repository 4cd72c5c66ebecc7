"""``plancycle meetings check``: what the import page would show of a file. No database.

Its answer is the list, so lines that are refused or not understood stand in it and the exit code
is 0.
"""

from pathlib import Path
from typing import Any

import click

from config.council import COUNCILS, Council
from config.council_loading import load_council
from cycle.errors import BadInput
from webui.commands.demo import DEMO
from webui.commands.options import json_option, say_json
from workflows.calendar import checking, import_preview, reading_file
from workflows.calendar.judging import Line


@click.group("meetings")
def meetings_group() -> None:
    """Calendars of meetings: what the import of a file would make of it."""


@meetings_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--council", "key", default=DEMO, show_default=True, help="A council’s key or files.")
@json_option
def check(file: Path, key: str, as_json: bool) -> None:
    """What FILE says line by line, and what an import would make of it; nothing is saved.

    FILE is a CSV, XLSX, ODS or iCalendar file. The known meetings are those of the council's files.
    """
    lines = checking.check(_council(key), import_preview.read(file.name, _contents(file)))
    if as_json:
        say_json({"rows": [_row(line) for line in lines]})
        return
    for line in lines:
        click.echo(f"{line.named.row.at}: {line.named.row.given}")
        click.echo(
            f"  {line.verdict}: {' '.join(filter(None, (_understood(line), line.sentence)))}"
        )


def _council(key: str) -> Council:
    own = COUNCILS / key
    path = own if own.is_dir() else Path(key)
    if not path.exists():
        known = ", ".join(sorted(each.name for each in COUNCILS.iterdir() if each.is_dir()))
        raise BadInput(f"There is no council “{key}”. There is: {known}; or name its files.")
    return load_council(path)


def _contents(file: Path) -> bytes:
    try:
        if file.stat().st_size > reading_file.MOST_BYTES:
            raise BadInput(reading_file.TOO_LARGE)
        return file.read_bytes()
    except OSError:
        raise BadInput(f"{file} cannot be read. Name a file that exists.") from None


def _row(line: Line) -> dict[str, Any]:
    row = line.named.row
    return {
        "at": row.at,
        "given": row.given,
        "body": line.named.body,
        "on": row.on,
        "time": f"{row.starts:%H:%M}" if row.starts else None,
        "kind": line.named.kind,
        "status": line.named.status,
        "verdict": line.verdict,
        "sentence": " ".join(filter(None, (line.sentence, row.remark))),
    }


def _understood(line: Line) -> str:
    """What was understood, in a few words; empty where nothing was."""
    row = line.named.row
    if line.named.body is None or row.on is None:
        return ""
    starts = f" {row.starts:%H:%M}" if row.starts else ""
    return f"{line.named.body} {row.on}{starts} ({line.named.kind})."
