"""Reads of a store that grows, as whole processes: how long they take, and how that grows.

In each store a star gets one gift from each of many users: so the star has as many supporters and
transactions as there are users, and the journal three times as many.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

from .economy import PACK, Economy, Fields, send, write_lines
from .measuring import (
    Bench,
    Budget,
    Row,
    Scale,
    Table,
    check,
    coins,
    copied,
    environment,
    in_turn,
    run,
)

ROUNDS: Final = 5
SUPPORTERS: Final[dict[Scale, list[int]]] = {
    "small": [20, 100],
    "usual": [1_000, 10_000],
    "full": [1_000, 10_000, 100_000],
}
KILLED_LINES: Final[dict[Scale, list[int]]] = {
    "small": [10_000],
    "usual": [20_000, 200_000],
    "full": [20_000, 200_000, 1_000_000],
}
PROJECTED: Final = Budget("figure", most=12e-6)
"""Seconds a transaction: 12 s for all projections of 10^6."""
VERIFIED: Final = Budget("figure", most=1 / (3.5 * 32_000))
"""Seconds a transaction and core: 3.5 times the 32,000 a second of before."""
OPENED: Final = Budget("figure", most=0.8)
TRIES_MAX: Final = 20
STAR: Final = "star"
ALL_FIRST: Final = "all projections, first"


def evening_of(supporters: int) -> Iterator[Fields]:
    """What makes a star."""
    yield {"op": "open", "user": STAR}
    for number in range(supporters):
        user = f"fan{number:07}"
        yield {"op": "open", "user": user}
        yield {"op": "recharge", "user": user, "pack": str(PACK)}
        yield {"op": "gift", "from": user, "to": STAR, "gift": "panda"}


class Reads:
    """A store of one size, and the commands that read it."""

    def __init__(self, place: Path, supporters: int) -> None:
        self.transactions = 3 * supporters + 1
        self._store = send(place / f"star-{supporters}", evening_of(supporters))
        self._fresh = copied(self._store, place / f"fresh-{supporters}")
        self._answers = place / "answers"

    def run(self, *words: str) -> float:
        """How long a command takes."""
        command = coins(*words, "--store", self._store)
        return run(command, answers=self._answers).seconds

    def first(self, *words: str) -> float:
        """The same in a store that nothing was asked of yet."""
        copied(self._fresh, self._store)
        return self.run(*words)

    def all_first(self) -> float:
        """How long all that rests on projections takes together, in a store nothing was asked of.

        The first command reads the journal, once for all of them.
        """
        copied(self._fresh, self._store)
        return sum(self.run(*words) for words in PROJECTED_BY)

    def cores(self) -> float:
        """How many cores an audit can keep busy: it takes one for each segment."""
        sizes = [file.stat().st_size for file in (self._store / "journal").iterdir()]
        return min(os.cpu_count() or 1, sum(sizes) / max(sizes))

    def after_a_gift(self, *words: str) -> float:
        """The same when there is one new transaction."""
        self.run(*words)
        run(coins("gift", "fan0000000", STAR, "panda", "--store", self._store))
        return self.run(*words)


class Killed:
    """A batch that is killed on its way, and the commands after that."""

    def __init__(self, place: Path, lines: int) -> None:
        self._lines = lines
        self._place = place
        self._economy = Economy()
        users = min(1_000, lines // 100)
        self._opened = send(place / f"opened-{lines}", self._economy.opened(users))
        requests = self._economy.applause(lines)
        self._file = write_lines(place / f"requests-{lines}.jsonl", requests)
        self._store = place / f"killed-{lines}"

    def kill(self) -> None:
        """Kill a batch when about half of its lines are answered."""
        for _ in range(TRIES_MAX):
            copied(self._opened, self._store)
            if self._was_killed():
                return
        raise RuntimeError("the batch always came to its end before it was killed")

    def balance_after(self) -> float:
        """How long the first reader takes then."""
        self.kill()
        return self.balance()

    def gift_after(self) -> float:
        """How long the first writer takes, who makes up for it."""
        self.kill()
        return self.gift()

    def balance(self) -> float:
        """How long a reader takes."""
        user = self._economy.users[0]
        return run(coins("balance", user, "--store", self._store)).seconds

    def gift(self) -> float:
        """How long a writer takes."""
        sender, creator = self._economy.users[:2]
        return run(coins("gift", sender, creator, "panda", "--store", self._store)).seconds

    def _was_killed(self) -> bool:
        command = coins("batch", self._file, "--store", self._store)
        path = self._place / "answers"
        with path.open("wb") as answers, path.open("rb") as seen:
            process = subprocess.Popen(
                command, stdout=answers, stderr=subprocess.DEVNULL, env=environment()
            )
            with process:
                lines = 0
                while process.poll() is None and lines < self._lines // 2:
                    lines += seen.read().count(b"\n")
                    time.sleep(0.001)
                process.kill()
        return process.returncode < 0


def measure(bench: Bench) -> list[Table]:
    """Reads by size, and opening after a kill."""
    place, rounds = bench.folder("reads"), bench.rounds_or(ROUNDS)
    return [_reads(place, bench.scale, rounds), _openings(place, bench.scale, rounds)]


PROJECTED_BY: Final = (("top", STAR), ("report",), ("live", "list"), ("payout", "list"))
"""Commands that rest on projections."""
COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "history --limit 20": ("history", STAR, "--limit", "20"),
    "top, again": ("top", STAR),
    "wallet list": ("wallet", "list"),
    "verify": ("verify",),
    "balance": ("balance", STAR),
}


def _reads(place: Path, scale: Scale, rounds: int) -> Table:
    sizes = SUPPORTERS[scale]
    stores = {size: Reads(place, size) for size in sizes}
    cases: dict[str, Callable[[], float]] = {}
    for size, store in stores.items():
        cases[f"top, first {size}"] = partial(store.first, "top", STAR)
        cases[f"{ALL_FIRST} {size}"] = store.all_first
        for name, words in COMMANDS.items():
            cases[f"{name} {size}"] = partial(store.run, *words)
        cases[f"top, one more gift {size}"] = partial(store.after_a_gift, "top", STAR)
    took = in_turn(cases, rounds)
    rows = []
    for name in [*COMMANDS, "top, first", ALL_FIRST, "top, one more gift"]:
        rows += [_grown(name, took, size, small) for small, size in pairwise(sizes)]
    rows.append(_per_transaction("verify, per transaction", "verify", took, stores))
    cores = stores[sizes[-1]].cores()
    a_core = [seconds * cores for seconds in rows[-1].ours]
    rows.append(Row("verify, per transaction and core", "seconds", a_core, budget=VERIFIED))
    projected = _per_transaction(f"{ALL_FIRST}, per transaction", ALL_FIRST, took, stores)
    rows.append(projected._replace(budget=PROJECTED))
    grown = " and ".join(f"{size / small:g} ×" for small, size in pairwise(sizes))
    note = (
        f"Sizes are supporters, three transactions each. They grow {grown}, times as shown.\n"
        f"All projections: {', '.join(' '.join(words) for words in PROJECTED_BY)}, one after"
        " the other,\nin a store that nothing was asked of."
    )
    return Table("Reads: a star with many supporters, whole processes", rows, [note])


def _grown(name: str, took: dict[str, list[float]], size: int, small: int) -> Row:
    """A command in a large store, beside the same in a smaller one."""
    larger, smaller = took[f"{name} {size}"], took[f"{name} {small}"]
    return Row(f"{name}: {size:,}", "seconds", larger, f"{small:,}:", smaller)


def _per_transaction(
    what: str, case: str, took: dict[str, list[float]], stores: dict[int, Reads]
) -> Row:
    """What each further transaction costs, so that nobody pays for the start."""
    *_, small, size = stores
    more = stores[size].transactions - stores[small].transactions
    pairs = zip(took[f"{case} {size}"], took[f"{case} {small}"], strict=True)
    return Row(what, "seconds", [(one - other) / more for one, other in pairs])


def _openings(place: Path, scale: Scale, rounds: int) -> Table:
    rows = []
    for lines in KILLED_LINES[scale]:
        killed = Killed(place, lines)
        cases: dict[str, Callable[[], float]] = {
            "balance after": killed.balance_after,
            "gift after": killed.gift_after,
            "balance": killed.balance,
            "gift": killed.gift,
        }
        took = in_turn(cases, rounds)
        check(all(len(found) == rounds for found in took.values()))
        for name in ("balance", "gift"):
            after = took[f"{name} after"]
            rows.append(Row(f"{name}: {lines:,}", "seconds", after, "later:", took[name], OPENED))
    return Table(
        "Opening after a batch was killed with -9 when half of its lines were answered",
        rows,
        ["Sizes are the lines of the batch; the reference is the same command later on."],
    )
