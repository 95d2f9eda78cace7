"""BERT-family models on the CPU, with bitwise reproducible results.

>>> from swift_bert import SentenceEmbedder
>>> embedder = SentenceEmbedder("all-MiniLM-L6-v2")
>>> embedder.encode(["A man is eating food."]).shape
(1, 384)
"""

from ._embedder import SentenceEmbedder, shared
from ._errors import BertError, FingerprintMismatch
from ._library import include_dir, library_path, version
from ._tasks import Classifier, Reranker, TokenClassifier
from ._vectors import MultiVectorEncoder, SparseEncoder, SparseVector

__version__ = version()

__all__ = [
    "BertError",
    "Classifier",
    "FingerprintMismatch",
    "MultiVectorEncoder",
    "Reranker",
    "SentenceEmbedder",
    "SparseEncoder",
    "SparseVector",
    "TokenClassifier",
    "__version__",
    "include_dir",
    "library_path",
    "shared",
]
