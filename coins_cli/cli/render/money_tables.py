"""The report on where the money goes: in JSON, in lines with bars, and its traced lines."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from coins_cli.cli.render.bars import bar
from coins_cli.cli.render.live_words import fitting
from coins_cli.cli.render.receipt_words import summary
from coins_cli.cli.render.text import counted, dollars, escape_control, number
from coins_cli.cli.session import Cell, Column, Price, Session
from coins_cli.model.money import format_dollars
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.views.flows import Flows
    from coins_cli.views.money_report import Report, UserFlows

ROWS_MAX: Final = 5
"""Rows of each kind on the screen; JSON has all."""
WORDS: Final = {
    "usd_cents_in": "paid in for coins",
    "usd_cents_out": "paid out to creators",
    "usd_cents_kept": "kept by the platform",
    "coins_issued": "coins bought",
    "coins_unspent": "unspent in wallets",
    "coins_promotions": "spent on promotions",
    "coins_platform_share": "platform's gift share",
    "coins_earned": "earned, not cashed out",
    "coins_held": "held for payouts",
    "coins_cashed_out": "cashed out",
    "coins_given": "given as gifts",
    "coins_received": "received as gifts",
}
TRACED: Final = {
    "in": "usd_cents_in",
    "out": "usd_cents_out",
    "kept": "usd_cents_kept",
    "issued": "coins_issued",
    "unspent": "coins_unspent",
    "given": "coins_given",
    "received": "coins_received",
    "spent": "coins_promotions",
    "platform-share": "coins_platform_share",
    "earned": "coins_earned",
    "held": "coins_held",
    "cashed-out": "coins_cashed_out",
}
"""Lines of the report by the word that `--trace` takes."""
TRACE_COLUMNS: Final = (
    Column("seq"),
    Column("at"),
    Column("amount"),
    Column("what", flexible=True),
)


def report_json(report: "Report") -> dict[str, Any]:
    """The whole report in JSON."""
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


def report_rows(flows: "Flows") -> list[tuple[str, Cell]]:
    """The report as rows for a pipe: the word that traces a line, and its amount."""
    return [(word, _amount_cell(line, getattr(flows, line))) for word, line in TRACED.items()]


def _amount_cell(line: str, amount: int) -> Cell:
    return Price(format_dollars(amount), dollars(amount)) if _is_usd(line) else amount


def _is_usd(line: str) -> bool:
    return line.startswith("usd_cents")


def report_lines(report: "Report") -> list[str]:
    """The report in lines of at most 80 columns."""
    from coins_cli.views.flows import BECAME, DOLLARS

    flows = report.flows
    lines = [_title(report), "", "Dollars", *_bars(flows, DOLLARS)]
    lines += ["", "Coins, and what became of them", *_bars(flows, ("coins_issued", *BECAME))]
    lines += ["", *_in_words(flows)]
    for title, rows in _tops(report):
        if rows:
            lines += ["", title, *rows]
    return lines


def _bars(flows: "Flows", lines: Sequence[str]) -> list[str]:
    """A bar for each line; the first line is the whole."""
    amounts = {line: getattr(flows, line) for line in lines}
    texts = {
        line: dollars(amount) if _is_usd(line) else number(amount)
        for line, amount in amounts.items()
    }
    columns, whole = max(9, *map(len, texts.values())), max(amounts[lines[0]], 1)
    return [
        bar(texts[line], WORDS[line], amounts[line], whole, amount_columns=columns)
        for line in lines
    ]


def _title(report: "Report") -> str:
    scope, parts = report.scope, []
    if scope.user is not None:
        parts.append(f"{scope.user}'s part")
    if scope.live is not None:
        parts.append(f"gifts on live {scope.live}")
    if report.days:
        first, last = report.days[0].day, report.days[-1].day
        parts.append(f"{first}" if first == last else f"{first} to {last}")
    parts.append(counted(report.transactions, "transaction"))
    return f"Where the money goes: {', '.join(parts)}"


def _in_words(flows: "Flows") -> list[str]:
    """The result for creators and the platform, in sentences."""
    if (rate := flows.take_rate) is None:
        return ["No dollars were paid in here."]
    per_dollar = 100 * flows.usd_cents_out // flows.usd_cents_in
    left = counted(flows.coins_unspent + flows.coins_earned + flows.coins_held, "coin")
    return [
        f"Of each dollar paid in, {counted(per_dollar, 'cent')} came out to creators so far;",
        f"the take rate is {rate:f}. {left} can still be spent or cashed out.",
    ]


def _tops(report: "Report") -> list[tuple[str, list[str]]]:
    """The largest packs, gifts, creators and givers, each list with its title."""
    packs = [
        _row(f"{number(one.times)} × the pack {one.pack}", one.coins, dollars(one.usd_cents))
        for one in report.packs[:ROWS_MAX]
    ]
    gifts = [
        _row(f"{number(one.quantity)} × {escape_control(one.name)}", one.coins)
        for one in report.gifts[:ROWS_MAX]
    ]
    creators = [
        _row(one.user, one.coins_received, f"{dollars(one.usd_cents_out)} paid out")
        for one in report.creators[:ROWS_MAX]
    ]
    givers = [
        _row(one.user, one.coins_given, f"{dollars(one.usd_cents_in)} paid in")
        for one in report.givers[:ROWS_MAX]
    ]
    return [
        ("Packs sold", packs),
        ("Gifts given", gifts),
        ("Creators", creators),
        ("Givers", givers),
    ]


def _row(what: str, coins: int, more: str = "") -> str:
    return f"  {fitting(what, 32):<32} {number(coins):>13} coins  {more}".rstrip()


def answer_trace(session: Session, word: str, traced: "list[tuple[Receipt, int]]") -> None:
    """Print the transactions that a line is the sum of, each with its amount."""
    line = TRACED[word]
    is_usd = _is_usd(line)
    total = sum(amount for _, amount in traced)
    session.table(
        {
            "schema": SCHEMA,
            "line": word,
            "total": format_dollars(total) if is_usd else total,
            "transactions": [
                {
                    "seq": receipt.seq,
                    "at": receipt.at,
                    "op": receipt.op,
                    "amount": format_dollars(amount) if is_usd else amount,
                }
                for receipt, amount in traced
            ],
        },
        TRACE_COLUMNS,
        [
            [receipt.seq, session.when(receipt.at), _amount_cell(line, amount), summary(receipt)]
            for receipt, amount in traced
        ],
        title=f"What is {WORDS[line]}: {dollars(total) if is_usd else counted(total, 'coin')}",
        empty="No transaction is on this line.",
    )
