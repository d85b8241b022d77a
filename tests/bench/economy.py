"""Requests that are sent: an economy in which people open wallets, buy coins and send gifts."""

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from .measuring import coins, run
from .sqlite_loop import CONCERT, PANDA

PACK: Final = 10_000
PROMOTION: Final = 500
CASH_OUT: Final = 10_000
STARS: Final = 10
"""How many users get the large gifts, and so come to cash out."""
REFUSED_CODE: Final = 4
"""With this a batch ends when a rule refused some of its lines."""

Fields = dict[str, Any]


class Economy:
    """Makes requests, and knows what each of them comes to; the same ones in every run."""

    def __init__(self) -> None:
        self._random = random.Random("evening")
        self.users: list[str] = []
        self.coins: dict[str, int] = {}
        self.earned: dict[str, int] = {}
        self.done = 0
        self.refused = 0

    def opened(self, users: int) -> Iterator[Fields]:
        """Wallets up to a number of `users`, each with some coins."""
        for number in range(len(self.users), users):
            user = f"user{number:07}"
            self.users.append(user)
            self.coins[user] = self.earned[user] = 0
            self.done += 1
            yield {"op": "open", "user": user}
            yield self._recharge(user)

    def evening(self, lines: int) -> Iterator[Fields]:
        """Of 100 lines 80 are gifts, 15 recharges, 4 promotions and one asks to cash out.

        Most of those who ask have not earned enough, so about one line in a hundred is refused.
        """
        for _ in range(lines):
            kind = self._random.random()
            if kind < 0.15:
                yield self._recharge(self._anybody())
            elif kind < 0.19:
                yield self._promotion(self._anybody())
            elif kind < 0.20:
                yield self._cash_out(self._star())
            elif kind < 0.22:
                yield self._gift(self._anybody(), self._star(), "concert", CONCERT)
            else:
                yield self.small_gift()

    def applause(self, lines: int) -> Iterator[Fields]:
        """Small gifts, and so many recharges that none of them is refused."""
        for _ in range(lines):
            is_gift = self._random.random() < 0.95
            yield self.small_gift() if is_gift else self._recharge(self._anybody())

    def gifts(self, lines: int) -> Iterator[Fields]:
        """Small gifts only."""
        return (self.small_gift() for _ in range(lines))

    def small_gift(self) -> Fields:
        """The cheapest gift, between any two users."""
        return self._gift(self._anybody(), self._anybody(), "panda", PANDA)

    def _gift(self, sender: str, creator: str, gift: str, price: int) -> Fields:
        while creator == sender:
            creator = self._anybody()
        if self.coins[sender] < price:
            self.refused += 1
        else:
            self.coins[sender] -= price
            self.earned[creator] += price
            self.done += 1
        return {"op": "gift", "from": sender, "to": creator, "gift": gift}

    def _recharge(self, user: str) -> Fields:
        self.coins[user] += PACK
        self.done += 1
        return {"op": "recharge", "user": user, "pack": str(PACK)}

    def _promotion(self, user: str) -> Fields:
        if self.coins[user] < PROMOTION:
            self.refused += 1
        else:
            self.coins[user] -= PROMOTION
            self.done += 1
        return {"op": "promote", "user": user, "video": "dance.mp4", "days": 1, "coins": PROMOTION}

    def _cash_out(self, user: str) -> Fields:
        if self.earned[user] < CASH_OUT:
            self.refused += 1
        else:
            self.earned[user] -= CASH_OUT
            self.done += 1
        return {
            "op": "cashout",
            "user": user,
            "paypal": f"{user}@example.com",
            "coins": CASH_OUT,
        }

    def _anybody(self) -> str:
        return self.users[int(self._random.random() * len(self.users))]

    def _star(self) -> str:
        return self.users[int(self._random.random() * min(STARS, len(self.users)))]


def done_of(economy: Economy, requests: Iterable[Fields]) -> Iterator[tuple[Fields, bool]]:
    """Each of the `requests` that `economy` makes, and whether it is done or refused."""
    before = economy.done
    for fields in requests:
        yield fields, economy.done > before
        before = economy.done


def with_keys(requests: Iterable[Fields], name: str = "evening") -> Iterator[Fields]:
    """The same requests, each with a key. They rise, as suits an ordered index best."""
    return ({**fields, "key": f"{name}-{number:09}"} for number, fields in enumerate(requests))


def write_lines(path: Path, requests: Iterable[Fields]) -> Path:
    """A file of requests as JSON Lines."""
    with path.open("w") as file:
        file.writelines(json.dumps(fields) + "\n" for fields in requests)
    return path


def send(store: Path, requests: Iterable[Fields]) -> Path:
    """Have `coins batch` do the requests, in the store that it makes or goes on with."""
    file = write_lines(store.with_suffix(".jsonl"), requests)
    run(coins("batch", file, "--store", store), codes=(0, REFUSED_CODE))
    file.unlink()
    return store
