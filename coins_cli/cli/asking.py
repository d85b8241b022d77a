"""Questions at a terminal. Prompts go to stderr; without a terminal nothing is asked.

A yes does exactly what was shown, or the question is asked again: see `done_as_agreed`.
"""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import typer
from msgspec import Struct

from coins_cli.cli.hints import hint_of
from coins_cli.cli.render.folding import folded
from coins_cli.cli.render.text import (
    USUAL_COLUMNS,
    cents_per_coin,
    counted,
    dollars,
    echo_err,
    escape_control,
    terminal_columns,
    warn,
)
from coins_cli.cli.session import Price, Session
from coins_cli.errors import ChangedMeanwhile, PackNeeded, UnknownPack
from coins_cli.model.catalog import Catalog, Pack
from coins_cli.model.money import format_dollars
from coins_cli.model.receipts import Receipt

if TYPE_CHECKING:
    from coins_cli.bank import Bank

Done = TypeVar("Done")


class Proposal(Struct, Generic[Done], frozen=True):
    """An action with the question that confirms it.

    `receipts` are those of its dry run. `lines` are printed before the `question`; without a
    question the action is done at once.
    """

    receipts: Sequence[Receipt]
    do: "Callable[[Bank], Done]"
    question: str | None
    lines: Sequence[str] = ()


def done_as_agreed(session: Session, propose: "Callable[[Bank], Proposal[Done]]") -> Done:
    """Do the proposed action after a yes, with exactly the receipts that were shown.

    If the store has changed meanwhile, propose it again with new figures. An action that was done
    before under its key is not asked about.
    """
    bank = session.bank
    while True:
        proposal = propose(bank)
        if not all(receipt.replayed for receipt in proposal.receipts):
            _confirm(proposal)
        try:
            return proposal.do(bank.exactly(proposal.receipts))
        except ChangedMeanwhile:
            warn("Something has changed meanwhile, so nothing was done. Now it is:")
            bank = bank.reloaded()


def receipt_agreed_to(
    session: Session,
    act: "Callable[..., Receipt]",
    question: Callable[[Receipt], str],
    *,
    dry_run: bool,
    is_asked: bool,
) -> Receipt:
    """The receipt of `act(bank, dry_run=…)`, done or tried.

    With `is_asked`, at a terminal, the `question` is asked first; its last line is the prompt.
    """

    def propose(bank: "Bank") -> Proposal[Receipt]:
        tried = act(bank, dry_run=True)
        *lines, last = question(tried).splitlines()
        return Proposal([tried], lambda exact: act(exact, dry_run=False), last, lines)

    if dry_run or not (is_asked and session.can_ask):
        return act(session.bank, dry_run=dry_run)
    return done_as_agreed(session, propose)


def _confirm(proposal: Proposal[Done]) -> None:
    """Ask the question; any answer but yes aborts, with nothing changed."""
    for line in proposal.lines:
        warn(line)
    if proposal.question is None:
        return
    if _ask(f"{escape_control(proposal.question)} [y/N]").lower() not in ("y", "yes"):
        raise typer.Abort


def _ask(question: str) -> str:
    """Prompt on stderr and read one line; stdout is for the result."""
    if (columns := terminal_columns(sys.stderr)) is not None:
        question = folded(question, columns - len(": "))
    echo_err(f"{question}: ", nl=False)
    try:
        return input().strip()
    except (EOFError, KeyboardInterrupt) as error:
        echo_err()
        raise typer.Abort from error


def choose_pack(session: Session, bank: "Bank", user: str) -> Pack:
    """The pack that a person chooses. Raises `PackNeeded` without a terminal."""
    packs = list(bank.catalog.packs.values())
    if not session.can_ask:
        raise PackNeeded([pack.id for pack in packs])
    wallet = bank.read.wallet(user)
    warn(f"{wallet.user} has {counted(wallet.coins, 'coin')}. The packs:")
    columns = terminal_columns(sys.stderr) or USUAL_COLUMNS
    echo_err("\n".join(pack_lines(packs, columns)))
    return _asked_for(bank.catalog)


def _asked_for(catalog: Catalog) -> Pack:
    """Ask until the answer is a pack's id; Enter alone asks again."""
    while True:
        if not (answer := _ask("Which pack").replace(",", "")):
            continue
        try:
            return catalog.pack(answer)
        except UnknownPack as error:
            warn(escape_control(f"{error.message}; {_what_to_type(answer, catalog, error)}"))


def _what_to_type(answer: str, catalog: Catalog, error: UnknownPack) -> str:
    """Advice after an unknown pack; a row number is answered with the id in that row."""
    rows = {str(row): pack for row, pack in enumerate(catalog.packs.values(), start=1)}
    if (pack := rows.get(answer)) is not None:
        return f"for row {answer}, {counted(pack.coins, 'coin')}, type {pack.id}"
    return hint_of(error) or ""


def pack_lines(packs: list[Pack], columns: int) -> list[str]:
    """A line for each pack: coins, price, price per coin."""
    from coins_cli.cli.render.tables import list_lines

    rows = [
        (
            Price(pack.id, counted(pack.coins, "coin")),
            Price(format_dollars(pack.usd_cents), dollars(pack.usd_cents)),
            f"{cents_per_coin(pack)} ¢ a coin",
        )
        for pack in packs
    ]
    return list_lines(("pack", "price", "a coin"), rows, columns)
