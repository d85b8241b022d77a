"""The files of a store as a stranger reads and forges them, with `json` and `hashlib` alone.

Nothing here uses the code under test, so that both would have to be wrong in the same way.
"""

import hashlib
import json
import struct
from pathlib import Path
from typing import NamedTuple

MARK = b',"hash":"'


class Record(NamedTuple):
    """A line of a segment: what it says, the hash at its end, where it starts, and its bytes."""

    says: dict
    hash: str
    offset: int
    raw: bytes


def contents(folder):
    """Every file under `folder`, by its name."""
    folder = Path(folder)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def put_back(folder, files, names=None):
    """Make files what they were in `files`, and remove them where they were not there yet."""
    for name in files if names is None else names:
        path = Path(folder) / name
        path.unlink(missing_ok=True)
        if name in files:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(files[name])


def restore(folder, files):
    """Make `folder` a store's with exactly the `files`."""
    for name in ("journal", "wallets", "keys"):
        (Path(folder) / name).mkdir(parents=True, exist_ok=True)
    found = contents(folder)
    changed = {name for name in files if found.get(name) != files[name]}
    put_back(folder, files, changed | (found.keys() - files.keys()))


def segments(folder):
    """The journal's files, oldest first."""
    return sorted((Path(folder) / "journal").glob("*.jsonl"))


def records(path):
    """The lines of a segment, its header first."""
    offset, found = 0, []
    for raw in Path(path).read_bytes().splitlines(keepends=True):
        body, _, rest = raw.rpartition(MARK)
        found.append(Record(json.loads(body + b"}"), rest[:64].decode(), offset, raw))
        offset += len(raw)
    return found


def lines(folder):
    """All transactions of a journal, oldest first, without the headers."""
    return [record for path in segments(folder) for record in records(path)[1:]]


def hash_after(prev, raw):
    """The SHA-256 of a hash and a line's bytes up to where its own hash begins."""
    return hashlib.sha256(prev.encode() + raw[: raw.rindex(MARK)]).hexdigest()


def written(says, prev):
    """A line that says that after the hash `prev`, with the right hash at its end."""
    body = json.dumps(says, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
    return body + MARK + hashlib.sha256(prev.encode() + body).hexdigest().encode() + b'"}\n'


def genesis(store_id):
    """What stands for the newest hash in a store without transactions."""
    return hashlib.sha256(b"coins " + store_id.encode()).hexdigest()


def replace_file(path, data):
    """Write a file that may be read-only."""
    path = Path(path)
    path.chmod(0o600)
    path.write_bytes(data)


def forge(folder, change, *, rechain=True):
    """Let `change` edit what each record says, and make hashes, chain and `head.json` right again.

    With `rechain` false only the hashes of the records themselves are made right: each over the
    hash before it as it was.
    """
    hashed = newest = None
    for path in segments(folder):
        data = b""
        for record in records(path):
            says = json.loads(json.dumps(record.says))
            change(says)
            is_header = "seq" not in says
            if is_header and rechain and newest is not None:
                says["prev"] = newest
            before = says["prev"] if is_header else hashed
            is_same = says == record.says and hash_after(before, record.raw) == record.hash
            raw = record.raw if is_same else written(says, before)
            data += raw
            hashed = hash_after(before, raw) if rechain else record.hash
            newest = says["prev"] if is_header else hashed
        replace_file(path, data)
    if rechain:
        edit_json(Path(folder) / "head.json", head=newest)


def edit_json(path, *, careless=False, **changes):
    """Change fields of a JSON file, and its check of itself too, unless one is `careless`."""
    path = Path(path)
    says = {**json.loads(path.read_text()), **changes}
    check = says.pop("check", None)
    text = json.dumps(says)
    if check is not None:
        check = check if careless else hashlib.sha256(text[:-1].encode()).hexdigest()[:16]
        text = f'{text[:-1]},"check":"{check}"}}'
    path.write_text(text)


def index_entries(folder):
    """The entries of the key index, as pairs of a digest and a number."""
    found = []
    for path in sorted((Path(folder) / "keys").glob("*.run")):
        data = path.read_bytes()
        numbers = struct.unpack(f"<{len(data) // 8}Q", data)
        half = len(numbers) // 2
        found += zip(numbers[:half], numbers[half:], strict=True)
    return found


def write_index(folder, entries):
    """Make `entries` all that the key index has, in one run."""
    for path in (Path(folder) / "keys").glob("*.run"):
        path.unlink()
    ordered = sorted(entries)
    digests, seqs = [digest for digest, _ in ordered], [seq for _, seq in ordered]
    data = struct.pack(f"<{2 * len(ordered)}Q", *digests, *seqs)
    (Path(folder) / "keys" / "000000000001.run").write_bytes(data)


def digest_of(store_id, key):
    """The digest of a key in the index of the store of that id."""
    keyed = hashlib.blake2b(key.encode(), digest_size=8, key=store_id.encode())
    return int.from_bytes(keyed.digest(), "little")
