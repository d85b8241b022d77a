"""Documents: the same text on a screen, in a file and in a pipe, where it has no colour."""

from datetime import UTC, datetime

import pytest

from tests.cli.runner import terminal, typed

DOCUMENTS = (
    "report",
    "whatif --set gifting.creator_share=0.5",
    "statement erin",
    "page erin",
    "live show erin",
    "help exit-codes",
)


@pytest.mark.parametrize("line", DOCUMENTS)
def test_a_document_is_the_same_in_a_pipe_as_on_a_screen(store, line):
    moment = {"clock": lambda: datetime(2026, 12, 1, tzinfo=UTC)}
    piped = typed(line, **moment).said()
    assert "\t" not in piped
    assert "\x1b" not in piped
    assert piped == typed(line, columns=80, **moment).said()


def test_a_document_has_the_width_of_the_terminal(store):
    narrow = terminal("report", "--color", "never", columns=40)
    assert narrow.code == 0
    lines = narrow.out.replace("\r", "").splitlines()
    assert max(map(len, lines)) <= 40
    words = " ".join(" ".join(lines).split())
    assert "From 10,000 earned coins on. 9,999 are not enough." in words
