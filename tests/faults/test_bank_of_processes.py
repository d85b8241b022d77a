"""Many real processes on one store, some of them killed at any moment.

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
from pathlib import Path

from coins_cli.opening import open_bank

SECONDS = 8
WRITERS = 8
READERS = 2
USERS = [f"user{number:02}" for number in range(50)]

WRITER = """
import random, sys, time
from coins_cli.errors import Refused
from coins_cli.opening import open_bank
folder, name, receipts = sys.argv[1:4]
rng, bank, number, worst = random.Random(name), open_bank(folder), 0, 0.0
with open(receipts, "a") as file:
    while True:
        number += 1
        sender, creator = rng.sample([f"user{n:02}" for n in range(50)], 2)
        started = time.monotonic()
        try:
            key = f"{name}.{number}"
            if rng.random() < 0.2:
                receipt = bank.recharge(sender, 100, key=key)
            else:
                receipt = bank.gift(sender, creator, "panda", quantity=rng.randint(1, 4), key=key)
        except Refused:
            continue
        worst = max(worst, time.monotonic() - started)
        file.write(f"{receipt.seq} {receipt.head} {key} {worst:.3f}\\n")
        file.flush()
"""

READER = """
import sys
from coins_cli.opening import open_bank
bank, reads = open_bank(sys.argv[1]), 0
while True:
    with bank.store.reading() as view:
        wallets = [view.wallet(user) for user in view.users()]
        issued = -view.totals["platform/issued"]
    held = sum(wallet.coins + wallet.earned for wallet in wallets)
    assert held == issued, (held, issued)
    reads += 1
    print(reads, flush=True)
"""


def start(program: str, *args: str, **options) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", program, *args], **options)


def acknowledged(folder: Path) -> list[tuple[int, str, str, float]]:
    """What the writers were told; the last line of one that was killed may be cut short."""
    found = []
    for path in folder.glob("*.receipts"):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                seq, head, key, worst = line.split()
                found.append((int(seq), head, key, float(worst)))
    return found


def test_no_process_loses_a_coin_while_others_are_killed(tmp_path, capsys):
    bank = open_bank(tmp_path / "store")
    bank.create_wallets(*USERS)
    for user in USERS:
        bank.recharge(user, 500)
    rng = random.Random(7)
    store = str(tmp_path / "store")

    def writer(number: int) -> subprocess.Popen:
        name = f"w{number}"
        return start(WRITER, store, name, str(tmp_path / f"{name}.receipts"))

    writers = [writer(number) for number in range(WRITERS)]
    logs = [(tmp_path / f"reads{number}").open("w") for number in range(READERS)]
    readers = [start(READER, store, stdout=log, stderr=subprocess.PIPE) for log in logs]
    kills = 0
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        time.sleep(rng.uniform(0.1, 0.5))
        victim = rng.randrange(WRITERS)
        assert writers[victim].poll() is None, "a writer stopped by itself"
        writers[victim].send_signal(signal.SIGKILL)
        writers[victim].wait()
        kills += 1
        writers[victim] = writer(victim)
    for process in [*writers, *readers]:
        process.kill()
    complaints = [reader.communicate()[1] for reader in readers]
    for process in writers:
        process.wait()
    for log in logs:
        log.close()

    assert complaints == [b""] * READERS
    reads = sum(len((tmp_path / f"reads{number}").read_text().split()) for number in range(READERS))
    with bank.store.reading() as view:
        entries = {entry.seq: entry for entry in view.entries()}
    told = acknowledged(tmp_path)
    for seq, head, key, _ in told:
        assert (entries[seq].head, entries[seq].key) == (head, key)
    keys = Counter(entry.key for entry in entries.values() if entry.key is not None)
    assert max(keys.values()) == 1
    assert bank.verify().findings == ()
    assert reads > READERS
    assert len(told) > WRITERS
    with capsys.disabled():
        worst = max(wait for *_, wait in told)
        print(
            f"\nbank of processes: {len(told):,} acknowledged, {kills} kill -9, {reads:,} reads,"
            f" worst wait {worst:.2f} s, on {os.cpu_count()} cores"
        )
