"""Requests as JSON Lines: what each line is answered, and what a batch is as a whole."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from coins_cli.cli.commands import batch as batch_module
from coins_cli.cli.session import Session
from coins_cli.model.operations import BY_OP
from coins_cli.store.json.disk.folder import PosixDisk
from coins_cli.store.json.disk.locks import LockTimeout
from tests.cli.conftest import copy_of
from tests.cli.runner import (
    CTRL_C,
    CTRL_D,
    PATIENCE_SECONDS,
    Ran,
    coins,
    contents,
    ended,
    nobody_reads,
    one_object,
    process,
    shell,
    started,
    terminal,
    typed,
    until_it_waits,
)

NASTY = "[bold]x[/bold] \x1b[31mred\x1b[0m \u202edloc \u200b\ttab\nnew\r\x07\x9b2J"
GIFT = {"op": "gift", "from": "alice", "to": "bob", "gift": "panda"}
TOO_DEAR = {**GIFT, "gift": "drama queen"}
PACK = {"op": "recharge", "user": "alice", "pack": "500"}
STOPPED = (
    "Stopped after line {}. What was answered is done;"
    " with a key in each line, the rest is done by running it again.\n"
)


def keyed(count, first=1, **fields):
    """So many recharges, each under a key of its own."""
    return [{**PACK, **fields, "key": f"k{number}"} for number in range(first, first + count)]


def as_lines(*requests):
    """Requests as a file holds them; what is bytes already stands as it is."""
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in requests
    )


def batch(*requests, options=(), **how):
    return coins("batch", *options, stdin=as_lines(*requests), **how)


def answers_in(text):
    """The answers, each an object with the schema first and its line's number second."""
    found = [one_object(line + "\n") for line in text.splitlines()]
    assert all(list(answer)[:2] == ["schema", "line"] for answer in found)
    return found


def in_short(text):
    """Each answer as its line's number, and what became of it: its number, or its error's code."""
    return [
        (one["line"], one["error"]["code"] if "error" in one else _number_of(one))
        for one in answers_in(text)
    ]


def _number_of(receipt):
    return f"{receipt['seq']} again" if receipt["replayed"] else receipt["seq"]


def error_of(line):
    """The error that one bad line is answered with, between two good ones that are done."""
    ran = batch(GIFT, line, GIFT)
    first, answer, last = answers_in(ran.out)
    assert (ran.code, ran.err) == (4, "3 requests: 2 done, 1 refused.\n")
    assert [first["seq"], last["seq"]] == [18, 19]
    assert list(answer) == ["schema", "line", "error"]
    assert list(answer["error"])[:4] == ["code", "message", "hint", "exit"]
    assert answer["line"] == 2
    assert ran.out.replace("\n", "").isprintable(), ascii(ran.out)
    assert len(ran.out) < 3_000
    return answer["error"]


# -- what a line is answered ---------------------------------------------------------------------


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b"\n\n \n\t\r\n"])
def test_each_line_is_answered_in_order_with_its_number_blank_ones_counted(store, ending):
    pack, gift = json.dumps(PACK).encode(), json.dumps(GIFT).encode()
    lines = [b"\xef\xbb\xbf" + pack, b"", b" \t\r", b"no", gift + b"\r", gift]
    ran = coins("batch", stdin=b"\n".join(lines) + ending)
    assert (ran.code, ran.err) == (4, "4 requests: 3 done, 1 refused.\n")
    assert in_short(ran.out) == [(1, 18), (4, "invalid_json"), (5, 19), (6, 20)]


