"""Any mix of commands, reopenings, kills, power failures and repairs: the JSON store and the
in-memory store always hold the same.
"""

import random
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coins_cli.errors import CoinsError
from coins_cli.model.requests import CashOut, EndLive, Gift, Open, Promote, Recharge, StartLive
from coins_cli.store.json_store import JsonStore
from coins_cli.store.memory_store import MemoryStore
from coins_cli.store.protocol import Intent

from .economy import by_the_rules, moment, store_on, wallets_of
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
        self.count = 0
        for user in USERS[:2]:
            self.commit([Open(user)])
            self.commit([Recharge(user, "10000")])

    def store(self) -> JsonStore:
        return store_on(self.disk)

    def intents(self, wanted: list) -> list[Intent]:
        self.count += 1
        return [Intent(request, f"{self.count}.{n}") for n, request in enumerate(wanted)]

    def answer(self, store: JsonStore | MemoryStore, intents: list[Intent]) -> object:
        """What a store answers: its transactions, or the code of its refusal."""
        try:
            applied = store.commit(intents, by_the_rules, moment(self.count))
        except CoinsError as error:
            return error.code
        return [(one.entry.seq, one.entry.transaction, one.replayed) for one in applied]

    @rule(wanted=st.lists(requests, min_size=1, max_size=3))
    def commit(self, wanted: list) -> None:
        intents = self.intents(wanted)
        assert self.answer(self.store(), intents) == self.answer(self.oracle, intents)

    @rule(wanted=st.lists(requests, min_size=1, max_size=3), step=st.integers(1, 40))
    def crash(self, wanted: list, step: int, *, seed: int | None = None) -> None:
        """Stopped in the middle; then it has happened whole or not at all, and is sent again."""
        intents = self.intents(wanted)
        self.disk.stop_at = self.disk.operations + step
        with suppress(Stopped):
            self.answer(self.store(), intents)
        self.disk = (
            self.disk.killed() if seed is None else self.disk.after_power_loss(random.Random(seed))
        )
        self.disk.stop_at = None
        before = wallets_of(self.oracle)
        found = wallets_of(self.store())
        expected = self.answer(self.oracle, intents)
        assert found in (before, wallets_of(self.oracle))
        again = self.answer(self.store(), intents)
        if isinstance(expected, str):
            assert again == expected
        else:
            assert [(seq, one) for seq, one, _ in again] == [(seq, one) for seq, one, _ in expected]

    @rule(
        wanted=st.lists(requests, min_size=1, max_size=3),
        step=st.integers(1, 40),
        seed=st.integers(0, 2**32),
    )
    def lose_power(self, wanted: list, step: int, seed: int) -> None:
        self.crash(wanted, step, seed=seed)

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
                ours = [one.transaction for one in view.history(user)]
                assert ours == [one.transaction for one in self.oracle.history(user)]


test_the_stores_agree_whatever_happens = Stores.TestCase
test_the_stores_agree_whatever_happens.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
