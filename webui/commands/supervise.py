"""``plancycle run``: everything on one machine, started in order, kept running, and stopped in the
reverse order.

The rules that live here: servers first, then the schema, then web, worker, scheduler and the player
of rehearsals in one process group of their own, so that Ctrl-C reaches only this process and it can
stop them in order; what ends by itself is started again while the others go on, and what ends again
and again ends the run with a sentence (``parts``); every log is kept to its size. Nothing that was
started is left behind when this process is stopped or fails. When it is killed its parts end with
it, but PostgreSQL and Valkey, which are started here, go on; the next start takes them over.
"""

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import click
from gunicorn.app import wsgiapp  # type: ignore[import-untyped]

from config.settings import SECRETS, Settings
from cycle.errors import BadInput
from cycle.server import embedded, migrate
from cycle.server.logfiles import Bounds, keep_within, last_words
from webui.cli import main as commands
from webui.commands.connection import keep_address
from webui.commands.forks import Work
from webui.commands.parts import (
    GaveUp,
    Interrupts,
    Kept,
    Part,
    interruptible,
    kept_parts,
    kept_servers,
)

PATIENCE = 60.0
GLANCE = 0.2
THREADS = 16  # half of them may wait for what others send (``server``)
WORKER = "webui.http.server.Worker"
# The commands that run beside the web server, in the order of starting.
BACKGROUND = ("worker", "scheduler", "rehearsals")

# Fills an empty database with the council named; answers with the lines to print once all is ready.
Prepare = Callable[[Settings, str], Sequence[str]]


def supervise(
    settings: Settings, *, demo: str | None, workers: int, prepare: Prepare | None = None
) -> int:
    """Run everything until Ctrl-C or SIGTERM (0), or until something ends too often (1).

    ``demo`` is the key of the council that ``prepare`` loads into an empty database; ``workers``
    is the number of web processes. Prints ``ready http://HOST:PORT`` once ``/health`` answers.
    Raises BadInput with one sentence when something cannot be started.
    """
    with interruptible() as interrupts, _listening(settings) as listener:
        servers: embedded.Servers | None = None
        parts: list[Part] = []
        try:
            settings = _with_port(settings, listener.getsockname()[1])
            servers = _servers(settings)
            settings = _joined(settings, servers)
            _migrate(settings)
            lines = prepare(settings, demo) if demo and prepare else []
            parts = _parts(listener, workers)
            start = _starter(parts, settings, interrupts)
            for part in parts:
                start(part)
            _until_ready(parts, settings)
            keep_address(settings)
            _say_ready(settings, servers, lines)
            kept = kept_servers(servers, interrupts) if servers else []
            kept += kept_parts(parts, start, lambda part: _log(settings, part))
            return _watch(kept, settings, servers)
        except KeyboardInterrupt:
            return 0
        finally:
            _ignore_signals()
            _stop(parts)
            if servers is not None:
                servers.stop()


