"""Batches that are killed, or lose the power, at any moment, and are then simply run again."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest
from msgspec.structs import replace

from coins_cli.errors import CoinsError, InvalidJson, StoreUnusable
from coins_cli.model.economy import Rules
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import Request
from coins_cli.model.wallets import Wallet
from coins_cli.opening import open_bank
from coins_cli.store.json import layout, opened
from coins_cli.store.json.care import recovery
from coins_cli.store.json.disk import durability
from coins_cli.store.json.journal import rows as bulk
from coins_cli.store.json.journal import sealing
from coins_cli.store.json.store import JsonStore
from coins_cli.store.memory import MemoryStore
from tests.store.economies import RULES, keyed
from tests.tried import Tried

from . import economy
from .crashes import crashes_of, failures_of, judge
from .economy import CHEAPER, Command, Scene, moment, plain, scenes, store_on
from .mutants import MUTANTS, caught_by
from .simulated_disk import SimulatedDisk, Stopped
from .violations import Violation

KILLS_MAX = 12
KEPT_MIN = 4
"""At how many places of its way, at least, it must have been killed to prove something."""
USERS = [f"user{number:02}" for number in range(30)]
REQUESTS = 24_000
"""Enough for several groups, each of which is written at once."""


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
                with open_bank(killed).store.reading() as view:
                    kept.add(view.seq)
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
        assert open_bank(folder).read.verify().findings == ()
    keys = [entry.key for entry in entries[killed]]
    assert keys == [entry.key for entry in entries[whole]]
    assert len(set(keys)) == len(keys) > REQUESTS // 2
    assert open_bank(killed).read.wallets() == open_bank(whole).read.wallets()
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
TO_ONESELF = keyed(Gift("alice", "alice", "panda"), "to oneself")
UNKNOWN_PACK = keyed(Recharge("alice", "7"), "unknown pack")


class EachStore(JsonStore):
    """A store whose commits are batches: each request on its own, with others that are refused."""

    def commit(self, requests, rules, now):
        asked = [NO_JSON, *requests[:1], TO_ONESELF, *requests[1:], UNKNOWN_PACK, *requests[-1:]]
        answers = super().commit(asked, rules, now, on_refusal="go on")
        refused = [type(one).__name__ for one in answers if isinstance(one, CoinsError)]
        if refused != ["InvalidJson", "GiftToSelf", "UnknownPack"]:
            raise Violation(f"refused were {refused}")
        return [one for one in answers if not isinstance(one, CoinsError)][: len(requests)]


@pytest.fixture
def long_groups(monkeypatch):
    """The same history in groups that fill a segment, or more."""
    commands = economy.commands()

    def joined():
        groups = [commands[:3], commands[3:7], commands[7:14], commands[14:]]
        return [
            Command([one for command in group for one in command.requests], group[0].rules)
            for group in groups
        ]

    monkeypatch.setattr(economy, "commands", joined)


def try_seed(seed: int, found: list[Scene], make: type[JsonStore] = EachStore) -> int:
    """Judge every crash and failure of every group under one seed; how many there were."""
    count = 0
    for scene in found:
        rng = random.Random(f"batches {seed} {scene.place}")
        for happen in (crashes_of, failures_of):
            for crash in happen(scene, rng, make):
                count += 1
                judge(crash, found, scene, rng, make)
    return count


def test_no_crash_leaves_a_part_of_a_group(long_groups, tried: Tried):
    found = scenes(EachStore)
    assert min(len(scene.requests) for scene in found) >= economy.SEGMENT_LINES_MAX
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


# -- rows of batches -----------------------------------------------------------------------------


class RowStore(EachStore):
    """A store whose commits are rows of two: the second is answered by what stands.

    Who dies after the first answer has given it; so has one whose second commit is refused.
    """

    def commit(self, requests, rules, now):
        answers = None
        try:
            with self.in_bulk():
                answers = super().commit(requests, rules, now)
                check_same_answers(answers, super().commit(requests, rules, now))
        except (Stopped, StoreUnusable):
            if answers is None:
                raise
        return answers


def check_same_answers(answers, again):
    if [replace(one, replayed=True) for one in answers] != again:
        raise Violation(f"answered {answers}, and then {again}")


@pytest.fixture
def the_dead_do_nothing(monkeypatch):
    """Whoever was killed does not bring a row to its end, although Python leaves its contexts."""
    step = SimulatedDisk._step

    def step_while_alive(disk, what):
        if disk.stop_at is not None and disk.operations >= disk.stop_at:
            disk.taken_when_stopped = None
            raise Stopped(what)
        step(disk, what)

    monkeypatch.setattr(SimulatedDisk, "_step", step_while_alive)


@pytest.fixture(params=[economy.SEGMENT_LINES_MAX, bulk.SEGMENT_LINES_MAX])
def rows(request, the_dead_do_nothing, long_groups, monkeypatch):
    """Rows that seal their segments within, and rows that seal them when they end."""
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", request.param)


def test_no_crash_leaves_a_part_of_a_group_of_a_row(rows, tried: Tried):
    found = scenes(RowStore)
    assert found[-1].after == scenes(JsonStore)[-1].after
    assert all(any("journal/.0" in step for step in steps_of(scene)) for scene in found)
    crashes = sum(try_seed(seed, found, RowStore) for seed in range(4))
    assert crashes > 1_000
    tried("crashes of rows of batches on the simulated disk", crashes)


def steps_of(scene: Scene) -> list[str]:
    """What a row does on the disk."""
    disk = scene.disk.copy()
    scene.run(store_on(disk, RowStore))
    return disk.log


def seal_without_wallet_files(patch):
    """Those of a row are written when its segment is sealed, or never."""
    patch.setattr(sealing, "write_wallet_files", lambda disk, opened, users: [])


def seal_unsynced_wallet_files(patch):
    patch.setattr(sealing, "syncing_many", lambda disk: nullcontext(lambda *names: None))


def end_before_the_sync(patch):
    """What was answered is appended, and synced with the next."""
    sync = SimulatedDisk.sync

    def sync_what_was_appended_before(disk, name):
        if name.startswith("journal/0") and disk.log[-1:] == [f"append {name}"]:
            disk._step(f"sync {name}")
        else:
            sync(disk, name)

    patch.setattr(SimulatedDisk, "sync", sync_what_was_appended_before)


def by_name(name):
    """Wrong in a way that other suites have to notice too."""
    (mutant,) = [one for one in MUTANTS if one.name == name]
    return mutant.apply


@pytest.mark.parametrize(
    "make_wrong",
    [
        seal_without_wallet_files,
        seal_unsynced_wallet_files,
        end_before_the_sync,
        by_name("never_sync"),
        by_name("sync_after_the_answer"),
        by_name("ignore_a_failed_sync"),
        by_name("take_unfinished_groups"),
        by_name("keep_the_torn_tail"),
    ],
    ids=lambda make_wrong: make_wrong.__name__,
)
def test_a_store_that_is_wrong_about_rows_is_caught(make_wrong, rows, monkeypatch, tried: Tried):
    found = scenes(RowStore)
    make_wrong(monkeypatch)
    caught = caught_by(lambda seed: try_seed(seed, found, RowStore))
    assert caught is not None, f"{make_wrong.__name__} survived"
    tried("stores that are wrong about rows on purpose", 1, "each caught")


# -- rows and others in between ------------------------------------------------------------------

TURNS = 24


def wish(rng: random.Random) -> Request:
    """What somebody asks for; now and then it is refused."""
    user, other = rng.sample(["alice", "bob", "carol"], 2)
    return rng.choice(
        [
            Recharge(user, "100"),
            Gift(user, other, "panda"),
            Gift(user, other, "panda"),
            Open("dora"),
        ]
    )


class Turns:
    """Two rows on one disk, in turns with others who are killed; the oracle has no disk at all."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"turns {seed}")
        self.prices_change = seed % 2 == 1
        self.disk = SimulatedDisk()
        self.oracle = MemoryStore()
        self.kills = 0
        for user in ("alice", "bob", "carol"):
            self.check_answer(self.store(), [keyed(Open(user), user)], 0)

    def store(self) -> JsonStore:
        return store_on(self.disk)

    def rules(self, number: int) -> Rules:
        """The rules by which everybody decides at that turn."""
        return CHEAPER if self.prices_change and TURNS / 3 < number < TURNS / 2 else RULES

    def take(self) -> None:
        """Let each row, and others, commit again and again; then look at everything."""
        first, second = self.store(), self.store()
        with first.in_bulk(), second.in_bulk():
            for number in range(1, TURNS):
                requests = [
                    keyed(wish(self.rng), f"{number}.{place}")
                    for place in range(self.rng.choice([1, 1, 2, 3]))
                ]
                if self.rng.random() < 1 / 2:
                    self.kill_another(requests, number)
                sender = self.rng.choice([first, first, second, self.store()])
                self.check_answer(sender, requests, number)
                self.check_all(self.store())
        self.check_all(self.store())
        if findings := self.store().audit().findings:
            raise Violation(f"the audit found {findings[0]}")
        self.store().commit([], self.rules(TURNS), moment(TURNS))
        self.check_all(store_on(self.disk.after_power_loss(self.rng)))
        for repair in self.store().repair():
            # Rows that were killed may have left wallet files behind, and nothing else.
            if not (repair.where.startswith(f"{layout.WALLETS}/") and repair.done == "rewritten"):
                raise Violation(f"there is something to repair: {repair}")
        self.check_all(store_on(self.disk.after_power_loss(self.rng)))

    def kill_another(self, requests: list[Request], number: int) -> None:
        """Somebody else, perhaps in a row of their own, is stopped on the way."""
        other = self.store()
        self.disk.stop_at = self.disk.operations + self.rng.randint(1, 14)
        self.disk.taken_when_stopped = lambda data: self.rng.randint(0, len(data))
        try:
            with other.in_bulk() if self.rng.random() < 1 / 3 else nullcontext():
                answer_of(other, requests, self.rules(number), number)
        except Stopped:
            self.kills += 1
        self.disk.killed()

    def check_answer(self, sender: JsonStore, requests: list[Request], number: int) -> None:
        rules = self.rules(number)
        found = answer_of(sender, requests, rules, number)
        due = answer_of(self.oracle, requests, rules, number)
        if found != due:
            raise Violation(f"answered {found}, where {due} was due")

    def check_all(self, store: JsonStore) -> None:
        """A reader finds what the oracle has, down to the histories."""
        found, due = told(store), told(self.oracle)
        if found != due:
            raise Violation(f"found {found}, where {due} was due")


