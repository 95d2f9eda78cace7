"""Embeddings for Ray Data, computed in actors.

>>> from swift_bert.ray import embed
>>> embed(ray.data.read_parquet("reviews"), "/models/all-MiniLM-L6-v2", text="body").write_parquet("vectors")

An actor uses ``num_cpus`` threads. A sink without commits may write a row twice after a failure; deduplicate rows by id.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Optional, Tuple, Union

from ._engines import call_options, check_columns, check_on_error, open_options, open_shared
from ._errors import BertError

if TYPE_CHECKING:
    from ray.data import Dataset


class Embed:
    """A class for ``Dataset.map_batches(Embed, batch_format="pyarrow", fn_constructor_args=(model,), …)``.

    Adds a column of vectors, ``FixedSizeList<float32>``, to each batch. Vectors of null texts are null. With
    ``on_error="emit"``, it also adds a column ``error``.
    """

    def __init__(
        self,
        model: Union[str, "os.PathLike[str]"],
        *,
        text: str = "text",
        output: str = "embedding",
        backend: str = "simd",
        precision: Optional[str] = None,
        auto_truncate: bool = False,
        prompt: Optional[str] = None,
        on_error: str = "fail",
        expect: Any = None,
    ) -> None:
        options = open_options(backend, precision, auto_truncate, prompt, expect)
        self.text, self.output, self.on_error = text, output, check_on_error(on_error)
        self.embedder = open_shared(os.fspath(model), options)

    def __call__(self, batch: Any) -> Any:
        import pyarrow

        from . import _arrow

        if not isinstance(batch, pyarrow.Table):
            raise BertError(
                f"a batch is a {type(batch).__name__}; call map_batches with batch_format=\"pyarrow\"", key="batch_format"
            )
        check_columns(batch.column_names, self.text, [self.output, "error"] if self.on_error == "emit" else [self.output])
        vectors, messages = [], []
        for chunk in _arrow.chunks(batch.column(self.text)):
            rows, valid, words = _arrow.embed(self.embedder, chunk, call_options(self.on_error))
            vectors.append(_arrow.fixed_size(rows, valid))
            messages += words
        kind = pyarrow.list_(pyarrow.float32(), self.embedder.dimension)
        table = batch.append_column(self.output, pyarrow.chunked_array(vectors, kind))
        if self.on_error == "emit":
            table = table.append_column("error", pyarrow.array(messages, pyarrow.string()))
        return table


def _pool(cpus: float, num_cpus: float) -> Tuple[int, float]:
    """Returns the maximum number of actors and the CPUs of each. One CPU must remain free, or read tasks never run."""
    if cpus <= 1:
        return 1, 0
    num_cpus = min(num_cpus, cpus - 1)
    return max(1, int((cpus - 1) / num_cpus)) if num_cpus > 0 else max(1, int(cpus - 1)), num_cpus


def embed(
    ds: Dataset,
    model: Union[str, "os.PathLike[str]"],
    *,
    concurrency: Union[int, Tuple[int, int], None] = None,
    num_cpus: float = 1,
    batch_size: int = 1024,
    **options: Any,
) -> Dataset:
    """Adds a column of vectors to a dataset, computed by a pool of actors.

    :param concurrency: the number of actors, or a range; by default from 1 to the number that leaves one CPU free.
    :param num_cpus: the number of CPUs and threads per actor.
    :param batch_size: the number of rows per call; it doesn't affect the result.
    :param options: options of :class:`Embed`.
    :raises BertError: if the results of the backend depend on the batch.
    """
    open_options(options.get("backend"), None, False, None, None)
    check_on_error(options.get("on_error", "fail"))
    import ray
    from ray.data import ActorPoolStrategy

    if not ray.is_initialized():
        ray.init()
    most, share = _pool(float(ray.cluster_resources().get("CPU", 1)), num_cpus)
    concurrency = (1, most) if concurrency is None else concurrency
    if isinstance(concurrency, tuple):
        pool = ActorPoolStrategy(min_size=concurrency[0], max_size=concurrency[1])
    else:
        pool = ActorPoolStrategy(size=concurrency)
    return ds.map_batches(
        Embed, batch_format="pyarrow", batch_size=batch_size, num_cpus=share, compute=pool,
        fn_constructor_args=(os.fspath(model),), fn_constructor_kwargs=options,
    )
