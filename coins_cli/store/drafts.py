"""Deciding a sequence of intents on top of what a store holds, before any of it is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from coins_cli.errors import KeyReused
from coins_cli.model.requests import Request, differences
from coins_cli.model.transactions import Entry, Totals, Transaction, add_to_totals
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import Applied, Decide, Intent


class Base(Protocol):
    """What a draft stands on: a store, held still for as long as the draft is used."""

    @property
    def seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""

    @property
    def newest_at(self) -> datetime | None:
        """The time of the newest entry, or `None` when there is none."""

    @property
    def totals(self) -> Totals:
        """The balances of the platform's accounts."""

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user`, or `None`."""

    def entry_of_key(self, key: str) -> Entry | None:
        """The entry that stands under `key`, or `None`."""


class Fresh(Struct, frozen=True):
    """A transaction to be recorded as number `seq`, and the key to record it under."""

    seq: int
    key: str | None
    transaction: Transaction


class Draft:
    """What a commit will change. Each intent sees what those before it did.

    After construction, `fresh` holds what must be recorded, in order, and `wallets` and `totals`
    what the store will hold then. Construction raises what `decide` raises, and `KeyReused`.
    """

    def __init__(
        self, base: Base, intents: Sequence[Intent], decide: Decide, now: datetime
    ) -> None:
        self.fresh: list[Fresh] = []
        self.wallets: dict[str, Wallet] = {}
        self.totals = dict(base.totals)
        self._base = base
        self._decide = decide
        self._at = now if base.newest_at is None else max(now, base.newest_at)
        self._by_key: dict[str, Fresh] = {}
        self._answers = [self._take(intent) for intent in intents]

    def transactions(self) -> list[Transaction]:
        """The transaction of each intent, whether fresh or recorded before."""
        return [answer.transaction for answer, _ in self._answers]

    def answers(self, recorded: Sequence[Entry]) -> list[Applied]:
        """The answer to each intent, given the entries as which `fresh` was recorded."""
        entries = {entry.seq: entry for entry in recorded}
        return [
            Applied(answer if isinstance(answer, Entry) else entries[answer.seq], replayed)
            for answer, replayed in self._answers
        ]

    def _take(self, intent: Intent) -> tuple[Entry | Fresh, bool]:
        """The transaction that answers `intent`, and whether it was there before."""
        if (known := self._known(intent.key)) is not None:
            _check_same(known, intent.request)
            return known, True
        request = intent.request
        before = {user: self._wallet(user) for user in request.users()}
        transaction = self._decide(request, before, self._at)
        add_to_totals(self.totals, transaction.postings)
        self.wallets.update((wallet.user, wallet) for wallet in transaction.wallets)
        fresh = Fresh(self._base.seq + len(self.fresh) + 1, intent.key, transaction)
        self.fresh.append(fresh)
        if intent.key is not None:
            self._by_key[intent.key] = fresh
        return fresh, False

    def _known(self, key: str | None) -> Entry | Fresh | None:
        if key is None:
            return None
        return self._by_key.get(key) or self._base.entry_of_key(key)

    def _wallet(self, user: str) -> Wallet | None:
        return self.wallets.get(user) or self._base.wallet(user)


def _check_same(known: Entry | Fresh, request: Request) -> None:
    """Refuse a key that was used for another request."""
    if known.transaction.request != request:
        differs = differences(known.transaction.request, request)
        raise KeyReused(str(known.key), seq=known.seq, differs=differs)
