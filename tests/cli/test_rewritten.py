"""Every command that reads, on journals that a careful stranger rewrote: an answer, or exit 6.

What is rewritten is any field of any line, with every hash and derived file made right, so that
nothing but the rules can tell; see `tests.store.rewriting`.
"""

import shutil
from random import Random

import pytest

from coins_cli.exports.formats import FORMATS
from tests.cli.runner import coins, command_paths
from tests.store.economies import bank_at
from tests.store.journals import contents, restore
from tests.store.mutations import one_line_changed, tell_story
from tests.store.rewriting import rewrite, transactions

ROUNDS, A_ROUND = 4, 60
USER = ("alice", "bob", "carol")
PAYOUTS, PROMOTIONS = (15, 17), (10, 11, 12)
READERS = {
    ("balance",): [[user] for user in USER],
    ("history",): [[user, "--limit", "all"] for user in USER],
    ("statement",): [[user] for user in USER] + [["--all", "--out", "{new}"]],
    ("top",): [["bob"], ["bob", "--live"], ["--givers"], ["--creators"]],
    ("page",): [["bob"], ["carol"]],
    ("report",): [[], ["--user", "bob"], ["--live", "5"], ["--html", "{new}"], ["--trace", "in"]],
    ("whatif",): [
        ["--set", "gifting.creator_share=0.5"],
        ["--catalog", "older-prices", "--keep", "dollars", "--user", "bob"],
        ["--set", "cash_out.threshold=1", "--live", "5"],
        ["--catalog", "calculators", "--html", "{new}"],
    ],
    ("export",): [["--format", one] for one in FORMATS] + [["--user", "carol"]],
    ("wallet", "list"): [[]],
    ("wallet", "show"): [[user] for user in USER],
    ("live", "list"): [[], ["bob"]],
    ("live", "show"): [["bob"]],
    ("live", "watch"): [["bob", "--since", "1"]],
    ("payout", "list"): [[], ["bob"]],
    ("payout", "show"): [[number] for number in PAYOUTS],
    ("promotion", "list"): [[], ["alice"]],
    ("promotion", "show"): [[number] for number in PROMOTIONS],
    ("class", "list"): [[]],
    ("clock", "show"): [[]],
    ("receipt",): [[str(seq)] for seq in range(1, 13)],
    ("verify",): [[]],
    ("repair",): [["--dry-run"]],
    ("backup",): [["{new}"]],
    ("doctor",): [[]],
    ("gift",): [["alice", "bob", "panda", "--dry-run"]],
    ("recharge",): [["alice", "100", "--dry-run"], ["alice", "10000", "--key", "first coins"]],
    ("payout", "settle"): [["17", "--dry-run"]],
    ("payout", "return"): [["17", "--reason", "x", "--dry-run"]],
    ("reverse",): [[number, "--reason", "x", "--dry-run"] for number in (4, 6, 10, 19, 23)],
    ("catalog", "history"): [[]],
    ("undo",): [["--dry-run"], ["--user", "alice", "--dry-run"]],
}
"""What each command that reads a journal is asked; `{new}` is a path at which nothing is yet."""
NOT_READING = {
    ("promote",), ("cashout",), ("batch",), ("wallet", "create"), ("live", "start"),
    ("live", "end"), ("class", "import"), ("clock", "set"), ("clock", "advance"),
    ("clock", "reset"), ("quote", "coins"), ("quote", "gift"), ("quote", "usd"),
    ("quote", "promotion"), ("catalog", "packs"), ("catalog", "gifts"), ("catalog", "promotions"),
    ("catalog", "check"), ("catalog", "init"), ("restore",), ("demo",), ("help",), ("completion",),
    ("share",), ("catalog", "show"), ("catalog", "set"), ("catalog", "add"), ("catalog", "remove"),
    ("catalog", "reset"), ("catalog", "list"), ("catalog", "diff"),
}  # fmt: skip
"""Commands that show nothing of a journal but what they did; `restore` has a test of its own."""
FINE = {0, 3, 4, 5, 6}
"""Done, or said: not there (a user who was renamed), against a rule, ended already, not usable."""


def test_every_command_reads_or_does_not():
    registered = {path for path, _ in command_paths()}
    assert set(READERS) | NOT_READING == registered
    assert not set(READERS) & NOT_READING


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    folder = tmp_path_factory.mktemp("story") / "store"
    tell_story(bank_at(folder, lines_max=8, new_id=lambda: "the store"))
    return folder, contents(folder), transactions(folder)


def ran(folder, scratch, path, asked, *how):
    """How a command ends; whatever it wrote is gone."""
    new = scratch / "new"
    words = [str(new) if word == "{new}" else word for word in asked]
    try:
        return coins("--store", folder, *path, *words, *how)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        new.unlink(missing_ok=True)


def forms_of(path):
    """The options that choose between words for people and JSON."""
    return ([],) if path == ("export",) else ([], ["--json"])


def is_on_air(folder):
    """Whether a watcher of bob's live would wait for what comes."""
    shown = coins("--store", folder, "live", "show", "bob", "--json")
    return '"status":"on"' in shown.out


def test_every_reader_answers_on_the_story_itself(story, tmp_path):
    folder, _, _ = story
    for path, questions in READERS.items():
        for asked in questions:
            for how in forms_of(path):
                answer = ran(folder, tmp_path, path, asked, *how)
                assert answer.code in FINE - {6}, (path, asked, answer)
                if path not in (
                    ("reverse",),
                    ("undo",),
                    ("payout", "settle"),
                    ("payout", "return"),
                ):
                    assert answer.code == 0, (path, asked, answer)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_every_reader_copes_with_a_rewritten_line(story, seed, tmp_path):
    folder, before, lines = story
    random, refused = Random(seed), 0
    for _ in range(A_ROUND):
        number, at, settle = random.randint(1, len(lines)), random.random(), random.random() < 0.4
        change, done = one_line_changed(number, at)
        rewrite(folder, change, settle=settle)
        watches = not is_on_air(folder)
        for path, questions in READERS.items():
            if path == ("live", "watch") and not watches:
                continue
            for asked in questions:
                how = random.choice(forms_of(path))
                answer = ran(folder, tmp_path, path, asked, *how)
                assert answer.code in FINE, (number, done, path, asked, answer)
                refused += answer.code == 6
        restore(folder, before)
        shutil.rmtree(folder / "views", ignore_errors=True)
    assert refused > A_ROUND


@pytest.mark.parametrize("number", [16, 18, 20, 22])
@pytest.mark.parametrize("ended", [1, 4, 15, 16, 17, 19, 23, 24])
def test_every_reader_copes_with_an_ending_of_something_else(story, number, ended, tmp_path):
    """Each line is right by itself, and what it ends is not what it says."""
    folder, before, _ = story

    def change(at, says):
        if at == number:
            kind = "payout" if "payout" in says["request"] else "reverses"
            says["request"][kind] = ended

    rewrite(folder, change)
    is_true = contents(folder) == before
    assert bool(bank_at(folder).read.verify().findings) != is_true
    for path, questions in READERS.items():
        for asked in questions:
            answer = ran(folder, tmp_path, path, asked)
            assert answer.code in FINE, (path, asked, answer)
    restore(folder, before)
    shutil.rmtree(folder / "views", ignore_errors=True)
