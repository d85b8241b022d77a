"""The reference of a batch: a plain loop over `sqlite3` that does the same checked transfers.

    python sqlite_loop.py bare|parsing|whole WAL|DELETE DATABASE FILE

reads requests as JSON Lines. `bare` takes them into memory first, and then, for each: reads the
balance that is to pay, refuses if it is too small, updates two balances, and inserts a row into the
journal. `parsing` reads each line as it comes, and `whole` also writes a JSON receipt for each once
it is durable.
Each group of lines is one transaction, with synchronous=FULL. What it took is told on stderr.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

GROUP_LINES = 4_096
PANDA, CONCERT = 5, 500
PRICES = {"panda": PANDA, "concert": CONCERT}
PLATFORM = "platform"
TABLES = """
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, balance INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
  seq INTEGER PRIMARY KEY, op TEXT, payer TEXT, payee TEXT, amount INTEGER {key}
);
INSERT OR IGNORE INTO accounts VALUES ('platform', 0);
"""

Row = tuple[Any, ...]


class Transfer(NamedTuple):
    """Coins that go from one account to another; the platform has no end of them."""

    op: str
    payer: str
    payee: str
    amount: int
    key: str | None


def transfer_of(fields: dict[str, Any]) -> Transfer:
    """What a request comes to."""
    op, key = fields["op"], fields.get("key")
    if op == "gift":
        price = PRICES[fields["gift"]]
        return Transfer(op, f"{fields['from']}/coins", f"{fields['to']}/earned", price, key)
    if op == "recharge":
        return Transfer(op, PLATFORM, f"{fields['user']}/coins", int(fields["pack"]), key)
    if op == "promote":
        return Transfer(op, f"{fields['user']}/coins", PLATFORM, fields["coins"], key)
    if op == "cashout":
        return Transfer(op, f"{fields['user']}/earned", PLATFORM, fields["coins"], key)
    return Transfer(op, f"{fields['user']}/coins", f"{fields['user']}/earned", 0, key)


class Ledger:
    """The database, and what was done in it."""

    def __init__(self, path: str, journal_mode: str, *, keys: bool) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute(f"PRAGMA journal_mode={journal_mode}")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.executescript(TABLES.format(key=", key TEXT UNIQUE" if keys else ""))
        marks = "NULL, ?, ?, ?, ?, ?" if keys else "NULL, ?, ?, ?, ?"
        self._insert = f"INSERT INTO journal VALUES ({marks})"
        self._fields = 5 if keys else 4
        self.refused = 0

    def apply(self, transfers: Iterable[Transfer]) -> list[tuple[int | None, int]]:
        """One transaction; returns each transfer's number, none if refused, and what was left."""
        execute = self.database.execute
        answers: list[tuple[int | None, int]] = []
        execute("BEGIN IMMEDIATE")
        for transfer in transfers:
            op, payer, payee, amount, _ = transfer
            if op == "open":
                execute("INSERT INTO accounts VALUES (?, 0), (?, 0)", (payer, payee))
            found = execute("SELECT balance FROM accounts WHERE name = ?", (payer,)).fetchone()
            if found[0] < amount and payer != PLATFORM:
                self.refused += 1
                answers.append((None, found[0]))
                continue
            change = "UPDATE accounts SET balance = balance + ? WHERE name = ?"
            execute(change, (-amount, payer))
            execute(change, (amount, payee))
            number = execute(self._insert, transfer[: self._fields]).lastrowid
            answers.append((number, found[0] - amount))
        execute("COMMIT")
        return answers


def groups(transfers: Iterable[Transfer]) -> Iterator[list[Transfer]]:
    """The same, as many at a time as share one sync."""
    rest = iter(transfers)
    while group := list(islice(rest, GROUP_LINES)):
        yield group


def say(transfers: list[Transfer], answers: list[tuple[int | None, int]], line: int) -> None:
    """Write a receipt for each transfer, as JSON Lines."""
    for at, (transfer, (number, left)) in enumerate(zip(transfers, answers, strict=True)):
        receipt = {"line": line + at, "seq": number, **transfer._asdict(), "left": left}
        sys.stdout.write(json.dumps(receipt) + "\n")
    sys.stdout.flush()


def main() -> None:
    mode, journal_mode, path, name = sys.argv[1:]
    with open(name, "rb") as source:
        keys = b'"key"' in source.readline()
        source.seek(0)
        transfers: Iterable[Transfer] = (transfer_of(json.loads(line)) for line in source)
        if mode == "bare":
            transfers = list(transfers)
        ledger = Ledger(path, journal_mode, keys=keys)
        started, line = time.perf_counter(), 1
        for group in groups(transfers):
            answers = ledger.apply(group)
            if mode == "whole":
                say(group, answers, line)
                line += len(group)
        seconds = time.perf_counter() - started
    ledger.database.close()
    sys.stderr.write(json.dumps({"seconds": seconds, "refused": ledger.refused}))


if __name__ == "__main__":
    main()
