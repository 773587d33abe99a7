"""Fixtures that every test may ask for."""

import os
from secrets import randbelow

from hypothesis import HealthCheck, settings

# How long an example takes says something of the machine, nothing of the code.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

# Drawn once for all processes that share a run; it is in the names of the tests that use it.
os.environ.setdefault("GAMESTATE_TEST_SEED", str(randbelow(1_000_000)))

pytest_plugins = [
    "tests.support.stores",
    "tests.support.server",
    "tests.support.game",
    "tests.support.pets_package",
    "tests.support.outcomes",
]
