"""All errors of coins as data: a code, a message template, fields, and a family.

An error is one class, whose annotations are its fields. They are given in their order or by name,
appear under their names in JSON, and fill the template, in which `!q` quotes a text, `!l` lists
names, and `!a` lists them with an «and». Hints for users are in `coins_cli.cli.hints`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self, dataclass_transform, get_origin

QUOTED_CHARACTERS_MAX = 60
ROSTER_PROBLEMS_KEPT = 100
ROSTER_PROBLEMS_SHOWN = 5


@dataclass_transform()
class CoinsError(Exception):
    """The base of all errors.

    `code` is stable across releases, `exit_code` is the family's, and `says` is the message
    template. JSON leaves out the fields in `unlisted`, shortens those in `brief`, and adds the
    properties in `computed`. `example` are the fields of an example for the documentation.
    """

    code: ClassVar[str]
    exit_code: ClassVar[int] = 1
    says: ClassVar[str]
    unlisted: ClassVar[tuple[str, ...]] = ()
    brief: ClassVar[tuple[str, ...]] = ()
    computed: ClassVar[tuple[str, ...]] = ()
    example: ClassVar[tuple[object, ...]] = ()
    _names: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[Mapping[str, object]] = {}

    def __init_subclass__(cls) -> None:
        annotated = vars(cls).get("__annotations__", {})
        names = [name for name, kind in annotated.items() if get_origin(kind) is not ClassVar]
        cls._names = (*cls._names, *names)
        own = {name: vars(cls)[name] for name in names if name in vars(cls)}
        cls._defaults = {**cls._defaults, **own}

    def __init__(self, *values: object, **named: object) -> None:
        super().__init__()
        given = {**self._defaults, **dict(zip(self._names, values, strict=False)), **named}
        if len(values) > len(self._names) or given.keys() != set(self._names):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(self._names)}")
        for name in self._names:
            setattr(self, name, given[name])

    def __reduce__(self) -> tuple[object, ...]:
        """Support pickling, for errors from worker processes."""
        return _revived, (type(self), self._values())

    def __str__(self) -> str:
        """The message."""
        return self.message

    @property
    def message(self) -> str:
        """The message for people: the template filled with the fields."""
        return _filled(self)

    @property
    def details(self) -> Sequence[str]:
        """Additional lines for people after the message."""
        return ()

    @property
    def fields(self) -> dict[str, object]:
        """The fields for JSON."""
        listed = {
            name: value for name, value in self._values().items() if name not in self.unlisted
        }
        for name in ("given", *self.brief):
            if name in listed:
                listed[name] = listed[name][:QUOTED_CHARACTERS_MAX]
        return {**listed, **{name: getattr(self, name) for name in self.computed}}

    def as_answer(self) -> Self:
        """The error without its traceback, which would keep all local variables alive."""
        self.__context__ = None
        return self.with_traceback(None)

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._names}


class Invalid(CoinsError):
    """Input that is invalid in every economy."""

    exit_code = 2


class NotFound(CoinsError):
    """Input that names something that does not exist."""

    exit_code = 3


class Refused(CoinsError):
    """A valid request that a rule of the economy forbids."""

    exit_code = 4


class Conflict(CoinsError):
    """A valid request that conflicts with an older one, or with a file."""

    exit_code = 5


class StoreUnusable(CoinsError):
    """A store or file that cannot be read, written or trusted."""

    exit_code = 6


# -- invalid -------------------------------------------------------------------------------------


class InvalidAmount(Invalid):
    """A count of coins, days, views or gifts that is not a positive whole number."""

    code = "invalid_amount"
    says = "{what} must be a whole number from 1 to {most:,}, not {given!q}"
    example = ("the quantity", "1.5", 2**53 - 1)
    what: str
    given: str
    most: int


class InvalidDollars(Invalid):
    """A sum of dollars that is not a positive decimal with at most two places."""

    code = "invalid_dollars"
    says = "{what} must be dollars and cents above zero, not {given!q}"
    example = ("the budget", "6.499")
    what: str
    given: str


class InvalidHandle(Invalid):
    """A user name that the platform's rule does not allow."""

    code = "invalid_handle"
    says = "{given!q} cannot be a handle: {why}"
    example = ("al ice", "it has a space")
    given: str
    why: str


