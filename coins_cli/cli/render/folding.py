"""Text folded at words to the width of a terminal. Imported only where a person reads."""

import re
from collections.abc import Callable, Collection
from typing import Final

DESCRIPTION_COLUMNS_MIN: Final = 24
"""Columns that a description needs beside its term; with fewer it goes below it."""
BELOW: Final = "    "
"""The indent of a description below its term."""
GOES_ON: Final = "  "
"""The indent of a command that goes on in the next line."""

_STYLE: Final = r"\x1b\[[0-9;]*m"
_TERM: Final = re.compile(r" *\S.*?  +(?=[^\s\[])")


def width_of(text: str) -> int:
    """The columns that a text takes: wide characters take two, combining marks and styles none."""
    if "\x1b" in text:
        text = re.sub(_STYLE, "", text)
    if text.isascii():
        return len(text)
    return _width_of_cells()(text)


def _width_of_cells() -> Callable[[str], int]:
    from rich.cells import cell_len

    return cell_len


def folded(text: str, columns: int) -> str:
    """A text whose lines are folded at words to so many columns.

    Further lines are indented like the first; those of a list of terms like its descriptions.
    Where a list leaves them too little room, they go below the terms. A word that is wider than
    the screen stays whole, so that it can be copied.
    """
    lines = text.split("\n")
    if all(width_of(line) <= columns for line in lines):
        return text
    too_far = {
        term.end()
        for line in lines
        if width_of(line) > columns and (term := _TERM.match(line)) is not None
        if columns - term.end() < DESCRIPTION_COLUMNS_MIN
    }
    return "\n".join(part for line in lines for part in _folded_line(line, columns, too_far))


def _folded_line(line: str, columns: int, too_far: Collection[int]) -> list[str]:
    """One line in as many as it takes, with a description that begins `too_far` below its term."""
    term, indent = _TERM.match(line), " " * (len(line) - len(line.lstrip(" ")))
    if term is not None and term.end() in too_far:
        name, description = _folded_line(term[0].rstrip(), columns, ()), line[term.end() :]
        return [*name, *_folded_line(f"{indent}{BELOW}{description}", columns, ())]
    if width_of(line) <= columns:
        return [line]
    if term is not None:
        return _filled(term[0], line[term.end() :].split(), columns, " " * width_of(term[0]))
    if len(indent) > len(BELOW) and columns - len(indent) < DESCRIPTION_COLUMNS_MIN:
        indent = BELOW
    more = indent + GOES_ON if line.lstrip(" ").startswith("coins ") else indent
    return _filled(indent, line.split(), columns, more)


def filled(text: str, columns: int) -> list[str]:
    """A text in lines of at most so many columns, folded at words.

    A word that is wider goes on in the next line.
    """
    if width_of(text) <= columns:
        return [text]
    words = [part for word in text.split() for part in _broken(word, columns)]
    return _filled("", words, columns, "")


def _broken(word: str, columns: int) -> list[str]:
    """A word in parts that fit."""
    parts = [""]
    for character in word:
        if width_of(parts[-1] + character) > columns:
            parts.append("")
        parts[-1] += character
    return parts


def _filled(first: str, words: list[str], columns: int, indent: str) -> list[str]:
    """Lines filled with words: the first begins with `first`, the others with `indent`."""
    lines, line, taken, is_empty = [], first, width_of(first), True
    for word in words:
        width = width_of(word)
        if not is_empty and taken + 1 + width > columns:
            lines.append(line)
            line, taken, is_empty = indent, width_of(indent), True
        line += word if is_empty else f" {word}"
        taken += width if is_empty else 1 + width
        is_empty = False
    return [*lines, line]


def unfolded(text: str) -> str:
    """A text that was written in short lines, with each paragraph and each item on one line.

    Unindented lines in a row are one paragraph. A line that begins where the description above it
    begins goes on with that.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and line.strip() and _goes_on(lines[-1], line):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _goes_on(above: str, line: str) -> bool:
    indent = len(line) - len(line.lstrip())
    if indent == 0:
        return bool(above) and not above.startswith(" ") and not above.endswith(":")
    term = _TERM.match(above)
    return term is not None and len(term[0]) == indent
