"""The recorded history, played again in memory under other prices, and what comes of it.

Each request is decided again by the same rules, at its own time, in the order of the journal. One
that cannot be done under the other prices is left out and listed, and those after it go on. Nothing
is written.

«The same» can be kept in two ways. With `packs`, everybody buys the same packs, at other prices.
With `dollars`, everybody spends the same dollars: as many of the same pack as they buy, and for the
rest as many coins as other packs give, the cheapest first (see `quote_usd`). Dollars that buy no
whole pack are carried to the next purchase of the same user.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from coins_cli.collector import collector_paused
from coins_cli.errors import BuysNothing, CoinsError, DidNotHappen
from coins_cli.model.catalog import Catalog, Pack
from coins_cli.model.default_catalog import DEFAULT_CATALOG
from coins_cli.model.economy import Economy, Rules, Trial
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import Request
from coins_cli.model.quotes import quote_usd
from coins_cli.model.texts import dollars
from coins_cli.model.transactions import Entry, Transaction
from coins_cli.store.protocol import Progress, View
from coins_cli.views.flows import Scope, ScopeFilter
from coins_cli.views.money_report import Report, Reporting
from coins_cli.views.projections import PROGRESS_ENTRIES

Keep = Literal["packs", "dollars"]
KEEPS: Final[tuple[Keep, ...]] = ("packs", "dollars")
Prices = Callable[[Catalog], Catalog]
"""The other prices, from those that were in force at a moment."""
MISSED_LISTED_MAX: Final = 10_000
"""Steps listed at most that could not be done; they are all counted."""
BUDGETS_CACHED_MAX: Final = 10_000
"""Budgets whose cheapest packs are remembered."""


class Missed(Struct, frozen=True, gc=False):
    """A step that could not be done under other prices.

    `recorded` is what happened, and `why` says in words why it could not; `code` is that of the
    refusal, or `did_not_happen` if the step ends one that was missed itself, or `buys_nothing`.
    """

    recorded: Entry
    code: str
    why: str

    @property
    def user(self) -> str:
        """The user who could not do it."""
        return user_of(self.recorded)


class Reached(Struct, frozen=True, gc=False):
    """The first moment at which a creator's earned coins reached the threshold.

    `seq` is the number of the recorded transaction.
    """

    seq: int
    at: datetime


class Side(Struct, frozen=True):
    """One history: that which is recorded, or the same under other prices.

    `catalog` has the prices at the end. `missed` are the first steps in the scope that could not be
    done, `missed_count` their number, and `missed_by_user` how many of them were whose.
    `usd_cents_carried` are cents that bought no whole pack in the end, where dollars are kept.
    """

    name: str
    catalog: Catalog
    report: Report
    reached: Mapping[str, Reached]
    missed: Sequence[Missed] = ()
    missed_count: int = 0
    missed_by_user: Mapping[str, int] = {}
    usd_cents_carried: int = 0


class WhatIf(Struct, frozen=True):
    """The recorded history beside the same under other prices."""

    keep: Keep
    recorded: Side
    others: Sequence[Side]


def user_of(entry: Entry) -> str:
    """The user who acted in a transaction, or whose older one it ended."""
    transaction = entry.transaction
    about = transaction.about or {}
    named = transaction.request.users() or (about.get("user") or about.get("from"),)
    return str(named[0])


def whatif(
    view: View,
    others: Mapping[str, Prices],
    *,
    keep: Keep,
    scope: Scope,
    catalog: Catalog,
    progress: Progress | None = None,
) -> WhatIf:
    """Play the history again at each of the `others` prices, by their names, in two passes.

    The whole history is played; the `scope` says what of it is reported. `catalog` has the prices
    in force now. Memory grows with the wallets and the transactions that were ended, not with the
    history.
    """
    # First, so that a price that cannot be set is said before a long pass.
    at_the_end = [prices(catalog) for prices in others.values()]
    steps, done = 2 * max(view.seq, 1), 0
    recorded, ended, threshold = Reporting(scope), set[int](), _Thresholds()
    with collector_paused():
        for entry in view.entries():
            recorded.take(entry)
            threshold.look(entry.transaction, entry.catalog, entry.seq)
            if (older := entry.transaction.request.ends()) is not None:
                ended.add(older)
            done += 1
            if progress is not None and done % PROGRESS_ENTRIES == 0:
                progress(done, steps)
        players = [_Player(name, prices, keep, scope, ended) for name, prices in others.items()]
        counting = ScopeFilter(scope)
        for entry in view.entries():
            is_counted = counting.has(entry)
            for player in players:
                player.play(entry, is_counted=is_counted)
            done += 1
            if progress is not None and done % PROGRESS_ENTRIES == 0:
                progress(done, steps)
    side = Side("", catalog, recorded.report, threshold.reached)
    ends = zip(players, at_the_end, strict=True)
    return WhatIf(keep, side, [player.side(prices) for player, prices in ends])


class _Thresholds:
    """The moments at which creators reach the threshold."""

    def __init__(self) -> None:
        self.reached: dict[str, Reached] = {}

    def look(self, transaction: Transaction, catalog: Catalog, seq: int) -> None:
        """Look at the wallets after a transaction; `seq` is its recorded number."""
        threshold = catalog.cash_out.threshold
        for wallet in transaction.wallets:
            if wallet.earned >= threshold and wallet.user not in self.reached:
                self.reached[wallet.user] = Reached(seq, transaction.at)


class _Again(Economy):
    """An economy that forgets its transactions, except those that are `kept` to be ended."""

    def __init__(self) -> None:
        super().__init__(Rules(DEFAULT_CATALOG))
        self.kept: dict[int, Transaction] = {}

    def set_prices(self, catalog: Catalog) -> None:
        """Decide at the prices of `catalog` from now on."""
        self.rules = Rules(catalog)
        self.catalog = self.rules.catalog

    def do_all(self, requests: Sequence[Request]) -> list[Transaction]:
        """Do all of the `requests`, or none of them and raise the first refusal."""
        if len(requests) > 1:
            trial = Trial(self, self.rules, self.at)
            for request in requests:
                trial.do(request)
        try:
            return [self.do(request)[0] for request in requests]
        finally:
            # A key is used once in a journal, so no key is ever looked up.
            self.fresh.clear()
            self.keys.clear()

    def find_transaction(self, seq: int) -> Transaction:
        """See `Economy.find_transaction`."""
        return self.kept[seq]


class _Player:
    """A replay at other prices, entry by entry."""

    def __init__(
        self, name: str, prices: Prices, keep: Keep, scope: Scope, ended: Collection[int]
    ) -> None:
        self._name, self._prices, self._scope = name, prices, scope
        self._keeps_dollars = keep == "dollars"
        self._ended = ended
        self._economy = _Again()
        self._in_force: Catalog | None = None
        self._packs_for: dict[tuple[str, int], list[tuple[str, int]]] = {}
        self._carried: dict[str, int] = {}
        self._new_of: dict[int, tuple[int, ...]] = {}
        self._thresholds = _Thresholds()
        # A live has another number here, which is known when it starts.
        self._reporting = Reporting(scope) if scope.live is None else None
        self._missed: list[Missed] = []
        self._missed_by_user: dict[str, int] = {}

    def play(self, entry: Entry, *, is_counted: bool) -> None:
        """Do again what an entry says; `is_counted` if it is in the scope."""
        economy, recorded = self._economy, entry.transaction
        if entry.catalog is not self._in_force:
            self._set_prices(entry.catalog)
        economy.at = recorded.at
        try:
            done = self._do(recorded)
        except CoinsError as refusal:
            if is_counted:
                self._miss(entry, refusal.as_answer())
            return
        if not done and recorded.request.ends() is None and is_counted:
            self._miss(entry, BuysNothing(dollars(self._carried.get(user_of(entry), 0))))
        if recorded.seq in self._ended:
            self._new_of[recorded.seq] = tuple(one.seq for one in done)
            economy.kept.update((one.seq, one) for one in done)
        if recorded.seq == self._scope.live:
            self._reporting = Reporting(replace(self._scope, live=done[0].seq))
        for transaction in done:
            self._thresholds.look(transaction, economy.catalog, recorded.seq)
            if self._reporting is not None:
                self._reporting.take(Entry(transaction, "", economy.catalog))

    def side(self, catalog: Catalog) -> Side:
        """The result; `catalog` has the other prices of now."""
        reporting = self._reporting or Reporting(self._scope)
        return Side(
            self._name,
            catalog,
            replace(reporting.report, scope=self._scope),
            self._thresholds.reached,
            self._missed,
            sum(self._missed_by_user.values()),
            self._missed_by_user,
            sum(self._carried.values()),
        )

    def _set_prices(self, in_force: Catalog) -> None:
        self._in_force = in_force
        catalog = self._prices(in_force).prices()
        if catalog != self._economy.catalog:
            self._economy.set_prices(catalog)
            self._packs_for.clear()

    def _miss(self, entry: Entry, why: CoinsError) -> None:
        # The words take as long as the rules, so only the listed steps get them.
        if len(self._missed) < MISSED_LISTED_MAX:
            self._missed.append(Missed(entry, why.code, why.message))
        user = user_of(entry)
        self._missed_by_user[user] = self._missed_by_user.get(user, 0) + 1

    def _do(self, recorded: Transaction) -> list[Transaction]:
        """The transactions that a recorded one becomes: mostly one."""
        request = recorded.request
        if (older := request.ends()) is not None:
            return self._end(recorded, older)
        if self._keeps_dollars and isinstance(request, Recharge):
            return self._buy(request, recorded.usd_cents or 0)
        return self._economy.do_all([request])

    def _end(self, recorded: Transaction, older: int) -> list[Transaction]:
        """End again what an older transaction has become."""
        if (numbers := self._new_of.get(older)) is None:
            raise DidNotHappen(older)
        request, about = recorded.request, recorded.about or {}
        done = self._economy.do_all(_with_one_key([request.ending(seq) for seq in numbers]))
        if self._keeps_dollars and about.get("op") == "recharge":
            back = sum(one.usd_cents or 0 for one in done)
            self._carry(str(about["user"]), back - (recorded.usd_cents or 0))
        return done

    def _buy(self, request: Recharge, usd_cents: int) -> list[Transaction]:
        """Spend the dollars of a purchase, and those that were carried to it."""
        user = request.user
        budget = usd_cents + self._carried.get(user, 0)
        bought = [
            replace(request, pack=pack, quantity=quantity)
            for pack, quantity in self._packs(request.pack, budget)
        ]
        done = self._economy.do_all(_with_one_key(bought))
        self._carry(user, usd_cents - sum(one.usd_cents or 0 for one in done))
        return done

    def _packs(self, pack_id: str, budget: int) -> list[tuple[str, int]]:
        """The packs that a budget in cents buys, and how many: first the same one, then others."""
        known = self._packs_for.get((pack_id, budget))
        if known is None:
            if len(self._packs_for) >= BUDGETS_CACHED_MAX:
                self._packs_for.clear()
            known = packs_for(self._economy.catalog, pack_id, budget)
            self._packs_for[pack_id, budget] = known
        return known

    def _carry(self, user: str, usd_cents: int) -> None:
        if usd_cents:
            self._carried[user] = self._carried.get(user, 0) + usd_cents


def packs_for(catalog: Catalog, pack_id: str, usd_cents: int) -> list[tuple[str, int]]:
    """The packs that somebody buys who bought a pack before, and has so many cents: ids and counts.

    As many of the same pack as the cents buy; with the rest as many coins as there are for it, in
    the cheapest packs. Each count is allowed at a time. Raises `QuoteTooLarge` and `TooLarge`.
    """
    bought: list[tuple[Pack, int]] = []
    rest = usd_cents
    if (same := catalog.packs.get(pack_id)) is not None and rest >= same.usd_cents:
        bought.append((same, rest // same.usd_cents))
        rest %= same.usd_cents
    if rest > 0:
        bought += quote_usd(catalog, rest).purchase.packs
    return [
        (pack.id, quantity)
        for pack, count in bought
        for quantity in _allowed_at_a_time(count, catalog.coins_at_a_time_max // pack.coins)
    ]


def _allowed_at_a_time(count: int, most: int) -> list[int]:
    """The count in parts of at most `most`, or whole if `most` is zero: then it is refused."""
    if count <= most or most == 0:
        return [count]
    return [most] * (count // most) + ([count % most] if count % most else [])


def _with_one_key(requests: Sequence[Request]) -> list[Request]:
    """The requests, of which only the first has the key that all have."""
    return [*requests[:1], *(replace(one, key=None) for one in requests[1:])]
