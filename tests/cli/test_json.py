"""What each command answers in JSON, field by field."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.runner import coins, command_paths, one_object, process, typed

AMOUNT_MAX = 2**53 - 1


def whole(value):
    """A number of coins, days, views: a whole number, and never a truth value."""
    return type(value) is int and abs(value) <= AMOUNT_MAX


def usd(value):
    """Dollars and cents, as text."""
    return isinstance(value, str) and re.fullmatch(r"(0|[1-9]\d*)\.\d\d", value) is not None


def usd_or_share(value):
    """Dollars and cents, or a part of them to four places, as text."""
    return usd(value) or (isinstance(value, str) and re.fullmatch(r"0\.\d{4}", value) is not None)


def usd_or_coins(value):
    """Dollars that a quote spends, or coins that were spent on promotions."""
    return usd(value) or whole(value)


def moment(value):
    """A time in UTC, in ISO 8601, which ends with a Z."""
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def digest(value):
    """A SHA-256 in hex digits."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def text(value):
    return isinstance(value, str)


def nothing(value):
    return value is None


def priced(value):
    """A value of a catalog: whole numbers as such, dollars, rates and names as text."""
    return whole(value) or text(value)


def each(expected):
    """A list of at least one, all of whose members are like `expected`."""
    return lambda found: bool(found) and not any(differences(one, expected) for one in found)


HOLDINGS = {"coins": whole, "earned": whole}
PACKS = [{"pack": text, "quantity": whole}]
RECEIPT = {
    "schema": 1,
    "seq": whole,
    "op": text,
    "at": moment,
    "key": nothing,
    "replayed": False,
    "dry_run": False,
    "head": digest,
}
OPENED = {
    **RECEIPT,
    "op": "open",
    "user": text,
    "name": nothing,
    "note": nothing,
    "balances": {"zoe": HOLDINGS},
}
PRICES_CHANGED = {"schema": 1, "file": text, "dry_run": False, "lost_comments": False}
WALLET = {"user": text, "name": nothing, **HOLDINGS, "held": 0, "live_since": nothing}
LIVE = {
    "id": 17,
    "creator": "erin",
    "title": nothing,
    "status": "on",
    "started_at": moment,
    "ended_at": nothing,
    "seconds": whole,
    "coins": 10,
    "gifts": 2,
}
SUMMARY = {
    **LIVE,
    "kinds": [{"gift": "panda", "quantity": 2, "coins": 10}],
    "supporters": [{"rank": 1, "user": "dora", "coins": 10, "gifts": 2}],
    "biggest": {"seq": 18, "from": "dora", "gift": "panda", "quantity": 2, "coins": 10},
}
PAYOUT = {
    "id": 18,
    "user": "frank",
    "status": "pending",
    "coins": 10000,
    "diamonds": 10000,
    "usd": "100.00",
    "paypal": "frank@example.com",
    "asked_at": moment,
    "ended_at": nothing,
    "ended_by": nothing,
    "reason": nothing,
}
PROMOTION = {
    "id": 18,
    "user": "dora",
    "video": "cat.mp4",
    "status": "running",
    "days": 2,
    "days_left": 2,
    "coins": 1000,
    "views": whole,
    "views_bought": 2000,
    "began_at": moment,
    "ends_at": moment,
}
HOLDING_NOTHING = {"coins": 0, "earned": 0, "held": 0}
PART_OF_DORA = {
    "since": None,
    "until": None,
    "user": "dora",
    "live": None,
    "transactions": 2,
    "usd": {
        "in": "26.99",
        "paid_out": "0.00",
        "kept": "26.99",
        "kept_margin": None,
        "kept_promotions": None,
        "kept_platform_share": None,
        "kept_open": None,
        "kept_unspent": None,
        "kept_earned": None,
        "kept_held": None,
        "kept_taken_back": None,
        "could_still_bring": None,
    },
    "coins": {
        "issued": 2000,
        "unspent": 2000,
        "given": 0,
        "received": 0,
        "spent": 0,
        "platform_share": 0,
        "earned": 0,
        "held": 0,
        "cashed_out": 0,
    },
    "take_rate": "1.0000",
    "packs": [{"pack": "2000", "times": 1, "coins": 2000, "usd": "26.99"}],
    "gifts": [],
    "users": [
        {
            "user": "dora",
            "usd_in": "26.99",
            "usd_out": "0.00",
            "bought": 2000,
            "given": 0,
            "gifts_given": 0,
            "received": 0,
            "gifts_received": 0,
            "spent": 0,
            "cashed_out": 0,
            "unspent": 2000,
            "earned": 0,
            "held": 0,
        }
    ],
    "days": [
        {
            "day": text,
            "transactions": 2,
            "usd_in": "26.99",
            "usd_out": "0.00",
            "coins_issued": 2000,
            "coins_given": 0,
            "coins_circulating": 2000,
        }
    ],
}
"""What the report says of dora."""
CLOCK = {"schema": 1, "now": moment, "own": True, "stopped": False, "ahead_seconds": whole}
GIVE = "gift dora erin panda --quantity 2"
ASK = "cashout frank --paypal frank@example.com --pending"
BUY = "promote dora cat.mp4 --days 2"
BEFORE = {
    "page": [GIVE],
    "live end": [GIVE],
    "live watch": [GIVE, "live end erin"],
    "live list": [GIVE],
    "live show": [GIVE],
    "payout list": [ASK],
    "payout show": [ASK],
    "payout settle": [ASK],
    "payout return": [ASK],
    "promotion list": [BUY],
    "promotion show": [BUY],
}
"""What is done before a command is asked."""

