"""Rewriting a store as a careful stranger would: any line changed, and all that follows made right.

The one place of these tests that knows how a journal is written. What a test changes is the JSON of
a line; hashes, chain, places, headers, `head.json`, wallet files and the key index follow from it,
written with `json`, `struct` and `hashlib` alone.
"""

import hashlib
import json
import struct
from contextlib import suppress
from pathlib import Path

from tests.store.journals import (
    digest_of,
    genesis,
    hash_after,
    records,
    replace_file,
    segments,
    write_index,
    written,
)

STEP_BYTES = 192
FREE = frozenset({"at", "lines"})
"""Fields of a line, beside the words of its request, that no rule decides."""
BALANCES = ("coins", "earned", "held")


def transactions(folder):
    """What each line of the journal says, in order."""
    return [record.says for path in segments(folder) for record in records(path)[1:]]


def rewrite(folder, change, *, settle=False, header=lambda says: None):
    """Let `change(number, says)` edit what lines say in place, and make all else right again.

    `says` is the JSON of transaction `number`. With `settle` later wallets follow from the moves
    that were changed, so that the balances add up too. `header(says)` edits each segment's header.
    """
    folder = Path(folder)
    store = json.loads((folder / "store.json").read_bytes())["id"]
    state = _State(folder, store, settle=settle)
    paths, index = segments(folder), set()
    for path in paths:
        begun, *lines = records(path)
        keys = {}
        says = state.header(begun.says)
        header(says)
        raw = written(says, says["prev"])
        state.hashed = hash_after(says["prev"], raw)
        state.head = says["prev"]
        data, offsets = raw, []
        for line in lines:
            offsets.append(len(data))
            data += state.line(line, change, keys)
        replace_file(path, data)
        if path != paths[-1]:
            index |= {(digest_of(store, key), seq) for key, seq in keys.items()}
            state.places += [
                struct.pack("<2I", before, offset) for before, offset in enumerate(offsets)
            ]
            path.chmod(0o400)
    state.write_derived(index)


class _State:
    """What the lines so far come to."""

    def __init__(self, folder, store, *, settle):
        self.folder, self.settle = folder, settle
        self.head = self.hashed = genesis(store)
        self.number, self.places, self.wallets = 0, [], {}
        self.totals, self.at = {}, None

    def header(self, says):
        accounts = (*says["totals"], *self.totals)
        totals = {one: self.totals[one] for one in accounts if self.totals.get(one)}
        news = {"prev": self.head, "at": self.at, "wallets": len(self.wallets), "totals": totals}
        return {**says, **news}

    def line(self, record, change, keys):
        says = json.loads(json.dumps(record.says))
        self.number += 1
        change(self.number, says)
        if self.settle:
            # What nobody could settle stays as it is.
            with suppress(AttributeError, LookupError, TypeError, ValueError):
                self._settle(says)
        raw = written(says, self.hashed)
        self._take(says, keys)
        self.head = self.hashed = hash_after(self.hashed, raw)
        return raw

    def _settle(self, says):
        """Let after-images follow from what was held before and what is moved now."""
        for place, shown in enumerate(says["wallets"]):
            held = self.wallets.get(shown["user"], {})
            found = dict(shown)
            for kind in BALANCES:
                account = f"{shown['user']}/{kind}"
                moved = sum(
                    amount * ((to == account) - (of == account))
                    for of, to, amount in says.get("moves", [])
                )
                found[kind] = held.get(kind, 0) + moved
            order = ("user", *BALANCES, "live_since", "name", "last")
            names = [*order, *(name for name in found if name not in order)]
            says["wallets"][place] = {
                name: found[name]
                for name in names
                if name in found and (name not in BALANCES or found[name])
            }

    def _take(self, says, keys):
        self.at = says.get("at", self.at)
        for move in filter(_is_move, _list(says.get("moves"))):
            for account, amount in ((move[0], -move[2]), (move[1], move[2])):
                if account.startswith("platform/"):
                    self.totals[account] = self.totals.get(account, 0) + amount
        for shown in _list(says.get("wallets")):
            if isinstance(shown, dict) and isinstance(shown.get("user"), str):
                self.wallets[shown["user"]] = shown
                keys[f"wallet\n{shown['user']}"] = self.number
        request = says.get("request")
        if isinstance(request, dict):
            if isinstance(request.get("key"), str):
                keys[request["key"]] = self.number
            ended = request.get("payout", request.get("reverses"))
            if isinstance(ended, int):
                keys[f"ended\n{ended}"] = self.number

    def write_derived(self, index):
        head = json.loads((self.folder / "head.json").read_bytes())
        _write_checked(self.folder / "head.json", {**head, "head": self.head})
        (self.folder / "places").write_bytes(b"".join(self.places))
        for path in (self.folder / "wallets").iterdir():
            if path.stem not in self.wallets:
                path.unlink()
        for user, shown in self.wallets.items():
            if "/" in user or "\0" in user or not 0 < len(user) < 200:
                continue
            with suppress(UnicodeEncodeError):  # of a name that no file can have
                _write_checked(self.folder / "wallets" / f"{user}.json", shown)
        write_index(self.folder, index)


def _list(value):
    return value if isinstance(value, list) else []


def _is_move(move):
    return (
        isinstance(move, list)
        and len(move) == 3
        and isinstance(move[0], str)
        and isinstance(move[1], str)
        and isinstance(move[2], int)
    )


def _write_checked(path, says):
    says = {name: of for name, of in says.items() if name != "check"}
    body = json.dumps(says, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
    check = hashlib.sha256(body).hexdigest()[:16].encode()
    line = body + b',"check":"' + check + b'"}'
    path.write_bytes(line.ljust(-(-(len(line) + 1) // STEP_BYTES) * STEP_BYTES - 1) + b"\n")
