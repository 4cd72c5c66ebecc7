"""``plancycle run``: everything on one machine, started in order and stopped in the reverse order.

The rules that live here: servers first, then the schema, then web, worker, scheduler and the player
of rehearsals in one process group of their own, so that Ctrl-C reaches only this process and it can
stop them in order; a part that ends by itself ends the run with a sentence; nothing that was
started is left behind, not even when this process is killed.
"""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

import click

from config.settings import SECRETS, Settings
from cycle import embedded, migrate
from cycle.errors import BadInput

PATIENCE = 60.0
GLANCE = 0.2
GRACE = 15.0
THREADS = 4
PR_SET_PDEATHSIG = 1
WORKER = "webui.server.Worker"

# Fills an empty database with the council named; answers with the lines to print once all is ready.
Prepare = Callable[[Settings, str], Sequence[str]]


@dataclass
class Part:
    """One child process of the run."""

    name: str
    command: list[str]
    inherits: tuple[int, ...] = ()
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)


def supervise(
    settings: Settings, *, demo: str | None, workers: int, prepare: Prepare | None = None
) -> int:
    """Run everything until Ctrl-C or SIGTERM (0), or until a part ends by itself (1).

    ``demo`` is the key of the council that ``prepare`` loads into an empty database; ``workers``
    is the number of web processes. Prints ``ready http://HOST:PORT`` once ``/health`` answers.
    Raises BadInput with one sentence when something cannot be started.
    """
    with interruptible(), _listening(settings) as listener:
        servers: embedded.Servers | None = None
        parts: list[Part] = []
        try:
            settings = _with_port(settings, listener.getsockname()[1])
            servers = _servers(settings)
            settings = _joined(settings, servers)
            _migrate(settings)
            lines = prepare(settings, demo) if demo and prepare else []
            parts = _parts(listener, workers)
            _start(parts, settings)
            _until_ready(parts, settings)
            _say_ready(settings, servers, lines)
            return _watch(parts, settings)
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
    command = [sys.executable, "-m", "gunicorn", "webui:create_app()", "--bind", bind]
    command += ["--worker-class", WORKER, "--workers", str(workers), "--threads", str(THREADS)]
    command += ["--timeout", "60", "--graceful-timeout", "10", "--no-control-socket"]
    command += ["--forwarded-allow-ips", "", "--log-level", "warning"]
    # A heartbeat on a slow disk would look like a hung worker.
    return [*command, "--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else command  # noqa: S108


def _parts(listener: socket.socket, workers: int) -> list[Part]:
    """In the order of starting; they are stopped in the reverse order."""
    plancycle = [sys.executable, "-m", "webui"]
    handed_on = listener.fileno()
    return [
        Part("worker", [*plancycle, "worker"]),
        Part("scheduler", [*plancycle, "scheduler"]),
        Part("rehearsals", [*plancycle, "rehearsals"]),
        Part("web", web_command(f"fd://{handed_on}", workers), (handed_on,)),
    ]


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


def _start(parts: list[Part], settings: Settings) -> None:
    logs = settings.data_dir / "logs"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = _environment(settings)
    group = 0
    for part in parts:
        log = os.open(_log(settings, part), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(log, "ab") as words:
            part.running = subprocess.Popen(
                part.command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                pass_fds=part.inherits,
                process_group=group,
                preexec_fn=_die_with_parent(),  # no thread runs yet in this process
            )
        group = group or part.running.pid


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux, what makes the kernel stop a part when this process is killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


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


def _watch(parts: list[Part], settings: Settings) -> int:
    while True:
        dead = _dead(parts)
        if dead is not None:
            click.echo(_obituary(dead, settings), err=True)
            return 1
        time.sleep(GLANCE)


def _dead(parts: list[Part]) -> Part | None:
    return next((part for part in parts if part.running and part.running.poll() is not None), None)


def _obituary(part: Part, settings: Settings) -> str:
    status = part.running.returncode if part.running else 0
    how = f"signal {-status}" if status < 0 else f"status {status}"
    return (
        f"The {part.name} ended by itself ({how}), so the run stopped; "
        f"its last words are in {_log(settings, part)}."
    )


def _log(settings: Settings, part: Part) -> Path:
    return settings.data_dir / "logs" / f"{part.name}.log"


def _stop(parts: list[Part]) -> None:
    """Ask each in turn, the last started first; whoever does not end in time is ended."""
    for part in reversed(parts):
        if part.running is None:
            continue
        part.running.terminate()
        try:
            part.running.wait(GRACE)
        except subprocess.TimeoutExpired:
            part.running.kill()
            part.running.wait()


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM ends the run just as Ctrl-C does; both are as before afterwards."""
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, _interrupt) for name in names]
    try:
        yield
    finally:
        for name, was in zip(names, before, strict=True):
            signal.signal(name, was)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    """A second Ctrl-C while stopping would leave something running."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
