"""The page of a comparison: history under other prices beside what happened, and each report."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from coins_cli.model.texts import counted, number
from coins_cli.reports.comparison import (
    KEPT_THE_SAME,
    REFUSED_THEN,
    Compared,
    answer,
    coin_lines,
    creator_lines,
    creators,
    dollar_lines,
    reached,
    sides,
    supporter_lines,
    supporters,
    what_was_missed,
)
from coins_cli.reports.html import TOP, Row, html_page, report_sections, section_html, table_html
from coins_cli.reports.words import SIMULATION, covered, text
from coins_cli.views.whatif import Side, WhatIf

STEPS_MAX: Final = 50
"""Steps listed at most that could not be done."""
AS_IT_WAS: Final = "As it was"
_ID: Final = re.compile(r'(?<= )(id|aria-labelledby)="')


def whatif_page(result: WhatIf, now: datetime) -> str:
    """The comparison as one HTML page, and below it the whole report of every side.

    `now` is the economy's time, in UTC. Free text is escaped.
    """
    title = f"What if: {'; '.join(side.name for side in result.others)}"
    compared = [
        _amounts(result, "compared-dollars", "Dollars", dollar_lines(result)),
        _amounts(result, "compared-coins", "Coins", coin_lines(result)),
        _people(result, "Creators", creators(result), creator_lines(result, TOP)),
        _thresholds(result),
        _people(result, "Supporters", supporters(result), supporter_lines(result, TOP)),
        *(_missed(place, side) for place, side in enumerate(result.others, start=1)),
    ]
    reports = [
        f"<header><h1>{text(side.name or AS_IT_WAS)}</h1></header>"
        + _with_ids_apart(report_sections(side.report, side.catalog), place)
        for place, side in enumerate(sides(result))
    ]
    body = f'{_header(result, title, now)}<div class="pair">{"".join(compared)}</div>'
    return html_page(title, body + "".join(reports))


def _header(result: WhatIf, title: str, now: datetime) -> str:
    told = [answer(result, side) for side in result.others]
    if len(told) > 1:
        told = [f"{name}: {one}" for name, one in zip(_numbered(result), told, strict=True)]
    said = "".join(f"<span>{text(one)}</span> " for one in told)
    report = result.recorded.report
    covers = (
        f"{KEPT_THE_SAME[result.keep]} {REFUSED_THEN} Covers {covered(report.scope)}; "
        f"{counted(report.transactions, 'transaction')} as recorded. "
        f"Made {now:%Y-%m-%d %H:%M} UTC, by the clock of the economy."
    )
    return (
        f"<header><h1>{text(title)}</h1><p><strong>{text(SIMULATION)}</strong></p>"
        f'<p class="lead">{said}</p><p class="quiet">{text(covers)}</p></header>'
    )


def _numbered(result: WhatIf) -> list[str]:
    return [f"{place}, {side.name}" for place, side in enumerate(result.others, start=1)]


def _heads(result: WhatIf) -> list[str]:
    """The columns of every side; names can be long, so several others have numbers."""
    if len(result.others) == 1:
        return [AS_IT_WAS, "What if"]
    return [AS_IT_WAS, *(str(place) for place, _ in enumerate(result.others, start=1))]


def _amounts(result: WhatIf, id_: str, title: str, lines: Iterable[Compared]) -> str:
    """A table of amounts; the differences stand below the name, so that it fits a phone."""
    rows = [
        Row(
            line.name,
            tuple(map(line.text, line.values)),
            meaning=_differences(line),
            is_inner=line.is_inner,
        )
        for line in lines
    ]
    table = table_html("", [title, *_heads(result)], rows)
    return section_html(id_, f"{title}: what would differ", table)


def _differences(line: Compared) -> str:
    if not any(line.changes):
        return "No difference."
    signed = [line.signed(change) for change in line.changes]
    if len(signed) == 1:
        return f"Difference: {signed[0]}"
    each = "; ".join(f"{place}: {one}" for place, one in enumerate(signed, start=1))
    return f"Differences: {each}"


def _people(result: WhatIf, title: str, users: Sequence[str], lines: Iterable[Compared]) -> str:
    if not users:
        return ""
    section = _amounts(result, f"compared-{title.lower()}", title, lines)
    if len(users) <= TOP:
        return section
    more = f"<p>{TOP} of {number(len(users))}.</p></section>"
    return more.join(section.rsplit("</section>", 1))


def _thresholds(result: WhatIf) -> str:
    found = reached(result)
    if not found:
        return ""
    rows = [
        Row(
            one.user, tuple("never" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in one.moments)
        )
        for one in found[:TOP]
    ]
    table = table_html("The first moment, in UTC.", ["Creator", *_heads(result)], rows)
    return section_html("compared-thresholds", "When a creator can cash out", table)


def _missed(place: int, side: Side) -> str:
    if not side.missed_count:
        return ""
    rows = [
        Row(what_was_missed(one), (number(one.recorded.seq),), meaning=f"But {one.why}.")
        for one in side.missed[:STEPS_MAX]
    ]
    shown = f"{len(rows)} of {number(side.missed_count)}." if len(rows) < side.missed_count else ""
    table = table_html(shown, ["What happened", "Transaction"], rows)
    title = f"What could not be done: {counted(side.missed_count, 'step')}, {side.name}"
    return section_html(f"missed-{place}", title, table)


def _with_ids_apart(html: str, place: int) -> str:
    """The HTML with other ids, so that several reports can be on one page."""
    return _ID.sub(rf'\g<1>="side-{place}-', html)
