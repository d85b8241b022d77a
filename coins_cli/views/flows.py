"""The flows of money: from the dollars paid in to the dollars paid out, exact in cents.

Each line is a sum over transactions. `amounts_of` gives the amounts that one transaction adds to
each line, so that a line can be traced. A reversal subtracts what it undoes, on every line.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from msgspec import Struct

from coins_cli.model.accounts import (
    ACCOUNT_CACHE_SIZE,
    CASHED_OUT,
    GIFTS,
    ISSUED,
    PROMOTIONS,
    WORLD_PREFIX,
    card_of,
    holder_of,
    paypal_of,
)
from coins_cli.model.money import take_rate
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.request import LIVE
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import View
from coins_cli.views.recognition import given_in

CARDS: Final = card_of("")
PAYPAL: Final = paypal_of("")


class Flows(Struct, frozen=True, gc=False):
    """The sums of an economy or a part of it: `usd_cents_*` in cents, the others in coins.

    Dollars in equal dollars out plus kept. Coins issued equal the sum of `BECAME`. Coins given
    passed through gifts on their way. For one user, `coins_given` are gifts sent and
    `coins_received` gifts received, both at the senders' price; for the whole they are equal.
    """

    usd_cents_in: int = 0
    usd_cents_out: int = 0
    coins_issued: int = 0
    coins_unspent: int = 0
    coins_given: int = 0
    coins_received: int = 0
    coins_earned: int = 0
    coins_held: int = 0
    coins_promotions: int = 0
    coins_platform_share: int = 0
    coins_cashed_out: int = 0

    @property
    def usd_cents_kept(self) -> int:
        """The platform's cash."""
        return self.usd_cents_in - self.usd_cents_out

    @property
    def take_rate(self) -> Decimal | None:
        """The platform's share of the dollars paid in; `None` without any."""
        if self.usd_cents_in <= 0:
            return None
        return take_rate(self.usd_cents_in, self.usd_cents_out)


LINES: Final[tuple[str, ...]] = Flows.__struct_fields__
DOLLARS: Final = ("usd_cents_in", "usd_cents_out", "usd_cents_kept")
"""Dollars paid in, then the lines that add up to them."""
OF_WALLETS: Final = (
    "coins_unspent",
    "coins_earned",
    "coins_held",
    "coins_given",
    "coins_received",
)
"""Lines that are sums over wallets; the others belong to no user."""
BECAME: Final = (
    "coins_unspent",
    "coins_promotions",
    "coins_platform_share",
    "coins_earned",
    "coins_held",
    "coins_cashed_out",
)
"""Lines that add up to the coins issued."""


class Scope(Struct, frozen=True):
    """The transactions that count: in a period, of one user, or gifts of one live."""

    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None
    live: int | None = None

    @property
    def is_everything(self) -> bool:
        """True if all transactions count."""
        return self == Scope()


EVERYTHING: Final = Scope()


def flows(view: View, scope: Scope = EVERYTHING) -> Flows:
    """The flows of the transactions in `scope`; reads the whole journal."""
    sums = dict.fromkeys(LINES, 0)
    for entry in entries_in(view, scope):
        for line, amount in amounts_of(entry, scope.user).items():
            sums[line] += amount
    return Flows(**sums)


def entries_in(view: View, scope: Scope = EVERYTHING) -> Iterator[Entry]:
    """The entries in `scope`, oldest first."""
    return filter(ScopeFilter(scope).has, view.entries())


