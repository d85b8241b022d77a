"""Every deliberate refusal: a stable code, a message, its fields, and what to do next.

The five families below are what callers tell apart; each concrete error belongs to one of them.
Nothing here prints, exits or touches a file: the command line maps the families to exit codes in
`coins_cli.cli.exit_codes`.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

QUOTED_CHARACTERS_MAX = 60
ROSTER_PROBLEMS_KEPT = 100
ROSTER_PROBLEMS_SHOWN = 5


class CoinsError(Exception):
    """Something that coins declines to do, and why.

    `code` is stable across releases; `message` and `hint` are for people. Every further attribute
    that a subclass sets is one of its `fields`, and appears under its name in JSON.
    """

    code: ClassVar[str]

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """So that an error comes back whole from another process."""
        return _revived, (type(self), vars(self))

    def as_answer(self) -> Self:
        """The error as a value, without the calls that led to it: they keep all that they hold."""
        self.__context__ = None
        return self.with_traceback(None)

    @property
    def details(self) -> Sequence[str]:
        """What there is to say beyond the message, a line each, for people."""
        return ()

    @property
    def fields(self) -> dict[str, object]:
        """What the error is about: the names, amounts and limits involved."""
        spoken = ("message", "hint")
        return {
            name: value
            for name, value in vars(self).items()
            if name not in spoken and not name.startswith("_")
        }


def _revived(kind: type[CoinsError], state: dict[str, object]) -> CoinsError:
    error = kind.__new__(kind, state["message"])
    vars(error).update(state)
    return error


class Invalid(CoinsError):
    """What was given cannot be right in itself, whatever the wallets hold."""


class NotFound(CoinsError):
    """What was named does not exist."""


class Refused(CoinsError):
    """What was asked is well formed, and a rule of the economy forbids it."""


class Conflict(CoinsError):
    """What was asked collides with something that stands already."""


class StoreUnusable(CoinsError):
    """The store cannot be read or written, or cannot be trusted."""


def shortened(text: str, most: int = 2 * QUOTED_CHARACTERS_MAX) -> str:
    """`text`, short enough to be part of one line of an error."""
    return text if len(text) <= most else text[: most - 1] + "…"


def quoted(text: str) -> str:
    """`text` in quotes, short enough for one line of an error."""
    return f"'{shortened(text, QUOTED_CHARACTERS_MAX)}'"


def one_of(names: Sequence[str]) -> str:
    """`names` as a list in words: «a, b or c»."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def suggestion(close: Sequence[str]) -> str | None:
    """The hint that offers `close` names, or nothing when there are none."""
    return f"did you mean {one_of(close)}?" if close else None


# -- cannot be right in itself -------------------------------------------------------------------


class InvalidAmount(Invalid):
    """A count of coins, days, views or gifts that is not a positive whole number."""

    code = "invalid_amount"

    def __init__(self, what: str, given: str, *, most: int) -> None:
        super().__init__(
            f"{what} must be a whole number from 1 to {most:,}, not {quoted(given)}",
            hint="write it in plain digits, above zero, without a sign, point or separators: 1000",
        )
        self.what, self.given, self.most = what, given[:QUOTED_CHARACTERS_MAX], most


class InvalidDollars(Invalid):
    """A sum of dollars that is not a positive decimal with at most two places."""

    code = "invalid_dollars"

    def __init__(self, what: str, given: str) -> None:
        super().__init__(
            f"{what} must be dollars and cents above zero, not {quoted(given)}",
            hint="write it like 5 or 6.49",
        )
        self.what, self.given = what, given[:QUOTED_CHARACTERS_MAX]


class InvalidHandle(Invalid):
    """A user name that the platform's rule does not allow."""

    code = "invalid_handle"

    def __init__(self, given: str, why: str) -> None:
        super().__init__(
            f"{quoted(given)} cannot be a handle: {why}",
            hint="a handle has 2 to 24 of a-z, 0-9, _ and ., and does not end with a dot",
        )
        self.given, self.why = given[:QUOTED_CHARACTERS_MAX], why


