"""Histories to export: random ones of every kind of request, with names that are hard to write."""

from datetime import timedelta

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import asdict, replace

from coins_cli.exports.exporting import Export, Selection
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import Request
from coins_cli.model.operations.reverse import Reverse
from coins_cli.store.memory import MemoryStore
from tests.store.economies import START, keyed
from tests.store.stories import BUSY_RULES, USERS, beginning, intents

HANDLES = (
    "a.b", "a_b", "ab", "a..b", "_a", "x_a", "xx_a", ".a", "..a", "0x", "1e5", "__", "00", "u_u",
    "at_at", "a.dot_b", "2e", "users", "coins", "earned", "held",
)  # fmt: skip
ADDRESSES = (
    "p@example.com",
    "P@example.com",
    '"o\'neil+x"@ex-ample.com',
    "=cmd;-x|y@a.b",
    "a:b;c[2026-01-01]@{x}.#y",
    "-at-@at.dot",
    "ünï@exämple.com",
    "x;=1@a.b",
)
TEXTS = (
    '=HYPERLINK("http://example.com";"look")',
    "+1", "-1", "@x", "\t=1", "\r\n=1", "  =1", "＝1", "'", "'=1", "''",  # noqa: RUF001
    "a;=1", 'a; "=1', "a;;-1", "a,=1", "a|b", "a\\nb", "\\", "\\x3b", "a\nb", "a\r\nb\tc", "\x00",
    '2026-01-01 * "x"\n  Assets:Users:Ann:Coins  1 COIN', "; date:2020-01-01, date2:1",
    "[2020-99-99]", "[=2020/01/01]", ":a:b:", "a:: 1/0", "\u202egnp.exe", "\u2028x", "🎁 ünï",
    "\U000e0001", "hi, bob: {x} #tag ^link",
)  # fmt: skip
KEYS = ("=k;-1, [2026-01-01] date:x", "'", "a:b: c", "🎁")


class History(Struct):
    """Requests in order, each with the seconds that have passed when it is asked for."""

    asked: list[tuple[Request, int]]


def made(history):
    """A store in which everything of a history happened that the rules allow."""
    store = MemoryStore()
    for request, seconds in history.asked:
        at = START + timedelta(seconds=seconds)
        store.commit([request], BUSY_RULES, at, on_refusal="go on")
    return store


def exported(store, format_name, selection=None):
    """The text of an export."""
    return "".join(Export(store, format_name, selection or Selection()).chunks())


def balances(store):
    """What every account that was ever used holds, in whole units, by account and asset.

    The sums of all postings; they agree with the wallets and the totals, which were kept by others.
    """
    found = {}
    for entry in store.entries():
        for one in entry.transaction.postings:
            place = (one.account, one.asset)
            found[place] = found.get(place, 0) + one.amount
    for user in store.users():
        wallet = store.wallet(user)
        for kind in ("coins", "earned", "held"):
            assert found.get((f"{user}/{kind}", "COIN"), 0) == getattr(wallet, kind)
    for account, total in store.totals.items():
        assert sum(held for place, held in found.items() if place[0] == account) == total
    return found


def renamed(request, handles, address, texts):
    """The same request by people of other names, with other texts."""
    changes = {}
    for name, value in asdict(request).items():
        if name in ("user", "sender", "creator"):
            changes[name] = handles[USERS.index(value)]
        elif name == "paypal":
            changes[name] = address
        elif name in ("message", "title", "name") and texts is not None:
            changes[name] = texts[: 50 if name == "name" else 100].strip() or "x"
    return replace(request, **changes)


numbers = st.integers(1, 40)
texts = st.sampled_from(TEXTS) | st.text(min_size=1, max_size=8).filter(str.strip)
more = st.one_of(
    st.builds(
        CashOut,
        st.sampled_from(USERS),
        st.just("p@example.com"),
        st.sampled_from([None, 3]),
        st.just(value=True),
    ),
    st.builds(SettlePayout, numbers),
    st.builds(ReturnPayout, numbers, texts),
    st.builds(Reverse, numbers, texts),
    st.builds(
        keyed, st.builds(Recharge, st.sampled_from(USERS), st.just("2000")), st.sampled_from(KEYS)
    ),
)


@st.composite
def histories(draw, least=10, most=60):
    """Random stories of three people, each with hard names, and with what ends older ones."""
    handles = draw(st.lists(st.sampled_from(HANDLES), min_size=3, max_size=3, unique=True))
    asked = draw(st.lists(intents | more, min_size=least, max_size=most))
    told = []
    seconds = 0
    for request in [*beginning().intents, *asked]:
        address = draw(st.sampled_from(ADDRESSES))
        text = draw(st.none() | texts)
        told.append((renamed(request, handles, address, text), seconds))
        seconds += draw(st.sampled_from([0, 1, 1, 90_000]))
    return History(told)


def nasty():
    """A store with every hard name, address and text, in every place where it can stand."""
    store = MemoryStore()

    def do(request, key=None):
        at = START + timedelta(minutes=store.seq)
        return store.commit([keyed(request, key)], BUSY_RULES, at)[0].transaction.seq

    for at, handle in enumerate(HANDLES):
        text = TEXTS[at % len(TEXTS)]
        do(Open(handle, text[:50].strip() or None, text))
        do(Recharge(handle, "10000"))
    for at, text in enumerate(TEXTS):
        one, other = HANDLES[at % len(HANDLES)], HANDLES[(at + 1) % len(HANDLES)]
        do(StartLive(one, text))
        do(EndLive(one))
        do(Promote(one, text, 1, audience="custom", interests=text))
        do(Gift(one, other, "panda", 3, "comments", text, text))
        do(Reverse(do(Gift(one, other, "panda")), text))
    for at, address in enumerate(ADDRESSES):
        user = HANDLES[at + 1]
        do(CashOut(user, address, 3))
        do(SettlePayout(do(CashOut(user, address, 3, pending=True))))
        do(ReturnPayout(do(CashOut(user, address, 3, pending=True)), TEXTS[at]))
    for key in KEYS:
        do(Recharge("a.b", "100"), key)
    return store
