"""The part about exports measures what it says."""

import pytest

from . import export
from .__main__ import PARTS
from .measuring import Bench
from .test_bench import check_readable


def test_exports_are_measured_in_each_format_beside_reading_and_by_size(tmp_path):
    rates, memory = export.measure(Bench(tmp_path, "small", rounds=1))
    for table in (rates, memory):
        check_readable(table)
        assert len(table.rows) == len(export.FORMATS)
    assert all(row.beside == "reading alone" for row in rates.rows)
    assert all(row.budget is export.FLAT for row in memory.rows)
    assert all(min(*row.ours, *row.reference) > 1e6 for row in memory.rows)
    assert PARTS["export"] is export.measure


def test_an_export_that_leaves_something_out_is_no_measurement(tmp_path):
    store = export._made(tmp_path, 5, 50)
    store.transactions += 1
    with pytest.raises(RuntimeError, match="fewer"):
        store.export("csv")
    with pytest.raises(RuntimeError, match="fewer"):
        store.read()
