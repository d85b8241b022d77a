"""Amounts: whole coins, whole diamonds, whole cents; decimals only where text is read or written.

Every amount, balance and total is at most 2^53 - 1, the largest integer that all readers of JSON
read exactly.
"""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from coins_cli.errors import InvalidAmount, InvalidDollars, TooLarge

if TYPE_CHECKING:
    from fractions import Fraction

AMOUNT_MAX: Final = 2**53 - 1

COIN: Final = "COIN"
DIAMOND: Final = "DIAMOND"
USD: Final = "USD"
"""The three assets. Amounts of `USD` are whole cents."""

_WHOLE: Final = r"[1-9][0-9]{0,15}"
_DOLLARS: Final = r"(0|[1-9][0-9]{0,13})(\.[0-9]{1,2})?"


def parse_amount(text: str, what: str) -> int:
    """Parse a whole number from 1 to `AMOUNT_MAX`: ASCII digits, no sign, point or separator.

    Raises `InvalidAmount`, which names the value as `what`.
    """
    if re.fullmatch(_WHOLE, text) and (amount := int(text)) <= AMOUNT_MAX:
        return amount
    raise InvalidAmount(what, text, most=AMOUNT_MAX)


def check_amount(amount: int, what: str) -> int:
    """Return `amount` if it is a whole number from 1 to `AMOUNT_MAX`; else `InvalidAmount`."""
    if type(amount) is int and 1 <= amount <= AMOUNT_MAX:
        return amount
    is_long = isinstance(amount, int) and abs(amount) > 10 * AMOUNT_MAX
    raise InvalidAmount(what, "a longer number" if is_long else repr(amount), most=AMOUNT_MAX)


def check_exact(amount: int, what: str) -> int:
    """Return `amount` if it is at most `AMOUNT_MAX`; else raise `TooLarge`."""
    if amount > AMOUNT_MAX:
        raise TooLarge(what, most=AMOUNT_MAX)
    return amount


def parse_dollars(text: str, what: str) -> int:
    """Parse a positive sum of dollars such as `5` or `6.49` to cents; else `InvalidDollars`."""
    if re.fullmatch(_DOLLARS, text):
        cents = int(Decimal(text) * 100)
        if 0 < cents <= AMOUNT_MAX:
            return cents
    raise InvalidDollars(what, text)


def format_dollars(cents: int) -> str:
    """Cents as dollars with two decimals, as in JSON: `13499` is `134.99`."""
    sign = "-" if cents < 0 else ""
    dollars, rest = divmod(abs(cents), 100)
    return f"{sign}{dollars}.{rest:02}"


def take_rate(paid: "int | Fraction", brought: int) -> Decimal:
    """The share of `paid` that creators do not get: four places, rounded down.

    `paid`, which must not be zero, and `brought` are in the same unit.
    """
    return Decimal((10_000 * (paid - brought)) // paid).scaleb(-4)
