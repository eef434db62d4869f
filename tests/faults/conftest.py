"""One table server and one Microsoft for all these tests; each test builds an app of its own on them."""

from collections.abc import Iterator

import pytest

from local.azurite import Azurite, azurite
from local.microsoft.simulator import Microsoft


@pytest.fixture(scope="package")
def storage() -> Iterator[Azurite]:
    with azurite() as server:
        yield server


@pytest.fixture(scope="module")
def microsoft() -> Iterator[Microsoft]:
    with Microsoft(speed=20.0) as microsoft:
        yield microsoft
