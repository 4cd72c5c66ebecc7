"""What the command line promises of the record and of a data folder: verified, kept and restored.

What Sue's colleague in IT types every night, and on the day on which the machine is gone.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from cycle.db import Database
from cycle.server import embedded
from cycle.server.embedded import OWNER
from tests import build, kit
from tests.flows.terminal import Type, one_sentence


@pytest.fixture
def who(db: Database) -> build.Cast:
    return build.council(db)


# The record ---------------------------------------------------------------------------------------


def test_verify_is_one_json_document_and_names_what_is_broken(
    plancycle: Type, who: build.Cast, db: Database, owner_db: Database
) -> None:
    output = plancycle("verify", "--json")
    assert (output.code, output.err) == (0, "")
    report = output.json()
    assert set(report) >= {"ok", "checks", "sealed_tables", "events", "checkpoint"}
    assert report["ok"] is True
    assert {"key", "ok", "rows"} <= set(report["checks"][0])
    assert "event" in report["sealed_tables"]
    owner_db.run(
        lambda s: s.execute(
            text(
                "SET LOCAL session_replication_role = 'replica'; "
                "UPDATE event SET action = 'approve' WHERE id = 1"
            )
        )
    )
    broken = plancycle("verify")
    assert (broken.code, broken.err) == (1, "")
    assert "event" in broken.out
    assert plancycle("verify", "--json").json()["ok"] is False


def test_a_checkpoint_kept_elsewhere_still_holds_later_or_tells(
    plancycle: Type, who: build.Cast, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.txt"
    made = plancycle("checkpoint")
    assert (made.code, made.err) == (0, "")
    assert made.out.startswith("plancycle checkpoint\norigin: Smallshire Council\nnumber: 1\n")
    kept.write_text(made.out, "utf-8")
    plancycle("cycle", "create", "--start", "2027")
    plancycle("checkpoint")
    assert plancycle("verify", "--against", str(kept)).code == 0
    report = plancycle("verify", "--against", str(kept), "--json").json()
    assert (report["ok"], report["against"]) == (True, [])
    kept.write_text(re.sub(r"root: \w{4}", "root: 0000", made.out), "utf-8")
    assert plancycle("verify", "--against", str(kept)).code == 1
    kept.write_text("my shopping list", "utf-8")
    one_sentence(plancycle("verify", "--against", str(kept)))


# The data folder ----------------------------------------------------------------------------------


@pytest.fixture
def folders(plancycle: Type) -> Iterator[Callable[[str], dict[str, str]]]:
    """Data folders with servers of their own, stopped and gone at the end."""
    base = Path(tempfile.mkdtemp(prefix="plancycle-"))
    base.chmod(0o711)

    def folder(name: str) -> dict[str, str]:
        environ = {"DATA_DIR": str(base / name), "DATABASE_URL": "", "MIGRATION_URL": ""}
        plancycle("db", "url", **environ)  # whoever comes next joins the server that this starts
        return environ

    yield folder
    for each in base.iterdir():
        running = embedded.live(each)
        if running is not None:
            running.stop()
            embedded.erase(running.place)
    shutil.rmtree(base)


def test_a_backup_is_restored_elsewhere_verifies_and_sends_nothing_until_released(
    plancycle: Type, folders: Callable[[str], dict[str, str]], db: Database, tmp_path: Path
) -> None:
    """INV-61."""
    build.year_one(db)
    events = plancycle("verify", "--json").json()["events"]
    file, copy = tmp_path / "tonight.backup", folders("copy")
    made = plancycle("backup", str(file))
    assert (made.code, made.err) == (0, "")
    assert plancycle("restore", str(file), **copy).code == 0
    assert plancycle("verify", "--json", **copy).json()["events"] == events

    assert plancycle("tick", "--now", "2027-06-10T09:30", **copy).code == 0
    sent = Path(copy["DATA_DIR"]) / "mail"
    assert not list(sent.glob("*.eml"))
    assert plancycle("release", **copy).out == "Messages leave again.\n"
    assert plancycle("release", **copy).out == "Nothing was held.\n"
    assert plancycle("tick", "--now", "2027-06-10T09:32", **copy).code == 0
    assert list(sent.glob("*.eml"))

    assert "already holds a record" in one_sentence(plancycle("restore", str(file), **copy))
    assert plancycle("verify", **copy).code == 0
    again = tmp_path / "again.backup"
    assert plancycle("backup", str(again), **copy).code == 0
    assert plancycle("restore", str(again), **folders("third")).code == 0


def test_what_is_no_backup_is_not_restored(
    plancycle: Type, folders: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    file, copy = tmp_path / "letter.txt", folders("copy")
    file.write_text("Dear council", "utf-8")
    assert "is not a backup" in one_sentence(plancycle("restore", str(file), **copy))
    assert plancycle("verify", **copy).code == 0


def test_db_url_is_for_psql_and_names_the_owner(
    plancycle: Type, folders: Callable[[str], dict[str, str]], database: kit.TestDatabase
) -> None:
    for environ in (folders("own"), {}):
        output = plancycle("db", "url", **environ)
        assert (output.code, output.err) == (0, "")
        with psycopg.connect(output.out.strip()) as line:
            row = line.execute("SELECT current_user, count(*) FROM subject").fetchone()
        assert row == (OWNER, 0)
    named = database.owner_url.replace("postgresql://", "postgresql+psycopg://")
    assert plancycle("db", "url", MIGRATION_URL=named).out == f"{database.owner_url}\n"
