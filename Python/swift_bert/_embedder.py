"""Sentence embeddings, with the API of sentence-transformers."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import MappingProxyType, TracebackType
from typing import (
    TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple, Type, TypeVar, Union, overload,
)

import numpy

from ._errors import BertError, FingerprintMismatch
from ._library import Column, Floats, Handle, listed

Path = Union[str, "os.PathLike[str]"]
Texts = Union[str, Iterable[str]]
_Model = TypeVar("_Model", bound="Model")

# Held while an embedder is loaded on demand. A constructor that fails closes its embedder, so it is reentrant.
_loading = threading.RLock()


def _renew_lock() -> None:
    # After a fork, a thread of the parent may hold the lock, but it doesn't exist in the child.
    global _loading
    _loading = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)


class Model:
    """A loaded model. It can be shared between threads. Pickling stores its folder and options."""

    _noun = ""

    def __init__(self, model: Path, options: Dict[str, Any], expect: Union[str, Mapping[str, Any], None] = None) -> None:
        path = os.fspath(model) if isinstance(model, (str, os.PathLike)) else None
        if not isinstance(path, str):
            raise BertError(f"model must be a str or a path, not {type(model).__name__}", key="model")
        self.model = path
        self._options = options
        self._expect = expect
        digest = expect
        if isinstance(expect, Mapping):
            digest = expect.get("fingerprint")
        if digest is not None and not isinstance(digest, str):
            raise BertError("expect must be a fingerprint or the facts of an embedder", key="expect")
        self._settings: Optional[Dict[str, Any]] = None
        self._facts: Optional[Dict[str, Any]] = None
        if isinstance(expect, Mapping):
            self._handle = Handle(self._noun, self.model, options)
            self._check(expect)
        else:
            self._handle = Handle(self._noun, self.model, {**options, "expect": expect})

    def _check(self, expected: Mapping[str, Any]) -> None:
        facts = self.facts
        if expected.get("fingerprint") == facts["fingerprint"]:
            return
        there, here = expected.get("facts", {}), facts["facts"]
        differing: List[str] = []
        for key in sorted({*there, *here}):
            if there.get(key) == here.get(key):
                continue
            if key == "files":
                old, new = there.get(key, {}), here.get(key, {})
                differing += [f"the file {name}" for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
            else:
                differing.append(f"{key} (expected {there.get(key)!r}, got {here.get(key)!r})")
        self.close()
        words = ", ".join(differing) or "something that is not part of its facts"
        raise FingerprintMismatch(
            f"{self.model} is not the expected model; it differs in {words}. Expected the fingerprint "
            f"{expected.get('fingerprint')}, got {facts['fingerprint']}",
            "fingerprintMismatch", key="expect", value=facts["fingerprint"], limit=expected.get("fingerprint"),
            differences=differing,
        )

    @property
    def settings(self) -> Dict[str, Any]:
        """The settings of the model and its backend."""
        if self._settings is None:
            self._settings = self._handle.settings()
        return self._settings

    @property
    def facts(self) -> Dict[str, Any]:
        """The settings, the ``fingerprint`` and its inputs (``facts``). Computing them reads all files of the model."""
        if self._facts is None:
            self._facts = self._handle.facts()
        return self._facts

    @property
    def fingerprint(self) -> str:
        """The SHA-256 digest of everything that results depend on. If it is equal, results are bitwise identical.

        It is the same as the output of ``bert inspect --fingerprint``.
        """
        fingerprint: str = self.facts["fingerprint"]
        return fingerprint

    @property
    def backend(self) -> str:
        """The name of the backend."""
        backend: str = self.settings["backend"]
        return backend

    @property
    def precision(self) -> str:
        """The precision of linear layers."""
        precision: str = self.settings["precision"]
        return precision

    @property
    def instructions(self) -> Optional[str]:
        """The instruction set that the backend uses. With FMA, results don't depend on it."""
        instructions: Optional[str] = self.settings["instructions"]
        return instructions

    @property
    def threads(self) -> int:
        """The number of threads that a call uses."""
        threads: int = self.settings["threads"]
        return threads

    @property
    def max_seq_length(self) -> int:
        """The maximum number of tokens per text, including special tokens."""
        length: int = self.settings["max_seq_length"]
        return length

    def close(self) -> None:
        """Releases the model. Later calls raise an error."""
        self._handle.close()

    def __enter__(self: _Model) -> _Model:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def _arguments(self) -> Dict[str, Any]:
        return {**{name: value for name, value in self._options.items() if value is not None}, "expect": self._expect}

    def __reduce__(self) -> Tuple[Any, ...]:
        return _open, (type(self), self.model, self._arguments())

    def __repr__(self) -> str:
        options = [f"{name}={value!r}" for name, value in self._arguments().items() if value is not None]
        return f"{type(self).__name__}({', '.join([repr(self.model), *options])})"


