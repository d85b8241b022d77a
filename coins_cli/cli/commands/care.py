"""The commands that check, repair, copy and restore the store."""

import os
import platform
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from coins_cli.cli.options import DryRun
from coins_cli.cli.render.progress import progress_shown
from coins_cli.cli.render.receipt_words import receipt_proof
from coins_cli.cli.render.text import counted, escape_control
from coins_cli.cli.session import Column, Session
from coins_cli.errors import ChecksFailed, FindingsReported
from coins_cli.model.receipts import SCHEMA


def verify(
    ctx: typer.Context,
    receipt: Annotated[
        str | None,
        typer.Option("--receipt", metavar="SEQ:HASH", help="Also prove that this one stands."),
    ] = None,
) -> None:
    """Replay everything and check that it adds up.

    Every line, hash and balance is checked, every wallet file, and the store's own clock and
    catalog. What is wrong is listed, and the exit code is 6 then. With a receipt that was kept
    elsewhere, it also proves that the history still contains it; 8 digits of its hash are enough
    against mistakes, and all 64 against forgers.

    Examples:
      coins verify
      coins verify --json

    """
    session: Session = ctx.obj
    with progress_shown(session, "Checking the journal") as progress:
        audit = session.bank.read.verify(receipt, progress=progress)
    problems = [f"{finding.where}: {finding.problem}" for finding in audit.findings]
    good = (
        f"All is well: {counted(audit.transactions, 'transaction')},"
        f" {counted(audit.wallets, 'wallet')}, {counted(audit.coins_issued, 'coin')} issued and"
        " accounted for."
    )
    if receipt is not None:
        good += f"\n{receipt_proof(receipt)}"
    session.answer(
        {
            "schema": SCHEMA,
            "ok": not problems,
            "transactions": audit.transactions,
            "wallets": audit.wallets,
            "head": audit.head,
            "coins_issued": audit.coins_issued,
            "findings": [
                {"where": finding.where, "problem": finding.problem} for finding in audit.findings
            ],
        },
        "\n".join(escape_control(problem) for problem in problems) or good,
        quiet=None if problems else "",
    )
    if problems:
        raise FindingsReported(len(problems))


def repair(ctx: typer.Context, dry_run: DryRun = False) -> None:
    """Rebuild all that is derived from the journal.

    That is: wallet files, key index, head.json. The journal itself is never touched, but for what
    an interrupted write left at its end. When the journal is wrong, nothing is done; restore a copy
    then.

    Examples:
      coins repair --dry-run
      coins repair

    """
    session: Session = ctx.obj
    session.stopped_halfway = "Stopped; what was rebuilt stays. Do it again: coins repair"
    with progress_shown(session, "Reading the journal") as progress:
        repairs = session.store.repair(dry_run=dry_run, progress=progress)
    would = "Would have been: " if dry_run else ""
    session.answer(
        {
            "schema": SCHEMA,
            "dry_run": dry_run,
            "repaired": [{"where": one.where, "done": one.done} for one in repairs],
        },
        "\n".join(f"{would}{escape_control(one.where)}: {one.done}" for one in repairs)
        or "There was nothing to repair.",
    )


def backup(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The new file, such as class.tar.gz.")
    ],
) -> None:
    """Copy the store into one file.

    Others can go on writing meanwhile. The copy holds the journal, and the store's catalog and
    clock; everything else follows from them.

    Examples:
      coins backup class-7b.tar.gz
      coins backup class-7b.tar.gz --json

    """
    session: Session = ctx.obj
    with progress_shown(session, "Copying") as progress:
        copied = session.store.backup(file, progress)
    session.answer(
        {
            "schema": SCHEMA,
            "file": file,
            "transactions": copied.transactions,
            "head": copied.head,
            "bytes": os.path.getsize(file),
        },
        f"Copied {counted(copied.transactions, 'transaction')} to {escape_control(file)}.",
        quiet=file,
    )


def restore(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What coins backup wrote.")],
) -> None:
    """Make a new store from a copy.

    All of it is checked. It goes only into a new or an empty folder, or one where a restore was
    interrupted; nothing else is ever removed.

    Examples:
      coins restore class-7b.tar.gz --store class-7b-again
      coins restore class-7b.tar.gz --store class-7b-again --json

    """
    session: Session = ctx.obj
    with progress_shown(session, "Checking the copy") as progress:
        copied = session.store.restore(file, progress)
    where = session.store.where
    session.answer(
        {
            "schema": SCHEMA,
            "store": where,
            "transactions": copied.transactions,
            "head": copied.head,
        },
        f"Restored {counted(copied.transactions, 'transaction')} to {escape_control(where)},"
        " all checked.",
        quiet=where,
    )


def doctor(ctx: typer.Context) -> None:
    """Try out whether this computer and folder will do.

    And say what to do if not. Tries the folder, its owner and permissions, locks, syncs, the file
    system and its free space, and shows what the terminal and the installed versions are. Exit
    code 6 when something is wrong.

    Examples:
      coins doctor
      coins doctor --store class-7b --json

    """
    from coins_cli.store.json.care.doctor import check_store, good

    session: Session = ctx.obj
    width = session.columns
    is_seen = f"{sys.stdout.encoding}, {f'{width} columns' if width else 'not a terminal'}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("typer", "rich", "msgspec"))
    checks = [
        *check_store(session.store.where, with_parents=session.store.makes_parents),
        good("terminal", is_seen, None if width is None or width >= 40 else "widen it to 40"),  # noqa: PLR2004
        good(
            "versions",
            f"coins {version('coins-cli')}, Python {platform.python_version()}, {packages}",
        ),
    ]
    failed = [check.check for check in checks if not check.ok]
    advice = [one.advice if one.refusal is None else session.hint_of(one.refusal) for one in checks]
    session.table(
        {
            "schema": SCHEMA,
            "ok": not failed,
            "checks": [
                {"check": one.check, "ok": one.ok, "found": one.found, "advice": text}
                for one, text in zip(checks, advice, strict=True)
            ],
        },
        [Column("check"), Column("well"), Column("found", flexible=True)],
        [[one.check, "yes" if one.ok else "NO", one.found] for one in checks],
        title="What was tried",
        notes=[f"{one.check}: {text}" for one, text in zip(checks, advice, strict=True) if text],
    )
    if failed:
        raise ChecksFailed(failed)
