"""The journal's bytes, without files: lines, their hashes, and what a scan makes of them."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coins_cli.model.economy import Economy
from coins_cli.model.operations.open_wallet import Open
from coins_cli.store.json.journal.lines import (
    FORMAT,
    BadLine,
    Header,
    decode_header,
    decode_line,
    decode_unchained,
    encode_group,
    encode_header,
    encode_line,
    genesis,
)
from coins_cli.store.json.journal.segments import begin, read_lines
from tests.store.economies import CATALOG, RULES, START
from tests.store.journals import hash_after, written

PREV = "0" * 64


def opened(seq, *, name=None):
    """The transaction that opens the wallet of user number `seq`."""
    economy = Economy(RULES, START)
    economy.next_seq = seq
    return economy.do(Open(f"user{seq}", name))[0]


def header(first=1, **changes):
    fields = {
        "format": FORMAT,
        "store": "id",
        "first": first,
        "prev": genesis("id"),
        "at": None,
        "wallets": 0,
        "totals": {},
        "catalog": CATALOG.prices(),
    }
    return Header(**{**fields, **changes})


def segment(*groups, first=1):
    """A segment with groups of these sizes, and where each of its lines begins."""
    data, prev = encode_header(header(first))
    starts, seq = [], first
    for size in groups:
        raws, _, heads = encode_group([opened(seq + place) for place in range(size)], prev)
        for raw in raws:
            starts.append(len(data))
            data += raw
        prev, seq = heads[-1], seq + size
    return data, [*starts, len(data)]


def scan(data):
    """A segment that was read to its end, and its lines."""
    found = begin(data)
    return found, list(read_lines(data, found))


@given(st.text(max_size=20).map(lambda text: f"<{text}>"), st.integers(1, 2**53 - 1))
@settings(derandomize=True, max_examples=50)
def test_a_line_comes_back_as_it_was_written(name, seq):
    record = opened(seq, name=name)
    raw, head = encode_line(record, PREV)
    assert raw.endswith(b'"}\n')
    assert raw.count(b"\n") == 1
    assert head == hash_after(PREV, raw)
    assert raw.endswith(b',"hash":"%s"}\n' % head.encode())
    assert decode_line(raw[:-1], PREV) == (record, head)
    assert decode_unchained(raw[:-1]) == (record, head)


def test_a_header_comes_back_as_it_was_written():
    record = header(5, prev=PREV, at=START, wallets=3, totals={"platform/cash": 649})
    raw, head = encode_header(record)
    assert head == hash_after(PREV, raw)
    assert decode_header(raw[:-1]) == (record, head)


def test_defaults_are_left_out_of_a_line():
    raw, _ = encode_line(opened(1), PREV)
    assert list(json.loads(raw)) == ["seq", "at", "request", "wallets", "before", "hash"]
    assert json.loads(raw)["wallets"] == [{"user": "user1", "last": 1}]


def test_the_last_line_of_a_write_says_how_many_it_has_and_each_line_continues_the_one_before():
    raws, group, heads = encode_group([opened(1), opened(2), opened(3)], PREV)
    assert [json.loads(raw).get("lines") for raw in raws] == [None, None, 3]
    assert [one.lines for one in group] == [0, 0, 3]
    for raw, prev, head in zip(raws, [PREV, *heads], heads, strict=False):
        assert hash_after(prev, raw) == head
    (alone,), (one,), _ = encode_group([opened(1)], PREV)
    assert (json.loads(alone)["lines"], one.lines) == (1, 1)


def test_the_hash_before_a_line_is_part_of_its_own_and_not_written_twice():
    raw, _ = encode_line(opened(1), PREV)
    assert PREV.encode() not in raw
    with pytest.raises(BadLine, match="it is not what its hash says"):
        decode_line(raw[:-1], "1" * 64)


RAW = encode_line(opened(1), PREV)[0][:-1]
HEADER = encode_header(header())[0][:-1]


@given(is_header=st.booleans(), place=st.integers(0, 2**16), change=st.integers(1, 255))
@settings(derandomize=True, max_examples=500)
@example(is_header=False, place=0, change=1)
def test_no_changed_byte_is_believed(is_header, place, change):
    data = bytearray(HEADER if is_header else RAW)
    data[place % len(data)] ^= change
    with pytest.raises(BadLine):
        decode_header(bytes(data)) if is_header else decode_line(bytes(data), PREV)


@given(st.binary(max_size=300))
@settings(derandomize=True, max_examples=200)
@example(b"")
@example(b"}")
@example(b',"hash":"' + b"0" * 64 + b'"}')
def test_no_bytes_bring_an_unexpected_error(data):
    for decode in (lambda raw: decode_line(raw, PREV), decode_unchained, decode_header, scan):
        with pytest.raises(BadLine):
            decode(data)


GOOD = {"seq": 1, "at": "2026-01-05T09:00:00Z", "request": {"op": "open", "user": "ann"}}


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": None},
        {"seq": 1.5},
        {"seq": "1"},
        {"request": None},
        {"request": {"op": "nothing"}},
        {"request": {"user": "ann"}},
        {"request": {"op": "open", "user": None}},
        {"request": {"op": "open", "user": "ann", "strange": 1}},
        {"request": {"op": "gift", "from": "aa", "to": "bb", "gift": "x", "quantity": "1"}},
        {"at": "yesterday"},
        {"at": "2026-01-05T09:00:00"},
        {"more": [[[[[]]]]]},
        {"moves": [["a", "b", 0]]},
        {"moves": [["a", "b", -1]]},
        {"moves": [["a", "b", 2**53]]},
        {"moves": [["a", "b"]]},
        {"moves": [["a", "b", 1, 1]]},
        {"venue": "street"},
        {"about": {"coins": 1.5}},
        {"about": {"coins": None}},
        {"wallets": [{"coins": 1}]},
        {"before": [None]},
        {"lines": "1"},
    ],
    ids=str,
)
def test_a_line_with_the_right_hash_that_says_something_else_is_none(changes):
    assert decode_line(written(GOOD, PREV)[:-1], PREV)[0].seq == 1
    with pytest.raises(BadLine, match="it is not a line of a journal"):
        decode_line(written({**GOOD, **changes}, PREV)[:-1], PREV)


@pytest.mark.parametrize(
    "request_",
    [
        {"op": "open", "user": "A L I C E"},
        {"op": "open", "user": "ann", "key": "\n" * 999},
        {"op": "gift", "from": "aa", "to": "bb", "gift": "x", "quantity": -1},
        {"op": "cashout", "user": "ann", "paypal": "nobody"},
    ],
)
def test_what_may_not_be_asked_today_is_read_from_a_line(request_):
    """Limits of input are not limits of history; the rules decide it again in an audit."""
    raw = written({**GOOD, "request": request_}, PREV)
    assert decode_line(raw[:-1], PREV)[0].request.__struct_config__.tag == request_["op"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", None),
        ("store", 1),
        ("first", "1"),
        ("prev", None),
        ("at", "2026-01-05T09:00:00"),
        ("wallets", "x"),
        ("totals", {"platform/cash": "649"}),
        ("catalog", None),
        ("catalog", {}),
    ],
)
def test_a_header_with_the_right_hash_that_says_something_else_is_none(field, value):
    says = json.loads(HEADER)
    del says["hash"]
    raw = written({**says, field: value}, says["prev"])
    with pytest.raises(BadLine, match=r"it is not (a line|what its hash)"):
        decode_header(raw[:-1])


@pytest.mark.parametrize("version", [0, 1, FORMAT + 1, 10**30])
def test_a_header_of_another_format_is_not_guessed_at(version):
    says = json.loads(HEADER)
    del says["hash"]
    with pytest.raises(BadLine):
        decode_header(written({**says, "format": version}, says["prev"])[:-1])


def test_a_scan_reads_all_lines():
    data, starts = segment(1, 3, 1)
    found, lines = scan(data)
    assert [one.seq for one in lines] == [1, 2, 3, 4, 5]
    assert list(found.offsets) == starts[:-1]
    assert [one.transaction.lines for one in lines] == [1, 0, 0, 3, 1]
    assert (found.end, found.problem, found.torn, found.newline_missing) == (
        len(data),
        None,
        False,
        False,
    )
    assert (found.next_seq, found.head) == (6, lines[-1].head)


def test_a_scan_of_a_segment_without_lines_stands_where_its_header_says():
    data, _ = segment(first=7)
    found, lines = scan(data)
    assert (found.next_seq, found.head, lines) == (7, genesis("id"), [])


@pytest.mark.parametrize("groups", [(1,), (1, 1), (1, 2), (3, 3), (1, 3)])
def test_a_scan_of_any_beginning_keeps_whole_groups_and_calls_the_rest_torn(groups):
    data, starts = segment(*groups)
    ends = [0]
    for size in groups:
        ends.append(ends[-1] + size)
    for length in range(starts[0], len(data)):
        found, lines = scan(data[:length])
        whole = sum(start - 1 <= length for start in starts[1:])
        kept = max(end for end in ends if end <= whole)
        assert len(lines) == kept
        assert found.newline_missing == (kept > 0 and length == starts[kept] - 1)
        assert found.end == (length if found.newline_missing else starts[kept])
        assert found.torn == (found.end < length)
        assert (found.problem is None) == (not found.torn)


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_a_bad_line_before_one_of_a_later_group_is_not_torn(bad):
    data, starts = segment(1, 1, 1, 1)
    damaged = data[: starts[bad]] + b"\0" * 20 + data[starts[bad] + 20 :]
    found, lines = scan(damaged)
    assert (len(lines), found.torn) == (bad, bad == 3)


def test_a_bad_line_before_one_of_its_own_group_is_torn():
    data, starts = segment(1, 3)
    found, lines = scan(data[: starts[2]] + b"\0" * 20 + data[starts[2] + 20 :])
    assert (len(lines), found.torn, found.end) == (1, True, starts[1])


def test_a_bad_line_before_a_later_group_is_not_torn_even_if_that_is_torn():
    data, starts = segment(1, 1, 2)
    damaged = data[: starts[1]] + b"\0" * 20 + data[starts[1] + 20 : -9]
    assert not scan(damaged)[0].torn


def test_a_whole_line_that_is_wrong_is_not_torn():
    data, starts = segment(1, 1)
    found, lines = scan(data[: starts[1]] + data[starts[1] :].replace(b"user2", b"user3"))
    assert (len(lines), found.torn) == (1, False)
    assert found.problem == "it is not what its hash says"


def test_a_line_that_does_not_follow_is_a_problem():
    data, starts = segment(1, 1, 1)
    found, lines = scan(data[: starts[1]] + data[starts[2] :])
    assert (len(lines), found.torn) == (1, False)
    assert found.problem == "it is not what its hash says"


def chained(*says):
    """A segment of lines that say that, with every hash made right."""
    data, prev = encode_header(header())
    for one in says:
        raw = written(one, prev)
        data, prev = data + raw, hash_after(prev, raw)
    return data


def line_of(seq, **changes):
    says = json.loads(encode_line(opened(seq), PREV)[0])
    del says["hash"]
    return {**says, "lines": 1, **changes}


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (line_of(3), "transaction 2 was due"),
        (line_of(1), "transaction 2 was due"),
        (line_of(2, before=[]), "it does not lead to a line before it for each wallet"),
        (line_of(2, before=[0, 0]), "it does not lead to a line before it for each wallet"),
        (line_of(2, wallets=[]), "it does not lead to a line before it for each wallet"),
        (line_of(2, lines=2), "a part of its write is missing"),
        (line_of(2, lines=5), "a part of its write is missing"),
    ],
)
def test_a_line_that_is_rightly_chained_and_does_not_follow_is_a_problem(second, problem):
    found, lines = scan(chained(line_of(1), second, line_of(3)))
    assert [one.seq for one in lines][:1] == [1]
    assert (found.problem, found.torn) == (problem, False)


def test_lines_without_the_end_of_their_write_are_taken_back_whole():
    found, lines = scan(chained(line_of(1), line_of(2, lines=0), line_of(3, lines=0)))
    assert [one.seq for one in lines] == [1]
    assert (found.problem, found.torn) == ("a write ends after 2 of its transactions", True)
    assert (found.next_seq, found.head, len(found.offsets)) == (2, lines[0].head, 1)


SETTLE = {"op": "payout_settle", "payout": 1}
REVERSE = {"op": "reverse", "reverses": 1, "reason": "x"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"about": {"op": "gift"}}, "it does not say what it ends"),
        ({"request": SETTLE}, "it does not say what it ends"),
        ({"request": SETTLE, "about": {"user": "ann"}}, "it does not say what it ends"),
        ({"request": REVERSE, "about": {}}, "it does not say what it ends"),
        ({"request": REVERSE, "about": {"op": "open"}}, "it does not say what it ends"),
        ({"request": REVERSE, "about": {"op": 1}}, "it does not say what it ends"),
        ({"before": [1]}, "it does not lead to a line before it for each wallet"),
        ({"at": "2026-01-05T10:00:00+01:00"}, "its time is not in UTC"),
        ({"moves": [["platform/issued", "world/card/ann", 1]]}, "it moves what cannot be moved"),
        ({"moves": [["platform/issued", "ann/cash", 1]]}, "it moves what cannot be moved"),
        ({"moves": [["platform/issued", "/coins", 1]]}, "it moves what cannot be moved"),
        ({"moves": [["platform/issued", "platform/coins", 1]]}, "it moves what cannot be moved"),
        ({"moves": [["world/x", "platform/cash", 1]]}, "it moves what cannot be moved"),
        ({"moves": [["ann/coins", "bob/diamonds", 1]]}, "it moves what cannot be moved"),
    ],
    ids=str,
)
def test_a_line_that_contradicts_itself_is_none(changes, problem):
    raw = written({**GOOD, **changes}, PREV)
    with pytest.raises(BadLine, match=problem):
        decode_line(raw[:-1], PREV)
    with pytest.raises(BadLine, match=problem):
        decode_unchained(raw[:-1])


def test_a_header_of_another_zones_time_or_of_impossible_prices_is_none():
    says = json.loads(HEADER)
    del says["hash"]
    for changes, problem in [
        ({"at": "2026-01-05T10:00:00+01:00"}, "its time is not in UTC"),
        ({"catalog": {**says["catalog"], "creator_share": "2"}}, "prices cannot be like that"),
    ]:
        with pytest.raises(BadLine, match=problem):
            decode_header(written({**says, **changes}, says["prev"])[:-1])
