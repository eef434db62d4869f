"""What tests of all kinds share: a table server for each file that wants one, and how many examples a property has."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from local.azurite import Azurite, azurite

# Without a deadline: how long an example takes says how busy the machine is. `make fuzz` wants the long one.
settings.register_profile("brief", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("brief"), max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "brief"))


@pytest.fixture(scope="module")
def server() -> Iterator[Azurite]:
    with azurite() as server:
        yield server
