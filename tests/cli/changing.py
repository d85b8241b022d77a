"""A room with stores and files, and command lines for it: at least one for every command.

`CHANGING` are those that change something on the disk, `READING` those that do not. Every command
of the program has a line in one of them, and every option that names a file to be written has one
in the first; `test_changes` sees to that, so that a new command cannot be left out.
"""

import grp
import os
import shlex
from shutil import copytree

from coins_cli.cli.app import root
from coins_cli.opening import open_bank
from tests.cli.runner import coins, command_paths

ROSTER = "handle,name\ngwen,Gwen\nhugo,Hugo\n"
REQUESTS = (
    '{"op": "recharge", "user": "alice", "pack": 100, "key": "one"}\n'
    '{"op": "gift", "from": "alice", "to": "bob", "gift": "panda", "key": "two"}\n'
)

GROUP = shlex.quote(grp.getgrgid(os.getegid()).gr_name)

CHANGING = [
    "wallet create zoe",
    "wallet create zoe --store new",
    "wallet create zoe yan xan",
    "recharge alice 100",
    "recharge alice 100 --key fresh",
    "gift alice bob panda",
    "promote alice cat.mp4 --days 1",
    "cashout bob --paypal bob@example.com",
    "cashout bob --paypal bob@example.com --pending",
    "batch requests.jsonl",
    "batch requests.jsonl --atomic",
    "batch requests.jsonl --quiet",
    "live start bob",
    "live end carol",
    "payout settle 9",
    "payout return 9 --reason mistake",
    "class import roster.csv",
    "class import roster.csv --recharge 100",
    "class import roster.csv --store new",
    "clock set 2030-03-01",
    "clock advance 3d",
    "clock advance 3d --store new",
    "clock reset --store moved",
    "undo --user alice",
    "reverse 14 --reason mistake",
    "catalog init",
    "catalog init --quiet",
    "catalog init --store new",
    "catalog set packs.500.usd=5.99 gifting.creator_share=0.5",
    "catalog set packs.500.usd=5.99 --store moved",
    "catalog set packs.500.usd=5.99 --store new",
    "catalog set packs.500.usd=5.99 --quiet",
    "catalog add gift Crown 750",
    "catalog add pack 300 1.00",
    "catalog remove gift panda",
    "catalog remove pack 500",
    "catalog reset --store priced",
    "catalog reset packs.500.usd --store priced",
    f"share {GROUP}",
    "repair --store damaged",
    "backup new.tar.gz",
    "backup new.tar.gz --quiet",
    "restore old.tar.gz --store new",
    "export --out new.csv",
    "export --out old.csv --force",
    "report --html new.html",
    "whatif --set gifting.creator_share=0.5 --html new.html",
    "report --html old.csv --force",
    "statement alice --out folder",
    "statement --all --out folder",
    "statement --all --out folder --quiet",
    "demo --store new",
    "demo --live --store new",
]

READING = [
    "balance alice",
    "history alice",
    "receipt 8",
    "statement alice",
    "top bob",
    "page bob",
    "report",
    "whatif --set gifting.creator_share=0.5",
    "whatif --catalog older-prices --keep dollars",
    "report --trace in",
    "export",
    "export --format jsonl",
    "quote coins 100",
    "quote gift panda",
    "quote usd 5",
    "quote promotion --days 1",
    "wallet list",
    "wallet show alice",
    "live list",
    "live show erin",
    "live watch erin --since 1",
    "payout list",
    "payout show 9",
    "promotion list",
    "promotion show 10",
    "class list",
    "clock show",
    "catalog packs",
    "catalog gifts",
    "catalog promotions",
    "catalog check",
    "catalog show",
    "catalog list",
    "catalog diff older-prices calculators",
    "catalog history",
    "verify",
    "repair",
    "repair --store damaged --dry-run",
    "doctor",
    "demo",
    "demo --live",
    "help",
    "help keys",
    "completion bash",
    "recharge carol 100 --key used",
    "--help",
    "--version",
    "wallet",
]

REFUSED = [
    "gift alice alice panda",
    "gift alice bob panda --store new",
    "wallet create zoe bob",
    "clock set 2001-01-01",
    "backup old.tar.gz",
    "restore old.tar.gz",
    "restore old.csv --store new",
    "export --out old.csv",
    "report --html old.csv",
    "statement --all --out old.csv",
    "demo --store store",
    "catalog init --store moved",
    "catalog set packs.500.usd=5.999",
    "catalog set packs.500.usd=5.99 gifting.creator_share=2",
    "catalog set packs.500.price=5",
    "catalog set packs.500.usd=5.999 --store new",
    "catalog add gift Panda 7",
    "catalog add crown Panda 7",
    "catalog remove pack 300",
    "catalog reset packs.300",
    "catalog diff older-price",
]


def make_room(room):
    """Make what the lines need, in the empty folder `room`."""
    bank = open_bank(room / "store")
    bank.create_wallets("alice", "bob", "carol", "erin")
    for _ in range(3):
        bank.recharge("alice", 10_000)
    bank.gift("alice", "bob", "drama queen", quantity=4)
    assert bank.cash_out("bob", "bob@example.com", coins=10_000, pending=True).seq == 9
    assert bank.promote("alice", "cat.mp4", days=1).seq == 10
    bank.start_live("erin")
    bank.gift("alice", "erin", "panda")
    bank.end_live("erin")
    assert bank.recharge("carol", 100, key="used").seq == 14
    bank.start_live("carol")
    coins("backup", room / "old.tar.gz", "--store", room / "store").said()
    moved, damaged, priced = (
        copytree(room / "store", room / name) for name in ("moved", "damaged", "priced")
    )
    coins("clock", "advance", "3d", "--store", moved).said()
    coins("catalog", "init", "--store", moved).said()
    coins("catalog", "set", "packs.500.usd=5.50", "gifts.panda.coins=7", "--store", priced).said()
    (damaged / "wallets/alice.json").unlink()
    (damaged / "wallets/bob.json").write_text("{}")
    (room / "roster.csv").write_text(ROSTER)
    (room / "requests.jsonl").write_text(REQUESTS)
    (room / "old.csv").write_text("old\n")


def with_dry_runs(lines):
    """The same commands as dry runs, as far as they have such a thing."""
    return [f"{line} --dry-run" for line in lines if "dry_run" in _parameters(command_of(line))]


def command_of(line):
    """The words of a line that are its command, or none."""
    words = shlex.split(line)
    paths = [path for path, _ in command_paths()]
    return next((path for path in paths if tuple(words[: len(path)]) == path), ())


def _parameters(path):
    command = root()
    for word in path:
        command = command.commands[word]
    return {parameter.name: parameter for parameter in command.params}


def options_that_write():
    """Every option of every command that names a file or folder, and is not a shared one."""
    for path, _ in command_paths():
        for parameter in _parameters(path).values():
            is_shared = parameter.name in ("store", "catalog")
            is_option = parameter.opts[0].startswith("-")
            if parameter.metavar in ("FILE", "FOLDER") and is_option and not is_shared:
                yield path, parameter.opts[0]
