"""The path of the catalog that comes with coins."""

import os


def default_catalog_path() -> str:
    """The path in the package, or beside it in a checkout. Raises `FileNotFoundError`."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in (here, os.path.dirname(here)):
        path = os.path.join(folder, "catalog.toml")
        if os.path.exists(path):
            return path
    raise FileNotFoundError("catalog.toml is missing from the installation")
