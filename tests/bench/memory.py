"""The economy in memory: requests decided and taken in a second, with no disk and no answers."""

import time
from collections.abc import Sequence
from typing import Final

from coins_cli.model.default_catalog import DEFAULT_CATALOG
from coins_cli.model.economy import Economy as EconomyInMemory
from coins_cli.model.economy import Rules, do_each
from coins_cli.model.operations.request import Request
from coins_cli.model.sending import request_of

from .economy import Economy, Fields, with_keys
from .measuring import Bench, Budget, Row, Scale, Table, check, in_turn

ROUNDS: Final = 5
SIZES: Final[dict[Scale, tuple[int, int]]] = {
    "small": (20, 300),
    "usual": (10_000, 200_000),
    "full": (10_000, 1_000_000),
}
"""How many users send how many requests."""
DONE: Final = Budget("figure", least=2.5 * 127_000)
"""2.5 times what the engine before this one did, on one core of the machine of the time."""


class InMemory:
    """Requests that are made already, and what they must come to."""

    def __init__(self, users: int, lines: int) -> None:
        self._economy = Economy()
        self._opening = _requests(list(self._economy.opened(users)))
        sent = list(self._economy.evening(lines))
        self._sent = {"without": _requests(sent), "with": _requests(list(with_keys(sent)))}

    def speed(self, keys: str) -> float:
        """Requests decided and taken in a second, one core, with or without a key each."""
        economy = EconomyInMemory(Rules(DEFAULT_CATALOG))
        do_each(economy, self._opening, "raise")
        sent = self._sent[keys]
        started = time.perf_counter()
        answers = do_each(economy, sent, "go on")
        seconds = time.perf_counter() - started
        check(len(answers) == len(sent) and len(economy.fresh) == self._economy.done)
        for user in self._economy.users:
            wallet = economy.wallets[user]
            check(wallet is not None and wallet.coins == self._economy.coins[user])
            check(wallet is not None and wallet.earned == self._economy.earned[user])
        return len(sent) / seconds


def _requests(sent: Sequence[Fields]) -> list[Request]:
    return [request_of(fields) for fields in sent]


def measure(bench: Bench) -> list[Table]:
    """Decide and take, without keys and with a key each."""
    users, lines = SIZES[bench.scale]
    place = InMemory(users, lines)
    cases = {keys: (lambda keys=keys: place.speed(keys)) for keys in ("without", "with")}
    took = in_turn(cases, bench.rounds_or(ROUNDS))
    rows = [
        Row("decide and take", "per second", took["without"], budget=DONE),
        Row("decide and take, a key each", "per second", took["with"]),
    ]
    return [Table(f"In memory: {lines:,} requests of {users:,} users, one core", rows, [NOTE])]


NOTE: Final = (
    "The rules alone, as a simulation has them: requests are made already, nothing is encoded, and"
    "\nabout one in a hundred is refused."
)
