"""The history of prices: true to the entries, in every store, whatever its segments."""

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coins_cli.model.catalog_editing import with_settings
from coins_cli.model.economy import Rules
from coins_cli.store.memory import MemoryStore
from coins_cli.views import all_projections, projections
from coins_cli.views.price_history import price_history
from tests.store.economies import CATALOG, commit, new_folder, opening, recharging, store_at

PRICES = [
    Rules(CATALOG),
    Rules(with_settings(CATALOG, ["packs.500.usd=5.99"])),
    Rules(with_settings(CATALOG, ["gifting.creator_share=0.5"])),
    Rules(replace(CATALOG, source="the same from another file")),
]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(range(4)), st.integers(0, 3)), min_size=1, max_size=12),
    st.booleans(),
    st.booleans(),
)
def test_each_period_has_the_transactions_in_a_row_at_its_prices(story, in_files, is_checkpointed):
    with new_folder() as folder, pytest.MonkeyPatch.context() as patch:
        for module in (projections, all_projections):
            patch.setattr(module, "CHECKPOINT_ENTRIES", 2 if is_checkpointed else 1_000)
        store = store_at(folder, lines_max=3) if in_files else MemoryStore()
        commit(store, opening("alice"))
        for which, count in story:
            commit(store, *[recharging("alice", "100")] * count, rules=PRICES[which])
            with store.reading() as view:
                price_history(view)
        with store.reading() as view:
            found, entries = price_history(view), list(view.entries())
        rows = [
            list(row)
            for _, row in groupby(
                entries, lambda one: (one.catalog.creator_share, one.catalog.packs["500"])
            )
        ]
        assert [(one.first, one.last) for one in found] == [(r[0].seq, r[-1].seq) for r in rows]
        assert [one.catalog for one in found] == [row[0].catalog for row in rows]
        assert [(one.since, one.until) for one in found] == [
            (row[0].transaction.at, row[-1].transaction.at) for row in rows
        ]


def test_prices_that_nothing_was_done_at_have_no_period(tmp_path):
    store = store_at(tmp_path / "store")
    commit(store, opening("alice"))
    commit(store, rules=PRICES[1])
    commit(store, opening("bob"), rules=PRICES[2])
    with store.reading() as view:
        assert [one.catalog.creator_share for one in price_history(view)] == [
            1,
            PRICES[2].catalog.creator_share,
        ]
