"""The recorded history beside the same under other prices, as rows of numbers and as sentences."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from coins_cli.model.operations import BY_REQUEST
from coins_cli.model.receipts import receipt_of
from coins_cli.model.texts import counted, dollars, number
from coins_cli.reports.lines import LINES, is_usd, kept_lines, value_of
from coins_cli.views.flows import BECAME
from coins_cli.views.money_report import Report, UserFlows
from coins_cli.views.whatif import Keep, Missed, Side, WhatIf

KEPT_THE_SAME: Final[dict[Keep, str]] = {
    "packs": "The same packs are bought, whatever they cost then.",
    "dollars": (
        "The same dollars are spent: on the same pack, and what is left on the packs that give "
        "most coins for it. Dollars that buy no whole pack wait for the next purchase."
    ),
}
REFUSED_THEN: Final = (
    "What was refused at the time is not in the history, so it is not tried again."
)


class Compared(Struct, frozen=True):
    """A line of the report on every side, the recorded one first, in cents or coins."""

    name: str
    values: tuple[int, ...]
    is_usd: bool
    is_inner: bool = False

    @property
    def changes(self) -> tuple[int, ...]:
        """The differences of the others from the recorded side."""
        return tuple(value - self.values[0] for value in self.values[1:])

    def text(self, value: int) -> str:
        """A value with its unit."""
        return dollars(value) if self.is_usd else number(value)

    def signed(self, change: int) -> str:
        """A difference with its sign; `0` or `$0.00` has none."""
        return f"+{self.text(change)}" if change > 0 else self.text(change)


class ReachedBy(Struct, frozen=True):
    """The moments at which a creator reaches the threshold, on every side; `None` for never."""

    user: str
    moments: tuple[datetime | None, ...]


def sides(result: WhatIf) -> list[Side]:
    """The recorded side and the others."""
    return [result.recorded, *result.others]


def dollar_lines(result: WhatIf) -> list[Compared]:
    """The dollars paid in, paid out and kept, and the parts of those kept."""
    reports = _reports(result)
    inner = {line: None for report in reports for line in kept_lines(report)}
    lines = ["usd_cents_in", "usd_cents_out", "usd_cents_kept", *inner]
    return [_compared(reports, line, is_inner=line in inner) for line in lines]


def coin_lines(result: WhatIf) -> list[Compared]:
    """The coins bought, what became of them, and the coins given."""
    lines = ("coins_issued", *BECAME, "coins_given")
    return [
        _compared(_reports(result), line, is_inner=line in BECAME)
        for line in lines
        if line == "coins_issued" or any(value_of(one, line) for one in _reports(result))
    ]


def creator_lines(result: WhatIf, most: int) -> Iterator[Compared]:
    """What each of the first `most` creators was paid out and was given."""
    for user in creators(result)[:most]:
        yield _of_user(result, user, "was paid", lambda one: one.usd_cents_out, is_usd=True)
        yield _of_user(result, user, "was given", lambda one: one.coins_received)


def supporter_lines(result: WhatIf, most: int) -> Iterator[Compared]:
    """What each of the first `most` supporters paid in and gave."""
    for user in supporters(result)[:most]:
        yield _of_user(result, user, "paid in", lambda one: one.usd_cents_in, is_usd=True)
        yield _of_user(result, user, "gave", lambda one: one.coins_given)


def creators(result: WhatIf) -> list[str]:
    """Those who were given anything on any side, as the report sorts them."""
    return list(dict.fromkeys(one.user for report in _reports(result) for one in report.creators))


def supporters(result: WhatIf) -> list[str]:
    """Those who gave anything on any side, as the report sorts them."""
    return list(dict.fromkeys(one.user for report in _reports(result) for one in report.givers))


def reached(result: WhatIf) -> list[ReachedBy]:
    """When each creator reaches the threshold, on every side."""
    found = [side.reached for side in sides(result)]
    return [
        ReachedBy(user, tuple(one[user].at if user in one else None for one in found))
        for user in creators(result)
    ]


def answer(result: WhatIf, side: Side) -> str:
    """The consequence of other prices, in a few sentences."""
    before, after = result.recorded.report.flows, side.report.flows
    told = [
        f"{LINES[line].name}: {_instead(getattr(before, line), getattr(after, line))}."
        for line in ("usd_cents_in", "usd_cents_out", "usd_cents_kept")
    ]
    if side.missed_count:
        told.append(f"{counted(side.missed_count, 'step')} could not be done as before.")
    if side.usd_cents_carried:
        told.append(f"{dollars(side.usd_cents_carried)} bought no whole pack.")
    return " ".join(told)


def what_was_missed(missed: Missed) -> str:
    """The recorded step in a sentence, with free text escaped."""
    request = missed.recorded.transaction.request
    return BY_REQUEST[type(request)].summary(request, receipt_of(missed.recorded))


def _instead(before: int, after: int) -> str:
    return dollars(after) if before == after else f"{dollars(after)} instead of {dollars(before)}"


def _reports(result: WhatIf) -> list[Report]:
    return [side.report for side in sides(result)]


def _compared(reports: Sequence[Report], line: str, *, is_inner: bool = False) -> Compared:
    values = tuple(value_of(report, line) or 0 for report in reports)
    return Compared(LINES[line].name, values, is_usd(line), is_inner)


def _of_user(
    result: WhatIf,
    user: str,
    does: str,
    amount: Callable[[UserFlows], int],
    *,
    is_usd: bool = False,
) -> Compared:
    found = [
        next((amount(one) for one in report.users if one.user == user), 0)
        for report in _reports(result)
    ]
    return Compared(f"{user} {does}", tuple(found), is_usd)
