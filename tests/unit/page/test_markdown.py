"""Text sections are drawn safely, and text from Word comes in whole."""

import re
import time

import html5lib
import pytest
from hypothesis import given, strategies as st

from webui.page.markdown import from_word, rendered

ACTIVE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#115;cript:alert(1))",
    "[a](java&Tab;script:alert(1))",
    "[a](&#x6A&#x61vascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "![a](javascript:alert(1))",
    "![a](https://evil.example.org/pixel.png)",
    "<javascript:alert(1)>",
    '[a](https://x "onmouseover=alert(1)")',
    '[a](https://x" onmouseover="alert(1))',
    "[a][r]\n\n[r]: javascript:alert(1)",
    "<a href='javascript:alert(1)'>a</a>",
    "<style>body{display:none}</style>",
    "<iframe src=//evil></iframe>",
    "`<script>`<script>alert(1)</script>",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "# <script>alert(1)</script>",
]


@pytest.mark.parametrize("text", ACTIVE)
def test_nothing_active_is_drawn(text):
    """SR-49."""
    tree = html5lib.parseFragment(rendered(text), namespaceHTMLElements=False)
    for part in tree.iter():
        assert part.tag not in {"script", "img", "svg", "iframe", "style", "math", "object"}
        for name, value in part.attrib.items():
            assert not name.startswith("on")
            if name == "href":
                assert re.match(r"https?://|mailto:|/(?!/)|#", value)
                assert "script:" not in value.lower()


@pytest.mark.parametrize(
    "text",
    [
        "> " * 10_000 + "deep",
        ">" * 10_000 + "deep",
        "- " * 10_000 + "deep",
        "*" * 20_000 + "a" + "*" * 20_000,
        "[" * 20_000,
        "`" * 20_000 + "a",
        "| a " * 2_000 + "|\n" + "|---" * 2_000 + "|\n" + "| b " * 2_000 + "|",
        "<" * 50_000,
        "a" * 50_000,
        "x" * 300_000,
    ],
    ids=range(10),
)
def test_a_monstrous_text_is_drawn_soon_and_not_lost(text):
    began = time.monotonic()
    html = rendered(text)
    assert time.monotonic() - began < 20  # seconds; a generous bound against running away
    assert html


def test_headings_lists_tables_and_links_get_their_classes():
    html = rendered("# Aims\n\n- one\n- two\n\n[site](https://example.org)\n\n|a|\n|-|\n|b|")
    assert '<h3 class="govuk-heading-s">Aims</h3>' in html
    assert '<ul class="govuk-list govuk-list--bullet">' in html
    assert 'rel="noopener noreferrer"' in html
    assert 'scope="col"' in html
    assert rendered(None) == ""


def test_bullets_and_numbers_of_word_become_lists():
    pasted = (
        "Our aims\r\n•\tHousing for all\r\no\tOf them, council homes\r\n\uf0b7\tRepairs\r\n"
        "\uf0a7\tLifts\r\n1.\tFirst\r\n2)\tSecond\x0bsame item\r\n"
    )
    assert from_word(pasted) == (
        "Our aims\n\n- Housing for all\n- Of them, council homes\n- Repairs\n- Lifts\n"
        "1. First\n2. Second\nsame item"
    )


def test_blanks_of_word_become_plain_and_words_stay():
    assert from_word("10\u00a0%  co\u00adoperation \t\r\n\r\n\r\n\r\nnext") == (
        "10 %  cooperation\n\nnext"
    )


@pytest.mark.parametrize(
    "text",
    [
        "one of us",
        "o dear",
        "2026. A year.",
        "- already a list",
        "a\tb",
        "3) no tab",
        "– and so on",
    ],
)
def test_ordinary_lines_are_left_alone(text):
    assert from_word(text) == text


@given(st.text(alphabet="ao1. •\t\n\r\x0b\u00a0\u00ad-–)\uf0b7Zé", max_size=60))
def test_no_word_is_ever_lost(text):
    def words(written: str) -> str:
        return re.sub(r"[^a-zA-Zé0-9]", "", re.sub(r"(?m)^[\s]*o[ \u00a0]*\t", "", written))

    lines = re.sub("\r\n|[\r\x0b]", "\n", text.replace("\u00ad", ""))
    assert words(from_word(text)).replace("o", "") == words(lines).replace("o", "")


@given(st.text(alphabet="ab1. •\t\n-–)", max_size=40))
def test_what_came_from_word_once_does_not_change_the_second_time(text):
    once = from_word(text)
    assert from_word(once).split() == once.split()


NUMBERED = "1. one\n   1. two\n      1. three\n         1. four"
BULLETS = "- one\n  - two\n    - three\n      - four"


@pytest.mark.parametrize(
    ("pasted", "kind", "levels"),
    [("1. one\n   1. two\n      1. three", "ol", 3), (NUMBERED, "ol", 4), (BULLETS, "ul", 4)],
)
def test_each_level_of_a_list_stays_one(pasted, kind, levels):
    """What the browser made of a list pasted from Word: the server keeps its blanks."""
    assert from_word(pasted) == pasted
    drawn = html5lib.parseFragment(rendered(from_word(pasted)), namespaceHTMLElements=False)
    assert drawn.find("/".join(["."] + [f"{kind}/li"] * levels)) is not None
    assert drawn.find("/".join(["."] + [f"{kind}/li"] * (levels + 1))) is None


@pytest.mark.parametrize(
    "pasted", ["      - alone", "Words:\n\n      1. alone", "      42 families", "     -5 degrees"]
)
def test_what_stands_far_in_and_under_no_list_is_no_code(pasted):
    """Four blanks would make it code, which nobody who pastes means."""
    assert "<pre" not in rendered(from_word(pasted))
    assert "<code" not in rendered(from_word(pasted))


def test_a_list_that_begins_far_in_keeps_its_levels():
    """It begins at the edge; a line that goes on with an item ends no list."""
    assert from_word("      - one\n      - two\n        - three") == "- one\n- two\n  - three"
    going_on = "1. one\n   1. two\nand more\n\n      1. three"
    assert from_word(going_on) == going_on
    assert from_word("  - one\n  - two") == "  - one\n  - two"
