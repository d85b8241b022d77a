"""The report: the flows of money in full, by user, pack, gift and day.

The whole economy's is a fold, so that the journal is read once; that of a part of it is worked out
anew each time.
"""

from datetime import date
from typing import Final

import msgspec
from msgspec import Struct

from coins_cli.model.requests import Recharge, Reverse
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import View
from coins_cli.views.flows import EVERYTHING, LINES, Flows, Scope, amounts_of, entries_in
from coins_cli.views.folds import Fold
from coins_cli.views.recognition import given_in


class PackSold(Struct, gc=False):
    """What was sold of a pack, by its id: how many times, and what came of it, in coins and cents.

    One that was sold at several prices is one pack all the same.
    """

    pack: str
    times: int = 0
    coins: int = 0
    usd_cents: int = 0


class GiftGiven(Struct, gc=False):
    """What was given of a gift, by its id: how many, and what that cost in coins."""

    gift: str
    name: str
    quantity: int = 0
    coins: int = 0


class UserFlows(Struct, gc=False):
    """One user's own part: dollars in and out in cents, everything else in coins.

    `gifts_given` and `gifts_received` count gifts.
    """

    user: str
    usd_cents_in: int = 0
    usd_cents_out: int = 0
    coins_bought: int = 0
    coins_given: int = 0
    gifts_given: int = 0
    coins_received: int = 0
    gifts_received: int = 0
    coins_promotions: int = 0
    coins_cashed_out: int = 0
    coins_held: int = 0
    coins_earned: int = 0
    coins_pending: int = 0


class Day(Struct, gc=False):
    """What happened on a day (UTC), and the coins in circulation at its end.

    Those are all that were issued and are neither spent, nor kept, nor cashed out.
    """

    day: date
    transactions: int = 0
    usd_cents_in: int = 0
    usd_cents_out: int = 0
    coins_issued: int = 0
    coins_given: int = 0
    coins_circulating: int = 0


class _State(Struct, forbid_unknown_fields=True):
    sums: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(LINES, 0))
    transactions: int = 0
    packs: dict[str, PackSold] = {}
    gifts: dict[str, GiftGiven] = {}
    users: dict[str, UserFlows] = {}
    days: list[Day] = []


class Report(Struct, frozen=True):
    """The flows of a `scope`, and what they are made of: the largest first, and days in order.

    `transactions` is how many counted; `gifts` and `packs` that came to nothing are left out.
    """

    scope: Scope
    transactions: int
    flows: Flows
    packs: list[PackSold]
    gifts: list[GiftGiven]
    users: list[UserFlows]
    days: list[Day]

    @property
    def creators(self) -> list[UserFlows]:
        """Those for whom something was given, most first; ties by handle."""
        found = [one for one in self.users if one.coins_received > 0]
        return sorted(found, key=lambda one: (-one.coins_received, one.user))

    @property
    def givers(self) -> list[UserFlows]:
        """Those who gave something, most first; ties by handle."""
        found = [one for one in self.users if one.coins_given > 0]
        return sorted(found, key=lambda one: (-one.coins_given, one.user))


def report(view: View, scope: Scope = EVERYTHING) -> Report:
    """The report of what counts in `scope`."""
    if scope.is_everything:
        state = FOLD.of(view)
    else:
        state = _State()
        for entry in entries_in(view, scope):
            _take(state, entry, scope.user)
    return Report(
        scope,
        state.transactions,
        Flows(**state.sums),
        sorted(
            (one for one in state.packs.values() if one.times),
            key=lambda one: (-one.usd_cents, one.pack),
        ),
        sorted(
            (one for one in state.gifts.values() if one.quantity),
            key=lambda one: (-one.coins, one.gift),
        ),
        [one for _, one in sorted(state.users.items()) if scope.user in (None, one.user)],
        state.days,
    )


def _take(state: _State, entry: Entry, user: str | None = None) -> None:
    amounts = amounts_of(entry, user)
    state.transactions += 1
    for line, amount in amounts.items():
        state.sums[line] += amount
    _count_sale(state, entry)
    _count_gift(state, entry)
    for wallet in entry.transaction.wallets:
        _count_user(state, entry, wallet.user)
    _count_day(state, entry, amounts)


def _count_sale(state: _State, entry: Entry) -> None:
    request, outcome = entry.transaction.request, entry.transaction.outcome
    terms, sign = entry.transaction.terms, 1
    if isinstance(request, Recharge):
        pack, times = request.pack, request.quantity
    elif isinstance(request, Reverse) and terms["op"] == "recharge":
        pack, times, sign = str(terms["pack"]), -int(terms["quantity"]), -1
    else:
        return
    sold = state.packs.setdefault(pack, PackSold(pack))
    sold.times += times
    sold.coins += sign * (outcome.coins or 0)
    sold.usd_cents += sign * (outcome.usd_cents or 0)


def _count_gift(state: _State, entry: Entry) -> None:
    if (given := given_in(entry)) is None:
        return
    terms = entry.transaction.terms
    gift = str(terms["gift"])
    kind = state.gifts.setdefault(gift, GiftGiven(gift, str(terms["gift_name"])))
    kind.quantity += given[2].gifts
    kind.coins += given[2].coins


def _count_user(state: _State, entry: Entry, user: str) -> None:
    """Count a user's own part of a transaction."""
    one = state.users.setdefault(user, UserFlows(user))
    amounts = amounts_of(entry, user)
    one.usd_cents_in += amounts.get("usd_cents_in", 0)
    one.usd_cents_out += amounts.get("usd_cents_out", 0)
    one.coins_bought += amounts.get("coins_issued", 0)
    one.coins_given += amounts.get("coins_given", 0)
    one.coins_received += amounts.get("coins_received", 0)
    one.coins_promotions += amounts.get("coins_promotions", 0)
    one.coins_cashed_out += amounts.get("coins_cashed_out", 0)
    one.coins_held += amounts.get("coins_held", 0)
    one.coins_earned += amounts.get("coins_earned", 0)
    one.coins_pending += amounts.get("coins_pending", 0)
    if (given := given_in(entry)) is not None:
        sender, creator, giving = given
        one.gifts_given += giving.gifts if user == sender else 0
        one.gifts_received += giving.gifts if user == creator else 0


def _count_day(state: _State, entry: Entry, amounts: dict[str, int]) -> None:
    day = entry.transaction.at.date()
    if not state.days or state.days[-1].day != day:
        before = state.days[-1].coins_circulating if state.days else 0
        state.days.append(Day(day, coins_circulating=before))
    one = state.days[-1]
    one.transactions += 1
    one.usd_cents_in += amounts.get("usd_cents_in", 0)
    one.usd_cents_out += amounts.get("usd_cents_out", 0)
    one.coins_issued += amounts.get("coins_issued", 0)
    one.coins_given += amounts.get("coins_given", 0)
    one.coins_circulating += sum(amounts.get(line, 0) for line in IN_CIRCULATION)


IN_CIRCULATION: Final = ("coins_held", "coins_earned", "coins_pending")

FOLD: Final = Fold("report", _State, _take)
