"""Damaging a store's files on purpose, and judging what is told of it afterwards.

The promise that is judged: damage is refused or mended, never silently swallowed. Whatever a
damaged store still tells is true; what an interrupted write left is cut off only as long as nothing
that is left has seen it. Each check tries every `parts`-th damage from `part` on, and counts what
became of them; a broken promise is an `AssertionError`.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice

from coins_cli.errors import CoinsError, KeyReused, StoreUnusable
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import Request
from coins_cli.model.transactions import Entry
from coins_cli.store.json.journal.lines import BadLine, decode_line
from coins_cli.store.json.layout import HEAD_FILE, PLACES_FILE, segment_file
from coins_cli.store.json.store import JsonStore
from tests.store.economies import RULES, keyed
from tests.store.journals import digest_of

from .economy import moment
from .simulated_disk import File, Name, SimulatedDisk

SEALED_LINES_MAX = 4
LINES_DAMAGED = 50
CHECK_MARK = b',"check":"'
TAIL_BYTES = 4096
USERS = ("alice", "bob", "carol", "dora")
NEXT = [keyed(Recharge("alice", "100"))]
WRITES_EVERY = 16
"""Writing, and auditing what was mended, is tried after one in so many damages of the journal."""

Told = dict[tuple[str, ...], object]
"""What a store tells, piece by piece; `REFUSED` where it refuses to."""
Files = dict[str, bytes]
Counts = Counter[str]
REFUSED = object()
WITNESSING_WALLETS = ("wallets/alice.json", "wallets/bob.json")
"""The files of the wallets that the newest line touches."""


@dataclass(frozen=True)
class Moment:
    """A store's files, and what they tell: all of it true."""

    seq: int
    files: Files
    told: Told


@dataclass(frozen=True)
class History:
    """What was built: the store after each commit, and where the lines of the newest segment are.

    `starts` are the offsets of the newest segment's lines, and the end of the last one.
    """

    moments: list[Moment]
    starts: list[int]
    first: int

    @property
    def now(self) -> Moment:
        return self.moments[-1]

    @property
    def newest(self) -> str:
        return segment_file(self.first)

    @property
    def journal(self) -> bytes:
        return self.now.files[self.newest]

    def line_at(self, offset: int) -> int:
        """The number of the newest segment's line that has this byte."""
        return self.first + sum(start <= offset for start in self.starts[1:])

    def before(self, seq: int) -> Moment:
        """The store before the commit that wrote line `seq`."""
        return max((one for one in self.moments if one.seq < seq), key=lambda one: one.seq)


def small_histories() -> Iterator[list[Request]]:
    """Segments of few lines: every wallet is opened, and some are not touched again."""
    yield [keyed(Open("alice"), "a"), keyed(Open("bob"), "b")]
    yield [keyed(Open("carol", "Carol the Clown"), "c")]
    yield [keyed(Recharge("carol", "100"), "one")]
    yield [keyed(Recharge("carol", "100"), "two")]
    yield [keyed(Recharge("alice", "10000"), "r")]
    yield [keyed(Open("dora"), "d"), keyed(Recharge("dora", "500"))]
    yield [keyed(Gift("carol", "dora", "panda", message="dear old you"), "g")]
    yield [keyed(StartLive("dora"))]
    yield [keyed(Gift("alice", "bob", "panda"))]
    yield [keyed(Recharge("bob", "100"))]
    yield [keyed(Recharge("bob", "100"))]
    yield [keyed(Gift("alice", "bob", "panda"))]


def long_histories() -> Iterator[list[Request]]:
    """Fifty lines and one or two, of which four were written two at a time."""
    for place in range(9):
        yield [keyed(Gift("alice", "bob", "panda", message="well sung"), f"long {place}")]
        yield [keyed(StartLive("bob"))]
        yield [keyed(Recharge("carol", "100"))]
        yield [keyed(EndLive("bob"))]
        yield [keyed(Promote("alice", "a cat.mp4", 1))]
        if place in (3, 7):
            yield [keyed(Gift("carol", "alice", "panda")), keyed(Recharge("alice", "2000"))]
    yield [keyed(Gift("alice", "bob", "panda", message="the last one"))]


