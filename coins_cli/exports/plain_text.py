r"""Plain-text accounting: journals for hledger, ledger and beancount.

A transaction with postings becomes one of theirs, on its UTC day, with every posting in the assets
COIN, DIAMOND and USD. Accounts have the same names in all formats (`account_names`), and are
declared right before their first use. Other facts are tags or metadata, named like the columns of
the CSV. Transactions without postings, such as the opening of a wallet, are comments. At the end of
a whole journal every balance is asserted, so that the programs check our sums.

Free text is on one line: unprintable characters are Python escapes such as `\n`, and a backslash is
`\\`. It always follows its tag's name, so it cannot begin a directive or another tag. For hledger
and ledger a comma is escaped too, as `\x2c`: hledger ends a tag there and looks for the next one,
such as a date that would move the transaction.
"""

from datetime import date, timedelta
from typing import Final

from coins_cli.exports.account_names import name_of
from coins_cli.exports.escaping import escaped
from coins_cli.exports.facts import Facts, day_of, facts_of
from coins_cli.model.accounts import asset_of
from coins_cli.model.money import COIN, DIAMOND, USD, format_dollars
from coins_cli.model.transactions import Entry

ASSETS: Final = (COIN, DIAMOND, USD)
TAGS: Final = tuple(name for name in Facts.__struct_fields__ if name != "seq")
"""The facts written as tags; the transaction's number has its own place."""
TEXT_CHARACTERS_MAX: Final = 300
"""Characters in one tag; a longer text goes on in another of the same name. Ledger reads lines of
4,096 bytes, and an escape has up to ten."""

_NOT_IN_TAGS: Final = ","


class _Journal:
    """The common part of the three formats."""

    def __init__(self) -> None:
        self._balances: dict[str, int] = {}
        self._day = ""

    def beginning(self) -> str:
        """Comments on the journal, and the commodities."""
        return (
            "; The journal of a simulated economy: no real money, no real coins.\n"
            "; Assets: what users have, and the platform's cash. Expenses: coins used up.\n"
            "; Equity: where coins, diamonds and dollars come from and go to.\n\n"
            f"{self._commodities()}\n"
        )

    def lines_of(self, entry: Entry) -> str:
        """A transaction, after the declarations of its new accounts."""
        transaction, facts = entry.transaction, facts_of(entry)
        self._day = day_of(transaction.at)
        postings = transaction.postings
        if not postings:
            return self._comment(facts)
        declared = []
        for one in postings:
            if one.account not in self._balances:
                self._balances[one.account] = 0
                declared.append(f"{self._declaration(one.account)}\n")
            self._balances[one.account] += one.amount
        lines = [self._heading(facts), *self._tags(facts)]
        lines += [
            f"    {name_of(one.account)}  {amount(one.asset, one.amount)}" for one in postings
        ]
        return "".join(declared) + "\n".join(lines) + "\n\n"

    def end(self) -> str:
        """An assertion for every balance."""
        if not self._balances:
            return ""
        balances = [
            (name_of(account), amount(asset_of(account), balance))
            for account, balance in self._balances.items()
        ]
        return self._assertions(sorted(balances))

    def _comment(self, facts: Facts) -> str:
        tags = "".join(
            f"; {name}: {text}\n" for name, text in self._tag_values(facts) if name != "op"
        )
        return f"; {self._day} ({facts.seq}) {what(facts)}\n{tags}\n"

    def _tag_values(self, facts: Facts) -> list[tuple[str, str]]:
        """The tags of a transaction: names and values."""
        tags = []
        for name in TAGS:
            value = getattr(facts, name)
            if isinstance(value, str):
                for at in range(0, len(value), TEXT_CHARACTERS_MAX):
                    part = value[at : at + TEXT_CHARACTERS_MAX]
                    tags.append((name, escaped(part, _NOT_IN_TAGS)))
            elif value is not None:
                tags.append((name, str(value)))
        return tags

    def _tags(self, facts: Facts) -> list[str]:
        return [f"    ; {name}: {text}" for name, text in self._tag_values(facts)]

    def _heading(self, facts: Facts) -> str:
        return f"{self._day} * ({facts.seq}) {what(facts)}"

    def _declaration(self, account: str) -> str:
        return f"account {name_of(account)}"

    def _commodities(self) -> str:
        raise NotImplementedError

    def _assertions(self, balances: list[tuple[str, str]]) -> str:
        lines = [f"    {name}  0 {total.split()[1]} = {total}" for name, total in balances]
        return "\n".join([f"{self._day} * balances in the end", *lines]) + "\n"


class Hledger(_Journal):
    """For `hledger check --strict`."""

    def _commodities(self) -> str:
        decimals = {USD: "00"}
        return "".join(f"commodity 1000.{decimals.get(one, '')} {one}\n" for one in ASSETS)


class Ledger(_Journal):
    """For `ledger --pedantic`."""

    def _commodities(self) -> str:
        decimals = {USD: ".00"}
        commodities = [
            f"commodity {one}\n    format 1000{decimals.get(one, '')} {one}\n" for one in ASSETS
        ]
        return "".join([*commodities, *(f"tag {name}\n" for name in TAGS)])


class Beancount(_Journal):
    """For `bean-check`."""

    def _commodities(self) -> str:
        return "".join(f"1970-01-01 commodity {one}\n" for one in ASSETS)

    def _declaration(self, account: str) -> str:
        return f"{self._day} open {name_of(account)} {asset_of(account)}"

    def _heading(self, facts: Facts) -> str:
        return f"{self._day} * {_quoted(what(facts))}\n    seq: {facts.seq}"

    def _tags(self, facts: Facts) -> list[str]:
        values = ((name, getattr(facts, name)) for name in TAGS)
        return [
            f"    {name}: {_quoted(escaped(value)) if isinstance(value, str) else value}"
            for name, value in values
            if value is not None
        ]

    def _assertions(self, balances: list[tuple[str, str]]) -> str:
        # Beancount asserts balances at a day's beginning, so it is the day after.
        day = (date.fromisoformat(self._day) + timedelta(days=1)).isoformat()
        lines = []
        for name, total in balances:
            number, asset = total.split()
            lines.append(f"{day} balance {name}  {number} ~ 0 {asset}\n")
        return "".join(lines)


def what(facts: Facts) -> str:
    """A transaction in a few words, without free text."""
    is_user = facts.counterparty is not None and "@" not in facts.counterparty
    whom = f" to {facts.counterparty}" if is_user else ""
    return f"{facts.op} {facts.user}{whom}"


def amount(asset: str, number: int) -> str:
    """An amount with its commodity; dollars have two decimals."""
    return f"{format_dollars(number) if asset == USD else number} {asset}"


def _quoted(text: str) -> str:
    written = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{written}"'