class InvalidText(Invalid):
    """A free text that is empty, too long, or not text."""

    code = "invalid_text"
    says = "the {what} {why}"
    example = ("message", "is empty")
    what: str
    why: str


class InvalidAddress(Invalid):
    """A PayPal address that is not an e-mail address."""

    code = "invalid_address"
    says = "{given!q} is not an e-mail address"
    example = ("bob",)
    given: str


class InvalidKey(Invalid):
    """An idempotency key that is empty, too long, or not printable."""

    code = "invalid_key"
    says = "a key is 1 to {most} printable characters"
    example = (255,)
    most: int


class InvalidRequest(Invalid):
    """A JSON request with missing or unknown fields, or values of a wrong type."""

    code = "invalid_request"
    says = "{problem}"
    unlisted = ("problem", "advice")
    example = ("recharge needs 'pack'", "it must have user and pack")
    problem: str
    advice: str


class InvalidJson(Invalid):
    """A line that is not one JSON object."""

    code = "invalid_json"
    says = "the line is not a JSON object: {why}"
    example = ("it is another kind of value",)
    why: str


class TooManyLines(Invalid):
    """A batch of all or nothing with too many lines."""

    code = "too_many_lines"
    says = "at most {most:,} lines can be decided together"
    example = (10_000,)
    most: int


class FileNotReadable(Invalid):
    """A file that exists and cannot be read."""

    code = "file_not_readable"
    says = "{path} cannot be read: {why}"
    example = ("evening.jsonl", "permission denied")
    path: str
    why: str


class InvalidReceipt(Invalid):
    """A text that is not `SEQ:HASH`."""

    code = "invalid_receipt"
    says = "{given!q} is not a receipt"
    example = ("12",)
    given: str


class OneAtMost(Invalid):
    """Several `options` of which only one may be given, named as the sender names them."""

    code = "one_at_most"
    says = "{options!a} do not go together"
    example = (["--coins", "--usd", "--views"],)
    options: Sequence[str]


class PackNeeded(Invalid):
    """A recharge without a pack, when nobody can be asked for one."""

    code = "pack_needed"
    says = "a recharge needs a pack"
    example = (["100", "500"],)
    packs: Sequence[str]


class InvalidChoice(Invalid):
    """A value that is not one of the allowed `choices`."""

    code = "invalid_choice"
    says = "{what} cannot be {given!q}"
    example = ("the venue", "street", ["live", "comments"])
    what: str
    given: str
    choices: Sequence[str]


class OtherWord(Invalid):
    """A word that people try as a command, for what has another name or is not done."""

    code = "other_word"
    says = "{word!q} is not a command: {why}"
    example = ("buy", "coins are bought in packs")
    word: str
    why: str


class InvalidMoment(Invalid):
    """A moment that is not a date, with or without a time of day."""

    code = "invalid_moment"
    says = "{what} must be a date, with or without a time, not {given!q}"
    example = ("the time", "tomorrow")
    what: str
    given: str


class InvalidDuration(Invalid):
    """A length of time that is not made of whole weeks, days, hours, minutes and seconds."""

    code = "invalid_duration"
    says = "{given!q} is not a length of time above zero"
    example = ("0d",)
    given: str


class InvalidCatalog(Invalid):
    """A catalog that cannot be used: its file, the key, and the expected value."""

    code = "invalid_catalog"
    says = "the catalog {file} cannot be used{place}: {expected}"
    example = ("prices.toml", "packs.500.usd", "expected dollars and cents, not 5.999")
    file: str
    key: str
    expected: str

    @property
    def place(self) -> str:
        """The key in words; empty for the whole file."""
        return f" at {self.key}" if self.key else ""


class InvalidSetting(Invalid):
    """A value that a key of the catalog cannot have: the key, the value, and what was expected."""

    code = "invalid_setting"
    says = "{key} cannot be {value!q}: expected {expected}"
    brief = ("key", "value")
    example = ("packs.500.usd", "5.999", "dollars and cents, like 5.99")
    key: str
    value: str
    expected: str


