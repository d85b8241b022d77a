"""The screens of all commands: the files show them as they are, and each fits its terminal."""

import re

import pytest

from tests.cli.runner import command_paths, group_paths
from tests.generated import commands
from tests.screens import FOLDER, SCREENS, WIDTHS, file_of, screens_of, text_of

PATHS = [path for path, _ in commands()]
DATA = {"export", "batch"}
"""Commands that print lines for programs, which are never folded."""
PAGES = set()
"""Commands whose text is a page of 80 columns on narrower terminals too."""


@pytest.fixture(scope="module")
def screens():
    """The screens of a command, made once."""
    made = {}

    def of(path):
        if path not in made:
            made[path] = screens_of(path)
        return made[path]

    return of


def each_screen(found):
    """Each screen with its line and its width."""
    return [
        (line, width, text) for line, by_width in found.items() for width, text in by_width.items()
    ]


def test_every_command_has_screens_and_nothing_else_has():
    registered = {" ".join(words) for paths in (command_paths, group_paths) for words, _ in paths()}
    assert set(SCREENS) == {"", *registered} == set(PATHS)
    assert {file.name for file in FOLDER.iterdir()} == {file_of(path).name for path in PATHS}


@pytest.mark.parametrize("path", PATHS)
def test_the_file_shows_the_screens_as_they_are(screens, path):
    assert file_of(path).read_text(encoding="utf-8") == text_of(screens(path)), (
        "run: python -m tests.screens, and look at what has changed"
    )


@pytest.mark.parametrize("path", PATHS)
def test_a_screen_is_never_wider_than_the_terminal_and_nothing_is_cut(screens, path):
    from rich.cells import cell_len

    for line, width, text in each_screen(screens(path)):
        if path in DATA and line in SCREENS[path]:
            continue
        for shown in text.splitlines():
            most = max(width, 80) if line in PAGES else width
            fits = cell_len(shown) <= most or " " not in shown.strip()
            assert fits, f"{line} at {width} columns: {shown!r}"
            assert not re.search(r"\S…", shown), f"{line} at {width} columns: {shown!r}"


@pytest.mark.parametrize("path", PATHS)
def test_a_screen_has_one_empty_line_at_most_between_its_parts(screens, path):
    for line, width, text in each_screen(screens(path)):
        assert "\n\n\n" not in text, f"{line} at {width} columns"
        assert not text.endswith("\n\n"), f"{line} at {width} columns"
        assert not re.search(r" $", text, re.MULTILINE), f"{line} at {width} columns"


@pytest.mark.parametrize("path", [path for path in PATHS if path not in DATA])
def test_a_narrow_screen_shows_the_same_words_as_a_wide_one(screens, path):
    """Sums, names and words are whole at every width; headings and rules may go."""
    for line, by_width in screens(path).items():
        wide = set(words_of(by_width[max(WIDTHS)]))
        for width in WIDTHS[1:]:
            narrow = set(words_of(by_width[width]))
            missing = {word for word in wide - narrow if any(map(str.isdigit, word))}
            assert missing <= {str(max(WIDTHS))}, f"{line} at {width} columns"


def words_of(text):
    """The words of a screen, without the bars and rules of charts and tables."""
    return [word.rstrip(":") for word in text.split() if word[0].isalnum() or word[0] in "$@"]
