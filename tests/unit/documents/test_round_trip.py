"""Our own Word document, handed in again, is the text that is known here, word for word."""

import re
from datetime import UTC, datetime
from html import unescape

from hypothesis import given, settings, strategies as st

from workflows.files import markup, word_reader
from workflows.files.html_markdown import normal
from workflows.files.word_document import About, Document

AT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
WORDS = st.sampled_from(
    [
        "housing", "5 * 3", "a_b", "snake_case_word", "[to be confirmed]", "see [1](b)", "#1",
        "# no", "1. not a list", "2)", "- dash", "–", "+", "4 > 3", "R&D", "&amp;", "&copy;",
        "<b>", "`x`", "~~", "~", "|", "a | b", "---", "===", "***", "_", "__init__", "\\", "\\*",
        "£3.5m", "http://x.org", "<http://y.org>", "me@x.org", "ŵ", "“quoted”", "C:\\temp", "!",
        "![a](b)", "100%", "a*b*c", "**", ":-",
    ]
)  # fmt: skip
LINE = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
SAFE = st.sampled_from(["bold", "the plan", "Mo", "£5", "two words here"])


@st.composite
def _words(draw) -> str:
    """A line in which some words are bold, linked and the like."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["plain", "plain", "**", "*", "~~", "***", "link", "code"]))
        if kind == "plain":
            parts.append(draw(LINE))
        elif kind == "link":
            parts.append(f"[{draw(SAFE)}](https://smallshire.example/a_b?c=1&d=(2))")
        elif kind == "code":
            parts.append("`x_1 * 2`")
        else:
            parts.append(f"{kind}{draw(SAFE)}{kind}")
    return draw(st.sampled_from([" ", " ", ""])).join(parts)


@st.composite
def _listed(draw, depth: int = 0) -> str:
    ordered, first = draw(st.booleans()), draw(st.sampled_from([1, 4, 98])) if not depth else 1
    lines = []
    for place in range(draw(st.integers(1, 3))):
        sign = f"{first + place}. " if ordered else "- "
        lines.append(f"{sign}{draw(SAFE)} {draw(_words())}")
        if draw(st.integers(0, 5)) == 0 and depth < 4:
            lines += ["", f"{' ' * len(sign)}{draw(SAFE)} {draw(_words())}"]
        if depth < 4 and draw(st.integers(0, 2)) == 0:
            below = draw(_listed(depth + 1))
            lines += [" " * len(sign) + each if each else "" for each in below.split("\n")]
            if draw(st.integers(0, 4)) == 0:
                lines += ["", " " * len(sign) + draw(SAFE)]
    return "\n".join(lines)


@st.composite
def _tabled(draw) -> str:
    columns = draw(st.integers(1, 4))
    row = st.lists(
        _words().map(lambda w: w.replace("|", "\\|")), min_size=columns, max_size=columns
    )
    rows = [draw(row), ["---"] * columns, *draw(st.lists(row, max_size=3))]
    return "\n".join(f"| {' | '.join(each)} |" for each in rows)


BLOCK = st.one_of(
    _words(),
    st.tuples(_words(), _words()).map("\n".join),
    _listed(),
    _tabled(),
    st.tuples(st.integers(1, 6), SAFE).map(lambda each: f"{'#' * each[0]} {each[1]}"),
    st.tuples(SAFE, SAFE).map(lambda each: f"> {each[0]}\n> {each[1]}"),
    st.just("```\ncode * here\n\n  more\n```"),
    st.just("* * *"),
)
TEXT = st.lists(BLOCK, min_size=1, max_size=5).map("\n\n".join)


def handed_in_again(text: str) -> str:
    """The text of a section that went out as a Word document and came back."""
    made = Document(About("Housing", "Smallshire Council", AT, ["Draft"]))
    made.heading("Priorities", 1)
    made.prose(text, 1)
    made.heading("The end", 1)
    pieces = word_reader.read(made.contents())["pieces"]
    titles = [each["title"] for each in pieces]
    begins, ends = titles.index("Priorities"), titles.index("The end")
    parts = [pieces[begins]["text"]]
    for each in pieces[begins + 1 : ends]:
        parts += [f"{'#' * (each['level'] - 1)} {each['title']}", each["text"]]
    return "\n\n".join(each for each in parts if each)


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_what_went_out_comes_back_as_the_text_that_is_known(text: str) -> None:
    """D7 to D11: what a page shows of the text is what comes back, and in the one spelling."""
    assert normal(handed_in_again(text)) == normal(text)


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_the_one_spelling_is_read_as_the_same_text(text: str) -> None:
    """A page shows a text and its one spelling alike, and that spelling has no other."""
    assert normal(normal(text)) == normal(text)
    assert _shown(normal(text)) == _shown(text)


def _shown(text: str) -> list[str]:
    """The words that a page shows, in order."""
    html = re.sub(r"</?(?:strong|em|s|a|code)\b[^>]*>", "", markup.html(markup.parsed(text)))
    return unescape(re.sub("<[^>]*>", " ", html)).split()
