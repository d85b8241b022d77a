"""The rules: what each request does, or the refusal that explains why it may not be.

Every function here is pure: request, catalog, wallets and time in, a transaction out. Single
commands, batches, simulations and every store decide by these and no others. Where several rules
forbid a request, the first in the order of the code is the one that is named.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from coins_cli.errors import (
    AlreadyLive,
    BelowThreshold,
    GiftToSelf,
    HandleTaken,
    MoreThanEarned,
    NotEnoughCoins,
    NotLive,
    PayoutTooSmall,
    PromotionDollarsOutOfRange,
    PromotionOutOfRange,
    TooFewCoinsForDays,
    TooManyCoins,
    TooManyDays,
)
from coins_cli.model.catalog import Catalog, PromotionTerms
from coins_cli.model.endings import ENDINGS, holding, paying
from coins_cli.model.money import COIN, USD, check_exact, format_dollars
from coins_cli.model.requests import (
    COMMENTS,
    LIVE,
    CashOut,
    EndLive,
    Gift,
    Open,
    Promote,
    Recharge,
    Request,
    StartLive,
    Venue,
)
from coins_cli.model.transactions import (
    CASH,
    GIFTS,
    ISSUED,
    PROMOTIONS,
    Outcome,
    Past,
    Posting,
    Transaction,
    card_of,
    coins_of,
    earned_of,
    settle,
)
from coins_cli.model.wallets import Wallet, Wallets, existing


def decide(
    request: Request, catalog: Catalog, wallets: Wallets, at: datetime, past: Past | None = None
) -> Transaction:
    """What `request` does to `wallets` at the prices of `catalog`, or the refusal why not.

    `wallets` holds what `request.users()` names, with `None` where there is no wallet. A request
    that ends an older transaction is given it as the `past`, `None` when there is none of that
    number, and the wallets which that one touched.
    """
    if (rule := _RULES.get(type(request))) is not None:
        return rule(request, catalog, wallets, at)
    return ENDINGS[type(request)](request, past, wallets, at)


def decide_open(request: Open, catalog: Catalog, wallets: Wallets, at: datetime) -> Transaction:
    """A new, empty wallet, unless the handle is taken."""
    if wallets[request.user] is not None:
        raise HandleTaken(request.user)
    return _without_money(request, Wallet(request.user, request.name), at)


def decide_start_live(
    request: StartLive, catalog: Catalog, wallets: Wallets, at: datetime
) -> Transaction:
    """The creator is live from now on, unless a live is on already."""
    creator = existing(wallets, request.user)
    if creator.live_since is not None:
        raise AlreadyLive(creator.user)
    return _without_money(request, replace(creator, live_since=at), at)


def decide_end_live(
    request: EndLive, catalog: Catalog, wallets: Wallets, at: datetime
) -> Transaction:
    """The creator is no longer live, unless no live is on."""
    creator = existing(wallets, request.user)
    if creator.live_since is None:
        raise NotLive(creator.user)
    return _without_money(request, replace(creator, live_since=None), at)


def decide_recharge(
    request: Recharge, catalog: Catalog, wallets: Wallets, at: datetime
) -> Transaction:
    """Coins come into being in the user's wallet, and their price goes from the card to the cash.

    At most `coins_at_a_time_max` coins at a time (10,000: a fact of the platform).
    """
    wallet = existing(wallets, request.user)
    pack = catalog.pack(request.pack)
    coins = check_exact(pack.coins * request.quantity, "the number of coins")
    if coins > catalog.coins_at_a_time_max:
        raise TooManyCoins(coins=coins, most=catalog.coins_at_a_time_max)
    usd_cents = check_exact(pack.usd_cents * request.quantity, "the price")
    postings = (
        Posting(card_of(wallet.user), USD, -usd_cents),
        Posting(CASH, USD, usd_cents),
        Posting(ISSUED, COIN, -coins),
        Posting(coins_of(wallet.user), COIN, coins),
    )
    return Transaction(
        at,
        request,
        Outcome(coins=coins, usd_cents=usd_cents),
        {"pack_coins": pack.coins, "pack_usd_cents": pack.usd_cents},
        postings,
        (settle(wallet, postings),),
    )


def decide_gift(request: Gift, catalog: Catalog, wallets: Wallets, at: datetime) -> Transaction:
    """The gift's price goes from the sender's coins to what the creator has earned.

    The creator gets `creator_share` of it, rounded down; the rest stays with the platform.
    """
    sender = existing(wallets, request.sender)
    creator = existing(wallets, request.creator)
    if sender.user == creator.user:
        raise GiftToSelf(sender.user)
    gift = catalog.gift(request.gift)
    venue = _venue(request, creator)
    coins = check_exact(gift.coins * request.quantity, "the price in coins")
    _check_affordable(sender, coins)
    earned = int(coins * catalog.creator_share)
    shares = (
        Posting(coins_of(sender.user), COIN, -coins),
        Posting(earned_of(creator.user), COIN, earned),
        Posting(GIFTS, COIN, coins - earned),
    )
    postings = tuple(posting for posting in shares if posting.amount)
    return Transaction(
        at,
        request,
        Outcome(coins=coins, earned=earned, venue=venue),
        {
            "gift": gift.id,
            "gift_name": gift.name,
            "gift_coins": gift.coins,
            "creator_share": str(catalog.creator_share),
        },
        postings,
        (settle(sender, postings), settle(creator, postings)),
    )


def decide_promote(
    request: Promote, catalog: Catalog, wallets: Wallets, at: datetime
) -> Transaction:
    """The promotion's price goes from the user's coins to the platform."""
    wallet = existing(wallets, request.user)
    coins = price_of_promotion(request, catalog.promotion)
    _check_affordable(wallet, coins)
    postings = (
        Posting(coins_of(wallet.user), COIN, -coins),
        Posting(PROMOTIONS, COIN, coins),
    )
    return Transaction(
        at,
        request,
        Outcome(
            coins=coins,
            usd_cents=request.usd_cents,
            views=check_exact(catalog.promotion.views(coins), "the views"),
        ),
        {
            "min_coins_per_day": catalog.promotion.min_coins_per_day,
            "views_per_coin": str(catalog.promotion.views_per_coin),
        },
        postings,
        (settle(wallet, postings),),
    )


def price_of_promotion(request: Promote, terms: PromotionTerms) -> int:
    """The coins that a promotion costs; a refusal when it is out of range or too short of coins."""
    if request.days > terms.days_max:
        raise TooManyDays(days=request.days, most=terms.days_max)
    least = request.days * terms.min_coins_per_day
    coins = _coins_offered(request, terms, least)
    if not terms.coins_min <= coins <= terms.coins_max:
        raise PromotionOutOfRange(coins=coins, least=terms.coins_min, most=terms.coins_max)
    if coins < least:
        raise TooFewCoinsForDays(coins=coins, days=request.days, least=least)
    return coins


def _coins_offered(request: Promote, terms: PromotionTerms, least: int) -> int:
    if request.coins is not None:
        return request.coins
    if request.views is not None:
        return terms.coins_for_views(request.views)
    if request.usd_cents is None:
        return max(least, terms.coins_min)
    if not terms.usd_cents_min <= request.usd_cents <= terms.usd_cents_max:
        raise PromotionDollarsOutOfRange(
            usd=format_dollars(request.usd_cents),
            least=format_dollars(terms.usd_cents_min),
            most=format_dollars(terms.usd_cents_max),
        )
    return terms.coins_for_dollars(request.usd_cents)


def decide_cash_out(
    request: CashOut, catalog: Catalog, wallets: Wallets, at: datetime
) -> Transaction:
    """Earned coins become diamonds, the diamonds dollars, and the dollars go to PayPal, at once.

    A pending one only holds the coins, at the rates of today, until it is settled or returned. The
    threshold (10,000 coins: a fact of the platform) is on what has accumulated; once it is
    reached, a part may be taken. Bought coins never count.
    """
    wallet = existing(wallets, request.user)
    terms = catalog.cash_out
    if wallet.earned < terms.threshold:
        raise BelowThreshold(wallet.user, earned=wallet.earned, threshold=terms.threshold)
    coins = wallet.earned if request.coins is None else request.coins
    if coins > wallet.earned:
        raise MoreThanEarned(wallet.user, coins=coins, earned=wallet.earned)
    diamonds = check_exact(terms.diamonds(coins), "the diamonds")
    usd_cents = check_exact(terms.cents(diamonds), "the payout")
    if usd_cents == 0:
        raise PayoutTooSmall(wallet.user, coins=coins)
    outcome = Outcome(coins=coins, diamonds=diamonds, usd_cents=usd_cents)
    postings = holding(request, outcome) if request.pending else paying(request, outcome)
    return Transaction(
        at,
        request,
        outcome,
        {
            "threshold": terms.threshold,
            "diamonds_per_coin": str(terms.diamonds_per_coin),
            "usd_per_diamond": str(terms.usd_per_diamond),
        },
        postings,
        (settle(wallet, postings),),
    )


def _without_money(request: Request, wallet: Wallet, at: datetime) -> Transaction:
    return Transaction(at, request, Outcome(), {}, (), (wallet,))


def _venue(request: Gift, creator: Wallet) -> Venue:
    """Where the gift is sent: as asked, or on the creator's live if there is one."""
    is_live = creator.live_since is not None
    if request.venue == LIVE and not is_live:
        raise NotLive(creator.user, otherwise="send the gift with --comment VIDEO")
    if request.venue is not None:
        return request.venue
    return LIVE if is_live and request.video is None else COMMENTS


def _check_affordable(wallet: Wallet, coins: int) -> None:
    if coins > wallet.coins:
        raise NotEnoughCoins(wallet.user, need=coins, have=wallet.coins)


_RULES: dict[type, Callable[[Any, Catalog, Wallets, datetime], Transaction]] = {
    Open: decide_open,
    Recharge: decide_recharge,
    Gift: decide_gift,
    Promote: decide_promote,
    CashOut: decide_cash_out,
    StartLive: decide_start_live,
    EndLive: decide_end_live,
}
