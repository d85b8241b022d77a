"""The command that explains a topic or a command."""

from typing import Annotated, Any, Final

import typer

from coins_cli.cli.options import lists
from coins_cli.cli.paging import say_paged
from coins_cli.cli.render.text import escape_control
from coins_cli.cli.session import Session
from coins_cli.errors import UnknownTopic, one_of

TOPICS: Final[dict[str, str]] = {
    "exit-codes": """How a command ended, for scripts.

    0  done
    1  a bug of coins; the traceback is on stderr
    2  wrong usage: what was given cannot be right in itself
    3  not found: a user, a gift, a pack, a file, a store
    4  refused: well formed, and a rule forbids it
    5  conflict: a key used otherwise, a handle taken, a file in the way
    6  the store cannot be used: locked too long, damaged, frozen, not writable
    7  the answer could not be written to stdout; it is on stderr, and says
       whether something was changed
  130  interrupted, or answered with no

With any other code than 0 and 7 nothing was changed, unless the error says that
the outcome is unknown. What is done in many steps (repair, statement --all and
demo --store) may have done some of them, and then does not say that nothing was
changed. A batch says of each line what became of it, whatever the code: it ends
with 4 when a line was refused.""",
    "environment": """What is read from the environment.

  COINS_STORE    the folder of the economy, when --store does not name one
  COINS_CATALOG  the prices in force, when --catalog does not name a file
  NO_COLOR       when it is set and not empty, nothing is coloured
  TERM           nothing is coloured when it is dumb
  PAGER          what shows long help at a terminal, less unless said; with an
                 empty one, or cat, it is printed at once

  XDG_DATA_HOME  where your own economy lies, in the folder coins in it,
                 when COINS_STORE is not set

COINS_ALLOW_NETWORK_FS=1 allows a store on a network file system, where locks
may not work, so that two writers at once may damage it.""",
    "json": """What programs read.

With --json a command prints one object on one line, and each object has
"schema": 1. Coins are whole numbers, dollars are texts ("6.49"), times are UTC
and end with Z. When a command fails, stdout stays empty, and stderr has
{"schema": 1, "error": {"code", "message", "hint", "exit", ...}}; code is
stable, the rest of it may be reworded.

coins batch takes requests with the fields of a receipt, one object a line, and
answers with one object a line, in the same order. The README lists the fields.""",
    "keys": """How to do something once, however often it is asked for.

Give --key with a name for what you intend, such as lesson-3-alice:

  coins recharge alice 500 --key lesson-3-alice

Sent again with the same key, the same request is not done again: the first
receipt is printed, with "replayed": true. Another request under that key is
refused with exit code 5. Keys never expire, and have 1 to 255 printable
characters. In a batch, "key" is a field of each line; a batch that was stopped
can then simply be run again.""",
}


@lists(topics=one_of(list(TOPICS), "and"))
def help_on(
    ctx: typer.Context,
    topic: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC...]", help="A topic, or the words of a command."),
    ] = None,
) -> None:
    """Explain a topic or a command.

    The topics are {topics}.

    Examples:
      coins help keys
      coins help gift
      coins help wallet create

    """
    from coins_cli.model.receipts import SCHEMA  # Not needed for the names of the topics.

    session: Session = ctx.obj
    words = topic or []
    text = _topic(session, " ".join(words)) or _help_of(ctx, words)
    if session.settings.json:
        session.answer_json({"schema": SCHEMA, "topic": " ".join(words), "text": text})
    else:
        say_paged(session, text)


def _topic(session: Session, name: str) -> str | None:
    """The text of a topic, folded anew if the terminal is narrower than it."""
    from coins_cli.cli.render.folding import folded, unfolded

    text, columns = TOPICS.get(name), session.page_columns
    if text is None or all(len(line) <= columns for line in text.splitlines()):
        return text
    return folded(unfolded(text), columns)


def _help_of(ctx: typer.Context, words: list[str]) -> str:
    """The help text of a command. Raises `UnknownTopic`."""
    context: Any = ctx.find_root()
    for place, word in enumerate(words):
        names = getattr(context.command, "commands", {})
        if word not in names:
            from coins_cli.cli.other_words import check_word
            from coins_cli.model.names import closest

            check_word(words[:place], word, [*names])
            known = [*(names if place else [*TOPICS, *names])]
            raise UnknownTopic(
                escape_control(" ".join(words)), close=closest(word, known), topics=[*TOPICS]
            )
        context = type(context)(names[word], info_name=word, parent=context, obj=ctx.obj)
    text: str = context.command.get_help(context)
    return text
