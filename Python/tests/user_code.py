"""Code of a user of the package, for mypy. It isn't run.

The assignments check the types of results, and the comments the errors that mypy must report.
"""

from typing import Any, Dict, List, Optional

import numpy
import numpy.typing

from swift_bert import BertError, Classifier, Reranker, SentenceEmbedder, shared
from swift_bert.langchain import SwiftBertEmbeddings

Floats = numpy.typing.NDArray[numpy.float32]


def embed(texts: List[str]) -> Floats:
    with SentenceEmbedder("model", backend="simd") as embedder:
        one: Floats = embedder.encode("a text")
        many: Floats = embedder.encode((text for text in texts), normalize_embeddings=True, batch_size=8)
        query: Floats = embedder.encode_query("a query", truncate_dim=64)
        bits: numpy.typing.NDArray[numpy.uint8] = embedder.encode(texts, precision="ubinary")
        double: numpy.typing.NDArray[numpy.float64] = embedder.encode(texts)  # type: ignore[assignment]
        embedder.encode([1, 2])  # type: ignore[list-item]
        embedder.encode(texts, normalise=True)  # type: ignore[call-overload]
        embedder.start_multi_process_pool()  # type: ignore[attr-defined]
        embedder.max_seq_length = 128  # type: ignore[misc]
        print(one, query, bits, double)
        return embedder.similarity(many, many)


def rerank(reranker: Reranker) -> List[Dict[str, Any]]:
    score: numpy.float32 = reranker.predict(("a query", "a text"))
    scores: Floats = reranker.predict([("a query", "a text")])
    reranker.predict(["a query"], activation=abs)  # type: ignore[call-overload]
    print(score, scores)
    return reranker.rank("a query", ["a text"])


def record(classifier: Classifier) -> Optional[int]:
    try:
        classifier.predict(("a", "pair"))
    except BertError as error:
        return error.record
    return None


dimension: int = shared("model").dimension
rows: List[List[float]] = SwiftBertEmbeddings(shared("model")).embed_documents(["a text"])
