"""The record of what has been changed."""

import os
import signal

import pytest

from coins_cli.errors import FileInTheWay, FileNotWritable
from coins_cli.files.changes import Changes
from coins_cli.files.outputs import complete_file, make_folders, temporary_folder, write_file


def test_nothing_has_happened_until_it_is_recorded():
    changes = Changes()
    with changes.held():
        pass
    assert not changes.happened
    changes.record()
    assert changes.happened


def test_a_change_that_fails_has_not_happened():
    changes = Changes()
    with pytest.raises(OSError, match="full"), changes.one():
        raise OSError("full")
    assert not changes.happened
    with changes.one():
        pass
    assert changes.happened


def test_a_part_is_recorded_in_the_whole_and_not_the_other_way_round():
    whole = Changes()
    part, other = Changes(whole=whole), Changes(whole=whole)
    part.record()
    assert (part.happened, whole.happened, other.happened) == (True, True, False)


def test_many_changes_are_a_part_of_the_whole_until_the_last_is_made():
    changes = Changes()
    with pytest.raises(OSError, match="full"), changes.many():
        raise OSError("full")
    assert changes.is_partial
    with changes.many():
        assert changes.is_partial
    assert not changes.is_partial


def test_whoever_holds_a_change_for_longer_does_not_hold_between_many():
    held = []

    def hold():
        held.append("held")
        return lambda: held.append("let through")

    changes = Changes(hold)
    with changes.one():
        assert held == ["held"]
    assert held == ["held", "let through"]
    with changes.many(), changes.one():
        pass
    assert held == ["held", "let through"]


def test_an_interruption_during_a_change_comes_after_its_record():
    changes = Changes()
    with pytest.raises(KeyboardInterrupt), changes.one():
        os.kill(os.getpid(), signal.SIGINT)
    assert changes.happened


def test_a_file_is_recorded_once_it_has_its_name(tmp_path):
    changes = Changes()
    with complete_file(str(tmp_path / "report.csv"), changes) as file:
        file.write(b"all of it")
        assert not changes.happened
    assert changes.happened


def test_a_file_in_the_way_is_no_change(tmp_path):
    changes = Changes()
    (tmp_path / "report.csv").mkdir()
    with pytest.raises(FileInTheWay):
        write_file(str(tmp_path / "report.csv"), b"", changes, force=True)
    assert not changes.happened


def test_a_folder_is_made_once(tmp_path):
    first, second = Changes(), Changes()
    make_folders(str(tmp_path / "a" / "b"), first)
    make_folders(str(tmp_path / "a" / "b"), second)
    assert (first.happened, second.happened) == (True, False)


def test_a_temporary_folder_is_gone_with_all_that_is_in_it(tmp_path):
    with temporary_folder("trial-", within=str(tmp_path)) as folder:
        assert os.path.basename(folder).startswith("trial-")
        write_file(os.path.join(folder, "file"), b"", Changes())
    assert os.listdir(tmp_path) == []


def test_an_interruption_waits_until_a_temporary_folder_is_known_and_then_removes_it(
    tmp_path, monkeypatch
):
    mkdir = os.mkdir

    def interrupted(*args):
        mkdir(*args)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(os, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt), temporary_folder("trial-", within=str(tmp_path)):
        pass
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_no_change(tmp_path):
    changes = Changes()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileNotWritable) as refused:
        make_folders(str(tmp_path / "file" / "folder"), changes)
    assert "not a directory" in refused.value.message
    assert not changes.happened
