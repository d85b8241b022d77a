"""Names of accounts that are valid in hledger, ledger and beancount, and their inverse.

They show the books of the whole economy:

    Assets:Users:Alice:Coins        bought coins, unspent
    Assets:Users:Alice:Earned       earned coins
    Assets:Users:Alice:Held         earned coins that wait for a payout
    Assets:Users:Alice:Diamonds     diamonds on their way out; zero after each transaction
    Assets:Platform:Cash            the platform's dollars
    Expenses:Platform:Gifts         coins used up: the platform's share of gifts
    Expenses:Platform:Promotions    and promotions
    Equity:Platform:Issued          where coins come from
    Equity:Platform:Cashed-Out      and where they go to
    Equity:Platform:Diamonds        the same for diamonds
    Equity:World:Card:Alice         dollars from outside
    Equity:World:Paypal:Alice-at-example-dot-com    dollars to the outside

A part of a name has letters, digits and hyphens only, and begins with a capital or a digit. In a
handle or an address, each character other than a-z and 0-9 becomes a word between two hyphens:
`-dot-`, `-at-`, `-u-` for an underscore, or else the code point in hexadecimal, such as `-2b-` for
a plus sign. The first letter becomes a capital; a part that begins with a hyphen gets the prefix
`XX`. So different accounts always have different names.
"""

import re
from functools import lru_cache
from typing import Final

from coins_cli.model.accounts import (
    ACCOUNT_CACHE_SIZE,
    CASH,
    CASHED_OUT,
    DIAMONDS,
    GIFTS,
    ISSUED,
    PROMOTIONS,
    card_of,
    paypal_of,
)

_PLATFORM: Final = {
    CASH: "Assets:Platform:Cash",
    GIFTS: "Expenses:Platform:Gifts",
    PROMOTIONS: "Expenses:Platform:Promotions",
    ISSUED: "Equity:Platform:Issued",
    CASHED_OUT: "Equity:Platform:Cashed-Out",
    DIAMONDS: "Equity:Platform:Diamonds",
}
_PLATFORM_BACK: Final = {name: account for account, name in _PLATFORM.items()}
_CARD: Final = "Equity:World:Card:"
_PAYPAL: Final = "Equity:World:Paypal:"
_USER: Final = "Assets:Users:"
_KINDS: Final = {"coins": "Coins", "earned": "Earned", "held": "Held", "diamonds": "Diamonds"}

_PLAIN: Final = re.compile(r"[a-z0-9]")
_WORDS: Final = {".": "dot", "@": "at", "_": "u"}
_WORDS_BACK: Final = {word: character for character, word in _WORDS.items()}
_BEFORE_A_HYPHEN: Final = "XX"


@lru_cache(maxsize=ACCOUNT_CACHE_SIZE)
def name_of(account: str) -> str:
    """The name of an account, such as `Assets:Users:Alice:Coins` for `alice/coins`."""
    if account in _PLATFORM:
        return _PLATFORM[account]
    for beginning, root in ((card_of(""), _CARD), (paypal_of(""), _PAYPAL)):
        if account.startswith(beginning):
            return root + _component(account.removeprefix(beginning))
    user, _, kind = account.partition("/")
    return f"{_USER}{_component(user)}:{_KINDS[kind]}"


def account_of(name: str) -> str:
    """The account that has the `name`: the inverse of `name_of`."""
    if name in _PLATFORM_BACK:
        return _PLATFORM_BACK[name]
    if name.startswith(_CARD):
        return card_of(_text(name.removeprefix(_CARD)))
    if name.startswith(_PAYPAL):
        return paypal_of(_text(name.removeprefix(_PAYPAL)))
    user, _, kind = name.removeprefix(_USER).partition(":")
    return f"{_text(user)}/{kind.lower()}"


def _component(text: str) -> str:
    """A handle or an address, written as a part of a name."""
    written = "".join(one if _PLAIN.fullmatch(one) else f"-{_word(one)}-" for one in text)
    if written.startswith("-"):
        return _BEFORE_A_HYPHEN + written
    return written[0].upper() + written[1:]


def _text(component: str) -> str:
    parts = component.removeprefix(_BEFORE_A_HYPHEN).split("-")
    parts[0] = parts[0].lower()
    return "".join(_character(part) if at % 2 else part for at, part in enumerate(parts))


def _word(character: str) -> str:
    return _WORDS.get(character) or f"{ord(character):x}"


def _character(word: str) -> str:
    return _WORDS_BACK.get(word) or chr(int(word, 16))
