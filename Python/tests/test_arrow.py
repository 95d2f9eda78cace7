import pickle

import numpy
import pytest

from swift_bert import BertError

pyarrow = pytest.importorskip("pyarrow")


def rows(array):
    return [None if row is None else numpy.float32(row).tobytes() for row in array.to_pylist()]


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary", "chunked", "sliced"])
def test_every_layout_of_texts_gives_the_same_vectors(embedder, texts, kind):
    column = [texts[0], None, texts[2], texts[3], None, texts[1]] * 60
    array = pyarrow.array(column)
    if kind == "large_string":
        array = array.cast(pyarrow.large_string())
    elif kind == "string_view":
        if not hasattr(pyarrow, "string_view"):
            pytest.skip("this pyarrow has no string_view")
        array = pyarrow.array(column, pyarrow.string_view())
    elif kind == "dictionary":
        array = array.dictionary_encode()
    elif kind == "chunked":
        array = pyarrow.chunked_array([column[:7], [], column[7:]], pyarrow.string())
    elif kind == "sliced":
        array = pyarrow.array(["x", None, "y"] + column + ["z"]).slice(3, len(column))
    vectors = embedder.encode_arrow(array)
    vectors.validate(full=True)
    assert vectors.type == pyarrow.list_(pyarrow.float32(), embedder.dimension)
    expected = [None if text is None else embedder.encode(text).tobytes() for text in column[:6]] * 60
    assert rows(vectors) == expected


def test_nothing_and_nulls_alone(embedder):
    assert len(embedder.encode_arrow(pyarrow.array([], pyarrow.string()))) == 0
    assert embedder.encode_arrow(pyarrow.nulls(3)).to_pylist() == [None] * 3
    assert embedder.encode_arrow(pyarrow.array([None, None], pyarrow.string())).null_count == 2


def test_columns_without_texts_are_refused(embedder):
    for bad in (pyarrow.array([1, 2]), [["a"]], "a"):
        with pytest.raises(BertError):
            embedder.encode_arrow(bad)
    with pytest.raises(BertError) as error:
        embedder.encode_arrow(pyarrow.chunked_array([["a"] * 5, ["movie " * 2000]]))
    assert error.value.record == 5 and "text 5" in str(error.value)
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


def test_bytes_that_are_no_text_are_named(embedder):
    bad = pyarrow.Array.from_buffers(
        pyarrow.string(), 2, [None, pyarrow.py_buffer(numpy.array([0, 1, 3], numpy.int32)), pyarrow.py_buffer(b"a\xff\xfe")]
    )
    with pytest.raises(BertError) as error:
        embedder.encode_arrow(bad)
    assert error.value.record in (1, None) and "UTF" in str(error.value)