def store_on(disk: SimulatedDisk, segment_lines_max: int = 1000) -> JsonStore:
    return JsonStore(
        "the store",
        disk=disk,
        new_id=lambda: "5" * 32,
        segment_lines_max=segment_lines_max,
        lock_wait_seconds=0,
    )


@cache
def history(*, is_long: bool) -> History:
    """A store with sealed segments, and a newest one that is long, or has a few lines only."""
    disk, moments = SimulatedDisk(), []

    def keep(requests: list[Request], lines_max: int) -> None:
        store_on(disk, lines_max).commit(requests, RULES, moment(len(moments)))
        told = told_by(disk)
        entries = told["entries",]
        assert isinstance(entries, list)
        moments.append(Moment(len(entries), disk.content(), told))

    for requests in small_histories():
        keep(requests, SEALED_LINES_MAX)
    for requests in long_histories() if is_long else []:
        keep(requests, 1000)
    first = max(int(name[8:20]) for name in disk.content() if name.startswith("journal/"))
    segment = disk.content()[segment_file(first)]
    ends = [at + 1 for at, byte in enumerate(segment) if byte == ord("\n")]
    return History(moments, ends, first)


# -- what is told of it -----------------------------------------------------------------------


def told_by(disk: SimulatedDisk) -> Told:
    """All that a reader can learn, piece by piece."""
    told: Told = {}
    try:
        with store_on(disk).reading() as view:
            asked: dict[tuple[str, ...], Callable[[], object]] = {
                ("head",): lambda: (view.seq, view.head, view.newest_at),
                ("users",): view.users,
                ("totals",): lambda: view.totals,
                ("entries",): lambda: list(view.entries()),
            }
            for user in USERS:
                asked["wallet", user] = lambda user=user: view.wallet(user)
                asked["history", user] = lambda user=user: list(view.history(user))
            for piece, ask in asked.items():
                told[piece] = _or_refused(ask)
    except StoreUnusable:
        return {("store",): REFUSED}
    return told


def _or_refused(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except StoreUnusable:
        return REFUSED


def what_became(disk: SimulatedDisk, truth: Moment, damage: str) -> str:
    """Whether damage was refused, found, or did no harm. What was told must be true."""
    told = _told_without_a_fault(disk, damage)
    for piece, answer in told.items():
        assert answer is REFUSED or answer == truth.told[piece], f"{damage}: {piece} is {answer}"
    if REFUSED in told.values():
        return "refused"
    if store_on(disk).audit().findings:
        return "found"
    goes_on(disk.copy(), truth, damage)
    return "harmless"


def _told_without_a_fault(disk: SimulatedDisk, damage: str) -> Told:
    try:
        return told_by(disk)
    except Exception as error:
        error.add_note(damage)  # It is a bug, of the store or of a mutant, and no broken promise.
        raise


def goes_on(disk: SimulatedDisk, truth: Moment, damage: str) -> None:
    """The store takes the next transaction on top of the true state, and an audit is content."""
    try:
        store_on(disk).commit(NEXT, RULES, moment(200))
    except CoinsError as error:
        raise AssertionError(f"{damage}: read as if nothing were wrong, then {error!r}") from error
    told = told_by(disk)
    entries, before = told["entries",], truth.told["entries",]
    assert isinstance(entries, list)
    assert entries[:-1] == before, f"{damage}: writing changed what had been"
    assert len(entries) == truth.seq + 1, f"{damage}: writing added {len(entries)}, {truth.seq}"
    for user in USERS[1:]:
        assert told["wallet", user] == truth.told["wallet", user], damage
    assert store_on(disk).audit().findings == (), damage


def refuses_to_write(disk: SimulatedDisk, damage: str) -> None:
    """The next transaction is refused, and nothing in the journal is touched."""
    before = {name: data for name, data in disk.content().items() if name.startswith("journal/")}
    is_refused = _or_refused(lambda: store_on(disk).commit(NEXT, RULES, moment(200)))
    after = {name: data for name, data in disk.content().items() if name.startswith("journal/")}
    assert is_refused is REFUSED, f"{damage}: a damaged store was written to"
    assert after == before, f"{damage}: the journal was changed"


def is_mended_to(disk: SimulatedDisk, truth: Moment, damage: str, *, fully: bool) -> None:
    """An earlier true state is told: its newest hash and all wallets; `fully`: all there is.

    Then writers are tried too.
    """
    if fully:
        told = _told_without_a_fault(disk, damage)
        assert told == truth.told, f"{damage}: it does not tell the state after {truth.seq}"
        goes_on(disk, truth, damage)
        return
    with store_on(disk).reading() as view:
        assert (view.seq, view.head, view.newest_at) == truth.told["head",], damage
        for user in USERS:
            assert view.wallet(user) == truth.told["wallet", user], f"{damage}: {user}"


# -- damages ------------------------------------------------------------------------------------


def put(disk: SimulatedDisk, name: str, data: bytes) -> None:
    """Change a file from outside, durably."""
    disk._names[name] = Name(*(2 * [File(data, data)]))


def disk_of(files: Files, *, boot: str = "boot 1") -> SimulatedDisk:
    return SimulatedDisk(files, boot=boot).copy()


def files_back(files: Files, older: Files, *, kept: Iterable[str] = ()) -> Files:
    """`files`, with `head.json` and the wallets of an `older` moment, but for those `kept`."""
    kept_anyway = ("journal/", "keys/", PLACES_FILE)
    journal = {name: data for name, data in files.items() if name.startswith(kept_anyway)}
    return {**older, **journal, **{name: files[name] for name in kept}}


def flipped(data: bytes, offset: int, bit: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 1 << bit]) + data[offset + 1 :]


