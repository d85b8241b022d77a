"""The tree of commands. A command's module is imported only when that command is run."""

from collections.abc import Callable, Iterator, MutableMapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from coins_cli import __version__
from coins_cli.cli.options import shared
from coins_cli.cli.session import Session
from coins_cli.errors import one_of

HELP_NAMES: Final = {"help_option_names": ["-h", "--help"]}

UNFOLDED: Final = 10_000
"""The width for which Typer writes a help text, so that it leaves the lines whole."""

ABOUT: Final = """Simulate the coin economy of a short-video platform.

No real money, no real coins, no connection to any platform: everything happens in one folder on
this computer. People buy coin packs, send gifts to creators, promote videos, and creators cash out
from 10,000 earned coins on.

Examples:
  coins demo                          the whole story, step by step
  coins wallet create alice bob
  coins recharge alice 500
  coins gift alice bob panda
  coins balance bob
"""

AFTER: Final = """Exit codes: 0 done, 1 a bug of coins, 2 wrong usage, 3 not found, 4 refused by
a rule, 5 conflict, 6 the store cannot be used, 7 the answer could not be
written, 130 interrupted.

Environment: COINS_STORE and COINS_CATALOG stand in for --store and --catalog; NO_COLOR is obeyed.

Topics: coins help {topics}.
"""


class Leaf(NamedTuple):
    """A command: its function as `module:function`, and its summary in one line."""

    target: str
    summary: str


class Branch(NamedTuple):
    """A group of commands: a noun with verbs, and two or three examples."""

    summary: str
    examples: tuple[str, ...]
    leaves: dict[str, Leaf]


