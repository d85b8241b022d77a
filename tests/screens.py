"""What every command shows on a terminal of 120, 80, 60 and 40 columns: files to be looked at.

`python -m tests.screens` writes them into tests/cli/screens/, one for each command, and says which
of them have changed; with `--check` it only says so. Look at what has changed before it is kept.
"""

import atexit
import io
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest import mock

from coins_cli.cli.main import run
from coins_cli.cli.session import Environment
from coins_cli.store.json.care import doctor
from coins_cli.store.json.care.doctor import bad, good
from tests.generated import commands

FOLDER = Path(__file__).parent / "cli" / "screens"
WIDTHS = (120, 80, 60, 40)
STORE, STORE_ID = "class-7b", "00000000000000000000000000c01235"
EVENING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
AFTERWARDS = datetime(2026, 11, 24, 21, 18, tzinfo=UTC)
LONG_HANDLE, LONG_TITLE = (
    "long.handle_of_24_letter",
    "Songs for the last row, and for everybody else",
)
CATALOG = Path(__file__).parent.parent / "catalog.toml"

STORY = (
    "wallet create alice bob carol erin",
    'wallet create dora --name "Dora the Dancer"',
    f'wallet create {LONG_HANDLE} --name "Somebody whose name is rather long"',
    "recharge alice 10000 --key evening-1",
    "recharge carol 500",
    "recharge dora 2000",
    f"recharge {LONG_HANDLE} 10000",
    'gift alice bob panda --quantity 3 --comment dance.mp4 --message "What a voice! Again, please"',
    f'live start bob --title "{LONG_TITLE}"',
    'gift carol bob "love bang" --quantity 2 --message "For the whole class"',
    'gift dora bob "rainbow puke"',
    f'gift {LONG_HANDLE} bob "drama queen" --quantity 2',
    "live end bob",
    "live start erin",
    "gift alice erin concert",
    "promote alice dance.mp4 --days 3",
    "promote dora a-video-with-quite-a-long-name-2026.mp4 --days 2 --coins 1000",
    "cashout bob --paypal bob@example.com --coins 5000 --pending",
    "recharge carol 100",
    'reverse 19 --reason "meant for dora"',
)
"""What happened before each of the screens."""