def _open(kind: Type[Any], model: str, options: Dict[str, Any]) -> Any:
    return kind(model, **options)


def refuse(**arguments: Tuple[Any, str]) -> None:
    """Raises an error for unsupported arguments of sentence-transformers, given as (value, alternative)."""
    for name, (value, instead) in arguments.items():
        if value is not None and value is not False:
            raise BertError(f"{name} is not supported: {instead}", key=name)


def check_size(**arguments: Any) -> None:
    """Raises an error for sizes that aren't positive integers, although they don't affect results."""
    for name, value in arguments.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, numpy.integer)) or value < 1):
            raise BertError(f"{name} must be an integer of at least 1, not {value!r}", key=name, value=value, limit=1)


_THREADS = "encode uses all threads of the process (BERT_NUM_THREADS)"
_CPU = "this library only runs on the CPU"
_FOLDER = "the model's folder is not changed; copy it"
#: What to do instead of using these attributes of SentenceTransformer.
_INSTEAD = {
    "encode_multi_process": _THREADS, "start_multi_process_pool": _THREADS, "stop_multi_process_pool": _THREADS,
    "truncate_dim": "pass it to the constructor or to encode", "truncate_sentence_embeddings": "pass truncate_dim to encode",
    "truncate_embeddings": "pass truncate_dim to encode", "default_prompt_name": "pass prompt_name to the constructor",
    "device": _CPU, "to": _CPU, "cuda": _CPU, "cpu": _CPU, "half": "pass precision to the constructor",
    "bfloat16": "pass precision to the constructor", "dtype": "see precision", "eval": "models never train here; omit it",
    "fit": "use bert train", "train": "use bert train", "tokenize": "use bert tokenize", "tokenizer": "use bert tokenize",
    "preprocess": "use bert tokenize", "save": _FOLDER, "save_pretrained": _FOLDER, "push_to_hub": _FOLDER,
}


