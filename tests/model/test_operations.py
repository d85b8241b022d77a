"""The table of operations: each is whole, and one more is one module and its line in the table."""

import inspect
import json
import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest
from msgspec.structs import replace

from coins_cli.model import operations
from coins_cli.model.economy import Rules
from coins_cli.model.operations import BY_OP, BY_REQUEST, DECIDE, OPERATIONS
from coins_cli.model.operations.operation import Operation
from coins_cli.model.operations.request import Request, op_of
from coins_cli.model.receipts import receipt_of
from coins_cli.model.transactions import Transaction
from tests.model.economy import CATALOG, ENDED_STORY, STORY, entries, journal

ENTRIES = entries([*journal(STORY), *journal(ENDED_STORY)])
CONTROL = "\x1b[2J\u202e"


def entries_of(operation):
    """Those of the stories' entries that are about it."""
    return [one for one in ENTRIES if type(one.transaction.request) is operation.request]


def by_op(operation):
    return operation.op


# -- each row --------------------------------------------------------------------------------------


def test_the_table_has_an_operation_for_each_module_and_no_other():
    names = {one.name for one in pkgutil.iter_modules(operations.__path__)}
    modules = [
        import_module(f"coins_cli.model.operations.{name}")
        for name in names - {"operation", "request"}
    ]
    found = [
        one for module in modules for one in vars(module).values() if isinstance(one, Operation)
    ]
    assert len(found) == len(OPERATIONS)
    assert all(any(one is row for row in OPERATIONS) for one in found)


def test_the_table_is_looked_up_by_name_and_by_request():
    assert list(BY_OP.values()) == list(BY_REQUEST.values()) == list(OPERATIONS)
    assert len(BY_OP) == len(BY_REQUEST) == len(DECIDE) == len(OPERATIONS)
    for operation in OPERATIONS:
        assert BY_OP[operation.op] is BY_REQUEST[operation.request] is operation
        assert DECIDE[operation.request] is operation.decide


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_op)
def test_each_operation_is_in_the_stories_and_is_done_by_its_rule(operation):
    found = entries_of(operation)
    assert found
    for entry in found:
        assert op_of(entry.transaction.request) == operation.op
        assert issubclass(operation.request, Request)
    assert list(inspect.signature(operation.decide).parameters) == ["request", "world"]
    assert operation.decide.__doc__


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_op)
def test_the_fields_that_are_sent_are_those_of_the_request(operation):
    names = {"usd_cents": "usd"}
    fields = [names.get(one, one) for one in operation.request.__struct_encode_fields__]
    assert sorted(fields) == sorted([*operation.fields, "key"])
    assert set(operation.needed) <= set(operation.fields)


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_op)
def test_what_people_type_is_parsed_by_parameters_of_the_same_names(operation):
    words_of_python = {"from": "sender", "to": "creator"}
    parameters = dict(inspect.signature(operation.parse).parameters)
    key = parameters.pop("key")
    assert (key.kind, key.default) == (inspect.Parameter.KEYWORD_ONLY, None)
    assert list(parameters) == [words_of_python.get(name, name) for name in operation.fields]
    needed = [name for name, one in parameters.items() if one.default is inspect.Parameter.empty]
    assert needed == [words_of_python.get(name, name) for name in operation.needed]


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_op)
def test_a_receipt_is_one_sentence_or_two_of_words_that_can_be_printed(operation):
    for entry in entries_of(operation):
        words = operation.summary(entry.transaction.request, receipt_of(entry))
        assert words.isprintable()
        assert words[-1] in ".”" or operation.op in ("payout_return", "reverse"), words
        assert "None" not in words


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_op)
def test_what_moves_coins_is_on_the_statement_of_all_whom_it_touched_and_nothing_else_is(operation):
    for entry in entries_of(operation):
        assert bool(entry.transaction.moves) is (operation.statement is not None)
        if operation.statement is None:
            continue
        for wallet in entry.transaction.wallets:
            line = operation.statement(entry.transaction.request, entry, wallet.user)
            assert line.what.isprintable()
            assert "None" not in line.what
            assert all(line.sort)
            assert line.sort[0] != line.sort[1]
            assert line.count >= 1


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_op)
def test_what_can_be_reversed_has_words_for_that_and_what_cannot_says_why(operation):
    is_final = operation.why_final is not None
    assert (operation.undone is None) is is_final
    assert (operation.undone_for is None) is is_final
    assert bool(operation.identity) is not is_final
    assert set(operation.identity) <= set(operation.fields)
    if is_final:
        assert all(operation.why_final)