SCREENS: dict[str, tuple[str, ...]] = {
    "": (),
    "recharge": (
        "recharge alice 500",
        "recharge alice 100 --quantity 3 --dry-run",
        "recharge alice 300",
    ),
    "gift": (
        'gift alice bob "drama queen" --comment dance.mp4 --message "What a voice! Again, please"',
        "gift alice erin panda",
        "gift carol bob concert --quantity 9",
        "gift alice bobb panda",
    ),
    "promote": ("promote alice dance.mp4 --days 3", "promote alice dance.mp4 --days 3 --coins 10"),
    "cashout": ("cashout bob --paypal bob@example.com", "cashout erin --paypal erin@example.com"),
    "batch": ("batch requests.jsonl", "batch requests.jsonl --quiet"),
    "balance": ("balance alice", "balance bob", "balance nobody"),
    "history": ("history alice", "history bob --limit 3", f"history {LONG_HANDLE}"),
    "statement": ("statement alice", "statement bob", "statement --all --out statements"),
    "top": ("top bob", "top", "top erin --live", "top dora"),
    "page": ("page bob", "page erin", "page alice"),
    "report": ("report", "report --trace given"),
    "export": ("export --user carol", "export --out evening.csv"),
    "quote": (),
    "quote coins": ("quote coins 10000", "quote coins 750"),
    "quote gift": ('quote gift "drama queen"',),
    "quote usd": ("quote usd 20",),
    "quote promotion": ("quote promotion --days 3",),
    "wallet": (),
    "wallet create": ("wallet create frank gina", "wallet create alice", "wallet create Frank!"),
    "wallet list": ("wallet list",),
    "wallet show": (f"wallet show {LONG_HANDLE}",),
    "live": (),
    "live start": ('live start carol --title "Good evening"', "live start erin"),
    "live end": ("live end erin", "live end bob"),
    "live list": ("live list", "live list alice"),
    "live show": ("live show bob", "live show erin", "live show alice"),
    "live watch": ("live watch bob --since 1", "live watch alice"),
    "payout": (),
    "payout list": ("payout list", "payout list --status settled"),
    "payout show": ("payout show 21",),
    "payout settle": ("payout settle 21 --yes",),
    "payout return": (
        'payout return 18 --reason "no such account"',
        "payout return 1 --reason why",
    ),
    "promotion": (),
    "promotion list": ("promotion list",),
    "promotion show": ("promotion show 20",),
    "class": (),
    "class import": (
        "class import roster.csv --recharge 2000 --dry-run",
        "class import roster.csv",
        "class import wrong.csv",
    ),
    "class list": ("class list",),
    "clock": (),
    "clock show": ("clock show",),
    "clock set": ("clock set 2030-03-01T09:30 --stopped", "clock set 2001-01-01"),
    "clock advance": ("clock advance 1w2d",),
    "clock reset": ("clock reset",),
    "reverse": ("reverse 8 --reason mistake", 'reverse 15 --reason "meant for bob"'),
    "undo": ("undo --dry-run", "undo --user nobody"),
    "whatif": ("whatif --set gifting.creator_share=0.5", "whatif --set packs.50.usd=1"),
    "catalog": (),
    "catalog show": ("catalog show",),
    "catalog set": ("catalog set packs.500.usd=5.99", "catalog set packs.500.usd=5.999"),
    "catalog add": ('catalog add gift "Golden crown" 750', "catalog add pack 300 free"),
    "catalog remove": ("catalog remove pack 500", "catalog remove gift unicorn"),
    "catalog reset": ("catalog reset",),
    "catalog list": (),
    "catalog diff": ("catalog diff older-prices", "catalog diff"),
    "catalog history": ("catalog history",),
    "catalog packs": ("catalog packs",),
    "catalog gifts": ("catalog gifts",),
    "catalog promotions": ("catalog promotions",),
    "catalog check": ("catalog check", "catalog check no-prices.toml"),
    "catalog init": ("catalog init", "catalog init"),
    "receipt": ("receipt 18", "receipt 21", "receipt 5", "receipt 12:00000000"),
    "verify": (
        "verify",
        "verify --receipt 12:ca7810f8",
        "verify --receipt 12:00000000",
        "verify --receipt 12:3e60",
    ),
    "repair": ("repair",),
    "backup": ("backup class-7b.tar.gz", "backup roster.csv"),
    "restore": ("restore roster.csv --store again",),
    "share": ("share --stop", "share no-such-group"),
    "doctor": ("doctor",),
    "demo": ("demo",),
    "help": ("help keys", "help exit-codes", "help environment", "help kys"),
    "completion": ("completion tcsh",),
}
"""The lines whose screens are shown of each command, besides its help."""

FILES = {
    "requests.jsonl": '{"op": "recharge", "user": "alice", "pack": 100}\n'
    '{"op": "gift", "from": "alice", "to": "alice", "gift": "panda"}\n',
    "roster.csv": "handle,name,team\nmia,Mia M.,red\ndora,,\nben,Benjamin the Younger,blue\n",
    "wrong.csv": "handle,name\nmia!,Mia\nben\n",
    "no-prices.toml": '[packs.100]\ncoins = 100\nusd = "cheap"\n',
}

Screens = dict[str, dict[int, str]]
"""What lines of the command line show, by the width of the terminal."""


def screens_of(path: str) -> Screens:
    """The screens of a command's lines in `SCREENS`, and of its help."""
    lines = [*SCREENS[path], f"{path} --help".strip()]
    found: Screens = {line: {} for line in lines}
    for width in WIDTHS:
        with _class_room() as show:
            for line in lines:
                found[line][width] = show(line, width)
    return found


