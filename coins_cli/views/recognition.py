"""Recognition: the more a viewer has given a creator, the higher the viewer stands.

A gift that was reversed counts for nothing. Ties go to who gave first, whatever became of that.
"""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.requests import Gift, Reverse
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import Finding, Note, View
from coins_cli.views.folds import NOTED_AFTER, Fold

_PREFIX: Final = "supporters."


class Supporter(Struct, frozen=True):
    """A place on a ladder. `gifts` counts each gift of a combo."""

    rank: int
    user: str
    coins: int
    gifts: int


class Giving(Struct, array_like=True, gc=False):
    """What was given by somebody, or to somebody: coins, gifts, and the first transaction."""

    coins: int
    gifts: int
    first: int


class Ladder(Struct, forbid_unknown_fields=True):
    """What each one gave, or was given."""

    by_user: dict[str, Giving] = {}

    def add(self, user: str, more: Giving) -> None:
        """Add what `user` gave, or take back what was reversed."""
        if (one := self.by_user.get(user)) is None:
            self.by_user[user] = Giving(more.coins, more.gifts, more.first)
            return
        one.coins += more.coins
        one.gifts += more.gifts
        one.first = min(one.first, more.first)

    def supporters(self) -> list[Supporter]:
        """The places, by coins; ties go to who came first."""
        standing = [(user, one) for user, one in self.by_user.items() if one.gifts > 0]
        standing.sort(key=lambda item: (-item[1].coins, item[1].first))
        return [
            Supporter(rank, user, one.coins, one.gifts)
            for rank, (user, one) in enumerate(standing, start=1)
        ]


class _Ladders(Struct, forbid_unknown_fields=True):
    givers: Ladder = msgspec.field(default_factory=Ladder)
    creators: Ladder = msgspec.field(default_factory=Ladder)


_decoder = msgspec.json.Decoder(Ladder)


def supporters(view: View, creator: str) -> list[Supporter]:
    """The ladder of those who gave to `creator`.

    Walks back the creator's own history, as far as it was not walked before. Raises `UnknownUser`.
    """
    if view.wallet(creator) is None:
        raise UnknownUser(creator)
    name = _PREFIX + creator
    ladder, steps, newest = _walk(view, creator, view.noted(name))
    if newest is not None and steps >= NOTED_AFTER:
        view.note(name, Note(newest.seq, newest.head, Raw(msgspec.json.encode(ladder))))
    return ladder.supporters()


def givers(view: View) -> list[Supporter]:
    """The ladder of all who gave anything to anybody."""
    return LADDERS.of(view).givers.supporters()


def creators(view: View) -> list[Supporter]:
    """The ladder of all who were given anything, by the coins that their viewers spent on it."""
    return LADDERS.of(view).creators.supporters()


def given_in(entry: Entry) -> tuple[str, str, Giving] | None:
    """Who gave whom what in a transaction; what is taken back by a reversal counts below zero."""
    request, coins = entry.transaction.request, entry.transaction.outcome.coins or 0
    if isinstance(request, Gift):
        return request.sender, request.creator, Giving(coins, request.quantity, entry.seq)
    terms = entry.transaction.terms
    if isinstance(request, Reverse) and terms["op"] == "gift":
        taken = Giving(-coins, -int(terms["quantity"]), entry.seq)
        return str(terms["from"]), str(terms["to"]), taken
    return None


def wrong_ladders(view: View) -> list[Finding]:
    """What was noted of creators' ladders and is not what the transactions come to."""
    wrong = []
    for name in view.notes():
        if not name.startswith(_PREFIX):
            continue
        note, creator = view.noted(name), name.removeprefix(_PREFIX)
        if note is not None and not _is_right(view, creator, note):
            wrong.append(Finding(f"views/{name}", "the transactions do not come to that"))
    return wrong


def _walk(view: View, creator: str, note: Note | None) -> tuple[Ladder, int, Entry | None]:
    """What each supporter gave, after how many steps back that was known, and the first of them.

    A note is where the walk ends, if the transaction that it ends with is one of this history.
    """
    before = _read(note)
    ladder = Ladder()
    steps, newest = 0, None
    for entry in view.history(creator):
        if before is not None and note is not None and entry.seq <= note.seq:
            if (entry.seq, entry.head) == (note.seq, note.head):
                for user, more in ladder.by_user.items():
                    before.add(user, more)
                return before, steps, newest
            before = None
        newest = newest or entry
        steps += 1
        _count(ladder, creator, entry)
    return ladder, steps, newest


def _count(ladder: Ladder, creator: str, entry: Entry) -> None:
    if (given := given_in(entry)) is not None and given[1] == creator:
        ladder.add(given[0], given[2])


def _take(state: _Ladders, entry: Entry) -> None:
    if (given := given_in(entry)) is not None:
        sender, creator, giving = given
        state.givers.add(sender, giving)
        state.creators.add(creator, giving)


def _read(note: Note | None) -> Ladder | None:
    """What a note says, or `None` when it says nothing of the kind."""
    try:
        return None if note is None else _decoder.decode(note.data)
    except msgspec.DecodeError:
        return None


def _is_right(view: View, creator: str, note: Note) -> bool:
    """Whether a note says what the transactions come to, or is one that nobody would use."""
    ladder = Ladder()
    is_of_this_history = False
    for entry in view.history(creator):
        if entry.seq <= note.seq:
            is_of_this_history |= (entry.seq, entry.head) == (note.seq, note.head)
            _count(ladder, creator, entry)
    return not is_of_this_history or _read(note) == ladder


LADDERS = Fold("ladders", _Ladders, _take)
