"""Replaying a journal: whether each transaction follows from those before it."""

from collections.abc import Iterator

from coins_cli.errors import TooLarge
from coins_cli.model.money import COIN
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
    settle,
)
from coins_cli.model.wallets import Wallet


class Replay:
    """The economy as the transactions fed so far add up to, computed from postings alone."""

    def __init__(self) -> None:
        self.wallets: dict[str, Wallet] = {}
        self.totals: Totals = {}

    @property
    def coins_issued(self) -> int:
        """All coins that ever came into being."""
        return -self.totals.get(ISSUED, 0)

    def feed(self, entry: Entry) -> Iterator[str]:
        """Apply one entry; yields what is wrong with it, in words."""
        transaction = entry.transaction
        try:
            add_to_totals(self.totals, transaction.postings)
        except TooLarge as error:
            yield error.message
        touched = {wallet.user for wallet in transaction.wallets}
        for user in sorted(_users_posted_to(transaction.postings) - touched):
            yield f"it moves coins of {user} without showing the wallet"
        for shown in transaction.wallets:
            try:
                expected = self._after(transaction, shown)
            except (TooLarge, ValueError) as error:
                yield f"its postings cannot be: {error}"
            else:
                if expected != shown:
                    yield f"the wallet of {shown.user} is not what its postings come to"
            self.wallets[shown.user] = shown

    def finish(self) -> Iterator[str]:
        """What is wrong with the whole: issued = in wallets + earned + spent + cashed out."""
        held = sum(wallet.coins + wallet.earned for wallet in self.wallets.values())
        gone = sum(self.totals.get(account, 0) for account in (GIFTS, PROMOTIONS, CASHED_OUT))
        if self.coins_issued != held + gone:
            yield (
                f"{self.coins_issued:,} coins were issued, and {held:,} in wallets and"
                f" {gone:,} spent or cashed out do not add up to that"
            )

    def _after(self, transaction: Transaction, shown: Wallet) -> Wallet:
        """The wallet as it must be after `transaction`."""
        request = transaction.request
        before = self.wallets.get(shown.user)
        if isinstance(request, Open):
            if before is not None:
                raise ValueError(f"{shown.user} has a wallet already")
            return Wallet(request.user, request.name)
        if before is None:
            raise ValueError(f"{shown.user} has no wallet yet")
        if isinstance(request, StartLive | EndLive):
            live_since = transaction.at if isinstance(request, StartLive) else None
            return Wallet(before.user, before.name, before.coins, before.earned, live_since)
        return settle(before, transaction.postings)


def _users_posted_to(postings: tuple[Posting, ...]) -> set[str]:
    accounts = (posting.account for posting in postings if posting.asset == COIN)
    return {
        user
        for user, _, kind in (account.partition("/") for account in accounts)
        if kind in ("coins", "earned") and user != "platform"
    }
