"""Reading a council from one TOML file, a folder of TOML files or a folder of CSV files.

The rule that lives here: whatever is wrong is told all at once, each with its file and key, or its
row and column; a file that is not right is not read in part. The words in the cells are the same in
both formats: an appointment is ``post-key from 2026-04-01 until 2027-04-01``, lists are separated
by semicolons (or are TOML lists), papers rules read ``7 working 10:00``.
"""

import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from config.dates import known, parse_date, shortened
from config.problems import ProblemList

TABLES = (
    "units",
    "posts",
    "people",
    "bodies",
    "meetings",
    "closures",
    "recesses",
    "holidays",
    "covers",
    "events",
    "governance",
)
# What `simulate` seeds lies beside a council's own files and is not part of its structure.
NOT_STRUCTURE = ("incidents.toml",)
# Files that had another name, and what to do with them.
RENAMED_FILES = {
    "trouble.toml": "This file is called incidents.toml now, and its table [[incident]]. "
    "Rename both.",
}
BIGGEST = 5_000_000
LONGEST = 500

_KEY = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)


@dataclass
class Row:
    """One unit, post, person ... as written, knowing where each value stands in the file."""

    values: Mapping[str, object]
    place: str
    noted: ProblemList
    comma: str = "."
    seen: set[str] = field(default_factory=set)

    def at(self, name: str) -> str:
        """The place of one value, as the author finds it."""
        return f"{self.place}{self.comma}{name}"

    def problem(self, name: str, sentence: str) -> None:
        """Note a problem with one value."""
        self.noted.add(self.at(name) if name else self.place, sentence)

    def text(self, name: str, *, needed: bool = False, default: str = "") -> str:
        """A line of text, stripped; numbers and dates as written."""
        self.seen.add(name)
        given = self.values.get(name, "")
        if isinstance(given, bool | list | dict):
            self.problem(name, "This should be text in quotation marks.")
            return default
        value = given.isoformat() if isinstance(given, date | time) else str(given).strip()
        if len(value) > LONGEST or any(not letter.isprintable() for letter in value):
            self.problem(name, f"This should be one line of at most {LONGEST} letters.")
            return default
        if needed and not value:
            self.problem(name, "This is missing. Fill it in.")
        return value or default

    def key(self, name: str, *, needed: bool = False) -> str | None:
        """A key: small letters, digits, - and _, beginning with a letter."""
        value = self.text(name, needed=needed)
        if value and not _KEY.fullmatch(value):
            self.problem(
                name,
                f"“{shortened(value)}” cannot be a key. Use up to 60 small letters, digits, - "
                "or _, beginning with a letter.",
            )
            return None
        return value or None

    def word(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(name, needed=default is None, default=default or "")
        if value and value not in allowed:
            self.problem(name, f"“{shortened(value)}” is not known. Choose {' or '.join(allowed)}.")
        return value

    def day(self, name: str, *, needed: bool = False) -> date | None:
        """A date from 1900 to 2200."""
        given = self.values.get(name)
        if isinstance(given, date) and not isinstance(given, datetime) and known(given):
            self.seen.add(name)
            return given
        value = self.text(name, needed=needed)
        return self._parsed(name, value) if value else None

    def _parsed(self, name: str, value: str) -> date | None:
        try:
            return parse_date(value)
        except ValueError as problem:
            self.problem(name, str(problem))
            return None

    def number(self, name: str, longest: int = 4) -> int | None:
        """A whole number that is not below nought."""
        value = self.text(name)
        if value and not (value.isascii() and value.isdigit() and len(value) <= longest):
            self.problem(name, f"“{shortened(value)}” is not a whole number. Write it in digits.")
            return None
        return int(value) if value else None

    def truth(self, name: str, default: bool) -> bool:
        """Yes or no."""
        self.seen.add(name)
        given = self.values.get(name, default)
        if isinstance(given, bool):
            return given
        value = str(given).strip().lower()
        if value in ("yes", "true", "no", "false", ""):
            return default if value == "" else value in ("yes", "true")
        self.problem(name, f"“{shortened(value)}” should be yes or no.")
        return default

    def listed(self, name: str) -> list[str]:
        """Several values: a TOML list, or one cell with semicolons between them."""
        self.seen.add(name)
        given = self.values.get(name, "")
        parts = given if isinstance(given, list) else str(given).split(";")
        if not all(isinstance(part, str) for part in parts):
            self.problem(name, "This should be a list of texts in quotation marks.")
            return []
        return [part.strip() for part in parts if part.strip()]

    def check_names(self, more: Sequence[str] = ()) -> None:
        """Note every value that nobody asked for: most often a name spelt wrongly."""
        for name in self.values:
            if name not in self.seen and name not in more:
                self.problem(name, "There is nothing of this name here. Check the spelling.")


@dataclass
class Written:
    """All that the files say, before it is understood."""

    council: Row
    tables: dict[str, list[Row]]


def read_files(path: Path, noted: ProblemList) -> Written:
    """Every row of the file or folder. What cannot be read is noted, never raised."""
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    written = Written(Row({}, f"{path.name}:council", noted), tables)
    if path.is_dir():
        files = [each for each in sorted(path.iterdir()) if each.name not in NOT_STRUCTURE]
    else:
        files = [path]
    chosen = [each for each in files if each.suffix in (".toml", ".csv") and each.is_file()]
    if not chosen:
        noted.add(path.name, "There is no TOML or CSV file here. Give the path of one.")
    for file in chosen:
        if file.name in RENAMED_FILES:
            noted.add(file.name, RENAMED_FILES[file.name])
            continue
        text = read_text(file, noted)
        if text is None:
            continue
        if file.suffix == ".toml":
            _read_toml(file, text, written, noted)
        elif file.stem in TABLES:
            tables[file.stem] += read_csv(file.name, text, noted)
        elif file.stem == "council":
            rows = read_csv(file.name, text, noted)
            written.council = rows[0] if rows else written.council
        else:
            noted.add(file.name, f"This file is not known. Call it {', '.join(TABLES)}.")
    return written


def read_text(file: Path, noted: ProblemList) -> str | None:
    """The text of a file, or nothing with the reason noted."""
    try:
        if file.stat().st_size > BIGGEST:
            noted.add(file.name, "This file is larger than five megabytes. Check that it is right.")
            return None
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        noted.add(file.name, "This file is not in UTF-8. Save it again as “CSV UTF-8” or UTF-8.")
    except OSError:
        noted.add(file.name, "This file cannot be read. Check that it exists and may be opened.")
    return None


def _read_toml(file: Path, text: str, written: Written, noted: ProblemList) -> None:
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as problem:
        noted.add(file.name, f"This is not TOML: {shortened(str(problem), 120)}.")
        return
    for name, value in content.items():
        if name == "council" and isinstance(value, dict):
            written.council = Row(value, f"{file.name}:council", noted)
        elif name in TABLES and isinstance(value, list):
            written.tables[name] += _toml_rows(file.name, name, value, noted)
        else:
            noted.add(
                f"{file.name}:{name}", "There is nothing of this name here. Check the spelling."
            )


def _toml_rows(file: str, table: str, given: list[object], noted: ProblemList) -> list[Row]:
    rows = []
    for count, values in enumerate(given, start=1):
        if not isinstance(values, dict):
            noted.add(f"{file}:{table}[{count}]", f"Write this as a table: [[{table}]].")
            continue
        name = values.get("key", count)
        place = f"{file}:{table}.{name}" if isinstance(name, str) else f"{file}:{table}[{count}]"
        rows.append(Row(values, place, noted))
    return rows


def read_csv(file: str, text: str, noted: ProblemList) -> list[Row]:
    """The rows of a CSV text under the names of its first line; row 1 is that line."""
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[Row] = []
    names: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = [cell.strip().lower() for cell in cells]
                if len(set(names)) != len(names):
                    noted.add(f"{file}:row {reader.line_num}", "Two columns have the same name.")
                    return []
                continue
            place = f"{file}:row {reader.line_num}"
            if len(cells) > len(names):
                noted.add(place, "This row has more cells than the first row has names.")
                continue
            rows.append(Row(dict(zip(names, cells, strict=False)), place, noted, ", column "))
    except csv.Error:
        noted.add(
            f"{file}:row {reader.line_num}", "This row is not CSV. Check its quotation marks."
        )
    if names is None:
        noted.add(file, "This file is empty. Its first row names the columns.")
    return rows
