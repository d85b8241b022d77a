"""The command that shows where the money goes."""

from typing import TYPE_CHECKING, Annotated

import typer

from coins_cli.cli.options import Force, Since, Until
from coins_cli.cli.render.money_tables import (
    TRACED,
    answer_trace,
    report_json,
    report_lines,
    report_rows,
)
from coins_cli.cli.render.text import escape_control
from coins_cli.cli.session import Column, Session
from coins_cli.errors import InvalidChoice, OneAtMost, one_of
from coins_cli.model.money import parse_amount
from coins_cli.model.receipts import SCHEMA

if TYPE_CHECKING:
    from coins_cli.views.money_report import Report


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
        typer.Option(
            "--trace", metavar="LINE", help=f"List what a line is made of: {one_of(list(TRACED))}."
        ),
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
        if trace not in TRACED:
            raise InvalidChoice("--trace", trace, list(TRACED))
        answer_trace(session, trace, session.bank.read.trace(TRACED[trace], scope))
        return
    found = session.bank.read.report(scope)
    if html is not None:
        _write_page(session, found, html, force=force)
        return
    if session.settings.json or session.is_on_terminal:
        session.answer(report_json(found), "\n".join(report_lines(found)))
    else:
        rows = report_rows(found.flows)
        session.table({}, [Column("line"), Column("amount")], rows, title="")


def _write_page(session: Session, report: "Report", path: str, *, force: bool) -> None:
    """Write the report as a page."""
    from coins_cli.files.outputs import write_file
    from coins_cli.reports.html import html_report

    text = html_report(report, session.bank.catalog, session.bank.read.now())
    write_file(path, text.encode(), session.changes, force=force)
    session.answer(
        {"schema": SCHEMA, "file": path, "transactions": report.transactions},
        f"Wrote {escape_control(path)}: open it in a browser, or print it.",
        quiet=path,
    )
