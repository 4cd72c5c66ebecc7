"""Text sections on the page: Markdown, drawn safely, and text from Word, kept whole (SR-49).

Two nets, one behind the other: markdown-it's ``js-default`` preset takes no raw HTML, and nh3 lets
only the few tags below through. ``from_word`` rewrites marks of lists and blanks, never words.
"""

import re

import nh3
from markupsafe import Markup

from webui.page.characters import with_plain_lines, without_hidden
from workflows.files import markup
from workflows.files.markup import DEEPEST, LONGEST

__all__ = ["DEEPEST", "LONGEST", "from_word", "rendered"]
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"scope"}}
_CLASSES = {
    "p": "govuk-body", "a": "govuk-link", "ul": "govuk-list govuk-list--bullet",
    "ol": "govuk-list govuk-list--number", "table": "govuk-table", "th": "govuk-table__header",
    "td": "govuk-table__cell", "h2": "govuk-heading-m", "h3": "govuk-heading-s",
    "h4": "govuk-heading-s",
    "h5": "govuk-heading-s", "h6": "govuk-heading-s", "hr": "govuk-section-break",
    "blockquote": "govuk-inset-text",
}  # fmt: skip

_ADDRESS = re.compile(r"(?:https?://|mailto:|/(?!/)|#)", re.IGNORECASE)


def rendered(text: str | None, *, heading_level: int = 3) -> Markup:
    """The HTML of a text section. Headings begin at ``heading_level``; images and raw HTML are not
    drawn. Text beyond the cap is drawn as it stands, so nothing is lost.
    """
    if not text:
        return Markup("")
    if len(text) > LONGEST:
        return Markup('<pre class="app-long-text">{}</pre>').format(text)
    tokens = markup.parsed(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + heading_level - 1)}"
        if token.type == "th_open":
            token.attrSet("scope", "col")
    safe = nh3.clean(
        markup.html(tokens),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={tag: {"class": word} for tag, word in _CLASSES.items()},
    )
    return Markup(safe)  # noqa: S704 - nh3 has just let only the tags above through


def _kept(_tag: str, name: str, value: str) -> str | None:
    """Addresses that say where they lead; a relative one that looks like a scheme is none."""
    return value if name != "href" or _ADDRESS.match(value) else None


_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile("[\u00ad\u200b\ufeff]")
# Word's bullets: round, small letter o, Symbol and Wingdings from the private area and dashes.
_BULLET = re.compile(
    "^(?P<lead>[ \t]*)(?:[•·●○◦‣▪■□–—\uf0b7\uf0a7\uf0d8\uf0fc\uf02d\uf076][ \t]*|[o§][ ]*\t[ \t]*)"
)
_NUMBER = re.compile(r"^(?P<lead>[ \t]*)(?P<number>\d{1,3})[.)][ ]*\t[ \t]*")
_ITEM = re.compile(r"[ \t]*(?:[-*] |\d{1,3}[.)] )")
_DASHED = re.compile(r"^[ \t]*[–—][ \t]*")


def from_word(text: str) -> str:
    """Text pasted from Word as plain Markdown: bullets become ``- ``, numbers ``1. ``, line breaks
    of any kind one line feed, blanks of any kind a space. No word is taken out or changed.
    """
    text = _UNSEEN.sub("", _SPACES.sub(" ", with_plain_lines(text)))
    lines = [_line(line).rstrip() for line in without_hidden(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_with_gaps(_at_the_edge(lines)))).strip("\n")


def _line(line: str) -> str:
    if found := _BULLET.match(line):
        rest = line[found.end() :]
        if _DASHED.match(line) and not rest[:1].isupper() and "\t" not in found.group():
            return line  # a dash that goes on with the sentence
        return f"{_indent(found['lead'])}- {rest}" if rest else line
    if found := _NUMBER.match(line):
        return f"{_indent(found['lead'])}{found['number']}. {line[found.end() :]}"
    # Four blanks or a tab would make it code, which nobody who pastes from Word means.
    return line if _ITEM.match(line) else re.sub(r"^(?:[ ]{4,}|[ ]*\t[ \t]*)", "", line)


def _indent(lead: str) -> str:
    return "  " * min(3, len(lead.replace("\t", "  ")) // 2)


def _is_item(line: str) -> bool:
    return re.match(r"\s*(?:- |\d{1,3}\. )", line) is not None


def _at_the_edge(lines: list[str]) -> list[str]:
    """A list that begins far in, where it would be code, begins at the edge; its levels stay."""
    moved: list[str] = []
    margin, listed, before = 0, False, ""
    for line in lines:
        words = line.lstrip(" \t")
        far = len(line[: len(line) - len(words)].expandtabs(4))
        if _ITEM.match(line):
            if not listed:
                margin = far if far > 3 else 0
            listed = True
        elif line and not far and not before:
            listed = False
        moved.append(" " * max(0, far - margin) + words if listed and margin else line)
        before = line
    return moved


def _with_gaps(lines: list[str]) -> list[str]:
    """A blank line between a list and what goes before it, without which it would not be one."""
    spaced: list[str] = []
    for line in lines:
        before = spaced[-1] if spaced else ""
        if before and _is_item(line) and not _is_item(before):
            spaced.append("")
        spaced.append(line)
    return spaced
