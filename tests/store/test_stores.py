"""What every store promises, on each kind of store."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from coins_cli.bank import AgreedRules
from coins_cli.errors import (
    ChangedMeanwhile,
    HandleTaken,
    KeyReused,
    NoStore,
    NotEnoughCoins,
    UnknownUser,
)
from coins_cli.model.accounts import PLATFORM_ACCOUNTS
from coins_cli.model.catalog import GiftKind, Pack
from coins_cli.model.economy import Rules
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.receipts import Receipt, receipt_of
from coins_cli.model.wallets import Wallet
from coins_cli.store.protocol import ReceiptRef
from tests.store.economies import (
    CATALOG,
    RULES,
    START,
    commit,
    everything,
    giving,
    heads,
    keyed,
    opening,
    plain,
    recharging,
)

DEARER = Rules(replace(CATALOG, gifts={"panda": GiftKind("panda", "Panda", 50)}))
"""The rules where a panda costs ten times as much, and there is no other gift."""


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
    assert (first.transaction.seq, first.key, first.replayed) == (1, None, False)
    assert (second.transaction.seq, second.key, second.replayed) == (2, "mine", False)
    assert first.transaction.request == Open("alice")
    assert second.transaction.at == later(5)
    assert second.transaction.wallets == (Wallet("alice", coins=100, last=2),)
    assert first.head != second.head


def test_what_was_committed_is_there_for_the_next_process(economy, reopened):
    assert everything(reopened) == everything(economy)
    assert heads(reopened) == heads(economy)
    with reopened.reading() as view:
        assert view.wallet("alice") == Wallet("alice", coins=500, last=3)
        assert view.wallet("bob") == Wallet("bob", last=2)


def test_each_intent_of_a_commit_sees_those_before_it(store):
    answers = commit(
        store,
        opening("alice"),
        opening("bob"),
        recharging("alice"),
        giving("alice", "bob", "rainbow puke"),
    )
    assert [answer.transaction.seq for answer in answers] == [1, 2, 3, 4]
    with store.reading() as view:
        assert view.wallet("bob") == Wallet("bob", earned=100, last=4)


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
    class Broken(Rules):
        def __call__(self, request, world):
            raise ZeroDivisionError

    before = everything(economy)
    for dry_run in (False, True):
        with pytest.raises(ZeroDivisionError):
            commit(economy, opening("carol"), rules=Broken(CATALOG), dry_run=dry_run)
    assert everything(economy) == before


def test_the_decision_is_given_the_economy_as_it_is_and_as_those_before_left_it(economy):
    seen = []

    class Watching(Rules):
        def __call__(self, request, world):
            found = [world.wallets[user] for user in request.users()]
            seen.append((found, world.at, world.next_seq, world.catalog))
            return super().__call__(request, world)

    watching = Watching(CATALOG)
    for dry_run in (True, False):
        seen.clear()
        asked = [opening("carol"), giving("alice", "carol")]
        commit(economy, *asked, at=later(9), rules=watching, dry_run=dry_run)
        alice = Wallet("alice", coins=500, last=3)
        assert seen == [
            ([None], later(9), 4, watching.catalog),
            ([alice, Wallet("carol", last=4)], later(9), 5, watching.catalog),
        ]


def test_the_decision_hears_of_what_is_answered_by_a_key(economy):
    heard = []

    class Hearing(Rules):
        def recall(self, request):
            heard.append(request)

    known = recharging("alice", "500", key="pocket money")
    for dry_run in (True, False):
        commit(economy, known, opening("carol"), rules=Hearing(CATALOG), dry_run=dry_run)
    assert heard == [known, known]


def test_what_the_decision_raises_at_a_known_key_is_passed_on_and_changes_nothing(economy):
    class Refusing(Rules):
        def recall(self, request):
            raise HandleTaken("alice")

    before = everything(economy)
    known = recharging("alice", "500", key="pocket money")
    for dry_run in (True, False):
        with pytest.raises(HandleTaken):
            commit(economy, opening("carol"), known, rules=Refusing(CATALOG), dry_run=dry_run)
    assert everything(economy) == before


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
    assert (again.transaction.seq, again.transaction.at) == (3, START)
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
        commit(economy, keyed(Gift("bob", "alice", "sun cream", 2, "comments", "v", "no"), "k"))
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
    assert (first.transaction.seq, other.transaction.seq, again.transaction.seq) == (4, 5, 4)
    assert (first.replayed, other.replayed, again.replayed) == (False, False, True)
    assert again == replace(first, replayed=True)
    with reopened.reading() as view:
        assert view.seq == 5
        assert view.wallet("bob") == Wallet("bob", coins=100, last=4)


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
        assert (again.replayed, again.transaction.seq) == (True, seq)
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
    assert (again.replayed, again.transaction.seq) == (True, 4)


def test_keys_and_the_past_do_not_follow_the_catalog(economy, reopened):
    commit(economy, giving("alice", "bob", key="panda"))
    before = everything(economy)
    (again,) = commit(reopened, giving("alice", "bob", key="panda"), rules=DEARER)
    assert again.replayed
    assert again.transaction.coins == 5
    assert again.catalog == RULES.catalog
    assert everything(reopened) == before
    (dear,) = commit(reopened, giving("alice", "bob"), rules=DEARER)
    assert dear.transaction.coins == 50
    assert dear.catalog == DEARER.catalog
    (cheap,) = commit(economy, giving("alice", "bob"))
    assert cheap.transaction.coins == 5
    with reopened.reading() as view:
        prices = [entry.catalog.gifts["panda"].coins for entry in view.entries()]
        assert prices == [5, 5, 5, 5, 50, 5]
        assert [one.catalog for one in view.history("bob")] == [
            view.entry(seq).catalog for seq in (6, 5, 4, 2)
        ]
        assert view.entry_of_key("panda").catalog == RULES.catalog
    assert economy.audit().findings == ()


# -- dry runs ------------------------------------------------------------------------------------


def test_a_dry_run_says_what_a_commit_would_do_and_does_not_do_it(economy, reopened):
    asked = [giving("alice", "bob", key="k"), recharging("bob"), giving("alice", "bob", key="k")]
    before = everything(economy)
    tried = commit(economy, *asked, at=later(7), dry_run=True)
    assert everything(economy) == before
    assert everything(reopened) == before
    assert {one.head for one in tried} == {None}
    done = commit(economy, *asked, at=later(7))
    assert [decided(one) for one in tried] == [decided(one) for one in done]
    assert [one.transaction.seq for one in tried] == [4, 5, 4]
    assert [one.replayed for one in tried] == [False, False, True]


def decided(one):
    """An answer without the hash, which a dry run cannot know."""
    return plain(one.transaction), one.catalog, one.replayed


def test_a_dry_run_meets_every_refusal_of_a_commit(economy):
    for asked, refusal in [
        ([giving("bob", "alice")], NotEnoughCoins),
        ([recharging("bob", key="pocket money")], KeyReused),
        ([opening("carol"), opening("carol")], HandleTaken),
    ]:
        with pytest.raises(refusal):
            commit(economy, *asked, dry_run=True)


def test_a_dry_run_of_a_known_key_shows_what_stands(economy):
    known = recharging("alice", "500", key="pocket money")
    (shown,) = commit(economy, known, at=later(99), dry_run=True)
    assert shown.replayed
    assert (shown.transaction.seq, shown.transaction.at) == (3, START)


def test_a_dry_run_needs_no_store_and_makes_none(store, folder):
    (shown,) = commit(store, opening("alice"), dry_run=True)
    assert shown.transaction.wallets == (Wallet("alice", last=1),)
    assert (shown.transaction.seq, shown.head, shown.replayed) == (1, None, False)
    with pytest.raises(UnknownUser):
        commit(store, recharging("alice"), dry_run=True)
    assert not folder.exists()


def test_a_dry_run_at_other_prices_is_decided_at_those(economy, reopened):
    before = everything(economy)
    (shown,) = commit(reopened, giving("alice", "bob"), rules=DEARER, dry_run=True)
    assert (shown.transaction.coins, shown.catalog) == (50, DEARER.catalog)
    assert everything(economy) == before


# -- what was agreed to --------------------------------------------------------------------------


def agreed(shown):
    """Rules that are held to what a dry run has shown."""
    receipts = [
        Receipt(one.transaction, one.catalog, None, one.replayed, dry_run=True) for one in shown
    ]
    return AgreedRules(CATALOG, receipts)


def test_what_was_agreed_to_is_recorded_while_it_is_the_same(economy):
    asked = [recharging("bob", key="b"), giving("alice", "bob")]
    shown = commit(economy, *asked, at=later(1), dry_run=True)
    commit(economy, recharging("alice"), at=later(2))
    done = commit(economy, *asked, at=later(3), rules=agreed(shown))
    assert [one.transaction.sums for one in done] == [one.transaction.sums for one in shown]
    assert [one.transaction.seq for one in done] == [5, 6]


def test_what_is_no_longer_what_was_agreed_to_is_not_recorded(economy, reopened):
    asked = [recharging("bob"), giving("alice", "bob", key="k")]
    shown = commit(economy, *asked, at=later(1), dry_run=True)
    commit(reopened, asked[1], at=later(2))
    before = everything(economy)
    for dry_run in (False, True):
        with pytest.raises(ChangedMeanwhile):
            commit(economy, *asked, at=later(3), rules=agreed(shown), dry_run=dry_run)
    (other,) = commit(economy, asked[0], rules=DEARER, at=later(3), dry_run=True)
    with pytest.raises(ChangedMeanwhile):
        commit(economy, asked[0], at=later(3), rules=agreed([other]))
    assert everything(economy) == before


def test_among_others_it_is_refused_alone(economy):
    asked = [giving("alice", "bob"), recharging("bob")]
    shown = [
        *commit(economy, asked[0], rules=DEARER, at=later(1), dry_run=True),
        *commit(economy, asked[1], at=later(1), dry_run=True),
    ]
    answers = commit(economy, *asked, at=later(2), rules=agreed(shown), on_refusal="go on")
    assert isinstance(answers[0], ChangedMeanwhile)
    assert answers[1].transaction.sums == shown[1].transaction.sums
    assert answers[1].transaction.seq == 4


# -- time ----------------------------------------------------------------------------------------


def test_times_never_run_backwards(store, reopened):
    commit(store, opening("alice"), at=later(100))
    times = [50, 100, 70, 200, 10]
    answers = [commit(reopened, recharging("alice"), at=later(at))[0] for at in times]
    assert [answer.transaction.at for answer in answers] == [
        later(at) for at in (100, 100, 100, 200, 200)
    ]
    (shown,) = commit(reopened, recharging("alice"), at=later(1), dry_run=True)
    assert shown.transaction.at == later(200)
    assert store.audit().findings == ()


def test_all_of_a_commit_happens_at_one_time(store):
    answers = commit(store, opening("alice"), opening("bob"), recharging("bob"), at=later(3))
    assert {answer.transaction.at for answer in answers} == {later(3)}


# -- reading -------------------------------------------------------------------------------------


def test_an_empty_economy_says_so(store):
    commit(store)
    with store.reading() as view:
        assert (view.seq, view.users()) == (0, [])
        assert view.totals == dict.fromkeys(PLATFORM_ACCOUNTS, 0)
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
    commit(store, Open("alice", "Alice 💃 \x1b[31m"), at=later(1))
    commit(store, StartLive("alice"), at=later(2))
    commit(store, recharging("alice"), at=later(3))
    with reopened.reading() as view:
        assert view.wallet("alice") == Wallet(
            "alice", coins=100, live_since=later(2), name="Alice 💃 \x1b[31m", last=3
        )
    commit(reopened, EndLive("alice"), at=later(4))
    with reopened.reading() as view:
        assert view.wallet("alice").live_since is None


def test_requests_come_back_as_they_were_sent(economy, reopened):
    request = Gift(
        "alice", "bob", "panda", 3, "comments", "a video 💃", "\x00\u2028 “hi” \\ \n!", key="k\x00"
    )
    (answer,) = commit(economy, request)
    with reopened.reading() as view:
        (entry, *_) = view.history("bob")
    assert receipt_of(entry) == answer
    assert entry.transaction.request == request


@pytest.mark.parametrize(
    "user", ["nobody", "Alice", "", "../alice", "a", "alice\n", "wallet\nalice"]
)
def test_who_has_no_wallet_or_no_handle_has_none(economy, reopened, user):
    with reopened.reading() as view:
        assert view.wallet(user) is None
        assert list(view.history(user)) == []


def test_an_audit_checks_a_receipt_and_tells_how_far_it_is(economy, reopened):
    told = []
    own = [ReceiptRef(seq, head) for seq, head in enumerate(heads(economy), start=1)]
    for receipt in own:
        assert reopened.audit(receipt, lambda *done: told.append(done)).findings == ()
    assert all(0 < done <= whole for done, whole in told)
    assert [done for done, whole in told if done == whole] == [told[-1][1]] * 3
    for other in (ReceiptRef(1, own[1].head), ReceiptRef(4, own[2].head), ReceiptRef(1, "0" * 64)):
        (found,) = reopened.audit(other).findings
        assert found.where == f"receipt {other.seq}:{other.head}"
        assert found.problem.startswith("it is not part of this history")


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
    (answer,) = commit(store, Recharge("alice", "100"), rules=Rules(vast))
    assert answer.transaction.wallets[0].coins == most
    with reopened.reading() as view:
        assert view.wallet("alice").coins == most
        assert view.totals["platform/issued"] == -most
    assert reopened.audit().findings == ()
