"""Texts folded at words to the width of a terminal."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from coins_cli.cli.render.folding import folded, unfolded


def test_a_line_is_folded_at_words_and_keeps_its_indent():
    assert folded("  one two three", 9) == "  one two\n  three"
    assert folded("  one two three four five six seven", 30) == (
        "  one two three four five six\n  seven"
    )


def test_a_line_that_fits_stays_as_it_is():
    assert folded("one  two   three ", 40) == "one  two   three "


def test_a_description_is_folded_beside_its_term_while_there_is_room():
    text = "  gift     Send a gift to a creator.\n  cashout  Pay out what a creator has earned."
    assert folded(text, 40) == (
        "  gift     Send a gift to a creator.\n"
        "  cashout  Pay out what a creator has\n"
        "           earned."
    )


def test_descriptions_of_a_list_go_below_their_terms_together():
    text = "  --json             Print one object.\n  --catalog FILE     The prices in force."
    assert folded(text, 38) == (
        "  --json\n      Print one object.\n  --catalog FILE\n      The prices in force."
    )


def test_a_word_that_is_too_wide_stays_whole():
    assert folded(f"receipt 4:{'0' * 64}", 40) == f"receipt\n4:{'0' * 64}"


def test_a_command_that_goes_on_is_seen_to_go_on():
    assert folded("  coins gift alice bob panda --quantity 3", 40 - 2) == (
        "  coins gift alice bob panda\n    --quantity 3"
    )


def test_wide_characters_count_twice():
    assert folded("鯨 鯨 鯨", 5) == "鯨 鯨\n鯨"


@given(
    st.lists(st.text(st.characters(categories=["L", "P", "S"]), min_size=1, max_size=12)),
    st.integers(40, 120),
)
def test_no_word_is_lost_and_no_line_too_wide(words, columns):
    lines = folded(" ".join(words), columns).split("\n")
    assert " ".join(lines).split() == " ".join(words).split()
    assert all(cell_len(line) <= columns for line in lines)


def test_what_was_written_in_short_lines_is_joined_by_paragraph_and_item():
    items = "  7  an item\n     that goes on\n  8  another"
    text = f"One\nparagraph.\n\n{items}\n\nSuch as:\n\n  coins demo"
    assert unfolded(text) == (
        "One paragraph.\n\n  7  an item that goes on\n  8  another\n\nSuch as:\n\n  coins demo"
    )
