import os
import signal
import sys

import pytest
from conftest import MODEL, rows

pyspark = pytest.importorskip("pyspark")


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        # By default, local mode doesn't retry tasks.
        SparkSession.builder.master("local[2,4]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def table(spark):
    return spark.createDataFrame(rows(600), "id long, text string").repartition(4, "id")


def collected(frame):
    return [row.asDict() for row in frame.collect()]


def test_same_bytes_in_any_partition(spark, table, check, fingerprint):
    from swift_bert.spark import embed

    frame = embed(table, MODEL, expect=fingerprint)
    assert frame.schema["embedding"].dataType.simpleString() == "array<float>"
    check(collected(frame), 600)
    check(collected(embed(table.repartition(1), MODEL, as_binary=True)), 600)


def test_a_killed_worker_is_tried_again(spark, table, check, tmp_path):
    from swift_bert.spark import embed

    mark = str(tmp_path / "killed")

    def die(batches):
        for batch in batches:
            yield batch
            try:
                os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)

    frame = embed(table, MODEL)
    check(collected(frame.mapInArrow(die, frame.schema)), 600)
    assert os.path.exists(mark)


def test_texts_that_fail_are_told_or_fail_the_job(spark, check):
    from pyspark.errors import PySparkException

    from swift_bert.spark import embed

    made = rows(5) + [{"id": 5, "text": "movie " * 2000}]
    frame = spark.createDataFrame(made, "id long, text string")
    found = {row["id"]: row for row in collected(embed(frame, MODEL, on_error="emit"))}
    assert found[5]["embedding"] is None and "tokens" in found[5]["error"]
    assert found[0]["error"] is None and found[3]["error"] is None
    with pytest.raises(PySparkException) as error:
        collected(embed(frame, MODEL))
    assert "tokens" in str(error.value)
    assert len(collected(embed(frame, MODEL, auto_truncate=True))) == 6


def test_what_cannot_be_is_refused_before_the_job(table):
    from swift_bert import BertError
    from swift_bert.spark import embed

    for bad in ({"backend": "auto"}, {"backend": "onednn"}, {"on_error": "skip"}, {"text": "body"}, {"output": "id"},
                {"on_error": "emit", "output": "error"}):
        with pytest.raises(BertError):
            embed(table, MODEL, **bad)
    twice = table.join(table.withColumnRenamed("id", "other"), table.id == 0).drop("other")
    with pytest.raises(BertError, match="several columns text"):
        embed(twice, MODEL)
