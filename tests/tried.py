"""What the fault suites tried, and how much of it: told by each test, shown at the end of a run."""

from collections.abc import Callable

import pytest

Tried = Callable[[str, int, str], None]

_PREFIX = "tried: "


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Tried:
    """Tells what a test tried, how many, and what came of it; one line for each «what».

    The numbers of tests that tell the same «what» are added up.
    """

    def tell(what: str, how_many: int, came_to: str = "") -> None:
        record_property(_PREFIX + what, (how_many, came_to))

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table: how many, what, and what came of it; only of tests that passed."""
    counts: dict[str, int] = {}
    endings: dict[str, str] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties if report.when == "call" else ():
            if name.startswith(_PREFIX):
                what = name.removeprefix(_PREFIX)
                counts[what] = counts.get(what, 0) + value[0]
                endings[what] = value[1]
    if counts:
        terminalreporter.section("tried by the fault suites")
        for what, count in counts.items():
            terminalreporter.line(
                f"{count:>9,}  {what}" + (f": {endings[what]}" if endings[what] else "")
            )