ANSWERS = {
    # what is typed, and what is answered: a value, a check of one, or fields
    "recharge": (
        "recharge alice 100 --quantity 2",
        {
            **RECEIPT,
            "op": "recharge",
            "user": "alice",
            "pack": "100",
            "quantity": 2,
            "coins": 200,
            "usd": "2.58",
            "balances": {"alice": {"coins": 301, "earned": 0}},
        },
    ),
    "gift": (
        "gift alice bob panda --quantity 3 --comment dance.mp4 --message Bravo",
        {
            **RECEIPT,
            "op": "gift",
            "from": "alice",
            "to": "bob",
            "gift": "panda",
            "quantity": 3,
            "venue": "comments",
            "video": "dance.mp4",
            "message": "Bravo",
            "coins": 15,
            "earned": 15,
            "balances": {
                "alice": {"coins": 86, "earned": 0},
                "bob": {"coins": 0, "earned": 10014},
            },
        },
    ),
    "promote": (
        "promote dora cat.mp4 --days 2 --usd 10 --audience custom --interests cats",
        {
            **RECEIPT,
            "op": "promote",
            "user": "dora",
            "video": "cat.mp4",
            "days": 2,
            "audience": "custom",
            "interests": "cats",
            "views": 2012,
            "coins": 1006,
            "usd": "10.00",
            "balances": {"dora": {"coins": 994, "earned": 0}},
        },
    ),
    "cashout": (
        "cashout frank --paypal frank@example.com",
        {
            **RECEIPT,
            "op": "cashout",
            "user": "frank",
            "paypal": "frank@example.com",
            "coins": 10000,
            "pending": False,
            "diamonds": 10000,
            "usd": "100.00",
            "balances": {"frank": {"coins": 500, "earned": 0}},
        },
    ),
    "batch": (
        "batch one.jsonl",
        {
            **RECEIPT,
            "line": 1,
            "op": "recharge",
            "user": "alice",
            "pack": "100",
            "quantity": 2,
            "coins": 200,
            "usd": "2.58",
            "balances": {"alice": {"coins": 301, "earned": 0}},
        },
    ),
    "balance": (
        "balance bob",
        {
            "schema": 1,
            "user": "bob",
            "coins": 0,
            "earned": 9999,
            "held": 0,
            "cash_out": {
                "eligible": False,
                "threshold": 10000,
                "short_by": 1,
                "usd": "99.99",
            },
        },
    ),
    "history": (
        "history dora",
        {
            "schema": 1,
            "user": "dora",
            "transactions": [
                {
                    **RECEIPT,
                    "op": "recharge",
                    "user": "dora",
                    "pack": "2000",
                    "quantity": 1,
                    "coins": 2000,
                    "usd": "26.99",
                    "balances": {"dora": {"coins": 2000, "earned": 0}},
                },
                {
                    **RECEIPT,
                    "op": "open",
                    "user": "dora",
                    "name": "Dora the Dancer",
                    "note": None,
                    "balances": {"dora": {"coins": 0, "earned": 0}},
                },
            ],
        },
    ),
    "statement": (
        "statement dora",
        {
            "schema": 1,
            "user": "dora",
            "name": "Dora the Dancer",
            "since": None,
            "until": None,
            "opening": HOLDING_NOTHING,
            "lines": [
                {
                    "seq": 16,
                    "at": moment,
                    "op": "recharge",
                    "what": "bought 2,000 coins for $26.99",
                    "coins": 2000,
                    "earned": 0,
                    "held": 0,
                }
            ],
            "closing": {"coins": 2000, "earned": 0, "held": 0},
        },
    ),
    "top": (
        "top bob",
        {
            "schema": 1,
            "creator": "bob",
            "supporters": [{"rank": 1, "user": "alice", "coins": 9999, "gifts": 1004}],
        },
    ),
    "page": (
        "page erin",
        {
            "schema": 1,
            "creator": "erin",
            "name": None,
            "live_since": moment,
            "coins": 10,
            "gifts": 2,
            "supporters": [{"rank": 1, "user": "dora", "coins": 10, "gifts": 2}],
            "lives": [LIVE],
        },
    ),
    "report": ("report --user dora", {"schema": 1, **PART_OF_DORA}),
    "whatif": (
        "whatif --set packs.2000.usd=20.00 --user dora",
        {
            "schema": 1,
            "keep": "packs",
            "recorded": {**PART_OF_DORA, "reached": []},
            "others": [
                {
                    "name": "packs.2000.usd=20.00",
                    **PART_OF_DORA,
                    "usd": {**PART_OF_DORA["usd"], "in": "20.00", "kept": "20.00"},
                    "packs": [{"pack": "2000", "times": 1, "coins": 2000, "usd": "20.00"}],
                    "users": [{**PART_OF_DORA["users"][0], "usd_in": "20.00"}],
                    "days": [{**PART_OF_DORA["days"][0], "usd_in": "20.00"}],
                    "reached": [],
                    "difference": {
                        "usd": {
                            **dict.fromkeys(PART_OF_DORA["usd"], nothing),
                            "in": "-6.99",
                            "paid_out": "0.00",
                            "kept": "-6.99",
                        },
                        "coins": dict.fromkeys(PART_OF_DORA["coins"], 0),
                    },
                    "carried": "0.00",
                    "missed_count": 0,
                    "missed_by_user": {},
                    "missed": [],
                }
            ],
        },
    ),
    "export": (
        "export --format csv --out journal.csv",
        {"schema": 1, "file": "journal.csv", "format": "csv", "transactions": 17, "bytes": whole},
    ),
    "quote coins": (
        "quote coins 1050",
        {
            "schema": 1,
            "coins": 1050,
            "bought": 1100,
            "left_over": 50,
            "usd": "14.19",
            "packs": [{"pack": "100", "quantity": 11}],
            "single": {
                "pack": "2000",
                "quantity": 1,
                "usd": "26.99",
                "left_over": 950,
                "saves": "12.80",
            },
            "by_pack": [
                {"pack": "100", "quantity": 11, "usd": "14.19", "cents_per_coin": "1.290"},
                {"pack": "500", "quantity": 3, "usd": "19.47", "cents_per_coin": "1.298"},
                {"pack": "2000", "quantity": 1, "usd": "26.99", "cents_per_coin": text},
                {"pack": "5000", "quantity": 1, "usd": "66.99", "cents_per_coin": "1.340"},
                {"pack": "10000", "quantity": 1, "usd": "134.99", "cents_per_coin": "1.350"},
            ],
        },
    ),
    "quote gift": (
        "quote gift 'Drama queen' --quantity 2",
        {
            "schema": 1,
            "gift": "drama-queen",
            "quantity": 2,
            "coins": 10000,
            "sender_usd": {"least": "129.00", "most": "134.99"},
            "creator_usd": "100.00",
            "stays_usd": {"least": "29.00", "most": "34.99"},
            "take_rate": {"least": "0.2248", "most": "0.2592"},
            "earned": 10000,
            "diamonds": 10000,
            "cash_out": {"eligible": True, "threshold": 10000, "short_by": 0},
        },
    ),
    "quote usd": (
        "quote usd 6.48",
        {
            "schema": 1,
            "usd": "6.48",
            "coins": 500,
            "spent": "6.45",
            "left_usd": "0.03",
            "packs": [{"pack": "100", "quantity": 5}],
            "creator_usd": "5.00",
            "stays_usd": "1.45",
            "take_rate": "0.2248",
            "earned": 500,
            "diamonds": 500,
            "cash_out": {"eligible": False, "threshold": 10000, "short_by": 9500},
        },
    ),
    "quote promotion": (
        "quote promotion --days 3 --views 4001",
        {
            "schema": 1,
            "days": 3,
            "coins": 2001,
            "usd": "19.86",
            "views": 4002,
            "views_per_day": 1334,
            "buy": {
                "bought": 2100,
                "usd": "27.09",
                "packs": [{"pack": "100", "quantity": 21}],
            },
        },
    ),
    "wallet create": (
        "wallet create zoe yan",
        {
            "schema": 1,
            "receipts": [
                {**OPENED, "user": "zoe", "balances": {"zoe": {"coins": 0, "earned": 0}}},
                {**OPENED, "user": "yan", "balances": {"yan": {"coins": 0, "earned": 0}}},
            ],
        },
    ),
    "wallet list": (
        "wallet list",
        {
            "schema": 1,
            "wallets": [
                {**WALLET, "user": "alice", "coins": 101, "earned": 0},
                {**WALLET, "user": "bob", "coins": 0, "earned": 9999},
                {**WALLET, "user": "carol", "coins": 4, "earned": 0},
                {
                    **WALLET,
                    "user": "dora",
                    "name": "Dora the Dancer",
                    "coins": 2000,
                    "earned": 0,
                },
                {**WALLET, "user": "erin", "coins": 0, "earned": 0, "live_since": moment},
                {**WALLET, "user": "frank", "coins": 500, "earned": 10000},
            ],
        },
    ),
    "wallet show": (
        "wallet show erin",
        {
            "schema": 1,
            "user": "erin",
            "name": None,
            "coins": 0,
            "earned": 0,
            "held": 0,
            "live_since": moment,
        },
    ),
    "live start": (
        "live start bob --title Songs",
        {
            **RECEIPT,
            "op": "live_start",
            "user": "bob",
            "title": "Songs",
            "balances": {"bob": {"coins": 0, "earned": 9999}},
        },
    ),
    "live end": (
        "live end erin",
        {
            **RECEIPT,
            "op": "live_end",
            "user": "erin",
            "balances": {"erin": {"coins": 0, "earned": 10}},
            "summary": {**SUMMARY, "status": "ended", "ended_at": moment},
        },
    ),
    "live list": ("live list", {"schema": 1, "lives": [LIVE]}),
    "live show": ("live show erin", {"schema": 1, **SUMMARY}),
    "live watch": (
        "live watch erin --since 1",
        {
            "schema": 1,
            "event": "end",
            "seq": 19,
            "at": moment,
            "from": None,
            "to": "erin",
            "gift": None,
            "quantity": None,
            "coins": None,
            "combo": None,
            "total": 10,
            "title": None,
        },
    ),
    "payout list": ("payout list", {"schema": 1, "payouts": [PAYOUT]}),
    "payout show": ("payout show 18", {"schema": 1, **PAYOUT}),
    "payout settle": (
        "payout settle 18",
        {
            **RECEIPT,
            "op": "payout_settle",
            "payout": 18,
            "user": "frank",
            "paypal": "frank@example.com",
            "coins": 10000,
            "diamonds": 10000,
            "usd": "100.00",
            "balances": {"frank": {"coins": 500, "earned": 0}},
        },
    ),
    "payout return": (
        "payout return 18 --reason mistyped",
        {
            **RECEIPT,
            "op": "payout_return",
            "payout": 18,
            "reason": "mistyped",
            "user": "frank",
            "paypal": "frank@example.com",
            "coins": 10000,
            "diamonds": 10000,
            "usd": "100.00",
            "balances": {"frank": {"coins": 500, "earned": 10000}},
        },
    ),
    "promotion list": ("promotion list", {"schema": 1, "promotions": [PROMOTION]}),
    "promotion show": ("promotion show 18", {"schema": 1, **PROMOTION}),
    "class import": (
        "class import roster.csv --recharge 100",
        {
            "schema": 1,
            "created": ["mia"],
            "unchanged": ["dora"],
            "receipts": [
                {
                    **OPENED,
                    "user": "mia",
                    "name": "Mia M.",
                    "note": "team: red",
                    "key": "roster/mia/open",
                    "balances": {"mia": {"coins": 0, "earned": 0}},
                },
                {
                    **RECEIPT,
                    "op": "recharge",
                    "user": "mia",
                    "pack": "100",
                    "quantity": 1,
                    "coins": 100,
                    "usd": "1.29",
                    "key": "roster/mia/recharge/100",
                    "balances": {"mia": {"coins": 100, "earned": 0}},
                },
                {
                    **RECEIPT,
                    "op": "recharge",
                    "user": "dora",
                    "pack": "100",
                    "quantity": 1,
                    "coins": 100,
                    "usd": "1.29",
                    "key": "roster/dora/recharge/100",
                    "balances": {"dora": {"coins": 2100, "earned": 0}},
                },
            ],
        },
    ),
    "class list": ("class list", {"schema": 1, "class": list}),
    "clock show": ("clock show", {**CLOCK, "own": False, "ahead_seconds": 0}),
    "clock set": (
        "clock set 2100-01-01T10:00 --stopped",
        {**CLOCK, "now": "2100-01-01T10:00:00Z", "stopped": True, "ahead_seconds": 0},
    ),
    "clock advance": ("clock advance 1w", {**CLOCK, "ahead_seconds": 604800}),
    "clock reset": ("clock reset", {**CLOCK, "own": False, "ahead_seconds": 0}),
    "undo": (
        "undo --user frank",
        {
            **RECEIPT,
            "op": "reverse",
            "reverses": 14,
            "reason": "undone",
            "coins": 500,
            "usd": "6.49",
            "reversed": {"op": "recharge", "user": "frank", "pack": "500", "quantity": 1},
            "balances": {"frank": {"coins": 0, "earned": 10000}},
        },
    ),
    "reverse": (
        "reverse 14 --reason 'bought twice'",
        {
            **RECEIPT,
            "op": "reverse",
            "reverses": 14,
            "reason": "bought twice",
            "coins": 500,
            "usd": "6.49",
            "reversed": {"op": "recharge", "user": "frank", "pack": "500", "quantity": 1},
            "balances": {"frank": {"coins": 0, "earned": 10000}},
        },
    ),
    "catalog packs": (
        "catalog packs",
        {
            "schema": 1,
            "packs": [
                {"id": "100", "coins": 100, "usd": "1.29", "cents_per_coin": "1.290"},
                {"id": "500", "coins": 500, "usd": "6.49", "cents_per_coin": "1.298"},
                {"id": "2000", "coins": 2000, "usd": "26.99", "cents_per_coin": "1.349"},
                {"id": "5000", "coins": 5000, "usd": "66.99", "cents_per_coin": "1.340"},
                {"id": "10000", "coins": 10000, "usd": "134.99", "cents_per_coin": "1.350"},
            ],
        },
    ),
    "catalog gifts": (
        "catalog gifts",
        {
            "schema": 1,
            "gifts": [
                {"id": "italian-hand", "name": "Italian hand", "coins": 5},
                {"id": "panda", "name": "Panda", "coins": 5},
                {"id": "love-bang", "name": "Love bang", "coins": 25},
                {"id": "sun-cream", "name": "Sun cream", "coins": 50},
                {"id": "rainbow-puke", "name": "Rainbow puke", "coins": 100},
                {"id": "concert", "name": "Concert", "coins": 500},
                {"id": "im-very-rich", "name": "I'm very rich", "coins": 1000},
                {"id": "drama-queen", "name": "Drama queen", "coins": 5000},
            ],
        },
    ),
    "catalog promotions": (
        "catalog promotions",
        {
            "schema": 1,
            "promotions": [
                {"id": "smallest", "usd": "5.00", "coins": 500, "views": 1000},
                {"id": "largest", "usd": "7000.00", "coins": 707000, "views": 1414000},
            ],
            "days_max": 30,
            "min_coins_per_day": 500,
            "views_per_coin": "2",
        },
    ),
    "catalog show": (
        "catalog show --catalog calculators",
        {
            "schema": 1,
            "catalog": "the catalog calculators",
            "prices": each(
                {"key": text, "value": priced, "origin": text, "default": priced, "about": text}
            ),
            "removed": [],
        },
    ),
    "catalog set": (
        "catalog set packs.500.usd=5.99 gifts.panda.coins=7 gifting.creator_share=0.5",
        {
            **PRICES_CHANGED,
            "changes": [
                {"key": "packs.500.usd", "old": "6.49", "new": "5.99"},
                {"key": "gifts.panda.coins", "old": 5, "new": 7},
                {"key": "gifting.creator_share", "old": "1", "new": "0.5"},
            ],
        },
    ),
    "catalog add": (
        "catalog add gift 'Golden Crown' 750",
        {
            **PRICES_CHANGED,
            "changes": [
                {"key": "gifts.golden-crown.name", "old": None, "new": "Golden Crown"},
                {"key": "gifts.golden-crown.coins", "old": None, "new": 750},
            ],
        },
    ),
    "catalog remove": (
        "catalog remove pack 500 --dry-run",
        {
            **PRICES_CHANGED,
            "dry_run": True,
            "changes": [
                {"key": "packs.500.coins", "old": 500, "new": None},
                {"key": "packs.500.usd", "old": "6.49", "new": None},
            ],
        },
    ),
    "catalog reset": ("catalog reset", {**PRICES_CHANGED, "changes": []}),
    "catalog list": (
        "catalog list",
        {"schema": 1, "catalogs": each({"name": text, "about": text, "file": text})},
    ),
    "catalog diff": (
        "catalog diff default calculators",
        {
            "schema": 1,
            "a": "the default catalog",
            "b": "the catalog calculators",
            "differences": [
                {"key": "cash_out.diamonds_per_coin", "a": "1", "b": "0.5"},
                {"key": "cash_out.usd_per_diamond", "a": "0.01", "b": "0.005"},
            ],
            "consequences": [text, text],
        },
    ),
    "catalog history": (
        "catalog history",
        {
            "schema": 1,
            "periods": [
                {
                    "first": 1,
                    "last": 17,
                    "since": moment,
                    "until": moment,
                    "changes": each({"key": text, "old": nothing, "new": priced}),
                }
            ],
            "unused": each({"key": text, "old": priced, "new": nothing}),
        },
    ),
    "catalog check": (
        "catalog check",
        {"schema": 1, "ok": True, "file": "the default catalog", "packs": 5, "gifts": 8},
    ),
    "catalog init": ("catalog init", {"schema": 1, "file": text}),
    "receipt": (
        "receipt 8",
        {
            **RECEIPT,
            "op": "gift",
            "from": "alice",
            "to": "bob",
            "gift": "drama-queen",
            "quantity": 1,
            "venue": "comments",
            "video": nothing,
            "message": nothing,
            "coins": 5000,
            "earned": 5000,
            "balances": {
                "alice": {"coins": 5000, "earned": 0},
                "bob": {"coins": 0, "earned": 5000},
            },
            "moves": [{"from": "alice/coins", "to": "bob/earned", "asset": "COIN", "amount": 5000}],
        },
    ),
    "verify": (
        "verify",
        {
            "schema": 1,
            "ok": True,
            "transactions": 17,
            "wallets": 6,
            "head": digest,
            "coins_issued": 22604,
            "findings": [],
        },
    ),
    "repair": ("repair --dry-run", {"schema": 1, "dry_run": True, "repaired": []}),
    "backup": (
        "backup class-7b.tar.gz",
        {
            "schema": 1,
            "file": "class-7b.tar.gz",
            "transactions": 17,
            "head": digest,
            "bytes": whole,
        },
    ),
    "restore": (
        "restore kept.tar.gz --store again",
        {"schema": 1, "store": "again", "transactions": 17, "head": digest},
    ),
    "share": ("share --stop", {"schema": 1, "store": str, "group": None}),
    "doctor": ("doctor", {"schema": 1, "ok": True, "checks": list}),
    "demo": ("demo", {"schema": 1, "steps": list}),
    "help": ("help keys", {"schema": 1, "topic": "keys", "text": str}),
    "completion": ("completion fish", {"schema": 1, "shell": "fish", "script": str}),
}

