"""Whatever is typed, or stands in a file, ends in an answer or a refusal in words.

Each fuzzer feeds the real entry point, in process, with as many inputs as are written here, the
same ones in each run. No exception comes out, exit codes are those that are documented, nothing
that a terminal would obey is printed, and no file comes into being outside the store. A failing
input is in the message.
"""

import hashlib
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coins_cli.cli import json_lines, main, session
from coins_cli.cli.exit_codes import CONFLICT, DONE, NOT_FOUND, REFUSED, STORE, USAGE
from coins_cli.errors import CoinsError
from coins_cli.files.catalogs import default_catalog_text
from coins_cli.opening import open_bank
from coins_cli.store.json.journal.lines import END, HASH_MARK, TRAILER_BYTES
from tests.cli.runner import Ran, coins
from tests.store.economies import RULES

from .damage import NEXT, Files, disk_of, history, store_on
from .economy import moment

COMMANDS_OF_A_KIND = 500
CATALOGS = 400
BATCHES = 350
STORES = 1_000
STORES_ON_A_REAL_DISK = 50
SECONDS_FOR_ONE_MAX = 5.0
"""How long one input may take; reached only by what hangs."""
CODES = {DONE, USAGE, NOT_FOUND, REFUSED, CONFLICT, STORE}
OBEYED_BY_TERMINALS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

NASTY = [
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x9b31m",
    "\x00",
    "\r",
    "\b\b\b",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\udcff",
    "\ud800",
    "\U0010ffff",
    "\u0301" * 40,
    "💃",
    "ﬀ",
    "İ",
    "Ⅷ",
    "٣",
    "../../etc/passwd",
    "..",
    "/",
    "/tmp/x",
    "\\",
    "~",
    "$HOME",
    "`id`",
    "%s%n",
    "{0}",
    "[bold]",
    "[/]",
    "'",
    '"',
    "\n",
    "\t",
    "con",
    "nul.txt",
    "world",
    "platform",
    "platform/issued",
    "alice",
    "bob",
    "panda",
    "bob@example.com",
    "x" * 300,
    "9" * 5000,
    "-",
    "--",
    "-1",
    "+5",
    "1e9",
    "1_000",
    "1,000",
    "0x10",
    "0",
    "00012",
    "5",
    "500",
    "1.29",
    "1.2.3",
    ".5",
    "5.",
    "nan",
    "inf",
    "9007199254740991",
    "9007199254740992",
    "-0",
    " ",
    "",
]
COMMANDS: dict[str, list[list[str]]] = {
    "handles": [
        ["wallet", "create", "?"],
        ["wallet", "show", "?"],
        ["balance", "?"],
        ["history", "?"],
        ["top", "?"],
        ["recharge", "?", "100"],
        ["gift", "?", "bob", "panda"],
        ["gift", "alice", "?", "panda"],
        ["live", "start", "?"],
        ["live", "end", "?"],
        ["cashout", "?", "--paypal", "bob@example.com", "--yes"],
    ],
    "texts": [
        ["gift", "alice", "bob", "?"],
        ["gift", "alice", "bob", "panda", "--message", "?"],
        ["gift", "alice", "bob", "panda", "--comment", "?"],
        ["gift", "alice", "bob", "panda", "--key", "?"],
        ["wallet", "create", "carol", "--name", "?", "--dry-run"],
        ["wallet", "create", "carol", "--name", "?"],
        ["recharge", "alice", "?"],
        ["promote", "alice", "?", "--days", "1", "--dry-run"],
        ["promote", "alice", "v", "--days", "1", "--audience", "?", "--interests", "?"],
        ["promote", "alice", "v", "--days", "1", "--audience", "custom", "--interests", "?"],
        ["cashout", "bob", "--paypal", "?", "--yes"],
        ["quote", "gift", "?"],
        ["--color", "?", "balance", "alice"],
        ["?"],
        ["wallet", "?"],
        ["balance", "alice", "?"],
        ["history", "alice"],
        ["top", "bob"],
    ],
    "amounts and dollars": [
        ["recharge", "alice", "100", "--quantity", "?", "--dry-run"],
        ["recharge", "alice", "100", "--quantity", "?"],
        ["gift", "alice", "bob", "panda", "--quantity", "?"],
        ["promote", "alice", "v", "--days", "?", "--coins", "?"],
        ["promote", "alice", "v", "--days", "1", "--usd", "?", "--dry-run"],
        ["promote", "alice", "v", "--days", "1", "--views", "?"],
        ["cashout", "bob", "--paypal", "b@example.com", "--coins", "?", "--yes"],
        ["quote", "coins", "?"],
        ["quote", "usd", "?"],
        ["quote", "gift", "panda", "--quantity", "?"],
        ["history", "alice", "--limit", "?"],
    ],
    "receipts": [
        ["verify", "--receipt", "?"],
        ["verify", "--receipt", "?:?"],
        ["verify", "--receipt", "1:?"],
        ["verify", "--receipt", "?:" + "0" * 64],
    ],
}