class InvalidText(Invalid):
    """A free text that is empty, too long, or not text."""

    code = "invalid_text"

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"the {what} {why}", hint=f"give a {what} that fits")
        self.what, self.why = what, why


class InvalidAddress(Invalid):
    """A PayPal address that is not an e-mail address."""

    code = "invalid_address"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"{quoted(given)} is not an e-mail address",
            hint="a PayPal account is named by one, like bob@example.com",
        )
        self.given = given[:QUOTED_CHARACTERS_MAX]


class InvalidKey(Invalid):
    """An idempotency key that is empty, too long, or not printable."""

    code = "invalid_key"

    def __init__(self, *, most: int) -> None:
        super().__init__(
            f"a key is 1 to {most} printable characters",
            hint="use a name of your own for this one intent, like lesson-3-alice",
        )
        self.most = most


class InvalidRequest(Invalid):
    """A request, sent as an object, whose fields are missing, strange or of a wrong type."""

    code = "invalid_request"


class InvalidJson(Invalid):
    """A line that is not one JSON object."""

    code = "invalid_json"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the line is not a JSON object: {why}",
            hint='write one object a line, like {"op": "open", "user": "alice"}',
        )
        self.why = why


class TooManyLines(Invalid):
    """A batch that is to be decided together, with more lines than can be."""

    code = "too_many_lines"

    def __init__(self, *, most: int) -> None:
        super().__init__(
            f"at most {most:,} lines can be decided together",
            hint="leave --atomic or --dry-run out, or split the file",
        )
        self.most = most


class FileNotReadable(Invalid):
    """A file that is there and cannot be read."""

    code = "file_not_readable"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} cannot be read: {why}", hint="name a file that you can read")
        self.path, self.why = path, why


class InvalidReceipt(Invalid):
    """A text that is not `SEQ:HASH`."""

    code = "invalid_receipt"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"{quoted(given)} is not a receipt",
            hint="a receipt is SEQ:HASH as it was printed: a number, a colon, 64 hex digits",
        )
        self.given = given[:QUOTED_CHARACTERS_MAX]


class OneAtMost(Invalid):
    """Several options of which only one may be given."""

    code = "one_at_most"

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__(f"give one of {one_of(options)}, not several", hint="leave the others out")
        self.options = list(options)


class PackNeeded(Invalid):
    """A recharge without a pack where there is nobody to ask for one."""

    code = "pack_needed"

    def __init__(self, packs: Sequence[str]) -> None:
        super().__init__("which pack is not said", hint=f"name one of {one_of(packs)}")
        self.packs = list(packs)


class InvalidChoice(Invalid):
    """A word that is not among those that can stand there."""

    code = "invalid_choice"

    def __init__(self, what: str, given: str, choices: Sequence[str]) -> None:
        super().__init__(
            f"{what} must be {one_of(choices)}, not {quoted(given)}",
            hint=f"choose {one_of(choices)}",
        )
        self.what, self.given, self.choices = what, given[:QUOTED_CHARACTERS_MAX], list(choices)


class InvalidMoment(Invalid):
    """A moment that is not a date, with or without a time of day."""

    code = "invalid_moment"

    def __init__(self, what: str, given: str) -> None:
        super().__init__(
            f"{what} must be a date, with or without a time, not {quoted(given)}",
            hint="write it like 2026-03-01 or 2026-03-01T09:30; without a zone it is UTC",
        )
        self.what, self.given = what, given[:QUOTED_CHARACTERS_MAX]


class InvalidDuration(Invalid):
    """A length of time that is not a row of whole weeks, days, hours, minutes and seconds."""

    code = "invalid_duration"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"{quoted(given)} is not a length of time above zero",
            hint="write it like 3d, 12h, 45m, 30s, or 1w2d",
        )
        self.given = given[:QUOTED_CHARACTERS_MAX]


