"""Small files that are written over in place, and that tell when a power failure tore them."""

import hashlib
import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from coins_cli.store.json.derived.checked_json import STEP_BYTES, decode_checked, encode_checked

SECTOR_BYTES = 64
"""Smaller than that of any disk, so that short files tear too."""


class Said(Struct, frozen=True):
    """What a file of these tests says."""

    name: str
    count: int = 0
    inner: "Said | None" = None


class Other(Struct, frozen=True):
    """What another kind of file says."""

    head: str


DECODER = msgspec.json.Decoder(Said)
texts = st.text(max_size=200) | st.text("x", min_size=90, max_size=300)
said = st.builds(
    Said, texts, st.integers(-(2**63), 2**64 - 1), st.none() | st.builds(Said, texts, st.just(1))
)
quickly = settings(deadline=None, derandomize=True)


def decoded(data):
    return decode_checked(data, DECODER)


def forged(body):
    """What passes its own check, whatever stands in it."""
    return body + b',"check":"' + hashlib.sha256(body).hexdigest()[:16].encode() + b'"}'


@quickly
@given(said)
def test_what_is_written_is_read_again(record):
    assert decoded(encode_checked(record)) == record


@quickly
@given(said)
def test_a_file_is_a_line_of_json_that_carries_its_check(record):
    """As whoever has no Python would find out: by the 16 digits of the SHA-256 before it."""
    data = encode_checked(record)
    assert data.count(b"\n") == 1
    assert data.endswith(b"\n")
    says = json.loads(data)
    body, mark, _ = data.rpartition(b',"check":"')
    assert mark
    assert says.pop("check") == hashlib.sha256(body).hexdigest()[:16]
    assert says == msgspec.to_builtins(record)


@quickly
@given(said)
def test_a_size_is_the_next_step_that_the_line_fits_in(record):
    data = encode_checked(record)
    assert len(data) % STEP_BYTES == 0
    line = data.rstrip()
    assert data == line + b" " * (len(data) - len(line) - 1) + b"\n"
    assert len(line) < len(data) <= len(line) + STEP_BYTES


def test_sizes_come_in_steps_of_whole_sectors():
    """A wallet's figures change, and its size but seldom."""
    assert STEP_BYTES % SECTOR_BYTES == 0
    sizes = [len(encode_checked(Said("x" * length))) for length in range(4 * STEP_BYTES)]
    assert {after - before for before, after in pairwise(sizes)} == {0, STEP_BYTES}
    assert {sizes.count(size) for size in set(sizes) - {sizes[0], sizes[-1]}} == {STEP_BYTES}


@quickly
@given(said, st.data())
def test_no_flipped_bit_passes_for_another_content(record, data):
    """Behind the line it may change a blank; then the file says the same."""
    whole = bytearray(encode_checked(record))
    at = data.draw(st.integers(0, len(whole) - 1), "at")
    whole[at] ^= 1 << data.draw(st.integers(0, 7), "bit")
    assert decoded(bytes(whole)) in (record, None)


@pytest.mark.parametrize("record", [Said("alice", 500), Said("ü ", -1, Said("\u2028\x1f"))])
def test_no_byte_that_is_another_passes_for_another_content(record):
    whole = encode_checked(record)
    line = len(whole.rstrip())
    for at in range(len(whole)):
        for byte in range(256):
            found = decoded(whole[:at] + bytes([byte]) + whole[at + 1 :])
            is_same = whole[at] == byte or (at >= line and bytes([byte]).isspace())
            assert found == (record if is_same else None)


@quickly
@given(said, said, st.data())
def test_a_mixture_of_two_contents_says_one_of_them_or_nothing(old, new, data):
    """Each sector is of the one or of the other, or zeroed, and the size that of either."""
    versions = [encode_checked(old), encode_checked(new)]
    size = data.draw(st.sampled_from([len(one) for one in versions]), "size")
    sources = data.draw(
        st.lists(
            st.sampled_from([*versions, b""]),
            min_size=size // SECTOR_BYTES,
            max_size=size // SECTOR_BYTES,
        ),
        "sectors",
    )
    parts = [
        source[n * SECTOR_BYTES : (n + 1) * SECTOR_BYTES].ljust(SECTOR_BYTES, b"\0")
        for n, source in enumerate(sources)
    ]
    assert decoded(b"".join(parts)) in (old, new, None)


names = st.text("ab", min_size=150, max_size=160)


@quickly
@given(names, names, st.integers(0, 2**20), st.integers(0, 2**20))
def test_a_file_that_was_torn_at_any_sector_says_one_of_two_that_are_alike(old, new, n, m):
    """As those of one wallet are: of the same size, with a few figures changed."""
    before, after = encode_checked(Said(old, n)), encode_checked(Said(new, m))
    for at in range(0, max(len(before), len(after)), SECTOR_BYTES):
        for mixed in (before[:at] + after[at:], after[:at] + before[at:]):
            assert decoded(mixed) in (Said(old, n), Said(new, m), None)


@quickly
@given(said, st.data())
def test_a_file_that_was_cut_says_nothing(record, data):
    whole = encode_checked(record)
    line = len(whole.rstrip())
    assert decoded(whole[: data.draw(st.integers(0, line - 1), "size")]) is None
    assert decoded(whole[:line]) == record


@settings(quickly, max_examples=300)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
def test_nothing_that_is_not_such_a_file_raises_or_says_anything(data):
    assert decoded(data) is None


@settings(quickly, max_examples=300)
@given(st.binary(max_size=200) | st.text('{}[]",:e0-\\ \n', max_size=40).map(str.encode))
def test_nothing_that_carries_a_right_check_raises(body):
    """A check is no signature: whoever knows it can write anything."""
    assert decoded(forged(body)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name":1',
        b'{"name":"\xff\xfe"',
        b'{"name":"\\ud800"',
        b'{"count":1',
        b'{"name":"a","count":1e400',
        b'{"name":"a","count":' + b"9" * 5_000,
        b'{"name":"a","inner":' + b'{"name":"a","inner":' * 100_000,
        b"[" * 100_000,
        b'"name"',
        b"null",
        encode_checked(Other("a")).rstrip()[:-1],
        bytes(64),
    ],
)
def test_what_is_forged_and_cannot_be_read_says_nothing(body):
    assert decoded(forged(body)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b" " * 63 + b"\n",
        bytes(64),
        b"{}",
        b'{"name":"a"}',
        b',"check":"0123456789abcdef"}',
        b'","check":"e3b0c44298fc1c14"}',
        encode_checked(Other("a")),
        encode_checked(Said("a")) * 2,
        b" " + encode_checked(Said("a")),
        encode_checked(Said("a")).upper(),
    ],
)
def test_what_is_not_such_a_file_says_nothing(data):
    assert decoded(data) is None


def test_what_a_later_release_adds_is_read_over():
    """Fields that this release does not know are covered by the check all the same."""
    body = b'{"name":"a","count":3,"more":[1]'
    assert decoded(forged(body)) == Said("a", 3)
    assert decoded(forged(body).replace(b"[1]", b"[2]")) is None
