"""Statements: what a user had, what came and went, and what was left."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

from msgspec import Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.periods import Period
from coins_cli.model.requests import (
    CashOut,
    Gift,
    Promote,
    Recharge,
    ReturnPayout,
    Reverse,
    SettlePayout,
    op_of,
)
from coins_cli.model.texts import dollars
from coins_cli.model.transactions import Entry, Transaction, coins_of, earned_of, held_of
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import View


class Holding(Struct, frozen=True, gc=False):
    """What a user holds, in coins: bought, earned, and held for payouts."""

    coins: int = 0
    earned: int = 0
    held: int = 0


class Line(Struct, frozen=True, gc=False):
    """A transaction on the statement of a user: what it was, and what came in or, below 0, went.

    `party` is the other user or account, and `count` how many things like `sort` it was: they are
    what lines are summed up by. `sort` is a word for one of them and for several.
    """

    seq: int
    at: datetime
    op: str
    what: str
    coins: int
    earned: int
    held: int
    sort: tuple[str, str]
    party: str = ""
    count: int = 1


class Statement(Struct, frozen=True):
    """What `user` held before a period, the transactions in it, oldest first, and what was left.

    `opening` plus all lines is `closing`.
    """

    user: str
    name: str | None
    period: Period
    opening: Holding
    lines: list[Line]
    closing: Holding


class Summed(Struct, frozen=True):
    """One or several lines as one. `seq` is that of a single line; `day` is of all, if one is."""

    day: date | None
    seq: int | None
    what: str
    coins: int
    earned: int
    held: int


def statement(view: View, user: str, period: Period) -> Statement:
    """The statement of `user`; walks back to the beginning of the period. `UnknownUser`."""
    if (wallet := view.wallet(user)) is None:
        raise UnknownUser(user)
    gathered = _Gathered()
    for entry in _oldest_first(view.history(user), period):
        gathered.take(entry, user, period)
    return gathered.statement(wallet, period)


def statements(view: View, period: Period) -> list[Statement]:
    """The statements of all users, by handle. Reads the journal once, up to the period's end."""
    by_user = {user: _Gathered() for user in view.users()}
    for entry in view.entries():
        if period.until is not None and entry.transaction.at > period.until:
            break
        for wallet in entry.transaction.wallets:
            by_user[wallet.user].take(entry, wallet.user, period)
    found = ((view.wallet(user), gathered) for user, gathered in by_user.items())
    return [one.statement(wallet, period) for wallet, one in found if wallet is not None]


def _oldest_first(history: Iterator[Entry], period: Period) -> Iterator[Entry]:
    """The entries of a history up to the period's end, from the last one before it on."""
    found: list[Entry] = []
    for entry in history:
        if period.until is not None and entry.transaction.at > period.until:
            continue
        found.append(entry)
        if period.since is not None and entry.transaction.at < period.since:
            break
    return reversed(found)


class _Gathered:
    """What was found of a user so far, in the order of the journal."""

    def __init__(self) -> None:
        self._opening = self._closing = Holding()
        self._lines: list[Line] = []

    def take(self, entry: Entry, user: str, period: Period) -> None:
        """Take an entry that touched the wallet of `user`, and is not after the period."""
        after = next(one for one in entry.transaction.wallets if one.user == user)
        self._closing = Holding(after.coins, after.earned, after.held)
        if period.since is not None and entry.transaction.at < period.since:
            self._opening = self._closing
        elif entry.transaction.postings:
            self._lines.append(line_of(entry, user))

    def statement(self, wallet: Wallet, period: Period) -> Statement:
        """All of it."""
        return Statement(
            wallet.user, wallet.name, period, self._opening, self._lines, self._closing
        )


# -- lines ---------------------------------------------------------------------------------------


def line_of(entry: Entry, user: str) -> Line:
    """A transaction that moved coins, as `user` sees it."""
    transaction = entry.transaction
    moved = dict.fromkeys((coins_of(user), earned_of(user), held_of(user)), 0)
    for posting in transaction.postings:
        if posting.account in moved:
            moved[posting.account] += posting.amount
    said = _WORDS[type(transaction.request)](transaction.request, transaction, user)
    coins, earned, held = moved.values()
    return Line(
        entry.seq,
        transaction.at,
        op_of(transaction.request),
        said.what,
        coins,
        earned,
        held,
        said.sort,
        said.party,
        said.count,
    )


class _Said(Struct, frozen=True):
    """A transaction in short words, and by what it is summed up."""

    what: str
    sort: tuple[str, str]
    party: str = ""
    count: int = 1


def _recharged(request: Recharge, transaction: Transaction, user: str) -> _Said:  # noqa: ARG001
    times = f"{request.quantity:,} × " if request.quantity > 1 else ""
    pack = f"{transaction.terms['pack_coins']:,}"
    return _Said(f"bought {times}{pack} coins for {_usd(transaction)}", ("recharge", "recharges"))


def _gave(request: Gift, transaction: Transaction, user: str) -> _Said:
    is_sender = user == request.sender
    to_or_from, party = ("to", request.creator) if is_sender else ("from", request.sender)
    return _Said(
        f"{request.quantity:,} × {transaction.terms['gift_name']} {to_or_from} {party}",
        (f"gift {to_or_from} {party}", f"gifts {to_or_from} {party}"),
        party,
        request.quantity,
    )


