"""Runs the recipes of the article "Clusters"."""

import re

import pytest
from conftest import MODEL, ROOT, rows

pyarrow = pytest.importorskip("pyarrow")
ARTICLE = ROOT / "Sources" / "Bert" / "Bert.docc" / "Clusters.md"


def recipe(engine):
    """Returns the Python block below the heading of an engine."""
    section = re.search(rf"^### {engine}\n(.*?)(?=^##|\Z)", ARTICLE.read_text(), re.M | re.S)
    block = section and re.search(r"```python\n(.*?)```", section.group(1), re.S)
    assert block, f"{ARTICLE.name} has no recipe for {engine}"
    return block.group(1).replace('"all-MiniLM-L6-v2"', repr(MODEL)).replace("384", "16")


def test_daft(tmp_path, check):
    daft = pytest.importorskip("daft")
    names = {"table": daft.from_arrow(pyarrow.Table.from_pylist(rows(600))).into_partitions(4)}
    exec(recipe("Daft"), names)
    check(names["vectors"].to_arrow().to_pylist(), 600)


def test_dask(check):
    dask = pytest.importorskip("dask")
    dataframe = pytest.importorskip("dask.dataframe")
    import pandas

    frame = pandas.DataFrame(rows(600)).astype({"text": "string[pyarrow]"})
    names = {"table": dataframe.from_pandas(frame, npartitions=5)}
    exec(recipe("Dask"), names)
    with dask.config.set(scheduler="threads"):
        found = names["vectors"].compute()
    check(
        [# pandas represents a null as a float.
        {"id": row.id, "embedding": None if isinstance(row.embedding, float) else row.embedding} for row in found.itertuples()],
        600,
    )


def test_duckdb(check):
    duckdb = pytest.importorskip("duckdb")
    table = pyarrow.Table.from_pylist(rows(600))
    connection = duckdb.connect()
    connection.register("texts", table)
    names = {"connection": connection}
    exec(recipe("DuckDB"), names)
    check(names["vectors"].to_pylist() if hasattr(names["vectors"], "to_pylist") else names["vectors"].read_all().to_pylist(), 600)
