"""The software bill of materials: what an installation runs, in CycloneDX 1.6 (SR-81).

The rule that lives here: everything comes from the lock files. Python packages are those of
``run.txt``; the style sheets and scripts are those of ``package-lock.json`` that are copied to
``static/vendor``; PostgreSQL and Valkey lie inside two of the wheels and are named with their own
versions. Licences are what each installed package says of itself. ``make lock`` writes it.
"""

import base64
import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from cycle.server.folders import wheel_binaries
from webui import assets

PROJECT = Path(__file__).resolve().parent.parent
WRITTEN = Path(__file__).resolve().parent / "sbom.cdx.json"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
TROVE = "License :: "


def main() -> int:
    """Write the bill beside the lock files."""
    WRITTEN.write_text(made(), encoding="utf-8")
    return 0


def made() -> str:
    """The bill as JSON: the same lock files give the same bytes."""
    bom = Bom()
    bom.metadata.component = Component(
        name="plancycle",
        version=metadata.version("plancycle"),
        type=ComponentType.APPLICATION,
        licenses=[LicenseFactory().make_from_string("MIT")],
        bom_ref="plancycle",
    )
    parts = [*python_packages(), *web_packages(), *servers()]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(bom.metadata.component, parts)
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    # When and under which number it was written says nothing of what is in it.
    del written["serialNumber"], written["metadata"]["timestamp"]
    return json.dumps(written, indent=2, sort_keys=True) + "\n"


def locked() -> list[tuple[str, str]]:
    """Name and version of every Python package that is installed to run."""
    return PINNED.findall((PROJECT / "requirements" / "run.txt").read_text(encoding="utf-8"))


def python_packages() -> list[Component]:
    """The packages of ``run.txt``; one that this machine does not need has no licence here."""
    return [_component("pypi", name, version, _licences(name)) for name, version in locked()]


def web_packages() -> list[Component]:
    """The packages whose files ``webui/assets.py`` copies, with the digest of each archive."""
    packages = json.loads((PROJECT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    copied = (*assets.STYLES.values(), *assets.SCRIPTS.values())
    found = []
    for path, package in packages.items():
        if path and any(source.startswith(f"{path}/") for source in copied):
            part = _component(
                "npm",
                path.removeprefix("node_modules/"),
                package["version"],
                [LicenseFactory().make_from_string(package["license"])],
            )
            part.hashes.add(HashTypeFactory().from_composite_str(_digest(package["integrity"])))
            found.append(part)
    return found


def servers() -> list[Component]:
    """PostgreSQL and Valkey, as their own binaries say it."""
    postgres, valkey = wheel_binaries()
    return [
        _server("postgresql", postgres / "bin" / "postgres", "PostgreSQL"),
        _server("valkey", valkey, "BSD-3-Clause"),
    ]


def _server(name: str, binary: Path, licence: str) -> Component:
    output = subprocess.run(
        [binary, "--version"], capture_output=True, text=True, check=True
    ).stdout
    version = re.search(r"\d+(\.\d+)+", output)
    if version is None:
        raise ValueError(f"{name} does not say its version: {output.strip()}")
    return _component("generic", name, version[0], [LicenseFactory().make_from_string(licence)])


def _component(kind: str, name: str, version: str, licences: list[License]) -> Component:
    namespace, _, short = name.rpartition("/")
    purl = PackageURL(kind, namespace or None, short, version)
    return Component(
        name=name, version=version, purl=purl, bom_ref=str(purl), licenses=licences[:1]
    )


def _licences(name: str) -> list[License]:
    """What the installed package says: an expression, a word of its own, or the classifier."""
    try:
        described = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    classified = [
        each.rpartition(" :: ")[2]
        for each in described.get_all("Classifier") or []
        if each.startswith(TROVE)
    ]
    own = described.get("License-Expression") or (described.get("License") or "").strip()
    word = own if own and "\n" not in own else next(iter(classified), "")
    return [LicenseFactory().make_from_string(word)] if word else []


def _digest(integrity: str) -> str:
    """npm writes base64, CycloneDX hexadecimal."""
    kind, _, encoded = integrity.partition("-")
    return f"{kind}:{base64.b64decode(encoded).hex()}"


if __name__ == "__main__":
    sys.exit(main())
