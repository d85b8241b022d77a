"""The page: true to the report, safe whatever users wrote, and whole in one file."""

import re
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from msgspec.structs import replace

from coins_cli.model.catalog import Pack
from coins_cli.reports.charts import POINTS_MAX, WIDTH, sampled
from coins_cli.reports.html import html_report
from coins_cli.reports.style import STYLE
from coins_cli.reports.words import (
    LINES,
    cut_to,
    more_than,
    price_per_coin,
    share,
    surprise,
    text,
    width_in_em,
)
from coins_cli.views.flows import Flows, Scope
from coins_cli.views.money_report import Day
from tests.reports import made_reports
from tests.reports.checking import Page, colours, contrast
from tests.reports.made_reports import NASTY_NAMES, NOW

KINDS = ["of_nothing", "of_a_class", "of_the_largest", "of_a_part", "of_very_much"]


@pytest.fixture(params=KINDS)
def report(request, catalog):
    make = getattr(made_reports, request.param)
    return make(catalog) if request.param == "of_a_class" else make()


@pytest.fixture
def html(report, catalog):
    return html_report(report, catalog, NOW)


@pytest.fixture
def of_a_class(catalog):
    return made_reports.of_a_class(catalog)


def rows(page, title):
    """The cells of the table in the section of that title, without its head."""
    for section in page.all("section"):
        if next(section.all("h2")).text == title:
            body = next(section.all("tbody"))
            return [[cell.text for cell in row.children] for row in body.all("tr")]
    raise KeyError(title)


def picture(page, id_):
    return next(svg for svg in page.all("svg") if next(svg.all("title")).attributes["id"] == id_)


def test_the_page_is_well_formed_and_has_each_id_once(html):
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert [one.attributes["lang"] for one in page.all("html")] == ["en"]
    assert len(page.all("h1")) == 1


def test_nothing_in_it_fetches_runs_or_leads_anywhere(html):
    assert not re.search(
        r"<script|<img|<link|<a\b|url\(|@import|<iframe|<form", html, re.IGNORECASE
    )
    for element in [*Page(html).all("svg"), *Page(html).all("td"), *Page(html).all("div")]:
        assert not {one for one in element.attributes if one.startswith(("on", "src", "href"))}
    assert "https:" not in re.sub("https://example.com", "", html)
    assert "http:" not in html
    assert "default-src 'none'" in html


def test_each_picture_has_a_title_and_a_description_that_it_is_labelled_by(html):
    for svg in Page(html).all("svg"):
        title, description = next(svg.all("title")), next(svg.all("desc"))
        assert title.text
        assert description.text
        assert svg.attributes["role"] == "img"
        labelled = [title.attributes["id"], description.attributes["id"]]
        assert svg.attributes["aria-labelledby"].split() == labelled
        assert svg.parent.tag == "figure"
        assert next(svg.parent.all("figcaption")).text


def test_each_table_has_a_caption_and_heads_for_its_columns_and_rows(html):
    for table in Page(html).all("table"):
        assert next(table.all("caption")).text
        heads = [head.attributes["scope"] for head in table.all("th")]
        columns = heads.count("col")
        assert columns >= 2
        assert heads.count("row") == len(list(table.all("tr"))) - 1
        for row in next(table.all("tbody")).all("tr"):
            assert len(row.children) == columns


def test_every_label_in_a_picture_stays_within_it(html):
    for svg in Page(html).all("svg"):
        height = float(svg.attributes["viewbox"].split()[3])
        for label in svg.all("text"):
            size, x = float(label.attributes["font-size"]), float(label.attributes["x"])
            assert float(label.attributes["y"]) < height
            width = width_in_em(label.text) * size
            kinds = label.attributes.get("class", "")
            begin = x - width if "end" in kinds else x - width / 2 if "middle" in kinds else x
            assert begin >= -0.5
            assert begin + width <= WIDTH + 0.5


def test_the_lines_say_what_the_report_says(of_a_class, catalog):
    flows = of_a_class.flows
    found = {row[0]: row[1] for row in rows(Page(html_report(of_a_class, catalog, NOW)), SENT)}
    assert min(flows.coins_held, flows.coins_cashed_out, flows.coins_promotions) > 0
    for line, (name, _) in LINES.items():
        if line == "coins_received":
            continue
        value = getattr(flows, line)
        if line.startswith("usd_cents"):
            assert found[name] == f"${value // 100:,}.{value % 100:02}"
        else:
            assert found[name] == f"{value:,} coin{'' if value == 1 else 's'}"


SENT = "Where the money went"


