"""The commands that move money."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from coins_cli.cli.options import DryRun, Key, Quantity, User, Yes, check_one_price
from coins_cli.cli.render.receipt_words import answer_receipt, packs_in_words, payout_question, usd
from coins_cli.cli.session import Session
from coins_cli.errors import InvalidChoice, OneAtMost, one_of
from coins_cli.model.money import parse_amount
from coins_cli.model.operations.promote import AUDIENCES
from coins_cli.model.receipts import Receipt

if TYPE_CHECKING:
    from coins_cli.bank import Bank


def recharge(
    ctx: typer.Context,
    user: User,
    pack: Annotated[
        str | None, typer.Argument(metavar="[PACK]", help="The pack: 100, 500, … Else asked for.")
    ] = None,
    quantity: Quantity = "1",
    key: Key = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Buy a coin pack.

    Without PACK, at a terminal, the packs are shown and the choice is yours to confirm. At most
    10,000 coins are sold at a time. Coins are not refundable.

    Examples:
      coins recharge alice 500
      coins recharge alice 100 --quantity 3
      coins recharge alice

    """
    session: Session = ctx.obj
    count = parse_amount(quantity, "the quantity")

    def buy(bank: "Bank", pack: str, *, dry_run: bool) -> Receipt:
        return bank.recharge(user, pack, quantity=count, key=key, dry_run=dry_run)

    if pack is not None:
        receipt = buy(session.bank, pack.replace(",", ""), dry_run=dry_run)
    else:
        receipt = _chosen(session, user, buy, dry_run=dry_run, is_asked=not yes)
    answer_receipt(session, receipt)


def _chosen(
    session: Session, user: str, buy: Callable[..., Receipt], *, dry_run: bool, is_asked: bool
) -> Receipt:
    """The receipt for a pack that the user chooses at the terminal."""
    from coins_cli.cli.asking import Proposal, choose_pack, done_as_agreed

    def propose(bank: "Bank") -> Proposal[Receipt]:
        pack = choose_pack(session, bank, user)
        tried = buy(bank, pack.id, dry_run=True)
        question = None
        if is_asked and not dry_run:
            question = f"Buy {packs_in_words(tried)} for {usd(tried)}?"
        return Proposal([tried], lambda exact: buy(exact, pack.id, dry_run=dry_run), question)

    return done_as_agreed(session, propose)


def gift(
    ctx: typer.Context,
    sender: Annotated[str, typer.Argument(metavar="FROM", help="Who sends it.")],
    creator: Annotated[str, typer.Argument(metavar="TO", help="The creator who gets it.")],
    gift: Annotated[str, typer.Argument(metavar="GIFT", help="Its id or name, in any case.")],
    quantity: Quantity = "1",
    live: Annotated[bool, typer.Option("--live", help="On the creator's live.")] = False,
    comment: Annotated[
        str | None, typer.Option("--comment", metavar="VIDEO", help="In this video's comments.")
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", "-m", metavar="TEXT", help="Words to go with it.")
    ] = None,
    key: Key = None,
    dry_run: DryRun = False,
) -> None:
    """Send a gift to a creator.

    It goes to the creator's live if there is one, where everyone watching sees it, and else to the
    comments; --live and --comment choose.

    Examples:
      coins gift alice bob panda
      coins gift alice bob "drama queen" --quantity 2 --comment dance.mp4
      coins gift alice bob concert --live --message "What a voice!"

    """
    session: Session = ctx.obj
    if live and comment is not None:
        raise OneAtMost(["--live", "--comment"])
    receipt = session.bank.gift(
        sender,
        creator,
        gift,
        quantity=parse_amount(quantity, "the quantity"),
        live=live,
        comment=comment,
        message=message,
        key=key,
        dry_run=dry_run,
    )
    answer_receipt(session, receipt)


def promote(
    ctx: typer.Context,
    user: User,
    video: Annotated[str, typer.Argument(metavar="VIDEO", help="The video to promote.")],
    days: Annotated[str, typer.Option("--days", metavar="D", help="For how many days.")],
    coins: Annotated[
        str | None, typer.Option("--coins", metavar="N", help="Spend so many coins.")
    ] = None,
    usd: Annotated[
        str | None, typer.Option("--usd", metavar="X", help="Spend so many dollars' worth.")
    ] = None,
    views: Annotated[
        str | None, typer.Option("--views", metavar="N", help="Spend what so many views cost.")
    ] = None,
    audience: Annotated[
        str,
        typer.Option(
            "--audience", metavar="WHO", help=f"{one_of(AUDIENCES)}; auto is the platform's choice."
        ),
    ] = "auto",
    interests: Annotated[
        str | None,
        typer.Option("--interests", metavar="TEXT", help="What a custom audience likes."),
    ] = None,
    key: Key = None,
    dry_run: DryRun = False,
) -> None:
    """Promote a video.

    Over a number of days, bought by coins, dollars or views; with none of them, for the least
    that its days cost. More days cost more. `coins catalog promotions` shows the range.

    Examples:
      coins promote alice dance.mp4 --days 3
      coins promote alice dance.mp4 --days 1 --usd 5
      coins promote alice dance.mp4 --days 2 --views 4000 --audience custom

    """
    session: Session = ctx.obj
    check_one_price(coins, usd, views)
    receipt = session.bank.promote(
        user,
        video,
        days=parse_amount(days, "the number of days"),
        coins=_amount(coins, "the number of coins"),
        usd=usd,
        views=_amount(views, "the number of views"),
        audience=_audience(audience),
        interests=interests,
        key=key,
        dry_run=dry_run,
    )
    answer_receipt(session, receipt)


def cashout(
    ctx: typer.Context,
    user: User,
    paypal: Annotated[
        str,
        typer.Option("--paypal", metavar="ADDRESS", help="The PayPal account, an e-mail address."),
    ],
    coins: Annotated[
        str | None, typer.Option("--coins", metavar="N", help="Only so many of the earned coins.")
    ] = None,
    pending: Annotated[
        bool,
        typer.Option("--pending", help="Only hold the coins, until it is settled or returned."),
    ] = False,
    key: Key = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Pay out what a creator has earned.

    From 10,000 earned coins on. Earned coins become diamonds, and diamonds dollars. Bought coins
    cannot be cashed out. At a terminal you are asked to confirm. With --pending nothing is paid
    yet: coins payout settle does that later, at the rates of today.

    Examples:
      coins cashout bob --paypal bob@example.com --dry-run
      coins cashout bob --paypal bob@example.com --yes
      coins cashout bob --paypal bob@example.com --coins 10000 --yes
      coins cashout bob --paypal bob@example.com --pending

    """
    from coins_cli.cli.asking import receipt_agreed_to

    session: Session = ctx.obj
    amount = _amount(coins, "the number of coins")

    def pay(bank: "Bank", *, dry_run: bool) -> Receipt:
        return bank.cash_out(user, paypal, coins=amount, pending=pending, key=key, dry_run=dry_run)

    receipt = receipt_agreed_to(session, pay, payout_question, dry_run=dry_run, is_asked=not yes)
    answer_receipt(session, receipt)


def _amount(text: str | None, what: str) -> int | None:
    return None if text is None else parse_amount(text, what)


def _audience(text: str) -> str:
    for audience in AUDIENCES:
        if text == audience:
            return audience
    raise InvalidChoice("--audience", text, AUDIENCES)
