"""Measures what each engine adds per vector, and the memory of a worker, for the table in the article "Clusters".

    python Python/engines/overhead.py MODEL [ENGINE]...

Run it with the environment of `make test-engines` and the release wheel. Every engine has one worker with one thread. The
overhead is the time of a job with vectors, without the time of the same job without them and the time of the computation in a
single process. Jobs with few texts are subtracted from jobs with many, so that the start of workers isn't included. The model of
the jobs is tiny, but its vectors have the size of MiniLM's.
"""

import atexit
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

os.environ.update(OMP_NUM_THREADS="1", BERT_NUM_THREADS="1", RAY_TRAIN_V2_ENABLED="0")
os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable

import numpy  # noqa: E402
import pyarrow  # noqa: E402
from conftest import MODEL, WORDS  # noqa: E402
from test_recipes import recipe  # noqa: E402

from swift_bert import shared  # noqa: E402

FEW, MANY, ROUNDS = 2_000, 62_000, 5
DIMENSION = 384


def wide(folder):
    """Makes a copy of the tiny model with a layer that gives vectors of DIMENSION components."""
    shutil.copytree(MODEL, folder)
    width = shared(MODEL, backend="simd").dimension
    weight = numpy.random.default_rng(0).normal(size=(DIMENSION, width)).astype(numpy.float32).tobytes()
    (folder / "9_Dense").mkdir()
    config = {"in_features": width, "out_features": DIMENSION, "bias": False,
              "activation_function": "torch.nn.modules.linear.Identity"}
    (folder / "9_Dense" / "config.json").write_text(json.dumps(config))
    header = json.dumps(
        {"linear.weight": {"dtype": "F32", "shape": [DIMENSION, width], "data_offsets": [0, len(weight)]}}).encode()
    (folder / "9_Dense" / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + weight)
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": len(modules), "name": "9", "path": "9_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))
    return str(folder)


def column(count):
    return [" ".join(WORDS[: 1 + index % len(WORDS)]) for index in range(count)]


def spark():
    from pyspark.sql import SparkSession

    from swift_bert.spark import embed

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    words = ", ".join(f"'{word}'" for word in WORDS)

    def job(count, embeds):
        table = session.range(count, numPartitions=1).selectExpr(
            "id", f"concat_ws(' ', slice(array({words}), 1, cast(1 + id % {len(WORDS)} as int))) as text")
        (embed(table, model) if embeds else table).write.format("noop").mode("overwrite").save()

    return job


def ray():
    import ray

    from swift_bert.ray import embed

    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=500 << 20)
    ray.data.DataContext.get_current().enable_progress_bars = False

    def job(count, embeds):
        table = ray.data.from_arrow(pyarrow.table({"text": column(count)}))
        (embed(table, model, concurrency=1) if embeds else table.map_batches(lambda batch: batch)).materialize()

    return job


def daft():
    import daft

    def job(count, embeds):
        names = {"table": daft.from_arrow(pyarrow.table({"text": column(count)}))}
        exec(recipe("Daft", model, DIMENSION), names)
        names["vectors" if embeds else "table"].collect()

    return job


def dask():
    import dask
    import dask.dataframe
    import pandas

    def job(count, embeds):
        frame = pandas.DataFrame({"text": column(count)}).astype({"text": "string[pyarrow]"})
        names = {"table": dask.dataframe.from_pandas(frame, npartitions=1)}
        exec(recipe("Dask", model, DIMENSION), names)
        with dask.config.set(scheduler="synchronous"):
            names["vectors" if embeds else "table"].compute()

    return job


def duckdb():
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    names = {"connection": connection}

    def job(count, embeds):
        connection.register("texts", pyarrow.table({"text": column(count)}))
        if embeds and "vectors" not in names:
            exec(recipe("DuckDB", model, DIMENSION), names)
            # A connection has one open result.
            names["vectors"].read_all()
        connection.sql(f"SELECT count({'embed(text)' if embeds else 'text'}) FROM texts").fetchall()

    return job


def direct():
    def job(count, embeds):
        texts = pyarrow.array(column(count))
        if embeds:
            shared(model, backend="simd").encode_arrow(texts)

    return job


def per_text(job):
    """Returns the seconds that a vector takes."""

    def seconds(count, embeds):
        def once():
            start = time.perf_counter()
            job(count, embeds)
            return time.perf_counter() - start

        return min(once() for _ in range(ROUNDS))

    job(FEW, True)
    with_vectors = seconds(MANY, True) - seconds(FEW, True)
    return (with_vectors - seconds(MANY, False) + seconds(FEW, False)) / (MANY - FEW)


def memory(model):
    """Returns the private memory of this process in MB after a batch of long texts, of which the packages take the second."""

    def private():
        with open("/proc/self/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty")) / 1024

    before = private()
    embedder = shared(model, backend="simd")
    embedder.encode([" ".join(WORDS * 6)] * 300)
    return private(), before


if __name__ == "__main__":
    engines = {"spark": spark, "ray": ray, "daft": daft, "dask": dask, "duckdb": duckdb}
    print("memory: %.0f MB, of which Python and its packages take %.0f MB" % memory(sys.argv[1]), flush=True)
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    model = wide(pathlib.Path(folder) / "model")
    assert shared(model, backend="simd").dimension == DIMENSION
    alone = per_text(direct())
    print(f"one process: {alone * 1e6:.1f} µs per text", flush=True)
    for name in sys.argv[2:] or engines:
        print(f"{name}: {(per_text(engines[name]()) - alone) * 1e6:.1f} µs more", flush=True)
