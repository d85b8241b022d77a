"""Text for people: what users typed made safe to show, and numbers as people write them."""


def shown(text: str) -> str:
    r"""Free text without anything that a terminal would obey: control, bidi, invisible characters.

    They appear as escapes, such as `\x1b`. Brackets stay: nothing here is read as markup.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def number(amount: int) -> str:
    """A whole number with thousands separators."""
    return f"{amount:,}"


def counted(amount: int, what: str) -> str:
    """A number and its noun: `1 coin`, `1,000 coins`."""
    return f"{amount:,} {what}" if amount == 1 else f"{amount:,} {what}s"
