"""Bring the style sheets and scripts of GOV.UK and MOJ Frontend to ``static/vendor`` (ui.md).

The rule that lives here: a council keeps the components, not the branding of central government. So
the compiled CSS is rewritten: no GDS Transport, the font named by a variable, no royal arms, no
crown. Run as ``python webui/assets.py``; nothing is done when nothing has changed.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"
# Node is needed to build and never to run: it lives here only while npm works.
NODE = PROJECT / "build" / "node"
GOVUK = "node_modules/govuk-frontend/dist/govuk/"
MOJ = "node_modules/@ministryofjustice/frontend/moj/"
STYLES = {
    "govuk-frontend.css": GOVUK + "govuk-frontend.min.css",
    "moj-frontend.css": MOJ + "moj-frontend.min.css",
}
SCRIPTS = {
    "govuk-frontend.js": GOVUK + "govuk-frontend.min.js",
    "htmx.js": "node_modules/htmx.org/dist/htmx.min.js",
}
FONT = "font-family:var(--plancycle-font,arial,sans-serif)"
IMAGE = re.compile(r"url\(/assets/images/([\w.-]+)\)")
IMAGE_NAMES = re.compile(r"url\(images/([\w.-]+)\)")


def main() -> int:
    """Write ``static/vendor`` when the lock file or this module has changed; the exit code."""
    stamp, wanted = VENDOR / "stamp.txt", _fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted and _complete():
        return 0
    if not _install():
        sys.stderr.write("npm could not fetch the style sheets. Check the network and try again.\n")
        return 1
    if VENDOR.exists():
        shutil.rmtree(VENDOR)
    (VENDOR / "images").mkdir(parents=True)
    for name, source in STYLES.items():
        _write_style(name, (PROJECT / source).read_text(encoding="utf-8"))
    for name, source in SCRIPTS.items():
        text = (PROJECT / source).read_text(encoding="utf-8")
        (VENDOR / name).write_text(_without_map(text), encoding="utf-8")
    stamp.write_text(wanted)
    return 0


def without_central_branding(css: str) -> str:
    """The compiled CSS without GDS Transport, royal arms and crown; its images made relative."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = css.replace("font-family:GDS Transport,arial,sans-serif", FONT)
    css = re.sub(r"\.govuk-footer__(?:copyright-logo|crown)[^{}]*\{[^{}]*\}", "", css)
    css = re.sub(r"@media [^{}]*\{\s*\}", "", css)
    return IMAGE.sub(r"url(images/\1)", _without_map(css))


def _write_style(name: str, css: str) -> None:
    css = without_central_branding(css)
    (VENDOR / name).write_text(css, encoding="utf-8")
    for image in sorted(set(IMAGE_NAMES.findall(css))):
        shutil.copyfile(PROJECT / MOJ / "assets" / "images" / image, VENDOR / "images" / image)


def _without_map(text: str) -> str:
    """Source maps are not shipped, so the pointer to them would only make a 404."""
    return re.sub(r"\n?(?:/\*|//)# sourceMappingURL=\S+(?: \*/)?\s*$", "\n", text)


def _fingerprint() -> str:
    both = (PROJECT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    return hashlib.sha256(both).hexdigest()


def _complete() -> bool:
    return all((VENDOR / name).is_file() for name in [*STYLES, *SCRIPTS])


def _install() -> bool:
    """``npm ci`` with the npm on PATH, or with one that is fetched for it and deleted again."""
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    options.append("--no-update-notifier")
    npm = shutil.which("npm")
    if npm is not None:
        return _runs([npm, *options])
    try:
        return _fetch_node() and _runs([str(NODE / "bin" / "npm"), *options])
    finally:
        shutil.rmtree(NODE, ignore_errors=True)


def _fetch_node() -> bool:
    """Node from its wheel, with the hash that the lock file names, in an environment of its own."""
    venv.create(NODE, with_pip=True, clear=True)
    pip = [str(NODE / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    locked = str(PROJECT / "requirements" / "assets.txt")
    return _runs([*pip, "install", "--require-hashes", "--requirement", locked])


def _runs(command: list[str]) -> bool:
    return subprocess.run(command, cwd=PROJECT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
