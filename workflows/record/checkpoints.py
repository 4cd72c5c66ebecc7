"""Checkpoints: the heads of all chains, sealed together and kept outside the database (INV-13).

A chain alone cannot show that its tail was cut or that all of it was made anew. A checkpoint's
text can: whoever kept it finds both. It is not signed, since a key on the same host proves nothing.
"""

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from config import permissions
from cycle import clock, people
from cycle.errors import BadInput
from cycle.models import Checkpoint, CheckpointLeaf, Council
from cycle.people import Actor
from cycle.record import canonical, merkle
from notifications import notices
from notifications.notices import Notice
from workflows.framework import post_permissions

TITLE = "plancycle checkpoint"
NAMES = ("origin", "number", "count", "root", "previous", "made_at")
NONE_BEFORE = "0" * 64

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('plancycle checkpoint', 0))")
_GROWN = """
subject.head_seq > 0 AND NOT EXISTS (
  SELECT 1 FROM checkpoint_leaf AS leaf
  WHERE leaf.subject_id = subject.id AND leaf.seq = subject.head_seq)
"""
# One statement sees one moment, so the heads belong together.
_CHANGED = text(f"""
SELECT subject.id AS subject_id, subject.head_seq AS seq, subject.head_hash
FROM subject WHERE {_GROWN} ORDER BY subject.id
""")  # noqa: S608  # constants only
NEWEST = "SELECT id, sha256, made_at FROM checkpoint ORDER BY id DESC LIMIT 1"
# For a statement of others: whether today's checkpoint is still to be made; takes ``asked()``.
DUE = f"""
(NOT coalesce((SELECT made_at >= :day_began FROM ({NEWEST}) AS newest), false)
 AND EXISTS (SELECT 1 FROM subject WHERE {_GROWN}))
"""  # noqa: S608
_LEAVES = text("""
SELECT leaf.subject_id, leaf.seq, leaf.head_hash, leaf.position, subject.ref, event.hash
FROM checkpoint_leaf AS leaf
LEFT JOIN subject ON subject.id = leaf.subject_id
LEFT JOIN event ON event.subject_id = leaf.subject_id AND event.seq = leaf.seq
WHERE leaf.checkpoint_id = :number ORDER BY leaf.position, leaf.subject_id
""")


@dataclass(frozen=True)
class Sealed:
    """What the text of a checkpoint says; every column of its row follows from it."""

    origin: str
    number: int
    count: int
    root: str
    previous: str  # SHA-256 of the text of the checkpoint before; of the first, zeros
    made_at: str

    def text(self) -> str:
        """The text: one line each, the same for the same contents."""
        lines = [f"{name}: {getattr(self, name)}" for name in NAMES]
        return "\n".join([TITLE, *lines]) + "\n"


def read(given: str) -> Sealed:
    """The checkpoint that a text holds; blank lines and quoting marks of mail are passed over.

    Raises BadInput when the text is not a whole checkpoint.
    """
    lines = [line.strip("> \t\r") for line in given.splitlines()]
    if TITLE not in lines:
        raise BadInput(
            "This is not the text of a checkpoint. Use a file that “plancycle checkpoint” wrote, "
            "or the text of the message that was sent with it."
        )
    found: dict[str, str] = {}
    for line in lines[lines.index(TITLE) + 1 :]:
        name, mark, value = line.partition(": ")
        if mark and name in NAMES:
            found.setdefault(name, value)
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise BadInput(f"This checkpoint lacks its line “{missing[0]}”. Use the whole text.")
    number, count = found.pop("number"), found.pop("count")
    if not (_is_count(number) and _is_count(count)):
        raise BadInput("The number and the count of a checkpoint are whole numbers. Look again.")
    return Sealed(number=int(number), count=int(count), **found)


