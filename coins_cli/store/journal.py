"""The journal's bytes: how a line is written, checked and read back. No files here.

A segment is a header and then a line for each transaction, as compact JSON. Each ends with its own
SHA-256, over the exact bytes before it, and carries the hash of the one before, so that an edit, a
removal or an insertion anywhere is noticed by whoever replays it.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from coins_cli.errors import CoinsError
from coins_cli.model.requests import Request
from coins_cli.model.transactions import Entry, Outcome, Posting, Totals, Transaction
from coins_cli.model.wallets import Wallet

HASH_MARK: Final = b',"hash":"'
HASH_DIGITS: Final = 64
END: Final = b'"}'
TRAILER_BYTES: Final = len(HASH_MARK) + HASH_DIGITS + len(END)


Moment = Annotated[datetime, Meta(tz=True)]


class Position(Struct, frozen=True, array_like=True):
    """Where a transaction's line is: its number, the segment's first number, and the byte there."""

    seq: int
    segment: int
    offset: int


class Header(Struct, frozen=True):
    """A segment's first line: where the journal stood when the segment was begun.

    `first` is the number that its first transaction will have, `prev` the newest hash before it,
    `at` the newest time before it, `totals` the balances of the platform's accounts by then.
    """

    first: int
    store: str
    prev: str
    at: Moment | None
    wallets: int
    totals: Totals


class Line(Struct, frozen=True, omit_defaults=True):
    """A transaction as it is written.

    `wallets` are after-images, never differences; `before` says for each of them where the line is
    that touched it last. `group` is the line's place in a group that stands or falls together, and
    the group's size.
    """

    seq: int
    at: Moment
    request: Request
    outcome: Outcome
    terms: dict[str, int | str]
    postings: tuple[Posting, ...]
    wallets: tuple[Wallet, ...]
    before: tuple[Position | None, ...]
    prev: str
    key: str | None = None
    group: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if len(self.before) != len(self.wallets):
            raise ValueError("it does not lead to a line before it for each wallet")
        if self.group is not None and not 1 <= self.group[0] <= min(self.group[1], self.seq):
            raise ValueError("its group cannot be")

    def transaction(self) -> Transaction:
        """The transaction that the line records; `UnbalancedError` for a forged one."""
        return Transaction(
            self.at, self.request, self.outcome, self.terms, self.postings, self.wallets
        )

    def place_of(self, user: str) -> int | None:
        """The place of `user` among the wallets touched, or `None`."""
        for place, wallet in enumerate(self.wallets):
            if wallet.user == user:
                return place
        return None


class Written(Struct, frozen=True):
    """A checked line, where it starts, and its hash."""

    line: Line
    position: Position
    head: str

    def entry(self) -> Entry:
        """The line as every store answers it; `UnbalancedError` for a forged one."""
        return Entry(self.line.seq, self.head, self.line.key, self.line.transaction())


class BadLine(Exception):
    """Bytes that are not a line of this journal; the message says why, in words."""


_encoder = msgspec.json.Encoder()
_line_decoder = msgspec.json.Decoder(Line)
_header_decoder = msgspec.json.Decoder(Header)
Decoded = TypeVar("Decoded")


def genesis(store_id: str) -> str:
    """What stands for the newest hash in a store without transactions."""
    return hashlib.sha256(b"coins " + store_id.encode()).hexdigest()


def encode(record: Line | Header) -> tuple[bytes, str]:
    """The record as bytes, newline included, and its hash."""
    body = _encoder.encode(record)[:-1]
    head = hashlib.sha256(body).hexdigest()
    return b"".join((body, HASH_MARK, head.encode(), END, b"\n")), head


def decode_line(raw: bytes) -> tuple[Line, str]:
    """The line in `raw`, which has no newline, and its hash; `BadLine` when it is not one."""
    return _decode(raw, _line_decoder)


def decode_header(raw: bytes) -> tuple[Header, str]:
    """The header in `raw`, which has no newline, and its hash; `BadLine` when it is not one."""
    return _decode(raw, _header_decoder)


def _decode(raw: bytes, decoder: msgspec.json.Decoder[Decoded]) -> tuple[Decoded, str]:
    body, trailer = raw[:-TRAILER_BYTES], raw[-TRAILER_BYTES:]
    head = trailer[len(HASH_MARK) : -len(END)]
    if trailer != HASH_MARK + head + END or len(head) != HASH_DIGITS:
        raise BadLine("it does not end with a hash")
    if hashlib.sha256(body).hexdigest().encode() != head:
        raise BadLine("it is not what its hash says")
    try:
        return decoder.decode(body + b"}"), head.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, CoinsError, RecursionError) as error:
        raise BadLine(f"it is not a line of a journal: {error}") from None


class Scan(Struct):
    """What reading a segment from its start came to.

    `lines` are the checked ones, and `end` the byte after them. `problem` says in words why the
    bytes from `end` on are not lines, `None` when there are none; `torn` whether they may be what
    an interrupted write left, which nobody was told of. `newline_missing`: the last line is whole
    but for its newline.
    """

    header: Header
    lines: list[Written]
    end: int
    problem: str | None = None
    torn: bool = False
    newline_missing: bool = False

    @property
    def next_seq(self) -> int:
        """The number that the line after the checked ones has, or would have."""
        return self.header.first + len(self.lines)

    @property
    def head(self) -> str:
        """The hash of the newest checked line, or of the one before the segment."""
        return self.lines[-1].head if self.lines else self.header.prev


def scan(data: bytes) -> Scan:
    """Read a segment line by line. Raises `BadLine` when not even its header can be read."""
    header_end = data.find(b"\n")
    if header_end < 0:
        raise BadLine("the segment has no header")
    header, _ = decode_header(data[:header_end])
    result = Scan(header, [], header_end + 1)
    while result.end < len(data) and result.problem is None:
        try:
            _scan_line(data, result)
        except BadLine as error:
            result.problem = str(error)
            result.torn = _may_be_torn(data[result.end :], result.next_seq)
    if result.torn or result.problem is None:
        _take_back_unfinished_group(result)
    return result


def _scan_line(data: bytes, result: Scan) -> None:
    start = result.end
    newline = data.find(b"\n", start)
    # Zeros at the very end are what a newline came to that was being added to a whole line.
    stop = newline if newline >= 0 else start + len(data[start:].rstrip(b"\0"))
    line, head = decode_line(data[start:stop])
    if line.seq != result.next_seq or line.prev != result.head:
        raise BadLine(f"it does not follow transaction {result.next_seq - 1}")
    position = Position(line.seq, result.header.first, start)
    result.lines.append(Written(line, position, head))
    result.newline_missing = newline < 0
    result.end = stop if newline < 0 else stop + 1


def _may_be_torn(rest: bytes, seq: int) -> bool:
    """Whether `rest`, from line `seq` on, may be an interrupted write that nobody was told of.

    It must be incomplete or have a zeroed part, and no line of a later group may follow: that one
    would prove that this one had been made durable. Lines of its own group were the same write.
    """
    first, newline, following = rest.partition(b"\n")
    if newline and b"\0" not in first:
        return False
    return all(_first_of_group(line) <= seq for line in _whole_lines(following))


def _first_of_group(line: Line) -> int:
    return line.seq if line.group is None else line.seq - line.group[0] + 1


def _whole_lines(data: bytes) -> Iterator[Line]:
    for raw in data.split(b"\n"):
        try:
            yield decode_line(raw)[0]
        except BadLine:
            continue


def _take_back_unfinished_group(result: Scan) -> None:
    """Treat the lines of a group that is not whole as torn: none of it was ever acknowledged."""
    if not result.lines or (group := result.lines[-1].line.group) is None or group[0] == group[1]:
        return
    result.end = result.lines[-group[0]].position.offset
    del result.lines[-group[0] :]
    result.problem = f"a group of {group[1]} transactions ends after {group[0]}"
    result.torn = True
    result.newline_missing = False
