"""The command that shows where the money goes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from coins_cli.cli.bars import bar
from coins_cli.cli.options import Force, Since, Until
from coins_cli.cli.receipts import summary
from coins_cli.cli.session import Column, Price, Session
from coins_cli.cli.summaries import fitting
from coins_cli.cli.text import counted, dollars, number, shown
from coins_cli.errors import InvalidChoice, OneAtMost
from coins_cli.model.money import format_dollars, parse_amount
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.views.flows import Flows, Scope
    from coins_cli.views.report import Report, UserFlows

SHOWN: Final = 5
"""How many of each kind the screen shows; JSON has all."""
WORDS: Final = {
    "usd_cents_in": "paid in for coins",
    "usd_cents_out": "paid out to creators",
    "usd_cents_kept": "kept by the platform",
    "coins_issued": "coins bought",
    "coins_held": "still in wallets",
    "coins_promotions": "spent on promotions",
    "coins_gifts_kept": "kept of gifts",
    "coins_earned": "earned, not cashed out",
    "coins_pending": "held for payouts",
    "coins_cashed_out": "cashed out",
    "coins_given": "given as gifts",
    "coins_received": "received as gifts",
}
TRACED: Final = {
    "in": "usd_cents_in",
    "out": "usd_cents_out",
    "issued": "coins_issued",
    "held": "coins_held",
    "given": "coins_given",
    "received": "coins_received",
    "spent": "coins_promotions",
    "kept": "coins_gifts_kept",
    "earned": "coins_earned",
    "pending": "coins_pending",
    "cashed-out": "coins_cashed_out",
}
"""The lines that can be traced, by the word that is typed."""


def report(
    ctx: typer.Context,
    since: Since = None,
    until: Until = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="USER", help="Only this user's part.")
    ] = None,
    live: Annotated[
        str | None,
        typer.Option("--live", metavar="ID", help="Only gifts on it; coins live list has the ID."),
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write it as a page, with charts.")
    ] = None,
    trace: Annotated[
        str | None,
        typer.Option("--trace", metavar="LINE", help="List what a line is made of: in, out, held…"),
    ] = None,
    force: Force = False,
) -> None:
    """Show where the money goes.

    The dollars that were paid in, paid out and kept; what became of the coins; and who and what
    they went through. --trace lists the transactions that a line is the sum of. --html writes it
    as one file for a browser, a projector or the printer.

    Examples:
      coins report
      coins report --user alice --json
      coins report --trace given
      coins report --html where-the-money-goes.html

    """
    from coins_cli.model.periods import parse_period
    from coins_cli.views.flows import Scope

    session: Session = ctx.obj
    if html is not None and trace is not None:
        raise OneAtMost(["--html", "--trace"])
    period = parse_period(since, until)
    live_id = None if live is None else parse_amount(live, "the live's number")
    scope = Scope(period.since, period.until, user, live_id)
    if trace is not None:
        _answer_trace(session, trace, scope)
        return
    found = session.bank.report(scope)
    if html is not None:
        _write_page(session, found, html, force=force)
        return
    if session.settings.json or session.is_on_terminal:
        session.answer(_json(found), "\n".join(_lines(found)))
    else:
        rows = [[word, amount] for word, amount in _sums(found.flows)]
        session.table({}, [Column("line"), Column("amount")], rows, title="")


def _json(report: "Report") -> dict[str, Any]:
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
            "held": flows.coins_held,
            "given": flows.coins_given,
            "received": flows.coins_received,
            "spent": flows.coins_promotions,
            "kept": flows.coins_gifts_kept,
            "earned": flows.coins_earned,
            "pending": flows.coins_pending,
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
        "held": one.coins_held,
        "earned": one.coins_earned,
        "pending": one.coins_pending,
    }


def _sums(flows: "Flows") -> list[tuple[str, int | Price]]:
    """The lines of the report in a pipe, each with the word that traces it."""
    kept = Price(format_dollars(flows.usd_cents_kept), "")
    found: list[tuple[str, int | Price]] = []
    for word, line in TRACED.items():
        amount = getattr(flows, line)
        found.append((word, Price(format_dollars(amount), "") if _is_usd(line) else amount))
    return [*found[:2], ("platform", kept), *found[2:]]


def _is_usd(line: str) -> bool:
    return line.startswith("usd_cents")


def _lines(report: "Report") -> list[str]:
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
    """A bar for each line, the first of which is the whole."""
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
    """What it comes to, in sentences."""
    if (rate := flows.take_rate) is None:
        return ["No dollars were paid in here."]
    per_dollar = 100 * flows.usd_cents_out // flows.usd_cents_in
    left = counted(flows.coins_held + flows.coins_earned + flows.coins_pending, "coin")
    return [
        f"Of each dollar paid in, {counted(per_dollar, 'cent')} came out to creators so far;",
        f"the take rate is {rate:f}. {left} can still be spent or cashed out.",
    ]


def _tops(report: "Report") -> list[tuple[str, list[str]]]:
    """What it went through: packs, gifts, creators and givers, the largest first."""
    packs = [
        _row(f"{number(one.times)} × the pack {one.pack}", one.coins, dollars(one.usd_cents))
        for one in report.packs[:SHOWN]
    ]
    gifts = [
        _row(f"{number(one.quantity)} × {shown(one.name)}", one.coins)
        for one in report.gifts[:SHOWN]
    ]
    creators = [
        _row(one.user, one.coins_received, f"{dollars(one.usd_cents_out)} paid out")
        for one in report.creators[:SHOWN]
    ]
    givers = [
        _row(one.user, one.coins_given, f"{dollars(one.usd_cents_in)} paid in")
        for one in report.givers[:SHOWN]
    ]
    return [
        ("Packs sold", packs),
        ("Gifts given", gifts),
        ("Creators", creators),
        ("Givers", givers),
    ]


def _row(what: str, coins: int, more: str = "") -> str:
    return f"  {fitting(what, 32):<32} {number(coins):>13} coins  {more}".rstrip()


def _answer_trace(session: Session, word: str, scope: "Scope") -> None:
    """List the transactions that a line is the sum of."""
    if (line := TRACED.get(word)) is None:
        raise InvalidChoice("--trace", word, list(TRACED))
    traced = session.bank.trace(line, scope)
    is_usd = _is_usd(line)

    def amount(value: int) -> int | Price:
        return Price(format_dollars(value), dollars(value)) if is_usd else value

    total = sum(value for _, value in traced)
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
                    "amount": format_dollars(value) if is_usd else value,
                }
                for receipt, value in traced
            ],
        },
        [Column("seq"), Column("at"), Column("amount"), Column("what", flexible=True)],
        [
            [receipt.seq, session.when(receipt.at), amount(value), summary(receipt)]
            for receipt, value in traced
        ],
        title=f"What is {WORDS[line]}: {dollars(total) if is_usd else counted(total, 'coin')}",
        empty="No transaction stands on this line.",
    )


def _write_page(session: Session, report: "Report", path: str, *, force: bool) -> None:
    """Write the report as a page."""
    from coins_cli.reports.page import html_report
    from coins_cli.store.files import write_file

    text = html_report(report, session.bank.catalog, session.bank.now())
    write_file(path, text.encode(), force=force)
    session.answer(
        {"schema": SCHEMA, "file": path, "transactions": report.transactions},
        f"Wrote {shown(path)}: open it in a browser, or print it.",
        quiet=path,
    )
