"""Requests from what people type: texts are trimmed, sums of dollars are read."""

from coins_cli.model import names
from coins_cli.model.money import parse_dollars
from coins_cli.model.names import as_id, parse_address, parse_handle, parse_text
from coins_cli.model.requests import (
    COMMENTS,
    Audience,
    CashOut,
    EndLive,
    Gift,
    Open,
    Promote,
    Recharge,
    ReturnPayout,
    Reverse,
    SettlePayout,
    StartLive,
    Venue,
)


def opening(user: str, name: str | None = None, note: str | None = None) -> Open:
    """The opening of a wallet, with a display name and a note if there are any."""
    return Open(
        parse_handle(user),
        _text(name, "display name", names.DISPLAY_NAME_CHARACTERS_MAX),
        _text(note, "note", names.NOTE_CHARACTERS_MAX),
    )


def recharge(user: str, pack: str | int, quantity: int = 1) -> Recharge:
    """The purchase of a pack by its id, such as `500`."""
    return Recharge(parse_handle(user), str(pack), quantity)


def gift(
    sender: str,
    creator: str,
    gift: str,
    quantity: int = 1,
    venue: Venue | None = None,
    video: str | None = None,
    message: str | None = None,
) -> Gift:
    """A gift by its id or name, in any case; one that names a video goes to its comments."""
    if venue is None and video is not None:
        venue = COMMENTS
    return Gift(
        parse_handle(sender),
        parse_handle(creator),
        as_id(gift) or gift,
        quantity,
        venue,
        _text(video, "video", names.VIDEO_CHARACTERS_MAX),
        _text(message, "message", names.MESSAGE_CHARACTERS_MAX),
    )


def promotion(
    user: str,
    video: str,
    days: int,
    coins: int | None = None,
    usd: str | None = None,
    views: int | None = None,
    audience: Audience = "auto",
    interests: str | None = None,
) -> Promote:
    """The promotion of a video, for coins, dollars such as `6.49`, or views."""
    return Promote(
        parse_handle(user),
        parse_text(video, "video", most=names.VIDEO_CHARACTERS_MAX),
        days,
        coins,
        None if usd is None else parse_dollars(usd, "what is spent"),
        views,
        audience,
        _text(interests, "interests", names.INTERESTS_CHARACTERS_MAX),
    )


def cash_out(
    user: str,
    paypal: str,
    coins: int | None = None,
    pending: bool = False,
) -> CashOut:
    """The payout of earned coins, or of all of them; a `pending` one is to be settled later."""
    return CashOut(parse_handle(user), parse_address(paypal), coins, pending)


def settlement(payout: int) -> SettlePayout:
    """The settlement of a payout, by its number."""
    return SettlePayout(payout)


def return_of_payout(payout: int, reason: str) -> ReturnPayout:
    """The return of a payout, by its number."""
    return ReturnPayout(payout, parse_text(reason, "reason", most=names.REASON_CHARACTERS_MAX))


def reversal(reverses: int, reason: str) -> Reverse:
    """The reversal of the transaction of that number."""
    return Reverse(reverses, parse_text(reason, "reason", most=names.REASON_CHARACTERS_MAX))


def start_of_live(user: str, title: str | None = None) -> StartLive:
    """Going live, under a title if there is one."""
    return StartLive(parse_handle(user), _text(title, "title", names.TITLE_CHARACTERS_MAX))


def end_of_live(user: str) -> EndLive:
    """The end of a live."""
    return EndLive(parse_handle(user))


def _text(text: str | None, what: str, most: int) -> str | None:
    return None if text is None else parse_text(text, what, most=most)
