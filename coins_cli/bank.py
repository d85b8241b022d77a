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

    Raises `ChangedMeanwhile` for a request whose transaction would differ from its receipt, or
    that was done meanwhile. Other prices differ too, except for a request that ends an older
    transaction: only that one counts.
    """

    def __init__(self, catalog: Catalog, receipts: Sequence[Receipt]) -> None:
        super().__init__(catalog)
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

    Its methods change the economy; `read` has the queries. For `agreed_to` see `exactly`.
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

    def anew(self, *, agreed_to: Sequence[Receipt] | None = None) -> "Bank":
        """The same economy with a new reading of its catalog."""
        read = self.read
        return Bank(
            self.store,
            read.given_catalog,
            clock=read.given_clock,
            show_progress=read.show_progress,
            agreed_to=agreed_to,
        )

    def exactly(self, receipts: Sequence[Receipt]) -> "Bank":
        """The same economy, bound to these receipts of a dry run.

        Every use case but `apply_each` raises `ChangedMeanwhile`, and records nothing, if its
        requests, results, prices or rates differ from the receipts, or if it was done meanwhile.
        The catalog is read again.

            shown = bank.cash_out("bob", "bob@example.com", dry_run=True)
            if input(f"Pay out {shown.transaction.coins} coins? ") == "yes":
                bank.exactly([shown]).cash_out("bob", "bob@example.com")
        """
        return self.anew(agreed_to=receipts)

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
        """Buy `quantity` times a pack by its id, such as `500`.

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
        """Promote a video, at a price in `coins` or `usd`, or by `views`, or at the lowest price.

        Raises `UnknownUser`, `TooManyDays`, `PromotionOutOfRange`, `TooFewCoinsForDays` and
        `NotEnoughCoins`.
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
        """Pay out earned coins, or all of them, to the PayPal account with that address.

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
        """Undo the transaction of that number by a new one.

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
        """End the live that is on. Raises `UnknownUser` and `NotLive`."""
        return self.apply(operations.live.parse_end(creator, key=key), dry_run=dry_run)

    def set_clock(self, moment: str, *, stopped: bool = False) -> ClockShown:
        """Set the clock to `moment`, such as `2026-03-01T09:00`; it runs on unless `stopped`.

        Raises `InvalidMoment`, and `ClockBehind` if the newest transaction is later.
        """
        wanted = parse_moment(moment, "the time")
        return self._change_clock(lambda _, *now: clock_set_to(wanted, *now, stopped=stopped))

    def advance_clock(self, by: str) -> ClockShown:
        """Advance the clock by a time such as `3d`. Raises `InvalidDuration` and `ClockTooFar`."""
        duration = parse_duration(by)
        return self._change_clock(lambda *now: clock_advanced(duration, *now))

    def reset_clock(self) -> ClockShown:
        """Use the computer's clock again; until it has caught up, the time does not change."""
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
        the other items (see `Store.commit`). An error among the items is its own answer. The
        requests are checked first, unless they `are_checked`. Raises `StoreUnusable` and
        `InvalidCatalog`, and then nothing is changed.
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
    """The request, or the error that says what no request may have."""
    if isinstance(item, CoinsError):
        return item
    try:
        item.check()
    except CoinsError as error:
        return error.as_answer()
    return item