def flip_every_bit_of_each_line(part: int, parts: int) -> Counts:
    """Every bit of the last 50 lines, as lines: none of them is one any more."""
    store = history(is_long=True)
    counts: Counts = Counter()
    spans = zip(store.starts[-1 - LINES_DAMAGED :], store.starts[-LINES_DAMAGED:], strict=False)
    for start, end in islice(spans, part, None, parts):
        line, prev = store.journal[start : end - 1], _hash_before(store.journal, start)
        assert not _is_bad(line, prev)
        for at in range(len(line)):
            for bit in range(8):
                changed = flipped(line, at, bit)
                assert _is_bad(changed, prev), f"bit {bit} of byte {start + at} flipped"
        counts["refused"] += 8 * len(line)
    return counts


def _hash_before(segment: bytes, start: int) -> str:
    """The hash at the end of the line that ends where another one starts."""
    return segment[start - len('"}\n') - 64 : start - len('"}\n')].decode()


def _is_bad(line: bytes, prev: str) -> bool:
    try:
        decode_line(line, prev)
    except BadLine:
        return True
    return False


def flip_bytes_of_the_newest_lines(part: int, parts: int) -> Counts:
    """A bit of each byte of the last 50 lines, and all that make or unmake a newline or zero.

    All of them are refused, by readers and by writers. The other bits change no line but their own.
    """
    store = history(is_long=True)
    disk, counts = disk_of(store.now.files), Counter()
    for number, (at, bit) in enumerate(islice(_telling_bits(store, step=1), part, None, parts)):
        damage = f"bit {bit} of byte {at} of {store.newest} flipped"
        put(disk, store.newest, flipped(store.journal, at, bit))
        became = what_became(disk, store.now, damage)
        assert became == "refused", f"{damage}: {became}"
        if number % WRITES_EVERY == 0:
            refuses_to_write(disk, damage)
        counts[became] += 1
        disk.killed()
    return counts


def _telling_bits(store: History, *, step: int) -> Iterator[tuple[int, int]]:
    """A bit of every `step`-th byte, and all that make or unmake a newline, or make a zero."""
    data, newline = store.journal, ord("\n")
    for at in range(store.starts[-1 - LINES_DAMAGED], len(data)):
        for bit in range(8):
            is_its_turn = at % step == 0 and bit == at // step % 8
            if is_its_turn or data[at] == newline or data[at] ^ 1 << bit in (0, newline):
                yield at, bit


