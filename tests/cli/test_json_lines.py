"""Reading the lines of a batch: the quick way and the careful one say the same."""

import json
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coins_cli.cli import json_lines
from coins_cli.cli.json_lines import decode_object, groups_of_lines
from coins_cli.errors import InvalidJson

PARTS = st.sampled_from(
    [
        *'{}":,\\[] \n',
        *('"a"', '"b"', '"\\u00e9"', "é", "1", "-1", "1.0", "1e400", "NaN", "null", "true"),
        *("0", "01", "9" * 30, "\ufeff", '"op":"gift"', '"a":1'),
    ]
)


def outcome(decode, raw):
    try:
        return decode(raw)
    except InvalidJson as error:
        return error.message


def check_same(raw):
    found = outcome(decode_object, raw)
    careful = outcome(json_lines._decode_carefully, raw)
    assert (found, repr(found)) == (careful, repr(careful))


@given(st.lists(PARTS, max_size=12).map("".join))
@settings(derandomize=True, max_examples=1_500, deadline=None)
@example('{"a":1,"a":2}')
@example('{"a":1,"a":"a"}')
@example('{"a":"","":""}')
@example('{"a":"\\"","b":1}')
@example('{"a":1e400}')
@example('{"a":123456789012345678901234567890}')
@example('{"a":[1],"a":2}')
@example('\ufeff{"a":1}')
def test_any_text_is_read_as_carefully_as_can_be(text):
    check_same(text.encode())


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=4) | st.integers() | st.none()))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_object_is_read_as_it_was_written(fields):
    for ascii_only in (True, False):
        raw = json.dumps(fields, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        check_same(raw)


@given(st.binary(max_size=40))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_bytes_are_read_as_carefully_as_can_be(raw):
    check_same(raw)
    check_same(b'{"a":"' + raw + b'"}')


def test_plain_lines_are_read_the_quick_way(monkeypatch):
    monkeypatch.setattr(json_lines, "_decode_carefully", lambda _: pytest.fail("the slow way"))
    assert decode_object(b'{"op": "gift", "from": "alice", "quantity": 3}') == {
        "op": "gift",
        "from": "alice",
        "quantity": 3,
    }


@pytest.mark.parametrize("most", [1, 2, 3, 100])
@pytest.mark.parametrize("chunk", [1, 7, 1 << 19])
def test_groups_hold_all_lines_in_order_and_no_more_than_they_may(most, chunk, monkeypatch):
    monkeypatch.setattr(json_lines, "READ_BYTES", chunk)
    raw = b"".join(b"%d\n" % number if number % 5 else b"\n" for number in range(23)) + b"last"
    groups = list(groups_of_lines(BytesIO(raw), most=most))
    assert max(map(len, groups)) <= most
    assert all(groups)
    lines = [(line.number, line.raw) for group in groups for line in group]
    due = [(number + 1, b"%d" % number) for number in range(23) if number % 5] + [(24, b"last")]
    assert lines == due
