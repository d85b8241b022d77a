"""Requests that are sent as objects: what is read, and what is refused in which words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coins_cli.cli.hints import hint_of
from coins_cli.errors import (
    CoinsError,
    InvalidAddress,
    InvalidAmount,
    InvalidChoice,
    InvalidDollars,
    InvalidHandle,
    InvalidKey,
    InvalidRequest,
    InvalidText,
    OneAtMost,
    one_of,
)
from coins_cli.model.operations import BY_OP
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.sending import fields_of, request_of
from tests.model.economy import ENDED_STORY, STORY, some_examples

LEAST = {
    "open": {"op": "open", "user": "alice"},
    "recharge": {"op": "recharge", "user": "alice", "pack": "500"},
    "gift": {"op": "gift", "from": "alice", "to": "bob", "gift": "panda"},
    "promote": {"op": "promote", "user": "alice", "video": "v", "days": 2},
    "cashout": {"op": "cashout", "user": "alice", "paypal": "a@example.com"},
    "live_start": {"op": "live_start", "user": "alice"},
    "live_end": {"op": "live_end", "user": "alice"},
    "payout_settle": {"op": "payout_settle", "payout": 7},
    "payout_return": {"op": "payout_return", "payout": 7, "reason": "no such account"},
    "reverse": {"op": "reverse", "reverses": 7, "reason": "the wrong gift"},
}
"""Each request with no more fields than it needs."""
FIELDS = [(op, name) for op, operation in BY_OP.items() for name in operation.fields]
NEEDED = [(op, name) for op, fields in LEAST.items() for name in fields if name != "op"]
users = st.sampled_from(["alice", "bob", "a.b_c"])
texts = st.none() | st.text(min_size=1, max_size=9).filter(lambda text: text == text.strip() != "")
reasons = texts.map(lambda text: text or "why")
amounts = st.integers(1, 2**53 - 1)
keys = st.none() | st.just("k-1")
any_request = st.one_of(
    st.builds(Open, users, texts, texts, key=keys),
    st.builds(Recharge, users, st.sampled_from(["100", "x"]), amounts, key=keys),
    st.builds(
        Gift,
        users,
        users,
        st.sampled_from(["panda", "🎁"]),
        amounts,
        st.just("comments"),
        texts,
        texts,
        key=keys,
    ),
    st.builds(Promote, users, reasons, amounts, usd_cents=amounts, key=keys),
    st.builds(Promote, users, reasons, amounts, views=amounts, key=keys),
    st.builds(
        Promote, users, reasons, amounts, amounts, audience=st.just("custom"), interests=texts
    ),
    st.builds(CashOut, users, st.just("a@b.cc"), st.none() | amounts, st.booleans(), key=keys),
    st.builds(StartLive, users, texts, key=keys),
    st.builds(EndLive, users, key=keys),
    st.builds(SettlePayout, amounts, key=keys),
    st.builds(ReturnPayout, amounts, reasons, key=keys),
    st.builds(Reverse, amounts, reasons, key=keys),
)
VALUES = {
    "a text": "5",
    "a number": 5,
    "a fraction": 5.0,
    "a truth value": True,
    "a list": ["5"],
    "an object": {"5": 5},
}


def refusal_of(fields):
    with pytest.raises(InvalidRequest) as refusal:
        request_of(fields)
    return refusal.value


def outcome_of(fields):
    """The request, or what its values are refused with."""
    try:
        return request_of(fields)
    except CoinsError as refusal:
        return refusal


# -- what is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "request_meant"),
    [
        ({**LEAST["open"]}, Open("alice")),
        ({**LEAST["open"], "user": "ALICE", "name": " Al \n"}, Open("alice", "Al")),
        ({**LEAST["recharge"], "quantity": 2}, Recharge("alice", "500", 2)),
        ({**LEAST["recharge"], "pack": 500}, Recharge("alice", "500")),
        ({**LEAST["gift"], "gift": "Drama Queen"}, Gift("alice", "bob", "drama-queen")),
        ({**LEAST["gift"], "gift": "💃"}, Gift("alice", "bob", "💃")),
        ({**LEAST["gift"], "venue": "live"}, Gift("alice", "bob", "panda", venue="live")),
        (
            {**LEAST["gift"], "video": " v ", "quantity": 3, "message": "hi"},
            Gift("alice", "bob", "panda", 3, "comments", "v", "hi"),
        ),
        ({**LEAST["promote"], "coins": 1000}, Promote("alice", "v", 2, coins=1000)),
        ({**LEAST["promote"], "usd": "10.5"}, Promote("alice", "v", 2, usd_cents=1050)),
        ({**LEAST["promote"], "views": 2000}, Promote("alice", "v", 2, views=2000)),
        (
            {**LEAST["promote"], "audience": "custom", "interests": "cats"},
            Promote("alice", "v", 2, audience="custom", interests="cats"),
        ),
        ({**LEAST["cashout"], "coins": 10_000}, CashOut("alice", "a@example.com", 10_000)),
        ({**LEAST["open"], "note": " group 2 "}, Open("alice", note="group 2")),
        ({**LEAST["cashout"], "pending": True}, CashOut("alice", "a@example.com", pending=True)),
        ({**LEAST["cashout"], "pending": False}, CashOut("alice", "a@example.com")),
        ({**LEAST["live_start"]}, StartLive("alice")),
        ({**LEAST["live_start"], "title": " 5 p.m. "}, StartLive("alice", "5 p.m.")),
        ({**LEAST["live_end"]}, EndLive("alice")),
        ({**LEAST["payout_settle"]}, SettlePayout(7)),
        ({**LEAST["payout_return"], "reason": " late "}, ReturnPayout(7, "late")),
        ({**LEAST["reverse"], "reverses": 12, "reason": "why"}, Reverse(12, "why")),
    ],
)
def test_an_object_is_the_request_that_it_says(more, request_meant):
    assert request_of(more) == request_meant


@pytest.mark.parametrize(("op", "name"), [pair for pair in FIELDS if pair not in NEEDED])
def test_a_field_that_is_null_is_left_out(op, name):
    assert request_of({**LEAST[op], name: None}) == request_of(LEAST[op])


def test_every_operation_has_an_example_here():
    assert list(BY_OP) == list(LEAST)


@some_examples
@given(any_request)
def test_a_request_is_sent_as_the_object_that_is_read_as_the_same_request(request_):
    again = request_of(json.loads(json.dumps(fields_of(request_))))
    assert again == request_
    assert type(again) is type(request_)


@pytest.mark.parametrize("request_", [*STORY, *ENDED_STORY])
def test_an_object_says_nothing_that_is_left_out(request_):
    fields = fields_of(request_)
    assert None not in fields.values()
    assert set(fields) <= {"op", "key", *BY_OP[fields["op"]].fields}
    assert request_of(fields) == request_


def test_dollars_are_sent_as_receipts_show_them():
    asked = Promote("alice", "v", 2, usd_cents=1_050)
    assert fields_of(asked) == {**LEAST["promote"], "usd": "10.50"}


def test_the_key_is_a_field_like_others_and_checked_with_them():
    keyed = request_of({**LEAST["open"], "key": "k"})
    assert keyed == Open("alice", key="k")
    assert fields_of(keyed) == {**LEAST["open"], "key": "k"}
    assert request_of({**LEAST["open"], "key": None}) == Open("alice")
    for key in (5, True, ["k"], {"k": 1}, 1.5):
        assert refusal_of({**LEAST["open"], "key": key}).message == "'key' must be a text"
    for key in ("", "k" * 256, "a\tb"):
        with pytest.raises(InvalidKey):
            request_of({**LEAST["open"], "key": key})


@pytest.mark.parametrize(
    ("more", "family"),
    [
        ({**LEAST["open"], "user": "a"}, InvalidHandle),
        ({**LEAST["recharge"], "quantity": 0}, InvalidAmount),
        ({**LEAST["gift"], "venue": "party"}, InvalidChoice),
        ({**LEAST["gift"], "venue": "live", "video": "v"}, OneAtMost),
        ({**LEAST["promote"], "coins": 500, "views": 500}, OneAtMost),
        ({**LEAST["promote"], "usd": "ten"}, InvalidDollars),
        ({**LEAST["cashout"], "paypal": "alice"}, InvalidAddress),
        ({**LEAST["reverse"], "reason": " "}, InvalidText),
        ({**LEAST["payout_settle"], "payout": 2**53}, InvalidAmount),
    ],
)
def test_what_a_request_has_against_its_values_is_said_where_it_is_read(more, family):
    with pytest.raises(family):
        request_of(more)


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize(("op", "name"), FIELDS)
def test_each_field_takes_its_own_kind_of_value_and_no_other(op, name, kind):
    fields = {**LEAST[op], name: VALUES[kind]}
    wanted = BY_OP[op].fields[name].kind
    if kind.removeprefix("a ") in wanted.split(" or "):
        assert not isinstance(outcome_of(fields), InvalidRequest)
        return
    must_be = {"number": "a whole number"}.get(wanted, f"a {wanted}")
    assert refusal_of(fields).message == f"'{name}' must be {must_be}, not {kind}"


@pytest.mark.parametrize("is_null", [False, True])
@pytest.mark.parametrize(("op", "name"), NEEDED)
def test_what_is_needed_and_missing_is_named(op, name, is_null):
    fields = {**LEAST[op], name: None}
    if not is_null:
        del fields[name]
    refusal = refusal_of(fields)
    assert refusal.message == f"{op} needs '{name}'"
    assert hint_of(refusal) == f"it must have {one_of(list(LEAST[op])[1:], 'and')}"


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        (
            {**LEAST["gift"], "quntity": 3},
            "gift has no field 'quntity'",
            "did you mean quantity?",
        ),
        (
            {**LEAST["open"], "zzz": 1},
            "open has no field 'zzz'",
            "open has op, user, name, note and key",
        ),
        (
            {**LEAST["live_end"], "name": "x"},
            "live_end has no field 'name'",
            "live_end has op, user and key",
        ),
        ({**LEAST["recharge"], "from": "x"}, "recharge has no field 'from'", None),
        ({**LEAST["gift"], "sender": "x"}, "gift has no field 'sender'", None),
        ({**LEAST["open"], "seq": 1}, "open has no field 'seq'", None),
        ({"op": "gfit"}, "there is no op 'gfit'", "did you mean gift?"),
        ({"op": "live start"}, "there is no op 'live start'", None),
        (
            {"op": "zzz"},
            "there is no op 'zzz'",
            f"it is {', '.join(list(BY_OP)[:-1])} or reverse",
        ),
        ({"op": "x" * 1000}, f"there is no op '{'x' * 59}…'", None),
        (
            {"op": "open", "x" * 1000: 1},
            f"open has no field '{'x' * 59}…'",
            "open has op, user, name, note and key",
        ),
    ],
)
def test_what_is_mistyped_gets_the_closest_suggested_or_all_there_is(fields, message, hint):
    refusal = refusal_of(fields)
    assert refusal.message == message
    if hint is not None:
        assert hint_of(refusal) == hint


@pytest.mark.parametrize("op", [None, 5, True, ["gift"], {"gift": 1}, 1.5])
def test_what_names_no_op_is_told_which_there_are(op):
    for fields in ({"op": op}, {}):
        refusal = refusal_of({**fields, "user": "alice"})
        assert refusal.message == "a request needs an 'op'"
        assert hint_of(refusal) == f"it is {', '.join(list(BY_OP)[:-1])} or {list(BY_OP)[-1]}"


def test_an_op_is_written_as_it_stands():
    for op in ("Gift", "gift ", "LIVE_END", "live-start"):
        assert refusal_of({**LEAST["gift"], "op": op}).message == f"there is no op '{op}'"
