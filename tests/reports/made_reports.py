"""Reports to draw: of a class, of nothing, and of what nobody hopes for."""

from datetime import UTC, date, datetime, timedelta

from coins_cli.bank import Bank
from coins_cli.model.money import AMOUNT_MAX
from coins_cli.store.memory import MemoryStore
from coins_cli.views.division import Division
from coins_cli.views.flows import Flows, Scope
from coins_cli.views.money_report import Day, GiftGiven, PackSold, Report, UserFlows

NOW = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)
NASTY_NAMES = (
    '<script>alert("x")</script>',
    "\"'><img src=x onerror=alert(1)>",
    "</svg></style></title>&amp;",
    "\x1b[31mred\x07\x00",
    "\u202egnp.exe\u2066 \u200b",
    "مرحبا بالعالم هدية طويلة جدا",
    "👑🎉🎁" * 16,
    "W" * 50,
    "https://example.com/?q=1&r=2",
)
LONGEST_HANDLE = "w" * 24


def of_nothing():
    return Report(Scope(), 0, Flows(), [], [], [], [], Division())


def of_a_class(catalog):
    """A month of recharges, gifts, promotions, payouts of each kind and a reversal."""
    moment = [datetime(2026, 1, 5, 9, tzinfo=UTC)]
    bank = Bank(MemoryStore(), catalog, clock=lambda: moment[0])
    kids = [f"kid{at:02}" for at in range(12)]
    bank.create_wallets("ana", "ben", *kids)
    for at, kid in enumerate(kids):
        moment[0] += timedelta(days=2)
        bank.recharge(kid, list(catalog.packs)[at % 5])
        bank.recharge(kid, "10000")
        bank.gift(kid, ("ana", "ben")[at % 2], "drama queen", quantity=1 + at % 2)
        bank.gift(kid, "ana", "panda", quantity=at + 1)
    bank.promote("kid00", "v", days=1)
    bank.reverse(bank.recharge("ben", "500").seq, "by mistake")
    bank.cash_out("ana", "ana@example.com", coins=11_000)
    bank.cash_out("ben", "ben@example.com", coins=12_000, pending=True)
    return bank.read.report()


def of_an_evening(catalog):
    """What a class does in its first hour: one creator, two fans, a promotion, a payout."""
    moment = [datetime(2026, 1, 5, 9, tzinfo=UTC)]
    bank = Bank(MemoryStore(), catalog, clock=lambda: moment[0])
    bank.create_wallets("alice", "bob", "carol")
    bank.recharge("alice", 10_000)
    bank.recharge("carol", 5_000)
    bank.gift("alice", "bob", "drama queen")
    bank.gift("carol", "bob", "im very rich", quantity=4)
    bank.promote("alice", "cat.mp4", days=1)
    bank.gift("alice", "bob", "rainbow puke", quantity=10)
    bank.cash_out("bob", "bob@example.com")
    return bank.read.report()


def of_the_largest():
    """Every number as large as one can be, every name as long, as wide or as wicked as can be."""
    most = AMOUNT_MAX
    part = most // 6
    flows = Flows(
        usd_cents_in=most,
        usd_cents_out=most // 3,
        coins_issued=6 * part,
        coins_unspent=part,
        coins_given=most,
        coins_received=most,
        coins_earned=part,
        coins_held=part,
        coins_promotions=part,
        coins_platform_share=part,
        coins_cashed_out=part,
    )
    packs = [PackSold("pack-" + "9" * 40, most, 5 * part, most - 7)]
    packs += [PackSold(f"p{at}", 1, part // 10, 0) for at in range(9)]
    packs.append(PackSold("last", most, part - 9 * (part // 10), 7))
    gifts = [GiftGiven(f"g{at}", name, most, most - at) for at, name in enumerate(NASTY_NAMES)]
    users = [
        UserFlows(
            f"{LONGEST_HANDLE[:-2]}{at:02}",
            usd_cents_in=most,
            usd_cents_out=most,
            coins_given=most - at,
            gifts_given=most,
            coins_received=most - at,
            gifts_received=most,
        )
        for at in range(12)
    ]
    days = [Day(date(1, 1, 1), 1, most, 0, most, 0, most)]
    days.append(Day(date(8999, 12, 31), most, most, 0, most, 0, 6 * part))
    of_kept = (most - most // 3) // 7
    parts = Division(*[of_kept] * 6, most - most // 3 - 6 * of_kept)
    return Report(Scope(), most, flows, packs, gifts, users, days, parts, most)


def of_a_part():
    """What was given by one user: more went out of it than came in."""
    flows = Flows(coins_unspent=-500, coins_given=500)
    users = [UserFlows("kid00", coins_given=500, gifts_given=1, coins_unspent=-500)]
    gifts = [GiftGiven("concert", "Concert", 1, 500), GiftGiven("panda", "Panda", -1, -5)]
    days = [Day(date(2026, 1, 5), 1, coins_given=500, coins_circulating=-500)]
    scope = Scope(since=NOW - timedelta(days=30), until=NOW, user="kid00", live=4)
    return Report(scope, 1, flows, [], gifts, users, days)


def of_very_much():
    """As many users, days and kinds as a school will ever have."""
    begin = date(2026, 1, 1)
    days = [
        Day(begin + timedelta(days=at), 1, coins_circulating=at * 7 % 4_000) for at in range(1_000)
    ]
    users = [UserFlows(f"user{at}", coins_given=at, coins_received=at) for at in range(10_000)]
    gifts = [GiftGiven(f"g{at}", f"Gift {at}", 1, 10_000 - at) for at in range(1_000)]
    packs = [PackSold(f"p{at}", 1, 100, 100) for at in range(1_000)]
    flows = Flows(usd_cents_in=100_000, coins_issued=100_000, coins_unspent=100_000)
    parts = Division(usd_cents_unspent=100_000)
    return Report(Scope(), 1_000_000, flows, packs, gifts, users, days, parts)
