"""Which catalog is in force, and reading it."""

from decimal import Decimal
from typing import Final

from coins_cli.errors import InvalidCatalog, NoSuchFile, shortened
from coins_cli.model.catalog import Catalog
from coins_cli.model.default_catalog import DEFAULT_CATALOG
from coins_cli.store.default_catalog import default_catalog_path

CATALOG_BYTES_MAX: Final = 100_000
CATALOG_LINE_BYTES_MAX: Final = 1_000
"""Some nonsense takes the TOML parser a time that grows with the square of a line's length."""


def default_catalog_text() -> bytes:
    """The catalog that comes with coins, to the byte."""
    with open(default_catalog_path(), "rb") as file:
        return file.read()


def default_catalog() -> Catalog:
    """The catalog that comes with coins; what its file says need not be read each time."""
    return DEFAULT_CATALOG


def load_catalog(path: str) -> Catalog:
    """The catalog in the file at `path`; raises `NoSuchFile` and `InvalidCatalog`."""
    try:
        with open(path, "rb") as file:
            text = file.read(CATALOG_BYTES_MAX + 1)
    except FileNotFoundError:
        raise NoSuchFile(path) from None
    except OSError as error:
        raise InvalidCatalog(path, "", f"it cannot be read: {error.strerror}") from None
    return parse_catalog(text, path)


def parse_catalog(text: bytes, source: str) -> Catalog:
    """The catalog that `text` writes as TOML; `InvalidCatalog` names `source` and the key."""
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
