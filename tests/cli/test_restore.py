"""Restoring at the command line: what is refused, in which words, and what is left then."""

import gzip
import tarfile

import pytest

from tests.cli.runner import coins, contents, process


@pytest.fixture
def archive(store, tmp_path):
    """A copy of the economy."""
    path = tmp_path / "copy.tar.gz"
    assert coins("backup", path).code == 0
    return path


@pytest.mark.parametrize("is_good", [True, False])
def test_a_folder_with_a_thesis_is_refused_by_name_and_left(archive, tmp_path, is_good):
    if not is_good:
        archive.write_bytes(b"no archive")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("mine")
    (mine / "restoring").touch()
    before = contents(mine)
    ran = coins("restore", archive, "--store", mine)
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.splitlines()[0] == f"coins: {mine}/restoring exists already"
    refusal = coins("restore", archive, "--store", mine, "--json").refusal()
    assert refusal["code"] == "file_exists"
    assert contents(mine) == before


def test_a_hostile_copy_is_refused_in_one_line_of_plain_words(archive, tmp_path):
    entry = tarfile.TarInfo("\x1b]0;evil\x07" + "9" * 60)
    archive.write_bytes(gzip.compress(entry.tobuf(tarfile.USTAR_FORMAT)))
    new = tmp_path / "new"
    ran = process("restore", archive, "--store", new)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0].startswith(f"coins: {archive} is not a copy of a store: ")
    assert "\x1b" not in ran.err
    assert "Traceback" not in ran.err
    assert not new.exists()


def test_a_damaged_clock_fails_the_check_of_the_store(store):
    (store / "clock.json").write_bytes(b"?")
    ran = coins("verify")
    assert ran.code == 6
    assert ran.out.startswith("clock.json: it does not say what time it is")
    assert ran.out.rstrip().endswith("coins clock reset mends it")
    assert ran.err.startswith("coins: 1 thing is wrong with the store")
    assert coins("backup", store.parent / "more.tar.gz").code == 6
    assert coins("clock", "reset").code == 0
    assert coins("verify").code == 0
