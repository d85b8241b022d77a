"""The command that prints what a shell needs to complete the words of coins."""

import os
from typing import Annotated, Final

import typer

from coins_cli.cli.options import choice
from coins_cli.cli.session import Session
from coins_cli.errors import InvalidChoice
from coins_cli.model.receipts import SCHEMA

SHELLS: Final = ("bash", "zsh", "fish")


def completion(
    ctx: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help=choice(SHELLS))],
) -> None:
    """Print what a shell needs to complete the words of coins.

    Commands, options, and the users, gifts and packs of the store at hand. The first line of what
    is printed says where to put it for good.

    Examples:
      coins completion bash
      coins completion zsh
      coins completion fish

    """
    session: Session = ctx.obj
    if shell not in SHELLS:
        raise InvalidChoice("the shell", shell, SHELLS)
    script = script_for(shell)
    session.answer({"schema": SCHEMA, "shell": shell, "script": script}, script.rstrip("\n"))


def script_for(shell: str) -> str:
    """The script that a shell reads."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with open(os.path.join(here, "shells", f"coins.{shell}"), encoding="utf-8") as file:
        return file.read()
