"""A small economy's commands, each with what it must come to, for crashing it at every step."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from coins_cli.model.requests import (
    CashOut,
    EndLive,
    Gift,
    Open,
    Promote,
    Recharge,
    Request,
    ReturnPayout,
    Reverse,
    SettlePayout,
    StartLive,
)
from coins_cli.model.rules import decide
from coins_cli.model.transactions import Past, Transaction
from coins_cli.model.wallets import Wallet, Wallets
from coins_cli.store.catalog_files import default_catalog
from coins_cli.store.json_store import JsonStore
from coins_cli.store.memory_store import MemoryStore
from coins_cli.store.protocol import Intent

from .simulated_disk import SimulatedDisk

CATALOG = default_catalog()
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SEGMENT_LINES_MAX = 4

State = dict[str, Wallet]


def by_the_rules(
    request: Request, wallets: Wallets, at: datetime, past: Past | None = None
) -> Transaction:
    return decide(request, CATALOG, wallets, at, past)


def commands() -> list[list[Intent]]:
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
        [Gift("alice", "carol", "panda", quantity=7)],
        [Reverse(19, "the wrong gift")],
        [Gift("carol", "alice", "love-bang")],
    ]
    return [
        [Intent(request, f"{place}.{part}") for part, request in enumerate(requests)]
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
    """One command: the disk that it finds, and the wallets before and after it."""

    place: int
    intents: list[Intent]
    disk: SimulatedDisk
    before: State
    after: State

    @property
    def name(self) -> str:
        ops = [type(intent.request).__name__ for intent in self.intents]
        return f"{self.place}: {', '.join(ops)}"


def scenes(make: type[JsonStore] = JsonStore) -> list[Scene]:
    """The history, cut into scenes; the oracle is the in-memory store."""
    oracle = MemoryStore()
    disk = SimulatedDisk()
    found = []
    for place, intents in enumerate(commands()):
        before = wallets_of(oracle)
        oracle.commit(intents, by_the_rules, moment(place))
        found.append(Scene(place, intents, disk.copy(), before, wallets_of(oracle)))
        store_on(disk, make).commit(intents, by_the_rules, moment(place))
    return found


def wallets_of(store: MemoryStore | JsonStore) -> State:
    with store.reading() as view:
        return {user: wallet for user in view.users() if (wallet := view.wallet(user)) is not None}


def with_disk(scene: Scene, disk: SimulatedDisk) -> Scene:
    return replace(scene, disk=disk)
