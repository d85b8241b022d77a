"""The story that shows the whole economy at work."""

import io
import os
import shlex
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from msgspec import Struct

from coins_cli.cli.bars import bar
from coins_cli.cli.session import Seams, Session
from coins_cli.cli.text import dollars, tell
from coins_cli.errors import FileInTheWay, OneAtMost
from coins_cli.model.catalog import Catalog
from coins_cli.model.receipts import SCHEMA
from coins_cli.views.flows import Flows

COLUMNS: Final = 80
STORE_ID: Final = "0" * 32
FIRST_MOMENT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CLAP: Final = '\n[gifts.clap]   # this class made it up\nname = "Clap"\ncoins = 1\n'
ANY_KEY: Final = "Press any key to go on."
KEYS_BYTES_MAX: Final = 1_024
"""What is read at once, so that a key which sends several bytes is one key."""
WHERE_EACH_DOLLAR_WENT: Final = "where each dollar went"


class Forgery(Struct, frozen=True):
    """What somebody changes in a file of the store behind the program's back."""

    file: str
    old: str
    new: str


class Step(Struct, frozen=True):
    """A part of the story: plain words, and the commands that do what they say."""

    words: str
    commands: tuple[str, ...] = ()
    forgery: Forgery | None = None


class Scene(Struct, frozen=True):
    """A command of the story as it went: what was typed, what came out, and the exit code."""

    command: str | None
    output: str
    exit: int


STORY: Final = (
    Step(
        "Coins are sold in packs. Look at the last column: a coin costs least in the smallest"
        " pack, and most in the largest. So many small packs beat one large pack.",
        ("catalog packs", "quote coins 10000"),
    ),
    Step(
        "Alice, Bob and Carol open wallets. Alice and Carol buy coins; those are dollars in.",
        ("wallet create alice bob carol", "recharge alice 10000", "recharge carol 5000"),
    ),
    Step(
        "Bob goes live. Alice sends him the dearest gift, and everyone watching sees it.",
        (
            "live start bob",
            'gift alice bob "drama queen" --message "What a voice!"',
            "live end bob",
        ),
    ),
    Step(
        "Bob is not live any more. Gifts still reach him, in the comments of a video.",
        ('gift carol bob "i\'m very rich" --quantity 4 --comment dance.mp4',),
    ),
    Step(
        "The more a viewer has given, the higher the viewer stands on Bob's page.",
        ("top bob",),
    ),
    Step(
        "Alice wants her own video to be seen. She buys a promotion, the smallest there is.",
        ("promote alice cat.mp4 --days 1 --usd 5",),
    ),
    Step(
        "This class made up a gift for one coin, the clap. Alice claps until Bob is one"
        " coin short of cashing out. He tries all the same.",
        ("gift alice bob clap --quantity 999", "cashout bob --paypal bob@example.com"),
    ),
    Step(
        "Carol claps once. Now Bob has earned 10,000 coins. They become diamonds, and the"
        " diamonds dollars.",
        ("gift carol bob clap", "cashout bob --paypal bob@example.com"),
    ),
    Step("So where did each dollar go?", (WHERE_EACH_DOLLAR_WENT,)),
    Step(
        "One night, somebody opens Carol's wallet file and types a few more nines. The"
        " journal remembers what she has, so the forgery is noticed.",
        ("balance carol", "verify"),
        Forgery("wallets/carol.json", '"coins":999,', '"coins":999999,'),
    ),
    Step("The file is put back as it was. Everything adds up again.", ("verify",)),
)


def demo(
    ctx: typer.Context,
    pause: Annotated[
        bool, typer.Option("--pause", help="Wait for a key between the steps.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Play an evening live instead, gift by gift.")
    ] = False,
) -> None:
    """Tell the whole story, in a store of its own.

    It comes out the same each time. The store is thrown away afterwards, unless --store says where
    to keep it.

    With --live it is an evening of twenty seconds, shown as coins live watch shows it; in a pipe it
    is told at once.

    Examples:
      coins demo
      coins demo | less
      coins demo --store shown-in-class
      coins demo --live

    """
    session: Session = ctx.obj
    if pause and live:
        raise OneAtMost(["--pause", "--live"])
    if live:
        from coins_cli.cli.commands.evening import play_evening

        session.words_if_interrupted = "Stopped."
        with _folder(session.settings.store) as folder:
            play_evening(session, folder, FIRST_MOMENT, STORE_ID)
        return
    _tell_story(session, _pause_of(session) if pause else lambda: None)


def _tell_story(session: Session, pause: Callable[[], None]) -> None:
    """Tell it step by step, with a `pause` between two of them."""
    told: list[dict[str, Any]] = []
    with _folder(session.settings.store) as folder:
        stage = Stage(folder, colored=session.has_color() and not session.settings.json)
        for number, step in enumerate(STORY, start=1):
            if told:
                pause()
            if not session.settings.json:
                session.say(_heading(number, step.words))
            scenes = []
            for scene in stage.play(step):
                scenes.append(scene)
                if not session.settings.json:
                    session.say(_as_on_a_screen(scene))
            told.append({"words": step.words, "commands": scenes})
    if session.settings.json:
        session.answer_json({"schema": SCHEMA, "steps": told})
    else:
        session.say("\nThat was all of it. Your own economy: coins wallet create alice")


