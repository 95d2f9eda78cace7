"""Embeddings for LlamaIndex.

>>> from swift_bert.llama_index import SwiftBertEmbedding
>>> SwiftBertEmbedding("all-MiniLM-L6-v2").get_query_embedding("Who makes music?")
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, List, Union

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from ._embedder import SentenceEmbedder


class SwiftBertEmbedding(BaseEmbedding):  # type: ignore[misc, unused-ignore]
    """A LlamaIndex embedding model, computed by a :class:`~swift_bert.SentenceEmbedder`.

    :param model: the folder or id of a model, or an embedder.
    :param embed_batch_size: the number of texts per call; it doesn't affect the result.
    :param options: options of the embedder.
    """

    _embedder: SentenceEmbedder = PrivateAttr()

    def __init__(
        self, model: Union[str, "os.PathLike[str]", SentenceEmbedder], embed_batch_size: int = 256, **options: Any
    ) -> None:
        embedder = model if isinstance(model, SentenceEmbedder) else SentenceEmbedder(model, **options)
        super().__init__(model_name=embedder.model, embed_batch_size=embed_batch_size)
        self._embedder = embedder

    @classmethod
    def class_name(cls) -> str:
        return "SwiftBertEmbedding"

    def _get_query_embedding(self, query: str) -> List[float]:
        vector: List[float] = self._embedder.encode_query(query).tolist()
        return vector

    def _get_text_embedding(self, text: str) -> List[float]:
        vector: List[float] = self._embedder.encode_document(text).tolist()
        return vector

    def _get_text_embeddings(self, texts: List[str]) -> List[List[float]]:
        vectors: List[List[float]] = self._embedder.encode_document(texts).tolist()
        return vectors

    async def _aget_query_embedding(self, query: str) -> List[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embeddings(self, texts: List[str]) -> List[List[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)

    async def _aget_text_embedding(self, text: str) -> List[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)
