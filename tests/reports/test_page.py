"""The page: true to the report, safe whatever users wrote, and whole in one file."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from coins_cli.reports.charts import POINTS_MAX, sampled
from coins_cli.reports.glossary import GLOSSARY
from coins_cli.reports.html import COINS_DRAWN, COLOURS, DOLLARS_DRAWN, html_report
from coins_cli.reports.lines import LINES
from coins_cli.reports.style import STYLE
from coins_cli.reports.words import text
from coins_cli.views.flows import Flows, Scope
from coins_cli.views.money_report import Day, GiftGiven, PackSold, UserFlows
from tests.reports import made_reports
from tests.reports.checking import Page, colours, contrast
from tests.reports.made_reports import NASTY_NAMES, NOW

KINDS = [
    "of_nothing",
    "of_a_class",
    "of_an_evening",
    "of_the_largest",
    "of_a_part",
    "of_very_much",
]


def made(kind, catalog):
    make = getattr(made_reports, kind)
    return make(catalog) if kind in ("of_a_class", "of_an_evening") else make()


@pytest.fixture(params=KINDS)
def report(request, catalog):
    return made(request.param, catalog)


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


def named(page, title):
    """The numbers of the table in the section of that title, by the rows' names."""
    body = next(one for one in page.all("section") if next(one.all("h2")).text == title)
    found = next(body.all("tbody")).all("tr")
    return {next(row.all("bdi")).text: [cell.text for cell in row.children[1:]] for row in found}


def bars(page, title):
    """The bars of the parts in a section: of each, the colours with their widths in percent."""
    section = next(one for one in page.all("section") if next(one.all("h2")).text == title)
    found = [one for one in section.all("div") if one.attributes.get("class") == "parts"]
    return [[(part.attributes["class"], width(part)) for part in bar.children] for bar in found]


def width(element):
    return float(re.fullmatch(r"width:([\d.]+)%", element.attributes["style"])[1])


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


def test_each_picture_has_its_numbers_in_words_or_is_hidden_beside_them(html):
    page = Page(html)
    pictures = [one for one in page.all("div") if one.attributes.get("class") == "parts"]
    for one in [*pictures, *page.all("svg")]:
        if one.attributes.get("aria-hidden") != "true":
            assert one.attributes["role"] == "img"
            assert re.search("[0-9]", one.attributes["aria-label"])


def test_each_table_has_heads_for_its_columns_and_rows(html):
    for table in Page(html).all("table"):
        heads = [head.attributes["scope"] for head in table.all("th")]
        columns = heads.count("col")
        assert columns >= 2
        assert heads.count("row") == len(list(table.all("tr"))) - 1
        for row in next(table.all("tbody")).all("tr"):
            assert len(row.children) == columns


def test_nothing_takes_the_keyboard_because_nothing_scrolls(html):
    assert "tabindex" not in html
    assert "overflow-x" not in STYLE


DOLLARS, COINS = "Where the dollars are", "Where the coins went"


def test_it_begins_with_simulation_answer_dollars_and_coins(of_a_class, catalog):
    html = html_report(of_a_class, catalog, NOW)
    plain = re.sub("(?s)<style>.*?</style>|<[^>]*>", " ", html)
    places = [plain.index(one) for one in ("This is a simulation", "74 cents", DOLLARS, COINS)]
    assert places == sorted(places)
    assert [one.text for one in Page(html).all("h2")][:2] == [DOLLARS, COINS]


def test_the_lines_say_what_the_report_says(of_a_class, catalog):
    page = Page(html_report(of_a_class, catalog, NOW))
    found = {**named(page, DOLLARS), **named(page, COINS)}
    flows, parts = of_a_class.flows, of_a_class.division
    assert min(flows.coins_held, flows.coins_cashed_out, parts.usd_cents_margin) > 0
    shown = set()
    for line, of in LINES.items():
        value = getattr(flows, line) if hasattr(flows, line) else getattr(parts, line)
        said = f"${value // 100:,}.{value % 100:02}" if "usd" in line else f"{value:,}"
        if of.name in found and found[of.name] == [said]:
            shown.add(line)
    assert set(LINES) - shown == {
        "usd_cents_unspent",
        "usd_cents_earned",
        "usd_cents_held",
        "usd_cents_taken_back",
        "coins_received",
        "coins_platform_share",
    }


