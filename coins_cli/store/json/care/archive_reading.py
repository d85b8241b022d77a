"""Reading an untrusted archive, and refusing a bad one early.

The archive is unpacked piece by piece. The kind, name and size of each file are checked first, then
each line of the journal as it comes in, before it is handed on. So the cost of refusing an archive
depends on the part before its first mistake, not on its size.

`tarfile` only decodes headers here. It must not read the archive: it would load extended headers of
gigabytes into memory, and fill sparse files to their claimed size.
"""

import os
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from msgspec import Struct

from coins_cli.errors import NoSuchFile, StoreDamaged, shortened
from coins_cli.files.catalogs import CATALOG_BYTES_MAX
from coins_cli.files.words import reason
from coins_cli.store.json import layout
from coins_cli.store.json.journal.lines import BadLine, decode_header, decode_line, genesis
from coins_cli.store.json.making import parse_store_file
from coins_cli.store.json.settings.checking import problem_of_setting

CHUNK_BYTES: Final = 1 << 16
LINE_BYTES_MAX: Final = 1 << 14
"""Twice as long as a line with the longest allowed texts."""
SEGMENT_BYTES_MAX: Final = 256 << 20
"""More than a batch writes into one segment. A replay needs memory of that size."""
FILE_BYTES_MAX: Final = {
    layout.STORE_FILE: 1 << 12,
    layout.CATALOG_FILE: CATALOG_BYTES_MAX,
    layout.CLOCK_FILE: 1 << 10,
}
"""Files of an archive beside its journal, and their largest sizes."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_EXTENDED: Final = "it is an extended header"
_LINK: Final = "it is a link"
_DEVICE: Final = "it is a device"
_KINDS: Final = {
    tarfile.LNKTYPE: _LINK,
    tarfile.SYMTYPE: _LINK,
    tarfile.CHRTYPE: _DEVICE,
    tarfile.BLKTYPE: _DEVICE,
    tarfile.FIFOTYPE: "it is a pipe",
    tarfile.DIRTYPE: "it is a folder",
    tarfile.GNUTYPE_SPARSE: "it is a sparse file",
    tarfile.XHDTYPE: _EXTENDED,
    tarfile.XGLTYPE: _EXTENDED,
    tarfile.SOLARIS_XHDTYPE: _EXTENDED,
    tarfile.GNUTYPE_LONGNAME: _EXTENDED,
    tarfile.GNUTYPE_LONGLINK: _EXTENDED,
}
"""The reasons to refuse members that are not regular files."""
_NAME_CHARACTERS_MAX: Final = 100


class BadArchive(Exception):
    """A file that is not a copy of a store; the message has the member and the reason."""


class CopiedFile(Struct, frozen=True):
    """A file of an archive: its name, and an iterator over the parts of its checked content."""

    name: str
    parts: Iterator[bytes]


def read_copy(path: str) -> Iterator[CopiedFile]:
    """Yield the files of the archive at `path`, in the order of a backup: `store.json` first.

    All parts of a file must be read before the next file. Reading files and parts raises
    `BadArchive`, `NoSuchFile` and `NewerFormat`.
    """
    with _opened(path) as fd:
        stream = _Unpacked(fd)
        name, size = _next_member(stream) or ("", 0)
        if name != layout.STORE_FILE:
            raise BadArchive(f"{layout.STORE_FILE} is not the first file in it")
        store_file = stream.content(size)
        yield CopiedFile(name, iter([store_file]))
        yield from _settings_and_journal(stream, _JournalCheck(_store_id(store_file, path)))
        stream.check_end()


@contextmanager
def _opened(path: str) -> Iterator[int]:
    """The descriptor of the regular file at `path`; never waits for a pipe or a device."""
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        fd = os.open(path, flags)
    except FileNotFoundError:
        raise NoSuchFile(path) from None
    except OSError as error:
        raise BadArchive(f"it cannot be read: {reason(error)}") from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise BadArchive("it is not a regular file")
        yield fd
    finally:
        os.close(fd)


class _Unpacked:
    """Unpacks a gzip file piece by piece, never more than the caller asks for."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._gzip = zlib.decompressobj(_GZIP)

    def part(self, most: int) -> bytes:
        """The next bytes, at most `most`; empty at the end."""
        while not self._gzip.eof:
            packed = self._gzip.unconsumed_tail or self._read()
            try:
                data = self._gzip.decompress(packed, min(most, CHUNK_BYTES))
            except zlib.error:
                raise BadArchive("it is not packed as a copy is, or was damaged") from None
            if data:
                return data
            if not packed:
                raise BadArchive("it ends too early")
        return b""

    def parts(self, size: int) -> Iterator[bytes]:
        """The content of the next file in parts; it has `size` bytes."""
        yield from self._exactly(size)
        # A tar file consists of whole blocks.
        for _ in self._exactly(-size % tarfile.BLOCKSIZE):
            pass

    def content(self, size: int) -> bytes:
        """The whole content of the next file."""
        return b"".join(self.parts(size))

    def block(self) -> bytes:
        """The next block of a tar file."""
        return b"".join(self._exactly(tarfile.BLOCKSIZE))

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            part = self.part(size)
            if not part:
                raise BadArchive("it ends too early")
            size -= len(part)
            yield part

    def check_end(self) -> None:
        """Raise `BadArchive` for data after the last file, other than the zeros of a tar file."""
        left = tarfile.RECORDSIZE
        while part := self.part(left + 1):  # Reading to the end checks the gzip checksum too.
            left -= len(part)
            if left < 0 or any(part):
                raise BadArchive("there is something behind its end")
        if self._gzip.unused_data or self._read():
            raise BadArchive("there is something behind its end")

    def _read(self) -> bytes:
        try:
            return _read(self._fd, CHUNK_BYTES)
        except OSError as error:
            raise BadArchive(f"it cannot be read: {reason(error)}") from None


