"""`coins batch`, from a file of requests to durable receipts, beside a loop over `sqlite3`."""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import compress, product
from pathlib import Path
from typing import Final, NamedTuple

from coins_cli.opening import open_bank

from . import sqlite_loop
from .economy import REFUSED_CODE, Economy, Fields, done_of, send, with_keys, write_lines
from .measuring import Bench, Budget, Row, Scale, Table, check, coins, copied, in_turn, run, weighed

ROUNDS: Final = 5


class Size(NamedTuple):
    """How many users, who exist, send how many lines: small gifts, and any requests."""

    users: int
    gifts: int
    requests: int


SIZES: Final[dict[Scale, Size]] = {
    "small": Size(20, 300, 300),
    "usual": Size(10_000, 300_000, 100_000),
    "full": Size(10_000, 1_000_000, 1_000_000),
}
MEMORY: Final = Budget("figure", most=100e6)
LINE: Final = Budget("figure", most=450)
LEAST: Final = Budget("ratio", least=1)
LEAST_WITH_KEYS: Final = Budget("ratio", least=0.8)
LEAST_AGAIN: Final = Budget("ratio", least=0.6)
PARSING: Final = "parsing loop, WAL"
REFERENCES: Final = {
    "bare loop, WAL": ("bare", "WAL"),
    PARSING: ("parsing", "WAL"),
    "JSON to JSON, WAL": ("whole", "WAL"),
}


class Contest:
    """The same economy in a store and in a database, and the same lines for both."""

    def __init__(self, bench: Bench, *, gifts: bool, keys: bool) -> None:
        size = SIZES[bench.scale]
        self.users, self.lines = size.users, size.gifts if gifts else size.requests
        self._place = bench.folder(f"{'gifts' if gifts else 'batch'}{' with keys' if keys else ''}")
        self._economy = Economy()
        self._opened = self._place / "opened"
        opening = list(self._economy.opened(self.users))
        send(self._opened, opening)
        are_done: list[bool] = []
        sent = self._economy.gifts(self.lines) if gifts else self._economy.evening(self.lines)
        requests = noted(done_of(self._economy, sent), are_done)
        self._file = write_lines(
            self._place / "requests.jsonl", with_keys(requests) if keys else requests
        )
        self._done = sum(are_done)
        self._again = self._place / "again.jsonl"
        with self._file.open() as lines, self._again.open("w") as again:
            again.writelines(compress(lines, are_done))
        first = with_keys(opening, "opening") if keys else opening
        file = write_lines(self._place / "opening.jsonl", first)
        self._databases: dict[str, Path] = {}
        for journal_mode in ("WAL",):
            self._databases[journal_mode] = self._place / f"{journal_mode}.sqlite"
            self._loop("whole", journal_mode, self._databases[journal_mode], file)
        self.memories: list[float] = []
        self.line_bytes: list[float] = []

    def ours(self) -> float:
        """Lines a second of `coins batch`, as a whole process."""
        store = copied(self._opened, self._place / "store")
        command = coins("batch", self._file, "--store", store)
        ran = weighed(command, answers=self._place / "answers", codes=(0, REFUSED_CODE))
        self.memories.append(ran.memory_bytes)
        self._check_store(store, self.lines)
        self.line_bytes.append((journal_bytes(store) - journal_bytes(self._opened)) / self._done)
        return self.lines / ran.seconds

    def again(self) -> float:
        """The same when all that was done is sent again under the same keys; nothing is done."""
        store = self._place / "done"
        if not store.exists():
            command = coins("batch", self._file, "--store", copied(self._opened, store))
            run(command, codes=(0, REFUSED_CODE))
        before = journal_bytes(store)
        command = coins("batch", self._again, "--store", store)
        ran = run(command, answers=self._place / "answers")
        self._check_store(store, self._done)
        check(journal_bytes(store) == before, "something was done again")
        return self._done / ran.seconds

    def reference(self, mode: str, journal_mode: str) -> Callable[[], float]:
        """What measures lines a second of the loop over `sqlite3`."""

        def speed() -> float:
            database = copied(self._databases[journal_mode], self._place / "copy.sqlite")
            seconds = self._loop(mode, journal_mode, database, self._file)
            self._check_database(database)
            return self.lines / seconds

        return speed

    def _loop(self, mode: str, journal_mode: str, database: Path, file: Path) -> float:
        """The seconds of a whole process, or of a bare loop without all that is around it."""
        loop = [sys.executable, sqlite_loop.__file__, mode, journal_mode, str(database), str(file)]
        ran = run(loop, answers=self._place / "loop's answers")
        return ran.seconds if mode == "whole" else float(json.loads(ran.words)["seconds"])

    def _check_store(self, store: Path, sent: int) -> None:
        """Everybody holds what they should, and every line that was `sent` was answered."""
        with (self._place / "answers").open("rb") as answers:
            lines = sum(1 for _ in answers)
        wallets = open_bank(store).read.wallets()
        held = {wallet.user: (wallet.coins, wallet.earned) for wallet in wallets}
        economy = self._economy
        check(lines == sent, "lines were not answered")
        check(held == {user: (economy.coins[user], economy.earned[user]) for user in economy.users})

    def _check_database(self, path: Path) -> None:
        """Everybody holds the same in the database."""
        database = sqlite3.connect(path)
        held = dict(database.execute("SELECT name, balance FROM accounts"))
        rows = database.execute("SELECT count(*) FROM journal").fetchone()[0]
        database.close()
        economy = self._economy
        check(rows == economy.done, "the loop has another number of transfers")
        for user in economy.users:
            check(held[f"{user}/coins"] == economy.coins[user])
            check(held[f"{user}/earned"] == economy.earned[user])


