"""Conversion from and to Arrow arrays, without copying texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

import numpy
import pyarrow

from ._errors import BertError, at_record
from ._library import Column, Floats, Valid

if TYPE_CHECKING:
    from ._embedder import SentenceEmbedder


def column(array: Any) -> Column:
    """Returns the texts of an array that is not chunked."""
    kind = array.type
    if pyarrow.types.is_dictionary(kind):
        array = array.dictionary_decode()
    if not pyarrow.types.is_large_string(array.type):
        try:
            array = array.cast(pyarrow.large_string())
        except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError) as error:
            raise BertError(f"a column of {kind} has no texts: {error}", "invalidInput") from None
        if not _is_text(kind):
            raise BertError(f"a column of {kind} has no texts; cast it to string first", "invalidInput")
    valid: Optional[Valid] = None
    if array.null_count:
        valid = array.is_valid().to_numpy(zero_copy_only=False)
    _, offsets, data = array.buffers()
    if len(array) == 0:
        return Column(b"", numpy.zeros(1, numpy.int64))
    places = numpy.frombuffer(offsets, numpy.int64, len(array) + 1, array.offset * 8)
    made = Column(array, places, valid, data.address if data is not None else 0)
    return made


def _is_text(kind: Any) -> bool:
    types = pyarrow.types
    if types.is_dictionary(kind):
        return _is_text(kind.value_type)
    is_view = getattr(types, "is_string_view", lambda kind: False)
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind) or is_view(kind))


def chunks(array: Any) -> List[Any]:
    """Returns the chunks of an array."""
    if isinstance(array, pyarrow.ChunkedArray):
        return list(array.chunks)
    if isinstance(array, pyarrow.Array):
        return [array]
    raise BertError(f"array must be a pyarrow array, not {type(array).__name__}", key="array")


def validity(valid: Optional[Valid]) -> Any:
    return None if valid is None else pyarrow.py_buffer(numpy.packbits(valid, bitorder="little").tobytes())


def fixed_size(vectors: Floats, valid: Optional[Valid]) -> Any:
    """Returns rows as ``FixedSizeList<float32>``."""
    count, dimension = vectors.shape
    values = pyarrow.array(vectors.reshape(-1), pyarrow.float32())
    kind = pyarrow.list_(pyarrow.float32(), dimension)
    return pyarrow.Array.from_buffers(kind, count, [validity(valid)], children=[values])


def lists(vectors: Floats, valid: Optional[Valid]) -> Any:
    """Returns rows as ``List<float32>``, for engines without fixed-size lists."""
    count, dimension = vectors.shape
    if valid is None:
        kept, lengths = vectors, numpy.full(count, dimension)
    else:
        kept, lengths = vectors[valid], numpy.where(valid, dimension, 0)
    offsets = numpy.zeros(count + 1, numpy.int32)
    numpy.cumsum(lengths, out=offsets[1:])
    values = pyarrow.array(numpy.ascontiguousarray(kept).reshape(-1), pyarrow.float32())
    return pyarrow.Array.from_buffers(
        pyarrow.list_(pyarrow.float32()), count, [validity(valid), pyarrow.py_buffer(offsets)], children=[values]
    )


def binary(vectors: Floats, valid: Optional[Valid]) -> Any:
    """Returns rows as ``binary`` with little-endian float32 values."""
    rows = [row.astype("<f4").tobytes() for row in vectors]
    if valid is not None:
        rows = [row if there else None for row, there in zip(rows, valid)]
    return pyarrow.array(rows, pyarrow.binary())


def embed(
    embedder: SentenceEmbedder, array: Any, call: Dict[str, Any], done: Any = None
) -> Tuple[Floats, Optional[Valid], List[Optional[str]]]:
    """Returns the vectors of a column, their validity and, if errors are emitted, the error message of each text."""
    emits = call.get("on_error") == "emit"
    texts = column(array)
    vectors, failures = embedder._handle.embed(texts, call, done)
    messages: List[Optional[str]] = [None] * texts.count if emits else []
    valid = texts.valid
    if failures:
        valid = numpy.ones(texts.count, numpy.bool_) if valid is None else valid.copy()
    for failure in failures:
        assert failure.record is not None and valid is not None
        valid[failure.record] = False
        messages[failure.record] = str(failure)
    return vectors, valid, messages


def encode(embedder: SentenceEmbedder, array: Any, call: Dict[str, Any], show_progress_bar: Optional[bool]) -> Any:
    from ._embedder import progress

    parts, done = [], 0
    pieces = chunks(array)
    draw = progress(len(array), show_progress_bar)
    for chunk in pieces:
        first = done
        try:
            vectors, valid, _ = embed(embedder, chunk, call, draw and (lambda count: draw(first + count)))
        except BertError as error:
            if error.record is not None:
                at_record(error, error.record + first)
            raise
        parts.append(fixed_size(vectors, valid))
        done += len(chunk)
    if isinstance(array, pyarrow.ChunkedArray):
        return pyarrow.chunked_array(parts, pyarrow.list_(pyarrow.float32(), embedder.dimension))
    return parts[0]
