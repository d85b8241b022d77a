"""Projections: results of a pass over the journal, with checkpoints so that it is read once.

A projection is a state that each entry changes. Its checkpoint stores the state with the number and
the hash of the newest entry in it; the next pass goes on from there, if that entry is still part of
the history.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from coins_cli.collector import collector_paused
from coins_cli.errors import StoreDamaged
from coins_cli.model.operations import BY_REQUEST
from coins_cli.model.operations.request import Request
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import Checkpoint, Finding, Progress, View

State = TypeVar("State", bound=Struct)

CHECKPOINT_ENTRIES: Final = 1_000
"""Entries after which a projection writes a checkpoint, together with all others."""
PROGRESS_ENTRIES: Final = 4_096
"""Entries between two reports of progress."""
DISAGREES: Final = "it disagrees with the journal"


@contextmanager
def follows() -> Iterator[None]:
    """Refuse a journal whose transactions do not follow from each other; `StoreDamaged`.

    The rules lead to no such history, but somebody who knows the format can write one.
    """
    try:
        yield
    except (LookupError, ValueError) as error:
        why = "its transactions do not follow from each other"
        raise StoreDamaged("the journal", why) from error


class Projection(Generic[State]):
    """A state of the type `kind`, empty at first, that `take` changes by each entry in turn.

    Only entries of the operations in `requests` matter to it; by default all of them do. `name` is
    that of its checkpoint. A change of the state's meaning needs a new name.
    """

    def __init__(
        self,
        name: str,
        kind: type[State],
        take: Callable[[State, Entry], None],
        requests: Collection[type[Request]] = (),
    ) -> None:
        self.name = name
        self.kind = kind
        self.take = take
        self.requests = requests or BY_REQUEST
        self._decoder = msgspec.json.Decoder(kind)

    def of(self, view: View) -> State:
        """The state after all entries; a long pass brings all projections up to date."""
        state, after = self.stored(view)
        if view.seq - after >= CHECKPOINT_ENTRIES:
            from coins_cli.views.all_projections import PROJECTIONS

            others = [one for one in PROJECTIONS if one is not self]
            state_now: State = bring_up_to_date(view, [self, *others])[0]
            return state_now
        with follows():
            for entry in view.entries(after):
                self.take(state, entry)
        return state

    def stored_seq(self, view: View) -> int:
        """The transaction number of the checkpoint, valid or not; 0 without one."""
        checkpoint = view.checkpoint(self.name)
        return 0 if checkpoint is None else checkpoint.seq

    def stored(self, view: View) -> tuple[State, int]:
        """The state and number of a valid checkpoint; an empty state and 0 without one."""
        checkpoint = view.checkpoint(self.name)
        entry = view.entry(checkpoint.seq) if checkpoint is not None else None
        if checkpoint is None or entry is None or entry.head != checkpoint.head:
            return self.kind(), 0
        try:
            return self._decoder.decode(checkpoint.data), checkpoint.seq
        except msgspec.DecodeError:
            return self.kind(), 0


def bring_up_to_date(
    view: View, projections: "Sequence[Projection[Any]]", progress: Progress | None = None
) -> list[Any]:
    """The states of `projections` after all entries, in one pass that also writes checkpoints."""
    stored = [one.stored(view) for one in projections]
    states, afters = [state for state, _ in stored], [after for _, after in stored]
    first, newest = min(afters), None
    takes = _takes(zip(projections, states, afters, strict=True))
    with follows(), collector_paused():
        for newest in view.entries(first):
            transaction = newest.transaction
            seq = transaction.seq
            for take, state, after in takes[type(transaction.request)]:
                if seq > after:
                    take(state, newest)
            if progress is not None and seq % PROGRESS_ENTRIES == 0:
                progress(seq - first, view.seq - first)
    for one, state, after in zip(projections, states, afters, strict=True):
        if newest is not None and newest.seq - after >= CHECKPOINT_ENTRIES:
            data = Raw(msgspec.json.encode(state))
            view.put_checkpoint(one.name, Checkpoint(newest.seq, newest.head, data))
    return states


def wrong_checkpoints(view: View, projections: "Sequence[Projection[Any]]") -> list[Finding]:
    """Checkpoints that disagree with the journal, found in one pass.

    A checkpoint of another history is never used, so it is no finding.
    """
    stored = [(one, *one.stored(view), one.kind()) for one in projections]
    takes = _takes((one, due, after) for one, _, after, due in stored)
    last = max(after for _, _, after, _ in stored)
    with follows(), collector_paused():
        for entry in view.entries() if last else ():
            transaction = entry.transaction
            seq = transaction.seq
            if seq > last:
                break
            for take, due, after in takes[type(transaction.request)]:
                if seq <= after:
                    take(due, entry)
    return [
        Finding(f"views/{one.name}", DISAGREES)
        for one, state, after, due in stored
        if after and state != due
    ]


_Take = tuple[Callable[[Any, Entry], None], Any, int]
"""A projection's `take`, its state, and the number of its checkpoint."""


def _takes(due: "Iterable[tuple[Projection[Any], Any, int]]") -> dict[type[Request], list[_Take]]:
    """The `take` of each projection, its state and its number, by the operations that matter."""
    takes: dict[type[Request], list[_Take]] = {request: [] for request in BY_REQUEST}
    for projection, state, after in due:
        for request in projection.requests:
            takes[request].append((projection.take, state, after))
    return takes
