"""The story of `coins demo`: its steps, and how each looks on a screen."""

import textwrap
from typing import Final

import typer
from msgspec import Struct

from coins_cli.cli.render.bars import bar
from coins_cli.cli.render.text import dollars
from coins_cli.model.catalog import Catalog
from coins_cli.views.flows import Flows

COLUMNS: Final = 80
WHERE_EACH_DOLLAR_WENT: Final = "where each dollar went"


class Forgery(Struct, frozen=True):
    """A change that somebody makes by hand in a file of the store."""

    file: str
    old: str
    new: str


class Step(Struct, frozen=True):
    """A step of the story: its text, the commands to run, and a forgery for their time."""

    words: str
    commands: tuple[str, ...] = ()
    forgery: Forgery | None = None


class Scene(Struct, frozen=True):
    """A command that was run: its text as typed, its output, and its exit code."""

    command: str | None
    output: str
    exit: int


STORY: Final = (
    Step(
        "Coins are sold in packs. Look at the last column: a coin costs least in the smallest"
        " pack, and most in the largest. So many small packs beat one large pack.",
        ("catalog packs", "quote coins 10000"),
    ),
    Step(
        "Alice, Bob and Carol open wallets. Alice and Carol buy coins; those are dollars in.",
        ("wallet create alice bob carol", "recharge alice 10000", "recharge carol 5000"),
    ),
    Step(
        "Bob goes live. Alice sends him the most expensive gift, and everyone watching sees it.",
        (
            "live start bob",
            'gift alice bob "drama queen" --message "What a voice!"',
            "live end bob",
        ),
    ),
    Step(
        "Bob is not live any more. Gifts still reach him, in the comments of a video.",
        ('gift carol bob "i\'m very rich" --quantity 4 --comment dance.mp4',),
    ),
    Step(
        "The more a viewer has given, the higher the viewer stands on Bob's page.",
        ("top bob",),
    ),
    Step(
        "Alice wants her own video to be seen. She buys a promotion, the smallest there is.",
        ("promote alice cat.mp4 --days 1 --usd 5",),
    ),
    Step(
        "This class made up a gift for one coin, the clap. Alice claps until Bob is one"
        " coin short of cashing out. He tries all the same.",
        ("gift alice bob clap --quantity 999", "cashout bob --paypal bob@example.com"),
    ),
    Step(
        "Carol claps once. Now Bob has earned 10,000 coins. They become diamonds, and the"
        " diamonds dollars.",
        ("gift carol bob clap", "cashout bob --paypal bob@example.com"),
    ),
    Step("So where did each dollar go?", (WHERE_EACH_DOLLAR_WENT,)),
    Step(
        "One night, somebody opens Carol's wallet file and types a few more nines. The"
        " journal remembers what she has, so the forgery is noticed.",
        ("balance carol", "verify"),
        Forgery("wallets/carol.json", '"coins":999,', '"coins":999999,'),
    ),
    Step("The file is put back as it was. Everything adds up again.", ("verify",)),
)


def dollars_in_words(flows: Flows, catalog: Catalog) -> str:
    """The flows of dollars and coins as bars, and the cents that come out of a dollar."""
    sums = [
        ("paid in for coins", flows.usd_cents_in),
        ("paid out to creators", flows.usd_cents_out),
        ("kept by the platform", flows.usd_cents_kept),
    ]
    coins = [
        ("coins bought", flows.coins_issued),
        ("cashed out", flows.coins_cashed_out),
        ("spent on promotions", flows.coins_promotions),
        ("unspent in wallets", flows.coins_unspent),
        ("earned, not cashed out", flows.coins_earned),
    ]
    lines = [bar(dollars(cents), what, cents, sums[0][1]) for what, cents in sums]
    lines += ["", *(bar(f"{amount:,}", what, amount, coins[0][1]) for what, amount in coins)]
    worst, best = cents_that_come_out(catalog)
    lines += ["", f"A dollar that goes in as coins comes out as {worst} to {best} cents."]
    return "\n".join(lines)


def cents_that_come_out(catalog: Catalog) -> tuple[int, int]:
    """The least and most that a creator gets for a viewer's dollar, by pack; rounded cents."""
    rates = sorted(
        100 * catalog.cash_out.cents(catalog.cash_out.diamonds(pack.coins)) / pack.usd_cents
        for pack in catalog.packs.values()
    )
    return round(rates[0]), round(rates[-1])


def heading(number: int, words: str) -> str:
    """A step's number and words, wrapped and in bold."""
    lines = textwrap.wrap(words, COLUMNS - 4)
    return "\n" + typer.style(f"{number:>2}. " + "\n    ".join(lines), bold=True)


def screen_text(scene: Scene) -> str:
    """A scene as a terminal shows it: the prompt, the command, and the output."""
    return f"\n$ {scene.command}\n{scene.output}" if scene.command else f"\n{scene.output}"
