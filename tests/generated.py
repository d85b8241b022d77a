"""What is generated: a part of the README, the table for completion, the default catalog, docs.

`python -m tests.generated` writes them anew; tests fail while they are not what it would write.
"""

from collections.abc import Iterator
from pathlib import Path
from pprint import pformat
from typing import Any

import msgspec

from coins_cli.cli.app import SECTIONS, Branch, root, shared_parameters
from coins_cli.cli.commands.catalog_changes import SOLD
from coins_cli.cli.commands.completion import SHELLS
from coins_cli.cli.commands.help import TOPICS
from coins_cli.cli.commands.payout import STATUSES
from coins_cli.cli.hints import hint_of
from coins_cli.cli.session import COLORS
from coins_cli.errors import CoinsError
from coins_cli.exports.formats import FORMATS
from coins_cli.files.catalogs import default_catalog_text, parse_catalog
from coins_cli.model.operations.promote import AUDIENCES
from coins_cli.reports.lines import TRACED
from coins_cli.views.whatif import KEEPS

TOP = Path(__file__).parent.parent
README = TOP / "README.md"
TABLE = TOP / "coins_cli" / "cli" / "completion_table.py"
CATALOG = TOP / "coins_cli" / "model" / "default_catalog.py"
ERRORS = TOP / "docs" / "errors.md"
BEGIN, END = "<!-- generated: commands -->\n", "<!-- generated: end -->\n"
SHARED = {name: parameter.help for parameter in shared_parameters() for name in parameter.opts}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and noun, by its words; the top is the empty one."""
    top = root()
    yield "", top
    for name in top.commands:
        command = top.commands[name]
        yield name, command
        for verb in getattr(command, "commands", {}):
            yield f"{name} {verb}", command.commands[verb]


def arguments_of(command: Any) -> list[str]:
    """What its arguments are called, in order."""
    return [one.metavar for one in command.params if one.param_type_name == "argument"]


def options_of(command: Any) -> list[tuple[list[str], str, str]]:
    """Its options: their names, what their value is called if they take one, and their help."""
    return [
        (one.opts, "" if one.is_flag else one.metavar, one.help)
        for one in command.params
        if one.param_type_name == "option"
    ]


def reference() -> str:
    """The README's list of commands."""
    found = dict(commands())
    lines: list[str] = []
    for title, entries in SECTIONS.items():
        lines += [f"**{title}**", ""]
        for name, entry in entries.items():
            paths = [name]
            if isinstance(entry, Branch):
                paths = [f"{name} {verb}" for verb in entry.leaves]
            for path in paths:
                lines += reference_of(path, found[path])
        lines.append("")
    return "\n".join(lines)


def reference_of(path: str, command: Any) -> list[str]:
    needed = [f"{one.opts[0]} {one.metavar}" for one in command.params if is_needed(one)]
    usage = " ".join(["coins", path, *arguments_of(command), *needed])
    lines = [f"- `{usage}`: {lower(summary_of(command))}"]
    for names, metavar, about in options_of(command):
        if SHARED.get(names[0]) != about:
            lines.append(
                f"  - `{', '.join(names)}{' ' if metavar else ''}{metavar}`: {lower(about)}"
            )
    return lines


