"""Deciding a sequence of intents on top of what a store holds, before any of it is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from coins_cli.errors import AnotherRefused, CoinsError, KeyReused, StoreUnusable
from coins_cli.model.requests import Request, differences
from coins_cli.model.transactions import Entry, Past, Totals, Transaction, add_to_totals
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import Answer, Applied, Asked, Decide, Intent, OnRefusal


class Base(Protocol):
    """What a draft stands on: a store, held still for as long as the draft is used."""

    @property
    def seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""

    @property
    def newest_at(self) -> datetime | None:
        """The time of the newest entry, or `None` when there is none."""

    @property
    def totals(self) -> Totals:
        """The balances of the platform's accounts."""

    def wallet(self, user: str) -> Wallet | None:
        """The wallet of `user`, or `None`."""

    def entry_of_key(self, key: str) -> Entry | None:
        """The entry that stands under `key`, or `None`."""

    def entry(self, seq: int) -> Entry | None:
        """The entry number `seq`, or `None`."""

    def entry_ending(self, seq: int) -> Entry | None:
        """The entry that ended number `seq`, or `None`."""


class Fresh(Struct, frozen=True, gc=False):
    """A transaction to be recorded as number `seq`, and the key to record it under."""

    seq: int
    key: str | None
    transaction: Transaction


class Taken(Struct, frozen=True, gc=False):
    """What answers an intent: what stands already, or what is to be recorded."""

    found: Entry | Fresh
    replayed: bool

    @property
    def transaction(self) -> Transaction:
        """What it comes to."""
        return self.found.transaction

    @property
    def is_fresh(self) -> bool:
        """Whether it is still to be recorded; so is what is answered by another such intent."""
        return isinstance(self.found, Fresh)

    def applied(self, recorded: Mapping[int, Entry]) -> Applied:
        """The answer, given the entries that were recorded, by number."""
        entry = self.found if isinstance(self.found, Entry) else recorded[self.found.seq]
        return Applied(entry, self.replayed)


class Draft:
    """What a commit will change. Each intent sees what those before it did.

    `fresh` holds what must be recorded, in order, and `wallets` and `totals` what the store will
    hold then.
    """

    def __init__(self, base: Base, decide: Decide, now: datetime) -> None:
        self.fresh: list[Fresh] = []
        self.wallets: dict[str, Wallet] = {}
        self.totals = dict(base.totals)
        self._base = base
        self._first = base.seq + 1
        self._decide = decide
        self._at = now if base.newest_at is None else max(now, base.newest_at)
        self._by_key: dict[str, Fresh] = {}
        self._by_ended: dict[int, Fresh] = {}

    def take_all(self, intents: Sequence[Intent]) -> list[Taken]:
        """Decide `intents` in order. Raises what `decide` raises, and `KeyReused`."""
        return [self.take(intent) for intent in intents]

    def take_each(self, asked: Sequence[Asked], on_refusal: OnRefusal) -> list[Taken | CoinsError]:
        """Decide what is `asked` in order, each on its own: what is refused leaves nothing.

        See `Store.commit_each` for what a refusal means for the others.
        """
        answers: list[Taken | CoinsError] = []
        for one in asked:
            answers.append(self._taken_or_refused(one))
            if on_refusal == "stop" and isinstance(answers[-1], CoinsError):
                break
        if on_refusal == "undo" and any(isinstance(answer, CoinsError) for answer in answers):
            self.fresh.clear()
            return [
                AnotherRefused() if isinstance(answer, Taken) and answer.is_fresh else answer
                for answer in answers
            ]
        return answers

    def take(self, intent: Intent) -> Taken:
        """Decide one intent. Raises what `decide` raises, and `KeyReused`; then nothing changes."""
        if (known := self._known(intent.key)) is not None:
            _check_same(known, intent.request)
            return Taken(known, replayed=True)
        request = intent.request
        users, past = request.users(), None
        if (ended := request.ends()) is not None and (past := self._past(ended)) is not None:
            users = tuple(wallet.user for wallet in past.transaction.wallets)
        before = {user: self._wallet(user) for user in users}
        transaction = self._decide(request, before, self._at, past)
        totals = dict(self.totals)
        add_to_totals(totals, transaction.postings)
        self.totals = totals
        for wallet in transaction.wallets:
            self.wallets[wallet.user] = wallet
        fresh = Fresh(self._first + len(self.fresh), intent.key, transaction)
        self.fresh.append(fresh)
        if intent.key is not None:
            self._by_key[intent.key] = fresh
        if ended is not None:
            self._by_ended[ended] = fresh
        return Taken(fresh, replayed=False)

    def _taken_or_refused(self, asked: Asked) -> Taken | CoinsError:
        if isinstance(asked, CoinsError):
            return asked
        try:
            return self.take(asked)
        except StoreUnusable:
            raise
        except CoinsError as refusal:
            return refusal.as_answer()

    def _known(self, key: str | None) -> Entry | Fresh | None:
        if key is None:
            return None
        return self._by_key.get(key) or self._base.entry_of_key(key)

    def _past(self, seq: int) -> Past | None:
        """The transaction number `seq`, of the store or of this draft, and what ended it."""
        is_fresh = self._first <= seq < self._first + len(self.fresh)
        found = self.fresh[seq - self._first] if is_fresh else self._base.entry(seq)
        if found is None:
            return None
        ending = self._by_ended.get(seq) or self._base.entry_ending(seq)
        return Past(seq, found.transaction, ending.seq if ending is not None else None)

    def _wallet(self, user: str) -> Wallet | None:
        return self.wallets.get(user) or self._base.wallet(user)


def answer_of(taken: Taken | CoinsError, recorded: Mapping[int, Entry]) -> Answer:
    """The answer to an intent that was decided on its own."""
    return taken if isinstance(taken, CoinsError) else taken.applied(recorded)


def tried(taken: Taken | CoinsError) -> Transaction | CoinsError:
    """The answer to an intent that was decided on its own, and not recorded."""
    return taken if isinstance(taken, CoinsError) else taken.transaction


def _check_same(known: Entry | Fresh, request: Request) -> None:
    """Refuse a key that was used for another request."""
    if known.transaction.request != request:
        differs = differences(known.transaction.request, request)
        seq = known.seq if isinstance(known, Entry) else None
        raise KeyReused(str(known.key), seq=seq, differs=differs)
