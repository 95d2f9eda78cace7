import asyncio

import numpy
import pytest

from swift_bert import BertError


def test_langchain(embedder, texts):
    pytest.importorskip("langchain_core")
    from langchain_core.embeddings import Embeddings

    from swift_bert.langchain import SwiftBertEmbeddings

    model = SwiftBertEmbeddings(embedder.model, backend="simd")
    assert isinstance(model, Embeddings)
    assert numpy.float32(model.embed_documents(texts)).tobytes() == embedder.encode_document(texts).tobytes()
    assert numpy.float32(model.embed_query(texts[0])).tobytes() == embedder.encode_query(texts[0]).tobytes()
    assert asyncio.run(model.aembed_query(texts[0])) == model.embed_query(texts[0])
    assert model.embed_documents([]) == []
    with pytest.raises(BertError, match="texts is a single text"):
        model.embed_documents("a text")
    with pytest.raises(BertError, match="text 0 must be a str"):
        model.embed_query(["a text"])


def test_langchain_store_finds_the_text(embedder, texts):
    pytest.importorskip("langchain_core")
    from langchain_core.vectorstores import InMemoryVectorStore

    from swift_bert.langchain import SwiftBertEmbeddings

    store = InMemoryVectorStore(SwiftBertEmbeddings(embedder))
    store.add_texts(["a great film", "the end"])
    assert store.similarity_search("a great film", k=1)[0].page_content == "a great film"


def test_llama_index(embedder, texts):
    pytest.importorskip("llama_index.core")
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from swift_bert.llama_index import SwiftBertEmbedding

    model = SwiftBertEmbedding(embedder.model, backend="simd")
    assert isinstance(model, BaseEmbedding)
    assert numpy.float32(model.get_query_embedding(texts[0])).tobytes() == embedder.encode_query(texts[0]).tobytes()
    documents = embedder.encode_document(texts)
    assert numpy.float32(model.get_text_embedding_batch(texts)).tobytes() == documents.tobytes()
    assert numpy.float32(asyncio.run(model.aget_text_embedding(texts[2]))).tobytes() == documents[2].tobytes()
    assert numpy.float32(asyncio.run(model.aget_text_embedding_batch(texts))).tobytes() == documents.tobytes()