SECTIONS: Final[dict[str, dict[str, Leaf | Branch]]] = {
    "Money": {
        "recharge": Leaf("money:recharge", "Buy a coin pack."),
        "gift": Leaf("money:gift", "Send a gift to a creator."),
        "promote": Leaf("money:promote", "Promote a video."),
        "cashout": Leaf("money:cashout", "Pay out what a creator has earned."),
        "batch": Leaf("batch:batch", "Do what a file or a pipe asks for, line by line."),
    },
    "Looking": {
        "balance": Leaf("reading:balance", "Show what a user has."),
        "history": Leaf("reading:history", "Show a user's transactions, newest first."),
        "statement": Leaf("statement:statement", "Show what came and went, and what is left."),
        "top": Leaf("reading:top", "Show who gave most: to a creator, or in the whole class."),
        "page": Leaf("page:page", "Show a creator's profile, as a viewer sees it."),
        "report": Leaf("report:report", "Show where the money goes."),
        "whatif": Leaf("whatif:whatif", "Show where the money would have gone at other prices."),
        "export": Leaf(
            "export:export", "Write the journal for spreadsheets and accounting programs."
        ),
        "quote": Branch(
            "Ask what something would cost, or bring.",
            ("coins quote coins 10000", 'coins quote gift "drama queen"', "coins quote usd 20"),
            {
                "coins": Leaf("quote:coins", "Find the cheapest packs for a number of coins."),
                "gift": Leaf("quote:gift", "Show what a gift costs its sender and brings."),
                "usd": Leaf("quote:usd", "Show how many coins a budget in dollars buys."),
                "promotion": Leaf(
                    "quote:promotion", "Show what a promotion costs, and how many views it brings."
                ),
            },
        ),
    },
    "Managing": {
        "wallet": Branch(
            "Open and list wallets.",
            ("coins wallet create alice bob", "coins wallet list"),
            {
                "create": Leaf("wallet:create", "Open wallets, all of them or none."),
                "list": Leaf("wallet:list_all", "List all wallets."),
                "show": Leaf("wallet:show", "Show one wallet."),
            },
        ),
        "live": Branch(
            "Start, watch and end lives.",
            ("coins live start bob", "coins live watch bob --goal 5000", "coins live end bob"),
            {
                "start": Leaf("live:start", "Go live."),
                "end": Leaf("live:end", "End the live that is on, and sum it up."),
                "list": Leaf("live:list_all", "List all lives, the newest first."),
                "show": Leaf("live:show", "Show what a live has brought."),
                "watch": Leaf("watch:watch", "Watch a live as everyone does, gift by gift."),
            },
        ),
        "payout": Branch(
            "Settle or return payouts that were not paid at once.",
            ("coins payout list", "coins payout settle 21"),
            {
                "list": Leaf("payout:list_all", "List the payouts, the oldest first."),
                "show": Leaf("payout:show", "Show one payout."),
                "settle": Leaf("payout:settle", "Pay what is held for a payout."),
                "return": Leaf("payout:give_back", "Give what is held back to the creator."),
            },
        ),
        "promotion": Branch(
            "Show promotions: what runs, and what it has delivered.",
            ("coins promotion list", "coins promotion show 21"),
            {
                "list": Leaf("promotion:list_all", "List the promotions, the oldest first."),
                "show": Leaf("promotion:show", "Show one promotion."),
            },
        ),
        "class": Branch(
            "Bring in a whole class from a spreadsheet, and list it.",
            ("coins class import roster.csv --recharge 2000", "coins class list"),
            {
                "import": Leaf("classes:import_roster", "Open wallets for a roster, all or none."),
                "list": Leaf("classes:list_all", "List everybody, with what they have and gave."),
            },
        ),
        "clock": Branch(
            "Show or move the economy's clock.",
            ("coins clock show", "coins clock advance 3d", "coins clock reset"),
            {
                "show": Leaf("clock:show", "Show what time it is in this economy."),
                "set": Leaf("clock:set_to", "Let it be another time from now on."),
                "advance": Leaf("clock:advance", "Let time pass at once."),
                "reset": Leaf("clock:reset", "Go by the computer's clock again."),
            },
        ),
        "undo": Leaf("reverse:undo", "Undo the newest transaction by a new one."),
        "reverse": Leaf("reverse:reverse", "Undo a transaction by a new one."),
        "catalog": Branch(
            "Show, change and compare prices.",
            (
                "coins catalog show",
                "coins catalog set packs.500.usd=5.99",
                "coins catalog diff",
            ),
            {
                "packs": Leaf("catalog:packs", "List the coin packs."),
                "gifts": Leaf("catalog:gifts", "List the gifts."),
                "promotions": Leaf("catalog:promotions", "Show what promotions cost."),
                "show": Leaf("catalog_looks:show", "Explain every number of the prices in force."),
                "set": Leaf("catalog_changes:set_to", "Change prices, all of them or none."),
                "add": Leaf("catalog_changes:add", "Put another gift or pack on sale."),
                "remove": Leaf("catalog_changes:remove", "Sell a gift or a pack no longer."),
                "reset": Leaf(
                    "catalog_changes:reset", "Go back to the default prices, or to one of them."
                ),
                "list": Leaf("catalog_looks:list_all", "List the catalogs that come with coins."),
                "diff": Leaf("catalog_looks:diff", "Compare two catalogs, and say what follows."),
                "history": Leaf("catalog_looks:history", "Tell which prices were in force when."),
                "check": Leaf("catalog:check", "Check a catalog file."),
                "init": Leaf("catalog:init", "Give the store a catalog of its own, to be edited."),
            },
        ),
    },
    "Trusting": {
        "receipt": Leaf("receipt:receipt", "Show one transaction, with its receipt."),
        "verify": Leaf("care:verify", "Replay everything and check that it adds up."),
        "repair": Leaf("care:repair", "Rebuild all that is derived from the journal."),
        "backup": Leaf("care:backup", "Copy the store into one file."),
        "restore": Leaf("care:restore", "Make a new store from a copy."),
        "share": Leaf("share:share", "Let a group of users work on the store."),
        "doctor": Leaf("care:doctor", "Try out whether this computer and folder will do."),
    },
    "Learning": {
        "demo": Leaf("demo:demo", "Tell the whole story, in a store of its own."),
        "help": Leaf("help:help_on", "Explain a topic or a command."),
        "completion": Leaf(
            "completion:completion", "Print what a shell needs to complete the words of coins."
        ),
    },
}


class Command(TyperCommand):
    """A command that also takes the shared options, and stores them in its session.

    An option of its own stands in for a shared one of the same name.
    """

    def __init__(self, name: str | None, **settings: Any) -> None:
        own = list(settings.get("params") or [])
        taken = {name for one in own for name in one.opts}
        shared_ones = [one for one in shared_parameters() if taken.isdisjoint(one.opts)]
        settings["params"] = [*own, *shared_ones]
        settings["help"] = with_examples_kept(settings.get("help") or "")
        settings["context_settings"] = HELP_NAMES
        super().__init__(name, **settings)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        begin_parsing(ctx, args)
        rest: list[str] = super().parse_args(ctx, args)
        return rest

    def get_help_option(self, ctx: Any) -> Any:
        return with_pager(super().get_help_option(ctx))

    def get_help(self, ctx: Any) -> str:
        ctx.terminal_width = UNFOLDED
        return help_folded(super().get_help(ctx), ctx.obj)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line, without Typer's braces around required arguments."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def invoke(self, ctx: Any) -> Any:
        session: Session = ctx.obj
        session.settings.take(ctx.params)
        return super().invoke(ctx)


