"""One commit, in a store that grows: beside one in a small store, and beside what the disk takes.

Both stores are sealed first, and then get the same number of lines between two measured gifts, so
that every state of the newest segment, from empty to full and sealed, is measured once in both.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

from coins_cli.model.sending import request_of
from coins_cli.opening import open_bank
from coins_cli.store.json.store import SEGMENT_LINES_MAX

from .economy import Economy, send
from .measuring import Bench, Budget, Row, Scale, Table, check, copied
from .plots import Commits, Panel, bars, write_svg

ROUNDS: Final = 5
COMMITS: Final[dict[Scale, int]] = {"small": 5, "usual": 60, "full": 100}
"""How many commits of each store make a round."""


class Size(NamedTuple):
    """How much is in a store, at least."""

    transactions: int
    wallets: int

    def __str__(self) -> str:
        return f"{_short(self.transactions)} in {_short(self.wallets)} wallets"


def _short(number: int) -> str:
    """1,000 as 10^3 when it is nearly that, and otherwise in digits."""
    power = len(str(number)) - 1
    return f"10^{power}" if power > 2 and number < 1.01 * 10**power else f"{number:,}"


_SMALL = [Size(100, 10), Size(300, 10), Size(300, 30)]
_USUAL = [Size(10**power, 10) for power in (3, 4, 5, 6)]
SIZES: Final[dict[Scale, list[Size]]] = {
    "small": _SMALL,
    "usual": [*_USUAL, Size(10**6, 10**3), Size(10**6, 10**5)],
    "full": [*_USUAL, Size(10**7, 10), *(Size(10**7, 10**power) for power in (3, 5, 6))],
}
"""First more transactions, then more wallets; each store goes on from the one before."""
FLAT: Final = Budget("ratio", most=1.2)
BARE: Final = Budget("ratio", most=4)
"""One commit in a small store, beside the bare disk."""


class Place:
    """A store and the economy in it, to which gifts are added."""

    def __init__(self, store: Path, economy: Economy) -> None:
        self.store = store
        self._economy = economy

    def grow(self, size: Size) -> Size:
        """Add wallets and then gifts, up to `size`; returns what it is then."""
        economy = self._economy
        send(self.store, economy.opened(size.wallets))
        send(self.store, economy.applause(size.transactions - economy.done))
        with open_bank(self.store).store.reading() as view:
            check(view.seq == economy.done, "the store has another number of transactions")
        return Size(economy.done, len(economy.users))

    def seconds(self) -> float:
        """How long one gift takes, and the opening of the store for it."""
        asked = self._economy.small_gift()
        started = time.perf_counter()
        open_bank(self.store).gift(asked["from"], asked["to"], asked["gift"])
        return time.perf_counter() - started

    def add(self, lines: int) -> None:
        """Some gifts that are not measured, as one group."""
        asked = [request_of(self._economy.small_gift()) for _ in range(lines)]
        if asked:
            open_bank(self.store).apply_each(asked)

    def seal(self) -> None:
        """Add gifts until a segment has just begun."""
        before = self._segments()
        for _ in range(100):
            self.add(SEGMENT_LINES_MAX // 4)
            if self._segments() > before:
                return
        raise RuntimeError("the store does not seal its segments")

    def _segments(self) -> int:
        return len(os.listdir(self.store / "journal"))


class Floor:
    """What a commit asks of the disk, and nothing else."""

    LINE: Final = b"x" * 899 + b"\n"
    DERIVED: Final = (("alice", b"x" * 192), ("bob", b"x" * 192), ("head", b"x" * 192))

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seconds(self) -> float:
        """How long it takes to append a line, sync it, and write over three small files."""
        for name, data in self.DERIVED:
            (self._folder / name).write_bytes(data)
        started = time.perf_counter()
        with open(self._folder / "journal", "ab", buffering=0) as journal:
            journal.write(self.LINE)
            getattr(os, "fdatasync", os.fsync)(journal.fileno())
        for name, data in self.DERIVED:
            with open(self._folder / name, "r+b", buffering=0) as file:
                file.write(data)
        return time.perf_counter() - started


class Compared(NamedTuple):
    """Seconds of single commits in a store, in the smallest one, and of the disk, in turn."""

    size: Size
    grown: list[float]
    small: list[float]
    disk: list[float]


def compare(size: Size, grown: Place, small: Place, floor: Floor, commits: int) -> Compared:
    """Commit in both stores and on the bare disk in turn, over one whole segment."""
    compared = Compared(size, [], [], [])
    for place in (grown, small):
        place.seal()
    os.sync()
    turns: list[tuple[list[float], Callable[[], float]]] = [
        (compared.grown, grown.seconds),
        (compared.small, small.seconds),
        (compared.disk, floor.seconds),
    ]
    filled = 0
    for number in range(commits):
        for took, seconds in reversed(turns) if number % 2 else turns:
            took.append(seconds())
        due = SEGMENT_LINES_MAX * (number + 1) // commits
        for place in (grown, small):
            place.add(due - filled - 1)
        filled = max(due, filled + 1)
    return compared


def measure(bench: Bench) -> list[Table]:
    """Commits in each store beside those in the smallest, and that beside the disk."""
    place = bench.folder("commit")
    rounds, sizes = bench.rounds_or(ROUNDS), SIZES[bench.scale]
    growing = Place(place / "store", Economy())
    floor = Floor(bench.folder("disk"))
    found = []
    for number, size in enumerate(sizes):
        is_now = growing.grow(size)
        if number == 0:
            copied(growing.store, place / "smallest")
            smallest = is_now
            continue
        copied(place / "smallest", place / "small")
        economy = Economy()
        list(economy.opened(smallest.wallets))
        small = Place(place / "small", economy)
        found.append(compare(is_now, growing, small, floor, rounds * COMMITS[bench.scale]))
    rows = [row for one in found for row in rows_of(one, smallest, rounds)]
    rows += floor_rows(found, smallest, rounds)
    points = points_of(found, smallest)
    if bench.plot:
        write_svg(bench.plot, "One commit", panels_of(points, smallest))
    return [
        Table(
            "Commit: one gift to a store of so many transactions in so many wallets",
            rows,
            [bars(points), NOTE],
        )
    ]


NOTE: Final = (
    "p50 by round; p99 of all rounds together. The disk: one line appended and"
    " synced\n(fdatasync), and three small files written over, in a bare loop."
)


def rows_of(compared: Compared, smallest: Size, rounds: int) -> list[Row]:
    """p50 and p99 of a store beside those of the smallest one."""
    grown, small = medians(compared.grown, rounds), medians(compared.small, rounds)
    tails = [p99(compared.grown)], [p99(compared.small)]
    beside = f"{_short(smallest.transactions)} in {smallest.wallets}"
    return [
        Row(f"{compared.size}: p50", "seconds", grown, beside, small, FLAT),
        Row(f"{compared.size}: p99", "seconds", tails[0], beside, tails[1]),
    ]


def floor_rows(found: Sequence[Compared], smallest: Size, rounds: int) -> list[Row]:
    """The smallest and the largest store beside the bare disk."""
    last = found[-1]
    disk, tail = medians(last.disk, rounds), [p99(last.disk)]
    small, large = medians(last.small, rounds), medians(last.grown, rounds)
    return [
        Row(f"{smallest}: p50", "seconds", small, "the disk", disk, BARE),
        Row(f"{last.size}: p50", "seconds", large, "the disk", disk),
        Row(f"{last.size}: p99", "seconds", [p99(last.grown)], "the disk", tail),
    ]


def medians(seconds: Sequence[float], rounds: int) -> list[float]:
    """The median of each round."""
    size = len(seconds) // rounds
    return [median(seconds[at : at + size]) for at in range(0, rounds * size, size)]


def p99(seconds: Sequence[float]) -> float:
    """What 99 of 100 commits stay below."""
    return quantiles(seconds, n=100, method="inclusive")[98]


def points_of(found: Sequence[Compared], smallest: Size) -> list[Commits]:
    """Half of the commits and the slowest of them, in milliseconds, store by store."""
    small = [seconds for one in found for seconds in one.small]
    return [
        Commits(size.transactions, size.wallets, 1000 * median(seconds), 1000 * p99(seconds))
        for size, seconds in [(smallest, small), *((one.size, one.grown) for one in found)]
    ]


def panels_of(points: Sequence[Commits], smallest: Size) -> list[Panel]:
    """One plot over transactions, one over wallets at the most transactions."""
    few = [point for point in points if point.wallets == smallest.wallets]
    most = few[-1].transactions
    many = [point for point in points if point.transactions >= most]
    return [
        Panel("transactions", [(point.transactions, point.p50, point.p99) for point in few]),
        Panel("wallets", [(point.wallets, point.p50, point.p99) for point in many]),
    ]