class InvalidCatalog(Invalid):
    """A catalog that cannot be used: which file, which key, what was expected there."""

    code = "invalid_catalog"

    def __init__(self, file: str, key: str, expected: str) -> None:
        where = f" at {key}" if key else ""
        super().__init__(
            f"the catalog {file} cannot be used{where}: {expected}",
            hint=f"mend the file, then: coins catalog check {file}",
        )
        self.file, self.key, self.expected = file, key, expected


class InvalidRoster(Invalid):
    """A list of a class that cannot be right: every problem, with its row and column."""

    code = "invalid_roster"

    def __init__(self, file: str, problems: Sequence[tuple[int | None, str | None, str]]) -> None:
        row, column, problem = problems[0]
        others = len(problems) - 1
        more = f"; and {others:,} more problem{'s' if others > 1 else ''}" if others else ""
        super().__init__(
            f"{file} cannot be imported: {_placed(row, column, problem)}{more}",
            hint="nothing was done; mend the file, and import it again",
        )
        self.file, self.row, self.column, self.problem = file, row, column, problem
        self.problems = [
            {"row": row, "column": column, "problem": problem}
            for row, column, problem in problems[:ROSTER_PROBLEMS_KEPT]
        ]
        self._others = [_placed(*one) for one in problems[1:ROSTER_PROBLEMS_SHOWN]]

    @property
    def details(self) -> Sequence[str]:
        """The first problems after the one that the message names."""
        return self._others


def _placed(row: int | None, column: str | None, problem: str) -> str:
    """A problem of a spreadsheet, after where it is."""
    places = [] if row is None else [f"row {row:,}"]
    if column is not None:
        places.append(column if column.startswith("column ") else f"column {quoted(column)}")
    return f"{', '.join(places)}: {problem}" if places else problem


class EmptyPeriod(Invalid):
    """A period that ends before it begins."""

    code = "empty_period"

    def __init__(self, *, since: str, until: str) -> None:
        super().__init__(
            f"a period from {quoted(since)} to {quoted(until)} ends before it begins",
            hint="give the earlier date to --since, and the later one to --until",
        )
        self.since, self.until = since, until


class InvalidArchive(Invalid):
    """A file that is not a copy of a store."""

    code = "invalid_archive"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(
            f"{file} is not a copy of a store: {why}", hint="name a file that coins backup wrote"
        )
        self.file, self.why = file, why


# -- does not exist ------------------------------------------------------------------------------


class UnknownUser(NotFound):
    """A user who has no wallet in this store."""

    code = "unknown_user"

    def __init__(self, user: str, *, close: Sequence[str] = ()) -> None:
        create = f"coins wallet create {user}"
        super().__init__(
            f"there is no wallet for {user}",
            hint=f"did you mean {one_of(close)}? Otherwise: {create}" if close else create,
        )
        self.user, self.close = user, list(close)


class UnknownGift(NotFound):
    """A gift that the catalog does not have."""

    code = "unknown_gift"

    def __init__(self, gift: str, *, close: Sequence[str] = ()) -> None:
        super().__init__(
            f"there is no gift {quoted(gift)} in the catalog",
            hint=suggestion(close) or "coins catalog gifts shows them all",
        )
        self.gift, self.close = gift[:QUOTED_CHARACTERS_MAX], list(close)


class UnknownPack(NotFound):
    """A pack that the catalog does not have."""

    code = "unknown_pack"

    def __init__(self, pack: str, *, packs: Sequence[str]) -> None:
        super().__init__(
            f"there is no pack {quoted(pack)} in the catalog",
            hint=f"the packs are {one_of(packs)}",
        )
        self.pack, self.packs = pack[:QUOTED_CHARACTERS_MAX], list(packs)


class UnknownTransaction(NotFound):
    """A number that no transaction has."""

    code = "unknown_transaction"

    def __init__(self, seq: int) -> None:
        super().__init__(
            f"there is no transaction {seq:,}",
            hint="coins history USER shows the numbers of a user's transactions",
        )
        self.seq = seq


