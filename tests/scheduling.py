"""Which tests of a run stay together on one xdist worker, and which come first.

What a module makes once for many tests is made once in the whole run, and not by every worker; the
longest of these modules go first, so that no worker waits for another at the end.
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = frozenset(
    {
        "tests/web/http/test_marker_matrix.py",
        "tests/web/http/test_matrix.py",
        "tests/flows/simulation/test_simulate.py",
        "tests/flows/simulation/test_demo.py",
    }
)
# Hundreds of tests of a few milliseconds each, for which one errand a file is enough.
QUICK = ("tests/unit/", "tests/rules/")


class Together(LoadScopeScheduling):
    """Whole modules where that saves work; every other test goes to whichever worker is free."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module in TOGETHER or module.startswith(QUICK) else nodeid


def first(module: str) -> bool:
    """Whether the tests of a module are to be begun before the others'."""
    return module in TOGETHER
