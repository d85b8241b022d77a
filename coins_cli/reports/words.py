"""The words of the page: numbers as people write them, what each line means, and a glossary."""

from fractions import Fraction
from html import escape
from typing import Final

from coins_cli.model.catalog import Pack
from coins_cli.model.texts import counted, dollars, number, shown
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
    "coins_held": ("Unspent in wallets", "Bought, and waiting to be spent."),
    "coins_promotions": (
        "Spent on promotions",
        "Spent to have a video shown to more people. They are gone: no creator gets them.",
    ),
    "coins_gifts_kept": (
        "Kept of gifts",
        "The part of gifts that the platform keeps before the creator gets the rest.",
    ),
    "coins_earned": (
        "Earned, not cashed out",
        "Given to creators, who have not asked for their money yet.",
    ),
    "coins_pending": (
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
"""What each line of the flows is called, and what it means."""

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
"""The words of this page, for somebody who meets them for the first time."""

LATIN_END: Final = 0x250
WIDE_BEGIN: Final = 0x1100


def text(free: str) -> str:
    """Any text as HTML: markup becomes characters, and what nobody could see becomes escapes."""
    return escape(shown(free))


def amount(flows: Flows, line: str) -> str:
    """What stands on a line, with its unit."""
    value: int = getattr(flows, line)
    return dollars(value) if is_usd(line) else counted(value, "coin")


def is_usd(line: str) -> bool:
    """Whether a line is in dollars."""
    return line.startswith("usd_cents")


def share(part: int, whole: int) -> str:
    """A part of a whole in percent with one decimal, or nothing when it has none."""
    if whole <= 0 or part < 0:
        return ""
    return f"{_rounded(Fraction(100 * part, whole), 1)} %"


def price_per_coin(pack: Pack) -> str:
    """What a coin of the pack costs, in cents with three decimals, halves up: `1.290 ¢`."""
    return f"{_rounded(exact_price(pack), 3)} ¢"


def exact_price(pack: Pack) -> Fraction:
    """What a coin of the pack costs, in cents."""
    return Fraction(pack.usd_cents, pack.coins)


def more_than(pack: Pack, least: Fraction) -> str:
    """How much more a coin of the pack costs than `least` cents, in percent, or `none`."""
    if (price := exact_price(pack)) == least:
        return "none"
    return f"+{_rounded(100 * (price - least) / least, 1)} %"


def cents_per_dollar(flows: Flows) -> str:
    """How much of each dollar came out again, as a sentence; whole cents, rounded down."""
    if flows.usd_cents_in <= 0:
        return "No dollars were paid in here."
    cents = 100 * flows.usd_cents_out // flows.usd_cents_in
    return f"Of each dollar that went in, {counted(cents, 'cent')} came out to creators so far."


def take_rate_in_words(flows: Flows) -> str:
    """What the take rate says so far, and what it does not."""
    if (rate := flows.take_rate) is None:
        return "As no dollars were paid in here, there is no take rate."
    waiting = flows.coins_earned + flows.coins_pending
    return (
        f"The take rate so far is {rate:f}: of {dollars(flows.usd_cents_in)} paid in, "
        f"{dollars(flows.usd_cents_kept)} are still with the platform. That is what was kept up to "
        f"now, and not what will be kept in the end: {counted(waiting, 'earned coin')} "
        f"{'is' if waiting == 1 else 'are'} not paid out yet."
    )


def surprise(packs: list[Pack]) -> str:
    """Which packs are cheapest and dearest per coin, and what that means; as they are priced."""
    prices = [exact_price(pack) for pack in packs]
    least, most = min(prices), max(prices)
    if least == most:
        return f"In every pack a coin costs the same: {price_per_coin(packs[0])}."
    cheapest = min(packs, key=lambda pack: (exact_price(pack), -pack.coins))
    dearest = max(packs, key=lambda pack: (exact_price(pack), pack.coins))
    said = (
        f"A coin is cheapest in the pack {cheapest.id}, at {price_per_coin(cheapest)}, and dearest "
        f"in the pack {dearest.id}, at {price_per_coin(dearest)}."
    )
    if dearest.coins == cheapest.coins:
        return said
    if dearest.coins < cheapest.coins:
        return f"{said} So the larger pack is the better deal here."
    times = -(-dearest.coins // cheapest.coins)
    saved = dearest.usd_cents - times * cheapest.usd_cents
    said += " That is a surprise: the larger pack is the worse deal."
    if saved <= 0:
        return said
    return (
        f"{said} {number(times)} times the pack {cheapest.id} "
        f"({counted(times * cheapest.coins, 'coin')}) "
        f"cost {dollars(times * cheapest.usd_cents)}, and the pack {dearest.id} "
        f"({counted(dearest.coins, 'coin')}) costs {dollars(dearest.usd_cents)}: "
        f"{dollars(saved)} more."
    )


def covered(scope: Scope) -> str:
    """What counts in a report, in words."""
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
    """About how wide a text is at most, in its own font size, in any usual font."""
    return sum(map(_character_in_em, plain))


def cut_to(plain: str, ems: float) -> str:
    """As much of a text as is surely not wider than `ems`, with an ellipsis for the rest."""
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
    """To so many decimal places, halves up, with thousands separators, however large it is."""
    steps = (value * 10**places + Fraction(1, 2)).__floor__()
    whole, rest = divmod(steps, 10**places)
    return f"{whole:,}.{rest:0{places}}"
