"""The page: the report as one HTML file that needs no network, no script and no other file."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coins_cli.model.catalog import Catalog
from coins_cli.model.texts import counted, dollars, number
from coins_cli.reports.charts import (
    Bar,
    Picture,
    Split,
    Stream,
    bars,
    flow,
    line_over_days,
    sampled,
)
from coins_cli.reports.style import STYLE
from coins_cli.reports.words import (
    GLOSSARY,
    LINES,
    amount,
    cents_per_dollar,
    covered,
    exact_price,
    more_than,
    price_per_coin,
    share,
    surprise,
    take_rate_in_words,
    text,
)
from coins_cli.views.flows import BECAME, DOLLARS, Flows
from coins_cli.views.money_report import GiftGiven, PackSold, Report, UserFlows

TOP: Final = 10
"""Creators, and supporters, listed at most."""
GIFTS_DRAWN: Final = 12
KINDS_LISTED: Final = 50
"""Kinds of gifts, and of packs, listed at most; the last row sums up the others."""
SOURCES_MAX: Final = 6
"""Packs at most that the flow draws on their own."""
SHORT_CHARACTERS: Final = 10
"""Characters of the longest name that is never broken."""
NUMBER_CHARACTERS: Final = 15
"""Characters of the longest number that is never broken."""
DAYS_LISTED: Final = 12
"""Days listed beside the line over days."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

