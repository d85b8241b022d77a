"""Free text as it may be shown, wherever that is."""


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


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
