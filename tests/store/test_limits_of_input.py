"""Limits of input are not limits of history: they may be lowered, and old stores stay whole."""

import sys
from contextlib import contextmanager

import pytest

from coins_cli.class_import import import_class
from coins_cli.errors import Invalid, NewerFormat, OlderFormat, StoreDamaged
from coins_cli.model import names
from coins_cli.model.rosters import RosterRow
from coins_cli.store.json.layout import FORMAT
from tests.store.economies import bank_at, everything, store_at
from tests.store.journals import contents, edit_json, records, segments
from tests.store.mutations import tell_story
from tests.store.rewriting import rewrite

LIMITS = sorted(
    name
    for name in vars(names)
    if name.endswith("_CHARACTERS_MAX") and name != "HANDLE_CHARACTERS_MAX"
)
"""Every limit on a text's length; that of handles is the names of files, and so of the format."""
ASKING = {
    "KEY_CHARACTERS_MAX": lambda bank: bank.recharge("alice", 100, key="key"),
    "DISPLAY_NAME_CHARACTERS_MAX": lambda bank: bank.create_wallets("erin", name="Erin"),
    "NOTE_CHARACTERS_MAX": lambda bank: import_class(bank, [row("erin")]),
    "TITLE_CHARACTERS_MAX": lambda bank: bank.start_live("carol", title="title"),
    "REASON_CHARACTERS_MAX": lambda bank: bank.reverse(23, "reason"),
    "VIDEO_CHARACTERS_MAX": lambda bank: bank.promote("alice", "video", days=1),
    "MESSAGE_CHARACTERS_MAX": lambda bank: bank.gift("alice", "bob", "panda", message="hello"),
    "INTERESTS_CHARACTERS_MAX": lambda bank: bank.promote(
        "alice", "v", days=1, audience="custom", interests="cats"
    ),
    "ADDRESS_CHARACTERS_MAX": lambda bank: bank.cash_out("bob", "bob@example.com"),
}
"""A request that each limit forbids when it is one character."""


def row(user):
    return RosterRow(1, user, None, "a note")


@contextmanager
def limits_lowered(monkeypatch, *limits):
    """Let no text be longer than one character, for those `limits`, wherever they are known."""
    known = [module for name, module in sys.modules.items() if name.startswith("coins_cli.")]
    with monkeypatch.context() as patch:
        for name in limits:
            for module in known:
                if name in vars(module):
                    patch.setattr(module, name, 1)
        yield


@pytest.fixture
def old_store(tmp_path):
    """A store whose texts are longer than a character, all of them."""
    folder = tmp_path / "old"
    bank = bank_at(folder, lines_max=8)
    tell_story(bank)
    bank.recharge("alice", 10_000)
    bank.gift("alice", "bob", "drama queen")
    bank.promote("alice", "v5", days=1, audience="custom", interests="cats")
    import_class(bank, [row("dave")])
    return folder


@pytest.mark.parametrize("lowered", [[name] for name in LIMITS] + [LIMITS], ids=lambda n: n[0])
def test_a_store_stays_whole_when_a_limit_is_lowered(old_store, lowered, tmp_path, monkeypatch):
    before = everything(store_at(old_store))
    with limits_lowered(monkeypatch, *lowered):
        bank = bank_at(old_store, lines_max=8)
        assert bank.read.verify().findings == ()
        assert everything(bank.store) == before
        assert bank.store.repair() == []
        bank.store.backup(str(tmp_path / "copy"))
        copy = store_at(tmp_path / "copied")
        copy.restore(str(tmp_path / "copy"))
        assert everything(copy) == before


@pytest.mark.parametrize("limit", LIMITS)
def test_what_a_lowered_limit_forbids_cannot_be_asked_for(old_store, limit, monkeypatch):
    before = contents(old_store)
    ask = ASKING[limit]
    with limits_lowered(monkeypatch, limit):
        with pytest.raises(Invalid):
            ask(bank_at(old_store))
        assert contents(old_store) == before
    ask(bank_at(old_store, lines_max=8))
    assert contents(old_store) != before


def test_a_store_goes_on_under_lowered_limits(old_store, monkeypatch):
    """What was asked for before may still be ended: nobody can write its texts again."""
    with limits_lowered(monkeypatch, *LIMITS):
        bank = bank_at(old_store, lines_max=8)
        bank.reverse(23, "x")
        bank.gift("alice", "bob", "panda")
        assert bank.read.verify().findings == ()


# -- versions ------------------------------------------------------------------------------------


def test_every_segment_says_its_format(old_store):
    paths = segments(old_store)
    assert len(paths) > 2
    assert [records(path)[0].says["format"] for path in paths] == [FORMAT] * len(paths)


@pytest.mark.parametrize("version", [FORMAT - 1, FORMAT + 1, None])
@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_segment_of_another_format_is_named_and_not_guessed_at(old_store, version, which):
    wanted = records(segments(old_store)[which])[0].says["first"]

    def header(says):
        if says["first"] == wanted:
            says["format"] = version

    rewrite(old_store, lambda number, says: None, header=header)
    about = [one for one in bank_at(old_store).read.verify().findings if "header" in one.problem]
    problem = "it is not a line of a journal" if version is None else f"it has format {version}"
    name = f"journal/{wanted:012}.jsonl"
    assert any(one.where == name and problem in one.problem for one in about), about
    with pytest.raises(StoreDamaged, match=name):
        everything(store_at(old_store))


def test_a_store_of_a_newer_format_is_refused_before_anything_is_read(old_store):
    edit_json(old_store / "store.json", format=FORMAT + 1)
    with pytest.raises(NewerFormat):
        bank_at(old_store).read.wallets()


def test_a_store_of_an_older_format_is_refused_before_anything_is_read(old_store):
    edit_json(old_store / "store.json", format=FORMAT - 1)
    with pytest.raises(OlderFormat):
        bank_at(old_store).read.wallets()
