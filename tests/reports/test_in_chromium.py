"""The page in a real browser: from a phone to a projector, in light and dark, and on paper."""

import re
import shutil
import subprocess

import pytest

from coins_cli.reports.html import html_report
from tests.reports import made_reports
from tests.reports.accessibility import axe_core, violations
from tests.reports.browser import Browser, program
from tests.reports.made_reports import NOW

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium here")

MEASURE = r"""(() => {
  const found = {wide: [], cut: [], small: 1000, scrolled: [], hidden: 0};
  const about = one => `${one.tagName} ${one.className.baseVal ?? one.className}: `
    + one.textContent.slice(0, 40);
  for (const one of document.querySelectorAll("body *:not(svg *)")) {
    const style = getComputedStyle(one);
    if (style.display === "none") { found.hidden += 1; continue; }
    if (one.closest("[class^=fits]") && one.getClientRects().length === 0) continue;
    const clips = style.overflowX !== "visible";
    if (one.clientWidth && !clips && one.scrollWidth > one.clientWidth + 1) {
      found.wide.push(about(one));
    }
    if (clips && one.scrollWidth > one.clientWidth + 1) found.cut.push(about(one));
    if (style.overflowX === "auto" || style.overflowX === "scroll") found.scrolled.push(about(one));
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (own) found.small = Math.min(found.small, parseFloat(style.fontSize));
  }
  const box = one => one.getBoundingClientRect();
  found.scroll = document.documentElement.scrollWidth;
  found.inner = window.innerWidth;
  found.height = document.documentElement.scrollHeight;
  found.paper = getComputedStyle(document.body).backgroundColor;
  found.ink = getComputedStyle(document.body).color;
  found.letter = parseFloat(getComputedStyle(document.body).fontSize);
  found.heading = parseFloat(getComputedStyle(document.querySelector("h2")).fontSize);
  found.labels = [...document.querySelectorAll(".parts b")]
    .map(one => parseFloat(getComputedStyle(one).fontSize));
  found.main = box(document.querySelector("main")).width;
  const figure = document.querySelector("figure");
  found.pictures_end = figure ? box(figure).bottom : null;
  const bar = document.querySelector(".parts");
  found.bar_wide = bar ? box(bar).width : null;
  return found;
})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory, catalog):
    """Files with the page of each kind of report."""
    reports = {
        "class": made_reports.of_a_class(catalog),
        "evening": made_reports.of_an_evening(catalog),
        "largest": made_reports.of_the_largest(),
        "part": made_reports.of_a_part(),
        "nothing": made_reports.of_nothing(),
    }
    folder, found = tmp_path_factory.mktemp("pages"), {}
    for name, report in reports.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(html_report(report, catalog, NOW), encoding="utf-8")
    return found


PAGES = ["class", "evening", "largest", "part", "nothing"]
WIDTHS = [320, 400, 1280, 1920]


@pytest.mark.parametrize("width", [*WIDTHS, 360, 800])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_or_scrolls_at_any_width(browser, pages, name, width):
    browser.open(pages[name], width=width)
    found = browser.tell(MEASURE)
    assert found["inner"] == width
    assert found["scroll"] <= width
    assert found["wide"] == []
    assert found["cut"] == []
    assert found["scrolled"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.skipif(axe_core() is None, reason="axe-core is not here: npm install axe-core")
def test_axe_core_finds_nothing(browser, pages, name, width, scheme):
    browser.open(pages[name], width=width, scheme=scheme)
    assert violations(browser) == []


@pytest.mark.skipif(axe_core() is None, reason="axe-core is not here: npm install axe-core")
def test_axe_core_finds_what_is_wrong(browser, pages, tmp_path):
    html = pages["evening"].read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.html"
    wrong.write_text(html.replace('<html lang="en">', "<html>"), encoding="utf-8")
    browser.open(wrong)
    assert [rule for rule, _ in violations(browser)] == ["html-has-lang"]
    faint = html.replace("color:var(--quiet)", "color:#dddddd")
    wrong.write_text(faint, encoding="utf-8")
    browser.open(wrong)
    assert [rule for rule, _ in violations(browser)] == ["color-contrast"]


@pytest.mark.parametrize("name", ["class", "evening"])
def test_answer_dollars_and_flow_stand_above_the_fold(browser, pages, name):
    browser.open(pages[name], width=1280, height=900)
    assert browser.tell(MEASURE)["pictures_end"] <= 900


@pytest.mark.parametrize("width", [320, 360, 400])
def test_on_a_phone_all_text_can_be_read_and_an_evening_is_not_long(browser, pages, width):
    for name in PAGES:
        browser.open(pages[name], width=width)
        assert browser.tell(MEASURE)["small"] >= 14
    browser.open(pages["evening"], width=width)
    assert browser.tell(MEASURE)["height"] < 6_000


def test_a_projector_gets_large_type_and_pictures_as_wide_as_the_page(browser, pages):
    browser.open(pages["class"], width=1920)
    found = browser.tell(MEASURE)
    assert found["small"] >= 19
    assert found["letter"] >= 22
    assert found["main"] >= 1_500
    assert found["bar_wide"] * 2 >= found["main"] * 0.9
    assert max(found["labels"]) < found["heading"]


def test_it_follows_light_and_dark(browser, pages):
    seen = {}
    for scheme in ("light", "dark"):
        browser.open(pages["class"], scheme=scheme)
        found = browser.tell(MEASURE)
        seen[scheme] = found["paper"], found["ink"], browser.picture()
    assert seen["light"][:2] == ("rgb(255, 255, 255)", "rgb(22, 24, 29)")
    assert seen["dark"][:2] == ("rgb(20, 22, 26)", "rgb(240, 242, 245)")
    assert seen["light"][2] != seen["dark"][2]


def test_it_asks_for_nothing_but_itself_and_nothing_is_refused(browser, pages):
    for path in pages.values():
        assert browser.open(path) == [path.as_uri()]
        assert browser.said() == []
        assert browser.tell("document.scripts.length + document.images.length") == 0
        assert browser.tell("performance.getEntriesByType('resource').length") == 0


def test_a_page_that_asked_for_more_would_be_noticed(browser, pages, tmp_path):
    html = pages["class"].read_text(encoding="utf-8")
    leaky = tmp_path / "leaky.html"
    leaky.write_text(re.sub("<meta http-equiv.*?>", "", html) + "<img src=missing.png>")
    assert len(browser.open(leaky)) == 2
    leaky.write_text(html + "<img src=missing.png>")
    browser.open(leaky)
    assert "Content Security Policy" in browser.said()[0]["params"]["entry"]["text"]


@pytest.mark.parametrize("name", ["evening", "class"])
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints(browser, pages, paper, name, tmp_path):
    if shutil.which("pdfinfo") is None:
        pytest.skip("there is no pdfinfo here")
    browser.open(pages[name], scheme="dark")
    file = tmp_path / "page.pdf"
    file.write_bytes(browser.printed(paper))
    about = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    said = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True)
    wide, high = map(float, re.findall(r"Page size: +([\d.]+) x ([\d.]+)", about)[0])
    wanted = {"A4": (595, 842), "Letter": (612, 792)}[paper]
    assert (wide, high) == pytest.approx(wanted, abs=1)
    assert int(re.findall(r"Pages: +(\d+)", about)[0]) <= (3 if name == "evening" else 5)
    assert "no real money" in said.stdout


@pytest.mark.parametrize("inches", [6.5, 7.5, 8.5, 9.5])
def test_no_table_is_divided_between_two_sheets(browser, pages, inches, tmp_path, catalog):
    if shutil.which("pdftotext") is None:
        pytest.skip("there is no pdftotext here")
    browser.open(pages["class"])
    file = tmp_path / "page.pdf"
    file.write_bytes(browser.printed((8.27, inches)))
    said = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True)
    sheets = said.stdout.split("\f")
    tables = (("Dollars", "Still open"), ("Price", "+$5.99"), ("Bought", "Given as gifts"))
    givers = made_reports.of_a_class(catalog).givers
    for head, last in (*tables, ("Those who gave the most", givers[9].user)):
        assert any(head in sheet and last in sheet for sheet in sheets), (head, last)
