"""Each test has an Azure of its own."""

from pathlib import Path

import pytest

from tests.support.azure import Azure


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    return Azure(tmp_path)
