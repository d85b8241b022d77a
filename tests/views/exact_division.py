"""A second way to the division: from requests, their results and wallets, not from moves."""

from fractions import Fraction
from math import floor

from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.store.protocol import View
from coins_cli.views.division import Division


def divided_by_requests(view: View) -> Division:
    """The division of the whole, by each wallet's average price, in whole cents."""
    return _Divided(view, floor).division


def divided_without_rounding(view: View) -> tuple[Division, int]:
    """The same in fractions of cents, and how often coins moved."""
    divided = _Divided(view, lambda cents: cents)
    return divided.division, divided.legs


class _Divided:
    def __init__(self, view, rounded):
        self._rounded, self.legs = rounded, 0
        self._coins, self._cents, self._paid_out, self._lost = {}, {}, 0, 0
        older = {}
        for entry in view.entries():
            done = older[entry.seq] = entry.transaction
            request = done.request
            if isinstance(request, Reverse):
                self._undo(older[request.reverses])
            elif isinstance(request, Recharge):
                paid = entry.catalog.packs[request.pack].usd_cents * request.quantity
                self._add((request.user, "coins"), done.coins, paid)
            else:
                for leg in _legs(done):
                    self._move(*leg)
                self._paid_out += _paid(done)
            for wallet in done.wallets:  # The wallets are as the journal has them after it.
                for purse in ("coins", "earned", "held"):
                    assert self._coins.get((wallet.user, purse), 0) == getattr(wallet, purse)

    @property
    def division(self):
        of = {}
        for (_, purse), cents in self._cents.items():
            of[purse] = of.get(purse, 0) + cents
        return Division(
            usd_cents_margin=of.get("cashed out", 0) - self._paid_out,
            usd_cents_promotions=of.get("promotions", 0),
            usd_cents_platform_share=of.get("share", 0),
            usd_cents_unspent=of.get("coins", 0),
            usd_cents_earned=of.get("earned", 0),
            usd_cents_held=of.get("held", 0),
            usd_cents_taken_back=self._lost,
        )

    def _undo(self, undone):
        request = undone.request
        if not isinstance(request, Recharge):
            for source, destination, coins in _legs(undone):
                self._move(destination, source, coins)
            self._paid_out -= _paid(undone)
            return
        place = request.user, "coins"
        had = self._cents[place]
        self._add(place, -undone.coins, -undone.usd_cents)
        rest = self._cents[place]
        self._cents[place] = max(rest, 0) if self._coins[place] else 0
        self._lost += rest - self._cents[place]
        assert had >= self._cents[place] >= 0

    def _move(self, source, destination, coins):
        """Move coins at the average price of those where they are."""
        if coins == 0:
            return
        price = Fraction(self._cents[source], self._coins[source])
        cents = self._rounded(price * coins)
        self._add(source, -coins, -cents)
        self._add(destination, coins, cents)
        self.legs += 1

    def _add(self, place, coins, cents):
        self._coins[place] = self._coins.get(place, 0) + coins
        self._cents[place] = self._cents.get(place, 0) + cents


def _legs(done):
    """Where a transaction, other than a purchase or a reversal, moves coins from and to."""
    request = done.request
    if isinstance(request, Gift):
        coins, share = (request.sender, "coins"), ("platform", "share")
        return [
            (coins, (request.creator, "earned"), done.earned),
            (coins, share, done.coins - done.earned),
        ]
    if isinstance(request, Promote):
        return [((request.user, "coins"), ("platform", "promotions"), done.coins)]
    if isinstance(request, CashOut):
        to = (request.user, "held") if request.pending else ("platform", "cashed out")
        return [((request.user, "earned"), to, done.coins)]
    if isinstance(request, SettlePayout):
        return [((done.about["user"], "held"), ("platform", "cashed out"), done.coins)]
    if isinstance(request, ReturnPayout):
        user = done.about["user"]
        return [((user, "held"), (user, "earned"), done.coins)]
    return []


def _paid(done):
    is_paid = isinstance(done.request, SettlePayout) or (
        isinstance(done.request, CashOut) and not done.request.pending
    )
    return done.usd_cents if is_paid else 0
