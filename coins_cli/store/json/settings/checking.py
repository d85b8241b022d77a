"""Checks of the settings of one economy: its catalog and its clock."""

from typing import Final

from coins_cli.errors import InvalidCatalog
from coins_cli.files.catalogs import parse_catalog
from coins_cli.store.json import layout
from coins_cli.store.json.settings.clock_file import BadClock, decode_clock

SETTINGS: Final = (layout.CATALOG_FILE, layout.CLOCK_FILE)


def problem_of_setting(name: str, content: bytes) -> str | None:
    """The reason why a setting cannot be used; `None` if it is valid."""
    try:
        if name == layout.CLOCK_FILE:
            decode_clock(content)
        else:
            parse_catalog(content, name)
    except BadClock as error:
        return str(error)
    except InvalidCatalog as error:
        return f"{error.key}: {error.expected}" if error.key else error.expected
    return None
