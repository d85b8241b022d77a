"""Pictures as inline SVG: a flow, a line over days, and bars.

All are 440 units wide with type of 15 units, so that one drawing is readable on a phone, where a
unit is a little less than a pixel, and from the last row of a room. Labels never overlap: one that
does not fit its place is made smaller or cut. The text beside a picture has everything in full.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from coins_cli.model.texts import number
from coins_cli.reports.words import cut_to, text, width_in_em

WIDTH: Final = 440
TYPE: Final = 15
"""The font size of labels, in units."""
TYPE_MIN: Final = 7.5
"""The smallest font size of labels; longer texts are cut."""
LINE: Final = 18
"""The distance between two lines of a label, in units."""
BOLD: Final = 1.1
"""The width of bold type over plain type."""
POINTS_MAX: Final = 120
"""Points of a line over days at most, without the one before the first day."""


class Picture(Struct, frozen=True):
    """A picture's id on the page, its title, and its description in words."""

    id: str
    title: str
    description: str


class Bar(Struct, frozen=True):
    """A bar: label, number beside it, length, and the part of it that is highlighted."""

    label: str
    amount: str
    length: int
    excess: int = 0


class Stream(Struct, frozen=True):
    """A part of a flow: size, lines of its label, and index of its colour."""

    size: int
    label: tuple[str, ...]
    colour: int = 0


class Split(Struct, frozen=True):
    """A whole in two parts of the same unit."""

    title: str
    parts: tuple[Stream, Stream]


class Curve(Struct, frozen=True):
    """Values over days: the points to draw, and the days from one to the next."""

    points: list[tuple[date, int]]
    step_days: int


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


def line_over_days(picture: Picture, curve: Curve) -> str:
    """A line over days with the area below it; it starts at zero before the first day."""
    left, right, top, bottom = 4, WIDTH - 10, 34, 214
    points = [(curve.points[0][0].toordinal() - curve.step_days, 0)]
    points += [(day.toordinal(), value) for day, value in curve.points]
    first, last = points[0][0], points[-1][0]
    low, high = min(value for _, value in points), max(value for _, value in points)
    spread = max(high - low, 1)

    def across(ordinal: int) -> float:
        return left + (right - left) * (ordinal - first) / (last - first)

    def down(value: int) -> float:
        return bottom - (bottom - top) * (value - low) / spread

    path = "L".join(f"{across(at):.1f} {down(value):.1f}" for at, value in points)
    zero, end = down(0), points[-1]
    parts = [
        _grid(left, right, down(high)) if high > 0 else "",
        _grid(left, right, down(low)) if low < 0 else "",
        f'<path class="area" d="M{left} {zero:.1f}L{path}L{right} {zero:.1f}Z"/>',
        f'<path class="line" d="M{path}"/>',
        _grid(left, right, zero, "axis"),
        f'<circle class="dot" cx="{right}" cy="{down(end[1]):.1f}" r="5"/>',
        _label(left, top - 10, f"highest: {number(high)}", WIDTH - 8) if high > 0 else "",
        _label(left, bottom + 20, _first_day(curve), WIDTH / 2 - 8),
        _label(right, bottom + 20, curve.points[-1][0].isoformat(), WIDTH / 2 - 8, "end"),
    ]
    last_line = f"at the end: {number(end[1])}"
    parts.append(_label(right, bottom + 20 + LINE, last_line, WIDTH - 8, "end strong"))
    if low < 0:
        parts.append(_label(left, bottom + 20 + LINE * 2, f"lowest: {number(low)}", WIDTH - 8))
    return _svg(picture, bottom + 64, "".join(parts))


def _first_day(curve: Curve) -> str:
    """The first day; empty if it is also the last, which has its own label."""
    return curve.points[0][0].isoformat() if len(curve.points) > 1 else ""


def bars(picture: Picture, rows: Sequence[Bar]) -> str:
    """Horizontal bars from zero; the longest takes the full width, negative ones are not drawn."""
    whole = max([1, *(row.length for row in rows)])
    height, drawn = 46, []
    for at, row in enumerate(rows):
        y = at * height
        amount_ems = width_in_em(row.amount) * BOLD
        drawn += [
            _label(0, y + 16, cut_to(row.label, WIDTH / TYPE - amount_ems - 1), WIDTH),
            _label(WIDTH, y + 16, row.amount, WIDTH, "end strong"),
            f'<rect class="track" x="0" y="{y + 23}" width="{WIDTH}" height="12" rx="2"/>',
        ]
        if row.length > 0:
            length = max(2.0, WIDTH * row.length / whole)
            drawn.append(
                f'<rect class="bar" x="0" y="{y + 23}" width="{length:.1f}" height="12" rx="2"/>'
            )
        if row.excess > 0:
            length = WIDTH * row.length / whole
            excess = WIDTH * row.excess / whole
            drawn.append(
                f'<rect class="excess" x="{length - excess:.1f}" y="{y + 21}" '
                f'width="{excess:.1f}" height="16"/>'
            )
    return _svg(picture, len(rows) * height, "".join(drawn))


