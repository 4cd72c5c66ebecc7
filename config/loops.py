"""Circles among things that name each other: steps that wait for each other, and the like."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


def loops(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Every loop, each told once, found by taking a found one out and looking again.

    ``graph`` gives for each key those that it names; names that are no key are passed over.
    """
    left = {key: {name for name in names if name in graph} for key, names in graph.items()}
    found: list[list[str]] = []
    while True:
        try:
            # Sorted, so that the same rules always tell the same story.
            TopologicalSorter({key: sorted(left[key]) for key in sorted(left)}).prepare()
        except CycleError as loop:
            # graphlib gives the loop with its first member repeated at the end.
            members = list(loop.args[1][:-1])
            found.append(members)
            for key in members:
                left.pop(key, None)
            for names in left.values():
                names.difference_update(members)
        else:
            return found
