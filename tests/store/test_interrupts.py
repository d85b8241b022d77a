"""Ctrl-C and its kin, held back and let through."""

import os
import signal
import threading

import pytest

from coins_cli.files import interrupts
from coins_cli.files.interrupts import handle_none, hold_interrupts


def handlers():
    return {number: signal.getsignal(number) for number in interrupts._HELD}


@pytest.fixture(autouse=True)
def handlers_as_before():
    before = handlers()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupt(number=signal.SIGINT):
    os.kill(os.getpid(), number)


def test_interruptions_are_held_back_and_then_let_through():
    before = handlers()
    let_through = hold_interrupts()
    interrupt()
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        let_through()
    assert handlers() == before


def test_without_an_interruption_nothing_is_raised():
    before = handlers()
    hold_interrupts()()
    assert handlers() == before


def test_what_was_held_back_before_stays_held_back():
    outer = hold_interrupts()
    inner = hold_interrupts()
    interrupt()
    inner()
    with pytest.raises(KeyboardInterrupt):
        outer()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_handler_of_the_programs_own_hears_of_it_afterwards(number):
    heard = []
    signal.signal(number, lambda got, frame: heard.append(got))
    let_through = hold_interrupts()
    interrupt(number)
    assert heard == []
    let_through()
    assert heard == [number]


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    let_through = hold_interrupts()
    interrupt(signal.SIGHUP)
    let_through()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_handler_that_is_not_pythons_stays_where_it_is(monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    hold_interrupts()()
    assert signal.signal(signal.SIGTERM, before) is signal.SIG_DFL


@pytest.mark.parametrize("failing", [1, 2])
def test_one_that_comes_while_handlers_are_changed_leaves_all_as_it_was(monkeypatch, failing):
    """Python runs a handler at the next chance, which may be inside the call that changes one."""
    before, change, calls = handlers(), signal.signal, []

    def interrupted(number, handler):
        found = change(number, handler)
        calls.append(number)
        if len(calls) == failing:
            raise SystemExit
        return found

    monkeypatch.setattr(signal, "signal", interrupted)
    with pytest.raises(SystemExit):
        hold_interrupts()
    assert handlers() == before


def test_one_that_comes_while_handlers_are_put_back_leaves_all_as_it_was(monkeypatch):
    before, change, calls = handlers(), signal.signal, []
    let_through = hold_interrupts()

    def interrupted(number, handler):
        calls.append(number)
        found = change(number, handler)
        if len(calls) == 1:
            raise SystemExit
        return found

    monkeypatch.setattr(signal, "signal", interrupted)
    with pytest.raises(SystemExit):
        let_through()
    assert handlers() == before


def test_in_another_thread_there_is_nothing_to_hold():
    before, during = handlers(), []

    def hold():
        let_through = hold_interrupts()
        during.append(handlers())
        let_through()

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert during == [before]


def test_a_process_that_handles_none_ignores_only_what_it_ignored_before():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    handle_none()
    assert handlers() == {
        signal.SIGINT: signal.SIG_DFL,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_IGN,
    }
