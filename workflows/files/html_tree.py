"""HTML that a library of ours has written, as a tree: names, attributes, children, words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_ALONE = frozenset({"br", "img", "input", "hr"})


@dataclass
class Element:
    """One element; its children are elements and words."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def elements(self, *names: str) -> "Iterator[Element]":
        """Those below it of these names, in the order of the text."""
        for child in self.children:
            if isinstance(child, Element):
                if child.name in names:
                    yield child
                yield from child.elements(*names)

    def words(self) -> str:
        """All its words, as they stand."""
        return "".join(each if isinstance(each, str) else each.words() for each in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _ALONE:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _ALONE and len(self.open) > 1:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree(html: str) -> Element:
    """The tree of some HTML in which every element is closed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.open[0]
