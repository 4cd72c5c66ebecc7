"""Logs that cannot fill a disk: each is kept to a size, with a few older ones beside it.

The rule that lives here: a log that has outgrown its size becomes ``NAME.1`` (its end, where it ran
far over) and begins again empty, in the same file, since whoever writes it has it open. What is in
a folder of the servers' account is done as that account: root would follow a link left there.
"""

import logging
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cycle.server.folders import Account

# Words: the file's name, its size in bytes, how many older ones are kept.
_SCRIPT = """\
number=$3
while [ "$number" -gt 1 ]; do
  newer=$((number - 1))
  if [ -f "$1.$newer" ]; then mv -f "$1.$newer" "$1.$number"; fi
  number=$newer
done
tail -c "$2" "$1" > "$1.part" && mv -f "$1.part" "$1.1" && : > "$1"
"""
_LAST_BYTES = 4096
_LAST_LINES = 3
_LONGEST_LINE = 300

_LINE, _TIME = "%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z"


def say_when() -> None:
    """Let every line that this process logs begin with its day and time; once per process, before
    anything is logged."""
    logging.basicConfig(format=_LINE, datefmt=_TIME)


@dataclass(frozen=True)
class Bounds:
    """How large a log becomes, in bytes, and how many older ones are kept beside it."""

    size: int
    kept: int


def keep_within(log: Path, bounds: Bounds, account: Account | None = None) -> bool:
    """Begin ``log`` again when it has outgrown its size; whether it had. Its writer must append.

    What is written in the very moment between the copy and the new beginning is lost.
    """
    try:
        if log.lstat().st_size <= bounds.size:
            return False
    except FileNotFoundError:
        return False
    done = subprocess.run(
        ["/bin/sh", "-c", _SCRIPT, "sh", log.name, str(bounds.size), str(bounds.kept)],
        cwd=log.parent,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        umask=0o077,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        check=False,
    )
    return done.returncode == 0


def last_words(log: Path) -> str:
    """The last few lines of a log in one, for a person; empty where there are none."""
    try:
        opened = os.open(log, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return ""
    with os.fdopen(opened, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_BYTES))
        text = file.read().decode(errors="replace")
    lines = ["".join(filter(str.isprintable, line)).strip() for line in text.splitlines()]
    return " / ".join(line[:_LONGEST_LINE] for line in [*filter(None, lines)][-_LAST_LINES:])
