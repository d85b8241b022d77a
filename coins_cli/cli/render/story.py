"""The story of `coins demo`: its steps as data, and how each looks on a screen."""

import re
import textwrap
from collections.abc import Sequence
from typing import Final

import typer
from msgspec import Struct

COLUMNS: Final = 80
"""Columns of a line at most; fewer only on a terminal that is narrower."""
COLUMNS_MIN: Final = 20
"""Columns below which lines are left to the terminal."""
ROWS: Final = 22
"""Rows of a step at most, so that a terminal of 24 has room for the line about the keys."""
_STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")


class Command(Struct, frozen=True):
    """A command to run, without `coins`; `lines` of its answer are shown, or all of them."""

    line: str
    lines: int | None = None


class Picture(Struct, frozen=True):
    """A picture of the economy as it is then, by its name in `story_pictures.PICTURES`."""

    name: str


class Forgery(Struct, frozen=True):
    """A change that somebody makes by hand in a file of the store."""

    file: str
    old: str
    new: str


class Step(Struct, frozen=True):
    """A step of the story: words before, commands and pictures, words after.

    A forgery lasts as long as its step.
    """

    words: str
    shows: tuple[Command | Picture, ...]
    then: str
    forgery: Forgery | None = None


class Scene(Struct, frozen=True):
    """A command that was run, or a picture: the text as typed, the output, and the exit code."""

    command: str | None
    output: str
    exit: int


STORY: Final = (
    Step(
        "A fan pays $134.99 for coins, and gives all of them to a creator."
        " How much does the creator get? Guess, and write your number down.",
        (Picture("question"), Command("wallet create alice bob carol")),
        "Alice is the fan, Bob is the creator, and Carol makes videos too. We follow Alice's"
        " $134.99 to its end. All of it is a simulation on this computer: no real money, no real"
        " platform. A line that begins with $ coins is what you would type; below it is the answer,"
        " or the beginning of it.",
    ),
    Step(
        "Alice recharges her wallet: she buys coins. Coins can only be had from the platform:"
        " whoever offers them elsewhere offers a fake. Alice takes the largest pack, because large"
        " packs are cheaper. Are they?",
        (Command("catalog packs", lines=9), Command("recharge alice 10000", lines=1)),
        "Surprise: the largest pack is the worst deal. Look at the last column. 100 packs of"
        " 100 coins cost 100 × $1.29 = $129.00. Alice has just paid $5.99 too much.",
    ),
    Step(
        "Alice wants her money back. But bought coins are not refundable, and they cannot be"
        " cashed out either, which means turned into dollars. She tries.",
        (Command("cashout alice --paypal alice@example.com"),),
        "Bought coins never become dollars again. They can only be spent: on gifts for creators,"
        " or on promotions of videos. Only earned coins, which come from gifts, can be cashed out,"
        " and only when there are 10,000 of them. Alice has 10,000 bought coins, and 0 earned"
        " coins.",
    ),
    Step(
        "Bob goes live. Alice sends him the most expensive gift there is.",
        (
            Command("live start bob", lines=1),
            Command('gift alice bob "drama queen"', lines=2),
            Command("live end bob", lines=1),
        ),
        "A gift on a live: everyone watching sees it, and Bob says thanks at once."
        " Alice gave 5,000 bought coins; now Bob has 5,000 earned coins.",
    ),
    Step(
        "Now Bob is not live. Gifts still reach him, in the comments of a video. One of them is"
        " the clap, which this class has made up: it costs 1 coin.",
        (
            Command('gift alice bob "i\'m very rich" --quantity 4 --comment dance.mp4', lines=1),
            Command("gift alice bob clap --comment dance.mp4", lines=1),
            Command("top bob"),
        ),
        "A gift in the comments: no crowd is watching, and nobody says thanks at once. But"
        " it counts the same. The more a fan has given, the higher the fan stands on Bob's page."
        " Alice has 999 bought coins left; Bob has 9,001 earned coins.",
    ),
    Step(
        "Coins buy one more thing: a promotion. The platform shows a video to more people, for"
        " $5 (500 coins) at least, and $7,000 (707,000 coins) at most. Carol has a video of her"
        " cat.",
        (
            Command("quote promotion --days 1", lines=1),
            Command("recharge carol 500", lines=1),
            Command("promote carol cat.mp4 --days 1", lines=1),
        ),
        "Days and views drive the price: a day costs 500 coins at least, and each coin brings"
        " 2 views. Who sees the video is chosen by Carol or left to the platform, for the same"
        " price. The list says $5, but Carol paid $6.49: that is what the pack of 500 costs.",
    ),
    Step(
        "What came of it? We let a day pass on the simulation's clock.",
        (Command("clock advance 1d", lines=0), Command("promotion list")),
        "The 1,000 views came. No creator gets a cent of Carol's $6.49: the platform keeps all of"
        " it.",
    ),
    Step(
        "At night, somebody opens the file of Alice's wallet and types three more nines: now it"
        " says 999,999 coins. Can they be spent?",
        (
            Command('gift alice bob "drama queen" --quantity 100'),
            Picture("forgery"),
        ),
        "No. The journal is the list of all that ever happened, one transaction after the other,"
        " and every command compares the file with it. Coins that the platform did not sell are in"
        " no journal. The file is put back as it was.",
        Forgery("wallets/alice.json", '"coins":999,', '"coins":999999,'),
    ),
    Step(
        "Back to Bob, who needs 10,000 earned coins. Alice claps 998 times. Bob wants his dollars.",
        (
            Command("gift alice bob clap --quantity 998", lines=1),
            Command("cashout bob --paypal bob@example.com"),
            Picture("goal"),
        ),
        "One coin is missing, and Bob gets nothing. Not $99.99: nothing.",
    ),
    Step(
        "Alice gives her last coin. Now she has 0 bought coins, and Bob has 10,000 earned coins.",
        (
            Command("gift alice bob clap", lines=1),
            Command("cashout bob --paypal bob@example.com", lines=1),
            Picture("rates"),
        ),
        "Earned coins become diamonds, and diamonds become dollars on Bob's PayPal account."
        " This is how the price of a coin shrinks on its way from Alice to Bob.",
    ),
    Step(
        "And the platform? First we check that nothing was lost: every coin that was"
        " issued, which means sold, must be accounted for. Then we divide what the platform keeps.",
        (Command("verify", lines=1), Picture("kept")),
        "So $34.99 is what is missing from Alice's $134.99. Carol's $6.49 has nothing to do with"
        " Alice and Bob.",
    ),
    Step(
        "A fan paid $134.99. How much does the creator get? Look at your number.",
        (Picture("answer"),),
        "Tell it at home: of each dollar that a fan pays for coins, the creator gets 74 cents,"
        " and the platform keeps 26. (In the cheapest pack it would be 78 and 22.)",
    ),
)


