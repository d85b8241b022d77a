"""Small derived files that are written over in place: JSON with a checksum.

A power failure may tear such a file into old and new parts; then its checksum fails, and it counts
as empty. Sizes are multiples of `STEP_BYTES`, so that new content mostly fits over the old one.
"""

import hashlib
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

STEP_BYTES: Final = 192
_MARK: Final = b',"check":"'
_DIGITS: Final = 16
_END: Final = b'"}'
_TRAILER_BYTES: Final = len(_MARK) + _DIGITS + len(_END)

_encoder = msgspec.json.Encoder()
Decoded = TypeVar("Decoded", bound=Struct)


def encode_checked(record: Struct) -> bytes:
    """The content of a file: one line, padded with blanks."""
    body = _encoder.encode(record)[:-1]
    line = b"".join((body, _MARK, _check_of(body), _END))
    return line.ljust(-(-(len(line) + 1) // STEP_BYTES) * STEP_BYTES - 1) + b"\n"


def decode_checked(data: bytes, decoder: "msgspec.json.Decoder[Decoded]") -> Decoded | None:
    """Decode the content of a file; `None` if it is torn or edited."""
    line = data.rstrip()
    body, trailer = line[:-_TRAILER_BYTES], line[-_TRAILER_BYTES:]
    if trailer != b"".join((_MARK, _check_of(body), _END)):
        return None
    try:
        return decoder.decode(body + b"}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _check_of(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:_DIGITS].encode()
