"""Copies that somebody made to do harm: each is refused by name, early, and in little memory."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from types import SimpleNamespace

import pytest

from coins_cli.errors import InvalidArchive, NewerFormat, OlderFormat
from coins_cli.files.catalogs import default_catalog_text
from coins_cli.model import names
from coins_cli.model.operations import BY_REQUEST
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.reverse import Reverse
from coins_cli.store.json.care import archive_reading
from coins_cli.store.json.care.archive_reading import (
    FILE_BYTES_MAX,
    LINE_BYTES_MAX,
    SEGMENT_BYTES_MAX,
)
from tests.store.disks import QuickDisk
from tests.store.economies import commit, keyed, store_at
from tests.store.journals import lines, written
from tests.store.test_forgery import made

FIRST = "journal/000000000001.jsonl"
SECOND = "journal/000000000003.jsonl"
BLOCK = 512


class CountingDisk(QuickDisk):
    """A disk that tells how many bytes were written to it."""

    written = 0

    def append(self, name, data):
        self.written += len(data)
        self._disk.append(name, data)


@pytest.fixture
def new(folder):
    """A place for a store."""
    return folder.parent / "new"


@pytest.fixture
def path(folder):
    """A file for an archive."""
    return folder.parent / "copy.tar.gz"


@pytest.fixture
def read(monkeypatch):
    """Counts the bytes of archives that are read, packed as they are."""
    count = SimpleNamespace(bytes=0)

    def read(fd, size):
        data = os.read(fd, size)
        count.bytes += len(data)
        return data

    monkeypatch.setattr(archive_reading, "_read", read)
    return count


def good():
    """The members of a good archive, in the order of a backup."""
    files = made(2)[0]
    names = ["store.json", *sorted(name for name in files if name.startswith("journal/"))]
    return {name: files[name] for name in names}


def header(name, size=0, kind=tarfile.REGTYPE, link="", layout=tarfile.USTAR_FORMAT):
    """The blocks of a member's header."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = size, kind, link
    return entry.tobuf(layout)


def member(name, data):
    """A member as bytes."""
    return header(name, len(data)) + data + b"\0" * (-len(data) % BLOCK)


def members(files):
    return b"".join(member(name, data) for name, data in files.items())


END = b"\0" * (2 * BLOCK)


def refused(new, path, tar, *, packed=True):
    """The refusal of an archive, of which nothing is left, and the bytes that were written."""
    path.write_bytes(gzip.compress(tar, 1) if packed else tar)
    disk = CountingDisk(new)
    with pytest.raises(InvalidArchive) as found:
        store_at(new, disk=disk).restore(str(path))
    assert not new.exists()
    assert found.value.file == str(path)
    assert len(found.value.message) < 600
    return found.value.why, disk.written


