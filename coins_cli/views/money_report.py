"""The report: the flows of money in full, by user, pack, gift and day.

The report on the whole economy is a projection; one on a part reads the journal each time.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec import Struct

from coins_cli.model.catalog import Catalog
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import View
from coins_cli.views.division import (
    Dividing,
    Division,
    division,
    is_divided,
    usd_cents_asked,
)
from coins_cli.views.flows import (
    EVERYTHING,
    OF_WALLETS,
    Amounts,
    Flows,
    Scope,
    ScopeFilter,
    add_to,
    amounts_by_user,
)
from coins_cli.views.projections import Projection
from coins_cli.views.recognition import Giving, given_gift, given_in


class PackSold(Struct, gc=False):
    """The sales of a pack, by its id: times, coins and cents, over all its prices."""

    pack: str
    times: int = 0
    coins: int = 0
    usd_cents: int = 0


class GiftGiven(Struct, gc=False):
    """The gifts of one kind, by its id: quantity, and cost in coins."""

    gift: str
    name: str
    quantity: int = 0
    coins: int = 0


class UserFlows(Struct, gc=False):
    """One user's part of the flows, in cents and coins.

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
    coins_unspent: int = 0
    coins_earned: int = 0
    coins_held: int = 0


class Day(Struct, gc=False):
    """The sums of a day (UTC), and the coins in circulation at its end.

    These are the coins in wallets: unspent, earned or held.
    """

    day: date
    transactions: int = 0
    usd_cents_in: int = 0
    usd_cents_out: int = 0
    coins_issued: int = 0
    coins_given: int = 0
    coins_circulating: int = 0


class _State(Struct, forbid_unknown_fields=True):
    shared: dict[str, int] = {}
    transactions: int = 0
    packs: dict[str, PackSold] = {}
    gifts: dict[str, GiftGiven] = {}
    users: dict[str, dict[str, int]] = {}
    days: list[Day] = []


class Report(Struct, frozen=True):
    """The flows of a `scope`, with packs and gifts, largest first, and days in order.

    `transactions` is the number in the scope. Packs and gifts with a total of zero are left out.
    `division` divides the dollars kept, where they can be divided. `usd_cents_asked` is the sum of
    the payouts that are pending, in a report on everything.
    """

    scope: Scope
    transactions: int
    flows: Flows
    packs: list[PackSold]
    gifts: list[GiftGiven]
    users: list[UserFlows]
    days: list[Day]
    division: Division | None = None
    usd_cents_asked: int = 0

    def could_still_bring(self, catalog: Catalog) -> int:
        """Cents that creators can get at most for coins that are open, at the prices of `catalog`.

        That is if all unspent coins are given and all earned ones cashed out. Pending payouts bring
        what was asked for.
        """
        earned = self.flows.coins_earned + int(self.flows.coins_unspent * catalog.creator_share)
        return self.usd_cents_asked + catalog.cash_out.cents(catalog.cash_out.diamonds(earned))

    @property
    def creators(self) -> list[UserFlows]:
        """Users who received gifts, most coins first; ties by handle."""
        found = [one for one in self.users if one.coins_received > 0]
        return sorted(found, key=lambda one: (-one.coins_received, one.user))

    @property
    def givers(self) -> list[UserFlows]:
        """Users who gave gifts, most coins first; ties by handle."""
        found = [one for one in self.users if one.coins_given > 0]
        return sorted(found, key=lambda one: (-one.coins_given, one.user))


def report(view: View, scope: Scope = EVERYTHING) -> Report:
    """The report on the transactions in `scope`."""
    if scope.is_everything:
        return _report(scope, PROJECTION.of(view), division(view), usd_cents_asked(view))
    reporting = Reporting(scope)
    for entry in view.entries():
        reporting.take(entry)
    return reporting.report


class Reporting:
    """A report on a `scope` in the making: it takes all entries in order."""

    def __init__(self, scope: Scope = EVERYTHING) -> None:
        self.scope = scope
        self._state = _State()
        self._filter = ScopeFilter(scope)
        self._dividing = Dividing(scope) if is_divided(scope) else None

    def take(self, entry: Entry) -> bool:
        """Take the next entry; returns true if it is in the scope."""
        if self._dividing is not None:
            self._dividing.take(entry)
        is_counted = self._filter.has(entry)
        if is_counted:
            _take(self._state, entry, self.scope.user)
        return is_counted

    @property
    def report(self) -> Report:
        """The report on the entries so far."""
        dividing = self._dividing
        if dividing is None:
            return _report(self.scope, self._state, None, 0)
        asked = dividing.usd_cents_asked if self.scope.is_everything else 0
        return _report(self.scope, self._state, dividing.division, asked)


