"""What can stand next on a command line: asked by the shells while somebody types.

A shell runs `coins` with the words so far, the last one unfinished, and `COINS_COMPLETE` set to its
name. The answer is a line that says whether `words` follow, or `files` or `folders` are meant, and
the words. Whatever goes wrong, the answer is empty. Because somebody waits, nothing is imported
here that is slow to import, and the tables are generated.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from coins_cli.cli.completion_table import CHOICES, COMMANDS, OPTIONS, POSITIONALS
from coins_cli.store.layout import CATALOG_FILE, WALLET_ENDING, WALLETS
from coins_cli.store.places import default_store

Word = tuple[str, str]
"""A word that can stand next, and what it means."""
Answer = tuple[str, list[Word]]

NOTHING: Answer = ("words", [])


def main() -> int:
    """Answer the shell that asks, on stdout, and never with an error: returns 0."""
    try:
        kind, words = answer(sys.argv[1:], os.environ)
        write = _FORMATS[os.environ["COINS_COMPLETE"]]
        sys.stdout.write("".join(f"{line}\n" for line in [kind, *(write(*word) for word in words)]))
        sys.stdout.flush()
    except Exception:  # noqa: BLE001, S110 - nobody who presses a key wants to read about it
        pass
    return 0


def answer(words: Sequence[str], environ: Mapping[str, str]) -> Answer:
    """What can stand in the place of the last of `words`."""
    *before, current = _joined(words) or [""]
    line = _Line(before)
    if line.is_lost:
        return NOTHING
    if line.awaited is not None:
        return _values(line.awaited, current, line, environ)
    if current.startswith("-") and not line.has_only_arguments:
        name, is_given, value = current.partition("=")
        if not is_given:
            return "words", [one for one in line.options() if one[0].startswith(current)]
        kind, found = _values(OPTIONS[line.path].get(name, ("", ""))[0], value, line, environ)
        is_apart = "=" in words  # as bash gives it
        return kind, found if is_apart else [(f"{name}={word}", about) for word, about in found]
    if line.path in COMMANDS:
        verbs = COMMANDS[line.path].items()
        return "words", [(name, about) for name, about in verbs if name.startswith(current)]
    return _values(line.next_argument(), current, line, environ)


class _Line:
    """The words before the one in question, understood as far as they can be."""

    def __init__(self, before: Sequence[str]) -> None:
        self.path = ""
        self.awaited: str | None = None
        self.has_only_arguments = False
        self.is_lost = False
        self.given: dict[str, str] = {}
        self._arguments = 0
        option = ""
        for word in before:
            if self.awaited is not None:
                self.given[option], self.awaited = word, None
            elif self.has_only_arguments or not word.startswith("-"):
                self._take(word)
            elif word == "--":
                self.has_only_arguments = True
            else:
                option, is_given, value = word.partition("=")
                metavar = OPTIONS[self.path].get(option, ("", ""))[0]
                if is_given:
                    self.given[option] = value
                elif metavar:
                    self.awaited = metavar

    def options(self) -> list[Word]:
        """The options of the command, with what they are for."""
        return [(name, about) for name, (_, about) in OPTIONS[self.path].items()]

    def next_argument(self) -> str:
        """What the next argument is called; the last one may be given several times."""
        names = POSITIONALS.get(self.path, [])
        if self._arguments < len(names):
            return names[self._arguments]
        return names[-1] if names and names[-1].endswith("...") else ""

    def _take(self, word: str) -> None:
        if self.path not in COMMANDS:
            self._arguments += 1
        elif word in COMMANDS[self.path]:
            self.path = f"{self.path} {word}".strip()
        else:
            self.is_lost = True


def _joined(words: Sequence[str]) -> list[str]:
    """The words, with what bash takes apart at equals signs put together again."""
    found: list[str] = []
    for word in words:
        if word == "=" and found and found[-1].startswith("--"):
            found[-1] += "="
        elif found and found[-1].startswith("--") and found[-1].endswith("="):
            found[-1] += word
        else:
            found.append(word)
    return found


def _values(metavar: str, current: str, line: _Line, environ: Mapping[str, str]) -> Answer:
    """What can stand where an argument or an option's value is called `metavar`."""
    kind = metavar.strip("[].")
    if kind in ("FILE", "FILE|-", "ROSTER.csv"):
        return "files", []
    if kind == "FOLDER":
        return "folders", []
    if kind in CHOICES:
        words = CHOICES[kind]
    elif kind in ("USER", "CREATOR", "FROM", "TO"):
        words = [(user, "") for user in _users(line, environ)]
    elif kind in ("GIFT", "PACK"):
        words = _priced(f"{kind.lower()}s", line, environ)
    else:
        return NOTHING
    return "words", [word for word in words if word[0].startswith(current)]


def _store(line: _Line, environ: Mapping[str, str]) -> str:
    named = line.given.get("--store") or environ.get("COINS_STORE")
    return os.path.expanduser(named) if named else default_store(environ)


def _users(line: _Line, environ: Mapping[str, str]) -> list[str]:
    """The handles in the store at hand, as its folder shows them."""
    files = os.listdir(os.path.join(_store(line, environ), WALLETS))
    return sorted(
        name.removesuffix(WALLET_ENDING)
        for name in files
        if name.endswith(WALLET_ENDING) and not name.startswith(".")
    )


def _priced(table: str, line: _Line, environ: Mapping[str, str]) -> list[Word]:
    """The gifts or packs of the catalog in force, with their prices."""
    import tomllib

    from coins_cli.store.default_catalog import default_catalog_path

    named = line.given.get("--catalog") or environ.get("COINS_CATALOG")
    own = os.path.join(_store(line, environ), CATALOG_FILE)
    path = os.path.expanduser(named) if named else own if os.path.exists(own) else None
    with open(path or default_catalog_path(), "rb") as file:
        entries = tomllib.load(file)[table]
    if table == "packs":
        return [(name, f"${one['usd']:.2f}") for name, one in entries.items()]
    return [(name, f"{one['coins']:,} coins") for name, one in entries.items()]


def _for_bash(word: str, about: str) -> str:  # noqa: ARG001 - bash shows no descriptions
    return word


def _for_zsh(word: str, about: str) -> str:
    return word.replace(":", "\\:") + (f":{about}" if about else "")


def _for_fish(word: str, about: str) -> str:
    return f"{word}\t{about}"


_FORMATS: Mapping[str, Callable[[str, str], str]] = {
    "bash": _for_bash,
    "zsh": _for_zsh,
    "fish": _for_fish,
}
