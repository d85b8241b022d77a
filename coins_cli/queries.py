"""Queries of an economy, which change nothing."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from coins_cli.errors import (
    CoinsError,
    InvalidReceipt,
    NoStore,
    NothingDone,
    UnknownLiveNumber,
    UnknownPayout,
    UnknownPromotion,
    UnknownReceipt,
    UnknownTransaction,
    UnknownUser,
)
from coins_cli.model.catalog import Catalog
from coins_cli.model.clock import Clock
from coins_cli.model.money import check_amount, parse_dollars
from coins_cli.model.names import closest, parse_handle, parse_key
from coins_cli.model.operations.live import StartLive
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.receipts import Receipt, receipt_of
from coins_cli.model.transactions import Entry
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import Audit, Follower, Progress, ReceiptRef, Store, View

if TYPE_CHECKING:
    from coins_cli.model.quotes import CoinsQuote, GiftQuote, PromotionQuote, UsdQuote
    from coins_cli.model.rosters import RosterRow
    from coins_cli.views.flows import Flows, Scope
    from coins_cli.views.lives import Live, Summary
    from coins_cli.views.money_report import Report
    from coins_cli.views.payouts import Payout
    from coins_cli.views.price_history import Period
    from coins_cli.views.profiles import Page
    from coins_cli.views.promotions import Promotion
    from coins_cli.views.recognition import Supporter
    from coins_cli.views.rolls import Member, Planned
    from coins_cli.views.statements import Statement
    from coins_cli.views.whatif import Keep, Prices, WhatIf

ShowProgress = Callable[[], AbstractContextManager[Progress | None]]
USERS_SEARCHED_MAX = 10_000
"""Handles searched for a similar one, so that a typo is reported quickly."""

_SEQ = r"[1-9][0-9]{0,15}"
_RECEIPT = r"([1-9][0-9]{0,15}):([0-9a-f]{8,64})"


class CashOutPreview(Struct, frozen=True):
    """A user's distance from cashing out, and the cents that all earned coins would bring."""

    eligible: bool
    threshold: int
    short_by: int
    usd_cents: int


class ClockShown(Struct, frozen=True):
    """The time in an economy, in UTC, and its clock.

    The time is never before the newest transaction; `is_behind` is true if the clock is.
    """

    now: datetime
    clock: Clock
    is_behind: bool = False


def utc_now() -> datetime:
    """The time by the computer's clock."""
    return datetime.now(UTC)


