"""Statements of users: balances before and after a period, and its transactions."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from msgspec import Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.accounts import coins_of, earned_of, held_of
from coins_cli.model.operations import BY_REQUEST
from coins_cli.model.operations.operation import StatementLine
from coins_cli.model.operations.request import op_of
from coins_cli.model.periods import Period
from coins_cli.model.transactions import Entry
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import View


class Holding(Struct, frozen=True, gc=False):
    """The balances of a user, in coins: bought, earned, and held for payouts."""

    coins: int = 0
    earned: int = 0
    held: int = 0


class Line(Struct, frozen=True, gc=False):
    """A transaction on a user's statement; amounts are in coins, below zero for coins that left.

    `sort` is its kind in singular and plural, `count` the number of things in it, such as gifts,
    and `party` the other user or account. Lines of one sort and party can be summed up.
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
    """The balances of `user` before a period, the transactions in it, and the balances after it.

    `opening` plus all lines is `closing`.
    """

    user: str
    name: str | None
    period: Period
    opening: Holding
    lines: list[Line]
    closing: Holding


class Summed(Struct, frozen=True):
    """One line, or several summed up.

    `seq` is `None` for several lines; `day` is `None` for the line of all earlier ones.
    """

    day: date | None
    seq: int | None
    what: str
    coins: int
    earned: int
    held: int


def statement(view: View, user: str, period: Period) -> Statement:
    """The statement of `user`; reads back to the period's beginning. Raises `UnknownUser`."""
    if (wallet := view.wallet(user)) is None:
        raise UnknownUser(user)
    builder = _StatementBuilder()
    for entry in _oldest_first(view.history(user), period):
        builder.take(entry, user, period)
    return builder.statement(wallet, period)


def statements(view: View, period: Period) -> list[Statement]:
    """The statements of all users, by handle. Reads the journal once, up to the period's end."""
    builders = {user: _StatementBuilder() for user in view.users()}
    for entry in view.entries():
        if period.until is not None and entry.transaction.at > period.until:
            break
        for wallet in entry.transaction.wallets:
            builders[wallet.user].take(entry, wallet.user, period)
    found = ((view.wallet(user), builder) for user, builder in builders.items())
    return [builder.statement(wallet, period) for wallet, builder in found if wallet is not None]


def _oldest_first(history: Iterator[Entry], period: Period) -> Iterator[Entry]:
    """The last entry before a period, which has the opening balances, and then those in it."""
    found: list[Entry] = []
    for entry in history:
        if period.until is not None and entry.transaction.at > period.until:
            continue
        found.append(entry)
        if period.since is not None and entry.transaction.at < period.since:
            break
    return reversed(found)


class _StatementBuilder:
    """Builds a user's statement from entries in the order of the journal."""

    def __init__(self) -> None:
        self._opening = self._closing = Holding()
        self._lines: list[Line] = []

    def take(self, entry: Entry, user: str, period: Period) -> None:
        """Add an entry that touched the wallet of `user`, from the period or from before it."""
        after = next(one for one in entry.transaction.wallets if one.user == user)
        self._closing = Holding(after.coins, after.earned, after.held)
        if period.since is not None and entry.transaction.at < period.since:
            self._opening = self._closing
        elif entry.transaction.moves:  # An opened wallet or a live moves no coins.
            self._lines.append(line_of(entry, user))

    def statement(self, wallet: Wallet, period: Period) -> Statement:
        """The finished statement."""
        return Statement(
            wallet.user, wallet.name, period, self._opening, self._lines, self._closing
        )


# -- lines ---------------------------------------------------------------------------------------


def line_of(entry: Entry, user: str) -> Line:
    """The line of a transaction that moved coins of `user`."""
    transaction = entry.transaction
    changed = dict.fromkeys((coins_of(user), earned_of(user), held_of(user)), 0)
    for source, destination, amount in transaction.moves:
        if source in changed:
            changed[source] -= amount
        if destination in changed:
            changed[destination] += amount
    describe = BY_REQUEST[type(transaction.request)].statement
    # Every operation that moves coins has a description; the empty one is for the type checker.
    words = describe(transaction.request, entry, user) if describe else StatementLine("", ("", ""))
    coins, earned, held = changed.values()
    return Line(
        entry.seq,
        transaction.at,
        op_of(transaction.request),
        words.what,
        coins,
        earned,
        held,
        words.sort,
        words.party,
        words.count,
    )


# -- summing up ----------------------------------------------------------------------------------


def fitted(lines: list[Line], most: int) -> list[Summed]:
    """Statement lines, summed up so that they are at most `most`, with the same total.

    The older lines are summed up by day, sort and party; if that is not enough, the oldest of all
    become one line.
    """
    singles = _singles_that_fit(lines, most)
    if singles is not None:
        older = len(lines) - singles
        return [*_by_day(lines[:older]), *map(_single, lines[older:])]
    kept = _summed_that_fit(lines, most - 1)
    return [_earlier(lines[: len(lines) - kept]), *_by_day(lines[len(lines) - kept :])]


def _singles_that_fit(lines: list[Line], most: int) -> int | None:
    """The most newest lines that can stay single while the older ones are summed up.

    `None` if there are more than `most` even with all lines summed up.
    """
    if len(lines) <= most:
        return len(lines)
    groups: set[object] = set()
    for older, line in enumerate(lines, start=1):
        groups.add(_group(line))
        if len(groups) + len(lines) - older <= most:
            return len(lines) - older
    return None


def _summed_that_fit(lines: list[Line], most: int) -> int:
    """The most newest lines that are at most `most` when summed up by day, sort and party."""
    groups: set[object] = set()
    for count, line in enumerate(reversed(lines)):
        groups.add(_group(line))
        if len(groups) > most:
            return count
    return len(lines)


def _group(line: Line) -> tuple[date, str, str]:
    """The key of lines that are summed up together."""
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
