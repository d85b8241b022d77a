"""What is asked at a terminal. Prompts go to stderr; without a terminal nothing is asked."""

import typer

from coins_cli.cli.session import Session
from coins_cli.cli.text import counted, dollars, number, shown, tell
from coins_cli.errors import PackNeeded, UnknownPack
from coins_cli.model.catalog import Catalog, Pack


def confirm(question: str) -> None:
    """Go on only after a yes; anything else stops, with nothing changed."""
    if _ask(f"{shown(question)} [y/N]").lower() not in ("y", "yes"):
        raise typer.Abort


def _ask(question: str) -> str:
    """Ask on stderr, and read one line; stdout stays free for the result."""
    tell(f"{question}: ", nl=False)
    try:
        return input().strip()
    except (EOFError, KeyboardInterrupt) as error:
        tell()
        raise typer.Abort from error


def choose_pack(session: Session, user: str, quantity: int, *, is_confirmed: bool) -> str:
    """The id of the pack that a person chooses; `PackNeeded` when there is nobody to ask."""
    packs = list(session.bank.catalog.packs.values())
    if not session.can_ask:
        raise PackNeeded([pack.id for pack in packs])
    wallet = session.bank.wallet(user)
    tell(f"{wallet.user} has {counted(wallet.coins, 'coin')}. The packs:")
    for line in pack_lines(packs):
        tell(line)
    pack = _asked_for(session.bank.catalog)
    session.bank.recharge(user, pack.id, quantity=quantity, dry_run=True)
    if not is_confirmed:
        price = dollars(pack.usd_cents * quantity)
        times = f"{number(quantity)} × " if quantity > 1 else ""
        confirm(f"Buy {times}{counted(pack.coins, 'coin')} for {price}?")
    return pack.id


def _asked_for(catalog: Catalog) -> Pack:
    """Ask for a pack until there is one of that name."""
    while True:
        try:
            return catalog.pack(_ask("Which pack").replace(",", ""))
        except UnknownPack as error:
            tell(f"{shown(error.message)}: {shown(error.hint or '')}")


def pack_lines(packs: list[Pack]) -> list[str]:
    """The packs with their price, and their price per coin."""
    return [
        f"{number(pack.coins):>9} coins  {dollars(pack.usd_cents):>9}"
        f"   {cents_per_coin(pack)} ¢ a coin"
        for pack in packs
    ]


def cents_per_coin(pack: Pack) -> str:
    """What one coin of a pack costs, in cents with three decimals."""
    return f"{pack.usd_cents / pack.coins:.3f}"