class SentenceEmbedder(Model):
    """Computes embeddings of texts, like ``SentenceTransformer`` in sentence-transformers.

    There are two differences: the vector of a text doesn't depend on the batch, and a text that is too long raises an
    error unless ``auto_truncate`` is true.

    :param model: a folder in Hugging Face layout, or the id of a model in the local Hugging Face cache.
    :param backend: ``"simd"``, ``"reference"``, ``"onednn"``, ``"openblas"``, several separated by commas, or ``"auto"``;
        by default ``BERT_BACKEND``, or auto.
    :param precision: ``"float32"``, ``"bfloat16"`` or ``"int8"``; by default ``BERT_PRECISION``, or float32.
    :param auto_truncate: truncate texts that are too long.
    :param prompt: a prefix for each text; by default the model's default prompt.
    :param prompt_name: the name of one of the model's prompts, instead of ``prompt``.
    :param normalize: whether to normalize vectors to length 1; by default as in the model.
    :param truncate_dim: the number of components to keep, for models trained with Matryoshka losses.
    :param expect: a fingerprint, or the ``facts`` of an embedder; raises ``FingerprintMismatch`` if this one differs.
    """

    _noun = "embedder"

    def __init__(
        self,
        model: Path,
        *,
        backend: Optional[str] = None,
        precision: Optional[str] = None,
        auto_truncate: bool = False,
        prompt: Optional[str] = None,
        prompt_name: Optional[str] = None,
        normalize: Optional[bool] = None,
        truncate_dim: Optional[int] = None,
        expect: Union[str, Mapping[str, Any], None] = None,
    ) -> None:
        options = {
            "backend": backend, "precision": precision, "auto_truncate": auto_truncate, "prompt": prompt,
            "prompt_name": prompt_name, "normalize": normalize, "truncate_dim": truncate_dim,
        }
        self._variants: Dict[Tuple[Any, ...], SentenceEmbedder] = {}
        super().__init__(model, options, expect)

    @property
    def dimension(self) -> int:
        """The number of components of a vector."""
        dimension: int = self.settings["dimension"]
        return dimension

    def get_embedding_dimension(self) -> int:
        """Returns the number of components of a vector."""
        return self.dimension

    #: The previous name in sentence-transformers.
    get_sentence_embedding_dimension = get_embedding_dimension

    @property
    def prompts(self) -> Mapping[str, str]:
        """The model's prompts, by name."""
        return MappingProxyType(self.settings["prompts"])

    @property
    def similarity_fn_name(self) -> str:
        """The similarity function of the model."""
        name: str = self.settings["similarity"]
        return name

    @property
    def batch_invariant(self) -> bool:
        """Whether results are bitwise identical in any batch and with any number of threads."""
        invariant: bool = self.settings["batch_invariant"]
        return invariant

    @overload
    def encode(
        self, inputs: Texts, prompt_name: Optional[str] = ..., prompt: Optional[str] = ..., batch_size: int = ...,
        show_progress_bar: Optional[bool] = ..., *, normalize_embeddings: bool = ..., truncate_dim: Optional[int] = ...,
    ) -> Floats: ...

    @overload
    def encode(
        self, inputs: Optional[Texts] = ..., prompt_name: Optional[str] = ..., prompt: Optional[str] = ...,
        batch_size: int = ..., show_progress_bar: Optional[bool] = ..., output_value: Optional[str] = ...,
        precision: str = ..., convert_to_numpy: bool = ..., convert_to_tensor: bool = ..., device: Any = ...,
        normalize_embeddings: bool = ..., truncate_dim: Optional[int] = ..., pool: Any = ...,
        chunk_size: Optional[int] = ..., *, sentences: Optional[Texts] = ...,
    ) -> Any: ...

    def encode(
        self,
        inputs: Optional[Texts] = None,
        prompt_name: Optional[str] = None,
        prompt: Optional[str] = None,
        batch_size: int = 32,
        show_progress_bar: Optional[bool] = None,
        output_value: Optional[str] = "sentence_embedding",
        precision: str = "float32",
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        device: Any = None,
        normalize_embeddings: bool = False,
        truncate_dim: Optional[int] = None,
        pool: Any = None,
        chunk_size: Optional[int] = None,
        *,
        sentences: Optional[Texts] = None,
    ) -> Any:
        """Returns the vectors of texts: float32 ``[texts, dimension]``, or ``[dimension]`` for a single text.

        ``batch_size`` and ``chunk_size`` don't affect the result.

        :param inputs: a text or an iterable of texts; its previous name is ``sentences``.
        :param prompt: a prefix for each text, instead of the embedder's prompt.
        :param prompt_name: the name of one of the model's prompts; ``prompt`` takes precedence.
        :param show_progress_bar: whether to show a progress line; only on a terminal, and after a second.
        :param precision: ``"float32"``, or ``"binary"`` or ``"ubinary"`` for bits.
        :param convert_to_numpy: if false, the result is a list of arrays.
        :param normalize_embeddings: normalize vectors to length 1, also if the embedder doesn't.
        :param truncate_dim: the number of components to keep, instead of the embedder's.
        :raises BertError: if a text is invalid, with its index in ``record``; with the code ``tooManyTokens`` if it is too
            long. Also for ``convert_to_tensor``, ``device`` and ``pool``, which are not supported.
        """
        return self._encode(
            self._inputs("encode", inputs, sentences), self._prompt(prompt, prompt_name), batch_size, show_progress_bar,
            output_value, precision, convert_to_numpy, convert_to_tensor, device, normalize_embeddings, truncate_dim, pool,
            chunk_size,
        )

    @overload
    def encode_query(
        self, inputs: Texts, prompt_name: Optional[str] = ..., prompt: Optional[str] = ..., *, batch_size: int = ...,
        show_progress_bar: Optional[bool] = ..., normalize_embeddings: bool = ..., truncate_dim: Optional[int] = ...,
    ) -> Floats: ...

    @overload
    def encode_query(
        self, inputs: Optional[Texts] = ..., prompt_name: Optional[str] = ..., prompt: Optional[str] = ..., **options: Any
    ) -> Any: ...

    def encode_query(
        self, inputs: Optional[Texts] = None, prompt_name: Optional[str] = None, prompt: Optional[str] = None, **options: Any
    ) -> Any:
        """Like :meth:`encode`, with the model's prompt ``query``, if it has one."""
        return self._encode_as("query", inputs, prompt_name, prompt, options)

    @overload
    def encode_document(
        self, inputs: Texts, prompt_name: Optional[str] = ..., prompt: Optional[str] = ..., *, batch_size: int = ...,
        show_progress_bar: Optional[bool] = ..., normalize_embeddings: bool = ..., truncate_dim: Optional[int] = ...,
    ) -> Floats: ...

    @overload
    def encode_document(
        self, inputs: Optional[Texts] = ..., prompt_name: Optional[str] = ..., prompt: Optional[str] = ..., **options: Any
    ) -> Any: ...

    def encode_document(
        self, inputs: Optional[Texts] = None, prompt_name: Optional[str] = None, prompt: Optional[str] = None, **options: Any
    ) -> Any:
        """Like :meth:`encode`, with the first of the model's prompts ``document``, ``passage`` and ``corpus``, if any."""
        return self._encode_as("document", inputs, prompt_name, prompt, options)

    def _encode_as(self, role: str, inputs: Any, prompt_name: Optional[str], prompt: Optional[str],
                   options: Dict[str, Any]) -> Any:
        inputs = self._inputs(f"encode_{role}", inputs, options.pop("sentences", None))
        known = [
            "batch_size", "show_progress_bar", "output_value", "precision", "convert_to_numpy", "convert_to_tensor",
            "device", "normalize_embeddings", "truncate_dim", "pool", "chunk_size",
        ]
        for name in options:
            if name not in known:
                raise TypeError(f"encode_{role}() got an unexpected keyword argument '{name}'")
        if prompt_name is None and prompt is None:
            return self._encode(inputs, {"role": role}, **options)
        return self._encode(inputs, self._prompt(prompt, prompt_name), **options)

    @staticmethod
    def _inputs(function: str, inputs: Any, sentences: Any) -> Any:
        if inputs is not None and sentences is not None:
            raise TypeError(f"{function}() got both 'inputs' and its previous name 'sentences'")
        return inputs if sentences is None else sentences

    @staticmethod
    def _prompt(prompt: Optional[str], prompt_name: Optional[str]) -> Dict[str, Any]:
        # As in sentence-transformers, ``prompt`` takes precedence.
        return {"prompt": prompt} if prompt is not None else {"prompt_name": prompt_name}

    def _encode(
        self, inputs: Any, call: Dict[str, Any], batch_size: int = 32, show_progress_bar: Optional[bool] = None,
        output_value: Optional[str] = "sentence_embedding", precision: str = "float32", convert_to_numpy: bool = True,
        convert_to_tensor: bool = False, device: Any = None, normalize_embeddings: bool = False,
        truncate_dim: Optional[int] = None, pool: Any = None, chunk_size: Optional[int] = None,
    ) -> Any:
        check_size(batch_size=batch_size, chunk_size=chunk_size)
        refuse(
            convert_to_tensor=(convert_to_tensor, "use torch.from_numpy(embedder.encode(…))"),
            device=(device, "this library only runs on the CPU; omit device"),
            pool=(pool, "one process uses all threads (BERT_NUM_THREADS); omit pool"),
        )
        if output_value != "sentence_embedding":
            raise BertError(
                f"output_value must be \"sentence_embedding\", not {output_value!r}; use bert forward for token "
                "vectors", key="output_value",
            )
        if precision not in ("float32", "binary", "ubinary"):
            raise BertError(
                f"precision must be float32, binary or ubinary, not {precision!r}; for int8 and uint8, use "
                "bert embed --output-precision int8 --ranges FILE", key="precision",
            )
        if inputs is None:
            raise BertError("inputs must not be None", key="inputs")
        single = isinstance(inputs, str)
        texts = [inputs] if single else listed(inputs)
        vectors, _ = self._variant(normalize_embeddings, truncate_dim)._handle.embed(
            Column.of(texts), call, progress(len(texts), show_progress_bar)
        )
        result: Any = vectors
        if precision != "float32":
            bits = numpy.packbits(vectors > 0, axis=1)
            result = bits if precision == "ubinary" else (bits.astype(numpy.int16) - 128).astype(numpy.int8)
        if single:
            return result[0]
        return result if convert_to_numpy else list(result)

    def _variant(self, normalize: bool, truncate_dim: Optional[int]) -> SentenceEmbedder:
        """Returns the embedder with the options of a call. Each variant is loaded once."""
        self._handle.open_pointer()
        changes: Dict[str, Any] = {}
        if normalize and not self.settings["normalize"]:
            changes["normalize"] = True
        if truncate_dim is not None and truncate_dim != self.dimension:
            changes["truncate_dim"] = truncate_dim
            # Vectors are truncated after the normalization of the folder, so they must be normalized again.
            if normalize:
                changes["normalize"] = True
        if not changes:
            return self
        key = tuple(sorted(changes.items()))
        with _loading:
            if key not in self._variants:
                self._variants[key] = type(self)(self.model, **{**self._options, **changes})
            return self._variants[key]

    def close(self) -> None:
        super().close()
        with _loading:
            variants, self._variants = self._variants, {}
        for variant in variants.values():
            variant.close()

    if not TYPE_CHECKING:
        # Without these, assigning to an attribute of SentenceTransformer would have no effect.
        def __getattr__(self, name: str) -> Any:
            hint = f": {_INSTEAD[name]}" if name in _INSTEAD else ""
            raise AttributeError(f"{type(self).__name__} has no attribute '{name}'{hint}")

        def __setattr__(self, name: str, value: Any) -> None:
            if name in _INSTEAD:
                raise AttributeError(f"{type(self).__name__} has no attribute '{name}': {_INSTEAD[name]}")
            super().__setattr__(name, value)

    def encode_arrow(self, array: Any, *, prompt: Optional[str] = None, prompt_name: Optional[str] = None,
                     show_progress_bar: Optional[bool] = False) -> Any:
        """Returns the vectors of an Arrow array of strings as ``FixedSizeList<float32>``, with nulls for null texts.

        Supports ``string``, ``large_string``, ``string_view``, dictionaries of these, and chunked arrays. Requires pyarrow.
        """
        from . import _arrow

        return _arrow.encode(self, array, self._prompt(prompt, prompt_name), show_progress_bar)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Floats:
        """Returns the similarity of all pairs of vectors from two arrays: ``[count1, count2]``."""
        return _similarity(self.similarity_fn_name, embeddings1, embeddings2, pairwise=False)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Floats:
        """Returns the similarity of each vector to the vector with the same index: ``[count]``."""
        return _similarity(self.similarity_fn_name, embeddings1, embeddings2, pairwise=True)


