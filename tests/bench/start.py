"""How long commands and completions take, as whole processes, beside what they are compared with.

    python -m tests.bench.start [ROUNDS]

installs coins from a wheel into an environment of its own, and runs each command in turn with an
empty Python and with a hello-world Typer application from the same environment.
"""

import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median
from typing import NamedTuple

TOP = Path(__file__).parents[2]
WALLETS = 10_000
HELLO = """
import typer

def hello(name: str = "world") -> None:
    typer.echo(f"hello {name}")

app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command()(hello)
app()
"""


class Case(NamedTuple):
    """A command, and the name of the case that it is compared with; `most` is the budget."""

    name: str
    command: list[str]
    beside: str = ""
    most: str = ""
    environment: tuple[tuple[str, str], ...] = ()


def cases(place: Path) -> list[Case]:
    """What is measured. A store with many wallets, and one in which money moves."""
    python, coins = str(place / "bin" / "python"), str(place / "bin" / "coins")
    hello = place / "hello.py"
    hello.write_text(HELLO)
    store = (("COINS_STORE", str(place / "store")),)
    many = (("COINS_STORE", str(place / "many")), ("COINS_COMPLETE", "bash"))
    made = {**os.environ, **dict(store)}
    subprocess.run([coins, "wallet", "create", "alice", "bob", "-q"], env=made, check=True)
    subprocess.run([coins, "recharge", "alice", "10000", "-q"], env=made, check=True)
    (place / "many" / "wallets").mkdir(parents=True)
    for number in range(WALLETS):
        (place / "many" / "wallets" / f"user{number:05}.json").touch()
    hi, empty = "hello-world Typer", "empty Python"
    balance = [coins, "balance", "alice", "--json"]
    gift = [coins, "gift", "alice", "bob", "panda", "--json"]
    return [
        Case(empty, [python, "-c", "pass"]),
        Case(hi, [python, str(hello)]),
        Case("hello-world --help", [python, str(hello), "--help"]),
        Case("coins --help", [coins, "--help"], "hello-world --help", "1.35 ×"),
        Case("coins balance --json", balance, hi, "1.35 ×", store),
        Case("coins gift --json", gift, hi, "1.5 ×", store),
        Case("complete a user of 10,000", [coins, "gift", ""], empty, "+ 50 ms", many),
        Case("complete a gift", [coins, "gift", "a", "b", ""], empty, "+ 50 ms", many),
        Case("complete a command", [coins, ""], empty, "+ 50 ms", many),
    ]


def seconds(case: Case) -> float:
    """How long one run takes."""
    environment = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
    started = time.perf_counter()
    subprocess.run(
        case.command,
        env={**environment, **dict(case.environment)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


def main() -> None:
    rounds = int(sys.argv[1]) if sys.argv[1:] else 31
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "environment"
        venv.create(place, with_pip=True)
        install = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", str(TOP)]
        subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
        found = cases(place)
        took: dict[str, list[float]] = {case.name: [] for case in found}
        for case in found:
            seconds(case)  # writes the compiled files
        for _ in range(rounds):
            for case in found:
                took[case.name].append(seconds(case))
    print(f"medians of {rounds} rounds, in turn, on {os.cpu_count()} cores")
    for case in found:
        line = f"{case.name:28} {1000 * median(took[case.name]):6.1f} ms"
        if case.beside:
            pairs = list(zip(took[case.name], took[case.beside], strict=True))
            ratio = median(one / other for one, other in pairs)
            more = 1000 * median(one - other for one, other in pairs)
            line += f"  {ratio:5.2f} × {case.beside}, {more:+6.1f} ms; at most {case.most}"
        print(line)


if __name__ == "__main__":
    main()
