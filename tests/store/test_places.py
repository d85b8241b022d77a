"""Where stores are when nobody says, and the locks that keep processes apart."""

import os
import signal

import pytest

from coins_cli.store import interrupts, places
from coins_cli.store.interrupts import hold_interrupts
from coins_cli.store.places import default_store


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"HOME": "/h"}, "/h/.local/share/coins"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/x/coins"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": ""}, "/h/.local/share/coins"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "relative"}, "/h/.local/share/coins"),
        ("freebsd14", {"HOME": "/h"}, "/h/.local/share/coins"),
        ("darwin", {"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/h/Library/Application Support/coins"),
        ("win32", {"HOME": "/h", "LOCALAPPDATA": "/l"}, "/l/coins"),
        ("win32", {"HOME": "/h"}, "/h/coins"),
    ],
)
def test_the_default_store_is_where_the_system_keeps_data(monkeypatch, platform, environ, expected):
    monkeypatch.setattr(places.sys, "platform", platform)
    assert default_store(environ) == expected


def test_without_a_home_in_the_environment_the_system_knows_one(monkeypatch):
    monkeypatch.setattr(places.sys, "platform", "linux")
    monkeypatch.delenv("HOME")
    expected = os.path.join(os.path.expanduser("~"), ".local", "share", "coins")
    assert default_store({}) == expected
    assert default_store({"HOME": ""}) == expected


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