@contextmanager
def _class_room() -> Iterator[Callable[[str, int], str]]:
    """A folder of its own with the store after the story; gives what shows a line there."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder), _surroundings(folder):
        shutil.copytree(_evening(), STORE)
        for name, text in FILES.items():
            Path(name).write_text(text, encoding="utf-8")
        yield lambda line, width: _screen(line, AFTERWARDS, width)


@cache
def _evening() -> str:
    """The store after the story, made once."""
    folder = tempfile.mkdtemp(prefix="coins-screens-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with chdir(folder), _surroundings(folder):
        for number, line in enumerate(STORY):
            _screen(line, EVENING + timedelta(minutes=2 * number), None)
    return f"{folder}/{STORE}"


@contextmanager
def _surroundings(folder: str) -> Iterator[None]:
    """No settings of whoever runs this, and a computer that is the same everywhere."""
    settings = {"COINS_STORE": STORE, "HOME": folder, "XDG_DATA_HOME": folder, "TERM": "xterm"}
    dropped = ("COINS_CATALOG", "NO_COLOR", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    with (
        mock.patch.dict(os.environ, kept | settings, clear=True),
        mock.patch.object(doctor, "check_store", _checks),
        mock.patch("coins_cli.cli.commands.care.version", return_value="1.2.3"),
        mock.patch("platform.python_version", return_value="3.11.7"),
    ):
        yield


def _checks(path: str, **_: object) -> Iterator[doctor.Check]:
    yield good("store", f"{path}, of format 3")
    yield good("place", "your own, without links, and local")
    yield bad("space", "12 MB are free", "make room for 100 MB before the class begins")
    yield good("locks and syncs", "as promised, 1.8 ms a sync")


def _screen(line: str, begin: datetime, width: int | None) -> str:
    """What a command shows on a terminal: its results and messages, in the order of time."""
    looks = iter(range(1_000_000))
    environment = Environment(
        clock=lambda: begin + timedelta(seconds=next(looks)),
        new_id=lambda: STORE_ID,
        columns=width,
    )
    shown = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(shown), redirect_stderr(shown):
        code = run(shlex.split(line), environment)
    text = shown.buffer.getvalue().decode().replace("\r\n", "\n")  # type: ignore[attr-defined]
    if width is None and code:
        raise AssertionError(f"{line} ends with {code}:\n{text}")
    return text


def file_of(path: str) -> Path:
    """The file with the screens of a command."""
    return FOLDER / f"{path.replace(' ', '-') or 'coins'}.txt"


def text_of(found: Screens) -> str:
    """Screens as a file shows them; widths at which a line shows the same stand together."""
    parts = []
    for line, by_width in found.items():
        parts.append(f"$ coins {line}\n")
        for shown in dict.fromkeys(by_width.values()):
            widths = [str(width) for width in WIDTHS if by_width[width] == shown]
            heading = f"══ {', '.join(widths)} columns "
            parts.append(f"{heading}{'═' * (40 - len(heading))}\n{shown}")
        parts.append("\n")
    return "".join(parts).replace("\r\n", "\n").rstrip("\n") + "\n"


def written() -> dict[Path, str]:
    """The files as they should be."""
    return {file_of(path): text_of(screens_of(path)) for path, _ in commands()}


def main(*options: str) -> int:
    """Write the files that differ, or with --check none; returns 1 if there are such ones then."""
    files = written()
    there = {file: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.txt")}
    changed = {file for file in {*files, *there} if files.get(file) != there.get(file)}
    for file in sorted(changed):
        print(file.relative_to(FOLDER.parents[2]))
        if "--check" not in options and file in files:
            file.write_text(files[file], encoding="utf-8")
        elif "--check" not in options:
            file.unlink()
    return 1 if changed and "--check" in options else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
