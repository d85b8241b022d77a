"""How long commands and completions take, as whole processes, beside what they are compared with.

coins is installed from a wheel into an environment of its own, as its users have it; each command
is run in turn with an empty Python and with a hello-world Typer application from there.
"""

import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from .measuring import TOP, Bench, Budget, Row, Scale, Table, environment, in_turn, run

ROUNDS: Final = 31
WALLETS: Final[dict[Scale, int]] = {"small": 20, "usual": 10_000, "full": 10_000}
HELLO: Final = """
import typer

def hello(name: str = "world") -> None:
    typer.echo(f"hello {name}")

app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command()(hello)
app()
"""
EMPTY, HI, HI_HELP = "empty Python", "hello Typer", "its --help"
HELP: Final = Budget("ratio", most=0.90)
READ: Final = Budget("ratio", most=1.10)
WRITE: Final = Budget("ratio", most=1.15)
COMPLETION: Final = Budget("difference", most=0.050)


class Case(NamedTuple):
    """A command, and the name of the case that it is compared with."""

    name: str
    command: list[str]
    beside: str = ""
    budget: Budget | None = None
    more: Mapping[str, str] | None = None

    def seconds(self) -> float:
        """How long one run takes."""
        return run(self.command, more=self.more).seconds


def installed(place: Path) -> Path:
    """The programs of a new environment with coins in it."""
    venv.create(place, with_pip=True)
    install = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", str(TOP)]
    subprocess.run(install, env=environment(), check=True, stderr=subprocess.DEVNULL)
    return place / "bin"


def cases(programs: Path, place: Path, wallets: int) -> list[Case]:
    """What is measured. A store with many wallets, and one in which money moves."""
    python, coins = str(programs / "python"), str(programs / "coins")
    hello = place / "hello.py"
    hello.write_text(HELLO)
    store = {"COINS_STORE": str(place / "store")}
    many = {"COINS_STORE": str(place / "many"), "COINS_COMPLETE": "bash"}
    run([coins, "wallet", "create", "alice", "bob", "-q"], more=store)
    run([coins, "recharge", "alice", "10000", "-q"], more=store)
    (place / "many" / "wallets").mkdir(parents=True)
    for number in range(wallets):
        (place / "many" / "wallets" / f"user{number:05}.json").touch()
    balance = [coins, "balance", "alice", "--json"]
    gift = [coins, "gift", "alice", "bob", "panda", "--json"]
    return [
        Case(EMPTY, [python, "-c", "pass"]),
        Case(HI, [python, str(hello)], EMPTY),
        Case(HI_HELP, [python, str(hello), "--help"], EMPTY),
        Case("coins --help", [coins, "--help"], HI_HELP, HELP),
        Case("coins balance --json", balance, HI, READ, store),
        Case("coins gift --json", gift, HI, WRITE, store),
        Case(f"complete 1 of {wallets:,} users", [coins, "gift", ""], EMPTY, COMPLETION, many),
        Case("complete a gift", [coins, "gift", "a", "b", ""], EMPTY, COMPLETION, many),
        Case("complete a command", [coins, ""], EMPTY, COMPLETION, many),
    ]


def measure(bench: Bench) -> list[Table]:
    """Each command beside the least that Python, or a command line in it, can take."""
    place = bench.folder("start")
    is_small = bench.scale == "small"
    programs = Path(sys.executable).parent if is_small else installed(place / "environment")
    found = cases(programs, place, WALLETS[bench.scale])
    for case in found:
        case.seconds()  # writes the compiled files
    measured: dict[str, Callable[[], float]] = {case.name: case.seconds for case in found}
    took = in_turn(measured, bench.rounds_or(ROUNDS))
    rows = [
        Row(
            case.name,
            "seconds",
            took[case.name],
            case.beside,
            took[case.beside] if case.beside else (),
            case.budget,
        )
        for case in found
    ]
    what = "the environment at hand" if is_small else "an environment of its own"
    return [Table("Start: whole processes", rows, [f"coins and Typer from {what}."])]
