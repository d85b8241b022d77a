"""The words of the page: numbers in words, the meaning of each line, and a glossary."""

from fractions import Fraction
from html import escape
from typing import Final

from coins_cli.model.catalog import Pack
from coins_cli.model.texts import counted, dollars, escape_control, number
from coins_cli.views.flows import Flows, Scope

LINES: Final = {
    "usd_cents_in": ("Paid in for coins", "What people paid for packs of coins."),
    "usd_cents_out": ("Paid out to creators", "What creators got for coins that they cashed out."),
    "usd_cents_kept": (
        "Kept by the platform",
        (
            "Paid in and not paid out. Some of it may still have to be paid out: the coins that "
            "creators have earned and not cashed out."
        ),
    ),
    "coins_issued": ("Coins bought", "All coins that came into being. They come from packs alone."),
    "coins_unspent": ("Unspent in wallets", "Bought, and waiting to be spent."),
    "coins_promotions": (
        "Spent on promotions",
        "Spent to have a video shown to more people. They are gone: no creator gets them.",
    ),
    "coins_platform_share": (
        "The platform's share of gifts",
        "The part of gifts that goes to the platform before the creator gets the rest.",
    ),
    "coins_earned": (
        "Earned, not cashed out",
        "Given to creators, who have not asked for their money yet.",
    ),
    "coins_held": (
        "Held for payouts",
        "Creators have asked for this money. It is neither paid nor given back yet.",
    ),
    "coins_cashed_out": ("Cashed out", "Earned coins that were turned into dollars and paid out."),
    "coins_given": (
        "Given as gifts",
        "What gifts cost those who sent them. These coins are also counted where they are now.",
    ),
    "coins_received": (
        "Received as gifts",
        "What the gifts that were received cost those who sent them.",
    ),
}
"""The name and the meaning of each line of the flows."""

GLOSSARY: Final = (
    (
        "Coin",
        (
            "What people buy and spend in the app. It is not money: it cannot be sold back, and it "
            "buys nothing anywhere else."
        ),
    ),
    ("Earned coin", "A coin that came to a creator through a gift. Only these can be cashed out."),
    ("Diamond", "What earned coins become on their way out. Diamonds are counted in dollars."),
    ("Pack", "A fixed number of coins for a fixed price. Coins are sold in packs alone."),
    ("Gift", "A picture or a little show that one person sends to a creator. It costs coins."),
    ("Live", "A video that is shown while it happens. Everyone who watches sees the gifts."),
    ("Promotion", "Paying with coins so that a video is shown to more people."),
    ("Cash-out", "A creator asks for dollars in place of earned coins."),
    ("Payout", "The dollars that a creator gets for a cash-out."),
    ("Take rate", "The part of each dollar that stays with the platform: 0.3 is 30 cents."),
    (
        "Reversal",
        (
            "A new line in the journal that undoes an older one, such as a gift sent by mistake. "
            "Nothing is ever crossed out."
        ),
    ),
    (
        "Journal",
        ("The list of everything that ever happened, in order. All numbers here come from it."),
    ),
)
"""The terms of the page with their meanings, for newcomers."""

LATIN_END: Final = 0x250
WIDE_BEGIN: Final = 0x1100


def text(free: str) -> str:
    """Free text as HTML, with markup and invisible characters escaped."""
    return escape(escape_control(free))


def amount(flows: Flows, line: str) -> str:
    """The amount on a line, with its unit."""
    value: int = getattr(flows, line)
    return dollars(value) if is_usd(line) else counted(value, "coin")


def is_usd(line: str) -> bool:
    """True if a line is in dollars."""
    return line.startswith("usd_cents")


def share(part: int, whole: int) -> str:
    """A part of a whole in percent with one decimal; empty if the share has no meaning."""
    if whole <= 0 or part < 0:
        return ""
    return f"{_rounded(Fraction(100 * part, whole), 1)} %"


def price_per_coin(pack: Pack) -> str:
    """The price of one coin of a pack, in cents with three decimals, halves up: `1.290 ¢`."""
    return f"{_rounded(exact_price(pack), 3)} ¢"


def exact_price(pack: Pack) -> Fraction:
    """The price of one coin of a pack, in cents."""
    return Fraction(pack.usd_cents, pack.coins)


