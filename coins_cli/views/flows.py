"""Where the money goes: from the dollars paid in to the dollars paid out, exact in cents.

Each sum is a line of its own, and each line is made of transactions: `amounts_of` says what one
transaction adds to every line, so that a line can be traced back to where it comes from. What is
reversed takes back what it undoes, on every line.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from msgspec import Struct

from coins_cli.model.money import COIN, take_rate
from coins_cli.model.requests import LIVE, EndLive, Gift, Reverse, StartLive
from coins_cli.model.transactions import (
    CASH,
    CASHED_OUT,
    GIFTS,
    ISSUED,
    PROMOTIONS,
    WORLD_PREFIX,
    Entry,
    card_of,
    holder_of,
    paypal_of,
)
from coins_cli.store.protocol import View
from coins_cli.views.recognition import given_in

CARDS: Final = card_of("")
PAYPAL: Final = paypal_of("")


class Flows(Struct, frozen=True, gc=False):
    """The whole economy, or a part of it, in a few sums: `usd_cents_*` in cents, others in coins.

    Dollars in are those paid out and those kept. Coins issued are those held in wallets to be
    spent, earned and not cashed out, pending for payouts, spent on promotions, kept of gifts by the
    platform, and cashed out. Those given went through gifts on their way. Of one user, `given` is
    what the user gave, `received` what was given for the user; of the whole they are the same.
    """

    usd_cents_in: int = 0
    usd_cents_out: int = 0
    coins_issued: int = 0
    coins_held: int = 0
    coins_given: int = 0
    coins_received: int = 0
    coins_earned: int = 0
    coins_pending: int = 0
    coins_promotions: int = 0
    coins_gifts_kept: int = 0
    coins_cashed_out: int = 0

    @property
    def usd_cents_kept(self) -> int:
        """The platform's cash."""
        return self.usd_cents_in - self.usd_cents_out

    @property
    def take_rate(self) -> Decimal | None:
        """The share of the dollars paid in that is with the platform; `None` without any."""
        if self.usd_cents_in <= 0:
            return None
        return take_rate(self.usd_cents_in, self.usd_cents_out)


LINES: Final[tuple[str, ...]] = Flows.__struct_fields__
DOLLARS: Final = ("usd_cents_in", "usd_cents_out", "usd_cents_kept")
"""What was paid in, and then what became of it: these add up to the first."""
BECAME: Final = (
    "coins_held",
    "coins_promotions",
    "coins_gifts_kept",
    "coins_earned",
    "coins_pending",
    "coins_cashed_out",
)
"""What became of the coins that were issued: these add up to them."""


class Scope(Struct, frozen=True):
    """Which transactions count: since and until a moment, of one user, or gifts of one live."""

    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None
    live: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether all of them do."""
        return self == Scope()


EVERYTHING: Final = Scope()


def flows(view: View, scope: Scope = EVERYTHING) -> Flows:
    """Add up every posting in the journal; linear in its length."""
    sums = dict.fromkeys(LINES, 0)
    for entry in entries_in(view, scope):
        for line, amount in amounts_of(entry, scope.user).items():
            sums[line] += amount
    return Flows(**sums)


def flows_by_wallets(view: View) -> Flows:
    """The same of the whole economy in another way: from the wallets and the platform's totals.

    They do not know how much was given, only where it is: those two lines are worked out.
    """
    wallets = [wallet for user in view.users() if (wallet := view.wallet(user)) is not None]
    totals = view.totals
    coins = {
        "coins_earned": sum(wallet.earned for wallet in wallets),
        "coins_pending": sum(wallet.held for wallet in wallets),
        "coins_gifts_kept": totals.get(GIFTS, 0),
        "coins_cashed_out": totals.get(CASHED_OUT, 0),
    }
    given = sum(coins.values())
    usd_cents_in, usd_cents_out = _dollars(view)
    return Flows(
        usd_cents_in=usd_cents_in,
        usd_cents_out=usd_cents_out,
        coins_issued=-totals.get(ISSUED, 0),
        coins_held=sum(wallet.coins for wallet in wallets),
        coins_given=given,
        coins_received=given,
        coins_promotions=totals.get(PROMOTIONS, 0),
        **coins,
    )


def entries_in(view: View, scope: Scope = EVERYTHING) -> Iterator[Entry]:
    """The transactions that count, oldest first."""
    on_live = _Live(scope.live) if scope.live is not None else None
    for entry in view.entries():
        at = entry.transaction.at
        is_of_live = on_live is None or on_live.has(entry)
        if (
            is_of_live
            and (scope.since is None or at >= scope.since)
            and (scope.until is None or at <= scope.until)
            and (scope.user is None or entry.transaction.touches(scope.user))
        ):
            yield entry


def amounts_of(entry: Entry, user: str | None = None) -> dict[str, int]:
    """What a transaction adds to each line on which it stands.

    Of one `user`, wallets count only where they are that user's.
    """
    found: dict[str, int] = {}
    for posting in entry.transaction.postings:
        line, sign = _line_of(posting.account, posting.asset)
        if user is not None and holder_of(posting.account) not in (None, user):
            continue
        if line:
            found[line] = found.get(line, 0) + sign * posting.amount
    if (given := given_in(entry)) is not None:
        sender, creator, giving = given
        if user in (None, sender):
            found["coins_given"] = giving.coins
        if user in (None, creator):
            found["coins_received"] = giving.coins
    return {line: amount for line, amount in found.items() if amount}


class _Live:
    """Tells which gifts, met in order, are those of one live; their reversals belong to it too."""

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
            if entry.transaction.outcome.venue == LIVE:
                self._gifts.add(entry.seq)
                return True
        elif isinstance(request, Reverse):
            return request.reverses in self._gifts
        return False


def _line_of(account: str, asset: str) -> tuple[str, int]:
    """The line that an account's postings stand on, and their sign there; no line for some."""
    if account.startswith(WORLD_PREFIX):
        if account.startswith(CARDS):
            return "usd_cents_in", -1
        return ("usd_cents_out", 1) if account.startswith(PAYPAL) else ("", 0)
    if asset != COIN:
        return "", 0
    if (line := _OF_PLATFORM.get(account)) is not None:
        return line
    return (_OF_WALLETS[account.rpartition("/")[2]], 1) if holder_of(account) else ("", 0)


_OF_PLATFORM: Final = {
    ISSUED: ("coins_issued", -1),
    PROMOTIONS: ("coins_promotions", 1),
    GIFTS: ("coins_gifts_kept", 1),
    CASHED_OUT: ("coins_cashed_out", 1),
}
_OF_WALLETS: Final = {"coins": "coins_held", "earned": "coins_earned", "held": "coins_pending"}


def _dollars(view: View) -> tuple[int, int]:
    """Dollars in and out, by what people were told they cost and brought; and by the cash."""
    usd_cents_in = 0
    for entry in view.entries():
        terms, request = entry.transaction.terms, entry.transaction.request
        if "pack_usd_cents" in terms:
            usd_cents_in += int(terms["pack_usd_cents"]) * getattr(request, "quantity", 1)
        elif isinstance(request, Reverse) and terms["op"] == "recharge":
            usd_cents_in -= entry.transaction.outcome.usd_cents or 0
    return usd_cents_in, usd_cents_in - view.totals.get(CASH, 0)
