"""Opening a wallet."""

from typing import TYPE_CHECKING

from coins_cli.errors import HandleTaken
from coins_cli.model.names import (
    DISPLAY_NAME_CHARACTERS_MAX,
    NOTE_CHARACTERS_MAX,
    check_handle,
    optional_text,
    parse_handle,
)
from coins_cli.model.operations.operation import TEXT, USER, Operation, World
from coins_cli.model.operations.request import UserRequest, check_text
from coins_cli.model.texts import escape_control
from coins_cli.model.wallets import Wallet

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Transaction


class Open(UserRequest, frozen=True, gc=False, tag="open"):
    """Open a wallet for `user`, with an optional display `name` and `note`."""

    name: str | None = None
    note: str | None = None

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        check_text(self.name, "display name", DISPLAY_NAME_CHARACTERS_MAX)
        check_text(self.note, "note", NOTE_CHARACTERS_MAX)


def parse(
    user: str, name: str | None = None, note: str | None = None, *, key: str | None = None
) -> Open:
    """The request to open a wallet."""
    return Open(
        parse_handle(user),
        optional_text(name, "display name", DISPLAY_NAME_CHARACTERS_MAX),
        optional_text(note, "note", NOTE_CHARACTERS_MAX),
        key=key,
    )


def decide(request: Open, world: World) -> "Transaction":
    """Open an empty wallet; `HandleTaken` if there is one."""
    check_handle(request.user)  # The handle becomes the name of a file.
    if world.wallets[request.user] is not None:
        raise HandleTaken(request.user)
    wallet = Wallet(request.user, name=request.name, last=world.next_seq)
    return world.transaction(request, (wallet,), (0,))


def summary(request: Open, receipt: "Receipt") -> str:
    """The sentence for people: the handle and the display name."""
    name = f" ({escape_control(request.name)})" if request.name else ""
    return f"{request.user}{name} has a wallet."


OPERATION = Operation(
    Open,
    decide,
    parse,
    {**USER, "name": TEXT, "note": TEXT},
    summary,
    why_final="it opened a wallet",
)