class InvalidRoster(Invalid):
    """A roster with problems, each with its row and column."""

    code = "invalid_roster"
    says = "{file} cannot be imported: {first}{more}"
    computed = ("row", "column", "problem", "problems")
    unlisted = ("found",)
    example = ("class.csv", [(2, "handle", "'al ice' cannot be a handle: it has a space")])
    file: str
    found: Sequence[tuple[int | None, str | None, str]]

    @property
    def row(self) -> int | None:
        """The row of the first problem."""
        return self.found[0][0]

    @property
    def column(self) -> str | None:
        """The column of the first problem."""
        return self.found[0][1]

    @property
    def problem(self) -> str:
        """The first problem."""
        return self.found[0][2]

    @property
    def problems(self) -> list[dict[str, object]]:
        """The problems, at most `ROSTER_PROBLEMS_KEPT` of them."""
        return [
            {"row": row, "column": column, "problem": problem}
            for row, column, problem in self.found[:ROSTER_PROBLEMS_KEPT]
        ]

    @property
    def first(self) -> str:
        """The first problem, after its place."""
        return _placed(*self.found[0])

    @property
    def more(self) -> str:
        """The number of other problems, in words."""
        others = len(self.found) - 1
        return f"; and {others:,} more problem{'s' if others > 1 else ''}" if others else ""

    @property
    def details(self) -> Sequence[str]:
        """The first problems after the one that the message names."""
        return [_placed(*one) for one in self.found[1:ROSTER_PROBLEMS_SHOWN]]


class EmptyPeriod(Invalid):
    """A period that ends before it begins."""

    code = "empty_period"
    says = "a period from {since!q} to {until!q} ends before it begins"
    example = ("2026-03-02", "2026-03-01")
    since: str
    until: str


class InvalidArchive(Invalid):
    """A file that is not a copy of a store."""

    code = "invalid_archive"
    says = "{file} is not a copy of a store: {why}"
    example = ("class.tar.gz", "there is no store.json in it")
    file: str
    why: str


# -- not found -----------------------------------------------------------------------------------


class UnknownUser(NotFound):
    """A user who has no wallet in this store."""

    code = "unknown_user"
    says = "there is no wallet for {user}"
    example = ("alcie", ["alice"])
    user: str
    close: Sequence[str] = ()


class UnknownGift(NotFound):
    """A gift that the catalog does not have."""

    code = "unknown_gift"
    says = "there is no gift {gift!q} in the catalog"
    brief = ("gift",)
    example = ("pnada", ["panda"])
    gift: str
    close: Sequence[str] = ()


class UnknownPack(NotFound):
    """A pack that the catalog does not have."""

    code = "unknown_pack"
    says = "there is no pack {pack!q} in the catalog"
    brief = ("pack",)
    example = ("300", ["100", "500"])
    pack: str
    packs: Sequence[str]


class UnknownCatalog(NotFound):
    """A name that neither a catalog of coins nor a file has."""

    code = "unknown_catalog"
    says = "there is neither a catalog nor a file {catalog!q}"
    brief = ("catalog",)
    example = ("older-price", ["older-prices"])
    catalog: str
    close: Sequence[str] = ()


class UnknownCatalogKey(NotFound):
    """A key that the catalog does not have."""

    code = "unknown_catalog_key"
    says = "there is no {key!q} in the catalog"
    brief = ("key",)
    example = ("packs.500.price", ["packs.500.usd"])
    key: str
    close: Sequence[str] = ()


class UnknownTransaction(NotFound):
    """A number that no transaction has."""

    code = "unknown_transaction"
    says = "there is no transaction {seq:,}"
    example = (99,)
    seq: int


class NothingDone(NotFound):
    """A newest transaction that there is not, because nothing was done yet."""

    code = "nothing_done"
    says = "nothing was done in this economy yet"


class UnknownReceipt(NotFound):
    """A receipt whose transaction has another hash in this history."""

    code = "unknown_receipt"
    says = "transaction {seq:,} of this store has another hash than that receipt"
    example = (4,)
    seq: int


class UnknownPayout(NotFound):
    """A number that no pending payout has or had."""

    code = "unknown_payout"
    says = "there is no payout {payout:,}"
    example = (99,)
    payout: int


