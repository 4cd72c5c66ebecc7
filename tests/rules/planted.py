"""``make planted``: take out every guard, one at a time, and see that a test fails; give every
permission to everybody, and read every key of a framework as if nobody had written it, likewise.

Not part of ``make test``: the first part runs the suite once and writes down in which tests each
guard says no (a guard that never does has no test at all); the second takes out one after the other
and runs the tests that have seen it, the quickest first. Whatever no test notices is printed as a
survivor and stands in ``docs/proof.md``. Exit 1 when there is one. A run that was broken off goes
on with ``--go-on``.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from queue import Queue
from typing import Any

from config.settings import Settings
from cycle.server.embedded import APP, OWNER, Servers
from tests import kit
from tests.rules import plants
from tests.rules.source import ROOT
from webui.application import create_app

PROOF = ROOT / "docs" / "proof.md"
CLAIMS = ROOT / "build" / "claims.jsonl"
SO_FAR = ROOT / "build" / "planted.jsonl"
BEGIN, END = "<!-- planted: begin -->", "<!-- planted: end -->"
TITLE = (
    "# Proof\n\nWhat was taken out of the product, one at a time, and which test failed without it."
)
SUITE = ("tests/flows", "tests/web", "tests/unit", "tests/rules")
AT_ONCE = int(os.environ.get("PLANTED_AT_ONCE", "2"))
MOST_TESTS = 12
PATIENCE = 600
CATALOGUE = "tests/flows/record/test_verify.py::test_verify_writes_nothing"
# What is asked when no test was seen to meet a guard's no, by kind.
ALSO: Mapping[str, tuple[str, ...]] = {
    "access": (
        "tests/web/plans/test_what_is_open.py",
        "tests/flows/plans/test_what_is_open.py",
        "tests/flows/plans/test_reading.py",
        "tests/flows/plans/test_my_work.py",
        "tests/web/http/test_every_route.py",
    ),
    "policy": (
        "tests/web/http/test_policies.py::test_each_address_has_the_policy_of_the_table",
        "tests/web/http/test_every_route.py",
    ),
    "constraint": (CATALOGUE,),
    "trigger": (CATALOGUE,),
    "grant": (CATALOGUE,),
    # Everybody has it.
    "permission": (
        "tests/web/http/test_every_route.py",
        "tests/flows/people",
        "tests/flows/plans",
        "tests/flows/meetings",
        "tests/flows/reports",
        "tests/flows/record",
        "tests/flows/notifications",
    ),
    # It reads as if nobody had written it.
    "key": (
        "tests/unit/config/test_every_key.py",
        "tests/unit/config",
        "tests/flows/framework",
        "tests/flows/reports",
        "tests/flows/meetings",
        "tests/flows/plans",
        "tests/flows/cycles",
        "tests/flows/timetable",
        "tests/flows/calendar",
        "tests/flows/people",
        "tests/web/plans",
        "tests/web/reports",
        "tests/web/timetable",
        "tests/web/council",
    ),
}

# What many tests meet and few tell apart: those that do.
OF: Mapping[str, tuple[str, ...]] = {
    "condition:milestone_missing": ("tests/flows/plans/test_guards.py",),
    "condition:comments_complete": ("tests/flows/reports/test_reports.py",),
    "condition:report_complete": ("tests/flows/plans/test_guards.py",),
    "condition:comment_missing": ("tests/flows/reports/test_reports.py",),
    "effect:sign_off": ("tests/flows/plans/test_agreements.py",),
    "effect:seal_version": ("tests/flows/plans/test_effects.py",),
    "effect:close_contributions": ("tests/flows/plans/test_effects.py",),
    "effect:prefill": ("tests/flows/plans/test_effects.py",),
    "effect:supersede_previous": ("tests/flows/plans/test_effects.py",),
    "check:INV-03-edges": (
        "tests/flows/record/test_verify.py::test_every_check_can_fail[INV-03-edges]",
    ),
}


@dataclass(frozen=True)
class Found:
    """What came of taking one out: ``caught``, ``survived``, ``exempt`` or ``stuck``."""

    name: str
    outcome: str
    words: str

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]


@dataclass(frozen=True)
class Claims:
    """In which tests each guard said no, and how long each test takes (seconds); ``setup`` is the
    longest set-up in each file, which whoever runs first in it waits for; of the tests of one guard
    so many are asked (``most``)."""

    tests: Mapping[str, set[str]]
    seconds: Mapping[str, float]
    setup: Mapping[str, float]
    most: int

    def of(self, name: str) -> list[str]:
        """The tests to ask, the quickest first."""
        kind, _, key = name.partition(":")
        if kind == "cure":
            return list(plants.cure_named(key).tests)
        passed = [each for each in self.tests.get(name, ()) if each in self.seconds]
        quickest = sorted(passed, key=lambda each: (self._takes(each), each))[: self.most]
        # Every page asks a policy and an access rule, so that their own tests come first.
        own = OF.get(name, ALSO.get(kind, ()))
        first = kind in ("access", "policy") or name in OF
        return [*own, *quickest] if first else [*quickest, *own]

    def _takes(self, test: str) -> float:
        return self.seconds[test] + self.setup.get(test.partition("::")[0], 0)


def main(words: list[str]) -> int:
    """Record (unless told where that stands), take out, report; the exit code."""
    parser = argparse.ArgumentParser(prog="planted", description=__doc__)
    parser.add_argument("--only", action="append", help="names that contain this; can be repeated")
    parser.add_argument("--claims", type=Path, help="a recording of before, instead of a new one")
    parser.add_argument("--record", action="store_true", help="make the recording and stop")
    parser.add_argument(
        "--most", type=int, default=MOST_TESTS, help=f"tests to ask of each ({MOST_TESTS})"
    )
    parser.add_argument("--go-on", action="store_true", help="keep what was caught before")
    asked = parser.parse_args(words)
    kit.use_memory()
    uid = kit.new_run_uid()
    try:
        servers = kit.started(uid)
        claims = _read(asked.claims or _recorded(uid), asked.most)
        if asked.record:
            return 0
        only = asked.only or [""]
        names = [name for name in _all(servers) if any(part in name for part in only)]
        SO_FAR.parent.mkdir(exist_ok=True)
        before = _caught_before() if asked.go_on else {}
        left = [name for name in names if name not in before]
        _say(f"{len(left)} guards to take out, {AT_ONCE} at a time.")
        now = {each.name: each for each in _each(uid, left, claims)}
        found = [now.get(name) or before[name] for name in names]
    finally:
        kit.ended(uid)
    left = [each for each in found if each.outcome in ("survived", "stuck")]
    for each in left:
        _say(f"{each.outcome}: {each.name}: {each.words}")
    _say(f"{len(left)} survivors of {len(found)}.")
    if not asked.only:
        _report(found)
    return 1 if left else 0


def _caught_before() -> dict[str, Found]:
    """What a run before this one has caught, by name."""
    lines = SO_FAR.read_text(encoding="utf-8").splitlines() if SO_FAR.exists() else []
    found = [Found(*json.loads(line)) for line in lines]
    return {each.name: each for each in found if each.outcome == "caught"}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _all(servers: Servers) -> list[str]:
    settings = {"DATABASE_URL": servers.url(APP, kit.TEMPLATE), "SECRET_KEY": "k" * 40}
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.load({**settings, "DATA_DIR": folder}))
    return plants.of_code(app) + plants.of_database(servers.url(OWNER, kit.TEMPLATE))


# Recording ----------------------------------------------------------------------------------------


def _recorded(uid: str) -> Path:
    _say("The suite runs once, to see in which tests each guard says no.")
    CLAIMS.parent.mkdir(exist_ok=True)
    CLAIMS.unlink(missing_ok=True)
    environment = {**os.environ, "PLANTED_RECORD": str(CLAIMS), "PLANCYCLE_TEST_RUN": uid}
    subprocess.run([*_pytest(), "-n", str(AT_ONCE), *SUITE], cwd=ROOT, env=environment, check=False)
    return CLAIMS


def _read(path: Path, most: int) -> Claims:
    tests: dict[str, set[str]] = defaultdict(set)
    seconds: dict[str, float] = {}
    setup: dict[str, float] = defaultdict(float)
    for line in path.read_text(encoding="utf-8").splitlines():
        words = json.loads(line)
        if words[0] == "passed":
            seconds[words[1]] = words[2]
        elif words[0] == "setup":
            file = words[1].partition("::")[0]
            setup[file] = max(setup[file], words[2])
        else:
            tests[words[0]].add(words[1])
    return Claims(tests, seconds, setup, most)


def _pytest() -> list[str]:
    return [sys.executable, "-m", "pytest", "-q", "-p", "tests.rules.planting",
            "-p", "no:cacheprovider", "--no-header"]  # fmt: skip


# Taking out ---------------------------------------------------------------------------------------


def _each(uid: str, names: list[str], claims: Claims) -> list[Found]:
    """Every name, each worker in a copy of the product of its own."""
    with tempfile.TemporaryDirectory(prefix="planted-") as base:
        copies: Queue[tuple[str, Path]] = Queue()
        for number in range(AT_ONCE):
            copies.put((f"gw{number + 1}", _copied(Path(base) / str(number))))

        def one(name: str) -> Found:
            worker, copy = copies.get()
            try:
                found = _taken_out(uid, worker, copy, name, claims)
            finally:
                copies.put((worker, copy))
            with SO_FAR.open("a", encoding="utf-8") as out:
                out.write(json.dumps([found.name, found.outcome, found.words]) + "\n")
            _say(f"{found.outcome:9}{found.name}  {found.words}")
            return found

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, names))


def _copied(folder: Path) -> Path:
    """The product's files as git knows them, with what was built beside them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for built in ("webui/static/vendor", "node_modules"):
        (folder / built).symlink_to(ROOT / built)
    return folder


