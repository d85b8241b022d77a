"""Replaying a journal: every transaction is decided again on the state before it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from coins_cli.errors import CoinsError, TooLarge
from coins_cli.model.accounts import CASHED_OUT, GIFTS, ISSUED, PROMOTIONS, backwards
from coins_cli.model.catalog import Catalog
from coins_cli.model.default_catalog import DEFAULT_CATALOG
from coins_cli.model.economy import Economy, Rules
from coins_cli.model.money import AMOUNT_MAX
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.request import Request
from coins_cli.model.transactions import Past, Totals, Transaction
from coins_cli.model.wallets import Wallet, apply_moves

FindTransaction = Callable[[int], Transaction | None]
"""Finds an older transaction outside the replay; returns `None` if it cannot be read."""


class AssumedWallet(Struct, frozen=True):
    """The wallet assumed before transaction `seq`, the first in this replay to touch it.

    `wallet` is `None` if it must not exist before. `is_start_unknown` if the transaction ends a
    live, whose start cannot be derived from it.
    """

    seq: int
    wallet: Wallet | None
    is_start_unknown: bool = False


class ReplayResult(Struct, frozen=True):
    """The result of replaying a part of the journal, which can be sent to another process."""

    next_seq: int
    wallets: dict[str, Wallet | None]
    assumed: dict[str, AssumedWallet]
    wallet_count: int
    totals: Totals
    ended: dict[int, int]


class Replay(Economy):
    """The state after the transactions replayed so far, decided from their requests alone.

    A replay that does not begin with transaction 1 derives each wallet's earlier state from the
    first transaction that touches it; the replay of the part before checks these assumptions in
    `follow`. `find` reads transactions that others end.
    """

    def __init__(self, find: FindTransaction, *, first: int = 1) -> None:
        super().__init__(Rules(DEFAULT_CATALOG))
        self.next_seq = self._first = first
        self.assumed: dict[str, AssumedWallet] = {}
        self._find = find
        self._read_recorded: Callable[[], Transaction] | None = None

    @property
    def coins_issued(self) -> int:
        """The number of coins ever issued."""
        return -self.totals[ISSUED]

    def set_prices(self, catalog: Catalog) -> None:
        """Decide at the prices of `catalog` from now on."""
        if catalog != self.catalog:
            self.rules = Rules(catalog)
            self.catalog = self.rules.catalog

    def redo(
        self, request: Request, at: datetime, lines: int, read_recorded: Callable[[], Transaction]
    ) -> Transaction:
        """Decide a request again, without taking its transaction.

        `read_recorded` returns the transaction in the journal, to derive wallets from. Raises
        the rule's refusal, `LookupError` and `ValueError`.
        """
        self.at, self._read_recorded = at, read_recorded
        if at.tzinfo is not UTC:
            raise ValueError("its time is not in UTC")
        if request.key is not None and request.key in self.keys:
            raise ValueError(f"its key was used by transaction {self.keys[request.key]}")
        due = self.rules(request, self)
        return replace(due, lines=lines) if lines else due

    def check(self, recorded: Transaction, catalog: Catalog) -> list[str]:
        """Decide a transaction again and take it; returns its problems in words."""
        self.set_prices(catalog)
        try:
            due = self.redo(recorded.request, recorded.at, recorded.lines, lambda: recorded)
            problems = differences(recorded, due)
        except (CoinsError, LookupError, ValueError) as error:
            problems = [f"the rules would not do it: {error}"]
        try:
            self.take(recorded)
        except TooLarge as error:
            problems.append(str(error))
        return problems

    def past(self, seq: int) -> Past | None:
        """See `World.past`. Only endings in this replay are known."""
        if not 1 <= seq < self.next_seq:
            return None
        if (found := self._find(seq)) is None:
            raise LookupError(f"transaction {seq} cannot be read")
        return Past(found, self.ended.get(seq))

    def find_wallet(self, user: str) -> Wallet | None:
        """The wallet assumed before the current transaction, if no replayed one touched it."""
        if self._first == 1 or self._read_recorded is None:
            return None
        assumed = self.assumed[user] = assumed_before(self._read_recorded(), user)
        return assumed.wallet

    def result(self) -> ReplayResult:
        """The result so far."""
        return ReplayResult(
            self.next_seq,
            dict(self.wallets),
            self.assumed,
            self.wallet_count,
            self.totals,
            self.ended,
        )

    def follow(self, later: ReplayResult) -> Iterator[tuple[int, str]]:
        """Add the result of the next part; yields the number and the text of each problem."""
        for user, assumed in later.assumed.items():
            if not _fits(self.wallets[user], assumed):
                problem = "had another wallet before" if assumed.wallet else "has a wallet already"
                yield assumed.seq, f"{user} {problem}"
        self.wallets.update(later.wallets)
        self.wallet_count += later.wallet_count
        self.next_seq = later.next_seq
        self.totals = {
            account: total + later.totals[account] for account, total in self.totals.items()
        }
        for account, total in self.totals.items():
            if abs(total) > AMOUNT_MAX:
                yield later.next_seq - 1, TooLarge(account, most=AMOUNT_MAX).message
        for ended, seq in later.ended.items():
            if ended in self.ended:
                yield seq, f"it ends transaction {ended}, which {self.ended[ended]} ended before"
        self.ended.update(later.ended)

    def finish(self) -> Iterator[str]:
        """Check the whole: coins issued = coins in wallets + spent + cashed out."""
        wallets = [wallet for wallet in self.wallets.values() if wallet is not None]
        in_wallets = sum(wallet.coins + wallet.earned + wallet.held for wallet in wallets)
        gone = sum(self.totals[account] for account in (GIFTS, PROMOTIONS, CASHED_OUT))
        if self.coins_issued != in_wallets + gone:
            yield (
                f"{self.coins_issued:,} coins were issued, and {in_wallets:,} in wallets and"
                f" {gone:,} spent or cashed out do not add up to that"
            )


def differences(recorded: Transaction, due: Transaction) -> list[str]:
    """The fields in which a transaction differs from the rules' decision, in words."""
    return [
        f"'{name}' is not what the rules decide"
        for name in recorded.__struct_fields__
        if getattr(recorded, name) != getattr(due, name)
    ]


def assumed_before(recorded: Transaction, user: str) -> AssumedWallet:
    """The wallet before a transaction, derived from the wallet after it."""
    after, last = recorded.wallet(user), recorded.before_of(user)
    if after is None or last == 0:
        return AssumedWallet(recorded.seq, None)
    before = apply_moves(after, backwards(recorded.moves), last)
    if isinstance(recorded.request, StartLive):
        return AssumedWallet(recorded.seq, replace(before, live_since=None))
    if isinstance(recorded.request, EndLive):
        return AssumedWallet(
            recorded.seq, replace(before, live_since=recorded.at), is_start_unknown=True
        )
    return AssumedWallet(recorded.seq, before)


def _fits(known: Wallet | None, assumed: AssumedWallet) -> bool:
    wanted = assumed.wallet
    if known is None or wanted is None:
        return known is wanted
    if assumed.is_start_unknown and known.live_since is not None:
        return replace(known, live_since=wanted.live_since) == wanted
    return known == wanted