def test_bars_are_as_long_as_their_sums_and_add_up(of_a_class, catalog):
    page, flows, parts = (
        Page(html_report(of_a_class, catalog, NOW)),
        of_a_class.flows,
        of_a_class.division,
    )
    (drawn,) = bars(page, DOLLARS)
    wanted = [
        ("out", flows.usd_cents_out),
        ("margin", parts.usd_cents_margin),
        ("promotions", parts.usd_cents_promotions),
        ("unspent", parts.usd_cents_unspent),
        ("earned", parts.usd_cents_earned),
        ("held", parts.usd_cents_held),
    ]
    assert [name for name, _ in drawn] == [name for name, _ in wanted]
    shares = [100 * cents / flows.usd_cents_in for _, cents in wanted]
    assert [part for _, part in drawn] == pytest.approx(shares, abs=0.01)
    assert sum(shares) == pytest.approx(100)
    sources, ends, paid = bars(page, COINS)
    coins = [100 * pack.coins / flows.coins_issued for pack in of_a_class.packs]
    assert [part for _, part in sources] == pytest.approx(coins, abs=0.01)
    assert dict(ends)["out"] == pytest.approx(
        100 * flows.coins_cashed_out / flows.coins_issued, 0.01
    )
    assert sum(part for _, part in ends) == pytest.approx(100, abs=0.05)
    assert paid == [("out", pytest.approx(shares[0], abs=0.01))]


def test_the_funnel_leads_from_the_coins_cashed_out_to_the_dollars_paid(of_a_class, catalog):
    page = Page(html_report(of_a_class, catalog, NOW))
    _, ends, paid = bars(page, COINS)
    funnel = next(one for one in page.all("svg") if one.attributes["class"] == "funnel")
    above, below = re.fullmatch(
        r"M0 0H([\d.]+)L([\d.]+) 10H0Z", next(funnel.all("path")).attributes["d"]
    ).groups()
    assert (float(above), float(below)) == (ends[0][1], paid[0][1])


def test_a_colour_means_one_thing_and_what_is_drawn_has_a_mark(report, catalog):
    page = Page(html_report(report, catalog, NOW))
    drawn = {name for title in (DOLLARS, COINS) for bar in bars(page, title) for name, _ in bar}
    marks = [one.attributes["class"] for one in page.all("span") if "class" in one.attributes]
    assert drawn - {"plain"} <= {one.split()[1] for one in marks if one.startswith("swatch")}


def test_the_answer_is_one_figure_in_one_form(of_a_class, catalog):
    parts = replace(of_a_class.division, usd_cents_margin=2_539)
    flows = replace(of_a_class.flows, usd_cents_out=7_461)
    html = html_report(replace(of_a_class, flows=flows, division=parts), catalog, NOW)
    assert "75 cents of each dollar reached creators" in html
    assert "take rate" not in html
    assert "%" not in re.sub("<[^>]*>", "", re.sub("(?s)<style>.*?</style>", "", html))


def test_a_part_with_negative_lines_has_no_flow_and_says_why(catalog):
    html = html_report(made_reports.of_a_part(), catalog, NOW)
    assert bars(Page(html), COINS) == []
    assert "There is no picture, because this is a part of the whole" in html
    assert "-500" in html
    assert "only the part of kid00; only gifts on live 4; since 2026-" in re.sub("<.*?>", "", html)
    assert "cannot be divided further" in html


