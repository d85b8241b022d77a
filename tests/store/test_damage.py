"""Damage of any kind to any one file: it is refused or makes no difference, and audits explain."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.errors import CoinsError, StoreUnusable
from tests.store.economies import bank_at, new_folder, store_at
from tests.store.journals import contents, put_back, replace_file, restore
from tests.store.test_forgery import made, who_notices

DAMAGES = {
    "a changed byte": lambda data, at, byte: data[:at] + bytes([byte]) + data[at + 1 :],
    "a missing byte": lambda data, at, byte: data[:at] + data[at + 1 :],
    "another byte": lambda data, at, byte: data[:at] + bytes([byte]) + data[at:],
    "a missing end": lambda data, at, byte: data[:at],
    "a missing beginning": lambda data, at, byte: data[at:],
    "a zeroed end": lambda data, at, byte: data[:at] + bytes(len(data) - at),
    "a zeroed sector": lambda data, at, byte: data[:at] + bytes(16) + data[at + 16 :],
    "a doubled part": lambda data, at, byte: data[:at] + data,
    "something at the end": lambda data, at, byte: data + bytes([byte]) * 9,
}


def answers(folder):
    """What is told of everyone's wallet, but for what is refused."""
    bank, told = bank_at(folder), {}
    for user in ("alice", "bob"):
        try:
            told[user] = bank.read.wallet(user)
        except StoreUnusable:
            continue
    return told


@settings(max_examples=90, deadline=None, derandomize=True)
@given(
    st.sampled_from([2, 99]),
    st.integers(0, 20),
    st.sampled_from(list(DAMAGES)),
    st.integers(0, 2**16),
    st.integers(0, 255),
)
def test_no_damage_to_a_file_makes_a_wrong_balance_believed(lines_max, which, damage, at, byte):
    files, _ = made(lines_max)
    with new_folder() as folder:
        restore(folder, files)
        truth = answers(folder)
        assert len(truth) == 2
        name = sorted(files)[which % len(files)]
        data = files[name]
        replace_file(folder / name, DAMAGES[damage](data, at % (len(data) + 1), byte))
        told = answers(folder)
        assert all(told[user] == truth[user] for user in told)
        complaints = who_notices(folder, lines_max)
        assert complaints["audit"] or not any(complaints.values()), complaints


@pytest.mark.parametrize("lines_max", [2, 99])
@pytest.mark.parametrize("gone", ["removed", "emptied"])
def test_no_missing_file_makes_a_wrong_balance_believed(folder, lines_max, gone):
    files, _ = made(lines_max)
    restore(folder, files)
    truth = answers(folder)
    for name in files:
        put_back(folder, {}, [name])
        if gone == "emptied":
            (folder / name).touch()
        told = answers(folder)
        assert all(told[user] == truth[user] for user in told), name
        complaints = who_notices(folder, lines_max)
        assert complaints["audit"] or not any(complaints.values()), (name, complaints)
        restore(folder, files)


def test_what_is_refused_for_damage_changes_nothing(folder):
    files, _ = made(2)
    restore(folder, files)
    replace_file(folder / "journal/000000000007.jsonl", b"")
    before = contents(folder)
    for act in (
        lambda bank: bank.recharge("alice", 100),
        lambda bank: bank.create_wallets("carol"),
        lambda bank: bank.recharge("alice", 100, dry_run=True),
    ):
        with pytest.raises(CoinsError):
            act(bank_at(folder, lines_max=2))
    assert contents(folder) == before
    assert store_at(folder).audit().findings
