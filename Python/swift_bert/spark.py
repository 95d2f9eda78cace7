"""Embeddings for Spark, computed in Python workers.

>>> from swift_bert.spark import embed
>>> embed(spark.read.parquet("reviews"), "/models/all-MiniLM-L6-v2", text="body").write.parquet("vectors")

The package and the model's folder must be on every node, or be shipped as archives (``spark.archives``). Set
``PYSPARK_PYTHON``; otherwise workers use the ``python3`` on their PATH. A worker uses ``spark.task.cpus`` threads.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Iterator, Union

from ._engines import call_options, check_columns, check_on_error, open_options, open_shared

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class _Embed:
    """Processes batches in a worker. Only the options are serialized; the worker loads the model."""

    def __init__(
        self, model: str, text: str, output: str, on_error: str, as_binary: bool, options: Dict[str, Any]
    ) -> None:
        self.model, self.text, self.output, self.options = model, text, output, options
        self.on_error, self.as_binary = on_error, as_binary

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow

        from . import _arrow

        embedder = open_shared(self.model, self.options)
        made = _arrow.binary if self.as_binary else _arrow.lists
        for batch in batches:
            texts = batch.column(batch.schema.get_field_index(self.text))
            vectors, valid, messages = _arrow.embed(embedder, texts, call_options(self.on_error))
            arrays = [*batch.columns, made(vectors, valid)]
            if self.on_error == "emit":
                arrays.append(pyarrow.array(messages, pyarrow.string()))
            names = [*batch.schema.names, self.output, "error"]
            yield pyarrow.RecordBatch.from_arrays(arrays, names[: len(arrays)])


def embed(
    df: DataFrame,
    model: Union[str, "os.PathLike[str]"],
    *,
    text: str = "text",
    output: str = "embedding",
    backend: str = "simd",
    precision: Union[str, None] = None,
    auto_truncate: bool = False,
    prompt: Union[str, None] = None,
    on_error: str = "fail",
    expect: Any = None,
    as_binary: bool = False,
) -> DataFrame:
    """Adds a column of vectors, ``array<float>``. Vectors of null texts are null.

    :param text: the column of texts.
    :param output: the name of the new column.
    :param on_error: ``"fail"`` fails the task if a text can't be embedded; ``"emit"`` sets its vector to null and adds the
        reason in the column ``error``.
    :param expect: the fingerprint that the model must have on all workers.
    :param as_binary: store vectors as ``binary`` with little-endian float32 values, which is smaller and six times as fast
        to write.
    :raises BertError: if the results of the backend depend on the batch, the text column is missing, or an output column
        exists.
    """
    from pyspark.sql.types import ArrayType, BinaryType, FloatType, StringType, StructField, StructType

    options = open_options(backend, precision, auto_truncate, prompt, expect)
    check_on_error(on_error)
    added = [StructField(output, BinaryType() if as_binary else ArrayType(FloatType(), False), True)]
    if on_error == "emit":
        added.append(StructField("error", StringType(), True))
    check_columns(df.columns, text, [field.name for field in added])
    work = _Embed(os.fspath(model), text, output, on_error, as_binary, options)
    return df.mapInArrow(work, StructType([*df.schema.fields, *added]))
