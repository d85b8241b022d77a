"""Bars of text, so that a room sees from the last row what is much and what is little."""

from typing import Final

BAR_COLUMNS: Final = 30


def bar(amount: str, what: str, part: int, whole: int, *, amount_columns: int = 9) -> str:
    """A line with an amount, what it is, and a bar as long as its part of the whole."""
    length = round(BAR_COLUMNS * min(max(part, 0), whole) / whole)
    return f"{amount:>{amount_columns}}  {what:<24}{'█' * length}".rstrip()
