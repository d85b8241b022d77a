"""`python -m coins_cli` is `coins`."""

import gc
import os
import sys
from typing import Final, NoReturn

OBJECTS_BETWEEN_COLLECTIONS: Final = 100_000
"""A start makes fewer, and keeps them all: looking for garbage among them takes a tenth of it."""


def main() -> NoReturn:
    """Run the command line, or answer a shell that completes one, and end the process."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    if "COINS_COMPLETE" in os.environ:
        from coins_cli.cli.completing import main as run
    else:
        from coins_cli.cli.main import main as run
    _end(run())


def _end(code: int) -> NoReturn:
    """End the process, at once when all is written: nothing else is left to do.

    To take the interpreter apart piece by piece takes as long as a quarter of a start.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception:  # noqa: BLE001 - Python knows what to do about any of them
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
