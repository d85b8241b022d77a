"""Rosters: the CSV of a spreadsheet is parsed into the rows of a class, or into its problems."""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from coins_cli.errors import Invalid, InvalidRoster, one_of
from coins_cli.model import names
from coins_cli.model.names import parse_handle, parse_text

ROWS_MAX: Final = 10_000
BYTES_MAX: Final = 32 << 20

HANDLE_WORDS: Final = ("handle", "user", "username", "login", "account")
NAME_WORDS: Final = frozenset(["name", "display name", "display_name", "full name"])
SEPARATORS: Final = ",;\t"

WINDOWS: Final = "Windows-1252"

_BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "UTF-8"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^\w\s"]|\t)"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""A line with its end; `splitlines` would also split at characters that names may contain."""

Problem = tuple[int | None, str | None, str]
"""The row, the column, and the problem in words."""


class RosterRow(Struct, frozen=True):
    """One member of a class; `row` is its row in the spreadsheet, counted from 1."""

    row: int
    user: str
    name: str | None = None
    note: str | None = None


class Roster(Struct, frozen=True):
    """The members of a class, in the order of the file, and the file's encoding."""

    rows: tuple[RosterRow, ...]
    encoding: str


class _Columns(Struct, frozen=True):
    """The places of columns, counted from 0; `titles` is empty if there is no header."""

    handle: int
    name: int | None
    titles: list[str]

    def title(self, place: int) -> str:
        """The name of a column in messages."""
        title = self.titles[place] if place < len(self.titles) else ""
        return title or f"column {place + 1}"


def parse_roster(data: bytes, file: str) -> Roster:
    """Parse the bytes of a CSV file into a class; `file` is its name in messages.

    The encoding is UTF-8, UTF-16 with a byte order mark, or else Windows-1252; the separator a
    comma, a semicolon or a tab. Raises `InvalidRoster` with the problems of all rows.
    """
    if len(data) > BYTES_MAX:
        raise InvalidRoster(file, [(None, None, f"it is larger than {BYTES_MAX >> 20} MiB")])
    text, encoding = _decoded(data, file)
    problems: list[Problem] = []
    numbered = _without_empty(_records(text, problems))
    rows = tuple(_rows(numbered, problems))
    if problems:
        raise InvalidRoster(file, problems)
    if not rows:
        raise InvalidRoster(file, [(None, None, "there is nobody in it")])
    return Roster(rows, encoding)


def _decoded(data: bytes, file: str) -> tuple[str, str]:
    """The text without a byte order mark, and its encoding."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    try:
        if encoding is None:
            try:
                text, encoding = data.decode(), "UTF-8"
            except UnicodeDecodeError:
                text, encoding = data.decode("cp1252"), WINDOWS
        else:
            text = data.decode("utf-8-sig" if encoding == "UTF-8" else encoding)
    except UnicodeDecodeError:
        raise InvalidRoster(file, [(None, None, _not_a_text(data))]) from None
    if "\0" in text:
        raise InvalidRoster(file, [(None, None, _not_a_text(data))])
    return text, encoding


def _not_a_text(data: bytes) -> str:
    is_workbook = data.startswith((b"PK", b"\xd0\xcf\x11\xe0"))
    found = "it is a workbook" if is_workbook else "it is not a text"
    return f"{found}; save it as CSV (UTF-8), and import that"


def _records(text: str, problems: list[Problem]) -> Iterator[list[str]]:
    """The cells of each row, not trimmed; the rows end at the first error in the CSV."""
    if named := _SEPARATOR_LINE.match(text):
        text, separator = text[named.end() :], named[1]
    else:
        separator = _separator_of(text)
    reader = csv.reader(_LINE.findall(text), delimiter=separator, strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):  # noqa: B007 - an error in the next row names it
            yield cells
    except csv.Error as error:
        problems.append((row + 1, None, _why_not_csv(str(error))))


def _why_not_csv(error: str) -> str:
    if "end of data" in error:
        return "a quotation mark is opened and never closed"
    if "expected after" in error:
        return "there is something between a closing quotation mark and the next separator"
    return f"it cannot be read: {error}"


def _separator_of(text: str) -> str:
    """The most frequent separator in the first line, outside quotes; of equals, the comma."""
    counts = dict.fromkeys(SEPARATORS, 0)
    is_quoted, before = False, ","
    for character in text.lstrip("\r\n"):
        if is_quoted:
            is_quoted = character != '"'
        elif character == '"':
            # A quote inside an unquoted cell is a letter, unless it is doubled.
            is_quoted = before in SEPARATORS or before == '"'
        elif character in "\r\n":
            break
        elif character in counts:
            counts[character] += 1
        before = character
    return max(SEPARATORS, key=lambda separator: counts[separator])


def _without_empty(records: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, trimmed, with their numbers."""
    for row, cells in enumerate(records, start=1):
        trimmed = [cell.strip() for cell in cells]
        while trimmed and not trimmed[-1]:
            trimmed.pop()
        if trimmed:
            yield row, trimmed


