"""Many real processes on one store, some of them killed at any moment, many while they seal.

A writer that was killed is started again under its name, and so sends again, under the same keys,
everything that it had sent before: it was done, or it was not, and either way it is done once.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from coins_cli.model.operations.recharge import Recharge
from coins_cli.opening import open_bank
from tests.store.economies import keyed

KILLS = 30
PATIENCE_SECONDS = 240
WRITERS = 8
READERS = 2
USERS = [f"user{number:02}" for number in range(50)]
OPERATIONS = {"open", "recharge", "gift", "promote", "cashout"}

WRITER = """
import random, sys, time
from msgspec.structs import replace
from coins_cli.bank import Bank
from coins_cli.errors import Refused
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.store.json import store as json_store
from coins_cli.store.json.journal import sealing
from coins_cli.files.catalogs import default_catalog

folder, name, receipts, seals = sys.argv[1:5]
seal = sealing.seal

def seal_and_tell(*args):
    file.write("(")
    file.flush()
    seal(*args)
    file.write(")")
    file.flush()

def request(rng, number):
    user, other = rng.sample([f"user{n:02}" for n in range(50)], 2)
    return rng.choices(
        [
            Open(f"{name}.{number}"),
            Recharge(user, "10000"),
            Gift(user, other, "drama-queen", quantity=rng.randint(1, 2)),
            Promote(user, "cat.mp4", rng.randint(1, 2)),
            CashOut(user, f"{user}@example.com"),
        ],
        weights=[1, 4, 6, 2, 3],
    )[0]

sealing.seal = seal_and_tell
store = json_store.JsonStore(folder, segment_lines_max=30)
rng, bank, number, worst = random.Random(name), Bank(store, default_catalog()), 0, 0.0
with open(receipts, "a") as told, open(seals, "a") as file:
    while True:
        number += 1
        key = f"{name}.{number}"
        asked = replace(request(rng, number), key=key)
        started = time.monotonic()
        try:
            receipt = bank.apply(asked)
        except Refused:
            continue
        worst = max(worst, time.monotonic() - started)
        told.write(f"{receipt.seq} {receipt.head} {key} {receipt.op} {worst:.3f}\\n")
        told.flush()
"""

READER = """
import sys
from coins_cli.opening import open_bank
bank, reads = open_bank(sys.argv[1]), 0
while True:
    with bank.store.reading() as view:
        wallets = [view.wallet(user) for user in view.users()]
        totals = view.totals
    held = sum(wallet.coins + wallet.earned for wallet in wallets)
    gone = ("platform/gifts", "platform/promotions", "platform/cashed-out")
    issued = held + sum(totals.get(account, 0) for account in gone)
    assert -totals["platform/issued"] == issued, (totals, held)
    assert all(wallet.coins >= 0 and wallet.earned >= 0 for wallet in wallets), wallets
    reads += 1
    print(reads, flush=True)
"""


class Told(NamedTuple):
    """What a writer was told of one request, and the longest that it had waited until then."""

    seq: int
    head: str
    key: str
    op: str
    worst_seconds: float


class Writers:
    """The writing processes, their receipts, and where each of them begins and ends to seal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.kills = self.kills_while_sealing = 0
        self._processes = [self._start(number) for number in range(WRITERS)]

    def kill(self, number: int) -> None:
        """Kill a writer, and start it again."""
        assert self._processes[number].poll() is None, "a writer stopped by itself"
        self._processes[number].send_signal(signal.SIGKILL)
        self._processes[number].wait()
        self.kills += 1
        if self._is_sealing(number):
            self.kills_while_sealing += 1
            with self._file(number, "seals").open("a") as file:
                file.write("killed)")
        self._processes[number] = self._start(number)

    def sealing(self) -> int | None:
        """A writer that is sealing now."""
        return next(filter(self._is_sealing, range(WRITERS)), None)

    def told(self) -> list[Told]:
        """What all were told; the last line of one that was killed may be cut short."""
        found = []
        for path in self._folder.glob("*.receipts"):
            for line in path.read_text().splitlines(keepends=True):
                if line.endswith("\n"):
                    seq, head, key, op, worst = line.split()
                    found.append(Told(int(seq), head, key, op, float(worst)))
        return found

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()

    def _start(self, number: int) -> subprocess.Popen:
        self._file(number, "seals").touch()
        files = [self._file(number, ending) for ending in ("receipts", "seals")]
        return start(WRITER, str(self._folder / "store"), f"w{number}", *map(str, files))

    def _is_sealing(self, number: int) -> bool:
        return self._file(number, "seals").read_text().endswith("(")

    def _file(self, number: int, ending: str) -> Path:
        return self._folder / f"w{number}.{ending}"


def start(program: str, *args: str, **options) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", program, *args], **options)


def kill_some(writers: Writers) -> None:
    """Kill writers, every other one while it seals; how long that takes is the machine's affair."""
    rng = random.Random(7)
    while writers.kills < KILLS:
        time.sleep(rng.uniform(0.05, 0.4))
        writers.kill(rng.randrange(WRITERS))
        sealing = soon(writers.sealing)
        time.sleep(rng.uniform(0, 0.02))
        writers.kill(sealing)


def soon(look: Callable[[], Any]) -> Any:
    """What looking gives, as soon as it is not None.

    Raises:
        AssertionError: it stayed None; the patience is for machines that stand still.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"{look.__name__}: nothing"
        time.sleep(0.002)
    return found


def count_reads(folder: Path) -> int:
    """How often the readers summed up the bank."""
    return sum(len(path.read_text().split()) for path in folder.glob("reads*"))


def test_no_process_loses_a_coin_while_others_are_killed(tmp_path, tried):
    bank = open_bank(tmp_path / "store")
    bank.create_wallets(*USERS)
    bank.apply_all([keyed(Recharge(user, "10000")) for user in USERS])
    store = str(tmp_path / "store")
    logs = [(tmp_path / f"reads{number}").open("w") for number in range(READERS)]
    readers = [start(READER, store, stdout=log, stderr=subprocess.PIPE) for log in logs]
    writers = Writers(tmp_path)
    kill_some(writers)
    soon(lambda: {one.op for one in writers.told()} == OPERATIONS or None)
    soon(lambda: count_reads(tmp_path) > READERS or None)
    writers.stop()
    for reader in readers:
        reader.kill()
    complaints = [reader.communicate()[1] for reader in readers]
    for log in logs:
        log.close()

    assert complaints == [b""] * READERS
    with bank.store.reading() as view:
        entries = {entry.seq: entry for entry in view.entries()}
    told = writers.told()
    for one in told:
        assert (entries[one.seq].head, entries[one.seq].key) == (one.head, one.key)
    keys = Counter(entry.key for entry in entries.values() if entry.key is not None)
    assert max(keys.values()) == 1
    assert all(wallet.coins >= 0 and wallet.earned >= 0 for wallet in bank.read.wallets())
    assert bank.read.verify().findings == ()
    segments = len(list((tmp_path / "store" / "journal").glob("*.jsonl")))
    assert segments > 3
    assert writers.kills_while_sealing > 0
    worst_seconds = max(one.worst_seconds for one in told)
    tried(
        "requests of many processes acknowledged",
        len({one.seq for one in told}),
        f"worst wait {worst_seconds:.2f} s, on {os.cpu_count()} cores",
    )
    tried("kill -9 of a writer among others", writers.kills)
    tried("of those while it was sealing", writers.kills_while_sealing)
    tried("reads that summed up meanwhile", count_reads(tmp_path))
    tried("segments of the journal in the end", segments)