class UnknownPayout(NotFound):
    """A number that no pending payout ever had."""

    code = "unknown_payout"

    def __init__(self, payout: int) -> None:
        super().__init__(f"there is no payout {payout:,}", hint="coins payout list shows them all")
        self.payout = payout


class UnknownPromotion(NotFound):
    """A number that no promotion has."""

    code = "unknown_promotion"

    def __init__(self, promotion: int) -> None:
        super().__init__(
            f"there is no promotion {promotion:,}", hint="coins promotion list shows them all"
        )
        self.promotion = promotion


class UnknownLive(NotFound):
    """A creator who has never been live."""

    code = "unknown_live"

    def __init__(self, creator: str) -> None:
        super().__init__(f"{creator} has never been live", hint=f"coins live start {creator}")
        self.creator = creator


class UnknownLiveNumber(NotFound):
    """A number that no live has."""

    code = "unknown_live"

    def __init__(self, live: int) -> None:
        super().__init__(f"there is no live {live:,}", hint="coins live list shows them all")
        self.live = live


class NoStore(NotFound):
    """A folder that holds no store yet."""

    code = "no_store"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"there is no store at {path} yet",
            hint="the first wallet makes it: coins wallet create alice",
        )
        self.path = path


class NoSuchFile(NotFound):
    """A file that was named and is not there."""

    code = "no_such_file"

    def __init__(self, path: str) -> None:
        super().__init__(f"there is no file {path}", hint="check the path")
        self.path = path


class UnknownTopic(NotFound):
    """Words that are neither a help topic nor a command."""

    code = "unknown_topic"

    def __init__(self, topic: str, *, close: Sequence[str], topics: Sequence[str]) -> None:
        super().__init__(
            f"there is no topic or command {quoted(topic)}",
            hint=suggestion(close) or f"the topics are {', '.join(topics)}; see also coins --help",
        )
        self.topic, self.close = topic[:QUOTED_CHARACTERS_MAX], list(close)


# -- a rule forbids it ---------------------------------------------------------------------------


class GiftToSelf(Refused):
    """A gift whose sender and creator are the same user."""

    code = "gift_to_self"

    def __init__(self, user: str) -> None:
        super().__init__(
            f"{user} cannot send a gift to {user}", hint="name another creator as the second user"
        )
        self.user = user


class NotEnoughCoins(Refused):
    """A price above what the wallet holds in bought coins."""

    code = "not_enough_coins"

    def __init__(self, user: str, *, need: int, have: int) -> None:
        super().__init__(
            f"{user} has {have:,} coins and needs {need:,}", hint=f"coins recharge {user}"
        )
        self.user, self.need, self.have = user, need, have


class AnotherRefused(Refused):
    """A request that was to be done together with others, of which one was refused."""

    code = "another_refused"

    def __init__(self) -> None:
        super().__init__(
            "it was not done, because another was refused and all were to be done or none",
            hint="mend or leave out what was refused, and send all of them again",
        )


class TooManyCoins(Refused):
    """More coins in one recharge than can be bought at a time."""

    code = "too_many_coins_at_a_time"

    def __init__(self, *, coins: int, most: int) -> None:
        super().__init__(
            f"{coins:,} coins are too many: at most {most:,} can be bought at a time",
            hint="buy them in several recharges",
        )
        self.coins, self.most = coins, most


class NotLive(Refused):
    """A gift to a live, a look at it, or its end, while none is on; `otherwise` may help."""

    code = "not_live"

    def __init__(self, creator: str, *, otherwise: str | None = None) -> None:
        start = f"coins live start {creator}"
        hint = start if otherwise is None else f"{start}, or {otherwise}"
        super().__init__(f"{creator} is not live", hint=hint)
        self.creator = creator


class AlreadyLive(Refused):
    """The start of a live while one is on."""

    code = "already_live"

    def __init__(self, creator: str) -> None:
        super().__init__(f"{creator} is live already", hint=f"coins live end {creator}")
        self.creator = creator


