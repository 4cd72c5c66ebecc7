"""The player of rehearsals is told to end in the middle: it tidies up, and another can go on."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from cycle.db import Database
from tests import build
from tests.kit import TestDatabase
from workflows.rehearsal import rehearsals

PATIENCE = 60.0


def test_a_player_that_is_told_to_end_gives_back_what_it_plays(
    db: Database, database: TestDatabase
) -> None:
    """Its own servers are gone with it, and no try is lost."""
    who = build.year_one(db)

    def ask(session: object) -> None:
        rehearsals.ask(session, build.actor(session, who.sue), year)  # type: ignore[arg-type]

    def row() -> tuple[str, int, int]:
        found = text("SELECT status, tries, days_done FROM rehearsal")
        return tuple(db.read(lambda s: s.execute(found).one()))

    year = db.read(lambda s: s.scalar(text("SELECT id FROM planning_year WHERE number = 2")))
    db.run(ask)
    with tempfile.TemporaryDirectory(prefix="plancycle-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        environ = {
            "PATH": "/usr/bin:/bin",
            "DATABASE_URL": database.app_url,
            "SECRET_KEY": "k" * 40,
            "DATA_DIR": str(folder / "data"),
            "TMPDIR": str(folder),
        }
        player = subprocess.Popen([sys.executable, "-m", "webui", "rehearsals"], env=environ)
        begun = time.monotonic()
        while row()[2] < 20:
            assert player.poll() is None
            assert time.monotonic() - begun < PATIENCE
            time.sleep(0.1)
        assert list(folder.glob("plancycle-*"))
        player.terminate()
        assert player.wait(PATIENCE) == 0
        assert list(folder.glob("plancycle-*")) == []
    assert row() == ("waiting", 0, 0)
