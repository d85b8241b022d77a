"""A store that is named through links: every command works as on its folder, or does nothing."""

import os

import pytest

from tests.cli.runner import contents, one_object, typed
from tests.cli.test_json import ANSWERS, BEFORE, NEED_NO_STORE, NOTES, STREAMS, differences

LINKS = ["a link", "a link to a link", "a link in the way", "a relative link"]
MAKE_A_STORE = {
    *("wallet create", "class import", "catalog init", "catalog set", "catalog add"),
    *("clock set", "clock advance", "clock reset"),
}
READ_A_FILE = {"batch", "class import"}
"""What reads a file, which is not there either, before it needs the store."""
NOWHERE = ["a dangling link", "a loop", "a link to a file", "the deleted folder"]


def link_to(folder, place, kind):
    """A path that leads to `folder` through links in `place`, which is new."""
    place.mkdir()
    link = place / "link"
    if kind == "a link to a link":
        (place / "other").symlink_to(folder)
        link.symlink_to(place / "other")
    elif kind == "a link in the way":
        link.symlink_to(folder.parent)
        return link / folder.name
    else:
        link.symlink_to(os.path.relpath(folder, place) if kind == "a relative link" else folder)
    return link


def link_to_nowhere(place, kind):
    """A path that leads to no place where a store is or can be."""
    link = place / "link"
    if kind == "a dangling link":
        link.symlink_to(place / "no" / "such" / "folder")
    elif kind == "a loop":
        link.symlink_to(place / "other")
        (place / "other").symlink_to(link)
    elif kind == "a link to a file":
        (place / "thesis").write_text("mine")
        link.symlink_to(place / "thesis")
    else:
        return "relative"
    return link


def listed(folder):
    """Every entry under `folder`, each link as what it says, and each file as its bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        else:
            found[str(path)] = path.read_bytes() if path.is_file() else None
    return found


@pytest.fixture
def here(store, tmp_path, monkeypatch):
    """The current folder, with what the commands of the table read, and a link `again`."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    typed("backup kept.tar.gz").said()
    (here / "roster.csv").write_text("handle,name,team\nmia,Mia M.,red\ndora,,\n")
    (here / "one.jsonl").write_text(
        '{"op": "recharge", "user": "alice", "pack": 100, "quantity": 2}'
    )
    (here / "again").symlink_to(tmp_path / "restored")
    return here


@pytest.fixture
def deleted(tmp_path):
    """The path of a working folder that is about to be deleted."""
    folder = tmp_path / "deleted"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("command", ANSWERS)
def test_every_command_works_through_a_link(here, store, monkeypatch, tmp_path, command, kind):
    link = link_to(store, tmp_path / "links", kind)
    monkeypatch.setenv("COINS_STORE", str(link))
    line, expected = ANSWERS[command]
    for before in BEFORE.get(command, []):
        typed(before).said()
    ran = typed(line, "--json")
    assert (ran.code, ran.err) == (0, NOTES.get(command, ""))
    found = one_object(ran.out.splitlines(keepends=True)[-1] if command in STREAMS else ran.out)
    assert differences(found, expected) == []
    assert typed("verify --json").json()["ok"] is True
    assert (tmp_path / "restored" / "store.json").exists() == (command == "restore")


@pytest.mark.parametrize("command", ANSWERS)
def test_through_a_link_to_a_folder_that_is_missing_a_command_finds_no_store_or_makes_it_there(
    here, monkeypatch, tmp_path, command
):
    (tmp_path / "link").symlink_to(tmp_path / "new")
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "link"))
    named = typed(ANSWERS[command][0], "--json")
    made = contents(tmp_path / "new")
    if command in MAKE_A_STORE:
        assert named.code == 0
        assert "store.json" in made
    else:
        assert made == {}, "a command that has nothing to do makes no store"
    assert os.readlink(tmp_path / "link") == str(tmp_path / "new")


@pytest.mark.parametrize("kind", NOWHERE)
@pytest.mark.parametrize("command", ANSWERS)
def test_through_a_link_that_leads_nowhere_nothing_is_done(
    here, store, tmp_path, deleted, monkeypatch, command, kind
):
    monkeypatch.setenv("COINS_STORE", str(link_to_nowhere(tmp_path, kind)))
    line = ANSWERS[command][0].replace("again", os.environ["COINS_STORE"])
    if kind == "the deleted folder":
        monkeypatch.chdir(deleted)
        deleted.rmdir()
    before = listed(tmp_path)
    ran = typed(line, "--json")
    assert listed(tmp_path) == before
    if command in NEED_NO_STORE and ran.code == 0:
        return
    error = one_object(ran.err)["error"]
    if command == "restore" and kind == "a link to a file":
        assert (ran.code, error["code"]) == (5, "file_exists")
        return
    assert ran.code == (3 if command in READ_A_FILE and kind == "the deleted folder" else 6)
    if ran.code == 6 and kind == "the deleted folder":
        assert "the current folder was deleted" in error["message"]


@pytest.mark.parametrize("line", ["balance alice", "recharge alice 100", "clock advance 1d"])
def test_a_store_with_an_absolute_name_is_used_from_a_folder_that_was_deleted(
    store, deleted, monkeypatch, line
):
    monkeypatch.chdir(deleted)
    deleted.rmdir()
    assert typed(line, "--json").json()


def test_a_clock_is_moved_once_through_a_link(store, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(store)
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "link"))
    typed("clock advance 1d").said()
    assert typed("clock show --json").json()["ahead_seconds"] == 86_400


def test_segments_are_sealed_through_a_link(store, clap_catalog, tmp_path, monkeypatch):
    monkeypatch.setenv("COINS_CATALOG", str(clap_catalog))  # other prices would begin one too
    (tmp_path / "link").symlink_to(store)
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "link"))
    requests = '{"op": "gift", "from": "dora", "to": "bob", "gift": "panda"}\n' * 260
    assert typed("batch -", stdin=requests.encode()).code == 0
    for _ in range(2):
        typed("gift dora bob panda").said()
    assert len(list((store / "journal").iterdir())) == 2
    assert typed("verify --json").json()["ok"] is True