def _taken_out(uid: str, worker: str, copy: Path, name: str, claims: Claims) -> Found:
    if name in plants.exempt():
        return Found(name, "exempt", plants.exempt()[name])
    tests = claims.of(name)
    if not tests:
        return Found(name, "survived", "no test has seen it say no")
    kind, _, key = name.partition(":")
    cure = plants.cure_named(key) if kind == "cure" else None
    if cure is not None:
        (copy / cure.file).write_text(plants.text_without(cure), encoding="utf-8")
    try:
        return _asked(uid, worker, copy, name, tests)
    finally:
        if cure is not None:
            shutil.copy2(ROOT / cure.file, copy / cure.file)


def _asked(uid: str, worker: str, copy: Path, name: str, tests: Iterable[str]) -> Found:
    environment = {
        **os.environ,
        "PLANTED": name,
        "PLANCYCLE_TEST_RUN": uid,
        "PLANCYCLE_TEST_WORKER": worker,
        "PYTHONPATH": str(copy),
    }
    command = [*_pytest(), "-x", "--tb=line", "-n", "0", *tests]
    try:
        ran: Any = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Found(name, "stuck", "the tests did not come to an end")
    lines_out = ran.stdout.splitlines()
    failed = [
        line.split(" - ")[0]
        for line in lines_out
        if line.startswith(("FAILED tests/", "ERROR tests/"))
    ]
    if ran.returncode == 1 and failed:
        return Found(name, "caught", failed[0].split(" ", 1)[1])
    if ran.returncode == 0:
        return Found(name, "survived", f"{len(list(tests))} tests pass without it")
    return Found(name, "stuck", (ran.stderr or ran.stdout)[-300:].replace("\n", " "))