def _promoted(request: Promote, transaction: Transaction, user: str) -> _Said:  # noqa: ARG001
    days = "1 day" if request.days == 1 else f"{request.days} days"
    return _Said(f"promoted {request.video} for {days}", ("promotion", "promotions"))


def _cashed_out(request: CashOut, transaction: Transaction, user: str) -> _Said:  # noqa: ARG001
    does = "asked for" if request.pending else "cashed out"
    sort = ("payout asked for", "payouts asked for") if request.pending else ("payout", "payouts")
    return _Said(f"{does} {_usd(transaction)} to {request.paypal}", sort, request.paypal)


def _settled(request: SettlePayout, transaction: Transaction, user: str) -> _Said:  # noqa: ARG001
    paypal = str(transaction.terms["paypal"])
    what = f"payout {request.payout:,} paid: {_usd(transaction)} to {paypal}"
    return _Said(what, ("payout paid", "payouts paid"), paypal)


def _returned(request: ReturnPayout, transaction: Transaction, user: str) -> _Said:  # noqa: ARG001
    what = f"payout {request.payout:,} returned: {request.reason}"
    paypal = str(transaction.terms["paypal"])
    return _Said(what, ("payout returned", "payouts returned"), paypal)


def _reversed(request: Reverse, transaction: Transaction, user: str) -> _Said:
    what = f"reversed {request.reverses:,}: {_undone(transaction.terms, user)}"
    # Each stands by itself on a statement: whoever reads it should see what was undone.
    return _Said(what, ("reversal", "reversals"), str(request.reverses))


def _undone(terms: dict[str, int | str], user: str) -> str:
    """What a reversal undid, in short words."""
    if terms["op"] == "gift":
        to_or_from = ("to", terms["to"]) if terms["from"] == user else ("from", terms["from"])
        return " ".join((f"{terms['quantity']:,} × {terms['gift_name']}", *map(str, to_or_from)))
    if terms["op"] == "recharge":
        return "a recharge"
    if terms["op"] == "promote":
        return f"promotion of {terms['video']}"
    return f"payout to {terms['paypal']}"


_WORDS: Final[dict[type, Callable[[Any, Transaction, str], _Said]]] = {
    Recharge: _recharged,
    Gift: _gave,
    Promote: _promoted,
    CashOut: _cashed_out,
    SettlePayout: _settled,
    ReturnPayout: _returned,
    Reverse: _reversed,
}


def _usd(transaction: Transaction) -> str:
    return dollars(transaction.outcome.usd_cents or 0)


# -- summing up ----------------------------------------------------------------------------------


def fitted(lines: list[Line], most: int) -> list[Summed]:
    """`lines` as at most that many: the older ones summed up, so that all add up as before.

    They are summed up by day, kind and other party; where that is still too much, the oldest ones
    are all one.
    """
    singles = _singles_that_fit(lines, most)
    if singles is not None:
        older = len(lines) - singles
        return [*_by_day(lines[:older]), *map(_single, lines[older:])]
    kept = _summed_that_fit(lines, most - 1)
    return [_earlier(lines[: len(lines) - kept]), *_by_day(lines[len(lines) - kept :])]


def _singles_that_fit(lines: list[Line], most: int) -> int | None:
    """How many of the newest lines can stand by themselves, when those before are summed up.

    It is `None` when even all of them summed up are too many.
    """
    groups: set[object] = set()
    for older, line in enumerate([None, *lines]):
        if line is not None:
            groups.add(_group(line))
        if len(groups) + len(lines) - older <= most:
            return len(lines) - older
    return None


def _summed_that_fit(lines: list[Line], most: int) -> int:
    """How many of the newest lines, summed up by day, are at most `most`."""
    groups: set[object] = set()
    for kept, line in enumerate(reversed(lines)):
        groups.add(_group(line))
        if len(groups) > most:
            return kept
    return len(lines)


def _group(line: Line) -> tuple[date, str, str]:
    """What lines have in common that become one."""
    return line.at.date(), line.sort[0], line.party


def _by_day(lines: Iterable[Line]) -> list[Summed]:
    groups: dict[object, list[Line]] = {}
    for line in lines:
        groups.setdefault(_group(line), []).append(line)
    return [_summed(group) for group in groups.values()]


def _single(line: Line) -> Summed:
    return Summed(line.at.date(), line.seq, line.what, line.coins, line.earned, line.held)


def _summed(group: list[Line]) -> Summed:
    if len(group) == 1:
        return _single(group[0])
    count = sum(line.count for line in group)
    return _sum(group, group[0].at.date(), f"{count:,} {group[0].sort[1]}")


def _earlier(lines: list[Line]) -> Summed:
    what = "1 earlier transaction" if len(lines) == 1 else f"{len(lines):,} earlier transactions"
    return _sum(lines, None, what)


def _sum(lines: list[Line], day: date | None, what: str) -> Summed:
    return Summed(
        day,
        None,
        what,
        sum(line.coins for line in lines),
        sum(line.earned for line in lines),
        sum(line.held for line in lines),
    )
