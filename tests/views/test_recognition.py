"""The leaderboard of supporters: the more a viewer has given, the higher the viewer stands."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from coins_cli.bank import Bank
from coins_cli.errors import UnknownUser
from coins_cli.store.memory import MemoryStore
from coins_cli.views.recognition import Supporter, supporters


@pytest.fixture
def stage(bank):
    """Three viewers with coins, and a creator."""
    bank.create_wallets("alice", "bob", "carol", "star")
    for user in ("alice", "bob", "carol"):
        bank.recharge(user, 2000)
    return bank


def test_whoever_gave_more_stands_higher(stage):
    stage.gift("alice", "star", "panda")
    stage.gift("bob", "star", "rainbow puke")
    stage.gift("carol", "star", "sun cream")
    assert stage.read.top("star") == [
        Supporter(1, "bob", 100, 1),
        Supporter(2, "carol", 50, 1),
        Supporter(3, "alice", 5, 1),
    ]


def test_every_gift_counts_and_a_combo_counts_each(stage):
    stage.gift("alice", "star", "panda", quantity=7)
    stage.gift("alice", "star", "italian hand")
    stage.gift("bob", "star", "love bang")
    assert stage.read.top("star") == [Supporter(1, "alice", 40, 8), Supporter(2, "bob", 25, 1)]


def test_a_tie_goes_to_whoever_came_first(stage):
    stage.gift("carol", "star", "panda")
    stage.gift("alice", "star", "sun cream")
    stage.gift("bob", "star", "love bang", quantity=2)
    stage.gift("carol", "star", "panda", quantity=9)
    assert [supporter.user for supporter in stage.read.top("star")] == ["carol", "alice", "bob"]
    assert {supporter.coins for supporter in stage.read.top("star")} == {50}


def test_recognition_is_for_what_was_given_and_not_for_what_the_creator_got(catalog, clock):
    halved = Bank(MemoryStore(), replace(catalog, creator_share=Decimal("0.5")), clock=clock)
    halved.create_wallets("alice", "star")
    halved.recharge("alice", 500)
    halved.gift("alice", "star", "concert")
    assert halved.read.top("star") == [Supporter(1, "alice", 500, 1)]
    assert halved.read.wallet("star").earned == 250


def test_what_a_creator_gives_to_others_is_on_their_leaderboards(stage):
    stage.create_wallets("other")
    stage.gift("alice", "other", "panda")
    stage.gift("alice", "star", "sun cream")
    stage.gift("bob", "alice", "panda")
    assert stage.read.top("alice") == [Supporter(1, "bob", 5, 1)]
    assert stage.read.top("star") == [Supporter(1, "alice", 50, 1)]
    assert stage.read.top("other") == [Supporter(1, "alice", 5, 1)]


def test_lives_recharges_and_cash_outs_are_no_support(stage):
    stage.start_live("star")
    stage.recharge("star", 100)
    stage.recharge("alice", 10_000)
    stage.gift("alice", "star", "drama queen", quantity=2, live=True)
    stage.cash_out("star", "star@example.com")
    stage.end_live("star")
    assert stage.read.top("star") == [Supporter(1, "alice", 10_000, 2)]


def test_a_creator_without_supporters_has_an_empty_leaderboard(stage):
    assert stage.read.top("star") == []


def test_a_repeated_key_counts_once(stage):
    for _ in range(3):
        stage.gift("alice", "star", "panda", key="once")
    assert stage.read.top("star") == [Supporter(1, "alice", 5, 1)]


def test_the_leaderboard_of_an_unknown_creator_is_refused(stage):
    with stage.store.reading() as view, pytest.raises(UnknownUser) as refusal:
        supporters(view, "nobody")
    assert refusal.value.user == "nobody"
