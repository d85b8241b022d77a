"""The use cases: what a Python program, a notebook or the command line asks of an economy.

Texts are taken as people type them, and checked; amounts are whole coins, and dollars are texts
such as `"6.49"`. Everything that cannot be done raises a `CoinsError` and changes nothing.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from coins_cli.errors import CoinsError, InvalidHandle, InvalidKey, InvalidReceipt, UnknownUser
from coins_cli.model import parsing, rules
from coins_cli.model.catalog import Catalog
from coins_cli.model.money import check_amount, parse_dollars
from coins_cli.model.names import closest, parse_handle, parse_key
from coins_cli.model.receipts import Receipt, dry_run_receipt, receipt_of
from coins_cli.model.requests import (
    LIVE,
    Audience,
    Request,
    Venue,
)
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet, Wallets
from coins_cli.store.protocol import Asked, Audit, Intent, Kept, OnRefusal, Progress, Store

if TYPE_CHECKING:
    from coins_cli.model.quotes import CoinsQuote, GiftQuote, Purchase
    from coins_cli.views.flows import Flows
    from coins_cli.views.recognition import Supporter

USERS_SEARCHED_MAX = 10_000
"""How many handles are looked through for a close one, so that a typo stays quick to report."""

_RECEIPT = re.compile(r"([1-9][0-9]{0,15}):([0-9a-f]{64})", re.ASCII)


class CashOutPreview(Struct, frozen=True):
    """How far a user is from cashing out, and what all that was earned would bring in cents."""

    eligible: bool
    threshold: int
    short_by: int
    usd_cents: int


def utc_now() -> datetime:
    """The time by the computer's clock."""
    return datetime.now(UTC)


