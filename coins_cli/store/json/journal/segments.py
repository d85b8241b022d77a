"""Reading a segment from its start, line by line, as every opening of a store does."""

from array import array
from collections.abc import Iterator, Sequence

from coins_cli.model.transactions import Entry
from coins_cli.store.json.journal.lines import (
    BadLine,
    Header,
    decode_header,
    decode_line,
    decode_unchained,
    ends_write,
)


class Segment:
    """The part of a segment that was read.

    `hashed` is the hash that the next line continues, and `end` the byte after the checked lines.
    `problem` is the reason in words why the bytes from there on are not lines, `None` if there are
    no such bytes; `torn` is true if they may come from an interrupted write, which was never
    acknowledged. `newline_missing` is true if the last line lacks only its newline. `offsets` are
    the starts of the lines that were read.
    """

    def __init__(self, header: Header, hashed: str, end: int) -> None:
        self.header = header
        self.hashed = hashed
        self.end = end
        self.next_seq = header.first
        self.offsets = array("Q")
        self.problem: str | None = None
        self.torn = False
        self.newline_missing = False

    @property
    def head(self) -> str:
        """The hash of the newest transaction, in this segment or before it."""
        return self.hashed if self.next_seq > self.header.first else self.header.prev

    def rest(self, after: Sequence[Entry] = ()) -> "Segment":
        """The unread rest of the segment, after the last line or the last one in `after`."""
        rest = Segment(self.header, self.hashed, self.end)
        rest.next_seq = self.next_seq
        if after:
            rest.next_seq, rest.hashed = after[-1].seq + 1, after[-1].head
        return rest

    def take_back(self, unfinished: list[Entry], hashed: str, why: str) -> None:
        """Treat the last lines, of an `unfinished` write after the hash `hashed`, as torn.

        None of them was ever acknowledged; afterwards `unfinished` is empty.
        """
        count = len(unfinished)
        unfinished.clear()
        self.end = self.offsets[-count]
        self.next_seq -= count
        self.hashed = hashed
        del self.offsets[-count:]
        self.problem = why
        self.torn = True
        self.newline_missing = False


def begin(data: bytes) -> Segment:
    """Read the header of a segment. Raises `BadLine`."""
    header_end = data.find(b"\n")
    if header_end < 0:
        raise BadLine("the segment has no header")
    header, head = decode_header(data[:header_end])
    return Segment(header, head, header_end + 1)


def read_lines(data: bytes, segment: Segment, *, start: int = 0) -> Iterator[Entry]:
    """Yield the entries of a segment, checked, and then set its `problem` and `torn`.

    `data` is the segment from its byte `start` on. Lines of an unfinished write are left out: none
    of them was ever acknowledged.
    """
    pending: list[Entry] = []
    hashed = segment.hashed
    while segment.end - start < len(data):
        try:
            entry = _read_line(data, start, segment)
            pending.append(entry)
            lines = entry.transaction.lines
            if not lines:
                continue
            if lines != len(pending):
                raise BadLine("a part of its write is missing")
        except BadLine as error:
            segment.problem = str(error)
            segment.torn = _may_be_torn(data[segment.end - start :], segment)
            break
        yield from pending
        pending.clear()
        hashed = segment.hashed
    if pending and (segment.torn or segment.problem is None):
        count = len(pending)
        segment.take_back(pending, hashed, f"a write ends after {count} of its transactions")
    yield from pending


def _read_line(data: bytes, start: int, segment: Segment) -> Entry:
    """Read the line at `segment.end`, and move that behind the line. Raises `BadLine`."""
    offset, header, seq = segment.end, segment.header, segment.next_seq
    newline = data.find(b"\n", offset - start)
    # A power failure can turn the newline that completes the last line into zeros.
    stop = newline if newline >= 0 else len(data.rstrip(b"\0"))
    raw = data[offset - start : stop]
    transaction, head = decode_line(raw, segment.hashed, header.format)
    if transaction.seq != seq:
        raise BadLine(f"transaction {seq} was due")
    segment.offsets.append(offset)
    segment.newline_missing = newline < 0
    segment.end = start + (stop if newline < 0 else stop + 1)
    segment.next_seq = seq + 1
    segment.hashed = head
    return Entry(transaction, head, header.catalog)


def _may_be_torn(rest: bytes, segment: Segment) -> bool:
    """True if `rest`, from the next line on, may come from an interrupted write.

    It must be incomplete or have a zeroed part, and no line of a later write may follow: that would
    prove that this write had been made durable.
    """
    first, newline, following = rest.partition(b"\n")
    if newline and b"\0" not in first:
        return False
    is_write_over = ends_write(first)
    for raw in following.split(b"\n"):
        try:
            transaction, _ = decode_unchained(raw, segment.header.format)
        except BadLine:
            is_write_over = is_write_over or ends_write(raw)
            continue
        first_of_write = transaction.seq - transaction.lines + 1
        if is_write_over or (transaction.lines and first_of_write > segment.next_seq):
            return False
        is_write_over = bool(transaction.lines)
    return True
