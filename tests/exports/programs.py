"""hledger, ledger and beancount, as their users run them."""

import csv
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from coins_cli.exports.account_names import account_of


def program(name):
    """Where a program is: beside this Python, or on the path; the test skips without it."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(name, *words):
    """How a program ended, and what it said."""
    return subprocess.run(
        [program(name), *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/"},
    )


def said(name, *words):
    """What a program said that did its work and had nothing to complain of."""
    ran = run(name, *words)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    return ran.stdout


CHECKS = {
    "hledger": ("hledger", "check", "--strict", "ordereddates", "-f"),
    "ledger": ("ledger", "--args-only", "--pedantic", "balance", "-f"),
    "beancount": ("bean-check", "--no-cache"),
}
"""What tells whether a program takes a file, by the name of the format."""


def is_taken(format_name, file):
    """Whether a program takes a file without any complaint."""
    ran = run(*CHECKS[format_name], file)
    return ran.returncode == 0 and not ran.stderr


def balances_by(format_name, file):
    """What every account holds, by a program: in whole units, by account and asset; zeros not."""
    return {place: held for place, held in _READERS[format_name](file) if held}


def _by_hledger(file):
    assert said(*CHECKS["hledger"], file) == ""
    table = said("hledger", "balance", "--flat", "-E", "-N", "-O", "csv", "-f", file)
    return [_held(name, amount) for name, amount in list(csv.reader(table.splitlines()))[1:]]


def _by_ledger(file):
    layout = "%(account)\\t%(display_total)\\n"
    table = said(*CHECKS["ledger"], file, "--flat", "--no-total", "--balance-format", layout)
    return [_held(*line.split("\t")) for line in table.splitlines()]


def _by_beancount(file):
    assert said(*CHECKS["beancount"], file) == ""
    query = "SELECT account, currency, sum(number) GROUP BY account, currency"
    table = said("bean-query", "--no-errors", "--format", "csv", file, query)
    rows = list(csv.reader(table.splitlines()))[1:]
    return [_held(name.strip(), f"{held.strip()} {asset.strip()}") for name, asset, held in rows]


_READERS = {"hledger": _by_hledger, "ledger": _by_ledger, "beancount": _by_beancount}


def _held(name, amount):
    number, _, asset = amount.strip().partition(" ")
    units = Decimal(number) * (100 if asset == "USD" else 1)
    assert units == int(units)
    return (account_of(name), asset), int(units)
