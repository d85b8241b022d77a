"""Plots of how long commits take: as bars in a terminal, and as an SVG."""

from collections.abc import Sequence
from html import escape
from math import log10
from pathlib import Path
from typing import Final, NamedTuple

BAR_COLUMNS: Final = 40
WIDTH, HEIGHT = 420, 300
LEFT, RIGHT, ABOVE, BELOW = 56, 20, 44, 48
COLOURS: Final = {"p50": "#1f6feb", "p99": "#d1570b"}


class Commits(NamedTuple):
    """What is plotted of a store; times in milliseconds."""

    transactions: int
    wallets: int
    p50: float
    p99: float


class Panel(NamedTuple):
    """One plot: what the x axis counts, and for each x the two times, in milliseconds."""

    counted: str
    points: Sequence[tuple[int, float, float]]


def bars(stores: Sequence[Commits]) -> str:
    """Two bars for each store, at most 80 columns wide, as a block of Markdown."""
    most = max(max(store.p50, store.p99) for store in stores)
    lines = ["```", f"{'transactions':>12} {'wallets':>9}"]
    for store in stores:
        counts = f"{store.transactions:>12,} {store.wallets:>9,}"
        lines.append(f"{counts} p50 {_bar(store.p50, most)}")
        lines.append(f"{'':22} p99 {_bar(store.p99, most)}")
    return "\n".join([*lines, "```"])


def _bar(value: float, most: float) -> str:
    return f"{'█' * max(1, round(BAR_COLUMNS * value / most))} {value:.2f} ms"


def write_svg(path: Path, title: str, panels: Sequence[Panel]) -> None:
    """Write the panels side by side, on one scale of time that begins at zero."""
    most = 1.1 * max(max(point[1:]) for panel in panels for point in panel.points)
    size = f'width="{WIDTH * len(panels)}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">',
        '<rect width="100%" height="100%" fill="white"/>',
        _text(LEFT, 18, title, size=14),
        *(_panel(panel, at * WIDTH, most) for at, panel in enumerate(panels)),
        "</svg>",
    ]
    path.write_text("\n".join(parts) + "\n")


def _panel(panel: Panel, left: int, most: float) -> str:
    """The axes of a plot, and a line for p50 and for p99."""
    low = log10(min(point[0] for point in panel.points))
    wide = (log10(max(point[0] for point in panel.points)) - low) or 1

    def place(count: float, milliseconds: float) -> tuple[float, float]:
        x = left + LEFT + (WIDTH - LEFT - RIGHT) * (log10(count) - low) / wide
        return x, HEIGHT - BELOW - (HEIGHT - ABOVE - BELOW) * milliseconds / most

    parts = [_time_axis(left, most)]
    for count, _, _ in panel.points:
        parts.append(_text(place(count, 0)[0], HEIGHT - BELOW + 16, _power(count), anchor="middle"))
    middle = left + (LEFT + WIDTH - RIGHT) / 2
    parts.append(_text(middle, HEIGHT - 10, panel.counted, anchor="middle"))
    for at, (name, colour) in enumerate(COLOURS.items(), start=1):
        spots = [place(point[0], point[at]) for point in panel.points]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        last = spots[-1]
        parts.append(_text(last[0], last[1] - 8, name, anchor="end", colour=colour))
    return "\n".join(parts)


def _time_axis(left: int, most: float) -> str:
    """Lines across, with their milliseconds."""
    step = 10 ** int(log10(most) // 1)
    step = step if most / step >= 4 else step / 4
    parts, value = [], 0.0
    while value <= most:
        y = HEIGHT - BELOW - (HEIGHT - ABOVE - BELOW) * value / most
        right = left + WIDTH - RIGHT
        line = f'<line x1="{left + LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#ddd"/>'
        parts += [line, _text(left + LEFT - 6, y + 4, f"{value:g} ms", anchor="end")]
        value += step
    return "\n".join(parts)


def _power(count: int) -> str:
    """A count as the nearest power of ten, or in digits when it is none."""
    power = round(log10(count))
    is_power = power > 2 and abs(count - 10**power) < 0.01 * 10**power
    return f"10^{power}" if is_power else f"{count:,}"


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", colour: str = "#333", size: int = 12
) -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}"'
    return f"<text {at}>{escape(words)}</text>"
