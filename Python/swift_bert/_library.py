"""ctypes bindings of libswift_bert.so. Calls release the GIL."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
from collections.abc import Mapping, Set
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy
import numpy.typing

from ._errors import BertError, from_json

#: The ABI version of the header that the declarations below correspond to.
_ABI_VERSION = 1
#: The maximum size of a native call, which can't be interrupted by Ctrl-C and delays forks.
_MOST_TEXTS = 256
_MOST_BYTES = 65_536

_HERE = pathlib.Path(__file__).resolve().parent
_pointer = ctypes.c_void_p
_string = ctypes.c_char_p

Floats = numpy.typing.NDArray[numpy.float32]
Offsets = numpy.typing.NDArray[numpy.int64]
Valid = numpy.typing.NDArray[numpy.bool_]


def library_path() -> str:
    """Returns the path of libswift_bert.so."""
    return os.environ.get("SWIFT_BERT_LIBRARY") or str(_HERE / "lib" / "libswift_bert.so")


def include_dir() -> str:
    """Returns the folder that contains swift_bert.h."""
    return str(_HERE / "include")


_TASKS = {
    "embedder": None,
    "classifier": "classify",
    "reranker": "rerank",
    "token_classifier": "ner",
    "feature_extractor": "token_vectors",
    "sparse_encoder": "sparse_vectors",
    "multi_vector_encoder": "multi_vectors",
    "tokenizer": "tokenize",
}


def _load() -> ctypes.CDLL:
    path = library_path()
    try:
        # RTLD_LOCAL hides the symbols of the embedded Swift runtime from other libraries.
        library = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_LOCAL)
    except OSError as error:
        raise ImportError(
            f"{path} can't be loaded: {error}; the wheel requires Linux on x86-64 with glibc 2.34 or later"
        ) from error

    def declare(name: str, result: Any, *arguments: Any) -> None:
        try:
            function = getattr(library, "swift_bert_" + name)
        except AttributeError:
            raise ImportError(
                f"{path} has no function swift_bert_{name}, so it is not the library of this package; "
                "reinstall swift-bert and unset SWIFT_BERT_LIBRARY"
            ) from None
        function.restype, function.argtypes = result, list(arguments)

    declare("abi_version", ctypes.c_int32)
    found = library.swift_bert_abi_version()
    if found != _ABI_VERSION:
        raise ImportError(
            f"{path} has the ABI version {found}, but this package requires {_ABI_VERSION}; "
            "reinstall swift-bert and unset SWIFT_BERT_LIBRARY"
        )
    failure = ctypes.POINTER(_pointer)
    texts = (ctypes.c_int64, _pointer, _pointer, _pointer)
    declare("version", _string)
    declare("error_json", _string, _pointer)
    declare("error_free", None, _pointer)
    declare("string_free", None, _pointer)
    for noun, verb in _TASKS.items():
        declare(noun + "_open", _pointer, _string, _string, failure)
        declare(noun + "_close", None, _pointer)
        if noun != "tokenizer":
            declare(noun + "_settings", _string, _pointer, failure)
            declare(noun + "_facts", _string, _pointer, failure)
        if verb:
            query = (_string,) if verb == "rerank" else ()
            declare(verb, _pointer, _pointer, *query, _string, *texts, failure)
    declare("embedder_dimension", ctypes.c_int64, _pointer)
    declare("embed_with", ctypes.c_bool, _pointer, _string, *texts, _pointer, ctypes.POINTER(_pointer), failure)
    return library


_library = _load()


def version() -> str:
    """Returns the version of the library."""
    text: bytes = _library.swift_bert_version()
    return text.decode()


def _call(name: str, *arguments: Any, first_record: int = 0) -> Any:
    """Calls a function whose last parameter is a pointer to an error.

    :raises BertError: if the call fails.
    """
    error = _pointer()
    result = getattr(_library, "swift_bert_" + name)(*arguments, ctypes.byref(error))
    if error.value:
        known = json.loads(_library.swift_bert_error_json(error))
        _library.swift_bert_error_free(error)
        raise from_json(known, first_record)
    return result


def encoded(text: str, name: str) -> bytes:
    """Returns the UTF-8 bytes of an argument, which must not contain a zero byte."""
    if not isinstance(text, str):
        raise BertError(f"{name} must be a str, not {type(text).__name__}", key=name)
    try:
        bytes = str.encode(text)
    except UnicodeEncodeError as error:
        raise BertError(f"{name} is not valid Unicode: {error}", key=name) from None
    if b"\0" in bytes:
        raise BertError(f"{name} contains a zero byte", key=name)
    return bytes


def options_json(options: Dict[str, Any]) -> Optional[bytes]:
    """Returns options as JSON, without those that are None."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return json.dumps(given).encode() if given else None
    except (TypeError, ValueError) as error:
        raise BertError(f"options: {error}", key="options") from None


