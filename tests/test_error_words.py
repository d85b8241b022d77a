"""Refusals are answers to commands, to lines of a batch and to programs: their words suit all."""

import ast
import re
from pathlib import Path

import pytest

from coins_cli import errors
from coins_cli.errors import CoinsError, StoreUnusable

OPTION = re.compile(r"(?<![\w-])--[a-z]")
TOP = Path(errors.__file__).parent
DECIDING = [*sorted((TOP / "model").rglob("*.py")), TOP / "cli" / "json_lines.py"]
"""Everything that can refuse a line of a batch."""


def texts_in(tree):
    """Every text in a program but the docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node.value


def refusals():
    """Every error that can be the answer to a line, by its name."""
    named = {
        node.id if isinstance(node, ast.Name) else node.attr
        for file in DECIDING
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name | ast.Attribute)
    }
    kinds = (getattr(errors, name, None) for name in sorted(named))
    return [
        kind
        for kind in kinds
        if isinstance(kind, type)
        and issubclass(kind, CoinsError)
        and not issubclass(kind, StoreUnusable)
    ]


@pytest.mark.parametrize("file", DECIDING, ids=lambda file: str(file.relative_to(TOP)))
def test_no_rule_names_an_option_of_the_command_line(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert [text for text in texts_in(tree) if OPTION.search(text)] == []


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_no_refusal_of_a_request_names_an_option_of_the_command_line(kind):
    assert not OPTION.search(getattr(kind, "says", ""))


def test_the_refusals_of_requests_are_found():
    found = {kind.__name__ for kind in refusals()}
    assert {"OneAtMost", "NotLive", "MoreThanEarned", "TooManyDays", "InvalidRequest"} <= found
    assert {"KeyReused", "AnotherRefused", "InvalidJson", "InvalidKey"} <= found
    assert len(found) > 30
