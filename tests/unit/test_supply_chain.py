"""What is installed is what was looked at: pinned, with hashes, listed in the SBOM (fault X10)."""

import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from webui import assets

PROJECT = Path(assets.__file__).resolve().parent.parent
LOCKS = ("run", "build", "assets", "test", "lock")
NAME = re.compile(r"^[A-Za-z0-9._-]+")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def _lock(name: str) -> str:
    return (PROJECT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def _plain(name: str) -> str:
    return re.sub(r"[._-]+", "-", name).lower()


def _wanted(requirements: list[str]) -> set[str]:
    return {_plain(NAME.match(each)[0]) for each in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(name):
    """Fault X10, SR-81: an archive that was exchanged is not installed."""
    entries = re.split(r"\n(?=\S)", _lock(name).strip())
    packages = [each for each in entries if not each.startswith("#")]
    assert packages
    for each in packages:
        assert PINNED.match(each), each
        assert "--hash=sha256:" in each, each


def test_the_lock_has_what_the_project_asks_for():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {**project["dependency-groups"], "run": project["project"]["dependencies"]}
    assert set(groups) == set(LOCKS)
    for name, requirements in groups.items():
        locked = {_plain(package) for package, _ in PINNED.findall(_lock(name))}
        missing = _wanted(requirements) - locked
        assert not missing, f"run make lock: requirements/{name}.txt lacks {missing}"


def test_the_groups_agree_with_what_runs():
    running = dict(PINNED.findall(_lock("run")))
    for name in LOCKS:
        for package, version in PINNED.findall(_lock(name)):
            assert running.get(package, version) == version, (name, package)


def test_everything_that_is_fetched_is_fetched_with_hashes():
    """Fault X10: for us, for the style sheets, for the locks themselves."""
    for name in ("Makefile", "webui/assets.py"):
        text = (PROJECT / name).read_text(encoding="utf-8")
        commands = [line for line in text.replace("\\\n", "").splitlines() if '"install"' in line]
        commands += [line for line in text.splitlines() if "$(PIP) " in line]
        assert commands, name
        for each in commands:
            ours = "$(LOCKED)" in each or "$(OURSELVES)" in each
            assert ours or "--require-hashes" in each, each
    assert "LOCKED = --require-hashes" in (PROJECT / "Makefile").read_text(encoding="utf-8")


def test_node_is_needed_to_build_and_never_to_run():
    assert "nodejs" not in _lock("run")
    assert "nodejs" in _lock("assets")


@pytest.mark.parametrize("name", [*(f"{lock}.txt" for lock in LOCKS), "sbom.cdx.json"])
def test_no_file_names_a_place_to_fetch_from(name):
    text = (PROJECT / "requirements" / name).read_text(encoding="utf-8")
    places = re.findall(r"https?://(?!cyclonedx\.org/schema/)\S+", text)
    assert places == []


def test_the_bill_of_materials_is_that_of_the_locks_and_of_what_runs(tmp_path):
    """SR-81: made again it is the same, and it names the versions that are installed here."""
    written = PROJECT / "requirements" / "sbom.cdx.json"
    again = subprocess.run(
        [sys.executable, "-c", "import sbom; print(sbom.made(), end='')"],
        cwd=PROJECT / "requirements",
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    bill = json.loads(written.read_text(encoding="utf-8"))
    made = json.loads(again.stdout)
    # The licence of a package that only other machines need is not known on this one.
    named = [
        {(c["name"], c["version"], c["purl"]) for c in each["components"]} for each in (bill, made)
    ]
    assert named[0] == named[1], "run make lock"
    running = {c["name"]: c["version"] for c in bill["components"] if ":pypi/" in c["purl"]}
    assert running == dict(PINNED.findall(_lock("run")))
    for name, version in running.items():
        try:
            assert metadata.version(name) == version
        except metadata.PackageNotFoundError:
            assert f"{name}=={version} ;" in _lock("run"), f"{name} is not installed"


def test_the_bill_names_the_servers_and_scripts_that_come_along():
    bill = json.loads((PROJECT / "requirements" / "sbom.cdx.json").read_text(encoding="utf-8"))
    names = {component["name"] for component in bill["components"]}
    assert {"postgresql", "valkey", "govuk-frontend", "@ministryofjustice/frontend"} <= names
    assert {"htmx.org"} <= names
    assert "axe-core" not in names
    assert all(c.get("licenses") for c in bill["components"] if c["name"] != "async-timeout")
