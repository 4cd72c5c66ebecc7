"""Two builds side by side on this machine: ``python benchmarks/paired.py OLD NEW``.

Both are checked out and set up (``make setup``) in folders that are kept, so that a second run
begins at once. Everything is measured of each in turn, round by round, so that what else the
machine does meets both; a figure is the median of its rounds, a ratio that of the ratios of the
rounds. ``OLD`` and ``NEW`` are commits, or ``.`` for the tree as it stands. It judges nothing by
its exit code.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from cycle.server.embedded import DATABASE, OWNER, scratch
from workflows.benchmark.replay import pgbench

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
KEPT = Path(tempfile.gettempdir()) / "plancycle-paired"
# The least that an act must write; the same script for every build, for ever.
YARDSTICK = {
    "yardstick.pgbench": "003468f10c3a7568d34bdd88c297639d59ce713ad20e015ac54d9d493dbf0ec7",
    "yardstick.sql": "1bd07f3b5c1963b045f8bbd1a2ee17cc50d11cf1809ac82517e54734852247fa",
}
FILL = (
    "truncate task, audit, outbox, plan restart identity; "
    "insert into plan select g * 1000000 + i, 'r' || g || '-' || i, 't', 'draft', 1, 1 "
    "from generate_series(0, 3) g, generate_series(1, 20000) i"
)
CLIENTS, SECONDS = 4, 8
IDLE = 20.0  # seconds after ``ready`` before memory is looked at
Figures = dict[str, float]


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise SystemExit(f"{program} is not installed, and this needs it.")
    return path


class Build:
    """One build, set up in a folder of its own."""

    def __init__(self, commit: str):
        self.commit = commit
        self.folder = ROOT if commit == "." else self._checked_out()
        self.plancycle = str(self.folder / ".venv" / "bin" / "plancycle")
        subprocess.run([_found("make"), "-s", "setup"], cwd=self.folder, check=True)

    def _checked_out(self) -> Path:
        command = [_found("git"), "rev-parse", f"{self.commit}^{{commit}}"]
        sha = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        folder = KEPT / sha.strip()
        if not folder.exists():
            add = [_found("git"), "worktree", "add", "--detach", str(folder), sha.strip()]
            subprocess.run(add, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return folder

    def run(self, *words: str, **environ: str) -> str:
        """What a command prints."""
        own = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environ}
        done = subprocess.run(
            [self.plancycle, *words],
            cwd=self.folder,
            env=own,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout


def acts(build: Build) -> Figures:
    """Acts a second of four clients, the same beside the yardstick, and pages."""
    figures = json.loads(
        build.run("bench", "--json", "--clients", str(CLIENTS), "--seconds", str(SECONDS))
    )
    least = yardstick()
    return {
        "acts a second": figures["act_tps"],
        "acts to the yardstick": figures["act_tps"] / least,
        "acts to the replay of their own statements": figures["ratio"],
        "a plan's page, ms": figures["plan_page_ms"],
        "All plans, ms": figures["board_page_ms"],
    }


def yardstick() -> float:
    """Transactions a second of the yardstick on a server that writes to the disk for sure."""
    for name, digest in YARDSTICK.items():
        if hashlib.sha256((HERE / name).read_bytes()).hexdigest() != digest:
            raise SystemExit(f"{name} is not the yardstick any more. Take it from where it came.")
    with scratch(fsync=True, valkey=False) as servers:
        url = servers.url(OWNER, DATABASE)
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute((HERE / "yardstick.sql").read_bytes())
            owner.execute(FILL)
        script = str(HERE / "yardstick.pgbench")
        words = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS)]
        words += ["-D", "n=0", "-D", "k=0", "-f", script, url]
        done = subprocess.run(
            [str(pgbench(servers)), *words], check=True, capture_output=True, text=True
        )
    (line,) = (each for each in done.stdout.splitlines() if each.startswith("tps"))
    return float(line.split()[2])


def simulate(build: Build) -> Figures:
    """Four years with 40 services."""
    began = time.monotonic()
    build.run(
        "simulate",
        "--framework",
        "nottinghamshire-smf",
        "--start",
        "2027",
        "--units",
        "40",
        "--json",
    )
    return {"simulate, 40 services, four years, s": time.monotonic() - began}


def starting(build: Build) -> Figures:
    """Processor seconds of commands that need no database."""
    found = {}
    for name, words in {
        "--help": ["--help"],
        "dates": ["dates", "--body", "Cabinet", "--meeting", "2027-11-10"],
    }.items():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        build.run(*words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found[f"plancycle {name}, processor s"] = spent
    return found


def memory(build: Build) -> Figures:
    """Proportional memory (PSS) of everything that ``run`` starts, with the demo open and idle."""
    with tempfile.TemporaryDirectory(prefix="plancycle-paired-") as folder:
        if os.geteuid() == 0:
            Path(folder).chmod(0o711)
        environ = {"PATH": os.environ["PATH"], "HOME": folder, "DATA_DIR": folder, "PORT": "0"}
        for _made_first in range(2):  # the second time the demo is there already
            run = subprocess.Popen(
                [build.plancycle, "run"],
                cwd=build.folder,
                env=environ,
                stdout=subprocess.PIPE,
                text=True,
            )
            try:
                _until_ready(build, run)
                time.sleep(IDLE)
                total = sum(_pss(pid) for pid in [*_below(run.pid), *_serving(Path(folder))])
            finally:
                run.send_signal(signal.SIGTERM)
                run.communicate()
    return {"memory of all that run starts, MB": total / 1024}


def _until_ready(build: Build, run: "subprocess.Popen[str]") -> None:
    for line in run.stdout or ():
        if line.startswith("ready"):
            return
    raise SystemExit(f"{build.commit} did not start.")


def _below(pid: int) -> list[int]:
    try:
        listing = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return [pid]
    return [pid, *(each for child in listing.split() for each in _below(int(child)))]


def _serving(folder: Path) -> list[int]:
    """The embedded servers and their children; they are nobody's child."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                at = (process / "cwd").readlink()
            except OSError:
                continue
            if folder in at.parents:
                found.append(int(process.name))
    return found


def _pss(pid: int) -> int:
    """Kilobytes; nought for what has ended meanwhile."""
    try:
        listing = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(next(line for line in listing.splitlines() if line.startswith("Pss:")).split()[1])


MEASURES: dict[str, Callable[[Build], Figures]] = {
    "starting": starting,
    "memory": memory,
    "acts": acts,
    "simulate": simulate,
}


def main() -> int:
    """Measure what is asked for and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=MEASURES, nargs="*", default=list(MEASURES))
    given = parser.parse_args()
    builds = Build(given.old), Build(given.new)
    for name in given.only:
        rounds = [tuple(MEASURES[name](build) for build in builds) for _ in range(given.rounds)]
        for figure in rounds[0][0]:
            pairs = [(old[figure], new[figure]) for old, new in rounds]
            old, new = (statistics.median(side) for side in zip(*pairs, strict=True))
            ratio = statistics.median(mine / its for its, mine in pairs)
            print(f"{figure:48} {old:>10.2f} {new:>10.2f}   x {ratio:.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
