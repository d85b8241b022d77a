"""Prices by their keys: as cells, in JSON, and explained one by one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from coins_cli.cli.render.text import escape_control, exact, minute, number
from coins_cli.cli.session import Cell, Column, Price, Session, cell_text
from coins_cli.model.catalog import Catalog
from coins_cli.model.catalog_editing import Change
from coins_cli.model.catalog_keys import Value, kind_of, value_text, values_of
from coins_cli.model.default_catalog import DEFAULT_CATALOG
from coins_cli.model.texts import dollars
from coins_cli.reports.price_changes import consequences

if TYPE_CHECKING:
    from coins_cli.views.price_history import Period

Row = list[Cell]


GAP: Final = 3
"""Blanks between two columns of a table."""


class Explained(NamedTuple):
    """One number of a catalog: where it is from, and what it does.

    `origin` is `fact` or `assumption` as in the default, or else `changed` or `added`; `default` is
    the value there.
    """

    key: str
    value: Value
    origin: str
    default: Value | None
    effect: str


def explained(catalog: Catalog) -> list[Explained]:
    """Every number of the catalog, in the order of the file."""
    defaults = values_of(DEFAULT_CATALOG)
    return [
        Explained(key, value, _origin(key, value, defaults.get(key)), defaults.get(key), effect)
        for key, value in values_of(catalog).items()
        for effect in [kind_of(key).effect]
    ]


def removed(catalog: Catalog) -> list[str]:
    """The gifts and packs of the default that the catalog does not have, as `gifts.panda`."""
    known = values_of(catalog)
    gone = [key.rpartition(".")[0] for key in values_of(DEFAULT_CATALOG) if key not in known]
    return list(dict.fromkeys(gone))


def cell(key: str, value: Value | None) -> Cell:
    """A value for a table; a missing one is `none` on a terminal, and empty in a pipe."""
    if value is None:
        return Price("", "none")
    if not isinstance(value, Decimal):
        return value
    text = value_text(value)
    is_dollars = kind_of(key).kind == "dollars"
    return Price(text, dollars(int(value * 100)) if is_dollars else text)


def json_value(value: Value | None) -> int | str | None:
    """A value in JSON: whole numbers as such, dollars and rates as texts."""
    return value_text(value) if isinstance(value, Decimal) else value


def changes_in_json(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Changes for JSON."""
    return [
        {"key": one.key, "old": json_value(one.old), "new": json_value(one.new)} for one in changes
    ]


def change_rows(changes: Sequence[Change]) -> list[Row]:
    """The rows of a table of changes: key, old and new value."""
    return [[one.key, cell(one.key, one.old), cell(one.key, one.new)] for one in changes]


def show_changes(
    session: Session,
    payload: dict[str, Any],
    changes: Sequence[Change],
    *,
    names: tuple[str, str],
    title: str,
    notes: Sequence[str],
    empty: str,
) -> None:
    """Print changes as `Session.table`; where a table would be cut, one below the other.

    `names` are those of the columns of old and new values.
    """
    rows = change_rows(changes)
    width = session.columns
    if (
        width is None
        or session.settings.json
        or not rows
        or fits([["price", *names], *rows], width)
    ):
        columns = [Column(name) for name in ("price", *names)]
        session.table(payload, columns, rows, title=title, notes=notes, empty=empty)
        return
    lines = [title, "", *map(_change_in_words, changes), "", *notes]
    session.say("\n".join(wrapped(escape_control(line), width) for line in lines))


def pipe_rows(rows: Sequence[Explained]) -> list[Row]:
    """The rows in a pipe: key, value, origin, the default's value, and effect."""
    return [
        [one.key, cell(one.key, one.value), one.origin, cell(one.key, one.default), one.effect]
        for one in rows
    ]


def explained_rows(rows: Sequence[Explained]) -> list[Row]:
    """The rows of a table on a terminal: key, value, origin with the default, and effect."""
    return [[one.key, cell(one.key, one.value), _origin_in_words(one), one.effect] for one in rows]


def fits(rows: Sequence[Row], columns: int) -> bool:
    """True if a table of these rows is not wider than the terminal."""
    from rich.cells import cell_len

    widths = [max(cell_len(cell_text(one)) for one in column) for column in zip(*rows, strict=True)]
    return sum(widths) + GAP * len(widths) <= columns


def stacked(rows: Sequence[Explained], columns: int) -> str:
    """Numbers with their explanation below each, for a terminal too narrow for a table."""
    lines = []
    for one in rows:
        lines.append(f"{one.key}  {cell_text(cell(one.key, one.value))}")
        lines.append(wrapped(f"  {_origin_in_words(one)}: {one.effect}", columns))
    return "\n".join(lines)


def wrapped(line: str, columns: int | None) -> str:
    """A line that is broken between words where the terminal ends; what follows is indented."""
    from textwrap import fill

    if columns is None:
        return line
    return fill(line, columns, subsequent_indent="  ", break_on_hyphens=False)


def _origin_in_words(one: Explained) -> str:
    """The origin; of a changed number with the default."""
    if one.origin != "changed":
        return one.origin
    return f"changed from {cell_text(cell(one.key, one.default))}"


def history_rows(periods: Sequence["Period"], changes: Sequence[Sequence[Change]]) -> list[Row]:
    """The rows of the history in a pipe: first and last transaction, time, key, old and new value.

    A period without changes has one row, without a key. The last changes are not used yet, and
    their rows have no transactions.
    """
    rows: list[Row] = []
    for period, each in zip([*periods, None], changes, strict=True):
        place: Row = ["", "", ""]
        if period is not None:
            place = [period.first, period.last, exact(period.since)]
            rows += [] if each else [[*place, "", "", ""]]
        rows += [[*place, *row] for row in change_rows(each)]
    return rows


def history_in_words(
    periods: Sequence["Period"],
    changes: Sequence[Sequence[Change]],
    catalogs: Sequence[Catalog],
    columns: int | None,
) -> str:
    """The history for people: a paragraph for each period, and one for prices not used yet.

    `catalogs` are those between which the changes are.
    """
    lines = []
    for n, period in enumerate(periods):
        head = f"{_transactions(period)}, from {minute(period.since)}: "
        unlike = "the default prices" if n == 0 else ""
        lines += _paragraph(head + (unlike if not changes[n] else ""), changes[n])
        lines += [f"  {one}" for one in consequences(catalogs[n], catalogs[n + 1])]
    if changes[-1]:
        lines += _paragraph("In force, but nothing was done at these prices yet:", changes[-1])
    return (
        "\n".join(wrapped(line, columns) for line in lines) or "Nothing was done at any prices yet."
    )


def _paragraph(head: str, changes: Sequence[Change]) -> list[str]:
    return [head.rstrip(), *(f"  {_change_in_words(one)}" for one in changes)]


def _transactions(period: "Period") -> str:
    if period.first == period.last:
        return f"Transaction {number(period.first)}"
    return f"Transactions {number(period.first)} to {number(period.last)}"


def _change_in_words(change: Change) -> str:
    old, new = (cell_text(cell(change.key, one)) for one in (change.old, change.new))
    return f"{change.key}: {old} → {new}"


def _origin(key: str, value: Value, default: Value | None) -> str:
    if value == default:
        return kind_of(key).origin
    return "added" if default is None else "changed"