class Bank:
    """An economy: a store, the catalog in force or what reads it, and a clock."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog | Callable[[], Catalog],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.store = store
        self._given_catalog = catalog
        self._clock = clock

    @cached_property
    def catalog(self) -> Catalog:
        """The prices in force. Raises `InvalidCatalog`."""
        given = self._given_catalog
        return given if isinstance(given, Catalog) else given()

    def now(self) -> datetime:
        """The time, in UTC; a clock without a zone is taken for a local one."""
        return self._clock().astimezone(UTC)

    # -- changing ------------------------------------------------------------------------------

    def create_wallets(self, *users: str, name: str | None = None) -> list[Receipt]:
        """Open a wallet for each of `users`, or for none of them.

        Raises `HandleTaken`, and `InvalidHandle` for a handle that the rule forbids.
        """
        requests = [parsing.opening(user, name) for user in users]
        for request in requests:
            if requests.count(request) > 1:
                raise InvalidHandle(request.user, "it is named twice")
        return self.apply_all([Intent(request) for request in requests])

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
        key: str | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Pay out earned coins, or all of them, to the PayPal account with that address.

        Raises `UnknownUser`, `BelowThreshold`, `MoreThanEarned` and `PayoutTooSmall`.
        """
        return self.apply(parsing.cash_out(user, paypal, coins), key=key, dry_run=dry_run)

    def start_live(self, creator: str) -> Receipt:
        """Go live. Raises `UnknownUser` and `AlreadyLive`."""
        return self.apply(parsing.start_of_live(creator))

    def end_live(self, creator: str) -> Receipt:
        """End the live that is on. Raises `UnknownUser` and `NotLive`."""
        return self.apply(parsing.end_of_live(creator))

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

    # -- reading -------------------------------------------------------------------------------

    def wallet(self, user: str) -> Wallet:
        """The wallet of `user`; `UnknownUser` when there is none."""
        handle = parse_handle(user)
        with self.store.reading() as view:
            wallet = view.wallet(handle)
        if wallet is None:
            raise self._with_close_names(UnknownUser(handle))
        return wallet

    def wallets(self) -> list[Wallet]:
        """All wallets, by handle."""
        with self.store.reading() as view:
            return [wallet for user in view.users() if (wallet := view.wallet(user)) is not None]

    def cash_out_preview(self, wallet: Wallet) -> CashOutPreview:
        """How far a wallet is from cashing out, at the rates in force."""
        terms = self.catalog.cash_out
        return CashOutPreview(
            eligible=wallet.earned >= terms.threshold,
            threshold=terms.threshold,
            short_by=max(0, terms.threshold - wallet.earned),
            usd_cents=terms.cents(terms.diamonds(wallet.earned)),
        )

    def history(self, user: str, *, limit: int | None = None) -> list[Receipt]:
        """The transactions that touched a user's wallet, newest first, at most `limit` of them."""
        handle = parse_handle(user)
        receipts: list[Receipt] = []
        with self.store.reading() as view:
            is_known = view.wallet(handle) is not None
            for entry in view.history(handle):
                if limit is not None and len(receipts) >= limit:
                    break
                receipts.append(receipt_of(entry))
        if not is_known:
            raise self._with_close_names(UnknownUser(handle))
        return receipts

    def top(self, creator: str) -> "list[Supporter]":
        """The ladder of a creator's supporters, by coins given."""
        from coins_cli.views.recognition import supporters

        try:
            with self.store.reading() as view:
                return supporters(view, parse_handle(creator))
        except UnknownUser as error:
            raise self._with_close_names(error) from None

    def flows(self) -> "Flows":
        """Where the money goes, in a few sums."""
        from coins_cli.views.flows import flows

        with self.store.reading() as view:
            return flows(view)

    def verify(self, receipt: str | None = None, *, progress: Progress | None = None) -> Audit:
        """Replay everything and compare; with a `receipt`, also whether it is part of history.

        A receipt is `SEQ:HASH`, as commands print it; `InvalidReceipt` when it is not one. What is
        wrong is in the audit's findings.
        """
        audit = self.store.audit(None if receipt is None else _parse_receipt(receipt), progress)
        return audit if audit.findings else self._with_notes_checked(audit)

    # -- quotes --------------------------------------------------------------------------------

    def quote_coins(self, coins: int) -> "CoinsQuote":
        """The cheapest packs for at least `coins`, exactly."""
        from coins_cli.model.quotes import quote_coins

        return quote_coins(self.catalog, check_amount(coins, "the number of coins"))

    def quote_gift(self, gift: str, *, quantity: int = 1) -> "GiftQuote":
        """What a gift costs its sender and brings its creator."""
        from coins_cli.model.quotes import quote_gift

        return quote_gift(self.catalog, gift, check_amount(quantity, "the quantity"))

    def quote_usd(self, usd: str) -> "Purchase":
        """The most coins that a budget in dollars buys."""
        from coins_cli.model.quotes import quote_usd

        return quote_usd(self.catalog, parse_dollars(usd, "the budget"))

    def _decide(self, request: Request, wallets: Wallets, at: datetime) -> Transaction:
        return rules.decide(request, self.catalog, wallets, at)

    def _with_notes_checked(self, audit: Audit) -> Audit:
        """The audit of a store in which nothing was found, and what is found of views' notes."""
        from coins_cli.views.recognition import wrong_notes

        with self.store.reading() as view:
            return structs.replace(audit, findings=tuple(wrong_notes(view)))

    def _with_close_names(self, error: UnknownUser) -> UnknownUser:
        """The same error with the handles that may have been meant, when they can be had."""
        try:
            with self.store.reading() as view:
                users = view.users()[:USERS_SEARCHED_MAX]
        except CoinsError:
            return error
        return UnknownUser(error.user, close=closest(error.user, users))


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


def _parse_receipt(text: str) -> Kept:
    """The number and the hash in `SEQ:HASH`; `InvalidReceipt`."""
    if (found := _RECEIPT.fullmatch(text.strip().lower())) is None:
        raise InvalidReceipt(text)
    return Kept(int(found[1]), found[2])
