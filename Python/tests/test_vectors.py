import json

import numpy
import pytest

from conftest import FIXTURES
from swift_bert import BertError, MultiVectorEncoder, SentenceEmbedder, SparseEncoder


def expected(name, file="expected.safetensors"):
    """Reads the tensors of a fixture."""
    data = (FIXTURES / "sentences" / name / file).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    types = {"F64": numpy.float64, "F32": numpy.float32, "I64": numpy.int64, "I32": numpy.int32}
    return {
        key: numpy.frombuffer(data, types[info["dtype"]], offset=8 + size + info["data_offsets"][0],
                              count=int(numpy.prod(info["shape"]))).reshape(info["shape"])
        for key, info in header.items() if key != "__metadata__"
    }


def case(name, which):
    cases = json.loads((FIXTURES / "sentences" / name / "cases.json").read_text())["cases"]
    return next(c for c in cases if c["name"] == which)


def dense(vectors, width):
    rows = numpy.zeros((len(vectors), width), numpy.float32)
    for row, vector in zip(rows, vectors):
        row[vector.indices] = vector.values
    return rows


def test_sparse_vectors_are_those_of_sentence_transformers():
    encoder = SparseEncoder(FIXTURES / "sentences/splade-bert", backend="simd", auto_truncate=True)
    texts = case("splade-bert", "encode")["texts"]
    vectors = encoder.encode(texts)
    want = expected("splade-bert")["encode/out/sentence_embedding"]
    got = dense(vectors, encoder.get_embedding_dimension())
    assert numpy.allclose(got, want, atol=6e-5, rtol=1e-4)
    assert numpy.allclose(encoder.similarity(vectors[:2], vectors), got[:2] @ got.T, rtol=1e-4)
    data, indices, ends = encoder.csr(vectors)
    assert len(data) == len(indices) == ends[-1] == (got != 0).sum()
    assert len(encoder.encode(texts[0], max_active_dims=3).indices) == 3
    assert encoder.encode([]) == [] and len(encoder.csr([])[0]) == 0


def test_queries_of_inference_free_models_use_static_weights():
    encoder = SparseEncoder(FIXTURES / "sentences/splade-inference-free", backend="simd")
    assert encoder.settings["inference_free"]
    texts = case("splade-inference-free", "query")["texts"]
    want = expected("splade-inference-free")["query/out/sentence_embedding"]
    assert numpy.allclose(dense(encoder.encode_query(texts), want.shape[1]), want, atol=6e-5, rtol=1e-4)


def test_multi_vectors_rank_by_maxsim():
    encoder = MultiVectorEncoder(FIXTURES / "sentences/colbert-st", backend="simd", auto_truncate=True)
    documents = ["a good movie", "slow", ""]
    vectors = encoder.encode_document(documents)
    query = encoder.encode_query("good")
    assert query.shape[1] == vectors[0].shape[1] == encoder.get_embedding_dimension()
    scores = encoder.scores(query, vectors)
    assert numpy.isclose(scores[0], (query @ vectors[0].T).max(axis=1).sum())
    assert encoder.scores(query.tolist(), [vector.tolist() for vector in vectors]).tobytes() == scores.tobytes()
    ranks = encoder.rank("good", documents)
    assert [rank["score"] for rank in ranks] == sorted((float(score) for score in scores), reverse=True)
    assert encoder.rank("good", documents, top_k=1) == ranks[:1]
    with pytest.raises(BertError) as caught:
        encoder.scores(query, [numpy.zeros((2, 3), numpy.float32)])
    assert caught.value.record == 0


def test_models_of_other_kinds_are_refused():
    with pytest.raises(BertError):
        SparseEncoder(FIXTURES / "pipelines/sentence-bert")
    with pytest.raises(BertError):
        SentenceEmbedder(FIXTURES / "sentences/splade-bert")
    encoder = SparseEncoder(FIXTURES / "sentences/splade-bert", backend="simd")
    with pytest.raises(BertError):
        encoder.encode(["a"], max_active_dims=0)
    with pytest.raises(BertError):
        encoder.encode(["a"], prompt_name="nothing")
