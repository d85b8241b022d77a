"""`coins export` in each format: beside reading the journal alone, and how much memory it takes."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from coins_cli.exports.exporting import Export, Selection, entries_until_now
from coins_cli.exports.formats import FORMATS
from coins_cli.opening import open_bank

from .economy import Economy, send
from .measuring import Bench, Budget, Row, Scale, Table, check, coins, in_turn, weighed

ROUNDS: Final = 5


class Size(NamedTuple):
    """How many users send how many lines, to the small and to the large store."""

    users: int
    few: int
    many: int


SIZES: Final[dict[Scale, Size]] = {
    "small": Size(20, 100, 500),
    "usual": Size(1_000, 100_000, 200_000),
    "full": Size(1_000, 100_000, 1_000_000),
}
FLAT: Final = Budget("ratio", most=1.25)
"""So much more memory at most for the large store than for the small one."""


class Exported:
    """A store, and what it takes to read it and to export it."""

    def __init__(self, store: Path, transactions: int) -> None:
        self.store = store
        self.transactions = transactions

    def read(self) -> float:
        """How many transactions a second come when nothing is made of them."""
        started = time.perf_counter()
        found = sum(1 for _ in entries_until_now(open_bank(self.store).store))
        return self._rate(found, started)

    def export(self, name: str) -> float:
        """How many transactions a second are written in a format, to nowhere."""
        started = time.perf_counter()
        one = Export(open_bank(self.store).store, name, Selection())
        for _ in one.chunks():
            pass
        return self._rate(one.transactions, started)

    def memory(self, name: str) -> float:
        """The most memory that the command takes, in bytes."""
        command = coins("export", "--format", name, "--store", self.store)
        return weighed(command, answers=self.store.with_suffix(".export")).memory_bytes

    def _rate(self, found: int, started: float) -> float:
        seconds = time.perf_counter() - started
        check(found == self.transactions, "there are more transactions, or fewer")
        return found / seconds


def measure(bench: Bench) -> list[Table]:
    """Each format beside reading alone, and memory by size."""
    place, size, rounds = bench.folder("export"), SIZES[bench.scale], bench.rounds_or(ROUNDS)
    small, large = (_made(place, size.users, lines) for lines in (size.few, size.many))
    return [_rates(small, rounds), _memory(small, large, min(rounds, 2))]


def _made(place: Path, users: int, lines: int) -> Exported:
    economy = Economy()
    requests = [*economy.opened(users), *economy.evening(lines - 2 * users)]
    return Exported(send(place / f"store-{lines}", requests), economy.done)


def _rates(store: Exported, rounds: int) -> Table:
    cases: dict[str, Callable[[], float]] = {"read": store.read}
    cases.update((name, partial(store.export, name)) for name in FORMATS)
    took = in_turn(cases, rounds)
    rows = [
        Row(f"export --format {name}", "per second", took[name], "reading alone", took["read"])
        for name in FORMATS
    ]
    note = f"Transactions a second, of {store.transactions:,}; reading checks every line too."
    return Table("Exports beside reading the journal alone", rows, [note])


def _memory(small: Exported, large: Exported, rounds: int) -> Table:
    cases: dict[str, Callable[[], float]] = {}
    for name in FORMATS:
        for store in (small, large):
            cases[f"{name} {store.transactions}"] = partial(store.memory, name)
    took = in_turn(cases, rounds)
    rows = [
        Row(
            f"{name}: {large.transactions:,}",
            "bytes",
            took[f"{name} {large.transactions}"],
            f"{small.transactions:,}:",
            took[f"{name} {small.transactions}"],
            FLAT,
        )
        for name in FORMATS
    ]
    note = "The most memory of the whole process; a segment of the journal is held at a time."
    return Table("Memory of exports, by the size of the store", rows, [note])
