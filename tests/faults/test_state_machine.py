"""Any mix of commands, rows of them, other prices, reopenings, kills, power failures and repairs:
the JSON store and the in-memory store always hold the same.
"""

import random
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coins_cli.errors import CoinsError
from coins_cli.model.economy import Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import Request
from coins_cli.store.json.journal import rows as bulk
from coins_cli.store.json.store import JsonStore
from coins_cli.store.memory import MemoryStore
from tests.store.economies import RULES, keyed

from .economy import CHEAPER, DEARER, SEGMENT_LINES_MAX, moment, plain, store_on, wallets_of
from .simulated_disk import SimulatedDisk, Stopped

USERS = ["alice", "bob", "carol"]
users = st.sampled_from(USERS)
requests = st.one_of(
    st.builds(Open, users),
    st.builds(Recharge, users, st.sampled_from(["100", "10000", "7"])),
    st.builds(Gift, users, users, st.sampled_from(["panda", "drama-queen"]), st.integers(1, 3)),
    st.builds(Promote, users, st.just("v"), st.integers(1, 2)),
    st.builds(CashOut, users, st.just("a@b.example")),
    st.builds(StartLive, users),
    st.builds(EndLive, users),
)


class Stores(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.disk = SimulatedDisk()
        self.oracle = MemoryStore()
        self.rules = RULES
        self.count = 0
        for user in USERS[:2]:
            self.commit([Open(user)])
            self.commit([Recharge(user, "10000")])

    def store(self) -> JsonStore:
        return store_on(self.disk)

    def under_keys(self, wanted: list) -> list[Request]:
        self.count += 1
        return [keyed(request, f"{self.count}.{n}") for n, request in enumerate(wanted)]

    def answer(self, store: JsonStore | MemoryStore, asked: list[Request]) -> object:
        """What a store answers: its transactions, or the code of its refusal."""
        try:
            applied = store.commit(asked, self.rules, moment(self.count))
        except CoinsError as error:
            return error.code
        return [(plain(one.transaction), one.catalog, one.replayed) for one in applied]

    @rule(wanted=st.lists(requests, min_size=1, max_size=3))
    def commit(self, wanted: list) -> None:
        asked = self.under_keys(wanted)
        assert self.answer(self.store(), asked) == self.answer(self.oracle, asked)

    @rule(wanted=st.lists(requests, min_size=1, max_size=3), step=st.integers(1, 40))
    def crash(self, wanted: list, step: int, *, seed: int | None = None) -> None:
        """Stopped in the middle; then it has happened whole or not at all, and is sent again."""
        asked = self.under_keys(wanted)
        self.disk.stop_at = self.disk.operations + step
        with suppress(Stopped):
            self.answer(self.store(), asked)
        self.disk = (
            self.disk.killed() if seed is None else self.disk.after_power_loss(random.Random(seed))
        )
        self.disk.stop_at = None
        before = wallets_of(self.oracle)
        found = wallets_of(self.store())
        expected = self.answer(self.oracle, asked)
        assert found in (before, wallets_of(self.oracle))
        again = self.answer(self.store(), asked)
        if isinstance(expected, str):
            assert again == expected
        else:
            assert [told for *told, _ in again] == [told for *told, _ in expected]

    @rule(
        wanted=st.lists(requests, min_size=1, max_size=3),
        step=st.integers(1, 40),
        seed=st.integers(0, 2**32),
    )
    def lose_power(self, wanted: list, step: int, seed: int) -> None:
        self.crash(wanted, step, seed=seed)

    @rule(rules=st.sampled_from([RULES, CHEAPER, DEARER]))
    def change_prices(self, rules: Rules) -> None:
        """What comes next is decided at other prices, wherever a segment has got to."""
        self.rules = rules

    @rule(groups=st.lists(st.lists(requests, min_size=1, max_size=3), min_size=2, max_size=6))
    def commit_in_a_row(self, groups: list) -> None:
        store = self.store()
        with store.in_bulk():
            for wanted in groups:
                asked = self.under_keys(wanted)
                assert self.answer(store, asked) == self.answer(self.oracle, asked)

    @rule()
    def repair(self) -> None:
        self.store().repair()

    @precondition(lambda self: self.count % 3 == 0)
    @rule()
    def audit(self) -> None:
        assert self.store().audit().findings == ()

    @invariant()
    def both_hold_the_same(self) -> None:
        assert wallets_of(self.store()) == wallets_of(self.oracle)
        with self.store().reading() as view:
            assert (view.seq, view.totals) == (self.oracle.seq, self.oracle.totals)
            for user in wallets_of(self.oracle):
                ours = [(plain(one.transaction), one.catalog) for one in view.history(user)]
                due = [(plain(one.transaction), one.catalog) for one in self.oracle.history(user)]
                assert ours == due


@pytest.fixture(autouse=True)
def rows_that_seal(monkeypatch):
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", SEGMENT_LINES_MAX)


test_the_stores_agree_whatever_happens = Stores.TestCase
test_the_stores_agree_whatever_happens.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
