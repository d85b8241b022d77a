"""The journal's bytes: how a line is written, checked and read back. No files here.

A segment is a header and then a line for each transaction, as compact JSON. Each ends with its own
SHA-256, over the exact bytes before it, and carries the hash of the one before, so that an edit, a
removal or an insertion anywhere is noticed by whoever replays it.
"""

import hashlib
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


class Position(Struct, frozen=True, gc=False, array_like=True):
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


class Line(Struct, frozen=True, gc=False, omit_defaults=True):
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


class Written(Struct, frozen=True, gc=False):
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