def answer_of(
    store: JsonStore | MemoryStore, requests: list[Request], rules: Rules, number: int
) -> object:
    try:
        applied = store.commit(requests, rules, moment(number))
    except StoreUnusable:
        raise
    except CoinsError as refusal:
        return refusal.code, refusal.fields
    return [(plain(one.transaction), one.catalog) for one in applied]


def told(store: JsonStore | MemoryStore) -> object:
    with store.reading() as view:
        users = {user: (view.wallet(user), list(view.history(user))) for user in view.users()}
        return (
            (view.seq, dict(view.totals)),
            {user: wallet for user, (wallet, _) in users.items()},
            {
                user: [(plain(entry.transaction), entry.catalog) for entry in history]
                for user, (_, history) in users.items()
            },
        )


def take_turns(seed: int) -> int:
    """How many were killed in between."""
    turns = Turns(seed)
    try:
        turns.take()
    except CoinsError as error:
        raise Violation(f"refused with «{error.message}»") from error
    return turns.kills


@pytest.fixture(params=[4, 7])
def turns(request, the_dead_do_nothing, monkeypatch):
    """Segments that are sealed by rows and by others alike, and some that others find longer."""
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", request.param)


def test_rows_go_on_whoever_writes_or_is_killed_in_between(turns, tried: Tried):
    seeds = 100
    kills = sum(take_turns(seed) for seed in range(seeds))
    assert kills > 300
    tried("turns of rows and of others, of whom some are killed", seeds * TURNS)
    tried("of those others are killed", kills)


