"""Runs the recipes of the article "Clusters"."""

import os
import pathlib
import pickle
import re
import signal
import subprocess
import sys

import pytest
from conftest import MODEL, ROOT, rows

pyarrow = pytest.importorskip("pyarrow")
ARTICLE = ROOT / "Sources" / "Bert" / "Bert.docc" / "Clusters.md"


def recipe(engine, model=MODEL, dimension=16):
    """Returns the Python block below the heading of an engine, with another model."""
    section = re.search(rf"^### {engine}\n(.*?)(?=^##|\Z)", ARTICLE.read_text(), re.M | re.S)
    block = section and re.search(r"```python\n(.*?)```", section.group(1), re.S)
    assert block, f"{ARTICLE.name} has no recipe for {engine}"
    return block.group(1).replace('"all-MiniLM-L6-v2"', repr(model)).replace("384", str(dimension))


def test_daft(tmp_path, check):
    daft = pytest.importorskip("daft")
    names = {"table": daft.from_arrow(pyarrow.Table.from_pylist(rows(600))).into_partitions(4)}
    exec(recipe("Daft"), names)
    check(names["vectors"].to_arrow().to_pylist(), 600)


DAFT_ON_RAY = """
import os, pickle, signal, sys
import daft, pyarrow, ray
from conftest import rows
from test_recipes import recipe

mark, output = sys.argv[1:]
ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=200 << 20)
daft.set_runner_ray()
names = {"table": daft.from_arrow(pyarrow.Table.from_pylist(rows(600))).into_partitions(4)}
exec(recipe("Daft"), names)

@daft.func.batch(return_dtype=daft.DataType.int64())
def die(ids):
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return ids.to_arrow()
    os.kill(os.getpid(), signal.SIGKILL)

vectors = names["vectors"]
with open(output, "wb") as file:
    pickle.dump(vectors.with_column("id", die(vectors["id"])).to_arrow().to_pylist(), file)
"""


def test_daft_on_ray_starts_a_killed_worker_again(check, tmp_path):
    pytest.importorskip("daft")
    pytest.importorskip("ray")
    mark, output = tmp_path / "killed", tmp_path / "rows"
    # The engine of a process can't be changed.
    subprocess.run(
        [sys.executable, "-c", DAFT_ON_RAY, mark, output], cwd=pathlib.Path(__file__).parent, check=True, timeout=120)
    with open(output, "rb") as file:
        check(pickle.load(file), 600)
    assert mark.exists()


@pytest.fixture
def dask_vectors():
    """Returns the data frame of the recipe."""
    dataframe = pytest.importorskip("dask.dataframe")
    import pandas

    frame = pandas.DataFrame(rows(600)).astype({"text": "string[pyarrow]"})
    names = {"table": dataframe.from_pandas(frame, npartitions=5)}
    exec(recipe("Dask"), names)
    return names["vectors"]


def dask_rows(found):
    """Returns the rows of a data frame of pandas, which represents a null as a float."""
    return [
        {"id": row.id, "embedding": None if isinstance(row.embedding, float) else row.embedding} for row in found.itertuples()
    ]


def test_dask(dask_vectors, check):
    import dask

    with dask.config.set(scheduler="threads"):
        check(dask_rows(dask_vectors.compute()), 600)


def test_dask_starts_a_killed_worker_again(dask_vectors, check, tmp_path):
    distributed = pytest.importorskip("distributed")
    mark = str(tmp_path / "killed")

    def die(part):
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return part
        os.kill(os.getpid(), signal.SIGKILL)

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with distributed.Client(cluster):
            check(dask_rows(dask_vectors.map_partitions(die, meta=dask_vectors._meta).compute()), 600)
    assert os.path.exists(mark)


def test_duckdb(check):
    duckdb = pytest.importorskip("duckdb")
    table = pyarrow.Table.from_pylist(rows(600))
    connection = duckdb.connect()
    connection.register("texts", table)
    names = {"connection": connection}
    exec(recipe("DuckDB"), names)
    check(names["vectors"].to_pylist() if hasattr(names["vectors"], "to_pylist") else names["vectors"].read_all().to_pylist(), 600)
