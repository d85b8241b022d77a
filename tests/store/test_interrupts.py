"""Ctrl-C and its kin, held back and let through."""

import os
import signal

import pytest

from coins_cli.store import interrupts
from coins_cli.store.interrupts import hold_interrupts, ignore_interrupts


@pytest.fixture(autouse=True)
def handlers_as_before():
    before = {number: signal.getsignal(number) for number in interrupts._HELD}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_interruptions_are_held_back_and_then_let_through():
    let_through = hold_interrupts()
    os.kill(os.getpid(), signal.SIGINT)
    assert signal.SIGINT in signal.sigpending()
    with pytest.raises(KeyboardInterrupt):
        let_through()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()


def test_what_was_held_back_before_stays_held_back():
    outer = hold_interrupts()
    inner = hold_interrupts()
    inner()
    assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    outer()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()


def test_where_signals_cannot_be_held_back_they_are_not(monkeypatch):
    monkeypatch.delattr(interrupts.signal, "pthread_sigmask")
    hold_interrupts()()


def test_one_that_had_arrived_already_is_raised_and_holds_nothing_back(monkeypatch):
    """Python runs a handler at the next chance, which may be inside the call that blocks."""
    block = signal.pthread_sigmask

    def interrupted(how, mask):
        found = block(how, mask)
        if how == signal.SIG_BLOCK and mask:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(interrupts.signal, "pthread_sigmask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hold_interrupts()
    monkeypatch.undo()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()


def test_a_process_that_has_answered_is_not_interrupted_any_more():
    ignore_interrupts()
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
