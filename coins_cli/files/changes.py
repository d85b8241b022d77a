"""A record of changes, which decides if a command may answer "nothing was changed".

The last step of every change, which makes it visible, runs in `Changes.one`, or in `Changes.held`
followed by `Changes.record`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from coins_cli.files.interrupts import HoldInterrupts, hold_interrupts


class Changes:
    """Records if anything was changed since this object was made.

    `hold` is called before a change, and its result after it, to let interruptions through; it may
    do that later, when the change was answered. Changes are also recorded in `whole`, if given.
    """

    def __init__(
        self, hold: HoldInterrupts = hold_interrupts, whole: "Changes | None" = None
    ) -> None:
        self.happened = False
        self.is_partial = False
        self._hold = hold
        self._whole = whole

    def record(self) -> None:
        """Record that something was changed."""
        self.happened = True
        if self._whole is not None:
            self._whole.record()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold interruptions back, so that none comes between a change and its record."""
        let_through = hold_interrupts() if self.is_partial else self._hold()
        try:
            yield
        finally:
            let_through()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Make one change within the context; after an error it does not count as made."""
        with self.held():
            yield
            self.record()

    @contextmanager
    def many(self) -> Iterator[None]:
        """Make many changes within the context; each of them stays, even if a later one fails.

        Interruptions come through between two of them.
        """
        self.is_partial = True
        yield
        self.is_partial = False
