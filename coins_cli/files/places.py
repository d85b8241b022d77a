"""The default place of a store."""

import os
import sys
from collections.abc import Mapping


def default_store(environ: Mapping[str, str]) -> str:
    """The folder of the user's own store: `$XDG_DATA_HOME/coins`, or the system's own place."""
    home = environ.get("HOME") or os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(environ.get("LOCALAPPDATA") or home, "coins")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "coins")
    xdg = environ.get("XDG_DATA_HOME", "")
    # The XDG base directory specification has relative paths ignored.
    base = xdg if os.path.isabs(xdg) else os.path.join(home, ".local", "share")
    return os.path.join(base, "coins")