STORE = member("store.json", made(2)[0]["store.json"])
GNU, PAX = tarfile.GNU_FORMAT, tarfile.PAX_FORMAT


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        (header("journal/" + "9" * 80 + ".jsonl"), "does not belong in it"),
        (header("journal/" + "9" * 5_000 + ".jsonl", layout=GNU), "it is an extended header"),
        (header("journal/" + "9" * 5_000 + ".jsonl", layout=PAX), "it is an extended header"),
        (header("journal/1.jsonl"), "does not belong in it"),
        (header("journal/0000000000001.jsonl"), "does not belong in it"),
        (header("journal/000000000000.jsonl"), "does not belong in it"),
        (header("journal/" + "\u0661" * 12 + ".jsonl"), "does not belong in it"),
        (header("journal/-00000000001.jsonl"), "does not belong in it"),
        (header("../evil"), "does not belong in it"),
        (header("/etc/passwd"), "does not belong in it"),
        (header("journal/../../evil.jsonl"), "does not belong in it"),
        (header("./" + FIRST), "does not belong in it"),
        (header("journal//000000000001.jsonl"), "does not belong in it"),
        (header("wallets/alice.json"), "does not belong in it"),
        (header("lock"), "does not belong in it"),
        (header("frozen"), "does not belong in it"),
        (header("a\x1b[31m\nb\u202e"), "does not belong in it"),
        (header(FIRST, kind=tarfile.SYMTYPE, link="/etc/passwd"), "it is a link"),
        (header(FIRST, kind=tarfile.LNKTYPE, link="store.json"), "it is a link"),
        (header(FIRST, kind=tarfile.CHRTYPE), "it is a device"),
        (header(FIRST, kind=tarfile.BLKTYPE), "it is a device"),
        (header(FIRST, kind=tarfile.FIFOTYPE), "it is a pipe"),
        (header("journal", kind=tarfile.DIRTYPE), "it is a folder"),
        (header(FIRST, kind=tarfile.GNUTYPE_SPARSE), "it is a sparse file"),
        (header(FIRST, 7 << 30, kind=tarfile.XHDTYPE), "it is an extended header"),
        (header(FIRST, 7 << 30, kind=tarfile.XGLTYPE), "it is an extended header"),
        (header(FIRST, 7 << 30, kind=tarfile.GNUTYPE_LONGNAME), "it is an extended header"),
        (header(FIRST, kind=b"Z"), "it is not a file"),
        (header(FIRST, 60 << 30, layout=GNU), "64,424,509,440 bytes"),
        (header(FIRST, SEGMENT_BYTES_MAX + 1), "at most"),
        (header("catalog.toml", FILE_BYTES_MAX["catalog.toml"] + 1), "at most"),
        (header("clock.json", FILE_BYTES_MAX["clock.json"] + 1), "at most"),
        (b"x" * BLOCK, "where the name and size of a file were due"),
    ],
)
def test_a_member_that_no_copy_has_is_refused_by_name_before_anything_is_written(
    new, path, blocks, why
):
    """What comes behind it is never looked at: a million members would cost the same."""
    assert refused(new, path, STORE + blocks + END) == refused(new, path, STORE + blocks)
    told, bytes_written = refused(new, path, STORE + blocks + b"\0" * (1 << 20))
    assert why in told
    assert bytes_written == 0


def test_a_size_below_zero_is_refused(new, path):
    block = bytearray(header(FIRST))
    block[124:136] = b"\xff" * 12
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    assert "cannot be its size" in refused(new, path, STORE + block + END)[0]


def begun_elsewhere(segment):
    """The segment under a header, with its right hash, that names another hash before it."""
    header, _, rest = segment.partition(b"\n")
    says = json.loads(header)
    del says["hash"]
    return written({**says, "prev": "0" * 64}, "0" * 64) + rest


def first_header():
    return good()[FIRST].split(b"\n")[0] + b"\n"


BOMBS = {
    "zeros": b"\0",
    "newlines": b"\n",
    "blanks": b" ",
    "a line without an end": b"x",
    "one good line again and again": None,
}


