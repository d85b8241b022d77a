"""The page in a real browser: from a phone to a projector, in light and dark, and on paper."""

import re
import shutil
import subprocess

import pytest

from coins_cli.reports.html import html_report
from tests.reports import made_reports
from tests.reports.browser import Browser, program
from tests.reports.made_reports import NOW

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium here")

MEASURE = r"""(() => {
  const found = {wide: [], outside: [], overlapping: [], charts: [], small: 1000, scrolled: []};
  const about = one => `${one.tagName} ${one.className.baseVal ?? one.className}: `
    + one.textContent.slice(0, 40);
  for (const one of document.querySelectorAll("body *:not(svg *)")) {
    const scrolls = getComputedStyle(one).overflowX !== "visible";
    const head = one.closest("thead");
    if (head && getComputedStyle(head).position === "absolute") continue;  // Only heard.
    if (one.clientWidth && !scrolls && one.scrollWidth > one.clientWidth + 1) {
      found.wide.push(about(one));
    }
    if (scrolls && one.scrollWidth > one.clientWidth) found.scrolled.push(about(one));
  }
  for (const svg of document.querySelectorAll("svg")) {
    const box = svg.getBoundingClientRect();
    found.charts.push([box.width, box.height]);
    const labels = [...svg.querySelectorAll("text")];
    const places = labels.map(one => one.getBoundingClientRect());
    places.forEach((place, at) => {
      const isInside = place.left >= box.left - 1 && place.right <= box.right + 1
        && place.top >= box.top - 1 && place.bottom <= box.bottom + 1;
      if (!isInside) found.outside.push(about(labels[at]));
      const size = labels[at].getAttribute("font-size") * box.width / svg.viewBox.baseVal.width;
      found.small = Math.min(found.small, size);
      for (let other = 0; other < at; other++) {
        const across = Math.min(place.right, places[other].right)
          - Math.max(place.left, places[other].left);
        const down = Math.min(place.bottom, places[other].bottom)
          - Math.max(place.top, places[other].top);
        // Lines of letters without a gap between them touch by a part of their height.
        if (across > 1 && down > place.height * 0.25) {
          found.overlapping.push([about(labels[at]), about(labels[other])]);
        }
      }
    });
  }
  found.scroll = document.documentElement.scrollWidth;
  found.inner = window.innerWidth;
  found.height = document.documentElement.scrollHeight;
  found.paper = getComputedStyle(document.body).backgroundColor;
  found.ink = getComputedStyle(document.body).color;
  found.letter = parseFloat(getComputedStyle(document.body).fontSize);
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
        "largest": made_reports.of_the_largest(),
        "part": made_reports.of_a_part(),
        "nothing": made_reports.of_nothing(),
    }
    folder, found = tmp_path_factory.mktemp("pages"), {}
    for name, report in reports.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(html_report(report, catalog, NOW), encoding="utf-8")
    return found


@pytest.mark.parametrize("width", [360, 800, 1920])
@pytest.mark.parametrize("name", ["class", "largest", "part", "nothing"])
def test_nothing_is_cut_off_or_overlaps_at_any_width(browser, pages, name, width):
    browser.open(pages[name], width=width)
    found = browser.tell(MEASURE)
    assert found["inner"] == width
    assert found["scroll"] <= width
    assert found["wide"] == []
    assert found["outside"] == []
    assert found["overlapping"] == []
    assert all(wide >= 200 and high >= 30 for wide, high in found["charts"])
    assert len(found["charts"]) == {"class": 6, "largest": 6, "part": 4, "nothing": 1}[name]


def test_the_tables_of_a_class_fit_a_phone_and_everything_larger(browser, pages):
    for width in (360, 800, 1280, 1920):
        browser.open(pages["class"], width=width)
        assert browser.tell(MEASURE)["scrolled"] == []


def test_type_is_large_enough_on_a_phone_and_larger_on_a_projector(browser, pages):
    browser.open(pages["class"], width=360)
    phone = browser.tell(MEASURE)
    browser.open(pages["class"], width=1920)
    projector = browser.tell(MEASURE)
    assert phone["small"] >= 9
    assert projector["small"] >= 16
    assert phone["letter"] == 16
    assert projector["letter"] >= 22


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


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints(browser, pages, paper, tmp_path):
    if shutil.which("pdfinfo") is None:
        pytest.skip("there is no pdfinfo here")
    browser.open(pages["class"], scheme="dark")
    file = tmp_path / "page.pdf"
    file.write_bytes(browser.printed(paper))
    about = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    said = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True)
    wide, high = map(float, re.findall(r"Page size: +([\d.]+) x ([\d.]+)", about)[0])
    wanted = {"A4": (595, 842), "Letter": (612, 792)}[paper]
    assert (wide, high) == pytest.approx(wanted, abs=1)
    assert 3 <= int(re.findall(r"Pages: +(\d+)", about)[0]) <= 7
    assert "What it means" in said.stdout
    assert "No real money" in said.stdout
