"""Reading the lines of a batch: the quick way and the careful one say the same."""

import json
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coins_cli.cli import json_lines
from coins_cli.cli.json_lines import (
    LINE_BYTES_MAX,
    Line,
    decode_object,
    groups_of_lines,
    items_of,
)
from coins_cli.errors import CoinsError, InvalidHandle, InvalidJson
from coins_cli.model.names import check_handle
from coins_cli.model.operations import BY_OP, OPERATIONS
from coins_cli.model.operations.gift import Gift
from coins_cli.model.sending import request_of

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
    careful = outcome(json_lines._decode_and_check, raw)
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
    monkeypatch.setattr(json_lines, "_decode_and_check", lambda _: pytest.fail("the slow way"))
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


# -- requests ------------------------------------------------------------------------------------

VALUES = {
    "text": [
        *(
            '"alice"',
            '"bob"',
            '"Alice"',
            '"x"',
            '""',
            '" bob "',
            '"bob\\n"',
            '"\\u0062ob"',
            '"bo\\/b"',
        ),
        *('"panda"', '"Panda"', '"Love Bang"', '"im-very-rich"', '"I\'m very rich"', '"\u00e9"'),
        *(
            '"\\ud83c\\udf81"',
            '"\\ud800"',
            '"\U0001f381"',
            '"e\u0301"',
            '"a\\"b"',
            '"\\u0000"',
            '"\x7f"',
        ),
        *('"live"', '"comments"', '"LIVE"', '"custom"', '"auto"', '"p@example.com"', '"p@"'),
        *('"6.49"', '"5"', '"05"', '"1e3"', f'"{"k" * 255}"', f'"{"k" * 256}"', f'"{"m" * 201}"'),
        *('"op"', '"quantity"', '"a,b:c{}[]"', '"\u202edloc"', '"\ufeff"', '"a\tb"', '"a\nb"'),
    ],
    "number": [
        *(
            "1",
            "2",
            "5",
            "10",
            "100",
            "500",
            "0",
            "-1",
            "-0",
            "00",
            "01",
            "+1",
            "1.0",
            "5.0",
            "5.5",
        ),
        *("5e0", "1e2", "1E2", "1e400", "5e-1", "0x5", "9007199254740991", "9007199254740992"),
        *("9223372036854775808", "18446744073709551616", "9" * 30, "9" * 5_000, "1_000", "5 "),
    ],
    "truth value": ["true", "false", "True", "1", "0"],
    "other": ["null", "NaN", "Infinity", "-Infinity", "[]", "{}", "[5]", '{"a":1}', "[[[[]]]]", ""],
}
"""What stands for a value in a line, as it is written there."""
PLAIN = {
    "op": "",
    "user": '"bob"',
    "from": '"alice"',
    "to": '"bob"',
    "gift": '"panda"',
    "quantity": "5",
    "venue": '"comments"',
    "video": '"v"',
    "message": '"hi"',
    "pack": '"500"',
    "name": '"Bob"',
    "note": '"red"',
    "title": '"Songs"',
    "days": "2",
    "coins": "700",
    "usd": '"6.49"',
    "views": "1001",
    "audience": '"custom"',
    "interests": '"cats"',
    "paypal": '"p@example.com"',
    "pending": "true",
    "payout": "9",
    "reverses": "9",
    "reason": '"a slip"',
    "key": '"k1"',
}
"""A value for each field that requests have, in its normal form."""
STRANGE_NAMES = (
    "usd_cents",
    "sender",
    "creator",
    "FROM",
    "quantiy",
    "",
    "k\\u0065y",
    "\u00e9",
    " op",
)
SPACES = st.sampled_from([*[""] * 12, " ", " ", "\t", "\r", "  ", "\n", "\x0b", "\u00a0"])
VALUE = st.sampled_from([value for kind in VALUES.values() for value in kind])


@st.composite
def fields(draw):
    """The fields of a request as they are written, in their normal form or nearly so."""
    operation = BY_OP[draw(st.sampled_from(sorted(BY_OP)))]
    names = [name for name in operation.fields if name in operation.needed or draw(st.booleans())]
    if draw(st.booleans()):
        names.append("key")
    pairs = [("op", f'"{operation.op}"'), *((name, PLAIN[name]) for name in names)]
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
        at = draw(st.integers(0, len(pairs) - 1))
        pairs[at : at + 1] = draw(changed(operation, *pairs[at]))
        if not pairs:
            break
    return draw(st.permutations(pairs)) if draw(st.sampled_from([False, False, True])) else pairs


