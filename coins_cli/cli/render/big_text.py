"""Big digits and a few letters, which the last row of a classroom can read."""

from typing import Final

_GLYPHS: Final = {
    "0": ("███", "█ █", "█ █", "█ █", "███"),
    "1": (" █ ", "██ ", " █ ", " █ ", "███"),
    "2": ("███", "  █", "███", "█  ", "███"),
    "3": ("███", "  █", "███", "  █", "███"),
    "4": ("█ █", "█ █", "███", "  █", "  █"),
    "5": ("███", "█  ", "███", "  █", "███"),
    "6": ("███", "█  ", "███", "█ █", "███"),
    "7": ("███", "  █", "  █", "  █", "  █"),
    "8": ("███", "█ █", "███", "█ █", "███"),
    "9": ("███", "█ █", "███", "  █", "███"),
    ",": (" ", " ", " ", "█", "█"),
    ".": (" ", " ", " ", " ", "█"),
    "-": ("  ", "  ", "██", "  ", "  "),
    "$": (" █ ", "███", "██ ", " ██", "███"),
    "/": ("  █", "  █", " █ ", "█  ", "█  "),
    "?": ("███", "  █", " ██", "   ", " █ "),
    "N": ("█  █", "██ █", "█ ██", "█  █", "█  █"),
    "O": ("███", "█ █", "█ █", "█ █", "███"),
    " ": ("  ", "  ", "  ", "  ", "  "),
}
_HALVES: Final = {"  ": " ", "█ ": "▀", " █": "▄", "██": "█"}


def huge(text: str) -> list[str]:
    """`text` in characters of five rows; each point is two columns wide."""
    rows = ["  ".join(_GLYPHS[one][row] for one in text) for row in range(5)]
    return ["".join(2 * point for point in row) for row in rows]


def big(text: str) -> list[str]:
    """`text` in characters of three rows; each shows two points, one above the other."""
    points = [" ".join(_GLYPHS[one][row] for one in text) for row in range(5)]
    points.append(" " * len(points[0]))
    return [
        "".join(_HALVES[upper + lower] for upper, lower in zip(*pair, strict=True))
        for pair in zip(points[::2], points[1::2], strict=True)
    ]
