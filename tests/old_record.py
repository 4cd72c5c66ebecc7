"""The record that the build before row formats made (``data/old_record``), restored, migrated."""

import gzip
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from cycle.server import backup
from tests import kit

HERE = Path(__file__).parent / "data" / "old_record"
# The day on which it was made: who holds which post is asked of this day.
LAST_DAY = date(2027, 11, 3)
# What is known to be wrong on it, and stays.
PIN_MOVED = [("COUNCIL", 12)]
KEPT = "old_record"


def restore(database: kit.TestDatabase) -> None:
    """Put it into a fresh database, as ``plancycle restore`` does; restored once in a run."""
    own = make_url(database.owner_url)
    admin = own.set(drivername="postgresql", database="postgres").render_as_string(False)
    with psycopg.connect(admin, autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(hashtext(%s))", [KEPT])
        known = owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [KEPT])
        if not known.fetchone():
            kit.copy_database(owner, f"part_{KEPT}", kit.TEMPLATE)
            part = own.set(database=f"part_{KEPT}").render_as_string(False)
            backup.restore(part, HERE / "smallshire.dump")
            owner.execute(f"ALTER DATABASE part_{KEPT} RENAME TO {KEPT}")
        kit.copy_database(owner, database.name, KEPT)


def edition(key: str) -> str:
    """The body of a framework's edition, byte for byte as that build stored it (format 1)."""
    return gzip.decompress((HERE / "editions" / f"{key}.json.gz").read_bytes()).decode()
