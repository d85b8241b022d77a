"""A class as spreadsheets write it: encodings, separators, headers, and all that can be wrong."""

import csv
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coins_cli.errors import InvalidRoster
from coins_cli.model import rosters
from coins_cli.model.rosters import Roster, RosterRow, parse_roster

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-be with a mark": "UTF-16",
}


def encoded(text, encoding):
    if encoding == "utf-16-be with a mark":
        return b"\xfe\xff" + text.encode("utf-16-be")
    return text.encode(encoding)


def read(text, encoding="utf-8"):
    return parse_roster(encoded(text, encoding), "class.csv")


def in_short(roster):
    return [(row.row, row.user, row.name, row.note) for row in roster.rows]


def refusal(given):
    data = given if isinstance(given, bytes) else given.encode()
    with pytest.raises(InvalidRoster) as raised:
        parse_roster(data, "class.csv")
    return raised.value


def problems(given):
    return [(one["row"], one["column"], one["problem"]) for one in refusal(given).problems]


# -- what spreadsheets write ---------------------------------------------------------------------


def test_a_header_says_which_column_is_which_and_the_others_are_notes():
    roster = read("Team,Full Name,Seat,LOGIN\nred,Ann A.,3,ann\n,Bob,,bob\n,,,cy\n")
    assert roster.rows == (
        RosterRow(2, "ann", "Ann A.", "Team: red; Seat: 3"),
        RosterRow(3, "bob", "Bob", None),
        RosterRow(4, "cy", None, None),
    )


@pytest.mark.parametrize("word", ["handle", "User", " USERNAME ", "login", "Account"])
@pytest.mark.parametrize("name", ["Name", "display name", "Display_Name", "full name"])
def test_each_word_for_a_handle_and_for_a_name_is_known_in_any_case(word, name):
    assert in_short(read(f"{name};{word}\nAnn A.;ann\n")) == [(2, "ann", "Ann A.", None)]


def test_without_a_header_handles_come_first_and_names_second():
    roster = read("ann,Ann A.,red,3\nbob,,blue\ncy\n")
    assert in_short(roster) == [
        (1, "ann", "Ann A.", "red; 3"),
        (2, "bob", None, "blue"),
        (3, "cy", None, None),
    ]


def test_a_further_column_without_a_title_is_noted_by_its_value_alone():
    assert in_short(read("user,,Team\nann,first row,red\n")) == [
        (2, "ann", None, "first row; Team: red")
    ]