class BelowThreshold(Refused):
    """A cash-out before enough coins were earned."""

    code = "below_threshold"

    def __init__(self, user: str, *, earned: int, threshold: int) -> None:
        super().__init__(
            f"{user} has earned {earned:,} coins; cashing out starts at {threshold:,}",
            hint=f"{threshold - earned:,} to go, from gifts; bought coins do not count",
        )
        self.user, self.earned, self.threshold = user, earned, threshold
        self.short_by = threshold - earned


class MoreThanEarned(Refused):
    """A cash-out of more coins than were earned."""

    code = "more_than_earned"

    def __init__(self, user: str, *, coins: int, earned: int) -> None:
        super().__init__(
            f"{user} has earned {earned:,} coins, so {coins:,} cannot be cashed out",
            hint="leave --coins out to take all; bought coins are not refundable",
        )
        self.user, self.coins, self.earned = user, coins, earned


class PayoutTooSmall(Refused):
    """A cash-out that would round down to nothing."""

    code = "payout_too_small"

    def __init__(self, user: str, *, coins: int) -> None:
        super().__init__(
            f"{coins:,} coins come to less than a cent at this catalog's rates",
            hint="cash out more at once",
        )
        self.user, self.coins = user, coins


class NotReversible(Refused):
    """The reversal of a transaction that cannot be undone by one."""

    code = "not_reversible"

    def __init__(self, seq: int, why: str, *, hint: str) -> None:
        super().__init__(f"transaction {seq:,} cannot be reversed: {why}", hint=hint)
        self.seq, self.why = seq, why


class CoinsGone(Refused):
    """The reversal of a transaction whose coins are no longer where it put them."""

    code = "coins_gone"

    def __init__(self, seq: int, user: str, *, kind: str, need: int, have: int) -> None:
        super().__init__(
            f"transaction {seq:,} cannot be reversed: {user} has {have:,} {kind} left of the"
            f" {need:,} that it brought",
            hint=f"coins history {user} shows where they went; reverse that first",
        )
        self.seq, self.user, self.kind, self.need, self.have = seq, user, kind, need, have


class ClockBehind(Refused):
    """A clock set to a time before the newest transaction."""

    code = "clock_behind"

    def __init__(self, *, wanted: str, newest: str) -> None:
        super().__init__(
            f"the newest transaction is of {newest}, and time never runs backwards in a journal",
            hint="choose a later time",
        )
        self.wanted, self.newest = wanted, newest


class ClockTooFar(Refused):
    """A clock advanced beyond the last year that can be written."""

    code = "clock_too_far"

    def __init__(self, *, most: str) -> None:
        super().__init__(f"the clock ends at {most}", hint="advance it less")
        self.most = most


class PromotionOutOfRange(Refused):
    """A promotion cheaper or dearer than the platform sells."""

    code = "promotion_out_of_range"

    def __init__(self, *, coins: int, least: int, most: int) -> None:
        super().__init__(
            f"a promotion costs from {least:,} to {most:,} coins, not {coins:,}",
            hint="coins catalog promotions shows the range in coins, dollars and views",
        )
        self.coins, self.least, self.most = coins, least, most


class PromotionDollarsOutOfRange(Refused):
    """A promotion for fewer or more dollars than the platform sells."""

    code = "promotion_out_of_range"

    def __init__(self, *, usd: str, least: str, most: str) -> None:
        super().__init__(
            f"a promotion costs from ${least} to ${most}, not ${usd}",
            hint="coins catalog promotions shows the range in coins, dollars and views",
        )
        self.usd, self.least, self.most = usd, least, most


class TooManyDays(Refused):
    """A promotion that would run longer than the platform sells."""

    code = "too_many_days"

    def __init__(self, *, days: int, most: int) -> None:
        super().__init__(
            f"a promotion runs for 1 to {most} days, not {days:,}",
            hint=f"use --days {most} at most",
        )
        self.days, self.most = days, most


