"""What the whole journal comes to, entry after entry, and noted so that it is read once.

A fold is a state that each entry changes. What it came to is noted with the number and the hash of
the last entry, and the next time it goes on from there, if that entry is still part of the history.
"""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import Finding, Note, View

State = TypeVar("State", bound=Struct)

NOTED_AFTER: Final = 1_000
"""From how many entries on it is noted what they came to."""


class Fold(Generic[State]):
    """A state of the type `kind`, new at first, that `take` changes by each entry in turn.

    `name` is what its note is called; another meaning of the state needs another name.
    """

    def __init__(self, name: str, kind: type[State], take: Callable[[State, Entry], None]) -> None:
        self.name = name
        self._kind = kind
        self._take = take
        self._decoder = msgspec.json.Decoder(kind)

    def of(self, view: View) -> State:
        """The state after all entries."""
        state, after = self._noted(view)
        steps, newest = 0, None
        for newest in view.entries(after):
            self._take(state, newest)
            steps += 1
        if newest is not None and steps >= NOTED_AFTER:
            view.note(self.name, Note(newest.seq, newest.head, Raw(msgspec.json.encode(state))))
        return state

    def wrong_note(self, view: View) -> Finding | None:
        """What is wrong with the note; one of another history is not used, and so not wrong."""
        state, after = self._noted(view)
        due = self._kind()
        for entry in view.entries():
            if entry.seq > after:
                break
            self._take(due, entry)
        if state == due:
            return None
        return Finding(f"views/{self.name}", "the transactions do not come to that")

    def _noted(self, view: View) -> tuple[State, int]:
        """What was noted, and up to which number; a new state and 0 when that is no use."""
        note = view.noted(self.name)
        entry = view.entry(note.seq) if note is not None else None
        if note is None or entry is None or entry.head != note.head:
            return self._kind(), 0
        try:
            return self._decoder.decode(note.data), note.seq
        except msgspec.DecodeError:
            return self._kind(), 0