def line_columns(columns: int) -> int:
    """The columns of a line on a terminal with so many."""
    return max(COLUMNS_MIN, min(columns, COLUMNS))


def step_text(number: int, step: Step, scenes: Sequence[Scene], columns: int = COLUMNS) -> str:
    """A step as a terminal shows it, in lines of at most `columns`."""
    parts = [_heading(number, step.words, columns)]
    parts += [fitted(_scene_text(scene), columns) for scene in scenes]
    parts.append("\n".join(textwrap.wrap(step.then, columns)))
    return "\n\n".join(parts)


def _heading(number: int, words: str, columns: int) -> str:
    """A step's number and words, wrapped and in bold."""
    lines = textwrap.wrap(words, columns - 4)
    return typer.style(f"{number:>2}. " + "\n    ".join(lines), bold=True)


def _scene_text(scene: Scene) -> str:
    return f"$ {scene.command}\n{scene.output}".strip() if scene.command else scene.output


def fitted(text: str, columns: int) -> str:
    """`text` with the lines that are too long wrapped at words, and without their colour."""
    lines = []
    for line in text.splitlines():
        plain = without_style(line)
        indent = " " * (len(plain) - len(plain.lstrip()) + 2)
        lines += (
            [line]
            if len(plain) <= columns
            else textwrap.wrap(plain, columns, subsequent_indent=indent)
        )
    return "\n".join(lines)


def without_style(text: str) -> str:
    """`text` without colours and bold type."""
    return _STYLE.sub("", text)
