"""The page: the report as one HTML file that needs no network, no script and no other file."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from coins_cli.model.catalog import Catalog
from coins_cli.model.texts import counted, dollars, number
from coins_cli.reports.charts import (
    Part,
    funnel,
    parted_bar,
    row_bar,
    sampled,
    steps_over_days,
    swatch,
)
from coins_cli.reports.facts import WORST_DEAL, facts, rates_in_short
from coins_cli.reports.glossary import explained
from coins_cli.reports.lines import LINES, amount, is_usd, kept_lines, value_of
from coins_cli.reports.prices import (
    extra_dollars,
    finding,
    headline,
    prices_of,
    scale_in_words,
    sorted_packs,
)
from coins_cli.reports.style import STYLE
from coins_cli.reports.words import (
    DIVISION_RULE,
    SIMULATION,
    UNDIVIDED,
    answer,
    covered,
    outlook,
    text,
)
from coins_cli.views.division import OPEN
from coins_cli.views.money_report import GiftGiven, PackSold, Report, UserFlows

TOP: Final = 10
"""Creators, and supporters, listed at most."""
KINDS_LISTED: Final = 50
"""Kinds of gifts, and of packs, listed at most; the last row sums up the others."""
SOURCES_MAX: Final = 6
"""Packs at most that the flow draws on their own."""
DRAWN_MIN: Final = 3
"""Items or days from which on there is a table with bars, or a line; fewer are a sentence."""
NUMBER_CHARACTERS: Final = 15
"""Characters of the longest number that is not broken on a phone."""
ROWS_TOGETHER: Final = 20
"""Rows of the longest table that is never divided between two sheets of paper."""
COLOURS: Final = {
    "usd_cents_out": "out",
    "coins_cashed_out": "out",
    "usd_cents_margin": "margin",
    "usd_cents_promotions": "promotions",
    "coins_promotions": "promotions",
    "usd_cents_platform_share": "share",
    "coins_platform_share": "share",
    "usd_cents_unspent": "unspent",
    "coins_unspent": "unspent",
    "usd_cents_earned": "earned",
    "coins_earned": "earned",
    "usd_cents_held": "held",
    "coins_held": "held",
    "usd_cents_taken_back": "undone",
}
"""The colour of each part: the same for coins and for the dollars that they have cost."""
COINS_DRAWN: Final = tuple(line for line in COLOURS if line.startswith("coins"))
"""The lines that add up to the coins bought, those that were cashed out first."""
DOLLARS_DRAWN: Final = tuple(line for line in COLOURS if line.startswith("usd_cents"))
"""The lines that add up to the dollars paid in."""


class Row(Struct, frozen=True):
    """A row of a table: its name and numbers, and what may stand beside or below the name.

    `mark` and `bar` are HTML. An inner row is a part of one above it.
    """

    name: str
    cells: tuple[str, ...]
    meaning: str = ""
    mark: str = ""
    bar: str = ""
    is_inner: bool = False


_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

SECURITY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""The content security policy: the page loads nothing; its style is inline."""


def html_report(report: Report, catalog: Catalog, now: datetime) -> str:
    """The report as one HTML page, with pictures, and a table or a sentence beside each.

    Rules and prices are those of the `catalog`; `now` is the economy's time, in UTC. Free text is
    escaped, invisible characters too.
    """
    return html_page(_title(report), f"{_header(report, now)}{report_sections(report, catalog)}")


def report_sections(report: Report, catalog: Catalog) -> str:
    """All of the report but its header, in HTML."""
    return (
        f'<div class="pair">{_dollars(report, catalog)}{_coins(report, catalog)}</div>'
        f"{_prices(catalog)}{_rules(catalog)}"
        f'<div class="pair">{_circulation(report)}{_gifts(report.gifts)}'
        f"{_creators(report)}{_supporters(report)}{_packs(report.packs)}</div>"
    )


