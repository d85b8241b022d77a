"""Reading catalogs from files, and writing them."""

from decimal import Decimal
from typing import Final

from coins_cli.errors import (
    FileNotReadable,
    InvalidCatalog,
    NoSuchFile,
    UnknownCatalog,
    shortened,
)
from coins_cli.files.named_catalogs import NAMED_CATALOGS, named_catalog_path
from coins_cli.model.catalog import Catalog
from coins_cli.model.default_catalog import DEFAULT_CATALOG

CATALOG_BYTES_MAX: Final = 100_000
CATALOG_LINE_BYTES_MAX: Final = 1_000
"""The TOML parser can take a time that grows with the square of a line's length."""


WRITTEN_BY: Final = (
    b"# Written by coins catalog, which keeps no comments; coins catalog show explains it.\n\n"
)


def default_catalog_text() -> bytes:
    """The bytes of the default catalog."""
    return named_catalog_text("default")


def named_catalog_text(name: str) -> bytes:
    """The bytes of a catalog that comes with coins."""
    with open(named_catalog_path(name), "rb") as file:
        return file.read()


def default_catalog() -> Catalog:
    """The default catalog, without reading its file."""
    return DEFAULT_CATALOG


def load_catalog(named: str) -> Catalog:
    """The catalog of that name that comes with coins, or else the one in the file at that path.

    A file in the current folder that is called as one of them is `./NAME`. Raises `NoSuchFile`,
    `UnknownCatalog` for what looks like a name, and `InvalidCatalog`.
    """
    if named == "default":
        return DEFAULT_CATALOG
    return parse_catalog(catalog_text(named), source_of(named))


def source_of(named: str) -> str:
    """The source of a catalog in messages: a name in words, a path as it is."""
    if named == "default":
        return DEFAULT_CATALOG.source
    return f"the catalog {named}" if named in NAMED_CATALOGS else named


def catalog_text(named: str) -> bytes:
    """The bytes of what `load_catalog` reads. Raises as it does."""
    if named in NAMED_CATALOGS:
        return named_catalog_text(named)
    from coins_cli.files.inputs import read_input

    try:
        return read_input(named, most=CATALOG_BYTES_MAX + 1)
    except NoSuchFile:
        if "/" in named or "." in named:
            raise
        from coins_cli.model.names import closest

        raise UnknownCatalog(named, closest(named, NAMED_CATALOGS)) from None
    except FileNotReadable as error:
        raise InvalidCatalog(named, "", f"it cannot be read: {error.why}") from None


def encode_catalog(catalog: Catalog) -> bytes:
    """The catalog as TOML, which reads back the same. Raises `InvalidCatalog` if it is too long."""
    import tomli_w  # here, because only commands that write a catalog need it

    from coins_cli.model.catalog_editing import tables_of
    from coins_cli.model.catalog_keys import values_of

    text = WRITTEN_BY + tomli_w.dumps(tables_of(values_of(catalog))).encode()
    if parse_catalog(text, catalog.source) != catalog:
        raise AssertionError("a catalog that was written reads back as another one")
    return text


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
