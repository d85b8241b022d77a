"""Reversals: an older transaction is undone by a new one, and nothing is ever edited."""

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from coins_cli.errors import AlreadyReversed, CoinsGone, NotReversible, UnknownTransaction
from coins_cli.model.accounts import Moves, backwards, holder_of
from coins_cli.model.money import check_amount
from coins_cli.model.names import REASON_CHARACTERS_MAX, parse_text
from coins_cli.model.operations.cashout import is_pending
from coins_cli.model.operations.operation import (
    NEEDED_NUMBER,
    NEEDED_TEXT,
    About,
    Operation,
    StatementLine,
    World,
    moving,
    touched,
)
from coins_cli.model.operations.request import Request, check_text, op_of, says
from coins_cli.model.texts import counted, escape_control, number

if TYPE_CHECKING:
    from coins_cli.model.receipts import Receipt
    from coins_cli.model.transactions import Entry, Transaction

_PURSE_WORDS: Final = {"coins": "coins", "earned": "earned coins"}


class Reverse(Request, frozen=True, gc=False, tag="reverse"):
    """Undo the transaction number `reverses`, for a `reason`."""

    reverses: int
    reason: str

    def check(self) -> None:
        """Raise an `Invalid` for a value that is not allowed or not in its normal form."""
        super().check()
        check_amount(self.reverses, "the transaction's number")
        check_text(self.reason, "reason", REASON_CHARACTERS_MAX)

    def may_say(self, about: dict[str, int | str] | None) -> bool:
        """True if a line of this request may describe what it ends by `about`."""
        from coins_cli.model.operations import BY_OP

        undone = BY_OP.get(str((about or {}).get("op")))
        return undone is not None and undone.why_final is None and says(about, **undone.identity)

    def ends(self) -> int | None:
        """The number of the transaction that the request ends."""
        return self.reverses

    def ending(self, seq: int) -> "Reverse":
        """The same request for the transaction of another number."""
        return replace(self, reverses=seq)


def parse(reverses: int, reason: str, *, key: str | None = None) -> Reverse:
    """The request to reverse the transaction of that number."""
    return Reverse(reverses, parse_text(reason, "reason", most=REASON_CHARACTERS_MAX), key=key)


def decide(request: Reverse, world: World) -> "Transaction":
    """Move everything back that a transaction moved; `CoinsGone` if it is no longer there.

    Only a teacher reverses: on the real platform, coins are not refundable.
    """
    past = world.past(request.reverses)
    if past is None:
        raise UnknownTransaction(request.reverses)
    undone = past.transaction
    if (why := _why_final(undone)) is not None:
        raise NotReversible(undone.seq, why, op_of(undone.request))
    if past.ended_by is not None:
        raise AlreadyReversed(undone.seq, by=past.ended_by)
    wallets = [touched(world, wallet.user) for wallet in undone.wallets]
    moves = backwards(undone.moves)
    _check_still_there(undone.seq, world, moves)
    return moving(
        request,
        world,
        wallets,
        moves,
        coins=undone.coins,
        earned=undone.earned,
        diamonds=undone.diamonds,
        usd_cents=undone.usd_cents,
        views=undone.views,
        venue=undone.venue,
        about=_description(undone),
    )


def _why_final(undone: "Transaction") -> str | None:
    """The reason why no reversal can undo a transaction; `None` if one can."""
    from coins_cli.model.operations import BY_REQUEST

    request = undone.request
    if is_pending(request):
        return "it is a payout that was not paid at once"
    return BY_REQUEST[type(request)].why_final


def _check_still_there(seq: int, world: World, moves: Moves) -> None:
    """Raise `CoinsGone` if an account has less than the moves take from it."""
    needed: dict[str, int] = {}
    for source, destination, amount in moves:
        needed[source] = needed.get(source, 0) + amount
        needed[destination] = needed.get(destination, 0) - amount
    for account, need in needed.items():
        user, purse = holder_of(account), account.rpartition("/")[2]
        have = 0 if user is None else int(getattr(touched(world, user), purse))
        if user is not None and need > have:
            raise CoinsGone(seq, user, kind=_PURSE_WORDS[purse], need=need, have=have)


def _description(undone: "Transaction") -> About:
    """The fields that describe the reversed transaction, so that nobody must look it up."""
    from coins_cli.model.operations import BY_REQUEST

    request = undone.request
    names = dict(zip(request.__struct_encode_fields__, request.__struct_fields__, strict=True))
    operation = BY_REQUEST[type(request)]
    fields = {name: getattr(request, names[name]) for name in operation.identity}
    if "gift" in fields:
        fields["gift"] = undone.gift_id
    return {"op": operation.op} | {name: one for name, one in fields.items() if one is not None}


def summary(request: Reverse, receipt: "Receipt") -> str:
    """The sentence for people: the reversed transaction, its coins and the reason."""
    undone = _operation_undone(receipt.about).undone
    what = "" if undone is None else f"{undone(receipt.about)}, "
    coins = counted(receipt.transaction.coins or 0, "coin")
    reason = escape_control(request.reason)
    return f"Transaction {request.reverses} is reversed ({what}{coins}): {reason}"


def statement(request: Reverse, entry: "Entry", user: str) -> StatementLine:
    """The reversal in short words; its number as the party keeps it from being summed up."""
    about = entry.transaction.about or {}
    undone = _operation_undone(about).undone_for
    what = f"reversed {number(request.reverses)}"
    if undone is not None:
        what = f"{what}: {undone(about, user, entry.catalog)}"
    return StatementLine(what, ("reversal", "reversals"), str(request.reverses))


def _operation_undone(about: About) -> Operation:
    from coins_cli.model.operations import BY_OP

    return BY_OP[str(about["op"])]


OPERATION = Operation(
    Reverse,
    decide,
    parse,
    {"reverses": NEEDED_NUMBER, "reason": NEEDED_TEXT},
    summary,
    statement,
    why_final="it is a reversal itself",
    shows={
        "gift": lambda transaction: (transaction.about or {}).get("gift"),
        "reversed": lambda transaction: transaction.about,
    },
)