def noted(requests: Iterable[tuple[Fields, bool]], are_done: list[bool]) -> Iterator[Fields]:
    """The requests, while `are_done` is told of each whether it is done."""
    for fields, is_done in requests:
        are_done.append(is_done)
        yield fields


def journal_bytes(store: Path) -> int:
    """The size of all segments."""
    return sum(file.stat().st_size for file in (store / "journal").iterdir())


def measure(bench: Bench) -> list[Table]:
    """Gifts, and requests of all operations; without keys, and with a key in each line."""
    ways = product((True, False), (False, True))
    return [_measure(bench, gifts=gifts, keys=keys) for gifts, keys in ways]


def _measure(bench: Bench, *, gifts: bool, keys: bool) -> Table:
    contest = Contest(bench, gifts=gifts, keys=keys)
    cases: dict[str, Callable[[], float]] = {"coins batch": contest.ours}
    for name, (mode, journal_mode) in REFERENCES.items():
        cases[name] = contest.reference(mode, journal_mode)
    if keys:
        cases[AGAIN] = contest.again
    speeds = in_turn(cases, bench.rounds_or(ROUNDS))
    ours, again = speeds.pop("coins batch"), speeds.pop(AGAIN, None)
    budget = LEAST_WITH_KEYS if keys else LEAST
    budgets = {PARSING: budget} if gifts else {}
    rows = [
        Row("coins batch", "per second", ours, name, its, budgets.get(name))
        for name, its in speeds.items()
    ]
    if again is not None:
        least = LEAST_AGAIN if gifts else None
        rows.append(Row(AGAIN, "per second", again, PARSING, speeds[PARSING], least))
    rows.append(Row("its memory", "bytes", contest.memories, budget=MEMORY))
    line = LINE if gifts and not keys else None
    rows.append(Row("a line of its journal", "bytes", contest.line_bytes, budget=line))
    what = "gifts" if gifts else "requests of all operations"
    how = "with a key each" if keys else "without keys"
    return Table(f"Batch: {contest.lines:,} {what} {how}, {contest.users:,} users", rows, [NOTE])


AGAIN: Final = "sent again"
NOTE: Final = (
    "A whole process from the file to durable receipts; the loop over `sqlite3` in groups of"
    f" {sqlite_loop.GROUP_LINES:,},\nwith synchronous=FULL. «Bare» is the loop alone, its requests"
    " in memory and no receipts;\n«parsing» reads them from JSON in the loop; «JSON to JSON» is a"
    " whole process as ours is.\n«Sent again»: all that was done, under the same keys. A line of"
    " the journal is the mean of all."
)
