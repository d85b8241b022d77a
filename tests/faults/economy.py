"""A small economy's commands, each with what it must come to, for crashing it at every step."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from coins_cli.model.catalog import Catalog
from coins_cli.model.economy import Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import Request
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import Transaction
from coins_cli.model.wallets import Wallet
from coins_cli.store.json.store import JsonStore
from coins_cli.store.memory import MemoryStore
from tests.store.economies import CATALOG, RULES, keyed

from .simulated_disk import SimulatedDisk

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SEGMENT_LINES_MAX = 4

State = dict[str, Wallet]


@dataclass(frozen=True)
class Command:
    """What is asked for as one, and the rules, with their prices, that it is decided by."""

    requests: list[Request]
    rules: Rules = RULES


def with_gift_prices(**coins: int) -> Rules:
    """The rules at the default catalog's prices, but for some gifts."""
    gifts = {
        gift: replace(offer, coins=coins.get(gift.replace("-", "_"), offer.coins))
        for gift, offer in CATALOG.gifts.items()
    }
    return Rules(replace(CATALOG, gifts=gifts))


DEARER = with_gift_prices(im_very_rich=1_100)
CHEAPER = with_gift_prices(panda=4)
PRICES = {0: RULES, 3: DEARER, 7: RULES, 14: CHEAPER}
"""From which command on which rules are in force: prices change while a segment has some lines,
and, the last time, while the newest one has none yet."""


def commands() -> list[Command]:
    """A history of every kind of command, in which segments are sealed again and again."""
    story: list[list[Request]] = [
        [Open("alice"), Open("bob"), Open("carol")],
        [Recharge("alice", "10000")],
        [Gift("alice", "bob", "drama-queen")],
        [StartLive("bob")],
        [Gift("alice", "bob", "im-very-rich", quantity=3, message="well sung")],
        [Recharge("carol", "2000", quantity=2)],
        [EndLive("bob")],
        [Gift("carol", "bob", "concert", quantity=4, video="dance.mp4")],
        [Promote("alice", "cat.mp4", 1)],
        [CashOut("bob", "bob@example.com", 4_000, pending=True)],
        [ReturnPayout(12, "a typo"), CashOut("bob", "bob@example.org", pending=True)],
        [SettlePayout(14)],
        [Open("dora"), Recharge("dora", "100"), Gift("dora", "alice", "panda")],
        [],  # which seals, and adds nothing
        [Gift("alice", "carol", "panda", quantity=7)],
        [Reverse(19, "the wrong gift")],
        [Gift("carol", "alice", "love-bang")],
        [Gift("dora", "bob", "panda")],
    ]
    return [
        Command(
            [keyed(request, f"{place}.{part}") for part, request in enumerate(requests)],
            PRICES[max(first for first in PRICES if first <= place)],
        )
        for place, requests in enumerate(story)
    ]


def moment(place: int) -> datetime:
    return START + timedelta(minutes=place)


def store_on(disk: SimulatedDisk, make: type[JsonStore] = JsonStore) -> JsonStore:
    return make(
        "the store",
        disk=disk,
        new_id=lambda: "5" * 32,
        segment_lines_max=SEGMENT_LINES_MAX,
        lock_wait_seconds=0,
    )


@dataclass(frozen=True)
class Scene:
    """One command: the disk that it finds, and the wallets before and after it.

    `prices` are those at which each transaction was decided, by its number, this one's too.
    """

    place: int
    requests: list[Request]
    rules: Rules
    disk: SimulatedDisk
    before: State
    after: State
    prices: list[Catalog]

    @property
    def name(self) -> str:
        ops = [type(request).__name__ for request in self.requests]
        return f"{self.place}: {', '.join(ops)}"

    def run(self, store: JsonStore) -> None:
        """Let the store do the command."""
        store.commit(self.requests, self.rules, moment(self.place))


def scenes(make: type[JsonStore] = JsonStore) -> list[Scene]:
    """The history, cut into scenes; the oracle is the in-memory store."""
    oracle = MemoryStore()
    disk = SimulatedDisk()
    found = []
    for place, command in enumerate(commands()):
        before = wallets_of(oracle)
        oracle.commit(command.requests, command.rules, moment(place))
        scene = Scene(
            place,
            command.requests,
            command.rules,
            disk.copy(),
            before,
            wallets_of(oracle),
            prices_of(oracle),
        )
        scene.run(store_on(disk, make))
        found.append(scene)
    return found


def wallets_of(store: MemoryStore | JsonStore) -> State:
    with store.reading() as view:
        return {user: wallet for user in view.users() if (wallet := view.wallet(user)) is not None}


def prices_of(store: MemoryStore | JsonStore) -> list[Catalog]:
    """The prices at which each transaction was decided."""
    with store.reading() as view:
        return [entry.catalog for entry in view.entries()]


def plain(transaction: Transaction) -> Transaction:
    """A transaction without how many were written with it, which only a journal tells."""
    return replace(transaction, lines=0)
