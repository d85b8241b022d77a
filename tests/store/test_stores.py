"""What every store promises, on each kind of store."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from coins_cli.errors import HandleTaken, KeyReused, NoStore, NotEnoughCoins, UnknownUser
from coins_cli.model import rules
from coins_cli.model.catalog import GiftKind, Pack
from coins_cli.model.requests import EndLive, Gift, Open, Recharge, StartLive
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import Intent
from tests.store.economies import (
    CATALOG,
    START,
    commit,
    decide,
    everything,
    giving,
    heads,
    opening,
    recharging,
)


def later(seconds):
    return START + timedelta(seconds=seconds)


@pytest.fixture
def economy(store):
    """A store in which alice has 500 coins and bob has none."""
    commit(store, opening("alice"))
    commit(store, opening("bob"))
    commit(store, recharging("alice", "500", key="pocket money"))
    return store


# -- committing ----------------------------------------------------------------------------------


def test_a_commit_answers_each_intent_with_its_entry(store):
    (first,) = commit(store, opening("alice"))
    (second,) = commit(store, recharging("alice", key="mine"), at=later(5))
    assert (first.entry.seq, first.entry.key, first.replayed) == (1, None, False)
    assert (second.entry.seq, second.entry.key, second.replayed) == (2, "mine", False)
    assert first.entry.transaction.request == Open("alice")
    assert second.entry.transaction.at == later(5)
    assert second.entry.transaction.wallets == (Wallet("alice", coins=100),)
    assert first.entry.head != second.entry.head


def test_what_was_committed_is_there_for_the_next_process(economy, reopened):
    assert everything(reopened) == everything(economy)
    assert heads(reopened) == heads(economy)
    with reopened.reading() as view:
        assert view.wallet("alice") == Wallet("alice", coins=500)
        assert view.wallet("bob") == Wallet("bob")


def test_each_intent_of_a_commit_sees_those_before_it(store):
    answers = commit(
        store,
        opening("alice"),
        opening("bob"),
        recharging("alice"),
        giving("alice", "bob", "rainbow puke"),
    )
    assert [answer.entry.seq for answer in answers] == [1, 2, 3, 4]
    with store.reading() as view:
        assert view.wallet("bob") == Wallet("bob", earned=100)


def test_a_commit_of_nothing_answers_nothing(economy):
    before = everything(economy)
    assert commit(economy) == []
    assert everything(economy) == before


@pytest.mark.parametrize(
    ("intents", "refusal"),
    [
        ([opening("carol"), opening("alice")], HandleTaken),
        ([opening("carol"), opening("carol")], HandleTaken),
        ([giving("alice", "bob"), giving("alice", "bob", "drama queen")], NotEnoughCoins),
        ([giving("alice", "bob", "concert"), giving("alice", "bob")], NotEnoughCoins),
        ([recharging("alice", key="new"), recharging("dora")], UnknownUser),
        ([recharging("bob"), recharging("alice", "100", key="pocket money")], KeyReused),
    ],
)
def test_one_refusal_undoes_the_whole_commit(economy, reopened, intents, refusal):
    before = everything(economy)
    with pytest.raises(refusal):
        commit(economy, *intents)
    assert everything(economy) == before
    assert everything(reopened) == before
    # Nor was the key of the refused commit used up.
    (answer,) = commit(economy, recharging("bob", key="new"))
    assert not answer.replayed


def test_whatever_the_decision_raises_is_passed_on_and_changes_nothing(economy):
    def broken(request, wallets, at, past):
        raise ZeroDivisionError

    before = everything(economy)
    with pytest.raises(ZeroDivisionError):
        commit(economy, opening("carol"), decide=broken)
    with pytest.raises(ZeroDivisionError):
        economy.dry_run([opening("carol")], broken, START)
    assert everything(economy) == before


def test_the_decision_is_given_the_wallets_that_the_request_names(economy):
    seen = []

    def watching(request, wallets, at, past):
        seen.append((dict(wallets), at))
        return decide(request, wallets, at, past)

    commit(economy, opening("carol"), giving("alice", "bob"), at=later(9), decide=watching)
    assert seen == [
        ({"carol": None}, later(9)),
        ({"alice": Wallet("alice", coins=500), "bob": Wallet("bob")}, later(9)),
    ]


def test_a_refused_first_commit_makes_no_store(store, folder):
    with pytest.raises(UnknownUser):
        commit(store, recharging("alice"))
    assert not folder.exists()


# -- keys ----------------------------------------------------------------------------------------


def test_the_same_intent_under_its_key_is_applied_once(economy, reopened):
    before = everything(economy)
    (again,) = commit(economy, recharging("alice", "500", key="pocket money"), at=later(60))
    (later_on,) = commit(reopened, recharging("alice", "500", key="pocket money"), at=later(90))
    assert again.replayed
    assert later_on == again
    assert (again.entry.seq, again.entry.transaction.at) == (3, START)
    assert everything(economy) == before


@pytest.mark.parametrize(
    ("intent", "differs"),
    [
        (recharging("bob", "500", key="pocket money"), ["user"]),
        (recharging("alice", "100", quantity=5, key="pocket money"), ["pack", "quantity"]),
        (recharging("bob", "100", quantity=2, key="pocket money"), ["user", "pack", "quantity"]),
        (giving("alice", "bob", key="pocket money"), ["op"]),
        (opening("alice", key="pocket money"), ["op"]),
    ],
)
def test_a_key_used_for_another_request_is_refused_with_what_differs(economy, intent, differs):
    before = everything(economy)
    with pytest.raises(KeyReused) as refusal:
        commit(economy, intent)
    assert refusal.value.fields == {"key": "pocket money", "seq": 3, "differs": differs}
    assert everything(economy) == before


def test_the_fields_that_differ_are_named_as_receipts_name_them(economy):
    commit(economy, giving("alice", "bob", key="k", message="for you"))
    with pytest.raises(KeyReused) as refusal:
        commit(economy, Intent(Gift("bob", "alice", "sun cream", 2, "comments", "v", "no"), "k"))
    assert refusal.value.differs == ["from", "to", "gift", "quantity", "venue", "video", "message"]


def test_a_key_answers_before_any_rule_is_asked(economy):
    commit(economy, giving("alice", "bob", "concert", key="all of it"))
    (again,) = commit(economy, giving("alice", "bob", "concert", key="all of it"))
    assert again.replayed
    with pytest.raises(NotEnoughCoins):
        commit(economy, giving("alice", "bob"))


def test_a_refused_intent_leaves_its_key_free(economy):
    with pytest.raises(NotEnoughCoins):
        commit(economy, giving("bob", "alice", key="from bob"))
    commit(economy, recharging("bob"))
    (answer,) = commit(economy, giving("bob", "alice", key="from bob"))
    assert not answer.replayed


def test_a_key_that_stands_twice_in_one_commit_is_applied_once(economy, reopened):
    first, other, again = commit(
        economy, recharging("bob", key="k"), recharging("alice"), recharging("bob", key="k")
    )
    assert (first.entry.seq, other.entry.seq, again.entry.seq) == (4, 5, 4)
    assert (first.replayed, other.replayed, again.replayed) == (False, False, True)
    assert again.entry == first.entry
    with reopened.reading() as view:
        assert view.seq == 5
        assert view.wallet("bob") == Wallet("bob", coins=100)


def test_a_key_that_stands_for_two_things_in_one_commit_refuses_it(economy):
    before = everything(economy)
    with pytest.raises(KeyReused) as refusal:
        commit(economy, recharging("bob", key="k"), recharging("bob", "500", key="k"))
    assert refusal.value.differs == ["pack"]
    assert everything(economy) == before


def test_a_commit_of_known_keys_alone_writes_nothing(economy):
    before = everything(economy)
    answers = commit(economy, *[recharging("alice", "500", key="pocket money")] * 3)
    assert [answer.replayed for answer in answers] == [True] * 3
    assert everything(economy) == before


def test_keys_last_however_much_comes_after_them(economy, reopened):
    keys = [f"key {n}" for n in range(12)]
    for key in keys:
        commit(economy, recharging("alice", key=key))
    for _ in range(10):
        commit(economy, recharging("bob"))
    before = everything(reopened)
    for seq, key in enumerate(keys, start=4):
        (again,) = commit(reopened, recharging("alice", key=key))
        assert (again.replayed, again.entry.seq) == (True, seq)
        with pytest.raises(KeyReused):
            commit(reopened, recharging("bob", key=key))
    assert everything(reopened) == before


@pytest.mark.parametrize("key", ["k", "k\n", "é", "💃", "../../etc", "open alice", "k" * 255])
def test_any_text_can_be_a_key(economy, reopened, key):
    commit(economy, recharging("bob", key=key))
    commit(economy, recharging("bob"))
    commit(economy, recharging("bob"))
    commit(economy, recharging("bob"))
    (again,) = commit(reopened, recharging("bob", key=key))
    assert (again.replayed, again.entry.seq) == (True, 4)


def test_keys_and_the_past_do_not_follow_the_catalog(economy, reopened):
    new = replace(CATALOG, gifts={"panda": GiftKind("panda", "Panda", 50)})

    def decide_now(request, wallets, at, past=None):
        return rules.decide(request, new, wallets, at)

    commit(economy, giving("alice", "bob", key="panda"))
    before = everything(economy)
    (again,) = commit(reopened, giving("alice", "bob", key="panda"), decide=decide_now)
    assert again.replayed
    assert again.entry.transaction.outcome.coins == 5
    assert everything(reopened) == before
    (dear,) = commit(reopened, giving("alice", "bob"), decide=decide_now)
    assert dear.entry.transaction.outcome.coins == 50
    assert dear.entry.transaction.terms["gift_coins"] == 50
    assert economy.audit().findings == ()


# -- dry runs ------------------------------------------------------------------------------------


def test_a_dry_run_says_what_a_commit_would_do_and_does_not_do_it(economy, reopened):
    intents = [giving("alice", "bob", key="k"), recharging("bob"), giving("alice", "bob", key="k")]
    before = everything(economy)
    dry = economy.dry_run(intents, decide, later(7))
    assert everything(economy) == before
    assert everything(reopened) == before
    assert dry == [answer.entry.transaction for answer in economy.commit(intents, decide, later(7))]


def test_a_dry_run_meets_every_refusal_of_a_commit(economy):
    with pytest.raises(NotEnoughCoins):
        economy.dry_run([giving("bob", "alice")], decide, START)
    with pytest.raises(KeyReused):
        economy.dry_run([recharging("bob", key="pocket money")], decide, START)
    with pytest.raises(HandleTaken):
        economy.dry_run([opening("carol"), opening("carol")], decide, START)


def test_a_dry_run_of_a_known_key_shows_what_stands(economy):
    (shown,) = economy.dry_run([recharging("alice", "500", key="pocket money")], decide, later(99))
    assert shown.at == START


def test_a_dry_run_needs_no_store_and_makes_none(store, folder):
    (shown,) = store.dry_run([opening("alice")], decide, START)
    assert shown.wallets == (Wallet("alice"),)
    with pytest.raises(UnknownUser):
        store.dry_run([recharging("alice")], decide, START)
    assert not folder.exists()


# -- time ----------------------------------------------------------------------------------------


def test_times_never_run_backwards(store, reopened):
    commit(store, opening("alice"), at=later(100))
    times = [50, 100, 70, 200, 10]
    answers = [commit(reopened, recharging("alice"), at=later(at))[0] for at in times]
    assert [answer.entry.transaction.at for answer in answers] == [
        later(at) for at in (100, 100, 100, 200, 200)
    ]
    (shown,) = reopened.dry_run([recharging("alice")], decide, later(1))
    assert shown.at == later(200)
    assert store.audit().findings == ()


def test_all_of_a_commit_happens_at_one_time(store):
    answers = commit(store, opening("alice"), opening("bob"), recharging("bob"), at=later(3))
    assert {answer.entry.transaction.at for answer in answers} == {later(3)}


# -- reading -------------------------------------------------------------------------------------


def test_an_empty_economy_says_so(store):
    commit(store)
    with store.reading() as view:
        assert (view.seq, dict(view.totals), view.users()) == (0, {}, [])
        assert view.wallet("alice") is None
        assert list(view.entries()) == list(view.history("alice")) == []
        assert len(view.head) == 64
    audit = store.audit()
    assert (audit.transactions, audit.wallets, audit.coins_issued, audit.findings) == (0, 0, 0, ())


def test_entries_come_oldest_first_and_histories_newest_first(economy):
    for creator in ("bob", "carol", "bob"):
        if creator == "carol":
            commit(economy, opening("carol"))
        commit(economy, giving("alice", creator))
    with economy.reading() as view:
        assert [entry.seq for entry in view.entries()] == [1, 2, 3, 4, 5, 6, 7]
        assert [entry.seq for entry in view.history("alice")] == [7, 6, 4, 3, 1]
        assert [entry.seq for entry in view.history("bob")] == [7, 4, 2]
        assert [entry.seq for entry in view.history("carol")] == [6, 5]
        assert list(view.history("nobody")) == []


def test_a_history_tells_what_the_entries_tell(economy):
    commit(economy, giving("alice", "bob"), giving("alice", "bob"), recharging("alice"))
    with economy.reading() as view:
        entries = {entry.seq: entry for entry in view.entries()}
        for user in view.users():
            for entry in view.history(user):
                assert entry == entries[entry.seq]


def test_a_long_history_can_be_left_in_the_middle(economy):
    for _ in range(5):
        commit(economy, recharging("alice"))
    with economy.reading() as view:
        history = view.history("alice")
        assert [next(history).seq for _ in range(2)] == [8, 7]


def test_users_are_sorted_and_totals_are_those_of_the_platform(economy):
    commit(economy, opening("aa"), opening("z9"))
    commit(economy, giving("alice", "bob", "sun cream"))
    with economy.reading() as view:
        assert view.users() == ["aa", "alice", "bob", "z9"]
        assert {name: total for name, total in view.totals.items() if total} == {
            "platform/issued": -500,
            "platform/cash": 649,
        }


def test_the_head_is_that_of_the_newest_entry(economy):
    with economy.reading() as view:
        assert view.head == list(view.entries())[-1].head
        assert view.head == economy.audit().head


def test_an_entry_keeps_its_head_for_ever(store):
    commit(store, opening("alice"))
    commit(store, opening("bob"))
    first = heads(store)
    commit(store, recharging("alice"))
    assert heads(store)[:2] == first
    assert len(set(heads(store))) == 3


def test_an_audit_counts_and_finds_nothing(economy):
    commit(economy, giving("alice", "bob", "sun cream"))
    audit = economy.audit()
    assert (audit.transactions, audit.wallets, audit.coins_issued) == (4, 2, 500)
    assert audit.findings == ()


def test_a_wallet_keeps_its_name_and_knows_since_when_it_is_live(store, reopened):
    commit(store, Intent(Open("alice", "Alice 💃 \x1b[31m")), at=later(1))
    commit(store, Intent(StartLive("alice")), at=later(2))
    commit(store, recharging("alice"), at=later(3))
    with reopened.reading() as view:
        assert view.wallet("alice") == Wallet("alice", "Alice 💃 \x1b[31m", 100, 0, later(2))
    commit(reopened, Intent(EndLive("alice")), at=later(4))
    with reopened.reading() as view:
        assert view.wallet("alice").live_since is None


def test_requests_come_back_as_they_were_sent(economy, reopened):
    request = Gift("alice", "bob", "panda", 3, "comments", "a video 💃", "\x00\u2028 “hi” \\ \n!")
    (answer,) = commit(economy, Intent(request, "k\x00"))
    with reopened.reading() as view:
        (entry, *_) = view.history("bob")
    assert entry == answer.entry
    assert entry.transaction.request == request


def test_a_store_says_where_it_is(store, kind, folder):
    assert store.where == ("memory" if kind == "memory" else str(folder))


def test_reading_what_was_never_made_is_refused(store, kind):
    if kind == "memory":
        with store.reading() as view:
            assert view.seq == 0
        return
    with pytest.raises(NoStore), store.reading():
        pass
    with pytest.raises(NoStore):
        store.audit()


def test_the_largest_amounts_are_kept_exactly(store, reopened):
    most = 2**53 - 1
    vast = replace(CATALOG, packs={"100": Pack("100", most, most)}, coins_at_a_time_max=most)
    commit(store, opening("alice"))
    (answer,) = commit(
        store,
        Intent(Recharge("alice", "100")),
        decide=lambda request, wallets, at, past: rules.decide(request, vast, wallets, at, past),
    )
    assert answer.entry.transaction.wallets[0].coins == most
    with reopened.reading() as view:
        assert view.wallet("alice").coins == most
        assert view.totals["platform/issued"] == -most
    assert reopened.audit().findings == ()
