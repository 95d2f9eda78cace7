"""Sparse and multi-vector embeddings."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy

from ._embedder import Texts, check_size
from ._errors import BertError
from ._library import Column, Floats, listed
from ._tasks import _Task



class SparseVector(NamedTuple):
    """The components of a vector that aren't 0."""

    indices: Any
    """The token ids of the components, in ascending order: ``[n]``, int32."""
    values: Floats
    """The values of the components: ``[n]``."""


class SparseEncoder(_Task):
    """Computes sparse embeddings (SPLADE), like ``SparseEncoder`` in sentence-transformers.

    >>> encoder = SparseEncoder("naver/splade-v3")
    >>> documents = encoder.encode_document(["A man is eating food."])
    >>> encoder.similarity(encoder.encode_query(["Who eats?"]), documents)
    """

    _noun = "sparse_encoder"

    def get_embedding_dimension(self) -> int:
        """Returns the number of components of a vector, which is the vocabulary size."""
        dimension: int = self.settings["dimension"]
        return dimension

    def encode(
        self,
        sentences: Texts,
        prompt_name: Optional[str] = None,
        prompt: Optional[str] = None,
        *,
        max_active_dims: Optional[int] = None,
    ) -> Any:
        """Returns a :class:`SparseVector` for each text, or for a single text.

        :param max_active_dims: the number of greatest components to keep; by default all.
        """
        # As in sentence-transformers, ``prompt`` takes precedence.
        options = {"prompt": prompt} if prompt is not None else {"prompt_name": prompt_name}
        return self._encode(sentences, options, max_active_dims)

    def encode_query(self, sentences: Texts, *, max_active_dims: Optional[int] = None) -> Any:
        """Like :meth:`encode`, for queries: inference-free models use static token weights."""
        return self._encode(sentences, {"role": "query"}, max_active_dims)

    def encode_document(self, sentences: Texts, *, max_active_dims: Optional[int] = None) -> Any:
        """Like :meth:`encode`, for documents."""
        return self._encode(sentences, {"role": "document"}, max_active_dims)

    def _encode(self, sentences: Texts, options: Dict[str, Any], max_active_dims: Optional[int]) -> Any:
        single = isinstance(sentences, str)
        texts: List[Any] = [sentences] if single else listed(sentences, "sentences")
        answers = self._handle.run(Column.of(texts), {**options, "max_active_dims": max_active_dims})
        vectors = [
            SparseVector(numpy.array(answer["indices"], numpy.int32), numpy.array(answer["values"], numpy.float32))
            for answer in answers
        ]
        return vectors[0] if single else vectors

    @staticmethod
    def csr(vectors: Sequence[SparseVector]) -> Tuple[Floats, Any, Any]:
        """Returns ``(data, indices, indptr)``, the arguments of ``scipy.sparse.csr_matrix``.

        The shape of the matrix is ``(len(vectors), encoder.get_embedding_dimension())``.
        """
        ends = numpy.cumsum([0] + [len(vector.indices) for vector in vectors])
        if not vectors:
            return numpy.empty(0, numpy.float32), numpy.empty(0, numpy.int32), ends
        data = numpy.concatenate([vector.values for vector in vectors])
        return data, numpy.concatenate([vector.indices for vector in vectors]), ends

    def similarity(
        self, embeddings1: Union[SparseVector, Sequence[SparseVector]],
        embeddings2: Union[SparseVector, Sequence[SparseVector]],
    ) -> Floats:
        """Returns the dot products of all pairs: ``[len(embeddings1), len(embeddings2)]``."""
        rows = [embeddings1] if isinstance(embeddings1, SparseVector) else embeddings1
        columns = [embeddings2] if isinstance(embeddings2, SparseVector) else embeddings2
        scores = numpy.zeros((len(rows), len(columns)), numpy.float32)
        dense = numpy.zeros(self.get_embedding_dimension(), numpy.float32)
        for index, row in enumerate(rows):
            dense[row.indices] = row.values
            scores[index] = [float(dense[column.indices] @ column.values) for column in columns]
            dense[row.indices] = 0
        return scores


class MultiVectorEncoder(_Task):
    """Computes a vector for each token, for late interaction (ColBERT), like ``MultiVectorEncoder`` in sentence-transformers.

    >>> encoder = MultiVectorEncoder("colbert-ir/colbertv2.0")
    >>> query = encoder.encode_query("Who makes music?")
    >>> encoder.scores(query, encoder.encode_document(["A monkey plays the drums."]))
    """

    _noun = "multi_vector_encoder"

    def get_embedding_dimension(self) -> int:
        """Returns the number of components of a vector."""
        dimension: int = self.settings["dimension"]
        return dimension

    def encode_query(self, sentences: Texts) -> Any:
        """Returns the vectors of each query, or of a single query: ``[tokens, dimension]``."""
        return self._encode(sentences, "query")

    def encode_document(self, sentences: Texts) -> Any:
        """Returns the vectors of each document, or of a single document: ``[tokens, dimension]``."""
        return self._encode(sentences, "document")

    def _encode(self, sentences: Texts, role: str) -> Any:
        single = isinstance(sentences, str)
        texts: List[Any] = [sentences] if single else listed(sentences, "sentences")
        width = self.get_embedding_dimension()
        vectors = [
            numpy.array(answer, numpy.float32).reshape(-1, width)
            for answer in self._handle.run(Column.of(texts), {"role": role})
        ]
        return vectors[0] if single else vectors

    def scores(self, query: Floats, documents: Sequence[Floats]) -> Floats:
        """Returns the MaxSim score of each document for a query: ``[len(documents)]``.

        It is the sum over the query's vectors of the greatest dot product with a vector of the document; 0 for a document
        without vectors.

        :param query: ``[tokens, dimension]``, from :meth:`encode_query`.
        :param documents: arrays of ``[tokens, dimension]``, from :meth:`encode_document`.
        """
        query = numpy.asarray(query, numpy.float32)
        scores = numpy.zeros(len(documents), numpy.float32)
        for index, document in enumerate(numpy.asarray(document, numpy.float32) for document in documents):
            if query.ndim != 2 or document.ndim != 2 or document.shape[1] != query.shape[1]:
                raise BertError(
                    f"document {index} has the shape {document.shape}, but the query has the shape {query.shape}; both must be "
                    "[tokens, dimension]", "invalidInput", record=index,
                )
            if len(document) and len(query):
                scores[index] = (query @ document.T).max(axis=1).sum()
        return scores

    def rank(self, query: str, documents: Iterable[str], top_k: Optional[int] = None) -> List[Dict[str, Any]]:
        """Returns ``{"corpus_id": …, "score": …}`` for each document, best first."""
        check_size(top_k=top_k)
        scores = self.scores(self.encode_query(query), self.encode_document(listed(documents, "documents")))
        order = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
        return [{"corpus_id": index, "score": float(scores[index])} for index in order[:top_k]]
