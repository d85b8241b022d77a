"""Arguments and options that several commands share."""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

import typer

from coins_cli.cli.session import COLORS
from coins_cli.errors import OneAtMost, one_of

Function = TypeVar("Function", bound=Callable[..., None])


def lists(**texts: str) -> Callable[[Function], Function]:
    """Fill the names in braces in a command's help with lists from the program.

    So the next addition appears in the help by itself.
    """

    def filled(function: Function) -> Function:
        for name, text in texts.items():
            function.__doc__ = (function.__doc__ or "").replace(f"{{{name}}}", text)
        return function

    return filled


def choice(names: Iterable[str]) -> str:
    """The help of an option that takes one of `names`."""
    return f"{one_of(list(names))}."


User = Annotated[str, typer.Argument(metavar="USER", help="The user's handle.")]
Creator = Annotated[str, typer.Argument(metavar="CREATOR", help="The creator's handle.")]
Quantity = Annotated[
    str, typer.Option("--quantity", "-n", metavar="N", help="How many, a positive whole number.")
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="KEY",
        help="A name for this intent: sent again with the same key, it is applied once.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would happen, by all rules, and change nothing.")
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; it is written into the history.")
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="From that day or moment on.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Up to it; a day to its end.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def check_one_price(coins: str | None, usd: str | None, views: str | None) -> None:
    """Refuse a promotion that is bought in two ways. Raises `OneAtMost`."""
    if sum(price is not None for price in (coins, usd, views)) > 1:
        raise OneAtMost(["--coins", "--usd", "--views"])


def shared(
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="FOLDER",
            help="The economy to work on. Else COINS_STORE, else your own.",
        ),
    ] = None,
    catalog: Annotated[
        str | None,
        typer.Option(
            "--catalog",
            metavar="CATALOG",
            help="The prices in force, by name or file. Else COINS_CATALOG, else the store's own,"
            " else the default.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say less: of a change only its number.")
    ] = False,
    color: Annotated[
        str | None, typer.Option("--color", metavar="WHEN", help=choice(COLORS))
    ] = None,
    no_pager: Annotated[
        bool, typer.Option("--no-pager", help="Print long help at once, without the pager.")
    ] = False,
) -> None:
    """The shared options; their names are those of `Settings`."""