class Queries:
    """The queries of an economy: a store, a catalog or a function that reads it, and a clock.

    `show_progress` returns a context with the callback for long passes over the journal.
    """

    def __init__(
        self,
        store: Store,
        catalog: Catalog | Callable[[], Catalog],
        *,
        clock: Callable[[], datetime] = utc_now,
        show_progress: ShowProgress = nullcontext,
    ) -> None:
        self.store = store
        self.given_catalog = catalog
        self.given_clock = clock
        self.show_progress = show_progress

    @cached_property
    def catalog(self) -> Catalog:
        """The prices in force. Raises `InvalidCatalog`."""
        given = self.given_catalog
        return given if isinstance(given, Catalog) else given()

    def now(self) -> datetime:
        """The time in this economy, in UTC, by its own clock or the computer's."""
        return self.store.clock().reading(self.computer_time())

    def computer_time(self) -> datetime:
        """The time by the computer's clock, in UTC; a time without a zone counts as local."""
        return self.given_clock().astimezone(UTC)

    def clock(self) -> ClockShown:
        """The time in this economy, and its clock."""
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
        """The wallet of `user`. Raises `UnknownUser`."""
        handle = parse_handle(user)
        with self.store.reading() as view:
            wallet = view.wallet(handle)
        if wallet is None:
            raise self.with_close_names(UnknownUser(handle))
        return wallet

    def display_names(self, users: Iterable[str]) -> dict[str, str]:
        """The display name of each of the handles `users` that has one."""
        with self.store.reading() as view:
            wallets = [view.wallet(user) for user in users]
        return {one.user: one.name for one in wallets if one is not None and one.name is not None}

    def wallets(self) -> list[Wallet]:
        """All wallets, by handle."""
        with self.store.reading() as view:
            return [wallet for user in view.users() if (wallet := view.wallet(user)) is not None]

    def cash_out_preview(self, wallet: Wallet) -> CashOutPreview:
        """A wallet's distance from cashing out, at the rates in force."""
        terms = self.catalog.cash_out
        short_by = terms.short_by(wallet.earned)
        return CashOutPreview(
            eligible=short_by == 0,
            threshold=terms.threshold,
            short_by=short_by,
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
            raise self.with_close_names(UnknownUser(handle))
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

    def newest(self, user: str | None = None) -> Receipt:
        """The receipt of the newest transaction, or of the newest that touched a user's wallet.

        Raises `NothingDone` and `UnknownUser`.
        """
        if user is not None:
            return self.history(user, limit=1)[0]
        with self.store.reading() as view:
            newest = view.seq
        if newest == 0:
            raise NothingDone
        return self.receipt(newest)

    def reversed_under(self, key: str) -> int | None:
        """The number of the transaction that was reversed under an idempotency key, if one was."""
        with self.store.reading() as view:
            entry = view.entry_of_key(parse_key(key))
        request = None if entry is None else entry.transaction.request
        return request.reverses if isinstance(request, Reverse) else None

    def receipt_like(self, one: str) -> Receipt:
        """The receipt that is named by `SEQ`, or by `SEQ:HASH` with 8 digits of the hash or more.

        Raises `InvalidReceipt`, `UnknownTransaction`, and `UnknownReceipt` for another hash.
        """
        if re.fullmatch(_SEQ, one.strip()):
            return self.receipt(int(one))
        wanted = parse_receipt(one)
        found = self.receipt(wanted.seq)
        if not wanted.is_of(found.head):
            raise UnknownReceipt(wanted.seq)
        return found

    def top(self, creator: str) -> "list[Supporter]":
        """The leaderboard of a creator's supporters, by coins given. Raises `UnknownUser`."""
        from coins_cli.views.recognition import supporters

        with self._looking() as view:
            return supporters(view, parse_handle(creator))

    def givers(self) -> "list[Supporter]":
        """The leaderboard of all givers, by coins given."""
        from coins_cli.views.recognition import givers

        with self._projecting() as view:
            return givers(view)

    def creators(self) -> "list[Supporter]":
        """The leaderboard of all creators, by the coins given to them."""
        from coins_cli.views.recognition import creators

        with self._projecting() as view:
            return creators(view)

    def page(self, creator: str) -> "Page":
        """The public profile of a creator. Raises `UnknownUser`."""
        from coins_cli.views.profiles import page

        with self._looking() as view:
            return page(view, parse_handle(creator))

    def lives(self) -> "list[Live]":
        """All lives, oldest first."""
        from coins_cli.views.lives import lives

        with self._projecting() as view:
            return lives(view)

    def live(self, creator: str, live: int | None = None) -> "Summary":
        """The summary of a creator's current or last live, or of the live of that number.

        Raises `UnknownUser` and `UnknownLive`.
        """
        from coins_cli.views.lives import summary

        with self._looking() as view:
            return summary(view, parse_handle(creator), live)

    def live_ended_by(self, creator: str, seq: int | None) -> "Summary | None":
        """The summary of a creator's last live, if transaction `seq` ended it."""
        last = None if seq is None else self.live(creator)
        return last if last is not None and last.live.ended_by == seq else None

    def promotions(self) -> "list[Promotion]":
        """All promotions as they are now, oldest first."""
        from coins_cli.views.promotions import promotions

        now = self.now()
        with self._projecting() as view:
            return promotions(view, max(now, view.newest_at or now))

    def promotion(self, number: int) -> "Promotion":
        """The promotion bought by transaction `number`. Raises `UnknownPromotion`."""
        for one in self.promotions():
            if one.id == number:
                return one
        raise UnknownPromotion(number)

    def payouts(self) -> "list[Payout]":
        """All payouts that are or were pending, oldest first."""
        from coins_cli.views.payouts import payouts

        with self._projecting() as view:
            return payouts(view)

    def payout(self, number: int) -> "Payout":
        """The payout of transaction `number`. Raises `UnknownPayout`."""
        for one in self.payouts():
            if one.id == number:
                return one
        raise UnknownPayout(number)

    def statement(
        self, user: str, *, since: str | None = None, until: str | None = None
    ) -> "Statement":
        """The statement of a user from `since` to `until`, both included.

        A bare date, such as `2026-03-01`, is its first moment in `since`, its last in `until`.
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
        """All users with their balances and the coins they gave, by handle."""
        from coins_cli.views.rolls import members

        with self._projecting() as view:
            return members(view)

    def plan_class(
        self, rows: "Sequence[RosterRow]", *, pack: str | int | None = None, key: str | None = None
    ) -> "list[Planned]":
        """The plan of `import_class`, row by row. Raises `UnknownPack` and `InvalidKey`."""
        from coins_cli.views.rolls import ROSTER_KEY, planned

        bought = None if pack is None else self.catalog.pack(str(pack)).id
        beginning = ROSTER_KEY if key is None else parse_key(key)
        try:
            with self.store.reading() as view:
                return planned(view, rows, bought, beginning)
        except NoStore:
            return planned(None, rows, bought, beginning)

    def price_history(self) -> "list[Period]":
        """The periods of unchanged prices, oldest first."""
        from coins_cli.views.price_history import price_history

        with self._projecting() as view:
            return price_history(view)

    def flows(self) -> "Flows":
        """The flows of money, as a few sums."""
        from coins_cli.views.flows import flows
        from coins_cli.views.projections import follows

        with self.store.reading() as view, follows():
            return flows(view)

    def report(self, scope: "Scope | None" = None) -> "Report":
        """The full report of the flows of money, of everything or of a period, user or live.

        Raises `UnknownUser`, and `UnknownLiveNumber` if no live has that number.
        """
        from coins_cli.views.money_report import report

        with self._scoped(scope) as (view, counted):
            return report(view, counted)

    def trace(self, line: str, scope: "Scope | None" = None) -> list[tuple[Receipt, int]]:
        """The transactions of a line of the report, such as `coins_given` or `usd_cents_margin`.

        Each comes with the amount that it adds, in coins or cents. Raises as `report`.
        """
        from coins_cli.views.division import DIVIDED, divided_entries
        from coins_cli.views.flows import amounts_on

        traced = divided_entries if line in DIVIDED else amounts_on
        with self._scoped(scope) as (view, counted):
            return [(receipt_of(entry), amount) for entry, amount in traced(view, line, counted)]

    def whatif(
        self,
        others: "Mapping[str, Prices]",
        *,
        keep: "Keep" = "packs",
        scope: "Scope | None" = None,
    ) -> "WhatIf":
        """The recorded history beside the same history under other prices; writes nothing.

        `others` has functions by name: each returns the other prices, from those in force at a
        moment. `keep` says what stays the same in a purchase: its «packs» or its «dollars». Raises
        as `report`, and the errors of the functions.

            half = bank.read.whatif(
                {"half": lambda prices: with_settings(prices, ["gifting.creator_share=0.5"])}
            ).others[0]
        """
        from coins_cli.views.whatif import whatif

        with (
            self._scoped(scope, projecting=False) as (view, counted),
            self.show_progress() as progress,
        ):
            catalog = self.catalog
            return whatif(
                view, others, keep=keep, scope=counted, catalog=catalog, progress=progress
            )

    def follow(self, after: int) -> Follower:
        """A follower of the transactions after number `after`."""
        return self.store.follow(after)

    def verify(self, receipt: str | None = None, *, progress: Progress | None = None) -> Audit:
        """Replay everything and compare; a `receipt` outside this history is a finding too.

        A receipt is `SEQ:HASH`, as commands print it, with 8 digits of the hash or more. Raises
        `InvalidReceipt`.
        """
        audit = self.store.audit(None if receipt is None else parse_receipt(receipt), progress)
        return audit if audit.findings else self._with_checkpoints_checked(audit)

    # -- quotes --------------------------------------------------------------------------------

    def quote_coins(self, coins: int) -> "CoinsQuote":
        """The cheapest packs for at least `coins`, exactly."""
        from coins_cli.model.quotes import quote_coins

        return quote_coins(self.catalog, check_amount(coins, "the number of coins"))

    def quote_gift(self, gift: str, *, quantity: int = 1) -> "GiftQuote":
        """The cost of a gift to its sender, and its proceeds for its creator."""
        from coins_cli.model.quotes import quote_gift

        return quote_gift(self.catalog, gift, check_amount(quantity, "the quantity"))

    def quote_usd(self, usd: str) -> "UsdQuote":
        """The most coins that a budget in dollars buys, and their proceeds for a creator."""
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
        """The price and the views of a promotion. Raises as `Bank.promote`."""
        from coins_cli.model.operations import promote
        from coins_cli.model.quotes import quote_promotion

        # The price depends neither on the buyer nor on the video.
        request = promote.parse("anybody", "any", days, coins, usd, views)
        request.check()
        return quote_promotion(self.catalog, request)

    @contextmanager
    def _scoped(
        self, wanted: "Scope | None", *, projecting: bool = True
    ) -> "Iterator[tuple[View, Scope]]":
        """The view of the locked store, and the checked scope; `projecting` writes checkpoints."""
        from coins_cli.views.flows import EVERYTHING
        from coins_cli.views.projections import follows

        scope = wanted or EVERYTHING
        if scope.user is not None:
            scope = structs.replace(scope, user=parse_handle(scope.user))
        looking = self._projecting if projecting and scope.is_everything else self._looking
        with looking() as view:
            if scope.user is not None and view.wallet(scope.user) is None:
                raise UnknownUser(scope.user)
            if scope.live is not None and not _is_live(view.entry(scope.live)):
                raise UnknownLiveNumber(scope.live)
            with follows():
                yield view, scope

    @contextmanager
    def _projecting(self) -> Iterator[View]:
        """The view of the locked store, with all projections up to date."""
        from coins_cli.views.all_projections import catch_up

        with self._looking() as view:
            with self.show_progress() as progress:
                catch_up(view, progress)
            yield view

    @contextmanager
    def _looking(self) -> Iterator[View]:
        """The view of the locked store; `UnknownUser` gets similar handles."""
        try:
            with self.store.reading() as view:
                yield view
        except UnknownUser as error:
            raise self.with_close_names(error) from None

    def _with_checkpoints_checked(self, audit: Audit) -> Audit:
        """An audit without findings, and then the findings about checkpoints."""
        from coins_cli.views.all_projections import find_wrong_checkpoints

        with self.store.reading() as view:
            return structs.replace(audit, findings=tuple(find_wrong_checkpoints(view)))

    def with_close_names(self, error: UnknownUser) -> UnknownUser:
        """The same error with similar handles, if the store can be read."""
        try:
            with self.store.reading() as view:
                users = view.users()[:USERS_SEARCHED_MAX]
        except CoinsError:
            return error
        return UnknownUser(error.user, close=closest(error.user, users))


def _is_live(entry: Entry | None) -> bool:
    """True if the entry starts a live; its number is the live's."""
    return entry is not None and isinstance(entry.transaction.request, StartLive)


def parse_receipt(text: str) -> ReceiptRef:
    """Parse `SEQ:HASH`, where the hash may be cut after 8 digits. Raises `InvalidReceipt`."""
    if (parts := re.fullmatch(_RECEIPT, text.strip().lower())) is None:
        raise InvalidReceipt(text)
    return ReceiptRef(int(parts[1]), parts[2])
