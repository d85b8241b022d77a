"""The rules of what ends an older transaction: payouts settled or returned, and reversals.

Nothing is ever edited: what ends a transaction is a new one, and each can be ended once. The rules
are as pure as the others, see `rules`; they are given the older transaction too.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from msgspec import to_builtins

from coins_cli.errors import (
    AlreadyReversed,
    CoinsGone,
    NotReversible,
    PayoutEnded,
    UnknownPayout,
    UnknownTransaction,
)
from coins_cli.model.money import COIN, DIAMOND, USD
from coins_cli.model.requests import (
    CashOut,
    EndLive,
    Open,
    Request,
    ReturnPayout,
    Reverse,
    SettlePayout,
    StartLive,
    op_of,
)
from coins_cli.model.transactions import (
    CASH,
    CASHED_OUT,
    DIAMONDS,
    Outcome,
    Past,
    Posting,
    Transaction,
    coins_of,
    diamonds_of,
    earned_of,
    held_of,
    paypal_of,
    settle,
)
from coins_cli.model.wallets import Wallet, Wallets, existing

Postings = tuple[Posting, ...]

_WHY_NOT: Final[dict[type, tuple[str, str]]] = {
    Open: ("it opened a wallet", "only what moved coins can be undone"),
    StartLive: ("it started a live", "coins live end CREATOR ends it"),
    EndLive: ("it ended a live", "coins live start CREATOR starts another"),
    SettlePayout: ("it paid a payout", "money that was paid out is out of reach"),
    ReturnPayout: ("it returned a payout", "ask for the payout again: coins cashout"),
    Reverse: ("it is a reversal itself", "do again what it undid"),
}
"""What cannot be undone by a reversal: why, and what to do instead."""


def decide_settlement(
    request: SettlePayout, past: Past | None, wallets: Wallets, at: datetime
) -> Transaction:
    """What was held is paid, at the rates of the day when it was asked for."""
    asked = _pending(request.payout, past)
    return _ending(request, asked, wallets, at)


def decide_return(
    request: ReturnPayout, past: Past | None, wallets: Wallets, at: datetime
) -> Transaction:
    """What was held is earned coins again, of which the creator may cash out any part."""
    asked = _pending(request.payout, past)
    return _ending(request, asked, wallets, at)


def decide_reversal(
    request: Reverse, past: Past | None, wallets: Wallets, at: datetime
) -> Transaction:
    """What a transaction moved goes back where it came from, if it is still there.

    Only a teacher does that: on the real platform, coins are not refundable.
    """
    if past is None:
        raise UnknownTransaction(request.reverses)
    undone = past.transaction
    _check_reversible(past.seq, undone.request)
    if past.ended_by is not None:
        raise AlreadyReversed(past.seq, by=past.ended_by)
    for wallet in undone.wallets:
        _check_still_there(past.seq, existing(wallets, wallet.user), due(request, undone))
    return _ending(request, undone, wallets, at)


def due(request: Request, past: Transaction) -> Postings:
    """The postings by which `request` ends `past`; none when it is nothing that can end it."""
    asked = past.request
    if isinstance(request, Reverse) and type(asked) not in _WHY_NOT and not _is_pending(asked):
        return tuple(Posting(one.account, one.asset, -one.amount) for one in past.postings)
    if not (isinstance(asked, CashOut) and asked.pending):
        return ()
    if isinstance(request, SettlePayout):
        return paying(asked, past.outcome)
    if isinstance(request, ReturnPayout):
        return tuple(Posting(one.account, one.asset, -one.amount) for one in past.postings)
    return ()


def does_end(ending: Transaction, past: Transaction | None) -> bool:
    """Whether a transaction that says so really ends `past`, as the rules would have it do."""
    return (
        past is not None
        and ending.postings == due(ending.request, past) != ()
        and ending.outcome == past.outcome
        and ending.terms == _said_of(ending.request, past)
        and [one.user for one in ending.wallets] == [one.user for one in past.wallets]
    )


def holding(request: CashOut, outcome: Outcome) -> Postings:
    """The postings that hold earned coins for a payout."""
    coins = outcome.coins or 0
    return (
        Posting(earned_of(request.user), COIN, -coins),
        Posting(held_of(request.user), COIN, coins),
    )


def paying(request: CashOut, outcome: Outcome) -> Postings:
    """The postings of a payout: earned coins, or held ones, become diamonds, and these dollars."""
    user = request.user
    coins, diamonds = outcome.coins or 0, outcome.diamonds or 0
    usd_cents = outcome.usd_cents or 0
    return (
        Posting(held_of(user) if request.pending else earned_of(user), COIN, -coins),
        Posting(CASHED_OUT, COIN, coins),
        Posting(DIAMONDS, DIAMOND, -diamonds),
        Posting(diamonds_of(user), DIAMOND, diamonds),
        Posting(diamonds_of(user), DIAMOND, -diamonds),
        Posting(DIAMONDS, DIAMOND, diamonds),
        Posting(CASH, USD, -usd_cents),
        Posting(paypal_of(request.paypal), USD, usd_cents),
    )


def _ending(request: Request, past: Transaction, wallets: Wallets, at: datetime) -> Transaction:
    postings = due(request, past)
    after = (existing(wallets, wallet.user) for wallet in past.wallets)
    return Transaction(
        at,
        request,
        past.outcome,
        _said_of(request, past),
        postings,
        tuple(settle(wallet, postings) for wallet in after),
    )


def _pending(payout: int, past: Past | None) -> Transaction:
    """The transaction that asked for a payout which nothing has ended yet."""
    if past is None or not _is_pending(past.transaction.request):
        raise UnknownPayout(payout)
    if past.ended_by is not None:
        raise PayoutEnded(payout, by=past.ended_by)
    return past.transaction


def _is_pending(request: Request) -> bool:
    return isinstance(request, CashOut) and request.pending


def _said_of(request: Request, past: Transaction) -> dict[str, int | str]:
    """What an ending says of the transaction that it ends: its terms."""
    return _identity(past) if isinstance(request, Reverse) else _whose(past)


def _whose(asked: Transaction) -> dict[str, int | str]:
    """Whose payout it is, and where it goes."""
    request = asked.request
    return {"user": request.user, "paypal": request.paypal} if isinstance(request, CashOut) else {}


def _identity(undone: Transaction) -> dict[str, int | str]:
    """What was undone, so that whoever reads of a reversal need not look for it."""
    said = {"op": op_of(undone.request), **to_builtins(undone.request), **undone.terms}
    kept = ("op", "user", "from", "to", "gift", "gift_name", "quantity", "pack", "video", "paypal")
    return {name: said[name] for name in kept if said.get(name) is not None}


def _check_reversible(seq: int, request: Request) -> None:
    if (why := _WHY_NOT.get(type(request))) is not None:
        raise NotReversible(seq, why[0], hint=why[1])
    if _is_pending(request):
        hint = f"give it back: coins payout return {seq} --reason TEXT"
        raise NotReversible(seq, "it is a payout that was not paid at once", hint=hint)


def _check_still_there(seq: int, wallet: Wallet, postings: Postings) -> None:
    held = {
        coins_of(wallet.user): ("coins", wallet.coins),
        earned_of(wallet.user): ("earned coins", wallet.earned),
    }
    for posting in postings:
        kind, have = held.get(posting.account, ("", 0))
        if kind and have + posting.amount < 0:
            raise CoinsGone(seq, wallet.user, kind=kind, need=-posting.amount, have=have)


ENDINGS: Final[dict[type, Callable[[Any, Past | None, Wallets, datetime], Transaction]]] = {
    SettlePayout: decide_settlement,
    ReturnPayout: decide_return,
    Reverse: decide_reversal,
}
