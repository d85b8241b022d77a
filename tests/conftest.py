"""What many tests stand on: a clock that can be told, and a bank on each kind of store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coins_cli.bank import Bank
from coins_cli.files.catalogs import default_catalog
from coins_cli.model.catalog import Catalog
from coins_cli.store.json.store import JsonStore
from coins_cli.store.memory import MemoryStore

pytest_plugins = ["tests.tried"]


class Clock:
    """A clock that moves a second each time it is looked at."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees, or touches, the economy of whoever runs it."""
    for name in ("COINS_STORE", "COINS_CATALOG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return default_catalog()


@pytest.fixture
def json_store(tmp_path: Path) -> JsonStore:
    return JsonStore(str(tmp_path / "store"))


@pytest.fixture(params=["json", "memory"])
def bank(request: pytest.FixtureRequest, catalog: Catalog, clock: Clock, tmp_path: Path) -> Bank:
    """A bank on each kind of store."""
    store = JsonStore(str(tmp_path / "store")) if request.param == "json" else MemoryStore()
    return Bank(store, catalog, clock=clock)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-states",
        default="200000",
        help="how many crashes of the simulated disk are judged (ten times that: 2000000)",
    )
