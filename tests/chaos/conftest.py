"""The seed of this run, so that what failed can be done again."""

import pytest

from tests.chaos import proving


def pytest_report_header(config: pytest.Config) -> str:
    """Said at the top of every run."""
    return f"chaos: PROVE={proving.TIMES} PROVE_SEED={proving.SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """And at its end, where somebody looks who reads a failure."""
    terminalreporter.write_line(f"chaos: PROVE_SEED={proving.SEED} repeats the choices of this run")
