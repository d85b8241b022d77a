"""Checking what views have noted against the transactions."""

from typing import Any, Final

from coins_cli.store.protocol import Finding, View
from coins_cli.views import lives, payouts, promotions, recognition, report, rolls
from coins_cli.views.folds import Fold

FOLDS: Final[tuple[Fold[Any], ...]] = (
    recognition.LADDERS,
    lives.FOLD,
    payouts.FOLD,
    promotions.FOLD,
    rolls.FOLD,
    report.FOLD,
)
"""All that is worked out of the whole journal, and noted."""


def wrong_notes(view: View) -> list[Finding]:
    """What was noted, would be used, and is not what the transactions come to."""
    of_folds = (fold.wrong_note(view) for fold in FOLDS)
    return [*recognition.wrong_ladders(view), *(one for one in of_folds if one is not None)]