STREAMS = {"live watch"}
"""What answers by a line for each thing that happens; the last one is in the table."""
NOTES = {"batch": "1 request: 1 done, 0 refused.\n"}
"""What stands on stderr beside the answer."""


def differences(answer, expected, where="answer"):
    """In which places `answer` is not what was expected, in words."""
    if isinstance(expected, dict):
        if not isinstance(answer, dict) or set(answer) != set(expected):
            return [f"{where} is {answer!r} and should have {sorted(expected)}"]
        pairs = [(answer[key], expected[key], f"{where}.{key}") for key in expected]
    elif isinstance(expected, list):
        if not isinstance(answer, list) or len(answer) != len(expected):
            return [f"{where} is {answer!r}"]
        pairs = [
            (one, like, f"{where}[{n}]")
            for n, (one, like) in enumerate(zip(answer, expected, strict=True))
        ]
    elif isinstance(expected, type):
        return [] if isinstance(answer, expected) else [f"{where} is {answer!r}"]
    elif callable(expected):
        return [] if expected(answer) else [f"{where} is {answer!r}, which is no {expected}"]
    else:
        same = answer == expected and type(answer) is type(expected)
        return [] if same else [f"{where} is {answer!r}, not {expected!r}"]
    return [found for pair in pairs for found in differences(*pair)]


