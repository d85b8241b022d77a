"""How things are measured: in turn, in pairs, in the same minute; and what tables say of it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Final, Literal, NamedTuple

TOP: Final = Path(__file__).parents[2]
QUARTILES_FROM: Final = 10
"""From so many rounds on the spread is the quartiles; of fewer it is the lowest and the highest."""
COLUMNS_MAX: Final = 100

Scale = Literal["small", "usual", "full"]
Unit = Literal["seconds", "per second", "bytes"]


class Bench(NamedTuple):
    """Where a part may write, how large it works, and how often, if that is not its own matter."""

    place: Path
    scale: Scale = "usual"
    rounds: int | None = None
    plot: Path | None = None

    def rounds_or(self, usual: int) -> int:
        """How many rounds were asked for, or else what is usual; two where all is small."""
        return self.rounds or (2 if self.scale == "small" else usual)

    def folder(self, name: str) -> Path:
        """A new folder to write in."""
        folder = self.place / name
        folder.mkdir()
        return folder


# -- running ---------------------------------------------------------------------------------------


class Ran(NamedTuple):
    """How long a process took, and its words on stderr."""

    seconds: float
    words: str


class Weighed(NamedTuple):
    """How long a process took, and the most memory that it had."""

    seconds: float
    memory_bytes: int


_WEIGH: Final = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
code = subprocess.run(sys.argv[1:]).returncode
seconds = time.perf_counter() - started
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
sys.stderr.write("\\n" + json.dumps([seconds, most * (1 if sys.platform == "darwin" else 1024)]))
sys.exit(code)
"""


def coins(*words: str | Path) -> list[str]:
    """A command of `coins` as users run it: the script beside this Python, if it is installed."""
    script = Path(sys.executable).with_name("coins")
    program = [str(script)] if script.exists() else [sys.executable, "-m", "coins_cli"]
    return [*program, *map(str, words)]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What children see: nothing that changes how Python runs, and no other economy."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "COINS_", "LEDGER_"))
    }
    return {**kept, **(more or {})}


def run(
    command: Sequence[str | Path],
    *,
    answers: Path | None = None,
    more: Mapping[str, str] | None = None,
    codes: Collection[int] = (0,),
) -> Ran:
    """Run a process to its end, its stdout into the file `answers`, and say what it took.

    Raises `RuntimeError` with its words when it ends with another code than one of `codes`.
    """
    words = [str(word) for word in command]
    with open(answers or os.devnull, "wb") as out:
        started = time.perf_counter()
        ended = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            env=environment(more),
            check=False,
        )
        seconds = time.perf_counter() - started
    if ended.returncode not in codes:
        raise RuntimeError(f"{words} ended with {ended.returncode}: {ended.stderr.decode()}")
    return Ran(seconds, ended.stderr.decode())


def weighed(
    command: Sequence[str | Path], *, answers: Path, codes: Collection[int] = (0,)
) -> Weighed:
    """Run a process as `run` does, and weigh it too.

    A small process of its own starts it, because a child's memory counts from that of its parent.
    """
    ran = run([sys.executable, "-S", "-c", _WEIGH, *command], answers=answers, codes=codes)
    return Weighed(*json.loads(ran.words.splitlines()[-1]))


