"""What the tests of the model share: catalogs with other values, decisions, journals of them."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import settings

from coins_cli.errors import CoinsError
from coins_cli.model.catalog import Catalog
from coins_cli.model.replay import Replay
from coins_cli.model.requests import (
    CashOut,
    EndLive,
    Gift,
    Open,
    Promote,
    Recharge,
    Request,
    ReturnPayout,
    Reverse,
    SettlePayout,
    StartLive,
)
from coins_cli.model.rules import decide
from coins_cli.model.transactions import Entry, Past, Posting, Transaction
from coins_cli.model.wallets import Wallet
from coins_cli.store.catalog_files import default_catalog, default_catalog_text, parse_catalog

MOST = 2**53 - 1
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
    Gift("alice", "bob", "im-very-rich", quantity=4, video="v1"),
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


def decided(
    request: Request, *wallets: Wallet, catalog: Catalog = CATALOG, past: Past | None = None
) -> Transaction:
    """What `request` does when `wallets` are all there are, and it ends `past` if it ends one."""
    standing = dict.fromkeys(request.users()) | {wallet.user: wallet for wallet in wallets}
    return decide(request, catalog, standing, NOON, past)


def refused(
    request: Request, *wallets: Wallet, catalog: Catalog = CATALOG, past: Past | None = None
) -> CoinsError:
    """The refusal that `request` meets when `wallets` are all there are."""
    with pytest.raises(CoinsError) as refusal:
        decided(request, *wallets, catalog=catalog, past=past)
    return refusal.value


def after(transaction: Transaction, user: str) -> Wallet:
    """The wallet of `user` after `transaction`."""
    (wallet,) = (wallet for wallet in transaction.wallets if wallet.user == user)
    return wallet


def journal(requests: Iterable[Request], catalog: Catalog = CATALOG) -> list[Transaction]:
    """The transactions of those `requests` that are not refused, a second apart."""
    wallets: dict[str, Wallet] = {}
    transactions: list[Transaction] = []
    for request in requests:
        past = past_of(request, transactions)
        users = [one.user for one in past.transaction.wallets] if past else request.users()
        at = NOON + timedelta(seconds=len(transactions))
        try:
            standing = {user: wallets.get(user) for user in users}
            transaction = decide(request, catalog, standing, at, past)
        except CoinsError:
            continue
        wallets.update((wallet.user, wallet) for wallet in transaction.wallets)
        transactions.append(transaction)
    return transactions


def past_of(request: Request, transactions: Sequence[Transaction]) -> Past | None:
    """The one of `transactions` that `request` ends, and the first that ended it before."""
    ended = request.ends()
    if ended is None or not 1 <= ended <= len(transactions):
        return None
    numbered = enumerate(transactions, start=1)
    by = next((seq for seq, one in numbered if one.request.ends() == ended), None)
    return Past(ended, transactions[ended - 1], by)


def entries(transactions: Iterable[Transaction]) -> list[Entry]:
    """`transactions` as they would stand in a journal, under heads that nobody computed."""
    return [
        Entry(seq, f"{seq:064x}", None, transaction)
        for seq, transaction in enumerate(transactions, start=1)
    ]


def postings(*triples: tuple[str, str, int]) -> tuple[Posting, ...]:
    """Postings from account, asset and amount."""
    return tuple(Posting(*triple) for triple in triples)


def replayed(transactions: list[Transaction], *cuts: int) -> tuple[Replay, list[tuple[int, str]]]:
    """A replay of `transactions`, and what it finds on the way: entry numbers and words.

    With `cuts` each part that begins at one is replayed by itself, as audits do with segments.
    """
    numbered = entries(transactions)
    starts = sorted({0, *(cut for cut in cuts if cut < len(numbered))})
    replay = Replay()
    found: list[tuple[int, str]] = []
    for start, end in pairwise([*starts, len(numbered)]):
        part = Replay(from_start=start == 0)
        found += [(entry.seq, what) for entry in numbered[start:end] for what in part.feed(entry)]
        found += replay.follow(part)
    return replay, found


def findings(transactions: list[Transaction], *cuts: int) -> list[tuple[int, str]]:
    """All that is wrong with `transactions`; the entry number is 0 for the whole."""
    replay, found = replayed(transactions, *cuts)
    return found + [(0, what) for what in replay.finish()]
