"""The commands of wallets."""

from typing import Annotated

import typer

from coins_cli.cli.limits import Limit, limited
from coins_cli.cli.options import User
from coins_cli.cli.render.receipt_words import receipt_lines
from coins_cli.cli.session import Cell, Column, Session
from coins_cli.model.receipts import SCHEMA
from coins_cli.model.wallets import Wallet

COLUMNS = (
    Column("user"),
    Column("coins"),
    Column("earned"),
    Column("live"),
    Column("name", flexible=True),
)


def create(
    ctx: typer.Context,
    users: Annotated[list[str], typer.Argument(metavar="USER...", help="The handles.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="A display name, for one user.")
    ] = None,
) -> None:
    """Open wallets, all of them or none.

    A handle has 2 to 24 of a-z, 0-9, _ and ., does not end with a dot, and is in lower case.

    Examples:
      coins wallet create alice bob carol
      coins wallet create dora --name "Dora the Dancer"

    """
    session: Session = ctx.obj
    if name is not None and len(users) > 1:
        raise typer.BadParameter("a display name is for one user", param_hint="--name")
    receipts = session.bank.create_wallets(*users, name=name)
    session.answer(
        {"schema": SCHEMA, "receipts": [receipt.to_json() for receipt in receipts]},
        "\n".join(line for receipt in receipts for line in receipt_lines(session, receipt)),
        quiet="\n".join(str(receipt.seq) for receipt in receipts),
    )


def list_all(ctx: typer.Context, limit: Limit = None) -> None:
    """List all wallets.

    Examples:
      coins wallet list
      coins wallet list --limit 5
      coins wallet list --json

    """
    session: Session = ctx.obj
    wallets, more = limited(session, limit, session.bank.read.wallets())
    session.table(
        {"schema": SCHEMA, "wallets": [wallet_json(wallet) for wallet in wallets]},
        COLUMNS,
        [wallet_row(wallet) for wallet in wallets],
        title="Wallets",
        notes=more,
        empty="There are no wallets yet: coins wallet create alice",
    )


def show(ctx: typer.Context, user: User) -> None:
    """Show one wallet.

    Examples:
      coins wallet show alice
      coins wallet show alice --json

    """
    session: Session = ctx.obj
    wallet = session.bank.read.wallet(user)
    session.table(
        {"schema": SCHEMA, **wallet_json(wallet)},
        COLUMNS,
        [wallet_row(wallet)],
        title=f"The wallet of {wallet.user}",
    )


def wallet_json(wallet: Wallet) -> dict[str, object]:
    """A wallet's fields in JSON."""
    return {
        "user": wallet.user,
        "name": wallet.name,
        "coins": wallet.coins,
        "earned": wallet.earned,
        "held": wallet.held,
        "live_since": wallet.live_since,
    }


def wallet_row(wallet: Wallet) -> list[Cell]:
    """A wallet as a row of `COLUMNS`."""
    live = None if wallet.live_since is None else "live"
    return [wallet.user, wallet.coins, wallet.earned, live, wallet.name]