def listed(inputs: Any, name: str = "inputs") -> List[Any]:
    """Returns the elements of an iterable of texts.

    :raises BertError: for iterables whose elements aren't texts in a certain order.
    """
    kind, problem = type(inputs), None
    if isinstance(inputs, str):
        problem = "a single text; pass a list of texts"
    elif isinstance(inputs, (bytes, bytearray, memoryview)):
        problem = "bytes; decode them to str"
    elif isinstance(inputs, Mapping):
        problem = f"a {kind.__name__}, which is not supported; pass its texts as a list"
    elif isinstance(inputs, Set):
        problem = f"a {kind.__name__}, which has no order; pass a list"
    elif hasattr(inputs, "columns"):
        problem = f"a table ({kind.__name__}); pass one of its columns"
    elif kind.__module__.partition(".")[0] == "pyarrow":
        problem = f"a pyarrow {kind.__name__}; use SentenceEmbedder.encode_arrow, or its to_pylist()"
    if problem is None:
        try:
            iterator = iter(inputs)
        except TypeError:
            problem = f"of the type {kind.__name__}; pass a str or a list of str"
        else:
            return list(iterator)
    raise BertError(f"{name} is {problem}", "invalidInput", key=name)


class Column:
    """Texts in the memory layout of Arrow: UTF-8 bytes, offsets and validity."""

    def __init__(self, bytes: Any, offsets: Offsets, valid: Optional[Valid] = None, address: Optional[int] = None) -> None:
        self._bytes = bytes
        self._address = address if address is not None else ctypes.cast(ctypes.c_char_p(bytes), _pointer).value
        self._offsets = offsets
        self.valid = valid
        self.count = len(offsets) - 1

    @classmethod
    def of(cls, texts: Sequence[Any], unit: int = 1) -> Column:
        """Creates a column from strings. ``unit`` strings are a record."""
        parts: List[bytes] = []
        for index, text in enumerate(texts):
            problem = "is None; omit it (nulls are supported by SentenceEmbedder.encode_arrow)"
            if isinstance(text, str):
                try:
                    # A subclass may have its own encode().
                    parts.append(str.encode(text))
                    continue
                except UnicodeEncodeError as error:
                    problem = f"is not valid Unicode: {error}"
            elif text is not None:
                hint = "; decode it first" if isinstance(text, (bytes, bytearray)) else ""
                problem = f"must be a str, not {type(text).__name__}{hint}"
            raise BertError(f"text {index // unit} {problem}", "invalidInput", record=index // unit)
        offsets = numpy.zeros(len(parts) + 1, numpy.int64)
        numpy.cumsum([len(part) for part in parts], out=offsets[1:])
        return cls(b"".join(parts), offsets)

    def pieces(self, unit: int = 1) -> Iterator[Tuple[int, int]]:
        """Yields the ranges of texts for native calls. Groups of ``unit`` texts are not split."""
        start = 0
        while start < self.count:
            limit = self._offsets[start] + _MOST_BYTES
            end = int(numpy.searchsorted(self._offsets, limit, "right")) - 1
            end = min(max(end, start + unit), start + _MOST_TEXTS, self.count)
            end = max(start + (end - start) // unit * unit, min(start + unit, self.count))
            yield start, end
            start = end

    def arguments(self, start: int, end: int) -> Tuple[int, Optional[int], int, Optional[int]]:
        """Returns the native arguments for a range of texts. They are valid until the next call."""
        validity = None
        if self.valid is not None:
            self._bits = numpy.packbits(self.valid[start:end], bitorder="little")
            validity = self._bits.ctypes.data
        offsets = self._offsets[start : end + 1]
        return end - start, self._address, offsets.ctypes.data, validity


class Handle:
    """A native handle of a model or tokenizer."""

    def __init__(self, noun: str, model: str, options: Dict[str, Any]) -> None:
        self._noun = noun
        self._pointer: Optional[int] = None
        self._pointer = _call(noun + "_open", encoded(model, "model"), options_json(options))

    @property
    def is_open(self) -> bool:
        return self._pointer is not None

    def close(self) -> None:
        """Releases the model. Later calls raise an error."""
        pointer, self._pointer = self._pointer, None
        if pointer is not None:
            getattr(_library, f"swift_bert_{self._noun}_close")(pointer)

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # The interpreter may be partly torn down at exit.
            pass

    def open_pointer(self) -> int:
        """Returns the native pointer.

        :raises BertError: if the handle is closed.
        """
        if self._pointer is None:
            raise BertError(f"the {self._noun.replace('_', ' ')} is closed", "invalidArgument")
        return self._pointer

    def _json(self, what: str) -> Dict[str, Any]:
        known: Dict[str, Any] = json.loads(_call(f"{self._noun}_{what}", self.open_pointer()))
        return known

    def settings(self) -> Dict[str, Any]:
        """Returns the settings of the model and its backend."""
        return self._json("settings")

    def facts(self) -> Dict[str, Any]:
        """Returns the settings, the fingerprint and its inputs."""
        return self._json("facts")

    def dimension(self) -> int:
        """Returns the number of components of a vector."""
        count: int = _library.swift_bert_embedder_dimension(self.open_pointer())
        return count

    def embed(
        self, texts: Column, options: Dict[str, Any], done: Optional[Callable[[int], None]] = None
    ) -> Tuple[Floats, List[BertError]]:
        """Returns a vector for each text, and the errors of texts if they are emitted."""
        vectors: Floats = numpy.empty((texts.count, self.dimension()), numpy.float32)
        failures: List[BertError] = []
        json_options = options_json(options)
        for start, end in texts.pieces():
            report = _pointer()
            _call(
                "embed_with", self.open_pointer(), json_options, *texts.arguments(start, end), vectors[start:].ctypes.data,
                ctypes.byref(report), first_record=start,
            )
            if report.value:
                failures += [from_json(known, start) for known in json.loads(_taken(report.value))]
            if done:
                done(end)
        return vectors, failures

    def run(self, texts: Column, options: Dict[str, Any], unit: int = 1) -> List[Any]:
        """Returns an element for each text, or for each group of ``unit`` texts."""
        elements: List[Any] = []
        json_options = options_json(options)
        for start, end in texts.pieces(unit):
            answer = _call(
                str(_TASKS[self._noun]), self.open_pointer(), json_options, *texts.arguments(start, end),
                first_record=start // unit,
            )
            elements += json.loads(_taken(answer))
        return elements

    def rank(
        self, query: str, texts: Column, options: Dict[str, Any], done: Optional[Callable[[int], None]] = None
    ) -> List[Dict[str, Any]]:
        """Returns the ranks of all texts, in the order of the texts."""
        ranks: List[Dict[str, Any]] = []
        json_options, query_bytes = options_json(options), encoded(query, "query")
        for start, end in texts.pieces():
            answer = _call(
                "rerank", self.open_pointer(), query_bytes, json_options, *texts.arguments(start, end), first_record=start
            )
            piece = sorted(json.loads(_taken(answer)), key=lambda rank: rank["index"])
            ranks += [{**rank, "index": rank["index"] + start} for rank in piece]
            if done:
                done(end)
        return ranks


def _taken(address: int) -> bytes:
    """Returns the bytes of a native string, and frees it."""
    text = ctypes.string_at(address)
    _library.swift_bert_string_free(address)
    return text
