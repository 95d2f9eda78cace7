"""Classification, reranking and token classification."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union, overload

import numpy

from ._embedder import Model, Path, check_size, progress, refuse
from ._errors import BertError, at_record
from ._library import Column, Floats, listed

Text = Union[str, Tuple[str, str]]
Pair = Union[Tuple[str, str], List[str]]
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
        inputs: Union[Text, Iterable[Text]],
        *,
        top_k: Optional[int] = None,
        function: Optional[str] = None,
        exit_entropy: Union[float, Sequence[float], None] = None,
        exit_patience: Optional[int] = None,
        exit_layer: Optional[int] = None,
    ) -> Any:
        """Returns ``{"label": …, "score": …}``, or a list of the ``top_k`` best labels, for each text or for a single text.

        :param inputs: a text, a text pair as a tuple, or an iterable of texts or pairs.
        :param function: ``"softmax"``, ``"sigmoid"`` or ``"none"``; by default as in the model.
        :param exit_entropy: exit when the entropy in nats is below this threshold; a number, or one for each layer.
        :param exit_patience: exit when this number of consecutive layers predict the same label.
        :param exit_layer: exit after this layer, counted from 1.
        """
        single = isinstance(inputs, (str, tuple))
        records: List[Any] = [inputs] if single else listed(inputs)
        pairs = bool(records) and isinstance(records[0], tuple)
        for index, record in enumerate(records):
            if isinstance(record, (list, dict)) or isinstance(record, tuple) != pairs or pairs and len(record) != 2:
                raise BertError(
                    f"text {index} is a {type(record).__name__}; the inputs must all be texts, or all be tuples of two texts",
                    "invalidInput", key="inputs", record=index,
                )
        texts = [text for pair in records for text in pair] if pairs else records
        options: Dict[str, Any] = {
            "top_k": top_k, "function": function, "exit_patience": exit_patience, "exit_layer": exit_layer,
            "exit_entropy": exit_entropy if exit_entropy is None or isinstance(exit_entropy, (int, float))
            else list(exit_entropy),
            "pairs": pairs or None,
        }
        unit = 2 if pairs else 1
        answers = self._handle.run(Column.of(texts, unit), options, unit)
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
        documents: Iterable[str],
        top_k: Optional[int] = None,
        return_documents: bool = False,
        *,
        raw_scores: bool = False,
        batch_size: int = 32,
        show_progress_bar: Optional[bool] = None,
    ) -> List[Dict[str, Any]]:
        """Returns ``{"corpus_id": …, "score": …}`` for each text, best first.

        With ``return_documents``, each result also has ``"text"``. ``batch_size`` doesn't affect the result.
        """
        check_size(top_k=top_k, batch_size=batch_size)
        documents = listed(documents, "documents")
        ranks = self._ranks(query, documents, raw_scores, progress(len(documents), show_progress_bar))
        ranks.sort(key=lambda rank: (-(rank["logit"] if rank["logit"] is not None else -math.inf), rank["index"]))
        results: List[Dict[str, Any]] = []
        for rank in ranks[: len(ranks) if top_k is None else top_k]:
            result = {"corpus_id": rank["index"], "score": rank["score"]}
            if return_documents:
                result["text"] = documents[rank["index"]]
            results.append(result)
        return results

    rerank = rank

    @overload
    def predict(
        self, inputs: Tuple[str, str], *, raw_scores: bool = ..., batch_size: int = ...,
        show_progress_bar: Optional[bool] = ...,
    ) -> numpy.float32: ...

    @overload
    def predict(
        self, inputs: Iterable[Pair], *, raw_scores: bool = ..., batch_size: int = ...,
        show_progress_bar: Optional[bool] = ...,
    ) -> Floats: ...

    @overload
    def predict(
        self, inputs: Any = ..., *, raw_scores: bool = ..., batch_size: int = ...,
        show_progress_bar: Optional[bool] = ..., sentences: Any = ..., activation_fn: Any = ...,
        apply_softmax: bool = ..., convert_to_tensor: bool = ..., device: Any = ..., pool: Any = ...,
    ) -> Any: ...

    def predict(
        self,
        inputs: Any = None,
        *,
        raw_scores: bool = False,
        batch_size: int = 32,
        show_progress_bar: Optional[bool] = None,
        sentences: Any = None,
        activation_fn: Any = None,
        apply_softmax: bool = False,
        convert_to_tensor: bool = False,
        device: Any = None,
        pool: Any = None,
    ) -> Any:
        """Returns the scores of (query, text) pairs: ``[pairs]``, or the score of a single pair.

        :param inputs: a pair, or an iterable of pairs; its previous name is ``sentences``.
        :param raw_scores: return logits, without the model's activation function.
        :raises BertError: if a pair is invalid, with its index in ``record``. Also for ``activation_fn``, ``apply_softmax``,
            ``convert_to_tensor``, ``device`` and ``pool``, which are not supported.
        """
        check_size(batch_size=batch_size)
        refuse(
            activation_fn=(activation_fn, "apply it to the result of raw_scores=True"),
            apply_softmax=(apply_softmax, "a reranker has a single label"),
            convert_to_tensor=(convert_to_tensor, "use torch.from_numpy(reranker.predict(…))"),
            device=(device, "this library only runs on the CPU; omit device"),
            pool=(pool, "one process uses all threads (BERT_NUM_THREADS); omit pool"),
        )
        if inputs is not None and sentences is not None:
            raise TypeError("predict() got both 'inputs' and its previous name 'sentences'")
        inputs = inputs if sentences is None else sentences
        single = isinstance(inputs, (tuple, list)) and len(inputs) == 2 and all(isinstance(text, str) for text in inputs)
        pairs = [inputs] if single else listed(inputs)
        # The texts of each query, and the indices of their pairs.
        places: Dict[str, List[int]] = {}
        for index, pair in enumerate(pairs):
            is_pair = not isinstance(pair, (str, bytes, dict)) and hasattr(pair, "__len__") and len(pair) == 2
            if not is_pair or not all(isinstance(text, str) for text in pair):
                raise BertError(f"text {index} must be a pair of a query and a text", "invalidInput", record=index)
            places.setdefault(pair[0], []).append(index)
        scores = numpy.empty(len(pairs), numpy.float32)
        draw, done = progress(len(pairs), show_progress_bar), 0
        for query, indices in places.items():
            try:
                ranks = self._ranks(query, [pairs[index][1] for index in indices], raw_scores)
            except BertError as error:
                at_record(error, indices[error.record or 0])
                raise
            for rank in ranks:
                scores[indices[rank["index"]]] = rank["score"]
            done += len(indices)
            if draw:
                draw(done)
        return scores[0] if single else scores

    def _ranks(
        self, query: str, texts: List[str], raw_scores: bool, draw: Optional[Callable[[int], None]] = None
    ) -> List[Dict[str, Any]]:
        return self._handle.rank(query, Column.of(texts), {"raw_scores": raw_scores, "logits": True}, draw)


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
        inputs: Union[str, Iterable[str]],
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
        texts: List[Any] = [inputs] if single else listed(inputs)
        options = {
            "aggregation": aggregation_strategy, "stride": stride, "ignore_labels": listed(ignore_labels, "ignore_labels"),
        }
        answers = self._handle.run(Column.of(texts), options)
        return answers[0] if single else answers

    __call__ = predict