def more_than(pack: Pack, least: Fraction) -> str:
    """The extra price of a coin of the pack over `least` cents, in percent, or `none`."""
    if (price := exact_price(pack)) == least:
        return "none"
    return f"+{_rounded(100 * (price - least) / least, 1)} %"


def cents_per_dollar(flows: Flows) -> str:
    """A sentence on the cents of each dollar that came out; whole cents, rounded down."""
    if flows.usd_cents_in <= 0:
        return "No dollars were paid in here."
    cents = 100 * flows.usd_cents_out // flows.usd_cents_in
    return f"Of each dollar that went in, {counted(cents, 'cent')} came out to creators so far."


def take_rate_in_words(flows: Flows) -> str:
    """A sentence on the take rate so far, and its limits."""
    if (rate := flows.take_rate) is None:
        return "As no dollars were paid in here, there is no take rate."
    waiting = flows.coins_earned + flows.coins_held
    return (
        f"The take rate so far is {rate:f}: of {dollars(flows.usd_cents_in)} paid in, "
        f"{dollars(flows.usd_cents_kept)} are still with the platform. That is what was kept up to "
        f"now, and not what will be kept in the end: {counted(waiting, 'earned coin')} "
        f"{'is' if waiting == 1 else 'are'} not paid out yet."
    )


def surprise(packs: list[Pack]) -> str:
    """A comparison of the packs with the lowest and the highest price per coin, in sentences."""
    prices = [exact_price(pack) for pack in packs]
    least, most = min(prices), max(prices)
    if least == most:
        return f"In every pack a coin costs the same: {price_per_coin(packs[0])}."
    cheapest = min(packs, key=lambda pack: (exact_price(pack), -pack.coins))
    priciest = max(packs, key=lambda pack: (exact_price(pack), pack.coins))
    sentences = (
        f"A coin is cheapest in the pack {cheapest.id}, at {price_per_coin(cheapest)}, and most "
        f"expensive in the pack {priciest.id}, at {price_per_coin(priciest)}."
    )
    if priciest.coins == cheapest.coins:
        return sentences
    if priciest.coins < cheapest.coins:
        return f"{sentences} So the larger pack is the better deal here."
    times = -(-priciest.coins // cheapest.coins)
    saved = priciest.usd_cents - times * cheapest.usd_cents
    sentences += " That is a surprise: the larger pack is the worse deal."
    if saved <= 0:
        return sentences
    return (
        f"{sentences} {number(times)} times the pack {cheapest.id} "
        f"({counted(times * cheapest.coins, 'coin')}) "
        f"cost {dollars(times * cheapest.usd_cents)}, and the pack {priciest.id} "
        f"({counted(priciest.coins, 'coin')}) costs {dollars(priciest.usd_cents)}: "
        f"{dollars(saved)} more."
    )


def covered(scope: Scope) -> str:
    """The scope of a report, in words."""
    parts = []
    if scope.user is not None:
        parts.append(f"only the part of {scope.user}")
    if scope.live is not None:
        parts.append(f"only gifts on live {scope.live}")
    if scope.since is not None:
        parts.append(f"since {scope.since:%Y-%m-%d %H:%M} UTC")
    if scope.until is not None:
        parts.append(f"until {scope.until:%Y-%m-%d %H:%M} UTC")
    return "; ".join(parts) or "the whole economy"


def width_in_em(plain: str) -> float:
    """An upper estimate of a text's width in em, for usual fonts."""
    return sum(map(_character_in_em, plain))


def cut_to(plain: str, ems: float) -> str:
    """A text cut to at most `ems` wide, with an ellipsis if cut."""
    if width_in_em(plain) <= ems:
        return plain
    left, kept = ems - 1, []
    for character in plain:
        left -= _character_in_em(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def _character_in_em(character: str) -> float:
    if character in " ,.:;'|!ijlIt":
        return 0.4
    if character in "mwMW%@×→…":
        return 1.0
    if ord(character) >= LATIN_END:
        return 1.0 if ord(character) < WIDE_BEGIN else 1.3
    return 0.76 if character.isupper() else 0.64


def _rounded(value: Fraction, places: int) -> str:
    """A number with `places` decimals, halves up, and thousands separators."""
    steps = (value * 10**places + Fraction(1, 2)).__floor__()
    whole, rest = divmod(steps, 10**places)
    return f"{whole:,}.{rest:0{places}}"