def every_field(value, name=""):
    """Each field at any depth: its name and value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from every_field(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from every_field(inner, name)
    else:
        yield name, value


@pytest.fixture
def answer(store, tmp_path, monkeypatch):
    """What a command of the table answers, in a folder where there is a copy of the store."""
    monkeypatch.chdir(tmp_path)
    typed("backup kept.tar.gz").said()
    Path("roster.csv").write_text("handle,name,team\nmia,Mia M.,red\ndora,,\n")
    Path("one.jsonl").write_text('{"op": "recharge", "user": "alice", "pack": 100, "quantity": 2}')

    def told(command):
        for line in BEFORE.get(command, []):
            typed(line).said()
        ran = typed(ANSWERS[command][0], "--json")
        assert (ran.code, ran.err) == (0, NOTES.get(command, ""))
        return one_object(ran.out.splitlines(keepends=True)[-1] if command in STREAMS else ran.out)

    return told


NEED_NO_STORE = {"help", "completion", "demo", "doctor"} | {
    command for command in ANSWERS if command.startswith(("quote", "catalog"))
} - {"catalog init"}


@pytest.mark.parametrize("command", ANSWERS)
def test_a_wrong_option_of_any_command_is_one_object_on_stderr(command):
    refusal = typed(f"{command} --nonsense", "--json").refusal()
    assert (refusal["code"], refusal["exit"]) == ("usage", 2)
    assert refusal["hint"] == f"coins {command} --help"


@pytest.mark.parametrize("command", sorted(ANSWERS.keys() - NEED_NO_STORE))
def test_a_store_that_cannot_be_used_is_one_object_on_stderr(
    command, answer, tmp_path, monkeypatch
):
    (tmp_path / "again").write_text("my thesis")
    monkeypatch.setenv("COINS_STORE", str(tmp_path / "again"))
    refusal = typed(ANSWERS[command][0], "--json").refusal()
    assert refusal["exit"] in (5, 6)
    assert (tmp_path / "again").read_text() == "my thesis"


def test_every_command_is_in_the_table_of_answers():
    assert [" ".join(path) for path, _ in command_paths()] == list(ANSWERS)


@pytest.mark.parametrize("command", ANSWERS)
def test_a_command_answers_these_fields_and_no_others(answer, command):
    line, expected = ANSWERS[command]
    assert shlex.split(line)[: len(command.split())] == command.split()
    assert differences(answer(command), expected) == []


@pytest.mark.parametrize("command", ANSWERS)
def test_dollars_are_texts_coins_whole_numbers_and_times_end_with_z(answer, command):
    kinds = {
        "coins": whole,
        "earned": whole,
        "bought": whole,
        "diamonds": whole,
        "usd": usd,
        "spent": usd_or_coins,
        "least": usd_or_share,
        "most": usd_or_share,
        "creator_usd": usd,
        "at": moment,
        "live_since": moment,
        "head": digest,
        "seq": whole,
    }
    for name, value in every_field(answer(command)):
        if name in kinds and value is not None:
            assert kinds[name](value), f"{name} is {value!r}"
        assert not isinstance(value, int) or abs(value) <= AMOUNT_MAX


@pytest.mark.parametrize(
    ("line", "usd_said", "views"),
    [
        ("promote dora v --days 1", None, 1000),
        ("promote dora v --days 3", None, 3000),
        ("promote dora v --days 1 --coins 501", None, 1002),
        ("promote dora v --days 1 --views 1001", None, 1002),
        ("promote dora v --days 1 --usd 5", "5.00", 1000),
    ],
)
def test_a_promotion_answers_what_it_was_bought_by(store, line, usd_said, views):
    receipt = typed(line, "--json").json()
    assert (receipt["usd"], receipt["views"]) == (usd_said, views)
    assert receipt["coins"] * 2 == views


def test_the_longest_history_is_still_one_line(store):
    for _ in range(30):
        typed("gift dora bob panda").said()
    assert len(typed("history dora --limit all --json").json()["transactions"]) == 32


def test_an_empty_answer_is_still_an_object(store):
    assert typed("top carol --json").json() == {"schema": 1, "creator": "carol", "supporters": []}


def test_any_text_of_a_user_comes_back_from_json_as_it_was_given(store):
    name = "[bold]Zoé[/bold] \x1b[31m\u202e\t\u2603 \U0001f483"
    receipt = coins("wallet", "create", "zoe", "--name", name, "--json").json()["receipts"][0]
    assert receipt["name"] == name
    assert coins("wallet", "show", "zoe", "--json").json()["name"] == name


@pytest.mark.parametrize(
    "environment",
    [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}],
    ids=["C", "latin-1"],
)
def test_json_is_utf_8_whatever_the_locale_says(store, environment):
    name = "Zo\u00e9 \u2603 \U0001f483"
    coins("wallet", "create", "zoe", "--name", name).said()
    assert process("wallet", "show", "zoe", "--json", **environment).json()["name"] == name


def test_json_holds_nothing_that_a_terminal_would_obey(store):
    coins("wallet", "create", "zoe", "--name", "a\x1b[31m\u202eb\x9bc\x07").said()
    for line in ("wallet show zoe", "wallet list", "history zoe"):
        said = typed(line, "--json").said()
        assert said.rstrip("\n").isprintable(), ascii(said)


def test_help_stands_where_it_stands_whether_or_not_json_is_wanted():
    assert typed("recharge --json --help").said() == typed("recharge --help").said()