def test_a_part_whose_lines_add_up_is_drawn(of_a_class, catalog):
    html = html_report(replace(of_a_class, scope=Scope(until=NOW)), catalog, NOW)
    assert len(bars(Page(html), COINS)) == 3
    assert "What is still open grew by $1,946.10 in this period." in html


def test_packs_that_do_not_add_up_are_not_drawn_apart(of_a_class, catalog):
    odd = replace(of_a_class, packs=of_a_class.packs[1:])
    sources = bars(Page(html_report(odd, catalog, NOW)), COINS)[0]
    assert sources == [("plain", 100)]


def test_an_economy_without_a_transaction_says_so_everywhere(catalog):
    html = html_report(made_reports.of_nothing(), catalog, NOW)
    assert "0 transactions; no transaction yet" in html
    assert "No dollars were paid in here." in html
    assert "no coins were bought here" in html
    assert "The pack of 10,000 coins costs $5.99 too much" in html


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
    assert "By what the gifts cost those who sent them. 10 of 9,999." in [
        caption.text for caption in page.all("caption")
    ]
    assert rows(page, "Gifts by kind")[-1][:2] == ["950 other kinds", "950"]
    assert rows(page, "Packs sold")[-1] == ["950 other packs", "950", "$950.00"]


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


BLOCKS = {
    "light": colours(STYLE.partition("@media")[0]),
    "dark": colours(STYLE.split("@media")[1]),
    "print": colours(STYLE.split("@media print")[-1]),
}


ORDERS = {
    "dollars": DOLLARS_DRAWN,
    "coins": COINS_DRAWN,
}


@pytest.mark.parametrize("block", BLOCKS)
def test_text_is_read_easily_in_light_and_dark_and_on_paper(block):
    of = BLOCKS[block]
    for ink in ("ink", "quiet"):
        for paper in ("paper", "panel"):
            assert contrast(of[ink], of[paper]) >= 4.5
    for part in {*COLOURS.values()}:
        assert contrast(of[part], of["paper"]) >= 3
        assert contrast(of[part], of[f"on{part}"]) >= 4.5
    assert contrast(of["accent"], of["paper"]) >= 3


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("order", ORDERS)
def test_parts_side_by_side_differ_in_lightness_too(block, order):
    of = BLOCKS[block]
    for one, other in pairwise(ORDERS[order]):
        assert contrast(of[COLOURS[one]], of[COLOURS[other]]) >= 1.3
    assert contrast(of["out"], of["unspent"]) >= 1.3


def test_no_colour_is_used_that_is_not_in_the_palette():
    rules = re.sub(r"--[a-z0-9]+:#[0-9a-f]{6};", "", STYLE)
    assert "#" not in rules
    used = set(re.findall(r"var\(--([a-z0-9]+)\)", STYLE))
    assert used == set(BLOCKS["light"]) == set(BLOCKS["dark"]) == set(BLOCKS["print"])


def test_the_contrast_of_black_and_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_a_part_that_adds_up_below_nothing_is_not_drawn(of_a_class, catalog):
    flows = Flows(coins_issued=100, coins_unspent=200, coins_earned=-100)
    html = html_report(replace(of_a_class, flows=flows), catalog, NOW)
    assert bars(Page(html), COINS) == []


def test_creators_supporters_gifts_and_packs_say_what_the_report_says(of_a_class, catalog):
    page = Page(html_report(of_a_class, catalog, NOW))
    plain = re.sub("<.*?>", "", html_report(of_a_class, catalog, NOW))
    assert named(page, "Top supporters") == {
        one.user: [f"{one.coins_given:,}", f"{one.gifts_given:,}"] for one in of_a_class.givers[:10]
    }
    assert named(page, "Packs sold") == {
        one.pack: [f"{one.times:,}", f"${one.usd_cents / 100:,.2f}"] for one in of_a_class.packs
    }
    for one in of_a_class.creators:
        said = f"{one.user} was given {one.coins_received:,} coins in {one.gifts_received} gifts."
        assert said in plain
    for one in of_a_class.gifts:
        assert f"{one.quantity} × {one.name}: {one.coins:,} coins." in plain


