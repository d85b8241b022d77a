"""The glossary of the page: the terms that appear on it, and no others."""

import re
from typing import Final

from msgspec import Struct


class Term(Struct, frozen=True):
    """A term with its meaning; `form` is a pattern of its forms, if not the term and its plural."""

    name: str
    meaning: str
    form: str = ""

    def appears(self, plain: str) -> bool:
        """True if the term is in a text, in any of its forms."""
        form = self.form or rf"\b{self.name}s?\b"
        return re.search(form, plain, re.IGNORECASE) is not None


GLOSSARY: Final = (
    Term(
        "Coin",
        (
            "what people buy and spend in the app. It is not money and no cryptocurrency: nobody "
            "can sell it, and it buys nothing anywhere else."
        ),
    ),
    Term("Pack", "a fixed number of coins for a fixed price."),
    Term("Gift", "a picture or a little show that one person sends to a creator. It costs coins."),
    Term("Creator", "somebody who makes videos and is given gifts for them."),
    Term("Live", "a video that is shown while it happens.", r"\b(a|the|on) live\b|\blives\b"),
    Term(
        "Bought coins",
        "coins from packs. They are unspent until they are given or spent.",
        r"\bbought, unspent|\bbought( and earned)? coins?\b|\bunspent\b",
    ),
    Term(
        "Earned coins",
        "coins that came to a creator as gifts. Only these become dollars again.",
        r"\bearned, (not )?cashed|\bearned (coins?|ones)\b",
    ),
    Term(
        "Cash out",
        "to turn earned coins into dollars.",
        r"\bcash(es|ed|ing)?[ -]outs?\b",
    ),
    Term("Diamond", "what earned coins become on their way out, just before dollars."),
    Term("Payout", "the dollars for earned coins that are cashed out."),
    Term("Held", "set aside from when a creator asks for a payout until it is paid."),
    Term("Margin", "what coins had cost, less what creators got for them."),
    Term("Still open", "dollars for coins that may yet reach a creator.", r"\bstill open\b"),
    Term("Journal", "the list of everything that ever happened, in order."),
    Term("Transaction", "one line of the journal: a purchase, a gift, a promotion or a payout."),
    Term(
        "Reversed",
        "undone by a new line in the journal. Nothing is ever crossed out.",
        r"\brevers(ed|als?)\b",
    ),
    Term("Promotion", "paying with coins so that a video is shown to more people."),
    Term("Wallet", "what one person has: bought coins and earned coins."),
)
"""Terms with their meanings, for newcomers."""


def explained(plain: str) -> list[Term]:
    """The terms in a text, and the terms in their meanings."""
    found: set[str] = set()
    todo = [plain]
    while todo:
        looked_at = todo.pop()
        for term in GLOSSARY:
            if term.name not in found and term.appears(looked_at):
                found.add(term.name)
                todo.append(term.meaning)
    return [term for term in GLOSSARY if term.name in found]
