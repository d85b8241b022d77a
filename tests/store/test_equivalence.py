"""A JSON store and a store in memory are the same, whatever happens to them."""

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.errors import CoinsError
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.store.memory import MemoryStore
from tests.store.economies import everything, new_folder, plain, store_at
from tests.store.journals import contents, records, segments
from tests.store.stories import BUSY_RULES, beginning, steps


class Told(NamedTuple):
    """What a store answers to a step, without its hashes: they depend on the store."""

    answer: list
    refusal: tuple | None = None


def told(store, step):
    """Take a step."""
    try:
        answers = store.commit(step.intents, BUSY_RULES, step.at, dry_run=step.is_dry)
    except CoinsError as refusal:
        return Told([], (type(refusal), refusal.message, refusal.fields))
    return Told(
        [(one.transaction.seq, one.key, plain(one.transaction), one.replayed) for one in answers]
    )


def check_conservation(found):
    """Coins issued are those recharged, and all of them are somewhere."""
    wallets, totals = found["wallets"].values(), found["totals"]
    transactions = [transaction for _, _, transaction in found["entries"]]
    bought = sum(t.coins for t in transactions if isinstance(t.request, Recharge))
    undone = [t for t in transactions if isinstance(t.request, Reverse)]
    bought -= sum(t.coins for t in undone if t.about["op"] == "recharge")
    spent = ("platform/gifts", "platform/promotions", "platform/cashed-out")
    gone = sum(totals.get(name, 0) for name in spent)
    assert -totals.get("platform/issued", 0) == bought
    assert bought == gone + sum(wallet.coins + wallet.earned + wallet.held for wallet in wallets)
    assert totals.get("platform/diamonds", 0) == 0
    assert all(earlier.at <= later.at for earlier, later in pairwise(transactions))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    st.lists(steps, min_size=5, max_size=15),
    st.sampled_from([1, 2, 3, 1000]),
    st.sampled_from([beginning()] * 5 + [None]),
)
def test_every_store_tells_the_same_story(story, lines_max, first):
    memory = MemoryStore()
    with new_folder() as folder:
        story = [first, *story] if first else story
        for step in story:
            before = everything(memory)
            json_store = store_at(folder, lines_max=lines_max)
            answer = told(memory, step)
            assert told(json_store, step) == answer
            found = everything(memory)
            if folder.exists():
                reopened = store_at(folder, lines_max=lines_max)
                assert everything(reopened) == found
                audit = reopened.audit()
                assert audit.findings == ()
                assert (audit.transactions, audit.wallets) == (found["seq"], len(found["wallets"]))
            if step.is_dry or answer.refusal:
                assert found == before
            check_conservation(found)
        assert memory.audit().findings == ()


def test_the_stories_go_as_far_as_settlements_and_reversals():
    reached = Counter()

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(st.lists(steps, min_size=5, max_size=15))
    def count(story):
        store = MemoryStore()
        for step in [beginning(), *story]:
            told(store, step)
        reached.update(type(one.transaction.request) for one in store.entries())

    count()
    assert reached[SettlePayout] >= 8
    assert reached[ReturnPayout] >= 8
    assert reached[Reverse] >= 8


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(steps, min_size=4, max_size=12), st.sampled_from([2, 3, 1000]))
def test_what_is_refused_or_only_tried_changes_not_one_byte(story, lines_max):
    with new_folder() as folder:
        told(store_at(folder, lines_max=lines_max), beginning())
        for step in story:
            before = contents(folder)
            # A full segment is sealed by the next writer, whatever it then says.
            is_full = len(records(segments(folder)[-1])) > lines_max
            answer = told(store_at(folder, lines_max=lines_max), step)
            if step.is_dry or (answer.refusal and not is_full):
                assert contents(folder) == before