@pytest.fixture
def playground(tmp_path, monkeypatch):
    """A store with alice and bob, and a current folder beside it; everything else is empty."""
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "store"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    bank = open_bank(tmp_path / "store")
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 10_000)
    return tmp_path


@pytest.fixture
def report(tried):
    """Tells how much was tried, and how it ended: in each of the ways that must come at least."""

    def told(what: str, counts: Counter, *must_come: object) -> None:
        assert min(counts[name] for name in must_come) > 0, counts
        codes = ", ".join(f"{count:,} × {code}" for code, count in sorted(counts.items()))
        tried(f"inputs, {what}", counts.total(), f"ended with {codes}")

    return told


def nasty_text(rng: random.Random) -> str:
    """A text of one to four parts that are trouble, or of any characters there are."""
    if rng.random() < 1 / 5:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randint(1, 12)))
    if rng.random() < 1 / 5:
        return "".join(rng.choice("0123456789.,-+e _") for _ in range(rng.randint(1, 25)))
    return "".join(rng.choice(NASTY) for _ in range(rng.choice([1, 1, 1, 2, 3, 4])))


def outside_the_store(folder: Path) -> list[str]:
    found = []
    for place, folders, files in os.walk(folder):
        if Path(place) == folder:
            folders.remove("store")
        found += [os.path.join(place, name) for name in [*folders, *files]]
    return sorted(found)


def check(*args: str, stdin: bytes = b"") -> Ran:
    """Run a command; it ends in time, with a documented code, and prints nothing to be obeyed."""
    started = time.monotonic()
    try:
        ran = coins(*args, stdin=stdin)
    except BaseException as error:
        raise AssertionError(f"{args!r} raised {error!r}{_sent(stdin)}") from error
    assert time.monotonic() - started < SECONDS_FOR_ONE_MAX, f"{args!r} took too long"
    assert ran.code in CODES, f"{args!r} ended with {ran.code}{_sent(stdin)}"
    for stream in (ran.out, ran.err):
        strange = OBEYED_BY_TERMINALS.search(stream)
        assert strange is None, f"{args!r} printed {strange[0]!r} in {stream[:500]!r}"
        assert "Traceback" not in stream
    assert ran.code == DONE or ran.err, f"{args!r} failed without a word"
    return ran


def _sent(stdin: bytes) -> str:
    return f" after {stdin!r}" if stdin else ""


def strange_arguments(kind: str, rng: random.Random) -> list[str]:
    args = [re.sub(r"\?", lambda _: nasty_text(rng), word) for word in rng.choice(COMMANDS[kind])]
    if kind == "receipts" and rng.random() < 1 / 2:
        args[-1] = _mutated(b"3:" + b"0a" * 32, rng).decode("utf-8", "surrogateescape")
    return [*args, *rng.choice([[], ["--json"], ["--quiet"]])]


def feed(kind: str, rng: random.Random) -> Counter:
    """Run strange commands; how often each exit code came out."""
    numbers = range(COMMANDS_OF_A_KIND)
    return Counter(check(*strange_arguments(kind, rng)).code for _ in numbers)


@pytest.mark.parametrize("kind", COMMANDS)
def test_nothing_that_is_typed_is_too_strange_for_an_answer(kind, playground, report):
    rng = random.Random(kind)
    before, counts = outside_the_store(playground), Counter()
    for _ in range(COMMANDS_OF_A_KIND):
        args = strange_arguments(kind, rng)
        counts[check(*args).code] += 1
        assert outside_the_store(playground) == before, f"{args!r} left something"
    assert check("verify").code == DONE
    report(kind, counts, USAGE)


