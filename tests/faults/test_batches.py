"""Batches that are killed, or lose the power, at any moment, and are then simply run again."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from coins_cli.errors import CoinsError, InvalidJson
from coins_cli.model.requests import Gift, Recharge
from coins_cli.opening import open_bank
from coins_cli.store.json_store import JsonStore
from coins_cli.store.protocol import Intent
from tests.tried import Tried

from . import economy
from .crashes import crashes_of, failures_of, judge
from .economy import Scene, scenes
from .mutants import MUTANTS, caught_by

KILLS_MAX = 14
KEPT_MIN = 4
"""At how many places of its way, at least, it must have been killed to prove something."""
USERS = [f"user{number:02}" for number in range(30)]
REQUESTS = 4_000


# -- real processes ------------------------------------------------------------------------------


def requests(rng: random.Random) -> list[dict]:
    """A batch in which each has a key; some are refused, and would be at any time."""
    found: list[dict] = [{"op": "open", "user": user} for user in USERS]
    found += [{"op": "recharge", "user": user, "pack": 10_000} for user in USERS]
    while len(found) < REQUESTS:
        user, other = rng.sample(USERS, 2)
        found += rng.choices(
            [
                {"op": "recharge", "user": user, "pack": 500},
                {"op": "gift", "from": user, "to": other, "gift": "panda"},
                {"op": "gift", "from": user, "to": user, "gift": "panda"},
                {"op": "gift", "from": user, "to": other, "gift": "nonsense"},
            ],
            weights=[4, 12, 1, 1],
        )
    return [{**fields, "key": f"key {number}"} for number, fields in enumerate(found)]


class Killer:
    """Runs a batch, and kills it on its way: when its store has grown, or at any moment."""

    def __init__(self, command: list[str], store: Path, rng: random.Random) -> None:
        self._command = command
        self._store = store
        self._rng = rng

    def kills(self, answers) -> bool:
        """Start the batch and kill it; `False` if it came to its end before that."""
        before, must_grow = self._bytes(), self._rng.random() < 3 / 4
        with subprocess.Popen(self._command, stdout=answers, stderr=subprocess.DEVNULL) as child:
            while must_grow and child.poll() is None and self._bytes() == before:
                time.sleep(0.001)
            time.sleep(self._rng.uniform(0, 0.03 if must_grow else 0.4))
            child.kill()
        return child.returncode == -signal.SIGKILL

    def _bytes(self) -> int:
        return sum(path.stat().st_size for path in self._store.glob("journal/0*"))


def test_a_batch_that_is_killed_again_and_again_does_each_key_once(tmp_path, tried: Tried):
    rng = random.Random("batches")
    file, told = tmp_path / "asked.jsonl", tmp_path / "answers"
    file.write_text("".join(json.dumps(one) + "\n" for one in requests(rng)))
    command = [sys.executable, "-m", "coins_cli", "batch", str(file), "--store"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([*command, whole], stdout=subprocess.DEVNULL, check=False)
    killer, kills, kept = Killer([*command, str(killed)], killed, rng), 0, {0}
    with told.open("ab", buffering=0) as answers:
        while kills < KILLS_MAX and killer.kills(answers):
            kills += 1
            answers.write(b"\n")
            if (killed / "store.json").exists():
                kept.add(open_bank(killed).verify().transactions)
        ended = subprocess.run([*command, killed], stdout=answers, check=False)
    assert ended.returncode == 4
    assert len(kept) > KEPT_MIN, "it was hardly ever killed on its way"
    check_same(whole, killed, told)
    tried("batches killed by -9 and run again", kills, f"{len(kept)} of them on its way")


def check_same(whole, killed, told):
    """The same keys in the same order, the same balances, and no answer that is not true."""
    entries = {}
    for folder in (whole, killed):
        with open_bank(folder).store.reading() as view:
            entries[folder] = list(view.entries())
        assert open_bank(folder).verify().findings == ()
    keys = [entry.key for entry in entries[killed]]
    assert keys == [entry.key for entry in entries[whole]]
    assert len(set(keys)) == len(keys) > REQUESTS // 2
    assert open_bank(killed).wallets() == open_bank(whole).wallets()
    heads = {entry.seq: (entry.head, entry.key) for entry in entries[killed]}
    answers = Counter()
    for line in told.read_bytes().splitlines():
        try:
            answer = json.loads(line)
        except json.JSONDecodeError:
            continue  # It was killed while it wrote this.
        answers["error" in answer] += 1
        if "error" not in answer:
            assert heads[answer["seq"]] == (answer["head"], answer["key"])
    assert answers[False] >= len(keys)
    assert answers[True] > 0


# -- the simulated disk --------------------------------------------------------------------------

NO_JSON = InvalidJson("it is another kind of value")
TO_ONESELF = Intent(Gift("alice", "alice", "panda"), "to oneself")
UNKNOWN_PACK = Intent(Recharge("alice", "7"), "unknown pack")


class EachStore(JsonStore):
    """A store whose commits are batches: each request on its own, with others that are refused."""

    def commit(self, intents, decide, now):
        asked = [NO_JSON, *intents[:1], TO_ONESELF, *intents[1:], UNKNOWN_PACK, *intents[-1:]]
        answers = self.commit_each(asked, decide, now)
        refused = [type(one).__name__ for one in answers if isinstance(one, CoinsError)]
        assert refused == ["InvalidJson", "GiftToSelf", "UnknownPack"], refused
        return [one for one in answers if not isinstance(one, CoinsError)][:-1]


@pytest.fixture
def long_groups(monkeypatch):
    """The same history in groups that fill a segment, or more."""
    commands = economy.commands()

    def joined():
        groups = [commands[:3], commands[3:7], commands[7:]]
        return [[intent for command in group for intent in command] for group in groups]

    monkeypatch.setattr(economy, "commands", joined)


def try_seed(seed: int, found: list[Scene]) -> int:
    """Judge every crash and failure of every group under one seed; how many there were."""
    count = 0
    for scene in found:
        rng = random.Random(f"batches {seed} {scene.place}")
        for make in (crashes_of, failures_of):
            for crash in make(scene, rng, EachStore):
                count += 1
                judge(crash, found, scene, rng, EachStore)
    return count


def test_no_crash_leaves_a_part_of_a_group(long_groups, tried: Tried):
    found = scenes(EachStore)
    assert min(len(scene.intents) for scene in found) >= economy.SEGMENT_LINES_MAX
    assert found[-1].after == scenes(JsonStore)[-1].after
    crashes = sum(try_seed(seed, found) for seed in range(8))
    assert crashes > 1_000
    tried("crashes of batches on the simulated disk", crashes)


@pytest.mark.parametrize(
    "name", ["never_sync", "sync_after_the_answer", "take_unfinished_groups", "keep_the_torn_tail"]
)
def test_a_store_that_is_wrong_about_groups_is_caught(name, long_groups, monkeypatch):
    found = scenes(EachStore)
    (mutant,) = [one for one in MUTANTS if one.name == name]
    mutant.apply(monkeypatch)
    caught = caught_by(lambda seed: try_seed(seed, found))
    assert caught is not None, f"{name} survived"
    assert not isinstance(caught, AssertionError)