def in_turn(cases: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure each case once in each round; every second round goes backwards."""
    took: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds):
        for name in reversed(list(cases)) if number % 2 else cases:
            took[name].append(cases[name]())
    return took


def copied(source: Path, target: Path) -> Path:
    """A copy of a file or folder in the place of `target`, all of it on the disk already."""
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
    os.sync()
    return target


def check(is_right: bool, otherwise: str = "balances are not what they should be") -> None:
    """Raise `RuntimeError` unless what was measured did happen."""
    if not is_right:
        raise RuntimeError(otherwise)


# -- rows ------------------------------------------------------------------------------------------


class Budget(NamedTuple):
    """What the design allows: of the ratio, of the difference, or of the figure itself."""

    of: Literal["ratio", "difference", "figure"]
    most: float | None = None
    least: float | None = None


class Row(NamedTuple):
    """Figures of each round, beside those of a reference in the same rounds, if there is one."""

    what: str
    unit: Unit
    ours: Sequence[float]
    beside: str = ""
    reference: Sequence[float] = ()
    budget: Budget | None = None

    @property
    def ratios(self) -> list[float]:
        """Ours over the reference, pair by pair."""
        return [one / other for one, other in zip(self.ours, self.reference, strict=True)]

    @property
    def is_met(self) -> bool | None:
        """Whether the budget is; `None` when there is none."""
        if self.budget is None:
            return None
        figure = self._budgeted()
        most, least = self.budget.most, self.budget.least
        return (most is None or figure <= most) and (least is None or figure >= least)

    def cells(self) -> list[str]:
        """The row in words."""
        met = {None: "", True: "met", False: "missed"}[self.is_met]
        return [
            self.what,
            shown(median(self.ours), self.unit),
            f"{self.beside} {shown(median(self.reference), self.unit)}" if self.reference else "",
            _with_spread(self.ratios) if self.reference else "",
            f"{self._budget_in_words()} {met}".strip(),
        ]

    def _budgeted(self) -> float:
        """The figure that the budget is about."""
        if self.budget is not None and self.budget.of == "ratio":
            return median(self.ratios)
        return self._difference() if self._is_of_difference() else median(self.ours)

    def _difference(self) -> float:
        return median(one - other for one, other in zip(self.ours, self.reference, strict=True))

    def _is_of_difference(self) -> bool:
        return self.budget is not None and self.budget.of == "difference"

    def _budget_in_words(self) -> str:
        if self.budget is None:
            return ""
        sign, limit = ("≤", self.budget.most) if self.budget.most else ("≥", self.budget.least)
        assert limit is not None
        if self.budget.of == "ratio":
            return f"{sign} {limit:g} ×"
        if self._is_of_difference():
            is_now = shown(self._difference(), self.unit)
            return f"+{is_now}, {sign} +{shown(limit, self.unit)}"
        return f"{sign} {shown(limit, self.unit)}"


def shown(value: float, unit: Unit) -> str:
    """A figure with a unit that suits its size."""
    if unit == "per second":
        return f"{value:,.0f}/s"
    if unit == "bytes":
        return f"{value / 1_000_000:,.0f} MB" if value >= 1_000_000 else f"{value:,.0f} bytes"
    for factor, name in ((1, "s"), (1e3, "ms")):
        if abs(value) * factor >= 1:
            return f"{value * factor:.3g} {name}" if value * factor < 100 else _whole(value, factor)
    return f"{value * 1e6:.3g} µs"


def _whole(value: float, factor: float) -> str:
    return f"{value * factor:,.0f} {'s' if factor == 1 else 'ms'}"


def _with_spread(ratios: Sequence[float]) -> str:
    """The median, and from where to where the pairs go."""
    if len(ratios) == 1:
        return _ratio(ratios[0])
    low, high = min(ratios), max(ratios)
    if len(ratios) >= QUARTILES_FROM:
        low, _, high = quantiles(ratios, n=4, method="inclusive")
    return f"{_ratio(median(ratios))} ({_ratio(low)} to {_ratio(high)})"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


# -- tables ----------------------------------------------------------------------------------------


class Table(NamedTuple):
    """What a part found: rows, and what there is to say about them."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def in_markdown(self) -> str:
        """The table as GitHub shows it, and as it can be read in a terminal."""
        heading = ["what", "ours", "reference", "ratio", "budget"]
        lines = [heading, *(row.cells() for row in self.rows)]
        widths = [max(len(line[at]) for line in lines) for at in range(len(heading))]
        written = [_line(line, widths) for line in lines]
        rule = _line(["-" * width for width in widths], widths)
        text = "\n".join([f"### {self.title}", "", written[0], rule, *written[1:]])
        return "\n\n".join([text, self._spread_in_words(), *self.notes])

    def _spread_in_words(self) -> str:
        rounds = max(len(row.ours) for row in self.rows)
        spread = "quartiles" if rounds >= QUARTILES_FROM else "the lowest and the highest pair"
        return f"Medians of {rounds} rounds in turn; ratios are medians of pairs, with {spread}."


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"| {' | '.join(padded)} |"
