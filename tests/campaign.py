"""How long the random campaigns are: short in the suite and always the same, long in `make soak` and each time others.

`VESTIBULE_SOAK=1` makes them long. `VESTIBULE_SEED` repeats such a run: pytest prints the number it took.
"""

import os
from random import SystemRandom

from hypothesis import settings

SOAK = os.environ.get("VESTIBULE_SOAK") == "1"


def _seed() -> int:
    given = os.environ.get("VESTIBULE_SEED")
    if given is None and SOAK:
        # For the workers of the run too: they are started with this environment.
        given = os.environ["VESTIBULE_SEED"] = str(SystemRandom().getrandbits(32))
    return int(given or 1)


SEED = _seed()


def rounds(suite: int, soak: int) -> int:
    """How many times a campaign goes round."""
    return soak if SOAK else suite


# No deadline: how long an example takes tells how busy the machine is.
settings.register_profile("suite", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("soak", deadline=None, max_examples=2000, database=None)
settings.load_profile("soak" if SOAK else "suite")
