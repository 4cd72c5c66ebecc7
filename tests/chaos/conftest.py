"""The seed of this run, so that what failed can be done again, and a data folder for a real one."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cycle.server import embedded
from tests.chaos import proving


def pytest_report_header(config: pytest.Config) -> str:
    """Said at the top of every run."""
    return f"chaos: PROVE={proving.TIMES} PROVE_SEED={proving.SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """And at its end, where somebody looks who reads a failure."""
    terminalreporter.write_line(f"chaos: PROVE_SEED={proving.SEED} repeats the choices of this run")


@pytest.fixture
def folder() -> Iterator[Path]:
    """The data folder of a run, whose servers are stopped whatever became of the test."""
    base = Path(tempfile.mkdtemp(prefix="plancycle-"))
    base.chmod(0o711)  # not pytest's own folder, which is closed to the account of the servers
    yield base / "data"
    left = embedded.live(base / "data", valkey=False)
    if left is not None:
        left.stop()
    shutil.rmtree(base, ignore_errors=True)
