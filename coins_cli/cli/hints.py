"""Hints: advice for each error, by its code, made of words and commands.

They are part of the command line because the model and the store know no commands. A command in a
hint is a `Command`, so that it can name the store in use, quoted for a shell.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from coins_cli.errors import CoinsError, UnknownLive, one_of

UNCHANGED: Final = "nothing was changed"
"""A clause that is dropped when the command changed something before its error."""


_FEW_DIGITS: Final = re.compile(r"[0-9]+:[0-9a-f]{1,7}", re.ASCII)


class Command(tuple[str, ...]):
    """The words of a coins command, after `coins`."""

    __slots__ = ()

    def on(self, store: str | None) -> str:
        """The command line, with --store if `store` is given."""
        named = [] if store is None or "--store" in self else ["--store", shlex.quote(store)]
        return " ".join(["coins", *named, *self])


Part = str | Command
Clause = Sequence[Part]
"""The words and commands of one clause; semicolons separate the clauses of a hint."""
Hint = Sequence[Clause]


def run(*words: object) -> Command:
    """A coins command for a hint. The reader fills in the words in capitals."""
    return Command(map(str, words))


def hint_of(error: CoinsError, *, store: str | None = None, is_changed: bool = False) -> str | None:
    """The hint of an error, with commands that name the `store` if one is given.

    With `is_changed`, the clause `UNCHANGED` is dropped, because the command changed something.
    """
    clauses = _clauses(error)
    texts = ["".join(_words(part, store) for part in clause) for clause in clauses]
    kept = [text for text in texts if not (is_changed and text == UNCHANGED)]
    return "; ".join(kept) or None


def _clauses(error: CoinsError) -> Hint:
    make = _HINTS.get(error.code)
    found = make(error) if make is not None else ()
    return [[found]] if isinstance(found, str | Command) else found


def _words(part: Part, store: str | None) -> str:
    return part.on(store) if isinstance(part, Command) else part


def _close(names: Sequence[str], otherwise: Part | Clause) -> Hint:
    """A hint that suggests the similar `names`, or `otherwise` if there are none."""
    if names:
        return [[f"did you mean {one_of(names)}?"]]
    return [[otherwise] if isinstance(otherwise, str | Command) else otherwise]


def _about_text(error: Any) -> str:  # noqa: ANN401 - each maker knows its error
    if error.why == "is empty":
        is_option = error.what.startswith("option ")
        return "give it a value" if is_option else "write at least one letter or digit"
    if error.why.endswith("are allowed"):
        return "shorten it"
    return "see what the terminal or the file sends"


def _about_user(error: Any) -> Hint:  # noqa: ANN401
    create = run("wallet", "create", error.user)
    if error.close:
        return [[f"did you mean {one_of(error.close)}? Otherwise: ", create]]
    return [[create]]


def _about_other_word(error: Any) -> Hint:  # noqa: ANN401
    from coins_cli.cli.other_words import answer_to

    answer = answer_to(error.word)
    return () if answer is None else answer.hint


def _about_live(error: Any) -> Clause:  # noqa: ANN401
    start = run("live", "start", error.creator)
    return [start, f", or {_INSTEAD_OF_A_LIVE[error.instead]}"] if error.instead else [start]


def _about_file_in_the_way(error: Any) -> Hint:  # noqa: ANN401
    otherwise = ", or say --force to write over it" if error.can_be_forced else ""
    return [[UNCHANGED], [f"name another place{otherwise}"]]


def _about_writers(error: Any) -> Hint:  # noqa: ANN401
    share: Hint = [["or share it on purpose: ", run("share", "GROUP")]]
    return [
        [f"take that away: {error.mend}"],
        ["then see what they changed: ", run("verify")],
        *(share if error.who == "its group" else []),
    ]


_INSTEAD_OF_A_LIVE: Final = {
    "comments": "send it to the comments of a video",
    "wait": "wait for it with --wait",
}
_INSTEAD_OF_A_REVERSAL: Final[Mapping[str, Callable[[int], Clause]]] = {
    "open": lambda _: ["only what moved coins can be undone"],
    "live_start": lambda _: [run("live", "end", "CREATOR"), " ends it"],
    "live_end": lambda _: [run("live", "start", "CREATOR"), " starts another"],
    "cashout": lambda seq: ["give it back: ", run("payout", "return", seq)],
    "payout_settle": lambda _: ["money that was paid out is out of reach"],
    "payout_return": lambda _: ["ask for the payout again: ", run("cashout")],
    "reverse": lambda _: ["do again what it undid"],
}
"""Advice on a transaction that cannot be reversed, made from its number, by operation."""

Makes = Callable[[Any], Part | Hint]
_HINTS: Final[Mapping[str, Makes]] = {
    # wrong usage
    "invalid_amount": lambda _: (
        "write it in plain digits, above zero, without a sign, point or separators: 1000"
    ),
    "invalid_dollars": lambda _: "write it like 5 or 6.49",
    "invalid_handle": lambda _: (
        "a handle has 2 to 24 of a-z, 0-9, _ and ., and does not end with a dot"
    ),
    "invalid_text": _about_text,
    "invalid_address": lambda _: "a PayPal account is named by one, like bob@example.com",
    "invalid_key": lambda _: "use a name of your own for this one intent, like lesson-3-alice",
    "invalid_request": lambda error: error.advice,
    "invalid_json": lambda _: 'write one object a line, like {"op": "open", "user": "alice"}',
    "too_many_lines": lambda _: "leave --atomic or --dry-run out, or split the file",
    "file_not_readable": lambda _: "name a file that you can read",
    "invalid_receipt": lambda error: (
        "so few digits prove nothing: give 8 or more of its hash"
        if _FEW_DIGITS.fullmatch(error.given.strip().lower())
        else "a receipt is SEQ:HASH as it was printed: a number, a colon, 8 to 64 hex digits"
    ),
    "one_at_most": lambda _: "leave out all of them but one",
    "pack_needed": lambda error: f"name one of {one_of(error.packs)}",
    "invalid_choice": lambda error: f"choose {one_of(error.choices)}",
    "other_word": _about_other_word,
    "invalid_moment": lambda _: (
        "write it like 2026-03-01 or 2026-03-01T09:30; without a zone it is UTC"
    ),
    "invalid_duration": lambda _: "write it like 3d, 12h, 45m, 30s, or 1w2d",
    "invalid_catalog": lambda error: [
        ["mend the file, then: ", run("catalog", "check", error.file)]
    ],
    "invalid_setting": lambda _: [
        ["nothing was set"],
        [run("catalog", "show"), " shows every key with its value"],
    ],
    "invalid_roster": lambda _: [["nothing was done"], ["mend the file, and import it again"]],
    "empty_period": lambda _: "since is the earlier date, and until the later one",
    "invalid_archive": lambda _: "name a file that coins backup wrote",
    # not found
    "unknown_user": _about_user,
    "unknown_gift": lambda error: _close(error.close, [run("catalog", "gifts"), " shows them all"]),
    "unknown_pack": lambda error: f"the packs are {one_of(error.packs)}",
    "unknown_catalog": lambda error: _close(
        error.close, [run("catalog", "list"), " shows those that come with coins"]
    ),
    "unknown_catalog_key": lambda error: _close(
        error.close, [run("catalog", "show"), " shows them all"]
    ),
    "unknown_transaction": lambda _: [
        [run("history", "USER"), " shows the numbers of a user's transactions"]
    ],
    "nothing_done": lambda _: [["the first wallet begins it: ", run("wallet", "create", "alice")]],
    "unknown_receipt": lambda error: [
        ["it is mistyped, of another store, or the journal was rewritten"],
        ["what is there: ", run("receipt", error.seq)],
    ],
    "unknown_payout": lambda _: [[run("payout", "list"), " shows them all"]],
    "unknown_promotion": lambda _: [[run("promotion", "list"), " shows them all"]],
    "unknown_live": lambda error: (
        run("live", "start", error.creator)
        if isinstance(error, UnknownLive)
        else [[run("live", "list"), " shows them all"]]
    ),
    "unknown_group": lambda _: [["getent group shows all of them"], ["id shows yours"]],
    "no_store": lambda _: [["the first wallet makes it: ", run("wallet", "create", "alice")]],
    "no_such_file": lambda _: "check the path",
    "no_browser": lambda _: [
        ["open that file yourself"],
        ["or set BROWSER to the program to use"],
        ["or name a file to write: ", run("report", "--html", "FILE")],
    ],
    "unknown_topic": lambda error: _close(
        error.close, f"the topics are {', '.join(error.topics)}; see also coins --help"
    ),
    # refused by a rule
    "gift_to_self": lambda _: "name another creator as the second user",
    "not_enough_coins": lambda error: run("recharge", error.user),
    "another_refused": lambda _: "mend or leave out what was refused, and send all of them again",
    "too_many_coins_at_a_time": lambda _: "buy them in several recharges",
    "not_live": lambda error: [_about_live(error)],
    "already_live": lambda error: run("live", "end", error.creator),
    "below_threshold": lambda error: [
        [f"{error.short_by:,} to go, from gifts"],
        ["bought coins do not count"],
    ],
    "more_than_earned": lambda _: [
        ["leave the number out to take all"],
        ["bought coins are not refundable"],
    ],
    "payout_too_small": lambda _: "cash out more at once",
    "not_reversible": lambda error: (
        [_INSTEAD_OF_A_REVERSAL[error.op](error.seq)] if error.op in _INSTEAD_OF_A_REVERSAL else []
    ),
    "coins_gone": lambda error: [
        [run("history", error.user), " shows where they went"],
        ["reverse that first"],
    ],
    "clock_behind": lambda _: "choose a later time",
    "clock_too_far": lambda _: "advance it less",
    "promotion_out_of_range": lambda _: [
        [run("catalog", "promotions"), " shows the range in coins, dollars and views"]
    ],
    "too_many_days": lambda error: f"promote it for {error.most} days at most",
    "too_few_coins_for_days": lambda _: "spend more, or promote for fewer days",
    "too_large": lambda _: "use smaller amounts",
    "quote_too_large": lambda _: (
        "ask for fewer coins, or use packs whose sizes share a common measure"
    ),
    # conflict
    "already_reversed": lambda _: [["it is done once"], [run("history"), " shows both"]],
    "payout_ended": lambda error: [[run("payout", "show", error.payout), " shows how"]],
    "handle_taken": lambda error: run("wallet", "show", error.user),
    "already_on_sale": lambda error: [
        ["to change it: ", run("catalog", "set", error.setting)],
    ],
    "key_reused": lambda _: "use a new key for a new intent",
    "changed_meanwhile": lambda _: [
        ["nothing was recorded"],
        ["try it again as a dry run, and decide anew"],
    ],
    "file_exists": _about_file_in_the_way,
    # unusable store
    "store_locked": lambda _: [["try again when it has finished"], [UNCHANGED]],
    "store_damaged": lambda error: (
        [
            [run("repair"), " mends all but the journal"],
            ["else: ", run("restore", "FILE", "--store", "NEW")],
        ]
        if hasattr(error, "count")
        else [[run("verify"), " shows all of it"]]
    ),
    "journal_damaged": lambda _: [
        [UNCHANGED],
        ["restore a copy: ", run("restore", "FILE", "--store", "NEW")],
    ],
    "store_not_writable": lambda _: [
        ["mend the cause, or name another folder with --store"],
        [UNCHANGED],
    ],
    "file_not_writable": lambda _: "name a file in a folder that you can write",
    "worker_ended": lambda _: [
        ["the system does that when memory runs out: make room, and do it again"],
        [UNCHANGED],
    ],
    "not_a_store": lambda _: "name an empty or a new folder with --store",
    "checks_failed": lambda _: "the advice stands with each, above or in --json",
    "newer_format": lambda _: "use a newer release of coins",
    "older_format": lambda _: "use the release that made it, or name another folder with --store",
    "foreign_owner": lambda _: "run coins as that user, or name your own folder with --store",
    "link_in_store": lambda _: "put the real file or folder there",
    "wrong_kind": lambda _: [
        [UNCHANGED],
        ["move it out of the way, and see what is left: ", run("verify")],
    ],
    "writable_by_others": _about_writers,
    "network_file_system": lambda _: [
        ["use a local folder"],
        [
            (
                "or, if only one computer writes at a time, set COINS_ALLOW_NETWORK_FS=1:"
                " two at once can damage the store"
            )
        ],
    ],
    "did_not_happen": lambda _: [["see what it was: ", run("export", "--format", "jsonl")]],
    "buys_nothing": lambda _: [["they wait for the next purchase of the same user"]],
    "store_frozen": lambda _: [
        ["check the disk, restart the computer, then see what stands: ", run("verify")]
    ],
    "outcome_unknown": lambda error: [
        [
            "check the disk, then see what stands: ",
            run("verify", "--store", shlex.quote(error.path)),
        ]
    ],
}
"""The maker of each error's hint, by the error's code; it returns a part, or clauses of parts."""
