"""Completion: the words that can come next on a command line, for a shell.

A shell runs `coins` with the words so far, the last one unfinished, and `COINS_COMPLETE` set to its
name. The answer is a line with its kind, `words`, `files` or `folders`, and then a line for each
word. After any error it is empty. Because somebody waits, slow imports are avoided, and the tables
are generated.

The store and the catalog may be a stranger's, and a word that is offered ends up on a command line.
So users, gifts and packs are offered only when their names are valid, and every word is quoted for
the shell.
"""

import os
import re
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coins_cli.cli.completion_table import (
    CHOICES,
    COMMANDS,
    OPTIONS,
    POSITIONALS,
    SHARED_OPTIONS,
)
from coins_cli.files.named_catalogs import NAMED_CATALOGS, named_catalog_path
from coins_cli.files.places import default_store
from coins_cli.store.json.layout import CATALOG_FILE, WALLET_ENDING, WALLETS

Word = tuple[str, str]
"""A word to offer, and its description."""
Answer = tuple[str, list[Word]]

NOTHING: Answer = ("words", [])


def main() -> int:
    """Answer the shell on stdout; returns 0, also after an error."""
    try:
        shell = os.environ["COINS_COMPLETE"]
        write = _FORMATS[shell]
        kind, words = answer(_meant(sys.argv[1:], shell), os.environ)
        lines = [kind, *(write(*word) for word in words if _is_one_line(word))]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except Exception:  # noqa: BLE001, S110 - nobody who presses a key wants to read about it
        pass
    return 0


def answer(words: Sequence[str], environ: Mapping[str, str]) -> Answer:
    """The completions of the last of `words`."""
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
        kind, found = _values(_options(line.path).get(name, ("", ""))[0], value, line, environ)
        is_apart = "=" in words  # as bash gives it
        return kind, found if is_apart else [(f"{name}={word}", about) for word, about in found]
    if line.path in COMMANDS:
        verbs = COMMANDS[line.path].items()
        return "words", [(name, about) for name, about in verbs if name.startswith(current)]
    return _values(line.next_argument(), current, line, environ)


def _options(path: str) -> dict[str, tuple[str, str]]:
    """The options of a command, then the shared ones that it has no own ones for."""
    own = OPTIONS[path]
    return {**own, **SHARED_OPTIONS, **own}


class _Line:
    """The words before the unfinished one, parsed as far as they are valid."""

    def __init__(self, before: Sequence[str]) -> None:
        self.path = ""
        self.awaited: str | None = None
        self.has_only_arguments = False
        self.is_lost = False
        self.given: dict[str, str] = {}
        self.arguments: list[str] = []
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
                metavar = _options(self.path).get(option, ("", ""))[0]
                if is_given:
                    self.given[option] = value
                elif metavar:
                    self.awaited = metavar

    def options(self) -> list[Word]:
        """The options of the command, with their descriptions."""
        return [(name, about) for name, (_, about) in _options(self.path).items()]

    def next_argument(self) -> str:
        """The metavar of the next argument; the last one may repeat."""
        names = POSITIONALS.get(self.path, [])
        if len(self.arguments) < len(names):
            return names[len(self.arguments)]
        return names[-1] if names and names[-1].endswith("...") else ""

    def _take(self, word: str) -> None:
        if self.path not in COMMANDS:
            self.arguments.append(word)
        elif word in COMMANDS[self.path]:
            self.path = f"{self.path} {word}".strip()
        else:
            self.is_lost = True


def _joined(words: Sequence[str]) -> list[str]:
    """The words, with those that bash split at equals signs joined again."""
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
    """The completions of an argument or option value, by its `metavar`."""
    kind = metavar.strip("[].")
    if kind in ("CATALOG", "A", "B") and (catalogs := _catalogs(current)):
        return "words", catalogs
    if kind in ("FILE", "FILE|-", "ROSTER.csv", "CATALOG", "A", "B"):
        return "files", []
    if kind == "FOLDER":
        return "folders", []
    if kind in CHOICES:
        words = CHOICES[kind]
    elif kind in ("USER", "CREATOR", "FROM", "TO"):
        words = [(user, "") for user in _users(current, line, environ)]
    elif kind in ("GIFT", "PACK"):
        words = _priced(f"{kind.lower()}s", line, environ)
    elif kind == "GIFT|PACK" and line.arguments[0] in dict(CHOICES["SOLD"]):
        words = _priced(f"{line.arguments[0]}s", line, environ)
    elif kind == "KEY=VALUE" or (kind == "KEY" and line.path.startswith("catalog ")):
        words = _keys(line, environ, "=" if kind == "KEY=VALUE" else "")
    else:
        return NOTHING
    return "words", [word for word in words if word[0].startswith(current)]


