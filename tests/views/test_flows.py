"""Where the money goes, against what the wallets and the totals say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.errors import CoinsError
from coins_cli.model.economy import Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.payout import SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.store.memory import MemoryStore
from coins_cli.views.flows import Flows, flows
from tests.store.economies import START, new_folder, store_at
from tests.store.stories import BUSY_CATALOG, BUSY_RULES, beginning, steps
from tests.views.wallet_sums import flows_by_wallets


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
    assert bank.read.flows() == Flows(
        usd_cents_in=13_499 + 2_699,
        usd_cents_out=9_000,
        coins_issued=12_000,
        coins_unspent=1_500,
        coins_given=10_000,
        coins_received=10_000,
        coins_earned=1_000,
        coins_promotions=500,
        coins_platform_share=0,
        coins_cashed_out=9_000,
    )
    assert bank.read.flows().usd_cents_kept == 13_499 + 2_699 - 9_000


def test_an_account_elsewhere_that_ends_like_a_wallet_is_no_wallet(bank):
    """Such as that of the address `bob@example.com/coins`, if addresses could be like that."""
    bank.create_wallets("alice")
    bank.recharge("alice", 10_000)

    class Elsewhere(Rules):
        def __call__(self, request, world):
            address = "world/paypal/bob@example.com"
            return world.transaction(
                request, (), (), ((f"{address}/earned", f"{address}/coins", 500),)
            )

    bank.store.commit([Recharge("alice", "100")], Elsewhere(BUSY_CATALOG), START)
    assert (bank.read.flows().coins_unspent, bank.read.flows().coins_earned) == (10_000, 0)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(steps, min_size=3, max_size=12), st.booleans())
def test_flows_agree_with_wallets_and_totals(story, in_files):
    with new_folder() as folder:
        store = store_at(folder, lines_max=3) if in_files else MemoryStore()
        for step in [beginning(), *story]:
            try:
                store.commit(step.intents, BUSY_RULES, step.at)
            except CoinsError:
                continue
        with store.reading() as view:
            found = flows(view)
            wallets = [view.wallet(user) for user in view.users()]
            totals = {**view.totals}
            standing = [
                entry.transaction
                for entry in view.entries()
                if view.entry_ending(entry.seq) is None and entry.transaction.request.ends() is None
            ]
            settled = [
                entry.transaction
                for entry in view.entries()
                if isinstance(entry.transaction.request, SettlePayout)
            ]
            assert flows_by_wallets(view) == found
    pending = [one for one in standing if getattr(one.request, "pending", False)]
    held = sum(one.coins for one in pending)
    of = {
        kind: [one for one in standing if isinstance(one.request, kind) and one not in pending]
        for kind in (Recharge, Gift, Promote, CashOut)
    }
    of[CashOut] += settled
    assert found.coins_held == sum(wallet.held for wallet in wallets) == held
    assert found.coins_given == found.coins_received == sum(one.coins for one in of[Gift])
    assert found.usd_cents_in == sum(one.usd_cents for one in of[Recharge])
    assert found.usd_cents_out == sum(one.usd_cents for one in of[CashOut])
    assert found.coins_issued == sum(one.coins for one in of[Recharge])
    assert found.coins_unspent == sum(wallet.coins for wallet in wallets)
    assert found.coins_earned == sum(wallet.earned for wallet in wallets)
    assert found.coins_promotions == sum(one.coins for one in of[Promote])
    assert found.coins_platform_share == sum(one.coins - one.earned for one in of[Gift])
    assert found.coins_cashed_out == sum(one.coins for one in of[CashOut])
    assert found.usd_cents_kept == totals.get("platform/cash", 0)
    assert found.coins_issued == -totals.get("platform/issued", 0)
    assert found.coins_issued == (
        found.coins_unspent
        + found.coins_earned
        + found.coins_held
        + found.coins_promotions
        + found.coins_platform_share
        + found.coins_cashed_out
    )