class UnknownPromotion(NotFound):
    """A number that no promotion has."""

    code = "unknown_promotion"
    says = "there is no promotion {promotion:,}"
    example = (99,)
    promotion: int


class UnknownLive(NotFound):
    """A creator who has never been live."""

    code = "unknown_live"
    says = "{creator} has never been live"
    example = ("bob",)
    creator: str


class UnknownLiveNumber(NotFound):
    """A number that no live has."""

    code = "unknown_live"
    says = "there is no live {live:,}"
    example = (99,)
    live: int


class UnknownGroup(NotFound):
    """A group of users that this computer does not know."""

    code = "unknown_group"
    says = "there is no group {group!q} on this computer"
    example = ("teachers",)
    group: str


class NoStore(NotFound):
    """A folder that holds no store yet."""

    code = "no_store"
    says = "there is no store at {path} yet"
    example = ("class-7b",)
    path: str


class NoSuchFile(NotFound):
    """A file that does not exist."""

    code = "no_such_file"
    says = "there is no file {path}"
    example = ("evening.jsonl",)
    path: str


class NoBrowser(NotFound):
    """No browser that could be opened for a page, which stays in its temporary file."""

    code = "no_browser"
    says = "no browser could be opened; the page is in {path}"
    example = ("temporary/coins-report-x1/report.html",)
    path: str


class UnknownTopic(NotFound):
    """Words that are neither a help topic nor a command."""

    code = "unknown_topic"
    says = "there is no topic or command {topic!q}"
    brief = ("topic",)
    unlisted = ("topics",)
    example = ("kyes", ["keys"], ["keys", "money"])
    topic: str
    close: Sequence[str]
    topics: Sequence[str]


# -- refused by a rule ---------------------------------------------------------------------------


class GiftToSelf(Refused):
    """A gift whose sender and creator are the same user."""

    code = "gift_to_self"
    says = "{user} cannot send a gift to {user}"
    example = ("alice",)
    user: str


class NotEnoughCoins(Refused):
    """A price above what the wallet holds in bought coins."""

    code = "not_enough_coins"
    says = "{user} has {have:,} coins and needs {need:,}"
    example = ("alice", 5_000, 120)
    user: str
    need: int
    have: int


class AnotherRefused(Refused):
    """A request of an all-or-nothing batch in which another one was refused."""

    code = "another_refused"
    says = "it was not done, because another request was refused: all are done, or none"


class TooManyCoins(Refused):
    """More coins in one recharge than can be bought at a time."""

    code = "too_many_coins_at_a_time"
    says = "{coins:,} coins are too many: at most {most:,} can be bought at a time"
    example = (20_000, 10_000)
    coins: int
    most: int


class NotLive(Refused):
    """A gift to a live, a view of it, or its end, while no live is on.

    `instead` is an alternative for the hint: `comments` of a video, `wait`, or empty.
    """

    code = "not_live"
    says = "{creator} is not live"
    unlisted = ("instead",)
    example = ("bob", "comments")
    creator: str
    instead: str = ""


class AlreadyLive(Refused):
    """The start of a live while one is on."""

    code = "already_live"
    says = "{creator} is live already"
    example = ("bob",)
    creator: str


class BelowThreshold(Refused):
    """A cash-out before enough coins were earned."""

    code = "below_threshold"
    says = "{user} has earned {earned:,} coins; cashing out starts at {threshold:,}"
    computed = ("short_by",)
    example = ("bob", 9_999, 10_000)
    user: str
    earned: int
    threshold: int

    @property
    def short_by(self) -> int:
        """Coins missing to the threshold."""
        return self.threshold - self.earned


class MoreThanEarned(Refused):
    """A cash-out of more coins than were earned."""

    code = "more_than_earned"
    says = "{user} has earned {earned:,} coins, so {coins:,} cannot be cashed out"
    example = ("bob", 20_000, 12_000)
    user: str
    coins: int
    earned: int


class PayoutTooSmall(Refused):
    """A cash-out that would round down to nothing."""

    code = "payout_too_small"
    says = "{coins:,} coins are worth less than a cent at this catalog's rates"
    example = ("bob", 7)
    user: str
    coins: int


