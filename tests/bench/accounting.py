"""`coins verify` beside the programs that plain-text accounting uses.

First on the same postings: each is run on a small and on a large store; what the further
transactions cost is the difference, so that nobody pays for its start. Then beside `ledger` on the
export, whole processes: there it checks each balance that the export asserts, and pays for each
user, whose accounts cost it more than their transactions.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from coins_cli.model.accounts import Posting
from coins_cli.model.money import USD
from coins_cli.model.transactions import Entry
from coins_cli.opening import open_bank

from .economy import Economy, send
from .measuring import Bench, Budget, Row, Scale, Table, check, coins, copied, in_turn, run

ROUNDS: Final = 5
ROUNDS_OF_EXPORT: Final = 2


class Size(NamedTuple):
    """How many users send how many lines, to the small and to the large store."""

    users: int
    few: int
    many: int


SIZES: Final[dict[Scale, Size]] = {
    "small": Size(20, 50, 500),
    "usual": Size(10_000, 32_000, 352_000),
    "full": Size(10_000, 32_000, 352_000),
}


class Tool(NamedTuple):
    """A program, what it is to do with a file, and how much faster an audit must be."""

    name: str
    words: tuple[str, ...]
    budget: Budget | None = None
    opens_accounts: bool = False

    @property
    def program(self) -> str | None:
        """Where the program is: beside this Python, or on the path."""
        beside = Path(sys.executable).with_name(self.name)
        return str(beside) if beside.exists() else shutil.which(self.name)


TOOLS: Final = [
    Tool("ledger", ("--args-only", "balance", "-f")),
    Tool("hledger", ("balance", "-f"), Budget("ratio", least=30)),
    Tool("bean-check", ("--no-cache",), opens_accounts=True),
]
LEDGER: Final = TOOLS[0]
EXPORT: Final = Budget("ratio", least=20)


def account_name(posting: Posting) -> str:
    """A name that all of them take: `Assets:User0000001:Coins`, `Equity:Platform:Issued`."""
    cleaned = posting.account.replace("@", "-at-").replace(".", "-").replace("_", "-")
    parts = [part[:1].upper() + part[1:] for part in cleaned.split("/")]
    is_outside = parts[0] in {"Platform", "World"}
    return ":".join(["Equity" if is_outside else "Assets", *parts])


def amount(posting: Posting) -> str:
    """A number with its commodity; dollars have cents."""
    if posting.asset != USD:
        return f"{posting.amount} {posting.asset}"
    sign, cents = "-" if posting.amount < 0 else "", abs(posting.amount)
    return f"{sign}{cents // 100}.{cents % 100:02} {USD}"


def write_postings(path: Path, entries: Iterable[Entry], *, opens_accounts: bool) -> int:
    """Write each entry that posts something as one transaction; returns how many there are."""
    accounts: dict[str, None] = {}
    body, written = path.with_suffix(".body"), 0
    with body.open("w") as file:
        for entry in entries:
            transaction = entry.transaction
            if not transaction.postings:
                continue
            mark = "*" if opens_accounts else f"* ({entry.seq})"
            what = f'"{entry.seq}"' if opens_accounts else "-"
            lines = [f"{transaction.at:%Y-%m-%d} {mark} {what}"]
            for posting in transaction.postings:
                name = account_name(posting)
                accounts[name] = None
                lines.append(f"    {name}  {amount(posting)}")
            file.write("\n".join(lines) + "\n\n")
            written += 1
    with path.open("w") as file, body.open() as rest:
        if opens_accounts:
            file.writelines(f"1970-01-01 open {name}\n" for name in accounts)
        shutil.copyfileobj(rest, file)
    body.unlink()
    return written


class Books:
    """The same transactions as a store, and as the files of the tools."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.users = len(open_bank(store).read.wallets())
        self.files: dict[bool, Path] = {}
        with open_bank(store).store.reading() as view:
            for opens in (False, True):
                self.files[opens] = store.with_suffix(".beancount" if opens else ".ledger")
                entries = view.entries()
                self.posted = write_postings(self.files[opens], entries, opens_accounts=opens)

    def export(self) -> Path:
        """What `coins export` writes for `ledger`."""
        path = self.store.with_suffix(".export")
        words = ("--format", LEDGER.name, "--out", path, "--store", self.store)
        run(coins("export", *words))
        return path

    def verify(self) -> float:
        """How long an audit of the store takes."""
        return run(coins("verify", "--store", self.store)).seconds

    def read_by(self, tool: Tool) -> float:
        """How long a tool takes with the file."""
        assert tool.program is not None
        return run([tool.program, *tool.words, self.files[tool.opens_accounts]]).seconds


