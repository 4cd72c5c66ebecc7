"""What lies beside the code and is read at run time is in the package that is installed."""

import subprocess
import tomllib
from pathlib import Path

from tests.rules.source import PACKAGES, ROOT


def test_every_file_beside_the_code_is_package_data() -> None:
    """An installed product reads the same law, frameworks, templates and words as this folder."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    packed = {
        path
        for package, globs in patterns.items()
        for pattern in globs
        for path in (ROOT / package).glob(pattern)
    }
    left_out = [name for name in listed if Path(name).suffix != ".py" and ROOT / name not in packed]
    assert left_out == []
