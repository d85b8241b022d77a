"""Reading catalogs from files."""

from decimal import Decimal
from typing import Final

from coins_cli.errors import FileNotReadable, InvalidCatalog, shortened
from coins_cli.files.default_catalog import default_catalog_path
from coins_cli.model.catalog import Catalog
from coins_cli.model.default_catalog import DEFAULT_CATALOG

CATALOG_BYTES_MAX: Final = 100_000
CATALOG_LINE_BYTES_MAX: Final = 1_000
"""The TOML parser can take a time that grows with the square of a line's length."""


def default_catalog_text() -> bytes:
    """The bytes of the catalog that comes with coins."""
    with open(default_catalog_path(), "rb") as file:
        return file.read()


def default_catalog() -> Catalog:
    """The catalog that comes with coins, without reading its file."""
    return DEFAULT_CATALOG


def load_catalog(path: str) -> Catalog:
    """Read the catalog in the file at `path`. Raises `NoSuchFile` and `InvalidCatalog`."""
    from coins_cli.files.inputs import read_input

    try:
        text = read_input(path, most=CATALOG_BYTES_MAX + 1)
    except FileNotReadable as error:
        raise InvalidCatalog(path, "", f"it cannot be read: {error.why}") from None
    return parse_catalog(text, path)


def parse_catalog(text: bytes, source: str) -> Catalog:
    """Parse a catalog in TOML; `InvalidCatalog` names `source` and the key."""
    import tomllib

    from coins_cli.model.catalog_reading import read_catalog

    if len(text) > CATALOG_BYTES_MAX:
        raise InvalidCatalog(source, "", f"expected TOML of at most {CATALOG_BYTES_MAX:,} bytes")
    if max(map(len, text.split(b"\n"))) > CATALOG_LINE_BYTES_MAX:
        why = f"expected TOML with lines of at most {CATALOG_LINE_BYTES_MAX:,} bytes"
        raise InvalidCatalog(source, "", why)
    try:
        tables = tomllib.loads(text.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError:
        raise InvalidCatalog(source, "", "expected UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidCatalog(source, "", shortened(f"expected TOML: {error}")) from None
    except (RecursionError, ValueError, ArithmeticError):
        why = "expected TOML, without numbers or nesting beyond all measure"
        raise InvalidCatalog(source, "", why) from None
    return read_catalog(tables, source)