SECURITY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""The content security policy: the page loads nothing; its style is inline."""


def html_report(report: Report, catalog: Catalog, now: datetime) -> str:
    """The report as one HTML page, with charts as inline SVG and a table or words beside each.

    Prices per coin are those of the `catalog`; `now` is the economy's time, in UTC. Free text is
    escaped, invisible characters too.
    """
    sections = [
        _where_it_went(report),
        _circulation(report),
        _prices(catalog),
        _top_creators(report),
        _top_supporters(report),
        _gifts(report.gifts),
        _packs(report.packs),
        _glossary(),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{SECURITY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{text(_title(report))}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{_header(report, now)}{''.join(sections)}{_footer(report)}</main></body>"
        "</html>\n"
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
    return (
        f"<header><h1>{text(_title(report))}</h1>"
        f'<p class="quiet">{_with_whole_dates(text(covers))}</p>'
        f'<p class="lead">{text(cents_per_dollar(report.flows))}</p></header>'
    )


def _where_it_went(report: Report) -> str:
    flows = report.flows
    if (missing := _why_no_picture(report)) is None:
        picture = _figure(_flow_picture(report), _flow_caption(flows))
    else:
        picture = f"<p>{text(missing)}</p>"
    return _section("where", "Where the money went", picture + _lines_table(flows))


def _why_no_picture(report: Report) -> str | None:
    """The reason why the flow cannot be drawn; `None` if it can."""
    flows = report.flows
    ends = [getattr(flows, line) for line in BECAME]
    if not any(ends) and flows.coins_issued == 0:
        return "There is nothing to draw: no coins were bought here."
    if flows.coins_issued <= 0 or min(ends) < 0 or sum(ends) != flows.coins_issued:
        return (
            "There is no picture, because this is a part of the whole: coins came into it from "
            "elsewhere, or left it, so its lines are negative or do not add up, and such amounts "
            "cannot be drawn as streams. The table has every line."
        )
    return None


def _flow_picture(report: Report) -> str:
    flows = report.flows
    ends = [
        Stream(getattr(flows, line), _end_label(flows, line), at + 1)
        for at, line in enumerate(BECAME)
        if getattr(flows, line) > 0
    ]
    split = None
    if flows.usd_cents_in > 0 and 0 <= flows.usd_cents_out <= flows.usd_cents_in:
        kept, out = flows.usd_cents_kept, flows.usd_cents_out
        title = f"The dollars so far: {dollars(flows.usd_cents_in)}"
        of_kept = Stream(kept, ("Kept by the platform", dollars(kept)), 0)
        of_out = Stream(out, ("Paid out to creators", dollars(out)), len(BECAME))
        split = Split(title, (of_kept, of_out))
    picture = Picture("flow", "Where the coins and the dollars went", _flow_in_words(report))
    whole = f"All coins: {number(flows.coins_issued)}"
    titles = ("Paid in, by pack", "What became of the coins")
    return flow(picture, titles, whole, _sources(report), ends, split)


def _end_label(flows: Flows, line: str) -> tuple[str, ...]:
    label = (LINES[line][0], counted(getattr(flows, line), "coin"))
    return (*label, f"= {dollars(flows.usd_cents_out)}") if line == "coins_cashed_out" else label


def _sources(report: Report) -> list[Stream]:
    """The sources of the coins: their packs, or one stream if the packs do not add up."""
    flows, packs = report.flows, report.packs
    adds_up = (
        min((one.coins for one in packs), default=0) > 0
        and sum(one.coins for one in packs) == flows.coins_issued
        and sum(one.usd_cents for one in packs) == flows.usd_cents_in
    )
    if not adds_up:
        return [Stream(flows.coins_issued, (dollars(flows.usd_cents_in), "all packs"))]
    drawn = packs if len(packs) <= SOURCES_MAX else packs[: SOURCES_MAX - 1]
    found = [
        Stream(
            one.coins,
            (
                dollars(one.usd_cents),
                f"{number(one.times)} × pack {one.pack}",
                counted(one.coins, "coin"),
            ),
        )
        for one in drawn
    ]
    if rest := packs[len(drawn) :]:
        cents, coins = sum(one.usd_cents for one in rest), sum(one.coins for one in rest)
        label = (dollars(cents), f"{len(rest)} other packs", counted(coins, "coin"))
        found.append(Stream(coins, label))
    return found


def _flow_in_words(report: Report) -> str:
    flows = report.flows
    bought = "; ".join(", ".join(source.label) for source in _sources(report))
    became = "; ".join(f"{LINES[line][0]}: {amount(flows, line)}" for line in BECAME)
    money = "; ".join(f"{LINES[line][0]}: {amount(flows, line)}" for line in DOLLARS)
    return f"Paid in: {bought}. All coins: {number(flows.coins_issued)}. {became}. {money}."


def _flow_caption(flows: Flows) -> str:
    return (
        "From left to right: the dollars that were paid for packs, the "
        f"{counted(flows.coins_issued, 'coin')} that they bought, and where these are now. A "
        "stream is as wide as it has coins. Only coins that are cashed out become dollars again."
    )


def _lines_table(flows: Flows) -> str:
    lines = [*DOLLARS, "coins_issued", *BECAME, "coins_given"]
    if flows.coins_received != flows.coins_given:
        lines.append("coins_received")
    rows = []
    for line in lines:
        whole = flows.usd_cents_in if line in DOLLARS else flows.coins_issued
        is_part = line in BECAME or line in DOLLARS or line == "coins_issued"
        name, meaning = LINES[line]
        rows.append(
            [
                name,
                amount(flows, line),
                share(getattr(flows, line), whole) if is_part else "",
                meaning,
            ]
        )
    return _table(
        "Every line in numbers. The share is that of the dollars paid in, or of all coins bought.",
        ["Line", "Amount", "Share", "What it means"],
        rows,
        numbers=(1, 2),
        meanings=(3,),
    )


def _circulation(report: Report) -> str:
    is_part = not report.scope.is_everything
    title = "Coins in circulation over time"
    what = (
        "Coins in circulation are those that were bought and are not gone: not spent on "
        "promotions, not the platform's share of gifts, not cashed out."
    )
    if is_part:
        title = "Change of the coins in circulation"
        what += (
            " As this is a part of the whole, the line begins at nothing, and shows what this part "
            "adds or takes away."
        )
    if not report.days:
        return _section("time", title, f"<p>{text(what)}</p><p>There are no days to show yet.</p>")
    days = [(one.day, one.coins_circulating) for one in report.days]
    curve = sampled(days)
    last_day, last = days[-1]
    highest_day, highest = max(days, key=lambda day: (day[1], -day[0].toordinal()))
    says = (
        f"At the end of {last_day.isoformat()}: {counted(last, 'coin')}. "
        f"The most at the end of a day: {number(highest)}, on {highest_day.isoformat()}."
    )
    every = (
        "for each day"
        if curve.step_days == 1
        else f"for every {number(curve.step_days)} days, counted back from the last one"
    )
    caption = f"The line has one point {every}: the coins at its end. The straight line is at 0."
    picture = Picture("days", title, f"{says} {caption}")
    step = -(-len(curve.points) // DAYS_LISTED)
    listed = curve.points[::-step][::-1]
    table = _table(
        "The same in numbers: coins at the end of the day.",
        ["Day", "Coins"],
        [[day.isoformat(), number(value)] for day, value in listed],
        numbers=(1,),
    )
    body = f"<p>{text(what)} {_with_whole_dates(text(says))}</p>"
    return _section(
        "time", title, body + _pair(_figure(line_over_days(picture, curve), caption), table)
    )


def _prices(catalog: Catalog) -> str:
    packs = sorted(catalog.packs.values(), key=lambda pack: (pack.coins, pack.usd_cents, pack.id))
    least = min(exact_price(pack) for pack in packs)
    scale = 10**6  # Lengths are integers; a millionth of a cent is fine enough.
    drawn = packs[:KINDS_LISTED]
    rows = [
        Bar(
            f"Pack {pack.id}",
            price_per_coin(pack),
            int(exact_price(pack) * scale),
            int((exact_price(pack) - least) * scale),
        )
        for pack in drawn
    ]
    comparison = surprise(packs)
    each = "; ".join(f"{row.label}: {row.amount}" for row in rows)
    picture = Picture("prices", "Price of one coin in each pack", f"{comparison} {each}.")
    caption = (
        "What one coin costs in each pack, in cents. The end that stands out is what it costs more "
        "than in the cheapest pack."
    )
    table = _table(
        "The packs as they are priced now. Extra is what a coin costs more than in the cheapest.",
        ["Pack", "Coins", "Price", "One coin", "Extra"],
        [
            [
                pack.id,
                number(pack.coins),
                dollars(pack.usd_cents),
                price_per_coin(pack),
                more_than(pack, least),
            ]
            for pack in drawn
        ],
        numbers=(1, 2, 3, 4),
    )
    return _section(
        "prices",
        "What one coin costs",
        f"<p>{text(comparison)}</p>" + _pair(_figure(bars(picture, rows), caption), table),
    )


def _top_creators(report: Report) -> str:
    found = report.creators
    title = "Top creators"
    if not found:
        return _section("creators", title, "<p>No gifts were received here.</p>")
    rows = [Bar(one.user, number(one.coins_received), one.coins_received) for one in found[:TOP]]
    intro = "Those for whom the most was given, by what the gifts cost those who sent them."
    table = _table(
        _how_many(len(found), "creator"),
        ["Creator", "Coins received", "Gifts", "Paid out"],
        [
            [
                one.user,
                number(one.coins_received),
                number(one.gifts_received),
                dollars(one.usd_cents_out),
            ]
            for one in found[:TOP]
        ],
        numbers=(1, 2, 3),
    )
    return _people("creators", title, "Coins received by the top creators", intro, rows, table)


def _top_supporters(report: Report) -> str:
    found = report.givers
    title = "Top supporters"
    if not found:
        return _section("supporters", title, "<p>No gifts were given here.</p>")
    rows = [Bar(one.user, number(one.coins_given), one.coins_given) for one in found[:TOP]]
    table = _table(
        _how_many(len(found), "supporter"),
        ["Supporter", "Coins given", "Gifts", "Paid in"],
        [_supporter_row(one) for one in found[:TOP]],
        numbers=(1, 2, 3),
    )
    intro = "Those who gave the most, to whomever."
    return _people("supporters", title, "Coins given by the top supporters", intro, rows, table)


def _supporter_row(one: UserFlows) -> list[str]:
    return [one.user, number(one.coins_given), number(one.gifts_given), dollars(one.usd_cents_in)]


def _people(id_: str, title: str, drawn: str, intro: str, rows: list[Bar], table: str) -> str:
    each = "; ".join(f"{row.label}: {row.amount}" for row in rows)
    picture = Picture(f"{id_}-bars", drawn, f"In coins: {each}.")
    figure = _figure(bars(picture, rows), f"{drawn}, in coins.")
    return _section(id_, title, f"<p>{text(intro)}</p>" + _pair(figure, table))


def _how_many(found: int, what: str) -> str:
    return f"All {counted(found, what)}." if found <= TOP else f"{TOP} of {counted(found, what)}."


def _gifts(gifts: list[GiftGiven]) -> str:
    title = "Gifts by kind"
    if not gifts:
        return _section("gifts", title, "<p>No gifts were given here.</p>")
    rows = [Bar(one.name, number(one.coins), one.coins) for one in gifts[:GIFTS_DRAWN]]
    each = "; ".join(f"{one.name}: {counted(one.coins, 'coin')}" for one in gifts[:GIFTS_DRAWN])
    picture = Picture("gifts-bars", "Coins given, by kind of gift", f"{each}.")
    caption = "Coins given, by kind of gift."
    if len(gifts) > GIFTS_DRAWN:
        caption = f"Coins given, by kind of gift; the {GIFTS_DRAWN} largest kinds."
    listed = [[one.name, number(one.quantity), number(one.coins)] for one in gifts[:KINDS_LISTED]]
    if rest := gifts[KINDS_LISTED:]:
        quantity, coins = sum(one.quantity for one in rest), sum(one.coins for one in rest)
        listed.append([f"{len(rest):,} other kinds", number(quantity), number(coins)])
    table = _table("All gifts.", ["Gift", "How many", "Coins"], listed, numbers=(1, 2))
    return _section("gifts", title, _pair(_figure(bars(picture, rows), caption), table))


def _packs(packs: list[PackSold]) -> str:
    title = "Packs sold"
    if not packs:
        return _section("packs", title, "<p>No packs were sold here.</p>")
    listed = [_pack_row(f"{one.pack}", one) for one in packs[:KINDS_LISTED]]
    if rest := packs[KINDS_LISTED:]:
        listed.append(_pack_row(f"{len(rest):,} other packs", _together(rest)))
    listed.append(_pack_row("Together", _together(packs)))
    table = _table(
        "What was sold, less what was reversed, at the prices of then.",
        ["Pack", "How many", "Coins", "Dollars"],
        listed,
        numbers=(1, 2, 3),
    )
    return _section("packs", title, table)


def _pack_row(name: str, one: PackSold) -> list[str]:
    return [name, number(one.times), number(one.coins), dollars(one.usd_cents)]


def _together(packs: list[PackSold]) -> PackSold:
    return PackSold(
        "",
        sum(one.times for one in packs),
        sum(one.coins for one in packs),
        sum(one.usd_cents for one in packs),
    )


def _glossary() -> str:
    words = "".join(
        f"<div><dt>{text(word)}</dt><dd>{text(meaning)}</dd></div>" for word, meaning in GLOSSARY
    )
    return _section("words", "The words on this page", f"<dl>{words}</dl>")


def _footer(report: Report) -> str:
    return (
        f"<footer><p>{text(take_rate_in_words(report.flows))}</p>"
        "<p>No real money, no real coins: this is a simulation, and nothing here is connected to "
        "any platform.</p></footer>"
    )


def _with_whole_dates(html: str) -> str:
    """HTML in which no line breaks within a date."""
    return _DATE.sub(r'<span class="keep">\g<0></span>', html)


def _section(id_: str, title: str, body: str) -> str:
    return f'<section aria-labelledby="{id_}"><h2 id="{id_}">{text(title)}</h2>{body}</section>\n'


def _pair(picture: str, table: str) -> str:
    return f'<div class="pair"><div>{picture}</div>{table}</div>'


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{text(caption)}</figcaption></figure>"


def _table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: tuple[int, ...],
    meanings: tuple[int, ...] = (),
) -> str:
    """A table whose first column names the rows, in a box that scrolls when it is too wide.

    The box takes the keyboard's focus, so that it scrolls without a mouse. On a phone, rows with
    `meanings` are laid out as boxes; ARIA roles keep it a table for screen readers.
    """
    kinds = {**dict.fromkeys(numbers, "number"), **dict.fromkeys(meanings, "meaning")}
    kinds[0] = "name" if max(len(row[0]) for row in rows) > SHORT_CHARACTERS else "keep"
    head = "".join(
        f'<th scope="col" role="columnheader" class="{kinds.get(at, "")}">{text(name)}</th>'
        for at, name in enumerate(columns)
    )
    body = "".join(_row(row, kinds) for row in rows)
    explained = ' class="explained"' if meanings else ""
    return (
        f'<div class="box" tabindex="0" role="region" aria-label="{text(caption)}">'
        f'<table role="table"{explained}><caption>{text(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>'
    )


def _row(row: Sequence[str], kinds: dict[int, str]) -> str:
    """A row of a table; numbers that may be broken on paper have the class `long`."""
    cells = [f'<th scope="row" role="rowheader" class="{kinds[0]}"><bdi>{text(row[0])}</bdi></th>']
    for at, cell in enumerate(row[1:], start=1):
        kind = kinds.get(at, "") + (" long" if len(cell) > NUMBER_CHARACTERS else "")
        cells.append(f'<td role="cell" class="{kind}">{text(cell)}</td>')
    return f'<tr role="row">{"".join(cells)}</tr>'
