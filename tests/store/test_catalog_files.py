"""Reading a catalog from a file, and the one that comes with coins."""

from pathlib import Path

import pytest

from coins_cli.errors import InvalidCatalog, NoSuchFile, UnknownCatalog
from coins_cli.files import catalogs, named_catalogs
from coins_cli.files.catalogs import (
    CATALOG_BYTES_MAX,
    default_catalog,
    default_catalog_text,
    encode_catalog,
    load_catalog,
    parse_catalog,
    source_of,
)
from coins_cli.opening import open_bank
from tests.generated import CATALOG, catalog


def test_the_default_catalog_is_the_file_in_the_checkout(request):
    assert default_catalog_text() == (request.config.rootpath / "catalog.toml").read_bytes()
    assert default_catalog().source == "the default catalog"
    assert list(default_catalog().packs) == ["100", "500", "2000", "5000", "10000"]


def test_the_default_catalog_is_found_in_the_package_first(tmp_path, monkeypatch):
    package = tmp_path / "coins_cli"
    (package / "store").mkdir(parents=True)
    monkeypatch.setattr(named_catalogs, "__file__", str(package / "store/here.py"))
    with pytest.raises(FileNotFoundError, match="missing from the installation"):
        default_catalog_text()
    (tmp_path / "catalog.toml").write_text("beside it")
    assert default_catalog_text() == b"beside it"
    (package / "catalog.toml").write_text("in it")
    assert default_catalog_text() == b"in it"


def test_a_catalog_is_read_from_a_file_and_names_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(default_catalog_text())
    catalog = load_catalog(str(path))
    assert catalog.source == str(path)
    assert catalog.gifts == default_catalog().gifts


def test_a_catalog_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NoSuchFile, match="mine"):
        load_catalog(str(tmp_path / "mine.toml"))


def test_a_folder_is_not_a_catalog(tmp_path):
    with pytest.raises(InvalidCatalog, match="cannot be read: it is a folder"):
        load_catalog(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\xff\xfe", "expected UTF-8 text"),
        (b"packs = ", "expected TOML"),
        (b"a = 1\na = 2", "expected TOML"),
        (b"a = " + b"[" * 5_000, "expected TOML"),
        (b"a = " + b"[\n" * 5_000, "beyond all measure"),
        (b"a = " + b"9" * 5_000, "expected TOML"),
        (b"a = 2026-02-30", "expected TOML"),
        (b"#" * (CATALOG_BYTES_MAX + 1), "at most 100,000 bytes"),
        (b"", "missing"),
        (b"\0", "expected TOML"),
    ],
    ids=[
        "not UTF-8",
        "cut",
        "doubled",
        "too deep",
        "too deep in lines",
        "too long",
        "no date",
        "too large",
        "",
        "zero",
    ],
)
def test_what_is_not_a_catalog_is_refused_in_words(tmp_path, text, expected):
    with pytest.raises(InvalidCatalog, match=expected):
        parse_catalog(text, "mine.toml")
    path = tmp_path / "mine.toml"
    path.write_bytes(text)
    with pytest.raises(InvalidCatalog, match=expected) as refusal:
        load_catalog(str(path))
    assert refusal.value.file == str(path)


def test_the_default_catalog_says_what_its_file_says():
    assert CATALOG.read_text(encoding="utf-8") == catalog(), "run: python -m tests.generated"
    parsed = parse_catalog(default_catalog_text(), "the default catalog")
    assert default_catalog() == parsed
    assert list(default_catalog().packs) == list(parsed.packs)
    assert list(default_catalog().gifts) == list(parsed.gifts)


def test_the_named_catalogs_are_the_files_that_come_with_coins():
    folder = Path(named_catalogs.__file__).parents[1] / "catalogs"
    files = {file.stem for file in folder.iterdir() if file.suffix == ".toml"}
    assert files == named_catalogs.NAMED_CATALOGS.keys() - {"default"}
    for name in files:
        assert "\n# Source: " in (folder / f"{name}.toml").read_text(encoding="utf-8")
        assert load_catalog(name).source == f"the catalog {name}"
    assert load_catalog("default") is default_catalog()


def test_a_path_is_a_file_even_if_it_is_called_as_a_catalog(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("older-prices").write_bytes(default_catalog_text())
    assert "500" in open_bank("store", catalog=Path("older-prices")).catalog.packs
    assert list(open_bank("store", catalog="older-prices").catalog.packs) == ["300"]


def test_a_name_of_nothing_is_unknown_and_a_path_to_nothing_is_no_file(tmp_path):
    with pytest.raises(UnknownCatalog) as unknown:
        load_catalog("older-price")
    assert unknown.value.close == ["older-prices"]
    with pytest.raises(NoSuchFile):
        load_catalog(str(tmp_path / "older-prices"))
    with pytest.raises(NoSuchFile):
        load_catalog("older-prices.toml")


def test_the_source_of_a_catalog_is_its_name_in_words_or_its_path():
    assert source_of("default") == default_catalog().source
    assert source_of("older-prices") == "the catalog older-prices"
    assert source_of("my/prices.toml") == "my/prices.toml"


def test_a_catalog_that_would_read_back_as_another_is_not_written(monkeypatch):
    other = load_catalog("older-prices")
    monkeypatch.setattr(catalogs, "parse_catalog", lambda text, source: other)
    with pytest.raises(AssertionError, match="reads back as another"):
        encode_catalog(default_catalog())
