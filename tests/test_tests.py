"""The tests themselves: each can fail, and none of them looks away."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = sorted(path for path in TESTS.rglob("*.py") if path != Path(__file__))
TREES = {str(path.relative_to(TESTS)): ast.parse(path.read_text("utf-8")) for path in FILES}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[str, Function]]:
    """Every function of the tests, and the file that it is in."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name}:{node.lineno} {node.name}", node


def names_used(node: ast.AST) -> set[str]:
    """What is called, passed on or asked for by its name."""
    inner = list(ast.walk(node))
    names = {one.id for one in inner if isinstance(one, ast.Name)}
    arguments = {one.arg for one in inner if isinstance(one, ast.arg)}
    return names | arguments | {one.attr for one in inner if isinstance(one, ast.Attribute)}


def fails_by_itself(node: Function) -> bool:
    return any(
        isinstance(one, ast.Assert | ast.Raise)
        or (isinstance(one, ast.Attribute) and one.attr in ("raises", "fail"))
        for one in ast.walk(node)
    )


def test_every_test_checks_something() -> None:
    """By itself, or by a function or fixture of the tests that does."""
    checking = {node.name for _, node in functions() if fails_by_itself(node)}
    is_growing = True
    while is_growing:
        more = {node.name for _, node in functions() if names_used(node) & checking}
        is_growing, checking = not more <= checking, checking | more
    tests = [(where, node) for where, node in functions() if node.name.startswith("test_")]
    assert len(tests) > 1_000
    assert [where for where, node in tests if node.name not in checking] == []


def test_no_test_swallows_whatever_is_raised() -> None:
    """Who catches everything passes it on, or keeps it for an assertion."""
    everything = {"Exception", "BaseException"}
    found = []
    for where, node in functions():
        for one in ast.walk(node):
            if isinstance(one, ast.ExceptHandler):
                is_wide = one.type is None or bool(names_used(one.type) & everything)
                if is_wide and not any(isinstance(inner, ast.Raise) for inner in ast.walk(one)):
                    found.append(where)
            elif isinstance(one, ast.Call) and names_used(one.func) & {"suppress", "raises"}:
                found += [where for arg in one.args if names_used(arg) & everything]
    assert found == []


def test_no_test_passes_because_its_time_or_its_tries_are_over() -> None:
    """A loop that waits or tries until something ends it has something to say when nothing does."""
    found = []
    for where, node in functions():
        for block in blocks(node):
            for one, following in zip(block, [*block[1:], None], strict=True):
                by_clock = isinstance(one, ast.While) and "monotonic" in names_used(one.test)
                tries = isinstance(one, ast.For) and node.name.startswith("test_") and returns(one)
                if (by_clock or tries) and following is None and not one.orelse:
                    found.append(where)
    assert found == []


def blocks(node: Function) -> Iterator[list[ast.stmt]]:
    """The statements of a function, and those within each of its statements."""
    for one in ast.walk(node):
        for field in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(one, field, None), list) and block:
                yield block


def returns(loop: ast.For) -> bool:
    return any(isinstance(inner, ast.Return) for inner in ast.walk(loop))


def test_a_test_over_nothing_is_an_error(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getini("empty_parameter_set_mark") == "fail_at_collect"
    assert pytestconfig.getini("xfail_strict") is True
