"""The requests of a journal, as `coins batch` reads them, to be played again.

A request is decided by the prices and the clock of the new store. Requests that end an older
transaction name it by its number, so the export begins with the first request: in an empty store
each then gets its old number. A request without a key gets its receipt, `SEQ:HASH`, as its key, so
that a batch that was stopped can be run again.
"""

import re
from typing import Final

import msgspec.json

from coins_cli.errors import CoinsError
from coins_cli.model.catalog import Catalog
from coins_cli.model.economy import Economy, Rules
from coins_cli.model.replay import assumed_before
from coins_cli.model.sending import fields_of, request_of
from coins_cli.model.texts import escape_control_in_json
from coins_cli.model.transactions import Entry
from coins_cli.model.wallets import BelowZero
from coins_cli.store.protocol import Store

_RECEIPT: Final = re.compile(r"([1-9][0-9]{0,15}):([0-9a-f]{64})", re.ASCII)


class Requests:
    """One request a line, with its key."""

    def beginning(self) -> str:
        """Nothing."""
        return ""

    def lines_of(self, entry: Entry) -> str:
        """One line."""
        key = entry.key or f"{entry.seq}:{entry.head}"
        payload = {**fields_of(entry.transaction.request), "key": key}
        return escape_control_in_json(msgspec.json.encode(payload).decode()) + "\n"

    def end(self) -> str:
        """Nothing."""
        return ""


class Differences:
    """A count of the transactions that differ when they are played again at other prices."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self.count = 0
        self.first: int | None = None
        """The number of the first that differs."""

    def take(self, entry: Entry) -> None:
        """Compare the next transaction."""
        if _is_decided_alike(entry, self._catalog) and not self._has_a_used_key(entry):
            return
        self.count += 1
        if self.first is None:
            self.first = entry.seq

    def _has_a_used_key(self, entry: Entry) -> bool:
        """True if the key equals the one that this export gives an older transaction."""
        found = _RECEIPT.fullmatch(entry.key or "")
        if found is None or (seq := int(found[1])) >= entry.seq:
            return False
        with self._store.reading() as view:
            older = view.entry(seq)
        return older is not None and older.key is None and older.head == found[2]


def _is_decided_alike(entry: Entry, catalog: Catalog) -> bool:
    """True if the request has the same result at these prices, with the same wallets."""
    transaction = entry.transaction
    try:
        request = request_of(fields_of(transaction.request))
        if request.ends() is not None:
            return True  # It depends on the older transaction, which is compared on its own.
        economy = Economy(Rules(catalog), transaction.at)
        economy.next_seq = transaction.seq
        for wallet in transaction.wallets:
            before = assumed_before(transaction, wallet.user).wallet
            economy.wallets[wallet.user] = before
        again, _ = economy.do(request)
    except (CoinsError, BelowZero):
        return False
    return again.sums == transaction.sums and again.wallets == transaction.wallets