def test_the_flow_says_every_number_of_the_packs_and_of_what_became_of_the_coins(
    of_a_class, catalog
):
    flows, page = of_a_class.flows, Page(html_report(of_a_class, catalog, NOW))
    svg = picture(page, "flow-title")
    labels = [label.text for label in svg.all("text")]
    said = next(svg.all("desc")).text
    for pack in of_a_class.packs:
        assert f"{pack.times:,} × pack {pack.pack}" in labels
        assert f"{pack.coins:,} coins" in labels
        assert f"${pack.usd_cents // 100:,}.{pack.usd_cents % 100:02}" in labels
    for value in (flows.coins_unspent, flows.coins_earned, flows.coins_held):
        assert f"{value:,} coins" in labels
        assert f"{value:,} coins" in said
    assert f"All coins: {flows.coins_issued:,}" in labels
    assert "$110.00" in said


def test_streams_are_as_wide_as_they_are_large(of_a_class, catalog):
    svg = picture(Page(html_report(of_a_class, catalog, NOW)), "flow-title")
    heights = [
        float(one.attributes["height"])
        for one in svg.all("rect")
        if one.attributes["width"] == "8" and float(one.attributes["height"]) < 220
    ]
    sizes = [pack.coins for pack in of_a_class.packs]
    flows = of_a_class.flows
    sizes += [flows.coins_unspent, flows.coins_promotions, flows.coins_earned]
    sizes += [flows.coins_held, flows.coins_cashed_out]
    wanted = [max(2, 220 * size / flows.coins_issued) for size in sizes]
    assert heights == pytest.approx(wanted, abs=0.06)


def test_the_sentence_and_the_take_rate_follow_from_the_dollars(of_a_class, catalog):
    flows = replace(of_a_class.flows, usd_cents_in=10_000, usd_cents_out=7_461)
    html = html_report(replace(of_a_class, flows=flows), catalog, NOW)
    assert "Of each dollar that went in, 74 cents came out to creators so far." in html
    assert "The take rate so far is 0.2539: of $100.00 paid in, $25.39 are still" in html


def test_a_part_with_negative_lines_has_no_flow_and_says_why(catalog):
    html = html_report(made_reports.of_a_part(), catalog, NOW)
    assert "flow-title" not in Page(html).ids
    assert "such amounts cannot be drawn as streams" in html
    assert "-500 coins" in html
    assert "only the part of kid00; only gifts on live 4; since 2026-" in re.sub("<.*?>", "", html)


def test_a_part_whose_lines_add_up_is_drawn(of_a_class, catalog):
    html = html_report(replace(of_a_class, scope=Scope(until=NOW)), catalog, NOW)
    assert "flow-title" in Page(html).ids


def test_packs_that_do_not_add_up_are_not_drawn_apart(of_a_class, catalog):
    odd = replace(of_a_class, packs=of_a_class.packs[1:])
    svg = picture(Page(html_report(odd, catalog, NOW)), "flow-title")
    labels = [label.text for label in svg.all("text")]
    assert "all packs" in labels
    assert not any("× pack" in label for label in labels)


def test_an_economy_without_a_transaction_says_so_everywhere(catalog):
    html = html_report(made_reports.of_nothing(), catalog, NOW)
    assert "0 transactions; no transaction yet" in html
    assert "No dollars were paid in here." in html
    assert "no coins were bought here" in html
    assert "there is no take rate" in html
    assert "What one coin costs" in html


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_what_users_wrote_is_text_and_nothing_else(name):
    html = text(name)
    assert not re.search(r"[<>\"'\x00-\x1f\u200b\u202a-\u202e\u2066-\u2069]", html)
    assert Page(f"<p>{html}</p>").root.children[0].text == "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in name
    )


def test_wicked_names_stand_in_the_page_as_they_were_written(catalog):
    page = Page(html_report(made_reports.of_the_largest(), catalog, NOW))
    names = [row[0] for row in rows(page, "Gifts by kind")]
    assert NASTY_NAMES[0] in names
    assert "\\x1b[31mred\\x07\\x00" in names
    assert not page.all("script")


def test_tops_have_ten_rows_and_say_of_how_many(catalog):
    page = Page(html_report(made_reports.of_very_much(), catalog, NOW))
    creators = rows(page, "Top creators")
    assert len(creators) == 10
    assert creators[0][:2] == ["user9999", "9,999"]
    assert "10 of 9,999 creators." in [caption.text for caption in page.all("caption")]
    assert rows(page, "Gifts by kind")[-1][:2] == ["950 other kinds", "950"]
    assert rows(page, "Packs sold")[-1] == ["Together", "1,000", "100,000", "$1,000.00"]


def test_a_page_of_very_much_is_small(catalog):
    assert len(html_report(made_reports.of_very_much(), catalog, NOW).encode()) < 200_000


