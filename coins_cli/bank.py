"""The use cases of an economy, for Python programs, notebooks and the command line.

Texts are taken as people type them, and checked; amounts are whole coins, and dollars are texts
such as `"6.49"`. A request that cannot be done raises a `CoinsError` and changes nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime

from coins_cli.errors import ChangedMeanwhile, CoinsError, InvalidHandle, UnknownUser
from coins_cli.model import operations
from coins_cli.model.catalog import Catalog
from coins_cli.model.clock import (
    Clock,
    clock_advanced,
    clock_set_to,
    parse_duration,
    parse_moment,
)
from coins_cli.model.economy import BatchItem, OnRefusal, Rules
from coins_cli.model.operations.operation import World
from coins_cli.model.operations.request import LIVE, Request
from coins_cli.model.receipts import Receipt
from coins_cli.model.transactions import Transaction
from coins_cli.queries import ClockShown, Queries, ShowProgress, utc_now
from coins_cli.store.protocol import Store


class AgreedRules(Rules):
    """The rules of a catalog, bound to the receipts of a dry run.

    Raises `ChangedMeanwhile` for a request whose results or prices differ from its receipt, or that
    was done meanwhile. A request that ends an older transaction, such as a reversal, does not
    depend on today's prices.
    """

    def __init__(self, catalog: Catalog, receipts: Sequence[Receipt]) -> None:
        super().__init__(catalog)
        # The answer of a replayed receipt was recorded before, so it cannot change.
        self._agreed = {one.request: one for one in receipts if not one.replayed}

    def __call__(self, request: Request, world: World) -> Transaction:
        """See `Rules`."""
        transaction = super().__call__(request, world)
        agreed = self._agreed.get(request)
        if agreed is not None and (
            agreed.transaction.sums != transaction.sums
            or (request.ends() is None and agreed.catalog != self.catalog)
        ):
            raise ChangedMeanwhile
        return transaction

    def recall(self, request: Request) -> None:
        """See `Rules.recall`."""
        if request in self._agreed:
            raise ChangedMeanwhile


class Bank:
    """An economy: a store, a catalog or a function that reads it, and a clock.

    Its methods change the economy; `read` has the queries. With `agreed_to`, the receipts of a dry
    run, requests must have the results that those show: see `exactly`.
    """

    def __init__(
        self,
        store: Store,
        catalog: Catalog | Callable[[], Catalog],
        *,
        clock: Callable[[], datetime] = utc_now,
        show_progress: ShowProgress = nullcontext,
        agreed_to: Sequence[Receipt] | None = None,
    ) -> None:
        self.store = store
        self.read = Queries(store, catalog, clock=clock, show_progress=show_progress)
        self._agreed_to = agreed_to

    @property
    def catalog(self) -> Catalog:
        """The prices in force. Raises `InvalidCatalog`."""
        return self.read.catalog

    def reloaded(self, *, agreed_to: Sequence[Receipt] | None = None) -> "Bank":
        """The same economy, with its catalog read again. For `agreed_to` see `exactly`."""
        read = self.read
        return Bank(
            self.store,
            read.given_catalog,
            clock=read.given_clock,
            show_progress=read.show_progress,
            agreed_to=agreed_to,
        )

    def exactly(self, receipts: Sequence[Receipt]) -> "Bank":
        """The same economy, which now does exactly what these receipts of a dry run show.

        Every use case but `apply_each` raises `ChangedMeanwhile` if a request, result, price or
        rate differs from the receipts, or if it was done meanwhile. Then nothing is recorded. The
        catalog is read again.

            shown = bank.cash_out("bob", "bob@example.com", dry_run=True)
            if input(f"Pay out {shown.transaction.coins} coins? ") == "yes":
                bank.exactly([shown]).cash_out("bob", "bob@example.com")
        """
        return self.reloaded(agreed_to=receipts)

    def create_wallets(self, *users: str, name: str | None = None) -> list[Receipt]:
        """Open a wallet for each of `users`, all of them or none.

        Raises `HandleTaken`, and `InvalidHandle` for a handle that the rule forbids.
        """
        requests = [operations.open_wallet.parse(user, name) for user in users]
        for request in requests:
            if requests.count(request) > 1:
                raise InvalidHandle(request.user, "it is named twice")
        return self.apply_all(requests)

    def recharge(
        self,
        user: str,
        pack: str | int,
        *,
        quantity: int = 1,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Buy `quantity` packs with the id `pack`, such as `500`.

        Raises `UnknownUser`, `UnknownPack` and `TooManyCoins`.
        """
        return self.apply(operations.recharge.parse(user, pack, quantity, key=key), dry_run=dry_run)

    def gift(
        self,
        sender: str,
        creator: str,
        gift: str,
        *,
        quantity: int = 1,
        live: bool = False,
        comment: str | None = None,
        message: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Send a gift, on the creator's live or in the comments of the video `comment`.

        With neither it goes to the live if there is one, else to the comments. Raises
        `UnknownUser`, `GiftToSelf`, `UnknownGift`, `NotLive` and `NotEnoughCoins`.
        """
        venue = LIVE if live else None
        request = operations.gift.parse(
            sender, creator, gift, quantity, venue, comment, message, key=key
        )
        return self.apply(request, dry_run=dry_run)

    def promote(
        self,
        user: str,
        video: str,
        *,
        days: int,
        coins: int | None = None,
        usd: str | None = None,
        views: int | None = None,
        audience: str = "auto",
        interests: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Promote a video for `days`, bought by a price in `coins` or `usd`, or by `views`.

        With none of these it costs the lowest price. Raises `UnknownUser`, `TooManyDays`,
        `PromotionOutOfRange`, `TooFewCoinsForDays` and `NotEnoughCoins`.
        """
        request = operations.promote.parse(
            user, video, days, coins, usd, views, audience, interests, key=key
        )
        return self.apply(request, dry_run=dry_run)

    def cash_out(
        self,
        user: str,
        paypal: str,
        *,
        coins: int | None = None,
        pending: bool = False,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Pay out `coins` earned coins, by default all, to the PayPal address `paypal`.

        A `pending` payout only holds the coins until it is settled or returned. Raises
        `UnknownUser`, `BelowThreshold`, `MoreThanEarned` and `PayoutTooSmall`.
        """
        request = operations.cashout.parse(user, paypal, coins, pending, key=key)
        return self.apply(request, dry_run=dry_run)

    def settle_payout(
        self, payout: int, *, key: str | None = None, dry_run: bool = False
    ) -> Receipt:
        """Pay the held coins of a payout. Raises `UnknownPayout` and `PayoutEnded`."""
        return self.apply(operations.payout.parse_settlement(payout, key=key), dry_run=dry_run)

    def return_payout(
        self, payout: int, reason: str, *, key: str | None = None, dry_run: bool = False
    ) -> Receipt:
        """Return the held coins of a payout. Raises `UnknownPayout` and `PayoutEnded`."""
        return self.apply(operations.payout.parse_return(payout, reason, key=key), dry_run=dry_run)

    def reverse(
        self, seq: int, reason: str, *, key: str | None = None, dry_run: bool = False
    ) -> Receipt:
        """Undo transaction `seq` by a new transaction.

        Raises `UnknownTransaction`, `NotReversible`, `AlreadyReversed` and `CoinsGone`.
        """
        return self.apply(operations.reverse.parse(seq, reason, key=key), dry_run=dry_run)

    def start_live(
        self,
        creator: str,
        *,
        title: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Go live, with an optional title. Raises `UnknownUser` and `AlreadyLive`."""
        return self.apply(operations.live.parse_start(creator, title, key=key), dry_run=dry_run)

    def end_live(self, creator: str, *, key: str | None = None, dry_run: bool = False) -> Receipt:
        """End the creator's live. Raises `UnknownUser` and `NotLive`."""
        return self.apply(operations.live.parse_end(creator, key=key), dry_run=dry_run)

    def set_clock(self, moment: str, *, stopped: bool = False) -> ClockShown:
        """Set the clock to `moment`, such as `2026-03-01T09:00`; it runs on unless `stopped`.

        Raises `InvalidMoment`, and `ClockBehind` if the newest transaction is later.
        """
        wanted = parse_moment(moment, "the time")
        return self._change_clock(
            lambda _, computer, newest: clock_set_to(wanted, computer, newest, stopped=stopped)
        )

    def advance_clock(self, by: str) -> ClockShown:
        """Advance the clock by a time such as `3d`. Raises `InvalidDuration` and `ClockTooFar`."""
        duration = parse_duration(by)
        return self._change_clock(
            lambda clock, computer, newest: clock_advanced(duration, clock, computer, newest)
        )

    def reset_clock(self) -> ClockShown:
        """Use the computer's clock again.

        While it is behind the newest transaction, the time of that transaction is used.
        """
        return self._change_clock(lambda *_: Clock())

    def apply(self, request: Request, *, dry_run: bool = False) -> Receipt:
        """Decide one request, and record it unless it is a dry run."""
        return self.apply_all([request], dry_run=dry_run)[0]

    def apply_all(self, requests: Sequence[Request], *, dry_run: bool = False) -> list[Receipt]:
        """Decide and record `requests` in order, all of them or none.

        Raises an `Invalid` for values that are not allowed, such as `InvalidKey`.
        """
        for request in requests:
            request.check()
        if self._agreed_to is not None and list(requests) != [
            one.request for one in self._agreed_to
        ]:
            raise ChangedMeanwhile
        if not requests:
            return []
        try:
            answers = self._commit(requests, "raise", dry_run=dry_run)
        except UnknownUser as error:
            raise self.read.with_close_names(error) from None
        # Every refusal was raised, so this only narrows the type.
        return [answer for answer in answers if isinstance(answer, Receipt)]

    def apply_each(
        self,
        items: Sequence[BatchItem],
        *,
        on_refusal: OnRefusal = "go on",
        dry_run: bool = False,
        are_checked: bool = False,
    ) -> list[Receipt | CoinsError]:
        """Decide and record the `items` in order, each on its own; durable on return.

        The answer to each is its receipt or its refusal; `on_refusal` is the effect of a refusal on
        the other items (see `Store.commit`). An error among the items is its own answer. With
        `are_checked`, the caller has called `Request.check` on each request. Raises
        `StoreUnusable` and `InvalidCatalog`, and then nothing is changed.
        """
        checked = items if are_checked else [_checked(item) for item in items]
        return self._commit(checked, on_refusal, dry_run=dry_run)

    def _commit(
        self, items: Sequence[BatchItem], on_refusal: OnRefusal, *, dry_run: bool
    ) -> list[Receipt | CoinsError]:
        agreed = self._agreed_to
        rules = Rules(self.catalog) if agreed is None else AgreedRules(self.catalog, agreed)
        return self.store.commit(
            items, rules, self.read.now(), on_refusal=on_refusal, dry_run=dry_run
        )

    def _change_clock(
        self, change: Callable[[Clock, datetime, datetime | None], Clock]
    ) -> ClockShown:
        computer = self.read.computer_time()
        self.store.change_clock(lambda clock, newest: change(clock, computer, newest), computer)
        return self.read.clock()


def _checked(item: BatchItem) -> BatchItem:
    """The item, or the error for a value that is not allowed in it."""
    if isinstance(item, CoinsError):
        return item
    try:
        item.check()
    except CoinsError as error:
        return error.as_answer()
    return item
