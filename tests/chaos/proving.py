"""How much the tests of this folder do: a little in the suite, ``PROVE`` times as much on demand.

``make prove`` sets 10. Every random choice comes from a seed that is new for each run and printed;
``PROVE_SEED`` repeats one.
"""

import os
import random
import secrets

TIMES = int(os.environ.get("PROVE", "1"))
SEED = int(os.environ.get("PROVE_SEED") or secrets.randbelow(2**32))


def chances(salt: str) -> random.Random:
    """Choices that the seed decides; ``salt`` keeps the tests apart."""
    return random.Random(f"{SEED}:{salt}")  # noqa: S311  # nothing here is a secret
