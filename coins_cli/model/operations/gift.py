"""Sending a gift to a creator."""

from typing import TYPE_CHECKING

from coins_cli.errors import (
    GiftToSelf,
    InvalidChoice,
    InvalidText,
    NotEnoughCoins,
    NotLive,
    OneAtMost,
)
from coins_cli.model.accounts import GIFTS, Moves
from coins_cli.model.catalog import Catalog
from coins_cli.model.money import check_amount, check_exact
from coins_cli.model.names import (
    MESSAGE_CHARACTERS_MAX,
    VIDEO_CHARACTERS_MAX,
    gift_id,
    optional_text,
    parse_handle,
)
from coins_cli.model.operations.operation import (
    NEEDED_TEXT,
    NUMBER,
    TEXT,
    About,
    Operation,
    StatementLine,
    World,
    existing,
)
from coins_cli.model.operations.request import (
    COMMENTS,
    LIVE,
    VENUES,
    Request,
    Venue,
    check_text,
)
from coins_cli.model.texts import counted, escape_control, number
from coins_cli.model.wallets import Wallet

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Entry, Transaction


class Gift(
    Request,
    frozen=True,
    gc=False,
    tag="gift",
    rename={"sender": "from", "creator": "to"},
):
    """Send `quantity` times the `gift` of that id.

    `venue` is the creator's live or the comments, of a `video` if that is given. Without a venue
    the gift goes to the live if one is on, else to the comments.
    """

    sender: str
    creator: str
    gift: str
    quantity: int = 1
    venue: str | None = None
    video: str | None = None
    message: str | None = None

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        if gift_id(self.gift) != self.gift:
            raise InvalidText("gift", "is named otherwise than by an id")
        if self.quantity != 1:
            check_amount(self.quantity, "the quantity")
        if self.venue is not None and self.venue not in VENUES:
            raise InvalidChoice("the venue", self.venue, VENUES)
        if self.video is not None:
            check_text(self.video, "video", VIDEO_CHARACTERS_MAX)
            if self.venue != COMMENTS:
                raise OneAtMost(["the live", "a video's comments"])
        if self.message is not None:
            check_text(self.message, "message", MESSAGE_CHARACTERS_MAX)

    def users(self) -> tuple[str, ...]:
        """The sender and the creator."""
        return (self.sender, self.creator)


def parse(
    sender: str,
    creator: str,
    gift: str,
    quantity: int = 1,
    venue: str | None = None,
    video: str | None = None,
    message: str | None = None,
    *,
    key: str | None = None,
) -> Gift:
    """The request for a gift, named by id or name in any case; a `video` implies its comments."""
    if venue is None and video is not None:
        venue = COMMENTS
    return Gift(
        parse_handle(sender),
        parse_handle(creator),
        gift_id(gift),
        quantity,
        venue,
        optional_text(video, "video", VIDEO_CHARACTERS_MAX),
        optional_text(message, "message", MESSAGE_CHARACTERS_MAX),
        key=key,
    )


def decide(request: Gift, world: World) -> "Transaction":
    """Move the price of the gift from the sender's coins to the creator's earned coins.

    The creator gets `creator_share` of it, rounded down; the platform keeps the rest.
    """
    sender, creator = existing(world, request.sender), existing(world, request.creator)
    if sender.user == creator.user:
        raise GiftToSelf(sender.user)
    catalog = world.catalog
    gift = catalog.gift(request.gift)
    venue = _venue(request, creator)
    coins = check_exact(gift.coins * request.quantity, "the price in coins")
    if coins > sender.coins:
        raise NotEnoughCoins(sender.user, need=coins, have=sender.coins)
    earned = int(coins * catalog.creator_share)
    seq = world.next_seq
    # Faster than `apply_moves`, and most lines of a batch are gifts.
    after = (
        Wallet(
            sender.user,
            sender.coins - coins,
            sender.earned,
            sender.held,
            sender.live_since,
            sender.name,
            seq,
        ),
        Wallet(
            creator.user,
            creator.coins,
            check_exact(creator.earned + earned, f"{creator.user}/earned"),
            creator.held,
            creator.live_since,
            creator.name,
            seq,
        ),
    )
    return world.transaction(
        request,
        after,
        (sender.last, creator.last),
        _moves(sender.user, creator.user, coins, earned),
        coins=coins,
        earned=earned,
        venue=venue,
        gift=None if gift.id == request.gift else gift.id,
    )


def _moves(sender: str, creator: str, coins: int, earned: int) -> Moves:
    """The creator's part and the platform's part; a part of zero is left out."""
    source = f"{sender}/coins"
    if earned == coins:
        return ((source, f"{creator}/earned", earned),)
    platform_part = (source, GIFTS, coins - earned)
    return ((source, f"{creator}/earned", earned), platform_part) if earned else (platform_part,)


def _venue(request: Gift, creator: Wallet) -> Venue:
    """The requested venue; without one, the creator's live if it is on, else the comments."""
    if request.venue == COMMENTS:
        return COMMENTS
    if creator.live_since is not None:
        return LIVE
    if request.venue == LIVE:
        raise NotLive(creator.user, instead="comments")
    return COMMENTS


def summary(request: Gift, receipt: "Receipt") -> str:
    """The sentence for people: sender, creator, gift, price and venue."""
    transaction = receipt.transaction
    where = "on the live" if transaction.venue == LIVE else "in the comments"
    if request.video:
        where += f" of {escape_control(request.video)}"
    gift = escape_control(receipt.catalog.gift_name(transaction.gift_id or request.gift))
    return (
        f"{request.sender} sent {request.creator} {number(request.quantity)} × {gift}"
        f" ({counted(transaction.coins or 0, 'coin')}) {where}."
    )


def statement(request: Gift, entry: "Entry", user: str) -> StatementLine:
    """The gift in short words, as its sender or its creator sees it."""
    is_sender = user == request.sender
    to_or_from, party = ("to", request.creator) if is_sender else ("from", request.sender)
    gift = entry.catalog.gift_name(entry.transaction.gift_id or request.gift)
    return StatementLine(
        f"{number(request.quantity)} × {gift} {to_or_from} {party}",
        (f"gift {to_or_from} {party}", f"gifts {to_or_from} {party}"),
        party,
        request.quantity,
    )


def undone_for(about: About, user: str, catalog: Catalog) -> str:
    """A reversed gift in short words, as its sender or its creator sees it."""
    party = f"to {about['to']}" if about["from"] == user else f"from {about['from']}"
    gift = catalog.gift_name(str(about["gift"]))
    return f"{number(int(about['quantity']))} × {gift} {party}"


OPERATION = Operation(
    Gift,
    decide,
    parse,
    {
        "from": NEEDED_TEXT,
        "to": NEEDED_TEXT,
        "gift": NEEDED_TEXT,
        "quantity": NUMBER,
        "venue": TEXT,
        "video": TEXT,
        "message": TEXT,
    },
    summary,
    statement,
    identity={"from": str, "to": str, "gift": str, "quantity": int, "video": str | None},
    undone=lambda about: f"{about['from']}'s gift to {about['to']}",
    undone_for=undone_for,
)
