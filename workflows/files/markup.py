"""The text of sections and reports as Markdown: what of it counts, for pages and for Word alike.

The rule that lives here: markdown-it's ``js-default`` without pictures, each line break a break. A
text beyond ``LONGEST`` is not taken apart.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 200_000
DEEPEST = 12
_parser = MarkdownIt("js-default", {"maxNesting": DEEPEST, "linkify": False, "breaks": True})
_parser.disable("image")
_DEEP_QUOTE = re.compile(rf"(?m)^(?:[ \t]*>){{{DEEPEST},}}")


def parsed(text: str) -> list[Token]:
    """The blocks of a text. Quotes nested deeper than any writer means, which would only cost time,
    become one quote."""
    return _parser.parse(_DEEP_QUOTE.sub("> ", text))


def html(tokens: Sequence[Token]) -> str:
    """The HTML of parsed blocks, as the library writes it; not yet fit for a page."""
    return str(_parser.renderer.render(tokens, _parser.options, {}))


def inline_html(line: str) -> str:
    """The HTML of words without blocks."""
    return str(_parser.renderInline(line))
