"""Real processes, killed and failed by `strace` at the system calls that touch the store.

A process is killed before each call that changes something, and before its last one: killed before
a call that only reads, it leaves what it leaves when killed before the next that changes something.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from coins_cli.errors import CoinsError
from coins_cli.files.catalogs import default_catalog_text
from coins_cli.model.operations.gift import Gift
from coins_cli.opening import open_bank
from coins_cli.store.json.layout import CATALOG_FILE
from coins_cli.store.json.store import SEGMENT_LINES_MAX
from tests.store.economies import keyed

from .processes_strace import (
    NOT_OF_THE_DISK,
    Call,
    Ended,
    Fault,
    break_the_disk,
    fail,
    keep_failing,
    kill,
    rehearse,
    strike,
    why_not_traced,
)

VERBS = {
    "recharge": ["recharge", "alice", "500"],
    "gift": ["gift", "alice", "bob", "concert", "--message", "bravo"],
    "promote": ["promote", "alice", "cat.mp4", "--days", "1"],
    "cashout": ["cashout", "bob", "--paypal", "bob@example.com"],
}
KILLED, REFUSED, DONE = "killed", "failed, and so refused", "failed, and done all the same"


def plain(folder: Path) -> None:
    """A store in which each verb can be done."""
    bank = open_bank(folder)
    bank.create_wallets("alice", "bob")
    for _ in range(3):
        bank.recharge("alice", 10000)
    bank.gift("alice", "bob", "drama queen", quantity=2)


def torn(folder: Path) -> None:
    """A store whose last writer was killed in the middle of a line."""
    plain(folder)
    with (folder / "journal" / "000000000001.jsonl").open("ab") as segment:
        segment.write(b'{"seq":7,"at":"2026-01-05T09:')


def full(folder: Path) -> None:
    """A store whose newest segment is sealed by the next writer."""
    plain(folder)
    bank = open_bank(folder)
    lines = SEGMENT_LINES_MAX - bank.read.verify().transactions
    bank.apply_all([keyed(Gift("alice", "bob", "panda"), None)] * lines)


def at_other_prices(folder: Path) -> None:
    """A store whose newest segment was begun at other prices than the next writer's."""
    plain(folder)
    concert = b'[gifts.concert]\nname = "Concert"\ncoins = '
    prices = default_catalog_text().replace(concert + b"500", concert + b"400")
    assert prices != default_catalog_text()
    (folder / CATALOG_FILE).write_bytes(prices)


Reads = Callable[[Sequence[Call], int], bool]


def none_of_the_reads(calls: Sequence[Call], place: int) -> bool:
    return False


def all_reads(calls: Sequence[Call], place: int) -> bool:
    return True


def one_read_of_each_kind(calls: Sequence[Call], place: int) -> bool:
    """Whether no call before did the same in the same folder."""

    def kind(call: Call) -> tuple:
        return call.name, {path.rpartition("/")[0] or path for path in call.paths}

    return kind(calls[place]) not in map(kind, calls[:place])


class Scene(NamedTuple):
    """A verb, the store that it finds, and what is tried besides killing and breaking the disk.

    Each call that changes something fails `once` with each of those errors, and `for_good` with
    each of those; which of the calls that only read fail once with EIO, `reads` says. Something
    that the verb `touches` shows that the store was what it was meant to be.
    """

    verb: str
    prepare: Callable[[Path], None]
    once: tuple[str, ...]
    for_good: tuple[str, ...] = ()
    reads: Reads = none_of_the_reads
    touches: str = "/journal/"


ERRORS = ("EIO", "ENOSPC", "EINTR")
SCENES = {
    "recharge": Scene("recharge", plain, ERRORS),
    "gift": Scene("gift", plain, ERRORS, ("EIO", "ENOSPC"), all_reads),
    "promote": Scene("promote", plain, ERRORS),
    "cashout": Scene("cashout", plain, ERRORS),
    "gift after a torn line": Scene(
        "gift", torn, ("EIO",), reads=one_read_of_each_kind, touches="/quarantine/"
    ),
    "gift that seals": Scene(
        "gift",
        full,
        ("EIO",),
        reads=one_read_of_each_kind,
        touches=f"/journal/.{SEGMENT_LINES_MAX + 1:012}.jsonl.new",
    ),
    "gift at other prices": Scene(
        "gift", at_other_prices, ("EIO",), touches="/journal/.000000000007.jsonl.new"
    ),
}


