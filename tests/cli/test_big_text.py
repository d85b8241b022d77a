"""Big digits: rows of one width, and a sum that is put together of its characters."""

import pytest

from coins_cli.cli.render import big_text
from coins_cli.cli.render.big_text import big, huge


@pytest.mark.parametrize("drawn", [big, huge])
def test_all_rows_of_each_character_have_one_width(drawn):
    for character in big_text._GLYPHS:
        assert len({len(row) for row in drawn(character)}) == 1, character


def test_no_two_characters_look_alike_but_0_and_o():
    drawings = {character: tuple(big(character)) for character in big_text._GLYPHS}
    del drawings["O"]
    assert len(set(drawings.values())) == len(drawings)


def test_a_sum_is_drawn_in_three_rows_or_in_five():
    assert big("1.0") == ["▄█    █▀█", " █    █ █", "▀▀▀ ▀ ▀▀▀"]
    assert (len(huge("$134.99")), len(huge("$134.99")[0])) == (5, 62)
