"""The use cases: what a Python program, a notebook or the command line asks of an economy.

Texts are taken as people type them, and checked; amounts are whole coins, and dollars are texts
such as `"6.49"`. Everything that cannot be done raises a `CoinsError` and changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from coins_cli.errors import CoinsError, InvalidHandle, InvalidKey, UnknownUser
from coins_cli.model import parsing, rules
from coins_cli.model.clock import (
    Clock,
    clock_advanced,
    clock_set_to,
    parse_duration,
    parse_moment,
)
from coins_cli.model.names import parse_key
from coins_cli.model.receipts import Receipt, dry_run_receipt, receipt_of
from coins_cli.model.requests import (
    LIVE,
    Audience,
    Request,
    Venue,
)
from coins_cli.model.transactions import Past, Transaction
from coins_cli.model.wallets import Wallets
from coins_cli.reading import ClockShown, Readings
from coins_cli.store.protocol import Asked, Intent, OnRefusal

if TYPE_CHECKING:
    from coins_cli.model.rosters import RosterRow


class Imported(Struct, frozen=True):
    """What bringing in a class did: the wallets `created` and those `unchanged`, by handle.

    `receipts` are of what was done now, and, as `replayed`, of what was done before.
    """

    created: list[str]
    unchanged: list[str]
    receipts: list[Receipt]


class Bank(Readings):
    """An economy: a store, the catalog in force or what reads it, and a clock."""

    def create_wallets(self, *users: str, name: str | None = None) -> list[Receipt]:
        """Open a wallet for each of `users`, or for none of them.

        Raises `HandleTaken`, and `InvalidHandle` for a handle that the rule forbids.
        """
        requests = [parsing.opening(user, name) for user in users]
        for request in requests:
            if requests.count(request) > 1:
                raise InvalidHandle(request.user, "it is named twice")
        return self.apply_all([Intent(request) for request in requests])

    def import_class(
        self,
        rows: "Sequence[RosterRow]",
        *,
        pack: str | int | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Imported:
        """Open a wallet for each row that has none, and buy each one the `pack`; all or nothing.

        The keys are made of `key` (`roster` unless given), the handle and the pack, so that the
        same class brought in again changes nothing, and with another `key` gets the pack again.
        Raises `InvalidHandle` for one who is in it twice, `UnknownPack` and `TooManyCoins`.
        """
        users = set()
        for row in rows:
            if row.user in users:
                raise InvalidHandle(row.user, "it is named twice")
            users.add(row.user)
        plan = self.plan_class(rows, pack=pack, key=key)
        intents = [intent for one in plan for intent in one.intents]
        return Imported(
            created=[one.row.user for one in plan if one.wallet is None],
            unchanged=[one.row.user for one in plan if one.wallet is not None],
            receipts=self.apply_all(intents, dry_run=dry_run) if intents else [],
        )

    def recharge(
        self,
        user: str,
        pack: str | int,
        *,
        quantity: int = 1,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Buy `quantity` times the pack with that id, such as `500`.

        Raises `UnknownUser`, `UnknownPack` and `TooManyCoins`.
        """
        return self.apply(parsing.recharge(user, pack, quantity), key=key, dry_run=dry_run)

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
        venue: Venue | None = LIVE if live else None
        request = parsing.gift(sender, creator, gift, quantity, venue, comment, message)
        return self.apply(request, key=key, dry_run=dry_run)

    def promote(
        self,
        user: str,
        video: str,
        *,
        days: int,
        coins: int | None = None,
        usd: str | None = None,
        views: int | None = None,
        audience: Audience = "auto",
        interests: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Promote a video for a number of days, for `coins`, `usd` or `views`, or for the least.

        Raises `UnknownUser`, `TooManyDays`, `PromotionOutOfRange`, `TooFewCoinsForDays` and
        `NotEnoughCoins`.
        """
        request = parsing.promotion(user, video, days, coins, usd, views, audience, interests)
        return self.apply(request, key=key, dry_run=dry_run)

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

        A `pending` payout only holds them, until it is settled or returned. Raises `UnknownUser`,
        `BelowThreshold`, `MoreThanEarned` and `PayoutTooSmall`.
        """
        request = parsing.cash_out(user, paypal, coins, pending)
        return self.apply(request, key=key, dry_run=dry_run)

    def settle_payout(
        self, payout: int, *, key: str | None = None, dry_run: bool = False
    ) -> Receipt:
        """Pay what is held for a payout. Raises `UnknownPayout` and `PayoutEnded`."""
        return self.apply(parsing.settlement(payout), key=key, dry_run=dry_run)

    def return_payout(
        self, payout: int, reason: str, *, key: str | None = None, dry_run: bool = False
    ) -> Receipt:
        """Give what is held for a payout back. Raises `UnknownPayout` and `PayoutEnded`."""
        return self.apply(parsing.return_of_payout(payout, reason), key=key, dry_run=dry_run)

    def reverse(
        self, seq: int, reason: str, *, key: str | None = None, dry_run: bool = False
    ) -> Receipt:
        """Undo the transaction of that number by a new one.

        Raises `UnknownTransaction`, `NotReversible`, `AlreadyReversed` and `CoinsGone`.
        """
        return self.apply(parsing.reversal(seq, reason), key=key, dry_run=dry_run)

    def start_live(
        self,
        creator: str,
        *,
        title: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Go live, under a title if there is one. Raises `UnknownUser` and `AlreadyLive`."""
        return self.apply(parsing.start_of_live(creator, title), key=key, dry_run=dry_run)

    def end_live(self, creator: str, *, key: str | None = None, dry_run: bool = False) -> Receipt:
        """End the live that is on. Raises `UnknownUser` and `NotLive`."""
        return self.apply(parsing.end_of_live(creator), key=key, dry_run=dry_run)

    def set_clock(self, moment: str, *, stopped: bool = False) -> ClockShown:
        """Let it be `moment`, such as `2026-03-01T09:00`, from now on; or for good if `stopped`.

        Raises `InvalidMoment`, and `ClockBehind` when the newest transaction is later.
        """
        wanted = parse_moment(moment, "the time")
        return self._change_clock(lambda *now: clock_set_to(wanted, *now, stopped=stopped))

    def advance_clock(self, by: str) -> ClockShown:
        """Let so much time pass at once, such as `3d`. Raises `InvalidDuration`, `ClockTooFar`."""
        duration = parse_duration(by)
        return self._change_clock(lambda *now: clock_advanced(duration, *now))

    def reset_clock(self) -> ClockShown:
        """Go by the computer's clock again; time stands still until that has caught up."""
        return self._change_clock(lambda *_: Clock())

    def apply(self, request: Request, *, key: str | None = None, dry_run: bool = False) -> Receipt:
        """Decide one request, and record it unless it is a dry run."""
        intent = Intent(request, key)
        return self.apply_all([intent], dry_run=dry_run)[0]

    def apply_all(self, intents: list[Intent], *, dry_run: bool = False) -> list[Receipt]:
        """Decide and record `intents` in order, all of them or none. Raises also `InvalidKey`."""
        for intent in intents:
            _check_key(intent)
        try:
            if dry_run:
                decided = self.store.dry_run(intents, self._decide, self.now())
                pairs = zip(intents, decided, strict=True)
                return [dry_run_receipt(transaction, intent.key) for intent, transaction in pairs]
            applied = self.store.commit(intents, self._decide, self.now())
        except UnknownUser as error:
            raise self._with_close_names(error) from None
        return [receipt_of(one.entry, replayed=one.replayed) for one in applied]

    def apply_each(
        self, asked: Sequence[Asked], *, on_refusal: OnRefusal = "go on", dry_run: bool = False
    ) -> list[Receipt | CoinsError]:
        """Decide and record what is `asked` in order, each on its own; durable on return.

        The answer to each is its receipt or its refusal; `on_refusal` says what that means for the
        others. An error in the place of an intent is its own answer. Raises `StoreUnusable` and
        `InvalidCatalog`, and then nothing is changed.
        """
        _ = self.catalog  # If it is wrong, then no intent can be refused for that.
        checked = [_with_key_checked(one) for one in asked]
        now = self.now()
        if dry_run:
            tried = self.store.dry_run_each(checked, self._decide, now, on_refusal)
            keys = [one.key if isinstance(one, Intent) else None for one in checked]
            return [
                one if isinstance(one, CoinsError) else dry_run_receipt(one, key)
                for one, key in zip(tried, keys, strict=False)
            ]
        answers = self.store.commit_each(checked, self._decide, now, on_refusal)
        return [
            one if isinstance(one, CoinsError) else receipt_of(one.entry, replayed=one.replayed)
            for one in answers
        ]

    def _change_clock(
        self, change: Callable[[Clock, datetime, datetime | None], Clock]
    ) -> ClockShown:
        computer = self.computer_time()
        self.store.change_clock(lambda clock, newest: change(clock, computer, newest), computer)
        return self.clock()

    def _decide(
        self, request: Request, wallets: Wallets, at: datetime, past: Past | None
    ) -> Transaction:
        return rules.decide(request, self.catalog, wallets, at, past)


def _check_key(intent: Intent) -> None:
    if intent.key is not None:
        parse_key(intent.key)


def _with_key_checked(asked: Asked) -> Asked:
    try:
        if isinstance(asked, Intent):
            _check_key(asked)
    except InvalidKey as error:
        return error.as_answer()
    return asked