def web_command(bind: str, workers: int) -> list[str]:
    """The command line of the web server: threads, no control socket, no trust in forwarded words.

    ``bind`` is ``host:port`` or ``fd://N``. How many proxies to believe is the application's own
    setting, so gunicorn believes none.
    """
    command = [sys.executable, "-m", "gunicorn", "webui.application:create_app()", "--bind", bind]
    command += ["--worker-class", WORKER, "--workers", str(workers), "--threads", str(THREADS)]
    command += ["--timeout", "60", "--graceful-timeout", "10", "--no-control-socket"]
    command += ["--forwarded-allow-ips", "", "--log-level", "warning"]
    # A heartbeat on a slow disk would look like a hung worker.
    return [*command, "--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else command  # noqa: S108


def _parts(listener: socket.socket, workers: int) -> list[Part]:
    """In the order of starting; they are stopped in the reverse order."""
    handed_on = listener.fileno()
    web = web_command(f"fd://{handed_on}", workers)
    return [
        *(_forked(name, commands, ["plancycle", name]) for name in BACKGROUND),
        _forked("web", wsgiapp.run, web[2:], (handed_on,)),
    ]


def _forked(name: str, main: Work, words: list[str], inherits: tuple[int, ...] = ()) -> Part:
    """A part that is this very program with other words."""

    def work() -> None:
        sys.argv = words
        main()

    return Part(name, words, inherits, work)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The web server's socket, opened first, so that a port in use is told before any work."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as failure:
            raise BadInput(
                f"Port {settings.port} on {settings.host} cannot be used ({failure.strerror}); "
                "choose another with PORT=, for example PORT=8001."
            ) from failure
        yield listener


def _with_port(settings: Settings, port: int) -> Settings:
    """The settings with the port that the system chose, when none was named."""
    before = f":{settings.port}"
    base_url = settings.base_url
    if base_url.endswith(before):
        base_url = f"{base_url.removesuffix(before)}:{port}"
    return replace(settings, port=port, base_url=base_url)


def _servers(settings: Settings) -> embedded.Servers | None:
    postgres, valkey = settings.database_url is None, settings.redis_url is None
    if not (postgres or valkey):
        return None
    return embedded.start(settings.data_dir, own=True, postgres=postgres, valkey=valkey)


def _joined(settings: Settings, servers: embedded.Servers | None) -> Settings:
    """The settings with the URLs of the embedded servers where none were given."""
    if servers is None:
        return settings
    return replace(
        settings,
        database_url=settings.database_url or servers.app_url,
        migration_url=settings.migration_url or servers.owner_url,
        redis_url=settings.redis_url or servers.redis_url,
    )


def _migrate(settings: Settings) -> None:
    if settings.migration_url is None:
        raise BadInput("There is no database to bring up to date; set DATABASE_URL.")
    migrate.upgrade(settings.migration_url)


def _environment(settings: Settings) -> dict[str, str]:
    """What the parts see: the settings as they are now, and never the owner of the tables."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.removesuffix("_FILE") not in SECRETS or name.startswith("SMTP_URL")
    }
    return kept | {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "SECRET_KEY": settings.secret_key,
        "HOST": settings.host,
        "PORT": str(settings.port),
        "BASE_URL": settings.base_url,
        "PYTHONUNBUFFERED": "1",
    }


def _starter(
    parts: list[Part], settings: Settings, interrupts: Interrupts
) -> Callable[[Part], None]:
    """What starts a part: in the process group of those that run, with this run's settings."""
    (settings.data_dir / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = _environment(settings)

    def start(part: Part) -> None:
        with interrupts.held():
            log = _log(settings, part)
            try:
                part.start(environment, log, _group(parts))
            except (PermissionError, ProcessLookupError):
                part.start(environment, log, 0)  # the group ended in this very moment

    return start


def _group(parts: list[Part]) -> int:
    """The process group of the parts that run; 0 when none does."""
    for part in parts:
        if part.running is not None and part.lives:
            with suppress(ProcessLookupError):
                return os.getpgid(part.running.pid)
    return 0


def _until_ready(parts: list[Part], settings: Settings) -> None:
    until = time.monotonic() + PATIENCE
    while not _healthy(settings):
        dead = _dead(parts)
        if dead is not None:
            raise BadInput(_obituary(dead, settings))
        if time.monotonic() > until:
            raise BadInput(
                f"The web server did not answer within {PATIENCE:.0f} seconds; "
                f"its words are in {settings.data_dir / 'logs'}."
            )
        time.sleep(GLANCE)


def _healthy(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # asked, not bound
    line = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        line.request("GET", "/health", headers={"Host": settings.trusted_hosts[0].lstrip(".")})
        return line.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _say_ready(settings: Settings, servers: embedded.Servers | None, lines: Sequence[str]) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"ready http://{host}:{settings.port}")
    for line in [*lines, *(servers.notes if servers else ())]:
        click.echo(line)


def _watch(kept: list[Kept], settings: Settings, servers: embedded.Servers | None) -> int:
    bounds = Bounds(settings.log_files.megabytes * 1024 * 1024, settings.log_files.kept)
    account = servers.place.account if servers else None
    # The parts' logs are ours, the servers' their account's.
    logs = {each.log: None for each in kept} | dict.fromkeys(
        servers.logs.values() if servers else (), account
    )
    try:
        while True:
            for each in kept:
                each.look()
            for log, owner in logs.items():
                keep_within(log, bounds, owner)
            time.sleep(GLANCE)
    except GaveUp as farewell:
        click.echo(str(farewell), err=True)
        return 1


def _dead(parts: list[Part]) -> Part | None:
    return next((part for part in parts if part.ended() is not None), None)


def _obituary(part: Part, settings: Settings) -> str:
    log = _log(settings, part)
    words = last_words(log)
    ending = f" Its last words: “{words}”." if words else ""
    return (
        f"The {part.name} ended by itself ({part.ended()}) before all was ready, so the run "
        f"stopped.{ending} All of them are in {log}."
    )


def _log(settings: Settings, part: Part) -> Path:
    return settings.data_dir / "logs" / f"{part.name}.log"


def _stop(parts: list[Part]) -> None:
    """Ask each in turn, the last started first; whoever does not end in time is ended, and so is
    what a part that was killed has left in their process group."""
    group = _group(parts)
    for part in reversed(parts):
        part.stop()
    if group:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _ignore_signals() -> None:
    """A second Ctrl-C while stopping would leave something running."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
