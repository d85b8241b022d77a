"""The journal's bytes, without files: lines, their hashes, and what a scan makes of them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coins_cli.model import rules
from coins_cli.model.requests import Open
from coins_cli.store.journal import (
    BadLine,
    Header,
    Line,
    decode_header,
    decode_line,
    encode,
    genesis,
)
from coins_cli.store.scanning import begin, read_lines, scan
from tests.store.economies import CATALOG, START
from tests.store.journals import hash_of, written


def line(seq, prev, *, group=None, message=None):
    """The line that opens the wallet of user number `seq`."""
    request = Open(f"user{seq}", message)
    decided = rules.decide(request, CATALOG, {request.user: None}, START)
    return Line(
        seq,
        START,
        request,
        decided.outcome,
        decided.terms,
        decided.postings,
        decided.wallets,
        (None,),
        prev,
        group=group,
    )


def segment(*groups, first=1):
    """A segment with groups of these sizes, and where each of its lines begins."""
    prev = genesis("id")
    data, starts, seq = encode(Header(first, "id", prev, None, 0, {}))[0], [], first
    for size in groups:
        for place in range(1, size + 1):
            starts.append(len(data))
            group = (place, size) if size > 1 else None
            raw, prev = encode(line(seq, prev, group=group))
            data, seq = data + raw, seq + 1
    return data, [*starts, len(data)]


@given(st.text(max_size=20).map(lambda text: f"<{text}>"), st.integers(1, 2**53 - 1))
@settings(derandomize=True, max_examples=50)
def test_a_line_comes_back_as_it_was_written(message, seq):
    record = line(seq, "0" * 64, message=message)
    raw, head = encode(record)
    assert raw.endswith(b'"}\n')
    assert raw.count(b"\n") == 1
    assert head == hash_of(raw)
    assert decode_line(raw[:-1]) == (record, head)


def test_a_header_comes_back_as_it_was_written():
    header = Header(5, "id", "0" * 64, START, 3, {"platform/cash": 649})
    raw, head = encode(header)
    assert decode_header(raw[:-1]) == (header, head)


def test_defaults_are_left_out_of_a_line():
    raw, _ = encode(line(1, "0" * 64))
    assert b'"key"' not in raw
    assert b'"group"' not in raw


RAW = encode(line(1, "0" * 64))[0][:-1]


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
@settings(derandomize=True, max_examples=300)
@example(0, 1)
def test_no_changed_byte_is_believed(place, change):
    data = bytearray(RAW)
    data[place] ^= change
    with pytest.raises(BadLine):
        decode_line(bytes(data))


@given(st.binary(max_size=300))
@settings(derandomize=True, max_examples=200)
@example(b"")
@example(b"}")
@example(b',"hash":"' + b"0" * 64 + b'"}')
def test_no_bytes_bring_an_unexpected_error(data):
    with pytest.raises(BadLine):
        decode_line(data)
    with pytest.raises(BadLine):
        decode_header(data)
    with pytest.raises(BadLine):
        scan(data)


@pytest.mark.parametrize(
    "says",
    [
        {},
        {"seq": 1},
        {"seq": 1, "request": {"op": "nothing"}},
        {"seq": 1, "at": "yesterday"},
        {"seq": None},
        {"more": [[[[[]]]]]},
        {"request": {"op": "open", "user": "A L I C E"}},
        {"request": {"op": "gift", "from": "aa", "to": "bb", "gift": "x", "quantity": -1}},
    ],
)
def test_a_line_with_the_right_hash_that_says_something_else_is_none(says):
    with pytest.raises(BadLine, match="it is not a line of a journal"):
        decode_line(written({**says, "z": 0})[:-1])


def test_a_scan_reads_all_lines():
    data, starts = segment(1, 3, 1)
    lines, found = list(read_lines(data, begin(data))), scan(data)
    assert [(one.line.seq, one.position.offset) for one in lines] == list(
        zip(range(1, 6), starts, strict=False)
    )
    assert [one.head for one in lines] == found.heads
    assert {user: one.line for user, one in found.wallets.items()} == {
        f"user{one.line.seq}": one.position for one in lines
    }
    assert found.wallet_count == 5
    assert (found.end, found.problem, found.torn, found.newline_missing) == (
        len(data),
        None,
        False,
        False,
    )
    assert (found.next_seq, found.head) == (6, found.heads[-1])


def test_a_scan_of_a_segment_without_lines_stands_where_its_header_says():
    data, _ = segment(first=7)
    found = scan(data)
    assert (found.next_seq, found.head, found.heads) == (7, genesis("id"), [])


@pytest.mark.parametrize("groups", [(1,), (1, 1), (1, 2), (3, 3), (1, 3)])
def test_a_scan_of_any_beginning_keeps_whole_groups_and_calls_the_rest_torn(groups):
    data, starts = segment(*groups)
    ends = [0]
    for size in groups:
        ends.append(ends[-1] + size)
    for length in range(starts[0], len(data)):
        found = scan(data[:length])
        whole = sum(start - 1 <= length for start in starts[1:])
        kept = max(end for end in ends if end <= whole)
        assert len(found.heads) == kept
        assert found.newline_missing == (kept > 0 and length == starts[kept] - 1)
        assert found.end == (length if found.newline_missing else starts[kept])
        assert found.torn == (found.end < length)
        assert (found.problem is None) == (not found.torn)


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_a_bad_line_before_one_of_a_later_group_is_not_torn(bad):
    data, starts = segment(1, 1, 1, 1)
    damaged = data[: starts[bad]] + b"\0" * 20 + data[starts[bad] + 20 :]
    found = scan(damaged)
    assert (len(found.heads), found.torn) == (bad, bad == 3)


def test_a_bad_line_before_one_of_its_own_group_is_torn():
    data, starts = segment(1, 3)
    found = scan(data[: starts[2]] + b"\0" * 20 + data[starts[2] + 20 :])
    assert (len(found.heads), found.torn, found.end) == (1, True, starts[1])


def test_a_bad_line_before_a_later_group_is_not_torn_even_if_that_is_torn():
    data, starts = segment(1, 1, 2)
    damaged = data[: starts[1]] + b"\0" * 20 + data[starts[1] + 20 : -9]
    assert not scan(damaged).torn


def test_a_whole_line_that_is_wrong_is_not_torn():
    data, starts = segment(1, 1)
    found = scan(data[: starts[1]] + data[starts[1] :].replace(b"user2", b"user3"))
    assert (len(found.heads), found.torn) == (1, False)
    assert found.problem == "it is not what its hash says"


def test_a_line_that_does_not_follow_is_a_problem():
    data, starts = segment(1, 1, 1)
    found = scan(data[: starts[1]] + data[starts[2] :])
    assert (len(found.heads), found.torn) == (1, False)
    assert found.problem == "it does not follow transaction 1"
