"""Free text as it may be shown, wherever that is."""


def shown(text: str) -> str:
    r"""Free text without anything that a terminal would obey: control, bidi, invisible characters.

    They appear as escapes, such as `\x1b`. Brackets stay: nothing here is read as markup.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