def flip_bytes_that_no_witness_has_seen(part: int, parts: int) -> Counts:
    """The same, with `head.json` and the wallets from before the line that is damaged.

    Only the last line can look like an interrupted write: when its end is gone, or it has a zero.
    """
    store = history(is_long=True)
    counts: Counts = Counter()
    for at, bit in islice(_telling_bits(store, step=3), part, None, parts):
        before = store.before(store.line_at(at))
        damage = f"bit {bit} of byte {at} of {store.newest} flipped, unseen"
        changed = flipped(store.journal, at, bit)
        disk = disk_of(files_back(store.now.files, before.files))
        put(disk, store.newest, changed)
        if at >= store.starts[-2] and (at == len(changed) - 1 or changed[at] == 0):
            is_mended_to(disk, before, damage, fully=True)
            counts["mended"] += 1
        else:
            became = what_became(disk, store.now, damage)
            assert became == "refused", f"{damage}: {became}"
            if at % WRITES_EVERY == 0:
                refuses_to_write(disk, damage)
            counts[became] += 1
    return counts


def tails(part: int, parts: int) -> Iterator[tuple[bytes, Moment, str, int]]:
    """The newest segment cut and zeroed at each length, the newest state that is whole, and words.

    A line of which only the newline was cut off or zeroed is whole.
    """
    store = history(is_long=True)
    data = store.journal
    for size in islice(range(1, TAIL_BYTES + 1), part, None, parts):
        cut = len(data) - size
        before = store.before(store.line_at(cut + 1))
        yield data[:cut], before, f"{size} bytes cut off", size
        yield data[:cut] + bytes(size), before, f"{size} bytes zeroed", size


def lose_the_tail_with_witnesses(part: int, parts: int) -> Counts:
    """Whatever is left of `head.json` and the wallets of the newest line, the loss is refused.

    Where only the newline at the end is missing nothing is lost, and it is put back.
    """
    store = history(is_long=True)
    counts: Counts = Counter()
    for data, before, words, size in tails(part, parts):
        wallets = WITNESSING_WALLETS if size % 2 else ()
        damage = f"{words}, seen by {', '.join((HEAD_FILE, *wallets))}"
        disk = disk_of(files_back(store.now.files, before.files, kept=(HEAD_FILE, *wallets)))
        put(disk, store.newest, data)
        became = what_became(disk, store.now, damage)
        is_all_there = before is store.now
        assert became == ("harmless" if is_all_there else "refused"), f"{damage}: {became}"
        if not is_all_there and size % WRITES_EVERY == 0:
            refuses_to_write(disk, damage)
        counts["mended" if is_all_there else became] += 1
        if (size + data.endswith(b"\0")) % 2:
            counts[_lose_the_tail_that_a_wallet_has_seen(store, data, before, words, size)] += 1
    return counts