def faults(scene: Scene, calls: Sequence[Call]) -> Iterator[Fault]:
    for place, call in enumerate(calls):
        if call.changes:
            yield kill(call)
            yield from (fail(call, error) for error in scene.once)
            yield from (keep_failing(call, error) for error in scene.for_good)
            if call.name not in NOT_OF_THE_DISK:
                yield break_the_disk(calls, place)
        elif scene.reads(calls, place):
            yield fail(call, "EIO")
    yield kill(calls[-1])


def state(store: Path) -> list:
    return open_bank(store).read.wallets()


def again(store: Path, verb: str) -> None:
    """The same request under the same key, from Python."""
    bank = open_bank(store)
    if verb == "recharge":
        bank.recharge("alice", 500, key="k")
    elif verb == "gift":
        bank.gift("alice", "bob", "concert", message="bravo", key="k")
    elif verb == "promote":
        bank.promote("alice", "cat.mp4", days=1, key="k")
    else:
        bank.cash_out("bob", "bob@example.com", key="k")


class Trial:
    """A scene set up in a folder, with what its verb must come to and the calls that it makes."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene = scene
        self._folder = folder
        self._base = folder / "base"
        scene.prepare(self._base)
        self._arguments = [*VERBS[scene.verb], "--key", "k", "--json"]
        rehearsed = self._copied("rehearsed")
        self.calls = rehearse(self._arguments, rehearsed, folder / "rehearsed.trace")
        assert any(path.startswith(scene.touches) for call in self.calls for path in call.paths)
        self._before, self._after = state(self._base), state(rehearsed)
        assert self._before != self._after

    def judge(self, number: int, fault: Fault) -> str:
        """Run the verb with one fault, and check every promise; returns how it ended."""
        place = self._copied(f"{number:05}")
        trace = self._folder / f"{number:05}.trace"
        ended = strike(fault, self.calls, self._arguments, place, trace)
        where = f"{self.scene.verb}, {fault}: {ended.code} {ended.out} {ended.err}"
        (place / "frozen").unlink(missing_ok=True)  # What restarting the computer would come to.
        try:
            self._check_answer(place, fault, ended, where)
            self._check_retry(place, where)
        except CoinsError as error:
            raise AssertionError(f"{where}: {error.message}") from None
        shutil.rmtree(place)
        trace.unlink()
        return KILLED if fault.kills else DONE if ended.code == 0 else REFUSED

    def _check_answer(self, place: Path, fault: Fault, ended: Ended, where: str) -> None:
        """All was done or nothing, and what the process said of it is true."""
        found = state(place)
        assert "Traceback" not in ended.err, where
        assert found in (self._before, self._after), where
        assert open_bank(place).read.verify().findings == (), where
        if fault.kills:
            assert ended.code in (-9, 137), where
        elif ended.code == 0:
            assert not fault.is_of_a_sync, where
            assert found == self._after, where
            receipt = json.loads(ended.out)
            assert (
                open_bank(place).read.verify(f"{receipt['seq']}:{receipt['head']}").findings == ()
            )
        else:
            assert ended.code == 6, where
            assert found == self._before or "outcome_unknown" in ended.err, where

    def _check_retry(self, place: Path, where: str) -> None:
        """The same request again leaves it done once."""
        again(place, self.scene.verb)
        with open_bank(place).store.reading() as view:
            assert [view.wallet(user) for user in view.users()] == self._after, where
            assert [entry.key for entry in view.entries()].count("k") == 1, where
        assert open_bank(place).read.verify().findings == (), where

    def _copied(self, name: str) -> Path:
        return Path(shutil.copytree(self._base, self._folder / name))


WHY_NOT = why_not_traced()
needs_strace = pytest.mark.skipif(WHY_NOT != "", reason=WHY_NOT)


@needs_strace
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_process_that_is_killed_or_failed_at_any_call_does_all_or_nothing(scene, tmp_path, tried):
    trial = Trial(scene, tmp_path)
    planned = list(faults(scene, trial.calls))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        ends = Counter(pool.map(trial.judge, range(len(planned)), planned))
    for end, count in ends.items():
        tried(f"calls of real processes {end}", count)
    assert ends[KILLED] == sum(call.changes for call in trial.calls) + 1
    assert ends[REFUSED] > 0


@needs_strace
@pytest.mark.parametrize("make", [kill, lambda call: fail(call, "EIO")], ids=["kill", "fail"])
def test_a_fault_that_strikes_another_call_or_none_is_not_believed(make, tmp_path):
    trial = Trial(SCENES["gift"], tmp_path)
    first = next(call for call in trial.calls if call.name == "write")
    for number, amiss in enumerate(
        [first._replace(number=first.number + 1), first._replace(number=1_000)]
    ):
        with pytest.raises(AssertionError, match="did not strike as it was meant to"):
            trial.judge(number, make(amiss))
