"""How much the fault suites try."""

import pytest


@pytest.fixture(scope="session")
def fault_states(request: pytest.FixtureRequest) -> int:
    """How many simulated crashes are judged: `--fault-states`, 200,000 unless it says otherwise."""
    return int(request.config.getoption("--fault-states"))
