"""Numbers and endings in every store: what is found, what ends what, and forged endings."""

import json

import pytest
from msgspec.structs import replace

from coins_cli.errors import (
    AlreadyReversed,
    CoinsGone,
    PayoutEnded,
    StoreDamaged,
    UnknownPayout,
    UnknownTransaction,
)
from coins_cli.model.economy import Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import Past
from coins_cli.store.memory import MemoryStore
from tests.store.economies import (
    CATALOG,
    bank_at,
    commit,
    everything,
    giving,
    heads,
    keyed,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import (
    digest_of,
    forge,
    index_entries,
    lines,
    replace_file,
    segments,
    write_index,
    written,
)

ASKED = CashOut("bob", "bob@example.com", 10_000, pending=True)
STORY = [
    [opening("alice"), opening("bob")],
    [recharging("alice", "10000"), recharging("alice", "10000")],
    [giving("alice", "bob", "drama-queen", quantity=4)],
    [ASKED],
    [keyed(SettlePayout(6), "settle")],
    [CashOut("bob", "bob@example.org", pending=True)],
    [ReturnPayout(8, "a typo"), recharging("alice")],
    [keyed(Reverse(10, "twice"), "undo")],
]
"""Numbers 1 to 11; 6 is settled by 7, 8 returned by 9, 10 reversed by 11."""
ENDED = {6: 7, 8: 9, 10: 11}


@pytest.fixture
def told(store):
    for intents in STORY:
        commit(store, *intents)
    return store


def by_numbers(view, seqs):
    return [entry and entry.seq for entry in map(view.entry, seqs)]


# -- looking up ----------------------------------------------------------------------------------


def test_each_number_leads_to_its_transaction_and_no_other_to_any(told, reopened):
    with reopened.reading() as view:
        assert by_numbers(view, range(1, 12)) == list(range(1, 12))
        assert [view.entry(seq) for seq in range(1, 12)] == list(view.entries())
        assert by_numbers(view, [0, -1, -11, 12, 2**53]) == [None] * 5


def test_what_ended_a_transaction_is_found_wherever_it_is(told, reopened):
    with reopened.reading() as view:
        found = {seq: view.entry_ending(seq) for seq in range(-1, 14)}
        assert {seq: one.seq for seq, one in found.items() if one is not None} == ENDED
        assert [found[seq] for seq in ENDED] == [view.entry(by) for by in ENDED.values()]


@pytest.mark.parametrize("after", [0, 1, 2, 3, 6, 10, 11, 12, 99])
def test_entries_can_begin_after_any_number(told, reopened, after):
    with reopened.reading() as view:
        assert [one.seq for one in view.entries(after)] == list(range(after + 1, 12))


def test_an_empty_store_has_no_numbers(store):
    commit(store)
    with store.reading() as view:
        assert (view.entry(0), view.entry(1), view.entry_ending(1)) == (None, None, None)
        assert list(view.entries(3)) == []


# -- deciding ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (SettlePayout(6), PayoutEnded),
        (ReturnPayout(6, "x"), PayoutEnded),
        (SettlePayout(8), PayoutEnded),
        (SettlePayout(3), UnknownPayout),
        (SettlePayout(12), UnknownPayout),
        (Reverse(10, "x"), AlreadyReversed),
        (Reverse(12, "x"), UnknownTransaction),
        (Reverse(3, "x"), CoinsGone),
    ],
)
def test_what_cannot_be_ended_again_changes_nothing(told, reopened, request_, refusal):
    before = everything(told)
    for dry_run in (False, True):
        with pytest.raises(refusal):
            commit(reopened, request_, dry_run=dry_run)
        (answer,) = commit(reopened, request_, on_refusal="go on", dry_run=dry_run)
        assert type(answer) is refusal
    assert everything(reopened) == before


def test_the_decision_finds_the_past_its_wallets_and_what_ended_it(told, reopened):
    seen = []

    class Watching(Rules):
        def __call__(self, request, world):
            past = world.past(request.ends())
            users = past and [wallet.user for wallet in past.transaction.wallets]
            seen.append((users, past and (past.transaction.seq, past.ended_by)))
            return super().__call__(request, world)

    commit(told, recharging("alice"))
    watching = Watching(CATALOG)
    commit(reopened, Reverse(12, "x"), rules=watching)
    for request in (Reverse(5, "x"), Reverse(12, "x"), Reverse(99, "x"), Reverse(0, "x")):
        commit(reopened, request, rules=watching, on_refusal="go on")
    assert seen == [
        (["alice"], (12, None)),
        (["alice", "bob"], (5, None)),
        (["alice"], (12, 13)),
        (None, None),
        (None, None),
    ]


