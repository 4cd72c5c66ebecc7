"""The brand's one rule: its colours can be read. Checked when the service starts (WCAG 2.2, 1.4.3).

A council changes the variables in ``static/brand.css``; a pair below 4.5 to 1 does not start.
"""

import re
from pathlib import Path

LEAST = 4.5
WHITE, TEXT = "#ffffff", "#0b0c0c"
_VARIABLE = re.compile(r"(--[\w-]+):\s*(#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?)\s*;")
# (what is written, what it is written on); the value stands for a name not set.
_PAIRS = (
    (("--plancycle-header-text", WHITE), ("--plancycle-header", "#0b0c0c")),
    (("--govuk-link-colour", "#1a65a6"), ("", WHITE)),
    (("--govuk-link-colour", "#1a65a6"), ("--plancycle-soft", WHITE)),
    (("--govuk-link-hover-colour", "#0f385c"), ("", WHITE)),
    (("--plancycle-accent", TEXT), ("", WHITE)),
    (("", TEXT), ("--plancycle-soft", WHITE)),
    (("", TEXT), ("--govuk-template-background-colour", WHITE)),
    (("", TEXT), ("--govuk-surface-background-colour", WHITE)),
)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours written #rgb or #rrggbb, from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def hard_to_read(css: str) -> list[str]:
    """The pairs of a brand file that are too close to each other, one sentence for each."""
    found = dict(_VARIABLE.findall(css))
    problems = []
    for (front, front_else), (back, back_else) in _PAIRS:
        one, other = found.get(front, front_else), found.get(back, back_else)
        ratio = contrast(one, other)
        if ratio < LEAST:
            problems.append(
                f"{front or 'text'} ({one}) on {back or 'the page'} ({other}) has a contrast of "
                f"{ratio:.1f} to 1; it needs {LEAST} to 1."
            )
    return problems


def check(path: Path) -> None:
    """Raise ValueError, naming every pair, when the brand file at ``path`` is hard to read."""
    if problems := hard_to_read(path.read_text(encoding="utf-8")):
        raise ValueError(f"{path.name}: " + " ".join(problems))


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
