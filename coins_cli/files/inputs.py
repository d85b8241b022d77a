"""Input files that people name: regular files, and pipes."""

import os
import stat
from io import BufferedReader

from coins_cli.errors import FileNotReadable, NoSuchFile
from coins_cli.files.words import kind_of, reason


def open_input(path: str, *, is_stream: bool = False) -> BufferedReader:
    """Open a file or a pipe for reading, without waiting for a writer of the pipe.

    Shells use pipes for the output of a command: `<(sort roster.csv)`. With `is_stream` it may also
    be a device, and waits for the writer of a pipe, as `cat` does. Raises `NoSuchFile`, and
    `FileNotReadable` for folders, sockets and devices too.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOCTTY", 0)
    if not is_stream:
        flags |= getattr(os, "O_NONBLOCK", 0)
    try:
        fd = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise NoSuchFile(path) from None
    except OSError as error:
        raise FileNotReadable(path, _why(path, error)) from None
    found = os.fstat(fd)
    allowed = [stat.S_IFREG, stat.S_IFIFO, *([stat.S_IFCHR, stat.S_IFSOCK] if is_stream else [])]
    if stat.S_IFMT(found.st_mode) not in allowed:
        os.close(fd)
        raise FileNotReadable(path, f"it is {kind_of(found)}")
    os.set_blocking(fd, True)
    return os.fdopen(fd, "rb")


def read_input(path: str, *, most: int) -> bytes:
    """Read the first `most` bytes of a file or pipe. Raises `NoSuchFile` and `FileNotReadable`."""
    with open_input(path) as file:
        try:
            data = file.read(most)
        except OSError as error:
            raise FileNotReadable(path, reason(error)) from None
        if not data and stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            raise FileNotReadable(path, "it is a pipe that nobody has written anything to")
        return data


def _why(path: str, error: OSError) -> str:
    """The reason why a file could not be opened, in words."""
    try:
        found = os.stat(path)
    except OSError:
        return reason(error)
    # The system's words for a socket would not be understood.
    return reason(error) if stat.S_ISREG(found.st_mode) else f"it is {kind_of(found)}"