SAME = [
    # a line, and the command that asks for the same
    (
        {"op": "open", "user": "Zoe", "name": " Zo\u00e9 "},
        ["wallet", "create", "Zoe", "--name", "Zo\u00e9"],
    ),
    (PACK, ["recharge", "alice", "500"]),
    (
        {**PACK, "pack": 100, "quantity": 2, "key": "k"},
        ["recharge", "alice", "100", "-n2", "--key=k"],
    ),
    ({**GIFT, "quantity": 3}, ["gift", "alice", "bob", "panda", "-n", "3"]),
    (
        {**GIFT, "from": "DORA", "gift": "Love Bang", "video": "v", "message": NASTY, "key": None},
        ["gift", "dora", "bob", "love-bang", "--comment", "v", "--message", NASTY],
    ),
    ({**GIFT, "to": "erin", "venue": "live"}, ["gift", "alice", "erin", "panda", "--live"]),
    (
        {"op": "promote", "user": "dora", "video": "v", "days": 2, "usd": "10"},
        ["promote", "dora", "v", "--days", "2", "--usd", "10"],
    ),
    (
        {"op": "promote", "user": "dora", "video": "v", "days": 1, "views": 1001, "coins": None}
        | {"audience": "custom", "interests": "cats"},
        [
            "promote",
            "dora",
            "v",
            "--days=1",
            "--views=1001",
            "--audience=custom",
            "--interests=cats",
        ],
    ),
    (
        {"op": "cashout", "user": "frank", "paypal": "f@example.com", "coins": 10_000},
        ["cashout", "frank", "--paypal", "f@example.com", "--coins", "10000"],
    ),
    (
        {"op": "cashout", "user": "frank", "paypal": "f@example.com", "pending": True},
        ["cashout", "frank", "--paypal", "f@example.com", "--pending"],
    ),
    (
        {"op": "live_start", "user": "bob", "title": "Songs"},
        ["live", "start", "bob", "--title=Songs"],
    ),
    (
        {"op": "reverse", "reverses": 14, "reason": "bought twice"},
        ["reverse", "14", "--reason", "bought twice"],
    ),
    ({"op": "live_end", "user": "erin"}, ["live", "end", "erin"]),
    # refused
    ({"op": "payout_settle", "payout": 14}, ["payout", "settle", "14"]),
    (
        {"op": "payout_return", "payout": 99, "reason": "x"},
        ["payout", "return", "99", "--reason", "x"],
    ),
    ({"op": "reverse", "reverses": 1, "reason": "x"}, ["reverse", "1", "--reason", "x"]),
    ({"op": "open", "user": "no spaces"}, ["wallet", "create", "no spaces"]),
    ({"op": "open", "user": "bob"}, ["wallet", "create", "bob"]),
    ({**PACK, "pack": "7"}, ["recharge", "alice", "7"]),
    ({**PACK, "key": ""}, ["recharge", "alice", "500", "--key", ""]),
    ({**PACK, "key": "x" * 256}, ["recharge", "alice", "500", "--key", "x" * 256]),
    ({**PACK, "user": "zzzz"}, ["recharge", "zzzz", "500"]),
    (TOO_DEAR, ["gift", "alice", "bob", "drama queen"]),
    ({**GIFT, "gift": NASTY}, ["gift", "alice", "bob", NASTY]),
    ({**GIFT, "venue": "live"}, ["gift", "alice", "bob", "panda", "--live"]),
    (
        {"op": "cashout", "user": "bob", "paypal": "b@example.com"},
        ["cashout", "bob", "--paypal", "b@example.com"],
    ),
    (
        {"op": "promote", "user": "dora", "video": "v", "days": 1, "usd": "0.001"},
        ["promote", "dora", "v", "--days", "1", "--usd", "0.001"],
    ),
]


