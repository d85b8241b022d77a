"""The table of projections, and the check of all their checkpoints."""

from typing import Any, Final

from coins_cli.store.protocol import Finding, Progress, View
from coins_cli.views import (
    division,
    lives,
    payouts,
    price_history,
    promotions,
    recognition,
    rolls,
)
from coins_cli.views import money_report as report
from coins_cli.views.projections import (
    CHECKPOINT_ENTRIES,
    Projection,
    bring_up_to_date,
    wrong_checkpoints,
)

PROJECTIONS: Final[tuple[Projection[Any], ...]] = (
    recognition.LEADERBOARDS,
    lives.PROJECTION,
    payouts.PROJECTION,
    promotions.PROJECTION,
    rolls.PROJECTION,
    report.PROJECTION,
    division.PROJECTION,
    price_history.PROJECTION,
)


def catch_up(view: View, progress: Progress | None = None) -> None:
    """Bring all projections up to date in one pass, when one of them is far behind."""
    behind = max(view.seq - one.stored_seq(view) for one in PROJECTIONS)
    if behind >= CHECKPOINT_ENTRIES:
        bring_up_to_date(view, PROJECTIONS, progress)


def find_wrong_checkpoints(view: View) -> list[Finding]:
    """Checkpoints that disagree with the journal."""
    return [*recognition.wrong_checkpoints(view), *wrong_checkpoints(view, PROJECTIONS)]
