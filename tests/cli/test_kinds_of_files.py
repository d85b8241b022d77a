"""Files that people name, to be read or written, and that are something else than a file."""

import os
import socket
import stat
import threading

import pytest

from tests.cli.conftest import DEFAULT_CATALOG
from tests.cli.runner import coins, contents, process, shell, typed

ROSTER = "handle,name\nmia,Mia M.\n"
REQUEST = '{"op": "recharge", "user": "alice", "pack": 100}\n'


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)  # beside the current folder, because its name must be short


def make_device(path):
    if os.geteuid() != 0:
        pytest.skip("only root can make a device")
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))


KINDS = {
    "a pipe": os.mkfifo,
    "a folder": os.mkdir,
    "a socket": make_socket,
    "a device": make_device,
}
LINKS = {
    "a link": lambda path: path.symlink_to("/dev/null"),
    "a link to a file": lambda path: path.symlink_to(DEFAULT_CATALOG),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
}
INPUTS = {
    "a catalog": "quote gift panda --catalog {}",
    "the prices of a gift": "gift alice bob panda --catalog {}",
    "a catalog to check": "catalog check {}",
    "a roster": "class import {}",
}
OUTPUTS = {
    "an export": "export --format jsonl --out {}",
    "an export over another": "export --format jsonl --out {} --force",
    "a report": "report --html {}",
    "a report over another": "report --html {} --force",
    "a backup": "backup {}",
    "statements": "statement --all --out statements",
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where a file would be, in a folder of its own that is the current one."""
    here = tmp_path / "here"
    (here / "statements").mkdir(parents=True)
    monkeypatch.chdir(here)
    return here / "named"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", INPUTS.values(), ids=INPUTS)
def test_what_is_read_must_be_a_file_or_a_pipe_that_somebody_writes_to(store, place, line, kind):
    KINDS[kind](place)
    before = contents(store)
    ran = process(*line.format("named").split())
    assert (ran.code, ran.out) == (2, "")
    assert f"it is {kind}" in ran.err
    assert "named" in ran.err
    assert contents(store) == before


@pytest.mark.parametrize("kind", ["a folder", "a socket"])
def test_a_batch_must_be_a_file_or_something_that_is_read_as_it_comes(store, place, kind):
    KINDS[kind](place)
    ran = process("batch", "named")
    assert (ran.code, ran.out) == (2, "")
    assert f"named cannot be read: it is {kind}" in ran.err


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ("coins batch <(cat one.jsonl)", "done"),
        ("cat one.jsonl | coins batch /dev/stdin", "done"),
        ("cat one.jsonl | coins batch -", "done"),
        ("coins batch /dev/stdin < one.jsonl", "done"),
        ("coins batch /dev/null", "0 requests"),
        ("mkfifo late; (sleep 0.2; cat one.jsonl > late) & coins batch late", "done"),
        ("coins class import <(sleep 0.2; cat roster.csv)", "1 wallet opened"),
        ("cat roster.csv | coins class import /dev/stdin", "1 wallet opened"),
        ("coins quote gift panda --catalog <(sleep 0.2; cat prices.toml)", "Panda"),
        ("coins catalog check /dev/stdin < prices.toml", "5 packs"),
    ],
)
def test_a_pipe_that_the_user_names_is_read_to_its_end(store, place, script, seen):
    (place.parent / "one.jsonl").write_text(REQUEST)
    (place.parent / "roster.csv").write_text(ROSTER)
    (place.parent / "prices.toml").write_bytes(DEFAULT_CATALOG.read_bytes())
    ran = shell(script)
    assert ran.code == 0
    assert seen in ran.out + ran.err


@pytest.mark.parametrize("kind", {**KINDS, **LINKS})
@pytest.mark.parametrize("line", OUTPUTS.values(), ids=OUTPUTS)
def test_only_a_file_is_written_over(store, place, line, kind):
    target = place.parent / "statements" / "alice.txt" if "statement" in line else place
    os.chdir(target.parent)
    {**KINDS, **LINKS}[kind](target)
    os.chdir(place.parent)
    before = target.lstat()
    ran = process(*line.format("named").split())
    assert (ran.code, ran.out) == (5, "")
    assert f"exists already, and is {kind.removesuffix(' to a file').replace('dangling ', '')}" in (
        ran.err
    )
    assert "--force" not in ran.err
    assert target.lstat() == before
    assert [name for name in os.listdir(place.parent) if name.startswith(".")] == []


def test_what_is_in_the_way_of_the_own_catalog_is_left_alone(store):
    os.mkfifo(store / "catalog.toml")
    refusal = typed("catalog init --json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("file_exists", 5)
    refusal = typed("recharge alice 100 --json").refusal()
    assert (refusal["code"], refusal["found"]) == ("wrong_kind", "a pipe")
    assert str(store / "catalog.toml") in refusal["message"]


def test_a_pipe_in_the_place_of_a_catalog_does_not_stop_the_one_who_presses_tab(store, place):
    os.mkfifo(place)
    ran = process("gift", "alice", "bob", "p", COINS_COMPLETE="bash", COINS_CATALOG="named")
    assert (ran.code, ran.err) == (0, "")


def test_a_pipe_in_the_place_of_a_wallet_does_not_keep_others_out(store):
    (store / "wallets/alice.json").unlink()
    os.mkfifo(store / "wallets/alice.json")
    waiting = threading.Thread(target=process, args=("balance", "alice"))
    waiting.start()
    waiting.join(timeout=5)
    assert not waiting.is_alive()
    assert coins("balance", "bob").said()
