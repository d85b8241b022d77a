"""The report on where the money goes, in JSON, and the transactions that a line is made of."""

from typing import TYPE_CHECKING, Any, Final

from coins_cli.cli.render.receipt_words import summary
from coins_cli.cli.render.text import counted, dollars
from coins_cli.cli.session import Cell, Column, Price, Session
from coins_cli.model.money import format_dollars
from coins_cli.model.receipts import SCHEMA
from coins_cli.reports.lines import LINES, TRACED, is_usd, value_of
from coins_cli.views.division import DIVIDED

if TYPE_CHECKING:
    from coins_cli.model.catalog import Catalog
    from coins_cli.model.receipts import Receipt
    from coins_cli.views.money_report import Report, UserFlows

TRACE_COLUMNS: Final = (
    Column("seq"),
    Column("at"),
    Column("amount"),
    Column("what", flexible=True),
)


def report_json(report: "Report", catalog: "Catalog") -> dict[str, Any]:
    """The whole report in JSON, with what open coins could bring at the prices of `catalog`."""
    flows, scope = report.flows, report.scope
    return {
        "schema": SCHEMA,
        "since": scope.since,
        "until": scope.until,
        "user": scope.user,
        "live": scope.live,
        "transactions": report.transactions,
        "usd": {
            "in": format_dollars(flows.usd_cents_in),
            "paid_out": format_dollars(flows.usd_cents_out),
            "kept": format_dollars(flows.usd_cents_kept),
            **{
                LINES[line].word.replace("-", "_"): _usd_json(value_of(report, line))
                for line in LINES
                if line in DIVIDED
            },
            "could_still_bring": _usd_json(
                report.could_still_bring(catalog) if scope.is_everything else None
            ),
        },
        "coins": {
            "issued": flows.coins_issued,
            "unspent": flows.coins_unspent,
            "given": flows.coins_given,
            "received": flows.coins_received,
            "spent": flows.coins_promotions,
            "platform_share": flows.coins_platform_share,
            "earned": flows.coins_earned,
            "held": flows.coins_held,
            "cashed_out": flows.coins_cashed_out,
        },
        "take_rate": None if flows.take_rate is None else format(flows.take_rate, "f"),
        "packs": [
            {
                "pack": one.pack,
                "times": one.times,
                "coins": one.coins,
                "usd": format_dollars(one.usd_cents),
            }
            for one in report.packs
        ],
        "gifts": [
            {"gift": one.gift, "name": one.name, "quantity": one.quantity, "coins": one.coins}
            for one in report.gifts
        ],
        "users": [_user_json(one) for one in report.users],
        "days": [
            {
                "day": one.day,
                "transactions": one.transactions,
                "usd_in": format_dollars(one.usd_cents_in),
                "usd_out": format_dollars(one.usd_cents_out),
                "coins_issued": one.coins_issued,
                "coins_given": one.coins_given,
                "coins_circulating": one.coins_circulating,
            }
            for one in report.days
        ],
    }


def _usd_json(usd_cents: int | None) -> str | None:
    return None if usd_cents is None else format_dollars(usd_cents)


def _user_json(one: "UserFlows") -> dict[str, Any]:
    return {
        "user": one.user,
        "usd_in": format_dollars(one.usd_cents_in),
        "usd_out": format_dollars(one.usd_cents_out),
        "bought": one.coins_bought,
        "given": one.coins_given,
        "gifts_given": one.gifts_given,
        "received": one.coins_received,
        "gifts_received": one.gifts_received,
        "spent": one.coins_promotions,
        "cashed_out": one.coins_cashed_out,
        "unspent": one.coins_unspent,
        "earned": one.coins_earned,
        "held": one.coins_held,
    }


def _amount_cell(line: str, amount: int) -> Cell:
    return Price(format_dollars(amount), dollars(amount)) if is_usd(line) else amount


def answer_trace(
    session: Session, word: str, traced: "list[tuple[Receipt, int]]", limit: str | None
) -> None:
    """Print the transactions that a line is the sum of, each with its amount."""
    from coins_cli.cli.limits import limited

    line = TRACED[word]
    in_dollars = is_usd(line)
    total = sum(amount for _, amount in traced)
    shown, more = limited(session, limit, traced)
    session.table(
        {
            "schema": SCHEMA,
            "line": word,
            "total": format_dollars(total) if in_dollars else total,
            "transactions": [
                {
                    "seq": receipt.seq,
                    "at": receipt.at,
                    "op": receipt.op,
                    "amount": format_dollars(amount) if in_dollars else amount,
                }
                for receipt, amount in shown
            ],
        },
        TRACE_COLUMNS,
        [
            [receipt.seq, session.when(receipt.at), _amount_cell(line, amount), summary(receipt)]
            for receipt, amount in shown
        ],
        title=f"{LINES[line].name}: {dollars(total) if in_dollars else counted(total, 'coin')}",
        notes=more,
        empty="No transaction is on this line.",
    )
