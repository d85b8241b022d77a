"""What can be asked of an economy without changing it."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from coins_cli.errors import (
    CoinsError,
    InvalidReceipt,
    NoStore,
    UnknownLiveNumber,
    UnknownPayout,
    UnknownPromotion,
    UnknownTransaction,
    UnknownUser,
)
from coins_cli.model.catalog import Catalog
from coins_cli.model.clock import Clock
from coins_cli.model.money import check_amount, parse_dollars
from coins_cli.model.names import closest, parse_handle, parse_key
from coins_cli.model.receipts import Receipt, receipt_of
from coins_cli.model.requests import Reverse, StartLive
from coins_cli.model.transactions import Entry
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import Audit, Follower, Kept, Progress, Store, View

if TYPE_CHECKING:
    from coins_cli.model.quotes import CoinsQuote, GiftQuote, PromotionQuote, UsdQuote
    from coins_cli.model.rosters import RosterRow
    from coins_cli.views.flows import Flows, Scope
    from coins_cli.views.lives import Live, Summary
    from coins_cli.views.pages import Page
    from coins_cli.views.payouts import Payout
    from coins_cli.views.promotions import Promotion
    from coins_cli.views.recognition import Supporter
    from coins_cli.views.report import Report
    from coins_cli.views.rolls import Member, Planned
    from coins_cli.views.statements import Statement

USERS_SEARCHED_MAX = 10_000
"""How many handles are looked through for a close one, so that a typo stays quick to report."""

_RECEIPT = re.compile(r"([1-9][0-9]{0,15}):([0-9a-f]{64})", re.ASCII)


class CashOutPreview(Struct, frozen=True):
    """How far a user is from cashing out, and what all that was earned would bring in cents."""

    eligible: bool
    threshold: int
    short_by: int
    usd_cents: int


class ClockShown(Struct, frozen=True):
    """What time it is in an economy, in UTC, and the clock that says so.

    The time is never before that of the newest transaction; `is_behind` says that the clock is.
    """

    now: datetime
    clock: Clock
    is_behind: bool = False


def utc_now() -> datetime:
    """The time by the computer's clock."""
    return datetime.now(UTC)