def _similarity(name: str, a: Any, b: Any, pairwise: bool) -> Floats:
    x, y = (numpy.atleast_2d(numpy.asarray(side, numpy.float32)) for side in (a, b))
    if x.shape[1] != y.shape[1] or pairwise and len(x) != len(y):
        raise BertError(f"vectors with the shapes {list(x.shape)} and {list(y.shape)} can't be compared", "invalidShape")
    if name == "cosine":
        x, y = (side / numpy.maximum(numpy.linalg.norm(side, axis=1, keepdims=True), 1e-12) for side in (x, y))
    if name in ("cosine", "dot"):
        return numpy.asarray((x * y).sum(1) if pairwise else x @ y.T, numpy.float32)

    def distances(difference: Floats) -> Any:
        return numpy.abs(difference).sum(-1) if name == "manhattan" else numpy.sqrt((difference**2).sum(-1))

    if pairwise:
        return numpy.asarray(-distances(x - y), numpy.float32)
    # All differences at once would take len(y) times the memory of x.
    scores = numpy.empty((len(x), len(y)), numpy.float32)
    for index, row in enumerate(x):
        scores[index] = -distances(row - y)
    return scores


def progress(count: int, wanted: Optional[bool]) -> Optional[Callable[[int], None]]:
    """Returns a callback that draws a progress line on a terminal, after the first second."""
    if wanted is False or count == 0 or not sys.stderr.isatty():
        return None
    start = time.monotonic()
    drawn = False

    def draw(done: int) -> None:
        nonlocal drawn
        seconds = time.monotonic() - start
        if seconds > 1 and done < count:
            left = round(seconds / done * (count - done))
            line = f"\r\033[K{done}/{count} texts, {done / seconds:.0f}/s, {left // 60}:{left % 60:02d} left"
            sys.stderr.write(line)
            drawn = True
        elif drawn:
            sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return draw


_shared: Dict[Tuple[Any, ...], SentenceEmbedder] = {}


def shared(model: Path, **options: Any) -> SentenceEmbedder:
    """Returns the embedder of this process with these options. The first call loads it.

    Use it in functions that an engine calls for each batch.
    """
    path = os.fspath(model)
    key = (path, *sorted((name, repr(value)) for name, value in options.items()))
    with _loading:
        if key not in _shared or not _shared[key]._handle.is_open:
            _shared[key] = SentenceEmbedder(path, **options)
        return _shared[key]
