"""Pictures of the story, in colour: what the last row should see of the economy at a moment."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import typer
from msgspec import Struct

from coins_cli.bank import Bank
from coins_cli.cli.render.big_text import big
from coins_cli.cli.render.text import dollars, number
from coins_cli.views.flows import Scope

FAN: Final = "alice"
CREATOR: Final = "bob"
BAR_COLUMNS_MAX: Final = 72
CAUGHT: Final = "CAUGHT"


class Situation(Struct, frozen=True):
    """The economy that a picture shows, its folder, and the columns that there are."""

    bank: Bank
    folder: Path
    columns: int


def _question(at: Situation) -> str:
    pack = max(at.bank.catalog.packs.values(), key=lambda pack: pack.coins)
    price = dollars(pack.usd_cents)
    return "\n".join((*_big(at, f"{price}  ?"), f"{price} from the fan, $ ? for the creator"))


def _forgery(at: Situation) -> str:
    """The coins in the fan's wallet file, and those in the journal."""
    file = json.loads((at.folder / "wallets" / f"{FAN}.json").read_text(encoding="utf-8"))
    entries = at.bank.read.follow(0).look()
    journal, seq = next(
        (wallet.coins, entry.seq)
        for entry in reversed(entries)
        for wallet in entry.transaction.wallets
        if wallet.user == FAN
    )
    claimed, columns = number(file["coins"]), len(number(file["coins"]))
    return (
        f"    the file says     {claimed} coins\n"
        f"    the journal says  {number(journal):>{columns}} coins, in transaction {seq}\n"
        f"    {_styled(CAUGHT, 'red')}"
    )


def _goal(at: Situation) -> str:
    """The creator's earned coins beside the threshold, with the answer to cashing out."""
    earned = at.bank.read.wallet(CREATOR).earned
    threshold = at.bank.catalog.cash_out.threshold
    is_enough = earned >= threshold
    word, color = ("YES", "green") if is_enough else ("NO", "red")
    columns = _bar_columns(at)
    full = columns * earned // threshold
    ratio = f"{number(earned)} / {number(threshold)}"
    return "\n".join(
        (
            *(_styled(line, color) for line in _big(at, f"{ratio}  {word}")),
            _styled(f"{ratio}: {word}", color),
            "█" * full + "░" * (columns - full),
        )
    )


def _rates(at: Situation) -> str:
    """The chain of rates from the fan's cents to the creator's, for one coin."""
    flows, catalog = at.bank.read.report(Scope(user=FAN)).flows, at.bank.catalog
    bought = flows.coins_unspent + flows.coins_given
    paid = f"{Decimal(flows.usd_cents_in) / bought:.2f}"
    earned = catalog.creator_share
    diamonds = earned * catalog.cash_out.diamonds_per_coin
    cents = 100 * diamonds * catalog.cash_out.usd_per_diamond
    return (
        f"Alice pays {paid} ¢ → 1 bought coin → {_plain(earned)} earned coin"
        f" → {_plain(diamonds)} diamond → Bob gets {_plain(cents)} ¢"
    )


def _kept(at: Situation) -> str:
    """The dollars paid in and out, and the parts of those that are kept."""
    report = at.bank.read.report()
    flows, parts = report.flows, report.division
    if parts is None:
        raise ValueError("the dollars of everybody can always be divided")
    rows = (
        (flows.usd_cents_in, "paid in by Alice and Carol"),
        (flows.usd_cents_out, "paid out to Bob"),
        (flows.usd_cents_kept, "kept by the platform, which is:"),
        (None, ""),
        (parts.usd_cents_margin, "margin on cash-outs: Alice paid more than Bob got"),
        (parts.usd_cents_promotions, "for promotions: Carol's"),
        (parts.usd_cents_platform_share, "platform's share of gifts: here it takes none"),
        (parts.usd_cents_open, "still open: coins that nobody has used; there are none"),
    )
    return "\n".join(
        "" if cents is None else f"{dollars(cents):>9}  {what}" for cents, what in rows
    )


def _answer(at: Situation) -> str:
    """The fan's dollars as one bar: the creator's part, and the platform's."""
    paid = at.bank.read.report(Scope(user=FAN)).flows.usd_cents_in
    got = at.bank.read.report(Scope(user=CREATOR)).flows.usd_cents_out
    columns, rate = _bar_columns(at), round(100 * got / paid)
    full = round(columns * got / paid)
    rows = (
        (f"{dollars(got)} for Bob", f"{dollars(paid - got)} for the platform"),
        (f"{rate} cents of each dollar", f"{100 - rate} cents"),
    )
    return "\n".join(
        (
            *(_styled(line, "green") for line in _big(at, dollars(got))),
            f"of {dollars(paid)} from Alice",
            _styled("█" * full, "green") + "░" * (columns - full),
            *(_ends(left, right, columns) for left, right in rows),
        )
    )


def _ends(left: str, right: str, columns: int) -> str:
    """Two texts at the ends of a line, or one below the other."""
    gap = columns - len(left) - len(right)
    return f"{left}{' ' * gap}{right}" if gap > 0 else f"{left}\n{right}"


def _big(at: Situation, text: str) -> list[str]:
    """`text` in big characters, and an empty line below; nothing if there is no room."""
    lines = [line.rstrip() for line in big(text)]
    return [*lines, ""] if max(map(len, lines)) <= at.columns else []


def _styled(text: str, color: str) -> str:
    return typer.style(text, fg=color, bold=True) if text else text


def _bar_columns(at: Situation) -> int:
    return min(at.columns, BAR_COLUMNS_MAX)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


PICTURES: Final[Mapping[str, Callable[[Situation], str]]] = {
    "question": _question,
    "forgery": _forgery,
    "goal": _goal,
    "rates": _rates,
    "kept": _kept,
    "answer": _answer,
}