def flow(
    picture: Picture,
    titles: tuple[str, str],
    whole: str,
    sources: Sequence[Stream],
    ends: Sequence[Stream],
    split: Split | None,
) -> str:
    """Streams from sources through one whole to its ends, as wide as their sizes; then a split.

    `titles` are the headings of both sides, `whole` the label between them. The sizes of sources
    and those of ends must have the same sum.
    """
    from_x, mid_x, to_x, top = 130, 178, 228, 62
    total = sum(one.size for one in ends)
    left, right = _places(sources, total), _places(ends, total)
    height = max(left[-1][1], right[-1][1], FLOW_HEIGHT)
    middle = top + (height - FLOW_HEIGHT) / 2
    drawn = [
        _label(0, 16, titles[0], 150, "strong"),
        _label(WIDTH, 16, titles[1], 270, "end strong"),
        _label(mid_x + 4, 44, whole, 2 * mid_x, "middle strong"),
    ]
    sides = (
        (sources, left, from_x, mid_x, 0, 122),
        (ends, right, to_x, mid_x + 8, to_x + 16, WIDTH - to_x - 16),
    )
    for streams, places, node_x, whole_x, label_x, room in sides:
        shift = top + (height - places[-1][1]) / 2
        at = middle
        for stream, (begin, _) in zip(streams, places, strict=True):
            size = FLOW_HEIGHT * stream.size / total
            drawn.append(_ribbon(node_x + 4, begin + shift, whole_x, at, size, stream.colour))
            drawn.append(
                f'<rect class="c{stream.colour}" x="{node_x}" y="{begin + shift:.1f}" width="8" '
                f'height="{max(size, 2):.1f}"/>'
            )
            drawn.append(_lines(label_x, begin + shift + 12, stream.label, room))
            at += size
    drawn.append(
        f'<rect class="whole" x="{mid_x}" y="{middle:.1f}" width="8" height="{FLOW_HEIGHT}"/>'
    )
    y = top + height
    if split is not None:
        drawn.append(_split(split, y + 34))
        y += 34 + 34 + LINE * max(len(part.label) for part in split.parts)
    return _svg(picture, round(y + 12), "".join(drawn))


FLOW_HEIGHT: Final = 220
"""The height of the whole in a flow, in units."""


def _places(streams: Sequence[Stream], total: int) -> list[tuple[float, float]]:
    """The top and bottom of each stream, in a column with room for the labels."""
    places, at = [], 0.0
    for stream in streams:
        room = max(FLOW_HEIGHT * stream.size / total + 8, LINE * len(stream.label) + 10)
        places.append((at, at + room))
        at += room
    return places


def _split(split: Split, y: float) -> str:
    """One bar in two parts, with a label under each."""
    total = sum(part.size for part in split.parts)
    first, second = split.parts
    width = WIDTH * first.size / total if total else 0.0
    drawn = [
        _label(0, y, split.title, WIDTH, "strong"),
        f'<rect class="c{first.colour}" x="0" y="{y + 9:.1f}" width="{width:.1f}" height="22"/>',
        (
            f'<rect class="c{second.colour}" x="{width:.1f}" y="{y + 9:.1f}" '
            f'width="{WIDTH - width:.1f}" height="22"/>'
        ),
    ]
    for x, part, kind in ((0, first, ""), (WIDTH, second, "end")):
        drawn.append(_lines(x, y + 50, part.label, WIDTH / 2 - 8, kind))
    return "".join(drawn)


def _ribbon(x: float, y: float, to_x: float, to_y: float, size: float, colour: int) -> str:
    """A band of even height between two places, at least one unit high so that it is visible."""
    size, middle = max(size, 1), (x + to_x) / 2
    return (
        f'<path class="ribbon c{colour}" d="M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} '
        f"{to_y:.1f} {to_x:.1f} {to_y:.1f}V{to_y + size:.1f}C{middle:.1f} {to_y + size:.1f} "
        f'{middle:.1f} {y + size:.1f} {x:.1f} {y + size:.1f}Z"/>'
    )


def _lines(x: float, y: float, lines: Sequence[str], room: float, kind: str = "") -> str:
    """A label of several lines; the first is bold."""
    return "".join(
        _label(x, y + LINE * at, line, room, f"{kind} strong" if at == 0 else kind)
        for at, line in enumerate(lines)
    )


def _label(x: float, y: float, plain: str, room: float, kind: str = "") -> str:
    """A line of text that fits its room: set smaller if need be, then cut."""
    wider = BOLD if "strong" in kind else 1.0
    plain = cut_to(plain, room / TYPE_MIN / wider)
    size = min(TYPE, room / max(width_in_em(plain) * wider, 1))
    kinds = f' class="{kind.strip()}"' if kind.strip() else ""
    return f'<text x="{x:g}" y="{y:.1f}" font-size="{size:.2f}"{kinds}>{text(plain)}</text>'


def _grid(left: float, right: float, y: float, kind: str = "grid") -> str:
    return f'<line class="{kind}" x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'


def _svg(picture: Picture, height: int, drawn: str) -> str:
    title, description = f"{picture.id}-title", f"{picture.id}-text"
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{title} {description}">'
        f'<title id="{title}">{text(picture.title)}</title>'
        f'<desc id="{description}">{text(picture.description)}</desc>{drawn}</svg>'
    )