def test_a_group_can_end_what_it_did_itself_but_only_once(store, reopened):
    commit(store, opening("alice"), recharging("alice"), Reverse(2, "at once"))
    with reopened.reading() as view:
        assert view.entry_ending(2).seq == 3
        assert view.wallet("alice").coins == 0
    answers = commit(
        reopened,
        recharging("alice"),
        Reverse(4, "x"),
        Reverse(4, "x"),
        Reverse(9, "x"),
        on_refusal="go on",
    )
    assert [type(answer).__name__ for answer in answers] == [
        "Receipt",
        "Receipt",
        "AlreadyReversed",
        "UnknownTransaction",
    ]
    assert answers[2].by == 5
    assert reopened.audit().findings == ()


def test_what_is_undone_with_its_group_ends_nothing(told, reopened):
    commit(told, recharging("alice"))
    answers = commit(reopened, Reverse(12, "x"), Reverse(10, "x"), on_refusal="undo")
    assert [type(answer).__name__ for answer in answers] == ["AnotherRefused", "AlreadyReversed"]
    with reopened.reading() as view:
        assert view.entry_ending(12) is None


def test_an_ending_sent_again_under_its_key_is_the_first_one(told, reopened):
    for key, request, seq in [
        ("settle", SettlePayout(6), 7),
        ("undo", Reverse(10, "twice"), 11),
    ]:
        (again,) = commit(reopened, keyed(request, key))
        assert (again.transaction.seq, again.replayed) == (seq, True)


def test_within_a_row_of_commits_each_is_ended_once(told, reopened):
    with reopened.in_bulk():
        commit(reopened, recharging("alice"))
        commit(reopened, Reverse(12, "x"))
        with pytest.raises(AlreadyReversed):
            commit(reopened, Reverse(12, "x"))
    with pytest.raises(AlreadyReversed):
        commit(reopened, Reverse(12, "x"))
    assert reopened.audit().findings == ()


# -- the index -----------------------------------------------------------------------------------


@pytest.fixture
def sealed(folder):
    """The same story, each line in a segment of its own."""
    store = store_at(folder, lines_max=1)
    for intents in STORY:
        commit(store, *intents)
    commit(store, recharging("alice"))
    return store


def test_an_ending_that_the_index_has_lost_is_noticed_by_verify_and_mended(folder, sealed):
    for path in (folder / "keys").iterdir():
        path.write_bytes(b"")
    assert [one for one in sealed.audit().findings if one.where.startswith("keys")]
    sealed.repair()
    with store_at(folder).reading() as view:
        assert view.entry_ending(10).seq == 11
    assert sealed.audit().findings == ()


@pytest.mark.parametrize("wrong", [5, 12, 13, 99])
def test_an_index_that_names_another_line_for_an_ending_is_refused(folder, sealed, wrong):
    """Of another request, the newest one, the next one, or one far from there."""
    store_id = json.loads((folder / "store.json").read_bytes())["id"]
    digest = digest_of(store_id, "ended\n10")
    entries = index_entries(folder)
    assert (digest, 11) in entries
    write_index(folder, [(one, wrong if one == digest else seq) for one, seq in entries])
    with store_at(folder).reading() as view, pytest.raises(StoreDamaged, match="keys"):
        view.entry_ending(10)
    with pytest.raises(StoreDamaged, match="keys"):
        commit(store_at(folder), Reverse(10, "x"))


# -- forgeries with right hashes -----------------------------------------------------------------

BY_THE_RULES = "the rules would not do it: "
SAYS_ABOUT = "'about' is not what the rules decide"
# The second of two segments cannot know what the first one ended, and is told so afterwards.
FORGERIES = {
    "a second ending of the same": (
        9,
        lambda says: says["request"].update(payout=6),
        (BY_THE_RULES + "payout 6 was ended already", "it ends transaction 6, which 7 ended"),
    ),
    "of itself": (
        11,
        lambda says: says["request"].update(reverses=11),
        BY_THE_RULES + "there is no transaction 11",
    ),
    "of a later one": (
        7,
        lambda says: says["request"].update(payout=8),
        BY_THE_RULES + "there is no payout 8",
    ),
    "of none": (
        11,
        lambda says: says["request"].update(reverses=999),
        BY_THE_RULES + "there is no transaction 999",
    ),
    "of what opened a wallet": (
        11,
        lambda says: says["request"].update(reverses=1),
        BY_THE_RULES + "transaction 1 cannot be reversed",
    ),
    "of another of the same kind": (
        11,
        lambda says: says["request"].update(reverses=3),
        BY_THE_RULES + "transaction 3 cannot be reversed",
    ),
    "with another name in it": (11, lambda says: says["about"].update(user="bob"), SAYS_ABOUT),
    "with another pack in it": (11, lambda says: says["about"].update(pack="500"), SAYS_ABOUT),
    "with another sum": (
        11,
        lambda says: says.update(coins=99),
        "'coins' is not what the rules decide",
    ),
    "to another address": (
        7,
        lambda says: says["about"].update(paypal="eve@example.com"),
        SAYS_ABOUT,
    ),
}


