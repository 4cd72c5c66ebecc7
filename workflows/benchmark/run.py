"""``bench``: the real verbs against the very statements of one act, replayed by pgbench.

The rules that live here: both run on one server that writes to the disk for sure, on copies of one
database, in turn, so that what else the machine does meets both; figures are medians of the pairs,
and the ratio is taken pair by pair.
"""

import multiprocessing
import os
import platform
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text

from cycle import clock
from cycle.db import Database, at_once
from cycle.errors import BadInput
from cycle.server import embedded, migrate
from cycle.server.embedded import DATABASE, OWNER, Servers
from workflows.benchmark import (
    inbox as bench_inbox,
    replay as bench_replay,
    world as bench_world,
)
from workflows.benchmark.world import ROUND, Round

UNITS = 68  # gives about 150 plans
PAIRS = 5
PER_CLIENT = 6
REPLAYED = "replayed"
Figures = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """What the last measurements look at: the servers, the database and the moment in it."""

    servers: Servers
    db: Database
    at: datetime
    rounds: list[Round]


def bench(
    clients: int = 4,
    seconds: int = 5,
    *,
    units: int = UNITS,
    pairs: int = PAIRS,
    tasks: int = bench_inbox.TASKS,
    tell: Tell = lambda _words: None,
    also: Callable[[Stage], Figures] = lambda _stage: {},
) -> Figures:
    """All figures of contracts.md; times in milliseconds. ``also`` measures on the same stage.

    Raises BadInput with a sentence when pgbench is missing or ``units`` are too few.
    """
    with embedded.scratch(fsync=True, valkey=False) as servers:
        program = bench_replay.pgbench(servers)
        tell("Making a council …")
        migrate.upgrade(servers.owner_url)
        rounds, at = bench_world.make(servers, units)
        db = Database(servers.app_url)
        try:
            if len(rounds) < clients:
                raise BadInput(f"{units} services are too few for {clients} clients.")
            with clock.set_to(at):
                found = _acts(servers, db, rounds, at, (clients, seconds, pairs), program, tell)
                tell("Reading among many tasks …")
                stage = Stage(servers, db, at, rounds)
                found |= bench_inbox.measure(servers, db, tasks)
                found |= also(stage)
                return found | {"machine": machine(db), "clients": clients, "seconds": seconds}
        finally:
            db.dispose()


def machine(db: Database) -> Figures:
    """On what it was measured."""
    server = db.read(lambda s: s.scalar(text("SHOW server_version")))
    return {
        "processor": platform.machine(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "postgresql": server,
    }


def _acts(
    servers: Servers,
    db: Database,
    rounds: list[Round],
    at: datetime,
    size: tuple[int, int, int],
    program: Path,
    tell: Tell,
) -> Figures:
    clients, seconds, pairs = size
    shares = [rounds[number::clients][:PER_CLIENT] for number in range(clients)]
    with TemporaryDirectory(prefix="plancycle-bench-") as folder:
        written = []
        counted: list[int] = []
        for number, share in enumerate(shares):
            scripts = [made for each in share for made in _replayed(db, each, counted)]
            place = Path(folder) / f"client{number}"
            written.append((place, bench_replay.write(scripts, place)))
        db.dispose()
        _copy(servers)
        url = servers.url(embedded.APP, REPLAYED)
        runs = []
        with _clients(servers.app_url, shares, at) as lines:
            _ask(lines, 1)
            bench_replay.run(program, url, written, 1)
            for pair in range(pairs):
                tell(f"Pair {pair + 1} of {pairs} …")
                runs.append(
                    (_ask(lines, seconds), bench_replay.run(program, url, written, seconds))
                )
    return _figures(runs, seconds) | {"statements_per_act": round(statistics.mean(counted), 1)}


def _replayed(db: Database, each: Round, counted: list[int]) -> Iterator[bench_replay.Script]:
    """The second round of a plan, logged; in the first one its text is sealed."""
    for number in range(2 * len(ROUND)):
        with bench_replay.logged(db) as log:
            db.run(each.act, number, secrets.token_hex(16))
        if number >= len(ROUND):
            counted.append(len(log.statements))
            yield bench_replay.script(log, f"p{each.plan_id}_{number}")


def _copy(servers: Servers) -> None:
    with at_once(servers.url(OWNER, "postgres")) as owner:
        owner.execute(f"CREATE DATABASE {REPLAYED} TEMPLATE {DATABASE}")


@contextmanager
def _clients(url: str, shares: Sequence[list[Round]], at: datetime) -> Iterator[list[Connection]]:
    """A process for each client, with a connection of its own."""
    context = multiprocessing.get_context("spawn")
    lines: list[Connection] = []
    running: list[SpawnProcess] = []
    try:
        for share in shares:
            here, there = context.Pipe()
            each = context.Process(target=client, args=(there, url, share, at), daemon=True)
            each.start()
            there.close()
            lines.append(here)
            running.append(each)
        yield lines
    finally:
        for line in lines:
            line.close()
        for each in running:
            each.join(10)


def client(line: Connection, url: str, share: Sequence[Round], at: datetime) -> None:
    """One client: for so many seconds as it is told, act after act; tells what each took."""
    db = Database(url, pool_size=1)
    done = 0
    with clock.set_to(at):
        while True:
            try:
                seconds = line.recv()
            except EOFError:
                return
            took = []
            until = time.perf_counter() + seconds
            while (began := time.perf_counter()) < until:
                which, number = done % len(share), done // len(share)
                db.run(share[which].act, number, secrets.token_hex(16))
                took.append((time.perf_counter() - began) * 1000)
                done += 1
            line.send(took)


def _ask(lines: Sequence[Connection], seconds: int) -> list[float]:
    for line in lines:
        line.send(seconds)
    return [took for line in lines for took in line.recv()]


def _figures(runs: Sequence[tuple[list[float], list[float]]], seconds: int) -> Figures:
    """Medians over the pairs; the ratio is of each pair."""
    ratios = [len(acts) / len(replayed) for acts, replayed in runs]
    return {
        "pgbench_tps": _median(len(replayed) / seconds for _, replayed in runs),
        "act_tps": _median(len(acts) / seconds for acts, _ in runs),
        "ratio": round(statistics.median(ratios), 3),
        "ratios": [round(each, 3) for each in ratios],
        "p50_ms": _median(percentile(acts, 50) for acts, _ in runs),
        "p99_ms": _median(percentile(acts, 99) for acts, _ in runs),
        "pgbench_p50_ms": _median(percentile(replayed, 50) for _, replayed in runs),
        "pgbench_p99_ms": _median(percentile(replayed, 99) for _, replayed in runs),
        "p99_ratio": _median(percentile(a, 99) / percentile(r, 99) for a, r in runs),
    }


def _median(values: Iterator[float]) -> float:
    return round(statistics.median(values), 2)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which so many of a hundred lie."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
