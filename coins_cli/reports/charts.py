"""Pictures for the page: bars of parts, a flow of coins, bars in tables, and steps over days.

Text is always text of the page, so that it has its size on a phone and on a projector. A part of a
bar shows its label where it is wide enough for it; the table beside it has all.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from msgspec import Struct

from coins_cli.reports.words import text

LABEL_EMS: Final = {4: 3, 7: 5, 11: 8, 16: 12, 24: 18}
"""The width in em that a part must have for a label of at most so many characters."""
POINTS_MAX: Final = 120
"""Points of a line over days at most."""
STEPS_WIDTH: Final = 1_000
STEPS_HEIGHT: Final = 100


class Part(Struct, frozen=True):
    """A part of a bar: its size, its colour's name, and the label that is drawn if it fits."""

    size: int
    colour: str
    label: str


class Curve(Struct, frozen=True):
    """Values over days: the points to draw, and the days from one to the next."""

    points: list[tuple[date, int]]
    step_days: int


def parted_bar(parts: Sequence[Part], whole: int, description: str) -> str:
    """A bar of `parts` of a whole, with gaps; a rest that no part has stays empty."""
    drawn = "".join(_part(part, whole) for part in parts if part.size > 0)
    return f'<div class="parts" role="img" aria-label="{text(description)}">{drawn}</div>'


def _part(part: Part, whole: int) -> str:
    width = 100 * part.size / whole
    ems = next((ems for most, ems in LABEL_EMS.items() if len(part.label) <= most), None)
    label = "" if ems is None else f'<b class="fits{ems}">{text(part.label)}</b>'
    return f'<span class="{part.colour}" style="width:{width:.2f}%">{label}</span>'


def funnel(from_size: int, from_whole: int, to_size: int, to_whole: int) -> str:
    """A band from the first part of one bar to the first part of the bar below it."""
    above, below = 100 * from_size / from_whole, 100 * to_size / to_whole
    return (
        '<svg class="funnel" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="out" d="M0 0H{above:.2f}L{below:.2f} 10H0Z"/></svg>'
    )


def swatch(colour: str) -> str:
    """A square of a colour, which names a part of a bar."""
    return f'<span class="swatch {colour}" aria-hidden="true"></span>'


def row_bar(size: int | Fraction, whole: int | Fraction) -> str:
    """A bar below the name of a table's row; nothing for a size that is not above zero."""
    if size <= 0 or whole <= 0:
        return ""
    width = f"{float(100 * size / whole):.2f}%"
    return f'<span class="bar" style="width:{width}" aria-hidden="true"></span>'


def sampled(days: Sequence[tuple[date, int]]) -> Curve:
    """The values at the end of each day, or of every n-th day above `POINTS_MAX`.

    `days` are those with a change, in order. The last point is always the last day.
    """
    ordinals = [day.toordinal() for day, _ in days]
    first, last = ordinals[0], ordinals[-1]
    step = -(-(last - first + 1) // POINTS_MAX)
    wanted = sorted(range(last, first - 1, -step))
    return Curve(
        [(date.fromordinal(at), days[bisect_right(ordinals, at) - 1][1]) for at in wanted], step
    )


def steps_over_days(curve: Curve, description: str) -> str:
    """A line over days that goes up and down in steps, with the area from zero below it.

    A value holds from its point to the next one; the last one has as much room as the others.
    """
    values = [value for _, value in curve.points]
    low, high = min(0, *values), max(0, *values)
    spread, width = max(high - low, 1), STEPS_WIDTH / len(values)
    places = [STEPS_HEIGHT * (high - value) / spread for value in values]
    path = "".join(f"V{y:.2f}H{width * (at + 1):.2f}" for at, y in enumerate(places))
    zero = STEPS_HEIGHT * high / spread
    line = f"M0 {places[0]:.2f}{path}"
    return (
        f'<svg class="steps" viewBox="0 0 {STEPS_WIDTH} {STEPS_HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{text(description)}">'
        f'<path class="area" d="M0 {zero:.2f}{path}V{zero:.2f}Z"/>'
        f'<path class="line" d="{line}"/>'
        f'<path class="axis" d="M0 {zero:.2f}H{STEPS_WIDTH}"/></svg>'
    )
