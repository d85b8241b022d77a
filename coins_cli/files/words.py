"""Words for errors of the system and for kinds of files."""

import os
import stat
from typing import Final

KINDS: Final = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
"""Kinds of files, by the bits of the mode."""


def reason(error: OSError) -> str:
    """The system's words for an error, in lower case."""
    return (error.strerror or str(error)).lower()


def kind_of(found: os.stat_result) -> str:
    """The kind of a file, in words."""
    return KINDS.get(stat.S_IFMT(found.st_mode), "no file")
