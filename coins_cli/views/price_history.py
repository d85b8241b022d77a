"""The history of prices: which catalog was in force for which transactions, from the journal."""

from datetime import datetime

from msgspec import Struct

from coins_cli.model.catalog import Catalog
from coins_cli.model.transactions import Entry
from coins_cli.store.protocol import View
from coins_cli.views.projections import Projection


class Period(Struct):
    """The transactions `first` to `last`, all made at the prices of `catalog`.

    They began at `since`, the time of the first of them, and ended at `until`, that of the last.
    """

    first: int
    last: int
    since: datetime
    until: datetime
    catalog: Catalog


class _Prices(Struct, forbid_unknown_fields=True):
    periods: list[Period] = []


def price_history(view: View) -> list[Period]:
    """The periods of unchanged prices, oldest first. Prices that nothing was done at have none."""
    return PROJECTION.of(view).periods


def _take(state: _Prices, entry: Entry) -> None:
    seq, at, prices = entry.transaction.seq, entry.transaction.at, entry.catalog
    newest = state.periods[-1] if state.periods else None
    # Entries of a segment share one object, which is why most are told by `is` alone.
    if newest is not None and (newest.catalog is prices or newest.catalog == prices):
        newest.last, newest.until, newest.catalog = seq, at, prices
    else:
        state.periods.append(Period(seq, seq, at, at, prices))


PROJECTION = Projection("prices", _Prices, _take)
