"""Scripts that use coins: a whole evening, asked for twice, and many processes at once."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coins_cli.opening import open_bank

EVENING = Path(__file__).with_name("evening.sh")
GIFTS = 500


@pytest.fixture
def path_with_coins(tmp_path):
    """A PATH on which `coins` and `python3` are."""
    for name, arguments in (("coins", "-m coins_cli "), ("python3", "")):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
        program.chmod(0o755)
    return f"{tmp_path / 'bin'}:{os.environ['PATH']}"


def test_an_evening_that_is_asked_for_twice_comes_to_the_same(path_with_coins, tmp_path):
    def evening(how):
        environment = {**os.environ, "PATH": path_with_coins, "COINS_STORE": str(tmp_path / how)}
        return subprocess.run(
            ["sh", str(EVENING), how], capture_output=True, text=True, env=environment, check=False
        )

    with ThreadPoolExecutor() as pool:
        once, twice = pool.map(evening, ["once", "twice"])
    assert (once.returncode, once.stderr) == (0, "")
    assert (twice.returncode, twice.stderr) == (0, "")
    assert once.stdout == twice.stdout
    assert "star\t0\t155\n" in once.stdout
    transactions = [
        open_bank(tmp_path / how).read.verify().transactions for how in ("once", "twice")
    ]
    assert transactions == [30, 30]


def test_many_processes_at_once_lose_nothing_and_complain_of_nothing(path_with_coins, tmp_path):
    bank = open_bank(tmp_path / "store")
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 10000)
    ran = subprocess.run(
        [
            "sh",
            "-c",
            f"seq {GIFTS} | xargs -P 8 -I '{{}}' coins gift alice bob panda --key 'clap-{{}}' -q",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path_with_coins, "COINS_STORE": str(tmp_path / "store")},
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert sorted(map(int, ran.stdout.split())) == list(range(4, GIFTS + 4))
    assert bank.read.wallet("bob").earned == 5 * GIFTS
    assert bank.read.verify().findings == ()
