"""Numbers and endings in every store: what is found, what ends what, and forged endings."""

import pytest

from coins_cli.errors import (
    AlreadyReversed,
    CoinsGone,
    PayoutEnded,
    StoreDamaged,
    UnknownPayout,
    UnknownTransaction,
)
from coins_cli.model import rules
from coins_cli.model.requests import CashOut, ReturnPayout, Reverse, SettlePayout
from coins_cli.model.transactions import Posting
from coins_cli.store.memory_store import MemoryStore
from coins_cli.store.protocol import Intent
from tests.store.economies import (
    CATALOG,
    bank_at,
    commit,
    decide,
    everything,
    giving,
    heads,
    opening,
    recharging,
    store_at,
)
from tests.store.journals import forge, index_lines, lines, replace_file, segments, written

ASKED = CashOut("bob", "bob@example.com", 10_000, pending=True)
STORY = [
    [opening("alice"), opening("bob")],
    [recharging("alice", "10000"), recharging("alice", "10000")],
    [giving("alice", "bob", "drama-queen", quantity=4)],
    [Intent(ASKED)],
    [Intent(SettlePayout(6), "settle")],
    [Intent(CashOut("bob", "bob@example.org", pending=True))],
    [Intent(ReturnPayout(8, "a typo")), recharging("alice")],
    [Intent(Reverse(10, "twice"), "undo")],
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
    with pytest.raises(refusal):
        commit(reopened, Intent(request_))
    with pytest.raises(refusal):
        reopened.dry_run([Intent(request_)], decide, told_at(told))
    (answer,) = reopened.commit_each([Intent(request_)], decide, told_at(told))
    assert type(answer) is refusal
    assert everything(reopened) == before


def told_at(store):
    with store.reading() as view:
        return view.newest_at


def test_the_decision_is_given_the_past_its_wallets_and_what_ended_it(told, reopened):
    seen = []

    def watching(request, wallets, at, past):
        seen.append((sorted(wallets), past and (past.seq, past.ended_by)))
        return decide(request, wallets, at, past)

    commit(told, recharging("alice"))
    commit(reopened, Intent(Reverse(12, "x")), decide=watching)
    for request in (Reverse(5, "x"), Reverse(12, "x"), Reverse(99, "x")):
        reopened.commit_each([Intent(request)], watching, told_at(told))
    commit(reopened, opening("carol"), decide=watching)
    assert seen == [
        (["alice"], (12, None)),
        (["alice", "bob"], (5, None)),
        (["alice"], (12, 13)),
        ([], None),
        (["carol"], None),
    ]


def test_a_group_can_end_what_it_did_itself_but_only_once(store, reopened):
    commit(store, opening("alice"), recharging("alice"), Intent(Reverse(2, "at once")))
    with reopened.reading() as view:
        assert view.entry_ending(2).seq == 3
        assert view.wallet("alice").coins == 0
    answers = reopened.commit_each(
        [
            recharging("alice"),
            Intent(Reverse(4, "x")),
            Intent(Reverse(4, "x")),
            Intent(Reverse(9, "x")),
        ],
        decide,
        told_at(store),
    )
    assert [type(answer).__name__ for answer in answers] == [
        "Applied",
        "Applied",
        "AlreadyReversed",
        "UnknownTransaction",
    ]
    assert answers[2].by == 5
    assert reopened.audit().findings == ()


def test_what_is_undone_with_its_group_ends_nothing(told, reopened):
    commit(told, recharging("alice"))
    answers = reopened.commit_each(
        [Intent(Reverse(12, "x")), Intent(Reverse(10, "x"))], decide, told_at(told), "undo"
    )
    assert [type(answer).__name__ for answer in answers] == ["AnotherRefused", "AlreadyReversed"]
    with reopened.reading() as view:
        assert view.entry_ending(12) is None


def test_an_ending_sent_again_under_its_key_is_the_first_one(told, reopened):
    for key, request, seq in [
        ("settle", SettlePayout(6), 7),
        ("undo", Reverse(10, "twice"), 11),
    ]:
        (again,) = commit(reopened, Intent(request, key))
        assert (again.entry.seq, again.replayed) == (seq, True)


def test_within_a_row_of_commits_each_is_ended_once(told, reopened):
    with reopened.in_bulk():
        commit(reopened, recharging("alice"))
        commit(reopened, Intent(Reverse(12, "x")))
        with pytest.raises(AlreadyReversed):
            commit(reopened, Intent(Reverse(12, "x")))
    with pytest.raises(AlreadyReversed):
        commit(reopened, Intent(Reverse(12, "x")))
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


def test_an_index_that_names_another_line_for_an_ending_is_refused(folder, sealed):
    places = {line[1]: line[1:] for line in index_lines(folder)}
    wrong = " ".join(places[f"{5:016}"])
    for path in (folder / "keys").iterdir():
        rows = [row.split() for row in path.read_text().split("\n") if row]
        path.write_text("".join(f"\n{row[0]} {wrong}\n" for row in rows))
    with store_at(folder).reading() as view, pytest.raises(StoreDamaged):
        view.entry_ending(10)


# -- forgeries with right hashes -----------------------------------------------------------------

FORGERIES = {
    "a second ending of the same": (9, lambda says: says["request"].update(payout=6)),
    "of itself": (11, lambda says: says["request"].update(reverses=11)),
    "of a later one": (7, lambda says: says["request"].update(payout=8)),
    "of none": (11, lambda says: says["request"].update(reverses=999)),
    "of what opened a wallet": (11, lambda says: says["request"].update(reverses=1)),
    "of another of the same kind": (11, lambda says: says["request"].update(reverses=3)),
    "with another name in it": (11, lambda says: says["terms"].update(user="bob")),
    "with another pack in it": (11, lambda says: says["terms"].update(pack="500")),
    "with another sum": (11, lambda says: says["outcome"].update(coins=99)),
    "to another address": (7, lambda says: says["terms"].update(paypal="eve@example.com")),
}


@pytest.mark.parametrize("lines_max", [1, 3, 1000])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_an_ending_that_was_forged_with_right_hashes_is_found(folder, forgery, lines_max):
    seq, change = FORGERIES[forgery]
    bank = bank_at(folder, lines_max=lines_max)
    for intents in STORY:
        commit(bank.store, *intents)
    assert bank.verify().findings == ()
    forge(folder, lambda says: says.get("seq") == seq and change(says))
    problems = [(one.where, one.problem) for one in bank.verify().findings]
    assert any(
        where == f"transaction {seq}" and problem.startswith("it cannot end transaction ")
        for where, problem in problems
    )


def test_a_reversal_that_gives_back_more_than_was_taken_is_found_though_all_else_adds_up(folder):
    bank = bank_at(folder)
    for intents in STORY:
        commit(bank.store, *intents)
    taken = Posting("alice/coins", "COIN", -50)

    def halved(request, wallets, at, past):
        honest = rules.decide(request, CATALOG, wallets, at, past)
        return type(honest)(
            honest.at,
            honest.request,
            honest.outcome,
            honest.terms,
            (Posting("platform/issued", "COIN", 50), taken),
            (type(honest.wallets[0])("alice", coins=honest.wallets[0].coins + 50),),
        )

    memory = MemoryStore()
    for intents in STORY:
        commit(memory, *intents)
    for store in (bank.store, memory):
        commit(store, recharging("alice"))
        commit(store, Intent(Reverse(12, "x")), decide=halved)
        assert [(one.where, one.problem) for one in store.audit().findings] == [
            ("transaction 13", "it cannot end transaction 12")
        ]


def test_an_audit_in_memory_finds_endings_of_nothing_and_second_ones():
    def careless(request, wallets, at, past):
        wallets = {"alice": memory.wallet("alice")}
        seq = request.ends()
        return rules.decide(request, CATALOG, wallets, at, type(past)(seq, past.transaction))

    memory = MemoryStore()
    commit(memory, opening("alice"), recharging("alice"), recharging("alice"))
    commit(memory, Intent(Reverse(2, "x")))
    commit(memory, Intent(Reverse(2, "x")), decide=careless)
    assert ("transaction 5", "it cannot end transaction 2") in [
        (one.where, one.problem) for one in memory.audit().findings
    ]


def test_a_missing_segment_is_not_taken_for_what_it_ended(folder, sealed):
    segments(folder)[3].unlink()
    with store_at(folder).reading() as view, pytest.raises(StoreDamaged):
        view.entry(6)


def test_a_journal_without_its_beginning_has_no_early_numbers(folder, sealed):
    segments(folder)[0].unlink()
    with store_at(folder).reading() as view:
        with pytest.raises(StoreDamaged) as refusal:
            view.entry(1)
        assert "no segment in it has transaction 1" in refusal.value.message
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
    says = {**last.says, "seq": 12, "prev": heads(bank.store)[-1]}
    says.pop("key")
    says["before"] = [[11, 1, last.offset]]
    replace_file(newest, newest.read_bytes() + written(says))
    assert "it cannot end transaction 10" in [one.problem for one in bank.verify().findings]
