"""What people ask for. A request is checked when it is built; whether it may be is for the rules.

The tag `op` and the field names are those of receipts, of the journal and of batches.
"""

from typing import Final, Literal

from msgspec import Struct

from coins_cli.errors import InvalidChoice, OneAtMost
from coins_cli.model import names
from coins_cli.model.money import check_amount
from coins_cli.model.names import check_handle, check_text, parse_address

Venue = Literal["live", "comments"]
Audience = Literal["auto", "custom"]
LIVE: Final = "live"
COMMENTS: Final = "comments"
VENUES: Final = (LIVE, COMMENTS)
AUDIENCES: Final = ("auto", "custom")


class UserRequest(Struct, frozen=True, gc=False, tag_field="op"):
    """A request that one user's wallet decides."""

    user: str

    def __post_init__(self) -> None:
        check_handle(self.user)

    def users(self) -> tuple[str, ...]:
        """The handles whose wallets decide this request."""
        return (self.user,)

    def ends(self) -> int | None:
        """The number of the older transaction that this request ends; none."""
        return None


class Ending(Struct, frozen=True, gc=False, tag_field="op"):
    """A request that ends an older transaction, whose wallets decide it."""

    def users(self) -> tuple[str, ...]:
        """The handles that the request itself names: none."""
        return ()


class Open(UserRequest, frozen=True, gc=False, tag="open"):
    """Open a wallet for `user`, with a free display `name` and a `note` if there are any."""

    name: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        check_handle(self.user)
        if self.name is not None:
            check_text(self.name, "display name", most=names.DISPLAY_NAME_CHARACTERS_MAX)
        if self.note is not None:
            check_text(self.note, "note", most=names.NOTE_CHARACTERS_MAX)


class Recharge(UserRequest, frozen=True, gc=False, tag="recharge"):
    """Buy `quantity` times the coin `pack` of that id."""

    pack: str
    quantity: int = 1

    def __post_init__(self) -> None:
        check_handle(self.user)
        check_amount(self.quantity, "the quantity")


class Gift(
    Struct,
    frozen=True,
    gc=False,
    tag_field="op",
    tag="gift",
    rename={"sender": "from", "creator": "to"},
):
    """Send `quantity` times the `gift` of that id or name.

    `venue` is where: on the creator's live, in the comments of `video`, or, when it is left out,
    on the live if there is one and else in the comments.
    """

    sender: str
    creator: str
    gift: str
    quantity: int = 1
    venue: Venue | None = None
    video: str | None = None
    message: str | None = None

    def __post_init__(self) -> None:
        check_handle(self.sender)
        check_handle(self.creator)
        check_amount(self.quantity, "the quantity")
        if self.venue not in (None, *VENUES):
            raise InvalidChoice("the venue", self.venue, VENUES)
        if self.video is not None:
            check_text(self.video, "video", most=names.VIDEO_CHARACTERS_MAX)
            if self.venue == LIVE:
                raise OneAtMost(["--live", "--comment"])
        if self.message is not None:
            check_text(self.message, "message", most=names.MESSAGE_CHARACTERS_MAX)

    def users(self) -> tuple[str, ...]:
        """The handles whose wallets decide this request."""
        return (self.sender, self.creator)

    def ends(self) -> int | None:
        """The number of the older transaction that this request ends; none."""
        return None


class Promote(UserRequest, frozen=True, gc=False, tag="promote"):
    """Promote `video` for a number of `days`.

    It is bought by `coins`, by dollars (`usd_cents`) or by `views`; with none of them, at the least
    price for its days.
    """

    video: str
    days: int
    coins: int | None = None
    usd_cents: int | None = None
    views: int | None = None
    audience: Audience = "auto"
    interests: str | None = None

    def __post_init__(self) -> None:
        check_handle(self.user)
        check_text(self.video, "video", most=names.VIDEO_CHARACTERS_MAX)
        check_amount(self.days, "the number of days")
        prices = [price for price in (self.coins, self.usd_cents, self.views) if price is not None]
        if len(prices) > 1:
            raise OneAtMost(["--coins", "--usd", "--views"])
        for price in prices:
            check_amount(price, "what is spent")
        if self.audience not in AUDIENCES:
            raise InvalidChoice("the audience", self.audience, AUDIENCES)
        if self.interests is not None:
            check_text(self.interests, "interests", most=names.INTERESTS_CHARACTERS_MAX)
            if self.audience != "custom":
                raise InvalidChoice("an audience with interests", self.audience, ["custom"])


class CashOut(UserRequest, frozen=True, gc=False, tag="cashout"):
    """Pay out earned `coins`, or all of them, to a PayPal account.

    When it is `pending`, they are only held until the payout is settled or returned.
    """

    paypal: str
    coins: int | None = None
    pending: bool = False

    def __post_init__(self) -> None:
        check_handle(self.user)
        parse_address(self.paypal)
        if self.coins is not None:
            check_amount(self.coins, "the number of coins")


class StartLive(UserRequest, frozen=True, gc=False, tag="live_start"):
    """Go live, under a `title` if there is one."""

    title: str | None = None

    def __post_init__(self) -> None:
        check_handle(self.user)
        if self.title is not None:
            check_text(self.title, "title", most=names.TITLE_CHARACTERS_MAX)


class EndLive(UserRequest, frozen=True, gc=False, tag="live_end"):
    """End the live that is on."""


class SettlePayout(Ending, frozen=True, gc=False, tag="payout_settle"):
    """Pay what is held for the `payout` of that number."""

    payout: int

    def __post_init__(self) -> None:
        check_amount(self.payout, "the payout's number")

    def ends(self) -> int | None:
        """The number of the older transaction that this request ends."""
        return self.payout


class ReturnPayout(Ending, frozen=True, gc=False, tag="payout_return"):
    """Give what is held for the `payout` of that number back to its creator, for a `reason`."""

    payout: int
    reason: str

    def __post_init__(self) -> None:
        check_amount(self.payout, "the payout's number")
        check_text(self.reason, "reason", most=names.REASON_CHARACTERS_MAX)

    def ends(self) -> int | None:
        """The number of the older transaction that this request ends."""
        return self.payout


class Reverse(Ending, frozen=True, gc=False, tag="reverse"):
    """Undo the transaction number `reverses`, for a `reason`."""

    reverses: int
    reason: str

    def __post_init__(self) -> None:
        check_amount(self.reverses, "the transaction's number")
        check_text(self.reason, "reason", most=names.REASON_CHARACTERS_MAX)

    def ends(self) -> int | None:
        """The number of the older transaction that this request ends."""
        return self.reverses


Request = (
    Open
    | Recharge
    | Gift
    | Promote
    | CashOut
    | StartLive
    | EndLive
    | SettlePayout
    | ReturnPayout
    | Reverse
)


def op_of(request: Request) -> str:
    """The operation that `request` asks for, as receipts name it, such as `live_start`."""
    tag = type(request).__struct_config__.tag
    if not isinstance(tag, str):
        raise TypeError(f"{type(request).__name__} has no tag")
    return tag


def differences(request: Request, other: Request) -> list[str]:
    """The names of the fields in which two requests differ; `op` when they ask for other things."""
    if type(request) is not type(other):
        return ["op"]
    fields = zip(request.__struct_fields__, request.__struct_encode_fields__, strict=True)
    names = [shown for field, shown in fields if getattr(request, field) != getattr(other, field)]
    return ["usd" if name == "usd_cents" else name for name in names]