@pytest.mark.parametrize("starts_well", [True, False])
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_small_file_that_unpacks_to_much_is_refused_at_its_first_wrong_line(
    new, path, read, bomb, starts_well
):
    """Only as much of it is unpacked, read and written as it takes to find that line."""
    size = SEGMENT_BYTES_MAX // 4
    begin = good()[FIRST] if starts_well else b""
    unit = good()[FIRST].split(b"\n")[1] + b"\n" if bomb is None else bomb * (1 << 16)
    with gzip.open(path, "wb", compresslevel=6) as file:
        file.write(STORE + header(FIRST, size) + begin)
        for _ in range((size - len(begin)) // len(unit)):
            file.write(unit)
    disk = CountingDisk(new)
    with pytest.raises(InvalidArchive, match=r"journal/000000000001\.jsonl"):
        store_at(new, disk=disk).restore(str(path))
    assert not new.exists()
    assert disk.written <= 4 * archive_reading.CHUNK_BYTES
    assert read.bytes <= 2 * archive_reading.CHUNK_BYTES
    assert path.stat().st_size > read.bytes or path.stat().st_size < 1 << 20


def test_fifty_thousand_members_are_refused_at_the_first_that_cannot_be(new, path, read):
    first = good()[FIRST]
    empty = {f"journal/{seq:012}.jsonl": b"" for seq in range(1, 50_000)}
    cases = {
        "names of nothing": {f"member-{n}": b"" for n in range(50_000)},
        "empty segments": empty,
        "segments after one that is empty": {**empty, FIRST: first_header()},
        "segments after a good one": {**empty, FIRST: first},
    }
    for name, files in cases.items():
        told, bytes_written = refused(new, path, STORE + members(dict(sorted(files.items()))) + END)
        assert bytes_written <= len(first), name
        assert told.startswith(("member-", "journal/00000000000")), name
    assert "is in it twice" in refused(new, path, STORE * 50_000)[0]
    again = member("clock.json", b"{}") * 50_000
    assert "is in it twice" in refused(new, path, STORE + again)[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda m: {name: m[name] for name in reversed(m)},
            "store.json is not the first file in it",
        ),
        (lambda m: {FIRST: m[FIRST]}, "store.json is not the first file in it"),
        (lambda m: {"store.json": m["store.json"]}, "there is no journal in it"),
        (lambda m: {**m, "clock.json": b"{}"}, "clock.json was due before the journal"),
        (
            lambda m: {k: v for k, v in m.items() if "3.jsonl" not in k},
            "000000000003.jsonl was due",
        ),
        (
            lambda m: {k: v for k, v in m.items() if k != FIRST},
            "where journal/000000000001",
        ),
        (lambda m: {**m, FIRST: b""}, "it has no header"),
        (lambda m: {**m, FIRST: m[FIRST][:-1]}, "its last line is cut off"),
        (lambda m: {**m, FIRST: m[FIRST].replace(b"alice", b"mallo")}, "what its hash says"),
        (
            lambda m: {**m, FIRST: m[FIRST] + m[FIRST].splitlines(keepends=True)[1]},
            "what its hash says",
        ),
        (lambda m: {**m, SECOND: begun_elsewhere(m[SECOND])}, "it does not follow what is before"),
        (lambda m: {**m, "store.json": b"?"}, "store.json: it cannot be read"),
        (lambda m: {**m, "store.json": m["store.json"].replace(b'"id":"', b'"id":"x')}, "another"),
        (lambda m: {**m, "store.json": m["store.json"] + b" " * 9_999}, "at most"),
    ],
)
def test_a_journal_whose_files_do_not_follow_is_refused_while_it_comes_in(new, path, change, why):
    files = change(good())
    told, _ = refused(new, path, members(files) + END)
    assert why in told


def test_a_copy_of_a_later_release_is_named_as_such(new, path):
    later = b'{"format":99,"id":"x","created":"2026-01-01T00:00:00Z"}'
    path.write_bytes(gzip.compress(members({**good(), "store.json": later}) + END))
    with pytest.raises(NewerFormat):
        store_at(new).restore(str(path))
    assert not new.exists()


def test_what_is_behind_the_end_of_a_copy_is_refused(new, path):
    tar = members(good()) + END
    assert "something behind its end" in refused(new, path, tar + b"x" * BLOCK)[0]
    assert "something behind its end" in refused(new, path, tar + b"\0" * (1 << 20))[0]
    again = gzip.compress(tar) + gzip.compress(b"more")
    assert "something behind its end" in refused(new, path, again, packed=False)[0]
    zeros = gzip.compress(tar) + b"\0" * 100
    assert "something behind its end" in refused(new, path, zeros, packed=False)[0]


def test_an_archive_is_refused_at_whatever_length_it_is_cut_off(new, path):
    whole = gzip.compress(members(good()) + END, 9)
    for length in range(len(whole)):
        refused(new, path, whole[:length], packed=False)
    unpacked = members(good())
    for length in range(0, len(unpacked), 100):
        refused(new, path, unpacked[:length])