class NotReversible(Refused):
    """The reversal of a transaction that no reversal can undo; `op` is its operation."""

    code = "not_reversible"
    says = "transaction {seq:,} cannot be reversed: {why}"
    unlisted = ("op",)
    example = (3, "it opened a wallet", "open")
    seq: int
    why: str
    op: str


class CoinsGone(Refused):
    """The reversal of a transaction whose coins were spent or cashed out meanwhile."""

    code = "coins_gone"
    says = (
        "transaction {seq:,} cannot be reversed: {user} has {have:,} {kind} left of the"
        " {need:,} that it brought"
    )
    example = (4, "bob", "earned coins", 500, 20)
    seq: int
    user: str
    kind: str
    need: int
    have: int


class ClockBehind(Refused):
    """A clock set to a time before the newest transaction."""

    code = "clock_behind"
    says = "the newest transaction is of {newest}, and time never runs backwards in a journal"
    example = ("2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z")
    wanted: str
    newest: str


class ClockTooFar(Refused):
    """A clock advanced beyond the last possible time."""

    code = "clock_too_far"
    says = "the clock ends at {most}"
    example = ("9000-01-01T00:00:00Z",)
    most: str


class PromotionOutOfRange(Refused):
    """A promotion cheaper or dearer than the platform sells."""

    code = "promotion_out_of_range"
    says = "a promotion costs from {least:,} to {most:,} coins, not {coins:,}"
    example = (100, 500, 707_000)
    coins: int
    least: int
    most: int


class PromotionDollarsOutOfRange(Refused):
    """A promotion for fewer or more dollars than the platform sells."""

    code = "promotion_out_of_range"
    says = "a promotion costs from ${least} to ${most}, not ${usd}"
    example = ("1.00", "5.00", "7000.00")
    usd: str
    least: str
    most: str


class TooManyDays(Refused):
    """A promotion that would run longer than the platform sells."""

    code = "too_many_days"
    says = "a promotion runs for 1 to {most} days, not {days:,}"
    example = (31, 30)
    days: int
    most: int


class TooFewCoinsForDays(Refused):
    """A promotion below the lowest price for its days."""

    code = "too_few_coins_for_days"
    says = "{days} days cost at least {least:,} coins, and this promotion has {coins:,}"
    example = (500, 3, 1_500)
    coins: int
    days: int
    least: int


class TooLarge(Refused):
    """An amount that would take a balance or a total beyond 2^53 - 1."""

    code = "too_large"
    says = "{account} would pass {most:,}, beyond which amounts are not exact"
    example = ("alice/coins", 2**53 - 1)
    account: str
    most: int


class DidNotHappen(Refused):
    """The end of a transaction that could not be done at the prices of a what-if."""

    code = "did_not_happen"
    says = "transaction {seq:,} did not happen"
    example = (21,)
    seq: int


class BuysNothing(Refused):
    """A purchase in a what-if that keeps the dollars, which are too few for any pack."""

    code = "buys_nothing"
    says = "{usd} buys no pack"
    example = ("$1.29",)
    usd: str


class QuoteTooLarge(Refused):
    """A quote whose exact answer would take too long to find with this catalog's packs."""

    code = "quote_too_large"
    says = "the cheapest packs for {coins:,} coins cannot be found exactly with this catalog"
    example = (10**12,)
    coins: int


# -- in conflict with something that exists ------------------------------------------------------


class AlreadyReversed(Conflict):
    """The reversal of a transaction that was reversed before."""

    code = "already_reversed"
    says = "transaction {seq:,} was reversed already, by transaction {by:,}"
    example = (4, 9)
    seq: int
    by: int


class PayoutEnded(Conflict):
    """The settlement or the return of a payout that was settled or returned before."""

    code = "payout_ended"
    says = "payout {payout:,} was ended already, by transaction {by:,}"
    example = (12, 13)
    payout: int
    by: int


class HandleTaken(Conflict):
    """A new wallet under a handle that has a wallet."""

    code = "handle_taken"
    says = "the handle {user} is taken"
    example = ("alice",)
    user: str


