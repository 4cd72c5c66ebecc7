"""Options that many commands share, and the one way to print JSON."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from config import framework_loader
from cycle.errors import BadInput


def say_json(document: Any) -> None:
    """One JSON document on stdout and nothing else; dates ISO 8601."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def framework_folder(key_or_path: str) -> Path:
    """The folder of a framework that comes with the product, or one that is named. Raises BadInput
    when there is none."""
    own = framework_loader.FRAMEWORKS / key_or_path
    folder = own if own.is_dir() else Path(key_or_path)
    if not folder.is_dir():
        known = ", ".join(framework_loader.available())
        raise BadInput(
            f"There is no framework “{key_or_path}”. There is: {known}; or name a folder."
        )
    return folder


def when(words: str | None) -> date | None:
    """A date as ISO 8601. Raises BadInput."""
    if words is None:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise BadInput(f"“{words}” is not a date. Write it like 2027-11-10.") from None


data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="The data folder; DATA_DIR or ./data where none is named.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
framework_option = click.option("--framework", default=framework_loader.USUAL, show_default=True)
