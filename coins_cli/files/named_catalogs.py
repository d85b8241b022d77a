"""The catalogs that come with coins: their names, and where their files lie."""

import os
from typing import Final

NAMED_CATALOGS: Final = {
    "default": "the prices of today",
    "older-prices": "the older price: 300 coins for $1.00",
    "calculators": "half a diamond for a coin, half a cent for a diamond",
}
"""Each catalog by its name, with a description."""


def named_catalog_path(name: str) -> str:
    """The path of the catalog of that name. Raises `FileNotFoundError`.

    The default is in the package, or beside it in a checkout; the others are in `catalogs/`.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    places = [os.path.join(package, "catalogs", f"{name}.toml")]
    if name == "default":
        places = [os.path.join(top, "catalog.toml") for top in (package, os.path.dirname(package))]
    for path in places:
        if os.path.exists(path):
            return path
    raise FileNotFoundError(f"{os.path.basename(places[-1])} is missing from the installation")