def _pause_of(session: Session) -> Callable[[], None]:
    """What waits for a key, if there is somebody to press one; else that is said, once."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or session.settings.json:
        session.note("Nobody is at a terminal to press a key, so the demo does not pause.")
        return lambda: None
    return _wait_for_key


def _wait_for_key() -> None:
    """Wait for any key, which does not appear."""
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    tell(ANY_KEY, nl=False)
    before = termios.tcgetattr(keyboard)
    try:
        tty.setcbreak(keyboard)
        os.read(keyboard, KEYS_BYTES_MAX)
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
        tell("\r" + " " * len(ANY_KEY) + "\r", nl=False)


class Stage:
    """Plays the story's commands for real, on a store with a clock and an id of its own."""

    def __init__(self, folder: Path, *, colored: bool) -> None:
        self._folder = folder
        self._colored = colored
        self._moments = 0
        self._catalog: str | None = None
        session = Session(self._seams())
        session.settings.quiet = True
        session.settings.catalog = session.store.catalog_path
        if not session.store.write_catalog(_catalog_with_clap(), self._clock()):
            raise FileInTheWay(str(folder))
        self._session = session
        self._catalog = session.store.catalog_path

    def play(self, step: Step) -> Iterator[Scene]:
        """Do what the step says, and undo its forgery at the end."""
        with _forged(self._folder, step.forgery):
            for command in step.commands:
                if command == WHERE_EACH_DOLLAR_WENT:
                    bank = self._session.bank
                    yield Scene(None, dollars_in_words(bank.flows(), bank.catalog), 0)
                else:
                    yield self._run(command)

    def _run(self, command: str) -> Scene:
        from coins_cli.cli.main import run

        color = "always" if self._colored else "never"
        shown = io.StringIO()
        with redirect_stdout(shown), redirect_stderr(shown):
            code = run([*shlex.split(command), "--color", color], self._seams())
        lines = shown.getvalue().splitlines()
        kept = [line.rstrip() for line in lines if not line.startswith("receipt ")]
        return Scene(f"coins {command}", "\n".join(kept).strip("\n"), code)

    def _seams(self) -> Seams:
        return Seams(
            clock=self._clock,
            new_id=lambda: STORE_ID,
            columns=COLUMNS,
            store=str(self._folder),
            catalog=self._catalog,
        )

    def _clock(self) -> datetime:
        self._moments += 1
        return FIRST_MOMENT + timedelta(minutes=self._moments)


def dollars_in_words(flows: Flows, catalog: Catalog) -> str:
    """Where the dollars and the coins went, with bars, and what comes out of a dollar."""
    sums = [
        ("paid in for coins", flows.usd_cents_in),
        ("paid out to creators", flows.usd_cents_out),
        ("kept by the platform", flows.usd_cents_kept),
    ]
    coins = [
        ("coins bought", flows.coins_issued),
        ("cashed out", flows.coins_cashed_out),
        ("spent on promotions", flows.coins_promotions),
        ("still in wallets", flows.coins_held),
        ("earned, not cashed out", flows.coins_earned),
    ]
    lines = [bar(dollars(cents), what, cents, sums[0][1]) for what, cents in sums]
    lines += ["", *(bar(f"{amount:,}", what, amount, coins[0][1]) for what, amount in coins)]
    worst, best = cents_that_come_out(catalog)
    lines += ["", f"A dollar that goes in as coins comes out as {worst} to {best} cents."]
    return "\n".join(lines)


def cents_that_come_out(catalog: Catalog) -> tuple[int, int]:
    """What a creator gets at worst and at best for a viewer's dollar, in whole cents, nearest.

    It depends on the pack that the coins came from.
    """
    rates = sorted(
        100 * catalog.cash_out.cents(catalog.cash_out.diamonds(pack.coins)) / pack.usd_cents
        for pack in catalog.packs.values()
    )
    return round(rates[0]), round(rates[-1])


def _heading(number: int, words: str) -> str:
    lines = textwrap.wrap(words, COLUMNS - 4)
    return "\n" + typer.style(f"{number:>2}. " + "\n    ".join(lines), bold=True)


def _as_on_a_screen(scene: Scene) -> str:
    return f"\n$ {scene.command}\n{scene.output}" if scene.command else f"\n{scene.output}"


def _catalog_with_clap() -> bytes:
    from coins_cli.store.catalog_files import default_catalog_text

    return default_catalog_text() + CLAP.encode()


@contextmanager
def _folder(kept: str | None) -> Iterator[Path]:
    """The folder that `--store` names, or one that is thrown away."""
    if kept is not None:
        if (Path(kept) / "store.json").exists():
            raise FileInTheWay(kept)
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory(prefix="coins-demo-") as folder:
        yield Path(folder) / "store"


@contextmanager
def _forged(folder: Path, forgery: Forgery | None) -> Iterator[None]:
    """Have a file of the store changed by hand, for a while."""
    if forgery is None:
        yield
        return
    file = folder / forgery.file
    honest = file.read_text(encoding="utf-8")
    file.write_text(honest.replace(forgery.old, forgery.new), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(honest, encoding="utf-8")