def changed(operation, name, value):
    """What may stand in the place of one field: another value or name, the same twice, nothing."""
    field = operation.fields.get(name)
    kinds = field.kind.split(" or ") if field is not None else ["text"]
    fitting = st.sampled_from([one for kind in kinds for one in VALUES[kind]])
    other_names = st.sampled_from([*STRANGE_NAMES, *PLAIN])
    return st.one_of(
        fitting.map(lambda other: [(name, other)]),
        fitting.map(lambda other: [(name, value), (name, other)]),
        VALUE.map(lambda other: [(name, other)]),
        other_names.map(lambda other: [(other, value)]),
        st.sampled_from([[], [(name, "null")], [(name, value)] * 2]),
    )


@st.composite
def written(draw):
    """A line that asks for something, perhaps with white space where it may be, or may not."""
    pairs = draw(fields())
    space = (lambda: draw(SPACES)) if draw(st.sampled_from([False, False, True])) else str
    inside = ",".join(
        f'{space()}"{name}"{space()}:{space()}{value}{space()}' for name, value in pairs
    )
    return f"{space()}{{{inside}}}{space()}"


@st.composite
def mutated(draw):
    """The bytes of a line, perhaps with some of them lost, doubled, changed or put in."""
    raw = draw(written()).encode()
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(raw)))
        until = at + draw(st.sampled_from([0, 1, 1, 2, 9]))
        more = draw(
            st.sampled_from([b"", b"", raw[at:until] * 2, b'"', b"\\", b"\xff", b"\xed\xa0\x80"])
            | st.sampled_from(
                [b"\x00", b"\x1f", b"\xef\xbb\xbf", b",", b":", b"}", b"{", b"1", b"e1"]
            )
            | st.binary(min_size=1, max_size=2)
        )
        raw = raw[:at] + more + raw[until:]
    return draw(st.sampled_from([b"", b"", b"", b"", b"\xef\xbb\xbf"])) + raw


def read_with_care_alone(line):
    """What a line asks for, by the standard library and one field at a time."""
    try:
        if line.raw is None:
            return request_of(line.fields())
        return request_of(json_lines._decode_and_check(line.raw))
    except CoinsError as error:
        return error


def told(item):
    """All that there is to know of a request or of an error, and the types of it all.

    A handle that cannot be is refused by the rules, or already when it is read with care.
    """
    try:
        for user in () if isinstance(item, CoinsError) else item.users():
            check_handle(user)
    except InvalidHandle as error:
        item = error
    return type(item), repr(vars(item)) if isinstance(item, CoinsError) else repr(item)


def check_items(raws):
    """All lines are read as with care, in one group, and each in a group of its own."""
    lines = [Line(number, raw) for number, raw in enumerate(raws, start=1)]
    due = [told(read_with_care_alone(line)) for line in lines]
    assert [told(item) for item in items_of(lines)] == due
    for line, one in zip(lines, due, strict=True):
        assert [told(item) for item in items_of([line])] == [one], line


@given(st.lists(mutated(), min_size=1, max_size=9))
@settings(derandomize=True, max_examples=800, deadline=None)
def test_the_items_of_mutated_lines_are_what_they_are_read_one_by_one_with_care(raws):
    check_items(raws)


def each_field_with_each_value():
    """Every operation with all its fields and one of them, or its op or key, written otherwise."""
    for operation in OPERATIONS:
        whole = {"op": f'"{operation.op}"', **{name: PLAIN[name] for name in operation.fields}}
        whole["key"] = PLAIN["key"]
        if operation.op == "promote":
            del whole["coins"], whole["views"]
        for name in (*whole, *STRANGE_NAMES):
            for value in (one for kind in VALUES.values() for one in kind):
                fields = {**whole, name: value}
                inside = ",".join(f'"{one}":{written}' for one, written in fields.items())
                yield f"{{{inside}}}".encode("utf-8", "surrogatepass")


def test_the_items_of_each_field_with_each_value_are_what_is_parse_and_check():
    raws = list(each_field_with_each_value())
    assert len(raws) > 5_000
    for first in range(0, len(raws), 97):
        check_items(raws[first : first + 97])


GOOD = b'{"op":"gift","from":"alice","to":"bob","gift":"panda","quantity":5}'