class Readings:
    """An economy as it is read: a store, the catalog in force or what reads it, and a clock."""

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
        """The time in this economy, in UTC: the computer's, unless it has a clock of its own."""
        return self.store.clock().reading(self.computer_time())

    def computer_time(self) -> datetime:
        """The time by the computer's clock, in UTC; one without a zone is taken for a local one."""
        return self._clock().astimezone(UTC)

    def clock(self) -> ClockShown:
        """What time it is in this economy, and by which clock."""
        clock = self.store.clock()
        now = clock.reading(self.computer_time())
        try:
            with self.store.reading() as view:
                newest = view.newest_at
        except NoStore:
            newest = None
        is_behind = newest is not None and now < newest
        return ClockShown(max(now, newest or now), clock, is_behind)

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
            reversed_by: dict[int, int] = {}
            for entry in view.history(handle):
                if limit is not None and len(receipts) >= limit:
                    break
                if isinstance(request := entry.transaction.request, Reverse):
                    reversed_by[request.reverses] = entry.seq
                receipts.append(receipt_of(entry, reversed_by=reversed_by.get(entry.seq)))
        if not is_known:
            raise self._with_close_names(UnknownUser(handle))
        return receipts

    def receipt(self, seq: int) -> Receipt:
        """The receipt of the transaction of that number. Raises `UnknownTransaction`."""
        with self.store.reading() as view:
            entry = view.entry(seq)
            ending = view.entry_ending(seq)
        if entry is None:
            raise UnknownTransaction(seq)
        is_reversed = ending is not None and isinstance(ending.transaction.request, Reverse)
        return receipt_of(entry, reversed_by=ending.seq if ending and is_reversed else None)

    def top(self, creator: str) -> "list[Supporter]":
        """The ladder of a creator's supporters, by coins given. Raises `UnknownUser`."""
        from coins_cli.views.recognition import supporters

        with self._looking() as view:
            return supporters(view, parse_handle(creator))

    def givers(self) -> "list[Supporter]":
        """The ladder of all who gave anything, by coins given."""
        from coins_cli.views.recognition import givers

        with self._looking() as view:
            return givers(view)

    def creators(self) -> "list[Supporter]":
        """The ladder of all creators, by the coins that viewers gave for them."""
        from coins_cli.views.recognition import creators

        with self._looking() as view:
            return creators(view)

    def page(self, creator: str) -> "Page":
        """A creator's profile, as a viewer sees it. Raises `UnknownUser`."""
        from coins_cli.views.pages import page

        with self._looking() as view:
            return page(view, parse_handle(creator))

    def lives(self) -> "list[Live]":
        """All lives, oldest first."""
        from coins_cli.views.lives import lives

        with self._looking() as view:
            return lives(view)

    def live(self, creator: str, live: int | None = None) -> "Summary":
        """The live of a creator that is on, or was last, or has that number, in full.

        Raises `UnknownUser` and `UnknownLive`.
        """
        from coins_cli.views.lives import summary

        with self._looking() as view:
            return summary(view, parse_handle(creator), live)

    def live_ended_by(self, creator: str, seq: int | None) -> "Summary | None":
        """The last live of a creator, when it was transaction `seq` that ended it."""
        found = None if seq is None else self.live(creator)
        return found if found is not None and found.live.ended_by == seq else None

    def promotions(self) -> "list[Promotion]":
        """All promotions as they are now, oldest first."""
        from coins_cli.views.promotions import promotions

        now = self.now()
        with self._looking() as view:
            return promotions(view, max(now, view.newest_at or now))

    def promotion(self, number: int) -> "Promotion":
        """The promotion that was bought by the transaction `number`. Raises `UnknownPromotion`."""
        for one in self.promotions():
            if one.id == number:
                return one
        raise UnknownPromotion(number)

    def payouts(self) -> "list[Payout]":
        """All payouts that were not paid at once, oldest first."""
        from coins_cli.views.payouts import payouts

        with self._looking() as view:
            return payouts(view)

    def payout(self, number: int) -> "Payout":
        """The payout that was asked for by the transaction `number`. Raises `UnknownPayout`."""
        for one in self.payouts():
            if one.id == number:
                return one
        raise UnknownPayout(number)

    def statement(
        self, user: str, *, since: str | None = None, until: str | None = None
    ) -> "Statement":
        """What a user had, what came and went from `since` to `until`, and what was left.

        Both are included; a bare date, such as `2026-03-01`, is its first moment, or its last.
        Raises `UnknownUser`, `InvalidMoment` and `EmptyPeriod`.
        """
        from coins_cli.model.periods import parse_period
        from coins_cli.views.statements import statement

        period = parse_period(since, until)
        with self._looking() as view:
            return statement(view, parse_handle(user), period)

    def statements(
        self, *, since: str | None = None, until: str | None = None
    ) -> "list[Statement]":
        """The statements of all users, by handle. Raises `InvalidMoment` and `EmptyPeriod`."""
        from coins_cli.model.periods import parse_period
        from coins_cli.views.statements import statements

        period = parse_period(since, until)
        with self.store.reading() as view:
            return statements(view, period)

    def members(self) -> "list[Member]":
        """Everybody with what they have and gave, by handle."""
        from coins_cli.views.rolls import members

        with self.store.reading() as view:
            return members(view)

    def plan_class(
        self, rows: "Sequence[RosterRow]", *, pack: str | int | None = None, key: str | None = None
    ) -> "list[Planned]":
        """What `Bank.import_class` would do, row by row. Raises `UnknownPack` and `InvalidKey`."""
        from coins_cli.views.rolls import ROSTER_KEY, planned

        bought = None if pack is None else self.catalog.pack(str(pack)).id
        beginning = ROSTER_KEY if key is None else parse_key(key)
        try:
            with self.store.reading() as view:
                return planned(view, rows, bought, beginning)
        except NoStore:
            return planned(None, rows, bought, beginning)

    def flows(self) -> "Flows":
        """Where the money goes, in a few sums."""
        from coins_cli.views.flows import flows

        with self.store.reading() as view:
            return flows(view)

    def report(self, scope: "Scope | None" = None) -> "Report":
        """Where the money goes, in full: of everything, or of a time, a user, or a live's gifts.

        Raises `UnknownUser`, and `UnknownLiveNumber` when no live has that number.
        """
        from coins_cli.views.report import report

        with self._scoped(scope) as (view, counted):
            return report(view, counted)

    def trace(self, line: str, scope: "Scope | None" = None) -> list[tuple[Receipt, int]]:
        """The transactions that a line of the flows, such as `coins_given`, is the sum of.

        Each with what it adds there, in coins or cents. Raises as `report`.
        """
        from coins_cli.views.flows import amounts_of, entries_in

        with self._scoped(scope) as (view, counted):
            return [
                (receipt_of(entry), amount)
                for entry in entries_in(view, counted)
                if (amount := amounts_of(entry, counted.user).get(line, 0))
            ]

    def follow(self, after: int) -> Follower:
        """Follow what happens in this economy, beginning after transaction number `after`."""
        return self.store.follow(after)

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

    def quote_usd(self, usd: str) -> "UsdQuote":
        """The most coins that a budget in dollars buys, and what they would bring a creator."""
        from coins_cli.model.quotes import quote_usd

        return quote_usd(self.catalog, parse_dollars(usd, "the budget"))

    def quote_promotion(
        self,
        days: int,
        *,
        coins: int | None = None,
        usd: str | None = None,
        views: int | None = None,
    ) -> "PromotionQuote":
        """What a promotion costs and brings; bought and refused as by `Bank.promote`."""
        from coins_cli.model import parsing
        from coins_cli.model.quotes import quote_promotion

        # Whoever buys it, and for which video, has no part in the price.
        request = parsing.promotion("anybody", "any", days, coins, usd, views)
        return quote_promotion(self.catalog, request)

    @contextmanager
    def _scoped(self, wanted: "Scope | None") -> "Iterator[tuple[View, Scope]]":
        """The store held still, and which of its transactions count."""
        from coins_cli.views.flows import EVERYTHING

        scope = wanted or EVERYTHING
        if scope.user is not None:
            scope = structs.replace(scope, user=parse_handle(scope.user))
        with self._looking() as view:
            if scope.user is not None and view.wallet(scope.user) is None:
                raise UnknownUser(scope.user)
            if scope.live is not None and not _is_live(view.entry(scope.live)):
                raise UnknownLiveNumber(scope.live)
            yield view, scope

    @contextmanager
    def _looking(self) -> Iterator[View]:
        """The store held still; a user who is unknown there may have been meant otherwise."""
        try:
            with self.store.reading() as view:
                yield view
        except UnknownUser as error:
            raise self._with_close_names(error) from None

    def _with_notes_checked(self, audit: Audit) -> Audit:
        """The audit of a store in which nothing was found, and what is found of views' notes."""
        from coins_cli.views.notes import wrong_notes

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


def _is_live(entry: Entry | None) -> bool:
    """Whether a transaction is the start of a live, whose number is the live's."""
    return entry is not None and isinstance(entry.transaction.request, StartLive)


def _parse_receipt(text: str) -> Kept:
    """The number and the hash in `SEQ:HASH`; `InvalidReceipt`."""
    if (found := _RECEIPT.fullmatch(text.strip().lower())) is None:
        raise InvalidReceipt(text)
    return Kept(int(found[1]), found[2])
