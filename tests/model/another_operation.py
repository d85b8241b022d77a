"""An operation that coins does not have, and all that it takes to add one: this module.

    python -m tests.model.another_operation STORE

puts it into the table, then sends tips to an economy in memory and to one in the folder `STORE`,
and prints what became of them, as JSON. It is a process of its own: the table of this one is whole.
"""

import json
import sys
from datetime import UTC, datetime

from coins_cli.errors import NotEnoughCoins
from coins_cli.model import operations
from coins_cli.model.accounts import coins_of, earned_of
from coins_cli.model.money import check_amount
from coins_cli.model.names import check_handle, parse_handle
from coins_cli.model.operations.operation import (
    NEEDED_NUMBER,
    NEEDED_TEXT,
    TEXT,
    Operation,
    StatementLine,
    existing,
    moving,
)
from coins_cli.model.operations.request import Request, check_text
from coins_cli.model.texts import counted


class Tip(Request, frozen=True, gc=False, tag="tip", rename={"sender": "from", "creator": "to"}):
    """Send bare `coins`, with a `word` if there is one."""

    sender: str
    creator: str
    coins: int
    word: str | None = None

    def check(self):
        super().check()
        check_handle(self.sender)
        check_handle(self.creator)
        check_amount(self.coins, "the tip")
        check_text(self.word, "word", 20)

    def users(self):
        return (self.sender, self.creator)


def parse(sender, creator, coins, word=None, *, key=None):
    return Tip(parse_handle(sender), parse_handle(creator), coins, word, key=key)


def decide(request, world):
    sender, creator = existing(world, request.sender), existing(world, request.creator)
    if request.coins > sender.coins:
        raise NotEnoughCoins(sender.user, need=request.coins, have=sender.coins)
    moves = ((coins_of(sender.user), earned_of(creator.user), request.coins),)
    sums = {"coins": request.coins, "earned": request.coins}
    return moving(request, world, [sender, creator], moves, **sums)


def summary(request, receipt):
    return (
        f"{request.sender} tipped {request.creator} {counted(receipt.transaction.coins, 'coin')}."
    )


def statement(request, entry, user):
    to_or_from = "to" if user == request.sender else "from"
    party = request.creator if user == request.sender else request.sender
    sort = (f"tip {to_or_from} {party}", f"tips {to_or_from} {party}")
    return StatementLine(f"tip {to_or_from} {party}", sort, party)


OPERATION = Operation(
    Tip,
    decide,
    parse,
    {"from": NEEDED_TEXT, "to": NEEDED_TEXT, "coins": NEEDED_NUMBER, "word": TEXT},
    summary,
    statement,
    identity={"from": str, "to": str, "word": str},
    undone=lambda about: f"{about['from']}'s tip to {about['to']}",
    undone_for=lambda about, user, _: f"tip with “{about['word']}”",
)


def add_to_the_table():
    """What the one new line of the table would do."""
    operations.OPERATIONS += (OPERATION,)
    operations.BY_OP[OPERATION.op] = OPERATION
    operations.BY_REQUEST[Tip] = OPERATION
    operations.DECIDE[Tip] = decide


def told(bank):
    """What becomes of tips in the economy of `bank`, from the JSON that is sent to the audit."""
    from coins_cli.cli.json_lines import Line, items_of
    from coins_cli.cli.render.receipt_words import summary
    from coins_cli.model.sending import fields_of, request_of

    sent = {"op": "tip", "from": "alice", "to": "bob", "coins": 7, "word": "wow", "key": "k"}
    request = request_of(sent)
    lines = [json.dumps(sent).encode(), b'{"op": "tip", "from": "alice", "coins": 7}']
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 100)
    dry = bank.apply(request, dry_run=True)
    receipt = bank.apply(request)
    batch = bank.apply_each(items_of([Line(at, raw) for at, raw in enumerate(lines, 1)]))
    refused = bank.apply_each([Tip("alice", "bob", 500)])[0]
    undone = bank.reverse(receipt.seq, "a mistake")
    audit = bank.read.verify()
    with bank.store.reading() as view:
        entries = list(view.entries())
    tip = entries[3].transaction
    return {
        "fields": fields_of(request),
        "items": [type(item).__name__ for item in items_of([Line(1, lines[0]), Line(2, lines[1])])],
        "dry": dry.to_json(),
        "receipt": receipt.to_json(),
        "words": summary(receipt),
        "batch": [getattr(one, "replayed", None) or str(one) for one in batch],
        "refused": refused.code,
        "undone": undone.to_json(),
        "undone_words": summary(undone),
        "read_back": [type(entry.transaction.request).__name__ for entry in entries],
        "is_the_same": tip.request == request,
        "postings": [(one.account, one.amount) for one in tip.postings],
        "alice": [(line.what, line.coins) for line in bank.read.statement("alice").lines],
        "bob": [(line.what, line.earned) for line in bank.read.statement("bob").lines],
        "history": [one.op for one in bank.read.history("bob")],
        "report": bank.read.report().transactions,
        "findings": [one.problem for one in audit.findings],
        "transactions": audit.transactions,
    }


def main():
    add_to_the_table()
    from coins_cli.bank import Bank
    from coins_cli.files.catalogs import default_catalog
    from coins_cli.opening import open_bank
    from coins_cli.store.memory import MemoryStore

    def clock():
        return datetime(2026, 1, 5, 12, tzinfo=UTC)

    in_memory = Bank(MemoryStore(), default_catalog(), clock=clock)
    in_folder = open_bank(sys.argv[1], clock=clock)
    print(json.dumps([told(in_memory), told(in_folder)], default=str))


if __name__ == "__main__":
    main()