def test_an_archive_with_any_flipped_bit_is_refused_or_restores_the_same_store(new, path):
    """Some bits of the packing stand for nothing, such as its time: what it unpacks to decides."""
    tar = members(good()) + END
    whole = gzip.compress(tar, 9)
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 1 << place % 8
        path.write_bytes(data)
        try:
            store_at(new).restore(str(path))
        except (InvalidArchive, NewerFormat, OlderFormat):
            assert not new.exists()
        else:
            assert gzip.decompress(data) == tar
            assert store_at(new).audit().findings == ()
            for found in sorted(new.rglob("*"), reverse=True):
                found.rmdir() if found.is_dir() else found.unlink()
            new.rmdir()


@pytest.mark.parametrize("kind", ["folder", "fifo", "socket", "device"])
def test_only_a_regular_file_is_read_as_a_copy(new, path, kind):
    """A pipe, for one, would be waited for with the lock held."""
    import socket

    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))
    name = "/dev/zero" if kind == "device" else str(path)
    with pytest.raises(InvalidArchive, match=r"it is not a regular file|it cannot be read"):
        store_at(new).restore(name)
    assert not new.exists()


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("clock.json", b"", "clock.json: it does not say what time it is"),
        ("clock.json", b"?", "clock.json: it does not say what time it is"),
        ("clock.json", b'{"ahead":"soon"}', "clock.json: it does not say what time it is"),
        ("clock.json", b'{"behind":"P1D"}', "clock.json: it does not say what time it is"),
        ("clock.json", b'{"ahead":"P9999999999D"}', "clock.json: it does not say what time it is"),
        ("clock.json", b"[" * 900, "clock.json: it does not say what time it is"),
        ("catalog.toml", b"prices", "catalog.toml"),
        ("catalog.toml", b"", "catalog.toml"),
        ("catalog.toml", b"\xff", "catalog.toml: expected UTF-8 text"),
        ("catalog.toml", default_catalog_text().replace(b"coins = 5\n", b"coins = -5\n"), "coins"),
    ],
)
def test_a_damaged_clock_or_catalog_in_a_copy_is_refused(new, path, name, data, why):
    store, *journal = good().items()
    told, bytes_written = refused(new, path, members(dict([store, (name, data), *journal])) + END)
    assert why in told
    assert bytes_written == 0


LIMIT_MB = 60
"""What Python, coins and its libraries take, and as much again."""

CHILD = """
import re, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
from coins_cli.errors import CoinsError
from coins_cli.store.json.store import JsonStore
try:
    JsonStore(sys.argv[2]).restore(sys.argv[1])
except CoinsError as error:
    print(error.message)
with open("/proc/self/status") as status:
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]) // 1024)
"""
"""The peak is the kernel's own count; that of `getrusage` begins with the memory of the parent."""


needs_proc = pytest.mark.skipif(
    not os.path.exists("/proc/self/status"), reason="only Linux tells the peak of one program"
)


def peak_of_refusing(path, new):
    """The words of the refusal in a process of its own, and its peak of memory in MB."""
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(new)],
        capture_output=True,
        check=True,
        text=True,
    )
    words, peak = ran.stdout.splitlines()
    assert not new.exists()
    return words, int(peak)


def zeros(path, start, size):
    """An archive that goes on with `size` zeros after its `start`."""
    with gzip.open(path, "wb", compresslevel=6) as file:
        file.write(start)
        for _ in range(size >> 20):
            file.write(b"\0" * (1 << 20))


