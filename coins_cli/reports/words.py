"""The words of the report: its answer in sentences; free text made safe."""

from html import escape
from typing import Final

from coins_cli.model.catalog import Catalog
from coins_cli.model.texts import counted, dollars, escape_control
from coins_cli.views.division import Division
from coins_cli.views.flows import Scope
from coins_cli.views.money_report import Report


def text(free: str) -> str:
    """Free text as HTML, with markup and invisible characters escaped."""
    return escape(escape_control(free))


def cents_of_dollar(part: int, whole: int) -> int:
    """The cents of each dollar of `whole` that `part` is, rounded to the nearest, halves up."""
    return (200 * part + whole) // (2 * whole)


def answer(report: Report) -> list[str]:
    """The answer to where the money goes, in one or two sentences."""
    flows, divided = report.flows, report.division
    if report.scope.live is not None:
        return [f"The gifts on this live cost {counted(flows.coins_given, 'coin')}."]
    if divided is None:
        user = report.scope.user
        return [
            (
                f"{user} paid in {dollars(flows.usd_cents_in)} for coins, and was paid out "
                f"{dollars(flows.usd_cents_out)} for earned coins."
            )
        ]
    if report.transactions == 0 or flows.usd_cents_in == flows.usd_cents_out == 0:
        return ["No dollars were paid in here."]
    return [_all_the_way(report), _nowhere_yet(report, divided)]


def _all_the_way(report: Report) -> str:
    flows, divided = report.flows, report.division
    cost = 0 if divided is None else flows.usd_cents_out + divided.usd_cents_margin
    if cost <= 0 or flows.usd_cents_out < 0:
        return "No coins have gone all the way yet: bought, given, and cashed out."
    cents = counted(cents_of_dollar(flows.usd_cents_out, cost), "cent")
    return (
        f"{cents} of each dollar reached creators, for coins that went all the way: bought, "
        "given, and cashed out."
    )


def _nowhere_yet(report: Report, divided: Division) -> str:
    cents = divided.usd_cents_open
    if report.scope.is_everything:
        if cents == 0:
            return "None of the dollars paid in is in coins that could still reach a creator."
        return (
            f"{dollars(cents)} of the {dollars(report.flows.usd_cents_in)} paid in have not gone "
            "anywhere yet."
        )
    changed = "grew" if cents >= 0 else "shrank"
    return f"What is still open {changed} by {dollars(abs(cents))} in this period."


DIVISION_RULE: Final = (
    "How the dollars are divided: each coin carries the average price that its wallet paid for it. "
    "When coins move, their part of the dollars moves along, in whole cents."
)
UNDIVIDED: Final = (
    "What the platform has of this part cannot be divided further: coins pass from one wallet to "
    "the next, so the dollars are divided for everybody together, in the report on all."
)
SIMULATION: Final = "This is a simulation: no real money, no real coins."


def outlook(report: Report, catalog: Catalog) -> str:
    """A sentence on what open coins could still bring, or on what the parts of a period are.

    It is empty if there is neither.
    """
    if report.division is None:
        return ""
    if not report.scope.is_everything:
        return "Each part is what it grew or shrank by in this period."
    if report.division.usd_cents_open == 0:
        return ""
    return (
        f"The {dollars(report.division.usd_cents_open)} that are still open can bring creators "
        f"{dollars(report.could_still_bring(catalog))} at most, at the rates in force: if all "
        "unspent coins are given and all earned ones cashed out."
    )


def covered(scope: Scope) -> str:
    """The scope of a report, in words."""
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
