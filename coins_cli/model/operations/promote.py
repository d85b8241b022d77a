"""Buying a promotion for a video."""

from typing import TYPE_CHECKING, Final

from coins_cli.errors import (
    InvalidChoice,
    NotEnoughCoins,
    OneAtMost,
    PromotionDollarsOutOfRange,
    PromotionOutOfRange,
    TooFewCoinsForDays,
    TooManyDays,
)
from coins_cli.model.accounts import PROMOTIONS, coins_of
from coins_cli.model.catalog import PromotionTerms
from coins_cli.model.money import check_amount, check_exact, format_dollars, parse_dollars
from coins_cli.model.names import (
    INTERESTS_CHARACTERS_MAX,
    VIDEO_CHARACTERS_MAX,
    optional_text,
    parse_handle,
    parse_text,
)
from coins_cli.model.operations.operation import (
    NEEDED_NUMBER,
    NEEDED_TEXT,
    NUMBER,
    TEXT,
    USER,
    Operation,
    StatementLine,
    World,
    existing,
    moving,
)
from coins_cli.model.operations.request import UserRequest, check_text
from coins_cli.model.texts import counted, escape_control

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Entry, Transaction

AUDIENCES: Final = ("auto", "custom")


class Promote(UserRequest, frozen=True, gc=False, tag="promote"):
    """Promote `video` for a number of `days`.

    Its price is given in `coins`, in dollars (`usd_cents`) or by `views`; with none of them it is
    the lowest price for its days.
    """

    video: str
    days: int
    coins: int | None = None
    usd_cents: int | None = None
    views: int | None = None
    audience: str = "auto"
    interests: str | None = None

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        check_text(self.video, "video", VIDEO_CHARACTERS_MAX)
        check_amount(self.days, "the number of days")
        prices = [price for price in (self.coins, self.usd_cents, self.views) if price is not None]
        if len(prices) > 1:
            raise OneAtMost(["coins", "usd", "views"])
        for price in prices:
            check_amount(price, "what is spent")
        if self.audience not in AUDIENCES:
            raise InvalidChoice("the audience", self.audience, AUDIENCES)
        if self.interests is not None:
            check_text(self.interests, "interests", INTERESTS_CHARACTERS_MAX)
            if self.audience != "custom":
                raise InvalidChoice("an audience with interests", self.audience, ["custom"])


def parse(
    user: str,
    video: str,
    days: int,
    coins: int | None = None,
    usd: str | None = None,
    views: int | None = None,
    audience: str = "auto",
    interests: str | None = None,
    *,
    key: str | None = None,
) -> Promote:
    """The request for a promotion; `usd` is a text such as `6.49`."""
    return Promote(
        parse_handle(user),
        parse_text(video, "video", most=VIDEO_CHARACTERS_MAX),
        days,
        coins,
        None if usd is None else parse_dollars(usd, "what is spent"),
        views,
        audience,
        optional_text(interests, "interests", INTERESTS_CHARACTERS_MAX),
        key=key,
    )


def decide(request: Promote, world: World) -> "Transaction":
    """Move the price of the promotion from the user's coins to the platform."""
    wallet, terms = existing(world, request.user), world.catalog.promotion
    coins = price_of_promotion(request, terms)
    if coins > wallet.coins:
        raise NotEnoughCoins(wallet.user, need=coins, have=wallet.coins)
    return moving(
        request,
        world,
        [wallet],
        ((coins_of(wallet.user), PROMOTIONS, coins),),
        coins=coins,
        usd_cents=request.usd_cents,
        views=check_exact(terms.views(coins), "the views"),
    )


def price_of_promotion(request: Promote, terms: PromotionTerms) -> int:
    """The price of a promotion in coins.

    Raises `TooManyDays`, `PromotionOutOfRange`, `PromotionDollarsOutOfRange` and
    `TooFewCoinsForDays`.
    """
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


def summary(request: Promote, receipt: "Receipt") -> str:
    """The sentence for people: the user, the video, the days, the price and the views."""
    transaction = receipt.transaction
    return (
        f"{request.user} promotes {escape_control(request.video)}"
        f" for {counted(request.days, 'day')}: {counted(transaction.coins or 0, 'coin')},"
        f" about {counted(transaction.views or 0, 'view')}."
    )


def statement(request: Promote, entry: "Entry", user: str) -> StatementLine:
    """The promotion in short words."""
    what = f"promoted {request.video} for {counted(request.days, 'day')}"
    return StatementLine(what, ("promotion", "promotions"))


OPERATION = Operation(
    Promote,
    decide,
    parse,
    {
        **USER,
        "video": NEEDED_TEXT,
        "days": NEEDED_NUMBER,
        "coins": NUMBER,
        "usd": TEXT,
        "views": NUMBER,
        "audience": TEXT,
        "interests": TEXT,
    },
    summary,
    statement,
    identity={"user": str, "video": str},
    undone=lambda about: f"{about['user']}'s promotion",
    undone_for=lambda about, *_: f"promotion of {about['video']}",
)
