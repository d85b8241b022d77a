"""Leaderboards: viewers by the coins that they gave, and creators by those given for them.

A reversed gift does not count. Ties go to the earliest first gift, reversed or not.
"""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import Checkpoint, Finding, View
from coins_cli.views.projections import CHECKPOINT_ENTRIES, DISAGREES, Projection

_PREFIX: Final = "supporters."


class Supporter(Struct, frozen=True):
    """A row of a leaderboard. `gifts` counts each gift of a combo."""

    rank: int
    user: str
    coins: int
    gifts: int


class Giving(Struct, array_like=True, gc=False):
    """The sum of gifts from or to a user: coins, gifts, and the first transaction's number."""

    coins: int
    gifts: int
    first: int


class Leaderboard(Struct, forbid_unknown_fields=True):
    """Givings by user."""

    by_user: dict[str, Giving] = {}

    def add(self, user: str, more: Giving) -> None:
        """Add a giving of `user`; a reversed one is below zero."""
        if (one := self.by_user.get(user)) is None:
            self.by_user[user] = Giving(more.coins, more.gifts, more.first)
            return
        one.coins += more.coins
        one.gifts += more.gifts
        if more.first < one.first:  # noqa: PLR1730 - `min` takes a fifth of the time of it all
            one.first = more.first

    def supporters(self) -> list[Supporter]:
        """The rows, most coins first; ties go to the earliest first gift."""
        standing = [(user, one) for user, one in self.by_user.items() if one.gifts > 0]
        standing.sort(key=lambda item: (-item[1].coins, item[1].first))
        return [
            Supporter(rank, user, one.coins, one.gifts)
            for rank, (user, one) in enumerate(standing, start=1)
        ]


class _Leaderboards(Struct, forbid_unknown_fields=True):
    givers: Leaderboard = msgspec.field(default_factory=Leaderboard)
    creators: Leaderboard = msgspec.field(default_factory=Leaderboard)


_decoder = msgspec.json.Decoder(Leaderboard)


def supporters(view: View, creator: str) -> list[Supporter]:
    """The leaderboard of those who gave to `creator`.

    Reads the creator's history back to the checkpoint. Raises `UnknownUser`.
    """
    if view.wallet(creator) is None:
        raise UnknownUser(creator)
    name = _PREFIX + creator
    leaderboard, steps, newest = _walk(view, creator, view.checkpoint(name))
    if newest is not None and steps >= CHECKPOINT_ENTRIES:
        view.put_checkpoint(
            name, Checkpoint(newest.seq, newest.head, Raw(msgspec.json.encode(leaderboard)))
        )
    return leaderboard.supporters()


def givers(view: View) -> list[Supporter]:
    """The leaderboard of all givers."""
    return LEADERBOARDS.of(view).givers.supporters()


def creators(view: View) -> list[Supporter]:
    """The leaderboard of all creators with gifts, by the coins that viewers spent."""
    return LEADERBOARDS.of(view).creators.supporters()


def given_in(entry: Entry) -> tuple[str, str, Giving] | None:
    """Sender, creator and giving of a gift; a reversed one is below zero. `None` for others."""
    transaction = entry.transaction
    request, coins = transaction.request, transaction.coins or 0
    if isinstance(request, Gift):
        return request.sender, request.creator, Giving(coins, request.quantity, transaction.seq)
    about = transaction.about or {}
    if isinstance(request, Reverse) and about["op"] == "gift":
        taken = Giving(-coins, -int(about["quantity"]), transaction.seq)
        return str(about["from"]), str(about["to"]), taken
    return None


def given_gift(entry: Entry) -> str:
    """The id of the gift that a transaction sent or reversed."""
    transaction = entry.transaction
    return str(transaction.gift_id or (transaction.about or {}).get("gift"))


def wrong_checkpoints(view: View) -> list[Finding]:
    """Checkpoints of creators' leaderboards that disagree with the journal."""
    wrong = []
    for name in view.checkpoints():
        if not name.startswith(_PREFIX):
            continue
        checkpoint, creator = view.checkpoint(name), name.removeprefix(_PREFIX)
        if checkpoint is not None and not _is_right(view, creator, checkpoint):
            wrong.append(Finding(f"views/{name}", DISAGREES))
    return wrong


def _walk(
    view: View, creator: str, checkpoint: Checkpoint | None
) -> tuple[Leaderboard, int, Entry | None]:
    """The leaderboard, the steps of the walk back, and the newest entry.

    The walk ends at the checkpoint, if that is of this history.
    """
    before = _read(checkpoint)
    leaderboard = Leaderboard()
    steps, newest = 0, None
    for entry in view.history(creator):
        if before is not None and checkpoint is not None and entry.seq <= checkpoint.seq:
            if (entry.seq, entry.head) == (checkpoint.seq, checkpoint.head):
                for user, more in leaderboard.by_user.items():
                    before.add(user, more)
                return before, steps, newest
            before = None
        newest = newest or entry
        steps += 1
        _count(leaderboard, creator, entry)
    return leaderboard, steps, newest


def _count(leaderboard: Leaderboard, creator: str, entry: Entry) -> None:
    if (given := given_in(entry)) is not None and given[1] == creator:
        leaderboard.add(given[0], given[2])


def _take(state: _Leaderboards, entry: Entry) -> None:
    if (given := given_in(entry)) is not None:
        sender, creator, giving = given
        state.givers.add(sender, giving)
        state.creators.add(creator, giving)


def _read(checkpoint: Checkpoint | None) -> Leaderboard | None:
    """The leaderboard in a checkpoint; `None` when there is none in it."""
    try:
        return None if checkpoint is None else _decoder.decode(checkpoint.data)
    except msgspec.DecodeError:
        return None


def _is_right(view: View, creator: str, checkpoint: Checkpoint) -> bool:
    """True if a checkpoint agrees with the journal; true for one of another history."""
    leaderboard = Leaderboard()
    is_of_this_history = False
    for entry in view.history(creator):
        if entry.seq <= checkpoint.seq:
            is_of_this_history |= (entry.seq, entry.head) == (checkpoint.seq, checkpoint.head)
            _count(leaderboard, creator, entry)
    return not is_of_this_history or _read(checkpoint) == leaderboard


LEADERBOARDS = Projection("ladders", _Leaderboards, _take, (Gift, Reverse))
