"""The very statements of an act, as pgbench replays them: what PostgreSQL alone could do.

The rule that lives here: what an act reads before it writes (version and head of the plan's chain,
ids of the rows that it seals) the replay reads too, and what must be new each time (request key,
hash of the event) is new there; everything else goes as it went, with the same parameters, in one
transaction.
"""

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from cycle.db import Database
from cycle.errors import BadInput
from cycle.server.embedded import Servers

LOCKS = "FOR NO KEY UPDATE"
WRITES = "INSERT INTO event"
KEYS = "request_key"
DRAWS = "nextval("
# What the write of an act takes from the row that was locked before, and what is new each time.
FOLLOWS = {
    "seen": ":v_plan_version",
    "seq": ":v_plan_head_seq::int + 1",
    "prev": ":v_plan_head_hash",
    "generation": ":v_plan_generation::int + 1",
    "hash": "lpad(:fresh, 64, '0')",
}
# The sealed rows that an act writes, with the ids that this turn has drawn.
ROWS = "rows_"
_FRESH_ROWS = """(
SELECT jsonb_agg(jsonb_set(each.row, '{{id}}', to_jsonb((:v_ids_{table}::bigint[])[each.n])))
FROM jsonb_array_elements({given}::jsonb) WITH ORDINALITY AS each(row, n))"""
_MARK = re.compile(r"%\((\w+)\)s")


@dataclass
class Logged:
    """The statements of one act in their order, each with its parameters."""

    statements: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)


@contextmanager
def logged(db: Database) -> Iterator[Logged]:
    """Everything that is sent to the database within the block."""
    log = Logged()

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
        log.statements.append((statement, dict(parameters or {})))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield log
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@dataclass
class Script:
    """One act for pgbench: its file's text, and its parameters as ``-D`` takes them."""

    text: str
    values: dict[str, str]


def script(log: Logged, name: str) -> Script:
    """The replay of a logged act; ``name`` keeps its variables apart from those of other acts."""
    made = Script("\\set fresh random(1, 9000000000000000000)\nBEGIN;\n", {})
    for number, (statement, parameters) in enumerate(log.statements):
        writing = _Writing(statement, parameters, f"{name}_{number}_", made.values)
        body = _MARK.sub(writing.value, statement).replace("%%", "%").strip()
        reads = LOCKS in statement or DRAWS in statement
        made.text += body + ("\n\\gset v_\n" if reads else ";\n")
    made.text += "END;\n"
    return made


@dataclass
class _Writing:
    """Puts pgbench's variables in the place of one statement's parameters."""

    statement: str
    parameters: Mapping[str, Any]
    prefix: str
    values: dict[str, str]

    def value(self, found: re.Match[str]) -> str:
        name = found[1]
        if WRITES in self.statement and name in FOLLOWS:
            return f"({FOLLOWS[name]})"
        if KEYS in self.statement and name == "key":
            return "lpad(:fresh, 36, '0')"
        given = self.parameters[name]
        if given is None or given == "":
            return "NULL" if given is None else "''"  # pgbench takes no empty value
        self.values[self.prefix + name] = _written(given)
        if WRITES in self.statement and name.startswith(ROWS):
            return _FRESH_ROWS.format(table=name.removeprefix(ROWS), given=f" :{self.prefix}{name}")
        return f" :{self.prefix}{name}{_type(given)}"  # the space parts it from a colon before


def _written(given: Any) -> str:
    if isinstance(given, bool):
        return "t" if given else "f"
    if isinstance(given, list):
        inside = ",".join('"' + _written(each).replace('"', '\\"') + '"' for each in given)
        return "{" + inside + "}"
    return given.isoformat() if isinstance(given, date) else str(given)


def _type(given: Any) -> str:
    """The type that the driver sends along; words go without one there too."""
    if isinstance(given, list):
        return f"{_type(given[0])}[]" if given and _type(given[0]) else "::text[]"
    if isinstance(given, datetime):
        return "::timestamptz"
    known = {bool: "::bool", int: "::int", date: "::date"}
    return known.get(type(given), "")


def pgbench(servers: Servers) -> Path:
    """The program, from the server's folder or the path. Raises BadInput where there is none."""
    own = servers.place.postgres_bin / "pgbench"
    found = str(own) if own.exists() else shutil.which("pgbench")
    if found is None:
        raise BadInput(
            "pgbench is not installed, and the benchmark compares with it; install it "
            "(on Debian: sudo apt-get install postgresql-contrib) and try again."
        )
    return Path(found)


def write(scripts: Sequence[Script], folder: Path) -> list[str]:
    """Put the scripts of one client into a folder; gives pgbench's arguments for them."""
    folder.mkdir()
    arguments = []
    for number, each in enumerate(scripts):
        path = folder / f"act{number}.sql"
        path.write_text(each.text, "utf-8")
        arguments += ["-f", str(path)]
        for name, value in each.values.items():
            arguments += ["-D", f"{name}={value}"]
    return arguments


def run(
    program: Path, url: str, clients: Sequence[tuple[Path, list[str]]], seconds: int
) -> list[float]:
    """Let every client replay its acts for so long; gives the milliseconds that each act took.

    Raises BadInput when pgbench stops.
    """
    fixed = ["-n", "-M", "prepared", "-c", "1", "-T", str(seconds), "-l", "--log-prefix", "took"]
    running = [
        subprocess.Popen(
            [str(program), *fixed, "--random-seed", str(secrets.randbelow(2**31)), *arguments, url],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for folder, arguments in clients
    ]
    errors = [each.communicate()[1] for each in running]
    for each, words in zip(running, errors, strict=True):
        if each.returncode:
            raise BadInput(f"pgbench stopped: {words.strip()}")
    return [took for folder, _ in clients for took in _took(folder)]


def _took(folder: Path) -> Iterator[float]:
    for path in folder.glob("took.*"):
        for line in path.read_text("utf-8").splitlines():
            yield int(line.split()[2]) / 1000
        path.unlink()
