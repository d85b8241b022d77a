"""Files written for people: complete under their name, or not there at all."""

import os
import tempfile
from pathlib import Path

import pytest

from coins_cli.cli.hints import hint_of
from coins_cli.errors import FileInTheWay, FileNotWritable
from coins_cli.files.changes import Changes
from coins_cli.files.outputs import complete_file, temporary_file, write_file


def write_half(path, error):
    with complete_file(str(path), Changes(), force=True) as file:
        file.write(b"half")
        raise error


def test_a_file_is_there_with_all_of_its_content(tmp_path):
    write_file(str(tmp_path / "report.csv"), b"a,b\n", Changes())
    assert (tmp_path / "report.csv").read_bytes() == b"a,b\n"
    assert os.listdir(tmp_path) == ["report.csv"]


def test_only_a_private_file_is_kept_from_others(tmp_path):
    mask = os.umask(0o022)
    try:
        write_file(str(tmp_path / "open"), b"", Changes())
        with complete_file(str(tmp_path / "private"), Changes(), private=True) as file:
            file.write(b"")
        assert (tmp_path / "open").stat().st_mode & 0o777 == 0o644
        assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(mask)


def test_a_file_that_is_there_is_kept_unless_it_is_forced(tmp_path):
    path = tmp_path / "report.csv"
    path.write_bytes(b"old")
    with pytest.raises(FileInTheWay) as refused:
        write_file(str(path), b"new", Changes())
    assert "--force" in hint_of(refused.value)
    assert path.read_bytes() == b"old"
    write_file(str(path), b"new", Changes(), force=True)
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["report.csv"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_is_never_written_over(tmp_path, force):
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileInTheWay):
        write_file(str(tmp_path / "folder"), b"new", Changes(), force=force)
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_is_interrupted_leaves_nothing(tmp_path, error):
    path = tmp_path / "report.csv"
    path.write_bytes(b"old")
    with pytest.raises(error):
        write_half(path, error)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report.csv"]


def test_a_temporary_that_was_taken_away_is_an_error_all_the_same(tmp_path):
    with pytest.raises(FileNotWritable), complete_file(str(tmp_path / "report.csv"), Changes()):
        next(tmp_path.iterdir()).unlink()
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_taken_meanwhile_is_kept(tmp_path):
    path = tmp_path / "report.csv"
    with pytest.raises(FileInTheWay), complete_file(str(path), Changes()):
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["report.csv"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotWritable) as refusal:
        write_file(str(tmp_path / "none" / "report.csv"), b"", Changes())
    assert "no such file or directory" in refusal.value.message


def test_a_temporary_file_is_alone_in_a_folder_that_nobody_else_can_read(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = Path(temporary_file("page-", "page.html", b"<p>"))
    assert path.read_bytes() == b"<p>"
    assert path.parent.name.startswith("page-")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotWritable):
        temporary_file("page-", "page.html", b"<p>")