@pytest.mark.parametrize("lines_max", [1, 3, 1000])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_an_ending_that_was_forged_with_right_hashes_is_found(folder, forgery, lines_max):
    seq, change, problem = FORGERIES[forgery]
    bank = bank_at(folder, lines_max=lines_max)
    for intents in STORY:
        commit(bank.store, *intents)
    assert bank.read.verify().findings == ()
    forge(folder, lambda says: says.get("seq") == seq and change(says))
    problems = [(one.where, one.problem) for one in bank.read.verify().findings]
    assert any(
        where.endswith(f".jsonl, transaction {seq}") and found.startswith(problem)
        for where, found in problems
    ), problems


def test_a_reversal_that_gives_back_more_than_was_taken_is_found_though_all_else_adds_up(folder):
    bank = bank_at(folder)
    for intents in STORY:
        commit(bank.store, *intents)

    class Halving(Rules):
        def __call__(self, request, world):
            honest, coins = super().__call__(request, world), world.wallets["alice"].coins
            moves = (("alice/coins", "platform/issued", 50), honest.moves[0])
            assert honest.moves[1] == ("alice/coins", "platform/issued", 100)
            (wallet,) = honest.wallets
            return replace(honest, moves=moves, wallets=(replace(wallet, coins=coins - 50),))

    memory = MemoryStore()
    for intents in STORY:
        commit(memory, *intents)
    for store in (bank.store, memory):
        commit(store, recharging("alice"))
        commit(store, Reverse(12, "x"), rules=Halving(CATALOG))
        assert [(one.where.rpartition(", ")[2], one.problem) for one in store.audit().findings] == [
            ("transaction 13", "'moves' is not what the rules decide"),
            ("transaction 13", "'wallets' is not what the rules decide"),
        ]


def test_an_audit_in_memory_finds_endings_of_nothing_and_second_ones():
    class Careless(Rules):
        def __call__(self, request, world):
            return super().__call__(request, Forgetful(world))

    class Forgetful:
        def __init__(self, world):
            self.world = world

        def __getattr__(self, name):
            return getattr(self.world, name)

        def past(self, seq):
            return Past(self.world.past(seq).transaction)

    memory = MemoryStore()
    commit(memory, opening("alice"), recharging("alice"), recharging("alice"))
    commit(memory, Reverse(2, "x"))
    commit(memory, Reverse(2, "x"), rules=Careless(CATALOG))
    (found,) = memory.audit().findings
    assert found.where == "transaction 5"
    assert found.problem.startswith(BY_THE_RULES + "transaction 2 was reversed already")


def test_a_missing_segment_is_not_taken_for_what_it_ended(folder, sealed):
    segments(folder)[3].unlink()
    with store_at(folder).reading() as view, pytest.raises(StoreDamaged):
        view.entry(6)


def test_a_journal_without_its_beginning_has_no_early_numbers(folder, sealed):
    segments(folder)[0].unlink()
    with store_at(folder).reading() as view:
        with pytest.raises(StoreDamaged) as refusal:
            view.entry(1)
        assert "journal/000000000001.jsonl" in refusal.value.message
        assert "the file is missing" in refusal.value.message
    assert sealed.audit().findings != ()


def test_what_was_cut_out_of_a_sealed_segment_is_refused(folder, sealed):
    cut = segments(folder)[4]
    replace_file(cut, cut.read_bytes().split(b"\n")[0] + b"\n")
    with store_at(folder).reading() as view, pytest.raises(StoreDamaged):
        view.entry(7)


def test_a_second_ending_appended_by_hand_is_found(folder):
    bank = bank_at(folder)
    for intents in STORY:
        commit(bank.store, *intents)
    last, newest = lines(folder)[-1], segments(folder)[-1]
    says = json.loads(json.dumps(last.says))
    says["seq"], says["before"], says["wallets"][0]["last"] = 12, [11], 12
    says["request"].pop("key")
    replace_file(newest, newest.read_bytes() + written(says, heads(bank.store)[-1]))
    problems = [one.problem for one in bank.read.verify().findings]
    assert any("transaction 10 was reversed already" in one for one in problems), problems
