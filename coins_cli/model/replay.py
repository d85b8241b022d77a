"""Replaying a journal: whether each transaction follows from those before it."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from coins_cli.errors import TooLarge
from coins_cli.model.money import AMOUNT_MAX, COIN
from coins_cli.model.requests import EndLive, Open, StartLive
from coins_cli.model.transactions import (
    CASHED_OUT,
    GIFTS,
    ISSUED,
    PROMOTIONS,
    Entry,
    Posting,
    Totals,
    Transaction,
    add_to_totals,
    asset_of,
    holder_of,
    settle,
)
from coins_cli.model.wallets import Wallet


class Assumed(Struct, frozen=True):
    """What a wallet must have been before transaction `seq`, the first that a replay saw of it.

    `wallet` is `None` where there must not have been one; of its live only `is_live` counts.
    """

    seq: int
    wallet: Wallet | None
    is_live: bool = False


class Replay:
    """The economy as the transactions fed so far add up to, computed from postings alone.

    One that does not begin at the start of the journal assumes what it cannot know of wallets, and
    whoever replayed what comes before checks that with `follow`.
    """

    def __init__(self, *, from_start: bool = True) -> None:
        self.wallets: dict[str, Wallet] = {}
        self.totals: Totals = {}
        self.assumed: dict[str, Assumed] = {}
        self.newest_seq = 0
        self._from_start = from_start

    @property
    def coins_issued(self) -> int:
        """All coins that ever came into being."""
        return -self.totals.get(ISSUED, 0)

    def feed(self, entry: Entry) -> Iterator[str]:
        """Apply one entry; yields what is wrong with it, in words."""
        transaction = entry.transaction
        self.newest_seq = entry.seq
        try:
            add_to_totals(self.totals, transaction.postings)
        except TooLarge as error:
            yield error.message
        for posting in transaction.postings:
            if posting.asset != asset_of(posting.account):
                yield f"it posts {posting.asset} to {posting.account}"
        yield from _wallets_not_shown(transaction)
        for shown in transaction.wallets:
            try:
                expected = self._after(entry, shown)
            except (TooLarge, ValueError) as error:
                yield f"its postings cannot be: {error}"
            else:
                if expected != shown:
                    yield f"the wallet of {shown.user} is not what its postings come to"
            self.wallets[shown.user] = shown

    def follow(self, later: "Replay") -> Iterator[tuple[int, str]]:
        """Go on with a replay of what comes next; yields what does not fit, and at which number."""
        for user, assumed in later.assumed.items():
            if not _fits(self.wallets.get(user), assumed):
                what = (
                    "has a wallet already"
                    if assumed.wallet is None
                    else "had another wallet before"
                )
                yield assumed.seq, f"{user} {what}"
        self.wallets.update(later.wallets)
        self.newest_seq = later.newest_seq
        for account, amount in later.totals.items():
            self.totals[account] = total = self.totals.get(account, 0) + amount
            if abs(total) > AMOUNT_MAX:
                yield later.newest_seq, TooLarge(account, most=AMOUNT_MAX).message

    def finish(self) -> Iterator[str]:
        """What is wrong with the whole: issued = in wallets + earned + spent + cashed out."""
        wallets = self.wallets.values()
        held = sum(wallet.coins + wallet.earned + wallet.held for wallet in wallets)
        gone = sum(self.totals.get(account, 0) for account in (GIFTS, PROMOTIONS, CASHED_OUT))
        if self.coins_issued != held + gone:
            yield (
                f"{self.coins_issued:,} coins were issued, and {held:,} in wallets and"
                f" {gone:,} spent or cashed out do not add up to that"
            )

    def _after(self, entry: Entry, shown: Wallet) -> Wallet:
        """The wallet as it must be after `entry`."""
        request = entry.transaction.request
        before = self.wallets.get(shown.user) or self._assume(entry, shown)
        if isinstance(request, Open):
            if before is not None:
                raise ValueError(f"{shown.user} has a wallet already")
            return Wallet(request.user, request.name)
        if before is None:
            raise ValueError(f"{shown.user} has no wallet yet")
        if isinstance(request, StartLive | EndLive):
            return self._switched(before, entry)
        return settle(before, entry.transaction.postings)

    def _switched(self, before: Wallet, entry: Entry) -> Wallet:
        """The wallet after the start or the end of a live."""
        starts = isinstance(entry.transaction.request, StartLive)
        assumed = self.assumed.get(before.user)
        is_assumed = assumed is not None and assumed.seq == entry.seq
        if not is_assumed and (before.live_since is not None) == starts:
            raise ValueError(f"{before.user} {'was live already' if starts else 'was not live'}")
        live_since = entry.transaction.at if starts else None
        return structs.replace(before, live_since=live_since)

    def _assume(self, entry: Entry, shown: Wallet) -> Wallet | None:
        """What the wallet must have been before `entry`, when that was not replayed."""
        if self._from_start:
            return None
        if isinstance(entry.transaction.request, Open):
            self.assumed[shown.user] = Assumed(entry.seq, None)
            return None
        before = _undone(entry.transaction, shown)
        is_live = isinstance(entry.transaction.request, EndLive) or before.live_since is not None
        self.assumed[shown.user] = Assumed(entry.seq, before, is_live)
        return before


def _undone(transaction: Transaction, shown: Wallet) -> Wallet:
    """The wallet that a transaction leaves as `shown`, but for when its live began."""
    if isinstance(transaction.request, StartLive | EndLive):
        return structs.replace(shown, live_since=None)
    reversed_postings = [
        Posting(posting.account, posting.asset, -posting.amount) for posting in transaction.postings
    ]
    return settle(shown, reversed_postings)


def _fits(wallet: Wallet | None, assumed: Assumed) -> bool:
    if wallet is None or assumed.wallet is None:
        return wallet is assumed.wallet
    wanted = assumed.wallet
    if wanted.live_since is not None:
        return wallet == wanted
    same = structs.replace(wallet, live_since=None) == wanted
    return same and (wallet.live_since is not None) == assumed.is_live


def _wallets_not_shown(transaction: Transaction) -> Sequence[str]:
    """What is wrong when a transaction does not show each wallet that it is about."""
    shown = {wallet.user for wallet in transaction.wallets}
    moved = _users_posted_to(transaction.postings)
    if shown.issuperset(moved) and shown.issuperset(transaction.request.users()):
        return ()
    moved -= shown
    asked = set(transaction.request.users()) - shown - moved
    return [
        *(f"it moves coins of {user} without showing the wallet" for user in sorted(moved)),
        *(f"it does not show the wallet of {user}" for user in sorted(asked)),
    ]


def _users_posted_to(postings: tuple[Posting, ...]) -> set[str]:
    return {
        user
        for posting in postings
        if posting.asset == COIN and (user := holder_of(posting.account)) is not None
    }
