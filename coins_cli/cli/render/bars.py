"""Bars of text, which the last row of a classroom can compare."""

from typing import Final

BAR_COLUMNS: Final = 30


def bar(amount: str, what: str, part: int, whole: int, *, amount_columns: int = 9) -> str:
    """A line with an amount, its label, and a bar for `part` of `whole`."""
    length = round(BAR_COLUMNS * min(max(part, 0), whole) / whole)
    return f"{amount:>{amount_columns}}  {what:<24}{'█' * length}".rstrip()
