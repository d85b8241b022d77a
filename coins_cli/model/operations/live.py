"""Starting and ending a live, which moves no coins."""

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coins_cli.errors import AlreadyLive, NotLive
from coins_cli.model.names import TITLE_CHARACTERS_MAX, optional_text, parse_handle
from coins_cli.model.operations.operation import TEXT, USER, Operation, World, existing
from coins_cli.model.operations.request import UserRequest, check_text
from coins_cli.model.texts import escape_control
from coins_cli.model.wallets import Wallet

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Transaction


class StartLive(UserRequest, frozen=True, gc=False, tag="live_start"):
    """Go live, under a `title` if there is one."""

    title: str | None = None

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        check_text(self.title, "title", TITLE_CHARACTERS_MAX)


class EndLive(UserRequest, frozen=True, gc=False, tag="live_end"):
    """End the live that is on."""


def parse_start(user: str, title: str | None = None, *, key: str | None = None) -> StartLive:
    """The request to start a live."""
    return StartLive(
        parse_handle(user), optional_text(title, "title", TITLE_CHARACTERS_MAX), key=key
    )


def parse_end(user: str, *, key: str | None = None) -> EndLive:
    """The request to end a live."""
    return EndLive(parse_handle(user), key=key)


def decide_start(request: StartLive, world: World) -> "Transaction":
    """Start the live; `AlreadyLive` if one is on."""
    creator = existing(world, request.user)
    if creator.live_since is not None:
        raise AlreadyLive(creator.user)
    return _switched(request, world, creator, world.at)


def decide_end(request: EndLive, world: World) -> "Transaction":
    """End the live; `NotLive` if none is on."""
    creator = existing(world, request.user)
    if creator.live_since is None:
        raise NotLive(creator.user)
    return _switched(request, world, creator, None)


def _switched(
    request: StartLive | EndLive, world: World, creator: Wallet, live_since: datetime | None
) -> "Transaction":
    after = replace(creator, live_since=live_since, last=world.next_seq)
    return world.transaction(request, (after,), (creator.last,))


def summary_of_start(request: StartLive, receipt: "Receipt") -> str:
    """The sentence for people: the creator and the title."""
    title = f": “{escape_control(request.title)}”" if request.title else "."
    return f"{request.user} is live{title}"


def summary_of_end(request: EndLive, receipt: "Receipt") -> str:
    """The sentence for people: the creator."""
    return f"{request.user} is no longer live."


START = Operation(
    StartLive,
    decide_start,
    parse_start,
    {**USER, "title": TEXT},
    summary_of_start,
    why_final="it started a live",
)
END = Operation(
    EndLive,
    decide_end,
    parse_end,
    USER,
    summary_of_end,
    why_final="it ended a live",
)
