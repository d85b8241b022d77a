"""The one rule by which a table fits its terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from coins_cli.cli.render.tables import Layout, list_lines, table_lines
from coins_cli.cli.session import Column, Price

COLUMNS = (Column("user"), Column("coins"), Column("note"), Column("what", flexible=True))
ROWS = (
    ("alice", 9_485, None, "sent bob 3 × Panda in the comments of a video"),
    ("bob", 0, None, "is live"),
)


def lines(width, rows=ROWS, columns=COLUMNS):
    return table_lines(columns, rows, width, title="What happened")


def test_a_table_that_fits_has_every_column():
    assert lines(80)[2:] == [
        "user    coins   note   what",
        "─────   ─────   ────   ─────────────────────────────────────────────",
        "alice   9,485          sent bob 3 × Panda in the comments of a video",
        "bob         0          is live",
    ]


def test_a_table_that_does_not_fit_loses_its_empty_columns_first():
    assert lines(62)[2] == "user    coins   what"


def test_then_its_free_text_is_folded_at_words():
    assert lines(48)[2:] == [
        "user   coins  what",
        "─────  ─────  ──────────────────────────────────",
        "alice  9,485  sent bob 3 × Panda in the comments",
        "              of a video",
        "bob        0  is live",
    ]


def test_then_it_goes_below_its_row():
    assert lines(30)[2:] == [
        "user   coins",
        "  what",
        "─────  ─────",
        "alice  9,485",
        "  sent bob 3 × Panda in the",
        "  comments of a video",
        "bob        0",
        "  is live",
    ]


def test_at_last_each_row_becomes_a_list_with_all_of_its_cells():
    columns = (*COLUMNS[:2], Column("video"), COLUMNS[3])
    video, text = "a-video-with-quite-a-long-name.mp4", "is promoted for 3 days, by 500 coins"
    rows = [("alice", 9_485, video, text)]
    assert lines(40, rows, columns)[2:] == [
        "user   alice",
        "coins  9,485",
        "video",
        "  a-video-with-quite-a-long-name.mp4",
        "what   is promoted for 3 days, by 500",
        "       coins",
    ]


def test_a_list_without_headings_goes_on_in_the_next_line():
    row = ("1", "long.handle_of_24_letter", Price("10000", "10,000 coins"))
    assert list_lines(("rank", "user", "coins"), [row], 40) == [
        "  1  long.handle_of_24_letter",
        "    10,000 coins",
    ]


def test_wide_characters_count_twice_and_combining_marks_not_at_all():
    found = table_lines(
        (Column("name"), Column("coins")), [("鯨", 1), ("e\u0301a", 2)], 40, title="Names"
    )
    assert [cell_len(line) for line in found[2:]] == [cell_len(found[2])] * 4
    assert found[-1] == "e\u0301a         2"


@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=24),
            st.integers(0, 2**53),
            st.none() | st.text(max_size=20),
            st.text(max_size=120),
        ),
        min_size=1,
        max_size=5,
    ),
    width=st.integers(40, 120),
)
def test_no_table_is_wider_than_its_terminal_or_loses_a_sum(rows, width):
    found = table_lines(COLUMNS, rows, width, title="Anything")
    assert max(map(cell_len, found)) <= width
    words = " ".join(found).split()
    assert all(f"{row[1]:,}" in words for row in rows)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_filled_table_is_as_wide_as_its_page(width):
    found = Layout(COLUMNS[::3], [("alice", "is live")], width, is_filled=True)
    assert cell_len(found.heading[-1]) == width