def test_handles_lose_their_at_sign_and_their_capitals():
    roster = read("user\n@Ann\nBOB\n@c.y\n")
    assert [row.user for row in roster.rows] == ["ann", "bob", "c.y"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", ",;\t")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_separator_and_line_end_is_read(encoding, separator, end):
    lines = [["user", "name", "team"], ["ann", "Änn Ωmega 🦀", "röd"], ["bob", "Bob", ""]]
    roster = read("".join(separator.join(line) + end for line in lines), encoding)
    assert in_short(roster) == [(2, "ann", "Änn Ωmega 🦀", "team: röd"), (3, "bob", "Bob", None)]
    assert roster.encoding == ENCODINGS[encoding]


def test_what_is_not_utf_8_is_taken_for_windows_1252():
    roster = parse_roster("user;name\nann;Ännchen “5 €”\n".encode("cp1252"), "class.csv")
    assert in_short(roster) == [(2, "ann", "Ännchen “5 €”", None)]
    assert roster.encoding == rosters.WINDOWS


@pytest.mark.parametrize("said", ["sep=|\r\n", "SEP=|\n", '"sep=|"\n', "sep=|\r"])
def test_a_first_line_may_say_the_separator_and_is_no_row(said):
    assert in_short(read(f"{said}user|name\nann|A, B; C\n")) == [(2, "ann", "A, B; C", None)]


def test_a_tab_may_be_said_to_be_the_separator():
    assert in_short(read("sep=\t\nann\tA, B; C, D\n")) == [(1, "ann", "A, B; C, D", None)]


def test_a_user_who_is_called_sep_is_no_separator():
    assert in_short(read("sep,x\n")) == [(1, "sep", "x", None)]


def test_separators_within_quotes_divide_nothing():
    assert in_short(read('"user";"a, b, c, d"\r\nann;x\r\n')) == [(2, "ann", None, "a, b, c, d: x")]


@pytest.mark.parametrize("title", ['Size, 5"', '"So, it is 5"" by, say, 6"'])
def test_only_separators_outside_quotes_are_counted(title):
    assert [row.user for row in read(f"{title};user;name\nx;ann;Ann\n").rows] == ["ann"]


def test_a_quotation_mark_within_a_cell_is_a_letter():
    assert in_short(read('ann,6" tall\nbob,"5"" tall"\n')) == [
        (1, "ann", '6" tall', None),
        (2, "bob", '5" tall', None),
    ]


def test_cells_hold_separators_doubled_quotes_and_line_breaks_and_the_rows_are_still_counted():
    roster = read('user;name;note\r\nann;"A ""the"" ; B";"one\r\ntwo"\r\nbob;Bob;\r\n')
    assert in_short(roster) == [
        (2, "ann", 'A "the" ; B', "note: one\r\ntwo"),
        (3, "bob", "Bob", None),
    ]


def test_empty_rows_are_skipped_and_counted():
    roster = read("\n\nuser;name\n;;;\nann;Ann;;;\n  ;\n\nbob;Bob\n\n")
    assert in_short(roster) == [(5, "ann", "Ann", None), (8, "bob", "Bob", None)]


def test_a_line_ends_at_no_other_character_than_spreadsheets_end_it_with():
    assert in_short(read("user,name\nann,a\x0bb\x0cc\x1cd\u2028e\x85f\n")) == [
        (2, "ann", "a\x0bb\x0cc\x1cd\u2028e\x85f", None)
    ]


def test_a_formula_is_a_name_like_any_other():
    assert in_short(read("ann,=1+1\n")) == [(1, "ann", "=1+1", None)]


handles = (
    st.from_regex(r"[a-z0-9_]{2,12}", fullmatch=True)
    .filter(
        lambda text: (
            text not in ("platform", "world") and not text.startswith(("con", "prn", "aux"))
        )
    )
    .filter(lambda text: not text.startswith(("nul", "com", "lpt", "sep")))
)
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20).map(
    str.strip
)
written = st.builds(
    dict,
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    lineterminator=st.just("\r\n"),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(handles, cells, cells), min_size=1, max_size=6, unique_by=lambda row: row[0]
    ),
    written,
    st.sampled_from([*ENCODINGS]),
    st.sampled_from([["user", "name", "team"], None]),
)
def test_whatever_is_written_as_csv_comes_back_the_same(rows, dialect, encoding, header):
    out = StringIO()
    # Without a header, the separator is known from the first line only if its cells have none.
    first = [("first", "First", "none")]
    csv.writer(out, **dialect).writerows([header, *rows] if header else [*first, *rows])
    team = "team: " if header else ""
    expected = [
        RosterRow(row, user, name or None, f"{team}{note}" if note else None)
        for row, (user, name, note) in enumerate(rows, start=2)
    ]
    if any(row[0] == "first" for row in rows):
        return
    found = read(out.getvalue(), encoding)
    assert found.rows[0 if header else 1 :] == tuple(expected)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80) | st.text('a\n\r,;\t"=\ufeff@', max_size=40).map(str.encode))
def test_any_bytes_are_a_class_or_refused(data):
    try:
        roster = parse_roster(data, "class.csv")
    except InvalidRoster:
        return
    assert isinstance(roster, Roster)
    assert roster.rows
    assert len({row.user for row in roster.rows}) == len(roster.rows)


# -- what is wrong -------------------------------------------------------------------------------


def test_all_that_is_wrong_is_said_by_row_and_column():
    found = problems(
        "user,name,team\n"
        "ann lee,A,\n"
        ",Bob,red\n"
        "cy,Cy,blue,extra\n"
        f"dan,{'d' * 51},\n"
        "eve,Eve,\n"
        "EVE,Eva,\n"
        f"fay,Fay,{'f' * 500}\n"
    )
    assert found == [
        (2, "user", "'ann lee' cannot be a handle: it has a space"),
        (3, "user", "there is no handle"),
        (4, "column 4", "the header has only 3 columns"),
        (5, "name", "the display name has 51 characters, and at most 50 are allowed"),
        (7, "user", "eve is in row 6 already"),
        (8, "team", "the note has 506 characters, and at most 500 are allowed"),
    ]


