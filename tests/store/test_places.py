"""Where stores are when nobody says."""

import os

import pytest

from coins_cli.files import places
from coins_cli.files.places import default_store


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
