"""libswift_bert.so, by ctypes: its calls let go of the interpreter's lock."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy
import numpy.typing

from ._errors import BertError, from_json

#: Of the header that the declarations below were made from.
_ABI_VERSION = 1
#: A native call hears no Ctrl-C and holds a fork up, so it gets no more than this.
_MOST_TEXTS = 256
_MOST_BYTES = 65_536

_HERE = pathlib.Path(__file__).resolve().parent
_pointer = ctypes.c_void_p
_string = ctypes.c_char_p

Floats = numpy.typing.NDArray[numpy.float32]
Offsets = numpy.typing.NDArray[numpy.int64]
Valid = numpy.typing.NDArray[numpy.bool_]


def library_path() -> str:
    """The path of libswift_bert.so."""
    return os.environ.get("SWIFT_BERT_LIBRARY") or str(_HERE / "lib" / "libswift_bert.so")


def include_dir() -> str:
    """The folder of swift_bert.h."""
    return str(_HERE / "include")


_TASKS = {
    "embedder": None,
    "classifier": "classify",
    "reranker": "rerank",
    "token_classifier": "ner",
    "feature_extractor": "token_vectors",
    "tokenizer": "tokenize",
}


def _load() -> ctypes.CDLL:
    path = library_path()
    try:
        # Local: the Swift runtime inside, and libraries of other packages, don't see each other.
        library = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_LOCAL)
    except OSError as error:
        raise ImportError(
            f"{path} can't be loaded: {error}; swift-bert's wheel is for Linux on x86-64 with glibc 2.34 or later"
        ) from error

    def declare(name: str, result: Any, *arguments: Any) -> None:
        function = getattr(library, "swift_bert_" + name)
        function.restype, function.argtypes = result, list(arguments)

    declare("abi_version", ctypes.c_int32)
    found = library.swift_bert_abi_version()
    if found != _ABI_VERSION:
        raise ImportError(
            f"{path} has the interface {found}, and this package wants {_ABI_VERSION}: they are of different versions; "
            "install swift-bert again, and unset SWIFT_BERT_LIBRARY"
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
    """The version of the library."""
    text: bytes = _library.swift_bert_version()
    return text.decode()


def _call(name: str, *arguments: Any, first_record: int = 0) -> Any:
    """Calls a function whose last argument is the place of an error.

    Raises ``BertError`` if it fails.
    """
    error = _pointer()
    result = getattr(_library, "swift_bert_" + name)(*arguments, ctypes.byref(error))
    if error.value:
        known = json.loads(_library.swift_bert_error_json(error))
        _library.swift_bert_error_free(error)
        raise from_json(known, first_record)
    return result


def encoded(text: str, name: str) -> bytes:
    """The UTF-8 of an argument that may hold no zero byte."""
    try:
        bytes = text.encode()
    except UnicodeEncodeError as error:
        raise BertError(f"{name}: it is no text: {error}", key=name) from None
    if b"\0" in bytes:
        raise BertError(f"{name}: it has a zero byte", key=name)
    return bytes


def options_json(options: Dict[str, Any]) -> Optional[bytes]:
    """Options as the library takes them; those that are None are left out."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return json.dumps(given).encode() if given else None
    except (TypeError, ValueError) as error:
        raise BertError(f"options: {error}", key="options") from None