class TooFewCoinsForDays(Refused):
    """A promotion with less than the least price for its days."""

    code = "too_few_coins_for_days"

    def __init__(self, *, coins: int, days: int, least: int) -> None:
        super().__init__(
            f"{days} days cost at least {least:,} coins, and this promotion has {coins:,}",
            hint="spend more, or promote for fewer days",
        )
        self.coins, self.days, self.least = coins, days, least


class TooLarge(Refused):
    """An amount that would take a balance or a total beyond what is kept exactly."""

    code = "too_large"

    def __init__(self, account: str, *, most: int) -> None:
        super().__init__(
            f"{account} would pass {most:,}, beyond which amounts are not exact",
            hint="use smaller amounts",
        )
        self.account, self.most = account, most


class QuoteTooLarge(Refused):
    """A quote whose exact answer would take too long to find with this catalog's packs."""

    code = "quote_too_large"

    def __init__(self, *, coins: int) -> None:
        super().__init__(
            f"the cheapest packs for {coins:,} coins cannot be found exactly with this catalog",
            hint="ask for fewer coins, or use packs whose sizes share a common measure",
        )
        self.coins = coins


# -- collides with what stands -------------------------------------------------------------------


class AlreadyReversed(Conflict):
    """The reversal of a transaction that was reversed before."""

    code = "already_reversed"

    def __init__(self, seq: int, *, by: int) -> None:
        super().__init__(
            f"transaction {seq:,} was reversed already, by transaction {by:,}",
            hint="it is done once; coins history shows both",
        )
        self.seq, self.by = seq, by


class PayoutEnded(Conflict):
    """The settlement or the return of a payout that was settled or returned before."""

    code = "payout_ended"

    def __init__(self, payout: int, *, by: int) -> None:
        super().__init__(
            f"payout {payout:,} was ended already, by transaction {by:,}",
            hint=f"coins payout show {payout} shows how",
        )
        self.payout, self.by = payout, by


class HandleTaken(Conflict):
    """A new wallet under a handle that has one."""

    code = "handle_taken"

    def __init__(self, user: str) -> None:
        super().__init__(f"the handle {user} is taken", hint=f"coins wallet show {user}")
        self.user = user


class KeyReused(Conflict):
    """An idempotency key that already names another intent."""

    code = "key_reused"

    def __init__(self, key: str, *, seq: int | None, differs: Sequence[str]) -> None:
        where = f"transaction {seq}" if seq is not None else "sent together with this one"
        super().__init__(
            f"the key {quoted(key)} was used for another request ({where});"
            f" what differs: {', '.join(differs)}",
            hint="use a new key for a new intent",
        )
        self.key, self.seq, self.differs = key, seq, list(differs)


class FileInTheWay(Conflict):
    """A file that would be overwritten; `can_be_forced` says that it would be with --force."""

    code = "file_exists"

    def __init__(self, path: str, *, can_be_forced: bool = False) -> None:
        otherwise = ", or say --force to write over it" if can_be_forced else ""
        super().__init__(
            f"{path} exists already", hint=f"nothing was changed; name another place{otherwise}"
        )
        self.path = path


# -- the store cannot be used --------------------------------------------------------------------


class StoreLocked(StoreUnusable):
    """Another process held the store longer than this one was willing to wait."""

    code = "store_locked"

    def __init__(self, path: str, *, waited_seconds: float) -> None:
        super().__init__(
            f"the store at {path} was locked by another process for {waited_seconds:g} seconds",
            hint="try again when it has finished; nothing was changed",
        )
        self.path, self.waited_seconds = path, waited_seconds


class StoreDamaged(StoreUnusable):
    """A part of the store that does not say what the journal says."""

    code = "store_damaged"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"{file} cannot be trusted: {why}", hint="coins verify shows all of it")
        self.file, self.why = file, why