def test_a_command_line_that_shows_texts_as_they_are_is_caught(playground, monkeypatch):
    monkeypatch.setattr(session, "escape_control", lambda text: text)
    rng = random.Random("shown")
    with pytest.raises(AssertionError, match="printed"):
        feed("texts", rng)


def test_a_command_line_that_fails_with_an_exception_is_caught(playground, monkeypatch):
    monkeypatch.setattr(main, "CoinsError", NotImplementedError)
    rng = random.Random("raised")
    with pytest.raises(AssertionError, match="raised"):
        feed("handles", rng)


def _mutated(data: bytes, rng: random.Random) -> bytes:
    """`data`, with one to three changes."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        data = _changed_once(data, rng)
    return data


def _changed_once(data: bytes, rng: random.Random) -> bytes:
    """A bit or byte changed, or a part left out, doubled, or replaced by trouble."""
    at = rng.randrange(len(data) + 1)
    end = min(len(data), at + rng.choice([1, 1, 2, 5, 40]))
    part = data[at:end]
    instead = [
        b"",
        bytes([rng.randrange(256)]),
        bytes([part[0] ^ 1 << rng.randrange(8)]) + part[1:] if part else b"\0",
        part * rng.choice([2, 3, 50]),
        nasty_text(rng).encode("utf-8", "surrogatepass"),
        rng.choice(JSON_TROUBLE),
    ]
    return data[:at] + rng.choice(instead) + data[end:]


JSON_TROUBLE = [
    b"-1",
    b"0",
    b"1.5",
    b"1e400",
    b"9" * 400,
    b"9007199254740993",
    b"9223372036854775808",
    b"null",
    b"true",
    b'"\\ud800"',
    b'"\\u001b[31m"',
    b'"\\u0000"',
    b'"' + b"x" * 1000 + b'"',
    b"[" * 2000,
    b"{}",
    b"[]",
    b'"0001-01-01T00:00:00Z"',
    b'"9999-12-31T23:59:59-23:59"',
    b'"2026-01-05T09:00:00"',
    b'"../../x"',
]
TOML_TROUBLE = ["-1", "0", "1.5", "1e400", "nan", "9" * 400, "true", '"x"', "[]", "{}", "1.999"]


def test_no_catalog_is_too_strange_for_an_answer(playground, report):
    rng = random.Random("catalogs")
    file = playground / "here" / "catalog.toml"
    file.touch()
    before, counts = outside_the_store(playground), Counter()
    default = default_catalog_text()
    for number in range(CATALOGS):
        file.write_bytes(_mutated_catalog(default, rng))
        args = CATALOG_USES[number % len(CATALOG_USES)]
        counts[check("--catalog", str(file), *args).code] += 1
        assert outside_the_store(playground) == before
    assert check("verify").code == DONE
    report("catalogs", counts, DONE, USAGE)


CATALOG_USES = [
    ["catalog", "check"],
    ["catalog", "packs"],
    ["catalog", "gifts", "--json"],
    ["catalog", "promotions"],
    ["quote", "coins", "10000"],
    ["quote", "usd", "20"],
    ["gift", "alice", "bob", "panda", "--dry-run"],
    ["recharge", "alice", "100", "--dry-run"],
    ["promote", "alice", "v", "--days", "2", "--dry-run"],
]


def _mutated_catalog(data: bytes, rng: random.Random) -> bytes:
    """A catalog with other values, which may well be TOML, or with other bytes."""
    if rng.random() < 1 / 4:
        return _mutated(data, rng)
    lines = data.decode().splitlines()
    values = [at for at, line in enumerate(lines) if re.match(r"[a-z_]+ = ", line)]
    for at in rng.sample(values, rng.choice([1, 1, 2, 4])):
        name = lines[at].partition(" = ")[0]
        lines[at] = f"{name} = {rng.choice(TOML_TROUBLE)}"
        if rng.random() < 1 / 3:
            lines[at] = f"{name} = {json.dumps(nasty_text(rng))}"
    return "\n".join(lines).encode("utf-8", "surrogatepass")


# -- what is sent as lines ------------------------------------------------------------------------

LINES = [
    {"op": "open", "user": "carol", "name": "Carol"},
    {"op": "recharge", "user": "alice", "pack": 500, "quantity": 1, "key": "k"},
    {"op": "gift", "from": "alice", "to": "bob", "gift": "panda", "quantity": 2, "venue": None},
    {"op": "gift", "from": "alice", "to": "bob", "gift": "panda", "video": "v", "message": "m"},
    {"op": "promote", "user": "alice", "video": "v", "days": 1, "usd": "5", "audience": "custom"},
    {"op": "promote", "user": "alice", "video": "v", "days": 1, "coins": 500, "interests": "cats"},
    {"op": "promote", "user": "alice", "video": "v", "days": 1, "views": 1000, "audience": "auto"},
    {"op": "cashout", "user": "bob", "paypal": "bob@example.com", "coins": 10_000},
    {"op": "live_start", "user": "bob"},
    {"op": "live_end", "user": "bob", "key": "l"},
]
GOOD_LINE = b'{"op":"recharge","user":"alice","pack":"100"}'


def strange_line(rng: random.Random) -> bytes:
    """A request with trouble in the place of a value, a name or any bytes; or just a request."""
    fields = dict(rng.choice(LINES))
    if rng.random() < 1 / 3:
        fields[rng.choice([*fields, nasty_text(rng)])] = nasty_text(rng)
    line = json.dumps(fields, ensure_ascii=rng.random() < 1 / 2).encode("utf-8", "surrogatepass")
    values = list(re.finditer(rb': ("(?:[^"\\]|\\.)*"|\d+|null)', line))
    if rng.random() < 1 / 3:
        value = rng.choice(values)
        line = line[: value.start(1)] + rng.choice(JSON_TROUBLE) + line[value.end(1) :]
    return _mutated(line, rng) if rng.random() < 1 / 3 else line


def check_batch(rng: random.Random) -> Ran:
    """Send strange lines between good ones: each has its answer, and the good ones are done."""
    lines = [GOOD_LINE, *(strange_line(rng) for _ in range(rng.randint(1, 6))), GOOD_LINE]
    stdin = rng.choice([b"\n", b"\n", b"\r\n", b"\n\n"]).join(lines) + rng.choice([b"", b"\n"])
    ran = check("batch", *rng.choice([[], [], [], ["--dry-run"]]), stdin=stdin)
    answers = [json.loads(line) for line in ran.out.splitlines()]
    sent = [number for number, raw in enumerate(stdin.split(b"\n"), 1) if raw.strip()]
    assert [answer["line"] for answer in answers] == sent, stdin
    assert "error" not in answers[0], stdin
    assert "error" not in answers[-1], stdin
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert all(error["exit"] in CODES - {DONE, STORE} and error["message"] for error in errors)
    assert ran.code == (REFUSED if errors else DONE), stdin
    return ran


def strange_batches(rng: random.Random) -> Iterator[Ran]:
    for _ in range(BATCHES):
        yield check_batch(rng)


def test_no_line_is_too_strange_for_an_answer_of_its_own(playground, report):
    rng = random.Random("lines")
    before, counts = outside_the_store(playground), Counter()
    for ran in strange_batches(rng):
        answers = ran.out.splitlines()
        counts["refused"] += sum('"error":{' in answer for answer in answers)
        counts["done"] += sum('"error":{' not in answer for answer in answers)
        assert outside_the_store(playground) == before
    assert check("verify").code == DONE
    report("lines of batches", counts, "done", "refused")


def test_a_batch_that_fails_with_an_exception_is_caught(playground, monkeypatch):
    monkeypatch.setattr(json_lines, "RecursionError", NotImplementedError, raising=False)
    rng = random.Random("lines")
    with pytest.raises(AssertionError, match="raised RecursionError"):
        list(strange_batches(rng))


# -- what stands in the store ---------------------------------------------------------------------


def rechained(lines: list[bytes], place: int) -> list[bytes]:
    """A segment's lines, newlines excluded, of which those from `place` on end with a right hash.

    Each is over the hash before it and whatever the line says now; a header says what that is.
    """
    found = lines[:place]
    for line in lines[place:]:
        body = line[:-TRAILER_BYTES]
        said = re.search(rb'"prev":"([0-9a-f]*)"', body)
        before = found[-1][-len(END) - 64 : -len(END)] if found else said[1] if said else b""
        head = hashlib.sha256(before + body).hexdigest().encode()
        found.append(body + HASH_MARK + head + END)
    return found


def strange_store(rng: random.Random) -> tuple[Files, str]:
    """The files of a store of which one line was changed, mostly with its hash made right."""
    files = dict(history(is_long=False).now.files)
    name = rng.choice([name for name in sorted(files) if name != "lock"])
    if rng.random() < 1 / 2:
        name = history(is_long=False).newest
    if not name.startswith("journal/"):
        files[name] = _mutated(files[name], rng)
        return files, f"{name} is {files[name]!r}"
    lines = files[name].splitlines()
    place = rng.randrange(len(lines))
    if rng.random() < 1 / 8:
        lines[place] = _mutated(lines[place], rng)
    else:
        lines[place] = _changed(lines[place], rng)
        lines = rechained(lines, place)
    files[name] = b"".join(line + b"\n" for line in lines)
    if rng.random() < 3 / 4:
        del files["head.json"]
    return files, f"{name} has {lines[place]!r}"


def _changed(line: bytes, rng: random.Random) -> bytes:
    """Another value in the place of one, so that it is still JSON; or other bytes."""
    body = line[:-TRAILER_BYTES]
    values = list(re.finditer(rb'"(?:[^"\\]|\\.)*"|-?\d+|null|\[[^\[\]]*\]|\{[^{}]*\}', body))
    if rng.random() < 1 / 4 or not values:
        return _mutated(body, rng) + b"0" * TRAILER_BYTES
    value = rng.choice(values)
    return (
        body[: value.start()]
        + rng.choice([*JSON_TROUBLE, rng.choice(values)[0]])
        + body[value.end() :]
        + b"0" * TRAILER_BYTES
    )


def test_a_recomputed_hash_is_that_of_the_store():
    lines = history(is_long=False).journal.splitlines()
    assert rechained(lines, 0) == lines


def test_no_journal_is_too_strange_for_a_refusal(report):
    rng = random.Random("journals")
    counts: Counter = Counter()
    for _ in range(STORES):
        files, words = strange_store(rng)
        for act in ACTS:
            disk = disk_of(files)
            try:
                act(store_on(disk))
                counts[f"{act.__name__.strip('_')} answered"] += 1
            except CoinsError:
                counts[f"{act.__name__.strip('_')} refused"] += 1
            except BaseException as error:
                raise AssertionError(f"{act.__name__} raised {error!r}: {words}") from error
    endings = [
        f"{act.__name__.strip('_')} {how}" for act in ACTS for how in ("answered", "refused")
    ]
    assert counts.total() == STORES * len(ACTS)
    report("stores", counts, *endings)


def _reading(store) -> None:
    with store.reading() as view:
        told: list[Callable[[], object]] = [lambda: view.totals, lambda: list(view.entries())]
        for user in view.users():
            told.append(lambda user=user: view.wallet(user))
            told.append(lambda user=user: list(view.history(user)))
        for tell in told:
            try:
                tell()
            except CoinsError:
                continue


def _verify(store) -> None:
    store.audit()


def _recharge(store) -> None:
    store.commit(NEXT, RULES, moment(200))


def _repair(store) -> None:
    store.repair()


ACTS = [_reading, _verify, _recharge, _repair]


def test_no_store_on_a_real_disk_is_too_strange_for_the_command_line(playground, report):
    rng = random.Random("real")
    before, counts = outside_the_store(playground), Counter()
    folder = playground / "store"
    known = history(is_long=False).now.files
    (folder / "quarantine").mkdir()
    for _ in range(STORES_ON_A_REAL_DISK):
        files, words = strange_store(rng)
        for path in [path for path in folder.rglob("*") if path.is_file()]:
            if str(path.relative_to(folder)) not in files:
                path.unlink()
        for name, data in files.items():
            (folder / name).unlink(missing_ok=True)
            (folder / name).write_bytes(data)
        for args in (
            ["balance", "alice"],
            ["history", "bob"],
            ["verify"],
            ["recharge", "alice", "100"],
        ):
            try:
                counts[check(*args).code] += 1
            except AssertionError as error:
                raise AssertionError(f"{error}: {words}") from error
        assert outside_the_store(playground) == before, words
        assert {path.name for path in folder.iterdir()} <= {*KNOWN, *known}, words
    report("stores on a real disk", counts, DONE, STORE)


KNOWN = {"journal", "wallets", "keys", "places", "quarantine", "lock", "head.json", "store.json"}
