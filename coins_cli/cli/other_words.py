"""Words that people try as commands, with the command that does it, or why nothing does.

Imported only when a command is unknown.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from msgspec import Struct

from coins_cli.cli.hints import Hint, run
from coins_cli.errors import OtherWord

NO_REFUND: Final = "coins are not refundable"
NOTHING_EDITED: Final = "nothing is ever edited or deleted, and the history keeps all of it"
NOT_CONNECTED: Final = "coins is connected to no platform, and everything is in one folder here"


class Answer(Struct, frozen=True):
    """The answer to a word: why it is no command, and a hint at what to do instead."""

    why: str
    hint: Hint


_GIFT: Final = run("gift", "FROM", "TO", "GIFT")
_OPEN: Final = run("wallet", "create", "USER")
_HISTORY: Final = run("history", "USER")
_NEW_STORE: Final = run("--store", "FOLDER", "wallet", "create", "USER")
_UNDO: Final = run("undo")
_PROMOTE: Final = run("promote", "USER", "VIDEO", "--days", "D")

_ROWS: Final[Sequence[tuple[str, str, Hint]]] = (
    # money
    (
        "buy purchase order deposit refill topup top-up",
        "coins are bought in packs",
        [[run("recharge", "USER", "PACK")], [run("catalog", "packs"), " shows them"]],
    ),
    (
        "send tip give donate present thank",
        "what people send one another is a gift",
        [[_GIFT], [run("catalog", "gifts"), " shows them"]],
    ),
    (
        "transfer move lend",
        "coins go to somebody else only as a gift",
        [[_GIFT]],
    ),
    (
        "pay",
        "people pay for coins, and creators are paid for what they earned",
        [[run("recharge", "USER", "PACK")], [run("cashout", "USER", "--paypal", "ADDRESS")]],
    ),
    (
        "withdraw withdrawal cash cash-out cash_out pay-out payday paypal redeem convert exchange",
        "a creator cashes out what was earned",
        [[run("cashout", "USER", "--paypal", "ADDRESS")]],
    ),
    (
        "boost advertise ad ads promo",
        "a video is promoted",
        [[_PROMOTE], [run("quote", "promotion"), " says what it costs"]],
    ),
    ("promotions", "the word is promotion", [[run("promotion", "list")]]),
    ("payouts", "the word is payout", [[run("payout", "list")]]),
    # what nothing does
    (
        "refund money-back chargeback return",
        NO_REFUND,
        [["a teacher can undo a mistake: ", run("reverse", "SEQ", "--reason", "TEXT")]],
    ),
    (
        "delete del rm remove erase drop edit change modify update set rename",
        NOTHING_EDITED,
        [["a mistake is undone by a new transaction: ", _UNDO]],
    ),
    (
        "reset restart clear clean wipe empty",
        "a store is never emptied, because nothing is ever deleted",
        [["begin another one in a new folder: ", _NEW_STORE]],
    ),
    ("revert rollback cancel", "the word is undo", [[_UNDO]]),
    (
        "sell trade swap",
        "nobody buys coins back, and they are of no use outside of the platform",
        [["only earned coins become dollars: ", run("cashout", "USER", "--paypal", "ADDRESS")]],
    ),
    (
        "mine mint airdrop stake",
        "coins are not mined and are no cryptocurrency; the platform is the only source",
        [[run("recharge", "USER", "PACK")]],
    ),
    (
        "login logout signin signup sign-in sign-up auth connect link sync",
        NOT_CONNECTED,
        [["a user is just a wallet: ", _OPEN], ["--store FOLDER names another economy"]],
    ),
    (
        "serve server web www gui ui app start-server",
        "there is no server, and coins is connected to nothing",
        [
            ["a page for the browser: ", run("report", "--html", "FILE")],
            ["for the projector: ", run("live", "watch", "CREATOR")],
        ],
    ),
    # opening and setting up
    (
        "create new add register join open account user student",
        "what is made new is a wallet",
        [[_OPEN], ["a whole class: ", run("class", "import", "ROSTER.csv")]],
    ),
    (
        "init setup set-up install",
        "nothing needs to be set up",
        [["the first wallet makes everything: ", _OPEN]],
    ),
    ("import roster", "what is brought in is a class", [[run("class", "import", "ROSTER.csv")]]),
    ("config configure settings", "there is no file of settings", [[run("help", "environment")]]),
    # looking
    ("version ver", "it is an option", [[run("--version")]]),
    (
        "show view get info see",
        "say what is to be shown",
        [[run("balance", "USER")], [_HISTORY], [run("wallet", "show", "USER")]],
    ),
    (
        "list ls dir users wallets people accounts who",
        "what is listed are wallets",
        [[run("wallet", "list")], ["names and notes too: ", run("class", "list")]],
    ),
    ("students classes", "the word is class", [[run("class", "list")]]),
    (
        "status state stat stats summary overview",
        "it is one of these",
        [[run("report")], [run("balance", "USER")], [run("verify")]],
    ),
    (
        "log logs journal transactions transaction activity",
        "what happened is the history of a user",
        [[_HISTORY], ["everybody's: ", run("export")]],
    ),
    (
        "shop store market packs pack prices price",
        "what can be bought is in the catalog",
        [[run("catalog", "packs")], [run("catalog", "gifts")], [run("catalog", "promotions")]],
    ),
    ("gifts presents", "the gifts are in the catalog", [[run("catalog", "gifts")]]),
    ("lives stream streams", "the word is live", [[run("live", "list")]]),
    (
        "watch projector",
        "what is watched is a live",
        [[run("live", "watch", "CREATOR")]],
    ),
    ("start go-live golive", "what is started is a live", [[run("live", "start", "CREATOR")]]),
    ("stop end", "what is ended is a live", [[run("live", "end", "CREATOR")]]),
    (
        "leaderboard ladder ranking rank ranks fans supporters givers creators",
        "who gave most, and to whom, is shown by top",
        [[run("top")], [run("top", "CREATOR")]],
    ),
    ("profile", "the word is page", [[run("page", "CREATOR")]]),
    ("balances", "everybody's are in the list of wallets", [[run("wallet", "list")]]),
    ("time date now", "the economy has its own clock", [[run("clock", "show")]]),
    # trusting and learning
    ("check audit validate", "the word is verify", [[run("verify")]]),
    ("fix mend recover", "the word is repair", [[run("repair")]]),
    ("save copy dump", "the word is backup", [[run("backup", "FILE")], [run("export")]]),
    ("load", "the word is restore", [[run("restore", "FILE")]]),
    (
        "man manual docs doc guide tutorial tour intro usage commands ?",
        "all of it is explained by help",
        [[run("--help")], ["the whole story: ", run("demo")]],
    ),
    ("exit quit", "coins does one command at a time, and is not running", [[run("--help")]]),
    # after a noun
    ("live:stop live:finish", "the word is end", [[run("live", "end", "CREATOR")]]),
    ("live:begin live:on live:go", "the word is start", [[run("live", "start", "CREATOR")]]),
    ("live:top", "it is the ladder of a live", [[run("top", "CREATOR", "--live")]]),
    (
        "wallet:open wallet:new wallet:add wallet:register",
        "the word is create",
        [[_OPEN]],
    ),
    ("wallet:balance wallet:history", "it needs no wallet before it", [[run("balance", "USER")]]),
    (
        "payout:pay payout:approve payout:accept",
        "the word is settle",
        [[run("payout", "settle", "ID")]],
    ),
    (
        "payout:reject payout:refuse payout:cancel payout:refund",
        "the word is return",
        [[run("payout", "return", "ID", "--reason", "TEXT")]],
    ),
    ("promotion:create promotion:buy promotion:start", "a video is promoted", [[_PROMOTE]]),
    (
        "catalog:prices",
        "say what is to be shown",
        [[run("catalog", "packs")], [run("catalog", "gifts")], [run("catalog", "promotions")]],
    ),
    (
        "catalog:edit catalog:change catalog:update",
        "prices are set by their keys",
        [
            [run("catalog", "set", "packs.500.usd=5.99")],
            [run("catalog", "show"), " lists the keys"],
        ],
    ),
    (
        "catalog:new catalog:create",
        "the store gets one of its own by init",
        [[run("catalog", "init")], ["another gift or pack: ", run("catalog", "add", "gift")]],
    ),
    (
        "catalog:delete catalog:rm",
        "the word is remove",
        [[run("catalog", "remove", "gift", "GIFT")], [run("catalog", "remove", "pack", "PACK")]],
    ),
    ("catalog:compare", "the word is diff", [[run("catalog", "diff")]]),
    (
        "catalog:undo catalog:default",
        "the word is reset",
        [[run("catalog", "reset")], ["one price: ", run("catalog", "reset", "KEY")]],
    ),
    (
        "class:add class:create class:load",
        "the word is import",
        [[run("class", "import", "ROSTER.csv")]],
    ),
    ("class:show class:ls", "the word is list", [[run("class", "list")]]),
)
"""The words of one answer, why they are no commands, and the hint. `NOUN:WORD` is one after it."""


def _answers() -> Iterator[tuple[str, Answer]]:
    for words, why, hint in _ROWS:
        for word in words.split():
            yield word.replace(":", " "), Answer(why, hint)


OTHER_WORDS: Final = dict(_answers())
"""The answer to each word; to one after a noun, by both of them."""


def answer_to(words: str) -> Answer | None:
    """The answer to a word, or to a noun and a word after it; `None` if there is none."""
    known = words.lower()
    return OTHER_WORDS.get(known) or OTHER_WORDS.get(known.rpartition(" ")[2])


def check_word(nouns: Sequence[str], word: str, commands: Sequence[str]) -> None:
    """Raise `OtherWord` if `word` is none of the `commands` after `nouns`, and its answer is known.

    After a noun, a slip of the keyboard is more likely than a word of the top.
    """
    words = " ".join([*nouns, word])
    is_slip = bool(nouns) and words.lower() not in OTHER_WORDS and get_close_matches(word, commands)
    if not is_slip and (answer := answer_to(words)) is not None:
        raise OtherWord(words, answer.why)
