"""Fixtures that every test may ask for."""

from hypothesis import HealthCheck, settings

from tests.support.effort import share

# How long an example takes says something of the machine, nothing of the code.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

share()

pytest_plugins = [
    "tests.support.servers.stores",
    "tests.support.servers.server",
    "tests.support.game",
    "tests.support.modules.pets_package",
    "tests.support.outcomes",
]