def never_look_at_the_others(patch):
    patch.setattr(bulk.Bulk, "_look", lambda row, left: [])


def look_at_head_json_alone(patch):
    patch.setattr(bulk.Bulk, "_look", lambda row, left: [row._disk.stamp(layout.HEAD_FILE)])


def look_at_the_segment_alone(patch):
    patch.setattr(bulk.Bulk, "_look", lambda row, left: [row._disk.stamp(left.file)])


def believe_the_memory_of_wallets(patch):
    """When others came in between, the journal is read anew, and wallets are not."""
    resume = bulk.Bulk.resume

    def resume_by_halves(row, rules):
        left = row._left
        found = resume(row, rules)
        if found is None and left is not None and not left.has_prices_other_than(rules):
            found = opened.open_store(row._disk, left.newest.header.store, rules)
            found.wallets.update(left.wallets)
            found._filed.update(left._filed)
        return found

    patch.setattr(bulk.Bulk, "resume", resume_by_halves)


@pytest.mark.parametrize(
    "make_wrong",
    [
        never_look_at_the_others,
        look_at_head_json_alone,
        look_at_the_segment_alone,
        believe_the_memory_of_wallets,
        seal_without_wallet_files,
    ],
    ids=lambda make_wrong: make_wrong.__name__,
)
def test_a_row_that_is_wrong_about_others_is_caught(make_wrong, turns, monkeypatch, tried: Tried):
    make_wrong(monkeypatch)
    caught = caught_by(take_turns)
    assert caught is not None, f"{make_wrong.__name__} survived"
    tried("stores that are wrong about rows on purpose", 1, "each caught")