def test_the_words_for_what_was_reversed_come_from_what_the_reversal_knows():
    undone = {
        entry.transaction.about["op"]: entry.transaction.about
        for entry in entries_of(BY_OP["reverse"])
    }
    assert set(undone) == {"promote", "gift"}
    for op, about in undone.items():
        assert BY_OP[op].undone(about).startswith("alice's ")
        assert BY_OP[op].undone_for(about, "alice", CATALOG)


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_op)
def test_free_text_is_escaped_in_the_words_of_a_receipt(operation):
    free = {"name", "note", "title", "video", "message", "paypal", "reason", "interests"}
    for entry in entries_of(operation):
        texts = free & set(entry.transaction.request.__struct_fields__)
        request = replace(entry.transaction.request, **dict.fromkeys(texts, CONTROL))
        about = entry.transaction.about
        if about is not None:
            about = about | {name: CONTROL for name in about if name in free}
        forged = replace(entry.transaction, request=request, about=about)
        words = operation.summary(request, receipt_of(replace(entry, transaction=forged)))
        assert words.isprintable()


def test_a_request_is_decided_by_the_rule_of_its_kind():
    assert Rules(CATALOG).catalog == CATALOG.prices()
    kinds = {type(entry.transaction.request) for entry in ENTRIES}
    assert kinds == set(DECIDE)
    assert {kind.__struct_config__.tag for kind in kinds} == set(BY_OP)
    assert Transaction.__struct_config__.forbid_unknown_fields


# -- one more --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tips(tmp_path_factory):
    """What became of tips, an operation that another module alone defines: twice."""
    store = tmp_path_factory.mktemp("tips") / "store"
    command = [sys.executable, "-m", "tests.model.another_operation", str(store)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    in_memory, in_folder = json.loads(ran.stdout)
    return {"memory": in_memory, "folder": in_folder}


KINDS = ["memory", "folder"]


@pytest.mark.parametrize("kind", KINDS)
def test_another_operation_is_sent_as_an_object_alone_and_in_a_batch(tips, kind):
    told = tips[kind]
    sent = {"op": "tip", "from": "alice", "to": "bob", "coins": 7, "word": "wow", "key": "k"}
    assert told["fields"] == sent
    assert told["items"] == ["Tip", "InvalidRequest"]
    assert told["batch"] == [True, "tip needs 'to'"], "one done before, and one that is none"


@pytest.mark.parametrize("kind", KINDS)
def test_another_operation_is_decided_recorded_and_read_back(tips, kind):
    told = tips[kind]
    assert told["refused"] == "not_enough_coins"
    assert told["read_back"] == ["Open", "Open", "Recharge", "Tip", "Reverse"]
    assert told["is_the_same"] is True
    assert told["postings"] == [["alice/coins", -7], ["bob/earned", 7]]
    assert told["history"] == ["reverse", "tip", "open"]
    assert told["report"] == 5


@pytest.mark.parametrize("kind", KINDS)
def test_another_operation_has_a_receipt_with_its_own_fields_and_words(tips, kind):
    told = tips[kind]
    receipt = told["receipt"]
    assert receipt == {
        "schema": 1,
        "seq": 4,
        "op": "tip",
        "at": "2026-01-05T12:00:00Z",
        "key": "k",
        "replayed": False,
        "dry_run": False,
        "head": receipt["head"],
        "from": "alice",
        "to": "bob",
        "coins": 7,
        "word": "wow",
        "earned": 7,
        "balances": {"alice": {"coins": 93, "earned": 0}, "bob": {"coins": 0, "earned": 7}},
    }
    assert told["dry"] == receipt | {"seq": None, "head": None, "dry_run": True}
    assert told["words"] == "alice tipped bob 7 coins."


@pytest.mark.parametrize("kind", KINDS)
def test_another_operation_is_on_statements(tips, kind):
    told = tips[kind]
    undone = "reversed 4: tip with “wow”"
    bought = ["bought 100 coins for $1.29", 100]
    assert told["alice"] == [bought, ["tip to bob", -7], [undone, 7]]
    assert told["bob"] == [["tip from alice", 7], [undone, -7]]


@pytest.mark.parametrize("kind", KINDS)
def test_another_operation_is_reversed_and_verified(tips, kind):
    told = tips[kind]
    undone = told["undone"]
    assert (undone["op"], undone["reverses"], undone["coins"]) == ("reverse", 4, 7)
    assert undone["reversed"] == {"op": "tip", "from": "alice", "to": "bob", "word": "wow"}
    assert undone["balances"]["alice"] == {"coins": 100, "earned": 0}
    words = "Transaction 4 is reversed (alice's tip to bob, 7 coins): a mistake"
    assert told["undone_words"] == words
    assert told["findings"] == []
    assert told["transactions"] == 5


def test_this_process_has_no_other_operation():
    assert "tip" not in BY_OP