class AlreadyOnSale(Conflict):
    """A new gift or pack that the catalog has already; `setting` would change it."""

    code = "already_on_sale"
    says = "there is a {what} {id!q} in the catalog already"
    unlisted = ("setting",)
    brief = ("id",)
    example = ("gift", "panda", "gifts.panda.coins=7")
    what: str
    id: str
    setting: str


class KeyReused(Conflict):
    """An idempotency key that was used for another request."""

    code = "key_reused"
    says = "the key {key!q} was used for another request ({place}); what differs: {differs!l}"
    example = ("lesson-1", 4, ["quantity"])
    key: str
    seq: int | None
    differs: Sequence[str]

    @property
    def place(self) -> str:
        """The transaction of the key, in words."""
        return "sent together with this one" if self.seq is None else f"transaction {self.seq}"


class ChangedMeanwhile(Conflict):
    """A request whose result would differ from the dry run that somebody agreed to."""

    code = "changed_meanwhile"
    says = "it is no longer what was shown, because something has changed meanwhile"


class FileInTheWay(Conflict):
    """A file that would be overwritten; `can_be_forced` if the command has --force for that.

    `kind` is set, in words, if the name belongs to something else than a file: that is never
    overwritten.
    """

    code = "file_exists"
    says = "{path} exists already{what}"
    unlisted = ("can_be_forced", "kind")
    example = ("report.html", True)
    path: str
    can_be_forced: bool = False
    kind: str | None = None

    @property
    def what(self) -> str:
        """The kind in words; empty for a file."""
        return "" if self.kind is None else f", and is {self.kind}"


# -- store or file unusable ----------------------------------------------------------------------


class StoreLocked(StoreUnusable):
    """A store that another process has locked for too long."""

    code = "store_locked"
    says = "the store at {path} was locked by another process for {waited_seconds:g} seconds"
    example = ("class-7b", 30.0)
    path: str
    waited_seconds: float


class StoreDamaged(StoreUnusable):
    """A file of the store that disagrees with the journal."""

    code = "store_damaged"
    says = "{file} cannot be trusted: {why}"
    example = ("wallets/alice.json", "the journal does not say so")
    file: str
    why: str


class JournalDamaged(StoreUnusable):
    """A journal that is wrong itself, so that nothing can be repaired from it."""

    code = "journal_damaged"
    says = "the journal itself is damaged: {first}{more}"
    example = ([{"where": "journal", "problem": "there is no segment in it"}],)
    findings: Sequence[Mapping[str, str]]

    @property
    def first(self) -> str:
        """The first finding, in words."""
        return f"{self.findings[0]['where']}: {self.findings[0]['problem']}"

    @property
    def more(self) -> str:
        """The number of other findings, in words."""
        others = len(self.findings) - 1
        return f", and {others:,} more" if others else ""


class StoreNotWritable(StoreUnusable):
    """A folder or disk that cannot be read or written."""

    code = "store_not_writable"
    says = "the store at {path} cannot be used: {why}"
    example = ("class-7b", "no space left on device")
    path: str
    why: str


class FileNotWritable(StoreUnusable):
    """A file outside the store that could not be written."""

    code = "file_not_writable"
    says = "{path} cannot be written: {why}"
    example = ("report.html", "permission denied")
    path: str
    why: str


class WorkerEnded(StoreUnusable):
    """A worker process that was ended from outside while it read the journal."""

    code = "worker_ended"
    says = "a process that helped to read the store at {path} was ended before it was done"
    example = ("class-7b",)
    path: str


class NotAStore(StoreUnusable):
    """A folder that contains something else than a store, or a path that is no folder."""

    code = "not_a_store"
    says = "{path} is not a store: {why}"
    example = ("photos", "it holds other things, like cat.png")
    path: str
    why: str


class FindingsReported(StoreUnusable):
    """An audit with findings, which were all reported before."""

    code = "store_damaged"
    says = "{things} wrong with the store"
    example = (2,)
    count: int

    @property
    def things(self) -> str:
        """The number of findings, in words."""
        return "1 thing is" if self.count == 1 else f"{self.count:,} things are"


class ChecksFailed(StoreUnusable):
    """Failed checks of a computer or folder, which were reported before."""

    code = "checks_failed"
    says = "checks failed: {failed!l}"
    example = (["permissions"],)
    failed: Sequence[str]