class JournalDamaged(StoreUnusable):
    """A journal that is wrong itself, so that nothing can be rebuilt from it."""

    code = "journal_damaged"

    def __init__(self, findings: Sequence[tuple[str, str]]) -> None:
        (where, problem), *more = findings
        others = f", and {len(more):,} more" if more else ""
        super().__init__(
            f"the journal itself is damaged: {where}: {problem}{others}",
            hint="nothing was changed; restore a copy: coins restore FILE --store NEW",
        )
        self.findings = [{"where": where, "problem": problem} for where, problem in findings]


class StoreNotWritable(StoreUnusable):
    """A folder or disk that does not take what must be written, or give what must be read."""

    code = "store_not_writable"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"the store at {path} cannot be used: {why}",
            hint="mend the cause, or name another folder with --store; nothing was changed",
        )
        self.path, self.why = path, why


class FileNotWritable(StoreUnusable):
    """A file outside the store that could not be written."""

    code = "file_not_writable"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"{path} cannot be written: {why}", hint="name a file in a folder that you can write"
        )
        self.path, self.why = path, why


class NotAStore(StoreUnusable):
    """A path that holds something else than a store."""

    code = "not_a_store"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"{path} is not a store: {why}", hint="name an empty or a new folder with --store"
        )
        self.path, self.why = path, why


class FindingsReported(StoreUnusable):
    """An audit that found something wrong, all of which was reported."""

    code = "store_damaged"

    def __init__(self, count: int) -> None:
        things = "1 thing is" if count == 1 else f"{count:,} things are"
        super().__init__(
            f"{things} wrong with the store",
            hint="coins repair mends all but the journal; else: coins restore FILE --store NEW",
        )
        self.count = count


class ChecksFailed(StoreUnusable):
    """A computer or folder that will not do, as was reported."""

    code = "checks_failed"

    def __init__(self, failed: Sequence[str]) -> None:
        super().__init__(
            f"not well: {', '.join(failed)}", hint="the advice stands with each, above or in --json"
        )
        self.failed = list(failed)


class NewerFormat(StoreUnusable):
    """A store that a later release wrote."""

    code = "newer_format"

    def __init__(self, path: str, *, found: int, known: int) -> None:
        super().__init__(
            f"the store at {path} has format {found}, and this release reads up to {known}",
            hint="use a newer release of coins",
        )
        self.path, self.found, self.known = path, found, known


class ForeignOwner(StoreUnusable):
    """A store that belongs to another user of the computer."""

    code = "foreign_owner"

    def __init__(self, path: str, *, owner: int) -> None:
        super().__init__(
            f"the store at {path} belongs to another user (number {owner})",
            hint="run coins as that user, or name your own folder with --store",
        )
        self.path, self.owner = path, owner


class LinkInStore(StoreUnusable):
    """A part of a store that is a link to somewhere else."""

    code = "link_in_store"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is a link, and links inside a store are not followed",
            hint="put the real file or folder there",
        )
        self.path = path


class NetworkFileSystem(StoreUnusable):
    """A store on a file system whose locks may not hold between computers."""

    code = "network_file_system"

    def __init__(self, path: str, *, kind: str) -> None:
        super().__init__(
            f"the store at {path} is on a network file system ({kind}), where locks may not hold",
            hint="use a local folder; or, if only one computer writes at a time,"
            " set COINS_ALLOW_NETWORK_FS=1: two at once can damage the store",
        )
        self.path, self.kind = path, kind


class StoreFrozen(StoreUnusable):
    """A store whose disk failed while it was written, and which must be looked at first."""

    code = "store_frozen"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"the store at {path} is frozen, because its disk failed: {why}",
            hint="check the disk, restart the computer, then see what stands: coins verify",
        )
        self.path, self.why = path, why


class OutcomeUnknown(StoreUnusable):
    """A write of which the disk would say neither that it happened nor that it did not."""

    code = "outcome_unknown"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"it is not known whether this was recorded: {why}",
            hint=f"check the disk, then see what stands: coins verify --store {path}",
        )
        self.path, self.why = path, why