def _store(line: _Line, environ: Mapping[str, str]) -> str:
    named = line.given.get("--store") or environ.get("COINS_STORE")
    return os.path.expanduser(named) if named else default_store(environ)


def _users(current: str, line: _Line, environ: Mapping[str, str]) -> list[str]:
    """The handles in the store that start with `current`, by its file names."""
    from coins_cli.model.names import is_handle

    files = os.listdir(os.path.join(_store(line, environ), WALLETS))
    users = (name.removesuffix(WALLET_ENDING) for name in files if name.endswith(WALLET_ENDING))
    return sorted(user for user in users if user.startswith(current) and is_handle(user))


def _priced(table: str, line: _Line, environ: Mapping[str, str]) -> list[Word]:
    """The gifts or packs of the catalog in force, with their prices."""
    from coins_cli.model.names import is_id

    named = line.given.get("--catalog") or environ.get("COINS_CATALOG")
    price = _pack_price if table == "packs" else _gift_price
    entries = _tables(named, line, environ)[table].items()
    return [(name, price(one)) for name, one in entries if is_id(name)]


def _catalogs(current: str) -> list[Word]:
    """The catalogs that come with coins, if `current` can begin the name of one."""
    return [word for word in NAMED_CATALOGS.items() if word[0].startswith(current)]


def _keys(line: _Line, environ: Mapping[str, str], ending: str) -> list[Word]:
    """The keys of the economy's own catalog, each with an `ending`, and their values."""
    from coins_cli.model.names import is_id

    found: list[Word] = []
    for table, fields in _tables(None, line, environ).items():
        if table in ("packs", "gifts"):
            inside = [(f"{table}.{name}", one) for name, one in fields.items() if is_id(name)]
        else:
            inside = [(table, fields)]
        found += [
            (f"{path}.{field}{ending}", str(value) if isinstance(value, int | float) else "")
            for path, values in inside
            for field, value in values.items()
            if is_id(field.replace("_", "-"))
        ]
    return found


def _tables(named: str | None, line: _Line, environ: Mapping[str, str]) -> dict[str, Any]:
    """The tables of the catalog that is `named`, or else of the economy's own or the default."""
    import tomllib

    own = os.path.join(_store(line, environ), CATALOG_FILE)
    if named in NAMED_CATALOGS:
        path = named_catalog_path(named)
    elif named:
        path = os.path.expanduser(named)
    else:
        path = own if os.path.exists(own) else named_catalog_path("default")
    return tomllib.loads(_text_of(path))


def _pack_price(entry: Mapping[str, object]) -> str:
    usd = entry["usd"]
    return f"${usd:.2f}" if isinstance(usd, int | float) else ""


def _gift_price(entry: Mapping[str, object]) -> str:
    coins = entry["coins"]
    return f"{coins:,} coins" if isinstance(coins, int) else ""


def _text_of(path: str) -> str:
    """The text of a regular file; a pipe would keep the shell waiting."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with open(fd, encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(path)
        return file.read()


_QUOTED = re.compile(
    r"""\\(?P<escaped>.) | '(?P<plain>[^']*)(?:'|$) | "(?P<inner>(?:[^"\\]|\\.)*)(?:"|\\?$)""",
    re.VERBOSE | re.DOTALL,
)


def _meant(typed: list[str], shell: str) -> list[str]:
    """The words without quotes: bash passes all words as typed, other shells only the last."""
    as_typed = 0 if shell == "bash" else -1
    return [*typed[:as_typed], *map(_unquoted, typed[as_typed:])] if typed else []


def _unquoted(word: str) -> str:
    """A word without its quotes, the last of which may be open.

    Nothing in it is expanded: that would run what somebody has only begun to type.
    """

    def meant(found: re.Match[str]) -> str:
        if found["inner"] is not None:
            return re.sub(r'\\([$`"\\])', r"\1", found["inner"])
        return found["escaped"] or found["plain"] or ""

    return _QUOTED.sub(meant, word)


def _is_one_line(word: Word) -> bool:
    """True if a word and its description are printable, so that they fit into a line."""
    return "".join(word).isprintable()


def _for_bash(word: str, about: str) -> str:  # noqa: ARG001 - bash shows no descriptions
    """The word quoted for bash, which inserts it without change."""
    return re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", word, flags=re.ASCII)


def _for_zsh(word: str, about: str) -> str:
    """The word escaped for `_describe`; zsh quotes it when it inserts it."""
    return word.replace("\\", "\\\\").replace(":", "\\:") + (f":{about}" if about else "")


def _for_fish(word: str, about: str) -> str:
    """The word with its description; fish quotes it when it inserts it."""
    return f"{word}\t{about}"


_FORMATS: Mapping[str, Callable[[str, str], str]] = {
    "bash": _for_bash,
    "zsh": _for_zsh,
    "fish": _for_fish,
}
