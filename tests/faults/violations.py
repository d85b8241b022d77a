"""What a suite finds when a promise is broken: the one thing that a mutant can be caught by."""


class Violation(Exception):
    """A promise that was broken; the message tells how."""