def _report(scope: Scope, state: _State, divided: Division | None, usd_cents_asked: int) -> Report:
    return Report(
        scope,
        state.transactions,
        _flows(state, scope.user),
        sorted(
            (one for one in state.packs.values() if one.times),
            key=lambda one: (-one.usd_cents, one.pack),
        ),
        sorted(
            (one for one in state.gifts.values() if one.quantity),
            key=lambda one: (-one.coins, one.gift),
        ),
        [
            _user_flows(user, sums)
            for user, sums in sorted(state.users.items())
            if scope.user in (None, user)
        ],
        state.days,
        divided,
        usd_cents_asked,
    )


def _flows(state: _State, user: str | None) -> Flows:
    """The flows: the platform's lines, plus the wallets of all users or of one."""
    sums = dict(state.shared)
    for one, amounts in state.users.items():
        if user in (None, one):
            add_to(sums, {line: amounts[line] for line in OF_WALLETS if line in amounts})
    return Flows(**sums)


def _user_flows(user: str, sums: Amounts) -> UserFlows:
    """The `UserFlows` of a user's sums."""
    bought = {"coins_bought": sums.get("coins_issued", 0)}
    known = {line: amount for line, amount in sums.items() if line in UserFlows.__struct_fields__}
    return UserFlows(user, **bought, **known)


def _take(state: _State, entry: Entry, user: str | None = None) -> None:
    shared, own = amounts_by_user(entry)
    state.transactions += 1
    if shared:  # Most entries are gifts, which mostly move coins between wallets only.
        add_to(state.shared, shared)
        _count_sale(state, entry)
    given = given_in(entry)
    if given is not None:
        sender, creator, giving = given
        own[sender]["gifts_given"] = own[creator]["gifts_received"] = giving.gifts
        _count_gift(state, entry, giving)
    users = state.users
    for one, changed in own.items():
        sums = users.get(one)
        if sums is None:
            sums = users[one] = {}
        if shared:
            add_to(sums, shared)
        add_to(sums, changed)
    counted = own if user is None else {user: own.get(user, {})}
    _count_day(state, entry, shared, counted)


def _count_sale(state: _State, entry: Entry) -> None:
    transaction, sign = entry.transaction, 1
    request, about = transaction.request, transaction.about or {}
    if isinstance(request, Recharge):
        pack, times = request.pack, request.quantity
    elif isinstance(request, Reverse) and about["op"] == "recharge":
        pack, times, sign = str(about["pack"]), -int(about["quantity"]), -1
    else:
        return
    sold = state.packs.setdefault(pack, PackSold(pack))
    sold.times += times
    sold.coins += sign * (transaction.coins or 0)
    sold.usd_cents += sign * (transaction.usd_cents or 0)


def _count_gift(state: _State, entry: Entry, giving: Giving) -> None:
    gift = given_gift(entry)
    kind = state.gifts.get(gift)
    if kind is None:
        kind = state.gifts[gift] = GiftGiven(gift, entry.catalog.gift_name(gift))
    kind.quantity += giving.gifts
    kind.coins += giving.coins


def _count_day(state: _State, entry: Entry, shared: Amounts, own: Mapping[str, Amounts]) -> None:
    day = entry.transaction.at.date()
    if not state.days or state.days[-1].day != day:
        before = state.days[-1].coins_circulating if state.days else 0
        state.days.append(Day(day, coins_circulating=before))
    one = state.days[-1]
    one.transactions += 1
    if shared:
        one.usd_cents_in += shared.get("usd_cents_in", 0)
        one.usd_cents_out += shared.get("usd_cents_out", 0)
        one.coins_issued += shared.get("coins_issued", 0)
    for changed in own.values():
        one.coins_given += changed.get("coins_given", 0)
        for line in IN_CIRCULATION:
            if line in changed:
                one.coins_circulating += changed[line]


IN_CIRCULATION: Final = ("coins_unspent", "coins_earned", "coins_held")

PROJECTION: Final = Projection("report", _State, _take)
