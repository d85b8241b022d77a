"""The table of the report's lines: the word that traces each, its name, and its meaning."""

from typing import Final

from msgspec import Struct

from coins_cli.model.texts import counted, dollars
from coins_cli.views.money_report import Report


class Line(Struct, frozen=True):
    """A line: the word that `--trace` takes, the name on the screen and the page, the meaning."""

    word: str
    name: str
    meaning: str


LINES: Final = {
    "usd_cents_in": Line("in", "Paid in for coins", "What people paid for packs of coins."),
    "usd_cents_out": Line(
        "out", "Paid out to creators", "What creators got for earned coins that they cashed out."
    ),
    "usd_cents_kept": Line("kept", "Kept by the platform", "Paid in and not paid out."),
    "usd_cents_margin": Line(
        "kept-margin",
        "Margin on cash-outs",
        "What coins that were cashed out had cost, less what creators got for them.",
    ),
    "usd_cents_promotions": Line(
        "kept-promotions", "For promotions", "What coins that were spent on promotions had cost."
    ),
    "usd_cents_platform_share": Line(
        "kept-platform-share",
        "Platform's share of gifts",
        "What the platform's part of gifts had cost, before the creator gets the rest.",
    ),
    "usd_cents_open": Line(
        "kept-open",
        "Still open",
        "What coins had cost that may still reach a creator: unspent, earned, or asked for.",
    ),
    "usd_cents_unspent": Line(
        "kept-unspent", "Open: unspent", "What the bought coins had cost that are unspent."
    ),
    "usd_cents_earned": Line(
        "kept-earned", "Open: earned", "What the earned coins had cost that are not cashed out."
    ),
    "usd_cents_held": Line(
        "kept-held", "Open: held for payouts", "What coins had cost that creators want paid out."
    ),
    "usd_cents_taken_back": Line(
        "kept-taken-back",
        "Left of purchases undone",
        "What coins of one wallet still carried when one of its purchases was undone.",
    ),
    "coins_issued": Line(
        "issued", "Bought", "All coins that came into being. They come from packs alone."
    ),
    "coins_unspent": Line(
        "unspent", "Bought, unspent", "They wait in wallets to be given or spent."
    ),
    "coins_given": Line("given", "Given as gifts", "What gifts cost those who sent them."),
    "coins_received": Line(
        "received", "Received as gifts", "What gifts that were received cost those who sent them."
    ),
    "coins_promotions": Line(
        "spent",
        "Spent on promotions",
        "Spent so that a video is shown to more people. No creator gets them.",
    ),
    "coins_platform_share": Line(
        "platform-share", "Platform's share of gifts", "It goes before the creator gets the rest."
    ),
    "coins_earned": Line(
        "earned", "Earned, not cashed out", "Given to creators, who have not asked for their money."
    ),
    "coins_held": Line(
        "held",
        "Earned, held for payouts",
        "Creators asked for this money. It is not paid yet.",
    ),
    "coins_cashed_out": Line(
        "cashed-out", "Earned, cashed out", "They became diamonds, and the diamonds dollars."
    ),
}
"""The lines by their field in `Flows` or `Division`."""
TRACED: Final = {line.word: field for field, line in LINES.items()}
"""Fields by the word that `--trace` takes."""
KEPT: Final = (
    "usd_cents_margin",
    "usd_cents_promotions",
    "usd_cents_platform_share",
    "usd_cents_open",
    "usd_cents_taken_back",
)
"""The parts of the dollars kept, as people read them."""


def is_usd(field: str) -> bool:
    """True if a line is in dollars."""
    return field.startswith("usd_cents")


def value_of(report: Report, field: str) -> int | None:
    """The coins or cents on a line; `None` for a part of what cannot be divided."""
    if hasattr(report.flows, field):
        value: int = getattr(report.flows, field)
        return value
    return None if report.division is None else int(getattr(report.division, field))


def amount(report: Report, field: str) -> str:
    """The amount on a line with its unit; empty for a part of what cannot be divided."""
    if (value := value_of(report, field)) is None:
        return ""
    return dollars(value) if is_usd(field) else counted(value, "coin")


def kept_lines(report: Report) -> list[str]:
    """The fields of the parts of the dollars kept, the last only if something was left over."""
    if report.division is None:
        return []
    return [field for field in KEPT if field != KEPT[-1] or report.division.usd_cents_taken_back]