def steady():
    return datetime(2030, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize("is_dry", [False, True])
@pytest.mark.parametrize(("line", "command"), SAME, ids=[" ".join(c)[:30] for _, c in SAME])
def test_a_line_is_answered_as_the_single_command_answers(
    store, tmp_path, monkeypatch, line, command, is_dry
):
    other = copy_of(store, tmp_path / "other")
    options = ["--dry-run"] if is_dry and command[0] != "wallet" else []
    (answer,) = answers_in(batch(line, options=options, clock=steady).out)
    monkeypatch.setenv("COINS_STORE", str(other))
    alone = coins(*command, *options, "--json", clock=steady)
    expected = one_object(alone.out or alone.err)
    expected |= expected.pop("receipts", [{}])[0]
    expected.pop("summary", None)  # which only somebody who ends a live wants to read
    assert answer.pop("line") == 1
    assert bool(answer.pop("head", None)) == bool(expected.pop("head", None))
    assert answer == expected


def test_every_op_is_among_the_lines_that_are_compared():
    assert {line["op"] for line, _ in SAME} == set(BY_OP)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (b"nonsense", "invalid_json", "expecting value, column 1"),
        (b"{", "invalid_json", "expecting property name"),
        (b'{"op": "open" "user"}', "invalid_json", "delimiter, column 15"),
        (b"{'op': 'open'}", "invalid_json", "expecting property name"),
        (b'{"op": "open"}{}', "invalid_json", "extra data, column 15"),
        (b'{"op": "open",}', "invalid_json", "expecting property name"),
        (b"[]", "invalid_json", "another kind of value"),
        (b"null", "invalid_json", "another kind of value"),
        (b'"open"', "invalid_json", "another kind of value"),
        (b"{}", "invalid_request", "needs an 'op'"),
        (b'{"op": "open", "user": "zoe", "op": "open"}', "invalid_json", "'op' stands in it twice"),
        (b'{"op": "open", "user": {"a": 1, "a": 2}}', "invalid_json", "'a' stands in it twice"),
        (b'{"op": "recharge", "quantity": NaN}', "invalid_json", "NaN is no JSON number"),
        (b'{"op": "recharge", "quantity": -Infinity}', "invalid_json", "-Infinity is no JSON"),
        (b'{"op": "recharge", "quantity": 1e400}', "invalid_request", "not a fraction"),
        (b'{"op": "recharge", "quantity": 1e2}', "invalid_request", "not a fraction"),
        (b'{"op": "recharge", "quantity": ' + b"9" * 5_000 + b"}", "invalid_json", "many digits"),
        (
            b'{"op": "recharge", "user": "bob", "pack": ' + b"9" * 4_000 + b"}",
            "unknown_pack",
            "999…' in the catalog",
        ),
        (
            b'{"op": "recharge", "user": "bob", "pack": 100, "quantity": ' + b"9" * 4_000 + b"}",
            "invalid_amount",
            "a longer number",
        ),
        (b'{"op": "recharge", "user": "bob", "pack": 100, "quantity": 0}', "invalid_amount", "'0'"),
        (b'{"op": "recharge", "user": "bob", "pack": -0}', "unknown_pack", "'0'"),
        (b'{"a":' * 30_000, "invalid_json", "longer than 65,536 bytes"),
        (b'{"a":' * 13_000, "invalid_json", "nested too deeply"),
        (b"[" * 60_000 + b"]" * 5_000, "invalid_json", "nested too deeply"),
        (b'{"op": "open", "user": "zo\xe9"}', "invalid_json", "not UTF-8 text"),
        (b'{"op": "open", "user": "\xed\xa0\x80"}', "invalid_json", "not UTF-8 text"),
        (b"\xff\xfe{\x00}\x00", "invalid_json", "not UTF-8 text"),
        (b"\x00", "invalid_json", "expecting value"),
        (b'{"op": "open", "user": "a\nb"}'.replace(b"\n", b"\x01"), "invalid_json", "control"),
        (rb'{"op": "open", "user": "\ud800"}', "invalid_handle", "it is too short"),
        (rb'{"op": "open", "user": "zoe", "name": "\ud800"}', "invalid_text", "not UTF-8 text"),
        (rb'{"op": "\ud800"}', "invalid_request", "there is no op"),
        (rb'{"op": "open", "user": "zoe", "\udfff": 1}', "invalid_request", "has no field"),
        (rb'{"op": "live_end", "user": "zoe", "key": "\ud800"}', "invalid_key", "1 to 255"),
        (b'{"op": "live_end", "user": "zoe", "key": 5}', "invalid_request", "'key' must be a text"),
        (b'{"op": "live_end", "user": "zoe", "key": []}', "invalid_request", "must be a text"),
        (b'{"op": "live_end", "user": "zoe", "key": "a\\nb"}', "invalid_key", "1 to 255"),
        (b'{"op": "gift", "quntity": 5}', "invalid_request", "gift has no field 'quntity'"),
        (json.dumps({"op": NASTY}).encode(), "invalid_request", "[bold]x[/bold] \x1b[31mred"),
        (json.dumps({**PACK, "pack": NASTY}).encode(), "unknown_pack", "[bold]x[/bold] \x1b["),
        (json.dumps({NASTY: 1, "op": "open"}).encode(), "invalid_request", "has no field '[bold]"),
        (b" " * 65_537, "invalid_json", "longer than 65,536 bytes"),
        (b'{"op": "open", "name": "' + b"x" * 10_000_000 + b'"}', "invalid_json", "65,536 bytes"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_line_that_is_no_request_is_its_own_error_and_nothing_else(store, line, code, words):
    error = error_of(line)
    assert error["code"] == code
    assert words in error["message"]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (
            {**GIFT, "to": "erin", "venue": "live", "video": "v"},
            "one_at_most",
            "the live and a video's comments",
        ),
        ({**GIFT, "venue": "live"}, "not_live", "bob is not live"),
        (
            {"op": "promote", "user": "dora", "video": "v", "days": 1, "coins": 500, "usd": "5"},
            "one_at_most",
            "coins, usd and views",
        ),
        (
            {"op": "promote", "user": "dora", "video": "v", "days": 31},
            "too_many_days",
            "1 to 30 days",
        ),
        (
            {"op": "cashout", "user": "frank", "paypal": "f@example.com", "coins": 10_001},
            "more_than_earned",
            "10,000 coins",
        ),
        ({"op": "open", "user": "Zo\u00eb"}, "invalid_handle", "'\u00eb' (latin small letter e"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_refused_line_is_told_in_the_words_of_its_fields(store, line, code, words):
    error = error_of(json.dumps(line).encode())
    assert error["code"] == code
    assert words in error["message"]
    assert "--" not in error["message"] + error["hint"]


def test_a_mistyped_field_gets_the_closest_suggested(store):
    error = error_of({**GIFT, "quntity": 3})
    assert error["hint"] == "did you mean quantity?"


def test_a_line_may_be_as_long_as_is_said_and_no_longer(store):
    def padded(size):
        line = json.dumps(GIFT).encode()
        return line[:-1] + b" " * (size - len(line)) + b"}"

    ran = batch(padded(65_536), padded(65_537), GIFT, padded(200_000), padded(65_536))
    assert in_short(ran.out) == [
        *[(1, 18), (2, "invalid_json")],
        *[(3, 19), (4, "invalid_json"), (5, 20)],
    ]


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_text_that_a_terminal_might_obey_is_shown_and_never_obeyed(store, options):
    ran = batch({"op": NASTY}, {**PACK, "pack": NASTY}, {**GIFT, NASTY: 1}, options=options)
    assert ran.code == 4
    for text in (ran.out, ran.err):
        assert text.replace("\n", "").isprintable(), ascii(text)
    assert "[bold]x[/bold]" in ran.err + ran.out


# -- keys ----------------------------------------------------------------------------------------


def test_the_same_keys_again_are_answered_by_what_stands(store, clap_catalog, balances):
    lines = [*keyed(3), {**GIFT, "key": "g", "quantity": 2}, TOO_DEAR]
    first = batch(*lines)
    held = balances()
    again = batch(*lines, options=["--catalog", clap_catalog])
    assert again.err == "5 requests: 0 done, 4 done before, 1 refused.\n"
    assert (first.code, again.code) == (4, 4)
    assert balances() == held
    expected = first.out.replace('"replayed":false', '"replayed":true')
    assert again.out == expected


def test_another_request_under_a_known_key_is_a_conflict_that_names_what_differs(store):
    ran = batch(*keyed(1), *keyed(1, pack="100"), {**GIFT, "key": "k1"}, *keyed(1, quantity=1))
    assert ran.err == "4 requests: 1 done, 1 done before, 2 refused.\n"
    first, pack, op, again = answers_in(ran.out)
    assert (first["replayed"], again["replayed"]) == (False, True)
    for answer, differs in ((pack, ["pack"]), (op, ["op"])):
        error = answer["error"]
        assert (error["code"], error["exit"], error["differs"]) == ("key_reused", 5, differs)


# -- the whole of it -----------------------------------------------------------------------------


def test_nothing_asked_is_nothing_done(no_store):
    for stdin in (b"", b"\n", b" \r\n\n"):
        ran = coins("batch", stdin=stdin)
        assert ran == Ran(0, "", "0 requests: 0 done, 0 refused.\n")
    for options in (["--atomic"], ["--dry-run"], ["--stop-on-error"], ["--quiet"]):
        assert coins("batch", "-", *options).code == 0
    assert not no_store.exists()


def test_what_is_refused_makes_no_store(no_store):
    assert batch(GIFT, b"nonsense").code == 4
    assert not no_store.exists()
    ran = batch(GIFT, {"op": "open", "user": "alice"})
    assert in_short(ran.out) == [(1, "unknown_user"), (2, 1)]
    assert no_store.exists()


@pytest.mark.parametrize("how", ["a file", "-", "nothing"])
def test_requests_come_from_a_file_or_from_stdin(store, tmp_path, how):
    file = tmp_path / "evening.jsonl"
    file.write_bytes(as_lines(PACK, GIFT))
    args = {"a file": [file], "-": ["-"], "nothing": []}[how]
    ran = coins("batch", *args, stdin=b"" if how == "a file" else file.read_bytes())
    assert in_short(ran.out) == [(1, 18), (2, 19)]
    assert (ran.code, ran.err) == (0, "2 requests: 2 done, 0 refused.\n")


@pytest.mark.parametrize(
    ("name", "code", "error", "words"),
    [
        ("missing.jsonl", 3, "no_such_file", "there is no file"),
        ("", 3, "no_such_file", "there is no file"),
        (".", 2, "file_not_readable", "it is a folder"),
        ("/proc/self/mem", 2, "file_not_readable", "input/output error"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_in_words(untouched, name, code, error, words):
    refusal = coins("batch", name, "--json").refusal()
    assert (refusal["exit"], refusal["code"]) == (code, error)
    assert words in refusal["message"]
    ran = coins("batch", name)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err


def test_a_stdin_that_cannot_be_read_is_no_traceback(store, tmp_path):
    ran = shell(f"coins batch 0> {tmp_path}/written; coins batch <&-")
    assert "coins: stdin cannot be read: bad file descriptor\n" in ran.err
    assert "Traceback" not in ran.err
    assert "0 requests: 0 done" in ran.err


def test_quietly_only_numbers_and_refusals_are_told(store):
    ran = batch(PACK, b"", b"nonsense", *keyed(1), *keyed(1), TOO_DEAR, options=["--quiet"])
    assert (ran.code, ran.out) == (4, "18\n19\n19\n")
    assert ran.err.splitlines() == [
        "coins: line 3: the line is not a JSON object: expecting value, column 1",
        "coins: line 6: alice has 1,101 coins and needs 5,000",
    ]


def test_a_wrong_catalog_is_the_batchs_error_and_no_lines(store, tmp_path):
    (tmp_path / "bad.toml").write_text("x =")
    before = contents(store)
    for name, code in (("bad.toml", 2), ("missing.toml", 3)):
        ran = batch(*keyed(2), options=["--catalog", tmp_path / name])
        assert (ran.code, ran.out) == (code, "")
        assert name in ran.err
    assert contents(store) == before


FIRST_GROUP = batch_module.GROUP_LINES_MAX


@pytest.fixture
def groups_of_two(monkeypatch):
    """Groups so short that a few lines are several."""
    monkeypatch.setattr(batch_module, "GROUP_LINES_MAX", 2)


def test_a_group_shares_one_sync_and_is_answered_after_it(store, monkeypatch):
    events, sync, say = [], PosixDisk.sync, Session.say

    def noted_sync(disk, name):
        if name.startswith("journal/0"):
            events.append("synced")
        sync(disk, name)

    def noted_say(session, text):
        events.append(len(text.splitlines()))
        say(session, text)

    monkeypatch.setattr(PosixDisk, "sync", noted_sync)
    monkeypatch.setattr(Session, "say", noted_say)
    monkeypatch.setattr(batch_module, "GROUP_LINES_MAX", 500)
    assert batch(*[GIFT] * 10, *keyed(800)).code == 0
    assert events == ["synced", 500, "synced", 310]


# -- dry runs, all or none, and stopping ---------------------------------------------------------


def test_a_dry_run_decides_each_on_top_of_the_others_and_changes_not_one_byte(untouched):
    lines = [
        {"op": "open", "user": "zoe"},
        {**PACK, "user": "zoe", "pack": "100", "key": "z"},
        {**GIFT, "from": "zoe", "gift": "sun cream"},
        {**GIFT, "from": "zoe", "gift": "rainbow puke"},
        b"nonsense",
        {**GIFT, "from": "zoe", "gift": "sun cream"},
        {**GIFT, "from": "zoe"},
    ]
    ran = batch(*lines, options=["--dry-run"])
    assert (ran.code, ran.err) == (4, "7 requests: 4 would be done, 3 refused.\n")
    answers = answers_in(ran.out)
    codes = {one["line"]: one["error"]["code"] for one in answers if "error" in one}
    assert codes == {4: "not_enough_coins", 5: "invalid_json", 7: "not_enough_coins"}
    done = [one for one in answers if "error" not in one]
    assert {(one["seq"], one["head"], one["dry_run"]) for one in done} == {(None, None, True)}
    assert [one["balances"]["zoe"]["coins"] for one in done] == [0, 100, 50, 0]
    assert batch(PACK, options=["--dry-run", "--quiet"]) == Ran(0, "", "")


@pytest.mark.parametrize("is_dry", [False, True])
def test_all_or_none_is_none_when_one_is_refused(untouched, groups_of_two, is_dry):
    options = ["--atomic", *["--dry-run"] * is_dry]
    ran = batch(PACK, GIFT, PACK, b"nonsense", GIFT, options=options)
    assert ran.code == 4
    assert ran.err == f"5 requests: 0 {'would be ' * is_dry}done, 5 refused.\n"
    assert in_short(ran.out) == [
        *[(number, "another_refused") for number in (1, 2, 3)],
        *[(4, "invalid_json"), (5, "another_refused")],
    ]


def test_all_or_none_is_all_when_none_is_refused_even_beyond_a_group(store, groups_of_two):
    lines = [*keyed(3), GIFT, *keyed(1)]
    tried = batch(*lines, options=["--atomic", "--dry-run"])
    assert (tried.code, len(answers_in(tried.out))) == (0, 5)
    ran = batch(*lines, options=["--atomic"])
    assert (ran.code, ran.err) == (0, "5 requests: 4 done, 1 done before, 0 refused.\n")
    assert in_short(ran.out) == [*[(n, n + 17) for n in range(1, 5)], (5, "18 again")]
    assert typed("verify").code == 0


def test_all_or_none_still_answers_what_was_done_before(store, groups_of_two):
    batch(*keyed(2))
    before = contents(store)
    refused = batch(*keyed(3), TOO_DEAR, options=["--atomic"])
    assert (refused.code, refused.err) == (4, "4 requests: 0 done, 2 done before, 2 refused.\n")
    assert in_short(refused.out) == [
        *[(1, "18 again"), (2, "19 again")],
        *[(3, "another_refused"), (4, "not_enough_coins")],
    ]
    assert contents(store) == before
    ran = batch(*keyed(3), options=["--atomic"])
    assert in_short(ran.out) == [(1, "18 again"), (2, "19 again"), (3, 20)]


def test_all_or_none_undoes_a_key_that_is_used_twice_in_it(untouched):
    ran = batch(*keyed(1), *keyed(1), TOO_DEAR, options=["--atomic"])
    assert [what for _, what in in_short(ran.out)] == ["another_refused"] * 2 + ["not_enough_coins"]


@pytest.mark.parametrize("option", ["--atomic", "--dry-run"])
def test_only_so_many_lines_can_be_decided_together(untouched, monkeypatch, option):
    assert batch_module.TOGETHER_LINES_MAX == 10_000
    monkeypatch.setattr(batch_module, "TOGETHER_LINES_MAX", 600)
    refusal = batch(*keyed(601), options=[option, "--json"]).refusal()
    assert (refusal["code"], refusal["exit"], refusal["most"]) == ("too_many_lines", 2, 600)
    assert "at most 600 lines" in refusal["message"]
    within = batch(*keyed(600), *[b""] * 10, options=[option, "--dry-run"])
    assert (within.code, len(within.out.splitlines())) == (0, 600)


@pytest.mark.parametrize(
    ("bad", "place"), [(b"nonsense", 3), (TOO_DEAR, 3), ({"op": "open", "user": "bob"}, 2)]
)
def test_stopping_at_an_error_leaves_what_comes_after_it(store, groups_of_two, bad, place):
    lines = [*keyed(5)]
    lines.insert(place - 1, bad)
    ran = batch(*lines, options=["--stop-on-error"])
    assert (ran.code, ran.err) == (4, f"{place} requests: {place - 1} done, 1 refused.\n")
    assert [line for line, _ in in_short(ran.out)] == list(range(1, place + 1))
    assert typed("balance alice --json").json()["coins"] == 101 + 500 * (place - 1)
    del lines[place - 1]
    again = batch(*lines, options=["--stop-on-error"])
    assert again.err == f"5 requests: {6 - place} done, {place - 1} done before, 0 refused.\n"
    tried = batch(PACK, bad, PACK, options=["--stop-on-error", "--dry-run"])
    assert [line for line, _ in in_short(tried.out)] == [1, 2]


def test_stopping_and_undoing_are_not_asked_for_together(untouched):
    refusal = batch(PACK, options=["--stop-on-error", "--atomic", "--json"]).refusal()
    assert (refusal["exit"], refusal["options"]) == (2, ["--stop-on-error", "--atomic"])


# -- a store that cannot be used -----------------------------------------------------------------


def test_a_store_that_is_locked_ends_it_and_what_was_answered_is_done(
    store, groups_of_two, monkeypatch
):
    lock, locks = PosixDisk.lock, []

    def lock_twice(disk, name, **options):
        locks.append(name)
        if len(locks) > 4:  # The turn and the lock, for each of two groups.
            raise LockTimeout
        return lock(disk, name, **options)

    monkeypatch.setattr(PosixDisk, "lock", lock_twice)
    ran = batch(*keyed(7))
    monkeypatch.setattr(PosixDisk, "lock", lock)
    assert ran.code == 6
    assert in_short(ran.out) == [(n, n + 17) for n in range(1, 5)]
    assert ran.err.startswith(STOPPED.format(4) + f"coins: the store at {store} was locked by")
    assert in_short(batch(*keyed(7)).out)[3:] == [(4, "21 again"), (5, 22), (6, 23), (7, 24)]


def test_a_store_that_is_damaged_meanwhile_ends_it_and_what_was_answered_stands(store):
    with started("batch") as child:
        child.stdin.write(as_lines(PACK))
        child.stdin.flush()
        first = child.stdout.readline().decode()
        journal = store / "journal/000000000018.jsonl"  # begun at other prices than before
        journal.write_bytes(journal.read_bytes().replace(b"alice", b"malice", 1))
        child.stdin.write(as_lines(PACK, PACK))
        ran = ended(child)
    assert in_short(first) == [(1, 18)]
    assert (ran.code, ran.out) == (6, "")
    assert ran.err.startswith(STOPPED.format(1) + "coins: ")


def test_a_store_that_cannot_be_used_from_the_start_is_no_stop(store):
    (store / "store.json").write_text("{}")
    ran = batch(PACK)
    assert (ran.code, ran.out) == (6, "")
    assert "Stopped" not in ran.err
    assert len(ran.err.splitlines()) == 2


# -- answers that cannot be written --------------------------------------------------------------


def test_a_reader_that_leaves_is_told_on_stderr_what_was_done(store, tmp_path):
    file = tmp_path / "evening.jsonl"
    file.write_bytes(as_lines(*keyed(5_000)))
    for replayed, words in (
        ("false", "what was asked for is done"),
        ("true", "nothing was changed"),
    ):
        with nobody_reads() as stdout:
            ran = process("batch", file, stdout=stdout)
        told = ran.err.splitlines()
        assert ran.code == 7
        assert told[0] + "\n" == STOPPED.format(f"{FIRST_GROUP:,}")
        assert told[1:3] == [
            "coins: the answer could not be written: broken pipe",
            f"  {words}, and this was the answer:",
        ]
        answers = answers_in("\n".join(told[3:]))
        assert [one["line"] for one in answers] == list(range(1, FIRST_GROUP + 1))
        assert f'"replayed":{replayed}' in told[3]
        assert typed("balance alice --json").json()["coins"] == 101 + 500 * FIRST_GROUP


def test_a_reader_that_leaves_a_trial_is_no_failure(untouched):
    with nobody_reads() as stdout:
        ran = process("batch", "--dry-run", stdout=stdout, stdin=as_lines(PACK))
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
def test_answers_that_do_not_fit_are_on_stderr(store):
    line = json.dumps(PACK)
    ran = shell(f"echo '{line}' | coins batch > /dev/full")
    assert ran.code == 7
    assert in_short(ran.err.splitlines()[-1]) == [(1, 18)]


# -- pipes, signals and terminals ----------------------------------------------------------------


def test_a_pipe_that_stays_open_gets_its_answers_at_once(store):
    with started("batch") as child:
        for number in range(1, 4):
            child.stdin.write(as_lines(PACK, b"nonsense") + as_lines(GIFT)[:9])
            child.stdin.flush()
            told = [child.stdout.readline().decode() for _ in range(2)]
            assert in_short("".join(told)) == [
                (3 * number - 2, 16 + 2 * number),
                (3 * number - 1, "invalid_json"),
            ]
            child.stdin.write(as_lines(GIFT)[9:])
            child.stdin.flush()
            assert in_short(child.stdout.readline().decode()) == [(3 * number, 17 + 2 * number)]
        assert child.poll() is None
        ran = ended(child)
    assert (ran.code, ran.err) == (4, "9 requests: 6 done, 3 refused.\n")


@pytest.mark.parametrize("answered", [0, 2])
def test_stopped_while_it_waits_it_says_how_far_it_came(store, answered):
    with started("batch") as child:
        if answered:
            child.stdin.write(as_lines(*keyed(answered)))
            child.stdin.flush()
        said = [child.stdout.readline().decode() for _ in range(answered)]
        until_it_reads(child)
        child.send_signal(signal.SIGINT)
        ran = ended(child)
    assert in_short("".join(said)) == [(n, n + 17) for n in range(1, answered + 1)]
    words = STOPPED.format(answered) if answered else "Stopped; nothing was changed.\n"
    assert ran == Ran(130, "", words)
    assert typed("balance alice --json").json()["coins"] == 101 + 500 * answered


def until_it_reads(child):
    """Let it come to waiting for its input, and not for something else while it starts."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        until_it_waits(child.pid)
        with open(f"/proc/{child.pid}/syscall") as file:
            if file.read().split()[:2] == ["0", "0x0"]:
                return
        time.sleep(0.001)
    raise AssertionError("it never read its input")


def test_stopped_in_the_middle_of_a_commit_it_answers_that_and_no_more(
    store, groups_of_two, monkeypatch
):
    sync, syncs = PosixDisk.sync, []

    def interrupted(disk, name):
        if name.startswith("journal/0"):
            syncs.append(name)
            if len(syncs) == 2:
                os.kill(os.getpid(), signal.SIGINT)
        sync(disk, name)

    monkeypatch.setattr(PosixDisk, "sync", interrupted)
    ran = batch(*keyed(7))
    assert (ran.code, ran.err) == (130, STOPPED.format(4))
    assert in_short(ran.out) == [(n, n + 17) for n in range(1, 5)]
    again = batch(*keyed(7))
    assert again.err == "7 requests: 3 done, 4 done before, 0 refused.\n"


def interrupting(call, *, at):
    """The same function, interrupted right before its call of that number."""
    calls = []

    def interrupted(*args, **how):
        calls.append(args)
        if len(calls) == at:
            raise KeyboardInterrupt
        return call(*args, **how)

    return interrupted


def test_stopped_before_a_commit_nothing_of_that_group_is_done(store, groups_of_two, monkeypatch):
    monkeypatch.setattr(batch_module, "items_of", interrupting(batch_module.items_of, at=3))
    ran = batch(*keyed(7))
    assert (ran.code, ran.err) == (130, STOPPED.format(4))
    assert [line for line, _ in in_short(ran.out)] == [1, 2, 3, 4]
    assert typed("balance alice --json").json()["coins"] == 101 + 500 * 4


def test_a_dry_run_that_is_stopped_has_changed_nothing(untouched, monkeypatch):
    monkeypatch.setattr(batch_module, "_say", interrupting(batch_module._say, at=1))
    ran = batch(PACK, options=["--dry-run"])
    assert (ran.code, ran.err) == (130, "Stopped; nothing was changed.\n")


def test_at_a_terminal_it_says_that_it_waits_and_answers_what_is_typed(store):
    line = json.dumps(PACK) + "\r"
    ran = terminal(
        "batch", answers=[("to Ctrl-D.", line), ('"seq":18', line), ('"seq":19', CTRL_D)]
    )
    assert ran.code == 0
    assert ran.out.startswith("Reading requests from the terminal, one JSON object a line, to")
    assert ran.out.endswith("2 requests: 2 done, 0 refused.\n")


def test_ctrl_c_at_a_terminal_says_how_far_it_came(store):
    line = json.dumps(PACK) + "\r"
    ran = terminal("batch", answers=[("to Ctrl-D.", line), ('"seq":18', CTRL_C)])
    assert ran.code == 130
    assert " ".join(ran.out.split()).endswith(STOPPED.format(1).strip())


@pytest.mark.parametrize(
    ("options", "is_shown"),
    [([], True), (["--color", "never"], True), (["--quiet"], False), (["--json"], False)],
    ids=str,
)
def test_progress_is_shown_at_a_terminal_when_the_answers_go_elsewhere(
    store, tmp_path, options, is_shown
):
    file = tmp_path / "evening.jsonl"
    file.write_bytes(as_lines(*[{**GIFT, "from": "dora", "to": "alice"}] * 120_000))
    ran = terminal("batch", file, *options, stdout=tmp_path / "answers")
    assert ran.code == 4
    assert ("Working: " in ran.out) is is_shown
    assert "\x1b" not in ran.out
    if "--quiet" not in options:
        words = "120,000 requests: 400 done, 119,600 refused.\n"
        assert ran.out.endswith(words)
        assert len((tmp_path / "answers").read_text().splitlines()) == 120_000


def test_in_a_pipe_there_is_no_progress(store, tmp_path):
    file = tmp_path / "evening.jsonl"
    file.write_bytes(as_lines(*[b"nonsense"] * 20_000))
    assert process("batch", file).err == "20,000 requests: 0 done, 20,000 refused.\n"


# -- any length ----------------------------------------------------------------------------------

PEAK = """
import sys
from coins_cli.cli.main import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


def peak_kilobytes(lines, *args):
    """The most memory that a real process had, and what it said before."""
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, "batch", *args],
        input=lines,
        capture_output=True,
        timeout=60,
        check=False,
    )
    *said, peak = ran.stderr.decode().splitlines()
    return int(peak), said[-1], len(ran.stdout.splitlines())


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="only Linux tells")
@pytest.mark.parametrize("kind", ["done", "refused", "forbidden", "long"])
def test_memory_does_not_grow_with_the_number_or_length_of_lines(store, kind):
    wrong = {"refused": b"nonsense", "forbidden": TOO_DEAR}.get(kind)
    few = as_lines(*[wrong] * 10_000 if wrong else keyed(6_000))
    many, said, count = {
        "done": (as_lines(*keyed(40_000)), "34,000 done, 6,000 done before, 0 refused.", 40_000),
        "refused": (as_lines(*[b"nonsense"] * 100_000), "0 done, 100,000 refused.", 100_000),
        "forbidden": (as_lines(*[TOO_DEAR] * 60_000), "0 done, 60,000 refused.", 60_000),
        "long": (as_lines(b"x" * 60_000_000, GIFT), "1 done, 1 refused.", 2),
    }[kind]
    least, _, _ = peak_kilobytes(few)
    most, last, answers = peak_kilobytes(many)
    assert last.endswith(said)
    assert answers == count
    assert most < least + 30_000, "more than the newest segment may take"