class ScopeFilter:
    """A filter for the entries in a scope, which must be given all entries in order."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._live = None if scope.live is None else _Live(scope.live)
        self._takes_all = scope.is_everything

    def has(self, entry: Entry) -> bool:
        """True if the entry, which is the next one, is in the scope."""
        if self._takes_all:
            return True
        scope, at = self._scope, entry.transaction.at
        is_of_live = self._live is None or self._live.has(entry)
        return (
            is_of_live
            and (scope.since is None or at >= scope.since)
            and (scope.until is None or at <= scope.until)
            and (scope.user is None or entry.transaction.touches(scope.user))
        )


Amounts = dict[str, int]
"""Amounts by line, in coins or cents."""


def amounts_of(entry: Entry, user: str | None = None) -> Amounts:
    """The amounts that a transaction adds, by line, without zeros.

    With `user`, the wallets of others are left out.
    """
    shared, own = amounts_by_user(entry)
    found = dict(shared)
    for amounts in own.values() if user is None else [own.get(user, {})]:
        add_to(found, amounts)
    return {line: amount for line, amount in found.items() if amount}


def amounts_by_user(entry: Entry) -> tuple[Amounts, dict[str, Amounts]]:
    """The amounts that a transaction adds to the platform's lines, and to each user's own."""
    shared: Amounts = {}
    transaction = entry.transaction
    own: dict[str, Amounts] = {wallet.user: {} for wallet in transaction.wallets}
    for source, destination, amount in transaction.moves:
        line, sign, user = _line_of(source)
        if line:
            amounts = shared if user is None else own[user]
            amounts[line] = amounts.get(line, 0) - sign * amount
        line, sign, user = _line_of(destination)
        if line:
            amounts = shared if user is None else own[user]
            amounts[line] = amounts.get(line, 0) + sign * amount
    if (given := given_in(entry)) is not None:
        sender, creator, giving = given
        own[sender]["coins_given"] = giving.coins
        own[creator]["coins_received"] = giving.coins
    return shared, own


def add_to(sums: Amounts, amounts: Amounts) -> None:
    """Add `amounts` to `sums`, line by line."""
    for line, amount in amounts.items():
        sums[line] = sums.get(line, 0) + amount


def amounts_on(view: View, line: str, scope: Scope = EVERYTHING) -> Iterator[tuple[Entry, int]]:
    """The entries in `scope` that add to a line, or to `usd_cents_kept`, with what they add."""
    for entry in entries_in(view, scope):
        amounts = amounts_of(entry, scope.user)
        amounts["usd_cents_kept"] = amounts.get("usd_cents_in", 0) - amounts.get("usd_cents_out", 0)
        if amount := amounts.get(line):
            yield entry, amount


class _Live:
    """A filter for the gifts of one live and their reversals, for entries in order."""

    def __init__(self, live: int) -> None:
        self._id = live
        self._creator: str | None = None
        self._gifts: set[int] = set()

    def has(self, entry: Entry) -> bool:
        request = entry.transaction.request
        if isinstance(request, StartLive) and entry.seq == self._id:
            self._creator = request.user
        elif isinstance(request, EndLive) and request.user == self._creator:
            self._creator = None
        elif isinstance(request, Gift) and request.creator == self._creator:
            if entry.transaction.venue == LIVE:
                self._gifts.add(entry.seq)
                return True
        elif isinstance(request, Reverse):
            return request.reverses in self._gifts
        return False


@lru_cache(maxsize=ACCOUNT_CACHE_SIZE)
def _line_of(account: str) -> tuple[str, int, str | None]:
    """The line of an account (empty for none), its sign there, and its holder."""
    if account.startswith(WORLD_PREFIX):
        if account.startswith(CARDS):
            return "usd_cents_in", -1, None
        return ("usd_cents_out", 1, None) if account.startswith(PAYPAL) else ("", 0, None)
    if (line := _OF_PLATFORM.get(account)) is not None:
        return (*line, None)
    user = holder_of(account)
    return ("", 0, None) if user is None else (_OF_WALLETS[account.rpartition("/")[2]], 1, user)


_OF_PLATFORM: Final = {
    ISSUED: ("coins_issued", -1),
    PROMOTIONS: ("coins_promotions", 1),
    GIFTS: ("coins_platform_share", 1),
    CASHED_OUT: ("coins_cashed_out", 1),
}
_OF_WALLETS: Final = {"coins": "coins_unspent", "earned": "coins_earned", "held": "coins_held"}