class Group(TyperGroup):
    """A group whose commands are built when they are asked for."""

    def __init__(
        self, name: str, sections: dict[str, dict[str, Leaf | Branch]], **settings: Any
    ) -> None:
        self.sections = sections
        entries = {name: entry for part in sections.values() for name, entry in part.items()}
        super().__init__(
            name=name,
            commands=Commands(entries),  # type: ignore[arg-type]  # any mapping is taken
            params=[*settings.pop("params", []), *shared_parameters()],
            context_settings=HELP_NAMES,
            rich_markup_mode=None,
            **settings,
        )

    def invoke(self, ctx: Any) -> Any:
        session: Session = ctx.obj
        session.settings.take(ctx.params)
        return super().invoke(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        begin_parsing(ctx, args)
        if not args and ctx.parent is None:
            from coins_cli.cli.render.beginning import beginning

            ctx.obj.say(beginning())
            ctx.exit()
        rest: list[str] = super().parse_args(ctx, args or ["--help"])
        return rest

    def get_help_option(self, ctx: Any) -> Any:
        return with_pager(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first of `args` names. Raises `OtherWord` for a word of others."""
        if args[0] not in self.commands:
            from coins_cli.cli.other_words import check_word

            check_word(ctx.command_path.split()[1:], args[0], [*self.commands])
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        ctx.terminal_width = UNFOLDED
        return help_folded(super().get_help(ctx), ctx.obj)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is Typer's
        return list(self.commands)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the end of the help text; only now are the topics imported."""
        if self.epilog is not None:
            from coins_cli.cli.commands.help import TOPICS

            self.epilog = self.epilog.replace("{topics}", one_of([*TOPICS]))
        super().format_epilog(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as above
        for title, entries in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.summary) for name, entry in entries.items()])


class Commands(MutableMapping[str, Any]):
    """Commands by name, each built when it is first looked up."""

    def __init__(self, entries: dict[str, Leaf | Branch]) -> None:
        self._entries = entries
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = build(name, self._entries[name])
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        del self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def begin_parsing(ctx: Any, args: list[str]) -> None:
    """Tell the session which command is parsed, and what --help needs before it is parsed."""
    session: Session = ctx.obj
    session.command_path = ctx.command_path
    session.settings.no_pager = session.settings.no_pager or "--no-pager" in args


def with_pager(help_option: Any) -> Any:
    """The option --help, whose text goes through the pager if it is long."""
    help_option.callback = show_help
    return help_option


def show_help(ctx: Any, parameter: Any, wanted: bool) -> None:  # noqa: ARG001 - a callback's
    """Print the help of a command and exit, if `wanted`."""
    if wanted:
        from coins_cli.cli.paging import say_paged

        say_paged(ctx.obj, ctx.get_help())
        ctx.exit()


def build(name: str, entry: Leaf | Branch) -> Any:
    """The Typer command for an entry of `SECTIONS`."""
    if isinstance(entry, Branch):
        examples = "".join(f"\n  {example}" for example in entry.examples)
        text = with_examples_kept(f"{entry.summary}\n\nExamples:{examples}")
        return Group(name, {"Commands": dict(entry.leaves)}, help=text)
    module, function = entry.target.split(":")
    callback = getattr(import_module(f"coins_cli.cli.commands.{module}"), function)
    return command_of(name, callback, cls=Command)


def command_of(
    name: str, callback: Callable[..., None], cls: type[TyperCommand] = TyperCommand
) -> Any:
    """The Typer command for a function."""
    one = typer.Typer(add_completion=False, rich_markup_mode=None)
    one.command(name, cls=cls)(callback)
    return get_command(one)


@cache
def shared_parameters() -> tuple[Any, ...]:
    """The shared options as Typer parameters."""
    return tuple(command_of("shared", shared).params)


def with_examples_kept(text: str) -> str:
    """Help text marked so that the lines after «Examples:» are not joined."""
    return text.replace("\nExamples:\n", "\n\b\nExamples:\n")


def help_folded(text: str, session: Session) -> str:
    """A help text folded to the width of the terminal, or of a page."""
    from coins_cli.cli.render.folding import folded

    return folded(text, session.page_columns)


def show_version(wanted: bool) -> None:
    """Print the version and exit, if `wanted`."""
    if wanted:
        typer.echo(f"coins {__version__}")
        raise typer.Exit


def top_level(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=show_version, is_eager=True),
    ] = False,
) -> None:
    """The options that are allowed only before the verb."""


def root() -> Group:
    """The whole command line."""
    return Group(
        "coins",
        SECTIONS,
        params=list(command_of("coins", top_level).params),
        help=with_examples_kept(ABOUT),
        epilog=AFTER,
    )