# -- long rows -----------------------------------------------------------------------------------

ROWS = 8
COMMITS_OF_A_ROW = 10
CROWD_MAX = 9


class LongRows:
    """Rows that seal again and again, and are killed or lose the power; then others go on.

    Wallet files of sealed segments stay behind. The oracle has no disk at all.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"long rows {seed}")
        self.disk = SimulatedDisk()
        self.oracle = MemoryStore()
        self.number = 0
        self.ends: Counter[str] = Counter()
        self.rules = RULES
        self.crowd = ["alice", "bob", "carol", "dora", "erin", "finn"]
        for user in self.crowd:
            self.answer(self.store(), [keyed(Open(user), user)])

    def store(self) -> JsonStore:
        return store_on(self.disk)

    def take(self) -> None:
        for _ in range(ROWS):
            if self.rng.random() < 1 / 4:
                self.rules = self.rng.choice([RULES, CHEAPER])
            self.interrupted_row()
            for _ in range(self.rng.randint(0, 6)):
                self.answer(self.store(), self.group(1))
            if self.rng.random() < 1 / 2:
                self.disk = self.disk.after_power_loss(self.rng)
            self.look()
            if findings := self.store().audit().findings:
                raise Violation(f"the audit found {findings[0]}")

    def interrupted_row(self) -> None:
        """A row that may be stopped on its way; what it was at is asked for again."""
        self.disk.stop_at = self.disk.operations + self.rng.randint(1, 70)
        self.disk.taken_when_stopped = lambda data: self.rng.randint(0, len(data))
        asked: list[Request] = []
        try:
            store = self.store()
            with store.in_bulk():
                for _ in range(COMMITS_OF_A_ROW):
                    asked = self.group(self.rng.choice([1, 2, 3]))
                    self.answer(store, asked)
                asked = []
        except Stopped:
            self.ends["stopped"] += 1
        has_power = self.rng.random() < 1 / 3
        self.disk = self.disk.killed() if has_power else self.disk.after_power_loss(self.rng)
        self.disk.stop_at = None
        self.ends["sealed"] += sum(name.startswith("journal/0") for name in self.disk.content())
        if asked:
            store = self.store()
            with store.in_bulk() if self.rng.random() < 1 / 2 else nullcontext():
                self.answer(store, asked)
        self.look()

    def group(self, size: int) -> list[Request]:
        """Requests under keys of their own."""
        self.number += 1
        found: list[Request] = []
        if size > 1 and self.rng.random() < 1 / 4 and len(self.crowd) < CROWD_MAX:
            self.crowd.append(f"guest{self.number}")
            found.append(keyed(Open(self.crowd[-1]), f"{self.number}."))
        for place in range(size - len(found)):
            user, other = self.rng.sample(self.crowd, 2)
            wanted = [Recharge(user, "100"), Gift(user, other, "panda"), Gift(user, other, "panda")]
            found.append(keyed(self.rng.choice(wanted), f"{self.number}.{place}"))
        return found

    def answer(self, store: JsonStore, requests: list[Request]) -> None:
        found = answer_of(store, requests, self.rules, self.number)
        due = answer_of(self.oracle, requests, self.rules, self.number)
        if found != due:
            raise Violation(f"answered {found}, where {due} was due")

    def look(self) -> None:
        found, due = told(self.store()), told(self.oracle)
        if found != due:
            raise Violation(f"found {found}, where {due} was due")


def take_long_rows(seed: int) -> Counter:
    """How many rows were stopped, and how many segments there were after each."""
    rows = LongRows(seed)
    try:
        rows.take()
    except CoinsError as error:
        raise Violation(f"refused with «{error.message}»") from error
    return rows.ends


@pytest.fixture(params=[1, 4])
def short_segments(request, the_dead_do_nothing, monkeypatch):
    """Rows that seal after each few lines; single commits let the newest segment grow to four."""
    monkeypatch.setattr(bulk, "SEGMENT_LINES_MAX", request.param)


@pytest.mark.parametrize("cache_size", [0, 2, 20_000])
def test_wallets_that_stopped_rows_left_behind_are_right_for_all_who_come(
    short_segments, cache_size, monkeypatch, tried: Tried
):
    monkeypatch.setattr(bulk, "WALLET_CACHE_SIZE", cache_size)
    seeds = 25
    ends = sum((take_long_rows(seed) for seed in range(seeds)), Counter())
    assert ends["stopped"] > seeds
    assert ends["sealed"] > 3 * seeds * ROWS
    tried("rows that are stopped, with wallet files left behind", ends["stopped"])


def mistake_what_is_behind_for_new(patch):
    """The file of a wallet in a sealed segment is believed, if the journal confirms it."""
    find = opened.Opened._sealed_wallet

    def believe_confirmed(self, name, user, filed):
        if isinstance(filed, Wallet) and self.is_confirmed(filed):
            return filed
        return find(self, name, user, filed)

    patch.setattr(opened.Opened, "_sealed_wallet", believe_confirmed)


def write_over_sealed_wallets_in_place(patch):
    """A power failure leaves a mixture of two contents, which looks like an edited file."""
    patch.setattr(recovery, "replace", durability.put)


def seal_without_syncing_what_was_written_before(patch):
    """The row syncs the files that it writes, and not those that single commits have written."""
    exists = SimulatedDisk.exists
    patch.setattr(
        SimulatedDisk,
        "exists",
        lambda disk, name: not name.startswith("wallets/") and exists(disk, name),
    )


@pytest.mark.parametrize(
    "make_wrong",
    [
        mistake_what_is_behind_for_new,
        write_over_sealed_wallets_in_place,
        seal_without_syncing_what_was_written_before,
        seal_without_wallet_files,
    ],
    ids=lambda make_wrong: make_wrong.__name__,
)
def test_a_store_that_is_wrong_about_wallets_left_behind_is_caught(
    make_wrong, short_segments, monkeypatch, tried: Tried
):
    make_wrong(monkeypatch)
    caught = caught_by(take_long_rows, seeds=200)
    assert caught is not None, f"{make_wrong.__name__} survived"
    tried("stores that are wrong about rows on purpose", 1, "each caught")
