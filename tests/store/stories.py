"""Random stories for stores: what people ask for, in which commits, at which times."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from coins_cli.model.economy import Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import Request
from coins_cli.model.operations.reverse import Reverse
from tests.store.economies import CATALOG, START, keyed

USERS = ("ann", "bob", "cy")
BUSY_CATALOG = replace(
    CATALOG,
    creator_share=Decimal("0.7"),
    cash_out=replace(CATALOG.cash_out, threshold=3, usd_per_diamond=Decimal("0.005")),
)
"""Prices at which short stories reach every rule, and at which shares are rounded."""
BUSY_RULES = Rules(BUSY_CATALOG)


class Step(Struct):
    """One commit: what is asked, the clock when it is asked for, and whether it is a dry run."""

    intents: list[Request]
    seconds: int
    is_dry: bool = False

    @property
    def at(self):
        return START + timedelta(seconds=self.seconds)


users = st.sampled_from([*USERS[:2] * 3, *USERS])
texts = st.none() | st.text(min_size=1, max_size=4).filter(lambda text: text == text.strip() != "")
quantities = st.sampled_from([1, 1, 1, 2, 7])
pairs = st.sampled_from(
    [("ann", "bob")] * 3 + [("bob", "ann")] * 2 + [("ann", "cy"), ("bob", "bob")]
)
gifts = st.builds(
    lambda pair, *rest: Gift(*pair, *rest),
    pairs,
    st.sampled_from(["panda", "panda", "panda", "sun-cream", "drama-queen", "rose"]),
    quantities,
    st.sampled_from([None, None, None, "comments", "live"]),
    st.none(),
    texts,
)
payouts = st.sampled_from([*[10, 11, 12] * 10, *range(1, 30)])
mistakes = st.sampled_from([*[4, 7, 8, 13, 14, 15] * 5, *range(1, 30)])
"""Numbers of what is to be ended: of the beginning, and whatever else, there or not."""
requests = {
    gifts: 8,
    st.builds(Open, users, texts): 2,
    st.builds(Recharge, users, st.sampled_from(["100", "500", "10000", "7"]), quantities): 3,
    st.builds(Promote, users, st.just("v"), st.sampled_from([1, 1, 1, 2, 31]), st.none()): 2,
    st.builds(
        CashOut,
        users,
        st.just("p@example.com"),
        st.sampled_from([None, None, 3, 99]),
        st.booleans(),
    ): 3,
    st.builds(SettlePayout, payouts): 4,
    st.builds(ReturnPayout, payouts, st.just("no")): 2,
    st.builds(Reverse, mistakes, st.just("oh")): 4,
    st.builds(StartLive, users): 1,
    st.builds(EndLive, users): 1,
}
"""Each kind of request, and how often people ask for it."""
retries = st.sampled_from([keyed(Recharge(user, "100"), key) for key in "kq" for user in USERS[:2]])
intents = st.sampled_from(
    [kind for kind, often in requests.items() for _ in range(often)]
    + [st.builds(keyed, kind, st.sampled_from("qr")) for kind in requests]
    + [retries] * 3
).flatmap(lambda kind: kind)
sizes = st.sampled_from([1, 1, 1, 2, 3, 0])
groups = sizes.flatmap(lambda size: st.lists(intents, min_size=size, max_size=size))
steps = st.builds(Step, groups, st.integers(-30, 1000), st.sampled_from([False] * 5 + [True]))


def beginning():
    """A commit after which all have a wallet, coins, earned and held ones: stories go further."""
    opened = [Open(user) for user in USERS]
    bought = [Recharge(user, "2000") for user in USERS]
    given = [Gift(*pair, "panda", 2) for pair in pairwise([*USERS, USERS[0]])]
    asked = [CashOut(user, "p@example.com", 3, pending=True) for user in USERS]
    again = [Recharge(user, "100") for user in USERS]
    return Step(opened + bought + given + asked + again, seconds=0)