@pytest.mark.parametrize("title", ["Top supporters", "Packs sold"])
def test_row_bars_are_as_long_as_their_numbers(of_a_class, catalog, title):
    page = Page(html_report(of_a_class, catalog, NOW))
    section = next(one for one in page.all("section") if next(one.all("h2")).text == title)
    drawn = [width(one) for one in section.all("span") if one.attributes.get("class") == "bar"]
    sizes = {
        "Top supporters": [one.coins_given for one in of_a_class.givers[:10]],
        "Packs sold": [one.usd_cents for one in of_a_class.packs],
    }[title]
    assert drawn == pytest.approx([100 * one / max(sizes) for one in sizes], abs=0.01)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_fewer_than_three_of_anything_are_a_sentence_and_no_picture(catalog, count):
    first = date(2026, 1, 1)
    users = [
        UserFlows(f"u{at}", coins_given=9, gifts_given=1, coins_received=9) for at in range(count)
    ]
    report = replace(
        made_reports.of_nothing(),
        days=[Day(first + timedelta(days=at), 1, coins_circulating=at) for at in range(count)],
        users=users,
        gifts=[GiftGiven(f"g{at}", f"Gift {at}", 1, 9) for at in range(count)],
        packs=[PackSold(f"p{at}", 1, 100, 129) for at in range(count)],
    )
    page = Page(html_report(report, catalog, NOW))
    titles = ("Coins in wallets over time", "Top creators", "Top supporters", "Packs sold")
    for title in (*titles, "Gifts by kind"):
        section = next(one for one in page.all("section") if next(one.all("h2")).text == title)
        has_picture = bool([*section.all("table"), *section.all("svg")])
        assert has_picture is (count >= 3), title


def heights(page):
    """The heights, from zero upwards, that the line over days goes through, and its zero."""
    steps = next(one for one in page.all("svg") if one.attributes["class"] == "steps")
    line, axis = [one.attributes["d"] for one in list(steps.all("path"))[1:]]
    assert "L" not in line
    return [float(one) for one in re.findall(r"V([\d.]+)", line)], float(
        axis.split()[1].split("H")[0]
    )


def test_the_line_over_days_goes_in_steps_and_begins_where_the_first_day_ended(catalog):
    values = [500, 500, 0, 1_000]
    days = [
        Day(date(2026, 1, at + 1), 1, coins_circulating=value) for at, value in enumerate(values)
    ]
    report = replace(made_reports.of_nothing(), days=days)
    found, zero = heights(Page(html_report(report, catalog, NOW)))
    assert [zero - one for one in found] == [50, 50, 0, 100]


def test_a_change_below_nothing_is_drawn_below_the_line(catalog):
    days = [Day(date(2026, 1, at), 1, coins_circulating=-at) for at in range(1, 5)]
    html = html_report(replace(made_reports.of_a_part(), days=days), catalog, NOW)
    found, zero = heights(Page(html))
    assert zero == 0
    assert found == [25, 50, 75, 100]
    assert "The least: -4." in html


def test_the_words_explained_are_those_that_appear(html):
    body, _, words = html.partition('<dl class="words">')
    terms = [one.text for one in Page(f"<dl>{words.partition('</dl>')[0]}</dl>").all("dt")]
    plain = re.sub("(?s)<style>.*?</style>|<[^>]*>", " ", body)
    meanings = " ".join(one.meaning for one in GLOSSARY if one.name in terms)
    for term in GLOSSARY:
        assert (term.name in terms) is term.appears(f"{plain} {meanings}"), term.name
    assert len(terms) >= 8


def test_the_words_depend_on_the_page(of_a_class, catalog):
    nothing = html_report(made_reports.of_nothing(), catalog, NOW)
    assert "<dt>Reversed</dt>" not in nothing
    assert "<dt>Reversed</dt>" in html_report(of_a_class, catalog, NOW)