def _rows(
    numbered: Iterator[tuple[int, list[str]]], problems: list[Problem]
) -> Iterator[RosterRow]:
    """The valid rows; problems of the others are added to `problems`."""
    columns: _Columns | None = None
    row_of_user: dict[str, int] = {}
    taken = 0
    for row, cells in numbered:
        if columns is None:
            if (columns := _header(row, cells, problems)) is None:
                return
            if columns.titles:
                continue
        if taken == ROWS_MAX:
            problems.append((row, None, f"at most {ROWS_MAX:,} rows are taken at a time"))
            return
        taken += 1
        member = _Row(row, cells, columns, problems).read(row_of_user)
        if member is not None:
            yield member


def _header(row: int, cells: Sequence[str], problems: list[Problem]) -> _Columns | None:
    """The columns as the first row titles them, or the default ones if it is not a header.

    A header with a name and no handle is a problem: `None`.
    """
    words = [cell.casefold() for cell in cells]
    handle = next((place for place, word in enumerate(words) if word in HANDLE_WORDS), None)
    name = next((place for place, word in enumerate(words) if word in NAME_WORDS), None)
    if handle is not None:
        return _Columns(handle, name, list(cells))
    if name is not None:
        problems.append((row, cells[name], f"no other column is headed {one_of(HANDLE_WORDS)}"))
        return None
    return _Columns(0, 1, [])


class _Row:
    """Reads one row, and adds what is wrong with it to the problems."""

    def __init__(
        self, row: int, cells: Sequence[str], columns: _Columns, problems: list[Problem]
    ) -> None:
        self._row = row
        self._cells = cells
        self._columns = columns
        self._problems = problems

    def read(self, row_of_user: dict[str, int]) -> RosterRow | None:
        """The member in the row, or `None` if it is invalid; adds its handle to `row_of_user`."""
        problems_before = len(self._problems)
        self._check_width()
        user, name, note = self._user(row_of_user), self._name(), self._note()
        if user is None or len(self._problems) > problems_before:
            return None
        return RosterRow(self._row, user, name, note)

    def _wrong(self, place: int, problem: str) -> None:
        self._problems.append((self._row, self._columns.title(place), problem))

    def _check_width(self) -> None:
        titles = self._columns.titles
        if titles and len(self._cells) > len(titles):
            self._wrong(len(self._cells) - 1, f"the header has only {len(titles)} columns")

    def _user(self, row_of_user: dict[str, int]) -> str | None:
        place = self._columns.handle
        if not (given := self._cell(place)):
            self._wrong(place, "there is no handle")
            return None
        try:
            user = parse_handle(given.removeprefix("@"))
        except Invalid as error:
            self._wrong(place, error.message)
            return None
        if (first := row_of_user.setdefault(user, self._row)) != self._row:
            self._wrong(place, f"{user} is in row {first:,} already")
        return user

    def _name(self) -> str | None:
        place = self._columns.name
        if place is None or not (given := self._cell(place)):
            return None
        return self._text(given, "display name", names.DISPLAY_NAME_CHARACTERS_MAX, place)

    def _note(self) -> str | None:
        """All further cells, each after the title of its column."""
        titles = self._columns.titles
        further = [
            (place, cell)
            for place, cell in enumerate(self._cells)
            if cell and place not in (self._columns.handle, self._columns.name)
        ]
        if not further:
            return None
        note = "; ".join(
            f"{titles[place]}: {cell}" if place < len(titles) and titles[place] else cell
            for place, cell in further
        )
        longest = max(further, key=lambda one: len(one[1]))[0]
        return self._text(note, "note", names.NOTE_CHARACTERS_MAX, longest)

    def _text(self, given: str, what: str, most: int, place: int) -> str | None:
        try:
            return parse_text(given, what, most=most)
        except Invalid as error:
            self._wrong(place, error.message)
            return None

    def _cell(self, place: int) -> str:
        return self._cells[place] if place < len(self._cells) else ""