class NewerFormat(StoreUnusable):
    """A store that a later release wrote."""

    code = "newer_format"
    says = "the store at {path} has format {found}, and this release reads up to {known}"
    example = ("class-7b", 3, 2)
    path: str
    found: int
    known: int


class OlderFormat(StoreUnusable):
    """A store that an earlier release wrote, before anything was released."""

    code = "older_format"
    says = "the store at {path} has format {found}, and this release reads {known}"
    example = ("class-7b", 1, 2)
    path: str
    found: int
    known: int


class ForeignOwner(StoreUnusable):
    """A store that belongs to another user of the computer."""

    code = "foreign_owner"
    says = "the store at {path} belongs to another user (number {owner})"
    example = ("class-7b", 1001)
    path: str
    owner: int


class LinkInStore(StoreUnusable):
    """A part of a store that is a link."""

    code = "link_in_store"
    says = "{path} is a link, and links inside a store are not followed"
    example = ("class-7b/wallets",)
    path: str


class WrongKind(StoreUnusable):
    """A folder, pipe, socket or device where a file was expected, or the other way round."""

    code = "wrong_kind"
    says = "{path} is {found}, where {expected} was expected"
    example = ("class-7b/lock", "a folder", "a file")
    path: str
    found: str
    expected: str


class WritableByOthers(StoreUnusable):
    """A part of a store that others can write; `mend` is the command that ends that."""

    code = "writable_by_others"
    says = "{path} can be written by {who}, and so not be trusted"
    example = ("class-7b", "its group", "chmod g-w class-7b")
    path: str
    who: str
    mend: str


class NetworkFileSystem(StoreUnusable):
    """A store on a file system whose locks may not hold between computers."""

    code = "network_file_system"
    says = "the store at {path} is on a network file system ({kind}), where locks may not hold"
    example = ("class-7b", "nfs")
    path: str
    kind: str


class StoreFrozen(StoreUnusable):
    """A store whose disk failed during a write, until the computer is restarted."""

    code = "store_frozen"
    says = "the store at {path} is frozen, because its disk failed: {why}"
    example = ("class-7b", "input/output error")
    path: str
    why: str


class OutcomeUnknown(StoreUnusable):
    """A write that failed in a way that leaves its outcome unknown."""

    code = "outcome_unknown"
    says = "it is not known whether this was recorded: {why}"
    example = ("class-7b", "input/output error")
    path: str
    why: str


# -- words ---------------------------------------------------------------------------------------


def shortened(text: str, most: int = 2 * QUOTED_CHARACTERS_MAX) -> str:
    """`text` cut to at most `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def quoted(text: str) -> str:
    """`text` in quotes, cut to `QUOTED_CHARACTERS_MAX` characters."""
    return f"'{shortened(text, QUOTED_CHARACTERS_MAX)}'"


def one_of(names: Sequence[str], last_word: str = "or") -> str:
    """`names` as a list in words: «a, b or c»."""
    *most, last = names or ("nothing",)
    return f"{', '.join(most)} {last_word} {last}" if most else last


def _all_of(names: Sequence[str]) -> str:
    return one_of(names, "and")


_CONVERSIONS: Mapping[str, Callable[[Any], str]] = {"q": quoted, "a": _all_of, "l": ", ".join}


def _filled(error: CoinsError) -> str:
    """The error's template, filled with its fields."""
    from string import Formatter

    class Filled(Formatter):
        def get_value(self, key: int | str, *_: object) -> object:
            return getattr(error, str(key))

        def convert_field(self, value: Any, conversion: Any) -> Any:  # noqa: ANN401 - any field
            return value if conversion is None else _CONVERSIONS[conversion](value)

    return Filled().vformat(error.says, (), {})


def _placed(row: int | None, column: str | None, problem: str) -> str:
    """A problem of a roster, after its place."""
    places = [] if row is None else [f"row {row:,}"]
    if column is not None:
        places.append(column if column.startswith("column ") else f"column {quoted(column)}")
    return f"{', '.join(places)}: {problem}" if places else problem


def _revived(kind: type[CoinsError], values: dict[str, object]) -> CoinsError:
    return kind(**values)