def test_the_page_of_the_same_report_is_the_same(report, catalog):
    assert html_report(report, catalog, NOW) == html_report(report, catalog, NOW)


def test_days_without_transactions_keep_the_value():
    day = date(2026, 1, 1)
    curve = sampled([(day, 5), (day + timedelta(days=3), 9)])
    assert [value for _, value in curve.points] == [5, 5, 5, 9]
    assert curve.step_days == 1


@pytest.mark.parametrize("days", [1, 119, 120, 121, 1_000, 3_000_000])
def test_many_days_become_few_points_and_the_last_one_is_exact(days):
    first = date(1, 1, 1)
    last = first + timedelta(days=days - 1)
    curve = sampled([(first, 1), (last, 2)] if days > 1 else [(first, 2)])
    assert curve.points[-1] == (last, 2)
    assert len(curve.points) <= POINTS_MAX
    assert all(value == 1 for _, value in curve.points[:-1])
    assert curve.step_days == -(-days // POINTS_MAX)


def test_prices_have_three_decimals_rounded_half_up():
    assert price_per_coin(Pack("a", 100, 129)) == "1.290 ¢"
    assert price_per_coin(Pack("a", 2_000, 2_699)) == "1.350 ¢"
    assert price_per_coin(Pack("a", 3, 1)) == "0.333 ¢"
    assert price_per_coin(Pack("a", 1, 2**53 - 1)) == "9,007,199,254,740,991.000 ¢"


def test_the_surprise_is_worked_out_of_the_packs(catalog):
    said = surprise(list(catalog.packs.values()))
    assert said == (
        "A coin is cheapest in the pack 100, at 1.290 ¢, and most expensive in the pack 10000, at "
        "1.350 ¢. That is a surprise: the larger pack is the worse deal. 100 times the pack 100 "
        "(10,000 coins) cost $129.00, and the pack 10000 (10,000 coins) costs $134.99: $5.99 more."
    )
    assert "the larger pack is the better deal" in surprise(
        [Pack("s", 100, 200), Pack("l", 1_000, 1_000)]
    )
    assert "costs the same: 2.000 ¢." in surprise([Pack("s", 100, 200), Pack("l", 1_000, 2_000)])
    assert "surprise" not in surprise([Pack("s", 100, 200), Pack("t", 100, 201)])
    assert "times" not in surprise([Pack("s", 100, 100), Pack("l", 101, 102)])


def test_shares_and_differences_are_percentages():
    assert share(1, 3) == "33.3 %"
    assert share(5, 0) == ""
    assert share(-5, 10) == ""
    assert more_than(Pack("a", 100, 135), Fraction(129, 100)) == "+4.7 %"
    assert more_than(Pack("a", 100, 129), Fraction(129, 100)) == "none"


def test_a_label_that_is_cut_fits():
    for name in (*NASTY_NAMES, "x" * 200):
        assert width_in_em(cut_to(name, 12)) <= 12
    assert cut_to("Panda", 12) == "Panda"
    assert cut_to("W" * 50, 12).endswith("W…")


BLOCKS = {
    "light": colours(STYLE.partition("@media")[0]),
    "dark": colours(STYLE.split("@media")[1]),
    "print": colours(STYLE.split("@media print")[-1]),
}


@pytest.mark.parametrize("block", BLOCKS)
def test_text_is_read_easily_in_light_and_dark_and_on_paper(block):
    of = BLOCKS[block]
    assert len(of) == 14
    for ink in ("ink", "quiet"):
        for paper in ("paper", "panel"):
            assert contrast(of[ink], of[paper]) >= 4.5
    for part in [name for name in of if re.fullmatch(r"c[0-9]|accent|excess", name)]:
        assert contrast(of[part], of["paper"]) >= 3


def test_no_colour_is_used_that_is_not_in_the_palette():
    rules = re.sub(r"--[a-z0-9]+:#[0-9a-f]{6};", "", STYLE)
    assert "#" not in rules
    used = set(re.findall(r"var\(--([a-z0-9]+)\)", STYLE))
    assert used == set(BLOCKS["light"]) == set(BLOCKS["dark"]) == set(BLOCKS["print"])


def test_the_contrast_of_black_and_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_a_change_below_nothing_is_drawn_below_the_line(catalog):
    svg = picture(Page(html_report(made_reports.of_a_part(), catalog, NOW)), "days-title")
    labels = [label.text for label in svg.all("text")]
    assert "lowest: -500" in labels
    assert "at the end: -500" in labels
    assert not any("highest" in label for label in labels)
    heights = [float(y) for y in re.findall(r" ([\d.]+)", next(svg.all("path")).attributes["d"])]
    assert min(heights) == heights[0]


def test_only_what_a_coin_costs_beyond_the_cheapest_stands_out(catalog):
    svg = picture(Page(html_report(made_reports.of_nothing(), catalog, NOW)), "prices-title")
    excesses = [one for one in svg.all("rect") if one.attributes["class"] == "excess"]
    lengths = [one for one in svg.all("rect") if one.attributes["class"] == "bar"]
    assert len(lengths) == 5
    assert len(excesses) == 4
    dearest = float(lengths[-1].attributes["width"])
    cheapest = float(lengths[0].attributes["width"])
    assert dearest == WIDTH
    assert cheapest == pytest.approx(WIDTH * 1.29 / 1.3499, abs=0.2)
    assert float(excesses[-1].attributes["width"]) == pytest.approx(dearest - cheapest, abs=0.2)


def test_a_part_that_adds_up_below_nothing_is_not_drawn(of_a_class, catalog):
    flows = Flows(coins_issued=100, coins_unspent=200, coins_earned=-100)
    html = html_report(replace(of_a_class, flows=flows), catalog, NOW)
    assert "flow-title" not in Page(html).ids


def test_streams_fill_the_whole_without_gaps(of_a_class, catalog):
    svg = picture(Page(html_report(of_a_class, catalog, NOW)), "flow-title")
    whole = next(one for one in svg.all("rect") if one.attributes["class"] == "whole")
    top = float(whole.attributes["y"])
    ends = {"in": [], "out": []}
    for one in svg.all("path"):
        numbers = [float(found) for found in re.findall(r"[\d.]+", one.attributes["d"])]
        ends["in" if numbers[0] < 178 else "out"].append((numbers[7], numbers[8]))
    assert len(ends["in"]) == len(of_a_class.packs)
    for places in ends.values():
        assert places[0][0] == pytest.approx(top, abs=0.1)
        assert places[-1][1] == pytest.approx(top + 220, abs=1)
        for (_, end), (begin, _) in pairwise(places):
            assert begin == pytest.approx(end, abs=1)


def test_creators_supporters_gifts_and_packs_say_what_the_report_says(of_a_class, catalog):
    page = Page(html_report(of_a_class, catalog, NOW))
    assert rows(page, "Top creators") == [
        [
            one.user,
            f"{one.coins_received:,}",
            f"{one.gifts_received:,}",
            f"${one.usd_cents_out // 100:,}.{one.usd_cents_out % 100:02}",
        ]
        for one in of_a_class.creators
    ]
    assert rows(page, "Top supporters") == [
        [
            one.user,
            f"{one.coins_given:,}",
            f"{one.gifts_given:,}",
            f"${one.usd_cents_in // 100:,}.{one.usd_cents_in % 100:02}",
        ]
        for one in of_a_class.givers[:10]
    ]
    assert rows(page, "Gifts by kind") == [
        [one.name, f"{one.quantity:,}", f"{one.coins:,}"] for one in of_a_class.gifts
    ]
    assert [row[0] for row in rows(page, "Packs sold")[:-1]] == [
        one.pack for one in of_a_class.packs
    ]
    last = of_a_class.days[-1]
    assert rows(page, "Coins in circulation over time")[-1] == [
        last.day.isoformat(),
        f"{last.coins_circulating:,}",
    ]


def test_bars_say_the_number_that_they_are_as_long_as(of_a_class, catalog):
    page = Page(html_report(of_a_class, catalog, NOW))
    drawn = {
        "creators-bars-title": [(one.user, one.coins_received) for one in of_a_class.creators],
        "supporters-bars-title": [(one.user, one.coins_given) for one in of_a_class.givers[:10]],
        "gifts-bars-title": [(one.name, one.coins) for one in of_a_class.gifts],
    }
    for id_, wanted in drawn.items():
        svg = picture(page, id_)
        labels = [label.text for label in svg.all("text")]
        assert labels == [part for name, value in wanted for part in (name, f"{value:,}")]
        lengths = [
            float(one.attributes["width"])
            for one in svg.all("rect")
            if one.attributes["class"] == "bar"
        ]
        most = max(value for _, value in wanted)
        assert lengths == pytest.approx([WIDTH * value / most for _, value in wanted], abs=2)


@pytest.mark.parametrize("count", [1, 2, 12, 13, 24, 25, 26])
def test_at_most_twelve_days_are_listed_and_the_last_always(catalog, count):
    first = date(2026, 1, 1)
    days = [Day(first + timedelta(days=at), 1, coins_circulating=at) for at in range(count)]
    report = replace(made_reports.of_nothing(), days=days)
    page = Page(html_report(report, catalog, NOW))
    listed = rows(page, "Coins in circulation over time")
    assert len(listed) <= 12
    assert listed[-1] == [days[-1].day.isoformat(), str(count - 1)]
    assert listed == sorted(listed)
