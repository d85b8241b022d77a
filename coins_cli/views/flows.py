"""Where the money goes: from the dollars paid in to the dollars paid out, exact in cents."""

from msgspec import Struct

from coins_cli.model.money import COIN
from coins_cli.model.transactions import (
    CASH,
    CASHED_OUT,
    GIFTS,
    ISSUED,
    PROMOTIONS,
)
from coins_cli.store.protocol import View


class Flows(Struct, frozen=True):
    """The whole economy in a few sums. `usd_cents_*` are cents, the others coins.

    Coins issued are those held, earned and not cashed out, spent on promotions, kept of gifts by
    the platform, and cashed out; dollars in are those paid out and those kept.
    """

    usd_cents_in: int
    usd_cents_out: int
    coins_issued: int
    coins_held: int
    coins_earned: int
    coins_promotions: int
    coins_gifts_kept: int
    coins_cashed_out: int

    @property
    def usd_cents_kept(self) -> int:
        """The platform's cash."""
        return self.usd_cents_in - self.usd_cents_out


def flows(view: View) -> Flows:
    """Add up every posting in the journal; linear in its length."""
    totals: dict[str, int] = {}
    usd_cents_in = held = earned = 0
    for entry in view.entries():
        for posting in entry.transaction.postings:
            totals[posting.account] = totals.get(posting.account, 0) + posting.amount
            if posting.account == CASH and posting.amount > 0:
                usd_cents_in += posting.amount
            elif posting.asset == COIN and posting.account.endswith("/coins"):
                held += posting.amount
            elif posting.asset == COIN and posting.account.endswith("/earned"):
                earned += posting.amount
    return Flows(
        usd_cents_in=usd_cents_in,
        usd_cents_out=usd_cents_in - totals.get(CASH, 0),
        coins_issued=-totals.get(ISSUED, 0),
        coins_held=held,
        coins_earned=earned,
        coins_promotions=totals.get(PROMOTIONS, 0),
        coins_gifts_kept=totals.get(GIFTS, 0),
        coins_cashed_out=totals.get(CASHED_OUT, 0),
    )
