"""Classification, reranking and token classification."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy

from ._embedder import Model, Path
from ._errors import BertError
from ._library import Column, Floats

Text = Union[str, Tuple[str, str]]
Expected = Union[str, Mapping[str, Any], None]


class _Task(Model):
    def __init__(
        self,
        model: Path,
        *,
        backend: Optional[str] = None,
        precision: Optional[str] = None,
        auto_truncate: bool = False,
        expect: Expected = None,
    ) -> None:
        super().__init__(
            model, {"backend": backend, "precision": precision, "auto_truncate": auto_truncate}, expect
        )


class Classifier(_Task):
    """Classifies texts or text pairs, like ``pipeline("text-classification")`` in transformers.

    For models with early exit, ``exit_layer`` is the layer at which a text exited.
    """

    _noun = "classifier"

    @property
    def labels(self) -> List[str]:
        """The model's labels."""
        labels: List[str] = self.settings["labels"]
        return labels

    def predict(
        self,
        inputs: Union[Text, Sequence[Text]],
        *,
        top_k: Optional[int] = None,
        function: Optional[str] = None,
        exit_entropy: Union[float, Sequence[float], None] = None,
        exit_patience: Optional[int] = None,
        exit_layer: Optional[int] = None,
    ) -> Any:
        """Returns ``{"label": …, "score": …}``, or a list of the ``top_k`` best labels, for each text or for a single text.

        :param inputs: a text, a text pair as a tuple, or a list of texts or pairs.
        :param function: ``"softmax"``, ``"sigmoid"`` or ``"none"``; by default as in the model.
        :param exit_entropy: exit when the entropy in nats is below this threshold; a number, or one for each layer.
        :param exit_patience: exit when this number of consecutive layers predict the same label.
        :param exit_layer: exit after this layer, counted from 1.
        """
        single = isinstance(inputs, (str, tuple))
        records: List[Any] = [inputs] if single else list(inputs)
        pairs = bool(records) and isinstance(records[0], tuple)
        if any(isinstance(record, tuple) != pairs or pairs and len(record) != 2 for record in records):
            raise BertError("inputs must be either texts or tuples of two texts", key="inputs")
        texts = [text for pair in records for text in pair] if pairs else records
        options: Dict[str, Any] = {
            "top_k": top_k, "function": function, "exit_patience": exit_patience, "exit_layer": exit_layer,
            "exit_entropy": exit_entropy if exit_entropy is None or isinstance(exit_entropy, (int, float))
            else list(exit_entropy),
            "pairs": pairs or None,
        }
        answers = self._handle.run(Column.of(texts), options, 2 if pairs else 1)
        if top_k is not None:
            answers = [
                [{**label, **({"exit_layer": answer["exit_layer"]} if "exit_layer" in answer else {})}
                 for label in answer["labels"]] if answer else None
                for answer in answers
            ]
        return answers[0] if single else answers

    __call__ = predict


class Reranker(_Task):
    """Scores the relevance of texts to a query, like ``CrossEncoder`` in sentence-transformers."""

    _noun = "reranker"

    def rank(
        self,
        query: str,
        documents: Sequence[str],
        top_k: Optional[int] = None,
        return_documents: bool = False,
        raw_scores: bool = False,
    ) -> List[Dict[str, Any]]:
        """Returns ``{"corpus_id": …, "score": …}`` for each text, best first.

        With ``return_documents``, each result also has ``"text"``.
        """
        if top_k is not None and top_k < 1:
            raise BertError(f"top_k must be at least 1, not {top_k}", key="top_k", value=top_k, limit=1)
        ranks = self._ranks(query, documents, raw_scores)
        ranks.sort(key=lambda rank: (-(rank["logit"] if rank["logit"] is not None else -math.inf), rank["index"]))
        results: List[Dict[str, Any]] = []
        for rank in ranks[: len(ranks) if top_k is None else top_k]:
            result = {"corpus_id": rank["index"], "score": rank["score"]}
            if return_documents:
                result["text"] = documents[rank["index"]]
            results.append(result)
        return results

    rerank = rank

    def predict(self, sentences: Sequence[Tuple[str, str]], raw_scores: bool = False) -> Floats:
        """Returns the scores of (query, text) pairs: ``[pairs]``."""
        pairs = [sentences] if isinstance(sentences, tuple) else list(sentences)
        scores = numpy.empty(len(pairs), numpy.float32)
        # Group texts by query.
        places: Dict[str, List[int]] = {}
        for index, pair in enumerate(pairs):
            if len(pair) != 2:
                raise BertError(f"text {index} must be a pair of a query and a text", "invalidInput", record=index)
            places.setdefault(pair[0], []).append(index)
        for query, indices in places.items():
            for rank in self._ranks(query, [pairs[index][1] for index in indices], raw_scores):
                scores[indices[rank["index"]]] = rank["score"]
        return scores

    def _ranks(self, query: str, texts: Sequence[str], raw_scores: bool) -> List[Dict[str, Any]]:
        return self._handle.rank(query, Column.of(texts), {"raw_scores": raw_scores, "logits": True})


class TokenClassifier(_Task):
    """Finds named entities, like ``pipeline("token-classification")`` in transformers."""

    _noun = "token_classifier"

    @property
    def labels(self) -> List[str]:
        """The model's labels."""
        labels: List[str] = self.settings["labels"]
        return labels

    def predict(
        self,
        inputs: Union[str, Sequence[str]],
        *,
        aggregation_strategy: str = "simple",
        stride: Optional[int] = None,
        ignore_labels: Sequence[str] = ("O",),
    ) -> Any:
        """Returns the entities of each text, or of a single text.

        :param aggregation_strategy: ``"none"``, ``"simple"``, ``"first"``, ``"average"`` or ``"max"``.
        :param stride: split long texts into windows that overlap by this number of tokens.
        """
        single = isinstance(inputs, str)
        texts: List[Any] = [inputs] if single else list(inputs)
        options = {"aggregation": aggregation_strategy, "stride": stride, "ignore_labels": list(ignore_labels)}
        answers = self._handle.run(Column.of(texts), options)
        return answers[0] if single else answers

    __call__ = predict
