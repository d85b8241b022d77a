"""The model reads no environment and no folder, so its tests are spared the making of one."""

import pytest


@pytest.fixture(autouse=True)
def no_environment():
    """Nothing to hide: what is tested here is pure."""
