"""Encoding, checking and decoding the lines of the journal. No files here.

A segment is a header and then a line for each transaction, as compact JSON. A line ends with its
hash: SHA-256 over the hash of the previous line and the line's own bytes before the hash. So a
replay finds every edit, removal and insertion, and no hash is written twice.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC
from hashlib import sha256
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from coins_cli.model.accounts import may_move
from coins_cli.model.catalog import Catalog, impossible_price
from coins_cli.model.transactions import Moment, Totals, Transaction

FORMAT: Final = 2
"""The version of the format of new lines."""
HASH_MARK: Final = b',"hash":"'
HASH_DIGITS: Final = 64
END: Final = b'"}'
TRAILER_BYTES: Final = len(HASH_MARK) + HASH_DIGITS + len(END)
_END_OF_WRITE: Final = rb',"lines":[1-9][0-9]*,"hash":"[0-9a-f]{64}"}\Z'
TAIL_BYTES: Final = HASH_DIGITS + len(END) + 1
"""The bytes from a line's hash to the end of its newline."""


class Header(Struct, frozen=True):
    """A segment's first line: the state of the journal before the segment, and the prices in it.

    `first` is the number of its first transaction; `prev` the newest hash, `at` the newest time,
    `wallets` the number of wallets and `totals` the balances of the platform's accounts before it.
    All its transactions were decided at the prices of `catalog`; other prices begin a new segment.
    """

    format: int
    store: str
    first: int
    prev: str
    at: Moment | None
    wallets: int
    totals: Totals
    catalog: Catalog


class BadLine(Exception):
    """Bytes that are not a line of this journal; the message has the reason in words."""


_encode = msgspec.json.Encoder().encode
_decode_header = msgspec.json.Decoder(Header).decode
_DECODERS: Final = {FORMAT: msgspec.json.Decoder(Transaction).decode}
"""The decoders of lines by format, without the limits on requests of today.

A decoder for an older format must return today's `Transaction`.
"""
Decoded = TypeVar("Decoded")


def genesis(store_id: str) -> str:
    """The hash before the first segment of a store."""
    return sha256(b"coins " + store_id.encode()).hexdigest()


def encode_header(header: Header) -> tuple[bytes, str]:
    """The bytes of a header with its newline, and its hash."""
    return _chained(header, header.prev.encode())


def encode_line(transaction: Transaction, prev: str) -> tuple[bytes, str]:
    """The bytes of a line with its newline, after a line with the hash `prev`; and its hash."""
    return _chained(transaction, prev.encode())


def encode_group(
    transactions: Sequence[Transaction], prev: str
) -> tuple[list[bytes], list[Transaction], list[str]]:
    """The lines of one write, their transactions, and their hashes.

    The last line has the number of lines, because all of them are valid or none.
    """
    *others, last = transactions
    group = [*others, replace(last, lines=len(transactions))]
    lines, hashes = [], []
    hashed = prev.encode()
    for transaction in group:
        body = _encode(transaction)[:-1]
        head = sha256(hashed + body).hexdigest()
        hashed = head.encode()
        lines.append(b"".join((body, HASH_MARK, hashed, b'"}\n')))
        hashes.append(head)
    return lines, group, hashes


def decode_header(raw: bytes) -> tuple[Header, str]:
    """The header in `raw`, which has no newline, and its hash; `BadLine`."""
    body, head = _split(raw)
    header = _decoded(_decode_header, body)
    if sha256(header.prev.encode() + body).hexdigest() != head:
        raise BadLine("it is not what its hash says")
    if header.format not in _DECODERS:
        raise BadLine(f"it has format {header.format}")
    if header.at is not None and header.at.tzinfo is not UTC:
        raise BadLine("its time is not in UTC")
    if (problem := impossible_price(header.catalog)) is not None:
        raise BadLine(f"prices cannot be like that: {problem}")
    return header, head


def decode_line(raw: bytes, prev: str, format_version: int = FORMAT) -> tuple[Transaction, str]:
    """The transaction in `raw`, which has no newline, after the hash `prev`; and its hash.

    Raises `BadLine`.
    """
    body = raw[:-TRAILER_BYTES]
    head = sha256(prev.encode() + body).hexdigest()
    if not raw.endswith(_trailer(head)):
        _split(raw)  # Raises, if there is no hash at all.
        raise BadLine("it is not what its hash says")
    return _transaction(body, format_version), head


def decode_unchained(raw: bytes, format_version: int = FORMAT) -> tuple[Transaction, str]:
    """As `decode_line`, without the previous hash, and so without checking the line's own."""
    body, head = _split(raw)
    return _transaction(body, format_version), head


def ends_write(raw: bytes) -> bool:
    """True if `raw`, without its newline, looks like the last line of a write, even if damaged."""
    return re.search(_END_OF_WRITE, raw) is not None


def _chained(record: Struct, prev: bytes) -> tuple[bytes, str]:
    body = _encode(record)[:-1]
    head = sha256(prev + body).hexdigest()
    return b"".join((body, HASH_MARK, head.encode(), b'"}\n')), head


def _split(raw: bytes) -> tuple[bytes, str]:
    """The bytes before a line's hash, and the hash."""
    head = raw[-HASH_DIGITS - len(END) : -len(END)]
    if not head.isalnum() or not raw.endswith(_trailer(head.decode("ascii"))):
        raise BadLine("it does not end with a hash")
    return raw[:-TRAILER_BYTES], head.decode("ascii")


def _trailer(head: str) -> bytes:
    """The end of a line, which is its hash."""
    return HASH_MARK + head.encode() + END


def _transaction(body: bytes, format_version: int) -> Transaction:
    transaction = _decoded(_DECODERS[format_version], body)
    if not transaction.request.may_say(transaction.about):
        raise BadLine("it does not say what it ends")
    if len(transaction.wallets) != len(transaction.before):
        raise BadLine("it does not lead to a line before it for each wallet")
    if transaction.at.tzinfo is not UTC:
        raise BadLine("its time is not in UTC")
    for source, destination, _ in transaction.moves:
        if not may_move(source, destination):
            raise BadLine("it moves what cannot be moved like that")
    return transaction


def _decoded(decode: Callable[[bytes], Decoded], body: bytes) -> Decoded:
    try:
        return decode(body + b"}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadLine(f"it is not a line of a journal: {error}") from None
