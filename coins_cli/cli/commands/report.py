"""The command that shows where the money goes."""

from typing import TYPE_CHECKING, Annotated

import typer

from coins_cli.cli.limits import Limit
from coins_cli.cli.options import Force, Since, Until
from coins_cli.cli.render.money_tables import answer_trace, report_json
from coins_cli.cli.render.report_document import COLUMNS_MAX, report_document
from coins_cli.cli.render.text import escape_control
from coins_cli.cli.session import Session
from coins_cli.errors import InvalidChoice, NoBrowser, OneAtMost, one_of
from coins_cli.model.money import parse_amount
from coins_cli.model.receipts import SCHEMA
from coins_cli.reports.lines import TRACED

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
    open_it: Annotated[
        bool, typer.Option("--open", help="Open the page in a browser at once.")
    ] = False,
    trace: Annotated[
        str | None,
        typer.Option(
            "--trace", metavar="LINE", help=f"List what a line is made of: {one_of(list(TRACED))}."
        ),
    ] = None,
    limit: Limit = None,
    force: Force = False,
) -> None:
    """Show where the money goes.

    The dollars that were paid in, paid out and kept; what became of the coins; who and what they
    went through; and the rules. --trace lists the transactions that a line is the sum of. --html
    writes it as one file for a browser, a projector or the printer; --open shows it at once.

    Examples:
      coins report
      coins report --user alice --json
      coins report --trace given
      coins report --open
      coins report --html where-the-money-goes.html

    """
    from coins_cli.model.periods import parse_period
    from coins_cli.views.division import DIVIDED, is_divided
    from coins_cli.views.flows import Scope

    session: Session = ctx.obj
    if (html is not None) + open_it + (trace is not None) > 1:
        raise OneAtMost(["--html", "--open", "--trace"])
    if limit is not None and trace is None:
        raise typer.BadParameter("--limit is for the list of --trace")
    period = parse_period(since, until)
    live_id = None if live is None else parse_amount(live, "the live's number")
    scope = Scope(period.since, period.until, user, live_id)
    if trace is not None:
        if trace not in TRACED:
            raise InvalidChoice("--trace", trace, list(TRACED))
        if TRACED[trace] in DIVIDED and not is_divided(scope):
            raise OneAtMost([f"--trace {trace}", "--user" if live is None else "--live"])
        answer_trace(session, trace, session.bank.read.trace(TRACED[trace], scope), limit)
        return
    found = session.bank.read.report(scope)
    if html is not None:
        _write_page(session, found, html, force=force)
        return
    if open_it:
        _open_page(session, found)
        return
    catalog = session.bank.catalog
    session.answer(
        report_json(found, catalog), report_document(found, catalog, session.columns or COLUMNS_MAX)
    )


def _page(session: Session, report: "Report") -> bytes:
    from coins_cli.reports.html import html_report

    return html_report(report, session.bank.catalog, session.bank.read.now()).encode()


def _open_page(session: Session, report: "Report") -> None:
    """Open the report as a page in a browser, from a temporary file. Raises `NoBrowser`."""
    import webbrowser
    from pathlib import Path

    from coins_cli.files.outputs import temporary_file

    path = temporary_file("coins-report-", "report.html", _page(session, report))
    if not webbrowser.open(Path(path).as_uri()):
        raise NoBrowser(path)
    session.answer(
        {"schema": SCHEMA, "file": path, "transactions": report.transactions},
        f"Opened {escape_control(path)} in a browser.",
        quiet=path,
    )


def _write_page(session: Session, report: "Report", path: str, *, force: bool) -> None:
    """Write the report as a page."""
    from coins_cli.files.outputs import write_file

    write_file(path, _page(session, report), session.changes, force=force)
    session.answer(
        {"schema": SCHEMA, "file": path, "transactions": report.transactions},
        f"Wrote {escape_control(path)}: open it in a browser, or print it.",
        quiet=path,
    )
