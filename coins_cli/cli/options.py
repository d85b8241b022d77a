"""The arguments and options that several commands share."""

from typing import Annotated

import typer

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
    str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the history.")
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="From that day or moment on.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Up to it; a day to its end.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


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
            metavar="FILE",
            help="The prices in force. Else COINS_CATALOG, else the store's own, else the default.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say less: of a change only its number.")
    ] = False,
    color: Annotated[
        str | None, typer.Option("--color", metavar="WHEN", help="auto, always or never.")
    ] = None,
) -> None:
    """The options that stand after any verb or before it; their names are those of `Settings`."""