def _lose_the_tail_that_a_wallet_has_seen(
    store: History, data: bytes, before: Moment, words: str, size: int
) -> str:
    """With an older `head.json` and one wallet file that is not: nothing is cut off, nor believed.

    Where lines are gone and no torn one is left, writers need not look at that file: whoever reads
    it is refused, and the audit finds it.
    """
    user = ("alice", "bob")[size // 2 % 2]
    damage = f"{words}, seen by {user}"
    kept = [f"wallets/{user}.json"]
    disk = disk_of(files_back(store.now.files, before.files, kept=kept))
    put(disk, store.newest, data)
    if before is store.now:
        is_mended_to(disk, store.now, damage, fully=True)
        return "mended"
    is_torn = len(data) not in store.starts and len(data) + 1 not in store.starts
    if size % WRITES_EVERY in (0, 1) or not is_torn:
        told = _told_without_a_fault(disk, damage)
        for piece, answer in told.items():
            truths = (before.told[piece], store.now.told[piece])
            assert answer is REFUSED or answer in truths, f"{damage}: {piece} is {answer}"
        assert told["wallet", user] is REFUSED, damage
        assert store_on(disk).audit().findings, f"{damage}: the audit found nothing"
    if is_torn:
        refuses_to_write(disk, damage)
    return "refused"


def lose_the_tail_without_witnesses(part: int, parts: int) -> Counts:
    """Nothing has seen the lost lines: the store is mended to the true state before them.

    The witnesses are of that state, or older ones after a power failure: nothing they saw is lost.
    """
    store = history(is_long=True)
    counts: Counts = Counter()
    for data, before, words, size in tails(part, parts):
        older = store.before(max(before.seq - 3, store.first + 1))
        witness, boot = (before, "boot 1") if size % 2 else (older, "boot 2")
        damage = f"{words}, witnesses of {witness.seq}, {boot}"
        disk = disk_of(files_back(store.now.files, witness.files), boot=boot)
        put(disk, store.newest, data)
        is_mended_to(disk, before, damage, fully=size % WRITES_EVERY in (0, 1))
        assert before.seq >= witness.seq
        counts["mended"] += 1
    return counts


def flip_every_bit_of_what_is_derived(part: int, parts: int) -> Counts:
    """Every bit of wallet files, runs, places, `head.json` and `store.json`, and of every header.

    Files that carry a check are damaged once carelessly, and once with the check made right.
    """
    store = history(is_long=False)
    counts: Counts = Counter()
    disk = disk_of(store.now.files)
    for name, at, bit in islice(_bits_of_derived_files(store), part, None, parts):
        data, damage = store.now.files[name], f"bit {bit} of byte {at} of {name} flipped"
        changed = flipped(data, at, bit)
        for content in {changed, with_its_check(changed)}:
            put(disk, name, content)
            counts[what_became(disk, store.now, damage)] += 1
            disk = disk.killed()
            put(disk, name, data)
    return counts


def with_its_check(data: bytes) -> bytes:
    """A file whose check, if it carries one, fits what it says."""
    body, mark, _ = data.rstrip().rpartition(CHECK_MARK)
    if not mark:
        return data
    check = hashlib.sha256(body).hexdigest()[:16].encode()
    return b"".join((body, mark, check, b'"}')).ljust(len(data) - 1) + b"\n"


def _bits_of_derived_files(store: History) -> Iterator[tuple[str, int, int]]:
    for name, data in sorted(store.now.files.items()):
        size = data.find(b"\n") + 1 if name.startswith("journal/") else len(data)
        yield from ((name, at, bit) for at in range(size) for bit in range(8))


def mislead_the_key_index(part: int, parts: int) -> Counts:
    """Every bit of each key's entry flipped, and each entry made to lead where another leads.

    A retry is then answered by its own transaction, or refused; or the audit finds the key missing.
    """
    store = history(is_long=False)
    counts: Counts = Counter()
    entries = store.now.told["entries",]
    assert isinstance(entries, list)
    sealed = [one for one in entries if one.key is not None and one.seq < store.first]
    for entry, name, data, words in islice(_misled_keys(store, sealed), part, None, parts):
        disk = disk_of(store.now.files)
        put(disk, name, data)
        was_found = bool(store_on(disk).audit().findings)
        answered = _answer_to_retry(disk, entry, f"the key {entry.key}, {words}")
        assert answered != "anew" or was_found, f"{words}: applied twice, and the audit is content"
        counts["refused" if answered == "refused" else "found" if was_found else "harmless"] += 1
    return counts


def _answer_to_retry(disk: SimulatedDisk, entry: Entry, damage: str) -> str:
    """Whether a retry was refused, replayed, or taken for new; never answered by another's line."""
    requests = [keyed(entry.transaction.request, entry.key)]
    try:
        (answer,) = store_on(disk).commit(requests, RULES, moment(200))
    except StoreUnusable:
        return "refused"
    except KeyReused:
        raise AssertionError(f"{damage}: another's line was believed") from None
    except CoinsError:
        return "anew"  # and a rule forbids it: the wallet is open already, for one
    if not answer.replayed:
        return "anew"
    assert (answer.transaction, answer.head) == (entry.transaction, entry.head), (
        f"{damage}: answered by {answer}"
    )
    return "replayed"


def _misled_keys(store: History, entries: list[Entry]) -> Iterator[tuple[Entry, str, bytes, str]]:
    """Entries, the run that leads to them, what to make of it, and that in words."""
    files = store.now.files
    for entry in entries:
        name, at = _run_with(files, entry)
        data = files[name]
        digest, number = 8 * at, len(data) // 2 + 8 * at
        for other in entries:
            if other is not entry:
                led = data[:number] + other.seq.to_bytes(8, "little") + data[number + 8 :]
                yield entry, name, led, f"leading to that of {other.key}"
        for start in (digest, number):
            for byte in range(start, start + 8):
                for bit in range(8):
                    words = f"bit {bit} of byte {byte} flipped"
                    yield entry, name, flipped(data, byte, bit), words


def _run_with(files: Files, entry: Entry) -> tuple[str, int]:
    """The run that has the key of an entry, and as the how-manieth."""
    digest = digest_of("5" * 32, entry.key).to_bytes(8, "little")
    for name, data in files.items():
        if name.startswith("keys/"):
            half = data[: len(data) // 2]
            for at in range(0, len(half), 8):
                if half[at : at + 8] == digest:
                    return name, at // 8
    raise AssertionError(f"no run has the key {entry.key}")


def mislead_the_places(part: int, parts: int) -> Counts:
    """Each sealed transaction's place made that of each other, and of every byte of its segment.

    No other line is taken for the one that was looked for.
    """
    store = history(is_long=False)
    counts: Counts = Counter()
    for data, words in islice(_misled_places(store), part, None, parts):
        disk = disk_of(store.now.files)
        put(disk, PLACES_FILE, data)
        became = what_became(disk, store.now, words)
        assert became in ("refused", "found"), f"{words}: {became}"
        counts[became] += 1
    return counts


def _misled_places(store: History) -> Iterator[tuple[bytes, str]]:
    data = store.now.files[PLACES_FILE]
    sealed = range(1, store.first)
    for seq in sealed:
        begin = 8 * (seq - 1)
        place = data[begin : begin + 8]
        found = {data[8 * (other - 1) : 8 * other] for other in sealed}
        found |= {place[:4] + byte.to_bytes(4, "little") for byte in range(0, 4000, 7)}
        found |= {place[:4] + data[8 * other - 4 : 8 * other] for other in sealed}
        for other in sorted(found - {place}):
            yield data[:begin] + other + data[begin + 8 :], f"{seq} placed at {other.hex()}"


def put_older_wallet_files_back(part: int, parts: int) -> Counts:
    """Each wallet file as it was after each earlier commit, as a killed row of commits leaves it.

    The journal's newest line of the wallet is what is told, or the file is refused.
    """
    store = history(is_long=False)
    counts: Counts = Counter()
    older = {
        (name, data)
        for one in store.moments
        for name, data in one.files.items()
        if name.startswith("wallets/") and data != store.now.files[name]
    }
    for name, data in islice(sorted(older), part, None, parts):
        disk = disk_of(store.now.files)
        put(disk, name, data)
        counts[what_became(disk, store.now, f"{name} as it was: {data!r}")] += 1
    return counts


Check = Callable[[int, int], Counts]
CHECKS: list[Check] = [
    flip_every_bit_of_each_line,
    flip_bytes_of_the_newest_lines,
    flip_bytes_that_no_witness_has_seen,
    lose_the_tail_with_witnesses,
    lose_the_tail_without_witnesses,
    flip_every_bit_of_what_is_derived,
    mislead_the_key_index,
    mislead_the_places,
    put_older_wallet_files_back,
]


def all_of(check: Check) -> Counts:
    """Everything that a check tries, on the cores there are."""
    parts = os.cpu_count() or 1
    with ProcessPoolExecutor(parts) as pool:
        counts = [pool.submit(check, part, parts) for part in range(parts)]
        return sum((one.result() for one in counts), Counter())
