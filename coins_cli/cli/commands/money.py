"""The commands that move money."""

from typing import Annotated

import typer

from coins_cli.cli.options import DryRun, Key, Quantity, User, Yes
from coins_cli.cli.receipts import answer_receipt, usd
from coins_cli.cli.session import Session
from coins_cli.errors import InvalidChoice
from coins_cli.model.money import parse_amount
from coins_cli.model.requests import AUDIENCES, Audience


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
    from coins_cli.cli.asking import choose_pack

    session: Session = ctx.obj
    count = parse_amount(quantity, "the quantity")
    if pack is None:
        pack = choose_pack(session, user, count, is_confirmed=yes or dry_run)
    answer_receipt(
        session,
        session.bank.recharge(
            user, pack.replace(",", ""), quantity=count, key=key, dry_run=dry_run
        ),
    )


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
        typer.Option("--audience", metavar="WHO", help="auto (the platform's choice) or custom."),
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
    from coins_cli.cli.asking import confirm

    session: Session = ctx.obj
    amount = _amount(coins, "the number of coins")
    if session.can_ask and not (yes or dry_run or pending):
        preview = session.bank.cash_out(user, paypal, coins=amount, key=key, dry_run=True)
        if not preview.replayed:
            confirm(f"Pay out {usd(preview)} to {paypal}?")
    receipt = session.bank.cash_out(
        user, paypal, coins=amount, pending=pending, key=key, dry_run=dry_run
    )
    answer_receipt(session, receipt)


def _amount(text: str | None, what: str) -> int | None:
    return None if text is None else parse_amount(text, what)


def _audience(text: str) -> Audience:
    for audience in AUDIENCES:
        if text == audience:
            return audience
    raise InvalidChoice("--audience", text, AUDIENCES)
