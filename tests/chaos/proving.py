"""How much the tests that choose at random do: a little in the suite, ``PROVE`` times as much on
demand.

``make prove`` sets 10. Every random choice comes from a seed that is new for each run and printed;
``PROVE_SEED`` repeats one.
"""

import os
import random
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 60.0
TIMES = int(os.environ.get("PROVE", "1"))
SEED = int(os.environ.get("PROVE_SEED") or secrets.randbelow(2**32))


def chances(salt: str) -> random.Random:
    """Choices that the seed decides; ``salt`` keeps the tests apart."""
    return random.Random(f"{SEED}:{salt}")  # noqa: S311  # nothing here is a secret


@contextmanager
def ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    """However the block ends, the process does too: asked first, then killed."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