_read = os.read


def _next_member(stream: _Unpacked) -> tuple[str, int] | None:
    """The checked name and size of the next file; `None` after the last one."""
    block = stream.block()
    if not any(block):
        return None
    try:
        entry = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except tarfile.HeaderError:
        raise BadArchive("it has something where the name and size of a file were due") from None
    name = shortened(entry.name, _NAME_CHARACTERS_MAX)
    if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise BadArchive(f"{name}: {_KINDS.get(entry.type, 'it is not a file')}")
    is_segment = layout.segment_first(entry.name) is not None
    if not is_segment and entry.name not in FILE_BYTES_MAX:
        raise BadArchive(f"{name} does not belong in it")
    most = SEGMENT_BYTES_MAX if is_segment else FILE_BYTES_MAX[entry.name]
    if entry.size < 0:
        raise BadArchive(f"{name}: what is given cannot be its size")
    if entry.size > most:
        why = f"its size is given as {entry.size:,} bytes, and at most {most:,} are possible"
        raise BadArchive(f"{name}: {why}")
    return entry.name, entry.size


def _settings_and_journal(stream: _Unpacked, journal: "_JournalCheck") -> Iterator[CopiedFile]:
    taken = {layout.STORE_FILE}
    while (member := _next_member(stream)) is not None:
        name, size = member
        if layout.segment_first(name) is not None:
            yield CopiedFile(name, journal.checked(name, stream.parts(size)))
        elif name in taken:
            raise BadArchive(f"{name} is in it twice")
        elif journal.is_begun:
            raise BadArchive(f"{name} was due before the journal")
        else:
            taken.add(name)
            content = stream.content(size)
            if problem := problem_of_setting(name, content):
                raise BadArchive(f"{name}: {problem}")
            yield CopiedFile(name, iter([content]))
    if not journal.is_begun:
        raise BadArchive("there is no journal in it")


def _store_id(store_file: bytes, path: str) -> str:
    try:
        return parse_store_file(store_file, path).id
    except StoreDamaged as error:
        raise BadArchive(f"{layout.STORE_FILE}: {error.why}") from None


class _JournalCheck:
    """Checks the segments of an archive line by line, while they come in.

    Each line must continue the previous hash, across segments too. The rules are checked by a
    replay, later.
    """

    def __init__(self, store_id: str) -> None:
        self._store_id = store_id
        self._next_seq = 1
        self._head = self._hashed = genesis(store_id)
        self._is_cut_off = ""
        self.is_begun = False

    def checked(self, name: str, parts: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the parts of a segment, each after the check of its lines."""
        self._check_is_due(name)
        self.is_begun = True
        check, rest = self._check_header, b""
        for part in parts:
            *lines, rest = (rest + part).split(b"\n")
            for line in [*lines, rest]:
                if len(line) > LINE_BYTES_MAX:
                    self._refuse(name, f"it is longer than {LINE_BYTES_MAX:,} bytes")
            for line in lines:
                check(name, line)
                check = self._check_line
            yield part
        if rest:
            check(name, rest)
            self._is_cut_off = name
        elif check == self._check_header:
            raise BadArchive(f"{name}: it has no header")

    def _check_is_due(self, name: str) -> None:
        due = layout.segment_file(self._next_seq)
        if name != due:
            raise BadArchive(f"{name} came where {due} was due")
        if self._is_cut_off:
            raise BadArchive(f"{self._is_cut_off}: its last line is cut off")

    def _check_header(self, name: str, raw: bytes) -> None:
        try:
            header, hashed = decode_header(raw)
        except BadLine as error:
            raise BadArchive(f"{name}: in its header, {error}") from None
        if header.store != self._store_id:
            raise BadArchive(f"{name}: it belongs to another store")
        if (header.first, header.prev) != (self._next_seq, self._head):
            raise BadArchive(f"{name}: it does not follow what is before it")
        self._hashed = hashed

    def _check_line(self, name: str, raw: bytes) -> None:
        try:
            transaction, head = decode_line(raw, self._hashed)
        except BadLine as error:
            self._refuse(name, str(error))
        if transaction.seq != self._next_seq:
            self._refuse(name, f"it does not follow transaction {self._next_seq - 1:,}")
        self._next_seq, self._head, self._hashed = transaction.seq + 1, head, head

    def _refuse(self, name: str, why: str) -> NoReturn:
        raise BadArchive(f"{name}, transaction {self._next_seq:,}: {shortened(why)}")