@needs_proc
@pytest.mark.parametrize(
    "start",
    [
        STORE + header(FIRST, SEGMENT_BYTES_MAX),
        STORE + header(FIRST, 7 << 30, kind=tarfile.XHDTYPE),
        STORE + header(FIRST, 7 << 30, kind=tarfile.GNUTYPE_LONGNAME),
        STORE + header("catalog.toml", 7 << 30),
        STORE + header(FIRST, 60 << 30, kind=tarfile.GNUTYPE_SPARSE, layout=GNU),
        STORE
        + members({name: data for name, data in good().items() if name != "store.json"})
        + END,
        b"",
    ],
    ids=["segment", "pax", "long name", "catalog", "sparse", "behind the end", "nothing"],
)
def test_refusing_gigabytes_in_a_small_file_takes_little_memory(folder, path, start):
    """1.5 MB that unpack to 1.5 GB, in each place where that much could come."""
    zeros(path, start, 1536 << 20)
    assert path.stat().st_size < 2 << 20
    words, peak = peak_of_refusing(path, folder.parent / "new")
    assert "is not a copy of a store" in words
    assert peak < LIMIT_MB


def test_no_request_makes_half_a_line_of_what_a_copy_may_have(folder):
    """The longest texts of every kind of request, each letter one that takes the most bytes."""

    def text(most):
        return "\x01" * most

    user, other, address = "a" * 24, "b" * 24, "é" * 64 + "@" + "é" * 180 + ".example"
    asked = [
        Open(user, text(names.DISPLAY_NAME_CHARACTERS_MAX), text(names.NOTE_CHARACTERS_MAX)),
        Open(other, text(names.DISPLAY_NAME_CHARACTERS_MAX), text(names.NOTE_CHARACTERS_MAX)),
        Recharge(user, "10000"),
        Recharge(user, "10000"),
        StartLive(other, text(names.TITLE_CHARACTERS_MAX)),
        EndLive(other),
        Gift(
            user,
            other,
            "drama-queen",
            2,
            video=text(names.VIDEO_CHARACTERS_MAX),
            message=text(names.MESSAGE_CHARACTERS_MAX),
        ),
        Promote(
            user,
            text(names.VIDEO_CHARACTERS_MAX),
            1,
            audience="custom",
            interests=text(names.INTERESTS_CHARACTERS_MAX),
        ),
        CashOut(other, address, pending=True),
        ReturnPayout(9, text(names.REASON_CHARACTERS_MAX)),
        CashOut(other, address, pending=True),
        SettlePayout(11),
        Reverse(8, text(names.REASON_CHARACTERS_MAX)),
    ]
    assert {type(one) for one in asked} == set(BY_REQUEST)
    key = "\U0001f600" * (names.KEY_CHARACTERS_MAX - 2)
    commit(store_at(folder), *(keyed(one, f"{n:02}{key}") for n, one in enumerate(asked)))
    longest = max(len(record.raw) for record in lines(folder))
    assert 4_000 < longest < LINE_BYTES_MAX / 2


def test_a_sound_copy_in_small_pieces_is_restored(new, path, monkeypatch):
    """Wherever a chunk happens to end."""
    path.write_bytes(gzip.compress(members(good()) + END))
    for size in (1, 2, 3, 7, 511, 512, 513, 4096):
        monkeypatch.setattr(archive_reading, "CHUNK_BYTES", size)
        place = new.parent / f"new-{size}"
        store_at(place).restore(str(path))
        assert store_at(place).audit().findings == ()
        found = {name: (place / name).read_bytes() for name in good()}
        assert found == good()


def test_a_backup_is_what_a_restore_reads(new, path):
    """Nothing that a backup writes is among what is refused: the files are the same."""
    path.write_bytes(gzip.compress(members(good()) + END))
    store_at(new).restore(str(path))
    again = path.with_name("again")
    store_at(new).backup(str(again))
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(again.read_bytes()))) as found:
        assert found.getnames() == list(good())


def test_a_line_with_another_number_is_refused_though_its_hash_is_right(new, path):
    header_line, first, *rest = good()[FIRST].splitlines(keepends=True)
    says = json.loads(first)
    del says["hash"]
    hashed = json.loads(header_line)["hash"]
    forged = written({**says, "seq": 2}, hashed)
    tar = members({**good(), FIRST: header_line + forged + b"".join(rest)}) + END
    assert "it does not follow transaction 0" in refused(new, path, tar)[0]