@pytest.mark.parametrize(
    "odd",
    [
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","quantity":5.0}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","quantity":5e0}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","quantity":1}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","quantity":5,"quantity":5}',
        b'{"op":"gift","from":"alice","from":"alice","to":"bob","gift":"panda"}',
        b'{"op":"reverse","reverses":5,"reverses":6,"reason":"\\u0022\\u0022"}',
        b'{"op":"gift","op":"gift","from":"alice","to":"bob","gift":"panda"}',
        b'{"op":"gift","op":"open","from":"alice","to":"bob","gift":"panda"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","message":null}',
        b'{"op":"gift","from":"Alice","to":"bob","gift":"panda"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"Love Bang"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","message":" hi "}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","message":"\\u0041"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","video":"v"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","key":""}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","key":"' + b"k" * 256 + b'"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","message":"a\nb"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","message":"\xff"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","message":"\xed\xa0\x80"}',
        b'{"op":"gift","from":"alice","to":"bob","gift":"panda","colour":"red"}',
        b'{"op":"recharge","user":"alice","pack":500}',
        b'{"op":"recharge","user":"alice","pack":500.0}',
        b'{"op":"promote","user":"alice","video":"v","days":1,"usd":"6.49"}',
        b'{"op":"promote","user":"alice","video":"v","days":1,"usd_cents":649}',
        b'{"op":"cashout","user":"alice","paypal":"p@example.com","pending":1}',
        b'{"op":"reverse","reverses":true,"reason":"a slip"}',
        b"\xef\xbb\xbf" + GOOD,
        GOOD + b"{}",
        GOOD[:-1],
        b"[" + GOOD + b"]",
        b'{"a":' * 3_000,
        b"[" * 60_000,
    ],
)
def test_an_odd_line_among_plain_ones_is_parse_and_check_and_the_others_are_not_changed(odd):
    check_items([odd])
    check_items([GOOD, odd, GOOD])
    check_items([odd, GOOD, odd])


def test_a_line_that_is_too_long_is_its_own_answer_among_the_others():
    lines = [Line(1, GOOD), Line(2, None), Line(5, GOOD)]
    first, answer, last = items_of(lines)
    assert first == last == Gift("alice", "bob", "panda", 5)
    assert isinstance(answer, InvalidJson)
    assert "longer than 65,536 bytes" in answer.message


def test_no_answer_of_a_line_keeps_anything_alive():
    (error,) = items_of([Line(1, b"nonsense")])
    assert (error.__traceback__, error.__context__, error.__cause__) == (None, None, None)


def in_normal_form():
    """For each operation, but those that are never plain, a line with all fields and a key."""
    for operation in OPERATIONS:
        if operation.op == "promote":
            continue
        fields = {"op": f'"{operation.op}"', **{name: PLAIN[name] for name in operation.fields}}
        inside = ",".join(f'"{name}":{value}' for name, value in fields.items())
        yield f'{{{inside},"key":"k"}}'.encode()


@pytest.mark.parametrize("spaced", [False, True])
def test_lines_in_normal_form_are_never_parse_and_check(spaced, monkeypatch):
    raws = list(in_normal_form())
    if spaced:
        raws = [b" " + raw.replace(b":", b" : ").replace(b",", b", ") + b"\r" for raw in raws]
    check_items(raws)
    monkeypatch.setattr(json_lines, "_parse_and_check", lambda _: pytest.fail("the slow way"))
    lines = [Line(number, raw) for number, raw in enumerate(raws, start=1)]
    assert all(request.key == "k" for request in items_of(lines))


def test_a_line_that_says_what_it_could_leave_out_makes_only_the_check_slower(monkeypatch):
    lines = [Line(1, GOOD), Line(2, GOOD.replace(b"5}", b"1}"))]
    monkeypatch.setattr(json_lines, "_parse_and_check", lambda _: pytest.fail("the slow way"))
    assert items_of(lines) == [Gift("alice", "bob", "panda", 5), Gift("alice", "bob", "panda")]


@pytest.mark.parametrize("over", [-1, 0, 1, 2, 70_000])
@pytest.mark.parametrize("chunk", [1_000, 65_536, 65_537, 1 << 19])
def test_a_line_of_just_so_many_bytes_is_read_and_a_longer_one_is_not(over, chunk, monkeypatch):
    monkeypatch.setattr(json_lines, "READ_BYTES", chunk)
    raw = GOOD + b" " * (LINE_BYTES_MAX + over - len(GOOD))
    lines = [
        line
        for group in groups_of_lines(BytesIO(raw + b"\n" + GOOD + b"\n" + raw), most=100)
        for line in group
    ]
    assert [line.number for line in lines] == [1, 2, 3]
    first, second, last = items_of(lines)
    assert second == Gift("alice", "bob", "panda", 5)
    if over > 0:
        assert {type(first), type(last)} == {InvalidJson}
    else:
        assert first == second == last
