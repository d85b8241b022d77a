"""The state of an economy (prices, wallets, totals, keys, time), changed by `Economy.do`.

The base class keeps everything in memory. An opened store is an economy that looks up wallets, keys
and old transactions in files, and records new ones at a commit point.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from weakref import WeakMethod

from coins_cli.errors import AnotherRefused, CoinsError, KeyReused, StoreUnusable, TooLarge
from coins_cli.model.accounts import PLATFORM_ACCOUNTS, Moves
from coins_cli.model.catalog import Catalog
from coins_cli.model.money import AMOUNT_MAX
from coins_cli.model.operations import DECIDE
from coins_cli.model.operations.operation import World
from coins_cli.model.operations.request import Request, Venue, differences
from coins_cli.model.transactions import Past, Totals, Transaction
from coins_cli.model.wallets import Wallet

OnRefusal = Literal["raise", "go on", "stop", "undo"]
"""The effect of a refusal on a batch: raise it, go on, stop there, or record none of the items."""
BatchItem = Request | CoinsError
"""A request, or the error that something unreadable was sent instead: it is its own answer."""
Done = tuple[Transaction, bool]
"""A transaction, and true if it was done before under the same key."""
BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class Rules:
    """The pure decision function: the rules of all operations at the prices of one catalog.

    A store may ask for a decision on the same request more than once.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog.prices()

    def __call__(self, request: Request, world: World) -> Transaction:
        """Decide `request` in `world`; returns its transaction, or raises the rule's refusal."""
        return DECIDE[type(request)](request, world)

    def recall(self, request: Request) -> None:
        """Called when `request` will be answered by an older transaction under its key."""


class LazyWallets(dict[str, Wallet | None]):
    """Wallets by handle, each looked up on first access, by a method of their economy.

    They hold no reference to the economy, so that it closes its files when its last user is done.
    """

    def __init__(self, find: Callable[[str], Wallet | None]) -> None:
        self._find = WeakMethod(find)

    def __missing__(self, user: str) -> Wallet | None:
        if (find := self._find()) is None:
            raise ReferenceError("the economy of these wallets is gone")
        wallet = self[user] = find(user)
        return wallet


class Economy:
    """The state after the transactions taken so far.

    `opened_users` are those whose wallets they opened; `fresh` are the transactions that were
    decided and not recorded yet.
    """

    def __init__(self, rules: Rules, at: datetime = BEGINNING) -> None:
        self.rules = rules
        self.catalog = rules.catalog
        self.at = at
        self.next_seq = 1
        self.wallets: dict[str, Wallet | None] = LazyWallets(self.find_wallet)
        self.wallet_count = 0
        self.opened_users: set[str] = set()
        self.totals: Totals = dict.fromkeys(PLATFORM_ACCOUNTS, 0)
        self.fresh: list[Transaction] = []
        self.keys: dict[str, int] = {}
        self.ended: dict[int, int] = {}

    def do(self, request: Request) -> Done:
        """Decide a checked `request` and take its transaction, unless its key is known.

        A known key is answered by its transaction. Raises the rule's refusal, and `KeyReused` when
        the key names another request; then nothing is changed.
        """
        if request.key is not None and (known := self._known(request.key)) is not None:
            self._check_same(known, request)
            self.rules.recall(request)
            return known, True
        transaction = self.rules(request, self)
        self.take(transaction)
        self.fresh.append(transaction)
        return transaction, False

    def take(self, transaction: Transaction) -> None:
        """Add `transaction` to the state. Raises `TooLarge`, and then nothing is changed."""
        self.totals = self._totals_after(transaction.moves)
        for wallet in transaction.wallets:
            self.wallets[wallet.user] = wallet
        seq, request = transaction.seq, transaction.request
        if request.key is not None:
            self.keys[request.key] = seq
        if (ended := request.ends()) is not None:
            self.ended[ended] = seq
        if 0 in transaction.before:
            self.wallet_count += 1
            self.opened_users.update(request.users())
        self.next_seq = seq + 1

    def past(self, seq: int) -> Past | None:
        """The transaction number `seq` and its ending; `None` for an unused number."""
        if not 1 <= seq < self.next_seq:
            return None
        ended_by = self.ended.get(seq)
        return Past(self.transaction_of(seq), ended_by or self.find_ending(seq))

    def transaction_of(self, seq: int) -> Transaction:
        """The transaction number `seq`, which must exist."""
        first = self.next_seq - len(self.fresh)
        return self.fresh[seq - first] if seq >= first else self.find_transaction(seq)

    def transaction(
        self,
        request: Request,
        after: tuple[Wallet, ...],
        before: tuple[int, ...],
        moves: Moves = (),
        *,
        coins: int | None = None,
        earned: int | None = None,
        diamonds: int | None = None,
        usd_cents: int | None = None,
        views: int | None = None,
        venue: Venue | None = None,
        gift: str | None = None,
        about: dict[str, int | str] | None = None,
    ) -> Transaction:
        """See `World.transaction`."""
        return Transaction(
            self.next_seq,
            self.at,
            request,
            moves,
            coins,
            earned,
            diamonds,
            usd_cents,
            views,
            venue,
            gift,
            about,
            after,
            before,
        )

    # -- look-ups for stores: everything in memory is found without them -------------------------

    def find_wallet(self, user: str) -> Wallet | None:  # noqa: ARG002 - for stores
        """Look up the wallet of a user whom no transaction taken here touched."""
        return None

    def find_key(self, key: str) -> int | None:  # noqa: ARG002 - for stores
        """Look up the number of a transaction by its key, if it was not taken here."""
        return None

    def find_ending(self, seq: int) -> int | None:  # noqa: ARG002 - for stores
        """Look up the number of the transaction that ended `seq`, if it was not taken here."""
        return None

    def find_transaction(self, seq: int) -> Transaction:
        """Look up the transaction number `seq`, which exists and is not `fresh`."""
        raise LookupError(seq)

    # -- private ---------------------------------------------------------------------------------

    def _known(self, key: str) -> Transaction | None:
        seq = self.keys.get(key)
        if seq is None:
            seq = self.find_key(key)
        return None if seq is None else self.transaction_of(seq)

    def _check_same(self, known: Transaction, request: Request) -> None:
        if known.request != request:
            is_recorded = known.seq < self.next_seq - len(self.fresh)
            differs = differences(known.request, request)
            raise KeyReused(
                str(request.key), seq=known.seq if is_recorded else None, differs=differs
            )

    def _totals_after(self, moves: Moves) -> Totals:
        totals = self.totals
        for source, destination, amount in moves:
            if source in totals or destination in totals:
                totals = _added(totals, source, -amount)
                totals = _added(totals, destination, amount)
        return totals