# The report ---------------------------------------------------------------------------------------


def _report(found: list[Found]) -> None:
    """The table between its marks in ``docs/proof.md``."""
    lines = [
        f"{date.today().isoformat()}, `make planted`: {len(found)} taken out, "  # noqa: DTZ011
        f"{sum(each.outcome in ('survived', 'stuck') for each in found)} survivors, "
        f"{sum(each.outcome == 'exempt' for each in found)} exempt.",
        "",
        "| kind | taken out | caught | survivors | exempt |",
        "|---|---|---|---|---|",
    ]
    for kind in plants.KINDS:
        of_kind = [each.outcome for each in found if each.kind == kind]
        counts = [of_kind.count("caught"), len([o for o in of_kind if o in ("survived", "stuck")])]
        lines.append(
            f"| {kind} | {len(of_kind)} | {counts[0]} | {counts[1]} | {of_kind.count('exempt')} |"
        )
    lines += ["", "| taken out | what came of it |", "|---|---|"]
    for each in found:
        words = each.words.replace("|", "\\|")
        outcome = f"`{words}`" if each.outcome == "caught" else f"**{each.outcome}**: {words}"
        lines.append(f"| `{each.name}` | {outcome} |")
    new = f"{TITLE}\n\n{BEGIN}{END}\n"
    text = PROOF.read_text(encoding="utf-8") if PROOF.exists() else new
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    PROOF.write_text(f"{head}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
