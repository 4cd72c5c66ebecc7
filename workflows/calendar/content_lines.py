"""The lines of an iCalendar text, as components and properties and nothing more (RFC 5545 s.3.1).

The rule that lives here: a file is taken apart without anything in it being carried out. Names are
upper case, folded lines are joined, and no rule, zone or date is understood before somebody asks
for that one property (fault C8).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cycle.errors import BadInput

DEEPEST = 12
NOT_CALENDAR = "This is not a calendar that can be read. Save it again as iCalendar (.ics)."

_NAME = r"[A-Za-z0-9-]+"
_VALUE = r'(?:"[^"]*"|[^";:,]*)'
_PARAMETER = re.compile(rf";({_NAME})=({_VALUE}(?:,{_VALUE})*)")
_LINE = re.compile(rf"({_NAME})((?:;{_NAME}={_VALUE}(?:,{_VALUE})*)*):(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\;,nN])")


@dataclass(frozen=True)
class Property:
    """One line: its parameters by upper-case name, and its value as written."""

    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The value as text."""
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value)

    @property
    def texts(self) -> list[str]:
        """The values of a list of texts."""
        return [Property(each).text for each in re.split(r"(?<!\\),", self.value)]


@dataclass
class Component:
    """What stands between BEGIN and END; ``properties`` in order of the file, by name."""

    name: str
    properties: dict[str, list[Property]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)

    def first(self, name: str) -> Property | None:
        """The first property of a name."""
        found = self.properties.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """The text of the first property of a name; empty without one."""
        found = self.first(name)
        return found.text if found else ""

    def walk(self, name: str) -> Iterator["Component"]:
        """Every component of a name in this one, in order."""
        for part in self.parts:
            if part.name == name:
                yield part
            yield from part.walk(name)


def parse(text: str) -> Component:
    """The components of a text, in one that has no name of its own. Raises BadInput."""
    whole = Component("")
    open_now = [whole]
    for line in _unfolded(text):
        found = _LINE.fullmatch(line)
        if found is None:
            raise BadInput(NOT_CALENDAR)
        name, value = found[1].upper(), found[3]
        if name == "BEGIN":
            if len(open_now) > DEEPEST:
                raise BadInput(NOT_CALENDAR)
            made = Component(value.strip().upper())
            open_now[-1].parts.append(made)
            open_now.append(made)
        elif name == "END":
            if len(open_now) == 1 or open_now.pop().name != value.strip().upper():
                raise BadInput(NOT_CALENDAR)
        else:
            given = {key.upper(): word.strip('"') for key, word in _PARAMETER.findall(found[2])}
            open_now[-1].properties.setdefault(name, []).append(Property(value, given))
    if len(open_now) > 1:
        raise BadInput(NOT_CALENDAR)
    return whole


def _unfolded(text: str) -> Iterator[str]:
    """Whole lines: one that begins with a space or a tab goes on with the line before."""
    parts: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line[:1] in (" ", "\t") and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield "".join(parts)
        parts = [line] if line.strip() else []
    if parts:
        yield "".join(parts)
