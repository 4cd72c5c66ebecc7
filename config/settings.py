"""The environment, read once into one frozen ``Settings``; every problem is reported at once.

The rules that live here: a secret may come from a file (``NAME_FILE``) instead of the environment;
the session key is long enough to resist guessing, or is made and kept in the data folder; the
address that people see in mail is set here and never taken from a request.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

SECRET_LENGTH = 32
LARGEST_PORT = 65_535
MOST_LOG_DAYS = 3660  # ten years
KEY_FILE = "secret-key"
SECRETS = ("DATABASE_URL", "MIGRATION_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY")
DATABASE_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
REDIS_SCHEMES = ("redis", "rediss", "unix")
SMTP_SCHEMES = ("smtp", "smtps", "smtp+starttls")


class BadSettings(Exception):
    """The environment cannot be used; ``problems`` is one plain sentence each."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class LogDays:
    """For how many days the access log keeps its lines; in them the network addresses; and the
    salts, without which nobody can tell an unknown e-mail address from its digest."""

    lines: int
    networks: int
    salts: int


@dataclass(frozen=True)
class LogFiles:
    """How large a log of ``run`` becomes, and how many older ones are kept beside it."""

    megabytes: int
    kept: int


@dataclass(frozen=True)
class Settings:
    """What an installation sets. Minutes and hours are of the clock; paths are absolute."""

    data_dir: Path
    database_url: str | None
    migration_url: str | None
    redis_url: str | None
    smtp_url: str | None
    mail_from: str
    base_url: str
    secret_key: str
    host: str
    port: int
    trusted_hosts: tuple[str, ...]
    proxy_hops: int
    idle_minutes: int
    absolute_hours: int
    support_email: str
    log_files: LogFiles
    access_log: LogDays

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings from ``environ``; makes the data folder and its session key when embedded.

        Raises BadSettings with every problem at once; then nothing has been written.
        """
        asked = _Asked(environ)
        data_dir = Path(asked.text("DATA_DIR", "data")).expanduser().absolute()
        database_url = asked.url("DATABASE_URL", DATABASE_SCHEMES)
        migration_url = asked.url("MIGRATION_URL", DATABASE_SCHEMES) or database_url
        redis_url = asked.url("REDIS_URL", REDIS_SCHEMES)
        smtp_url = asked.url("SMTP_URL", SMTP_SCHEMES)
        host = asked.text("HOST", "127.0.0.1")
        port = asked.number("PORT", 8000, 0, LARGEST_PORT)
        base_url = asked.url("BASE_URL", ("http", "https")) or f"http://{host}:{port}"
        trusted = asked.words("TRUSTED_HOSTS") or _usual_hosts(host, base_url)
        mail_from = asked.address("MAIL_FROM", "plancycle@localhost")
        proxy_hops = asked.number("PROXY_HOPS", 0, 0, 10)
        idle_minutes = asked.number("IDLE_MINUTES", 30, 1, 24 * 60)
        absolute_hours = asked.number("ABSOLUTE_HOURS", 12, 1, 7 * 24)
        support_email = asked.address("SUPPORT_EMAIL", "") or mail_from
        log_files = asked.log_files()
        access_log = asked.log_days()
        secret_key = asked.secret_key(data_dir, embedded=database_url is None)
        if asked.problems:
            raise BadSettings(asked.problems)
        return cls(
            data_dir=data_dir,
            database_url=database_url,
            migration_url=migration_url,
            redis_url=redis_url,
            smtp_url=smtp_url,
            mail_from=mail_from,
            base_url=base_url.rstrip("/"),
            secret_key=secret_key or _made_key(data_dir),
            host=host,
            port=port,
            trusted_hosts=trusted,
            proxy_hops=proxy_hops,
            idle_minutes=idle_minutes,
            absolute_hours=absolute_hours,
            support_email=support_email,
            log_files=log_files,
            access_log=access_log,
        )


class _Asked:
    """Reads one variable at a time and gathers what is wrong."""

    def __init__(self, environ: Mapping[str, str]):
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The variable, or the contents of the file that NAME_FILE names."""
        value = self.environ.get(name, "").strip()
        path = self.environ.get(f"{name}_FILE", "").strip() if name in SECRETS else ""
        if not path:
            return value or default
        if value:
            self.problems.append(f"Both {name} and {name}_FILE are set; keep one of them.")
            return value
        try:
            return Path(path).read_text(encoding="utf-8").strip() or default
        except (OSError, UnicodeDecodeError):
            self.problems.append(f"{name}_FILE names {path}, which cannot be read.")
            return default

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        """A URL of one of ``schemes``; no sentence repeats it, since it may hold a password."""
        value = self.text(name)
        if not value:
            return None
        try:
            parts = urlsplit(value)
            good = parts.scheme in schemes and bool(parts.netloc or parts.path or parts.query)
        except ValueError:
            good = False
        if not good:
            first = schemes[0]
            self.problems.append(f"{name} should be an address that begins with {first}://.")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and len(value) <= 9 and least <= int(value) <= most:
            return int(value)
        self.problems.append(f"{name} should be a whole number from {least} to {most}.")
        return default

    def log_files(self) -> LogFiles:
        """The bounds of the logs of ``run``."""
        megabytes = self.number("LOG_MEGABYTES", 10, 1, 1024)
        return LogFiles(megabytes, self.number("LOGS_KEPT", 3, 1, 20))

    def log_days(self) -> LogDays:
        """How long the access log keeps what; no part of a line is kept longer than the line."""
        lines = self.number("ACCESS_LOG_DAYS", 365, 1, MOST_LOG_DAYS)
        parts = []
        for name in ("ACCESS_LOG_NETWORK_DAYS", "ACCESS_LOG_SALT_DAYS"):
            part = self.number(name, min(30, lines), 1, MOST_LOG_DAYS)
            if part > lines:
                self.problems.append(
                    f"{name} should be no more than ACCESS_LOG_DAYS, which is {lines}."
                )
            parts.append(part)
        return LogDays(lines, *parts)

    def words(self, name: str) -> tuple[str, ...]:
        """Names separated by commas or spaces."""
        return tuple(self.text(name).replace(",", " ").split())

    def address(self, name: str, default: str) -> str:
        """One e-mail address."""
        value = self.text(name, default)
        if not value:
            return value
        local, _, domain = value.rpartition("@")
        if not local or not domain or any(mark.isspace() for mark in value):
            self.problems.append(f"{name} should be one e-mail address, such as name@example.org.")
        return value

    def secret_key(self, data_dir: Path, *, embedded: bool) -> str:
        """The given key or the kept one; empty when one is to be made."""
        key = self.text("SECRET_KEY")
        kept = data_dir / KEY_FILE
        if not key and embedded:
            try:
                key = kept.read_text(encoding="utf-8").strip()
            except FileNotFoundError:
                return ""
            except OSError:
                self.problems.append(
                    f"The file {kept} cannot be read; run this as the user who made it."
                )
                return ""
        if len(key) < SECRET_LENGTH:
            self.problems.append(
                f"SECRET_KEY should be at least {SECRET_LENGTH} characters that nobody can guess."
            )
        return key


def _usual_hosts(host: str, base_url: str) -> tuple[str, ...]:
    named = [urlsplit(base_url).hostname or "", host, "127.0.0.1", "localhost"]
    return tuple(dict.fromkeys(name for name in named if name and name != "0.0.0.0"))  # noqa: S104  # left out, not bound


def _made_key(data_dir: Path) -> str:
    """A new session key, kept in the data folder so that signing in survives a restart."""
    key = secrets.token_urlsafe(48)
    path = data_dir / KEY_FILE
    part = path.with_name(f"{KEY_FILE}.{os.getpid()}")
    try:
        if not data_dir.exists():
            data_dir.mkdir(parents=True)
            # The account of the embedded servers passes through; nobody looks around.
            data_dir.chmod(0o711)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key + "\n")
        try:
            # A link fails where a rename would replace the key that another process just made.
            os.link(part, path)
        except FileExistsError:
            return path.read_text(encoding="utf-8").strip()
        finally:
            part.unlink()
    except OSError as failure:
        raise BadSettings(
            [f"The data folder {data_dir} cannot be written ({failure.strerror}); name another."]
        ) from failure
    return key
