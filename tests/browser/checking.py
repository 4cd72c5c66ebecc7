"""What every page must keep: strict HTML, no accessibility violation, no sideways scroll at 320 px.

Axe is evaluated in the page, not added to it, so the page's own Content-Security-Policy stands. A
page is checked at both widths when there is a kind of element on it (tag and classes) that no page
of its rule had before in this run, whichever process had it.

Contrast is four fifths of what axe costs, and a table of 200 equal rows has 200 equal answers: it
is asked of the first and the last of the texts that have one look, by what the browser computes for
them and for all that is around them. Every other rule is asked of everything.
"""

import fcntl
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import html5lib
from playwright.sync_api import Page

WIDE, NARROW, HEIGHT = 1280, 320, 900
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = r"""async ([tags, looks]) => {
  const once = new Map(), ids = new Map(), known = new Map([[document.documentElement, 0]]);
  const drawn = (style, names) => names.map(name => style[name]).join('|');
  const around = element => {  // a number for all that lies behind an element, itself included
    if (!known.has(element)) {
      const key = around(element.parentElement) + '>' + element.tagName + '.'
        + element.getAttribute('class') + drawn(getComputedStyle(element), looks.around);
      if (!ids.has(key)) ids.set(key, ids.size + 1);
      known.set(element, ids.get(key));
    }
    return known.get(element);
  };
  const written = e => e.matches('input, select, textarea')
    || [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
  for (const element of document.querySelectorAll('body *')) {
    if (!written(element)) continue;
    const state = [element.disabled, element.getAttribute('aria-disabled'), element.type];
    const look = [around(element), drawn(getComputedStyle(element), looks.text), state].join(' ');
    const alike = once.get(look) || [element];
    alike[1] = element;
    once.set(look, alike);
  }
  const texts = [...new Set([...once.values()].flat())];
  const about = {resultTypes: ['violations']};
  const found = [
    await axe.run(document, {...about, runOnly: tags, rules: {[looks.rule]: {enabled: false}}}),
    await axe.run(texts.length ? {include: texts} : document, {...about, runOnly: [looks.rule]}),
  ];
  return found.flatMap(each => each.violations)
    .map(v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html)]);
}"""
_LOOKS = {
    "rule": "color-contrast",
    "text": ["color", "fontSize", "fontWeight", "textShadow", "webkitTextFillColor", "visibility"],
    "around": [
        *("backgroundColor", "backgroundImage", "backgroundClip", "opacity", "filter"),
        *("mixBlendMode", "position", "zIndex", "display", "clip", "clipPath"),
    ],
}
_KINDS = """() => [...new Set([...document.querySelectorAll('body *')].map(
  e => e.tagName + '.' + e.getAttribute('class')))]"""
_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > room + 1)
    .slice(0, 4).map(e => e.outerHTML.slice(0, 160));
}"""


@lru_cache(maxsize=1)
def axe_source() -> str:
    """The text of axe. Raises AssertionError with what to do when npm has not brought it."""
    assert AXE.is_file(), "axe-core is not installed; run: make assets"
    return AXE.read_text(encoding="utf-8")


@dataclass
class Pages:
    """Which kinds of elements were checked on which pages; ``folder`` is that of the run."""

    folder: Path
    pictures: int = 0

    def check(self, page: Page, rule: str, html: str) -> None:
        """Check a page at both widths. ``rule`` is its address's rule, ``html`` what was sent."""
        if not self._something_new(rule, page.evaluate(_KINDS)):
            return
        strict(html, rule)
        before = page.viewport_size or {"width": WIDE, "height": HEIGHT}
        for width in (NARROW, WIDE) if before["width"] == WIDE else (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            if width == NARROW:
                no_sideways_scroll(page, rule)
            self._picture(page, rule, width)
            accessible(page, f"{rule} at {width} px")

    def _something_new(self, rule: str, kinds: list[str]) -> bool:
        """Whether one of these was on no page of the rule yet; now they were."""
        with (self.folder / "checked-pages").open("a+", encoding="utf-8") as kept:
            fcntl.flock(kept, fcntl.LOCK_EX)
            kept.seek(0)
            new = {f"{rule} {kind}\n" for kind in kinds}.difference(kept)
            kept.writelines(sorted(new))
        return bool(new)

    def _picture(self, page: Page, rule: str, width: int) -> None:
        folder = os.environ.get("SCREENSHOTS")
        if not folder:
            return
        self.pictures += 1
        name = rule.strip("/").replace("/", "-").replace("<", "").replace(">", "") or "front"
        name = name.replace(":", "_")[:60]
        test = os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[-1].split(" ")[0][:40]
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(
            path=Path(folder) / f"{test}-{self.pictures:03}-{name}-{width}.png", full_page=True
        )


def strict(html: str, where: str) -> None:
    """Every parse fault of the HTML standard counts."""
    parser = html5lib.HTMLParser()
    parser.parse(html)
    lines = html.splitlines()
    faults = [
        f"{code} {more} in: {lines[line - 1].strip()[:160] if line <= len(lines) else ''}"
        for (line, _column), code, more in parser.errors[:4]
    ]
    assert not faults, f"{where} is not clean HTML: " + "; ".join(faults)


def accessible(page: Page, where: str) -> None:
    """No violation of WCAG 2.2 AA or of axe's best practice."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_source())
    found: list[Any] = page.evaluate(_RUN, [TAGS, _LOOKS])
    sentences = "\n".join(
        f"  {rule}: {words}\n    " + "\n    ".join(nodes) for rule, words, nodes in found
    )
    assert not found, f"{where} has accessibility violations:\n{sentences}"


def no_sideways_scroll(page: Page, where: str) -> None:
    """The page is no wider than its window."""
    wide = page.evaluate(_TOO_WIDE)
    assert not wide, f"{where} scrolls sideways at {NARROW} px: {wide}"
