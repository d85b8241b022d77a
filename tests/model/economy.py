"""What the tests of the model share: catalogs with other values, decisions, journals of them."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import settings
from msgspec.structs import replace

from coins_cli.errors import CoinsError
from coins_cli.files.catalogs import default_catalog, default_catalog_text, parse_catalog
from coins_cli.model.accounts import Posting
from coins_cli.model.catalog import Catalog
from coins_cli.model.economy import Economy, Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import Request
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.replay import Replay
from coins_cli.model.transactions import Entry, Past, Transaction
from coins_cli.model.wallets import Wallet

MOST = 2**53 - 1
SEQ = 8
"""The number of a transaction that is decided here; what it ends is number 7."""
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CATALOG = default_catalog()
FILE = "prices.toml"

# Enough examples to meet each rule, few enough that nobody skips these tests.
some_examples = settings(max_examples=40, deadline=None)

STORY = (
    Open("alice", "Alice A."),
    Open("bob"),
    Recharge("alice", "10000"),
    Gift("alice", "bob", "drama-queen"),
    StartLive("bob"),
    Gift("alice", "bob", "concert", quantity=2, message="for you"),
    Recharge("alice", "5000"),
    EndLive("bob"),
    Gift("alice", "bob", "im-very-rich", quantity=4, venue="comments", video="v1"),
    Promote("alice", "v9", days=2),
    CashOut("bob", "bob@example.com"),
)
"""Every operation that ends none at least once; bob earns the 10,000 coins that he cashes out."""

ENDED_STORY = (
    *STORY[:-1],
    CashOut("bob", "bob@example.com", 4_000, pending=True),
    ReturnPayout(11, "a typo in the address"),
    CashOut("bob", "bob@example.org", pending=True),
    SettlePayout(13),
    Reverse(10, "the wrong video"),
    Gift("alice", "bob", "panda"),
    Reverse(16, "the wrong gift"),
)
"""The same with payouts that were held first, and with two reversals."""


def with_value(table: str, key: str, value: str, text: str | None = None) -> str:
    """The text of the default catalog in which `key` of `[table]` has another TOML `value`."""
    text = default_catalog_text().decode() if text is None else text
    pattern = rf"(^\[{re.escape(table)}\]\n(?:[^\[\n].*\n|\n)*?{key} = )[^#\n]*"
    changed, count = re.subn(pattern, lambda found: f"{found[1]}{value} ", text, flags=re.MULTILINE)
    assert count == 1, f"the default catalog has no {table}.{key}"
    return changed


def catalog_with(*values: tuple[str, str, str]) -> Catalog:
    """The default catalog with other values, each as table, key and TOML value."""
    text = default_catalog_text().decode()
    for table, key, value in values:
        text = with_value(table, key, value, text)
    return parse_catalog(text.encode(), FILE)


HALF_SHARE = catalog_with(("gifting", "creator_share", "0.5"))
CALCULATORS = catalog_with(
    ("cash_out", "diamonds_per_coin", "0.5"), ("cash_out", "usd_per_diamond", "0.005")
)
"""The rates of many calculators."""


class Given(Economy):
    """An economy of given wallets, in which a given transaction may have happened."""

    def __init__(self, wallets: Iterable[Wallet], catalog: Catalog, past: Past | None) -> None:
        super().__init__(Rules(catalog), NOON)
        self.wallets.update((wallet.user, wallet) for wallet in wallets)
        self.next_seq = SEQ
        self._past = past

    def past(self, seq: int) -> Past | None:
        """The past that was given, whatever its number."""
        return self._past


def decided(
    request: Request, *wallets: Wallet, catalog: Catalog = CATALOG, past: Past | None = None
) -> Transaction:
    """What `request` does when `wallets` are all there are, and it ends `past` if it ends one."""
    world = Given(wallets, catalog, past)
    return world.rules(request, world)


def as_past(transaction: Transaction, *, by: int | None = None) -> Past:
    """The transaction as number 7, which number `by` ended."""
    return Past(replace(transaction, seq=SEQ - 1), by)


def refused(
    request: Request, *wallets: Wallet, catalog: Catalog = CATALOG, past: Past | None = None
) -> CoinsError:
    """The refusal that `request` meets when `wallets` are all there are."""
    with pytest.raises(CoinsError) as refusal:
        decided(request, *wallets, catalog=catalog, past=past)
    return refusal.value


def after(transaction: Transaction, user: str) -> Wallet:
    """The wallet of `user` after `transaction`, in which `last` must be its number: it is left out.

    So it can be compared with a wallet that was given.
    """
    (wallet,) = (wallet for wallet in transaction.wallets if wallet.user == user)
    assert wallet.last == transaction.seq
    return replace(wallet, last=0)


def all_after(transaction: Transaction) -> tuple[Wallet, ...]:
    """The same of all wallets that it touched, in its order."""
    return tuple(after(transaction, wallet.user) for wallet in transaction.wallets)


def sums_of(transaction: Transaction) -> dict[str, int | str]:
    """What a transaction came to, by field, without what it has none of."""
    names = ("coins", "earned", "diamonds", "usd_cents", "views", "venue")
    sums = {name: getattr(transaction, name) for name in names}
    return {name: amount for name, amount in sums.items() if amount is not None}


class Journal(list[Transaction]):
    """Transactions, and the catalog at whose prices they were decided."""

    def __init__(
        self, transactions: Iterable[Transaction] = (), catalog: Catalog = CATALOG
    ) -> None:
        super().__init__(transactions)
        self.catalog = catalog


def economy_after(requests: Iterable[Request], catalog: Catalog = CATALOG) -> Economy:
    """The economy after those `requests` that are not refused, a second apart."""
    economy = Economy(Rules(catalog), NOON)
    for request in requests:
        with suppress(CoinsError):
            economy.do(request)
            economy.at += timedelta(seconds=1)
    return economy


def journal(requests: Iterable[Request], catalog: Catalog = CATALOG) -> Journal:
    """The transactions of those `requests` that are not refused, a second apart."""
    return Journal(economy_after(requests, catalog).fresh, catalog)


def renumbered(transactions: Iterable[Transaction]) -> list[Transaction]:
    """The same, with the numbers of a journal in which they follow each other, as forgers do it."""
    touched: dict[str, int] = {}
    found = []
    for seq, one in enumerate(transactions, start=1):
        before = tuple(touched.get(wallet.user, 0) for wallet in one.wallets)
        wallets = tuple(replace(wallet, last=seq) for wallet in one.wallets)
        touched.update((wallet.user, seq) for wallet in wallets)
        found.append(replace(one, seq=seq, wallets=wallets, before=before))
    return found


def entries(transactions: Iterable[Transaction], catalog: Catalog = CATALOG) -> list[Entry]:
    """`transactions` as they would stand in a journal, under heads that nobody computed."""
    return [Entry(one, f"{one.seq:064x}", catalog) for one in transactions]


def postings(*triples: tuple[str, str, int]) -> list[Posting]:
    """Postings from account, asset and amount."""
    return [Posting(*triple) for triple in triples]


def replayed(
    transactions: Sequence[Transaction], *cuts: int
) -> tuple[Replay, list[tuple[int, str]]]:
    """A replay of `transactions`, and what it finds on the way: their places, from 1, and words.

    With `cuts` each part that begins at one is replayed by itself, as audits do with segments.
    """
    catalog = transactions.catalog if isinstance(transactions, Journal) else CATALOG

    def find(seq: int) -> Transaction | None:
        return transactions[seq - 1] if 1 <= seq <= len(transactions) else None

    starts = sorted({0, *(cut for cut in cuts if cut < len(transactions))})
    replay = Replay(find)
    found: list[tuple[int, str]] = []
    for start, end in pairwise([*starts, len(transactions)]):
        part = Replay(find, first=start + 1) if start else replay
        for at in range(start, end):
            found += [(at + 1, what) for what in part.check(transactions[at], catalog.prices())]
        if start:
            found += replay.follow(part.result())
    return replay, found


def findings(transactions: Sequence[Transaction], *cuts: int) -> list[tuple[int, str]]:
    """All that is wrong with `transactions`; the number is 0 for the whole."""
    replay, found = replayed(transactions, *cuts)
    return found + [(0, what) for what in replay.finish()]
