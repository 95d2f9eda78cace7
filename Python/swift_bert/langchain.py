"""Embeddings for LangChain.

>>> from swift_bert.langchain import SwiftBertEmbeddings
>>> SwiftBertEmbeddings("all-MiniLM-L6-v2").embed_query("Who makes music?")
"""

from __future__ import annotations

import os
from typing import Any, List, Union

from langchain_core.embeddings import Embeddings

from ._embedder import SentenceEmbedder
from ._library import listed


class SwiftBertEmbeddings(Embeddings):  # type: ignore[misc, unused-ignore]
    """LangChain embeddings, computed by a :class:`~swift_bert.SentenceEmbedder`.

    :param model: the folder or id of a model, or an embedder.
    :param options: options of the embedder.
    """

    def __init__(self, model: Union[str, "os.PathLike[str]", SentenceEmbedder], **options: Any) -> None:
        self.embedder = model if isinstance(model, SentenceEmbedder) else SentenceEmbedder(model, **options)

    def embed_documents(self, texts: List[str]) -> List[List[float]]:
        vectors: List[List[float]] = self.embedder.encode_document(listed(texts, "texts")).tolist()
        return vectors

    def embed_query(self, text: str) -> List[float]:
        vector: List[float] = self.embedder.encode_query([text])[0].tolist()
        return vector