def _is_count(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


def leaf_bytes(subject_id: int, seq: int, head_hash: str) -> bytes:
    """What one leaf of the tree stands for: a chain, its length and its head."""
    return f"{subject_id} {seq} {head_hash}".encode()


def root_of(leaves: Iterable[Any]) -> str:
    """The root over leaves (``subject_id``, ``seq``, ``head_hash``) in their order."""
    rows = [leaf_bytes(leaf.subject_id, leaf.seq, leaf.head_hash) for leaf in leaves]
    return merkle.root(rows).hex()


def newest(session: Session) -> Checkpoint | None:
    """The last checkpoint; None when there has been none."""
    return session.scalars(select(Checkpoint).order_by(Checkpoint.id.desc()).limit(1)).first()


def asked() -> dict[str, datetime]:
    """What ``DUE`` takes: when today began in London."""
    return {"day_began": clock.at_local(clock.today(), 0)}


def of_today(session: Session) -> Checkpoint:
    """Today's checkpoint, made now when there is none yet."""
    session.execute(_ONE_AT_A_TIME)
    last = newest(session)
    if last is not None and clock.local_date(last.made_at) >= clock.today():
        return last
    return _made(session, last)


def make(session: Session) -> Checkpoint:
    """Seal the heads of all chains that have grown since the last checkpoint, and send its text.

    When none has, gives the last checkpoint. The caller writes it outside after the commit.
    """
    session.execute(_ONE_AT_A_TIME)
    return _made(session, newest(session))


def _made(session: Session, last: Checkpoint | None) -> Checkpoint:
    heads = session.execute(_CHANGED).all()
    if last is not None and not heads:
        return last
    made = _compose(session, last, heads, clock.now())
    session.add(made)
    session.flush()
    leaves = [
        {
            "checkpoint_id": made.id,
            "subject_id": head.subject_id,
            "position": position,
            "seq": head.seq,
            "head_hash": head.head_hash,
        }
        for position, head in enumerate(heads)
    ]
    if leaves:
        session.execute(insert(CheckpointLeaf), leaves)
    _send(session, made)
    return made


def seal_now(session: Session, actor: Actor) -> Checkpoint:
    """``make`` at a person's wish. Raises NotPermitted without the permission ``check_record``."""
    post_permissions.require(session, actor, "check_record")
    return make(session)


def _compose(
    session: Session, last: Checkpoint | None, heads: Sequence[Any], at: datetime
) -> Checkpoint:
    sealed = Sealed(
        origin=" ".join((session.scalar(select(Council.title)) or "plancycle").split()),
        number=last.id + 1 if last else 1,
        count=len(heads),
        root=root_of(heads),
        previous=last.sha256 if last else NONE_BEFORE,
        made_at=canonical.moment(at),
    )
    return Checkpoint(made_at=at, **columns_of(sealed))


def columns_of(sealed: Sealed) -> dict[str, Any]:
    """The columns of a checkpoint's row as its text gives them, but for the moment."""
    words = sealed.text()
    return {
        "id": sealed.number,
        "text": words,
        "sha256": canonical.digest(words),
        "previous": sealed.previous,
        "root": sealed.root,
        "leaves": sealed.count,
    }


def _send(session: Session, made: Checkpoint) -> None:
    # Who may check the record is sent every checkpoint's text, so that it is kept where this
    # system cannot reach it.
    framework = post_permissions.framework(session)
    roles = permissions.roles_with(framework, permissions.CHECK_RECORD) if framework else ()
    queues = session.scalars(
        text("SELECT id FROM queue WHERE role = ANY(:roles)"), {"roles": list(roles)}
    ).all()
    keepers = {row.person_id for row in people.holders(session, queues)}
    for person_id in sorted(keepers):
        notices.add(
            session,
            Notice(
                key=f"checkpoint:{made.id}:{person_id}",
                kind="checkpoint",
                person_id=person_id,
                subject=f"Checkpoint {made.id} of the record",
                body=(
                    "Keep this message: with it you can show later that nothing which stood on the "
                    "record by then has been changed or taken away.\n\n"
                    f"{made.text}\n"
                    "To check, save the text as a file and run: plancycle verify --against FILE\n"
                ),
            ),
        )


def stands_outside(folder: Path, number: int, sha256: str) -> bool:
    """Whether a folder has the text of a checkpoint, under its number or, where a file of that
    number says something else, beside it."""
    return any(
        path.exists() and canonical.digest(path.read_text(encoding="utf-8")) == sha256
        for path in _places(folder, number, sha256)
    )


def _places(folder: Path, number: int, sha256: str) -> tuple[Path, Path]:
    return folder / f"{number:04d}.txt", folder / f"{number:04d}-{sha256[:12]}.txt"


def write_outside(checkpoint: Checkpoint, folder: Path) -> Path:
    """Write the text as ``NNNN.txt`` into a folder, whole or not at all; gives its path.

    A file that says something else is evidence and stays; the new text goes beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, beside = _places(folder, checkpoint.id, checkpoint.sha256)
    if path.exists():
        if path.read_text(encoding="utf-8") == checkpoint.text:
            return path
        path = beside
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=folder, prefix=".", delete=False
    ) as draft:
        draft.write(checkpoint.text)
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, path)
    return path


def against(session: Session, given: str) -> list[str]:
    """What the record no longer has of what a checkpoint kept elsewhere has sealed; none is good.

    Each sentence names what was found: a checkpoint gone or replaced, a tail cut, a chain made
    anew. Raises BadInput when the text is no checkpoint.
    """
    outside = read(given)
    row = session.get(Checkpoint, outside.number)
    if row is None:
        return [
            f"The record has no checkpoint {outside.number}: it was cut back to an earlier time, "
            "or made anew."
        ]
    found = []
    if row.text != outside.text():
        found.append(
            f"Checkpoint {outside.number} was replaced: the one kept elsewhere has the root "
            f"{outside.root}, the record's has {row.root}."
        )
    leaves = session.execute(_LEAVES, {"number": outside.number}).all()
    if len(leaves) != outside.count or root_of(leaves) != outside.root:
        found.append(
            f"The {len(leaves)} leaves of checkpoint {outside.number} do not give the root that "
            "was kept elsewhere: heads of chains were replaced or taken away."
        )
    return found + [why for leaf in leaves if (why := lost(leaf)) is not None]


def lost(leaf: Any) -> str | None:
    """What has happened to the event that a leaf sealed; None when it stands."""
    name = leaf.ref or f"subject {leaf.subject_id}"
    if leaf.hash is None:
        return f"{name}: event {leaf.seq} is gone; the chain's tail was cut."
    if leaf.hash != leaf.head_hash:
        return f"{name}: event {leaf.seq} is not the one that was sealed; the chain was made anew."
    return None
