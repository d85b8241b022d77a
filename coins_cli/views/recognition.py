"""Recognition: the more a viewer has given a creator, the higher the viewer stands."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.requests import Gift
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import Finding, Note, View

NOTED_AFTER: Final = 1_000
"""From how many transactions on it is noted what they came to, so that they are read once."""
_PREFIX: Final = "supporters."


class Supporter(Struct, frozen=True):
    """A viewer's place on a creator's ladder. `gifts` counts each gift of a combo."""

    rank: int
    user: str
    coins: int
    gifts: int


class _Given(Struct, array_like=True, gc=False):
    """What one viewer gave: coins, gifts, and the number of the first transaction."""

    coins: int
    gifts: int
    first: int


_Ladder = dict[str, _Given]
_decoder = msgspec.json.Decoder(_Ladder)


def supporters(view: View, creator: str) -> list[Supporter]:
    """The ladder of those who gave to `creator`, by coins; ties go to who came first.

    Walks back the creator's own history, as far as it was not walked before. Raises `UnknownUser`.
    """
    if view.wallet(creator) is None:
        raise UnknownUser(creator)
    name = _PREFIX + creator
    given, steps, newest = _walk(view, creator, view.noted(name))
    if newest is not None and steps >= NOTED_AFTER:
        view.note(name, Note(newest.seq, newest.head, Raw(msgspec.json.encode(given))))
    ladder = sorted(given.items(), key=lambda item: (-item[1].coins, item[1].first))
    return [
        Supporter(rank, user, one.coins, one.gifts)
        for rank, (user, one) in enumerate(ladder, start=1)
    ]


def wrong_notes(view: View) -> list[Finding]:
    """What was noted of ladders and is not what the transactions come to."""
    wrong = []
    for name in view.notes():
        note, creator = view.noted(name), name.removeprefix(_PREFIX)
        if note is not None and not _is_right(view, creator, note):
            wrong.append(Finding(f"views/{name}", "the transactions do not come to that"))
    return wrong


def _walk(view: View, creator: str, note: Note | None) -> tuple[_Ladder, int, Entry | None]:
    """What each supporter gave, after how many steps back that was known, and the first of them.

    A note is where the walk ends, if the transaction that it ends with is one of this history.
    """
    before = _read(note)
    given: _Ladder = {}
    steps, newest = 0, None
    for entry in view.history(creator):
        if before is not None and note is not None and entry.seq <= note.seq:
            if (entry.seq, entry.head) == (note.seq, note.head):
                return _joined(before, given), steps, newest
            before = None
        newest = newest or entry
        steps += 1
        _count(given, creator, entry)
    return given, steps, newest


def _count(given: _Ladder, creator: str, entry: Entry) -> None:
    """Add an entry that came before all that were counted."""
    request = entry.transaction.request
    if isinstance(request, Gift) and request.creator == creator:
        one = given.setdefault(request.sender, _Given(0, 0, entry.seq))
        one.coins += entry.transaction.outcome.coins or 0
        one.gifts += request.quantity
        one.first = entry.seq


def _read(note: Note | None) -> _Ladder | None:
    """What a note says, or `None` when it says nothing of the kind."""
    try:
        return None if note is None else _decoder.decode(note.data)
    except msgspec.DecodeError:
        return None


def _joined(before: _Ladder, later: _Ladder) -> _Ladder:
    for user, one in later.items():
        earlier = before.setdefault(user, _Given(0, 0, one.first))
        earlier.coins += one.coins
        earlier.gifts += one.gifts
    return before


def _is_right(view: View, creator: str, note: Note) -> bool:
    """Whether a note says what the transactions come to, or is one that nobody would use."""
    given: _Ladder = {}
    is_of_this_history = False
    for entry in view.history(creator):
        if entry.seq <= note.seq:
            is_of_this_history |= (entry.seq, entry.head) == (note.seq, note.head)
            _count(given, creator, entry)
    return not is_of_this_history or _read(note) == given
