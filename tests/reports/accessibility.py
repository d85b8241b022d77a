"""axe-core, which finds what people who use a page otherwise than by eye cannot read or reach."""

import json
import os
from pathlib import Path

FOLDER = "COINS_AXE"
"""Names the folder of axe-core from npm; without it, the one in this folder's `node_modules`."""
BESIDE = Path(__file__).parents[2] / "node_modules" / "axe-core"


def axe_core():
    """The path of the script of axe-core, or nothing when it is not there."""
    path = Path(os.environ.get(FOLDER) or BESIDE) / "axe.min.js"
    return path if path.exists() else None


def violations(browser):
    """What axe-core finds wrong on the page that is open: rules, and where."""
    browser.tell(f"{axe_core().read_text(encoding='utf-8')};0")
    found = browser.tell(
        "axe.run({resultTypes: ['violations']}).then(found => JSON.stringify(found.violations.map("
        "one => [one.id, one.nodes.map(node => node.html.slice(0, 120))])))"
    )
    return json.loads(found)
