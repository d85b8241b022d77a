"""Reading a segment from its start, line by line, and what it comes to.

Opening a store reads its newest segment like this each time. Of each line is kept what the lines
after it, and the commands, ask for; the line itself stays where it is, in the file.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from coins_cli.model.requests import Open
from coins_cli.model.transactions import Posting, Totals, add_to_totals
from coins_cli.model.wallets import Wallet
from coins_cli.store.journal import (
    BadLine,
    Header,
    Line,
    Position,
    Written,
    decode_header,
    decode_line,
)
from coins_cli.store.key_index import keys_of_line


class Located(Struct, frozen=True, gc=False):
    """A wallet, and the line that last touched it."""

    wallet: Wallet
    line: Position


class Scan:
    """What the lines of a segment come to, as far as it was read.

    `end` is the byte after the checked lines. `problem` says in words why the bytes from there on
    are not lines, `None` when there are none; `torn` whether they may be what an interrupted write
    left, which nobody was told of. `newline_missing`: the last line is whole but for its newline.
    `wallets` are those that the lines touch, each as the last of them left it, `keys` where
    each key leads, `heads` the hashes of the lines in their order, and `at` is the newest time.
    """

    def __init__(self, header: Header, end: int) -> None:
        self.header = header
        self.end = end
        self.problem: str | None = None
        self.torn = False
        self.newline_missing = False
        self.heads: list[str] = []
        self.wallets: dict[str, Located] = {}
        self.keys: dict[str, Position] = {}
        self.at: datetime | None = header.at
        self.wallet_count = header.wallets
        self._totals = dict(header.totals)
        self._not_added: list[tuple[Posting, ...]] = []

    @property
    def next_seq(self) -> int:
        """The number that the line after the checked ones has, or would have."""
        return self.header.first + len(self.heads)

    @property
    def head(self) -> str:
        """The hash of the newest checked line, or of the one before the segment."""
        return self.heads[-1] if self.heads else self.header.prev

    @property
    def totals(self) -> Totals:
        """The balances of the platform's accounts. Raises `TooLarge`."""
        while self._not_added:
            add_to_totals(self._totals, self._not_added[-1])
            self._not_added.pop()
        return self._totals

    def take(self, written: Written) -> None:
        """Go on with the line that comes next."""
        line, position = written.line, written.position
        self.heads.append(written.head)
        self.at = line.at
        for wallet in line.wallets:
            self.wallets[wallet.user] = Located(wallet, position)
        for key in keys_of_line(line):
            self.keys[key] = position
        if isinstance(line.request, Open):
            self.wallet_count += 1
        self._not_added.append(line.postings)


def scan(data: bytes) -> Scan:
    """Read a segment line by line. Raises `BadLine` when not even its header can be read."""
    return take_lines(data, begin(data))


def take_lines(data: bytes, segment: Scan) -> Scan:
    """The `segment`, of which only the header was read, with all its lines."""
    for written in read_lines(data, segment):
        segment.take(written)
    return segment


def begin(data: bytes) -> Scan:
    """A segment of which nothing is read but the header. Raises `BadLine`."""
    header_end = data.find(b"\n")
    if header_end < 0:
        raise BadLine("the segment has no header")
    header, _ = decode_header(data[:header_end])
    return Scan(header, header_end + 1)


def rest_of(segment: Scan, read: Sequence[Written]) -> Scan:
    """What comes after the lines that were `read` of a segment, as if it began there."""
    header = segment.header
    if read:
        header = replace(header, first=read[-1].line.seq + 1, prev=read[-1].head)
    return Scan(header, segment.end)


def read_lines(data: bytes, result: Scan, *, start: int = 0) -> Iterator[Written]:
    """The lines of a segment, group after group; in the end `result` knows what is wrong with it.

    `data` is the segment from its byte `start` on. Lines of a group that is not whole are left out:
    none of it was ever acknowledged. What the others come to is for `Scan.take`, or for whoever
    else wants them.
    """
    seq, prev = result.header.first, result.header.prev
    group: list[Written] = []
    while result.end - start < len(data) and result.problem is None:
        try:
            written, stop, is_whole = _read_line(data, start, result, seq, prev)
        except BadLine as error:
            result.problem = str(error)
            result.torn = _may_be_torn(data[result.end - start :], seq)
            break
        seq, prev = seq + 1, written.head
        result.newline_missing = not is_whole
        result.end = stop
        group.append(written)
        if written.line.group is None or written.line.group[0] == written.line.group[1]:
            yield from group
            group.clear()
    if group and (result.torn or result.problem is None):
        _take_back_unfinished_group(result, group)
    yield from group


def _read_line(
    data: bytes, start: int, result: Scan, seq: int, prev: str
) -> tuple[Written, int, bool]:
    """The line at `result.end`, the byte after it, and whether it has its newline."""
    begin = result.end - start
    newline = data.find(b"\n", begin)
    # Zeros at the very end are what a newline came to that was being added to a whole line.
    stop = newline if newline >= 0 else begin + len(data[begin:].rstrip(b"\0"))
    line, head = decode_line(data[begin:stop])
    if line.seq != seq or line.prev != prev:
        raise BadLine(f"it does not follow transaction {seq - 1}")
    written = Written(line, Position(seq, result.header.first, result.end), head)
    return written, start + (stop if newline < 0 else stop + 1), newline >= 0


def _may_be_torn(rest: bytes, seq: int) -> bool:
    """Whether `rest`, from line `seq` on, may be an interrupted write that nobody was told of.

    It must be incomplete or have a zeroed part, and no line of a later group may follow: that one
    would prove that this one had been made durable. Lines of its own group were the same write.
    """
    first, newline, following = rest.partition(b"\n")
    if newline and b"\0" not in first:
        return False
    return all(_first_of_group(line) <= seq for line in _whole_lines(following))


def _first_of_group(line: Line) -> int:
    return line.seq if line.group is None else line.seq - line.group[0] + 1


def _whole_lines(data: bytes) -> Iterator[Line]:
    for raw in data.split(b"\n"):
        try:
            yield decode_line(raw)[0]
        except BadLine:
            continue


def _take_back_unfinished_group(result: Scan, unfinished: list[Written]) -> None:
    """Treat the lines of a group that is not whole as torn: none of it was ever acknowledged."""
    place, size = unfinished[-1].line.group or (0, 0)
    first = max(0, len(unfinished) - place)
    result.end = unfinished[first].position.offset
    del unfinished[first:]
    result.problem = f"a group of {size} transactions ends after {place}"
    result.torn = True
    result.newline_missing = False