def books(bench: Bench) -> tuple[Books, Books]:
    """A small and a large one; the large one goes on from the small one."""
    place, size = bench.folder("accounting"), SIZES[bench.scale]
    economy = Economy()
    store = send(place / "large", [*economy.opened(size.users), *economy.evening(size.few)])
    small = Books(copied(store, place / "small"))
    large = Books(send(store, economy.evening(size.many - size.few)))
    check(large.posted == economy.done - size.users, "there are postings of more or of less")
    return small, large


def measure(bench: Bench) -> list[Table]:
    """An audit beside each of the tools that are there."""
    small, large = books(bench)
    tables = [_on_postings(bench, small, large)]
    if LEDGER.program is not None:
        tables.append(_on_export(bench, large, LEDGER.program))
    return tables


def _on_export(bench: Bench, large: Books, ledger: str) -> Table:
    """An audit beside `ledger` on the export of the same store."""
    file = large.export()
    cases: dict[str, Callable[[], float]] = {
        "verify": large.verify,
        "ledger": lambda: run([ledger, *LEDGER.words, file]).seconds,
    }
    took = in_turn(cases, bench.rounds_or(ROUNDS_OF_EXPORT))
    transactions = large.posted + large.users
    ours, theirs = ([transactions / one for one in took[name]] for name in cases)
    with file.open() as export:
        asserted = sum(" = " in line for line in export)
    note = (
        f"Transactions a second, whole processes, of {transactions:,} of {large.users:,} users."
        "\nThe input of `ledger`: `coins export --format ledger` of this store, which asserts"
        f"\n{asserted:,} balances, {file.stat().st_size / 1e6:,.1f} MB."
    )
    row = Row("coins verify", "per second", ours, "ledger, the export", theirs, EXPORT)
    return Table("Accounting: an audit beside ledger on the export", [row], [note])


def _on_postings(bench: Bench, small: Books, large: Books) -> Table:
    """An audit beside each tool on the same postings: what further transactions cost."""
    tools = [tool for tool in TOOLS if tool.program is not None]
    cases: dict[str, Callable[[], float]] = {}
    for name, one in (("small", small), ("large", large)):
        cases[f"verify {name}"] = one.verify
        for tool in tools:
            cases[f"{tool.name} {name}"] = partial(one.read_by, tool)
    took = in_turn(cases, bench.rounds_or(ROUNDS))
    more = large.posted - small.posted

    def speeds(name: str) -> list[float]:
        pairs = zip(took[f"{name} large"], took[f"{name} small"], strict=True)
        return [more / max(one - other, 1e-6) for one, other in pairs]

    rows = [
        Row(
            "coins verify",
            "per second",
            speeds("verify"),
            tool.name,
            speeds(tool.name),
            tool.budget,
        )
        for tool in tools
    ]
    absent = [tool.name for tool in TOOLS if tool.program is None]
    megabytes = large.files[False].stat().st_size / 1e6
    note = (
        f"Transactions a second: what {more:,} more cost, {small.posted:,} being there already,"
        f" of {large.users:,} users.\nThe input of the tools: the same transactions as bare"
        f" postings (no notes, no prices), {megabytes:,.1f} MB.\n`verify` decides each again, on"
        f" {os.cpu_count()} cores; the tools run on one."
    )
    notes = [note]
    notes += [f"**Not measured, because it is not installed: {name}.**" for name in absent]
    return Table(
        "Accounting: an audit beside ledger, hledger and beancount",
        rows or [Row("coins verify", "per second", speeds("verify"))],
        notes,
    )
