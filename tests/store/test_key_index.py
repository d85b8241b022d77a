"""The index of keys, as text."""

from coins_cli.store.disk import PosixDisk
from coins_cli.store.journal import Position
from coins_cli.store.key_index import (
    add_keys,
    index_line,
    key_of_wallet,
    parse_index_line,
    positions_of_key,
)
from coins_cli.store.layout import bucket_file, digest_of_key


def disk_in(tmp_path):
    (tmp_path / "keys").mkdir()
    return PosixDisk(str(tmp_path))


def test_a_key_is_found_where_it_was_added(tmp_path):
    disk = disk_in(tmp_path)
    assert add_keys(disk, [("a", Position(1, 1, 99)), ("b", Position(2, 1, 500))])
    assert positions_of_key(disk, "a") == [Position(1, 1, 99)]
    assert positions_of_key(disk, "b") == [Position(2, 1, 500)]
    assert positions_of_key(disk, "c") == []


def test_a_key_that_was_added_twice_is_found_twice(tmp_path):
    disk = disk_in(tmp_path)
    for _ in range(2):
        assert add_keys(disk, [("a", Position(1, 1, 99))]) == [bucket_file(digest_of_key("a"))]
    assert positions_of_key(disk, "a") == [Position(1, 1, 99)] * 2


def test_keys_in_one_file_are_told_apart(tmp_path):
    disk = disk_in(tmp_path)
    first, *others = _keys_of_one_bucket(3)
    add_keys(disk, [(key, Position(n, 1, n)) for n, key in enumerate([first, *others])])
    assert len(list((tmp_path / "keys").iterdir())) == 1
    for n, key in enumerate([first, *others]):
        assert positions_of_key(disk, key) == [Position(n, 1, n)]


def _keys_of_one_bucket(count):
    keys, n = [], 0
    wanted = bucket_file(digest_of_key("0"))
    while len(keys) < count:
        if bucket_file(digest_of_key(str(n))) == wanted:
            keys.append(str(n))
        n += 1
    return keys


def test_what_is_no_index_line_leads_nowhere():
    line = index_line("a", Position(3, 1, 4567))
    assert parse_index_line(line) == Position(3, 1, 4567)
    for length in range(len(line)):
        assert parse_index_line(line[:length]) is None
        assert parse_index_line(line[:length] + line) is None or length == 0
        assert parse_index_line(line[:length] + b"\0" * (len(line) - length)) is None
    assert parse_index_line(line + b"0") is None
    assert parse_index_line(b"") is None


def test_an_index_line_without_its_newline_is_not_believed_yet(tmp_path):
    disk = disk_in(tmp_path)
    disk.append(bucket_file(digest_of_key("a")), b"\n" + index_line("a", Position(1, 1, 9)))
    assert positions_of_key(disk, "a") == []
    add_keys(disk, [("a", Position(1, 1, 9))])
    assert set(positions_of_key(disk, "a")) == {Position(1, 1, 9)}


def test_the_opening_of_a_wallet_has_a_key_that_nobody_can_choose():
    assert not key_of_wallet("alice").isprintable()
