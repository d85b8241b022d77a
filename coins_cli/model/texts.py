"""Free text as it may be shown, and numbers as people write them, wherever that is."""


def shown(text: str) -> str:
    r"""Free text without anything that a terminal would obey: control, bidi, invisible characters.

    They appear as escapes, such as `\x1b`. Brackets stay: nothing here is read as markup.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown_in_json(text: str, *, only_ascii: bool = False) -> str:
    """JSON in which whatever cannot be shown is escaped as JSON has it; all but ASCII if said."""
    if text.isprintable() and (not only_ascii or text.isascii()):
        return text
    return "".join(
        c if c.isprintable() and (not only_ascii or c.isascii()) else _escaped(c) for c in text
    )


def number(amount: int) -> str:
    """A whole number with thousands separators."""
    return f"{amount:,}"


def dollars(cents: int) -> str:
    """Cents as people write dollars: `$7,000.00`."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02}"


def counted(amount: int, what: str) -> str:
    """A number and its noun: `1 coin`, `1,000 coins`."""
    return f"{amount:,} {what}" if amount == 1 else f"{amount:,} {what}s"


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
