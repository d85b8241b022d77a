"""Where the money goes, against what the wallets and the totals say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.errors import CoinsError
from coins_cli.model import rules
from coins_cli.model.requests import CashOut, Gift, Promote, Recharge, SettlePayout
from coins_cli.model.transactions import Outcome, Posting, Transaction
from coins_cli.store.memory_store import MemoryStore
from coins_cli.store.protocol import Intent
from coins_cli.views.flows import Flows, flows, flows_by_wallets
from tests.store.economies import START, new_folder, store_at
from tests.store.stories import BUSY_CATALOG, beginning, steps


def test_nothing_flows_in_an_empty_economy():
    with MemoryStore().reading() as view:
        assert flows(view) == Flows(0, 0, 0, 0, 0, 0, 0, 0)


def test_the_flows_of_a_small_story(bank):
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 10_000)
    bank.recharge("alice", 2_000)
    bank.gift("alice", "bob", "drama queen", quantity=2)
    bank.cash_out("bob", "bob@example.com", coins=9_000)
    bank.promote("alice", "video", days=1)
    assert bank.flows() == Flows(
        usd_cents_in=13_499 + 2_699,
        usd_cents_out=9_000,
        coins_issued=12_000,
        coins_held=1_500,
        coins_given=10_000,
        coins_received=10_000,
        coins_earned=1_000,
        coins_promotions=500,
        coins_gifts_kept=0,
        coins_cashed_out=9_000,
    )
    assert bank.flows().usd_cents_kept == 13_499 + 2_699 - 9_000


def test_an_account_elsewhere_that_ends_like_a_wallet_is_no_wallet(bank):
    """Such as that of the address `bob@example.com/coins`, if addresses could be like that."""
    bank.create_wallets("alice")
    bank.recharge("alice", 10_000)

    def decide(request, wallets, at, past=None):
        postings = (
            Posting("world/paypal/bob@example.com/coins", "USD", 500),
            Posting("world/paypal/bob@example.com/earned", "USD", -500),
        )
        return Transaction(at, request, Outcome(), {}, postings, ())

    bank.store.commit([Intent(Recharge("alice", "100"))], decide, START)
    assert (bank.flows().coins_held, bank.flows().coins_earned) == (10_000, 0)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(steps, min_size=3, max_size=12), st.booleans())
def test_flows_agree_with_wallets_and_totals(story, in_files):
    def decide(request, wallets, at, past=None):
        return rules.decide(request, BUSY_CATALOG, wallets, at, past)

    with new_folder() as folder:
        store = store_at(folder, lines_max=3) if in_files else MemoryStore()
        for step in [beginning(), *story]:
            try:
                store.commit(step.intents, decide, step.at)
            except CoinsError:
                continue
        with store.reading() as view:
            found = flows(view)
            wallets = [view.wallet(user) for user in view.users()]
            totals = {**view.totals}
            outcomes = [
                (entry.transaction.request, entry.transaction.outcome)
                for entry in view.entries()
                if view.entry_ending(entry.seq) is None and entry.transaction.request.ends() is None
            ]
            settled = [
                (CashOut, entry.transaction.outcome)
                for entry in view.entries()
                if isinstance(entry.transaction.request, SettlePayout)
            ]
            assert flows_by_wallets(view) == found
    is_pending = [getattr(request, "pending", False) for request, _ in outcomes]
    held = sum(
        outcome.coins for (_, outcome), is_so in zip(outcomes, is_pending, strict=True) if is_so
    )
    standing = [one for one, is_so in zip(outcomes, is_pending, strict=True) if not is_so]
    of = {
        kind.__name__: [outcome for request, outcome in standing if isinstance(request, kind)]
        for kind in (Recharge, Gift, Promote, CashOut)
    }
    of["CashOut"] += [outcome for _, outcome in settled]
    assert found.coins_pending == sum(wallet.held for wallet in wallets) == held
    assert found.coins_given == found.coins_received == sum(o.coins for o in of["Gift"])
    assert found.usd_cents_in == sum(outcome.usd_cents for outcome in of["Recharge"])
    assert found.usd_cents_out == sum(outcome.usd_cents for outcome in of["CashOut"])
    assert found.coins_issued == sum(outcome.coins for outcome in of["Recharge"])
    assert found.coins_held == sum(wallet.coins for wallet in wallets)
    assert found.coins_earned == sum(wallet.earned for wallet in wallets)
    assert found.coins_promotions == sum(outcome.coins for outcome in of["Promote"])
    assert found.coins_gifts_kept == sum(o.coins - o.earned for o in of["Gift"])
    assert found.coins_cashed_out == sum(outcome.coins for outcome in of["CashOut"])
    assert found.usd_cents_kept == totals.get("platform/cash", 0)
    assert found.coins_issued == -totals.get("platform/issued", 0)
    assert found.coins_issued == (
        found.coins_held
        + found.coins_earned
        + found.coins_pending
        + found.coins_promotions
        + found.coins_gifts_kept
        + found.coins_cashed_out
    )