def is_needed(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option" and parameter.required)


def lower(sentence: str) -> str:
    """A sentence as it stands after a colon."""
    first, second = sentence[0], sentence[1:2]
    return sentence if second.isupper() else f"{first.lower()}{sentence[1:]}"


def table() -> str:
    """The module that completion reads."""
    found = dict(commands())
    groups = {path: command for path, command in found.items() if hasattr(command, "commands")}
    verbs = {
        path: {name: summary_of(command.commands[name]) for name in command.commands}
        for path, command in groups.items()
    }
    options = {
        path: {
            **{
                name: (metavar, about)
                for names, metavar, about in options_of(one)
                for name in names
            },
            "--help": ("", "Show this message and exit."),
            "-h": ("", "Show this message and exit."),
        }
        for path, one in found.items()
    }
    first = next(iter(options.values()))
    everywhere = set.intersection(*map(set, options.values()))
    shared = {name: of for name, of in first.items() if name in everywhere}
    options = {
        path: {name: of for name, of in of_one.items() if shared.get(name) != of}
        for path, of_one in options.items()
    }
    positionals = {path: given for path, one in found.items() if (given := arguments_of(one))}
    plain = {"WHEN": COLORS, "WHO": AUDIENCES, "SHELL": SHELLS, "STATUS": STATUSES}
    plain |= {"FORMAT": list(FORMATS), "LINE": list(TRACED), "KEEP": KEEPS, "SOLD": SOLD}
    choices = {name: [(word, "") for word in words] for name, words in plain.items()}
    choices["TOPIC"] = [(name, text.splitlines()[0]) for name, text in TOPICS.items()]
    choices["TOPIC"] += list(verbs[""].items())
    parts = [
        '"""What can stand where on the command line. Generated by `python -m tests.generated`."""',
        "",
        f"COMMANDS: dict[str, dict[str, str]] = {in_lines(verbs)}",
        f"SHARED_OPTIONS: dict[str, tuple[str, str]] = {in_lines(shared)}",
        f"OPTIONS: dict[str, dict[str, tuple[str, str]]] = {in_lines(options)}",
        f"POSITIONALS: dict[str, list[str]] = {in_lines(positionals)}",
        f"CHOICES: dict[str, list[tuple[str, str]]] = {in_lines(choices)}",
    ]
    return "\n".join(parts) + "\n"


def catalog() -> str:
    """The module that holds what the default catalog says."""
    read = parse_catalog(default_catalog_text(), "the default catalog")
    lines = [
        f"    {name}={value_of(value)}," for name, value in msgspec.structs.asdict(read).items()
    ]
    parts = [
        '"""The content of `catalog.toml`. Generated by `python -m tests.generated`."""',
        "",
        "from decimal import Decimal",
        "",
        "from coins_cli.model.catalog import CashOutTerms, Catalog, GiftKind, Pack, PromotionTerms",
        "",
        "DEFAULT_CATALOG = Catalog(",
        *lines,
        ")",
    ]
    return "\n".join(parts) + "\n"


def value_of(value: object) -> str:
    """How a value is written in a program."""
    if not isinstance(value, dict):
        return repr(value)
    return "\n".join(["{", *(f"        {key!r}: {one!r}," for key, one in value.items()), "    }"])


def in_lines(value: object) -> str:
    return pformat(value, width=100, sort_dicts=False)


def summary_of(command: Any) -> str:
    return str(command.help.splitlines()[0])


def readme_with(text: str) -> str:
    """The README with `text` as its generated part."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}{END}{after}"


def errors() -> str:
    """The reference of errors: each with an example, by family and code."""
    lines = [
        "# Errors",
        "",
        "Generated by `python -m tests.generated`. Every refusal, by what it means for a script:",
        "its exit code, its `code` in JSON, an example of its message, and the hint with it.",
        "",
    ]
    for family in CoinsError.__subclasses__():
        lines += [f"## {family.exit_code}: {family.__name__}", "", f"{family.__doc__}", ""]
        for kind in family.__subclasses__():
            error = kind(*kind.example)
            lines += [
                f"**`{kind.code}`** {(kind.__doc__ or '').splitlines()[0]}",
                "",
                "```",
                f"coins: {error.message}",
                *[f"  {hint}" for hint in [hint_of(error)] if hint],
                "```",
                "",
            ]
    return "\n".join(lines)


def main() -> None:
    ERRORS.parent.mkdir(exist_ok=True)
    ERRORS.write_text(errors(), encoding="utf-8")
    README.write_text(readme_with(reference()), encoding="utf-8")
    TABLE.write_text(table(), encoding="utf-8")
    CATALOG.write_text(catalog(), encoding="utf-8")


if __name__ == "__main__":
    main()
