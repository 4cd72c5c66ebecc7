"""What is wrong with a file that a council or a framework's author wrote: all of it at once.

A place is ``file:key`` (TOML) or ``file:row N, column C`` (CSV), so that the person who wrote the
file finds the spot without asking anybody.
"""

from collections.abc import Collection, Iterator, Sequence


class Problems(Exception):
    """A file cannot be used. ``problems`` holds every ``place: sentence``; nothing was changed."""

    def __init__(self, problems: Sequence[str]):
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class ProblemList:
    """Collects problems while a file is read, so that all of them are told in one go."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def add(self, place: str, sentence: str) -> None:
        """Note one problem at its place; a repeat of the same one is told once."""
        line = f"{place}: {sentence}"
        if line not in self.problems:
            self.problems.append(line)

    def raise_any(self) -> None:
        """Raise Problems when at least one problem was noted."""
        if self.problems:
            raise Problems(self.problems)


def known(place: str, what: str, key: str, all_keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """A fault when ``key`` is none of ``all_keys``; ``what`` is what people call such a thing."""
    if key not in all_keys:
        listed = ", ".join(sorted(all_keys)) or "none"
        yield place, f"There is no {what} “{key}”. Known are: {listed}."
