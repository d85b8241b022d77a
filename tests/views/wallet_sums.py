"""A second way to the flows: from the wallets and the platform's totals, not from the moves."""

from coins_cli.model.accounts import CASH, CASHED_OUT, GIFTS, ISSUED, PROMOTIONS
from coins_cli.model.operations.recharge import Recharge
from coins_cli.store.protocol import View
from coins_cli.views.flows import Flows


def flows_by_wallets(view: View) -> Flows:
    """The flows of the whole economy, computed from the wallets and the platform's totals.

    These do not record gifts, so the lines of gifts are the sum of where given coins are now.
    """
    wallets = [wallet for user in view.users() if (wallet := view.wallet(user)) is not None]
    totals = view.totals
    coins = {
        "coins_earned": sum(wallet.earned for wallet in wallets),
        "coins_held": sum(wallet.held for wallet in wallets),
        "coins_platform_share": totals.get(GIFTS, 0),
        "coins_cashed_out": totals.get(CASHED_OUT, 0),
    }
    given = sum(coins.values())
    usd_cents_in, usd_cents_out = _dollars(view)
    return Flows(
        usd_cents_in=usd_cents_in,
        usd_cents_out=usd_cents_out,
        coins_issued=-totals.get(ISSUED, 0),
        coins_unspent=sum(wallet.coins for wallet in wallets),
        coins_given=given,
        coins_received=given,
        coins_promotions=totals.get(PROMOTIONS, 0),
        **coins,
    )


def _dollars(view: View) -> tuple[int, int]:
    """Dollars in, by the prices of the packs sold, and out, by the cash."""
    usd_cents_in = 0
    for entry in view.entries():
        transaction = entry.transaction
        request, about = transaction.request, transaction.about or {}
        if isinstance(request, Recharge):
            usd_cents_in += entry.catalog.packs[request.pack].usd_cents * request.quantity
        elif about.get("op") == "recharge":
            usd_cents_in -= transaction.usd_cents or 0
    return usd_cents_in, usd_cents_in - view.totals.get(CASH, 0)