def test_several_things_can_be_wrong_with_one_row():
    assert problems(f"user,name\n!,{'n' * 51}\n") == [
        (2, "user", "'!' cannot be a handle: it is too short"),
        (2, "name", "the display name has 51 characters, and at most 50 are allowed"),
    ]


def test_columns_without_a_header_are_named_by_their_number():
    assert problems(f"a!,Ann\nbob,{'b' * 51}\n") == [
        (1, "column 1", "'a!' cannot be a handle: it has '!'"),
        (2, "column 2", "the display name has 51 characters, and at most 50 are allowed"),
    ]


def test_a_name_that_is_too_long_does_not_free_its_handle():
    assert [row for row, _, _ in problems(f"ann,{'a' * 51}\nann,Ann\n")] == [1, 2]


@pytest.mark.parametrize("nobody", ["", "\n\n", "user,name\n", "\ufeff", ",,,\n,,\n", "sep=;\n"])
def test_nobody_in_it_is_a_problem_of_the_whole(nobody):
    assert problems(nobody) == [(None, None, "there is nobody in it")]
    assert refusal(nobody).message == "class.csv cannot be imported: there is nobody in it"


def test_a_header_with_a_name_and_without_a_handle_is_refused_and_nothing_else_said():
    assert problems("Class,Name\n7b,Ann Lee\n") == [
        (1, "Name", "no other column is headed handle, user, username, login or account")
    ]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (b"user\nan\0n\n", "it is not a text"),
        ("user\nann\n".encode("utf-16-le"), "it is not a text"),
        (b"\xff\xfea", "it is not a text"),
        (b"\xef\xbb\xbf\xff", "it is not a text"),
        (b"user\nann\x81\n", "it is not a text"),
        (b"PK\x03\x04\0\0\0", "it is a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "it is a workbook"),
    ],
)
def test_what_is_no_text_is_to_be_saved_as_csv(given, problem):
    assert problems(given) == [(None, None, f"{problem}; save it as CSV (UTF-8), and import that")]


@pytest.mark.parametrize(
    ("given", "row", "problem"),
    [
        ('user,name\nann,"Ann\nbob,Bob\n', 2, "a quotation mark is opened and never closed"),
        (
            'user,name\nann,Ann\nbob,"B"ob\ncy,Cy\n',
            3,
            "there is something between a closing quotation mark and the next separator",
        ),
        (f"user,name\n\nann,{'a' * 140_000}\n", 3, "it cannot be read: field larger than field"),
    ],
)
def test_what_breaks_the_rules_of_csv_is_a_problem_of_its_row(given, row, problem):
    (found,) = problems(given)
    assert found[:2] == (row, None)
    assert found[2].startswith(problem)


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch):
    monkeypatch.setattr(rosters, "BYTES_MAX", 1 << 20)
    assert len(read("user\n" + "ann\n" + "\n" * ((1 << 20) - 9)).rows) == 1
    assert problems(b"x" * ((1 << 20) + 1)) == [(None, None, "it is larger than 1 MiB")]


def test_so_many_rows_are_taken_and_no_more(monkeypatch):
    monkeypatch.setattr(rosters, "ROWS_MAX", 3)
    assert len(read("user\nann\nbob\ncy\n").rows) == 3
    assert len(read("ann\nbob\ncy\n").rows) == 3
    assert problems("user\nann\n\nbob\ncy\n!\n!\n") == [
        (6, None, "at most 3 rows are taken at a time")
    ]


def test_the_message_names_the_first_problem_and_the_next_are_its_details():
    error = refusal("user,name\n" + "".join(f"a {row},x\n" for row in range(2, 202)))
    assert (error.file, error.row, error.column) == ("class.csv", 2, "user")
    assert error.message == (
        "class.csv cannot be imported: row 2, column 'user':"
        " 'a 2' cannot be a handle: it has a space; and 199 more problems"
    )
    assert list(error.details) == [
        f"row {row}, column 'user': 'a {row}' cannot be a handle: it has a space"
        for row in (3, 4, 5, 6)
    ]
    assert len(error.problems) == 100
    assert set(error.fields) == {"file", "row", "column", "problem", "problems"}


def test_one_more_problem_is_spoken_of_as_one():
    assert refusal("user\na b\nc d\n").message.endswith("; and 1 more problem")
    assert refusal("a b\n").message == (
        "class.csv cannot be imported: row 1, column 1: 'a b' cannot be a handle: it has a space"
    )
