"""The division of the dollars kept: which part of them is what, exact in cents.

The rule: a coin carries the average price that its wallet paid for it, and when coins move, their
part of the dollars moves along. Of N coins that carry C cents, n coins take floor(C × n / N) with
them, and the last coin takes the rest, so that no cent appears or is lost. Coins that mix cannot be
told apart afterwards: whatever they move back (a reversal, a payout that is returned) is divided
by the same rule. Only a purchase that is taken back gives back exactly what was paid for it. What
the wallet's other coins then carry is never less than nothing, and a wallet without coins carries
nothing; what is left over by this is `usd_cents_taken_back`, which is mostly zero.

A division is of a moment. That of a period is the change between two moments.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct, field
from msgspec.structs import astuple, replace

from coins_cli.model.accounts import (
    ACCOUNT_CACHE_SIZE,
    CASHED_OUT,
    GIFTS,
    ISSUED,
    PROMOTIONS,
    asset_of,
    holder_of,
)
from coins_cli.model.money import COIN
from coins_cli.model.operations.cashout import is_pending
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import View
from coins_cli.views.flows import EVERYTHING, PAYPAL, Scope
from coins_cli.views.projections import Projection


class Division(Struct, forbid_unknown_fields=True, gc=False):
    """The dollars kept by the platform, in parts that add up to them; in cents.

    `usd_cents_margin` is what coins that were cashed out had cost, less what creators got for them;
    it is negative if they got more. The platform's share is that of gifts. Coins that are unspent,
    earned or held are open: they may still bring dollars to creators.
    """

    usd_cents_margin: int = 0
    usd_cents_promotions: int = 0
    usd_cents_platform_share: int = 0
    usd_cents_unspent: int = 0
    usd_cents_earned: int = 0
    usd_cents_held: int = 0
    usd_cents_taken_back: int = 0

    @property
    def usd_cents_open(self) -> int:
        """The part that coins carry which may still reach creators."""
        return self.usd_cents_unspent + self.usd_cents_earned + self.usd_cents_held

    @property
    def usd_cents_kept(self) -> int:
        """All parts together: the dollars kept."""
        return sum(astuple(self))


PARTS: Final[tuple[str, ...]] = Division.__struct_fields__
OPEN: Final = ("usd_cents_unspent", "usd_cents_earned", "usd_cents_held")
"""Parts that are still open."""
DIVIDED: Final = (*PARTS, "usd_cents_open")
"""Lines that can be traced here."""


class _Purse(Struct, array_like=True, gc=False):
    """The coins in an account, and the cents that they carry together."""

    coins: int
    usd_cents: int


class _State(Struct, forbid_unknown_fields=True):
    """Accounts with coins in them, and the parts so far.

    `usd_cents_asked` is the sum of the payouts that are pending.
    """

    purses: dict[str, _Purse] = {}
    parts: Division = field(default_factory=Division)
    usd_cents_asked: int = 0


def division(view: View, scope: Scope = EVERYTHING) -> Division | None:
    """The division of the dollars kept in `scope`; in a period, the change of each part.

    `None` for a part of the users or of the gifts: coins pass from one wallet to the next, so the
    dollars can only be divided for all of them together.
    """
    if not is_divided(scope):
        return None
    if scope.is_everything:
        return PROJECTION.of(view).parts
    dividing = Dividing(scope)
    for entry in view.entries():
        dividing.take(entry)
    return dividing.division


class Dividing:
    """A division of a `scope` that `is_divided`, in the making: it takes all entries in order."""

    def __init__(self, scope: Scope = EVERYTHING) -> None:
        self._since, self._until = scope.since, scope.until
        self._state, self._before = _State(), Division()

    def take(self, entry: Entry) -> None:
        """Take the next entry."""
        at = entry.transaction.at
        if self._until is not None and at > self._until:
            return
        if self._since is not None and at >= self._since:
            self._before, self._since = replace(self._state.parts), None
        _take(self._state, entry)

    @property
    def division(self) -> Division:
        """The division so far; in a period, the change of each part."""
        after = self._state.parts
        before = self._before if self._since is None else after
        pairs = zip(astuple(before), astuple(after), strict=True)
        return Division(*(new - old for old, new in pairs))

    @property
    def usd_cents_asked(self) -> int:
        """The cents of all payouts that are pending so far."""
        return self._state.usd_cents_asked


def is_divided(scope: Scope) -> bool:
    """True if the dollars kept in `scope` can be divided."""
    return scope.user is None and scope.live is None


def usd_cents_asked(view: View) -> int:
    """The cents of all payouts that are pending."""
    return PROJECTION.of(view).usd_cents_asked


def divided_entries(
    view: View, line: str, scope: Scope = EVERYTHING
) -> Iterator[tuple[Entry, int]]:
    """The entries of a period that add to a line of `DIVIDED`, with the cents that they add."""
    state, before = _State(), 0
    for entry in view.entries():
        at = entry.transaction.at
        if scope.until is not None and at > scope.until:
            return
        _take(state, entry)
        after: int = getattr(state.parts, line)
        if after != before and (scope.since is None or at >= scope.since):
            yield entry, after - before
        before = after


def _take(state: _State, entry: Entry) -> None:
    transaction = entry.transaction
    usd_cents = transaction.usd_cents or 0
    for source, destination, amount in transaction.moves:
        if asset_of(source) != COIN:
            _count_payout(state, source, destination, amount)
        elif source == ISSUED:
            _put(state, destination, amount, usd_cents)
        elif destination == ISSUED:
            _take_back(state, source, amount, usd_cents)
        else:
            _put(state, destination, amount, _draw(state, source, amount))
    request = transaction.request
    if is_pending(request):
        state.usd_cents_asked += usd_cents
    elif isinstance(request, SettlePayout | ReturnPayout):
        state.usd_cents_asked -= usd_cents


def _count_payout(state: _State, source: str, destination: str, usd_cents: int) -> None:
    """Take a payout from the margin, which has the cost of its coins; give a reversed one back."""
    if destination.startswith(PAYPAL):
        _add(state, "usd_cents_margin", -usd_cents)
    elif source.startswith(PAYPAL):
        _add(state, "usd_cents_margin", usd_cents)


def _put(state: _State, account: str, coins: int, usd_cents: int) -> None:
    """Put coins into an account, with the cents that they carry."""
    purse = state.purses.get(account)
    if purse is None:
        state.purses[account] = _Purse(coins, usd_cents)
    else:
        purse.coins += coins
        purse.usd_cents += usd_cents
    _add(state, _part_of(account), usd_cents)


def _draw(state: _State, account: str, coins: int) -> int:
    """Take coins out of an account; returns the cents that they carry."""
    purse = state.purses[account]
    usd_cents = purse.usd_cents * coins // purse.coins
    _remove(state, account, purse, coins, usd_cents)
    return usd_cents


def _take_back(state: _State, account: str, coins: int, usd_cents: int) -> None:
    """Take a purchase back: what was paid for it, as far as the wallet's coins carry so much."""
    purse = state.purses[account]
    carried = purse.usd_cents if coins == purse.coins else min(usd_cents, purse.usd_cents)
    _remove(state, account, purse, coins, carried)
    _add(state, "usd_cents_taken_back", carried - usd_cents)


def _remove(state: _State, account: str, purse: _Purse, coins: int, usd_cents: int) -> None:
    if coins > purse.coins:
        raise ValueError(f"{account} has {purse.coins} coins, not {coins}")
    purse.coins -= coins
    purse.usd_cents -= usd_cents
    if purse.coins == 0:
        del state.purses[account]
    _add(state, _part_of(account), -usd_cents)


def _add(state: _State, part: str, usd_cents: int) -> None:
    setattr(state.parts, part, getattr(state.parts, part) + usd_cents)


@lru_cache(maxsize=ACCOUNT_CACHE_SIZE)
def _part_of(account: str) -> str:
    """The part that the coins in an account belong to."""
    if holder_of(account) is None:
        return _OF_PLATFORM[account]
    return _OF_WALLETS[account.rpartition("/")[2]]


_OF_PLATFORM: Final = {
    CASHED_OUT: "usd_cents_margin",
    PROMOTIONS: "usd_cents_promotions",
    GIFTS: "usd_cents_platform_share",
}
_OF_WALLETS: Final = dict(zip(("coins", "earned", "held"), OPEN, strict=True))

PROJECTION: Final = Projection("division", _State, _take)