class Trial(Economy):
    """A copy of another economy to try requests on; the other one is not changed."""

    def __init__(self, base: Economy, rules: Rules, at: datetime) -> None:
        super().__init__(rules, max(at, base.at))
        self._base = base
        self.next_seq = base.next_seq
        self.wallet_count = base.wallet_count
        self.totals = base.totals

    def find_wallet(self, user: str) -> Wallet | None:
        """See `Economy.find_wallet`."""
        return self._base.wallets[user]

    def find_key(self, key: str) -> int | None:
        """See `Economy.find_key`."""
        return self._base.keys.get(key) or self._base.find_key(key)

    def find_ending(self, seq: int) -> int | None:
        """See `Economy.find_ending`."""
        return self._base.ended.get(seq) or self._base.find_ending(seq)

    def find_transaction(self, seq: int) -> Transaction:
        """See `Economy.find_transaction`."""
        return self._base.transaction_of(seq)


def do_each(
    economy: Economy, items: Sequence[BatchItem], on_refusal: OnRefusal
) -> list[Done | CoinsError]:
    """Do the `items` in order; a refused one changes nothing, and its refusal is its answer.

    With «raise» the first refusal is raised instead. With «stop» it is the last answer. With
    «undo» it empties `economy.fresh`, and all items that were not done before are answered by
    `AnotherRefused`; that economy must not be used again.
    """
    if on_refusal == "raise":
        return [_done(economy, item) for item in items]
    answers: list[Done | CoinsError] = []
    refused = False
    for item in items:
        try:
            if isinstance(item, CoinsError):
                raise item
            answers.append(economy.do(item))
        except StoreUnusable:
            raise
        except CoinsError as refusal:
            answers.append(refusal.as_answer())
            refused = True
            if on_refusal == "stop":
                break
    if refused and on_refusal == "undo":
        first = economy.next_seq - len(economy.fresh)
        economy.fresh.clear()
        return [_undone(answer, first) for answer in answers]
    return answers


def _done(economy: Economy, item: BatchItem) -> Done:
    if isinstance(item, CoinsError):
        raise item
    return economy.do(item)


def _undone(answer: Done | CoinsError, first_fresh: int) -> Done | CoinsError:
    """The answer to an item when all are undone: only a recorded transaction remains."""
    is_recorded = isinstance(answer, tuple) and answer[0].seq < first_fresh
    return answer if is_recorded or isinstance(answer, CoinsError) else AnotherRefused()


def _added(totals: Totals, account: str, amount: int) -> Totals:
    """The totals with `amount` added to `account`; unchanged for a user's account."""
    if account not in totals:
        return totals
    total = totals[account] + amount
    if abs(total) > AMOUNT_MAX:
        raise TooLarge(account, most=AMOUNT_MAX)
    return {**totals, account: total}