def html_page(title: str, body: str) -> str:
    """A page that needs nothing else; below its `body`, the words in it are explained."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{SECURITY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{body}{_glossary(body)}</main></body></html>\n"
    )


def _title(report: Report) -> str:
    whose = "" if report.scope.user is None else f": {report.scope.user}"
    return f"Where the money goes{whose}"


def _header(report: Report, now: datetime) -> str:
    days = "no transaction yet"
    if report.days:
        first, last = report.days[0].day.isoformat(), report.days[-1].day.isoformat()
        days = first if first == last else f"{first} to {last}"
    covers = f"Covers {covered(report.scope)}; {counted(report.transactions, 'transaction')}; "
    covers += f"{days}. Made {now:%Y-%m-%d %H:%M} UTC, by the clock of the economy."
    sentences = "".join(f"<span>{text(one)}</span> " for one in answer(report))
    return (
        f"<header><h1>{text(_title(report))}</h1><p><strong>{text(SIMULATION)}</strong></p>"
        f'<p class="lead">{sentences}</p>'
        f'<p class="quiet">{_with_whole_dates(text(covers))}</p></header>'
    )


def _dollars(report: Report, catalog: Catalog) -> str:
    """The bar of dollars, and the table of its parts."""
    divided = kept_lines(report)
    rows = [_line(report, line) for line in ("usd_cents_in", "usd_cents_out", "usd_cents_kept")]
    rows += [_line(report, line, is_inner=True) for line in divided]
    said = [outlook(report, catalog), DIVISION_RULE if divided else UNDIVIDED]
    words = "".join(f"<p>{text(one)}</p>" for one in said if one)
    table = table_html("", ("Dollars", "Amount"), rows)
    return section_html("dollars", "Where the dollars are", _dollars_bar(report) + table + words)


def _dollars_bar(report: Report) -> str:
    values = {line: value_of(report, line) or 0 for line in DOLLARS_DRAWN}
    whole = report.flows.usd_cents_in
    if report.division is None or whole <= 0 or min(values.values()) < 0:
        return ""
    parts = [Part(value, COLOURS[line], dollars(value)) for line, value in values.items()]
    drawn = parted_bar(parts, whole, _in_words(report, DOLLARS_DRAWN))
    return f'<p class="scale">{dollars(whole)} paid in</p>{drawn}'


def _in_words(report: Report, lines: Sequence[str]) -> str:
    """The amounts on lines, without those of zero."""
    named = [f"{LINES[line].name}: {amount(report, line)}" for line in lines]
    return "; ".join(
        words for words, line in zip(named, lines, strict=True) if value_of(report, line)
    )


def _line(report: Report, line: str, *, is_inner: bool = False) -> Row:
    of = LINES[line]
    parts = OPEN if line == "usd_cents_open" else (line,)
    marks = [swatch(COLOURS[one]) for one in parts if one in COLOURS and value_of(report, one)]
    value = value_of(report, line) or 0
    cell = dollars(value) if is_usd(line) else number(value)
    return Row(of.name, (cell,), of.meaning, "".join(marks), is_inner=is_inner)


def _coins(report: Report, catalog: Catalog) -> str:
    """The flow of coins, and the table of where they are."""
    missing = _why_no_picture(report)
    picture = _flow(report, catalog) if missing is None else f"<p>{text(missing)}</p>"
    rows = [_line(report, "coins_issued")]
    rows += [_line(report, line, is_inner=True) for line in COINS_DRAWN if value_of(report, line)]
    rows.append(_line(report, "coins_given"))
    if report.flows.coins_received != report.flows.coins_given:
        rows.append(_line(report, "coins_received"))
    table = table_html("", ("Coins", "Amount"), rows)
    return section_html("coins", "Where the coins went", picture + table)


def _why_no_picture(report: Report) -> str | None:
    """The reason why the flow cannot be drawn; `None` if it can."""
    ends, issued = [value_of(report, line) or 0 for line in COINS_DRAWN], report.flows.coins_issued
    if not any(ends) and issued == 0:
        return "There is nothing to draw: no coins were bought here."
    if issued <= 0 or min(ends) < 0 or sum(ends) != issued:
        return (
            "There is no picture, because this is a part of the whole: coins came into it from "
            "elsewhere, or left it, so its lines are negative or do not add up. The table has "
            "every line."
        )
    return None


def _flow(report: Report, catalog: Catalog) -> str:
    """Dollars become coins, coins go their ways, and earned ones become diamonds and dollars."""
    flows = report.flows
    ends = [
        Part(value_of(report, line) or 0, COLOURS[line], number(value_of(report, line) or 0))
        for line in COINS_DRAWN
    ]
    tiers = [
        f'<p class="scale">{dollars(flows.usd_cents_in)} bought packs</p>',
        parted_bar(_sources(report), flows.coins_issued, _sources_in_words(report)),
        f'<p class="scale">{counted(flows.coins_issued, "coin")}, and where they are now</p>',
        parted_bar(ends, flows.coins_issued, _in_words(report, COINS_DRAWN)),
    ]
    out, cashed_out = flows.usd_cents_out, flows.coins_cashed_out
    chain = f"Cashing out: {rates_in_short(catalog)}"
    if 0 < out <= flows.usd_cents_in and cashed_out > 0:
        paid = Part(out, "out", dollars(out))
        tiers += [
            funnel(cashed_out, flows.coins_issued, out, flows.usd_cents_in),
            parted_bar([paid], flows.usd_cents_in, f"Paid out: {dollars(out)}"),
            f'<p class="scale">{dollars(out)} of {dollars(flows.usd_cents_in)} paid out</p>',
        ]
    return f'<figure>{"".join(tiers)}<p class="rate">{text(chain)}</p></figure>'


def _sources(report: Report) -> list[Part]:
    """The sources of the coins: their packs, or one part if the packs do not add up."""
    packs, flows = report.packs, report.flows
    adds_up = min((one.coins for one in packs), default=0) > 0
    if not adds_up or sum(one.coins for one in packs) != flows.coins_issued:
        return [Part(flows.coins_issued, "plain", dollars(flows.usd_cents_in))]
    drawn = packs if len(packs) <= SOURCES_MAX else packs[: SOURCES_MAX - 1]
    found = [Part(one.coins, "plain", dollars(one.usd_cents)) for one in drawn]
    if rest := packs[len(drawn) :]:
        together = _together(rest)
        found.append(Part(together.coins, "plain", dollars(together.usd_cents)))
    return found


def _sources_in_words(report: Report) -> str:
    each = [
        f"{number(one.times)} × the pack {one.pack}: {dollars(one.usd_cents)}"
        for one in report.packs[:SOURCES_MAX]
    ]
    return f"{dollars(report.flows.usd_cents_in)} bought packs. {'; '.join(each)}"


def _prices(catalog: Catalog) -> str:
    """The prices of packs, with bars for what 10,000 coins cost more in each."""
    packs = sorted_packs(catalog)[:KINDS_LISTED]
    prices, scale = prices_of(packs), scale_in_words(packs)
    most = max(one.extra for one in prices)
    rows = [
        Row(
            number(one.pack.coins),
            (dollars(one.pack.usd_cents), one.in_words, extra_dollars(one)),
            bar=row_bar(one.extra, most),
        )
        for one in prices
    ]
    table = table_html(
        f"Bars: what {scale} cost more in this pack than in the cheapest.",
        ("Pack of", "Price", "One coin", f"Extra for {scale}"),
        rows,
    )
    body = f'<div class="pair"><p>{text(finding(catalog))}</p>{table}</div>'
    return section_html("prices", headline(catalog), body)


def _rules(catalog: Catalog) -> str:
    told = "".join(
        f"<div><dt>{text(one.title)}</dt><dd>{text(one.text)}</dd></div>"
        for one in facts(catalog)
        if one.title != WORST_DEAL
    )
    return section_html("rules", "How it works, at the prices in force", f"<dl>{told}</dl>")


def _circulation(report: Report) -> str:
    is_part = not report.scope.is_everything
    title = "Change of the coins in wallets" if is_part else "Coins in wallets over time"
    if not report.days:
        return section_html("time", title, "<p>There are no days to show yet.</p>")
    days = [(one.day, one.coins_circulating) for one in report.days]
    last_day, last = days[-1]
    highest_day, highest = max(days, key=lambda day: (day[1], -day[0].toordinal()))
    says = f"At the end of {last_day.isoformat()}: {counted(last, 'coin')}, bought or earned."
    if highest > last:
        says += f" The most at the end of a day: {number(highest)}, on {highest_day.isoformat()}."
    if (lowest := min(value for _, value in days)) < 0:
        says += f" The least: {number(lowest)}."
    words = f"<p>{_with_whole_dates(text(says))}</p>"
    if len(days) < DRAWN_MIN:
        return section_html("time", title, words)
    curve = sampled(days)
    every = "a day" if curve.step_days == 1 else f"{number(curve.step_days)} days"
    caption = f"A step is {every}: the coins in all wallets at its end."
    ends = "".join(f"<span>{day.isoformat()}</span>" for day in (curve.points[0][0], last_day))
    picture = (
        f"<figure>{steps_over_days(curve, says)}"
        f'<p class="ends keep">{ends}</p><figcaption>{text(caption)}</figcaption></figure>'
    )
    return section_html("time", title, words + picture)


def _creators(report: Report) -> str:
    intro = "By what the gifts cost those who sent them."
    found = [(one, one.coins_received, one.gifts_received) for one in report.creators]
    return _people("creators", "Top creators", "was given", intro, found)


def _supporters(report: Report) -> str:
    intro = "Those who gave the most, to whomever."
    found = [(one, one.coins_given, one.gifts_given) for one in report.givers]
    return _people("supporters", "Top supporters", "gave", intro, found)


def _people(
    id_: str, title: str, does: str, intro: str, found: list[tuple[UserFlows, int, int]]
) -> str:
    """The first of those who gave or were given, with their coins and gifts."""
    if not found:
        return section_html(id_, title, "<p>No gifts were given here.</p>")
    if len(found) < DRAWN_MIN:
        said = [
            f"{one.user} {does} {counted(coins, 'coin')} in {counted(gifts, 'gift')}."
            for one, coins, gifts in found
        ]
        return section_html(id_, title, f"<p>{text(' '.join(said))}</p>")
    rows = [
        Row(one.user, (number(coins), number(gifts)), bar=row_bar(coins, found[0][1]))
        for one, coins, gifts in found[:TOP]
    ]
    shown = f"{TOP} of {number(len(found))}." if len(found) > TOP else "All."
    return section_html(
        id_, title, table_html(f"{intro} {shown}", ("Name", "Coins", "Gifts"), rows)
    )


def _gifts(gifts: list[GiftGiven]) -> str:
    title = "Gifts by kind"
    if not gifts:
        return section_html("gifts", title, "<p>No gifts were given here.</p>")
    if len(gifts) < DRAWN_MIN:
        said = [
            f"{number(one.quantity)} × {one.name}: {counted(one.coins, 'coin')}." for one in gifts
        ]
        return section_html("gifts", title, f"<p>{text(' '.join(said))}</p>")
    rows = [
        Row(one.name, (number(one.quantity), number(one.coins)), bar=row_bar(one.coins, most))
        for most in [max(one.coins for one in gifts)]
        for one in gifts[:KINDS_LISTED]
    ]
    if rest := gifts[KINDS_LISTED:]:
        quantity, coins = sum(one.quantity for one in rest), sum(one.coins for one in rest)
        rows.append(Row(f"{number(len(rest))} other kinds", (number(quantity), number(coins))))
    return section_html(
        "gifts", title, table_html("All gifts.", ("Gift", "How many", "Coins"), rows)
    )


def _packs(packs: list[PackSold]) -> str:
    title = "Packs sold"
    if not packs:
        return section_html("packs", title, "<p>No packs were sold here.</p>")
    if len(packs) < DRAWN_MIN:
        said = [f"{number(one.times)} × the pack {one.pack}: {_sold(one)[1]}." for one in packs]
        return section_html("packs", title, f"<p>{text(' '.join(said))}</p>")
    most = max(one.usd_cents for one in packs)
    rows = [
        Row(one.pack, _sold(one), bar=row_bar(one.usd_cents, most)) for one in packs[:KINDS_LISTED]
    ]
    if rest := packs[KINDS_LISTED:]:
        rows.append(Row(f"{number(len(rest))} other packs", _sold(_together(rest))))
    caption = "What was sold, less what was reversed, at the prices of then."
    return section_html("packs", title, table_html(caption, ("Pack", "How many", "Dollars"), rows))


def _sold(one: PackSold) -> tuple[str, str]:
    return number(one.times), dollars(one.usd_cents)


def _together(packs: list[PackSold]) -> PackSold:
    return PackSold(
        "",
        sum(one.times for one in packs),
        sum(one.coins for one in packs),
        sum(one.usd_cents for one in packs),
    )


def _glossary(body: str) -> str:
    words = "".join(
        f"<div><dt>{text(one.name)}</dt><dd>{text(one.meaning)}</dd></div>"
        for one in explained(re.sub(r"<[^>]*>", " ", body))
    )
    body = f'<dl class="words">{words}</dl>'
    return section_html("words", "The words on this page", body)


def _with_whole_dates(html: str) -> str:
    """HTML in which no line breaks within a date."""
    return _DATE.sub(r'<span class="keep">\g<0></span>', html)


def section_html(id_: str, title: str, body: str) -> str:
    """A section of the page, under a heading."""
    return f'<section aria-labelledby="{id_}"><h2 id="{id_}">{text(title)}</h2>{body}</section>\n'


def table_html(caption: str, columns: Sequence[str], rows: Sequence[Row]) -> str:
    """A table whose first column names the rows; all others are numbers."""
    kinds = ["", *["number"] * (len(columns) - 1)]
    head = "".join(
        f'<th scope="col" class="{kind}">{text(name)}</th>'
        for kind, name in zip(kinds, columns, strict=True)
    )
    titled = f"<caption>{text(caption)}</caption>" if caption else ""
    kinds_of_table = {
        "long-table": len(rows) > ROWS_TOGETHER,
        "bars": any(row.bar for row in rows),
    }
    of_kind = " ".join(kind for kind, is_so in kinds_of_table.items() if is_so)
    return (
        f'<table class="{of_kind}">{titled}'
        f"<thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(map(_row, rows))}</tbody></table>"
    )


def _cell(cell: str) -> str:
    """A number; a long one may be broken after its commas."""
    if len(cell) <= NUMBER_CHARACTERS:
        return f'<td class="number">{text(cell)}</td>'
    return f'<td class="number long">{text(cell).replace(",", ",<wbr>")}</td>'


def _row(row: Row) -> str:
    """A row of a table."""
    meaning = f"<small>{text(row.meaning)}</small>" if row.meaning else ""
    cells = "".join(map(_cell, row.cells))
    inner = ' class="inner"' if row.is_inner else ""
    return (
        f'<tr{inner}><th scope="row">{row.mark}<bdi>{text(row.name)}</bdi>{meaning}{row.bar}</th>'
        f"{cells}</tr>"
    )
