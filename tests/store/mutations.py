"""A story in which every operation occurs, and ways to change what any line of it says."""

import copy
import json
from random import Random

from tests.store.rewriting import FREE

OTHER_TEXTS = (
    "",
    "x" * 300,
    "alice",
    "bob",
    "carol",
    "nobody",
    "../../elsewhere",
    "platform",
    "a\x1b[31m\n\r\x00\u202eb",
    "=1+1",
    "comments",
    "live",
    "panda",
    "concert",
    "gift",
    "promote",
    "recharge",
    "0",
    "0.5",
    "NaN",
    "1E+999999999",
    "Infinity",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "2026-01-05T09:00:00",
    "2026-01-05T10:00:03+01:00",
)
OTHER_NUMBERS = (-(2**53), -1, 0, 1, 2, 3, 500, 2**53 - 1, 2**53, 10**30)
OTHERS = (None, True, 1.5, [], {}, [1, 2], {"gift": "panda"})
EXTRA_FIELDS = (
    "gift",
    "coins",
    "usd_cents",
    "diamonds",
    "views",
    "earned",
    "venue",
    "held",
    "user",
    "key",
    "about",
    "lines",
    "strange",
)


def tell_story(bank):
    """Every operation at least once, in twenty-three transactions; some are ended by others."""
    bank.create_wallets("alice", "bob")
    bank.create_wallets("carol", name="Carol C.")
    bank.recharge("alice", 10_000, key="first coins")
    bank.start_live("bob", title="Evening")
    bank.gift("alice", "bob", "drama queen", message="hello")
    bank.gift("alice", "bob", "panda", quantity=2, key="two pandas")
    bank.gift("alice", "carol", "panda", comment="v1")
    bank.end_live("bob")
    bank.promote("alice", "v2", days=1, coins=700)
    bank.promote("alice", "v3", days=1, usd="6.00")
    bank.promote("alice", "v4", days=1)
    bank.recharge("alice", 5_000)
    bank.gift("alice", "bob", "im-very-rich", quantity=5)
    first = bank.cash_out("bob", "bob@example.com", coins=4_000, pending=True)
    bank.return_payout(first.seq, "a typo")
    second = bank.cash_out("bob", "bob@example.org", coins=5_000, pending=True)
    bank.settle_payout(second.seq)
    given = bank.gift("alice", "carol", "rainbow puke")
    bank.reverse(given.seq, "the wrong gift")
    bought = bank.recharge("carol", 500)
    bank.reverse(bought.seq, "the wrong card")
    bank.gift("alice", "bob", "concert")


def decided(says):
    """What a line says that the rules decide: all but the words of its request and its time."""
    kept = {name: of for name, of in says.items() if name not in ("request", "at", "lines")}
    kept["wallets"] = [
        {name: of for name, of in one.items() if name not in ("name", "live_since")}
        for one in says["wallets"]
    ]
    return kept


def mutated(says, random):
    """One or two changes somewhere in what a line says, in place; returns what was changed."""
    return [_mutate(says, random) for _ in range(random.choice((1, 1, 1, 2)))]


def _mutate(says, random):
    """Change, remove, add or repeat one thing, or let it say what another says, at any depth."""
    places = [place for place in _places(says) if place[0][0] not in FREE or random.random() < 0.1]
    path, holder, name = random.choice(places)
    was = copy.deepcopy(holder[name])
    kind = random.choice(("other", "other", "near", "like", "like", "remove", "add"))
    if kind == "remove":
        del holder[name]
    elif kind == "add" and isinstance(holder, dict):
        holder[random.choice(EXTRA_FIELDS)] = _other(was, random)
    elif kind == "add":
        holder.insert(name, copy.deepcopy(holder[random.randrange(len(holder))]))
    elif kind == "like":
        alike = [by[name] for _, by, name in places if type(by[name]) is type(was)]
        holder[name] = copy.deepcopy(random.choice(alike))
    elif kind == "near" and isinstance(was, int):
        holder[name] = was + random.choice((-1, 1))
    else:
        holder[name] = _other(was, random)
    return kind, path, was


def _other(was, random):
    if isinstance(was, str):
        return random.choice(OTHER_TEXTS)
    if isinstance(was, int) and random.random() < 0.8:
        return random.choice(OTHER_NUMBERS)
    return random.choice((*OTHERS, random.choice(OTHER_TEXTS), random.choice(OTHER_NUMBERS)))


def _places(value, path=()):
    """Every place in a JSON value: its path, what holds it, and its name there."""
    found = []
    for name, of in value.items() if isinstance(value, dict) else enumerate(value):
        found.append(((*path, name), value, name))
        if isinstance(of, dict | list):
            found += _places(of, (*path, name))
    return found


def one_line_changed(number, seed):
    """A change for `rewrite`: the line `number` mutated as `seed` says, and what that was."""
    random, done = Random(seed), []

    def change(at, says):
        if at == number:
            done.extend(mutated(says, random))
            json.dumps(says)

    return change, done
