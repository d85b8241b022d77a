"""Formatting for people: free text made safe to show, numbers, dollars."""


def escape_control(text: str) -> str:
    r"""Escape control, bidirectional and invisible characters, as in `\x1b`.

    Brackets stay: the text must not be read as markup.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def escape_control_in_json(text: str, *, only_ascii: bool = False) -> str:
    """Escape unprintable characters in JSON, and with `only_ascii` all that are not ASCII."""
    if text.isprintable() and (not only_ascii or text.isascii()):
        return text
    return "".join(
        c if c.isprintable() and (not only_ascii or c.isascii()) else _json_escape(c) for c in text
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


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
