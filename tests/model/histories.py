"""Random requests, and the histories that they make at usual and at odd prices."""

from hypothesis import strategies as st

from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from tests.model.economy import CATALOG, catalog_with, journal

SHARED = catalog_with(
    ("gifting", "creator_share", "0.7"),
    ("cash_out", "threshold", "20"),
    ("cash_out", "diamonds_per_coin", "0.5"),
    ("cash_out", "usd_per_diamond", "0.013"),
)
"""Odd shares, odd rates, and a threshold that a few gifts reach."""

START = (
    *(Open(user) for user in ("alice", "bob", "carol")),
    *(Recharge(user, "10000") for user in ("alice", "bob", "carol", "alice")),
    Gift("alice", "bob", "drama-queen", 3),
    StartLive("bob"),
)

users = st.sampled_from(["alice", "bob", "carol", "dave"])
quantities = st.integers(1, 3)
gifts = st.builds(
    Gift,
    users,
    users,
    st.sampled_from(["panda", "love-bang", "im-very-rich", "rose"]),
    quantities,
    st.sampled_from([None, "live", "comments"]),
)
recharges = st.builds(Recharge, users, st.sampled_from(["100", "500", "10000", "300"]), quantities)
promotions = st.builds(
    Promote, users, st.just("v"), quantities, st.sampled_from([None, 499, 500, 1_500])
)
payouts = st.builds(
    CashOut,
    st.sampled_from(["bob", "bob", "carol", "dave"]),
    st.just("x@y.zz"),
    st.sampled_from([None, 1, 150, 4_001]),
    st.booleans(),
)
numbers = st.integers(8, 30) | st.integers(1, 99)
settlements = st.builds(SettlePayout, numbers)
returns = st.builds(ReturnPayout, numbers, st.just("why not"))
reversals = st.builds(Reverse, numbers, st.just("why not"))
handles = st.builds(Open, users)
starts = st.builds(StartLive, users)
ends = st.builds(EndLive, users)
by_kind = st.sampled_from(
    [gifts] * 3
    + [payouts, reversals] * 3
    + [settlements, returns] * 2
    + [recharges, promotions, handles, starts, ends]
)
one_request = by_kind.flatmap(lambda kind: kind)
requests = st.lists(one_request, min_size=5, max_size=25).map(lambda later: [*START, *later])
catalogs = st.sampled_from([CATALOG, SHARED])
histories = st.builds(journal, requests, catalogs)
