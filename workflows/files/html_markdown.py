"""HTML as the Markdown that every page shows: one spelling for each text.

The rules that live here: lists keep their levels and where they begin to count; a table has one row
of headings; blocks are parted by one empty line. ``normal`` writes a text in that spelling, so that
two texts that look the same on a page are the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from workflows.files import html_inline, markup
from workflows.files.html_tree import Element, tree

# A page shows no list that lies deeper (``markup.DEEPEST``): its items join this level.
DEEPEST_LIST = 5
HEADINGS = tuple(f"h{level}" for level in range(1, 10))
_LISTS = ("ul", "ol")
_MERGED = (*_LISTS, "blockquote")
_BLOCKS = frozenset({*HEADINGS, *_LISTS, "p", "table", "blockquote", "pre", "hr", "div"})


def normal(text: str) -> str:
    """A text of ours in the one spelling; one that is too long to take apart stays as it is."""
    if len(text) > markup.LONGEST:
        return text
    return blocks(tree(markup.html(markup.parsed(text))).children)


def blocks(children: Iterable[Element | str]) -> str:
    """The Markdown of some HTML: its blocks with an empty line between them."""
    written: list[str] = []
    loose: list[Element | str] = []
    for child in _gathered(children):
        if not isinstance(child, Element) or child.name not in _BLOCKS:
            loose.append(child)
            continue
        written += [_paragraph(loose), _block(child)]
        loose = []
    return "\n\n".join(each for each in [*written, _paragraph(loose)] if each)


def _gathered(children: Iterable[Element | str]) -> list[Element | str]:
    """Blocks of which two lists of one kind in a row are one, as in Markdown, and two quotations,
    as in Word."""
    found: list[Element | str] = []
    for child in children:
        for each in _filled(child) if isinstance(child, Element) else [child]:
            is_block = isinstance(each, Element) and each.name in _BLOCKS
            if is_block and found and isinstance(found[-1], str) and not found[-1].strip():
                found.pop()
            before = found[-1] if found else None
            if (
                isinstance(each, Element)
                and isinstance(before, Element)
                and before.name == each.name
                and each.name in _MERGED
            ):
                found[-1] = replace(before, children=[*before.children, *each.children])
            else:
                found.append(each)
    return found


def _filled(block: Element) -> list[Element]:
    """A list whose items all have words: those that only hold a list hand it to the item before
    them; the first ones stand as lists of their own."""
    if block.name not in _LISTS:
        return [block]
    made = Element(block.name, block.attributes)
    before: list[Element] = []
    for item in (each for each in block.children if isinstance(each, Element)):
        inner, own = _parted(item)
        if blocks(own):
            made.children.append(item)
        elif made.children and isinstance(last := made.children[-1], Element):
            made.children[-1] = replace(last, children=[*last.children, *inner])
        else:
            before += [filled for each in inner for filled in _filled(each)]
    return [*before, made] if made.children else before


def _parted(item: Element) -> tuple[list[Element], list[Element | str]]:
    """The lists in an item, and all else in it."""
    inner = [each for each in item.children if isinstance(each, Element) and each.name in _LISTS]
    return inner, [each for each in item.children if each not in inner]


def _paragraph(loose: Sequence[Element | str]) -> str:
    """Words that stand in no block of their own; "" for none."""
    return html_inline.line(Element("p", {}, [*loose]))


def _block(element: Element) -> str:
    if element.name in HEADINGS:
        words = _title(element)
        return f"{'#' * min(int(element.name[1]), 6)} {words}" if words else ""
    if element.name in _LISTS:
        return _list(element)
    if element.name == "table":
        return _table(element)
    if element.name == "blockquote":
        return "\n".join(f"> {each}".rstrip() for each in blocks(element.children).split("\n"))
    if element.name == "pre":
        return _code(element)
    if element.name == "hr":
        return "***"  # three dashes would be a list in a list
    return blocks(element.children) if element.name == "div" else html_inline.line(element)


def _title(element: Element) -> str:
    """The words of a heading, on one line; all of it is bold already."""
    return " ".join(html_inline.line(_unbold(element)).split())


def _unbold(element: Element) -> Element:
    children: list[Element | str] = []
    for each in element.children:
        if isinstance(each, str):
            children.append(each)
            continue
        inner = _unbold(each)
        children += inner.children if each.name in ("strong", "b") else [inner]
    return Element(element.name, element.attributes, children)


def _code(element: Element) -> str:
    lines = "".join(
        each if isinstance(each, str) else "\n" if each.name == "br" else each.words()
        for each in element.children
    ).strip("\n")
    fence = "```"
    while fence in lines:
        fence += "`"
    return f"{fence}\n{lines}\n{fence}"


def _list(element: Element, depth: int = 1) -> str:
    """A list with those inside it, in their order."""
    lines: list[str] = []
    number = _begins(element)
    for item in (each for each in element.children if isinstance(each, Element)):
        sign = f"{number}. " if element.name == "ol" else "- "
        number += 1
        lines.append(sign + _in(len(sign), _item(item, depth)).lstrip(" "))
        if depth == DEEPEST_LIST:
            lines += [_list(each, depth) for each in _parted(item)[0]]
    return "\n".join(lines)


def _item(item: Element, depth: int) -> str:
    """What stands in an item: a list right below the words, paragraphs with an empty line."""
    written = ""
    own: list[Element | str] = []
    for each in _gathered(item.children):
        if not isinstance(each, Element) or each.name not in _LISTS:
            own.append(each)
        elif depth < DEEPEST_LIST:
            written = _below(written, blocks(own), "\n\n")
            written = _below(written, _list(each, depth + 1), "\n")
            own = []
    return _below(written, blocks(own), "\n\n")


def _below(above: str, words: str, gap: str) -> str:
    return gap.join(each for each in (above, words) if each)


def _begins(element: Element) -> int:
    """The number with which a list begins."""
    start = element.attributes.get("start", "")
    return int(start) if start.isdecimal() and len(start) < 10 else 1


def _in(wide: int, words: str) -> str:
    return "\n".join(" " * wide + each if each else "" for each in words.split("\n"))


def _table(element: Element) -> str:
    """A table with one row of headings. A cell over several columns or rows stands in the first of
    them, the others are empty."""
    rows: list[list[str]] = []
    reaching: list[int] = []  # for each column, how many rows a cell from above still covers
    for row in element.elements("tr"):
        cells: list[str] = []
        for cell in (each for each in row.children if isinstance(each, Element)):
            _pass(cells, reaching)
            wide, high = (_span(cell, name) for name in ("colspan", "rowspan"))
            for place in range(wide):
                _set(reaching, len(cells), high - 1)
                cells.append("" if place else _cell(cell))
        _pass(cells, reaching)
        rows.append(cells)
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        return ""
    drawn = [_row(row, columns) for row in rows]
    return "\n".join([drawn[0], _row(["---"] * columns, columns), *drawn[1:]])


def _pass(cells: list[str], reaching: list[int]) -> None:
    """Leave the columns empty that a cell from above covers."""
    while len(cells) < len(reaching) and reaching[len(cells)] > 0:
        reaching[len(cells)] -= 1
        cells.append("")


def _set(reaching: list[int], column: int, rows: int) -> None:
    reaching.extend([0] * (column + 1 - len(reaching)))
    reaching[column] = rows


def _span(cell: Element, name: str) -> int:
    span = cell.attributes.get(name, "1")
    return min(max(int(span), 1), 50) if span.isdecimal() and len(span) < 4 else 1


def _cell(cell: Element) -> str:
    """The words of a cell: paragraphs with a semicolon between them, on one line. A heading is bold
    already."""
    cell = _unbold(cell) if cell.name == "th" else cell
    inside = [each for each in cell.children if isinstance(each, Element) and each.name in _BLOCKS]
    words = [_in_cell(each) for each in inside] if inside else [html_inline.line(cell)]
    joined = "; ".join(each for each in words if each)
    return " ".join(joined.replace("\n", " ").split()).replace("|", "\\|")


def _in_cell(element: Element) -> str:
    if element.name in _LISTS or element.name == "table":
        items = [html_inline.line(each) for each in element.elements("li", "td", "th")]
        return "; ".join(each for each in items if each)
    return html_inline.line(element)


def _row(cells: Sequence[str], columns: int) -> str:
    padded = [*cells, *[""] * (columns - len(cells))]
    return f"| {' | '.join(padded)} |"