class Column:
    """Texts as Arrow has them in memory: UTF-8, where each begins, and which are there."""

    def __init__(self, bytes: Any, offsets: Offsets, valid: Optional[Valid] = None, address: Optional[int] = None) -> None:
        self._bytes = bytes
        self._address = address if address is not None else ctypes.cast(ctypes.c_char_p(bytes), _pointer).value
        self._offsets = offsets
        self.valid = valid
        self.count = len(offsets) - 1

    @classmethod
    def of(cls, texts: Sequence[Optional[str]]) -> Column:
        """Makes a column of Python's texts; None is no text."""
        parts: List[bytes] = []
        for index, text in enumerate(texts):
            if isinstance(text, str):
                try:
                    parts.append(text.encode())
                except UnicodeEncodeError as error:
                    raise BertError(
                        f"text {index}: it is no text: {error}", "invalidInput", record=index
                    ) from None
            elif text is None:
                parts.append(b"")
            else:
                raise BertError(
                    f"text {index}: it is a {type(text).__name__}, not a str", "invalidInput", record=index
                )
        offsets = numpy.zeros(len(parts) + 1, numpy.int64)
        numpy.cumsum([len(part) for part in parts], out=offsets[1:])
        valid = None
        if any(text is None for text in texts):
            valid = numpy.array([text is not None for text in texts], numpy.bool_)
        return cls(b"".join(parts), offsets, valid)

    def pieces(self, unit: int = 1) -> Iterator[Tuple[int, int]]:
        """Ranges of texts that one native call gets; `unit` texts are never divided."""
        start = 0
        while start < self.count:
            limit = self._offsets[start] + _MOST_BYTES
            end = int(numpy.searchsorted(self._offsets, limit, "right")) - 1
            end = min(max(end, start + unit), start + _MOST_TEXTS, self.count)
            end = max(start + (end - start) // unit * unit, min(start + unit, self.count))
            yield start, end
            start = end

    def arguments(self, start: int, end: int) -> Tuple[int, Optional[int], int, Optional[int]]:
        """What the library takes for a range of texts; valid until the next call."""
        validity = None
        if self.valid is not None:
            self._bits = numpy.packbits(self.valid[start:end], bitorder="little")
            validity = self._bits.ctypes.data
        offsets = self._offsets[start : end + 1]
        return end - start, self._address, offsets.ctypes.data, validity


class Handle:
    """A model, or a tokenizer, that is open in the library."""

    def __init__(self, noun: str, model: str, options: Dict[str, Any]) -> None:
        self._noun = noun
        self._pointer: Optional[int] = None
        self._pointer = _call(noun + "_open", encoded(model, "model"), options_json(options))

    def close(self) -> None:
        """Lets the model go; later calls are errors."""
        pointer, self._pointer = self._pointer, None
        if pointer is not None:
            getattr(_library, f"swift_bert_{self._noun}_close")(pointer)

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # At the interpreter's end, parts of it are gone.
            pass

    def _open_pointer(self) -> int:
        if self._pointer is None:
            raise BertError(f"the {self._noun.replace('_', ' ')} is closed", "invalidArgument")
        return self._pointer

    def _json(self, what: str) -> Dict[str, Any]:
        known: Dict[str, Any] = json.loads(_call(f"{self._noun}_{what}", self._open_pointer()))
        return known

    def settings(self) -> Dict[str, Any]:
        """What the model is and where it computes."""
        return self._json("settings")

    def facts(self) -> Dict[str, Any]:
        """The same with the fingerprint and what went into it."""
        return self._json("facts")

    def dimension(self) -> int:
        """The components of an embedder's vector."""
        count: int = _library.swift_bert_embedder_dimension(self._open_pointer())
        return count

    def embed(
        self, texts: Column, options: Dict[str, Any], done: Optional[Callable[[int], None]] = None
    ) -> Tuple[Floats, List[BertError]]:
        """A row for each text, and the errors of texts if they are emitted."""
        vectors: Floats = numpy.empty((texts.count, self.dimension()), numpy.float32)
        failures: List[BertError] = []
        json_options = options_json(options)
        for start, end in texts.pieces():
            report = _pointer()
            _call(
                "embed_with", self._open_pointer(), json_options, *texts.arguments(start, end), vectors[start:].ctypes.data,
                ctypes.byref(report), first_record=start,
            )
            if report.value:
                failures += [from_json(known, start) for known in json.loads(_taken(report.value))]
            if done:
                done(end)
        return vectors, failures

    def run(self, texts: Column, options: Dict[str, Any], unit: int = 1) -> List[Any]:
        """An element for each text, or for each `unit` texts."""
        elements: List[Any] = []
        json_options = options_json(options)
        for start, end in texts.pieces(unit):
            answer = _call(
                str(_TASKS[self._noun]), self._open_pointer(), json_options, *texts.arguments(start, end),
                first_record=start // unit,
            )
            elements += json.loads(_taken(answer))
        return elements

    def rank(self, query: str, texts: Column, options: Dict[str, Any]) -> List[Dict[str, Any]]:
        """The ranks of all texts, in the order of the texts."""
        ranks: List[Dict[str, Any]] = []
        json_options, query_bytes = options_json(options), encoded(query, "query")
        for start, end in texts.pieces():
            answer = _call(
                "rerank", self._open_pointer(), query_bytes, json_options, *texts.arguments(start, end), first_record=start
            )
            piece = sorted(json.loads(_taken(answer)), key=lambda rank: rank["index"])
            ranks += [{**rank, "index": rank["index"] + start} for rank in piece]
        return ranks


def _taken(address: int) -> bytes:
    """The bytes of a string of the library, which is freed."""
    text = ctypes.string_at(address)
    _library.swift_bert_string_free(address)
    return text
