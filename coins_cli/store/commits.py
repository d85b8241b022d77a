"""The commit: how decided transactions become the newest lines of the journal."""

from contextlib import suppress

from msgspec import Struct

from coins_cli.errors import OutcomeUnknown
from coins_cli.model.transactions import Entry
from coins_cli.store import layout
from coins_cli.store.disk import Disk
from coins_cli.store.drafts import Draft
from coins_cli.store.durability import freeze, prepare, reason
from coins_cli.store.interrupts import HoldInterrupts
from coins_cli.store.journal import Line, Position, Written, encode
from coins_cli.store.snapshot import Snapshot, Witness, encode_witness
from coins_cli.store.wallet_files import encode_wallet


def record(
    disk: Disk,
    snapshot: Snapshot,
    draft: Draft,
    hold_interrupts: HoldInterrupts,
    *,
    more_follow: bool,
) -> list[Entry]:
    """Make the draft's fresh transactions the newest lines of the journal, all of them or none.

    Everything that is derived from them is prepared beforehand, so that a full disk refuses while
    it still costs nothing; when `more_follow` it is left to the end of their row, and the
    `snapshot` goes on. Raises `OSError` when nothing was changed, and `OutcomeUnknown`.
    """
    if not draft.fresh:
        return []
    group = _encode_group(snapshot, draft)
    derived = {} if more_follow else _derived_files(disk, snapshot, draft, group)
    prepared = [prepare(disk, name, data) for name, data in derived.items()]
    let_through = hold_interrupts()
    try:
        _append_durably(disk, snapshot.file, snapshot.newest.end, group.data)
        # The commit point has passed: from here on the answer is yes.
        if more_follow:
            snapshot.go_on(group.lines, len(group.data))
        with suppress(OSError):
            for put_in_place in prepared:
                put_in_place()
    finally:
        let_through()
    return group.entries


def _append_durably(disk: Disk, name: str, end: int, data: bytes) -> None:
    """Append and sync; after a failure take it back, or freeze the store if that fails too."""
    try:
        disk.append(name, data)
        disk.sync(name)
    except OSError as error:
        try:
            disk.truncate(name, end)
            disk.sync(name)
        except OSError as second:
            freeze(disk)
            why = f"{reason(error)}, then {reason(second)}"
            raise OutcomeUnknown(disk.where, why) from error
        raise


class _Group(Struct):
    """The lines of one commit, as bytes, and the newest line of each wallet."""

    data: bytes
    lines: list[Written]
    entries: list[Entry]
    newest_lines: dict[str, Position]


def _encode_group(snapshot: Snapshot, draft: Draft) -> _Group:
    """Write the draft's fresh transactions as the lines that follow the newest one."""
    newest, size = snapshot.newest, len(draft.fresh)
    chunks: list[bytes] = []
    group = _Group(b"", [], [], {})
    newest_lines = group.newest_lines
    offset, prev = newest.end, snapshot.head
    for place, fresh in enumerate(draft.fresh, start=1):
        decided, position = fresh.transaction, Position(fresh.seq, newest.header.first, offset)
        before = []
        for wallet in decided.wallets:
            user = wallet.user
            before.append(newest_lines.get(user) or _line_of(snapshot, user))
            newest_lines[user] = position
        line = Line(
            fresh.seq,
            decided.at,
            decided.request,
            decided.outcome,
            decided.terms,
            decided.postings,
            decided.wallets,
            tuple(before),
            prev,
            fresh.key,
            (place, size) if size > 1 else None,
        )
        raw, prev = encode(line)
        chunks.append(raw)
        offset += len(raw)
        group.lines.append(Written(line, position, prev))
        group.entries.append(Entry(fresh.seq, prev, fresh.key, decided))
    group.data = b"".join(chunks)
    return group


def _line_of(snapshot: Snapshot, user: str) -> Position | None:
    located = snapshot.locate(user)
    return located.line if located else None


def _derived_files(disk: Disk, snapshot: Snapshot, draft: Draft, group: _Group) -> dict[str, bytes]:
    """The wallet files after the commit, and then `head.json`, which tells that they are there."""
    newest = group.entries[-1]
    witness = Witness(newest.seq, newest.head, snapshot.newest.header.first, disk.boot())
    files = {
        layout.wallet_file(user): encode_wallet(draft.wallets[user], position)
        for user, position in group.newest_lines.items()
    }
    return {**files, layout.HEAD_FILE: encode_witness(witness)}
